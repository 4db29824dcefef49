//! Tables of texts, as spreadsheets hold them: `load` makes and changes rows by them, `export_data` gives rows as one.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::arguments::{CallArguments, is_nothing};
use super::fault::ObjectError;
use super::model::{ApiField, FieldKind, FieldType, Values};
use super::read::{self, ReadRequest};
use super::{ApiCall, methods};
use crate::domain::filter::{Domain, Leaf, Operator, python};
use crate::domain::id::ExternalId;
use crate::domain::moment_of;
use crate::domain::rights::Right;
use crate::operations::client::Db;
use crate::operations::{OperationError, external_ids};
use crate::say;

/// The module of external ids that a table names without one.
const IMPORTED: &str = "__import__";
/// Paths over relational fields at most this long.
const DEEPEST: usize = 4;

/// What a column of the table says of its row.
enum TableColumn<'a> {
    ExternalId,
    Id,
    Value(&'a ApiField),
    Linked(&'a ApiField, LinkedBy),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LinkedBy {
    Name,
    ExternalId,
    Id,
}

/// What stands at the head of a column: `name`, `partner_id`, `partner_id/id`, `.id`; also as `partner_id:id`.
fn path(typed: &str) -> Vec<String> {
    let typed = match typed.strip_suffix(":id") {
        Some(rest) => format!("{rest}/id"),
        None => match typed.strip_suffix(".id").filter(|rest| !rest.is_empty() && !rest.ends_with('/')) {
            Some(rest) => format!("{rest}/.id"),
            None => typed.to_owned(),
        },
    };
    typed.split('/').map(str::to_owned).collect()
}

fn column<'a>(call: &ApiCall<'a>, typed: &str) -> Result<TableColumn<'a>, ObjectError> {
    let path = path(typed);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let (name, by) = match path.as_slice() {
        ["id"] => return Ok(TableColumn::ExternalId),
        [".id"] => return Ok(TableColumn::Id),
        [name] => (*name, LinkedBy::Name),
        [name, "id"] => (*name, LinkedBy::ExternalId),
        [name, ".id"] => (*name, LinkedBy::Id),
        _ => return Err(ObjectError::Value(say!("api-load-column", name = typed).to_string())),
    };
    let field = call.settable(name)?;
    match (field.kind, path.len()) {
        (FieldType::Of(FieldKind::Many2one), _) => Ok(TableColumn::Linked(field, by)),
        (FieldType::One2many | FieldType::Of(FieldKind::Many2many), _) | (_, 2..) => {
            Err(ObjectError::Value(say!("api-load-column", name = typed).to_string()))
        }
        _ => Ok(TableColumn::Value(field)),
    }
}

/// Why a table was not taken, or what was assumed of it, and in which row.
struct LoadMessage {
    kind: &'static str,
    row: usize,
    field: Option<String>,
    words: String,
}

impl LoadMessage {
    fn told(self) -> Value {
        let rows = json!({"from": self.row, "to": self.row});
        let mut told = json!({"type": self.kind, "message": self.words, "record": self.row, "rows": rows});
        if let Some(field) = self.field {
            told["field"] = field.into();
        }
        told
    }
}

/// A row of the table, as far as it is known before anything is written.
struct TableRow {
    id: Option<i32>,
    external: Option<ExternalId>,
    values: Values,
    links: Vec<(String, String, ExternalId)>,
}

