//! `mailgate.connection`: values become the form that the page sends.

use serde_json::{Map, Value};

use super::{save, set_active};
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::operations::connections::{self, Form, Target};
use crate::operations::endpoints::set_active_in;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let mut form = Form::fresh();
    fill(call, &mut form, values)?;
    let id = save(call, db, Target::New, &form)?.connection.id;
    set_active(call, values, |active| set_active_in::<Connection>(db, call.caller, id, active))?;
    Ok(id.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = ConnectionId(id);
    let stored = connections::find(db, id)?;
    let mut form = Form::of(&stored.settings);
    fill(call, &mut form, values)?;
    if values.keys().any(|name| name != "active") {
        save(call, db, Target::Existing { id, version: stored.version }, &form)?;
    }
    set_active(call, values, |active| set_active_in::<Connection>(db, call.caller, id, active))
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
