//! Rounds over a connection: workers side by side deliver what is due, each in a session of its own, until nothing is. Also what
//! begins a round, which sessions it keeps for the next one, and how long it waits after failures.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use parking_lot::{Mutex, MutexGuard};

use super::carry::{self, Carrier};
use super::{Outbox, OutboxError};
use crate::background::{Bell, LockError, Stop, chance};
use crate::domain::connection::Connection;
use crate::domain::expiry::{CertificateTaken, Nameless};
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::message::Address;
use crate::domain::secret::Secret;
use crate::domain::{Moment, now};
use crate::key::SealError;
use crate::odoo::{Remote, Trouble, TroubleKind};
use crate::store::StoreError;
use crate::store::connections::{self, ConnectionStatus};
use crate::store::handovers::{self, DueMail};
use crate::{complain, ledger};

/// How many messages a worker takes up together.
const BATCH: usize = 50;
/// What was delivered is settled together with what follows, but at the latest after this time.
const SETTLED_AFTER: Duration = Duration::from_secs(5);
/// When as many messages fail one after another, it is the connection that fails, not they.
const IN_A_ROW: usize = 3;

pub(super) fn drain(outbox: &Outbox, id: ConnectionId, stop: &Stop) -> Result<(), OutboxError> {
    let guard = match outbox.locks.acquire(id, Duration::ZERO, stop) {
        Ok(guard) => guard,
        // Another process is at it.
        Err(LockError::Waited | LockError::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let Some(account) = OutboxAccount::open(outbox, id)? else { return Ok(()) };
    let store = &outbox.store;
    // This process holds the connection's lock, so whoever was delivering these has died.
    for message in store.read(|db| handovers::in_hand(db, id))? {
        store.write(|db| ledger::left_in_hand(db, message, id))?;
    }
    let first = match account.dial(outbox) {
        Ok(remote) => remote,
        Err(trouble) => return Ok(account.fails(outbox, &trouble)?),
    };
    account.works(outbox, first.remote.certificate())?;
    let round =
        Round { outbox, account: &account, stop: guard.stop(), desk: Mutex::default(), gates: Gates::default() };
    round.run(first)?;
    Ok(())
}

struct Round<'a> {
    outbox: &'a Outbox,
    account: &'a OutboxAccount,
    stop: &'a Stop,
    desk: Mutex<RoundDesk>,
    gates: Gates,
}

/// What the workers share.
#[derive(Default)]
struct RoundDesk {
    /// Those of one sender stay together, so that a contact is made for all of them once.
    queue: VecDeque<Vec<MessageId>>,
    /// How many a worker takes up, so that there is work for all of them.
    share: usize,
    in_a_row: usize,
    /// Nothing more is begun.
    over: bool,
}

impl Round<'_> {
    fn run(&self, first: KeptSession) -> Result<(), StoreError> {
        let mut sessions = vec![Some(first)];
        sessions.resize_with(usize::from(self.account.connection.workers.max(1)), || None);
        let done = self.deliver_all(&mut sessions);
        // A session that had trouble is not among them any more.
        sessions.into_iter().flatten().for_each(|session| self.account.keep(self.outbox, session));
        done
    }

    fn deliver_all(&self, sessions: &mut [Option<KeptSession>]) -> Result<(), StoreError> {
        loop {
            let connection = self.account.connection.id;
            let most = i64::try_from(BATCH * sessions.len()).unwrap_or(i64::MAX);
            let due = self.outbox.store.read(|db| handovers::due(db, connection, now(), most))?;
            if due.is_empty() || self.desk().over || self.stop.requested() {
                return Ok(());
            }
            {
                let share = due.len().div_ceil(sessions.len()).clamp(1, BATCH);
                let queue = groups(due, share, |model| {
                    sessions.iter_mut().flatten().next().is_some_and(|open| open.remote.makes_together(model))
                });
                let mut desk = self.desk();
                (desk.share, desk.queue) = (share, queue);
            }
            std::thread::scope(|scope| {
                let workers: Vec<_> = sessions.iter_mut().map(|session| scope.spawn(|| self.work(session))).collect();
                workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| self.panicked()))
            })?;
        }
    }

    fn work(&self, session: &mut Option<KeptSession>) -> Result<(), StoreError> {
        while let Some(mut taken) = self.next() {
            let mut carriers = carry::open_batch(self.outbox, self.account.connection.id, &mut taken)?;
            self.put_back(taken);
            if let Some(open) = self.dialed(session)? {
                let trouble;
                (carriers, trouble) = carry::prepare_batch(self.outbox, &mut *open.remote, &self.gates, carriers)?;
                if let Some(trouble) = trouble {
                    self.troubled(session, &trouble)?;
                }
            }
            let (mut posted, mut since) = (Vec::new(), Instant::now());
            for mut carrier in carriers {
                let open = if self.is_over() { None } else { self.dialed(session)? };
                let Some(open) = open else {
                    carrier.leave()?;
                    continue;
                };
                match carrier.go(&mut *open.remote, &self.gates)? {
                    Ok(()) => self.desk().in_a_row = 0,
                    Err(trouble) => {
                        self.finish(session, &mut posted)?;
                        self.troubled(session, &trouble)?;
                    }
                }
                if posted.is_empty() {
                    since = Instant::now();
                }
                posted.extend(carrier.is_posted().then_some(carrier));
                if since.elapsed() >= SETTLED_AFTER {
                    self.finish(session, &mut posted)?;
                }
            }
            self.finish(session, &mut posted)?;
        }
        Ok(())
    }

    /// Does what is done at once for all that a session has posted. If that may have failed, the next round looks for each.
    fn finish(&self, session: &mut Option<KeptSession>, posted: &mut Vec<Carrier<'_>>) -> Result<(), StoreError> {
        let Some(open) = session.as_mut().filter(|_| !posted.is_empty()) else { return Ok(()) };
        match open.remote.follow_up() {
            Ok(()) => carry::settle_batch(self.outbox, std::mem::take(posted)),
            Err(trouble) => {
                posted.drain(..).try_for_each(|mut carrier| carrier.left(&trouble))?;
                // The mails were posted, so this does not count as the connection's failure.
                *session = None;
                Ok(())
            }
        }
    }

    /// The worker's session, dialled where there is none. None where that failed: the round is over.
    fn dialed<'s>(&self, session: &'s mut Option<KeptSession>) -> Result<Option<&'s mut KeptSession>, StoreError> {
        if session.is_none() {
            match self.account.dial(self.outbox) {
                Ok(open) => *session = Some(open),
                Err(trouble) => self.end(&trouble)?,
            }
        }
        Ok(session.as_mut())
    }

    /// Gives up the session. After [`IN_A_ROW`] troubles one after another, the connection counts as failing.
    fn troubled(&self, session: &mut Option<KeptSession>, trouble: &Trouble) -> Result<(), StoreError> {
        *session = None;
        let in_a_row = {
            let mut desk = self.desk();
            desk.in_a_row += 1;
            desk.in_a_row
        };
        if trouble.kind == TroubleKind::Configuration || in_a_row >= IN_A_ROW {
            return self.end(trouble);
        }
        Ok(())
    }

    fn next(&self) -> Option<Vec<MessageId>> {
        let mut desk = self.desk();
        if desk.over || self.stop.requested() {
            return None;
        }
        let share = desk.share.max(1);
        let mut taken = desk.queue.pop_front()?;
        while let Some(more) = desk.queue.pop_front_if(|more| taken.len() + more.len() <= share) {
            taken.extend(more);
        }
        Some(taken)
    }

    fn put_back(&self, left: Vec<MessageId>) {
        if !left.is_empty() {
            self.desk().queue.push_front(left);
        }
    }

    fn is_over(&self) -> bool {
        self.desk().over || self.stop.requested()
    }

    /// The connection fails: the round is over.
    fn end(&self, trouble: &Trouble) -> Result<(), StoreError> {
        let was_over = std::mem::replace(&mut self.desk().over, true);
        if was_over { Ok(()) } else { self.account.fails(self.outbox, trouble) }
    }

    /// A fault of ours: what was in hand is taken up by the next round.
    fn panicked(&self) -> Result<(), StoreError> {
        tracing::error!(connection = %self.account.connection.id, "a delivery panicked");
        self.end(&Trouble::new(TroubleKind::Temporary, complain!("odoo-fault")))
    }

    fn desk(&self) -> MutexGuard<'_, RoundDesk> {
        self.desk.lock()
    }
}

