//! What an administrator does to an object that is a table of fields ([`crate::domain::setting`]): incoming servers,
//! connections and aliases are saved, changed and audited alike. All of a form is saved or nothing, and never over somebody
//! else's change; what a test vouched for and is set otherwise must be tested anew; the audit is told of a change only what
//! changed, and of a secret only that it did.

pub use crate::domain::setting::{Difference, READABLE_FOR, READABLE_OK, SettingForm};

use serde_json::{Map, Value};

use super::{App, OperationError, require};
use crate::domain::Invalid;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Right};
use crate::domain::secret::Secret;
use crate::domain::setting::{SettingsObject, differences, in_order, must_be_tested, read};
use crate::domain::text::fold;
use crate::domain::words::Complaint;
use crate::key::SecretKey;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{Db, StoreError, Stored};
use crate::{complain, say};

/// An object of which a table keeps rows.
pub trait KeptObject: SettingsObject {
    /// As pages and the API show it.
    type View: Send + 'static;

    /// Whether a test makes it Not Confirmed first.
    const TEST_RESETS: bool = true;
    /// No two may say the same: making one again finds the first.
    const UNIQUE: bool = false;

    /// All of them, archived ones included.
    fn rows(db: &mut Db) -> Result<Vec<Stored<Self>>, StoreError>;
    fn row(db: &mut Db, id: Self::Id) -> Result<Option<Stored<Self>>, StoreError>;
    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError>;
    /// False where the row has another version by now, or is gone.
    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError>;
    /// What is saved in this secret field; empty where nothing is.
    fn secret(_db: &mut Db, _key: &SecretKey, _id: Self::Id, _field: &str) -> Result<Secret, StoreError> {
        Ok(Secret::default())
    }
    /// Seals it for its row; None removes it.
    fn set_secret(
        _db: &mut Db,
        _key: &SecretKey,
        _id: Self::Id,
        _field: &str,
        _secret: Option<&Secret>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    fn set_active(&mut self, active: bool);
    /// Makes it Not Confirmed.
    fn reset(&mut self) {}
    /// Sets what is read together or against other rows, where everything else is set already, and gives what is wrong
    /// with it.
    fn complete(
        &mut self,
        app: &App,
        db: &mut Db,
        form: &SettingForm<Self>,
        existing: Option<&Stored<Self>>,
    ) -> Result<Vec<Invalid>, OperationError>;
    /// Refused where another row stands in the way of this one.
    fn may_stand(&self, _db: &mut Db) -> Result<(), OperationError> {
        Ok(())
    }
    /// Why nobody may see or change its settings; None where they may.
    fn built_in(&self) -> Option<Complaint> {
        None
    }
    /// The host, other than this machine, to which password and mail would travel readable.
    fn readable_at(&self) -> Option<&str> {
        None
    }
    /// Whether a secret of this field is of use to it; another is not kept.
    fn takes_secret(&self, _field: &str) -> bool {
        true
    }
    /// With what else is known of it.
    fn view(app: &App, db: &mut Db, stored: Stored<Self>) -> Result<Self::View, OperationError>;
    /// The settings, the version to be given back when saving, and the fields of which a secret is saved.
    fn shown(view: &Self::View) -> (&Self, i32, &[&'static str]);
}

/// What is saved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingTarget<Id> {
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
    Conflict(Box<SettingsConflict<View>>),
}

/// Both versions, to choose from.
#[derive(Debug)]
pub struct SettingsConflict<View> {
    pub current: View,
    /// Saving again with this version saves anyway.
    pub version: i32,
    /// Where the two differ, in the order of the form.
    pub differences: Vec<Difference>,
}

pub(super) fn require_for<T: SettingsObject>(caller: &Caller, right: Right) -> Result<(), OperationError> {
    require(caller, right, T::OBJECT, || say!("deed-settings", names = (T::NAMES)()))
}

/// Its row, within the caller's transaction. Refused for what is built in: every deed begins here.
pub(super) fn find<T: KeptObject>(db: &mut Db, id: T::Id) -> Result<Stored<T>, OperationError> {
    let missing = || {
        let (name, id) = ((T::NAME)(), id.to_string());
        OperationError::NotFound(complain!("settings-missing", name, id))
    };
    let found = T::row(db, id)?.ok_or_else(missing)?;
    match found.settings.built_in() {
        Some(complaint) => Err(OperationError::Refused(complaint)),
        None => Ok(found),
    }
}

/// One of them, for its page.
pub fn get<T: KeptObject>(app: &App, caller: &Caller, id: T::Id) -> Result<T::View, OperationError> {
    require_for::<T>(caller, Right::Read)?;
    app.store.read(|db| view::<T>(app, db, id))
}

fn view<T: KeptObject>(app: &App, db: &mut Db, id: T::Id) -> Result<T::View, OperationError> {
    let stored = find::<T>(db, id)?;
    T::view(app, db, stored)
}

/// Its form as it is saved now, and the version to save it over, within the caller's transaction.
pub fn form_in<T: KeptObject>(
    db: &mut Db,
    caller: &Caller,
    id: T::Id,
) -> Result<(SettingForm<T>, i32), OperationError> {
    require_for::<T>(caller, Right::Write)?;
    let stored = find::<T>(db, id)?;
    Ok((SettingForm::of(&stored.settings), stored.version))
}

/// *Save*: stays Confirmed unless what the test vouched for changed.
pub fn save<T: KeptObject>(
    app: &App,
    caller: &Caller,
    target: SettingTarget<T::Id>,
    form: &SettingForm<T>,
) -> Result<Saved<T::View>, OperationError> {
    app.store.write(|db| save_in(app, db, caller, target, form, false))
}

/// The first half of *Test & Confirm*: saves as Not Confirmed, so that nothing typed is lost. Where it would be tested
/// without encryption and nobody has agreed to that, it saves as [`save`] does.
pub fn save_for_test<T: KeptObject>(
    app: &App,
    caller: &Caller,
    target: SettingTarget<T::Id>,
    form: &SettingForm<T>,
) -> Result<Saved<T::View>, OperationError> {
    app.store.write(|db| save_in(app, db, caller, target, form, true))
}

/// As [`save`] and [`save_for_test`], within the caller's transaction.
pub fn save_in<T: KeptObject>(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    target: SettingTarget<T::Id>,
    form: &SettingForm<T>,
    to_test: bool,
) -> Result<Saved<T::View>, OperationError> {
    let mut existing = match target {
        SettingTarget::New | SettingTarget::Once => {
            require_for::<T>(caller, Right::Create)?;
            None
        }
        SettingTarget::Existing { id, .. } => {
            require_for::<T>(caller, Right::Write)?;
            Some(find::<T>(db, id)?)
        }
    };
    let mut new = parse(app, db, form, existing.as_ref())?;
    match (target, &existing) {
        (SettingTarget::Existing { version, .. }, Some(stored)) if stored.version != version => {
            let (differences, version) = (differences(&stored.settings, &new), stored.version);
            if !differences.is_empty() {
                let current = T::view(app, db, stored.clone())?;
                return Ok(Saved::Conflict(Box::new(SettingsConflict { current, version, differences })));
            }
        }
        (SettingTarget::New | SettingTarget::Once, _) if T::UNIQUE || target == SettingTarget::Once => {
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
        let view = Box::new(T::view(app, db, stored)?);
        Ok(match &unagreed {
            Some(why) => Saved::Unagreed(view, why.clone()),
            None => Saved::Done(view),
        })
    };
    let new_secrets = new_secrets(db, &app.key, existing.as_ref(), form)?;
    let old = existing.as_ref().map(|stored| &stored.settings);
    if to_test || !new_secrets.is_empty() || old.is_some_and(|old| must_be_tested(old, &new)) {
        new.reset();
    }
    let id = match &existing {
        Some(stored) if stored.settings == new && new_secrets.is_empty() => return done(db, stored.clone()),
        Some(stored) => {
            new.may_stand(db)?;
            expect_written(new.update(db, stored.version)?, &new)?;
            new.id()
        }
        None => {
            new.may_stand(db)?;
            new.insert(db)?
        }
    };
    write_secrets(db, &app.key, id, &new, &new_secrets)?;
    let action = if existing.is_some() { AuditAction::Write } else { AuditAction::Create };
    let stored = find::<T>(db, id)?;
    let names: Vec<&str> = new_secrets.iter().map(|(field, _)| *field).collect();
    remember(db, caller, action, old, Some(&stored.settings), &names)?;
    done(db, stored)
}

/// What a form means, read against the row as it is now (None for a new one), or everything that is wrong with it. The
/// state stays as it was.
fn parse<T: KeptObject>(
    app: &App,
    db: &mut Db,
    form: &SettingForm<T>,
    existing: Option<&Stored<T>>,
) -> Result<T, OperationError> {
    let mut form = form.clone();
    T::follow(&mut form);
    let mut new = existing.map_or_else(T::blank, |stored| stored.settings.clone());
    let mut wrong = read(&form, &mut new);
    wrong.extend(new.complete(app, db, &form, existing)?);
    if wrong.is_empty() { Ok(new) } else { Err(OperationError::Invalid(in_order::<T>(wrong))) }
}

/// One that says exactly what the form says, secrets included.
fn twin<T: KeptObject>(
    db: &mut Db,
    key: &SecretKey,
    new: &T,
    form: &SettingForm<T>,
) -> Result<Option<Stored<T>>, OperationError> {
    for stored in T::rows(db)? {
        if stored.settings.facts().active
            && differences(&stored.settings, new).is_empty()
            && new_secrets(db, key, Some(&stored), form)?.is_empty()
        {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// With PostgreSQL two saves may meet between reading and writing.
pub(super) fn expect_written<T: SettingsObject>(written: bool, object: &T) -> Result<(), OperationError> {
    if written {
        return Ok(());
    }
    let name = object.facts().name;
    let words = complain!("settings-changed", name);
    Err(OperationError::Conflict(words))
}

/// Those that were typed and are not saved already: typing a saved one again (as browsers like to) changes nothing.
fn new_secrets<'a, T: KeptObject>(
    db: &mut Db,
    key: &SecretKey,
    existing: Option<&Stored<T>>,
    form: &'a SettingForm<T>,
) -> Result<Vec<(&'static str, &'a Secret)>, OperationError> {
    let mut new = Vec::new();
    for (field, typed) in form.secrets() {
        let is_new = match existing.map(|stored| T::secret(db, key, stored.settings.id(), field)) {
            None | Some(Err(StoreError::Seal(_))) => true,
            Some(Ok(saved)) => saved != *typed,
            Some(Err(error)) => return Err(error.into()),
        };
        if is_new {
            new.push((field, typed));
        }
    }
    Ok(new)
}

fn write_secrets<T: KeptObject>(
    db: &mut Db,
    key: &SecretKey,
    id: T::Id,
    object: &T,
    new: &[(&'static str, &Secret)],
) -> Result<(), StoreError> {
    for field in T::FIELDS.iter().filter(|field| field.is_secret()).map(|field| field.name) {
        match new.iter().find(|(typed, _)| *typed == field) {
            _ if !object.takes_secret(field) => T::set_secret(db, key, id, field, None)?,
            Some((_, secret)) => T::set_secret(db, key, id, field, Some(secret))?,
            None => {}
        }
    }
    Ok(())
}

/// Changes it by `edit`, without its form; nothing where nothing changes.
pub(super) fn change<T: KeptObject>(
    app: &App,
    caller: &Caller,
    id: T::Id,
    action: AuditAction,
    edit: impl FnOnce(&mut T) -> Result<(), OperationError>,
) -> Result<T::View, OperationError> {
    app.store.write(|db| {
        change_in(db, caller, id, action, edit)?;
        view::<T>(app, db, id)
    })
}

/// As [`change`], within the caller's transaction.
pub(super) fn change_in<T: KeptObject>(
    db: &mut Db,
    caller: &Caller,
    id: T::Id,
    action: AuditAction,
    edit: impl FnOnce(&mut T) -> Result<(), OperationError>,
) -> Result<(), OperationError> {
    require_for::<T>(caller, Right::Write)?;
    let stored = find::<T>(db, id)?;
    let mut new = stored.settings.clone();
    edit(&mut new)?;
    if new != stored.settings {
        expect_written(new.update(db, stored.version)?, &new)?;
        remember(db, caller, action, Some(&stored.settings), Some(&new), &[])?;
    }
    Ok(())
}

/// Archives it, or takes it back into use.
pub fn set_active_in<T: KeptObject>(
    db: &mut Db,
    caller: &Caller,
    id: T::Id,
    active: bool,
) -> Result<(), OperationError> {
    let action = if active { AuditAction::Unarchive } else { AuditAction::Archive };
    change_in(db, caller, id, action, |object: &mut T| {
        object.set_active(active);
        Ok(())
    })
}

/// The row that a test was about; refused where somebody saved meanwhile, since that is not what was tested.
pub(super) fn tested<T: KeptObject>(db: &mut Db, id: T::Id, version: i32) -> Result<Stored<T>, OperationError> {
    let stored = find::<T>(db, id)?;
    if stored.version == version {
        return Ok(stored);
    }
    Err(OperationError::Conflict(complain!("settings-changed-while-tested", name = stored.settings.facts().name)))
}

/// Writes the audit: `before` is None of a new one, `after` of one that is gone; `secrets` are those that were set.
pub(super) fn remember<T: SettingsObject>(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    before: Option<&T>,
    after: Option<&T>,
    secrets: &[&str],
) -> Result<(), StoreError> {
    let Some(named) = after.or(before) else { return Ok(()) };
    let (mut old, mut new) = (before.map(told), after.map(told));
    if let (Some(old), Some(new)) = (&mut old, &mut new) {
        old.retain(|field, value| new.get(field) != Some(value));
        new.retain(|field, _| old.contains_key(field));
    }
    if let Some(new) = &mut new {
        let done = if before.is_some() { "changed" } else { "set" };
        new.extend(secrets.iter().map(|field| ((*field).to_owned(), done.into())));
    }
    audit::write(
        db,
        &NewAuditEntry::new(caller, action, T::MODEL, Some(named.id().into()), &named.facts().name)
            .changed(old.map(Value::Object), new.map(Value::Object)),
    )
}

/// Everything that is set, for the audit.
pub(super) fn told<T: SettingsObject>(object: &T) -> Map<String, Value> {
    let fields = T::FIELDS.iter().filter(|field| field.is_setting());
    let mut told: Map<String, Value> =
        fields.map(|field| (field.name.to_owned(), (field.get)(object).into())).collect();
    let facts = object.facts();
    told.extend(facts.state.map(|state| ("state".to_owned(), state.into())));
    told.insert("active".into(), facts.active.into());
    told
}

/// None where nothing travels readable, or a person has agreed to it for this host.
fn not_agreed<T: KeptObject>(settings: &T, form: &SettingForm<T>) -> Option<Invalid> {
    let host = settings.readable_at()?;
    let beside = form.text(READABLE_FOR);
    if form.flag(READABLE_OK) && (beside.is_empty() || beside == host) {
        return None;
    }
    let words = say!("settings-unencrypted", host);
    Some(Invalid::new(READABLE_OK, words))
}

// Which objects of a list to show.

/// What a person looks for.
#[derive(Debug, Clone, Default)]
pub struct FieldFilter {
    /// Words that must all occur in what the list names; case and accents don't matter.
    pub search: String,
    /// The archived ones instead of the others.
    pub archived: bool,
}

impl FieldFilter {
    /// `text` is everything that is searched.
    pub(super) fn shows(&self, active: bool, text: &str) -> bool {
        let (words, text) = (fold(&self.search), fold(text));
        active != self.archived && words.split(' ').all(|word| text.contains(word))
    }
}
