//! `mailgate.message`: the ledger. Clients read it, and decide what becomes of held mail by its methods.

use std::collections::HashSet;

use base64::engine::general_purpose::STANDARD as BASE64;
use base64::write::EncoderStringWriter;
use serde_json::{Value, json};

use crate::api::arguments::{CallArguments, Signature};
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{ApiField, Description, Model, ModelBuilder, Values};
use crate::api::{ApiCall, methods};
use crate::domain::id::{MessageId, RecordId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::rights::Object;
use crate::operations::client::Direction;
use crate::operations::client::expressions::messages as sql;
use crate::operations::messages::{self, Deed, Linking, MailCorrection};
use crate::operations::partners::TypedPartner;
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
                Signature::of_rows("action_deliver", ""),
                Signature::of_rows("action_link", "partner_id, others=False, once=False"),
                Signature::of_rows(
                    "action_create_contact",
                    "name=None, email=None, phone=None, is_registrant=None, others=False",
                ),
                Signature::of_rows("action_correct", "email_from=None, res_model=None, res_id=None"),
                Signature::of_rows("get_source", ""),
            ]
        }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "action_retry" => act(call, arguments, Deed::Retry),
            "action_dismiss" => dismiss(call, arguments),
            "action_deliver" => act(call, arguments, Deed::Deliver),
            "action_link" => link(call, arguments),
            "action_create_contact" => create_contact(call, arguments),
            "action_correct" => correct(call, arguments),
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

/// A deed that needs nothing but the messages.
fn act(call: &ApiCall<'_>, mut arguments: CallArguments, deed: Deed) -> Result<Value, ObjectError> {
    let ids = deed_ids(&mut arguments)?;
    arguments.end()?;
    for id in ids {
        messages::act(call.app, call.caller, MessageId(id), deed, "")?;
    }
    Ok(Value::Bool(true))
}

fn dismiss(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = deed_ids(&mut arguments)?;
    let reason = arguments.required("reason")?;
    arguments.end()?;
    let reason = reason.as_str().unwrap_or_default();
    for id in ids {
        messages::act(call.app, call.caller, MessageId(id), Deed::Dismiss, reason)?;
    }
    Ok(Value::Bool(true))
}

/// The mails are of this contact, by its id here or at the connection that they go to. With `others` so is what else is held
/// of their senders; with `once` nothing is remembered of their addresses.
fn link(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = deed_ids(&mut arguments)?;
    let partner = arguments.number("partner_id")?.and_then(|id| i32::try_from(id).ok());
    let partner = partner.ok_or_else(|| ObjectError::Value(say!("api-link-whom").to_string()))?;
    let linking = Linking {
        others: arguments.flag("others")?.unwrap_or_default(),
        once: arguments.flag("once")?.unwrap_or_default(),
    };
    arguments.end()?;
    for id in ids {
        messages::link_sender(call.app, call.caller, MessageId(id), partner, linking)?;
    }
    Ok(Value::Bool(true))
}

/// Without arguments a contact of each sender, as the desk makes them for many at once, with `others` so that what else is
/// held of them is delivered, too. A name, an address, a phone or the kind of contact are those of one mail's sender.
fn create_contact(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = deed_ids(&mut arguments)?;
    let given = [arguments.text("name")?, arguments.text("email")?, arguments.text("phone")?];
    let registrant = arguments.flag("is_registrant")?;
    let others = arguments.flag("others")?.unwrap_or_default();
    arguments.end()?;
    let [name, email, phone] = given;
    let is_described = registrant.is_some() || [&name, &email, &phone].into_iter().any(Option::is_some);
    if is_described && ids.len() > 1 {
        return Err(ObjectError::Value(say!("api-contact-of-one").to_string()));
    }
    let (mut linked, linking) = (HashSet::new(), Linking { others, once: false });
    for id in ids.into_iter().map(MessageId) {
        if !is_described && !others {
            messages::act(call.app, call.caller, id, Deed::CreateContact, "")?;
            continue;
        }
        let sender = messages::sender_as_contact(call.app, call.caller, id)?;
        if !is_described {
            // Some are delivered with an earlier one of the same sender.
            if linked.insert(sender.email.to_lowercase()) {
                messages::link_own_sender(call.app, call.caller, id, linking)?;
            }
            continue;
        }
        let typed = TypedPartner {
            name: name.clone().unwrap_or(sender.name),
            email: email.clone().unwrap_or(sender.email),
            phone: phone.clone().unwrap_or_default(),
            is_registrant: registrant.unwrap_or(sender.is_registrant),
            ..TypedPartner::default()
        };
        messages::create_sender(call.app, call.caller, id, &typed, linking)?;
    }
    Ok(Value::Bool(true))
}

/// Who wrote them, what they become, which record they join; then they are delivered.
fn correct(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = deed_ids(&mut arguments)?;
    let sender = arguments.text("email_from")?.unwrap_or_default();
    let model = arguments.text("res_model")?.unwrap_or_default();
    let record = arguments.number("res_id")?.and_then(|id| i32::try_from(id).ok()).map(RecordId);
    arguments.end()?;
    let typed = MailCorrection { sender, model, record_id: record, ..MailCorrection::default() };
    for id in ids {
        messages::correct(call.app, call.caller, MessageId(id), &typed)?;
    }
    Ok(Value::Bool(true))
}

/// The ids of a deed. What else it needs comes by position, by name, or as one struct of names and values.
fn deed_ids(arguments: &mut CallArguments) -> Result<Vec<i32>, ObjectError> {
    let ids = arguments.ids()?;
    arguments.spread();
    Ok(ids)
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
