//! When records are due: the rules, how long each record has waited, and the open ones whose date is computed anew.

use std::collections::HashMap;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::sql_types::{Bool, Text};
use serde_json::{Map, Value};

use crate::domain::due::{Deadlines, DueClock, DueTerms, WorkingTime};
use crate::domain::id::RecordId;
use crate::domain::module::Module;
use crate::domain::{Moment, now};
use crate::store::schema::{record_waits, records, stages};
use crate::store::values::{Json, to_json};
use crate::store::{Db, StoreError, installation};

/// The name of the working days among the settings.
const WORKING_TIME: &str = "working_time";

/// The name of a record type's deadlines there.
fn deadlines_of(model: &str) -> String {
    format!("deadlines {model}")
}

/// The name of the rules by which its open records were last computed.
fn counted_of(model: &str) -> String {
    format!("due counted {model}")
}

/// The rules for when records of these types are due; nothing is read if no type has due dates. Until the transaction ends
/// nobody changes them ([`hold_terms`]): what is written by these rules is there when everything is computed by new ones.
pub fn terms<'m>(db: &mut Db, modules: impl IntoIterator<Item = &'m Module>) -> Result<DueTerms, StoreError> {
    let with: Vec<&Module> = modules.into_iter().filter(|module| module.due.is_some()).collect();
    if with.is_empty() {
        return Ok(DueTerms::default());
    }
    if let Db::Postgres(conn) = db {
        diesel::sql_query("SELECT pg_advisory_xact_lock_shared(7103432)").execute(conn)?;
    }
    let names = [WORKING_TIME.to_owned()].into_iter().chain(with.iter().map(|module| deadlines_of(&module.model)));
    let kept: HashMap<String, String> =
        installation::settings_named(db, &names.collect::<Vec<_>>())?.into_iter().collect();
    let time = kept.get(WORKING_TIME).map(|text| read(WORKING_TIME, text)).transpose()?.unwrap_or_default();
    let mut deadlines = HashMap::new();
    for module in with {
        let name = deadlines_of(&module.model);
        let own = kept.get(&name).map(|text| read::<Deadlines>(&name, text)).transpose()?;
        let shipped = || module.due.as_ref().map(|due| due.days.clone()).unwrap_or_default();
        deadlines.insert(module.model.clone(), own.unwrap_or_else(shipped));
    }
    Ok(DueTerms { time, deadlines })
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("the setting {name}: {error}")))
}

/// Waits for whoever writes due dates, and locks the rules until the transaction ends, which is to change them. Others that
/// hold a record or the audit's end may wait for the rules: so this waits no longer than `patience`, and then gives way with
/// an error ([`gave_way`]), before PostgreSQL ends one of them.
pub fn hold_terms(db: &mut Db, patience: Duration) -> Result<(), StoreError> {
    if let Db::Postgres(conn) = db {
        let patience = patience.as_millis();
        conn.batch_execute(&format!("SET LOCAL lock_timeout = {patience}; SELECT pg_advisory_xact_lock(7103432);"))?;
    }
    Ok(())
}

/// Whether this may be the wait that was too long. PostgreSQL says so in its server's language, and without a code of its
/// own; the clock tells the rest.
pub fn gave_way(error: &StoreError) -> bool {
    matches!(error, StoreError::Query(diesel::result::Error::DatabaseError(DatabaseErrorKind::Unknown, _)))
}

/// All that the due dates of a record type's open records depend on, beside the records.
pub fn basis(db: &mut Db, module: &Module, terms: &DueTerms) -> Result<String, StoreError> {
    let stages = super::stages(db, &module.model)?;
    let stages: Vec<_> = stages.iter().map(|stage| (&stage.code, stage.closed, stage.waiting)).collect();
    let by = module.due.as_ref().map(|due| &due.by);
    to_json(&(&terms.time, terms.deadlines.get(&module.model), by, stages))
}

/// The rules by which all open records of a type were last computed; None if that was never done, or not finished.
pub fn counted_by(db: &mut Db, model: &str) -> Result<Option<String>, StoreError> {
    installation::setting(db, &counted_of(model))
}

