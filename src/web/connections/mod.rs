//! Connections: the list, the form with *Test*, and the smaller deeds.

mod deeds;
mod form;
mod list;
mod result;
mod view;

use rocket::Route;

pub use form::again;

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/connections";

pub fn routes() -> Vec<Route> {
    [list::routes(), form::routes(), deeds::routes()].concat()
}

/// The page of one connection.
fn page_of(id: i32) -> String {
    format!("{BASE}/{id}")
}
