//! Rows in Odoo's shapes: a many2one is `[id, name]`, what is empty is `false`.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::ApiCall;
use super::fault::{ObjectError, unknown_field};
use super::model::{ApiField, Description, FieldKind, FieldType, OTHER, OWN, Rows, Values};
use super::search::belongs;
use crate::domain::filter::Domain;
use crate::operations::client::{self, Bind, Column, Condition, Db, Direction, Query, SortKey, Table};
use crate::operations::{OperationError, confidential};
use crate::say;

/// Ids in one query: both databases bind only so many values.
pub(super) const AT_ONCE: usize = 10_000;

/// What is asked for, already checked.
pub(super) struct ReadRequest<'a> {
    pub model: &'a Description,
    pub fields: Vec<&'a ApiField>,
    pub order: Vec<(String, Direction)>,
    pub limit: Option<i64>,
    pub offset: i64,
    /// A many2one as its id alone: what a client asks for with another `load` than Odoo's usual one.
    pub bare: bool,
}

impl<'a> ReadRequest<'a> {
    /// These fields of rows that are known otherwise.
    pub(super) fn of(model: &'a Description, fields: Vec<&'a ApiField>) -> Self {
        Self { model, fields, order: Vec::new(), limit: None, offset: 0, bare: false }
    }
}

/// The fields of these names; all but the binary ones where none are named. `id` is always among them.
pub(super) fn fields<'a>(model: &'a Description, names: Option<&[String]>) -> Result<Vec<&'a ApiField>, ObjectError> {
    let Some(names) = names else {
        return Ok(model.fields.iter().filter(|field| field.kind != FieldType::Binary).collect());
    };
    let mut fields: Vec<&ApiField> = model.field("id").into_iter().collect();
    for name in names {
        let field = model.field(name).ok_or_else(|| unknown_field(&model.name, name))?;
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    Ok(fields)
}

/// Odoo's `name desc, id`.
pub(super) fn order(model: &Description, typed: Option<&str>) -> Result<Vec<(String, Direction)>, ObjectError> {
    let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) else {
        return Ok(model.order.iter().map(|(field, direction)| ((*field).to_owned(), *direction)).collect());
    };
    let mut order: Vec<(String, Direction)> = Vec::new();
    for term in typed.split(',') {
        let (name, direction) = term_of(model, term)?;
        // A second time it would make no difference.
        if !order.iter().any(|(known, _)| *known == name) {
            order.push((name, direction));
        }
    }
    Ok(order)
}

fn term_of(model: &Description, term: &str) -> Result<(String, Direction), ObjectError> {
    let mut words = term.split_whitespace();
    let (name, direction) = (words.next().unwrap_or_default(), words.next().unwrap_or("asc").to_lowercase());
    let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_.".contains(&c));
    let direction = match (direction.as_str(), words.next()) {
        ("asc", None) if is_name => Direction::Ascending,
        ("desc", None) if is_name => Direction::Descending,
        _ => {
            return Err(OperationError::Refused(say!("api-order", order = term.trim()).into()).into());
        }
    };
    match model.field(name) {
        Some(field) if !field.computed => Ok((name.to_owned(), direction)),
        Some(_) => Err(ObjectError::Value(say!("api-order-computed", name, model = model.name).to_string())),
        None => Err(unknown_field(&model.name, name)),
    }
}

/// The rows of a filter, as Odoo's `search_read` answers them.
pub(super) fn search(
    call: &ApiCall<'_>,
    wanted: &ReadRequest<'_>,
    filter: &Domain,
) -> Result<Vec<Values>, ObjectError> {
    let rows = match &call.model.rows {
        Rows::Memory(rows) => arranged(super::search::in_memory(call, rows, filter)?, wanted),
        Rows::Table { .. } => {
            let condition = super::search::condition(call, filter)?;
            call.app.store.read(|db| select(call, db, wanted, condition))?
        }
    };
    finish(call, wanted, rows)
}

/// The ids of the rows of a filter.
pub(super) fn ids(call: &ApiCall<'_>, wanted: &ReadRequest<'_>, filter: &Domain) -> Result<Vec<i32>, ObjectError> {
    match &call.model.rows {
        Rows::Memory(_) => Ok(search(call, wanted, filter)?.iter().filter_map(id_of).collect()),
        Rows::Table { .. } => {
            let condition = super::search::condition(call, filter)?;
            call.app.store.read(|db| match query(call, wanted, condition) {
                Some(query) => client::ids(db, call.caller, call.model.object, query),
                None => Ok(Vec::new()),
            })
        }
    }
}

