//! The API as Odoo's clients use it, over the wire.

mod client;
mod clients;
mod compare;
mod domains;
mod faults;
mod methods;
mod roles;
mod whole;
