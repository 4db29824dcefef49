//! What all work in the background shares: how it learns that it must end, what wakes it before its time, who may do what
//! is done by one process at a time, and the chance that keeps things from happening all at once.

pub mod lock;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// A request to stop, shared by who asks and who looks. A pass looks before each write and each command.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<BackgroundInner>);

#[derive(Debug, Default)]
struct BackgroundInner {
    asked: AtomicBool,
    parent: Option<Stop>,
    /// Asked for by itself at this time, unless it is put off.
    at: Option<Mutex<Instant>>,
}

impl Stop {
    /// One that stops when this one does, and can be stopped alone.
    pub fn child(&self) -> Stop {
        Stop(Arc::new(BackgroundInner { parent: Some(self.clone()), ..BackgroundInner::default() }))
    }

    /// Such a child that is also asked for at this time by itself, whatever hinders who would ask; see [`Stop::put_off`].
    pub fn child_until(&self, at: Instant) -> Stop {
        let (parent, at) = (Some(self.clone()), Some(Mutex::new(at)));
        Stop(Arc::new(BackgroundInner { parent, at, ..BackgroundInner::default() }))
    }

    /// Moves the time of a [`Stop::child_until`].
    pub fn put_off(&self, until: Instant) {
        if let Some(at) = &self.0.at {
            *at.lock() = until;
        }
    }

    pub fn request(&self) {
        self.0.asked.store(true, Ordering::Release);
    }

    pub fn requested(&self) -> bool {
        // For good: who has seen it must not go on because it was put off too late.
        if self.0.at.as_ref().is_some_and(|at| *at.lock() <= Instant::now()) {
            self.request();
        }
        self.0.asked.load(Ordering::Acquire) || self.0.parent.as_ref().is_some_and(Stop::requested)
    }
}

/// Wakes threads that wait for something to do.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<u64>, Condvar)>);

impl Bell {
    pub fn ring(&self) {
        *self.0.0.lock() += 1;
        self.0.1.notify_all();
    }

    /// Waits until it rings after `heard`, or `wait` is over; answers what was heard.
    pub fn wait(&self, heard: u64, wait: Duration) -> u64 {
        let mut rung = self.0.0.lock();
        self.0.1.wait_while_for(&mut rung, |rung| *rung == heard, wait);
        *rung
    }
}

/// What an administrator knows a process by: its computer and its data folder.
pub fn node_name(data_dir: &Path) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let folder = data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned());
    format!("{host}:{}", folder.display())
}

/// Between 0 and 1, by chance.
pub fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without chance the spread is missing, nothing else.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stops_with_its_parent_but_not_the_other_way_round() {
        let shutdown = Stop::default();
        let (one, other) = (shutdown.child(), shutdown.child());
        one.request();
        assert!(one.requested() && !other.requested() && !shutdown.requested());
        shutdown.request();
        assert!(other.requested());
    }

    #[test]
    fn a_time_stops_by_itself_and_for_good_unless_it_is_put_off() {
        let (soon, later) = (Instant::now(), Instant::now() + Duration::from_secs(60));
        let pass = Stop::default().child_until(later);
        assert!(!pass.requested());
        pass.put_off(soon);
        assert!(pass.requested());
        pass.put_off(later);
        assert!(pass.requested(), "it was seen to be over");
    }
}
