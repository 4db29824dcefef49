//! What programs call rows, so that an import that is repeated changes what it made before: given, changed, taken away, and
//! looked up. Whether the row is there, and may be seen, is known to whoever asks.

use serde_json::json;

use super::{OperationError, require};
use crate::domain::Invalid;
use crate::domain::id::ExternalId;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{Db, external_ids};

pub use crate::store::external_ids::StoredExternalId;

/// The name that Odoo has for it.
const MODEL: &str = "ir.model.data";

/// A model and the id of its row.
pub type NamedRow<'a> = (&'a str, i32);

/// Gives a row a name, within the caller's transaction.
pub fn create_in(db: &mut Db, caller: &Caller, name: &ExternalId, row: NamedRow<'_>) -> Result<i32, OperationError> {
    require(caller, Right::Create, Object::ExternalIds, || say!("deed-name-rows"))?;
    free(db, name, None)?;
    let id = external_ids::insert(db, name, row.0, row.1)?;
    remember(db, caller, AuditAction::Create, id, name, (None, Some(row)))?;
    Ok(id)
}

/// Writes another name, or another row, within the caller's transaction.
pub fn change_in(
    db: &mut Db,
    caller: &Caller,
    id: i32,
    name: &ExternalId,
    row: NamedRow<'_>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::ExternalIds, || say!("deed-name-rows"))?;
    let before = get_in(db, caller, id)?;
    free(db, name, Some(id))?;
    external_ids::update(db, id, name, row.0, row.1)?;
    remember(db, caller, AuditAction::Write, id, name, (Some((&before.model, before.res_id)), Some(row)))
}

/// The name belongs to this row from now on, whatever it belonged to before.
pub fn point_in(db: &mut Db, caller: &Caller, name: &ExternalId, row: NamedRow<'_>) -> Result<(), OperationError> {
    match external_ids::find(db, name)? {
        None => create_in(db, caller, name, row).map(drop),
        Some(known) if known.model == row.0 && known.res_id == row.1 => Ok(()),
        Some(known) => change_in(db, caller, known.id, name, row),
    }
}

pub fn delete_in(db: &mut Db, caller: &Caller, id: i32) -> Result<(), OperationError> {
    require(caller, Right::Unlink, Object::ExternalIds, || say!("deed-name-rows"))?;
    let before = get_in(db, caller, id)?;
    external_ids::delete(db, id)?;
    let name = ExternalId { module: before.module, name: before.name };
    remember(db, caller, AuditAction::Delete, id, &name, (Some((&before.model, before.res_id)), None))
}

pub fn get_in(db: &mut Db, caller: &Caller, id: i32) -> Result<StoredExternalId, OperationError> {
    require(caller, Right::Read, Object::ExternalIds, || say!("deed-name-rows"))?;
    external_ids::get(db, id)?.ok_or_else(|| OperationError::NotFound(say!("external-id-gone").into()))
}

/// The model and the row that it leads to.
pub fn find(db: &mut Db, caller: &Caller, name: &ExternalId) -> Result<Option<(String, i32)>, OperationError> {
    require(caller, Right::Read, Object::ExternalIds, || say!("deed-name-rows"))?;
    Ok(external_ids::find(db, name)?.map(|found| (found.model, found.res_id)))
}

/// The names of these rows of a model: each row's id with its external id.
pub fn of_rows(
    db: &mut Db,
    caller: &Caller,
    model: &str,
    ids: &[i32],
) -> Result<Vec<(i32, ExternalId)>, OperationError> {
    require(caller, Right::Read, Object::ExternalIds, || say!("deed-name-rows"))?;
    Ok(external_ids::of_rows(db, model, ids)?)
}

/// A name leads to one row.
fn free(db: &mut Db, name: &ExternalId, own: Option<i32>) -> Result<(), OperationError> {
    match external_ids::find(db, name)?.filter(|known| Some(known.id) != own) {
        Some(_) => Err(Invalid::new("name", say!("external-id-taken", name = name.to_string())).into()),
        None => Ok(()),
    }
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    id: i32,
    name: &ExternalId,
    (before, after): (Option<NamedRow<'_>>, Option<NamedRow<'_>>),
) -> Result<(), OperationError> {
    let told = |row: NamedRow<'_>| json!({"model": row.0, "res_id": row.1});
    Ok(audit::write(
        db,
        &NewAuditEntry::new(caller, action, MODEL, Some(id), &name.to_string())
            .changed(before.map(told), after.map(told)),
    )?)
}
