//! `ir.attachment`: a file on a record, or one that is put on a record later.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::write::EncoderStringWriter;
use serde_json::Value;

use crate::api::ApiCall;
use crate::api::arguments::text;
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{ApiField, Description, FieldType, Model, ModelBuilder, Values};
use crate::api::read::id_of;
use crate::domain::id::{AttachmentId, RecordId};
use crate::domain::rights::{Object, Right};
use crate::operations::attachments::{self, AttachedTo, NewFile};
use crate::operations::client::expressions::attachments as sql;
use crate::operations::client::{Db, Direction};
use crate::say;

#[derive(Debug)]
pub(super) struct AttachmentModel;

impl Model for AttachmentModel {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").authors(sql::MADE_BY, sql::CHANGED_BY);
        f.add("create_date", "Created on", Datetime, "t.create_date").readonly();
        f.add("write_date", "Last Updated on", Datetime, "t.create_date").readonly();
        f.add("name", "Name", Char, "t.name").required();
        f.add("mimetype", "Mime Type", Char, "t.mimetype");
        f.add("file_size", "File Size", Integer, "t.size").readonly();
        f.add("res_model", "Resource Model", Char, "t.model");
        f.add("res_id", "Resource ID", Integer, "t.res_id");
        f.add("res_name", "Resource Name", Char, sql::RECORD_NAME).readonly();
        f.add("type", "Type", Selection, sql::TYPE).choices([("binary", "File")]);
        f.add("public", "Is public document", Boolean, sql::PUBLIC).readonly();
        f.computed("datas", "File Content (base64)", FieldType::Binary).readonly = false;
        f.hidden("post_id", Integer, "t.post_id");
        Description {
            order: vec![("id", Direction::Descending)],
            ..f.of_table(("ir.attachment", "Attachment"), Object::Attachments, "attachments", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        create_at(call, db, values, None)
    }

    fn fill(&self, call: &ApiCall<'_>, field: &ApiField, rows: &mut [Values]) -> Result<(), ObjectError> {
        for row in rows.iter_mut().filter(|_| field.name == "datas") {
            let datas = id_of(row).map(|id| datas(call, id)).transpose()?.unwrap_or(Value::Null);
            row.insert(field.name.clone(), datas);
        }
        Ok(())
    }
}

/// `of` is the record whose `attachment_ids` the file goes to.
pub(super) fn create_at(
    call: &ApiCall<'_>,
    db: &mut Db,
    values: &Values,
    of: Option<(&str, RecordId)>,
) -> Result<i32, ObjectError> {
    let own = ApiCall { model: call.models.get("ir.attachment")?, ..*call };
    own.require(Right::Create)?;
    let given = |name: &str| match values.get(name) {
        Some(value) => text(own.model, own.settable(name)?, value),
        None => Ok(String::new()),
    };
    values.keys().try_for_each(|name| own.settable(name).map(drop))?;
    let (name, mimetype, model, id) = (given("name")?, given("mimetype")?, given("res_model")?, given("res_id")?);
    let datas: String = given("datas")?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(datas).map_err(|_| ObjectError::Value(say!("api-datas").to_string()))?;
    let record = id.parse().ok().filter(|id| *id != 0).map(RecordId);
    let place = of.or(record.map(|record| (model.as_str(), record)));
    let place = place.map(|(model, record)| AttachedTo { model, record, post: None });
    let new = NewFile { place, name: &name, mimetype: &mimetype, bytes: &bytes };
    Ok(attachments::create_in(db, call.caller, &new)?.0)
}

/// An attachment's bytes, as Odoo gives them: base64 text.
fn datas(call: &ApiCall<'_>, id: i32) -> Result<Value, ObjectError> {
    let Some(file) = attachments::get(call.app, call.caller, AttachmentId(id))? else { return Ok(Value::Null) };
    call.room.take(usize::try_from(file.size).unwrap_or_default() / 3 * 4)?;
    let mut text = EncoderStringWriter::new(&BASE64);
    attachments::copy(call.app, &file, &mut text).map_err(|error| ObjectError::Value(error.to_string()))?;
    Ok(Value::String(text.into_inner()))
}
