//! Records as a client makes and writes them: what is not an e-mail, or not yet. A client names no version of what
//! it changes, as in Odoo: what it writes counts.

use std::collections::BTreeMap;

use serde_json::json;

use super::change::{change_in, mark_read_in, write_audit_of};
use super::plan::{MAX_DESCRIPTION, MAX_SENDER, MAX_TITLE, description};
use super::{Edit, existing, field, module, verdict};
use crate::domain::audit::Action;
use crate::domain::id::RecordId;
use crate::domain::module::Module;
use crate::domain::people::People;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::searched::Names;
use crate::domain::{Invalid, now};
use crate::operations::{App, OperationError, require};
use crate::store::records::view::Shown;
use crate::store::records::{self, NewRecord};
use crate::store::{Db, records as stored};

/// Makes a record of this type in its first stage, within the caller's transaction. `values` as in [`Edit`], and
/// `active`.
pub fn create_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    values: &BTreeMap<String, String>,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Create, Object::Records, "make records")?;
    let module = module(app, model)?;
    let id = insert(db, module, values)?;
    let record = existing(db, module, id)?;
    let made = json!({"number": record.number, "name": record.name});
    write_audit_of(db, caller, Action::Create, &record, None, made)?;
    // The rest is what a person would set on the new record's page.
    let mut rest = values.clone();
    rest.retain(|name, _| !matches!(name.as_str(), "name" | "description" | "partner_name" | "partner_email"));
    if !rest.is_empty() {
        write_in(app, db, caller, model, id, &rest)?;
    }
    Ok(id)
}

/// Changes a record within the caller's transaction. `active` is the verdict *Not a grievance*, and back; an empty
/// `new_mail` says that its mail was read, which no other change of a client does.
pub fn write_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    id: RecordId,
    values: &BTreeMap<String, String>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, "change records")?;
    let module = module(app, model)?;
    let record = existing(db, module, id)?;
    let mut values = values.clone();
    let active = values.remove("active");
    let new_mail = values.remove("new_mail");
    let edit = Edit { version: record.version, values, shown: Shown::Nothing, ..Edit::default() };
    change_in(db, caller, module, &record, &edit)?;
    if new_mail.is_some_and(|mark| mark.is_empty()) {
        mark_read_in(db, caller, &record, Shown::Everything)?;
    }
    if let Some(active) = active {
        let record = existing(db, module, id)?;
        verdict::turn_in(db, caller, module, &record, (record.version, Shown::Nothing), !active.is_empty())?;
    }
    Ok(())
}

fn insert(db: &mut Db, module: &Module, values: &BTreeMap<String, String>) -> Result<RecordId, OperationError> {
    let value = |name: &str| values.get(name).map_or("", |value| value.trim());
    let given = |name: &str| Some(value(name)).filter(|text| !text.is_empty());
    check(module, &value)?;
    let first = stored::first_stages(db, std::slice::from_ref(module))?;
    let stage = first.get(&module.model).ok_or_else(|| {
        OperationError::NotFound(format!("The record type {} has no stage; look at its module.", module.model))
    })?;
    let at = now();
    let (number, name) = (stored::number(db, module, at)?, value("name"));
    let (html, words) = description(value("description"));
    let (partner_name, partner_email) = (given("partner_name"), given("partner_email"));
    let names = Names {
        number: &number,
        name,
        contact: "",
        partner_name: partner_name.unwrap_or_default(),
        partner_email: partner_email.unwrap_or_default(),
    };
    let defaults = module.fields.iter().filter_map(|field| Some((field.name.clone(), json!(field.default.as_ref()?))));
    let extra: serde_json::Map<_, _> = defaults.collect();
    let new = NewRecord {
        model: &module.model,
        number: &number,
        name,
        description: &html,
        stage_id: *stage,
        priority: "1",
        partner_id: None,
        partner_name,
        partner_email,
        user_id: None,
        extra: &serde_json::Value::Object(extra).to_string(),
        new_mail: false,
        last_mail_at: at,
        search: &names.with_text(&words),
        create_date: at,
        write_date: at,
        people: &People::default(),
        answers_id: None,
    };
    Ok(records::insert(db, &new)?)
}

fn check<'a>(module: &Module, value: &impl Fn(&str) -> &'a str) -> Result<(), OperationError> {
    let title = field::label(module, "name", "Title");
    let long = |name: &str, max: usize| value(name).chars().count() > max;
    let wrong = if value("name").is_empty() {
        Some(("name", format!("{title} is required.")))
    } else if long("name", MAX_TITLE) || long("description", MAX_DESCRIPTION) {
        Some(("name", format!("{title} takes at most {MAX_TITLE} characters, the description {MAX_DESCRIPTION}.")))
    } else if long("partner_name", MAX_SENDER) || long("partner_email", MAX_SENDER) {
        Some(("partner_email", format!("The sender's name and address take at most {MAX_SENDER} characters.")))
    } else {
        None
    };
    wrong.map_or(Ok(()), |(field, words)| Err(Invalid::new(field, words).into()))
}
