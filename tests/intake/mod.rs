//! From the mailbox to the record, on both databases.

mod identity;
mod order;
mod retention;
mod routes;
mod stages;
mod world;
