//! Where a person is signed in, and ending it: by oneself, or everywhere at once by an administrator.

use super::sessions::{self, SignedIn};
use super::{App, OperationError, preferences, require, users};
use crate::domain::audit::AuditAction;
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::person::{Caller, User};
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::domain::{Invalid, Moment, now};
use crate::say;
use crate::store::sessions::Session;
use crate::store::{self, Db, audit};
use serde_json::json;

/// A session that has not ended, as its owner sees it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Names it among those of its owner; signs nobody in.
    pub name: String,
    pub since: Moment,
    /// To within a few minutes.
    pub last_seen: Moment,
    pub address: Option<String>,
    /// An API key opened it.
    pub by_api_key: bool,
    /// The one that asks.
    pub here: bool,
}

/// Which sessions end.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The one of this [`OpenSession::name`].
    One(String),
    /// All but the one that asks.
    Others,
}

/// The caller's own, the newest first.
pub fn own(app: &App, session: &SignedIn) -> Result<Vec<OpenSession>, OperationError> {
    let rows = app.store.read(|db| alive(db, session.user.id))?;
    let shown = |row: Session| OpenSession {
        here: row.token_hash == session.token_hash,
        name: name_of(&row).to_owned(),
        since: row.create_date,
        last_seen: row.last_seen,
        address: row.address,
        by_api_key: row.api_key_id.is_some(),
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Signs the caller out elsewhere, which asks for the own password: whoever holds a stolen session shall not throw its owner
/// out. Gives how many sessions ended.
pub fn end(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    ending: &Ending,
    password: &Secret,
) -> Result<usize, OperationError> {
    preferences::confirm(app, caller, session, "session_password", password)?;
    app.store.write(|db| {
        let mut rows = alive(db, session.user.id)?;
        rows.retain(|row| row.token_hash != session.token_hash);
        if let Ending::One(name) = ending {
            rows.retain(|row| name_of(row) == name);
            if rows.is_empty() {
                return Err(Invalid::new("session", say!("session-ended")).into());
            }
        }
        for row in &rows {
            store::sessions::delete(db, &row.token_hash)?;
        }
        tell(db, caller, &session.user, &rows)?;
        Ok(rows.len())
    })
}

/// Signs anybody out everywhere, for an administrator. Password and API keys go on working.
pub fn end_all_of(app: &App, caller: &Caller, id: UserId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-sign-somebody-out"))?;
    app.store.write(|db| {
        let user = users::load(db, id)?;
        let rows = alive(db, id)?;
        store::sessions::delete_of(db, id)?;
        tell(db, caller, &user, &rows)
    })
}

/// Without those that are over, by time or with their API key, and wait to be cleared away.
fn alive(db: &mut Db, user: UserId) -> Result<Vec<Session>, OperationError> {
    let mut rows = store::sessions::of_user(db, user)?;
    rows.retain(|row| sessions::is_alive(row, now()));
    let keys = store::api_keys::of_user(db, user)?;
    let works = |id: ApiKeyId| keys.iter().any(|key| key.id == id && !key.is_expired(now()));
    rows.retain(|row| row.api_key_id.is_none_or(works));
    Ok(rows)
}

/// Long enough to be the only one, and of the token's digest, not of the token.
fn name_of(row: &Session) -> &str {
    row.token_hash.get(..16).unwrap_or(&row.token_hash)
}

fn tell(db: &mut Db, caller: &Caller, user: &User, ended: &[Session]) -> Result<(), OperationError> {
    let addresses: Vec<&str> = ended.iter().filter_map(|row| row.address.as_deref()).collect();
    let before = json!({"sessions": ended.len(), "addresses": addresses.join(", ")});
    let entry = audit::NewAuditEntry { before: Some(before), ..sessions::entry(caller, AuditAction::SignOut, user) };
    Ok(audit::write(db, &entry)?)
}
