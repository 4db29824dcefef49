//! What needs attention, for the first page and for the top of every page: what fails, what waits, and what ends soon.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use parking_lot::Mutex;

use super::fetch::{self, UnfinishedImport};
use super::messages::Tab;
use super::{App, OperationError, require};
use crate::domain::connection::Connection;
use crate::domain::expiry::{Expiry, Nearness, SOON_DAYS, WARN_DAYS};
use crate::domain::id::{ConnectionId, RecordId, ServerId, UserId};
use crate::domain::ledger::MailState;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::server::{IncomingServer, ServerState};
use crate::domain::words::{Complaint, Sentence};
use crate::domain::{Moment, now};
use crate::operations::records::kept_counts;
use crate::store::connections::{ConnectionStatus, StoredConnection};
use crate::store::records::list::{Assigned, DueFilter, Gist, Part, RecordFilter, RecordLine, RecordOrder, ShownCount};
use crate::store::records::{self, list as stored};
use crate::store::sight::RecordSight;
use crate::store::{self, Db, StoreError, expiries, handovers, messages};
use crate::{complain, say};

/// A confirmed server whose last passes failed, or a connection that takes no mail.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Failing {
    pub what: Ailing,
    pub name: String,
    pub since: Moment,
    pub why: Sentence,
    pub remedy: Option<Sentence>,
    pub next: Option<Moment>,
}

/// What it is that fails, by its id.
#[derive(Debug, Clone, Copy, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ailing {
    Server(ServerId),
    /// It does not answer.
    Connection(ConnectionId),
    /// Nothing is sent to it until its test passes, or until it is used again.
    Paused(ConnectionId),
}

/// What stands at the top of every page.
#[derive(Debug, Clone, Default)]
pub struct Banner {
    /// For everybody.
    pub failing: Vec<Failing>,
    /// What has ended or is about to, for who can do something about it.
    pub expiries: Vec<Expiry>,
}

/// Every page asks for it; this long an answer is good enough.
const FRESH: Duration = Duration::from_secs(3);

/// Remembers the last banner.
#[derive(Default)]
pub struct BannerCache(Mutex<Option<(Instant, Banner)>>);

impl BannerCache {
    pub fn get(&self, app: &App) -> Result<Banner, OperationError> {
        let mut cached = self.0.lock();
        if let Some((at, known)) = &*cached
            && at.elapsed() < FRESH
        {
            return Ok(known.clone());
        }
        let known = Banner { failing: failing(app)?, expiries: urgent_ends(app)? };
        *cached = Some((Instant::now(), known.clone()));
        Ok(known)
    }
}

/// Longest failing first. Everybody signed in may know.
pub fn failing(app: &App) -> Result<Vec<Failing>, OperationError> {
    app.store.read(|db| {
        let mut failing = failing_servers(db)?;
        failing.extend(failing_connections(db)?);
        failing.sort_by_key(|one| one.since);
        Ok(failing)
    })
}

fn failing_servers(db: &mut Db) -> Result<Vec<Failing>, StoreError> {
    let status = store::server_status::all(db)?;
    let confirmed = store::servers::confirmed(db)?.into_iter();
    Ok(confirmed
        .filter_map(|server| {
            let status = status.get(&server.id)?;
            Some(Failing {
                what: Ailing::Server(server.id),
                name: server.name,
                since: status.failing_since?,
                why: status.last_error.clone().unwrap_or_default(),
                remedy: status.last_remedy.clone(),
                next: status.next_fetch,
            })
        })
        .collect())
}

fn failing_connections(db: &mut Db) -> Result<Vec<Failing>, StoreError> {
    let status = store::connections::statuses(db)?;
    let waiting = handovers::waiting(db)?;
    let all = store::connections::list(db)?.into_iter();
    Ok(all
        .filter_map(|stored| match stored.settings.is_used() {
            true => ailing(&stored.settings, status.get(&stored.settings.id)?),
            false => waiting.contains_key(&stored.settings.id).then(|| unused(stored)),
        })
        .collect())
}

fn ailing(connection: &Connection, status: &ConnectionStatus) -> Option<Failing> {
    let what = match status.paused_since {
        Some(_) => Ailing::Paused(connection.id),
        None => Ailing::Connection(connection.id),
    };
    Some(Failing {
        what,
        name: connection.name.clone(),
        since: status.paused_since.or(status.failing_since)?,
        why: status.last_error.clone().unwrap_or_default(),
        remedy: status.last_remedy.clone().filter(|remedy| !remedy.is_empty()),
        next: status.next_attempt,
    })
}