/// `load(fields, data)`: all rows in one transaction, or none and why.
pub(super) fn load(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Create)?;
    let fields = arguments.names("fields")?.unwrap_or_default();
    let data = arguments.required("data")?;
    let module = arguments.context.get("module").and_then(Value::as_str).unwrap_or(IMPORTED).to_owned();
    let wrong = || ObjectError::Argument(say!("api-load-data").to_string());
    arguments.end()?;
    let Value::Array(data) = data else { return Err(wrong()) };
    let columns = fields.iter().map(|name| column(call, name)).collect::<Result<Vec<_>, _>>()?;
    let cells: Vec<Vec<Value>> = data
        .into_iter()
        .map(|row| if let Value::Array(row) = row { Ok(row) } else { Err(wrong()) })
        .collect::<Result<_, _>>()?;
    let mut messages = Vec::new();
    let mut names: HashMap<usize, HashMap<String, Vec<i32>>> = HashMap::new();
    for (at, column) in columns.iter().enumerate() {
        if let TableColumn::Linked(field, LinkedBy::Name) = column {
            let asked: HashSet<&str> =
                cells.iter().filter_map(|row| row.get(at)?.as_str()).filter(|name| !name.is_empty()).collect();
            names.insert(at, named_so(call, field, asked)?);
        }
    }
    let mut rows = Vec::new();
    for (row, cells) in cells.iter().enumerate() {
        let mut read = TableRow { id: None, external: None, values: Map::new(), links: Vec::new() };
        for (at, (column, cell)) in columns.iter().zip(cells).enumerate() {
            let field = match column {
                TableColumn::Value(field) | TableColumn::Linked(field, _) => Some(field.name.clone()),
                _ => None,
            };
            match cell_of(column, cell, names.get(&at), &module, &mut read) {
                Ok(None) => {}
                Ok(Some(words)) => messages.push(LoadMessage { kind: "warning", row, field, words }),
                Err(words) => messages.push(LoadMessage { kind: "error", row, field, words }),
            }
        }
        rows.push(read);
    }
    if messages.iter().any(|message| message.kind == "error") {
        return Ok(answered(None, messages));
    }
    let at = Cell::new(0);
    let written = methods::in_transaction(call, |db| {
        let mut ids = Vec::new();
        for (row, read) in rows.iter().enumerate() {
            at.set(row);
            ids.push(write_row(call, db, read)?);
        }
        Ok(ids)
    });
    match written {
        Ok(ids) => Ok(answered(Some(ids), messages)),
        Err(error) if is_of_the_table(&error) => {
            let words = super::fault::ApiFault::from(error).message;
            messages.push(LoadMessage { kind: "error", row: at.get(), field: None, words });
            Ok(answered(None, messages))
        }
        Err(error) => Err(error),
    }
}

fn answered(ids: Option<Vec<i32>>, messages: Vec<LoadMessage>) -> Value {
    let messages: Vec<Value> = messages.into_iter().map(LoadMessage::told).collect();
    json!({"ids": ids.map_or(json!(false), |ids| json!(ids)), "messages": messages, "nextrow": 0})
}

/// What the table says wrong, in contrast to what goes wrong here.
fn is_of_the_table(error: &ObjectError) -> bool {
    match error {
        ObjectError::Operation(error) => matches!(
            error,
            OperationError::Invalid(_)
                | OperationError::Refused(_)
                | OperationError::Denied(_)
                | OperationError::NotFound(_)
        ),
        _ => true,
    }
}

