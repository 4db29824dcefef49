//! A form on its page again, with what was typed, carried out or not: for whoever was signed out meanwhile, or whose page
//! was too old. Nothing is written here.

use super::forms::TypedFields;
use super::guards::Visitor;
use super::render::PageAnswer;
use super::{
    aliases, categories, connections, contacts, messages, preferences, providers, records, servers, teams, users,
};

/// The page of the form that is sent to this path; None where its forms have nothing to type into.
pub(super) async fn show(visitor: &Visitor<'_>, path: &str, form: &TypedFields) -> Option<PageAnswer> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["records", model, id, deed @ ..] => records::again(visitor, model, id, deed, form).await,
        ["filters", rest @ ..] => records::saved::again(visitor, rest, form).await,
        ["contacts", id] => Some(contacts::again(visitor, id.parse().ok()?, form).await),
        ["settings", "technical", "email", "messages", rest @ ..] => messages::again(visitor, rest, form).await,
        ["settings", "technical", "email", "incoming", rest @ ..] => servers::again(visitor, rest, form).await,
        ["settings", "technical", "email", "connections", rest @ ..] => connections::again(visitor, rest, form).await,
        ["settings", "technical", "email", "aliases", rest @ ..] => aliases::again(visitor, rest, form).await,
        ["settings", "technical", "email", "providers", rest @ ..] => providers::again(visitor, rest, form).await,
        ["settings", "records", model, rest @ ..] => categories::again(visitor, model, rest, form).await,
        ["settings", "working-days"] => Some(categories::working_days_again(visitor, form).await),
        ["settings", "teams", rest @ ..] => teams::again(visitor, rest, form).await,
        ["settings", "users", rest @ ..] => users::again(visitor, rest, form).await,
        ["preferences", ..] => Some(preferences::again(visitor, form).await),
        _ => None,
    }
}
