//! The API as Odoo's clients use it, over the wire.

mod aliases;
mod appetite;
pub mod client;
mod clients;
mod compare;
mod connectors;
mod conversation;
mod domains;
mod every_method;
mod faults;
mod gateway;
mod half_done;
mod handed_over;
mod hostile;
mod json2;
mod keys;
mod large;
mod methods;
mod models;
mod recorded;
pub mod roles;
mod web_client;
mod whole;
mod wire_forms;
pub mod worst;
