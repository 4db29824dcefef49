//! From the mailbox to the record, on both databases.

mod accounting;
mod identity;
mod odd_pop;
mod order;
mod real_servers;
mod retention;
mod routes;
mod stages;
mod statements;
mod threads;
mod upgrade;
pub mod world;
