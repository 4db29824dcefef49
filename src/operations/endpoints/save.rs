//! Saving what a form or an API call gives: all of it or nothing, and never over somebody else's change.

use super::audit::remember;
use super::readable::not_agreed;
use super::{Endpoint, Form, find, require_admin};
use crate::domain::Invalid;
use crate::domain::audit::Action;
use crate::domain::person::Caller;
use crate::key::SecretKey;
use crate::operations::{App, OperationError};
use crate::store::{Db, StoreError, Stored};

/// What is saved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<Id> {
    New,
    /// New, unless one with exactly these settings is there already: a form that was sent twice, by a double click or
    /// a reload, makes one.
    Once,
    /// `version` is that of the view which the person edited.
    Existing {
        id: Id,
        version: i32,
    },
}

/// How saving ended.
#[derive(Debug)]
pub enum Saved<View> {
    Done(Box<View>),
    /// Saved, and not to be tested before a person agrees to what this says.
    Unagreed(Box<View>, Invalid),
    /// Nothing was saved: somebody else did meanwhile.
    Conflict(Box<Conflict<View>>),
}

/// Both versions, to choose from.
#[derive(Debug)]
pub struct Conflict<View> {
    pub current: View,
    /// Saving again with this version saves anyway.
    pub version: i32,
    /// Where the two differ, in the order of the form.
    pub differences: Vec<Difference>,
}

/// A field that two people filled differently.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// As in [`Endpoint::FIELDS`].
    pub field: &'static str,
    pub theirs: String,
    pub yours: String,
}

/// *Save*: stays Confirmed unless what the test vouched for changed.
pub fn save<T: Endpoint>(
    app: &App,
    caller: &Caller,
    target: Target<T::Id>,
    form: &Form<T>,
) -> Result<Saved<T::View>, OperationError> {
    app.store.write(|db| save_in(app, db, caller, target, form, false))
}

/// The first half of *Test & Confirm*: saves as Not Confirmed, so that nothing typed is lost. Where it would be tested
/// without encryption and nobody has agreed to that, it saves as [`save`] does.
pub fn save_for_test<T: Endpoint>(
    app: &App,
    caller: &Caller,
    target: Target<T::Id>,
    form: &Form<T>,
) -> Result<Saved<T::View>, OperationError> {
    app.store.write(|db| save_in(app, db, caller, target, form, true))
}

/// As [`save`] and [`save_for_test`], within the caller's transaction.
pub(in crate::operations) fn save_in<T: Endpoint>(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    target: Target<T::Id>,
    form: &Form<T>,
    to_test: bool,
) -> Result<Saved<T::View>, OperationError> {
    require_admin::<T>(caller)?;
    let mut existing = match target {
        Target::New | Target::Once => None,
        Target::Existing { id, .. } => Some(find::<T>(db, id)?),
    };
    let mut new = T::parse(app, db, form, existing.as_ref())?;
    match (target, &existing) {
        (Target::Existing { version, .. }, Some(stored)) if stored.version != version => {
            let (differences, version) = (differences(&stored.settings, &new), stored.version);
            if !differences.is_empty() {
                let current = T::view(db, stored.clone())?;
                return Ok(Saved::Conflict(Box::new(Conflict { current, version, differences })));
            }
        }
        (Target::Once, _) => {
            existing = twin(db, &app.key, &new, form)?;
            if let Some(stored) = &existing {
                new = stored.settings.clone();
            }
        }
        _ => {}
    }
    let unagreed = if to_test { not_agreed(&new, form) } else { None };
    let to_test = to_test && unagreed.is_none() && T::TEST_RESETS;
    let done = |db: &mut Db, stored| {
        let view = Box::new(T::view(db, stored)?);
        Ok(match &unagreed {
            Some(why) => Saved::Unagreed(view, why.clone()),
            None => Saved::Done(view),
        })
    };
    let new_password = is_new_password(db, &app.key, existing.as_ref(), form)?;
    let old = existing.as_ref().map(|stored| &stored.settings);
    if to_test || new_password || old.is_some_and(|old| new.must_be_tested(old)) {
        new.reset();
    }
    let id = match &existing {
        None => (T::TABLE.insert)(db, &new)?,
        Some(stored) if stored.settings == new && !new_password => return done(db, stored.clone()),
        Some(stored) => {
            expect_written((T::TABLE.update)(db, &new, stored.version)?, &new)?;
            new.id()
        }
    };
    if !new.takes_password() {
        (T::TABLE.set_password)(db, &app.key, id, None)?;
    } else if new_password {
        (T::TABLE.set_password)(db, &app.key, id, Some(&form.password))?;
    }
    let action = if existing.is_some() { Action::Write } else { Action::Create };
    let stored = find::<T>(db, id)?;
    remember(db, caller, action, old, Some(&stored.settings), new_password)?;
    done(db, stored)
}

/// One that says exactly what the form says, password included.
fn twin<T: Endpoint>(
    db: &mut Db,
    key: &SecretKey,
    new: &T,
    form: &Form<T>,
) -> Result<Option<Stored<T>>, OperationError> {
    for stored in (T::TABLE.list)(db)? {
        if stored.settings.facts().active
            && differences(&stored.settings, new).is_empty()
            && !is_new_password(db, key, Some(&stored), form)?
        {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// With PostgreSQL two saves may meet between reading and writing.
pub(in crate::operations) fn expect_written<T: Endpoint>(written: bool, endpoint: &T) -> Result<(), OperationError> {
    if written {
        return Ok(());
    }
    Err(OperationError::Conflict(format!(
        "Somebody else changed “{}” at this very moment. Look at it, then try again.",
        endpoint.facts().name
    )))
}

/// Typing the saved password again (as browsers like to) changes nothing.
fn is_new_password<T: Endpoint>(
    db: &mut Db,
    key: &SecretKey,
    existing: Option<&Stored<T>>,
    form: &Form<T>,
) -> Result<bool, OperationError> {
    if form.password.is_empty() {
        return Ok(false);
    }
    match existing.map(|stored| (T::TABLE.password)(db, key, stored.settings.id())) {
        None | Some(Err(StoreError::Seal(_))) => Ok(true),
        Some(Ok(saved)) => Ok(saved != form.password),
        Some(Err(error)) => Err(error.into()),
    }
}

fn differences<T: Endpoint>(theirs: &T, yours: &T) -> Vec<Difference> {
    let (theirs, yours) = (Form::of(theirs), Form::of(yours));
    let pairs = theirs.settings().zip(yours.settings());
    pairs
        .filter(|((_, theirs), (_, yours))| theirs != yours)
        .map(|((field, theirs), (_, yours))| Difference { field, theirs: theirs.into(), yours: yours.into() })
        .collect()
}