/// Reads a cell into its row; what was assumed, or what is wrong with it.
fn cell_of(
    column: &TableColumn<'_>,
    cell: &Value,
    names: Option<&HashMap<String, Vec<i32>>>,
    module: &str,
    into: &mut TableRow,
) -> Result<Option<String>, String> {
    let text = || cell.as_str().map_or_else(|| python(cell), str::to_owned);
    let external = |text: &str| ExternalId::parse(text, module).map_err(|invalid| invalid.message.to_string());
    match column {
        _ if is_nothing(cell) && !cell.is_boolean() => {
            if let TableColumn::Value(field) | TableColumn::Linked(field, _) = column {
                into.values.insert(field.name.clone(), Value::Bool(false));
            }
        }
        TableColumn::ExternalId => into.external = Some(external(&text())?),
        TableColumn::Id => {
            let id = cell.as_i64().or_else(|| cell.as_str()?.trim().parse().ok()).and_then(|id| i32::try_from(id).ok());
            into.id = Some(id.ok_or_else(|| say!("api-load-id", value = text()).to_string())?);
        }
        TableColumn::Value(field) => {
            let value = converted(field, cell).ok_or_else(|| {
                say!("api-load-value", value = text(), label = field.label, kind = field.kind.code()).to_string()
            })?;
            into.values.insert(field.name.clone(), value);
        }
        TableColumn::Linked(field, LinkedBy::ExternalId) => {
            into.links.push((field.name.clone(), field.label.clone(), external(&text())?));
        }
        TableColumn::Linked(field, LinkedBy::Name) if cell.is_string() => {
            let name = text();
            let found = names.and_then(|names| names.get(&name)).map_or(&[][..], Vec::as_slice);
            let none = || say!("api-load-no-match", value = name.as_str(), label = field.label).to_string();
            into.values.insert(field.name.clone(), json!(found.first().ok_or_else(none)?));
            if found.len() > 1 {
                let count = found.len();
                return Ok(Some(say!("api-load-matches", value = name, label = field.label, count).to_string()));
            }
        }
        TableColumn::Linked(field, _) => {
            let id = cell.as_i64().or_else(|| cell.as_str()?.trim().parse().ok());
            let id = id.ok_or_else(|| say!("api-load-id", value = text()).to_string())?;
            into.values.insert(field.name.clone(), json!(id));
        }
    }
    Ok(None)
}

/// A text of a spreadsheet as a value of the field; None where it is none.
fn converted(field: &ApiField, cell: &Value) -> Option<Value> {
    let Value::String(text) = cell else { return Some(cell.clone()) };
    let word = text.trim().to_lowercase();
    Some(match field.kind {
        FieldType::Of(FieldKind::Boolean) => Value::Bool(match word.as_str() {
            "1" | "true" | "yes" => true,
            "0" | "false" | "no" => false,
            _ => return None,
        }),
        FieldType::Of(FieldKind::Integer) => word.parse::<i64>().ok()?.into(),
        FieldType::Of(FieldKind::Float) => word.parse::<f64>().ok()?.into(),
        FieldType::Of(FieldKind::Date | FieldKind::Datetime) => {
            moment_of(text)?;
            cell.clone()
        }
        FieldType::Of(FieldKind::Selection) => {
            let known = field.selection.iter().find(|(code, label)| code == text || label.to_lowercase() == word);
            known?.0.as_str().into()
        }
        _ => cell.clone(),
    })
}

/// The rows of these names that a field can point to: one query for a whole column.
fn named_so(
    call: &ApiCall<'_>,
    field: &ApiField,
    asked: HashSet<&str>,
) -> Result<HashMap<String, Vec<i32>>, ObjectError> {
    let mut found: HashMap<String, Vec<i32>> = HashMap::new();
    if field.model_in.is_some() {
        for model in call.models.all() {
            for name in [&model.label, &model.name].into_iter().filter(|name| asked.contains(name.as_str())) {
                found.entry(name.clone()).or_default().push(model.id);
            }
        }
        return Ok(found);
    }
    let Some(other) = call.other(field).filter(|_| !asked.is_empty()) else { return Ok(found) };
    other.require(Right::Read)?;
    let values: Vec<Value> = asked.iter().map(|name| json!(name)).collect();
    let named = |name: &&str| {
        Domain::Leaf(Leaf { field: (*name).to_owned(), operator: Operator::In, value: Value::Array(values.clone()) })
    };
    let filter = other.narrowed(Domain::Any(other.names().iter().map(named).collect()), &Map::new());
    let fields = ["id"].iter().chain(other.names()).filter_map(|name| other.model.field(name)).collect();
    let wanted = ReadRequest { limit: Some(methods::MOST), ..ReadRequest::of(other.model, fields) };
    for row in read::search(&other, &wanted, &filter)? {
        let Some(id) = read::id_of(&row) else { continue };
        let names: HashSet<&str> = other.names().iter().filter_map(|name| row.get(*name)?.as_str()).collect();
        for name in names.into_iter().filter(|name| asked.contains(name)) {
            found.entry(name.to_owned()).or_default().push(id);
        }
    }
    Ok(found)
}

