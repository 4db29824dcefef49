//! Wakes the scheduler's threads when there is something to do before they would look by themselves.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Wakes threads that wait for something to do.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<u64>, Condvar)>);

impl Bell {
    pub fn ring(&self) {
        *self.lock() += 1;
        self.0.1.notify_all();
    }

    /// Waits until it rings after `heard`, or `wait` is over; answers what was heard.
    pub fn wait(&self, heard: u64, wait: Duration) -> u64 {
        let rung = self.lock();
        let (rung, _) =
            self.0.1.wait_timeout_while(rung, wait, |rung| *rung == heard).unwrap_or_else(PoisonError::into_inner);
        *rung
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
