//! The forms of a message's page.

use rocket::post;

use super::{page, path};
use crate::domain::fate::Fate;
use crate::domain::id::MessageId;
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::messages::{self, Deed, MailCorrection};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::forms::TypedFields;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// Retry, deliver by hand, download anyway, dismiss.
#[post("/settings/technical/email/messages/<id>/decide", data = "<form>")]
pub(super) async fn decide(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let Some(deed) = Deed::from_code(form.get("deed")) else { return Ok(Reply::go(path(id))) };
    let reason = form.get("reason").to_owned();
    let done = visitor.run(move |app, caller| messages::act(app, caller, id, deed, &reason)).await;
    let said = typed(&form);
    answer(&visitor, id, deed, done, said).await
}

/// Sender, record type, record: corrected, then delivered.
#[post("/settings/technical/email/messages/<id>/correct", data = "<form>")]
pub(super) async fn correct(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let said = typed(&form);
    let correction = said.typed.clone();
    let done = visitor.run(move |app, caller| messages::correct(app, caller, id, &correction)).await;
    answer(&visitor, id, Deed::Deliver, done, said).await
}

/// What was typed in either form.
pub(super) fn typed(form: &TypedFields) -> page::MessagePageState {
    let text = |name: &str| form.get(name).to_owned();
    let typed =
        MailCorrection { sender: text("sender"), model: text("model"), record: text("record"), record_id: None };
    page::MessagePageState { typed, reason: text("reason"), ..page::MessagePageState::default() }
}

pub(super) async fn answer(
    visitor: &Visitor<'_>,
    id: MessageId,
    deed: Deed,
    done: Result<Fate, OperationError>,
    said: page::MessagePageState,
) -> PageAnswer {
    match done {
        Ok(fate) => {
            let tone = if matches!(fate, Fate::Held(_)) { Tone::Warning } else { Tone::Good };
            Ok(Reply::go(path(id)).flash(tone, self::said(visitor, deed, &fate)))
        }
        Err(OperationError::Invalid(errors)) => {
            page::answer(visitor, id, page::MessagePageState { errors, ..said }).await
        }
        // It is somewhere else by now: its page says where.
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_))) => {
            Ok(Reply::go(path(id)).flash(Tone::Bad, error.complaint().in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

/// What came of it, in words.
pub(super) fn said(visitor: &Visitor<'_>, deed: Deed, fate: &Fate) -> String {
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
