//! `mail.thread`, which has no rows: the door for mail that a program hands over (`message_process`), as Odoo's mail gateway
//! script calls it, and what a client writes into a record's conversation (`message_post`). Record types have these too.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::records::typed;
use crate::api::arguments::{CallArguments, Signature, X2ManyCommand, binary, commands};
use crate::api::fault::ObjectError;
use crate::api::methods::{self, in_transaction};
use crate::api::model::{Description, Model, ModelBuilder, Values};
use crate::api::{ApiCall, HANDS_MAIL_OVER};
use crate::domain::id::{AttachmentId, PartnerId, PostId, RecordId};
use crate::domain::message::Message;
use crate::domain::rights::{Object, Right};
use crate::domain::text::{shorten, to_html};
use crate::operations::attachments::{self, AttachedTo, NewFile};
use crate::operations::client::Db;
use crate::operations::gateway::{self, GatewayError, Request};
use crate::operations::records::{self, Posting};
use crate::operations::{OperationError, partners};
use crate::{message, say};

#[derive(Debug)]
pub(super) struct Threads;

impl Model for Threads {
    fn describe(&self) -> Description {
        let description = ModelBuilder::new("").in_memory(("mail.thread", "Email Thread"), Object::MailGateway);
        Description { is_mail_thread: true, ..description }
    }

    /// Refused in the words for a record type that is not there.
    fn create(&self, call: &ApiCall<'_>, db: &mut Db, _: &Values) -> Result<i32, ObjectError> {
        Ok(records::create_in(call.app, db, call.caller, &call.model.name, &BTreeMap::new())?.into())
    }

    fn signatures(&self) -> &'static [Signature] {
        SIGNATURES
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        method(call, name, arguments)
    }
}

/// The signatures of [`method`]'s.
pub(super) const SIGNATURES: &[Signature] = &[
    Signature::of_model(
        HANDS_MAIL_OVER,
        "model, message, custom_values=None, save_original=False, strip_attachments=False, thread_id=None",
    ),
    Signature::of_rows(
        "message_post",
        "body='', subject=None, message_type='notification', email_from=None, author_id=None, subtype_xmlid=None, \
         partner_ids=None, attachments=None, attachment_ids=None, body_is_html=False, **kwargs",
    ),
];

/// The methods of whatever has a conversation.
pub(super) fn method(call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
    match name {
        HANDS_MAIL_OVER => message_process(call, arguments),
        "message_post" => message_post(call, arguments),
        _ => methods::of_every_model(call, name, arguments),
    }
}

/// `message_process(model, message, custom_values, save_original, strip_attachments, thread_id)`: the record's id, or
/// False where the mail is kept and makes no record now.
fn message_process(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    ApiCall { model: call.models.get("mail.thread")?, ..*call }.require(Right::Create)?;
    let model = arguments.text("model")?.filter(|model| !model.is_empty());
    let mail = bytes(arguments.required("message")?)?;
    let custom_values = match arguments.optional("custom_values") {
        None | Some(Value::Bool(false)) => Map::new(),
        Some(Value::Object(values)) => values,
        Some(_) => return Err(wrong(&say!("api-custom-values"))),
    };
    let save_original = arguments.flag("save_original")?.unwrap_or_default();
    let strip_attachments = arguments.flag("strip_attachments")?.unwrap_or_default();
    let thread_id = arguments.number("thread_id")?.filter(|id| *id > 0);
    arguments.end()?;
    let thread_id = match thread_id.map(i32::try_from) {
        None => None,
        Some(Ok(id)) => Some(RecordId(id)),
        Some(Err(_)) => return Err(wrong(&say!("api-thread-id"))),
    };
    let custom_values = custom(call, model.as_deref(), &custom_values)?;
    let asked = model.clone();
    let request = Request { model, custom_values, save_original, strip_attachments, thread_id };
    match gateway::process(call.app, call.caller, mail, request) {
        Ok(record) => Ok(record.map_or(Value::Bool(false), |record| json!(record))),
        Err(GatewayError::NoRoute(mail)) => Err(ObjectError::Value(no_route(call, asked.as_deref(), &mail))),
        Err(GatewayError::Operation(error)) => Err(error.into()),
    }
}

/// A text is the mail itself; a Binary holds its bytes.
fn bytes(message: Value) -> Result<Vec<u8>, ObjectError> {
    match message {
        Value::String(text) => Ok(text.into_bytes()),
        other => binary(&other).ok_or_else(|| wrong(&say!("api-message-source"))),
    }
}

/// Values for a record type that is not there are for nothing: the mail may still answer another record.
fn custom(call: &ApiCall<'_>, model: Option<&str>, given: &Values) -> Result<BTreeMap<String, String>, ObjectError> {
    let model = model.filter(|_| !given.is_empty()).and_then(|model| call.models.find(model));
    let Some(model) = model.filter(|model| model.is_mail_thread) else { return Ok(BTreeMap::new()) };
    let call = ApiCall { model, ..*call };
    for (name, value) in given {
        let field = call.settable(name)?;
        let asked = match field.linked {
            Some(_) => commands(&format!("{}.{name}", model.name), value)?,
            None => Vec::new(),
        };
        // Those write other rows, which stay if the mail is not kept.
        let links = |one: &X2ManyCommand| {
            !matches!(one, X2ManyCommand::Create(_) | X2ManyCommand::Update(..) | X2ManyCommand::Delete(_))
        };
        if !asked.iter().all(links) {
            return Err(wrong(&say!("api-custom-links", name)));
        }
    }
    call.app.store.read(|db| typed(&call, db, None, given))
}

fn wrong(words: &str) -> ObjectError {
    ObjectError::Argument(format!("message_process(): {words}"))
}

