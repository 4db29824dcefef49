//! Records: lists, pages, and everything that people change on them.

mod attachment;
mod change;
mod contact;
mod list;
mod page;

use rocket::{Route, routes};

use super::guards::Visitor;
use super::render::{Answer, Reply};
use crate::domain::id::RecordId;

pub fn routes() -> Vec<Route> {
    routes![
        list::show,
        page::show,
        change::save,
        change::stage,
        change::note,
        change::read,
        change::verdict,
        contact::show,
        contact::link,
        contact::create,
        attachment::download,
        attachment::inline,
    ]
}

/// The address of a record, below Mailgate's own path.
pub(super) fn path(model: &str, id: RecordId) -> String {
    format!("/records/{model}/{id}")
}

/// After a change: htmx gets the page it replaces a part of, a browser goes there.
async fn done(visitor: &Visitor<'_>, model: String, id: RecordId) -> Answer {
    if visitor.visit.htmx {
        page::answer(visitor, model, id, page::Said::default()).await
    } else {
        Ok(Reply::go(path(&model, id)))
    }
}
