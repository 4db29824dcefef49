//! One message: where it is and why, how it came there, what it holds, and what people do about it.

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::{PATH, path};
use crate::domain::Invalid;
use crate::domain::id::{AttachmentId, MessageId};
use crate::domain::ledger::{AckState, Fate, MailState, Reason};
use crate::domain::rights::{Object, Right};
use crate::domain::words::{self, Sentence};
use crate::operations::messages::{self, Deed, HEAD, Linked, Linking, MailCorrection, MessageContent, MessageView};
use crate::operations::{OperationError, attachments, partners};
use crate::web::cookies::Tone;
use crate::web::download::{FileDownload, SendAs};
use crate::web::errors::PageFailure;
use crate::web::forms::{Posted, TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::posts::{self, Unfolding};
use crate::web::render::{PageAnswer, Reply};

/// `open` unfolds one of its files.
#[get("/settings/technical/email/messages/<id>?<open>")]
pub(super) async fn show(visitor: Visitor<'_>, id: i32, open: Option<i32>) -> PageAnswer {
    let said = MessagePageState { open: open.map(AttachmentId), ..MessagePageState::default() };
    answer(&visitor, MessageId(id), said).await
}

/// What a form that was not done leaves on the page.
#[derive(Default)]
pub(super) struct MessagePageState {
    pub errors: Vec<Invalid>,
    pub typed: MailCorrection,
    pub reason: String,
    /// The file that is unfolded.
    pub open: Option<AttachmentId>,
}

pub(super) async fn answer(visitor: &Visitor<'_>, id: MessageId, said: MessagePageState) -> PageAnswer {
    let open = said.open;
    let (view, content, open) = visitor
        .run(move |app, caller| {
            let view = messages::view(app, caller, id)?;
            let content = messages::content(app, caller, &view.message)?;
            let file = match &content {
                Some(MessageContent::Mail(post)) => post.attachments.iter().find(|file| Some(file.id) == open),
                _ => None,
            };
            let open = file.map(|file| Ok::<_, OperationError>((file.id, attachments::content(app, caller, file)?)));
            let open = open.transpose()?;
            Ok((view, content, open))
        })
        .await?;
    let message = &view.message;
    let unfolding = Unfolding { page: path(id), open, whole: false };
    let (mail, unreadable) = match &content {
        Some(MessageContent::Mail(post)) => {
            (Some(posts::context(visitor, &path(id), post, &title(&view), &unfolding)), None)
        }
        Some(MessageContent::Unreadable { why, header }) => (None, Some(json!({"why": why, "header": header}))),
        None => (None, None),
    };
    let may_correct = view.may_correct;
    let status = if said.errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let context = context! {
        list_path: PATH,
        path: path(id),
        id: id.0,
        subject: &message.subject,
        mail,
        unreadable,
        state: message.state.code(),
        held: message.state == MailState::Held,
        reason: message.reason.map(Reason::sentence),
        detail: &message.reason_detail,
        from: &message.email_from,
        date: message.date,
        seen: message.create_date,
        size: message.size,
        message_id: &message.message_id,
        source_key: &message.source_key,
        sha256: &message.sha256,
        server: &message.server_name,
        // The mail gateway is built in, and has no page.
        server_path: message
            .server
            .filter(|_| visitor.caller.may(Right::Read, Object::Servers) && !message.source_key.starts_with("api:"))
            .map(|server| format!("/settings/technical/email/incoming/{server}")),
        record: view.record.as_ref().map(|(model, id, title)| json!({"path": format!("/records/{model}/{id}"), "title": title})),
        remote_url: &message.remote_url,
        connection: &view.connection,
        becomes: becomes(&view),
        attempts: message.attempts,
        next_attempt: message.next_attempt,
        acknowledgement: acknowledgement(visitor, &view),
        has_source: message.source.is_some(),
        notes: &message.notes,
        trace: message.trace.iter().map(|step| json!({"rule": words::text(visitor.language(), &format!("rule-{}", step.rule)), "applied": step.applied, "why": step.why})).collect::<Vec<_>>(),
        history: history(&view),
        deeds: view.deeds.iter().map(|deed| deed.code()).collect::<Vec<_>>(),
        may_correct,
        unknown_sender: message.reason == Some(Reason::UnknownSender),
        record_types: &view.record_types,
        sender: &said.typed.sender,
        model: &said.typed.model,
        join: &said.typed.record,
        dismissal: &said.reason,
        errors: field_errors(&said.errors),
    };
    Ok(Reply::page("messages/page.html", context).status(status))
}

/// What the heading says.
fn title(view: &MessageView) -> String {
    view.message.subject.clone().unwrap_or_default()
}

/// The record type that it is to become, as a person calls it.
fn becomes(view: &MessageView) -> Option<Sentence> {
    let model = view.message.object_model.as_ref()?;
    let known = view.record_types.iter().find(|(known, _)| known == model);
    Some(known.map_or_else(|| Sentence::verbatim(&**model), |(_, label)| label.clone()))
}

fn acknowledgement(visitor: &Visitor<'_>, view: &MessageView) -> Value {
    let state = view.acknowledgement.as_ref().map_or(AckState::None, |known| known.state);
    let told = words::text(visitor.language(), &format!("messages-ack-{}", state.code()));
    let pending = view.acknowledgement.as_ref().filter(|_| state == AckState::Pending);
    json!({
        "words": told,
        "due": pending.map(|known| known.due),
        "error": pending.and_then(|known| known.last_error.clone()),
    })
}

fn history(view: &MessageView) -> Vec<Value> {
    let shown = |event: &messages::Event| {
        json!({
            "at": event.at,
            "state": event.state.code(),
            "reason": event.reason.map(Reason::sentence),
            "detail": event.detail,
            "login": event.login,
        })
    };
    view.history.iter().map(shown).collect()
}

// The forms of a message's page.

/// Retry, deliver by hand, download anyway, dismiss.
#[post("/settings/technical/email/messages/<id>/decide", data = "<form>")]
pub(super) async fn decide(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let Some(deed) = Deed::from_code(form.get("deed")) else { return Ok(Reply::go(path(id))) };
    let reason = form.get("reason").to_owned();
    let done = visitor.run(move |app, caller| messages::act(app, caller, id, deed, &reason)).await;
    let said = typed_decision(&form);
    decided(&visitor, id, deed, done, said).await
}

/// Sender, record type, record: corrected, then delivered.
#[post("/settings/technical/email/messages/<id>/correct", data = "<form>")]
pub(super) async fn correct(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let said = typed_decision(&form);
    let correction = said.typed.clone();
    let done = visitor.run(move |app, caller| messages::correct(app, caller, id, &correction)).await;
    decided(&visitor, id, Deed::Deliver, done, said).await
}

/// What was typed in either form.
pub(super) fn typed_decision(form: &TypedFields) -> MessagePageState {
    let text = |name: &str| form.get(name).to_owned();
    let typed =
        MailCorrection { sender: text("sender"), model: text("model"), record: text("record"), record_id: None };
    MessagePageState { typed, reason: text("reason"), ..MessagePageState::default() }
}

pub(super) async fn decided(
    visitor: &Visitor<'_>,
    id: MessageId,
    deed: Deed,
    done: Result<Fate, OperationError>,
    said: MessagePageState,
) -> PageAnswer {
    match done {
        Ok(fate) => {
            let tone = if matches!(fate, Fate::Held(_)) { Tone::Warning } else { Tone::Good };
            Ok(Reply::go(path(id)).flash(tone, self::said_of(visitor, deed, &fate)))
        }
        Err(OperationError::Invalid(errors)) => answer(visitor, id, MessagePageState { errors, ..said }).await,
        // It is somewhere else by now: its page says where.
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_))) => {
            Ok(Reply::go(path(id)).flash(Tone::Bad, error.complaint().in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

/// What came of it, in words.
pub(super) fn said_of(visitor: &Visitor<'_>, deed: Deed, fate: &Fate) -> String {
    let key = match (deed, fate) {
        (Deed::Download, _) => "messages-done-download",
        (Deed::Dismiss, _) => "messages-done-dismissed",
        (_, Fate::NewRecord { .. } | Fate::Reply { .. } | Fate::Arrived { .. }) => "messages-done-delivered",
        (_, Fate::Held(_)) => "messages-done-held",
        (_, Fate::Ignored(_)) => "messages-done-ignored",
        _ => "messages-done-waiting",
    };
    words::text(visitor.language(), key)
}

// Who wrote a held message: a contact that is known already, or a new one. Then it is delivered.

#[get("/settings/technical/email/messages/<id>/sender?<q>")]
pub(super) async fn show_sender(visitor: Visitor<'_>, id: i32, q: Option<&str>) -> PageAnswer {
    sender_page(&visitor, MessageId(id), q.unwrap_or_default(), None, Vec::new()).await
}

#[post("/settings/technical/email/messages/<id>/sender", data = "<form>")]
pub(super) async fn link_sender(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let Ok(contact) = form.get("partner_id").parse() else { return Ok(Reply::go(path(id))) };
    let linking = linking(&form);
    let done = visitor.run(move |app, caller| messages::link_sender(app, caller, id, contact, linking)).await;
    sender_said(&visitor, id, done).await
}

#[post("/settings/technical/email/messages/<id>/sender/new", data = "<form>")]
pub(super) async fn create_sender(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let typed = typed_sender(&form);
    let (new, linking) = (typed.clone(), linking(&form));
    let done = visitor.run(move |app, caller| messages::create_sender(app, caller, id, &new, linking)).await;
    match done {
        Err(OperationError::Invalid(errors)) => sender_page(&visitor, id, "", Some(typed), errors).await,
        done => sender_said(&visitor, id, done).await,
    }
}

/// What is remembered of the address counts no more.
#[post("/settings/technical/email/messages/<id>/sender/forget", data = "<_form>")]
pub(super) async fn forget_sender(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = MessageId(id);
    visitor.run(move |app, caller| messages::forget_sender(app, caller, id)).await?;
    let words = words::text(visitor.language(), "messages-forgotten");
    Ok(Reply::go(format!("{}/sender", path(id))).flash(Tone::Good, words))
}

fn linking(form: &TypedFields) -> Linking {
    Linking { others: form.has("others"), once: form.has("once") }
}

fn typed_sender(form: &TypedFields) -> partners::TypedPartner {
    partners::TypedPartner {
        name: form.get("name").to_owned(),
        email: form.get("email").to_owned(),
        phone: form.get("phone").to_owned(),
        is_registrant: form.has("is_registrant"),
        ..partners::TypedPartner::default()
    }
}

pub(super) async fn sender_again(visitor: &Visitor<'_>, id: MessageId, form: &TypedFields) -> PageAnswer {
    sender_page(visitor, id, "", form.has("name").then(|| typed_sender(form)), Vec::new()).await
}

async fn sender_said(visitor: &Visitor<'_>, id: MessageId, done: Result<Linked, OperationError>) -> PageAnswer {
    let others = done.as_ref().map_or(0, |linked| linked.others);
    let reply =
        decided(visitor, id, Deed::Deliver, done.map(|linked| linked.fate), MessagePageState::default()).await?;
    Ok(match others {
        0 => reply,
        count => {
            let words = words::with(visitor.language(), "messages-done-others", &[("count", count.into())]);
            reply.flash(Tone::Good, words)
        }
    })
}

async fn sender_page(
    visitor: &Visitor<'_>,
    id: MessageId,
    q: &str,
    typed: Option<partners::TypedPartner>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let view = visitor.run(move |app, caller| messages::view(app, caller, id)).await?;
    let search = q.to_owned();
    let candidates = visitor.run(move |app, caller| messages::candidates(app, caller, id, &search)).await?;
    let from = view.message.email_from.clone().unwrap_or_default();
    let (name, email) = partners::name_and_address(&from);
    let typed = typed.unwrap_or(partners::TypedPartner {
        name,
        email,
        is_registrant: true,
        ..partners::TypedPartner::default()
    });
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let context = context! {
        path: path(id),
        subject: &view.message.subject,
        from,
        q,
        connection: candidates.connection,
        likely: candidates.likely.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "is_registrant": one.is_registrant, "like": likeness.code()})).collect::<Vec<_>>(),
        found: candidates.found,
        problem: candidates.problem,
        others: candidates.others,
        name: typed.name,
        email: typed.email,
        phone: typed.phone,
        is_registrant: typed.is_registrant,
        remembered: candidates.remembered.map(|link| json!({"name": link.name, "login": link.login, "at": link.create_date})),
        may_act: view.may_correct,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("messages/sender.html", context).status(status))
}

