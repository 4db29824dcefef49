//! `mail.alias`: values become the form that the page sends.

use serde_json::{Map, Value, json};

use super::set_active;
use crate::domain::id::AliasId;
use crate::operations::aliases::{self, Form, Target};
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let mut form = Form::fresh();
    fill(call, &mut form, values)?;
    let id = aliases::save_in(call.app, db, call.caller, Target::New, &form)?;
    set_active(call, values, |active| aliases::set_active_in(db, call.caller, id, active))?;
    Ok(id.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let stored = aliases::find(db, AliasId(id))?;
    let mut form = Form::of(&stored.alias);
    fill(call, &mut form, values)?;
    let target = Target::Existing { id: stored.alias.id, version: Some(stored.version) };
    aliases::save_in(call.app, db, call.caller, target, &form)?;
    set_active(call, values, |active| aliases::set_active_in(db, call.caller, stored.alias.id, active))
}

pub fn unlink(call: &Call<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
    Ok(aliases::delete_in(db, call.caller, AliasId(id))?)
}

/// What *New* would show.
pub fn defaults() -> Map<String, Value> {
    let form = Form::fresh();
    let defaults = [("alias_contact", json!(form.contact)), ("alias_defaults", json!("{}")), ("active", json!(true))];
    defaults.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn fill(call: &Call<'_>, form: &mut Form, values: &Map<String, Value>) -> Result<(), ObjectError> {
    for (name, value) in values {
        let typed = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            "alias_name" => form.name = typed,
            "alias_domain" => form.domain = typed,
            "alias_model_id" => {
                let model = typed.parse().ok().and_then(|id| call.app.objects.by_id(id));
                let unknown = || ObjectError::Value(format!("Wrong value for mail.alias.alias_model_id: {typed}"));
                form.object_model = model.ok_or_else(unknown)?.name.clone();
            }
            "alias_defaults" => form.defaults = typed,
            "alias_force_thread_id" => form.record = typed,
            "alias_contact" => form.contact = typed,
            _ => {}
        }
    }
    Ok(())
}
