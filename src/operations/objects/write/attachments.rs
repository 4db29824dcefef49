//! `ir.attachment`: a file on a record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use crate::domain::id::RecordId;
use crate::operations::attachments;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = values.get("res_id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
    let datas: String = text("datas").chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64
        .decode(datas)
        .map_err(|_| ObjectError::Value("Wrong value for ir.attachment.datas: it is no base64".into()))?;
    let new = attachments::New {
        model: text("res_model"),
        record: RecordId(id.unwrap_or_default()),
        name: text("name"),
        mimetype: text("mimetype"),
        bytes: &bytes,
    };
    Ok(attachments::create_in(db, call.caller, &new)?.0)
}
