//! `ir.model.data`: what programs call rows, so that they find them again.

use serde_json::{Value, json};

use crate::api::arguments::{CallArguments, Signature, text};
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{Description, Model, ModelBuilder, Values};
use crate::api::{ApiCall, load, methods};
use crate::domain::id::ExternalId;
use crate::domain::rights::{Object, Right};
use crate::operations::client::Db;
use crate::operations::client::expressions::external_ids as sql;
use crate::operations::{OperationError, external_ids};
use crate::say;

#[derive(Debug)]
pub(super) struct ExternalIds;

impl Model for ExternalIds {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new(sql::COMPLETE_NAME).dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.add("name", "External Identifier", Char, "t.name").required();
        f.add("complete_name", "Complete ID", Char, sql::COMPLETE_NAME).readonly();
        f.add("module", "Module", Char, "t.module");
        f.add("model", "Model Name", Char, "t.model").required();
        f.add("res_id", "Record ID", Integer, "t.res_id");
        f.add("reference", "Reference", Char, sql::REFERENCE).readonly();
        let names = ("ir.model.data", "Model Data");
        Description {
            names: &["name"],
            ..f.of_table(names, Object::ExternalIds, "external_ids", sql::COMPLETE_NAME_OF_RELATED)
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        let given = |name: &str| match values.get(name) {
            Some(value) => text(call.model, call.settable(name)?, value),
            None => Ok(String::new()),
        };
        let name = ExternalId::new(&given("module")?, &given("name")?).map_err(OperationError::from)?;
        let (model, id) = (given("model")?, given("res_id")?.parse().unwrap_or_default());
        seen(call, db, &model, id)?;
        Ok(external_ids::create_in(db, call.caller, &name, (&model, id))?)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let before = external_ids::get_in(db, call.caller, id)?;
        let given = |name: &str, known: String| match values.get(name) {
            Some(value) => text(call.model, call.settable(name)?, value),
            None => Ok(known),
        };
        let name = ExternalId::new(&given("module", before.module)?, &given("name", before.name)?);
        let name = name.map_err(OperationError::from)?;
        let model = given("model", before.model)?;
        let row = given("res_id", before.res_id.to_string())?.parse().unwrap_or_default();
        seen(call, db, &model, row)?;
        Ok(external_ids::change_in(db, call.caller, id, &name, (&model, row))?)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(external_ids::delete_in(db, call.caller, id)?)
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::of_model("check_object_reference", "module, xml_id, raise_on_access_error=False")] }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "check_object_reference" => check_object_reference(call, arguments),
            _ => methods::of_every_model(call, name, arguments),
        }
    }
}

/// A row that is there, and that the caller may read.
fn seen(call: &ApiCall<'_>, db: &mut Db, model: &str, id: i32) -> Result<(), ObjectError> {
    let other = ApiCall { model: call.models.get(model)?, ..*call };
    other.require(Right::Read)?;
    match other.visible(vec![id]).is_empty() {
        true => Err(other.missing(id)),
        false => other.all_exist(db, &[id]),
    }
}

/// `[model, id]` of an external id.
fn check_object_reference(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let module = arguments.text("module")?.unwrap_or_default();
    let name = arguments.text("xml_id")?.unwrap_or_default();
    arguments.flag("raise_on_access_error")?;
    arguments.end()?;
    let unknown = || {
        let shown = crate::domain::text::shorten(&format!("{module}.{name}"), 100);
        ObjectError::Value(say!("api-external-id", shown).to_string())
    };
    let id = ExternalId::new(&module, &name).map_err(|_| unknown())?;
    let (model, row) = call.app.store.read(|db| load::named(call, db, &id))?.ok_or_else(unknown)?;
    Ok(json!([model, row]))
}
