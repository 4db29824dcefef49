//! The only writer of a message's state: what a message goes through, each step with its line of history. Every
//! function works within the caller's transaction, so that a state never says more than what is committed with it.

mod arrival;
pub mod bridge;
mod failure;
mod outcome;
mod person;
pub mod verdict;

pub use arrival::{Acknowledge, Arrival, Kept, Source, downloaded, receive};
pub use failure::{backoff, fail, fault, try_again, unreadable};
pub use outcome::{Outcome, Reading, settle};
pub use person::{dismiss, want};

use crate::domain::ledger::State;

/// The states in which a message waits for its route or its delivery.
pub const OPEN: &[State] = &[State::Received, State::Routed, State::Delivering, State::Retrying];
/// Those from which a person may have it delivered again.
pub const REPAIRABLE: &[State] = &[State::Held, State::Ignored, State::Retrying];
