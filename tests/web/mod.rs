//! The pages, through Rocket without a network.

pub mod site;

mod aliases;
mod headers;
mod roles;
mod setup;
mod sign_in;
mod users;
