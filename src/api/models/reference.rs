//! What clients of Odoo ask for before all else, and what stays as it is: the company, the countries, and who may do what.

use serde_json::{Value, json};

use crate::api::arguments::{CallArguments, Signature};
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{ApiField, Description, FieldType, Model, ModelBuilder, ServedModel, Values};
use crate::api::{ApiCall, methods};
use crate::domain::person::Role;
use crate::domain::rights::{Object, Right, roles};
use crate::operations::client::Direction;

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
