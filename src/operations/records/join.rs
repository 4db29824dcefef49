//! What a person decides about the mail on a record: it belongs to another one, it speaks of something else, or it is
//! no grievance at all. Each can be taken back, and nothing is lost.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::change::{conflict, write_audit_of};
use super::view::tell;
use super::{existing, module, title};
use crate::domain::conversation::{People, PostKind};
use crate::domain::id::{PostId, RecordId};
use crate::domain::message::{Address, Message};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::thread::{MessageIdKey, Sign};
use crate::domain::{Invalid, now};
use crate::operations::partners::name_and_address;
use crate::operations::{App, OperationError, require};
use crate::pipeline::{self, Making, repair};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::blob::SourceReader;
use crate::store::posts::{self, SplitMail};
use crate::store::records::view::{self, Changes, Record, ShownUpTo};
use crate::store::records::{self, FoundRecord, due};
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, imports, messages, teams};
use crate::{complain, ledger, say};

// Joining: a record that answers another one's mail goes into it. Its mails and notes move, it leaves the lists and
// says where they went.

/// Moves what was said on a record to another one of its type, and says which that is: the one with the number `into`, or
/// the one that it answers. `version` is the one of the record that goes, as the person saw it. Saying it twice changes
/// nothing.
pub fn join(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    into: Option<&str>,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-join-records"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let sight = RecordSight::of(db, caller)?;
        let record = existing(db, caller, module, id)?;
        if let Some(joined) = record.joined {
            return Ok(joined);
        }
        let answered = match into.map(str::trim) {
            Some(number) => {
                let numbered = view::by_number(db, sight, number)?.into_iter().find(|(other, _)| other == model);
                let unknown = || Invalid::new("into", say!("join-unknown", label = module.label, number));
                numbered.map(|(_, id)| id).ok_or_else(unknown)?
            }
            None => record
                .answers
                .ok_or_else(|| OperationError::NotFound(say!("join-nothing", number = record.number).into()))?,
        };
        join_to(db, caller, module, &record, version, answered)
    })
}

/// As [`join`], of records by their ids, within the caller's transaction: whatever version the one that goes has.
pub fn join_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    id: RecordId,
    into: RecordId,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-join-records"))?;
    let module = module(app, model)?;
    let record = existing(db, caller, module, id)?;
    if record.joined == Some(into) {
        return Ok(into);
    }
    still_open(&record)?;
    join_to(db, caller, module, &record, record.version, into)
}

fn join_to(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    version: i32,
    into: RecordId,
) -> Result<RecordId, OperationError> {
    let (model, id) = (module.model.as_str(), record.id);
    let into = existing(db, caller, module, into)?;
    let target = existing(db, caller, module, into.joined.unwrap_or(into.id))?;
    if target.id == id {
        return Err(Invalid::new("into", say!("join-itself", number = record.number)).into());
    }
    let gone = Changes { active: Some(false), ..Changes::default() };
    if !records::view::change(db, id, version, &gone)? {
        return Err(conflict(record));
    }
    // Whichever of the two was judged *Not a grievance*: what stands on the joined one is one after all.
    for judged in [record, &target].into_iter().filter(|judged| !judged.active) {
        ledger::a_grievance_after_all(db, model, judged.id, &caller.login)?;
    }
    let (from, to) = (found(db, record)?, found(db, &target)?);
    let moved = view::join(db, &from, &to, now())?;
    conceal(db, caller, record, &target)?;
    tell(db, caller, record, PostKind::Notification, &say!("join-told", title = called(&target)))?;
    let words = say!("join-told-there", title = called(record), moved);
    tell(db, caller, &target, PostKind::Notification, &words)?;
    let (before, after) = (json!({ "record": record.number }), json!({ "record": target.number }));
    write_audit_of(db, caller, AuditAction::Join, record, Some(before), after)?;
    Ok(target.id)
}

/// As the other one's conversation names it, which more people may read.
fn called(record: &Record) -> String {
    if record.confidential { record.number.clone() } else { title(record) }
}

/// What is said on a confidential record stays so wherever it goes.
fn conceal(db: &mut Db, caller: &Caller, from: &Record, to: &Record) -> Result<(), StoreError> {
    if from.confidential && !to.confidential {
        teams::mark(db, to.id)?;
        let worker = to.user.as_ref().map(|(user, _)| *user);
        worker.into_iter().chain(caller.user).try_for_each(|user| teams::name_person(db, to.id, user))?;
    }
    // Names on a record that is open say nothing of who may read another.
    if from.confidential {
        teams::copy_names(db, from.id, to.id)?;
    }
    Ok(())
}

