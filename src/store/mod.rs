//! Diesel and nothing but Diesel: the schema, the pool, a file for each subject with its tables. Functions here take a
//! connection and do one thing; the rules about who may do what stand in `operations`, the states of a message
//! in `ledger`.
//!
//! Both databases are spoken to with the same code. What the two-backend connection can't do (returning ids,
//! on-conflict, several rows at once) is written once inside [`on_backend!`](crate::on_backend).

pub mod acknowledgements;
pub mod aliases;
pub mod attachments;
pub mod audit;
pub mod blob;
pub mod categories;
pub mod claims;
pub mod connection;
pub mod connections;
pub mod days;
pub mod expiries;
pub mod external_ids;
pub mod grants;
pub mod handovers;
pub mod imports;
pub mod installation;
pub mod kept;
pub mod limits;
pub mod mailboxes;
pub mod message_parts;
pub mod messages;
pub mod packed;
pub mod partners;
pub mod posts;
mod prepared;
pub mod query;
pub mod records;
pub mod schema;
pub mod sealed;
pub mod search;
pub mod server_status;
pub mod servers;
pub mod sight;
pub mod sign_in;
pub mod teams;
pub mod users;
mod values;

pub use connection::{Backend, Db, Store, StoreError, at_one_moment, savepoint};
/// Diesel's own error, so that others can pass it on without naming Diesel.
pub use diesel::result::Error as QueryError;
pub use sealed::Stored;
