//! Mailgate turns mail into records. Mail flows one way, and each folder is one step of it:
//!
//! [`mailbox`] fetches raw bytes → [`intake`] keeps them before the mail server is told anything →
//! [`message`] reads them → [`routing`] decides → [`delivery`] makes the record → [`ledger`] moves the message's
//! state along → [`mailbox`] again acknowledges.
//!
//! [`operations`] is what a person or a client may do; [`web`], [`rpc`] and the command line are its faces.
//! [`store`] is the only one that names Diesel. [`domain`] holds the words all others share.

pub mod config;
pub mod delivery;
pub mod domain;
pub mod intake;
pub mod ledger;
pub mod mailbox;
pub mod message;
pub mod modules;
pub mod operations;
pub mod routing;
pub mod rpc;
pub mod store;
pub mod web;
pub mod xmlrpc;
