//! `create`, `write` and `unlink`: each model's values go to the operation that its page calls. A call is one
//! transaction with its audit, however many rows it names: it does all, or leaves everything as it was.

mod aliases;
mod attachments;
mod connections;
mod partners;
pub(super) mod records;
mod servers;
mod settings;
mod users;

use serde_json::{Map, Value};

use self::settings::Written;
use super::error::ObjectError;
use super::methods::Call;
use super::model::{Field, Model};
use super::values::text;
use crate::domain::Invalid;
use crate::domain::alias::Alias;
use crate::domain::connection::Connection;
use crate::domain::id::{AliasId, ConnectionId, ServerId};
use crate::domain::server::IncomingServer;
use crate::operations::{self, OperationError};
use crate::store::Db;

/// How often a call begins anew where another one changed the same row at this very moment; as often as Odoo does.
const TRIES: usize = 5;

/// Makes a row of each, and gives their ids.
pub fn create(call: &Call<'_>, mut list: Vec<Map<String, Value>>) -> Result<Vec<i32>, ObjectError> {
    for values in &mut list {
        settable(call, values)?;
        all_required(call, |name| values.get(name).is_none_or(is_unset))?;
    }
    // Hashing a password takes long: before the transaction.
    if call.model.name == "res.users" {
        let new = users::prepare(call, &list)?;
        return whole(call, |db| new.iter().map(|new| users::create(call, db, new)).collect());
    }
    whole(call, |db| {
        list.iter()
            .map(|values| match call.model.name.as_str() {
                "fetchmail.server" => settings::create::<IncomingServer>(call, db, values),
                "mail.alias" => settings::create::<Alias>(call, db, values),
                "mailgate.connection" => settings::create::<Connection>(call, db, values),
                "res.partner" => partners::create(call, db, values),
                "ir.attachment" => attachments::create(call, db, values),
                _ if call.model.is_mail_thread => records::create(call, db, values),
                _ => Err(unsupported(call, "create")),
            })
            .collect()
    })
}

/// Writes these values to each row.
pub fn write(call: &Call<'_>, ids: &[i32], mut values: Map<String, Value>) -> Result<(), ObjectError> {
    settable(call, &mut values)?;
    all_required(call, |name| values.get(name).is_some_and(is_unset))?;
    let (values, users) = (&values, call.model.name == "res.users");
    let new_password = if users { users::new_password(call, values)? } else { None };
    whole(call, |db| {
        changeable(call, db, ids)?;
        call.all_exist(db, ids)?;
        ids.iter().try_for_each(|id| match call.model.name.as_str() {
            "fetchmail.server" => settings::write::<IncomingServer>(call, db, ServerId(*id), values),
            "mail.alias" => settings::write::<Alias>(call, db, AliasId(*id), values),
            "mailgate.connection" => settings::write::<Connection>(call, db, ConnectionId(*id), values),
            "res.partner" => partners::write(call, db, *id, values),
            "res.users" => users::write(call, db, *id, values, new_password.as_ref()),
            _ if call.model.is_mail_thread => records::write(call, db, *id, values),
            _ => Err(unsupported(call, "write")),
        })
    })
}

/// What is gone already stays gone, as in Odoo.
pub fn unlink(call: &Call<'_>, ids: &[i32]) -> Result<(), ObjectError> {
    whole(call, |db| {
        changeable(call, db, ids)?;
        call.existing(db, ids)?.iter().try_for_each(|id| match call.model.name.as_str() {
            "fetchmail.server" => Ok(IncomingServer::delete(db, call, ServerId(*id))?),
            "mail.alias" => Ok(Alias::delete(db, call, AliasId(*id))?),
            "mailgate.connection" => Ok(Connection::delete(db, call, ConnectionId(*id))?),
            _ => Err(unsupported(call, "unlink")),
        })
    })
}

/// What is built in is not listed, and who names it all the same is told why nothing is done.
fn changeable(call: &Call<'_>, db: &mut Db, ids: &[i32]) -> Result<(), ObjectError> {
    match call.model.name.as_str() {
        "fetchmail.server" => Ok(operations::servers::none_built(db, ids)?),
        _ => Ok(()),
    }
}

/// Fields that Odoo sets itself: what a client sends for them is passed over, as there.
const OWN: [&str; 5] = ["id", "create_date", "create_uid", "write_date", "write_uid"];

fn settable(call: &Call<'_>, values: &mut Map<String, Value>) -> Result<(), ObjectError> {
    values.retain(|name, _| !OWN.contains(&name.as_str()));
    values.keys().try_for_each(|name| call.settable(name).map(drop))
}

/// Odoo's words where the database would refuse a row because a value is missing.
fn all_required(call: &Call<'_>, is_missing: impl Fn(&str) -> bool) -> Result<(), ObjectError> {
    let model = call.model;
    let starts_with = defaults(model);
    let missing = |field: &&Field| field.required && !starts_with.contains_key(&field.name) && is_missing(&field.name);
    match model.fields.iter().find(missing) {
        None => Ok(()),
        Some(field) => Err(OperationError::from(Invalid::new(
            field.name.clone(),
            format!(
                "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n- Delete: another \
                 model requires the record being deleted. If possible, archive it instead.\n\nModel: {} ({})\nField: \
                 {} ({})\n",
                model.label, model.name, field.label, field.name
            ),
        ))
        .into()),
    }
}

fn is_unset(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// One transaction for all of a call.
pub fn whole<T>(call: &Call<'_>, work: impl Fn(&mut Db) -> Result<T, ObjectError>) -> Result<T, ObjectError> {
    let mut tries = 1..TRIES;
    loop {
        let _place = call.app.place_to_write(call.caller)?;
        match call.app.store.write(&work) {
            Err(ObjectError::Operation(OperationError::Conflict(_))) if tries.next().is_some() => {}
            outcome => return outcome,
        }
    }
}

/// The values that a new row starts with, as `default_get` tells them.
pub fn defaults(model: &Model) -> Map<String, Value> {
    match model.name.as_str() {
        "fetchmail.server" => settings::defaults::<IncomingServer>(),
        "mail.alias" => settings::defaults::<Alias>(),
        "res.users" => users::defaults(),
        _ if model.is_mail_thread => records::defaults(model),
        _ if model.field("active").is_some() => Map::from_iter([("active".to_owned(), Value::Bool(true))]),
        _ => Map::new(),
    }
}

/// Archives a row or takes it back into use, where `values` say so.
fn set_active<T>(
    call: &Call<'_>,
    values: &Map<String, Value>,
    set: impl FnOnce(bool) -> Result<T, OperationError>,
) -> Result<(), ObjectError> {
    if let (Some(active), Some(field)) = (values.get("active"), call.model.field("active")) {
        set(!text(call.model, field, active)?.is_empty())?;
    }
    Ok(())
}

/// Nobody has this right; `Call::require` has said so before.
fn unsupported(call: &Call<'_>, method: &str) -> ObjectError {
    ObjectError::Access(format!("No group currently allows to {method} {} records.", call.model.name))
}
