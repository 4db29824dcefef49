//! Record types. A record is never deleted: `active` says *Not a grievance*, which can be taken back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::id::RecordId;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::operations::records;
use crate::store::{Db, record_view};

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let values = typed(call, db, values)?;
    Ok(records::create_in(call.app, db, call.caller, &call.model.name, &values)?.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let values = typed(call, db, values)?;
    Ok(records::write_in(call.app, db, call.caller, &call.model.name, RecordId(id), &values)?)
}

/// The page's form names a stage by its code; the API by its id.
fn typed(
    call: &Call<'_>,
    db: &mut Db,
    values: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, ObjectError> {
    let mut typed = BTreeMap::new();
    for (name, value) in values {
        let mut given = text(call.model, call.settable(name)?, value)?;
        if name == "stage_id" && !given.is_empty() {
            given = stage_code(call, db, &given)?;
        }
        typed.insert(name.clone(), given);
    }
    Ok(typed)
}

fn stage_code(call: &Call<'_>, db: &mut Db, id: &str) -> Result<String, ObjectError> {
    let model = &call.model.name;
    let found = record_view::stages(db, model)?.into_iter().find(|stage| stage.id.0.to_string() == id);
    let none = || ObjectError::Value(format!("Wrong value for {model}.stage_id: there is no stage {id}"));
    found.map(|stage| stage.code).ok_or_else(none)
}
