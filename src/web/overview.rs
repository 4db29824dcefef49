//! The first page: what needs attention.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;

use super::guards::Visitor;
use super::render::{Answer, Reply};

pub fn routes() -> Vec<Route> {
    routes![show]
}

#[get("/")]
async fn show(_visitor: Visitor<'_>) -> Answer {
    Ok(Reply::page("overview/overview.html", context! {}))
}