/// Mail waits for a connection that a person took out of use, or changed and did not test.
fn unused(stored: StoredConnection) -> Failing {
    let Complaint { what, remedy } = match stored.settings.active {
        true => complain!("unused-not-confirmed"),
        false => complain!("unused-archived"),
    };
    Failing {
        what: Ailing::Paused(stored.settings.id),
        name: stored.settings.name,
        since: stored.write_date,
        why: what,
        remedy: Some(remedy),
        next: None,
    }
}

/// Days that the first page's charts show, with today, of UTC.
pub const DAYS: usize = 14;

/// What came on each of the last [`DAYS`].
#[derive(Debug, Default)]
pub struct LastDays {
    /// The first of them.
    pub first: NaiveDate,
    /// Mails of each incoming server; None: of those that are deleted.
    mails: HashMap<Option<ServerId>, Vec<i64>>,
    /// Records by their type.
    records: HashMap<String, Vec<i64>>,
}

/// Counting a day's mail costs as much as there was; this long an answer is good enough.
const COUNTED_FOR: Duration = Duration::from_secs(60);

/// Remembers the last count.
#[derive(Default)]
pub struct DaysCache(Mutex<Option<(Instant, Arc<LastDays>)>>);

fn last_days(app: &App, db: &mut Db) -> Result<Arc<LastDays>, StoreError> {
    let first = now().date() - Days::new(DAYS as u64 - 1);
    let known = app.days.0.lock().clone();
    if let Some((at, days)) = known
        && at.elapsed() < COUNTED_FOR
        && days.first == first
    {
        return Ok(days);
    }
    let starts: Vec<Moment> = first.iter_days().take(DAYS).map(|day| day.and_time(NaiveTime::MIN)).collect();
    let records =
        app.modules.all().iter().map(|module| {
            Ok::<_, StoreError>((module.model.clone(), store::days::records(db, &module.model, &starts)?))
        });
    let records = records.collect::<Result<_, _>>()?;
    let days = Arc::new(LastDays { first, mails: store::days::mails(db, &starts)?, records });
    *app.days.0.lock() = Some((Instant::now(), days.clone()));
    Ok(days)
}

/// One mailbox: is mail arriving?
#[derive(Debug, serde::Serialize)]
pub struct MailboxLine {
    pub id: ServerId,
    pub name: String,
    pub confirmed: bool,
    pub failing_since: Option<Moment>,
    pub last_mail: Option<Moment>,
    /// Mails of each of the last days.
    pub days: Vec<i64>,
}

/// Open work of one age: records dated on `since` or later, and on `until` or earlier.
#[derive(Debug, serde::Serialize)]
pub struct AgeCount {
    pub code: &'static str,
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub count: ShownCount,
}

