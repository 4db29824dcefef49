//! What fetching knows of an incoming server: when it was last fetched, what came of it, and since when and why
//! it fails. A server without a row was never confirmed.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{server_status, servers};
use crate::domain::Moment;
use crate::domain::expiry::CertificateTaken;
use crate::domain::fetching::PassTally;
use crate::domain::id::ServerId;
use crate::domain::protocol::ServerType;
use crate::domain::server::ServerState;
use crate::domain::words::{Complaint, Sentence};

#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = server_status)]
pub struct ServerStatus {
    pub last_fetch: Option<Moment>,
    pub next_fetch: Option<Moment>,
    /// Passes that failed since the last good one.
    pub failures: i32,
    pub failing_since: Option<Moment>,
    pub last_error: Option<Sentence>,
    pub last_remedy: Option<Sentence>,
    /// JSON: fetched, delivered, held, ignored, retrying of the last pass.
    pub last_result: Option<String>,
    /// The certificate that was shown last, as 64 hexadecimal digits, and when it ends.
    pub certificate_sha256: Option<String>,
    pub certificate_until: Option<Moment>,
    /// When the certificate was first seen to name its host only in its common name, since the last confirmation.
    pub nameless_since: Option<Moment>,
    /// Since when the mail server asks to be left alone for a while, in which words, and how often in a row.
    pub waiting_since: Option<Moment>,
    pub waiting_for: Option<Sentence>,
    pub waits: i32,
    /// What should be set right although mail is fetched: some of its folders can't be opened.
    pub warning: Option<Sentence>,
    /// Since when the server announces its mail; None where it is polled.
    pub announced_since: Option<Moment>,
    /// How it is announced, or why not; None where nobody tries.
    pub arrivals: Option<Sentence>,
}

pub fn get(db: &mut Db, id: ServerId) -> Result<ServerStatus, StoreError> {
    let row = server_status::table.find(id).select(ServerStatus::as_select()).first(db).optional()?;
    Ok(row.unwrap_or_default())
}

pub fn all(db: &mut Db) -> Result<HashMap<ServerId, ServerStatus>, StoreError> {
    let rows: Vec<(ServerId, ServerStatus)> =
        server_status::table.select((server_status::server_id, ServerStatus::as_select())).load(db)?;
    Ok(rows.into_iter().collect())
}

/// A test has passed: the first fetch is due at `next_fetch`, and earlier failures are over.
pub fn confirm(
    db: &mut Db,
    id: ServerId,
    next_fetch: Moment,
    certificate: Option<(&str, Moment)>,
) -> Result<(), StoreError> {
    ensure(db, id)?;
    diesel::update(server_status::table.find(id))
        .set((
            server_status::next_fetch.eq(next_fetch),
            server_status::failures.eq(0),
            server_status::failing_since.eq(None::<Moment>),
            server_status::last_error.eq(None::<Sentence>),
            server_status::last_remedy.eq(None::<Sentence>),
            server_status::certificate_sha256.eq(certificate.map(|(sha256, _)| sha256)),
            server_status::certificate_until.eq(certificate.map(|(_, until)| until)),
            server_status::nameless_since.eq(None::<Moment>),
            NoWait::default(),
        ))
        .execute(db)?;
    Ok(())
}

/// Makes the row where there is none.
pub fn ensure(db: &mut Db, id: ServerId) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(server_status::table)
        .values(server_status::server_id.eq(id))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// Sets the certificate that the mail server shows (None: nothing is encrypted), and since when that names its host only in
/// its common name (None: it has other names).
pub fn set_certificate(
    db: &mut Db,
    id: ServerId,
    certificate: Option<&CertificateTaken>,
    nameless_since: Option<Moment>,
) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id))
        .set((
            server_status::certificate_sha256.eq(certificate.map(|taken| taken.sha256.as_str())),
            server_status::certificate_until.eq(certificate.map(|taken| taken.until)),
            server_status::nameless_since.eq(nameless_since),
        ))
        .execute(db)?;
    Ok(())
}

/// Sets what should be set right although mail is fetched; None where that is over.
pub fn set_warning(db: &mut Db, id: ServerId, warning: Option<&Sentence>) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id)).set(server_status::warning.eq(warning)).execute(db)?;
    Ok(())
}

/// A server that is due.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DueServer {
    id: ServerId,
    mail_host: Option<String>,
}

impl DueServer {
    pub fn server(&self) -> ServerId {
        self.id
    }

    /// The machine that it connects to; None for a Local server.
    pub fn mail_host(&self) -> Option<&str> {
        self.mail_host.as_deref()
    }
}

/// A server whose mail may be announced: see [`announcing`].
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AnnouncingServer {
    pub id: ServerId,
    /// The version of its settings.
    pub version: i32,
    write_date: Moment,
    last_fetch: Option<Moment>,
}

impl AnnouncingServer {
    /// Whether it was fetched since it was confirmed or changed: then all earlier mail is known.
    pub fn is_caught_up(&self) -> bool {
        self.last_fetch.is_some_and(|fetched| fetched > self.write_date)
    }
}

/// Confirmed servers whose mail is to be announced.
pub fn announcing(db: &mut Db) -> Result<Vec<AnnouncingServer>, StoreError> {
    Ok(servers::table
        .left_join(server_status::table)
        .filter(servers::active.eq(true).and(servers::state.eq(ServerState::Done)).and(servers::push.eq(true)))
        .filter(servers::server_type.eq_any(ServerType::announcing()))
        .select((servers::id, servers::version, servers::write_date, server_status::last_fetch.nullable()))
        .load(db)?)
}