/// Changes the row that the table names, or makes it.
fn write_row(call: &ApiCall<'_>, db: &mut Db, read: &TableRow) -> Result<i32, ObjectError> {
    let mut values = read.values.clone();
    for (field, label, name) in &read.links {
        let model = call.model.field(field).and_then(|field| field.relation.as_deref());
        let found = named(call, db, name)?.filter(|(of, _)| Some(of.as_str()) == model);
        let none = || ObjectError::Value(say!("api-load-no-external", value = name.to_string(), label).to_string());
        values.insert(field.clone(), json!(found.ok_or_else(none)?.1));
    }
    let known = match (&read.external, read.id) {
        (_, Some(id)) => Some(id),
        (Some(name), None) => {
            let found = named(call, db, name)?.filter(|(of, _)| *of == call.model.name);
            let ids: Vec<i32> = found.into_iter().map(|(_, id)| id).collect();
            // One that is gone is made anew.
            call.existing(db, &ids)?.first().copied()
        }
        (None, None) => None,
    };
    let id = match known {
        Some(id) => {
            call.require(Right::Write)?;
            methods::change_in(call, db, id, values)?;
            id
        }
        None => methods::make_in(call, db, values)?,
    };
    if let Some(name) = &read.external {
        external_ids::point_in(db, call.caller, name, (&call.model.name, id))?;
    }
    Ok(id)
}

/// The model and the row that an external id leads to; also one that an export gave.
pub(super) fn named(call: &ApiCall<'_>, db: &mut Db, name: &ExternalId) -> Result<Option<(String, i32)>, ObjectError> {
    let stored = external_ids::find(db, call.caller, name)?;
    let exported = || call.models.all().iter().find_map(|model| Some((model.name.clone(), name.row_of(&model.name)?)));
    Ok(stored.or_else(exported))
}

/// `export_data(fields)`: `{"datas": [[…], …]}`, what is empty as an empty text.
pub(super) fn export_data(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let ids = arguments.ids()?;
    let fields = arguments.renamed("fields_to_export", "fields");
    fields.into_iter().for_each(|fields| arguments.name("fields_to_export".to_owned(), fields));
    let fields = arguments.names("fields_to_export")?.unwrap_or_default();
    arguments.end()?;
    let paths: Vec<Vec<String>> = fields.iter().map(|field| path(field)).collect();
    let mut rows: HashMap<i32, Vec<Value>> = exported(call, &ids, &paths, 0)?;
    let missing = ids.iter().find(|id| !rows.contains_key(id));
    if let Some(id) = missing {
        return Err(call.missing(*id));
    }
    let datas: Vec<Vec<Value>> = ids.iter().filter_map(|id| rows.remove(id)).collect();
    Ok(json!({"datas": datas}))
}

/// The cells of these rows, by their ids.
fn exported(
    call: &ApiCall<'_>,
    ids: &[i32],
    paths: &[Vec<String>],
    depth: usize,
) -> Result<HashMap<i32, Vec<Value>>, ObjectError> {
    let ids = call.visible(ids.to_vec());
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    let heads: Vec<String> =
        paths.iter().filter_map(|path| path.first()).filter(|name| *name != "id" && *name != ".id").cloned().collect();
    let fields = read::fields(call.model, Some(&heads))?;
    let rows = read::by_ids(call, &ReadRequest::of(call.model, fields), &unique)?;
    let rows: HashMap<i32, Values> = rows.into_iter().filter_map(|row| Some((read::id_of(&row)?, row))).collect();
    let mut cells: HashMap<i32, Vec<Value>> = rows.keys().map(|id| (*id, Vec::new())).collect();
    for path in paths {
        let (head, rest) = path.split_first().map_or(("", &[][..]), |(head, rest)| (head.as_str(), rest));
        let mut column: HashMap<i32, Value> = match head {
            "id" => external(call, &unique)?,
            ".id" => rows.keys().map(|id| (*id, json!(id.to_string()))).collect(),
            name => {
                let field =
                    call.model.field(name).ok_or_else(|| super::fault::unknown_field(&call.model.name, name))?;
                exported_field(call, field, &rows, rest, depth)?
            }
        };
        for (id, cells) in &mut cells {
            cells.push(column.remove(id).unwrap_or_else(|| json!("")));
        }
    }
    Ok(cells)
}

