//! Diesel and nothing but Diesel: the schema, the pool, one file per table. Functions here take a
//! connection and do one thing; the rules about who may do what stand in `operations`, the states of a message
//! in `ledger`.
//!
//! Both databases are spoken to with the same code. What the two-backend connection can't do (returning ids,
//! on-conflict, several rows at once) is written once inside [`on_backend!`](crate::on_backend).

pub mod acknowledgements;
pub mod aliases;
pub mod api_keys;
pub mod attachments;
pub mod audit;
pub mod blob;
pub mod categories;
pub mod claims;
pub mod connection;
pub mod connection_status;
pub mod connections;
pub mod days;
pub mod drafts;
pub mod expiries;
pub mod external_ids;
pub mod handovers;
pub mod imports;
pub mod key_check;
pub mod limits;
pub mod list_columns;
pub mod list_deeds;
pub mod mailboxes;
pub mod message_parts;
pub mod messages;
pub mod nodes;
pub mod oauth_flows;
pub mod oauth_providers;
pub mod oauth_tokens;
pub mod packed;
pub mod partners;
pub mod posts;
mod prepared;
pub mod query;
pub mod records;
pub mod saved_filters;
pub mod schema;
pub mod sealed;
pub mod search;
pub mod sender_links;
pub mod server_status;
pub mod servers;
pub mod sessions;
pub mod settings;
pub mod sight;
pub mod sign_in;
mod stored;
pub mod teams;
pub mod traces;
mod upgrade;
pub mod users;
mod values;
pub mod visits;

pub use connection::{Backend, Db, Store, StoreError, at_one_moment, savepoint};
/// Diesel's own error, so that others can pass it on without naming Diesel.
pub use diesel::result::Error as QueryError;
pub use stored::Stored;
