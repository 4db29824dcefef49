//! The pool, the two backends, how a transaction begins, and how the schema is brought up to date.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use diesel::backend::Backend as DieselBackend;
use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::r2d2::{
    ConnectionManager, CustomizeConnection, Error as PoolError, ManageConnection, Pool, PooledConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use parking_lot::Mutex;
use r2d2::HandleError;

use super::limits::{self, ReadPatience};
use crate::key::SealError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// A connection to whichever database is configured.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Writes a query once for both backends: `on_backend!(db, conn => diesel::insert_into(t)…get_result(conn))`.
/// Needed where the two-backend connection has no implementation: `returning`, `on_conflict`, several rows.
#[macro_export]
macro_rules! on_backend {
    ($db:expr, $conn:ident => $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite($conn) => $body,
            $crate::store::Db::Postgres($conn) => $body,
        }
    };
}

/// Inserts those rows that are not there yet.
macro_rules! insert_missing {
    ($db:expr, $table:expr, $rows:expr) => {
        for some in $rows.chunks(500) {
            match $db {
                $crate::store::Db::Sqlite(conn) => diesel::insert_or_ignore_into($table).values(some).execute(conn)?,
                $crate::store::Db::Postgres(conn) => {
                    diesel::insert_into($table).values(some).on_conflict_do_nothing().execute(conn)?
                }
            };
        }
    };
}
pub(super) use insert_missing;

/// The first row of a query, or None; others are kept from it until the transaction ends, by PostgreSQL's lock of this name. In
/// SQLite a transaction that writes is alone.
macro_rules! first_locked {
    ($db:expr, $query:expr, $lock:ident) => {
        match $db {
            $crate::store::Db::Sqlite(conn) => $query.first(conn).optional()?,
            $crate::store::Db::Postgres(conn) => $query.$lock().first(conn).optional()?,
        }
    };
}
pub(super) use first_locked;

/// Inserts rows: with PostgreSQL many in a statement; SQLite runs one that stays prepared, for which no server is asked.
macro_rules! insert_all {
    ($db:expr, $table:expr, $rows:expr) => {
        match $db {
            $crate::store::Db::Sqlite(conn) => {
                for row in $rows {
                    diesel::insert_into($table).values(row).execute(conn)?;
                }
            }
            $crate::store::Db::Postgres(conn) => {
                for some in $rows.chunks(500) {
                    diesel::insert_into($table).values(some).execute(conn)?;
                }
            }
        }
    };
}
pub(super) use insert_all;

/// Ids that a table of PostgreSQL gives out next: what refers to new rows is known before they are written, many in a
/// statement, of whose answer no order is promised.
pub(super) fn next_ids(conn: &mut PgConnection, table: &'static str, count: usize) -> Result<Vec<i32>, StoreError> {
    #[derive(QueryableByName)]
    struct NextId {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        id: i32,
    }
    let next = format!("SELECT CAST(nextval('{table}_id_seq') AS INTEGER) AS id FROM generate_series(1, {count})");
    let mut ids: Vec<i32> = diesel::sql_query(next).load::<NextId>(conn)?.into_iter().map(|next| next.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Why the database did not do it. Its text may go to a log, never to a page.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    #[error("the database refused a statement: {0}")]
    Query(diesel::result::Error),
    /// It was reading for longer than it may ([`super::limits`]).
    #[error("reading took longer than {} s and was ended", .0.as_secs_f32())]
    TooLong(Duration),
    #[error(
        "the schema could not be brought up to date: {0}. What this step had changed was undone, those before it stay, and \
         the next start goes on from there"
    )]
    Migration(String),
    /// Said before anything is changed.
    #[error(
        "the database {database} is of a Mailgate before 0.2, and what is copied while it is brought up to date needs {} MB free \
         on its disk, where there are {} MB. Nothing was changed. Make room, or move the database to a larger disk",
        .needed / 1_000_000, .free / 1_000_000
    )]
    NoRoom { database: String, needed: u64, free: u64 },
    /// Another program has changed the schema: what is there may mean something else.
    #[error(
        "the database {database} is of a newer Mailgate than this one ({}): it has migrations that this program does not \
         know ({}). Nothing was changed. Run the newer program on it, or give this one a backup from before the upgrade, or \
         another database (MAILGATE_DATABASE_URL)",
        env!("CARGO_PKG_VERSION"), .unknown.join(", ")
    )]
    Newer { database: String, unknown: Vec<String> },
    #[error("a stored value can't be read: {0}")]
    Corrupt(String),
    /// A password that can't be sealed, or was sealed with another key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<diesel::result::Error> for StoreError {
    /// A statement that was ended is told by each database in words of its own, in whatever language it speaks: the clock
    /// says why.
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match (&error, limits::passed()) {
            (Error::DatabaseError(DatabaseErrorKind::Unknown, _), Some(allowed)) => StoreError::TooLong(allowed),
            (Error::DeserializationError(value), _) => StoreError::Corrupt(value.to_string()),
            _ => StoreError::Query(error),
        }
    }
}

