//! `mailgate.connection`: values become the form that the page sends.

use serde_json::{Map, Value};

use crate::domain::id::ConnectionId;
use crate::operations::OperationError;
use crate::operations::connections::{self, Form, Saved, Target};
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let mut form = Form::fresh();
    fill(call, &mut form, values)?;
    let id = saved(connections::save_in(db, &call.app.key, call.caller, Target::New, &form)?)?;
    set_active(call, db, id, values.get("active"))?;
    Ok(id.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = ConnectionId(id);
    let stored = connections::find(db, id)?;
    let mut form = Form::of(&stored.connection);
    fill(call, &mut form, values)?;
    if values.keys().any(|name| name != "active") {
        let target = Target::Existing { id, version: stored.version };
        saved(connections::save_in(db, &call.app.key, call.caller, target, &form)?)?;
    }
    set_active(call, db, id, values.get("active"))
}

pub fn unlink(call: &Call<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
    Ok(connections::delete_in(db, call.caller, ConnectionId(id))?)
}

fn fill(call: &Call<'_>, form: &mut Form, values: &Map<String, Value>) -> Result<(), ObjectError> {
    for (name, value) in values {
        let typed = text(call.model, call.settable(name)?, value)?;
        form.set(name, &typed);
    }
    Ok(())
}

fn set_active(call: &Call<'_>, db: &mut Db, id: ConnectionId, active: Option<&Value>) -> Result<(), ObjectError> {
    if let (Some(active), Some(field)) = (active, call.model.field("active")) {
        let active = text(call.model, field, active)?;
        connections::set_active_in(db, call.caller, id, !active.is_empty())?;
    }
    Ok(())
}

fn saved(saved: Saved) -> Result<ConnectionId, ObjectError> {
    match saved {
        Saved::Done(view) => Ok(view.connection.id),
        Saved::Conflict(_) => Err(OperationError::Conflict(
            "Somebody else changed this connection at this very moment. Read it again, then write.".into(),
        )
        .into()),
    }
}
