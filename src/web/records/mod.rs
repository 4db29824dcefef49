//! Records: lists, pages, and everything that people change on them.

mod attachment;
mod change;
mod contact;
mod list;
mod page;

use rocket::{Route, routes};

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
        change::again,
        change::join,
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
