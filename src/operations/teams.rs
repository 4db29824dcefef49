//! Teams: people who see confidential records together, and the mailboxes and record types whose they see.

use serde_json::{Value, json};

use super::{App, OperationError, require};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::id::{ServerId, TeamId, UserId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::words::Sentence;
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::teams as stored;
use crate::store::{Db, servers, users};

pub use crate::store::teams::{Team, TeamReach};

/// What the audit calls one.
const MODEL: &str = "mailgate.team";
/// Characters.
const MAX_NAME: usize = 100;

/// All teams, each with its members and what they see.
pub fn list(app: &App, caller: &Caller) -> Result<Vec<(Team, TeamReach)>, OperationError> {
    require(caller, Right::Read, Object::Users, deed)?;
    app.store.read(|db| {
        let all = stored::all(db)?;
        all.into_iter().map(|team| Ok((team.clone(), stored::reach(db, team.id)?))).collect()
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

pub fn offer(app: &App, caller: &Caller) -> Result<TeamOffer, OperationError> {
    require(caller, Right::Read, Object::Users, deed)?;
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
pub fn save(
    app: &App,
    caller: &Caller,
    id: Option<TeamId>,
    name: &str,
    reach: &TeamReach,
) -> Result<TeamId, OperationError> {
    require(caller, Right::Write, Object::Users, deed)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Invalid::new("name", say!("teams-name-wrong", max = MAX_NAME)).into());
    }
    let known = offer(app, caller)?;
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
        if stored::by_name(db, name)?.is_some_and(|other| Some(other.id) != id) {
            return Err(Invalid::new("name", say!("teams-name-taken", name)).into());
        }
        let (team, action, before) = match id {
            Some(id) => {
                let old = existing(db, id)?;
                let before = told(&old.name, &stored::reach(db, id)?, &known);
                stored::rename(db, id, name)?;
                (id, AuditAction::Write, Some(before))
            }
            None => (stored::insert(db, name)?, AuditAction::Create, None),
        };
        stored::set_reach(db, team, &reach)?;
        remember(db, caller, action, (team, name), before, Some(told(name, &reach, &known)))?;
        Ok(team)
    })
}

/// Nobody sees anything by it any more.
pub fn delete(app: &App, caller: &Caller, id: TeamId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, deed)?;
    let known = offer(app, caller)?;
    app.store.write(|db| {
        let team = existing(db, id)?;
        let before = told(&team.name, &stored::reach(db, id)?, &known);
        stored::delete(db, id)?;
        remember(db, caller, AuditAction::Delete, (id, &team.name), Some(before), None)
    })
}

fn deed() -> Sentence {
    say!("deed-keep-teams")
}

fn existing(db: &mut Db, id: TeamId) -> Result<Team, OperationError> {
    let found = stored::all(db)?.into_iter().find(|team| team.id == id);
    found.ok_or_else(|| OperationError::NotFound(say!("teams-gone").into()))
}

/// In names, for the audit.
fn told(name: &str, reach: &TeamReach, known: &TeamOffer) -> Value {
    let members = known.people.iter().filter(|(user, _)| reach.members.contains(user)).map(|(_, name)| name.as_str());
    let servers = known.servers.iter().filter(|(id, _)| reach.servers.contains(id)).map(|(_, name)| name.as_str());
    json!({
        "name": name,
        "members": members.collect::<Vec<_>>().join(", "),
        "mailboxes": servers.collect::<Vec<_>>().join(", "),
        "record_types": reach.models.join(", "),
    })
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (id, name): (TeamId, &str),
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), OperationError> {
    let entry =
        NewAuditEntry { caller, action, object_model: MODEL, object_id: Some(id.0), object_name: name, before, after };
    Ok(audit::write(db, &entry)?)
}
