//! What an administrator does to accounts on pages, with the own password once more: whoever finds a screen left open, or has
//! a copy of its cookie, makes no account that lasts. The API brings its credential with each call, and who is at the command
//! line holds the data anyway: they use [`users`] as it is.

use super::sessions::SignedIn;
use super::users::{self, UserForm};
use super::{App, OperationError, preferences, require};
use crate::domain::Invalid;
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Login};
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::say;
use crate::store::Db;

/// The fields for the administrator's own password: on the form of an account, and on that of its password.
const OWN: &str = "own_password";
const OWN_TO_SET: &str = "own_password_to_set";

/// As [`users::add`].
pub fn add(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    own: &Secret,
    form: &UserForm,
) -> Result<UserId, OperationError> {
    require(caller, Right::Create, Object::Users, || say!("deed-add-a-user"))?;
    confirm(app, caller, session, OWN, own, users::wrong_in(form, true))?;
    users::add(app, caller, form)
}

/// As [`users::change`]; the own password is needed for login and role alone.
pub fn change(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    own: &Secret,
    id: UserId,
    form: &UserForm,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-change-a-user"))?;
    let asked = app.store.read(|db| changes_access(db, id, form))?;
    if asked {
        confirm(app, caller, session, OWN, own, users::wrong_in(form, false))?;
    }
    app.store.write(|db| {
        // Somebody else may have changed it since the page was read.
        if !asked && changes_access(db, id, form)? {
            return Err(Invalid::new(OWN, say!("own-password-missing")).into());
        }
        users::change_in(db, caller, id, form)
    })
}

/// As [`users::set_password`].
pub fn set_password(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    own: &Secret,
    id: UserId,
    password: &Secret,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-set-a-password"))?;
    confirm(app, caller, session, OWN_TO_SET, own, Vec::new())?;
    users::set_password(app, caller, id, password)
}

/// What else is wrong is said along with a wrong password, so that everything is typed once more at most.
fn confirm(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    field: &'static str,
    own: &Secret,
    mut wrong: Vec<Invalid>,
) -> Result<(), OperationError> {
    match preferences::confirm(app, caller, session, field, own) {
        Ok(()) if wrong.is_empty() => Ok(()),
        Ok(()) => Err(OperationError::Invalid(wrong)),
        Err(OperationError::Invalid(own)) => {
            wrong.extend(own);
            Err(OperationError::Invalid(wrong))
        }
        Err(error) => Err(error),
    }
}

/// Whether the form says another login or role than the account has.
fn changes_access(db: &mut Db, id: UserId, form: &UserForm) -> Result<bool, OperationError> {
    let user = users::load(db, id)?;
    let same_login = Login::parse(form.text("login")).is_ok_and(|login| login.as_str() == user.login);
    Ok(!same_login || form.text("role") != user.role.code())
}