/// The rows with these ids, in the order of the ids; those that do not exist are left out.
pub(super) fn by_ids(call: &ApiCall<'_>, wanted: &ReadRequest<'_>, ids: &[i32]) -> Result<Vec<Values>, ObjectError> {
    let rows = call.app.store.read(|db| stored(call, db, wanted, ids))?;
    let rows = finish(call, wanted, rows)?;
    let mut found: HashMap<i32, Values> = rows.into_iter().filter_map(|row| Some((id_of(&row)?, row))).collect();
    let mut asked: HashMap<i32, usize> = HashMap::new();
    for id in ids {
        *asked.entry(*id).or_default() += 1;
    }
    let mut all = Vec::new();
    for id in ids {
        let left = asked.entry(*id).and_modify(|left| *left -= 1).or_default();
        if *left == 0 {
            all.extend(found.remove(id));
        } else if let Some(row) = found.get(id) {
            // Asked for once more further on.
            call.room.take(row.values().map(size).sum::<usize>() + ROW)?;
            all.push(row.clone());
        }
    }
    Ok(all)
}

/// Those of the ids that there are, in no order.
pub(super) fn existing(call: &ApiCall<'_>, db: &mut Db, ids: &[i32]) -> Result<Vec<i32>, ObjectError> {
    let wanted = ReadRequest::of(call.model, call.model.field("id").into_iter().collect());
    match (&call.model.rows, call.model.column("id")) {
        (Rows::Table { .. }, Some(column)) => {
            let mut found = Vec::new();
            for ids in ids.chunks(AT_ONCE) {
                if let Some(query) = query(call, &wanted, one_of(column, ids)) {
                    found.extend(client::ids::<ObjectError>(db, call.caller, call.model.object, query)?);
                }
            }
            Ok(found)
        }
        _ => Ok(stored(call, db, &wanted, ids)?.iter().filter_map(id_of).collect()),
    }
}

/// The rows with these ids as they are stored, in no order.
fn stored(call: &ApiCall<'_>, db: &mut Db, wanted: &ReadRequest<'_>, ids: &[i32]) -> Result<Vec<Values>, ObjectError> {
    match (&wanted.model.rows, wanted.model.column("id")) {
        (Rows::Memory(rows), _) => {
            let ids: HashSet<i32> = ids.iter().copied().collect();
            Ok(rows.iter().filter(|row| id_of(row).is_some_and(|id| ids.contains(&id))).cloned().collect())
        }
        (Rows::Table { .. }, Some(column)) => {
            let mut rows = Vec::new();
            for ids in ids.chunks(AT_ONCE) {
                rows.extend(select(call, db, wanted, one_of(column, ids))?);
            }
            Ok(rows)
        }
        (Rows::Table { .. }, None) => Ok(Vec::new()),
    }
}

fn one_of<'a>(column: &'a Column, ids: &[i32]) -> Condition<'a> {
    Condition::OneOf(column, ids.iter().map(|id| Bind::Integer(i64::from(*id))).collect())
}

pub(super) fn id_of(row: &Values) -> Option<i32> {
    row.get("id")?.as_i64().and_then(|id| i32::try_from(id).ok())
}

fn select(
    call: &ApiCall<'_>,
    db: &mut Db,
    wanted: &ReadRequest<'_>,
    condition: Condition<'_>,
) -> Result<Vec<Values>, ObjectError> {
    let Some(query) = query(call, wanted, condition) else { return Ok(Vec::new()) };
    // A row is there as text while it is read, then with a node for each eleven members and a name for each.
    let names = query.columns.len() * 64 + (query.columns.len() / 6 + 1) * ROW;
    client::select(db, call.caller, call.model.object, query, |bytes| call.room.take(bytes + names))
}

/// Bytes that a row takes besides what stands in it.
const ROW: usize = 700;

/// Bytes of a value, roughly.
fn size(value: &Value) -> usize {
    64 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => 0,
    }
}

