//! The pages, through Rocket without a network.

mod overview;
pub mod site;

mod aliases;
mod headers;
mod roles;
mod setup;
mod sign_in;
mod users;