/// Odoo's words.
fn no_route(call: &ApiCall<'_>, model: Option<&str>, mail: &Message) -> String {
    match model {
        Some(model) if call.models.find(model).is_some() => say!("api-gateway-model", model).to_string(),
        Some(model) => say!("api-gateway-unknown-model", model = shorten(model, 100)).to_string(),
        None => {
            let to: Vec<String> = mail.recipients().map(|address| address.display()).collect();
            say!(
                "api-gateway-no-route",
                sender = mail.from.display(),
                recipients = shorten(&to.join(", "), 500),
                id = mail.message_id
            )
            .to_string()
        }
    }
}

/// Arguments of Odoo's that make no difference here.
const OF_NO_CONSEQUENCE: [&str; 13] = [
    "parent_id",
    "subtype_id",
    "subtype_xmlid",
    "email_layout_xmlid",
    "email_add_signature",
    "force_send",
    "mail_auto_delete",
    "mail_server_id",
    "model_description",
    "notify_author",
    "record_name",
    "reply_to",
    "send_after_commit",
];

/// What can be asked for, beside what the post itself says.
struct PostExtras {
    posting: Posting,
    /// Name and bytes.
    files: Vec<(String, Vec<u8>)>,
    /// Of files that are here already.
    attachments: Vec<i32>,
}

/// It stays on the record; nobody is mailed.
fn message_post(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let ids = arguments.ids()?;
    let asked = asked(&mut arguments)?;
    arguments.end()?;
    let id = call.only(&ids)?;
    let post = in_transaction(call, |db| {
        call.all_exist(db, &[id])?;
        add(call, db, RecordId(id), &asked)
    })?;
    Ok(json!(post.0))
}

fn add(call: &ApiCall<'_>, db: &mut Db, record: RecordId, asked: &PostExtras) -> Result<PostId, ObjectError> {
    if let Some(author) = asked.posting.author
        && matches!(partners::get_in(db, call.caller, author), Err(OperationError::NotFound(_)))
    {
        return Err(call.missing_of("res.partner", author.0));
    }
    let model = &call.model.name;
    let post = records::post_in(call.app, db, call.caller, model, record, &asked.posting)?;
    let place = AttachedTo { model, record, post: Some(post) };
    for (name, bytes) in &asked.files {
        attachments::create_in(db, call.caller, &NewFile { place: Some(place), name, mimetype: "", bytes })?;
    }
    for id in &asked.attachments {
        attachments::move_in(db, call.caller, AttachmentId(*id), &place)?;
    }
    Ok(post)
}

fn asked(arguments: &mut CallArguments) -> Result<PostExtras, ObjectError> {
    let body = match arguments.optional("body") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text,
        None | Some(Value::Bool(false)) => String::new(),
        Some(_) => return Err(arguments.wrong(say!("api-post-body").to_string())),
    };
    let subject = arguments.text("subject")?;
    let message_type = arguments.text("message_type")?.unwrap_or_else(|| "notification".into());
    let kind = records::kind_of_posted(&message_type).ok_or_else(|| unknown_type(&message_type))?;
    arguments.by_name()?;
    let email_from = arguments.text("email_from")?;
    let author = arguments.number("author_id")?.and_then(|id| i32::try_from(id).ok()).map(PartnerId);
    // A conversation here is one thread, its notes have no subtype (Odoo takes an unknown one for a note), and nobody is
    // mailed: what asks for that much, or how to mail, is right.
    for name in OF_NO_CONSEQUENCE {
        arguments.optional(name);
    }
    if let Some(partners) = arguments.optional("partner_ids")
        && !commands("mail.message.partner_ids", &partners)?.is_empty()
    {
        let words = say!("api-post-partners");
        return Err(OperationError::Refused(words.into()).into());
    }
    let (html, text) = match arguments.flag("body_is_html")? {
        Some(true) => (message::clean_html(&body), message::text_of_html(&body)),
        _ => (to_html(body.trim()), body.trim().to_owned()),
    };
    let files = files(arguments)?;
    let attachments = match arguments.optional("attachment_ids") {
        Some(ids) => linked(&commands("mail.message.attachment_ids", &ids)?)?,
        None => Vec::new(),
    };
    let posting = Posting { kind, author, email_from, subject, html, text };
    Ok(PostExtras { posting, files, attachments })
}

pub(super) fn unknown_type(message_type: &str) -> ObjectError {
    ObjectError::Value(say!("api-post-type", message_type).to_string())
}

/// Pairs of a name and its contents. As in Odoo a text is its own bytes; XML-RPC's `<base64>` is what it stands for.
fn files(arguments: &mut CallArguments) -> Result<Vec<(String, Vec<u8>)>, ObjectError> {
    let wrong = || ObjectError::Value(say!("api-post-attachments").to_string());
    let one = |pair: &Value| {
        // What may follow on them is for pictures within a body.
        let [name, content, ..] = pair.as_array()?.as_slice() else { return None };
        let bytes = match content {
            Value::String(text) => text.as_bytes().to_vec(),
            bytes => binary(bytes)?,
        };
        Some((name.as_str()?.to_owned(), bytes))
    };
    match arguments.optional("attachments") {
        None | Some(Value::Bool(false)) => Ok(Vec::new()),
        Some(Value::Array(pairs)) => pairs.iter().map(|pair| one(pair).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn linked(commands: &[X2ManyCommand]) -> Result<Vec<i32>, ObjectError> {
    let mut ids = Vec::new();
    for command in commands {
        match command {
            X2ManyCommand::Link(id) => ids.push(*id),
            X2ManyCommand::Set(all) => ids.extend(all),
            other => {
                return Err(ObjectError::Value(
                    say!("api-post-attachment-ids", other = format!("{other:?}")).to_string(),
                ));
            }
        }
    }
    Ok(ids)
}
