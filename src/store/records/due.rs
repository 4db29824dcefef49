//! When records are due: what says so, how long each has waited, and the open ones whose day is counted anew.

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

/// The name that the working days have among the settings.
const WORKING_TIME: &str = "working_time";

/// The name that a record type's deadlines have there.
fn deadlines_of(model: &str) -> String {
    format!("deadlines {model}")
}

/// The name that what its open records were last counted by has there.
fn counted_of(model: &str) -> String {
    format!("due counted {model}")
}

/// What says when records of these types are due; nothing is asked where no type has a due date. Until the transaction ends
/// nobody changes it ([`hold_terms`]): what is written by these terms is there when all is counted by new ones.
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

/// Waits for whoever writes due dates, and keeps others from it until the transaction ends, which is to change the terms.
/// Others hold a record or the audit's end already and wait for the terms: this one waits for nothing longer than that, and
/// gives way by an error ([`gave_way`]), before PostgreSQL ends one of them.
pub fn hold_terms(db: &mut Db, patience: Duration) -> Result<(), StoreError> {
    if let Db::Postgres(conn) = db {
        let patience = patience.as_millis();
        conn.batch_execute(&format!("SET LOCAL lock_timeout = {patience}; SELECT pg_advisory_xact_lock(7103432);"))?;
    }
    Ok(())
}

/// Whether this may be the wait that was too long: PostgreSQL says so in whatever language its server speaks, and of no kind of
/// its own. The clock says the rest.
pub fn gave_way(error: &StoreError) -> bool {
    matches!(error, StoreError::Query(diesel::result::Error::DatabaseError(DatabaseErrorKind::Unknown, _)))
}

/// All that the due dates of a record type's open records follow from, beside the records.
pub fn basis(db: &mut Db, module: &Module, terms: &DueTerms) -> Result<String, StoreError> {
    let stages = super::stages(db, &module.model)?;
    let stages: Vec<_> = stages.iter().map(|stage| (&stage.code, stage.closed, stage.waiting)).collect();
    let by = module.due.as_ref().map(|due| &due.by);
    to_json(&(&terms.time, terms.deadlines.get(&module.model), by, stages))
}

/// What all open records of a type were last counted by; None where that was never done, or did not come to its end.
pub fn counted_by(db: &mut Db, model: &str) -> Result<Option<String>, StoreError> {
    installation::setting(db, &counted_of(model))
}

/// As [`counted_by`]. With None they are being counted.
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
    /// It waits since then.
    pub since: Option<Moment>,
}

impl RecordWait {
    /// The clock of a record whose time runs since then.
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

/// An open record as far as its due date goes.
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

/// So many open records of a type behind this one, by their ids.
pub fn open(db: &mut Db, model: &str, behind: RecordId, limit: i64) -> Result<Vec<OpenRecord>, StoreError> {
    let joined = records::table.inner_join(stages::table).left_join(record_waits::table);
    // No index of the type leads: all of it would be gone through and sorted for each of these.
    let open = joined.filter(sql::<Bool>("records.model || '' = ").bind::<Text, _>(model));
    let open = open.filter(records::closed.eq(false)).filter(records::id.gt(behind));
    Ok(open.order(records::id).limit(limit).select(OpenRecord::as_select()).load(db)?)
}

/// Counts the due dates of these open records anew: what says when they are due was changed, or which stages wait. No
/// change of version: nobody's typing gets in the way of it.
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

/// The code by which a record is due, of the fields that its type adds.
pub fn severity<'v>(module: &Module, extra: &'v Map<String, Value>) -> Option<&'v str> {
    extra.get(&module.due.as_ref()?.by)?.as_str()
}