/// What the first page shows; each number leads to a list.
#[derive(Debug, serde::Serialize)]
pub struct Overview {
    pub mailboxes: Vec<MailboxLine>,
    /// The first of the last days, and the mails of each.
    pub first_day: NaiveDate,
    pub mails: Vec<i64>,
    /// All configured servers, archived ones not counted.
    pub servers: usize,
    /// Those that are fetched.
    pub confirmed: usize,
    /// The terms of the ledger's balance, as code and number.
    pub ledger: Vec<(&'static str, i64)>,
    pub records: Vec<RecordCounts>,
    /// What waits for connections; those that nothing waits for are left out.
    pub queues: Vec<ConnectionQueue>,
    pub imports: Vec<UnfinishedImport>,
}

/// Mail on its way to one connection.
#[derive(Debug, serde::Serialize)]
pub struct ConnectionQueue {
    pub connection: ConnectionId,
    pub name: String,
    pub messages: i64,
    /// When the oldest of them was received.
    pub since: Option<Moment>,
}

/// One record type's open work.
#[derive(Debug, serde::Serialize)]
pub struct RecordCounts {
    pub model: String,
    pub label: Sentence,
    /// Each as a list shows it.
    pub new_mail: ShownCount,
    pub mine: ShownCount,
    pub unassigned: ShownCount,
    pub open: ShownCount,
    /// Open and late: an officer's own, and for everybody else all.
    pub overdue: ShownCount,
    /// Whose they are.
    pub overdue_of: Option<UserId>,
    /// Open ones by stage, as code, name and count.
    pub stages: Vec<(String, Sentence, ShownCount)>,
    pub ages: Vec<AgeCount>,
    /// Those made on each of the last days.
    pub days: Vec<i64>,
    /// There is none at all, of whatever stage.
    pub none: bool,
    /// The person's own open work, the newest mail first.
    #[serde(skip)]
    pub work: Vec<RecordLine>,
    #[serde(skip)]
    pub gists: HashMap<RecordId, Gist>,
}

/// Everybody signed in may see it: each role reads records and ledger.
pub fn overview(app: &App, caller: &Caller) -> Result<Overview, OperationError> {
    let (counts, servers, queues) = app.store.read(|db| {
        let counts = messages::list::balance(db)?;
        Ok::<_, OperationError>((counts, store::servers::list(db)?, queues(db)?))
    })?;
    let (days, last_mails, status) = app.store.read(|db| {
        Ok::<_, OperationError>((last_days(app, db)?, store::days::last_mails(db)?, store::server_status::all(db)?))
    })?;
    let mailbox = |server: &IncomingServer| MailboxLine {
        id: server.id,
        name: server.name.clone(),
        confirmed: server.state == ServerState::Done,
        failing_since: status.get(&server.id).and_then(|status| status.failing_since),
        last_mail: last_mails.get(&server.id).copied(),
        days: days.mails.get(&Some(server.id)).cloned().unwrap_or_else(|| vec![0; DAYS]),
    };
    let mails = (0..DAYS).map(|day| days.mails.values().filter_map(|mails| mails.get(day)).sum()).collect();
    let active = servers.iter().filter(|stored| stored.settings.active);
    let sum = |states: Vec<MailState>| {
        counts.iter().filter(|(state, _)| states.is_empty() || states.contains(state)).map(|(_, count)| count).sum()
    };
    Ok(Overview {
        mailboxes: active.clone().map(|stored| mailbox(&stored.settings)).collect(),
        first_day: days.first,
        mails,
        servers: active.clone().count(),
        confirmed: active.filter(|stored| stored.settings.state == ServerState::Done).count(),
        ledger: Tab::ALL.iter().map(|tab| (tab.code(), sum(tab.states()))).collect(),
        records: app
            .modules
            .all()
            .iter()
            .map(|module| count_records(app, caller, module, &days))
            .collect::<Result<_, _>>()?,
        queues,
        imports: fetch::unfinished_imports(app)?,
    })
}

fn queues(db: &mut Db) -> Result<Vec<ConnectionQueue>, OperationError> {
    let waiting = handovers::waiting(db)?;
    Ok(store::connections::list(db)?
        .into_iter()
        .filter_map(|stored| {
            let waiting = waiting.get(&stored.settings.id)?;
            Some(ConnectionQueue {
                connection: stored.settings.id,
                name: stored.settings.name,
                messages: waiting.messages,
                since: waiting.since,
            })
        })
        .collect())
}

/// How old open work is: under a week, under a month, under three, older.
fn ages(today: NaiveDate) -> Vec<AgeCount> {
    let back = |days: u64| Some(today - Days::new(days));
    [("week", back(6), None), ("month", back(29), back(7)), ("quarter", back(89), back(30)), ("older", None, back(90))]
        .map(|(code, since, until)| AgeCount { code, since, until, count: ShownCount::exactly(0) })
        .into()
}

/// Lines of a person's own work on the first page.
const WORK: i64 = 20;

fn count_records(app: &App, caller: &Caller, module: &Module, days: &LastDays) -> Result<RecordCounts, OperationError> {
    let sight = app.store.read(|db| RecordSight::of(db, caller))?;
    let base = RecordFilter { model: module.model.clone(), sight, ..Default::default() };
    let open = RecordFilter { closed: Some(false), ..base.clone() };
    let mine = caller.user.map_or(Assigned::Nobody, Assigned::To);
    let own = RecordFilter { assigned: Some(mine), ..open.clone() };
    let unassigned = RecordFilter { assigned: Some(Assigned::Nobody), ..open.clone() };
    let new_mail = RecordFilter { new_mail: true, ..base.clone() };
    let at = now();
    let overdue_of = caller
        .user
        .filter(|_| caller.may(Right::Write, Object::Records) && !caller.may(Right::Read, Object::Installation));
    let overdue =
        RecordFilter { due: DueFilter::Within(None, at), assigned: overdue_of.map(Assigned::To), ..open.clone() };
    app.store.read(|db| {
        let stages: Vec<_> = records::stages(db, &module.model)?.into_iter().filter(|stage| !stage.closed).collect();
        let ages = ages(at.date());
        let of_stage = stages.iter().map(|stage| RecordFilter { stage: Some(stage.id), ..base.clone() });
        let of_age = ages.iter().map(|age| RecordFilter {
            since: age.since.map(|day| day.and_time(NaiveTime::MIN)),
            before: age.until.and_then(|day| day.succ_opt()).map(|day| day.and_time(NaiveTime::MIN)),
            ..open.clone()
        });
        let first = [new_mail, own.clone(), unassigned, open.clone(), overdue];
        let wanted: Vec<RecordFilter> = first.into_iter().chain(of_stage).chain(of_age).collect();
        let counts = match kept_counts(db, &base, &wanted)? {
            Some(counts) => counts,
            None => {
                let counts = match stored::tally(db, &base, at, stored::TALLIED)? {
                    // A tally knows no days.
                    Some(tally) => {
                        let (tallied, aged) = wanted.split_at(wanted.len() - ages.len());
                        let counted = tallied.iter().map(|filter| filter.count(&tally));
                        counted.chain(stored::counts(db, aged)?).collect()
                    }
                    None => stored::counts(db, &wanted)?,
                };
                counts.into_iter().map(ShownCount::up_to).collect()
            }
        };
        let (by_stage, by_age) = counts[5..].split_at(stages.len());
        let order = (RecordOrder::LastMail, RecordOrder::LastMail.usual());
        let work = match caller.user.is_some() && caller.may(Right::Write, Object::Records) {
            true => stored::page(db, &own, order, &Part::First, WORK)?.lines,
            false => Vec::new(),
        };
        let ids: Vec<RecordId> = work.iter().map(|line| line.id).collect();
        Ok(RecordCounts {
            model: module.model.clone(),
            label: module.label_plural.clone(),
            new_mail: counts[0],
            mine: counts[1],
            unassigned: counts[2],
            open: counts[3],
            overdue: counts[4],
            overdue_of,
            stages: stages
                .iter()
                .zip(by_stage)
                .map(|(stage, count)| (stage.code.clone(), stage.words(), *count))
                .collect(),
            ages: ages.into_iter().zip(by_age).map(|(age, count)| AgeCount { count: *count, ..age }).collect(),
            days: days.records.get(&module.model).cloned().unwrap_or_else(|| vec![0; DAYS]),
            none: stored::ids(db, &base, order, 1)?.0.is_empty(),
            gists: stored::gists(db, &ids, |_| true)?,
            work,
        })
    })
}

// What ends when: secrets, certificates, sign-ins and keys, told before they end.

/// A key of somebody's that has ended was perhaps meant to: so long it is still told.
const KEYS_REMEMBERED: TimeDelta = TimeDelta::days(SOON_DAYS);

/// Everything that ends, by its date; what nobody has entered a day of comes last.
pub fn all_ends(app: &App, caller: &Caller) -> Result<Vec<Expiry>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-see-what-ends-when"))?;
    Ok(ends(app)?)
}

