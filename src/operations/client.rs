//! What a client of the API asks of the database: it reads rows that its role may see, in the share of the connections and
//! in the time that clients have, and writes in one transaction a call.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{App, LONG_PATIENCE, OperationError, PATIENCE, StoreError, require};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::say;
use crate::store::sight::RecordSight;
use crate::store::{limits, query};

pub use crate::store::query::{
    Aggregate, AggregateFunction, AggregateKind, Bind, Column, ColumnKind, Comparison, Condition, Direction,
    Expression, Granularity, GroupKey, GroupOrder, GroupQuery, Query, SortKey, Table, expressions,
};
pub use crate::store::{Db, QueryError};

/// Runs a call that only reads: its statements together have the time of one.
pub fn reading<T, E: From<OperationError>>(
    app: &App,
    caller: &Caller,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let _place = app.shares.api.enter(caller.user, PATIENCE).map_err(OperationError::from)?;
    limits::within(Duration::from_secs(app.config.query_seconds.get().into()), work)
}

/// Runs the transaction of a call that writes. It waits for others as long as the database would have it wait.
pub fn writing<T, E: From<OperationError> + From<StoreError> + From<QueryError>>(
    app: &App,
    caller: &Caller,
    work: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    let _place = app.shares.written.enter(caller.user, LONG_PATIENCE).map_err(OperationError::from)?;
    app.store.write(work)
}

/// Refused once the time of [`reading`] is over, for what takes long outside of the database.
pub fn in_time() -> Result<(), OperationError> {
    limits::passed().map_or(Ok(()), |allowed| Err(OperationError::TooLong(allowed)))
}

/// Which rows of an object a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    All,
    /// The row with this id alone: everybody may look at their own account.
    Own(i32),
    None,
}

pub fn sight(caller: &Caller, object: Object) -> Sight {
    match object {
        _ if caller.may(Right::Read, object) => Sight::All,
        Object::Users => Sight::Own(caller.user.map_or(0, |user| user.0)),
        _ => Sight::None,
    }
}

/// The rows asked for, in order: see [`query::select`]. `object` is what the table holds.
pub fn select<E: From<OperationError> + From<StoreError>>(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    query: Query<'_>,
    take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let query = seen(caller, object, query)?;
    let sight = RecordSight::of(db, caller)?;
    query::select(db, sight, &query, take)
}

/// The ids of the rows asked for, in order.
pub fn ids<E: From<OperationError> + From<StoreError>>(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    query: Query<'_>,
) -> Result<Vec<i32>, E> {
    let query = seen(caller, object, query)?;
    let sight = RecordSight::of(db, caller)?;
    query::ids(db, sight, &query)
}

/// How many rows the condition finds.
pub fn count(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    table: &Table,
    condition: Condition<'_>,
) -> Result<i64, OperationError> {
    let condition = visible(caller, object, table, condition)?;
    let sight = RecordSight::of(db, caller)?;
    Ok(query::count(db, sight, table, &condition)?)
}

/// The groups asked for, in order: see [`query::groups`]. `object` is what the table holds.
pub fn groups<E: From<OperationError> + From<StoreError>>(
    db: &mut Db,
    caller: &Caller,
    object: Object,
    asked: GroupQuery<'_>,
    take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let condition = visible(caller, object, asked.table, asked.condition)?;
    let sight = RecordSight::of(db, caller)?;
    query::groups(db, sight, &GroupQuery { condition, ..asked }, take)
}

fn seen<'a>(caller: &Caller, object: Object, query: Query<'a>) -> Result<Query<'a>, OperationError> {
    Ok(Query { condition: visible(caller, object, query.table, query.condition)?, ..query })
}

/// The condition, for the rows that the caller sees.
fn visible<'a>(
    caller: &Caller,
    object: Object,
    table: &'a Table,
    condition: Condition<'a>,
) -> Result<Condition<'a>, OperationError> {
    match (sight(caller, object), table.column("id")) {
        (Sight::Own(own), Some(id)) => {
            let own = Condition::Compare(id, Comparison::Equal, Bind::Integer(i64::from(own)));
            Ok(Condition::All(vec![own, condition]))
        }
        _ => require(caller, Right::Read, object, || say!("deed-read-table", table = table.name)).map(|()| condition),
    }
}
