//! The only writer of a message's state.