impl StoreError {
    /// Whether what was to be written may be the cause, and not the database: without it the rest may succeed.
    pub fn may_be_the_data(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error};
        match self {
            StoreError::Query(Error::DatabaseError(kind, _)) => !matches!(
                kind,
                DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::ReadOnlyTransaction
                    | DatabaseErrorKind::SerializationFailure
            ),
            StoreError::Query(Error::BrokenTransactionManager) => false,
            StoreError::Query(_) | StoreError::Corrupt(_) => true,
            StoreError::Unreachable(_)
            | StoreError::TooLong(_)
            | StoreError::Migration(_)
            | StoreError::NoRoom { .. }
            | StoreError::Newer { .. }
            | StoreError::Seal(_) => false,
        }
    }
}

/// The pool; cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<ConnectionManager<Db>>,
    backend: Backend,
    target: String,
    /// How long one read may take; None lets it take as long as it does.
    patience: Option<ReadPatience>,
    refused: Refused,
}

/// How long a connection is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The same while the database refuses every new one.
const AWAY: Duration = Duration::from_secs(2);

/// How many times as long as it wrote work aside gives way, and how long at most.
const GIVEN_WAY: u32 = 3;
const LONGEST_GIVEN_WAY: Duration = Duration::from_millis(200);

/// When the database last refused a connection.
#[derive(Debug, Clone, Default)]
struct Refused(Arc<Mutex<Option<Instant>>>);

impl HandleError<PoolError> for Refused {
    fn handle_error(&self, error: PoolError) {
        tracing::warn!(%error, "no connection to the database could be made");
        *self.0.lock() = Some(Instant::now());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Store {
    /// Opens `sqlite://PATH`, a bare path, or `postgres://…`, and brings the schema up to date; a database that a newer
    /// Mailgate has used is left as it is ([`StoreError::Newer`]). Connections are made as they are needed, `size` at most;
    /// waiting for one ends after 30 s.
    pub fn open(url: &str, size: u32) -> Result<Self, StoreError> {
        let backend = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Backend::Postgres
        } else {
            Backend::Sqlite
        };
        let target = url.strip_prefix("sqlite://").unwrap_or(url);
        limits::watch_sqlite();
        // The pool would try for its whole waiting time; who starts wants to know at once.
        ConnectionManager::<Db>::new(target).connect().map_err(|error| StoreError::Unreachable(error.to_string()))?;
        let store = Self::connected(target.to_owned(), backend, size, None)?;
        store.migrate(&without_password(target))?;
        Ok(store)
    }

    /// The same database for people and clients: connections of their own, `size` at most, so that they take none from
    /// the work on mail, and for each read as much time as what it is for has. What is written has no deadline here either.
    pub fn for_readers(&self, size: u32, patience: ReadPatience) -> Result<Self, StoreError> {
        Self::connected(self.target.clone(), self.backend, size, Some(patience))
    }

    fn connected(
        target: String,
        backend: Backend,
        size: u32,
        patience: Option<ReadPatience>,
    ) -> Result<Self, StoreError> {
        let refused = Refused::default();
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(LONGEST_WAIT)
            .error_handler(Box::new(refused.clone()))
            // A file does not go away; asking it each time costs more than most reads.
            .test_on_check_out(backend == Backend::Postgres)
            .connection_customizer(Box::new(Prepare))
            .build(ConnectionManager::<Db>::new(&target))
            .map_err(|error| StoreError::Unreachable(error.to_string()))?;
        Ok(Self { pool, backend, target, patience, refused })
    }

    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Whether the database answers within `wait`.
    pub fn answers(&self, wait: Duration) -> bool {
        let connection = self.pool.get_timeout(wait);
        connection.is_ok_and(|mut conn| conn.batch_execute("SELECT 1").is_ok())
    }

    /// A connection is waited for while others use them all; where none can be made any more, not for long: whoever asks
    /// is told.
    fn connection(&self) -> Result<PooledConnection<ConnectionManager<Db>>, StoreError> {
        let begun = Instant::now();
        loop {
            match self.pool.get_timeout(AWAY) {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    // Where others hold some, it may refuse more than so many.
                    let has_none = self.pool.state().connections == 0;
                    let is_away = has_none && self.refused.0.lock().is_some_and(|refused| refused > begun);
                    if is_away || begun.elapsed() > LONGEST_WAIT {
                        return Err(StoreError::Unreachable(error.to_string()));
                    }
                }
            }
        }
    }

