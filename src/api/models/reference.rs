//! What clients of Odoo ask for before all else, and what stays as it is: the company, the countries, who may do what; the models
//! themselves; and what programs call rows.

use serde_json::{Value, json};

use crate::api::arguments::{CallArguments, Signature, text};
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{ApiField, Description, FieldType, Model, ModelBuilder, ServedModel, Values};
use crate::api::{ApiCall, load, methods};
use crate::domain::filter::python;
use crate::domain::id::ExternalId;
use crate::domain::person::Role;
use crate::domain::rights::{Object, Right, roles};
use crate::operations::client::expressions::external_ids as sql;
use crate::operations::client::{Db, Direction};
use crate::operations::{OperationError, external_ids};
use crate::say;

/// The one company, which is this installation.
pub(super) const COMPANY: (i32, &str) = (1, "Mailgate");

#[derive(Debug)]
pub(super) struct Companies;

impl Model for Companies {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("");
        f.add("name", "Company Name", Char, "");
        f.add("sequence", "Sequence", Integer, "");
        f.add("active", "Active", Boolean, "");
        f.add("parent_id", "Parent Company", Many2one, "").to("res.company");
        f.in_memory(("res.company", "Companies"), Object::Models)
    }
}

#[derive(Debug)]
pub(super) struct Countries;

impl Model for Countries {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("");
        f.add("name", "Country Name", Char, "");
        f.add("code", "Country Code", Char, "");
        Description {
            order: vec![("name", Direction::Ascending)],
            names: &["name", "code"],
            ..f.in_memory(("res.country", "Country"), Object::Models)
        }
    }
}

/// None are kept: a list to choose from is empty.
#[derive(Debug)]
pub(super) struct CountryStates;

impl Model for CountryStates {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("");
        f.add("name", "State Name", Char, "");
        f.add("code", "State Code", Char, "");
        f.add("country_id", "Country", Many2one, "").to("res.country");
        f.in_memory(("res.country.state", "Country state"), Object::Models)
    }
}

#[derive(Debug)]
pub(super) struct ModelAccess;

impl Model for ModelAccess {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("");
        f.add("name", "Name", Char, "");
        f.add("active", "Active", Boolean, "");
        f.add("model_id", "Model", Many2one, "").to("ir.model");
        f.add("group_id", "Group", Many2one, "").to("res.groups");
        f.add("perm_read", "Read Access", Boolean, "");
        f.add("perm_write", "Write Access", Boolean, "");
        f.add("perm_create", "Create Access", Boolean, "");
        f.add("perm_unlink", "Delete Access", Boolean, "");
        f.in_memory(("ir.model.access", "Model Access"), Object::Models)
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::of_model("check", "model, mode='read', raise_exception=True")] }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "check" => check(call, arguments),
            _ => methods::of_every_model(call, name, arguments),
        }
    }
}

/// The roles. Of those who have one, each caller is told himself alone.
#[derive(Debug)]
pub(super) struct Groups;

impl Model for Groups {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("");
        f.add("name", "Name", Char, "");
        f.computed("users", "Users", FieldType::One2many).to("res.users").made_of(&["id"]);
        f.in_memory(("res.groups", "Access Groups"), Object::Models)
    }

    fn told(&self, call: &ApiCall<'_>, row: &Values, field: &str) -> Option<Value> {
        (field == "users").then(|| member(call, row).map_or(Value::Null, Value::from))
    }

    fn fill(&self, call: &ApiCall<'_>, field: &ApiField, rows: &mut [Values]) -> Result<(), ObjectError> {
        for row in rows.iter_mut().filter(|_| field.name == "users") {
            let members: Vec<i32> = member(call, row).into_iter().collect();
            row.insert(field.name.clone(), json!(members));
        }
        Ok(())
    }
}

/// The caller, where this row is his role.
fn member(call: &ApiCall<'_>, row: &Values) -> Option<i32> {
    let id = row.get("id").and_then(Value::as_u64).and_then(|id| usize::try_from(id).ok())?;
    let role = roles().get(id.checked_sub(1)?)?;
    call.caller.user.filter(|_| call.caller.role == *role).map(|user| user.0)
}

/// Whether the caller may do this to a model.
fn check(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let model = arguments.text("model")?.unwrap_or_default();
    let mode = arguments.optional("mode").unwrap_or_else(|| "read".into());
    let raise = arguments.flag("raise_exception")?.unwrap_or(true);
    arguments.end()?;
    let right = methods::right_of(&mode)?;
    let other = call.models.get(&model).map(|model| ApiCall { model, ..*call });
    match other.and_then(|other| other.require(right)) {
        Ok(()) => Ok(Value::Bool(true)),
        Err(_) if !raise => Ok(Value::Bool(false)),
        Err(error) => Err(error),
    }
}

/// Gives these their rows; those of the rights are about all models.
pub(super) fn describe(all: &mut [ServedModel]) {
    let rights = rights(all);
    for model in all {
        match model.name.as_str() {
            "res.company" => model.set_rows(vec![object(json!({
                "id": COMPANY.0, "display_name": COMPANY.1, "name": COMPANY.1, "sequence": 10, "active": true,
            }))]),
            "res.country" => model.set_rows(countries()),
            "ir.model.access" => model.set_rows(rights.clone()),
            "res.groups" => model.set_rows(groups()),
            _ => {}
        }
    }
}

/// ISO 3166, in the order in which Odoo numbers them.
fn countries() -> Vec<Values> {
    let lines = include_str!("countries.txt").lines().enumerate();
    let known = lines.filter_map(|(at, line)| Some((at + 1, line.split_once(' ')?)));
    known
        .map(|(id, (code, name))| object(json!({"id": id, "display_name": name, "name": name, "code": code})))
        .collect()
}

