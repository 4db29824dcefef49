//! What everybody sets for themselves: language, time zone and password.

use super::passwords::{self, HashQueue, HashTurn};
use super::sessions::{self, NewSession, SessionOf, SignedIn};
use super::throttle::{self, Guess, GuessedAccount};
use super::{App, OperationError, devices, users};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::person::{Caller, Login};
use crate::domain::secret::Secret;
use crate::say;
use crate::store::{self, Db, StoreError};

/// The caller's own language and time zone; English and UTC for the command line.
pub fn get(app: &App, caller: &Caller) -> Result<(String, String), OperationError> {
    let Some(id) = caller.user else { return Ok(("en".into(), "UTC".into())) };
    let user = app.store.read(|db| users::load(db, id))?;
    Ok((user.language, user.time_zone))
}

/// The caller's own time zone, within the caller's transaction; UTC for the command line.
pub(super) fn zone_in(db: &mut Db, caller: &Caller) -> Result<chrono_tz::Tz, StoreError> {
    let user = caller.user.map(|id| store::users::get(db, id)).transpose()?.flatten();
    Ok(user.and_then(|user| user.time_zone.parse().ok()).unwrap_or(chrono_tz::UTC))
}

pub fn set(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    language: &str,
    time_zone: &str,
) -> Result<(), OperationError> {
    app.store.write(|db| {
        let before = users::load(db, session.user.id)?;
        users::set_preferences(db, caller, &before, language, time_zone)
    })
}

/// Whether keys press buttons on one's pages.
pub fn set_shortcuts(app: &App, session: &SignedIn, on: bool) -> Result<(), OperationError> {
    app.store.write(|db| Ok(store::users::set_shortcuts(db, session.user.id, on)?))
}

/// Changes one's own password, which ends all of one's sessions and makes strangers of one's browsers: whoever has a copy of
/// this one's cookie is signed out, too. Gives back a new session for this browser, and what it is known by. Wrong current
/// passwords count as failed sign-ins, in this session alone.
pub fn change_password(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    current: &Secret,
    new: &Secret,
    device: Option<&Secret>,
) -> Result<NewSession, OperationError> {
    passwords::check("new_password", new, &session.user.login, &session.user.name)?;
    confirm(app, caller, session, "current_password", current)?;
    let id = session.user.id;
    let hash = passwords::hash(new)?;
    let opened = app.store.write(|db| {
        let user = users::load(db, id)?;
        store::users::set_password_hash(db, id, &hash)?;
        store::sessions::delete_of(db, id)?;
        users::write_audit(db, caller, AuditAction::SetPassword, Some(&user), &user)?;
        let opened = sessions::open(app, db, user, SessionOf::Pages, caller.address)?;
        let key = sessions::digest(&opened.token);
        store::sessions::set_developer_mode(db, &key, session.developer_mode)?;
        Ok::<_, OperationError>(opened)
    })?;
    let device = devices::cookie_for(app, device, id, &hash)?;
    Ok(NewSession { device: Some(device), ..opened })
}

/// Whether this is the person's own password, said at `field` where it is not; wrong ones count as failed sign-ins
/// and are noted as such.
pub(super) fn confirm(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    field: &'static str,
    password: &Secret,
) -> Result<(), OperationError> {
    if password.reveal().is_empty() {
        return Err(Invalid::new(field, say!("own-password-missing")).into());
    }
    let account = Login::parse(&session.user.login).map_or(GuessedAccount::Impossible, GuessedAccount::Login);
    let guess = Guess::own(&account, &format!("session {}", session.token_hash));
    let too_many =
        |seconds: i64| -> OperationError { Invalid::new(field, say!("own-password-too-many", seconds)).into() };
    app.store.read(|db| Ok::<_, OperationError>(throttle::ask(db, &guess)?))?.map_err(too_many)?;
    let turn = HashTurn::take(HashQueue::Known)?;
    let (taken, hash) = app.store.write(|db| {
        let taken = throttle::take(db, &guess)?;
        Ok::<_, OperationError>((taken, store::users::password_hash(db, session.user.id)?))
    })?;
    let taken = taken.map_err(too_many)?;
    if !passwords::verify(&turn, password, Some(&hash)) {
        app.store.write(|db| sessions::note_failure(db, caller))?;
        return Err(Invalid::new(field, say!("own-password-wrong")).into());
    }
    app.store.write(|db| Ok(throttle::succeeded(db, &guess, taken)?))
}