    fn migrate(&self, database: &str) -> Result<(), StoreError> {
        let mut conn = self.connection()?;
        match &mut *conn {
            Db::Sqlite(conn) => {
                // A table gets another shape by a copy that takes its place, which foreign keys would refuse; outside of
                // a transaction alone they can be switched off.
                conn.batch_execute("PRAGMA foreign_keys = OFF")?;
                let room = Some(Path::new(&self.target));
                let outcome = bring_up_to_date(conn, SQLITE, database, room);
                conn.batch_execute("PRAGMA foreign_keys = ON")?;
                if outcome? {
                    // What the steps wrote stands in the log, which would keep its length.
                    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
                }
                Ok(())
            }
            Db::Postgres(conn) => {
                // Several nodes may start at once: one migrates, the others wait for it.
                conn.batch_execute("SELECT pg_advisory_lock(7103427)")?;
                let outcome = bring_up_to_date(conn, POSTGRES, database, None);
                conn.batch_execute("SELECT pg_advisory_unlock(7103427)")?;
                outcome.map(drop)
            }
        }
    }

    /// Reads, without a transaction; within the deadline, where there is one ([`StoreError::TooLong`]).
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        if let Some(allowed) = self.patience.and_then(|_| limits::passed()) {
            return Err(StoreError::TooLong(allowed).into());
        }
        let mut conn = self.connection()?;
        match self.patience.map(|patience| patience.now()) {
            Some(allowed) => limits::within(allowed, || {
                end_after(&mut conn, allowed)?;
                work(&mut conn)
            }),
            None => limits::without(|| work(&mut conn)),
        }
    }

    /// One transaction that may write. With SQLite it takes the write lock at once: a transaction that reads
    /// first and writes later fails with "database is locked" as soon as two of them meet.
    pub fn write<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError> + From<diesel::result::Error>,
    {
        let mut conn = self.connection()?;
        limits::without(|| {
            let db = &mut *conn;
            begin(db)?;
            match work(db) {
                Ok(value) => {
                    commit(db)?;
                    Ok(value)
                }
                Err(error) => {
                    // A ROLLBACK that fails means the connection is gone, and with it the transaction.
                    let _ = rollback(db);
                    Err(error)
                }
            }
        })
    }

    /// The same for a short step of much work, which gives way afterwards. SQLite has whoever waits look again only
    /// now and then, and where one transaction begins as soon as another has ended they find it locked each time.
    pub fn write_aside<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError> + From<diesel::result::Error>,
    {
        let begun = Instant::now();
        let outcome = self.write(work);
        if self.backend == Backend::Sqlite {
            std::thread::sleep((begun.elapsed() * GIVEN_WAY).min(LONGEST_GIVEN_WAY));
        }
        outcome
    }
}

/// The address of a database as it may be shown: what follows on `?`, and what stands between a user's name and the
/// host, may be a secret.
fn without_password(target: &str) -> String {
    let Some((scheme, rest)) = target.split_once("://") else { return target.to_owned() };
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((account, place)) => format!("{scheme}://{}@{place}", account.split(':').next().unwrap_or_default()),
        None => format!("{scheme}://{rest}"),
    }
}

/// A savepoint within [`Store::write`]: on an error only this part is undone.
pub fn savepoint<T, E: From<diesel::result::Error>>(
    db: &mut Db,
    work: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    db.transaction(work)
}

type Ansi = diesel::connection::AnsiTransactionManager;

fn begin(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(conn) => Ansi::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        // The deadline of a connection is for what it reads. One message to the server, as before.
        Db::Postgres(conn) => Ansi::begin_transaction_sql(conn, "BEGIN; SET LOCAL statement_timeout = 0"),
    }
}

