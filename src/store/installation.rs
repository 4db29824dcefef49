//! What belongs to the installation as a whole: its named values, the known value that tells which secret key is in use, and
//! the processes that serve it.

use chrono::TimeDelta;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text, Timestamp};

use super::connection::{Db, StoreError, first_locked};
use super::schema::{leases, nodes, running_passes, settings};
use super::values::{Json, to_json};
use crate::domain::fetching::RunningPass;
use crate::domain::id::ServerId;
use crate::domain::{Moment, now};
use crate::key::{SealError, SealProblem, SecretKey};

pub fn setting(db: &mut Db, name: &str) -> Result<Option<String>, StoreError> {
    Ok(settings::table.find(name).select(settings::value).first(db).optional()?)
}

pub fn set_setting(db: &mut Db, name: &str, value: &str) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(settings::table)
        .values((settings::name.eq(name), settings::value.eq(value)))
        .on_conflict(settings::name)
        .do_update()
        .set(settings::value.eq(value))
        .execute(conn))?;
    Ok(())
}

pub fn delete_setting(db: &mut Db, name: &str) -> Result<(), StoreError> {
    diesel::delete(settings::table.find(name)).execute(db)?;
    Ok(())
}

/// Those of these names that are there, each with its name.
pub fn settings_named(db: &mut Db, names: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    let row = (settings::name, settings::value);
    Ok(settings::table.filter(settings::name.eq_any(names)).select(row).load(db)?)
}

pub const KEY_CHECK: &str = "key_check";

/// A known value, sealed with the version of the secret key that is in use: it says which that is, and whether a process has the
/// right key at all. None where nothing was ever sealed.
pub fn key_check(db: &mut Db) -> Result<Option<String>, StoreError> {
    setting(db, KEY_CHECK)
}

/// Reads which version of the key is in use, within the transaction that is about to seal. Until that has ended, no other
/// version comes into use, so that a rotation leaves nothing behind. Without a known value the key stays as it is.
pub fn key_in_use(db: &mut Db, key: &SecretKey) -> Result<(), StoreError> {
    let query = settings::table.find(KEY_CHECK).select(settings::value);
    let known: Option<String> = first_locked!(db, query, for_share);
    match known.map(|known| key.check(&known)) {
        Some(Err(problem)) => Err(locked_key_check(problem)),
        Some(Ok(_)) | None => Ok(()),
    }
}

fn locked_key_check(problem: SealProblem) -> StoreError {
    StoreError::Seal(SealError::Locked(problem))
}

/// Writes the first known value; if another process was faster, its value stays.
pub fn put_first_key_check(db: &mut Db, known: &str) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(settings::table)
        .values((settings::name.eq(KEY_CHECK), settings::value.eq(known)))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// Brings another version into use. False where what was in use is not `before` any more.
pub fn replace_key_check(db: &mut Db, before: &str, known: &str) -> Result<bool, StoreError> {
    let row = settings::table.find(KEY_CHECK).filter(settings::value.eq(before));
    Ok(diesel::update(row).set(settings::value.eq(known)).execute(db)? == 1)
}

/// A process that serves, with the versions of the secret key that it has. All times are the database's own, so that the nodes'
/// clocks need not agree.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub struct Node {
    /// Where it runs.
    pub name: String,
    pub key_versions: String,
    /// When it reported last.
    pub seen: Moment,
    /// When it started; None where the row is older than this column.
    pub since: Option<Moment>,
    /// Its version of Mailgate.
    pub version: String,
}

/// Reports that a process runs, and which versions of the key it has; `begins`: for the first time since it was started.
/// Processes that have not reported for a day are deleted.
pub fn report(db: &mut Db, name: &str, key_versions: &str, begins: bool) -> Result<(), StoreError> {
    let at = clock(db)?;
    if begins {
        diesel::delete(nodes::table.filter(nodes::seen.lt(at - TimeDelta::days(1)))).execute(db)?;
    }
    let says = (nodes::key_versions.eq(key_versions), nodes::seen.eq(at), nodes::version.eq(env!("CARGO_PKG_VERSION")));
    crate::on_backend!(db, conn => diesel::insert_into(nodes::table)
        .values((nodes::name.eq(name), nodes::since.eq(at), says))
        .on_conflict(nodes::name)
        .do_update()
        .set((says, begins.then_some(nodes::since.eq(at))))
        .execute(conn))?;
    Ok(())
}

/// It ends.
pub fn leave(db: &mut Db, name: &str) -> Result<(), StoreError> {
    diesel::delete(nodes::table.find(name)).execute(db)?;
    diesel::delete(running_passes::table.filter(running_passes::node.eq(name))).execute(db)?;
    Ok(())
}

