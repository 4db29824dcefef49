//! `fetchmail.server`: values become the form that the page sends.

use serde_json::{Map, Value, json};

use super::{save, set_active};
use crate::domain::id::ServerId;
use crate::domain::server::Security;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::model::{FieldType, Model};
use crate::operations::objects::values::text;
use crate::operations::servers::{self, Form, Target};
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let mut form = Form::fresh();
    // Odoo's own default: nothing is encrypted unless it is asked for.
    form.set_security(Security::None);
    fill(call, &mut form, values)?;
    let id = save(call, db, Target::New, &form)?.server.id;
    set_active(call, values, |active| servers::set_active_in(db, call.caller, id, active))?;
    Ok(id.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = ServerId(id);
    let stored = servers::find(db, id)?;
    let mut form = Form::of(&stored.settings);
    fill(call, &mut form, values)?;
    if values.keys().any(|name| name != "active") {
        save(call, db, Target::Existing { id, version: stored.version }, &form)?;
    }
    set_active(call, values, |active| servers::set_active_in(db, call.caller, id, active))
}

pub fn unlink(call: &Call<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
    Ok(servers::delete_in(db, call.caller, ServerId(id))?)
}

/// What *New* would show.
pub fn defaults(model: &Model) -> Map<String, Value> {
    let mut form = Form::fresh();
    form.set_security(Security::None);
    form.follow();
    let typed = |name: &str, kind: FieldType| match kind {
        FieldType::Boolean => json!(form.flag(name)),
        FieldType::Integer => json!(form.text(name).parse::<i64>().unwrap_or_default()),
        _ => json!(form.text(name)),
    };
    let given = model.fields.iter().filter(|field| !form.text(&field.name).is_empty());
    let mut defaults: Map<String, Value> =
        given.map(|field| (field.name.clone(), typed(&field.name, field.kind))).collect();
    defaults.insert("active".into(), json!(true));
    defaults.insert("state".into(), json!("draft"));
    defaults
}

fn fill(call: &Call<'_>, form: &mut Form, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let before = form.security();
    for (name, value) in values {
        let field = call.settable(name)?;
        let typed = text(call.model, field, value)?;
        match name.as_str() {
            "active" => {}
            "is_ssl" => form.set_security(match typed.is_empty() {
                false => Security::Tls,
                // Unticking SSL/TLS leaves STARTTLS as it is.
                true if before == Security::StartTls => Security::StartTls,
                true => Security::None,
            }),
            // Told apart below: it counts more than is_ssl, in whatever order the two came.
            "security" => {}
            "sender_policy" => {
                form.set(name, &typed);
                // Chosen, so that it does not follow the target.
                form.set("auto_policy", "");
            }
            "object_id" => {
                let model = typed.parse().ok().and_then(|id| call.app.objects.by_id(id));
                let unknown = || ObjectError::Value(format!("Wrong value for fetchmail.server.object_id: {typed}"));
                let model = if typed.is_empty() { "" } else { &model.ok_or_else(unknown)?.name };
                form.set("object_model", model);
            }
            name => {
                form.set(name, &typed);
            }
        }
    }
    if let Some(security) = values.get("security").and_then(Value::as_str).and_then(Security::from_code) {
        form.set_security(security);
    }
    Ok(())
}
