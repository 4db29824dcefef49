//! `message_post`: what a client writes into a record's conversation. It stays there; nobody is mailed.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::commands::{self, Command};
use super::error::ObjectError;
use super::methods::Call;
use super::{values, write};
use crate::domain::id::{AttachmentId, PartnerId, PostId, RecordId};
use crate::domain::text::to_html;
use crate::message;
use crate::operations::attachments::{self, New, Place};
use crate::operations::records::{self, Posting};
use crate::operations::{OperationError, partners};
use crate::store::Db;

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
struct Asked {
    posting: Posting,
    /// Name and bytes.
    files: Vec<(String, Vec<u8>)>,
    /// Of files that are here already.
    attachments: Vec<i32>,
}

pub fn message_post(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    let ids = arguments.ids()?;
    let asked = asked(&mut arguments)?;
    arguments.end()?;
    let [id] = ids.as_slice() else {
        let ids: Vec<String> = ids.iter().map(i32::to_string).collect();
        return Err(ObjectError::Value(format!("Expected singleton: {}({})", call.model.name, ids.join(", "))));
    };
    let post = write::whole(call, |db| {
        call.all_exist(db, &[*id])?;
        add(call, db, RecordId(*id), &asked)
    })?;
    Ok(json!(post.0))
}

fn add(call: &Call<'_>, db: &mut Db, record: RecordId, asked: &Asked) -> Result<PostId, ObjectError> {
    if let Some(author) = asked.posting.author
        && matches!(partners::find(db, author), Err(OperationError::NotFound(_)))
    {
        return Err(ObjectError::Missing {
            model: "res.partner".into(),
            id: author.0,
            user: call.caller.user.map_or(0, |user| user.0),
        });
    }
    let model = &call.model.name;
    let post = records::post_in(call.app, db, call.caller, model, record, &asked.posting)?;
    let place = Place { model, record, post: Some(post) };
    for (name, bytes) in &asked.files {
        attachments::create_in(db, call.caller, &New { place: Some(place), name, mimetype: "", bytes })?;
    }
    for id in &asked.attachments {
        attachments::move_in(db, call.caller, AttachmentId(*id), &place)?;
    }
    Ok(post)
}

fn asked(arguments: &mut Arguments) -> Result<Asked, ObjectError> {
    let body = match arguments.optional("body") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text,
        None | Some(Value::Bool(false)) => String::new(),
        Some(_) => return Err(arguments.wrong("message_post(): 'body' is text".into())),
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
        && !commands::parse("mail.message.partner_ids", &partners)?.is_empty()
    {
        let words = "Mailgate mails nobody: a message is posted without partner_ids.";
        return Err(OperationError::Refused(words.into()).into());
    }
    let (html, text) = match arguments.flag("body_is_html")? {
        Some(true) => (message::clean_html(&body), message::text_of_html(&body)),
        _ => (to_html(body.trim()), body.trim().to_owned()),
    };
    let files = files(arguments)?;
    let attachments = match arguments.optional("attachment_ids") {
        Some(ids) => linked(&commands::parse("mail.message.attachment_ids", &ids)?)?,
        None => Vec::new(),
    };
    let posting = Posting { kind, author, email_from, subject, html, text };
    Ok(Asked { posting, files, attachments })
}

pub fn unknown_type(message_type: &str) -> ObjectError {
    ObjectError::Value(format!("Wrong value for mail.message.message_type: '{message_type}'"))
}

/// Pairs of a name and its contents. As in Odoo a text is its own bytes; XML-RPC's `<base64>` is what it stands for.
fn files(arguments: &mut Arguments) -> Result<Vec<(String, Vec<u8>)>, ObjectError> {
    let wrong = || ObjectError::Value("message_post(): 'attachments' are pairs of a name and its contents".into());
    let one = |pair: &Value| {
        // What may follow on them is for pictures within a body.
        let [name, content, ..] = pair.as_array()?.as_slice() else { return None };
        let bytes = match content {
            Value::String(text) => text.as_bytes().to_vec(),
            binary => values::binary(binary)?,
        };
        Some((name.as_str()?.to_owned(), bytes))
    };
    match arguments.optional("attachments") {
        None | Some(Value::Bool(false)) => Ok(Vec::new()),
        Some(Value::Array(pairs)) => pairs.iter().map(|pair| one(pair).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn linked(commands: &[Command]) -> Result<Vec<i32>, ObjectError> {
    let mut ids = Vec::new();
    for command in commands {
        match command {
            Command::Link(id) => ids.push(*id),
            Command::Set(all) => ids.extend(all),
            other => {
                return Err(ObjectError::Value(format!(
                    "Wrong value for mail.message.attachment_ids: {other:?} is nothing that a new message takes"
                )));
            }
        }
    }
    Ok(ids)
}
