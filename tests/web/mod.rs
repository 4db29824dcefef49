//! The pages, through Rocket without a network.

mod kept;
mod overview;
pub mod site;

mod aliases;
mod away;
mod growth;
mod headers;
mod languages;
mod lockout;
mod roles;
mod setup;
mod sign_in;
mod tables;
mod users;
