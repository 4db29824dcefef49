//! The list, with search and the archived ones apart.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::BASE;
use crate::domain::Moment;
use crate::operations::overview::{Ailing, Failing};
use crate::operations::servers::{self, Filter, View};
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};

pub fn routes() -> Vec<Route> {
    routes![list]
}

#[get("/settings/technical/email/incoming?<q>&<archived>")]
async fn list(visitor: Visitor<'_>, q: Option<&str>, archived: Option<&str>) -> Answer {
    let filter = Filter { search: q.unwrap_or_default().trim().to_owned(), archived: archived == Some("1") };
    let asked = filter.clone();
    let found = visitor.run(move |app, caller| servers::list(app, caller, &asked)).await?;
    let found: Vec<Line> = found.iter().map(|view| Line::of(view, &visitor.visit.failing)).collect();
    let Filter { search, archived } = filter;
    Ok(Reply::page("servers/list.html", context! { base: BASE, servers: found, search, archived }))
}

#[derive(Serialize)]
struct Line<'a> {
    id: i32,
    name: &'a str,
    server_type: &'static str,
    username: &'a str,
    state: &'static str,
    last_fetch: Option<Moment>,
    failing_since: Option<Moment>,
    last_error: Option<&'a str>,
    /// Why its connection takes no mail.
    connection_error: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(view: &'a View, failing: &'a [Failing]) -> Self {
        let ails = |one: &&Failing| match one.what {
            Ailing::Connection(id) | Ailing::Paused(id) => view.server.connection == Some(id),
            Ailing::Server(_) => false,
        };
        Self {
            id: view.server.id.0,
            name: &view.server.name,
            server_type: view.server.server_type.code(),
            username: view.username(),
            state: view.server.state.code(),
            last_fetch: view.status.last_fetch,
            failing_since: view.status.failing_since,
            last_error: view.status.last_error.as_deref(),
            connection_error: failing.iter().find(ails).map(|one| one.why.as_str()),
        }
    }
}
