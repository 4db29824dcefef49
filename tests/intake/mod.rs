//! From the mailbox to the record, on both databases.

mod order;
mod stages;
mod world;
