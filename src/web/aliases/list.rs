//! The list, with search and the archived ones apart.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::BASE;
use crate::operations::aliases::{self, Filter, View};
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};

pub fn routes() -> Vec<Route> {
    routes![list]
}

#[get("/settings/technical/email/aliases?<q>&<archived>")]
async fn list(visitor: Visitor<'_>, q: Option<&str>, archived: Option<&str>) -> Answer {
    let filter = Filter { search: q.unwrap_or_default().trim().to_owned(), archived: archived == Some("1") };
    let asked = filter.clone();
    let found = visitor.run(move |app, caller| aliases::list(app, caller, &asked)).await?;
    let found: Vec<Line<'_>> = found.iter().map(Line::of).collect();
    let Filter { search, archived } = filter;
    Ok(Reply::page("aliases/list.html", context! { base: BASE, aliases: found, search, archived }))
}

#[derive(Serialize)]
struct Line<'a> {
    id: i32,
    address: String,
    every_domain: bool,
    label: &'a str,
    model: &'a str,
    contact: &'static str,
    record: Option<i32>,
}

impl<'a> Line<'a> {
    fn of(view: &'a View) -> Self {
        let alias = &view.alias;
        Self {
            id: alias.id.0,
            address: alias.address.to_string(),
            every_domain: alias.address.domain().is_empty(),
            label: &view.label,
            model: &alias.model,
            contact: alias.contact.code(),
            record: alias.record.map(|record| record.0),
        }
    }
}
