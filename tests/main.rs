//! All integration tests in one binary. One folder per capability; `support` starts the real servers.

mod architecture;
mod audit;
mod browser;
mod connections;
mod fuzzing;
mod intake;
mod mailbox;
mod message;
mod messages;
mod odoo;
mod outbox;
mod records;
mod rpc;
mod runtime;
mod servers;
mod support;
mod web;
mod wild;
mod xmlrpc;
