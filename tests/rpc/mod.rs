//! The API as Odoo's clients use it, over the wire.

mod aliases;
mod client;
mod clients;
mod compare;
mod domains;
mod faults;
mod gateway;
mod hostile;
mod keys;
mod methods;
mod roles;
mod whole;
