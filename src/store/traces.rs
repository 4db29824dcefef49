//! How mails were routed, in the words that their pages show: a row for each that differs, since most mail comes to the same.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::prepared::prepared_for_one;
use super::schema::traces;
use super::values::RouteTrace;
use super::{Db, StoreError};
use crate::domain::route::TraceStep;

/// The ids of these traces, which are written where they are new.
pub fn keep(db: &mut Db, all: &[&str]) -> Result<HashMap<String, i32>, StoreError> {
    // In one order, so that no two transactions wait for each other.
    let by_digest: BTreeMap<String, &str> =
        all.iter().map(|trace| (hex::encode(Sha256::digest(trace.as_bytes())), *trace)).collect();
    let mut ids = known(db, &by_digest)?;
    if ids.len() < by_digest.len() {
        let new = by_digest.iter().filter(|(digest, _)| !ids.contains_key(*digest));
        let rows: Vec<_> =
            new.map(|(digest, trace)| (traces::digest.eq(digest.as_str()), traces::trace.eq(*trace))).collect();
        for some in rows.chunks(100) {
            match db {
                Db::Sqlite(conn) => diesel::insert_or_ignore_into(traces::table).values(some).execute(conn)?,
                Db::Postgres(conn) => {
                    diesel::insert_into(traces::table).values(some).on_conflict_do_nothing().execute(conn)?
                }
            };
        }
        ids = known(db, &by_digest)?;
    }
    Ok(by_digest.into_iter().filter_map(|(digest, trace)| Some((trace.to_owned(), *ids.get(&digest)?))).collect())
}

/// The ids of those that are there, by their digests.
fn known(db: &mut Db, of: &BTreeMap<String, &str>) -> Result<HashMap<String, i32>, StoreError> {
    let mut found = HashMap::new();
    for some in of.keys().map(String::as_str).collect::<Vec<_>>().chunks(500) {
        let query = traces::table.filter(traces::digest.eq_any(some)).select((traces::digest, traces::id));
        found.extend(prepared_for_one(some, query).load::<(String, i32)>(db)?);
    }
    Ok(found)
}

/// The trace with this id.
pub(super) fn find(db: &mut Db, id: i32) -> Result<Vec<TraceStep>, StoreError> {
    let RouteTrace(trace) = traces::table.find(id).select(traces::trace.nullable()).first(db)?;
    Ok(trace)
}
