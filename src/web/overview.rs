//! The first page: what needs attention.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;

use super::guards::Visitor;
use super::render::{Answer, Reply};
use crate::operations::overview;

pub fn routes() -> Vec<Route> {
    routes![show]
}

#[get("/")]
async fn show(visitor: Visitor<'_>) -> Answer {
    let overview = visitor.run(overview::overview).await?;
    Ok(Reply::page("overview/overview.html", context! { overview }))
}
