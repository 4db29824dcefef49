//! The only writer of a message's state.

pub mod verdict;
