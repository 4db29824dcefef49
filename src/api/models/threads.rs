//! Conversations: how mail and words come into them, what stands in them, and files.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::write::EncoderStringWriter;
use serde_json::{Map, Value, json};

use super::records::typed;
use crate::api::arguments::{CallArguments, Signature, X2ManyCommand, binary, commands, text};
use crate::api::fault::ObjectError;
use crate::api::methods::{self, in_transaction};
use crate::api::model::FieldKind::*;
use crate::api::model::{ApiField, Description, FieldType, Inverse, Model, ModelBuilder, Values};
use crate::api::read::id_of;
use crate::api::{ApiCall, HANDS_MAIL_OVER};
use crate::domain::id::{AttachmentId, PartnerId, PostId, RecordId};
use crate::domain::message::Message;
use crate::domain::rights::{Object, Right};
use crate::domain::text::{shorten, to_html};
use crate::operations::attachments::{self, AttachedTo, NewFile};
use crate::operations::client::expressions::{attachments as attachment_sql, posts as sql};
use crate::operations::client::{Db, Direction};
use crate::operations::gateway::{self, GatewayError, Request};
use crate::operations::records::{self, Posting};
use crate::operations::{OperationError, partners};
use crate::{message, say};

/// `mail.thread`, which has no rows: the door for mail that a program hands over (`message_process`), as Odoo's mail gateway
/// script calls it, and what a client writes into a record's conversation (`message_post`). Record types have these too.
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

/// `mail.message`: what stands in conversations.
#[derive(Debug)]
pub(super) struct Posts;

impl Model for Posts {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new(sql::RECORD_NAME);
        f.add("create_date", "Created on", Datetime, "t.create_date").readonly();
        f.add("write_date", "Last Updated on", Datetime, "t.create_date").readonly();
        f.add("create_uid", "Created by", Many2one, "t.author_user_id").readonly().to("res.users");
        f.add("write_uid", "Last Updated by", Many2one, "t.author_user_id").readonly().to("res.users");
        f.add("subject", "Subject", Char, sql::SUBJECT);
        f.add("body", "Contents", Html, sql::BODY);
        f.add("message_id", "Message-Id", Char, "t.message_id");
        f.add("message_type", "Type", Selection, "t.message_type").choices([
            ("email", "Incoming Email"),
            ("comment", "Comment"),
            ("notification", "System notification"),
        ]);
        f.add("model", "Related Document Model", Char, "t.model");
        f.add("res_id", "Related Document ID", Integer, "t.res_id");
        f.add("record_name", "Message Record Name", Char, sql::RECORD_NAME);
        f.add("author_id", "Author", Many2one, sql::AUTHOR).to("res.partner");
        f.add("email_from", "From", Char, "t.email_from");
        f.add("date", "Date", Datetime, "t.date");
        let files = Inverse { column: "post_id", model: None, order: Direction::Ascending };
        f.many("attachment_ids", "Attachments", "ir.attachment", files);
        Description {
            order: vec![("id", Direction::Descending)],
            ..f.of_table(("mail.message", "Message"), Object::Posts, "posts", "r.subject")
        }
    }
}

/// `ir.attachment`: a file on a record, or one that is put on a record later.
#[derive(Debug)]
pub(super) struct AttachmentModel;

impl Model for AttachmentModel {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").authors(attachment_sql::MADE_BY, attachment_sql::CHANGED_BY);
        f.add("create_date", "Created on", Datetime, "t.create_date").readonly();
        f.add("write_date", "Last Updated on", Datetime, "t.create_date").readonly();
        f.add("name", "Name", Char, "t.name").required();
        f.add("mimetype", "Mime Type", Char, "t.mimetype");
        f.add("file_size", "File Size", Integer, "t.size").readonly();
        f.add("res_model", "Resource Model", Char, "t.model");
        f.add("res_id", "Resource ID", Integer, "t.res_id");
        f.add("res_name", "Resource Name", Char, attachment_sql::RECORD_NAME).readonly();
        f.add("type", "Type", Selection, attachment_sql::TYPE).choices([("binary", "File")]);
        f.add("public", "Is public document", Boolean, attachment_sql::PUBLIC).readonly();
        f.computed("datas", "File Content (base64)", FieldType::Binary).readonly = false;
        f.hidden("post_id", Integer, "t.post_id");
        Description {
            order: vec![("id", Direction::Descending)],
            ..f.of_table(("ir.attachment", "Attachment"), Object::Attachments, "attachments", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        create_at(call, db, values, None)
    }

    fn fill(&self, call: &ApiCall<'_>, field: &ApiField, rows: &mut [Values]) -> Result<(), ObjectError> {
        for row in rows.iter_mut().filter(|_| field.name == "datas") {
            let datas = id_of(row).map(|id| datas(call, id)).transpose()?.unwrap_or(Value::Null);
            row.insert(field.name.clone(), datas);
        }
        Ok(())
    }
}

/// `of` is the record whose `attachment_ids` the file goes to.
pub(super) fn create_at(
    call: &ApiCall<'_>,
    db: &mut Db,
    values: &Values,
    of: Option<(&str, RecordId)>,
) -> Result<i32, ObjectError> {
    let own = ApiCall { model: call.models.get("ir.attachment")?, ..*call };
    own.require(Right::Create)?;
    let given = |name: &str| match values.get(name) {
        Some(value) => text(own.model, own.settable(name)?, value),
        None => Ok(String::new()),
    };
    values.keys().try_for_each(|name| own.settable(name).map(drop))?;
    let (name, mimetype, model, id) = (given("name")?, given("mimetype")?, given("res_model")?, given("res_id")?);
    let datas: String = given("datas")?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(datas).map_err(|_| ObjectError::Value(say!("api-datas").to_string()))?;
    let record = id.parse().ok().filter(|id| *id != 0).map(RecordId);
    let place = of.or(record.map(|record| (model.as_str(), record)));
    let place = place.map(|(model, record)| AttachedTo { model, record, post: None });
    let new = NewFile { place, name: &name, mimetype: &mimetype, bytes: &bytes };
    Ok(attachments::create_in(db, call.caller, &new)?.0)
}

/// An attachment's bytes, as Odoo gives them: base64 text.
fn datas(call: &ApiCall<'_>, id: i32) -> Result<Value, ObjectError> {
    let Some(file) = attachments::get(call.app, call.caller, AttachmentId(id))? else { return Ok(Value::Null) };
    call.room.take(usize::try_from(file.size).unwrap_or_default() / 3 * 4)?;
    let mut text = EncoderStringWriter::new(&BASE64);
    attachments::copy(call.app, &file, &mut text).map_err(|error| ObjectError::Value(error.to_string()))?;
    Ok(Value::String(text.into_inner()))
}