fn query<'a>(call: &ApiCall<'a>, wanted: &ReadRequest<'a>, condition: Condition<'a>) -> Option<Query<'a>> {
    let table = wanted.model.table()?;
    // What is made when it is read is made of these.
    let made_of = wanted.fields.iter().flat_map(|field| field.made_of.iter().copied().chain(field.model_in));
    let names = wanted.fields.iter().map(|field| field.name.as_str()).chain(["id"]).chain(made_of);
    let mut columns = Vec::new();
    for name in names {
        if let Some(column) = table.column(name)
            && !columns.iter().any(|(known, _)| *known == column)
        {
            let related = wanted.model.field(name).filter(|field| field.kind == FieldKind::Many2one);
            let related = related.and_then(|field| call.other(field)?.model.table());
            columns.push((column, related));
        }
    }
    let order = wanted.order.iter().flat_map(|(name, direction)| keys(call, wanted.model, name, *direction));
    let order = order.collect();
    let condition = Condition::All(vec![wanted.model.rows.scope(&condition), condition]);
    Some(Query { table, condition, order, limit: wanted.limit, offset: wanted.offset, columns })
}

/// What a field sorts by: its column; a many2one by what the rows it points to are sorted by, as in Odoo, or where the
/// caller may not read them by what they are shown as.
fn keys<'a>(call: &ApiCall<'a>, model: &'a Description, name: &str, direction: Direction) -> Vec<SortKey<'a>> {
    let Some(column) = model.column(name) else { return Vec::new() };
    let field = model.field(name).filter(|field| field.kind == FieldKind::Many2one);
    let other = field.and_then(|field| call.other(field));
    match other.and_then(|other| Some((other, other.model.table()?))) {
        None => {
            let kind = model.field(name).map(|field| field.kind);
            let is_long = matches!(kind, Some(FieldType::Of(FieldKind::Text | FieldKind::Html)));
            vec![SortKey { column, related: None, is_long, direction }]
        }
        Some((other, table)) => {
            let key = |(theirs, way): &(&str, Direction)| {
                let direction = if direction == Direction::Descending { way.reversed() } else { *way };
                Some(SortKey { column, related: Some((table, table.column(theirs)?)), is_long: false, direction })
            };
            let shown = [("display_name", Direction::Ascending), ("id", Direction::Ascending)];
            let order = if other.sees_all() { other.model.order.as_slice() } else { &shown };
            order.iter().filter_map(key).collect()
        }
    }
}

/// Rows of memory in order, and the part of them that is asked for.
fn arranged(mut found: Vec<Values>, wanted: &ReadRequest<'_>) -> Vec<Values> {
    for (name, direction) in wanted.order.iter().rev() {
        let key = |row: &Values| match row.get(name) {
            Some(Value::Number(number)) => (number.as_i64().unwrap_or_default(), String::new()),
            other => (0, other.and_then(Value::as_str).unwrap_or_default().to_owned()),
        };
        found.sort_by_key(key);
        if *direction == Direction::Descending {
            found.reverse();
        }
    }
    let limit = wanted.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    found.into_iter().skip(usize::try_from(wanted.offset).unwrap_or(usize::MAX)).take(limit).collect()
}

/// Adds what is made when it is read, and gives every value Odoo's shape.
fn finish(call: &ApiCall<'_>, wanted: &ReadRequest<'_>, mut rows: Vec<Values>) -> Result<Vec<Values>, ObjectError> {
    for field in wanted.fields.iter().filter(|field| field.computed) {
        fill(call, field, &mut rows)?;
    }
    // Reading more than which there are is opening them.
    if wanted.fields.len() > 1 {
        let ids: Vec<i32> = rows.iter().filter_map(id_of).collect();
        confidential::opened_rows(call.app, call.caller, wanted.model.object, &ids)?;
    }
    Ok(rows.into_iter().map(|row| shaped(wanted, row)).collect())
}

/// Sets a field that is made when it is read: one query for all rows, whatever their number.
fn fill(call: &ApiCall<'_>, field: &ApiField, rows: &mut [Values]) -> Result<(), ObjectError> {
    if let Some(column) = field.model_in {
        for row in rows {
            let named = row.get(column).and_then(Value::as_str).and_then(|name| call.models.find(name));
            row.insert(field.name.clone(), named.map_or(Value::Null, |model| json!([model.id, model.label])));
        }
        return Ok(());
    }
    if field.inverse.is_none() && field.linked.is_none() {
        return call.model.deeds.fill(call, field, rows);
    }
    let ids: Vec<i32> = rows.iter().filter_map(id_of).collect();
    let mut by_row: HashMap<i32, Vec<i32>> = HashMap::new();
    for (row, id) in call.app.store.read(|db| held(call, db, field, &ids))? {
        by_row.entry(row).or_default().push(id);
    }
    for row in rows {
        let held = id_of(row).and_then(|id| by_row.remove(&id)).unwrap_or_default();
        row.insert(field.name.clone(), json!(held));
    }
    Ok(())
}

