//! `res.users`.

use serde_json::{Map, Value};

use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::operations::users::{self, UserForm};

pub fn create(call: &Call<'_>, values: Map<String, Value>) -> Result<i32, ObjectError> {
    let mut form =
        UserForm { role: "officer".into(), language: "en".into(), time_zone: "UTC".into(), ..UserForm::default() };
    let asked = fill(call, &mut form, &values)?;
    if let Some(password) = asked.password {
        form.password = password;
    }
    let id = users::add(call.app, call.caller, &form)?;
    if asked.active == Some(false) {
        users::set_active(call.app, call.caller, id, false)?;
    }
    Ok(id.0)
}

pub fn write(call: &Call<'_>, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = UserId(id);
    let user = users::get(call.app, call.caller, id)?;
    let mut form = UserForm {
        login: user.login.clone(),
        name: user.name.clone(),
        role: user.role.code().to_owned(),
        language: user.language.clone(),
        time_zone: user.time_zone.clone(),
        ..UserForm::default()
    };
    let asked = fill(call, &mut form, values)?;
    users::change(call.app, call.caller, id, &form)?;
    if let Some(password) = asked.password {
        users::set_password(call.app, call.caller, id, &password)?;
    }
    if let Some(active) = asked.active.filter(|active| *active != user.active) {
        users::set_active(call.app, call.caller, id, active)?;
    }
    Ok(())
}

/// What is not part of the form that the users page sends.
#[derive(Default)]
struct Asked {
    password: Option<Secret>,
    active: Option<bool>,
}

fn fill(call: &Call<'_>, form: &mut UserForm, values: &Map<String, Value>) -> Result<Asked, ObjectError> {
    let mut asked = Asked::default();
    for (name, value) in values {
        let given = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            "name" => form.name = given,
            "login" => form.login = given,
            "role" => form.role = given,
            "lang" => form.language = given,
            "tz" => form.time_zone = given,
            "password" if !given.is_empty() => asked.password = Some(Secret::new(given)),
            "active" => asked.active = Some(!given.is_empty()),
            _ => {}
        }
    }
    Ok(asked)
}