fn found(db: &mut Db, record: &Record) -> Result<FoundRecord, OperationError> {
    let gone = || OperationError::NotFound(say!("join-gone", number = record.number).into());
    records::found(db, &[record.id])?.pop().ok_or_else(gone)
}

/// Refuses what a person does to a record that was joined, or taken back with its import: its page says where it went.
pub(super) fn still_open(record: &Record) -> Result<(), OperationError> {
    if record.joined.is_some() {
        return Err(OperationError::Conflict(complain!("join-done", number = record.number)));
    }
    match record.undone {
        None => Ok(()),
        Some(_) => Err(OperationError::Conflict(complain!("record-undone", number = record.number))),
    }
}

// Splitting: a mail that speaks of something else goes from its record into one of its own, and so does what answers it
// from then on. Merging the two is the way back.

/// Mails that are split off at once.
const MOST: usize = 100;

/// Moves a mail of this record into a new one of the same type, which is as the mail would have made it, but for whoever
/// works on it. `version` is the record's as the person saw it. Its first mail stays where it is when it is the only one.
pub fn split(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    post: PostId,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-split-records"))?;
    let module = module(app, model)?;
    let mail = mail(app, caller, module, id, post)?;
    app.store.write(|db| split_in(app, db, caller, module, (id, version), &mail))
}

/// As [`split`], of several mails, each of which gets a record of its own, or none does: whatever version theirs has.
pub fn split_all(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    posts: &[PostId],
) -> Result<Vec<RecordId>, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-split-records"))?;
    let module = module(app, model)?;
    if posts.len() > MOST {
        return Err(OperationError::Refused(say!("split-many", most = MOST).into()));
    }
    let mails: Vec<_> = posts.iter().map(|post| mail(app, caller, module, id, *post)).collect::<Result<_, _>>()?;
    app.store.write(|db| {
        let mut made = Vec::new();
        for mail in &mails {
            let version = existing(db, caller, module, id)?.version;
            made.push(split_in(app, db, caller, module, (id, version), mail)?);
        }
        Ok(made)
    })
}

/// A mail that is to be split off.
struct KnownMail {
    mail: SplitMail,
    people: People,
    /// What leads to its new record.
    signs: Vec<String>,
}

/// As long as its source is kept, it says by which ids others may cite it, and who received it.
fn mail(app: &App, caller: &Caller, module: &Module, id: RecordId, post: PostId) -> Result<KnownMail, OperationError> {
    let gone = || OperationError::NotFound(say!("split-gone").into());
    let mail = app.store.read(|db| {
        existing(db, caller, module, id)?;
        posts::mail_to_split(db, &module.model, id, post)?.ok_or_else(gone)
    })?;
    let read = read(app, &mail)?;
    let people = match &read {
        Some(message) => People::of(message, mail.partner),
        None => {
            let (name, address) = name_and_address(mail.email_from.as_deref().unwrap_or_default());
            let mut people = People::default();
            people.wrote(&Address { name, address });
            people
        }
    };
    let mut ids: Vec<_> = read.iter().flat_map(Message::own_ids).collect();
    ids.extend(MessageIdKey::of(&mail.message_id));
    let signs = ids.into_iter().map(|id| Sign::Is(id).kept()).collect();
    Ok(KnownMail { mail, people, signs })
}

fn split_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    (id, version): (RecordId, i32),
    KnownMail { mail, people, signs }: &KnownMail,
) -> Result<RecordId, OperationError> {
    let (model, record) = (module.model.as_str(), existing(db, caller, module, id)?);
    still_open(&record)?;
    // Read before this transaction began: it may have gone elsewhere since.
    if posts::mail_to_split(db, model, id, mail.id)?.is_none() {
        return Err(OperationError::NotFound(say!("split-gone").into()));
    }
    if !view::change(db, id, version, &Changes::default())? {
        return Err(conflict(&record));
    }
    if posts::mails(db, model, id, 2)? < 2 {
        return Err(OperationError::Refused(say!("split-only", number = record.number).into()));
    }
    let defaults = module.fields.iter().filter_map(|field| Some((field.name.clone(), json!(field.default.as_ref()?))));
    let mut values: HashMap<String, Value> = defaults.collect();
    let (name, address) = name_and_address(mail.email_from.as_deref().unwrap_or_default());
    let given = [("description", &mail.body_html), ("partner_name", &name), ("partner_email", &address)];
    for (field, text) in given.into_iter().filter(|(_, text)| !text.is_empty()) {
        values.insert(field.to_owned(), text.as_str().into());
    }
    if let Some(partner) = mail.partner {
        values.insert("partner_id".to_owned(), partner.0.into());
    }
    if let Some((user, _)) = &record.user {
        values.insert("user_id".to_owned(), user.0.into());
    }
    let terms = due::terms(db, [module])?;
    let came = mail.date.min(now());
    let making = Making {
        model,
        name: mail.subject.clone(),
        values,
        people: people.clone(),
        answers: None,
        date: mail.date,
        // No mail came before the first.
        due_from: came.max(record.due_from),
        last_mail_at: came,
        terms: &terms,
        server: record.server,
        marked: record.confidential,
    };
    let made = pipeline::make(db, app.pipeline(), making)?;
    if record.confidential {
        teams::copy_names(db, id, made)?;
        caller.user.map_or(Ok(()), |user| teams::name_person(db, made, user))?;
    }
    view::split(db, model, id, made, mail, signs)?;
    let split = existing(db, caller, module, made)?;
    tell(db, caller, &record, PostKind::Notification, &say!("split-told", title = title(&split)))?;
    tell(db, caller, &split, PostKind::Notification, &say!("split-told-there", title = title(&record)))?;
    let (before, after) = (json!({ "record": record.number }), json!({ "record": split.number }));
    write_audit_of(db, caller, AuditAction::Split, &record, Some(before), after)?;
    Ok(made)
}

