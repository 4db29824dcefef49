//! Aliases: the list, the form, and the smaller deeds.

mod deeds;
mod form;
mod list;

use rocket::Route;

pub use form::again;

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/aliases";

pub fn routes() -> Vec<Route> {
    [list::routes(), form::routes(), deeds::routes()].concat()
}

/// The page of one alias.
fn page_of(id: i32) -> String {
    format!("{BASE}/{id}")
}
