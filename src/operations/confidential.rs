//! Confidential records: who is named for them, who opens them, and the teams of people who see them together. A system
//! admin who is not named sees the number, the state and who is, and may name themselves; the audit has both.

pub use crate::store::teams::{ConfidentialLine, NamedReaders, Team, TeamReach};

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{App, OperationError, module, require};
use crate::domain::id::{RecordId, ServerId, TeamId, UserId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::words::Sentence;
use crate::domain::{Invalid, now};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::view::{self, Record};
use crate::store::sight::RecordSight;
use crate::store::{Db, attachments, posts, servers, teams, users};

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
                audit::write(
                    db,
                    &NewAuditEntry::new(caller, AuditAction::Open, &record.model, Some(record.id.0), &record.number),
                )?;
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
    Ok(audit::write(
        db,
        &NewAuditEntry::new(caller, AuditAction::NameReaders, &record.model, Some(record.id.0), &record.number)
            .changed(before, Some(after)),
    )?)
}

// Teams: people who see confidential records together, and the mailboxes and record types whose they see.

/// What the audit calls one.
const TEAM: &str = "mailgate.team";
/// Characters.
const MAX_NAME: usize = 100;

/// All teams, each with its members and what they see.
pub fn all_teams(app: &App, caller: &Caller) -> Result<Vec<(Team, TeamReach)>, OperationError> {
    require(caller, Right::Read, Object::Users, team_deed)?;
    app.store.read(|db| {
        let all = teams::all(db)?;
        all.into_iter().map(|team| Ok((team.clone(), teams::reach(db, team.id)?))).collect()
    })
}

/// What a team can be made of.
pub struct TeamOffer {
    /// Who works on records.
    pub people: Vec<(UserId, String)>,
    pub servers: Vec<(ServerId, String)>,
    /// Record types by their technical names.
    pub types: Vec<(String, Sentence)>,
}

pub fn team_offer(app: &App, caller: &Caller) -> Result<TeamOffer, OperationError> {
    require(caller, Right::Read, Object::Users, team_deed)?;
    app.store.read(|db| {
        let servers = servers::list(db)?.into_iter().map(|one| (one.settings.id, one.settings.name));
        Ok(TeamOffer {
            people: users::assignees(db)?,
            servers: servers.collect(),
            types: app.modules.all().iter().map(|one| (one.model.clone(), one.label_plural.clone())).collect(),
        })
    })
}

/// Makes a team, or with `id` changes one.
pub fn save_team(
    app: &App,
    caller: &Caller,
    id: Option<TeamId>,
    name: &str,
    reach: &TeamReach,
) -> Result<TeamId, OperationError> {
    require(caller, Right::Write, Object::Users, team_deed)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Invalid::new("name", say!("teams-name-wrong", max = MAX_NAME)).into());
    }
    let known = team_offer(app, caller)?;
    let mut reach = reach.clone();
    reach.members.retain(|user| known.people.iter().any(|(one, _)| one == user));
    reach.servers.retain(|server| known.servers.iter().any(|(one, _)| one == server));
    reach.models.retain(|model| known.types.iter().any(|(one, _)| one == model));
    reach.members.sort_unstable();
    reach.members.dedup();
    reach.servers.sort_unstable();
    reach.servers.dedup();
    reach.models.sort_unstable();
    reach.models.dedup();
    app.store.write(|db| {
        if teams::by_name(db, name)?.is_some_and(|other| Some(other.id) != id) {
            return Err(Invalid::new("name", say!("teams-name-taken", name)).into());
        }
        let (team, action, before) = match id {
            Some(id) => {
                let old = existing_team(db, id)?;
                let before = team_told(&old.name, &teams::reach(db, id)?, &known);
                teams::rename(db, id, name)?;
                (id, AuditAction::Write, Some(before))
            }
            None => (teams::insert(db, name)?, AuditAction::Create, None),
        };
        teams::set_reach(db, team, &reach)?;
        remember_team(db, caller, action, (team, name), before, Some(team_told(name, &reach, &known)))?;
        Ok(team)
    })
}

/// Nobody sees anything by it any more.
pub fn delete_team(app: &App, caller: &Caller, id: TeamId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, team_deed)?;
    let known = team_offer(app, caller)?;
    app.store.write(|db| {
        let team = existing_team(db, id)?;
        let before = team_told(&team.name, &teams::reach(db, id)?, &known);
        teams::delete(db, id)?;
        remember_team(db, caller, AuditAction::Delete, (id, &team.name), Some(before), None)
    })
}

fn team_deed() -> Sentence {
    say!("deed-keep-teams")
}

fn existing_team(db: &mut Db, id: TeamId) -> Result<Team, OperationError> {
    let found = teams::all(db)?.into_iter().find(|team| team.id == id);
    found.ok_or_else(|| OperationError::NotFound(say!("teams-gone").into()))
}

/// In names, for the audit.
fn team_told(name: &str, reach: &TeamReach, known: &TeamOffer) -> Value {
    let members = known.people.iter().filter(|(user, _)| reach.members.contains(user)).map(|(_, name)| name.as_str());
    let servers = known.servers.iter().filter(|(id, _)| reach.servers.contains(id)).map(|(_, name)| name.as_str());
    json!({
        "name": name,
        "members": members.collect::<Vec<_>>().join(", "),
        "mailboxes": servers.collect::<Vec<_>>().join(", "),
        "record_types": reach.models.join(", "),
    })
}

fn remember_team(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (id, name): (TeamId, &str),
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), OperationError> {
    Ok(audit::write(db, &NewAuditEntry::new(caller, action, TEAM, Some(id.0), name).changed(before, after))?)
}
