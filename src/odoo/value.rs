//! Odoo's values: an empty one is `false`, a many2one is `[id, name]`.

use crate::xmlrpc::Value;

/// A record as `read` and `search_read` give it.
pub(super) type OdooRow = std::collections::HashMap<String, Value>;

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(super) fn texts(texts: &[&str]) -> Value {
    Value::Array(texts.iter().map(|one| text(one)).collect())
}

pub(super) fn numbers(numbers: &[i32]) -> Value {
    Value::Array(numbers.iter().copied().map(Value::Integer).collect())
}

/// One condition of a search domain.
pub(super) fn condition(field: &str, operator: &str, value: Value) -> Value {
    Value::Array(vec![text(field), text(operator), value])
}

/// A domain of which one condition has to hold; nothing where there is none.
pub(super) fn any_of(conditions: Vec<Value>) -> Value {
    let ors = conditions.len().saturating_sub(1);
    Value::Array(std::iter::repeat_n(text("|"), ors).chain(conditions).collect())
}

pub(super) fn members(entries: Vec<(&str, Value)>) -> Value {
    Value::Struct(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The rows of an answer; what is none is left out.
pub(super) fn rows(value: Value) -> Vec<OdooRow> {
    let Value::Array(items) = value else { return Vec::new() };
    let row = |item| match item {
        Value::Struct(members) => Some(members.into_iter().collect()),
        _ => None,
    };
    items.into_iter().filter_map(row).collect()
}

/// A text; None where it is `false`, empty or something else.
pub(super) fn text_of(row: &OdooRow, field: &str) -> Option<String> {
    match row.get(field) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// A number, or the number of a many2one.
pub(super) fn id_of(row: &OdooRow, field: &str) -> Option<i32> {
    row.get(field).and_then(id)
}

pub(super) fn id(value: &Value) -> Option<i32> {
    match value {
        Value::Integer(id) if *id > 0 => Some(*id),
        Value::Array(pair) => match pair.first() {
            Some(Value::Integer(id)) if *id > 0 => Some(*id),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn ids_of(row: &OdooRow, field: &str) -> Vec<i32> {
    match row.get(field) {
        Some(Value::Array(ids)) => ids.iter().filter_map(id).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn is_true(row: &OdooRow, field: &str) -> bool {
    row.get(field) == Some(&Value::Boolean(true))
}

/// Text that `like` and `ilike` take literally.
pub(super) fn literal(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_none_and_a_many2one_is_its_number() {
        let row: OdooRow = [
            ("name".to_owned(), Value::String("Amina".into())),
            ("email".to_owned(), Value::Boolean(false)),
            ("partner_id".to_owned(), Value::Array(vec![Value::Integer(7), Value::String("Amina".into())])),
        ]
        .into();
        assert_eq!(text_of(&row, "name").as_deref(), Some("Amina"));
        assert_eq!(text_of(&row, "email"), None);
        assert_eq!(id_of(&row, "partner_id"), Some(7));
        assert_eq!(id_of(&row, "email"), None);
    }

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(literal(r"a_b%c\d"), r"a\_b\%c\\d");
    }
}
