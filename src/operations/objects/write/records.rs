//! Record types. A record is never deleted: a person says *Not a grievance*, which can be taken back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::id::RecordId;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::read;
use crate::operations::objects::values::text;
use crate::operations::records::{self, Edit};

pub fn create(call: &Call<'_>, values: Map<String, Value>) -> Result<i32, ObjectError> {
    let values = typed(call, &values)?;
    Ok(records::create(call.app, call.caller, &call.model.name, &values)?.0)
}

pub fn write(call: &Call<'_>, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = RecordId(id);
    let values = typed(call, values)?;
    let record = records::view(call.app, call.caller, &call.model.name, id)?.record;
    let edit = Edit { version: record.version, values };
    Ok(records::change(call.app, call.caller, &call.model.name, id, &edit)?)
}

/// The page's form names a stage by its code; the API by its id.
fn typed(call: &Call<'_>, values: &Map<String, Value>) -> Result<BTreeMap<String, String>, ObjectError> {
    let mut typed = BTreeMap::new();
    for (name, value) in values {
        let mut given = text(call.model, call.settable(name)?, value)?;
        if name == "stage_id" && !given.is_empty() {
            given = stage_code(call, &given)?;
        }
        typed.insert(name.clone(), given);
    }
    Ok(typed)
}

fn stage_code(call: &Call<'_>, id: &str) -> Result<String, ObjectError> {
    let model = call.app.objects.get(&format!("{}.stage", call.model.name))?;
    let id: i32 = id.parse().unwrap_or_default();
    let fields = model.field("code").into_iter().chain(model.field("id")).collect();
    let rows = read::by_ids(call.app, &call.app.objects, model, fields, &[id])?;
    let code = rows.first().and_then(|row| row.get("code")).and_then(Value::as_str);
    code.map(str::to_owned).ok_or_else(|| {
        ObjectError::Value(format!("Wrong value for {}.stage_id: there is no stage {id}", call.model.name))
    })
}
