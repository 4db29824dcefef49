//! The list, with search and the archived ones apart.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::BASE;
use super::view::{Health, health};
use crate::domain::Moment;
use crate::operations::connections::{self, Filter, View};
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};

pub fn routes() -> Vec<Route> {
    routes![list]
}

#[get("/settings/technical/email/connections?<q>&<archived>")]
async fn list(visitor: Visitor<'_>, q: Option<&str>, archived: Option<&str>) -> Answer {
    let filter = Filter { search: q.unwrap_or_default().trim().to_owned(), archived: archived == Some("1") };
    let asked = filter.clone();
    let found = visitor.run(move |app, caller| connections::list(app, caller, &asked)).await?;
    let found: Vec<Line> = found.iter().map(Line::of).collect();
    let Filter { search, archived } = filter;
    Ok(Reply::page("connections/list.html", context! { base: BASE, connections: found, search, archived }))
}

#[derive(Serialize)]
struct Line<'a> {
    id: i32,
    name: &'a str,
    url: &'a str,
    database: &'a str,
    state: &'static str,
    server_version: Option<&'a str>,
    last_delivery: Option<Moment>,
    waiting: i64,
    health: Health<'a>,
}

impl<'a> Line<'a> {
    fn of(view: &'a View) -> Self {
        let connection = &view.connection;
        Self {
            id: connection.id.0,
            name: &connection.name,
            url: connection.url.as_str(),
            database: &connection.database,
            state: connection.state.code(),
            server_version: connection.server_version.as_deref(),
            last_delivery: view.status.last_delivery,
            waiting: view.usage.waiting,
            health: health(&view.status),
        }
    }
}
