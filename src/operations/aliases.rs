//! Aliases: addresses that the mail gateway turns into records. What an administrator may do to them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::settings::{self, KeptObject, find, remember, require_for, set_active_in};
pub use super::settings::{FieldFilter, save};
use super::{App, OperationError, records};
use crate::domain::alias::{Alias, AliasAddress};
use crate::domain::id::{AliasId, RecordId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Right};
use crate::domain::words::Sentence;
use crate::domain::{Invalid, literal};
use crate::say;
use crate::store::aliases::{self, StoredAlias};
use crate::store::sight::RecordSight;
use crate::store::{self, Db, StoreError};

/// What is saved to.
pub type AliasTarget = settings::SettingTarget<AliasId>;
/// An alias as a form or an API call gives it.
pub type AliasForm = settings::SettingForm<Alias>;

/// An alias, and what people call its record type; the technical name where its module is gone.
#[derive(Debug, Clone)]
pub struct AliasView {
    pub alias: Alias,
    /// To be given back when saving: see [`SettingTarget`](crate::operations::settings::SettingTarget).
    pub version: i32,
    pub label: Sentence,
}

impl AliasView {
    fn new(app: &App, stored: StoredAlias) -> Self {
        let module = app.modules.get(&stored.settings.model);
        let label = module.map_or_else(|| Sentence::verbatim(&*stored.settings.model), |module| module.label.clone());
        Self { alias: stored.settings, version: stored.version, label }
    }
}

/// Those whose address or record type fits, by address.
pub fn list(app: &App, caller: &Caller, filter: &FieldFilter) -> Result<Vec<AliasView>, OperationError> {
    require_for::<Alias>(caller, Right::Read)?;
    let found = app.store.read(|db| Ok::<_, OperationError>(aliases::list(db)?))?;
    let shows = |view: &AliasView| {
        filter.shows(view.alias.active, &format!("{} {} {}", view.alias.address, view.label, view.alias.model))
    };
    Ok(found.into_iter().map(|stored| AliasView::new(app, stored)).filter(shows).collect())
}

pub fn get(app: &App, caller: &Caller, id: AliasId) -> Result<AliasView, OperationError> {
    settings::get::<Alias>(app, caller, id)
}

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_for::<Alias>(caller, Right::Write)
}

/// Archived aliases route nothing and are not listed; their address stays taken.
pub fn set_active(app: &App, caller: &Caller, id: AliasId, active: bool) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in::<Alias>(db, caller, id, active))
}

/// Removes it; records that it made stay.
pub fn delete(app: &App, caller: &Caller, id: AliasId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub fn delete_in(db: &mut Db, caller: &Caller, id: AliasId) -> Result<(), OperationError> {
    require_for::<Alias>(caller, Right::Unlink)?;
    let before = find::<Alias>(db, id)?.settings;
    aliases::delete(db, id)?;
    Ok(remember(db, caller, AuditAction::Delete, Some(&before), None, &[])?)
}

impl KeptObject for Alias {
    type View = AliasView;

    const UNIQUE: bool = true;

    fn rows(db: &mut Db) -> Result<Vec<StoredAlias>, StoreError> {
        aliases::list(db)
    }

    fn row(db: &mut Db, id: Self::Id) -> Result<Option<StoredAlias>, StoreError> {
        aliases::get(db, id)
    }

    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError> {
        aliases::insert(db, self)
    }

    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError> {
        aliases::update(db, self, version)
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn complete(
        &mut self,
        app: &App,
        db: &mut Db,
        form: &AliasForm,
        _existing: Option<&StoredAlias>,
    ) -> Result<Vec<Invalid>, OperationError> {
        let mut wrong = Vec::new();
        match AliasAddress::parse(form.text("name"), form.text("domain")) {
            Ok(address) => self.address = address,
            Err(invalid) => wrong.push(invalid),
        }
        let Some(module) = app.modules.get(form.text("object_model")) else {
            wrong.push(Invalid::new("object_model", say!("alias-record-type")));
            return Ok(wrong);
        };
        self.model.clone_from(&module.model);
        match defaults(db, module, form.text("defaults"))? {
            Ok(defaults) => self.defaults = defaults,
            Err(invalid) => wrong.push(invalid),
        }
        match record(db, module, form.text("record"))? {
            Ok(record) => self.record = record,
            Err(invalid) => wrong.push(invalid),
        }
        Ok(wrong)
    }

    fn may_stand(&self, db: &mut Db) -> Result<(), OperationError> {
        match aliases::by_address(db, &self.address)? {
            Some(other) if other.settings.id != self.id => {
                let words = say!("alias-twice", address = self.address.to_string());
                Err(Invalid::new("name", words).into())
            }
            _ => Ok(()),
        }
    }

    fn view(app: &App, _db: &mut Db, stored: StoredAlias) -> Result<AliasView, OperationError> {
        Ok(AliasView::new(app, stored))
    }

    fn shown(view: &AliasView) -> (&Self, i32, &[&'static str]) {
        (&view.alias, view.version, &[])
    }
}

fn defaults(db: &mut Db, module: &Module, typed: &str) -> Result<Result<Map<String, Value>, Invalid>, OperationError> {
    let values = match literal::dict(typed) {
        Ok(values) => values,
        Err(error) => {
            let words = say!("alias-defaults", error = error.words());
            return Ok(Err(Invalid::new("defaults", words)));
        }
    };
    let typed: BTreeMap<String, String> = values.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    Ok(records::given(db, module, &typed)?.map_err(|wrong| {
        let words = Sentence::several(wrong.into_iter().map(|one| one.message));
        Invalid::new("defaults", words)
    }))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A record by its id, or by its number as people know it.
fn record(db: &mut Db, module: &Module, typed: &str) -> Result<Result<Option<RecordId>, Invalid>, OperationError> {
    if typed.is_empty() || typed == "0" {
        return Ok(Ok(None));
    }
    let found = match typed.parse() {
        Ok(id) => {
            store::records::view::find(db, RecordSight::machine(), &module.model, RecordId(id))?.map(|record| record.id)
        }
        Err(_) => {
            let found = store::records::view::by_number(db, RecordSight::machine(), typed)?;
            found.into_iter().find(|(model, _)| *model == module.model).map(|(_, id)| id)
        }
    };
    let missing = || Invalid::new("record", say!("alias-record", label = module.label, typed));
    Ok(found.map(Some).ok_or_else(missing))
}
