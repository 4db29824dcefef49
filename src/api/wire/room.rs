//! How much memory calls and answers may take at once. A call has its room from the reading of its body until it is done;
//! who finds none waits a little, and is told to come again. A small answer is just made; who makes a large one waits for
//! a turn, so that there is one at a time, and its size is bounded.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rocket::tokio::sync::{OwnedSemaphorePermit, Semaphore};
use rocket::tokio::time::timeout;

use super::answer::CallRefused;
use crate::api::fault::ObjectError;
use crate::operations::OperationError;
use crate::say;

/// What a call takes its room from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// Calls that came whole with the first bytes.
    Small,
    /// Whatever is larger, of callers who are known.
    Large,
    /// Mail that is handed over, by callers who may: no other call can use it, so that none delays mail.
    Mail,
}

impl Pool {
    /// Kilobytes in all.
    const fn size(self) -> u32 {
        match self {
            Pool::Small => 32 << 10,
            Pool::Large => 80 << 10,
            Pool::Mail => 96 << 10,
        }
    }

    /// Kilobytes of bodies that wait in files, in all.
    const fn files(self) -> u32 {
        match self {
            Pool::Small => 0,
            Pool::Large | Pool::Mail => 1 << 20,
        }
    }

    /// How fast a body has to come on the whole. Mail has the time that the thinnest line takes, and holds up no other.
    pub(crate) const fn bytes_per_second(self) -> u64 {
        match self {
            Pool::Small | Pool::Large => 16 << 10,
            Pool::Mail => 2 << 10,
        }
    }

    /// How long a call waits for room. An MTA that is refused would bounce the mail.
    const fn patience(self) -> Duration {
        match self {
            Pool::Mail => Duration::from_secs(60),
            Pool::Small | Pool::Large => Duration::from_secs(5),
        }
    }
}

/// One for all addresses of the API.
pub(crate) struct Budget {
    memory: [Arc<Semaphore>; 3],
    files: [Arc<Semaphore>; 3],
}

/// Room that a call has of one pool; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct PoolShare(Option<OwnedSemaphorePermit>);

impl Budget {
    pub(crate) fn new() -> Self {
        let pools = [Pool::Small, Pool::Large, Pool::Mail];
        let room = |kilobytes: u32| Arc::new(Semaphore::new(kilobytes as usize));
        Self { memory: pools.map(|pool| room(pool.size())), files: pools.map(|pool| room(pool.files())) }
    }

    /// Room for a body that waits in a file until it is whole. 503 where none became free in time.
    pub(crate) async fn file(&self, pool: Pool, bytes: usize) -> Result<OwnedSemaphorePermit, CallRefused> {
        let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(pool.files());
        let waiting = self.files[pool as usize].clone().acquire_many_owned(kilobytes);
        timeout(pool.patience(), waiting).await.ok().and_then(Result::ok).ok_or(CallRefused::BUSY)
    }

    /// Makes the share one of this many bytes; of more than there are in all, the whole pool. 503 where not as many
    /// became free in time.
    pub(crate) async fn fit(&self, pool: Pool, bytes: usize, share: &mut PoolShare) -> Result<(), CallRefused> {
        let kilobytes = bytes.div_ceil(1024).min(pool.size() as usize);
        let held = share.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if let Some(permit) = &mut share.0
            && held >= kilobytes
        {
            drop(permit.split(held - kilobytes));
            return Ok(());
        }
        let more = u32::try_from(kilobytes - held).unwrap_or(u32::MAX);
        let waiting = self.memory[pool as usize].clone().acquire_many_owned(more);
        let Ok(Ok(permit)) = timeout(pool.patience(), waiting).await else { return Err(CallRefused::BUSY) };
        match &mut share.0 {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

/// Bytes of an answer that is just made.
const SMALL: usize = 512 << 10;
/// Bytes of the largest: a mail of 50 MB as base64.
const MOST: usize = 72 << 20;
/// Whoever waits keeps a connection of the database meanwhile.
const TURN_PATIENCE: Duration = Duration::from_secs(5);

/// The turn to make a large answer.
#[derive(Default)]
pub struct LargeAnswers {
    taken: Mutex<bool>,
    freed: Condvar,
}

/// The room of one answer, from its making until it is written.
pub struct Room {
    turns: Arc<LargeAnswers>,
    used: Cell<usize>,
    turn: RefCell<Option<RoomTurn>>,
}

/// Given back when dropped.
struct RoomTurn(Arc<LargeAnswers>);

impl Room {
    pub fn new(turns: &Arc<LargeAnswers>) -> Self {
        Self { turns: turns.clone(), used: Cell::new(0), turn: RefCell::new(None) }
    }

    /// Takes room for this many bytes more, before they are there.
    pub fn take(&self, bytes: usize) -> Result<(), ObjectError> {
        let used = self.used.get().saturating_add(bytes);
        self.used.set(used);
        if used > MOST {
            let words = say!("api-answer-too-large");
            return Err(OperationError::Refused(words.into()).into());
        }
        let mut turn = self.turn.borrow_mut();
        if used > SMALL && turn.is_none() {
            *turn = Some(self.turns.wait()?);
        }
        Ok(())
    }
}

impl LargeAnswers {
    fn wait(self: &Arc<Self>) -> Result<RoomTurn, ObjectError> {
        let mut taken = self.taken.lock();
        if self.freed.wait_while_for(&mut taken, |taken| *taken, TURN_PATIENCE).timed_out() && *taken {
            let words = say!("api-answers-busy");
            return Err(OperationError::Refused(words.into()).into());
        }
        *taken = true;
        drop(taken);
        Ok(RoomTurn(self.clone()))
    }
}

impl Drop for RoomTurn {
    fn drop(&mut self) {
        *self.0.taken.lock() = false;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_large_answer_is_made_at_a_time_and_small_ones_beside_it() {
        let turns = Arc::new(LargeAnswers::default());
        let (large, small) = (Room::new(&turns), Room::new(&turns));
        large.take(SMALL + 1).unwrap();
        small.take(SMALL).unwrap();
        std::thread::scope(|threads| {
            let other = threads.spawn(|| Room::new(&turns).take(SMALL + 1).is_ok());
            drop(large);
            assert!(other.join().unwrap());
        });
        let refused = small.take(MOST).unwrap_err().to_string();
        assert!(refused.contains("72 MB") && refused.contains("one by one"), "{refused}");
    }
}
