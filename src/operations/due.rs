//! When records are due, as administrators keep it: the days on which people work, and the deadlines of each record
//! type. What changes counts for all open records at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{App, OperationError, require};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::due::{Deadlines, DueTerms, MOST_DAYS, WorkingTime};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::pipeline;
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::due as stored;
use crate::store::{Backend, Db};

/// What the audit calls it.
const MODEL: &str = "mailgate.due";

pub fn terms(app: &App, caller: &Caller) -> Result<DueTerms, OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-deadlines"))?;
    Ok(app.store.read(|db| stored::terms(db, app.modules.all()))?)
}

pub fn set_working_time(app: &App, caller: &Caller, time: &WorkingTime) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-deadlines"))?;
    holding_terms(app, |db| {
        let before = stored::terms(db, app.modules.all())?.time;
        stored::set_working_time(db, time)?;
        remember(db, caller, "working_time", json!(before), json!(time))
    })?;
    for module in app.modules.all() {
        pipeline::count_anew(&app.store, module)?;
    }
    Ok(())
}

/// Working days by the codes of what a record's deadline goes by, as typed; what is empty is never due.
pub fn set_deadlines(
    app: &App,
    caller: &Caller,
    model: &str,
    typed: &BTreeMap<String, String>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-deadlines"))?;
    let gone = || OperationError::NotFound(say!("record-type-gone", model).into());
    let module = app.modules.get(model).filter(|module| module.due.is_some()).ok_or_else(gone)?;
    let deadlines = read(module, typed)?;
    holding_terms(app, |db| {
        let before = stored::terms(db, [module])?.deadlines.remove(model).unwrap_or_default();
        stored::set_deadlines(db, model, &deadlines)?;
        remember(db, caller, model, json!(before), json!(deadlines))
    })?;
    Ok(pipeline::count_anew(&app.store, module)?)
}

/// How long it waits for others, from try to try.
const WAITS: [u64; 5] = [400, 800, 1600, 3200, 6400];

fn holding_terms(app: &App, change: impl Fn(&mut Db) -> Result<(), OperationError>) -> Result<(), OperationError> {
    let mut waits = WAITS.iter().copied().map(Duration::from_millis).peekable();
    loop {
        let patience = waits.next().unwrap_or_default();
        let begun = Instant::now();
        let done = app.store.write(|db| {
            stored::hold_terms(db, patience)?;
            change(db)
        });
        match done {
            Err(OperationError::Store(error))
                if app.store.backend() == Backend::Postgres
                    && stored::gave_way(&error)
                    && begun.elapsed() >= patience
                    && waits.peek().is_some() =>
            {
                // Those who wait behind this one come first.
                std::thread::sleep(patience / 2);
            }
            done => return done,
        }
    }
}

fn read(module: &Module, typed: &BTreeMap<String, String>) -> Result<Deadlines, OperationError> {
    let (mut days, mut invalid) = (BTreeMap::new(), Vec::new());
    for (code, label) in module.severity().iter().flat_map(|field| &field.selection) {
        let given = typed.get(code).map_or("", |given| given.trim());
        match given.parse::<u32>() {
            _ if given.is_empty() => {}
            Ok(count) if count <= MOST_DAYS => {
                days.insert(code.clone(), count);
            }
            _ => invalid.push(Invalid::new(code.clone(), say!("due-days", label, most = MOST_DAYS))),
        }
    }
    if invalid.is_empty() { Ok(Deadlines(days)) } else { Err(OperationError::Invalid(invalid)) }
}

fn remember(db: &mut Db, caller: &Caller, name: &str, before: Value, after: Value) -> Result<(), OperationError> {
    let entry = NewAuditEntry {
        caller,
        action: AuditAction::Write,
        object_model: MODEL,
        object_id: None,
        object_name: name,
        before: Some(before),
        after: Some(after),
    };
    Ok(audit::write(db, &entry)?)
}