/// All that is read within it is of one moment, on a connection of [`Store::read`].
pub fn at_one_moment<T, E>(db: &mut Db, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E>
where
    E: From<StoreError> + From<diesel::result::Error>,
{
    match db {
        Db::Sqlite(conn) => Ansi::begin_transaction_sql(conn, "BEGIN")?,
        Db::Postgres(conn) => Ansi::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")?,
    }
    let read = work(db);
    // Nothing was written: either end will do, and one that fails means that the connection is gone.
    let _ = rollback(db);
    read
}

fn commit(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(conn) => Ansi::commit_transaction(conn),
        Db::Postgres(conn) => Ansi::commit_transaction(conn),
    }
}

fn rollback(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(conn) => Ansi::rollback_transaction(conn),
        Db::Postgres(conn) => Ansi::rollback_transaction(conn),
    }
}

/// After how long PostgreSQL ends a statement of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct StatementTimeout(Duration);

/// Has PostgreSQL end what takes longer; it is told where the connection last read for something else. SQLite asks the clock.
fn end_after(conn: &mut PooledConnection<ConnectionManager<Db>>, allowed: Duration) -> Result<(), StoreError> {
    let timeout = StatementTimeout(allowed);
    let is_known = PooledConnection::extensions(conn).get::<StatementTimeout>() == Some(&timeout);
    if let Db::Postgres(server) = &mut **conn
        && !is_known
    {
        server.batch_execute(&format!("SET statement_timeout = {}", allowed.as_millis().max(1)))?;
        PooledConnection::extensions_mut(conn).insert(timeout);
    }
    Ok(())
}

/// Sets every new connection up.
#[derive(Debug)]
struct Prepare;

impl CustomizeConnection<Db, diesel::r2d2::Error> for Prepare {
    fn on_acquire(&self, db: &mut Db) -> Result<(), diesel::r2d2::Error> {
        let sql = match db {
            // WAL lets pages read while mail is written; FULL makes a commit survive a power cut (promise 1). A WAL of
            // 16 MB before it is brought into the database: what every batch touches is written there less often.
            Db::Sqlite(_) => {
                "PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000; \
                 PRAGMA wal_autocheckpoint = 4000;"
            }
            Db::Postgres(_) => {
                // Compiling a long condition (jit) takes seconds that no timeout ends, and a gigabyte.
                "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET statement_timeout = 0; SET lock_timeout = '30s'; SET jit = off;"
            }
        };
        db.batch_execute(sql).map_err(diesel::r2d2::Error::QueryError)?;
        match db {
            Db::Sqlite(conn) => super::query::register(conn).map_err(diesel::r2d2::Error::QueryError),
            Db::Postgres(_) => Ok(()),
        }
    }
}

/// The step that copies the ledger. SQLite keeps both copies, and then what further steps write, within the space of as much again.
const COPIES: &str = "20261128000240";

/// How often whoever started it is told how far it is: what is over sooner is not worth a word.
const TELL: Duration = Duration::from_secs(3);

/// Runs the migrations that are missing, unless there are some that this program does not know; whether there were any.
/// `room`: the file that must have space beside it for what is copied.
///
/// Bringing the schema up to date. Each migration is a step in a transaction of its own: an upgrade that was killed goes on with
/// the step that it was in.
fn bring_up_to_date<B: DieselBackend>(
    conn: &mut impl MigrationHarness<B>,
    ours: EmbeddedMigrations,
    database: &str,
    room: Option<&Path>,
) -> Result<bool, StoreError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    let known = MigrationSource::<B>::migrations(&ours).map_err(failed)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    let is_unknown = |version: &MigrationVersion<'_>| known.iter().all(|step| step.name().version() != *version);
    let unknown: Vec<_> = applied.iter().rev().filter(|version| is_unknown(version)).map(ToString::to_string).collect();
    if !unknown.is_empty() {
        return Err(StoreError::Newer { database: database.to_owned(), unknown });
    }
    let mut missing = conn.pending_migrations(ours).map_err(failed)?;
    if missing.is_empty() {
        return Ok(false);
    }
    // Whoever else starts meanwhile, such as the pipe of a mail server, waits, and finds it done.
    let folder = room.and_then(Path::parent).map(|folder| match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    });
    let held = |folder: &Path| {
        let folder = File::open(folder)?;
        if folder.try_lock().is_err() {
            tracing::warn!("another process brings the database up to date; this one waits for it");
            folder.lock()?;
        }
        Ok::<_, std::io::Error>(folder)
    };
    // A database that is no plain file is the system's to guard.
    let held = folder
        .filter(|folder| folder.is_dir())
        .map(held)
        .transpose()
        .map_err(|error| StoreError::Migration(error.to_string()))?;
    if held.is_some() {
        let applied = conn.applied_migrations().map_err(failed)?;
        missing.retain(|step| applied.iter().all(|version| step.name().version() != *version));
    }
    let copies = missing.iter().any(|step| step.name().version().to_string() == COPIES);
    if let Some(file) = room.filter(|_| copies && !applied.is_empty()) {
        has_room(file, database)?;
    }
    let names: Vec<String> = missing.iter().map(|step| step.name().to_string()).collect();
    telling(&names, |at| {
        for (number, step) in missing.iter().enumerate() {
            at.store(number, Ordering::Relaxed);
            conn.run_migration(step).map_err(failed)?;
        }
        Ok(!missing.is_empty())
    })
}