/// The rows that the one2many `field` of these rows holds: pairs of a row and what it holds, in the order of the field.
pub(super) fn held(
    call: &ApiCall<'_>,
    db: &mut Db,
    field: &ApiField,
    ids: &[i32],
) -> Result<Vec<(i32, i32)>, ObjectError> {
    if let (Some(link), Some(other)) = (&field.linked, call.other(field)) {
        return linked(call, db, link, &other, ids);
    }
    let (Some(inverse), Some(other)) = (field.inverse, call.other(field)) else { return Ok(Vec::new()) };
    let (Some(table), Some(back), Some(column)) =
        (other.model.table(), other.model.column(inverse.column), other.model.column("id"))
    else {
        return Ok(Vec::new());
    };
    let mut held = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let theirs = one_of(back, ids);
        let query = Query {
            table,
            condition: Condition::All(vec![other.model.rows.scope(&theirs), belongs(call, &other, inverse), theirs]),
            order: vec![SortKey { column, related: None, is_long: false, direction: inverse.order }],
            limit: None,
            offset: 0,
            columns: vec![(back, None), (column, None)],
        };
        let rows = client::select(db, call.caller, other.model.object, query, |_| Ok::<_, ObjectError>(()))?;
        held.extend(rows.iter().filter_map(|row| Some((whole(row.get(inverse.column))?, id_of(row)?))));
    }
    Ok(held)
}

/// The same of a many2many, in the order of the ids.
fn linked(
    call: &ApiCall<'_>,
    db: &mut Db,
    link: &Table,
    other: &ApiCall<'_>,
    ids: &[i32],
) -> Result<Vec<(i32, i32)>, ObjectError> {
    let (Some(back), Some(theirs)) = (link.column(OWN), link.column(OTHER)) else { return Ok(Vec::new()) };
    let mut held = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let query = Query {
            table: link,
            condition: one_of(back, ids),
            order: Vec::new(),
            limit: None,
            offset: 0,
            columns: vec![(back, None), (theirs, None)],
        };
        let rows = client::select(db, call.caller, other.model.object, query, |_| Ok::<_, ObjectError>(()))?;
        held.extend(rows.iter().filter_map(|row| Some((whole(row.get(OWN))?, whole(row.get(OTHER))?))));
    }
    held.sort_unstable();
    Ok(held)
}

fn whole(value: Option<&Value>) -> Option<i32> {
    value?.as_i64().and_then(|id| i32::try_from(id).ok())
}

fn shaped(wanted: &ReadRequest<'_>, mut row: Values) -> Values {
    let mut shaped = Values::new();
    for field in &wanted.fields {
        let value = row.remove(&field.name).unwrap_or(Value::Null);
        let value = match (field.kind, value) {
            (FieldType::Of(FieldKind::Many2one), Value::Null) => Value::Bool(false),
            (FieldType::Of(FieldKind::Many2one), Value::Array(pair)) if wanted.bare => {
                pair.into_iter().next().unwrap_or_default()
            }
            (FieldType::Of(FieldKind::Many2one), id) if !id.is_array() => {
                let label = row.get(&format!("{}/label", field.name)).and_then(Value::as_str).unwrap_or_default();
                // A member of a JSON column comes as text.
                let id = id.as_str().and_then(|id| id.parse::<i64>().ok()).map_or(id.clone(), Value::from);
                if wanted.bare { id } else { json!([id, label]) }
            }
            (FieldType::One2many | FieldType::Of(FieldKind::Many2many), Value::Null) => json!([]),
            (FieldType::Of(FieldKind::Integer), Value::Null) => json!(0),
            (FieldType::Of(FieldKind::Float), Value::Null) => json!(0.0),
            (FieldType::Of(FieldKind::Integer), Value::String(text)) => json!(text.parse::<i64>().unwrap_or_default()),
            (FieldType::Of(FieldKind::Float), Value::String(text)) => json!(text.parse::<f64>().unwrap_or_default()),
            (FieldType::Of(FieldKind::Boolean), Value::String(text)) => json!(text == "true" || text == "1"),
            (_, Value::Null) => Value::Bool(false),
            (_, value) => value,
        };
        shaped.insert(field.name.clone(), value);
    }
    shaped
}