/// The external ids of these rows; a row that has none is given the one that says which it is.
fn external(call: &ApiCall<'_>, ids: &[i32]) -> Result<HashMap<i32, Value>, ObjectError> {
    let known = call.app.store.read(|db| external_ids::of_rows(db, call.caller, &call.model.name, ids))?;
    let mut all: HashMap<i32, Value> =
        ids.iter().map(|id| (*id, json!(ExternalId::exported(&call.model.name, *id).to_string()))).collect();
    // The first that a row was given is last.
    all.extend(known.into_iter().rev().map(|(id, name)| (id, json!(name.to_string()))));
    Ok(all)
}

fn exported_field(
    call: &ApiCall<'_>,
    field: &ApiField,
    rows: &HashMap<i32, Values>,
    rest: &[String],
    depth: usize,
) -> Result<HashMap<i32, Value>, ObjectError> {
    let wrong = || ObjectError::Value(say!("api-load-column", name = field.name).to_string());
    let is_many = matches!(field.kind, FieldType::One2many | FieldType::Of(FieldKind::Many2many));
    if rest.is_empty() && !is_many {
        let told = |(id, row): (&i32, &Values)| {
            let value = match row.get(&field.name) {
                Some(Value::Array(pair)) => pair.get(1).cloned().unwrap_or_default(),
                Some(Value::String(code)) if field.kind == FieldKind::Selection => {
                    let known = field.selection.iter().find(|(known, _)| known == code);
                    known.map_or_else(|| json!(code), |(_, label)| json!(label))
                }
                Some(Value::Bool(false)) if field.kind != FieldKind::Boolean => json!(""),
                other => other.cloned().unwrap_or_default(),
            };
            (*id, value)
        };
        return Ok(rows.iter().map(told).collect());
    }
    let other = call.other(field).filter(|_| depth < DEEPEST && !field.computed || is_many).ok_or_else(wrong)?;
    other.require(Right::Read)?;
    let held = |row: &Values| -> Vec<i32> {
        let whole = |value: &Value| value.as_i64().and_then(|id| i32::try_from(id).ok());
        match row.get(&field.name).and_then(Value::as_array) {
            Some(ids) if is_many => ids.iter().filter_map(whole).collect(),
            Some(pair) => pair.first().and_then(whole).into_iter().collect(),
            None => Vec::new(),
        }
    };
    let all: Vec<i32> = rows.values().flat_map(held).collect();
    let rest = if rest.is_empty() { vec!["display_name".to_owned()] } else { rest.to_vec() };
    let theirs = exported(&other, &all, &[rest], depth + 1)?;
    let told = |(id, row): (&i32, &Values)| {
        let cells: Vec<&Value> = held(row).iter().filter_map(|id| theirs.get(id)?.first()).collect();
        let value = match cells.as_slice() {
            [] => json!(""),
            [one] => (*one).clone(),
            many => json!(
                many.iter()
                    .map(|cell| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        };
        (*id, value)
    };
    Ok(rows.iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_columns_are_read_as_odoo_reads_them() {
        for (typed, parts) in [
            ("name", vec!["name"]),
            ("id", vec!["id"]),
            (".id", vec![".id"]),
            ("partner_id/id", vec!["partner_id", "id"]),
            ("partner_id:id", vec!["partner_id", "id"]),
            ("partner_id.id", vec!["partner_id", ".id"]),
            ("partner_id/.id", vec!["partner_id", ".id"]),
            ("partner_id/name", vec!["partner_id", "name"]),
        ] {
            assert_eq!(path(typed), parts, "{typed}");
        }
    }
}
