//! Records as a client makes and writes them: what is not an e-mail, or not yet. A client names no version of what
//! it changes, as in Odoo: what it writes counts.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::change::{
    MAX_DESCRIPTION, MAX_SENDER, MAX_TITLE, change_in, date, description, mark_read_in, write_audit_of,
};
use super::{Edit, existing, field, join, module};
use crate::domain::audit::AuditAction;
use crate::domain::conversation::People;
use crate::domain::id::RecordId;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::{Invalid, now};
use crate::operations::categories::{self, Category, KeptTag, OfferedClasses};
use crate::operations::{App, OperationError, require};
use crate::pipeline::{self, Making};
use crate::say;
use crate::store::Db;
use crate::store::records::due;
use crate::store::records::view::ShownUpTo;

/// What a new record is made with; its other values are set then.
const MADE_WITH: [&str; 5] = ["name", "description", "partner_name", "partner_email", "date"];

/// Makes a record of this type in its first stage, within the caller's transaction. `values` as in [`Edit`], and
/// `active`.
pub fn create_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    values: &BTreeMap<String, String>,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Create, Object::Records, || say!("deed-make-records"))?;
    let module = module(app, model)?;
    let id = make(app, db, module, values)?;
    let record = existing(db, caller, module, id)?;
    let made = json!({"number": record.number, "name": record.name});
    write_audit_of(db, caller, AuditAction::Create, &record, None, made)?;
    // The rest is what a person would set on the new record's page.
    let mut rest = values.clone();
    rest.retain(|name, _| !MADE_WITH.contains(&name.as_str()));
    if !rest.is_empty() {
        write_in(app, db, caller, model, id, &rest)?;
    }
    Ok(id)
}

/// What the form of a new record is made of.
pub struct HandEntry {
    pub module: Module,
    /// Those in use, in the order of their tree, each with how deep it stands.
    pub categories: Vec<(Category, usize)>,
    pub tags: Vec<KeptTag>,
}

/// The record type that a caller may enter a record of.
pub fn entry(app: &App, caller: &Caller, model: &str) -> Result<HandEntry, OperationError> {
    require(caller, Right::Create, Object::Records, || say!("deed-make-records"))?;
    let module = module(app, model)?.clone();
    let OfferedClasses { mut categories, mut tags } = app.store.read(|db| categories::on_offer(db, caller, &module))?;
    categories.retain(|(one, _)| one.active);
    tags.retain(|tag| tag.active);
    Ok(HandEntry { module, categories, tags })
}

/// As [`create_in`], of what a person enters by hand: a call, a visit.
pub fn create(
    app: &App,
    caller: &Caller,
    model: &str,
    values: &BTreeMap<String, String>,
) -> Result<RecordId, OperationError> {
    app.store.write(|db| create_in(app, db, caller, model, values))
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
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    let record = existing(db, caller, module, id)?;
    let mut values = values.clone();
    let active = values.remove("active");
    let new_mail = values.remove("new_mail");
    let edit = Edit { version: record.version, values, shown: ShownUpTo::Nothing, ..Edit::default() };
    change_in(db, caller, module, &record, &edit)?;
    if new_mail.is_some_and(|mark| mark.is_empty()) {
        mark_read_in(db, caller, &record, ShownUpTo::Everything)?;
    }
    if let Some(active) = active {
        let record = existing(db, caller, module, id)?;
        join::turn_in(db, caller, module, &record, (record.version, ShownUpTo::Nothing), !active.is_empty())?;
    }
    Ok(())
}

fn make(app: &App, db: &mut Db, module: &Module, typed: &BTreeMap<String, String>) -> Result<RecordId, OperationError> {
    let value = |name: &str| typed.get(name).map_or("", |value| value.trim());
    check(module, &value)?;
    let defaults = module.fields.iter().filter_map(|field| Some((field.name.clone(), json!(field.default.as_ref()?))));
    let mut values: HashMap<String, Value> = defaults.collect();
    let (html, _) = description(value("description"));
    values.insert("description".to_owned(), html.into());
    for sender in ["partner_name", "partner_email"].into_iter().filter(|sender| !value(sender).is_empty()) {
        values.insert(sender.to_owned(), value(sender).into());
    }
    let (name, people) = (value("name"), People::default());
    let date = match value("date") {
        "" => now(),
        given => date(module, given)?,
    };
    let terms = due::terms(db, [module])?;
    let making = Making {
        model: &module.model,
        name: name.to_owned(),
        values,
        people,
        answers: None,
        date,
        due_from: date,
        last_mail_at: date,
        terms: &terms,
        server: None,
        marked: false,
    };
    Ok(pipeline::make(db, app.pipeline(), making)?)
}

fn check<'a>(module: &Module, value: &impl Fn(&str) -> &'a str) -> Result<(), OperationError> {
    let title = field::label(module, "name", say!("records-title"));
    let long = |name: &str, max: usize| value(name).chars().count() > max;
    let wrong = if value("name").is_empty() {
        Some(("name", say!("record-required", title)))
    } else if long("name", MAX_TITLE) || long("description", MAX_DESCRIPTION) {
        Some(("name", say!("record-too-long", title, max_title = MAX_TITLE, max_description = MAX_DESCRIPTION)))
    } else if long("partner_name", MAX_SENDER) || long("partner_email", MAX_SENDER) {
        Some(("partner_email", say!("record-sender-too-long", max_sender = MAX_SENDER)))
    } else {
        None
    };
    wrong.map_or(Ok(()), |(field, words)| Err(Invalid::new(field, words).into()))
}
