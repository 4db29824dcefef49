//! One message: where it is and why, what can be done, and how it came there.

use rocket::get;
use rocket::http::Status;
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::{PATH, path};
use crate::domain::Invalid;
use crate::domain::id::{AttachmentId, MessageId};
use crate::domain::ledger::{AckState, MailState, Reason};
use crate::domain::rights::{Object, Right};
use crate::domain::words::{self, Sentence};
use crate::operations::messages::{self, MailCorrection, MessageContent, MessageView};
use crate::operations::{OperationError, attachments};
use crate::web::forms::field_errors;
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
