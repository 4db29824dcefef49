//! Records: lists, pages, and everything that people change on them.

mod change;
pub(super) mod list;
mod page;
mod report;

use rocket::{Route, routes};

use super::forms::{TypedFields, query_string};
use super::guards::Visitor;
use super::render::PageAnswer;
use crate::domain::id::RecordId;

pub(super) fn routes() -> Vec<Route> {
    routes![
        list::search,
        list::show,
        list::news,
        list::act_on_many,
        change::show_new,
        change::make_new,
        list::export_columns,
        list::export_file,
        list::undo_many,
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
        page::ask_here,
        page::print,
        report::show,
        report::file,
        list::save_filter,
        list::show_filter,
        list::change_filter,
        list::delete_filter,
        change::verdict,
        change::theirs,
        change::again,
        change::join,
        change::show_contact,
        change::link_contact,
        change::create_contact,
        page::download_attachment,
        page::inline_attachment,
        page::open_attachment,
    ]
}

/// The page of a form with what was typed: see [`super::forms::keep_for`].
pub(super) async fn again(
    visitor: &Visitor<'_>,
    model: &str,
    id: &str,
    deed: &[&str],
    form: &TypedFields,
) -> Option<PageAnswer> {
    if id == "new" {
        return Some(change::new_again(visitor, model, form).await);
    }
    let id = RecordId(id.parse().ok()?);
    match deed {
        ["contact", ..] => Some(change::contact_again(visitor, model, id, form).await),
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
