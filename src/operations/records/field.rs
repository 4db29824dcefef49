//! The fields that a module adds: as a form shows and fills them, and as a client or an alias gives them for records
//! that mail will make.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value};

use super::PRIORITIES;
use crate::domain::Invalid;
use crate::domain::id::PartnerId;
use crate::domain::module::{FieldKind, Module, ModuleField, is_column};
use crate::domain::words::Sentence;
use crate::say;
use crate::store::{Db, StoreError, categories, partners, records as stored, users};

/// Characters of a line, and of a text.
const MAX_CHAR: usize = 255;
const MAX_TEXT: usize = 20_000;

/// The module's own fields that a form can show: those kept in the record's `extra`. When a record is due, nobody types.
pub fn editable(module: &Module) -> impl Iterator<Item = &ModuleField> {
    let is_due = |field: &ModuleField| module.due.as_ref().is_some_and(|due| due.field == field.name);
    let points = |field: &ModuleField| matches!(field.kind, FieldKind::Many2one | FieldKind::Many2many);
    module.fields.iter().filter(move |field| !is_column(&field.name) && !points(field) && !is_due(field))
}

/// What the module calls a column.
pub fn label(module: &Module, column: &str, usual: Sentence) -> Sentence {
    module.fields.iter().find(|field| field.name == column).map_or(usual, |field| field.label.clone())
}

