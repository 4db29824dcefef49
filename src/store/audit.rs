//! The audit is append-only, which triggers in the database enforce, too. It is a chain: each row carries the SHA-256 of
//! itself and of the hash before it, so that a row that was changed, removed or inserted is noticed. The end of the chain is
//! a row of its own, changed in the transaction of each deed; whoever writes next waits for it, so the chain never forks.

use diesel::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::connection::{Db, StoreError, first_locked};
use super::prepared::columns;
use super::schema::{audit, audit_chain, audit_checkpoints};
use crate::domain::id::UserId;
use crate::domain::person::Caller;
use crate::domain::rights::AuditAction;
use crate::domain::{Moment, now};

/// What to remember. `before` and `after` are JSON objects of what changed; never put a secret into them.
pub struct NewAuditEntry<'a> {
    pub caller: &'a Caller,
    pub action: AuditAction,
    /// Technical name, for example `res.users`.
    pub object_model: &'a str,
    pub object_id: Option<i32>,
    pub object_name: &'a str,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl<'a> NewAuditEntry<'a> {
    /// A deed on this object, without what it changed.
    pub fn new(
        caller: &'a Caller,
        action: AuditAction,
        object_model: &'a str,
        object_id: Option<i32>,
        object_name: &'a str,
    ) -> Self {
        Self { caller, action, object_model, object_id, object_name, before: None, after: None }
    }

    /// With what changed: before and after.
    pub fn changed(self, before: Option<Value>, after: Option<Value>) -> Self {
        Self { before, after, ..self }
    }
}

/// Writes one entry, within the transaction of the deed itself.
pub fn write(db: &mut Db, entry: &NewAuditEntry) -> Result<(), StoreError> {
    let end = begin(db)?;
    let mut row = AuditRow {
        id: 0,
        at: now(),
        user_id: entry.caller.user,
        login: entry.caller.login.clone(),
        address: entry.caller.address.map(|address| address.to_string()),
        action: entry.action.code().to_owned(),
        object_model: entry.object_model.to_owned(),
        object_id: entry.object_id,
        object_name: entry.object_name.to_owned(),
        before: entry.before.as_ref().map(Value::to_string),
        after: entry.after.as_ref().map(Value::to_string),
        hash: None,
    };
    let hash = row.link(&end.hash);
    row.hash = Some(hash.clone());
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(audit::table)
        .values(&row).returning(audit::id).get_result(conn))?;
    diesel::update(audit_chain::table.find(1))
        .set((audit_chain::last_id.eq(id), audit_chain::hash.eq(hash)))
        .execute(db)?;
    Ok(())
}

/// The end of the chain.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_chain)]
pub struct ChainEnd {
    /// The last row from before there was a chain; 0 where there is none.
    pub anchored: i32,
    /// The hash over all rows up to that one.
    pub anchor: String,
    pub last_id: i32,
    pub hash: String,
}

/// The end of the chain, for reading; None before it begins.
pub fn end(db: &mut Db) -> Result<Option<ChainEnd>, StoreError> {
    Ok(audit_chain::table.find(1).select(ChainEnd::as_select()).first(db).optional()?)
}

/// Begins the chain where there is none yet, and locks its end until this transaction ends. Rows from before the chain are
/// read once, and secured by one hash over all of them.
pub fn begin(db: &mut Db) -> Result<ChainEnd, StoreError> {
    if let Some(end) = hold(db)? {
        return Ok(end);
    }
    if let Db::Postgres(conn) = db {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7103430)").execute(conn)?;
        if let Some(end) = hold(db)? {
            return Ok(end);
        }
    }
    let (mut last, mut hash) = (0, String::new());
    loop {
        let rows = after(db, last, PAGE)?;
        let Some(end) = rows.last() else { break };
        last = end.id;
        hash = rows.iter().fold(hash, |hash, row| row.link(&hash));
    }
    let end = ChainEnd { anchored: last, anchor: hash.clone(), last_id: last, hash };
    crate::on_backend!(db, conn => diesel::insert_into(audit_chain::table)
        .values((audit_chain::id.eq(1), &end)).execute(conn))?;
    Ok(end)
}

fn hold(db: &mut Db) -> Result<Option<ChainEnd>, StoreError> {
    let query = audit_chain::table.find(1).select(columns::<ChainEnd>());
    Ok(first_locked!(db, query, for_update))
}

/// Rows that are read at a time.
pub const PAGE: i64 = 500;

/// The rows behind this one, oldest first.
pub fn after(db: &mut Db, id: i32, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    let behind = audit::table.filter(audit::id.gt(id)).order(audit::id).limit(limit);
    Ok(behind.select(AuditRow::as_select()).load(db)?)
}

/// A row by its number.
pub fn get(db: &mut Db, id: i32) -> Result<Option<AuditRow>, StoreError> {
    Ok(audit::table.find(id).select(AuditRow::as_select()).first(db).optional()?)
}

/// A signed end of the chain.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_checkpoints)]
pub struct Checkpoint {
    pub audit_id: i32,
    pub mac: String,
}

pub fn last_checkpoint(db: &mut Db) -> Result<Option<Checkpoint>, StoreError> {
    let newest = audit_checkpoints::table.order(audit_checkpoints::audit_id.desc());
    Ok(newest.select(Checkpoint::as_select()).first(db).optional()?)
}

