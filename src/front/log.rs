//! What the log says of connections that were not taken: how many, once a minute, and not one line for each.

use std::io;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::guests::Full;
use crate::descriptors;
use crate::domain::complaint::Complaint;

const TELL_EVERY: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Log(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    of_one_address: u64,
    in_all: u64,
    refusals_told: Option<Instant>,
    without_descriptor: u64,
    failures_told: Option<Instant>,
}

impl Log {
    pub(super) fn refused(&self, full: Full) {
        let mut counts = self.0.lock();
        match full {
            Full::Address => counts.of_one_address += 1,
            Full::House => counts.in_all += 1,
        }
    }

    /// Accepting a connection, or passing it on.
    pub(super) fn failed(&self, error: &io::Error) {
        match descriptors::ran_out(error) {
            true => self.0.lock().without_descriptor += 1,
            // A client that left before it was let in.
            false => tracing::debug!(%error, "a connection failed"),
        }
    }

    /// Says what there is to say, where it is time.
    pub(super) fn tell(&self) {
        let is_due = |told: Option<Instant>| told.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        let mut counts = self.0.lock();
        let Counts { of_one_address, in_all, .. } = *counts;
        if of_one_address + in_all > 0 && is_due(counts.refusals_told) {
            tracing::warn!(of_one_address, in_all, "connections were refused: too many of one address, or in all");
            (counts.of_one_address, counts.in_all, counts.refusals_told) = (0, 0, Some(Instant::now()));
        }
        if counts.without_descriptor > 0 && is_due(counts.failures_told) {
            let Complaint { what: words, remedy } = descriptors::exhausted();
            tracing::error!(times = counts.without_descriptor, "connections could not be taken. {words} {remedy}");
            (counts.without_descriptor, counts.failures_told) = (0, Some(Instant::now()));
        }
    }
}