/// Due mail in groups that one worker takes up, in the order of the first mail of each: one sender's mails stay together. A form or a
/// forwarding gateway sends all its mail from one address; where such records can be made together they are shared out among
/// the workers. What goes through the far end's gateway stays with one session, which knows how much of it the loop guard there
/// has seen.
fn groups(due: Vec<DueMail>, share: usize, mut makes_together: impl FnMut(&str) -> bool) -> VecDeque<Vec<MessageId>> {
    let (mut groups, mut places): (Vec<Vec<MessageId>>, HashMap<String, usize>) = Default::default();
    let (mut together, mut known): (Vec<bool>, HashMap<String, bool>) = Default::default();
    for DueMail { id, from, model } in due {
        let sender = from.and_then(|from| Address::from_display(&from).normalized());
        let is_together = match known.get(&model) {
            Some(known) => *known,
            None => {
                let is_together = makes_together(&model);
                known.insert(model, is_together);
                is_together
            }
        };
        let place = sender.map(|sender| *places.entry(sender).or_insert(groups.len()));
        match place.filter(|place| *place < groups.len()) {
            Some(place) => {
                groups[place].push(id);
                together[place] &= is_together;
            }
            None => {
                groups.push(vec![id]);
                together.push(is_together);
            }
        }
    }
    let pieces = groups.into_iter().zip(together).flat_map(|(group, is_together)| {
        let most = if is_together { share } else { group.len() };
        group.chunks(most.max(1)).map(<[MessageId]>::to_vec).collect::<Vec<_>>()
    });
    pieces.collect()
}