/// The signed ends of the rows behind `first`, up to `last`.
pub fn checkpoints(db: &mut Db, first: i32, last: i32) -> Result<Vec<Checkpoint>, StoreError> {
    Ok(audit_checkpoints::table
        .filter(audit_checkpoints::audit_id.gt(first))
        .filter(audit_checkpoints::audit_id.le(last))
        .order(audit_checkpoints::audit_id)
        .select(Checkpoint::as_select())
        .load(db)?)
}

/// Forgets all signatures, which nobody can check any more.
pub fn forget_checkpoints(db: &mut Db) -> Result<(), StoreError> {
    diesel::delete(audit_checkpoints::table).execute(db)?;
    Ok(())
}

pub fn add_checkpoint(db: &mut Db, audit_id: i32, mac: &str) -> Result<(), StoreError> {
    diesel::insert_into(audit_checkpoints::table)
        .values((audit_checkpoints::audit_id.eq(audit_id), audit_checkpoints::mac.eq(mac)))
        .execute(db)?;
    Ok(())
}

/// One line of the audit page.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
pub struct AuditRow {
    #[diesel(skip_insertion)]
    pub id: i32,
    pub at: Moment,
    pub user_id: Option<UserId>,
    pub login: String,
    pub address: Option<String>,
    /// The code of an [`AuditAction`], as it is stored: the hash is over it.
    pub action: String,
    pub object_model: String,
    pub object_id: Option<i32>,
    pub object_name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// None in rows from before there was a chain.
    pub hash: Option<String>,
}

impl AuditRow {
    /// The hash of this row, as it follows the given one. It is over a JSON list of all values in the order of the columns,
    /// with the time to the microsecond, which is the same on both databases; the row's number is left out, since the chain
    /// gives the order.
    pub fn link(&self, previous: &str) -> String {
        let values = json!([
            self.at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            self.user_id,
            self.login,
            self.address,
            self.action,
            self.object_model,
            self.object_id,
            self.object_name,
            self.before,
            self.after,
        ]);
        hex::encode(Sha256::digest(format!("{previous}\n{values}")))
    }
}

/// Which entries to show; None shows all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub action: Option<AuditAction>,
    pub login: Option<String>,
    pub object_model: Option<String>,
    pub object_id: Option<i32>,
    /// From this moment on, and before that one.
    pub since: Option<Moment>,
    pub before: Option<Moment>,
}

impl AuditFilter {
    /// The first and last number in this time: rows are numbered in the order in which they are written.
    fn numbers(&self, db: &mut Db) -> Result<(i32, i32), StoreError> {
        let mut first_of = |moment: Option<Moment>, none: i32| -> Result<i32, StoreError> {
            let Some(moment) = moment else { return Ok(none) };
            let behind = audit::table.filter(audit::at.ge(moment)).order((audit::at, audit::id)).select(audit::id);
            Ok(behind.first(db).optional()?.unwrap_or(i32::MAX))
        };
        Ok((first_of(self.since, 0)?, first_of(self.before, i32::MAX)?))
    }
}

/// The query of a filter, for rows below a number.
macro_rules! chosen {
    ($filter:expr, $numbers:expr) => {{
        let (first, end) = $numbers;
        let mut query = audit::table.filter(audit::id.ge(first)).filter(audit::id.lt(end)).into_boxed();
        if let Some(action) = $filter.action {
            query = query.filter(audit::action.eq(action));
        }
        if let Some(login) = &$filter.login {
            query = query.filter(audit::login.eq(login));
        }
        if let Some(model) = &$filter.object_model {
            query = query.filter(audit::object_model.eq(model));
        }
        if let Some(id) = $filter.object_id {
            query = query.filter(audit::object_id.eq(id));
        }
        query
    }};
}

/// A page of entries, newest first, and how many there are in all.
pub fn list(db: &mut Db, filter: &AuditFilter, offset: i64, limit: i64) -> Result<(Vec<AuditRow>, i64), StoreError> {
    let numbers = filter.numbers(db)?;
    let count = chosen!(filter, numbers).count().get_result(db)?;
    let page = chosen!(filter, numbers).order(audit::id.desc()).offset(offset).limit(limit);
    let rows = page.select(AuditRow::as_select()).load(db)?;
    Ok((rows, count))
}

/// The numbers of up to so many entries, newest first.
pub fn ids(db: &mut Db, filter: &AuditFilter, limit: i64) -> Result<Vec<i32>, StoreError> {
    let numbers = filter.numbers(db)?;
    Ok(chosen!(filter, numbers).order(audit::id.desc()).limit(limit).select(audit::id).load(db)?)
}

/// These entries, newest first.
pub fn newest_of(db: &mut Db, ids: &[i32]) -> Result<Vec<AuditRow>, StoreError> {
    let some = audit::table.filter(audit::id.eq_any(ids)).order(audit::id.desc());
    Ok(some.select(AuditRow::as_select()).load(db)?)
}

/// The object models that occur, for the filter.
pub fn models(db: &mut Db) -> Result<Vec<String>, StoreError> {
    Ok(audit::table.select(audit::object_model).distinct().order(audit::object_model).load(db)?)
}
