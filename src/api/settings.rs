//! Objects that are tables of fields: values become the form that the page sends, field by field under the names that the
//! API has for them. What a model has beside its table it takes itself: [`Writable::take`].

use serde_json::{Value, json};

use super::ApiCall;
use super::arguments::text;
use super::fault::ObjectError;
use super::methods::set_active;
use super::model::Values;
use crate::domain::setting::{SettingField, SettingKind, SettingsObject};
use crate::operations::OperationError;
use crate::operations::client::Db;
use crate::operations::settings::{KeptObject, Saved, SettingForm, SettingTarget, form_in, save_in, set_active_in};
use crate::say;

/// What is particular about a model whose rows clients write.
pub(super) trait Writable: KeptObject {
    /// What a new row begins with, where that is not what *New* shows.
    fn fresh() -> SettingForm<Self> {
        SettingForm::fresh()
    }
    /// The values that count more than others, in whatever order they come.
    fn last() -> &'static [&'static str] {
        &[]
    }
    /// Takes a value that is no field of the table, or means more than its field; false where it is neither.
    fn take(
        _call: &ApiCall<'_>,
        _form: &mut SettingForm<Self>,
        _name: &str,
        _typed: &str,
    ) -> Result<bool, ObjectError> {
        Ok(false)
    }
    fn use_or_archive(db: &mut Db, call: &ApiCall<'_>, id: Self::Id, active: bool) -> Result<(), OperationError> {
        set_active_in::<Self>(db, call.caller, id, active)
    }
}

pub(super) fn create<T: Writable>(call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
    let mut form = T::fresh();
    fill(call, &mut form, values)?;
    let id = save(call, db, SettingTarget::New, &form)?;
    set_active(call, values, |active| T::use_or_archive(db, call, id, active))?;
    Ok(id.into())
}

pub(super) fn write<T: Writable>(
    call: &ApiCall<'_>,
    db: &mut Db,
    id: T::Id,
    values: &Values,
) -> Result<(), ObjectError> {
    let (mut form, version) = form_in::<T>(db, call.caller, id)?;
    fill(call, &mut form, values)?;
    if values.keys().any(|name| name != "active") {
        save(call, db, SettingTarget::Existing { id, version }, &form)?;
    }
    set_active(call, values, |active| T::use_or_archive(db, call, id, active))
}

/// What *New* would show, under the names of the API.
pub(super) fn defaults<T: Writable>() -> Values {
    let form = T::fresh();
    let told = T::FIELDS.iter().filter_map(|field| Some((field.api?.name, value(field, form.text(field.name))?)));
    let mut defaults: Values = told.map(|(name, value)| (name.to_owned(), value)).collect();
    let facts = T::blank().facts();
    defaults.insert("active".into(), json!(facts.active));
    defaults.extend(facts.state.map(|state| ("state".to_owned(), json!(state))));
    defaults
}

/// None where nothing is set.
fn value<T>(field: &SettingField<T>, text: &str) -> Option<Value> {
    match field.kind {
        _ if text.is_empty() => None,
        SettingKind::Flag => Some(json!(true)),
        SettingKind::Number { .. } => text.parse::<i64>().ok().map(Value::from),
        _ => Some(json!(text)),
    }
}

fn fill<T: Writable>(call: &ApiCall<'_>, form: &mut SettingForm<T>, values: &Values) -> Result<(), ObjectError> {
    let (last, first): (Vec<_>, Vec<_>) = values.iter().partition(|(name, _)| T::last().contains(&name.as_str()));
    for (name, value) in first.into_iter().chain(last) {
        let typed = text(call.model, call.settable(name)?, value)?;
        if !T::take(call, form, name, &typed)? {
            put(form, name, &typed);
        }
    }
    Ok(())
}

/// Sets the field that clients call so, if there is one.
pub(super) fn put<T: SettingsObject>(form: &mut SettingForm<T>, name: &str, typed: &str) {
    let known = |field: &&SettingField<T>| field.api.map_or(field.name, |told| told.name) == name;
    if let Some(field) = T::FIELDS.iter().find(known) {
        form.set(field.name, typed);
    }
}

fn save<T: Writable>(
    call: &ApiCall<'_>,
    db: &mut Db,
    target: SettingTarget<T::Id>,
    form: &SettingForm<T>,
) -> Result<T::Id, ObjectError> {
    match save_in(call.app, db, call.caller, target, form, false)? {
        Saved::Done(view) | Saved::Unagreed(view, _) => Ok(T::shown(&view).0.id()),
        Saved::Conflict(_) => {
            let words = say!("api-changed", name = (T::NAME)());
            Err(OperationError::Conflict(words.into()).into())
        }
    }
}

/// The name of the model with this id in `ir.model`, as a field of this name was given it.
pub(super) fn model_of<'a>(call: &ApiCall<'a>, field: &str, typed: &str) -> Result<&'a str, ObjectError> {
    let model = typed.parse().ok().and_then(|id| call.models.by_id(id));
    let unknown = || ObjectError::Value(say!("api-wrong-model", model = call.model.name, field, typed).to_string());
    Ok(&model.ok_or_else(unknown)?.name)
}
