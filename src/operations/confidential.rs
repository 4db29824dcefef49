//! Confidential records: who is named for them, and who opens them. A system admin who is not named sees the number, the state
//! and who is, and may name themselves; the audit has both.

use chrono::TimeDelta;
use serde_json::json;

use super::{App, OperationError, require};
use crate::domain::audit::AuditAction;
use crate::domain::id::{RecordId, TeamId, UserId};
use crate::domain::module::Module;
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::view::{self, Record};
use crate::store::sight::RecordSight;
use crate::store::teams::{self, Team};
use crate::store::{Db, attachments, posts, users};

pub use crate::store::teams::{ConfidentialLine, NamedReaders};

/// Opening the same record once more within this time is not in the audit.
const ONCE: TimeDelta = TimeDelta::hours(1);
/// Openings that are written in one transaction: mail that comes meanwhile waits no longer than for these.
const AT_ONCE: usize = 100;
/// Lines of the administrators' list.
const LISTED: i64 = 500;

/// Remembers that somebody opened these records, as far as they are confidential.
pub fn opened(app: &App, caller: &Caller, ids: &[RecordId]) -> Result<(), OperationError> {
    let Some(user) = caller.user else { return Ok(()) };
    let secret = app.store.read(|db| teams::confidential_of(db, ids))?;
    if secret.is_empty() {
        return Ok(());
    }
    for some in secret.chunks(AT_ONCE) {
        app.store.write(|db| {
            for record in teams::open(db, user, some, now() - ONCE)? {
                let entry = NewAuditEntry {
                    caller,
                    action: AuditAction::Open,
                    object_model: &record.model,
                    object_id: Some(record.id.0),
                    object_name: &record.number,
                    before: None,
                    after: None,
                };
                audit::write(db, &entry)?;
            }
            Ok::<_, OperationError>(())
        })?;
    }
    Ok(())
}

/// As [`opened`], of rows that a client reads of this object.
pub fn opened_rows(app: &App, caller: &Caller, object: Object, ids: &[i32]) -> Result<(), OperationError> {
    let records: Vec<RecordId> = match object {
        Object::Records => ids.iter().copied().map(RecordId).collect(),
        Object::Posts => app.store.read(|db| posts::confidential_of(db, ids))?,
        Object::Attachments => app.store.read(|db| attachments::records_of(db, ids))?,
        _ => Vec::new(),
    };
    if records.is_empty() { Ok(()) } else { opened(app, caller, &records) }
}

/// Who sees a record, and what the caller may do about it.
#[derive(Debug)]
pub struct Readers {
    pub module: Module,
    pub number: String,
    pub confidential: bool,
    /// It is so for its sensitivity.
    pub raised: bool,
    pub stage: crate::domain::words::Sentence,
    pub named: NamedReaders,
    /// The caller sees the record.
    pub sees: bool,
    /// Who can be named: those who work on records, and teams.
    pub people: Vec<(UserId, String)>,
    pub teams: Vec<Team>,
}

/// For who sees the record and works on it, and for administrators.
pub fn readers(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<Readers, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?.clone();
    app.store.read(|db| {
        let sight = RecordSight::of(db, caller)?;
        let seen = view::find(db, sight, model, id)?;
        let sees = seen.is_some();
        let record = match seen {
            Some(record) => record,
            None if caller.may(Right::Write, Object::Installation) => whole(db, &module, id)?,
            None => return Err(missing(&module, id)),
        };
        Ok(Readers {
            number: record.number.clone(),
            confidential: record.confidential,
            raised: is_raised(&module, &record),
            stage: record.stage.words(),
            named: teams::named(db, id)?,
            sees,
            people: users::assignees(db)?,
            teams: teams::all(db)?,
            module,
        })
    })
}

/// Confidential records, as every administrator sees them.
pub fn list(app: &App, caller: &Caller) -> Result<Vec<(ConfidentialLine, NamedReaders)>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-name-readers"))?;
    app.store.read(|db| {
        let lines = teams::confidential_lines(db, None, LISTED)?;
        let named = |line: ConfidentialLine| Ok((line.clone(), teams::named(db, line.id)?));
        lines.into_iter().map(named).collect()
    })
}

