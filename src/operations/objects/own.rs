//! The methods that only some models have: buttons of incoming servers, deeds on messages, notes on records.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::error::ObjectError;
use super::methods::Call;
use super::write;
use crate::domain::id::{MessageId, RecordId, ServerId};
use crate::operations::messages::{self, Deed};
use crate::operations::{OperationError, fetch, preferences, records, servers};

pub enum Outcome {
    Done(Value),
    /// No method of its own; the arguments for the general one.
    NotMine(Arguments),
}

pub fn call(call: &Call<'_>, method: &str, arguments: Arguments) -> Result<Outcome, ObjectError> {
    let value = match (call.model.name.as_str(), method) {
        ("fetchmail.server", "button_confirm_login") => confirm(call, arguments)?,
        ("fetchmail.server", "set_draft") => set_draft(call, arguments)?,
        ("fetchmail.server", "fetch_mail") => fetch_mail(call, arguments)?,
        ("mailgate.message", "action_retry") => retry(call, arguments)?,
        ("mailgate.message", "action_dismiss") => dismiss(call, arguments)?,
        ("mailgate.message", "get_source") => source(call, arguments)?,
        ("res.users", "context_get") => context(call, arguments)?,
        (_, "message_post") if call.model.is_mail_thread => post(call, arguments)?,
        _ => return Ok(Outcome::NotMine(arguments)),
    };
    Ok(Outcome::Done(value))
}

/// Test & Confirm; a failed test is a UserError with the words and the remedy, as the page shows them.
fn confirm(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in arguments.ids()? {
        let tested = servers::test(call.app, call.caller, ServerId(id))?;
        if let Some(stage) = tested.failure() {
            return Err(OperationError::Refused(stage.in_words()).into());
        }
    }
    Ok(Value::Bool(true))
}

fn set_draft(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in arguments.ids()? {
        servers::reset(call.app, call.caller, ServerId(id))?;
    }
    Ok(Value::Bool(true))
}

fn fetch_mail(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in arguments.ids()? {
        if let fetch::FetchOutcome::Failed { words, remedy } =
            fetch::fetch_now(call.app, call.caller, ServerId(id), fetch::WAIT)?
        {
            return Err(OperationError::Refused(format!("{words} {remedy}").trim().to_owned()).into());
        }
    }
    Ok(Value::Bool(true))
}

fn retry(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    for id in arguments.ids()? {
        messages::act(call.app, call.caller, MessageId(id), Deed::Retry, "")?;
    }
    Ok(Value::Bool(true))
}

fn dismiss(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    let ids = arguments.ids()?;
    let reason = arguments.required("reason")?;
    let reason = reason.as_str().unwrap_or_default();
    for id in ids {
        messages::act(call.app, call.caller, MessageId(id), Deed::Dismiss, reason)?;
    }
    Ok(Value::Bool(true))
}

/// The raw mail as base64 text; of several ids the first, as Odoo's clients expect one value.
fn source(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    let ids = arguments.ids()?;
    call.app.store.read(|db| call.all_exist(db, &ids))?;
    let Some(id) = ids.first() else { return Ok(Value::Bool(false)) };
    let opened = messages::open_source(call.app, call.caller, MessageId(*id), true)?;
    let mut bytes = Vec::new();
    messages::copy_source(call.app, &opened, &mut bytes)
        .map_err(|error| ObjectError::Value(format!("The source can't be read: {error}")))?;
    Ok(json!(BASE64.encode(bytes)))
}

fn context(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    // Odoo's clients send an empty list, or nothing.
    arguments.optional("ids");
    let (lang, tz) = preferences::get(call.app, call.caller)?;
    Ok(json!({"lang": lang, "tz": tz, "uid": call.caller.user.map(|user| user.0)}))
}

/// A note on each record; nobody is mailed.
fn post(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    let ids = arguments.ids()?;
    let body = arguments.text("body")?.unwrap_or_default();
    // As in Odoo 17: a text is a text, unless the caller says that it is HTML.
    let plain = match arguments.optional("body_is_html") {
        Some(Value::Bool(true)) => crate::message::text_of_html(&body),
        _ => body,
    };
    write::whole(call, |db| {
        call.all_exist(db, &ids)?;
        let mut post = Value::Bool(false);
        for id in &ids {
            let made = records::note_in(call.app, db, call.caller, &call.model.name, RecordId(*id), &plain)?;
            post = json!(made.0);
        }
        Ok(post)
    })
}