/// Sets since when mail is announced, or why it is polled.
pub fn set_arrivals(
    db: &mut Db,
    id: ServerId,
    announced_since: Option<Moment>,
    arrivals: Option<&Sentence>,
) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id))
        .set((server_status::announced_since.eq(announced_since), server_status::arrivals.eq(arrivals)))
        .execute(db)?;
    Ok(())
}

/// To be called when nobody listens any more, or somebody begins to.
pub fn forget_arrivals(db: &mut Db) -> Result<(), StoreError> {
    let known = server_status::announced_since.is_not_null().or(server_status::arrivals.is_not_null());
    diesel::update(server_status::table.filter(known))
        .set((server_status::announced_since.eq(None::<Moment>), server_status::arrivals.eq(None::<Sentence>)))
        .execute(db)?;
    Ok(())
}

/// The machines that these servers connect to.
pub fn places(db: &mut Db, ids: &[ServerId]) -> Result<Vec<DueServer>, StoreError> {
    let found = servers::table.filter(servers::id.eq_any(ids));
    Ok(found.select((servers::id, servers::host)).load(db)?)
}

/// Confirmed servers whose next fetch is not after `at`, or whose mail was announced: by Server Priority, then the longest
/// due.
pub fn due(db: &mut Db, at: Moment, announced: &[ServerId]) -> Result<Vec<DueServer>, StoreError> {
    Ok(servers::table
        .left_join(server_status::table)
        .filter(servers::active.eq(true).and(servers::state.eq(ServerState::Done)))
        .filter(servers::server_type.ne(ServerType::Api))
        .filter(
            server_status::next_fetch.is_null().or(server_status::next_fetch.le(at)).or(servers::id.eq_any(announced)),
        )
        .order((servers::priority, server_status::next_fetch, servers::id))
        .select((servers::id, servers::host))
        .load(db)?)
}

/// Sets when the server is fetched next. Like the next two, it does nothing for a server that is gone.
pub fn schedule(db: &mut Db, id: ServerId, next: Moment) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id)).set(server_status::next_fetch.eq(next)).execute(db)?;
    Ok(())
}

/// A pass ended well: what was wrong is over.
pub fn succeeded(db: &mut Db, id: ServerId, at: Moment, next: Moment, tally: &PassTally) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    let json = serde_json::to_string(tally).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::update(server_status::table.find(id))
        .set((
            server_status::last_fetch.eq(at),
            server_status::next_fetch.eq(next),
            server_status::failures.eq(0),
            server_status::failing_since.eq(None::<Moment>),
            server_status::last_error.eq(None::<Sentence>),
            server_status::last_remedy.eq(None::<Sentence>),
            server_status::last_result.eq(json),
            NoWait::default(),
        ))
        .execute(db)?;
    Ok(())
}

/// The mail server asks to be left alone for a while: that is no failure of the mailbox, but it is shown there.
pub fn waits(db: &mut Db, id: ServerId, at: Moment, next: Moment, why: &Sentence) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id))
        .set((
            server_status::next_fetch.eq(next),
            server_status::waiting_for.eq(why),
            server_status::waits.eq(server_status::waits + 1),
        ))
        .execute(db)?;
    diesel::update(server_status::table.find(id).filter(server_status::waiting_since.is_null()))
        .set(server_status::waiting_since.eq(at))
        .execute(db)?;
    Ok(())
}

/// The mail server does not ask to wait (any more).
#[derive(Default, AsChangeset)]
#[diesel(table_name = server_status, treat_none_as_null = true)]
struct NoWait {
    waiting_since: Option<Moment>,
    waiting_for: Option<Sentence>,
    waits: i32,
}

/// If more than `more_than` servers came due before `late`, while nothing ran, gives each of them a time of its own, so that
/// they are not all fetched at once. `when` is called once for each.
pub fn spread_late(
    db: &mut Db,
    late: Moment,
    more_than: usize,
    mut when: impl FnMut() -> Moment,
) -> Result<usize, StoreError> {
    let due = due(db, late, &[])?;
    if due.len() <= more_than {
        return Ok(0);
    }
    for server in &due {
        diesel::update(server_status::table.find(server.id)).set(server_status::next_fetch.eq(when())).execute(db)?;
    }
    Ok(due.len())
}

/// A pass failed: counts it, and keeps since when.
pub fn failed(db: &mut Db, id: ServerId, at: Moment, next: Moment, failure: &Complaint) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id))
        .set((
            server_status::next_fetch.eq(next),
            server_status::failures.eq(server_status::failures + 1),
            server_status::last_error.eq(&failure.what),
            server_status::last_remedy.eq(&failure.remedy),
            NoWait::default(),
        ))
        .execute(db)?;
    diesel::update(server_status::table.find(id).filter(server_status::failing_since.is_null()))
        .set(server_status::failing_since.eq(at))
        .execute(db)?;
    Ok(())
}

/// It is not fetched until a person has set something right. This is not counted as a failure of the mailbox, and ends with
/// a test that passes.
pub fn must_be_set_right(db: &mut Db, id: ServerId, at: Moment, why: &Complaint) -> Result<(), StoreError> {
    ensure_known(db, id)?;
    diesel::update(server_status::table.find(id))
        .set((
            server_status::failing_since.eq(at),
            server_status::last_error.eq(&why.what),
            server_status::last_remedy.eq(&why.remedy),
        ))
        .execute(db)?;
    Ok(())
}

fn ensure_known(db: &mut Db, id: ServerId) -> Result<(), StoreError> {
    let known: i64 = servers::table.find(id).count().get_result(db)?;
    if known == 1 { ensure(db, id) } else { Ok(()) }
}
