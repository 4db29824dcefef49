//! Records: lists, pages, and everything that people change on them.

mod asked;
mod attachment;
mod by_hand;
mod change;
mod clock;
mod contact;
mod export;
mod here;
pub(super) mod list;
mod many;
mod page;
mod print;
mod readers;
mod report;
pub(super) mod saved;

use rocket::{Route, routes};

use super::forms::{TypedFields, query_string};
use super::guards::Visitor;
use super::render::PageAnswer;
use crate::domain::id::RecordId;

pub(super) fn routes() -> Vec<Route> {
    routes![
        list::show,
        list::news,
        many::run,
        by_hand::show,
        by_hand::make,
        export::columns,
        export::file,
        many::undo,
        page::show,
        change::save,
        change::stage,
        change::set,
        change::assign,
        change::priority,
        change::note,
        change::read,
        change::draft,
        change::discard,
        change::split,
        here::ask,
        print::show,
        readers::show,
        readers::save,
        readers::me,
        readers::conceal,
        report::show,
        report::file,
        saved::save,
        saved::show,
        saved::change,
        saved::delete,
        change::verdict,
        change::theirs,
        change::again,
        change::join,
        contact::show,
        contact::link,
        contact::create,
        attachment::download,
        attachment::inline,
        attachment::open,
    ]
}

/// The page of a form with what was typed: see [`super::again`].
pub(super) async fn again(
    visitor: &Visitor<'_>,
    model: &str,
    id: &str,
    deed: &[&str],
    form: &TypedFields,
) -> Option<PageAnswer> {
    if id == "new" {
        return Some(by_hand::again(visitor, model, form).await);
    }
    let id = RecordId(id.parse().ok()?);
    match deed {
        ["contact", ..] => Some(contact::again(visitor, model, id, form).await),
        _ => {
            let said = change::RecordForm::read(visitor, model, form).said();
            Some(page::answer(visitor, model, id, page::RecordPageState { keeps: false, ..said }).await)
        }
    }
}

/// The address of a record with what its page shall know; empty values are left out.
pub(super) fn address(model: &str, id: RecordId, with: &[(&str, &str)]) -> String {
    match query_string(with.iter().copied()) {
        nothing if nothing.is_empty() => path(model, id),
        query => format!("{}?{query}", path(model, id)),
    }
}

/// The address of a record, below Mailgate's own path.
pub(super) fn path(model: &str, id: RecordId) -> String {
    format!("/records/{model}/{id}")
}