fn groups() -> Vec<Values> {
    let group = |(at, role): (usize, &Role)| {
        object(json!({"id": at + 1, "display_name": role.label().as_str(), "name": role.label().as_str()}))
    };
    roles().iter().enumerate().map(group).collect()
}

fn rights(all: &[ServedModel]) -> Vec<Values> {
    let rows = all.iter().flat_map(|model| roles().iter().map(move |role| (model, *role)));
    let row = |(at, (model, role)): (usize, (&ServedModel, Role))| {
        let may = |right| role.may(right, model.object);
        let name = format!("{} {}", model.name, role.code());
        object(json!({
            "id": at + 1, "display_name": name, "name": name, "active": true,
            "model_id": model.id, "model_id/label": model.label,
            "group_id": roles().iter().position(|known| *known == role).map(|at| at + 1), "group_id/label": role.label().as_str(),
            "perm_read": may(Right::Read), "perm_write": may(Right::Write),
            "perm_create": may(Right::Create), "perm_unlink": may(Right::Unlink),
        }))
    };
    rows.enumerate().map(row).collect()
}

fn object(value: Value) -> Values {
    match value {
        Value::Object(members) => members,
        _ => Values::new(),
    }
}

/// `ir.model` and `ir.model.fields`: the models about the models. Their rows are in memory.
#[derive(Debug)]
pub(super) struct IrModel;

impl Model for IrModel {
    fn describe(&self) -> Description {
        let mut fields = ModelBuilder::new("");
        fields.add("name", "Model Description", Char, "");
        fields.add("model", "Model", Char, "");
        fields.add("state", "Type", Selection, "").choices([("base", "Base Object")]);
        fields.add("transient", "Transient Model", Boolean, "");
        fields.add("is_mail_thread", "Has Mail Thread", Boolean, "");
        fields.add("is_mail_activity", "Has Mail Activity", Boolean, "");
        fields.add("is_mail_blacklist", "Has Mail Blacklist", Boolean, "");
        fields.add("info", "Information", Text, "");
        fields.add("modules", "In Apps", Char, "");
        fields.add("field_id", "Fields", FieldType::One2many, "").required().to("ir.model.fields");
        let names = &["name", "model"];
        Description { order: ORDER.to_vec(), names, ..fields.in_memory(("ir.model", "Models"), Object::Models) }
    }
}

#[derive(Debug)]
pub(super) struct IrModelFields;

impl Model for IrModelFields {
    fn describe(&self) -> Description {
        let mut fields = ModelBuilder::new("");
        fields.add("name", "Field Name", Char, "");
        fields.add("field_description", "Field Label", Char, "");
        fields.add("model", "Model Name", Char, "");
        fields.add("model_id", "Model", Many2one, "").to("ir.model");
        fields.add("ttype", "Field Type", Char, "");
        fields.add("state", "Type", Selection, "").choices([("base", "Base Field")]);
        fields.add("store", "Stored", Boolean, "");
        fields.add("selection", "Selection Options", Char, "");
        fields.add("relation_field", "Relation Field", Char, "");
        fields.add("help", "Field Help", Text, "");
        fields.add("relation", "Related Model", Char, "");
        fields.add("required", "Required", Boolean, "");
        fields.add("readonly", "Readonly", Boolean, "");
        Description { order: ORDER.to_vec(), ..fields.in_memory(("ir.model.fields", "Fields"), Object::Models) }
    }
}

const ORDER: [(&str, Direction); 2] = [("model", Direction::Ascending), ("id", Direction::Ascending)];

/// Gives the two their rows, about all models and themselves. A field's id is its place, in the order of the models' ids.
pub(super) fn describe_models(all: &mut [ServedModel]) {
    let (mut models, mut fields) = (Vec::new(), Vec::new());
    for model in all.iter() {
        let first = fields.len();
        for field in &model.fields {
            fields.push(of_field(fields.len() + 1, model, field));
        }
        let own: Vec<usize> = (first + 1..=fields.len()).collect();
        models.push(of_model(model, &own));
    }
    for model in all {
        match model.name.as_str() {
            "ir.model" => model.set_rows(std::mem::take(&mut models)),
            "ir.model.fields" => model.set_rows(std::mem::take(&mut fields)),
            _ => {}
        }
    }
}

fn of_model(model: &ServedModel, fields: &[usize]) -> Values {
    object(json!({
        "id": model.id,
        "display_name": model.label,
        "name": model.label,
        "model": model.name,
        "state": "base",
        "transient": false,
        "is_mail_thread": model.is_mail_thread,
        "is_mail_activity": false,
        "is_mail_blacklist": false,
        "modules": "mailgate",
        "field_id": fields,
    }))
}

fn of_field(id: usize, model: &ServedModel, field: &ApiField) -> Values {
    object(json!({
        "id": id,
        "display_name": format!("{} ({})", field.label, model.label),
        "name": field.name,
        "field_description": field.label,
        "model": model.name,
        "model_id": model.id,
        "model_id/label": model.label,
        "ttype": field.kind.code(),
        "state": "base",
        "store": !field.computed || field.linked.is_some(),
        "selection": (!field.selection.is_empty()).then(|| python(&json!(field.selection))),
        "relation_field": field.inverse.map(|inverse| inverse.column),
        "relation": field.relation,
        "required": field.required,
        "readonly": field.readonly,
    }))
}

/// `ir.model.data`: what programs call rows, so that they find them again.
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
