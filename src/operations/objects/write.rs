//! `create`, `write` and `unlink`: each model's values go to the operation that its page calls. A call is one
//! transaction with its audit, however many rows it names: it does all, or leaves everything as it was.

mod attachments;
mod partners;
mod records;
mod servers;
mod users;

use serde_json::{Map, Value};

use super::error::ObjectError;
use super::methods::Call;
use super::model::Model;
use crate::operations::OperationError;
use crate::store::Db;

/// How often a call begins anew where another one changed the same row at this very moment; as often as Odoo does.
const TRIES: usize = 5;

/// Makes a row of each, and gives their ids.
pub fn create(call: &Call<'_>, list: &[Map<String, Value>]) -> Result<Vec<i32>, ObjectError> {
    for name in list.iter().flat_map(Map::keys) {
        call.settable(name)?;
    }
    // Hashing a password takes long: before the transaction.
    if call.model.name == "res.users" {
        let new = users::prepare(call, list)?;
        return whole(call, |db| new.iter().map(|new| users::create(call, db, new)).collect());
    }
    whole(call, |db| {
        list.iter()
            .map(|values| match call.model.name.as_str() {
                "fetchmail.server" => servers::create(call, db, values),
                "res.partner" => partners::create(call, db, values),
                "ir.attachment" => attachments::create(call, db, values),
                _ if call.model.is_mail_thread => records::create(call, db, values),
                _ => Err(unsupported(call, "create")),
            })
            .collect()
    })
}

/// Writes these values to each row.
pub fn write(call: &Call<'_>, ids: &[i32], values: &Map<String, Value>) -> Result<(), ObjectError> {
    for name in values.keys() {
        call.settable(name)?;
    }
    let hash = if call.model.name == "res.users" { users::new_password(call, values)? } else { None };
    whole(call, |db| {
        call.all_exist(db, ids)?;
        ids.iter().try_for_each(|id| match call.model.name.as_str() {
            "fetchmail.server" => servers::write(call, db, *id, values),
            "res.partner" => partners::write(call, db, *id, values),
            "res.users" => users::write(call, db, *id, values, hash.as_deref()),
            _ if call.model.is_mail_thread => records::write(call, db, *id, values),
            _ => Err(unsupported(call, "write")),
        })
    })
}

pub fn unlink(call: &Call<'_>, ids: &[i32]) -> Result<(), ObjectError> {
    whole(call, |db| {
        call.all_exist(db, ids)?;
        ids.iter().try_for_each(|id| match call.model.name.as_str() {
            "fetchmail.server" => servers::unlink(call, db, *id),
            _ => Err(unsupported(call, "unlink")),
        })
    })
}

/// One transaction for all of a call.
pub fn whole<T>(call: &Call<'_>, work: impl Fn(&mut Db) -> Result<T, ObjectError>) -> Result<T, ObjectError> {
    let mut tries = 1..TRIES;
    loop {
        match call.app.store.write(&work) {
            Err(ObjectError::Operation(OperationError::Conflict(_))) if tries.next().is_some() => {}
            outcome => return outcome,
        }
    }
}

/// The values that a new row starts with, as `default_get` tells them.
pub fn defaults(model: &Model) -> Map<String, Value> {
    match model.name.as_str() {
        "fetchmail.server" => servers::defaults(model),
        _ => Map::new(),
    }
}

/// Nobody has this right; `Call::require` has said so before.
fn unsupported(call: &Call<'_>, method: &str) -> ObjectError {
    ObjectError::Access(format!("No group currently allows to {method} {} records.", call.model.name))
}
