//! Fields of the far end that an incoming server sets in each new record: which there are with their choices, and their
//! values in both ways in which they go out.

use super::Trouble;
use super::fault::OdooFaultKind;
use super::models::{LoadColumns, OdooField, OdooFields};
use super::session::Odoo;
use super::value::{id_of, numbers, text, text_of};
use super::wire::CallError;
use crate::domain::connection::FarValues;
use crate::xmlrpc::Value;

/// A field that can be set to one, or several, of a few choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooSettable {
    pub name: String,
    pub label: String,
    /// It takes several.
    pub several: bool,
    /// What stands for each (an id, a code), and what a person reads.
    pub choices: Vec<(String, String)>,
}

/// More choices of one field are not shown: such a value is typed.
const CHOICES: i32 = 200;
/// Relations whose choices are asked for.
const RELATIONS: usize = 25;
/// What Odoo's own mixins bring: they say nothing of the matter.
const MIXINS: [&str; 6] = ["message_", "activity_", "my_activity", "rating_", "website_", "kanban_"];

impl Odoo {
    /// The fields of this model that can be set so, by label: selections, and relations whose rows the account may read.
    pub fn settable(&mut self, model: &str) -> Result<Vec<OdooSettable>, Trouble> {
        self.settable_fields(model).map_err(|error| self.trouble(error))
    }

    fn settable_fields(&mut self, model: &str) -> Result<Vec<OdooSettable>, CallError> {
        let fields = self.fields(model)?;
        let (mut found, mut relations) = (Vec::new(), 0);
        for (name, field) in fields.iter().filter(|(name, field)| is_settable(name, field)) {
            let several = field.kind == "many2many";
            let choices = if field.kind == "selection" {
                field.choices.clone()
            } else {
                relations += 1;
                if relations > RELATIONS {
                    continue;
                }
                match self.choices_of(&field.relation) {
                    Ok(choices) => choices,
                    Err(CallError::Fault(fault))
                        if matches!(fault.kind, OdooFaultKind::Forbidden | OdooFaultKind::Model) =>
                    {
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            };
            if !choices.is_empty() {
                found.push(OdooSettable { name: name.clone(), label: field.label.clone(), several, choices });
            }
        }
        found.sort_by(|one, other| one.label.cmp(&other.label));
        Ok(found)
    }

    fn choices_of(&mut self, relation: &str) -> Result<Vec<(String, String)>, CallError> {
        let rows = self.search_read(relation, Value::Array(Vec::new()), &["display_name"], "id", CHOICES)?;
        let choice = |row| Some((id_of(row, "id")?.to_string(), text_of(row, "display_name")?));
        Ok(rows.iter().filter_map(choice).collect())
    }
}

fn is_settable(name: &str, field: &OdooField) -> bool {
    let relates = matches!(field.kind.as_str(), "many2one" | "many2many") && field.relation != "res.partner";
    let own = FarValues::may_set(name) && !MIXINS.iter().any(|mixin| name.starts_with(mixin));
    own && !field.readonly && (relates || field.kind == "selection")
}

/// A value as it goes out: a cell of `load()`, and a value of `message_process`'s `custom_values`.
pub(super) struct FarValue {
    pub name: String,
    pub column: String,
    pub cell: String,
    pub value: Value,
}

/// The values of fields that this model has; fails with the name of one that it has not, or that takes no such value.
pub(super) fn far_values(fields: &OdooFields, values: &FarValues) -> Result<Vec<FarValue>, String> {
    let one = |(name, given): (&str, &str)| far_value(fields.get(name)?, name, given);
    values.iter().map(|value| one(value).ok_or_else(|| value.0.to_owned())).collect()
}

fn far_value(field: &OdooField, name: &str, given: &str) -> Option<FarValue> {
    if field.readonly {
        return None;
    }
    let plain = |cell: String, value| FarValue { name: name.to_owned(), column: name.to_owned(), cell, value };
    Some(match field.kind.as_str() {
        "many2one" => {
            let id = id(given)?;
            FarValue { column: format!("{name}/.id"), ..plain(id.to_string(), Value::Integer(id)) }
        }
        "many2many" => {
            let ids: Vec<i32> = given.split(',').map(id).collect::<Option<_>>()?;
            let cell = ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
            // Odoo's command that sets a list.
            let set = Value::Array(vec![Value::Integer(6), Value::Integer(0), numbers(&ids)]);
            FarValue { column: format!("{name}/.id"), ..plain(cell, Value::Array(vec![set])) }
        }
        "selection" if field.choices.iter().any(|(code, _)| code == given) => plain(given.to_owned(), text(given)),
        "boolean" => {
            let flag = match given {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return None,
            };
            plain(if flag { "True" } else { "False" }.to_owned(), Value::Boolean(flag))
        }
        "integer" => {
            let number = given.parse().ok()?;
            plain(given.to_owned(), Value::Integer(number))
        }
        "char" | "text" => plain(given.to_owned(), text(given)),
        _ => return None,
    })
}

fn id(given: &str) -> Option<i32> {
    given.trim().parse().ok().filter(|id| *id > 0)
}

/// Puts them in place of what else these fields would have got.
pub(super) fn put(columns: &mut LoadColumns, values: Vec<FarValue>) {
    for FarValue { name, column, cell, .. } in values {
        columns.retain(|(known, _)| known.split('/').next() != Some(name.as_str()));
        columns.push((column, cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_goes_out_as_odoo_takes_it_and_what_does_not_fit_is_named() {
        let field = |kind: &str| OdooField { kind: kind.into(), ..OdooField::default() };
        let severity = OdooField { choices: vec![("high".into(), "High".into())], ..field("selection") };
        let fields: OdooFields = [
            ("team_id", field("many2one")),
            ("tag_ids", field("many2many")),
            ("severity", severity),
            ("urgent", field("boolean")),
            ("number", OdooField { readonly: true, ..field("char") }),
        ]
        .map(|(name, field)| (name.to_owned(), field))
        .into();
        let read = |text: &str| far_values(&fields, &FarValues::parse(text).unwrap());
        let read = read("team_id = 3\ntag_ids = 4, 7\nseverity = high\nurgent = true").unwrap();
        let cells: Vec<_> = read.iter().map(|value| (value.column.as_str(), value.cell.as_str())).collect();
        assert_eq!(cells, [("team_id/.id", "3"), ("tag_ids/.id", "4,7"), ("severity", "high"), ("urgent", "True")]);
        let set = Value::Array(vec![Value::Integer(6), Value::Integer(0), numbers(&[4, 7])]);
        assert_eq!(read[1].value, Value::Array(vec![set]));
        for wrong in ["team_id = Payments", "tag_ids = 4,", "severity = worst", "urgent = maybe", "district = 1"] {
            let named = far_values(&fields, &FarValues::parse(wrong).unwrap()).err();
            assert_eq!(named.as_deref(), wrong.split(' ').next(), "{wrong}");
        }
    }
}
