//! Notes: what people write to each other on a record. They stay here; nobody is mailed.

use serde_json::json;

use super::change::write_audit;
use super::{WRITERS, existing, module};
use crate::domain::Invalid;
use crate::domain::id::{PostId, RecordId};
use crate::domain::person::Caller;
use crate::domain::text::{shorten, to_html};
use crate::operations::{App, OperationError, require};
use crate::store::conversation::{self, NewPost};
use crate::store::record_view::{self, Record};
use crate::store::{Db, StoreError};

const MAX: usize = 20_000;

/// Adds a note; the mark *New mail* goes with it.
pub fn note(app: &App, caller: &Caller, model: &str, id: RecordId, text: &str) -> Result<PostId, OperationError> {
    app.store.write(|db| note_in(app, db, caller, model, id, text))
}

/// As [`note`], within the caller's transaction.
pub(in crate::operations) fn note_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    id: RecordId,
    text: &str,
) -> Result<PostId, OperationError> {
    require(caller, &WRITERS, "write notes")?;
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(Invalid::new("note", "Write something first.").into());
    }
    if text.chars().count() > MAX {
        return Err(Invalid::new("note", format!("A note takes at most {MAX} characters.")).into());
    }
    let module = module(app, model)?;
    let record = existing(db, module, id)?;
    let post = tell(db, caller, &record, "comment", &text)?;
    record_view::mark_read(db, id)?;
    write_audit(db, caller, &record, json!({}), json!({ "note": shorten(&text, 200) }))?;
    Ok(post)
}

/// Writes plain text into the record's conversation: a `comment` or a `notification`.
pub(super) fn tell(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    message_type: &str,
    text: &str,
) -> Result<PostId, StoreError> {
    conversation::add(
        db,
        &NewPost {
            model: &record.model,
            record: record.id,
            message_type,
            author: caller.user,
            subject: &record.name,
            body_html: &to_html(text),
            body_text: text,
        },
    )
}