/// Sets [`counted_by`]. None means that they are being computed.
pub fn set_counted_by(db: &mut Db, model: &str, basis: Option<&str>) -> Result<(), StoreError> {
    match basis {
        Some(basis) => installation::set_setting(db, &counted_of(model), basis),
        None => installation::delete_setting(db, &counted_of(model)),
    }
}

pub fn set_working_time(db: &mut Db, time: &WorkingTime) -> Result<(), StoreError> {
    installation::set_setting(db, WORKING_TIME, &to_json(time)?)
}

pub fn set_deadlines(db: &mut Db, model: &str, deadlines: &Deadlines) -> Result<(), StoreError> {
    installation::set_setting(db, &deadlines_of(model), &to_json(deadlines)?)
}

/// How long a record has waited so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Queryable, Selectable)]
#[diesel(table_name = record_waits)]
pub struct RecordWait {
    /// Working days.
    pub days: i32,
    /// Since when it waits.
    pub since: Option<Moment>,
}

impl RecordWait {
    /// The clock of a record whose deadline counts from this moment.
    pub fn clock(self, from: Moment) -> DueClock {
        DueClock { from, waited: u32::try_from(self.days).unwrap_or_default(), waits_since: self.since }
    }
}

pub fn wait(db: &mut Db, id: RecordId) -> Result<RecordWait, StoreError> {
    let found = record_waits::table.find(id).select(RecordWait::as_select()).first(db).optional()?;
    Ok(found.unwrap_or_default())
}

pub fn set_wait(db: &mut Db, id: RecordId, clock: &DueClock) -> Result<(), StoreError> {
    let days = i32::try_from(clock.waited).unwrap_or(i32::MAX);
    let set = (record_waits::days.eq(days), record_waits::since.eq(clock.waits_since));
    crate::on_backend!(db, conn => diesel::insert_into(record_waits::table)
        .values((record_waits::record_id.eq(id), set))
        .on_conflict(record_waits::record_id)
        .do_update()
        .set(set)
        .execute(conn))?;
    Ok(())
}

/// An open record, with what its due date depends on.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct OpenRecord {
    pub id: RecordId,
    pub date: Moment,
    pub due_from: Option<Moment>,
    pub due: Option<Moment>,
    #[diesel(deserialize_as = Json<Map<String, Value>>)]
    pub extra: Map<String, Value>,
    #[diesel(select_expression = stages::waiting)]
    pub waiting: bool,
    #[diesel(embed)]
    pub wait: Option<RecordWait>,
}

/// The next open records of a type behind this one, by their ids; `limit` at most.
pub fn open(db: &mut Db, model: &str, behind: RecordId, limit: i64) -> Result<Vec<OpenRecord>, StoreError> {
    let joined = records::table.inner_join(stages::table).left_join(record_waits::table);
    // No index of the type is used: all of it would be read and sorted for each of these.
    let open = joined.filter(sql::<Bool>("records.model || '' = ").bind::<Text, _>(model));
    let open = open.filter(records::closed.eq(false)).filter(records::id.gt(behind));
    Ok(open.order(records::id).limit(limit).select(OpenRecord::as_select()).load(db)?)
}

/// Computes the due dates of these open records anew, after the rules, or the stages that wait, have changed. Their version
/// stays, so it does not disturb anybody who is typing.
pub fn count_anew(db: &mut Db, module: &Module, terms: &DueTerms, open: &[OpenRecord]) -> Result<(), StoreError> {
    let at = now();
    for record in open {
        let clock = record.wait.unwrap_or_default().clock(record.due_from.unwrap_or(record.date));
        let turned = clock.turned(record.waiting, at, &terms.time);
        if turned != clock {
            set_wait(db, record.id, &turned)?;
        }
        let due = terms.due(&module.model, severity(module, &record.extra), &turned);
        if due != record.due {
            let set = (records::due.eq(due), records::write_date.eq(at));
            diesel::update(records::table.find(record.id)).set(set).execute(db)?;
        }
    }
    Ok(())
}

/// The code that decides when a record is due, among the fields that its type adds.
pub fn severity<'v>(module: &Module, extra: &'v Map<String, Value>) -> Option<&'v str> {
    extra.get(&module.due.as_ref()?.by)?.as_str()
}
