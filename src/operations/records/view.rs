//! Everything that a record's page shows, and a person's; what people write to each other there; and what belongs to the page while it is
//! open: what somebody types, and who else looks at it.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde_json::json;

use super::change::write_audit;
use super::join::still_open;
use super::{existing, module, same, value};
use crate::domain::alike::Likeness;
use crate::domain::conversation::PostKind;
use crate::domain::id::{PartnerId, PartnerMergeId, PostId, RecordId, UserId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::text::{shorten, to_html};
use crate::domain::words::Sentence;
use crate::domain::{Invalid, now};
use crate::operations::attachments::{self, AttachedTo, SentFiles};
use crate::operations::categories::{self, Category, KeptTag, OfferedClasses};
use crate::operations::{App, OperationError, confidential, partners as contacts, require};
use crate::say;
use crate::store::kept::{self, RecordDraft};
use crate::store::partners::{self, Partner};
use crate::store::posts::{self, Addition, ConversationPart, WrittenMail};
use crate::store::records::list::{self, Gist, RecordLine, Writer};
use crate::store::records::view::{Record, Relations, ShownUpTo};
use crate::store::records::{self, RecordStage, view as stored};
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, attachments as stored_files, users};

/// Entries of the conversation on one page, beside its first mail.
pub const POSTS: i64 = 200;
/// Other records of the same person named beside a record.
pub const EARLIER: i64 = 5;
/// Records and mails of one person on their page.
const OF_PERSON: i64 = 100;
/// Other records named on one page, of each sort.
const RELATED: i64 = 20;

pub struct RecordView {
    pub module: Module,
    pub record: Record,
    pub stages: Vec<RecordStage>,
    /// Who can be assigned; who is assigned already need not be among them.
    pub assignees: Vec<(UserId, String)>,
    pub conversation: ConversationPart,
    /// While no contact is linked: those that the sender may be, the likeliest first.
    pub suggested: Vec<(Partner, Likeness)>,
    /// What it can be given, and what it has: categories in the order of their tree, each with how deep it stands; and tags.
    pub categories: Vec<(Category, usize)>,
    pub tags: Vec<KeptTag>,
    /// The newest other records of the same person, and [`EARLIER`] and one at most.
    pub earlier: Vec<RecordLine>,
    /// Never on a record that was joined to another.
    pub may_change: bool,
    pub relations: Relations,
    /// Whether it has more mails than one: then each can be split off.
    pub has_mails: bool,
    /// What the caller typed on it and did not send.
    pub draft: Option<RecordDraft>,
    /// Who else has it open now.
    pub others: Vec<(UserId, String)>,
}

/// The record with the newest part of its conversation.
pub fn view(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<RecordView, OperationError> {
    view_before(app, caller, model, id, None)
}

/// Whether a mail came to a record behind this post.
pub fn mail_came(app: &App, caller: &Caller, model: &str, id: RecordId, post: PostId) -> Result<bool, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    app.store.read(|db| {
        existing(db, caller, module, id)?;
        Ok(posts::mail_after(db, model, id, post)?)
    })
}

/// The record with the part of its conversation that comes before a post.
pub fn view_before(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    before: Option<PostId>,
) -> Result<RecordView, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    let view = app.store.read(|db| {
        let record = existing(db, caller, &module, id)?;
        let sight = RecordSight::of(db, caller)?;
        let conversation = posts::posts(db, model, id, before, POSTS)?;
        let suggested = match record.partner {
            None => {
                let who = [&record.partner_name, &record.partner_email].map(|text| text.as_deref().unwrap_or_default());
                contacts::alike(db, caller, (who[0], who[1]), None)?
            }
            Some(_) => Vec::new(),
        };
        let writer = writer(db, &record)?;
        let OfferedClasses { mut categories, mut tags } = categories::on_offer(db, caller, &module)?;
        categories.retain(|(one, _)| one.active || record.category == Some(one.id));
        tags.retain(|one| one.active || record.tags.contains(&one.id));
        Ok::<_, OperationError>(RecordView {
            categories,
            tags,
            stages: records::stages(db, model)?,
            assignees: users::assignees(db)?,
            may_change: caller.may(Right::Write, Object::Records) && record.joined.is_none(),
            earlier: list::of_person(db, sight, &writer, Some(id), EARLIER + 1)?,
            relations: stored::relations(db, sight, id, record.answers, record.joined, RELATED)?,
            has_mails: posts::mails(db, model, id, 2)? > 1,
            draft: draft_in(db, caller, id)?,
            others: others_in(db, caller, id)?,
            module,
            record,
            conversation,
            suggested,
        })
    })?;
    confidential::opened(app, caller, &[id])?;
    Ok(view)
}

/// Whose record it is.
fn writer(db: &mut Db, record: &Record) -> Result<Writer, OperationError> {
    let partner = record.partner.as_ref().map(|(id, _)| *id);
    let contact = partner.map(|id| partners::find(db, id)).transpose()?.flatten();
    let emails = [record.partner_email.clone(), contact.and_then(|contact| contact.email)];
    Ok(Writer { partner, emails: emails.into_iter().flatten().filter(|email| !email.is_empty()).collect() })
}

/// A contact with all that is known of them here.
pub struct PersonView {
    pub contact: Partner,
    /// The newest first.
    pub records: Vec<RecordLine>,
    pub gists: HashMap<RecordId, Gist>,
    pub mails: Vec<WrittenMail>,
    /// Others who may be the same person.
    pub alike: Vec<(Partner, Likeness)>,
    /// The newest merge into this one, and the name of who went into it: it can be taken back.
    pub merge: Option<(PartnerMergeId, String)>,
    /// Where this one went.
    pub merged: Option<Partner>,
    pub may_change: bool,
}

