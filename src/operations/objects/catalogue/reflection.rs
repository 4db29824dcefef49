//! `ir.model` and `ir.model.fields`: the models about the models.

use serde_json::{Map, Value, json};

use crate::domain::filter::python;
use crate::operations::objects::model::{EVERYBODY, Field, FieldType::*, Fields, Model, Rights, Rows};
use crate::store::query::Direction;

/// The two, describing `models` and themselves.
pub fn describe(models: &[Model]) -> [Model; 2] {
    let mut own = [model_of_models(), model_of_fields()];
    let names: Vec<String> = models.iter().chain(&own).map(|model| model.name.clone()).collect();
    let (mut rows, mut fields) = (Vec::new(), Vec::new());
    for model in models.iter().chain(&own) {
        let first = fields.len();
        for field in &model.fields {
            fields.push(field_row(fields.len(), model, field, &names));
        }
        rows.push(row(model, &names, first..fields.len()));
    }
    own[0].rows = Rows::Memory(rows);
    own[1].rows = Rows::Memory(fields);
    own
}

/// Stable as long as no module is added: the position, from one.
pub fn id_of<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> Option<i32> {
    names.position(|known| known == name).and_then(|at| i32::try_from(at + 1).ok())
}

fn model_of_models() -> Model {
    let mut fields = Fields::new("");
    fields.add("name", "Model Description", Char, "");
    fields.add("model", "Model", Char, "");
    fields.add("state", "Type", Selection, "").choices([("base", "Base Object")]);
    fields.add("transient", "Transient Model", Boolean, "");
    fields.add("is_mail_thread", "Has Mail Thread", Boolean, "");
    fields.add("is_mail_activity", "Has Mail Activity", Boolean, "");
    fields.add("is_mail_blacklist", "Has Mail Blacklist", Boolean, "");
    fields.add("info", "Information", Text, "");
    fields.add("modules", "In Apps", Char, "");
    fields.add("field_id", "Fields", One2many, "").required().to("ir.model.fields");
    of("ir.model", "Models", fields)
}

fn model_of_fields() -> Model {
    let mut fields = Fields::new("");
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
    of("ir.model.fields", "Fields", fields)
}

fn of(name: &str, label: &str, fields: Fields) -> Model {
    Model {
        name: name.into(),
        label: label.into(),
        fields: fields.fields,
        rows: Rows::Memory(Vec::new()),
        order: vec![("model", Direction::Ascending), ("id", Direction::Ascending)],
        rights: Rights { read: EVERYBODY, ..Rights::default() },
        is_mail_thread: false,
    }
}

fn row(model: &Model, names: &[String], fields: std::ops::Range<usize>) -> Map<String, Value> {
    let fields: Vec<usize> = fields.map(|at| at + 1).collect();
    object(json!({
        "id": id_of(names.iter().map(String::as_str), &model.name),
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

fn field_row(at: usize, model: &Model, field: &Field, names: &[String]) -> Map<String, Value> {
    object(json!({
        "id": at + 1,
        "display_name": format!("{} ({})", field.label, model.label),
        "name": field.name,
        "field_description": field.label,
        "model": model.name,
        "model_id": id_of(names.iter().map(String::as_str), &model.name),
        "model_id/label": model.label,
        "ttype": field.kind.code(),
        "state": "base",
        "store": !field.computed,
        "selection": (!field.selection.is_empty()).then(|| python(&json!(field.selection))),
        "relation_field": field.inverse.map(|inverse| inverse.column),
        "relation": field.relation,
        "required": field.required,
        "readonly": field.readonly,
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