// A process that serves keeps every connection's queue moving: a thread for each connection that has something due.

/// How often the queues are looked at when nobody in this process says that mail was queued: other processes queue mail, too.
const TICK: Duration = Duration::from_secs(1);

/// Looks which connections have something due, and drains each on a thread of its own.
pub struct Runner {
    outbox: Outbox,
    stop: Stop,
    bell: Bell,
    busy: Arc<Mutex<HashSet<ConnectionId>>>,
}

impl Runner {
    pub fn start(outbox: Outbox, stop: Stop, bell: Bell) -> std::io::Result<JoinHandle<()>> {
        let runner = Self { outbox, stop, bell, busy: Arc::default() };
        std::thread::Builder::new().name("outbox".into()).spawn(move || runner.run())
    }

    fn run(&self) {
        let mut heard = 0;
        while !self.stop.requested() {
            if let Err(error) = self.begin_due() {
                tracing::error!(%error, "the queues of the connections could not be read; trying again");
            }
            heard = self.bell.wait(heard, TICK);
        }
        // Deliveries end with the call that is under way; waiting for that leaves nothing half done.
        while !self.busy.lock().is_empty() {
            heard = self.bell.wait(heard, TICK);
        }
    }

    fn begin_due(&self) -> Result<(), StoreError> {
        for connection in self.outbox.store.read(|db| handovers::connections_due(db, now()))? {
            if self.busy.lock().insert(connection) {
                self.begin(connection);
            }
        }
        Ok(())
    }

    fn begin(&self, connection: ConnectionId) {
        let (outbox, stop, bell, busy) = (self.outbox.clone(), self.stop.clone(), self.bell.clone(), self.busy.clone());
        let spawned = std::thread::Builder::new().name(format!("outbox-{connection}")).spawn(move || {
            match catch_unwind(AssertUnwindSafe(|| outbox.drain(connection, &stop))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%connection, %error, "a round of deliveries failed; trying again"),
                Err(_) => tracing::error!(%connection, "a round of deliveries panicked; trying again"),
            }
            // Not at once again: another process may be at work on it, or the database away.
            if !stop.requested() {
                std::thread::sleep(TICK);
            }
            busy.lock().remove(&connection);
            bell.ring();
        });
        if let Err(error) = spawned {
            tracing::error!(%connection, %error, "no thread could be started for deliveries");
            self.busy.lock().remove(&connection);
        }
    }
}

// What a round knows of a connection when it begins, and what it writes back on it.

/// A connection that may be used now.
pub(super) struct OutboxAccount {
    pub connection: Connection,
    password: Secret,
    status: ConnectionStatus,
}

