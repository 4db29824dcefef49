//! `mail.thread.message_process`, as Odoo's mail gateway script calls it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::error::ObjectError;
use super::methods::Call;
use super::values::binary;
use super::write::records::typed;
use crate::domain::id::RecordId;
use crate::operations::gateway::{self, GatewayError, Request};

/// `message_process(model, message, custom_values, save_original, strip_attachments, thread_id)`: the record's id, or
/// False where the mail is kept and makes no record now.
pub fn message_process(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    Call { model: call.app.objects.get("mail.thread")?, ..*call }.require("create")?;
    let model = arguments.text("model")?.filter(|model| !model.is_empty());
    let mail = bytes(arguments.required("message")?)?;
    let custom_values = match arguments.optional("custom_values") {
        None | Some(Value::Bool(false)) => Map::new(),
        Some(Value::Object(values)) => values,
        Some(_) => return Err(wrong("'custom_values' is a struct of values")),
    };
    let save_original = arguments.flag("save_original")?.unwrap_or_default();
    let strip_attachments = arguments.flag("strip_attachments")?.unwrap_or_default();
    let thread_id = arguments.number("thread_id")?.filter(|id| *id > 0);
    arguments.end()?;
    let thread_id = match thread_id.map(i32::try_from) {
        None => None,
        Some(Ok(id)) => Some(RecordId(id)),
        Some(Err(_)) => return Err(wrong("'thread_id' is a record's id")),
    };
    let custom_values = values(call, model.as_deref(), &custom_values)?;
    let request = Request { model, custom_values, save_original, strip_attachments, thread_id };
    match gateway::process(call.app, call.caller, mail, request) {
        Ok(record) => Ok(record.map_or(Value::Bool(false), |record| json!(record))),
        Err(GatewayError::NoRoute(words)) => Err(ObjectError::Value(words)),
        Err(GatewayError::Operation(error)) => Err(error.into()),
    }
}

/// A text is the mail itself; a Binary holds its bytes.
fn bytes(message: Value) -> Result<Vec<u8>, ObjectError> {
    match message {
        Value::String(text) => Ok(text.into_bytes()),
        other => binary(&other).ok_or_else(|| wrong("'message' is a mail's source, as text or Binary")),
    }
}

/// Values for a record type that is not there are for nothing: the mail may still answer another record.
fn values(
    call: &Call<'_>,
    model: Option<&str>,
    given: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, ObjectError> {
    let model = model.filter(|_| !given.is_empty()).and_then(|model| call.app.objects.find(model));
    match model.filter(|model| model.is_mail_thread) {
        Some(model) => call.app.store.read(|db| typed(&Call { model, ..*call }, db, given)),
        None => Ok(BTreeMap::new()),
    }
}

fn wrong(words: &str) -> ObjectError {
    ObjectError::Argument(format!("message_process(): {words}"))
}
