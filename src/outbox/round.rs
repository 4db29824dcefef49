//! One round over one connection: workers side by side, each with a session of its own, until nothing is due.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::account::OutboxAccount;
use super::carry::{self, Carried};
use super::sessions::KeptSession;
use super::{Outbox, OutboxError};
use crate::background::Stop;
use crate::background::lock::LockError;
use crate::complain;
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::now;
use crate::ledger;
use crate::odoo::{Trouble, TroubleKind};
use crate::store::{StoreError, handovers};

/// So many messages are looked up at once.
const BATCH: i64 = 64;
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
    let round = Round { outbox, account: &account, stop: guard.stop(), desk: Mutex::default() };
    round.run(first)?;
    Ok(())
}

struct Round<'a> {
    outbox: &'a Outbox,
    account: &'a OutboxAccount,
    stop: &'a Stop,
    desk: Mutex<RoundDesk>,
}

/// What the workers share.
#[derive(Default)]
struct RoundDesk {
    queue: VecDeque<MessageId>,
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
            let due = self.outbox.store.read(|db| handovers::due(db, connection, now(), BATCH))?;
            if due.is_empty() || self.desk().over || self.stop.requested() {
                return Ok(());
            }
            self.desk().queue = due.into();
            std::thread::scope(|scope| {
                let workers: Vec<_> = sessions.iter_mut().map(|session| scope.spawn(|| self.work(session))).collect();
                workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| self.panicked()))
            })?;
        }
    }

    fn work(&self, session: &mut Option<KeptSession>) -> Result<(), StoreError> {
        while let Some(message) = self.next() {
            let open = match session {
                Some(open) => open,
                None => match self.account.dial(self.outbox) {
                    Ok(open) => session.insert(open),
                    Err(trouble) => return self.end(&trouble),
                },
            };
            match carry::carry(self.outbox, self.account, &mut *open.remote, message)? {
                Carried::Settled => self.desk().in_a_row = 0,
                Carried::Troubled(trouble) => {
                    *session = None;
                    let in_a_row = {
                        let mut desk = self.desk();
                        desk.in_a_row += 1;
                        desk.in_a_row
                    };
                    if trouble.kind == TroubleKind::Configuration || in_a_row >= IN_A_ROW {
                        return self.end(&trouble);
                    }
                }
            }
        }
        Ok(())
    }

    fn next(&self) -> Option<MessageId> {
        let mut desk = self.desk();
        if desk.over || self.stop.requested() { None } else { desk.queue.pop_front() }
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
