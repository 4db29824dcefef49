//! How long the outbox waits before it tries again: longer each time, and never all at the same moment.

use chrono::TimeDelta;

use crate::background::chance;
use crate::domain::Moment;

/// A message is held after so many failures of its own: about half a day.
pub(super) const ATTEMPTS: i32 = 16;

/// The next try of a message whose delivery failed for a passing reason: after 15 s, then twice as long each time, up
/// to an hour.
pub(super) fn after_attempt(at: Moment, failures_before: i32) -> Moment {
    later(at, 15, failures_before, 3600)
}

/// The soonest that [`after_attempt`] may say.
pub(super) fn soonest_after_attempt(at: Moment, failures_before: i32) -> Moment {
    part(at, 15, failures_before, 3600, 1.0 - SPREAD)
}

/// The next try of a connection that does not answer: after 10 s, up to 10 minutes.
pub(super) fn after_failure(at: Moment, failures_before: i32) -> Moment {
    later(at, 10, failures_before, 600)
}

/// The next try of a connection whose settings are wrong: after 2 minutes, up to an hour. A passed test is sooner.
pub(super) fn after_wrong_settings(at: Moment, failures_before: i32) -> Moment {
    later(at, 120, failures_before, 3600)
}

/// Chance takes away as much of a pause, at most.
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