/// Without a caller, for the figures: no names are shown there.
pub(super) fn ends(app: &App) -> Result<Vec<Expiry>, StoreError> {
    app.store.read(|db| expiries::all(db, (now() - KEYS_REMEMBERED, None)))
}

/// What has ended, or ends within a week: every page of who may see the settings warns of it. Read anew every few seconds,
/// from tables that no mail makes larger.
fn urgent_ends(app: &App) -> Result<Vec<Expiry>, StoreError> {
    let at = now();
    let keys = (at - KEYS_REMEMBERED, Some(at + TimeDelta::days(WARN_DAYS + 1)));
    let mut found = app.store.read(|db| expiries::all(db, keys))?;
    found.retain(|expiry| expiry.nearness(at).is_urgent());
    Ok(found)
}

/// The line of the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiriesLine {
    /// How many end within 30 days, or have ended.
    pub soon: usize,
    /// How many end, and nobody has entered when.
    pub unknown: usize,
    /// What ends first.
    pub next: Option<Expiry>,
}

/// None for who may not see it, and where nothing ends.
pub fn ends_line(app: &App, caller: &Caller) -> Result<Option<ExpiriesLine>, OperationError> {
    if !caller.may(Right::Read, Object::Installation) {
        return Ok(None);
    }
    let (all, at) = (all_ends(app, caller)?, now());
    let count = |what: fn(Nearness) -> bool| all.iter().filter(|expiry| what(expiry.nearness(at))).count();
    let line = ExpiriesLine {
        soon: count(|near| near <= Nearness::Soon),
        unknown: count(|near| near == Nearness::Unknown),
        next: all.iter().find(|expiry| expiry.until.is_some()).cloned(),
    };
    Ok((!all.is_empty()).then_some(line))
}
