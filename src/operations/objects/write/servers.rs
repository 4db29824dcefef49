//! `fetchmail.server`: values become the form that the page sends.

use serde_json::{Map, Value, json};

use crate::domain::id::ServerId;
use crate::domain::server::Security;
use crate::operations::OperationError;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::model::{FieldType, Model};
use crate::operations::objects::values::text;
use crate::operations::servers::{self, Form, Saved, Target};

pub fn create(call: &Call<'_>, values: Map<String, Value>) -> Result<i32, ObjectError> {
    let active = values.get("active").cloned();
    let mut form = Form::fresh();
    // Odoo's own default: nothing is encrypted unless it is asked for.
    form.set_security(Security::None);
    fill(call, &mut form, &values)?;
    let id = saved(servers::save(call.app, call.caller, Target::New, &form)?)?;
    set_active(call, id, active.as_ref())?;
    Ok(id.0)
}

pub fn write(call: &Call<'_>, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = ServerId(id);
    let view = servers::get(call.app, call.caller, id)?;
    let mut form = Form::of(&view.server);
    fill(call, &mut form, values)?;
    if values.keys().any(|name| name != "active") {
        let target = Target::Existing { id, version: view.version };
        saved(servers::save(call.app, call.caller, target, &form)?)?;
    }
    set_active(call, id, values.get("active"))
}

pub fn unlink(call: &Call<'_>, id: i32) -> Result<(), ObjectError> {
    Ok(servers::delete(call.app, call.caller, ServerId(id))?)
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

fn set_active(call: &Call<'_>, id: ServerId, active: Option<&Value>) -> Result<(), ObjectError> {
    match active {
        Some(Value::Bool(false)) => servers::archive(call.app, call.caller, id)?,
        Some(Value::Bool(true)) => servers::unarchive(call.app, call.caller, id)?,
        _ => return Ok(()),
    };
    Ok(())
}

fn saved(saved: Saved) -> Result<ServerId, ObjectError> {
    match saved {
        Saved::Done(view) => Ok(view.server.id),
        Saved::Conflict(_) => Err(OperationError::Conflict(
            "Somebody else changed this incoming server at this very moment. Read it again, then write.".into(),
        )
        .into()),
    }
}
