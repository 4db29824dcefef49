//! Endpoints: what an administrator describes in a form, with a password, and a test confirms. An incoming server is
//! one kind of them, a connection another; how they are saved, changed and audited is the same and stands here.

mod audit;
mod change;
mod form;
mod readable;
mod save;

pub(super) use audit::remember;
pub(super) use change::{change, change_in, set_active_in, tested};
pub use form::Form;
pub use readable::{READABLE_FOR, READABLE_OK};
pub use save::{Conflict, Difference, Saved, Target, save, save_for_test};
pub(super) use save::{expect_written, save_in};

use std::fmt::{Debug, Display};

use crate::domain::person::{Caller, Role};
use crate::domain::secret::Secret;
use crate::key::SecretKey;
use crate::operations::{App, OperationError, require};
use crate::store::{Db, StoreError, Stored};

/// What differs from one kind to the other. Implemented by the settings of one endpoint.
pub trait Endpoint: Clone + Debug + PartialEq + Send + 'static {
    /// What names its row.
    type Id: Copy + Debug + Display + Into<i32> + Send + 'static;
    /// As pages and the API show it.
    type View: Send + 'static;

    /// What people call one, within a sentence.
    const NAME: &'static str;
    /// The name that the API and the audit use.
    const MODEL: &'static str;
    /// Every text field of its form, in the order there.
    const FIELDS: &'static [&'static str];
    /// Those of them that the page carries along for itself: no settings.
    const CARRIED: &'static [&'static str] = &[];
    /// Whether a test makes it Not Confirmed first.
    const TEST_RESETS: bool = true;
    /// Where it is kept.
    const TABLE: Table<Self>;

    /// That of its row; any, until it has one.
    fn id(&self) -> Self::Id;
    /// What it has beside its form's fields.
    fn facts(&self) -> Facts<'_>;
    /// Archives it, or takes it back into use.
    fn set_active(&mut self, active: bool);
    /// Makes it Not Confirmed.
    fn reset(&mut self);
    /// Writes what is set into an empty form.
    fn fill(&self, form: &mut Form<Self>);
    /// What a form means, read against the row as it is now (None for a new one). The state stays as it was.
    fn parse(
        app: &App,
        db: &mut Db,
        form: &Form<Self>,
        existing: Option<&Stored<Self>>,
    ) -> Result<Self, OperationError>;
    /// Why nobody may see or change its settings; None where they may.
    fn built_in(&self) -> Option<&'static str> {
        None
    }
    /// The host, other than this machine, to which password and mail would travel readable.
    fn readable_at(&self) -> Option<&str>;
    /// Whether what a test has vouched for is not what would be used now.
    fn must_be_tested(&self, old: &Self) -> bool;
    /// False for what is reached without an account: a password is not kept then.
    fn takes_password(&self) -> bool {
        true
    }
    /// With what else the database knows of it.
    fn view(db: &mut Db, stored: Stored<Self>) -> Result<Self::View, StoreError>;
}

/// The functions of the store for one kind.
pub struct Table<T: Endpoint> {
    pub list: fn(&mut Db) -> Kept<Vec<Stored<T>>>,
    pub get: fn(&mut Db, T::Id) -> Found<T>,
    pub insert: fn(&mut Db, &T) -> Kept<T::Id>,
    pub update: fn(&mut Db, &T, i32) -> Kept<bool>,
    pub password: fn(&mut Db, &SecretKey, T::Id) -> Kept<Secret>,
    pub set_password: fn(&mut Db, &SecretKey, T::Id, Option<&Secret>) -> Kept<()>,
}

/// What the store answers.
type Kept<T> = Result<T, StoreError>;
/// What it answers to an id.
type Found<T> = Kept<Option<Stored<T>>>;

/// What every endpoint has.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub name: &'a str,
    /// The code of its state.
    pub state: &'static str,
    pub active: bool,
}

/// Only a System Admin sees or changes settings.
pub(super) fn require_admin<T: Endpoint>(caller: &Caller) -> Result<(), OperationError> {
    require(caller, &[Role::SystemAdmin], &format!("see or change {}s", T::NAME))
}

/// Its row, within the caller's transaction. Refused for what is built in: every deed begins here.
pub(super) fn find<T: Endpoint>(db: &mut Db, id: T::Id) -> Result<Stored<T>, OperationError> {
    let name = T::NAME;
    let missing = || OperationError::NotFound(format!("There is no {name} {id} (any more). Go back to the list."));
    let found = (T::TABLE.get)(db, id)?.ok_or_else(missing)?;
    match found.settings.built_in() {
        Some(words) => Err(OperationError::Refused(words.into())),
        None => Ok(found),
    }
}

/// One of them, for its page.
pub fn get<T: Endpoint>(app: &App, caller: &Caller, id: T::Id) -> Result<T::View, OperationError> {
    require_admin::<T>(caller)?;
    app.store.read(|db| found::<T>(db, id))
}

fn found<T: Endpoint>(db: &mut Db, id: T::Id) -> Result<T::View, OperationError> {
    let stored = find::<T>(db, id)?;
    Ok(T::view(db, stored)?)
}
