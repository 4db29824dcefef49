//! What answers may take of memory. A small one is just made; who makes a large one waits for his turn, so that there is
//! one at a time, and of that the size is bounded.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::error::ObjectError;
use crate::operations::OperationError;

/// Bytes of an answer that is just made.
const SMALL: usize = 512 << 10;
/// Bytes of the largest: a mail of 50 MB as base64.
const MOST: usize = 72 << 20;
/// Whoever waits keeps a connection of the database meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);

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
    turn: RefCell<Option<Turn>>,
}

/// Given back when dropped.
struct Turn(Arc<LargeAnswers>);

impl Room {
    pub fn new(turns: &Arc<LargeAnswers>) -> Self {
        Self { turns: turns.clone(), used: Cell::new(0), turn: RefCell::new(None) }
    }

    /// Takes room for this many bytes more, before they are there.
    pub fn take(&self, bytes: usize) -> Result<(), ObjectError> {
        let used = self.used.get().saturating_add(bytes);
        self.used.set(used);
        if used > MOST {
            let words = "This answer would take more than 72 MB. Ask for fewer records or fields at a time (limit, offset, \
                         fields), and for the contents of large files one by one.";
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
    fn wait(self: &Arc<Self>) -> Result<Turn, ObjectError> {
        let mut taken = self.taken.lock();
        if self.freed.wait_while_for(&mut taken, |taken| *taken, PATIENCE).timed_out() && *taken {
            let words = "Other large answers are being made. Try again in some seconds, or ask for less at a time.";
            return Err(OperationError::Refused(words.into()).into());
        }
        *taken = true;
        drop(taken);
        Ok(Turn(self.clone()))
    }
}

impl Drop for Turn {
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
