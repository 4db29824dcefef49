//! `res.users`.

use serde_json::{Map, Value};

use super::settings::put;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::operations::users::{self, Form, NewPassword, Prepared};
use crate::store::Db;

/// A new account starts as an officer's.
pub fn defaults() -> Map<String, Value> {
    let values = [("role", "officer"), ("lang", "en_US"), ("tz", "UTC")];
    let mut defaults: Map<_, _> =
        values.map(|(name, value)| (name.to_owned(), Value::from(value))).into_iter().collect();
    defaults.insert("active".into(), Value::Bool(true));
    defaults
}

/// An account to be made, its password hashed.
pub struct New {
    account: Prepared,
    active: bool,
}

pub fn prepare(call: &Call<'_>, list: &[Map<String, Value>]) -> Result<Vec<New>, ObjectError> {
    let one = |values: &Map<String, Value>| {
        let mut form = Form::fresh();
        let active = fill(call, &mut form, values)?;
        Ok(New { account: users::to_add(call.caller, &form)?, active: active != Some(false) })
    };
    list.iter().map(one).collect()
}

pub fn create(call: &Call<'_>, db: &mut Db, new: &New) -> Result<i32, ObjectError> {
    let id = users::insert(db, call.caller, &new.account)?.id;
    if !new.active {
        users::set_active_in(db, call.caller, id, false)?;
    }
    Ok(id.0)
}

/// The password that is to be set, where one is.
pub fn new_password(call: &Call<'_>, values: &Map<String, Value>) -> Result<Option<NewPassword>, ObjectError> {
    let mut form = Form::default();
    fill(call, &mut form, values)?;
    let password: Option<&Secret> = form.secret("password");
    Ok(password.map(|password| users::to_set(call.caller, password)).transpose()?)
}

pub fn write(
    call: &Call<'_>,
    db: &mut Db,
    id: i32,
    values: &Map<String, Value>,
    new_password: Option<&NewPassword>,
) -> Result<(), ObjectError> {
    let id = UserId(id);
    let user = users::load(db, id)?;
    let mut form = Form::of(&user);
    let active = fill(call, &mut form, values)?;
    users::change_in(db, call.caller, id, &form)?;
    if let Some(new) = new_password {
        users::set_password_in(db, call.caller, id, new)?;
    }
    if let Some(active) = active.filter(|active| *active != user.active) {
        users::set_active_in(db, call.caller, id, active)?;
    }
    Ok(())
}

/// Whether it shall be in use is no field of the form.
fn fill(call: &Call<'_>, form: &mut Form, values: &Map<String, Value>) -> Result<Option<bool>, ObjectError> {
    let mut active = None;
    for (name, value) in values {
        let given = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            // Odoo's codes name the country too: fr_FR.
            "lang" => drop(form.set("language", given.split('_').next().unwrap_or_default())),
            "tz" => drop(form.set("time_zone", &given)),
            "active" => active = Some(!given.is_empty()),
            name => put(form, name, &given),
        }
    }
    Ok(active)
}
