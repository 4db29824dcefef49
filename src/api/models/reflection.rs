//! `ir.model` and `ir.model.fields`: the models about the models. Their rows are in memory.

use serde_json::{Value, json};

use crate::api::model::{ApiField, Description, FieldKind::*, FieldType, Model, ModelBuilder, ServedModel, Values};
use crate::domain::filter::python;
use crate::domain::rights::Object;
use crate::operations::client::Direction;

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
pub(super) fn describe(all: &mut [ServedModel]) {
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

fn object(value: Value) -> Values {
    match value {
        Value::Object(members) => members,
        _ => Values::new(),
    }
}
