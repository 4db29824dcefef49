//! Splitting: a mail that speaks of something else goes from its record into one of its own, and so does what answers it
//! from then on. Merging the two is the way back.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::change::{conflict, write_audit_of};
use super::join::still_open;
use super::note::tell;
use super::{existing, module, title};
use crate::domain::address::Address;
use crate::domain::audit::AuditAction;
use crate::domain::id::{PostId, RecordId};
use crate::domain::message::Message;
use crate::domain::message_id::MessageIdKey;
use crate::domain::module::Module;
use crate::domain::now;
use crate::domain::people::People;
use crate::domain::person::Caller;
use crate::domain::post::PostKind;
use crate::domain::rights::{Object, Right};
use crate::domain::thread::Sign;
use crate::operations::partners::name_and_address;
use crate::operations::{App, OperationError, require};
use crate::pipeline::{self, Making};
use crate::say;
use crate::store::Db;
use crate::store::blob::SourceReader;
use crate::store::messages;
use crate::store::posts::{self, SplitMail};
use crate::store::records::due;
use crate::store::records::view::{self, Changes};
use crate::store::teams;

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
    let signs = ids.into_iter().map(|id| Sign::Is(id).to_string()).collect();
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
