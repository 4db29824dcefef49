//! Mailgate turns mail into records. Mail flows one way, and each folder is one step of it:
//!
//! A mail comes through a door — [`fetch`], a session with a [`mailbox`]; the pipe, the mail gateway and a person's repair,
//! in [`operations`] — and from there on goes through the steps of [`pipeline`], the same for all: it is kept before anybody
//! is told, read ([`message`]), routed ([`routing`]), delivered and settled ([`ledger`]). What is for an OpenSPP/Odoo waits
//! in [`outbox`], which brings it there through [`odoo`].
//!
//! [`operations`] is what a person or a client may do; [`web`], [`api`] and the command line are its faces.
//! [`store`] is the only one that names Diesel. [`domain`] holds the words all others share.

pub mod api;
pub mod background;
pub mod cli;
pub mod config;
pub mod demo;
pub mod descriptors;
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
/// logger of its own where there is none. Makes the data folder's empty `templates` folder: pages are embedded,
/// but the template engine insists on one.
pub fn build(app: Arc<operations::App>) -> std::io::Result<rocket::Rocket<rocket::Build>> {
    let templates = app.config.data_dir.join("templates");
    std::fs::create_dir_all(&templates)?;
    let figment = rocket::figment::Figment::from(rocket::Config::default())
        .merge(("address", app.config.address))
        .merge(("port", app.config.port))
        // Anybody can send such a header: see web::address.
        .merge(("ip_header", false))
        .merge(("ident", false))
        .merge(("log_level", "critical"))
        // With the scheduler's share, an end by SIGTERM or SIGINT takes less than ten seconds.
        .merge(("shutdown.grace", 2))
        .merge(("shutdown.mercy", 2))
        .merge(("template_dir", templates));
    let rocket = rocket::custom(figment).manage(app.clone());
    Ok(api::mount(web::mount(rocket, &app), &app))
}