/// How many that are open nobody sees: for administrators, who are to name somebody.
pub fn unnamed(app: &App, caller: &Caller) -> Result<i64, OperationError> {
    if !caller.may(Right::Write, Object::Installation) {
        return Ok(0);
    }
    Ok(app.store.read(teams::unnamed)?)
}

/// Names these, and nobody else.
pub fn name(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    (people, given): (&[UserId], &[TeamId]),
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-name-readers"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = seen(db, caller, module, id)?;
        let before = teams::named(db, id)?;
        let (known, all) = (users::assignees(db)?, teams::all(db)?);
        let named_so = |user: &UserId| before.people.iter().any(|(one, _)| one == user);
        let people: Vec<UserId> =
            people.iter().copied().filter(|user| known.iter().any(|(one, _)| one == user) || named_so(user)).collect();
        let given: Vec<TeamId> = given.iter().copied().filter(|team| all.iter().any(|one| one.id == *team)).collect();
        teams::set_named(db, id, &people, &given)?;
        let after = teams::named(db, id)?;
        if after == before {
            return Ok(());
        }
        remember(db, caller, &record, Some(told(&before)), told(&after))
    })
}

/// An administrator names themselves.
pub fn name_me(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Installation, || say!("deed-name-readers"))?;
    let module = module(app, model)?;
    let Some(user) = caller.user else { return Ok(()) };
    app.store.write(|db| {
        let record = whole(db, module, id)?;
        let before = teams::named(db, id)?;
        if before.people.iter().any(|(one, _)| *one == user) {
            return Ok(());
        }
        teams::name_person(db, id, user)?;
        let after = teams::named(db, id)?;
        remember(db, caller, &record, Some(told(&before)), told(&after))
    })
}

/// Makes a record confidential, with whoever does so and whose it is named for it; or shows it to everybody again.
pub fn conceal(app: &App, caller: &Caller, model: &str, id: RecordId, on: bool) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-name-readers"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = seen(db, caller, module, id)?;
        if record.confidential == on {
            return Ok(());
        }
        if !on && is_raised(module, &record) {
            return Err(OperationError::Refused(say!("readers-raised", number = record.number).into()));
        }
        teams::set_confidential(db, id, on)?;
        let worker = record.user.as_ref().map(|(user, _)| *user);
        for user in worker.into_iter().chain(caller.user).filter(|_| on) {
            teams::name_person(db, id, user)?;
        }
        remember(db, caller, &record, Some(json!({ "confidential": !on })), json!({ "confidential": on }))
    })
}

fn module<'a>(app: &'a App, model: &str) -> Result<&'a Module, OperationError> {
    app.modules.get(model).ok_or_else(|| OperationError::NotFound(say!("record-type-gone", model).into()))
}

fn missing(module: &Module, id: RecordId) -> OperationError {
    OperationError::NotFound(say!("record-missing", label = module.label, id).into())
}

fn seen(db: &mut Db, caller: &Caller, module: &Module, id: RecordId) -> Result<Record, OperationError> {
    let sight = RecordSight::of(db, caller)?;
    view::find(db, sight, &module.model, id)?.ok_or_else(|| missing(module, id))
}

/// Of which only what every administrator sees is told.
fn whole(db: &mut Db, module: &Module, id: RecordId) -> Result<Record, OperationError> {
    view::find(db, RecordSight::machine(), &module.model, id)?.ok_or_else(|| missing(module, id))
}

fn is_raised(module: &Module, record: &Record) -> bool {
    module.is_raised(&|field| Some(record.extra.get(field)?.as_str()?.to_owned()))
}

fn told(named: &NamedReaders) -> serde_json::Value {
    let names = |of: &[String]| of.join(", ");
    let people: Vec<String> = named.people.iter().map(|(_, name)| name.clone()).collect();
    let teams: Vec<String> = named.teams.iter().map(|(_, name)| name.clone()).collect();
    json!({ "people": names(&people), "teams": names(&teams) })
}

/// By its number alone: the audit is read by others, too.
fn remember(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
) -> Result<(), OperationError> {
    let entry = NewAuditEntry {
        caller,
        action: AuditAction::NameReaders,
        object_model: &record.model,
        object_id: Some(record.id.0),
        object_name: &record.number,
        before,
        after: Some(after),
    };
    Ok(audit::write(db, &entry)?)
}