/// The contact's page: their newest records and mails.
pub fn person(app: &App, caller: &Caller, id: PartnerId) -> Result<PersonView, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    app.store.read(|db| {
        let contact = crate::operations::partners::get_in(db, caller, id)?;
        let who = Writer { partner: Some(id), emails: contact.email.iter().cloned().collect() };
        let sight = RecordSight::of(db, caller)?;
        let records = list::of_person(db, sight, &who, None, OF_PERSON)?;
        let ids: Vec<RecordId> = records.iter().map(|line| line.id).collect();
        Ok(PersonView {
            gists: list::gists(db, &ids, |_| true)?,
            records,
            alike: match contact.active {
                true => {
                    let email = contact.email.as_deref().unwrap_or_default();
                    contacts::alike(db, caller, (&contact.name, email), Some(id))?
                }
                false => Vec::new(),
            },
            merge: partners::newest_merge(db, id)?,
            merged: contact.merged.map(|kept| partners::find(db, kept)).transpose()?.flatten(),
            mails: posts::written_by(db, sight, id, OF_PERSON)?,
            may_change: caller.may(Right::Write, Object::Contacts),
            contact,
        })
    })
}

// What a person types on a record's page, kept while they type; and who else has it open.

/// Records that a person may have something unsent on, and how long it waits.
const MOST: i64 = 50;
const LONGEST: TimeDelta = TimeDelta::days(30);
/// Bytes of what is typed on one of them.
const LARGEST: usize = 256 << 10;

/// Keeps what is typed, in place of what was; nothing typed is nothing kept. `after` is the newest entry of the conversation
/// when the page was drawn: what was sent from it since, and comes late, is not typed any more.
pub fn keep_draft(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    draft: &RecordDraft,
    after: Option<PostId>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-write-notes"))?;
    let Some(user) = caller.user else { return Ok(()) };
    let size: usize =
        draft.note.len() + draft.typed.values().chain(draft.seen.values()).map(String::len).sum::<usize>();
    if size > LARGEST {
        return Ok(());
    }
    if draft.is_empty() {
        // Most pages are left with nothing typed: then nothing is written.
        return match app.store.read(|db| kept::draft(db, user, id))? {
            Some(_) => app.store.write(|db| Ok(kept::forget_draft(db, user, id)?)),
            None => Ok(()),
        };
    }
    let module = module(app, model)?;
    app.store.write(|db| {
        let (record, mut draft) = (existing(db, caller, module, id)?, draft.clone());
        if let Some(after) = after.filter(|_| !draft.note.trim().is_empty()) {
            let begun = draft.note.trim().replace("\r\n", "\n");
            let sent = posts::notes_after(db, model, id, after, user)?;
            if sent.iter().any(|note| note.starts_with(&begun)) {
                draft.note.clear();
            }
        }
        let saved =
            |name: &str, typed: &str| value(module, &record, name).is_some_and(|now| same(module, name, &now, typed));
        draft.typed.retain(|name, typed| !saved(name, typed));
        match draft.is_empty() {
            true => Ok(kept::forget_draft(db, user, id)?),
            false => Ok(kept::put_draft(db, user, id, &draft, (MOST, now() - LONGEST))?),
        }
    })
}

/// What the caller typed on this record and did not send.
fn draft_in(db: &mut Db, caller: &Caller, id: RecordId) -> Result<Option<RecordDraft>, StoreError> {
    caller.user.map_or(Ok(None), |user| kept::draft(db, user, id))
}

/// A page says that it is open at least as often as this, and counts for twice as long.
const SAYS: TimeDelta = TimeDelta::seconds(30);
/// People that are named.
const NAMED: i64 = 6;

/// Says that the caller has this record open, and who else has.
pub fn visit(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<Vec<(UserId, String)>, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    let at = now();
    let others = app.store.read(|db| {
        existing(db, caller, module, id)?;
        let known = caller.user.map(|user| kept::last_visit(db, id, user)).transpose()?.flatten();
        Ok::<_, OperationError>((others_in(db, caller, id)?, known))
    });
    let (others, known) = others?;
    if let Some(user) = caller.user.filter(|_| known.is_none_or(|known| known < at - SAYS / 2)) {
        app.store.write(|db| Ok::<_, OperationError>(kept::note_visit(db, id, user, at - SAYS * 2)?))?;
    }
    Ok(others)
}

/// Who else has this record open.
fn others_in(db: &mut Db, caller: &Caller, id: RecordId) -> Result<Vec<(UserId, String)>, StoreError> {
    let mut all = kept::visits_since(db, id, now() - SAYS * 2, NAMED)?;
    all.retain(|(user, _)| Some(*user) != caller.user);
    Ok(all)
}

/// Characters of what a person types, and of what a client posts.
const MAX: usize = 20_000;
const MAX_POSTED: usize = 200_000;

/// A note that a person writes on a record's page, for colleagues. It stays here; nobody is mailed.
#[derive(Debug, Clone, Default)]
pub struct Note {
    pub text: String,
    /// Which mail the page showed.
    pub shown: ShownUpTo,
    /// The newest entry of the conversation when the page was drawn: the same text behind it was sent twice, by a
    /// double click or a reload, and is one note.
    pub after: Option<PostId>,
}

/// Adds a note with its files, which may be all there is of it; the mark *New mail* goes with it.
pub fn note(
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
