//! The methods that only some models have: buttons of incoming servers, deeds on messages, what is posted on records.

mod connections;

use base64::engine::general_purpose::STANDARD as BASE64;
use base64::write::EncoderStringWriter;
use serde_json::{Value, json};

use super::HANDS_MAIL_OVER;
use super::arguments::Arguments;
use super::error::ObjectError;
use super::gateway;
use super::methods::Call;
use super::post;
use crate::domain::id::{MessageId, ServerId};
use crate::domain::person::Role;
use crate::operations::messages::{self, Deed};
use crate::operations::{OperationError, fetch, preferences, servers};

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
        ("mailgate.connection", "button_test") => connections::test(call, arguments)?,
        ("mailgate.connection", "record_types") => connections::record_types(call, arguments)?,
        ("mailgate.message", "action_retry") => retry(call, arguments)?,
        ("mailgate.message", "action_dismiss") => dismiss(call, arguments)?,
        ("mailgate.message", "get_source") => source(call, arguments)?,
        ("res.users", "context_get") => context(call, arguments)?,
        ("res.users", "has_group") => has_group(call, arguments)?,
        (_, "message_post") if call.model.is_mail_thread => post::message_post(call, arguments)?,
        (_, HANDS_MAIL_OVER) if call.model.is_mail_thread => gateway::message_process(call, arguments)?,
        _ => return Ok(Outcome::NotMine(arguments)),
    };
    Ok(Outcome::Done(value))
}

/// The arguments of a button: the rows that it is pressed on.
fn only_ids(mut arguments: Arguments) -> Result<Vec<i32>, ObjectError> {
    let ids = arguments.ids()?;
    arguments.end()?;
    Ok(ids)
}

/// Test & Confirm; a failed test is a UserError with the words and the remedy, as the page shows them.
fn confirm(call: &Call<'_>, arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in only_ids(arguments)? {
        let tested = servers::test(call.app, call.caller, ServerId(id))?;
        if let Some(stage) = tested.failure() {
            return Err(OperationError::Refused(stage.in_words()).into());
        }
    }
    Ok(Value::Bool(true))
}

fn set_draft(call: &Call<'_>, arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in only_ids(arguments)? {
        servers::reset(call.app, call.caller, ServerId(id))?;
    }
    Ok(Value::Bool(true))
}

fn fetch_mail(call: &Call<'_>, arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in only_ids(arguments)? {
        if let fetch::FetchOutcome::Failed { words, remedy } =
            fetch::fetch_now(call.app, call.caller, ServerId(id), fetch::WAIT)?
        {
            return Err(OperationError::Refused(format!("{words} {remedy}").trim().to_owned()).into());
        }
    }
    Ok(Value::Bool(true))
}

fn retry(call: &Call<'_>, arguments: Arguments) -> Result<Value, ObjectError> {
    for id in only_ids(arguments)? {
        messages::act(call.app, call.caller, MessageId(id), Deed::Retry, "")?;
    }
    Ok(Value::Bool(true))
}

fn dismiss(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
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
fn source(call: &Call<'_>, arguments: Arguments) -> Result<Value, ObjectError> {
    let ids = only_ids(arguments)?;
    call.app.store.read(|db| call.all_exist(db, &ids))?;
    let Some(id) = ids.first() else { return Ok(Value::Bool(false)) };
    let opened = messages::open_source(call.app, call.caller, MessageId(*id), true)?;
    let room = usize::try_from(opened.size).unwrap_or(usize::MAX);
    call.room.take(room / 3 * 4)?;
    let mut text = EncoderStringWriter::new(&BASE64);
    messages::copy_source(call.app, &opened, &mut text)
        .map_err(|error| ObjectError::Value(format!("The source can't be read: {error}")))?;
    Ok(Value::String(text.into_inner()))
}

/// Of Odoo's groups those that say here what they say there; nobody is in any other.
fn has_group(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    let group = arguments.required("group_ext_id")?;
    arguments.end()?;
    Ok(Value::Bool(match group.as_str() {
        Some("base.group_user") => true,
        Some("base.group_system" | "base.group_erp_manager") => call.caller.role == Role::SystemAdmin,
        _ => false,
    }))
}

fn context(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    // Odoo's clients send an empty list, or nothing.
    arguments.optional("ids");
    arguments.end()?;
    let (lang, tz) = preferences::get(call.app, call.caller)?;
    let lang = if lang == "fr" { "fr_FR" } else { "en_US" };
    Ok(json!({"lang": lang, "tz": tz, "uid": call.caller.user.map(|user| user.0)}))
}
