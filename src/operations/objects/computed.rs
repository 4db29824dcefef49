//! Fields that are made when they are read.

use std::collections::HashMap;

use base64::engine::general_purpose::STANDARD as BASE64;
use base64::write::EncoderStringWriter;
use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::error::ObjectError;
use super::methods::Call;
use super::read::{AT_ONCE, Wanted, id_of};
use crate::domain::id::{AttachmentId, PostId, RecordId};
use crate::domain::ledger::Reason;
use crate::operations::{App, attachments};
use crate::store::attachments as files;
use crate::store::{Db, StoreError, posts};

/// The columns that computed fields are made of.
pub fn needs(wanted: &Wanted<'_>) -> Vec<&'static str> {
    let mut needs = vec!["id"];
    for field in &wanted.fields {
        needs.extend(field.names_model());
        if (wanted.model.name.as_str(), field.name.as_str()) == ("mailgate.message", "reason") {
            needs.extend(["reason_code", "reason_detail"]);
        }
    }
    needs
}

/// Fills them in for all rows at once: one query a field, whatever the number of rows.
pub fn fill(call: &Call<'_>, wanted: &Wanted<'_>, rows: &mut [Map<String, Value>]) -> Result<(), ObjectError> {
    let (app, catalogue) = (call.app, &call.app.objects);
    let ids: Vec<i32> = rows.iter().filter_map(id_of).collect();
    for field in wanted.fields.iter().filter(|field| field.computed) {
        if let Some(named) = field.names_model() {
            each(rows, &field.name, |row| model_id(catalogue, row, named));
        }
        match (wanted.model.name.as_str(), field.name.as_str()) {
            ("mailgate.message", "reason") => each(rows, &field.name, reason),
            ("mail.message", "attachment_ids") => {
                let found = all(app, &ids, PostId, files::ids_of_posts)?;
                related(rows, &field.name, found);
            }
            ("ir.attachment", "datas") => {
                for row in rows.iter_mut() {
                    let datas = id_of(row).map(|id| datas(call, id)).transpose()?.unwrap_or(Value::Null);
                    row.insert(field.name.clone(), datas);
                }
            }
            (_, "attachment_ids") => {
                let found = all(app, &ids, RecordId, |db, ids| files::ids_of_records(db, &wanted.model.name, ids))?;
                related(rows, &field.name, found);
            }
            (_, "message_ids") => {
                let found = all(app, &ids, RecordId, |db, ids| posts::of_records(db, &wanted.model.name, ids))?;
                related(rows, &field.name, found);
            }
            // Passwords: written, never read.
            _ => {}
        }
    }
    Ok(())
}

/// The pairs of all these ids.
fn all<Of: Into<i32>, Its: Into<i32>>(
    app: &App,
    ids: &[i32],
    id: fn(i32) -> Of,
    pairs: impl Fn(&mut Db, &[Of]) -> Result<Vec<(Of, Its)>, StoreError>,
) -> Result<Vec<(i32, i32)>, ObjectError> {
    let mut found = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let ids: Vec<Of> = ids.iter().copied().map(id).collect();
        found.extend(app.store.read(|db| pairs(db, &ids))?.into_iter().map(|(of, its)| (of.into(), its.into())));
    }
    Ok(found)
}

fn each(rows: &mut [Map<String, Value>], name: &str, value: impl Fn(&Map<String, Value>) -> Value) {
    for row in rows {
        let value = value(row);
        row.insert(name.to_owned(), value);
    }
}

fn related(rows: &mut [Map<String, Value>], name: &str, found: Vec<(i32, i32)>) {
    let mut by_row: HashMap<i32, Vec<i32>> = HashMap::new();
    for (row, id) in found {
        by_row.entry(row).or_default().push(id);
    }
    each(rows, name, |row| json!(id_of(row).and_then(|id| by_row.get(&id)).cloned().unwrap_or_default()));
}

/// The model whose name stands in a column.
fn model_id(catalogue: &Catalogue, row: &Map<String, Value>, column: &str) -> Value {
    let model = row.get(column).and_then(Value::as_str).and_then(|name| catalogue.find(name));
    match model.and_then(|model| Some((catalogue.id_of(&model.name)?, &model.label))) {
        Some((id, label)) => json!([id, label]),
        None => Value::Null,
    }
}

fn reason(row: &Map<String, Value>) -> Value {
    let Some(reason) = row.get("reason_code").and_then(Value::as_str).and_then(Reason::from_code) else {
        return Value::Null;
    };
    match row.get("reason_detail").and_then(Value::as_str).filter(|detail| !detail.is_empty()) {
        Some(detail) => json!(format!("{} ({detail})", reason.sentence())),
        None => json!(reason.sentence()),
    }
}

/// An attachment's bytes, as Odoo gives them: base64 text.
fn datas(call: &Call<'_>, id: i32) -> Result<Value, ObjectError> {
    let Some(file) = call.app.store.read(|db| files::get(db, AttachmentId(id)))? else { return Ok(Value::Null) };
    call.room.take(usize::try_from(file.size).unwrap_or_default() / 3 * 4)?;
    let mut text = EncoderStringWriter::new(&BASE64);
    attachments::copy(call.app, &file, &mut text).map_err(|error| ObjectError::Value(error.to_string()))?;
    Ok(Value::String(text.into_inner()))
}