/// Whether as much is free as the database has.
fn has_room(file: &Path, database: &str) -> Result<(), StoreError> {
    // A database that is no plain file is the system's to judge.
    let (Ok(found), Ok(disk)) = (std::fs::metadata(file), rustix::fs::statvfs(file)) else { return Ok(()) };
    // What a start that was killed has left of a log is written over.
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::metadata(log).map_or(0, |log| log.len());
    let (needed, free) = (found.len(), disk.f_bavail * disk.f_frsize + log);
    if free < needed { Err(StoreError::NoRoom { database: database.to_owned(), needed, free }) } else { Ok(()) }
}

/// Does the work, which says by its number which step it is at; that is told while it goes on.
fn telling<T>(steps: &[String], work: impl FnOnce(&AtomicUsize) -> T) -> T {
    if steps.is_empty() {
        return work(&AtomicUsize::new(0));
    }
    let (at, begun, (over, is_over)) = (AtomicUsize::new(0), Instant::now(), channel::<()>());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let is_over = is_over;
            while is_over.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout) {
                let number = at.load(Ordering::Relaxed);
                let (step, of, seconds) = (steps.get(number), steps.len(), begun.elapsed().as_secs());
                tracing::warn!(
                    step,
                    number = number + 1,
                    of,
                    seconds,
                    "the database is brought up to date; a start that is killed goes on here"
                );
            }
        });
        let done = work(&at);
        drop(over);
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::settings;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 4).unwrap();
        (folder, store)
    }

    fn put(db: &mut Db, name: &str) -> QueryResult<usize> {
        diesel::insert_into(settings::table).values((settings::name.eq(name), settings::value.eq("v"))).execute(db)
    }

    #[test]
    fn an_error_undoes_the_transaction_and_a_savepoint_only_its_part() {
        let (_folder, store) = store();
        store
            .write(|db| {
                put(db, "kept")?;
                let inner: Result<(), StoreError> = savepoint(db, |db| {
                    put(db, "undone")?;
                    Err(diesel::result::Error::RollbackTransaction.into())
                });
                assert!(inner.is_err());
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let _ = store.write(|db| {
            put(db, "also undone")?;
            Err::<(), StoreError>(diesel::result::Error::RollbackTransaction.into())
        });
        let names: Vec<String> =
            store.read(|db| settings::table.select(settings::name).load(db).map_err(StoreError::from)).unwrap();
        assert_eq!(names, ["kept"]);
    }

    #[test]
    fn the_address_of_a_database_is_shown_without_its_password() {
        for (target, shown) in [
            ("data/mailgate.db", "data/mailgate.db"),
            (
                "postgres://amina:s3cret:@x@db.example:5432/mail?password=s3cret",
                "postgres://amina@db.example:5432/mail",
            ),
            ("postgres:///mail?host=/run/postgresql", "postgres:///mail"),
            ("postgres://db.example/mail", "postgres://db.example/mail"),
        ] {
            assert_eq!(without_password(target), shown);
        }
    }

    #[test]
    fn writers_wait_for_each_other() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let store = store.clone();
                scope.spawn(move || {
                    for n in 0..20 {
                        store
                            .write(|db| {
                                let _: i64 = settings::table.count().get_result(db)?;
                                put(db, &format!("{thread}-{n}"))?;
                                Ok::<_, StoreError>(())
                            })
                            .unwrap();
                    }
                });
            }
        });
        let count: i64 = store.read(|db| settings::table.count().get_result(db).map_err(StoreError::from)).unwrap();
        assert_eq!(count, 80);
    }
}
