//! The first administrator of an empty installation, made once, by whoever can read the terminal.

use subtle::ConstantTimeEq;

use super::sessions::{self, NewSession, SessionOf};
use super::users::{self, UserForm};
use super::{App, OperationError, access_log, devices, throttle};
use crate::complain;
use crate::domain::Invalid;
use crate::domain::person::{Caller, Role};
use crate::domain::secret::Secret;
use crate::say;
use crate::store;

/// Where the SHA-256 of the one-time token stands until it is used.
const SETTING: &str = "setup_token";

/// Whether nobody can sign in yet.
pub fn is_needed(app: &App) -> Result<bool, OperationError> {
    app.store.read(|db| Ok(store::users::count(db)? == 0))
}

/// At the start of `serve`: a fresh one-time token to print, or None once there is a user. An earlier token
/// stops working.
pub fn begin(app: &App) -> Result<Option<Secret>, OperationError> {
    if !is_needed(app)? {
        return Ok(None);
    }
    let token = Secret::new(sessions::random_token()?);
    app.store.write(|db| Ok::<_, OperationError>(store::settings::set(db, SETTING, &sessions::digest(&token))?))?;
    Ok(Some(token))
}

/// Makes the first administrator, signs them in, and closes the door behind them.
pub fn finish(
    app: &App,
    token: &str,
    form: &UserForm,
    address: Option<std::net::IpAddr>,
) -> Result<NewSession, OperationError> {
    let mut form = form.clone();
    form.set("role", Role::SystemAdmin.code());
    let given = sessions::digest(&Secret::new(token.trim()));
    let expected = app.store.read(|db| Ok::<_, OperationError>(store::settings::get(db, SETTING)?))?;
    if !expected.is_some_and(|expected| expected.as_bytes().ct_eq(given.as_bytes()).into()) {
        // A line of the log and no row of the audit, which anybody could fill.
        access_log::failed("/setup", address);
        return Err(Invalid::new("token", say!("setup-token-wrong")).into());
    }
    let new = users::prepare(&form)?;
    let caller = Caller { user: None, login: new.user.login.clone(), role: Role::SystemAdmin, address };
    let session = app.store.write(|db| {
        if store::users::count(db)? > 0 {
            return Err(OperationError::Refused(complain!("setup-done")));
        }
        let user = users::insert(db, &caller, &new)?;
        store::settings::delete(db, SETTING)?;
        throttle::remember_address(db, user.id, address)?;
        sessions::open(app, db, user, SessionOf::Pages, address)
    })?;
    let device = devices::cookie_for(app, None, session.user.id, new.password_hash())?;
    Ok(NewSession { device: Some(device), ..session })
}