// Attachments of a mail that stands on no record, cut from its source when somebody asks; as safe as those of records.

#[get("/settings/technical/email/messages/<id>/attachments/<number>")]
pub(super) async fn download_attachment(
    visitor: Visitor<'_>,
    id: i32,
    number: i32,
) -> Result<FileDownload, PageFailure> {
    let file = visitor.run(move |app, caller| messages::attachment(app, caller, MessageId(id), number)).await?;
    Ok(FileDownload::of_file(&visitor, file))
}

/// A PDF, in a tab of its own.
#[get("/settings/technical/email/messages/<id>/attachments/<number>/open")]
pub(super) async fn open_attachment(visitor: Visitor<'_>, id: i32, number: i32) -> Result<FileDownload, PageFailure> {
    let found = visitor.run(move |app, caller| {
        let file = messages::attachment(app, caller, MessageId(id), number)?;
        let is_pdf = attachments::is_pdf(app, &file)?;
        Ok((file, is_pdf))
    });
    let (file, is_pdf) = found.await?;
    Ok(FileDownload::of_document(&visitor, file, is_pdf))
}

#[get("/settings/technical/email/messages/<id>/attachments/<number>/inline")]
pub(super) async fn inline_attachment(
    visitor: Visitor<'_>,
    id: i32,
    number: i32,
) -> Result<Result<FileDownload, Status>, PageFailure> {
    let file = visitor.run(move |app, caller| messages::attachment(app, caller, MessageId(id), number)).await?;
    Ok(FileDownload::of_picture(&visitor, file))
}

// The raw source of a message, as text in a page and as a file.

#[get("/settings/technical/email/messages/<id>/source")]
pub(super) async fn show_source(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let opened = visitor.run(move |app, caller| messages::open_source(app, caller, MessageId(id), false)).await?;
    let context = context! {
        path: path(MessageId(id)),
        subject: &opened.message.subject,
        head: opened.head,
        size: opened.size,
        cut: opened.size > HEAD,
    };
    Ok(Reply::page("messages/source.html", context))
}

#[get("/settings/technical/email/messages/<id>/source.eml")]
pub(super) async fn download_source(visitor: Visitor<'_>, id: i32) -> Result<FileDownload, PageFailure> {
    let opened = visitor.run(move |app, caller| messages::open_source(app, caller, MessageId(id), true)).await?;
    let app = visitor.visit.app.clone();
    Ok(FileDownload::new(format!("message-{id}.eml"), "message/rfc822".into(), SendAs::Attachment, move |to| {
        messages::copy_source(&app, &opened, to).map(drop).map_err(std::io::Error::other)
    }))
}