/// Reports which passes run on this node.
pub fn report_passes(db: &mut Db, node: &str, running: &[(ServerId, RunningPass)]) -> Result<(), StoreError> {
    let at = clock(db)?;
    diesel::delete(running_passes::table.filter(running_passes::node.eq(node))).execute(db)?;
    for (server, progress) in running {
        let progress = to_json(progress)?;
        let says = (running_passes::node.eq(node), running_passes::progress.eq(&progress), running_passes::seen.eq(at));
        crate::on_backend!(db, conn => diesel::insert_into(running_passes::table)
            .values((running_passes::server_id.eq(*server), says))
            .on_conflict(running_passes::server_id)
            .do_update()
            .set(says)
            .execute(conn))?;
    }
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = running_passes)]
struct PassRow {
    #[diesel(deserialize_as = Json<RunningPass>)]
    progress: RunningPass,
}

/// The pass over this server that a node has reported within this time.
pub fn running_pass(db: &mut Db, server: ServerId, within: TimeDelta) -> Result<Option<RunningPass>, StoreError> {
    let at = clock(db)?;
    let said = running_passes::table.find(server).filter(running_passes::seen.ge(at - within));
    Ok(said.select(PassRow::as_select()).first(db).optional()?.map(|row: PassRow| row.progress))
}

/// Who alone may do something, and until when. Empty with SQLite, where files are locked.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = leases)]
pub struct LeaseRow {
    pub name: String,
    /// The node's name, a space, and what distinguishes its own holders.
    pub holder: String,
}

/// The leases that have not run out, by name; 10,000 at most.
pub fn leases(db: &mut Db) -> Result<Vec<LeaseRow>, StoreError> {
    let at = clock(db)?;
    let held = leases::table.filter(leases::until.ge(at)).order(leases::name).limit(10_000);
    Ok(held.select(LeaseRow::as_select()).load(db)?)
}

/// The processes that have reported within this time, by name.
pub fn present(db: &mut Db, within: TimeDelta) -> Result<Vec<Node>, StoreError> {
    let at = clock(db)?;
    let present = nodes::table.filter(nodes::seen.ge(at - within)).order(nodes::name);
    Ok(present.select(Node::as_select()).load(db)?)
}

/// The database's own time.
pub(super) fn clock(db: &mut Db) -> Result<Moment, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(now()),
        Db::Postgres(conn) => {
            Ok(diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(conn)?)
        }
    }
}

/// Takes the lease if nobody has it, or its holder has let it run out. It is one statement, so only one of two nodes gets
/// it.
pub fn take_lease(db: &mut Db, name: &str, holder: &str, seconds: i32) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else { return Ok(true) };
    let rows = diesel::sql_query(
        "INSERT INTO leases (name, holder, until) \
         VALUES ($1, $2, clock_timestamp() AT TIME ZONE 'UTC' + make_interval(secs => $3)) \
         ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until \
         WHERE leases.until < clock_timestamp() AT TIME ZONE 'UTC'",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(holder)
    .bind::<Integer, _>(seconds)
    .execute(conn)?;
    Ok(rows == 1)
}

/// Whether somebody has the lease, and it has not run out.
pub fn is_leased(db: &mut Db, name: &str) -> Result<bool, StoreError> {
    let at = clock(db)?;
    let held = leases::table.filter(leases::name.eq(name)).filter(leases::until.ge(at));
    Ok(diesel::select(diesel::dsl::exists(held)).get_result(db)?)
}

/// Prolongs a lease that this holder still has; false if another one has it.
pub fn renew_lease(db: &mut Db, name: &str, holder: &str, seconds: i32) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else { return Ok(true) };
    let rows = diesel::sql_query(
        "UPDATE leases SET until = clock_timestamp() AT TIME ZONE 'UTC' + make_interval(secs => $3) \
         WHERE name = $1 AND holder = $2",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(holder)
    .bind::<Integer, _>(seconds)
    .execute(conn)?;
    Ok(rows == 1)
}

/// Gives a lease back at once.
pub fn release_lease(db: &mut Db, name: &str, holder: &str) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else { return Ok(()) };
    diesel::sql_query("DELETE FROM leases WHERE name = $1 AND holder = $2")
        .bind::<Text, _>(name)
        .bind::<Text, _>(holder)
        .execute(conn)?;
    Ok(())
}

/// Tells others for this long that somebody waits for something of this name.
pub fn want(db: &mut Db, name: &str, seconds: i64) -> Result<(), StoreError> {
    let until = clock(db)? + TimeDelta::seconds(seconds);
    crate::on_backend!(db, conn => diesel::insert_into(leases::table)
        .values((leases::name.eq(name), leases::holder.eq(""), leases::until.eq(until)))
        .on_conflict(leases::name)
        .do_update()
        .set(leases::until.eq(until))
        .execute(conn))?;
    Ok(())
}

/// Whether somebody waits for it.
pub fn is_wanted(db: &mut Db, name: &str) -> Result<bool, StoreError> {
    let at = clock(db)?;
    let said: i64 = leases::table.find(name).filter(leases::until.gt(at)).count().get_result(db)?;
    Ok(said > 0)
}
