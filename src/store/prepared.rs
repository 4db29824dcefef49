//! Statements for each mail, which are prepared once for each connection. Otherwise the two-backend connection builds their
//! text several times on each run, and Diesel prepares UPDATE, upserts and IN anew each time, since their text may depend on
//! the values. Where it does not, that is a good part of the cost of a small statement.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::sqlite::Sqlite;

use super::connection::Db;

/// A query whose prepared statement is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct PreparedQuery<Q> {
    query: Q,
    always: bool,
}

/// For a query whose text is the same whatever its values are; not for an INSERT that may leave columns out.
pub(super) fn prepared<Q>(query: Q) -> PreparedQuery<Q> {
    PreparedQuery { query, always: true }
}

/// For a query with these values in an IN: it is kept for a single value, which is how a client hands mail over, and not for
/// each number of values.
pub(super) fn prepared_for_one<Q, T>(values: &[T], query: Q) -> PreparedQuery<Q> {
    PreparedQuery { query, always: values.len() == 1 }
}

/// The columns of a row, as `Row::as_select()` but for both databases alike.
pub(super) fn columns<Row: Selectable<Sqlite>>() -> Row::SelectExpression {
    Row::construct_selection()
}

impl<Q> PreparedQuery<Q> {
    pub(super) fn load<'query, U>(self, db: &mut Db) -> QueryResult<Vec<U>>
    where
        Self: LoadQuery<'query, SqliteConnection, U> + LoadQuery<'query, PgConnection, U>,
    {
        crate::on_backend!(db, conn => RunQueryDsl::load(self, conn))
    }

    /// The only row, or None.
    pub(super) fn one<'query, U>(self, db: &mut Db) -> QueryResult<Option<U>>
    where
        Self: LoadQuery<'query, SqliteConnection, U> + LoadQuery<'query, PgConnection, U>,
    {
        Ok(self.load(db)?.pop())
    }
}

impl<Q: QueryId> QueryId for PreparedQuery<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for PreparedQuery<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(pass)
    }

    // Diesel hides this method, but has no other way; the test below checks that it works. It is asked by `load` alone, not
    // by `execute`, so an UPDATE has to return something.
    fn is_safe_to_cache_prepared(&self, backend: &DB) -> QueryResult<bool> {
        Ok(self.always || self.query.is_safe_to_cache_prepared(backend)?)
    }
}

impl<Q: Query> Query for PreparedQuery<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, Conn> RunQueryDsl<Conn> for PreparedQuery<Q> {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::{Instrumentation, InstrumentationEvent};

    use super::*;
    use crate::store::schema::settings;
    use crate::store::{Store, StoreError};

    /// Counts the statements that a connection keeps from now on.
    fn counter(db: &mut Db) -> Arc<AtomicUsize> {
        let kept = Arc::new(AtomicUsize::new(0));
        let count = kept.clone();
        let watch = move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        };
        crate::on_backend!(db, conn => conn.set_instrumentation(Box::new(watch) as Box<dyn Instrumentation>));
        kept
    }

    #[test]
    fn what_is_prepared_is_kept_once_and_what_is_not_never() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 1).unwrap();
        store
            .read(|db| {
                let kept = counter(db);
                for value in ["a", "b"] {
                    let row = settings::table.find("x");
                    diesel::update(row).set(settings::value.eq(value)).execute(db)?;
                    assert_eq!(kept.load(Ordering::SeqCst), 0, "an UPDATE by itself");
                }
                for value in ["a", "b"] {
                    let row = settings::table.find("x");
                    let query = diesel::update(row).set(settings::value.eq(value)).returning(settings::name);
                    prepared(query).one::<String>(db)?;
                }
                assert_eq!(kept.load(Ordering::SeqCst), 1, "an UPDATE that is prepared");
                for names in [&["a"][..], &["b"], &["a", "b"]] {
                    let query = settings::table.filter(settings::name.eq_any(names)).select(settings::value);
                    prepared_for_one(names, query).load::<String>(db)?;
                }
                assert_eq!(kept.load(Ordering::SeqCst), 2, "an IN of one value");
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
