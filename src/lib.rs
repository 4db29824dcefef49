//! Mailgate turns mail into records. Mail flows one way, and each folder is one step of it:
//!
//! A mail comes through a door — [`fetch`], a session with a [`mailbox`]; the pipe, the mail gateway and a person's repair,
//! in [`operations`] — and from there on goes through the steps of [`pipeline`], the same for all: it is kept before anybody
//! is told, read ([`message`]), routed ([`routing`]), delivered and settled ([`ledger`]). What is for an OpenSPP/Odoo waits
//! in [`outbox`], which brings it there through [`odoo`].
//!
//! [`operations`] is what a person or a client may do; [`web`], [`api`] and the command line are its faces.
//! [`store`] is the only one that names Diesel. [`domain`] holds the words all others share.
//!
//! # Glossary
//!
//! Beside the terms of RFC 5322 (mail), 3501 (IMAP), 1939 (POP3) and 3464 (delivery reports), and Odoo's own at its API:
//!
//! - **acknowledge**: tell the mail server what became of a message: mark it `\Seen`, move, delete or leave it
//!   ([`fetch`]).
//! - **alias**: an address that mail is written to, and what becomes of it ([`domain::alias`]; Odoo: `mail.alias`).
//! - **attempt**: one try to deliver a message to a connection, and how it ended ([`domain::handover::HandoverAttempt`]).
//! - **audit**: who did what to which object, each entry signed with the one before it ([`operations::audit`]).
//! - **caller**: who asks for an operation, with role and address ([`domain::person::Caller`]).
//! - **claim**: the right to make the one record of a fingerprint; the database gives it once ([`store`]).
//! - **complaint**: what went wrong, and what to do, as keys of the catalogue ([`domain::words`]).
//! - **connection**: an OpenSPP or Odoo elsewhere that records go to ([`domain::connection`]); what is dialled is a session.
//! - **door**: where mail comes in: a mailbox, an MTA's pipe, the mail gateway, a person's repair.
//! - **entry**: the ledger's row of one mail, as the steps of the pipeline take it up ([`domain::message::LedgerEntry`]).
//! - **fate**: what becomes of a mail, from the decision to the ledger ([`domain::ledger::Fate`]).
//! - **fingerprint**: what a mail is known by wherever it comes from, Message-ID and digest ([`domain::message::Mail`]).
//! - **floor**: the point in time and the UID below which a mailbox was never to be fetched ([`fetch`]).
//! - **gateway**: Odoo's `message_process`: a client hands over a raw mail and learns its record
//!   ([`domain::message::GatewayCall`]).
//! - **handover**: what a connection is to make of a message, and how far that got ([`domain::handover::Handover`]).
//! - **incoming server**: one mailbox account as an administrator set it ([`domain::server`]; Odoo: `fetchmail.server`).
//! - **key of the catalogue**: what names a sentence in `templates/locales` ([`domain::words`]); *secret key*: what seals
//!   passwords ([`mod@key`]).
//! - **lead**: a record that something in a mail points to; it joins one where its sender is among the people ([`routing`]).
//! - **ledger**: the table with one row for each message ever seen ([`ledger`]).
//! - **mailbox**: host, user and folder, which source keys belong to ([`mailbox`]).
//! - **message**: one mail as it was received; its *source* is the raw bytes ([`domain::message`]).
//! - **module**: a file that declares a record type ([`domain::module`]).
//! - **operation**: something that a person or a client may do; roles are checked here ([`operations`]).
//! - **outbox**: what is queued for connections ([`outbox`]).
//! - **pass**: one whole look at one incoming server: survey, list, download, acknowledge ([`fetch`]).
//! - **post**: an entry of a record's conversation ([`domain::conversation`]; Odoo: `mail.message`).
//! - **record**: what a mail became, of a *record type* such as Grievance (Odoo: a row of a model).
//! - **round**: the outbox goes over what is due at one connection ([`outbox`]).
//! - **route**: the decision for one mail, with its *trace*, each rule tried and why ([`domain::route`]).
//! - **session**: a signed-in way to a mail server, or to an Odoo; of a person, what the cookie names ([`operations::sessions`]).
//! - **settle**: route and deliver what is kept, and write its fate into the ledger ([`pipeline`]).
//! - **source key**: how a message is told apart at the place it comes from ([`domain::message::SourceKey`]).

// What nothing outside needs is not shown, so that the compiler tells when nobody needs it any more.
#![warn(unreachable_pub)]
// Of clippy's pedantic lints those that make what stands here plainer.
#![warn(
    clippy::bool_to_int_with_if,
    clippy::borrow_as_ptr,
    clippy::cast_lossless,
    clippy::cloned_instead_of_copied,
    clippy::explicit_into_iter_loop,
    clippy::explicit_iter_loop,
    clippy::flat_map_option,
    clippy::from_iter_instead_of_collect,
    clippy::ignored_unit_patterns,
    clippy::implicit_clone,
    clippy::index_refutable_slice,
    clippy::inefficient_to_string,
    clippy::large_types_passed_by_value,
    clippy::manual_let_else,
    clippy::manual_string_new,
    clippy::map_unwrap_or,
    clippy::mut_mut,
    clippy::needless_continue,
    clippy::no_effect_underscore_binding,
    clippy::ptr_as_ptr,
    clippy::redundant_else,
    clippy::same_functions_in_if_condition,
    clippy::semicolon_if_nothing_returned,
    clippy::string_add_assign,
    clippy::uninlined_format_args,
    clippy::unnested_or_patterns,
    clippy::unreadable_literal,
    clippy::used_underscore_binding
)]

pub mod api;
pub mod background;
pub mod cli;
pub mod config;
pub mod demo;
pub mod descriptors;
pub mod dns;
pub mod domain;
pub mod fetch;
pub mod files;
pub mod front;
#[doc(hidden)]
pub mod fuzzing;
pub mod key;
pub mod ledger;
pub mod mailbox;
pub mod message;
pub mod modules;
pub mod oauth;
pub mod odoo;
pub mod operations;
pub mod outbox;
pub mod pipeline;
pub mod routing;
pub mod serve;
pub mod store;
pub mod web;
pub mod xmlrpc;

use std::sync::Arc;

/// All faces that speak HTTP, ready to launch; [`serve`] puts a front before them. Initialise tracing first: Rocket installs a
/// logger of its own where there is none.
pub fn build(app: Arc<operations::App>) -> rocket::Rocket<rocket::Build> {
    let figment = rocket::figment::Figment::from(rocket::Config::default())
        .merge(("address", app.config.address))
        .merge(("port", app.config.port))
        // Anybody can send such a header: see web::guards.
        .merge(("ip_header", false))
        .merge(("ident", false))
        .merge(("log_level", "critical"))
        // With the scheduler's share, an end by SIGTERM or SIGINT takes less than ten seconds.
        .merge(("shutdown.grace", 2))
        .merge(("shutdown.mercy", 2));
    let rocket = rocket::custom(figment).manage(app.clone());
    api::mount(web::mount(rocket, &app), &app)
}
