//! Notes: what people write to each other on a record. They stay here; nobody is mailed.

use serde_json::json;

use super::change::write_audit;
use super::join::still_open;
use super::{existing, module};
use crate::domain::Invalid;
use crate::domain::conversation::PostKind;
use crate::domain::id::{PartnerId, PostId, RecordId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::text::{shorten, to_html};
use crate::domain::words::Sentence;
use crate::operations::attachments::{self, AttachedTo, SentFiles};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::posts::{self, Addition};
use crate::store::records::view::{Record, ShownUpTo};
use crate::store::{Db, StoreError, attachments as stored_files, records};

/// Characters of what a person types, and of what a client posts.
const MAX: usize = 20_000;
const MAX_POSTED: usize = 200_000;

/// What a person writes on a record's page.
#[derive(Debug, Clone, Default)]
pub struct Note {
    pub text: String,
    /// Which mail the page showed.
    pub shown: ShownUpTo,
    /// The newest entry of the conversation when the page was drawn: the same text behind it was sent twice, by a
    /// double click or a reload, and is one note.
    pub after: Option<PostId>,
}

/// Adds a note; the mark *New mail* goes with it.
pub fn note(app: &App, caller: &Caller, model: &str, id: RecordId, note: &Note) -> Result<PostId, OperationError> {
    note_with(app, caller, model, id, note, &mut SentFiles::default())
}

/// As [`note`], with files, which may be all there is of it.
pub fn note_with(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    note: &Note,
    files: &mut SentFiles,
) -> Result<PostId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-write-notes"))?;
    let text = note.text.trim().replace("\r\n", "\n");
    if text.is_empty() && files.count() == 0 {
        return Err(Invalid::new("note", say!("note-empty")).into());
    }
    if text.chars().count() > MAX {
        return Err(Invalid::new("note", say!("note-long", max = MAX, count = text.chars().count())).into());
    }
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        still_open(&record)?;
        if let (Some(after), Some(author)) = (note.after, caller.user)
            && let Some(post) = posts::note_after(db, model, id, after, author, &text)?
        {
            let there = stored_files::of_posts(db, &[post])?;
            if there.iter().map(|file| file.name.as_str()).eq(files.names()) {
                return Ok(post);
            }
        }
        let post = tell(db, caller, &record, PostKind::Comment, &Sentence::verbatim(&*text))?;
        attachments::keep_in(db, caller, files, AttachedTo { model, record: id, post: Some(post) })?;
        records::view::mark_read(db, &record, note.shown)?;
        write_audit(db, caller, &record, json!({}), json!({ "note": shorten(&text, 200) }))?;
        Ok(post)
    })
}

/// What a client posts into a record's conversation. It is the caller's word, whoever it names: only what came by mail,
/// and has its row in the ledger, is mail.
pub struct Posting {
    pub kind: PostKind,
    /// Whom the caller names as the author.
    pub author: Option<PartnerId>,
    /// The address that the caller says it is from.
    pub email_from: Option<String>,
    pub subject: Option<String>,
    /// Sanitised.
    pub html: String,
    pub text: String,
}

/// What becomes of an entry that a client posts with this `message_type`: its `email` is a comment here, for nobody vouches
/// for its sender.
pub fn kind_of_posted(message_type: &str) -> Option<PostKind> {
    PostKind::from_code(message_type).map(|kind| if kind == PostKind::Email { PostKind::Comment } else { kind })
}

/// Adds a client's message, which may be empty, within the caller's transaction. *New mail* stays: nobody says what the
/// client has read.
pub fn post_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    id: RecordId,
    posting: &Posting,
) -> Result<PostId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-write-notes"))?;
    if posting.text.chars().count() > MAX_POSTED {
        return Err(Invalid::new("body", say!("post-long", max_posted = MAX_POSTED)).into());
    }
    let record = existing(db, caller, module(app, model)?, id)?;
    still_open(&record)?;
    let post = posts::add(
        db,
        &Addition {
            model: &record.model,
            record: record.id,
            kind: posting.kind,
            author: caller.user,
            partner: posting.author,
            email_from: posting.email_from.as_deref(),
            subject: posting.subject.as_deref().unwrap_or_default(),
            body_html: &posting.html,
            body_text: &posting.text,
            said: None,
        },
    )?;
    write_audit(db, caller, &record, json!({}), json!({ "note": shorten(&posting.text, 200) }))?;
    Ok(post)
}

/// Writes plain text into the record's conversation: a `comment` or a `notification`.
pub(super) fn tell(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    kind: PostKind,
    text: &Sentence,
) -> Result<PostId, StoreError> {
    posts::add(
        db,
        &Addition {
            model: &record.model,
            record: record.id,
            kind,
            author: caller.user,
            partner: None,
            email_from: None,
            subject: &record.name,
            body_html: &to_html(text),
            body_text: text,
            said: text.made_of().map(|made_of| made_of.to_string()),
        },
    )
}
