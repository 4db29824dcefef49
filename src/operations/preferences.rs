//! What everybody sets for themselves: language, time zone and password.

use super::sessions::SignedIn;
use super::{App, OperationError, passwords, throttle, users};
use crate::domain::Invalid;
use crate::domain::audit::Action;
use crate::domain::person::{Caller, Login};
use crate::domain::secret::Secret;
use crate::store::{self, sessions};

/// The caller's own language and time zone; English and UTC for the command line.
pub fn get(app: &App, caller: &Caller) -> Result<(String, String), OperationError> {
    let Some(id) = caller.user else { return Ok(("en".into(), "UTC".into())) };
    let user = app.store.read(|db| users::load(db, id))?;
    Ok((user.language, user.time_zone))
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

/// Changes one's own password, which ends one's other sessions. Wrong current passwords count as failed sign-ins.
pub fn change_password(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    current: &Secret,
    new: &Secret,
) -> Result<(), OperationError> {
    passwords::check("new_password", new)?;
    confirm(app, caller, session, "current_password", current)?;
    let id = session.user.id;
    let hash = passwords::hash(new)?;
    app.store.write(|db| {
        let user = users::load(db, id)?;
        store::users::set_password_hash(db, id, &hash)?;
        sessions::delete_of(db, id, Some(&session.token_hash))?;
        users::write_audit(db, caller, Action::SetPassword, Some(&user), &user)
    })
}

/// Whether this is the person's own password, said at `field` where it is not; wrong ones count as failed sign-ins.
pub(super) fn confirm(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    field: &'static str,
    password: &Secret,
) -> Result<(), OperationError> {
    let subjects = throttle::Subjects::new(Login::parse(&session.user.login).ok().as_ref(), caller.address);
    let (taken, hash) = app.store.write(|db| {
        let taken = throttle::take(db, &subjects)?;
        Ok::<_, OperationError>((taken, store::users::password_hash(db, session.user.id)?))
    })?;
    if let Err(seconds) = taken {
        return Err(Invalid::new(field, format!("Too many wrong passwords. Try again in {seconds} s.")).into());
    }
    if !passwords::verify(password, Some(&hash))? {
        return Err(Invalid::new(field, "This is not your current password.").into());
    }
    app.store.write(|db| Ok(throttle::succeeded(db, &subjects)?))
}
