//! `create`, `write` and `unlink`: each model's values go to the operation that its page calls.

mod attachments;
mod partners;
mod records;
mod servers;
mod users;

use serde_json::{Map, Value};

use super::error::ObjectError;
use super::methods::Call;
use super::model::Model;

/// The id of what was made.
pub fn create(call: &Call<'_>, values: Map<String, Value>) -> Result<i32, ObjectError> {
    for name in values.keys() {
        call.settable(name)?;
    }
    match call.model.name.as_str() {
        "fetchmail.server" => servers::create(call, values),
        "res.partner" => partners::create(call, values),
        "res.users" => users::create(call, values),
        "ir.attachment" => attachments::create(call, values),
        _ if call.model.is_mail_thread => records::create(call, values),
        _ => Err(unsupported(call, "create")),
    }
}

pub fn write(call: &Call<'_>, ids: &[i32], values: Map<String, Value>) -> Result<(), ObjectError> {
    for name in values.keys() {
        call.settable(name)?;
    }
    for id in ids {
        match call.model.name.as_str() {
            "fetchmail.server" => servers::write(call, *id, &values)?,
            "res.partner" => partners::write(call, *id, &values)?,
            "res.users" => users::write(call, *id, &values)?,
            _ if call.model.is_mail_thread => records::write(call, *id, &values)?,
            _ => return Err(unsupported(call, "write")),
        }
    }
    Ok(())
}

pub fn unlink(call: &Call<'_>, ids: &[i32]) -> Result<(), ObjectError> {
    match call.model.name.as_str() {
        "fetchmail.server" => ids.iter().try_for_each(|id| servers::unlink(call, *id)),
        _ => Err(unsupported(call, "unlink")),
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
