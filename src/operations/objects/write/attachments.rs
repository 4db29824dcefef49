//! `ir.attachment`: a file on a record, or one that is put on a record later.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use crate::domain::id::RecordId;
use crate::operations::attachments::{self, New, Place};
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    create_at(call, db, values, None)
}

/// `of` is the record whose `attachment_ids` the file goes to.
pub fn create_at(
    call: &Call<'_>,
    db: &mut Db,
    values: &Map<String, Value>,
    of: Option<(&str, RecordId)>,
) -> Result<i32, ObjectError> {
    let own = Call { model: call.app.objects.get("ir.attachment")?, ..*call };
    own.require("create")?;
    let given = |name: &str| match values.get(name) {
        Some(value) => text(own.model, own.settable(name)?, value),
        None => Ok(String::new()),
    };
    values.keys().try_for_each(|name| own.settable(name).map(drop))?;
    let (name, mimetype, model, id) = (given("name")?, given("mimetype")?, given("res_model")?, given("res_id")?);
    let datas: String = given("datas")?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64
        .decode(datas)
        .map_err(|_| ObjectError::Value("Wrong value for ir.attachment.datas: it is no base64".into()))?;
    let record = id.parse().ok().filter(|id| *id != 0).map(RecordId);
    let place = of.or(record.map(|record| (model.as_str(), record)));
    let place = place.map(|(model, record)| Place { model, record, post: None });
    let new = New { place, name: &name, mimetype: &mimetype, bytes: &bytes };
    Ok(attachments::create_in(db, call.caller, &new)?.0)
}
