//! From the ledger to a connection, exactly once, on both databases.

mod conversation;
mod exactly_once;
mod far_end;
mod queue;
pub mod world;
