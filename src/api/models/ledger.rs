//! `mailgate.message`: the ledger. Clients read it, and decide what becomes of held mail by its methods.

use base64::engine::general_purpose::STANDARD as BASE64;
use base64::write::EncoderStringWriter;
use serde_json::{Value, json};

use crate::api::arguments::CallArguments;
use crate::api::call::ApiCall;
use crate::api::fault::ObjectError;
use crate::api::methods;
use crate::api::model::{ApiField, Description, FieldKind::*, Model, ModelBuilder, Values};
use crate::api::signatures::Signature;
use crate::domain::id::MessageId;
use crate::domain::ledger::{MailState, Reason};
use crate::domain::rights::Object;
use crate::operations::client::Direction;
use crate::operations::client::expressions::messages as sql;
use crate::operations::messages::{self, Deed};
use crate::say;

#[derive(Debug)]
pub(super) struct Ledger;

impl Model for Ledger {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new(sql::TITLE).dates();
        f.add("server_id", "Incoming Server", Many2one, "t.server_id").to("fetchmail.server");
        f.add("state", "Status", Selection, "t.state")
            .choices(MailState::ALL.iter().map(|state| (state.code(), state.label())));
        f.add("reason_code", "Reason Code", Char, "t.reason_code");
        f.computed("reason", "Reason", Text).made_of(&["reason_code", "reason_detail"]);
        f.add("reason_detail", "Details", Text, sql::DETAIL);
        f.add("message_id", "Message-Id", Char, "t.message_id");
        f.add("subject", "Subject", Char, "t.subject");
        f.add("email_from", "From", Char, "t.email_from");
        f.add("date", "Date", Datetime, "t.date");
        f.add("size", "Size", Integer, "t.size");
        f.add("res_model", "Record Type", Char, "t.res_model");
        f.add("res_id", "Record", Integer, "t.res_id");
        f.add("remote_url", "Remote Record", Char, "t.remote_url");
        f.add("attempts", "Attempts", Integer, "t.attempts");
        f.add("next_attempt", "Next Attempt", Datetime, "t.next_attempt");
        f.add("acknowledged", "Acknowledged", Boolean, sql::ACKNOWLEDGED);
        f.add("trace", "Trace", Text, sql::TRACE);
        f.add("notes", "What Was Assumed", Text, sql::NOTES);
        Description {
            order: vec![("id", Direction::Descending)],
            ..f.of_table(("mailgate.message", "Message"), Object::Ledger, sql::LEDGER, sql::TITLE_OF_RELATED)
        }
    }

    fn fill(&self, _: &ApiCall<'_>, field: &ApiField, rows: &mut [Values]) -> Result<(), ObjectError> {
        for row in rows.iter_mut().filter(|_| field.name == "reason") {
            let reason = reason(row);
            row.insert(field.name.clone(), reason);
        }
        Ok(())
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::of_rows("action_retry", ""),
                Signature::of_rows("action_dismiss", "reason"),
                Signature::of_rows("get_source", ""),
            ]
        }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "action_retry" => retry(call, arguments),
            "action_dismiss" => dismiss(call, arguments),
            "get_source" => source(call, arguments),
            _ => methods::of_every_model(call, name, arguments),
        }
    }
}

fn reason(row: &Values) -> Value {
    let Some(reason) = row.get("reason_code").and_then(Value::as_str).and_then(Reason::from_code) else {
        return Value::Null;
    };
    match row.get("reason_detail").and_then(Value::as_str).filter(|detail| !detail.is_empty()) {
        Some(detail) => json!(format!("{} ({detail})", reason.sentence())),
        None => json!(reason.sentence().as_str()),
    }
}

fn retry(call: &ApiCall<'_>, arguments: CallArguments) -> Result<Value, ObjectError> {
    for id in arguments.only_ids()? {
        messages::act(call.app, call.caller, MessageId(id), Deed::Retry, "")?;
    }
    Ok(Value::Bool(true))
}

fn dismiss(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = arguments.ids()?;
    let reason = arguments.required("reason")?;
    arguments.end()?;
    let reason = reason.as_str().unwrap_or_default();
    for id in ids {
        messages::act(call.app, call.caller, MessageId(id), Deed::Dismiss, reason)?;
    }
    Ok(Value::Bool(true))
}

/// The raw mail as base64 text; of several ids the first, as Odoo's clients expect one value.
fn source(call: &ApiCall<'_>, arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = arguments.only_ids()?;
    call.app.store.read(|db| call.all_exist(db, &ids))?;
    let Some(id) = ids.first() else { return Ok(Value::Bool(false)) };
    let opened = messages::open_source(call.app, call.caller, MessageId(*id), true)?;
    let room = usize::try_from(opened.size).unwrap_or(usize::MAX);
    call.room.take(room / 3 * 4)?;
    let mut text = EncoderStringWriter::new(&BASE64);
    messages::copy_source(call.app, &opened, &mut text)
        .map_err(|error| ObjectError::Value(say!("api-source-unreadable", error = error.to_string()).to_string()))?;
    Ok(Value::String(text.into_inner()))
}
