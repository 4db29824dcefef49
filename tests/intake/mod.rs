//! From the mailbox to the record, on both databases.

mod accounting;
mod folders;
mod identity;
mod imports;
mod odd_pop;
mod order;
pub mod real_servers;
mod retention;
mod routes;
mod size;
mod stages;
mod statements;
mod threads;
mod upgrade;
pub mod world;
