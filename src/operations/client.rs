//! What a client of the API asks of the database, and the names by which it finds rows again.

pub use crate::store::external_ids::StoredExternalId;
pub use crate::store::query::{
    Aggregate, AggregateFunction, AggregateKind, Bind, Column, ColumnKind, Comparison, Condition, Direction,
    Expression, Granularity, GroupKey, GroupOrder, GroupQuery, Query, SortKey, Table, expressions,
};
pub use crate::store::{Db, QueryError};

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{App, LONG_PATIENCE, OperationError, PATIENCE, StoreError, require};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::external_id::ExternalId;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::sight::RecordSight;
use crate::store::{Db, external_ids, limits, query};

// A client reads rows that its role may see, in the share of the connections and in the time that clients have, and
// writes in one transaction a call.

/// Runs a call that only reads: its statements together have the time of one.
pub fn reading<T, E: From<OperationError>>(
    app: &App,
    caller: &Caller,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let _place = app.shares.api.enter(caller.user, PATIENCE).map_err(OperationError::from)?;
    limits::within(Duration::from_secs(app.config.query_seconds.get().into()), work)
}

/// Runs the transaction of a call that writes. It waits for others as long as the database would have it wait.
pub fn writing<T, E: From<OperationError> + From<StoreError> + From<QueryError>>(
    app: &App,
    caller: &Caller,
    work: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    let _place = app.shares.written.enter(caller.user, LONG_PATIENCE).map_err(OperationError::from)?;
    app.store.write(work)
}

/// Refused once the time of [`reading`] is over, for what takes long outside of the database.
pub fn in_time() -> Result<(), OperationError> {
    limits::passed().map_or(Ok(()), |allowed| Err(OperationError::TooLong(allowed)))
}

/// Which rows of an object a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    All,
    /// The row with this id alone: everybody may look at their own account.
    Own(i32),
    None,
}

pub fn sight(caller: &Caller, object: Object) -> Sight {
    match object {
        _ if caller.may(Right::Read, object) => Sight::All,
        Object::Users => Sight::Own(caller.user.map_or(0, |user| user.0)),
        _ => Sight::None,
    }
}

/// The rows asked for, in order: see [`query::select`]. `object` is what the table holds.
pub fn select<E: From<OperationError> + From<StoreError>>(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    query: Query<'_>,
    take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let query = seen(caller, object, query)?;
    let sight = RecordSight::of(db, caller)?;
    query::select(db, sight, &query, take)
}

/// The ids of the rows asked for, in order.
pub fn ids<E: From<OperationError> + From<StoreError>>(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    query: Query<'_>,
) -> Result<Vec<i32>, E> {
    let query = seen(caller, object, query)?;
    let sight = RecordSight::of(db, caller)?;
    query::ids(db, sight, &query)
}

/// How many rows the condition finds.
pub fn count(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    table: &Table,
    condition: Condition<'_>,
) -> Result<i64, OperationError> {
    let condition = visible(caller, object, table, condition)?;
    let sight = RecordSight::of(db, caller)?;
    Ok(query::count(db, sight, table, &condition)?)
}

/// The groups asked for, in order: see [`query::groups`]. `object` is what the table holds.
pub fn groups<E: From<OperationError> + From<StoreError>>(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    asked: GroupQuery<'_>,
    take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let condition = visible(caller, object, asked.table, asked.condition)?;
    let sight = RecordSight::of(db, caller)?;
    query::groups(db, sight, &GroupQuery { condition, ..asked }, take)
}

fn seen<'a>(caller: &Caller, object: Object, query: Query<'a>) -> Result<Query<'a>, OperationError> {
    Ok(Query { condition: visible(caller, object, query.table, query.condition)?, ..query })
}

/// The condition, for the rows that the caller sees.
fn visible<'a>(
    caller: &Caller,
    object: Object,
    table: &'a Table,
    condition: Condition<'a>,
) -> Result<Condition<'a>, OperationError> {
    match (sight(caller, object), table.column("id")) {
        (Sight::Own(own), Some(id)) => {
            let own = Condition::Compare(id, Comparison::Equal, Bind::Integer(i64::from(own)));
            Ok(Condition::All(vec![own, condition]))
        }
        _ => require(caller, Right::Read, object, || say!("deed-read-table", table = table.name)).map(|()| condition),
    }
}

// What programs call rows, so that an import that is repeated changes what it made before: given, changed, taken away,
// and looked up. Whether the row is there, and may be seen, is known to whoever asks.

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
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: MODEL,
        object_id: Some(id),
        object_name: &name.to_string(),
        before: before.map(told),
        after: after.map(told),
    };
    Ok(audit::write(db, &entry)?)
}
