//! Record types. A record is never deleted: `active` says *Not a grievance*, which can be taken back.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::attachments;
use crate::domain::id::{AttachmentId, RecordId};
use crate::domain::text::to_html;
use crate::operations::OperationError;
use crate::operations::attachments::{self as files, Place};
use crate::operations::objects::commands::{self, Command};
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::model::{FieldType, Model};
use crate::operations::objects::post;
use crate::operations::objects::values::text;
use crate::operations::records::{self, Posting};
use crate::store::{self, Db, posts, stages};

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let typed = typed(call, db, values)?;
    let id = records::create_in(call.app, db, call.caller, &call.model.name, &typed)?;
    hold(call, db, id, values)?;
    Ok(id.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let typed = typed(call, db, values)?;
    records::write_in(call.app, db, call.caller, &call.model.name, RecordId(id), &typed)?;
    hold(call, db, RecordId(id), values)
}

/// What a new record starts with.
pub fn defaults(model: &Model) -> Map<String, Value> {
    let mut defaults = Map::new();
    defaults.insert("active".into(), json!(true));
    defaults.insert("priority".into(), json!("1"));
    defaults.retain(|name, _| model.field(name).is_some());
    defaults
}

/// The page's form names a stage by its code; the API by its id.
pub fn typed(
    call: &Call<'_>,
    db: &mut Db,
    values: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, ObjectError> {
    let mut typed = BTreeMap::new();
    for (name, value) in values {
        let field = call.settable(name)?;
        if field.kind == FieldType::One2many {
            continue;
        }
        let mut given = text(call.model, field, value)?;
        if name == "stage_id" && !given.is_empty() {
            given = stage_code(call, db, &given)?;
        }
        typed.insert(name.clone(), given);
    }
    Ok(typed)
}

fn stage_code(call: &Call<'_>, db: &mut Db, id: &str) -> Result<String, ObjectError> {
    let model = &call.model.name;
    let found = stages::of_model(db, model)?.into_iter().find(|stage| stage.id.0.to_string() == id);
    found.map(|stage| stage.code).ok_or_else(|| ObjectError::Missing {
        model: format!("{model}.stage"),
        id: id.parse().unwrap_or_default(),
        user: call.caller.user.map_or(0, |user| user.0),
    })
}

/// The relational commands among the values. A conversation only grows: nothing is taken out of it.
fn hold(call: &Call<'_>, db: &mut Db, id: RecordId, values: &Map<String, Value>) -> Result<(), ObjectError> {
    for (name, value) in values {
        if call.settable(name)?.kind != FieldType::One2many {
            continue;
        }
        for command in commands::parse(&format!("{}.{name}", call.model.name), value)? {
            let held = held(call, db, id, name)?;
            match (name.as_str(), command) {
                (_, Command::Link(one)) if held.contains(&one) => {}
                (_, Command::Clear) if held.is_empty() => {}
                (_, Command::Delete(one) | Command::Unlink(one)) if !held.contains(&one) => {}
                ("attachment_ids", Command::Create(values)) => {
                    attachments::create_at(call, db, &values, Some((&call.model.name, id)))?;
                }
                ("attachment_ids", Command::Link(one)) => adopt(call, db, id, one)?,
                ("attachment_ids", Command::Set(all)) if held.iter().all(|one| all.contains(one)) => {
                    let new = all.into_iter().filter(|one| !held.contains(one));
                    new.into_iter().try_for_each(|one| adopt(call, db, id, one))?;
                }
                ("message_ids", Command::Create(values)) => post(call, db, id, &values)?,
                ("message_ids", Command::Set(all))
                    if held.iter().all(|one| all.contains(one)) && all.len() == held.len() => {}
                (name, _) => {
                    let words = format!(
                        "What stands in a conversation stays there: {name} takes (0, 0, values) and (4, id) only."
                    );
                    return Err(OperationError::Refused(words).into());
                }
            }
        }
    }
    Ok(())
}

fn held(call: &Call<'_>, db: &mut Db, id: RecordId, name: &str) -> Result<Vec<i32>, ObjectError> {
    let model = &call.model.name;
    Ok(match name {
        "attachment_ids" => {
            store::attachments::ids_of_records(db, model, &[id])?.into_iter().map(|(_, held)| held.into()).collect()
        }
        _ => posts::of_records(db, model, &[id])?.into_iter().map(|(_, held)| held.into()).collect(),
    })
}

fn adopt(call: &Call<'_>, db: &mut Db, record: RecordId, id: i32) -> Result<(), ObjectError> {
    let place = Place { model: &call.model.name, record, post: None };
    Ok(files::move_in(db, call.caller, AttachmentId(id), &place)?)
}

/// `(0, 0, {"body": …})`: a note.
fn post(call: &Call<'_>, db: &mut Db, id: RecordId, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let named = |name: &str| Some(text(name).to_owned()).filter(|text| !text.is_empty());
    if let Some(other) = values.keys().find(|name| !POSTED.contains(&name.as_str())) {
        let words = format!("The field '{other}' of 'mail.message' can't be written: use message_post");
        return Err(ObjectError::Value(words));
    }
    let message_type = named("message_type").unwrap_or_else(|| "comment".into());
    let posting = Posting {
        kind: records::kind_of_posted(&message_type).ok_or_else(|| post::unknown_type(&message_type))?,
        author: None,
        email_from: named("email_from"),
        subject: named("subject"),
        html: to_html(text("body").trim()),
        text: text("body").trim().to_owned(),
    };
    records::post_in(call.app, db, call.caller, &call.model.name, id, &posting)?;
    Ok(())
}

/// What a note says, of the fields of `mail.message`.
const POSTED: [&str; 4] = ["body", "subject", "message_type", "email_from"];
