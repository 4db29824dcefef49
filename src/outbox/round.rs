//! One round over one connection: workers side by side, each with a session of its own, until nothing is due.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use super::account::OutboxAccount;
use super::carry::Carrier;
use super::gates::Gates;
use super::sessions::KeptSession;
use super::{Outbox, OutboxError, batch};
use crate::background::Stop;
use crate::background::lock::LockError;
use crate::complain;
use crate::domain::address::Address;
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::now;
use crate::ledger;
use crate::odoo::{Trouble, TroubleKind};
use crate::store::handovers::DueMail;
use crate::store::{StoreError, handovers};

/// So many messages a worker takes up together.
const BATCH: usize = 50;
/// What stands there is settled together with what follows, but not later than this.
const SETTLED_AFTER: Duration = Duration::from_secs(5);
/// So many messages that fail one after another are the connection's failure, not theirs.
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
    // Nobody else is at work, so whoever had these in hand has died.
    for message in store.read(|db| handovers::in_hand(db, id))? {
        store.write(|db| ledger::outbox::left_in_hand(db, message, id))?;
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
    /// So many a worker takes up, that all have some.
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
        // One that had trouble is none any more.
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
            let mut carriers = batch::open(self.outbox, self.account.connection.id, &mut taken)?;
            self.put_back(taken);
            if let Some(open) = self.dialed(session)? {
                let trouble;
                (carriers, trouble) = batch::prepare(self.outbox, &mut *open.remote, &self.gates, carriers)?;
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

    /// Does what is done at once for all that a session has posted; where that is not known to be done, each is looked for.
    fn finish(&self, session: &mut Option<KeptSession>, posted: &mut Vec<Carrier<'_>>) -> Result<(), StoreError> {
        let Some(open) = session.as_mut().filter(|_| !posted.is_empty()) else { return Ok(()) };
        match open.remote.follow_up() {
            Ok(()) => batch::settle(self.outbox, std::mem::take(posted)),
            Err(trouble) => {
                posted.drain(..).try_for_each(|mut carrier| carrier.left(&trouble))?;
                // All of it stands there, so this is not the connection's failure.
                *session = None;
                Ok(())
            }
        }
    }

    /// A session that can be used; None where none could be had, and the round is over.
    fn dialed<'s>(&self, session: &'s mut Option<KeptSession>) -> Result<Option<&'s mut KeptSession>, StoreError> {
        if session.is_none() {
            match self.account.dial(self.outbox) {
                Ok(open) => *session = Some(open),
                Err(trouble) => self.end(&trouble)?,
            }
        }
        Ok(session.as_mut())
    }

    /// The session can't be used any more. So many times in a row, the connection can't.
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

/// Those of one sender together, in the order of the first of each. All mail of a form or of a forwarding gateway comes from
/// one address: where its records are made together, each session has some of it. What goes through the gateway there stays
/// with one session, which knows how much of it the far end's loop guard has seen.
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