/// The mail as it came; None where its source is gone, or can't be read any more.
fn read(app: &App, mail: &SplitMail) -> Result<Option<Message>, OperationError> {
    let Some(ledger) = mail.ledger else { return Ok(None) };
    let row = app.store.read(|db| Ok::<_, OperationError>(messages::view::find(db, ledger)?))?;
    let Some((row, source)) = row.and_then(|row| row.source.map(|source| (row, source))) else { return Ok(None) };
    let mut source = SourceReader::open(&app.store, source)?;
    let (received, sha256) = (row.date.unwrap_or(row.create_date), row.sha256.as_deref().unwrap_or_default());
    Ok(pipeline::parse(&mut source, received, sha256, &format!("message {ledger}"))?.ok())
}

// *Not a grievance*, and back: the record leaves the lists, its mail is ignored in the ledger, and nothing is lost.

/// `version` is the record's as the person saw it, `shown` the mail. Saying it twice changes nothing.
pub fn not_a_grievance(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    turn(app, caller, model, id, (version, shown), false)
}

/// Undoes [`not_a_grievance`].
pub fn a_grievance_after_all(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    turn(app, caller, model, id, (version, shown), true)
}

fn turn(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    seen: (i32, ShownUpTo),
    active: bool,
) -> Result<(), OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        turn_in(db, caller, module, &record, seen, active)
    })
}

/// Either of the two, of a record just read within the caller's transaction.
pub(super) fn turn_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    (version, shown): (i32, ShownUpTo),
    active: bool,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-decide-what-is-a-grievance"))?;
    if active && record.undone.is_some() {
        return take_up(db, caller, record);
    }
    still_open(record)?;
    if record.active == active {
        return Ok(());
    }
    let (model, id) = (module.model.as_str(), record.id);
    let changes = Changes { active: Some(active), ..Changes::default() };
    if !records::view::change(db, id, version, &changes)? {
        return Err(conflict(record));
    }
    if let (false, ShownUpTo::UpTo(last)) = (active, shown)
        && posts::mail_after(db, model, id, last)?
    {
        // It would leave the lists with a mail that nobody has read.
        return Err(OperationError::Conflict(complain!("record-mail-came", number = record.number)));
    }
    records::view::mark_read(db, record, shown)?;
    let (action, words) = if active {
        ledger::a_grievance_after_all(db, model, id, &caller.login)?;
        (AuditAction::Unarchive, say!("record-after-all", label = module.label))
    } else {
        ledger::not_a_grievance(db, model, id, &caller.login)?;
        (AuditAction::Archive, say!("record-not-a", label = module.label))
    };
    tell(db, caller, record, PostKind::Notification, &words)?;
    Ok(audit::write(db, &NewAuditEntry::new(caller, action, model, Some(id.0), &title(record)))?)
}

/// A record that was taken back with its import is there again, and its mail is delivered.
fn take_up(db: &mut Db, caller: &Caller, record: &Record) -> Result<(), OperationError> {
    repair::take_up_record(db, &record.model, record.id, Some(&caller.login))?;
    if imports::is_undone(db, record.id)? {
        return Err(OperationError::Conflict(complain!("record-undone-again", number = record.number)));
    }
    write_audit_of(db, caller, AuditAction::Unarchive, record, None, json!({ "import": "taken up again" }))
}
