//! Forms that came when their sender was signed out, or after somebody else had signed in: kept for whoever wrote them,
//! and shown to nobody else. A form's token says whose page it was (see [`sessions::writer`]).
//!
//! [`sessions::writer`]: super::sessions::writer

use chrono::TimeDelta;

use super::{App, OperationError};
use crate::domain::id::{KeptFormId, UserId};
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::key::SealError;
use crate::say;
use crate::store::sealed::SealedColumn;
use crate::store::sessions::{self, KeptForm};
use crate::store::{StoreError, key_check};

/// How many forms of one person wait, and how long.
const OTHERS: i64 = 9;
const LONGEST: TimeDelta = TimeDelta::days(7);

/// Sealed before its row has a number.
fn owner() -> String {
    SealedColumn::KeptForm.owner(0)
}

/// A form as it was sent.
#[derive(Debug, Clone)]
pub struct FormAsSent {
    /// Below Mailgate's own path.
    pub path: String,
    pub fields: Vec<(String, String)>,
}

/// Keeps a form for the person whose page it was. Passwords are left out.
pub fn keep(app: &App, writer: UserId, form: FormAsSent) -> Result<KeptFormId, OperationError> {
    let mut fields = form.fields;
    fields.retain(|(name, _)| !is_secret(name));
    let text = serde_json::to_string(&fields)
        .map_err(|error| OperationError::Refused(Sentence::verbatim(error.to_string()).into()))?;
    app.store.write(|db| {
        match key_check::in_use(db, &app.key) {
            // Better kept until this process ends than not at all.
            Err(StoreError::Seal(SealError::Locked(_))) => {}
            other => other?,
        }
        let fields = app.key.seal_for_now(&owner(), &Secret::new(text)).map_err(StoreError::from)?;
        let form = KeptForm { user_id: writer, path: form.path, fields, create_date: now() };
        Ok(sessions::keep_form(db, &form, OTHERS, now() - LONGEST)?)
    })
}

/// The caller's own.
pub fn get(app: &App, caller: &Caller, id: KeptFormId) -> Result<FormAsSent, OperationError> {
    let missing = || OperationError::NotFound(say!("kept-form-gone").into());
    let user = caller.user.ok_or_else(missing)?;
    let row = app.store.read(|db| Ok::<_, OperationError>(sessions::kept_form(db, user, id)?))?.ok_or_else(missing)?;
    // Sealed with another key, or by another version: as good as gone.
    let fields =
        app.key.open_sealed(&owner(), &row.fields).ok().and_then(|text| serde_json::from_str(text.reveal()).ok());
    Ok(FormAsSent { path: row.path, fields: fields.ok_or_else(missing)? })
}

/// What the caller wrote that was not sent, newest first.
pub fn waiting(app: &App, caller: &Caller) -> Result<Vec<(KeptFormId, Moment)>, OperationError> {
    match caller.user {
        Some(user) => app.store.read(|db| Ok(sessions::kept_forms(db, user)?)),
        None => Ok(Vec::new()),
    }
}

/// It was sent again.
pub fn forget(app: &App, caller: &Caller, id: KeptFormId) -> Result<(), OperationError> {
    match caller.user {
        Some(user) => app.store.write(|db| Ok(sessions::forget_form(db, user, id)?)),
        None => Ok(()),
    }
}

/// A field that no page shows again.
fn is_secret(name: &str) -> bool {
    name == "token" || ["password", "secret", "csrf_token", "certificate"].iter().any(|part| name.contains(part))
}
