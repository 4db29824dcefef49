//! The audit: append-only, which triggers in the database enforce too.

use diesel::prelude::*;
use serde_json::Value;

use super::connection::{Db, StoreError};
use super::schema::audit;
use crate::domain::audit::Action;
use crate::domain::person::Caller;
use crate::domain::{Moment, now};

/// What to remember. `before` and `after` are JSON objects of what changed; never put a secret into them.
pub struct Entry<'a> {
    pub caller: &'a Caller,
    pub action: Action,
    /// Technical name, for example `res.users`.
    pub object_model: &'a str,
    pub object_id: Option<i32>,
    pub object_name: &'a str,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Writes one entry, within the transaction of the deed itself.
pub fn write(db: &mut Db, entry: &Entry) -> Result<(), StoreError> {
    diesel::insert_into(audit::table)
        .values((
            audit::at.eq(now()),
            audit::user_id.eq(entry.caller.user.map(|user| user.0)),
            audit::login.eq(&entry.caller.login),
            audit::address.eq(entry.caller.address.map(|address| address.to_string())),
            audit::action.eq(entry.action.code()),
            audit::object_model.eq(entry.object_model),
            audit::object_id.eq(entry.object_id),
            audit::object_name.eq(entry.object_name),
            audit::before.eq(entry.before.as_ref().map(Value::to_string)),
            audit::after.eq(entry.after.as_ref().map(Value::to_string)),
        ))
        .execute(db)?;
    Ok(())
}

/// One line of the audit page.
#[derive(Debug, Clone, Queryable)]
pub struct Row {
    pub id: i32,
    pub at: Moment,
    pub user_id: Option<i32>,
    pub login: String,
    pub address: Option<String>,
    pub action: String,
    pub object_model: String,
    pub object_id: Option<i32>,
    pub object_name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Which entries to show; None shows all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub action: Option<Action>,
    pub login: Option<String>,
    pub object_model: Option<String>,
    pub object_id: Option<i32>,
}

/// A page of entries, newest first, and how many there are in all.
pub fn list(db: &mut Db, filter: &Filter, offset: i64, limit: i64) -> Result<(Vec<Row>, i64), StoreError> {
    // Built twice: a boxed query is consumed by running it.
    let chosen = || {
        let mut query = audit::table.into_boxed();
        if let Some(action) = filter.action {
            query = query.filter(audit::action.eq(action.code()));
        }
        if let Some(login) = &filter.login {
            query = query.filter(audit::login.eq(login.clone()));
        }
        if let Some(model) = &filter.object_model {
            query = query.filter(audit::object_model.eq(model.clone()));
        }
        if let Some(id) = filter.object_id {
            query = query.filter(audit::object_id.eq(id));
        }
        query
    };
    let count = chosen().count().get_result(db)?;
    let rows = chosen().order(audit::id.desc()).offset(offset).limit(limit).load(db)?;
    Ok((rows, count))
}

/// The object models that occur, for the filter.
pub fn models(db: &mut Db) -> Result<Vec<String>, StoreError> {
    Ok(audit::table.select(audit::object_model).distinct().order(audit::object_model).load(db)?)
}
