//! How a pass learns that it must end: the process shuts down, its lease is lost, or its time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, shared by who asks and who looks. A pass looks before each write and each command.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: AtomicBool,
    parent: Option<Stop>,
}

impl Stop {
    /// One that stops when this one does, and can be stopped alone.
    pub fn child(&self) -> Stop {
        Stop(Arc::new(Inner { asked: AtomicBool::new(false), parent: Some(self.clone()) }))
    }

    pub fn request(&self) {
        self.0.asked.store(true, Ordering::Release);
    }

    pub fn requested(&self) -> bool {
        self.0.asked.load(Ordering::Acquire) || self.0.parent.as_ref().is_some_and(Stop::requested)
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;

    #[test]
    fn a_child_stops_with_its_parent_but_not_the_other_way_round() {
        let shutdown = Stop::default();
        let (one, other) = (shutdown.child(), shutdown.child());
        one.request();
        assert!(one.requested() && !other.requested() && !shutdown.requested());
        shutdown.request();
        assert!(other.requested());
    }
}
