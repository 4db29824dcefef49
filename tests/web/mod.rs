//! The pages, through Rocket without a network.

pub mod site;

mod headers;
mod setup;
mod sign_in;