/// The value as an input takes it: empty where there is none.
pub fn typed(extra: &Map<String, Value>, field: &ModuleField) -> String {
    match extra.get(&field.name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The value as a person reads it.
pub fn words(extra: &Map<String, Value>, field: &ModuleField) -> Sentence {
    let typed = typed(extra, field);
    match field.kind {
        FieldKind::Selection => field.label_of(&typed),
        FieldKind::Boolean if typed == "true" => say!("conflict-yes"),
        FieldKind::Boolean => say!("conflict-no"),
        _ => Sentence::verbatim(typed),
    }
}

/// Reads what a person typed into a field.
pub fn parse(field: &ModuleField, typed: &str) -> Result<Value, Invalid> {
    // As everywhere: JSON can carry it, and PostgreSQL's can't be asked about a row that holds it.
    let typed = typed.replace('\0', "");
    let typed = typed.trim();
    let wrong = |message: Sentence| Invalid::new(field.name.clone(), message);
    if typed.is_empty() {
        return match (field.required, field.kind) {
            (_, FieldKind::Boolean) => Ok(Value::Bool(false)),
            (true, _) => Err(wrong(say!("field-required", label = field.label))),
            (false, _) => Ok(Value::Null),
        };
    }
    match field.kind {
        FieldKind::Char => bounded(field, typed, MAX_CHAR),
        FieldKind::Text | FieldKind::Html => bounded(field, typed, MAX_TEXT),
        FieldKind::Integer => {
            typed.parse::<i32>().map(Value::from).map_err(|_| wrong(say!("field-integer", label = field.label)))
        }
        FieldKind::Float => typed
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(Value::from)
            .ok_or_else(|| wrong(say!("field-number", label = field.label))),
        FieldKind::Boolean => Ok(Value::Bool(matches!(typed, "true" | "on" | "1"))),
        FieldKind::Date => NaiveDate::parse_from_str(typed, "%Y-%m-%d")
            .map(|date| Value::from(date.to_string()))
            .map_err(|_| wrong(say!("field-date", label = field.label))),
        FieldKind::Datetime => moment(typed)
            .map(|at| Value::from(at.format("%Y-%m-%d %H:%M:%S").to_string()))
            .ok_or_else(|| wrong(say!("field-moment", label = field.label))),
        FieldKind::Selection if field.selection.iter().any(|(code, _)| code == typed) => Ok(Value::from(typed)),
        FieldKind::Selection => Err(wrong(say!("field-choice", label = field.label, typed))),
        FieldKind::Many2one | FieldKind::Many2many => Err(wrong(say!("field-fixed", label = field.label))),
    }
}

fn bounded(field: &ModuleField, typed: &str, max: usize) -> Result<Value, Invalid> {
    if typed.chars().count() > max {
        return Err(Invalid::new(field.name.clone(), say!("field-long", label = field.label, max)));
    }
    Ok(Value::from(typed))
}

/// As `datetime-local` sends it, or as people write it.
pub fn moment(typed: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(typed, format).ok())
}

// Values that a client or an alias gives for records that mail will make: checked before there is any record, as on its
// page.

const MAX_TITLE: usize = 500;
const MAX_DESCRIPTION: usize = 100_000;

/// The values as `routing` puts them into a record, or what is wrong with them. Fields as in `super::create`;
/// `stage_id` takes a stage's code or id. What is empty is left to the mail.
pub fn given(
    db: &mut Db,
    module: &Module,
    typed: &BTreeMap<String, String>,
) -> Result<Result<Map<String, Value>, Vec<Invalid>>, StoreError> {
    let (mut values, mut invalid) = (Map::new(), Vec::new());
    for (name, text) in typed {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match one(db, module, name, text)? {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(wrong) => invalid.push(wrong),
        }
    }
    Ok(if invalid.is_empty() { Ok(values) } else { Err(invalid) })
}

fn one(db: &mut Db, module: &Module, name: &str, text: &str) -> Result<Result<Value, Invalid>, StoreError> {
    let wrong = |words: Sentence| Ok(Err(Invalid::new(name.to_owned(), words)));
    let at_most = |most: usize| match text.chars().count() <= most {
        true => Ok(Ok(Value::from(text))),
        false => wrong(say!("given-long", name, most)),
    };
    let id = text.parse::<i32>().ok();
    match name {
        "name" | "partner_name" | "partner_email" => at_most(MAX_TITLE),
        "description" => at_most(MAX_DESCRIPTION),
        "priority" if PRIORITIES.iter().any(|(code, _)| *code == text) => Ok(Ok(Value::from(text))),
        "priority" => wrong(say!("given-priority", text)),
        "stage_id" => {
            let stages = stored::stages(db, &module.model)?;
            match stages.iter().find(|stage| stage.code == text || Some(stage.id.0) == id) {
                Some(stage) => Ok(Ok(Value::from(stage.id.0))),
                None => wrong(say!("given-stage", label = module.label, text)),
            }
        }
        "user_id" => match users::assignees(db)?.iter().find(|(user, _)| Some(user.0) == id) {
            Some((user, _)) => Ok(Ok(Value::from(user.0))),
            None => wrong(say!("given-user", text)),
        },
        "partner_id" => match id.map(|id| partners::find(db, PartnerId(id))).transpose()?.flatten() {
            Some(partner) => Ok(Ok(Value::from(partner.id.0))),
            None => wrong(say!("given-contact", text)),
        },
        _ if module.category().is_some_and(|field| field.name == name) => {
            let all = categories::all(db, &module.model)?;
            match all.iter().find(|category| Some(category.id.0) == id && category.active) {
                Some(category) => Ok(Ok(Value::from(category.id.0))),
                None => wrong(say!("given-category", label = module.label, text)),
            }
        }
        _ if module.tags().is_some_and(|field| field.name == name) => {
            let all = categories::tags(db, &module.model)?;
            let known = |text: &str| all.iter().find(|tag| tag.active && text.trim().parse() == Ok(tag.id.0));
            let given: Vec<&str> = text.split(',').filter(|one| !one.trim().is_empty()).collect();
            match given.iter().find(|one| known(one).is_none()) {
                Some(other) => wrong(say!("given-tag", label = module.label, text = other.trim())),
                None => Ok(Ok(given.iter().filter_map(|one| Some(known(one)?.id.0)).collect())),
            }
        }
        _ => match editable(module).find(|field| field.name == name) {
            Some(field) => Ok(parse(field, text)),
            None => wrong(say!("given-field", label = module.label, name)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> ModuleField {
        ModuleField {
            name: "x".into(),
            label: Sentence::verbatim("X"),
            kind,
            required: false,
            selection: vec![("a".into(), Sentence::verbatim("A"))],
            relation: None,
            default: None,
        }
    }

    #[test]
    fn a_text_holds_no_nul() {
        assert_eq!(parse(&field(FieldKind::Char), "a\0b\0").unwrap(), Value::from("ab"));
        assert_eq!(parse(&field(FieldKind::Text), "\0").unwrap(), Value::Null);
    }

    #[test]
    fn each_kind_takes_its_own_and_says_what_it_wants() {
        for (kind, right, wrong) in [
            (FieldKind::Integer, "12", "1.5"),
            (FieldKind::Float, "1.5", "NaN"),
            (FieldKind::Date, "2026-02-28", "2026-02-30"),
            (FieldKind::Datetime, "2026-02-28T10:00", "yesterday"),
            (FieldKind::Selection, "a", "b"),
        ] {
            assert!(parse(&field(kind), right).is_ok(), "{kind:?}");
            assert!(parse(&field(kind), wrong).unwrap_err().message.starts_with("X "), "{kind:?}");
            assert_eq!(parse(&field(kind), " "), Ok(Value::Null));
        }
        assert!(parse(&ModuleField { required: true, ..field(FieldKind::Char) }, "").is_err());
    }
}