impl OutboxAccount {
    /// None where nothing is to be sent: archived, not confirmed, or paused or failing and not due yet.
    pub(super) fn open(outbox: &Outbox, id: ConnectionId) -> Result<Option<Self>, StoreError> {
        let store = &outbox.store;
        let (stored, status) = store.read(|db| {
            let stored = connections::get(db, id)?;
            Ok::<_, StoreError>((stored, connections::status(db, id)?))
        })?;
        let Some(connection) = stored.map(|stored| stored.settings).filter(Connection::is_used) else {
            return Ok(None);
        };
        if status.next_attempt.is_some_and(|next| next > now()) {
            return Ok(None);
        }
        match store.read(|db| connections::password(db, &outbox.key, id)) {
            Ok(password) => Ok(Some(Self { connection, password, status })),
            // Every page says so; the connection is not to blame.
            Err(StoreError::Seal(SealError::Locked(_))) => Ok(None),
            Err(StoreError::Seal(error)) => {
                let trouble = Trouble::new(TroubleKind::Configuration, error.complaint());
                Self { connection, password: Secret::default(), status }.fails(outbox, &trouble)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A session that is signed in: a kept one that still works, or a new one.
    pub(super) fn dial(&self, outbox: &Outbox) -> Result<KeptSession, Trouble> {
        while let Some(mut kept) = outbox.sessions.take(&self.connection, &self.password) {
            if kept.remote.goes_on().is_ok() {
                return Ok(kept);
            }
        }
        let nameless = Nameless::since(self.status.nameless_since, now());
        (outbox.dial)(&self.connection, &self.password, nameless).map(KeptSession::new)
    }

    /// Keeps the session for the next round.
    pub(super) fn keep(&self, outbox: &Outbox, session: KeptSession) {
        outbox.sessions.keep(&self.connection, &self.password, session);
    }

    /// The connection answers: what was wrong with it is over.
    pub(super) fn works(&self, outbox: &Outbox, certificate: Option<CertificateTaken>) -> Result<(), StoreError> {
        let ConnectionStatus { last_delivery, nameless_since, certificate_until, .. } = self.status;
        let is_nameless = certificate.as_ref().is_some_and(|taken| taken.is_nameless);
        let until = certificate.map(|taken| taken.until);
        // Written when it changes, not each time.
        if is_nameless != nameless_since.is_some() || until != certificate_until {
            let since = if is_nameless { nameless_since.or_else(|| Some(now())) } else { None };
            if since != nameless_since {
                tracing::warn!(
                    connection = %self.connection.id,
                    ?since,
                    "the certificate has no alternative names, or has them again"
                );
            }
            outbox.store.write(|db| connections::set_certificate(db, self.connection.id, until, since))?;
        }
        if self.status
            == (ConnectionStatus { last_delivery, nameless_since, certificate_until, ..ConnectionStatus::default() })
        {
            return Ok(());
        }
        tracing::info!(connection = %self.connection.id, "the connection works again");
        outbox.store.write(|db| connections::works(db, self.connection.id))
    }

    /// The connection fails: writes since when and why, for its page, and when it is tried again (later and later).
    pub(super) fn fails(&self, outbox: &Outbox, trouble: &Trouble) -> Result<(), StoreError> {
        let id = self.connection.id;
        tracing::warn!(connection = %id, words = %trouble.complaint.what, "the connection fails");
        let why = &trouble.complaint;
        outbox.store.write(|db| {
            let failures = connections::status(db, id)?.failures;
            let at = now();
            match trouble.kind {
                TroubleKind::Configuration => connections::pause(db, id, at, after_wrong_settings(at, failures), why),
                TroubleKind::Temporary | TroubleKind::Cut | TroubleKind::TimedOut => {
                    connections::failing(db, id, at, after_failure(at, failures), why)
                }
            }
        })
    }
}

// Sessions that are kept from round to round, so that a connection is signed in at about once an hour and its models
// are not asked for anew each time.

/// After that it is signed in anew.
const LONGEST: Duration = Duration::from_secs(3600);
/// As many as a connection may have workers.
const MOST: usize = 8;

/// A session, and when it was signed in.
pub(super) struct KeptSession {
    pub remote: Box<dyn Remote>,
    since: Instant,
}

impl KeptSession {
    pub(super) fn new(remote: Box<dyn Remote>) -> Self {
        Self { remote, since: Instant::now() }
    }
}

/// The kept sessions of one connection, with the settings that they were signed in by.
struct KeptOf {
    connection: Connection,
    password: Secret,
    free: Vec<KeptSession>,
}

impl KeptOf {
    fn is_by(&self, connection: &Connection, password: &Secret) -> bool {
        self.connection == *connection && self.password.reveal() == password.reveal()
    }
}

/// The sessions that a process keeps; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct KeptSessions(Arc<Mutex<HashMap<ConnectionId, KeptOf>>>);

impl KeptSessions {
    /// A session that was signed in by these settings and is not too old. The far end may have ended it.
    pub(super) fn take(&self, connection: &Connection, password: &Secret) -> Option<KeptSession> {
        let mut kept = self.0.lock();
        let of = kept.get_mut(&connection.id)?;
        if !of.is_by(connection, password) {
            kept.remove(&connection.id);
            return None;
        }
        of.free.retain(|session| session.since.elapsed() < LONGEST);
        of.free.pop()
    }

    pub(super) fn keep(&self, connection: &Connection, password: &Secret, session: KeptSession) {
        let mut kept = self.0.lock();
        let blank = || KeptOf { connection: connection.clone(), password: password.clone(), free: Vec::new() };
        let of = kept.entry(connection.id).or_insert_with(blank);
        if !of.is_by(connection, password) {
            *of = blank();
        }
        if of.free.len() < MOST {
            of.free.push(session);
        }
    }
}

// Some record types get their numbers from one sequence without gaps. Two calls at once that make such records would wait for
// each other over there, or fail: so each waits for its turn here.

/// A gate for each such record type of a connection.
#[derive(Default)]
pub(super) struct Gates(Mutex<HashMap<String, Arc<Mutex<()>>>>);

impl Gates {
    /// Held by whoever makes a record of this type.
    pub(super) fn of(&self, model: &str) -> Arc<Mutex<()>> {
        self.0.lock().entry(model.to_owned()).or_default().clone()
    }
}

// How long the outbox waits before it tries again: longer each time, and never all at the same moment.

/// A message is held after so many failures of its own: about half a day.
pub(super) const ATTEMPTS: i32 = 16;

/// The next try of a message whose delivery failed for a passing reason: after 15 s, then twice as long each time, up
/// to an hour.
pub(super) fn after_attempt(at: Moment, failures_before: i32) -> Moment {
    later(at, 15, failures_before, 3600)
}

/// The earliest moment that [`after_attempt`] may give.
pub(super) fn soonest_after_attempt(at: Moment, failures_before: i32) -> Moment {
    part(at, 15, failures_before, 3600, 1.0 - SPREAD)
}

/// The next try of a connection that does not answer: after 10 s, up to 10 minutes.
fn after_failure(at: Moment, failures_before: i32) -> Moment {
    later(at, 10, failures_before, 600)
}

/// The next try of a connection whose settings are wrong: after 2 minutes, up to an hour. A passed test is sooner.
fn after_wrong_settings(at: Moment, failures_before: i32) -> Moment {
    later(at, 120, failures_before, 3600)
}

/// Pauses are shortened by chance, by at most this part, so that not everything is tried at the same moment.
const SPREAD: f64 = 0.2;

fn later(at: Moment, first: i64, failures_before: i32, longest: i64) -> Moment {
    part(at, first, failures_before, longest, 1.0 - SPREAD * chance())
}

fn part(at: Moment, first: i64, failures_before: i32, longest: i64, part: f64) -> Moment {
    let seconds = (first << failures_before.clamp(0, 20)).min(longest);
    at + TimeDelta::milliseconds((seconds as f64 * 1000.0 * part) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::now;

    #[test]
    fn pauses_grow_up_to_a_bound_with_some_chance() {
        let at = now();
        for (failures, longest) in [(0, 15), (1, 30), (2, 60), (30, 3600)] {
            let pause = (after_attempt(at, failures) - at).num_milliseconds() as f64 / 1000.0;
            let longest = f64::from(longest);
            assert!(pause <= longest && pause >= longest * 0.79, "{failures}: {pause}");
            assert!(soonest_after_attempt(at, failures) <= after_attempt(at, failures));
        }
    }
}
