//! The pages, through Rocket without a network.

mod site;

mod headers;
mod setup;
mod sign_in;
