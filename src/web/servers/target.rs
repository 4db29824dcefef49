//! Where the records go, as the form and the status show it.

use serde::Serialize;

use crate::domain::Moment;
use crate::operations::servers::{Form, Offer, RecordTypes, View};

/// `target` in the template: the choices under *Connection* and *Create a New Record*.
#[derive(Serialize)]
pub struct Target {
    connections: Vec<(String, String)>,
    /// Technical name and label.
    record_types: Vec<(String, String)>,
    /// `not_asked`, `usual`, `failed`, or nothing where all are known: otherwise a technical name is typed.
    unknown: Option<&'static str>,
    /// Why they are not known, where the connection says so.
    words: Option<String>,
}

impl Target {
    pub fn of(offer: &Offer, form: &Form) -> Self {
        let (record_types, unknown, words) = match &offer.record_types {
            RecordTypes::Known(types) => (with_typed(types, form.text("object_model")), None, None),
            RecordTypes::Usual(types) => (types.clone(), Some("usual"), None),
            RecordTypes::NotAsked => (Vec::new(), Some("not_asked"), None),
            RecordTypes::Failed(words) => (Vec::new(), Some("failed"), Some(words.clone())),
        };
        let connections = offer.connections.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        Self { connections, record_types, unknown, words }
    }
}

/// What is set stays chosen, also where it is not offered (any more): the test says so.
fn with_typed(types: &[(String, String)], typed: &str) -> Vec<(String, String)> {
    let mut types = types.to_vec();
    if !typed.is_empty() && types.iter().all(|(model, _)| model != typed) {
        types.push((typed.to_owned(), typed.to_owned()));
    }
    types
}

/// `feeds` in the template: the connection of a saved server, and why it takes no mail.
#[derive(Serialize)]
pub struct Feeds<'a> {
    path: String,
    name: &'a str,
    is_used: bool,
    /// Of a pause or of failures.
    since: Option<Moment>,
    why: Option<&'a str>,
    remedy: Option<&'a str>,
    next: Option<Moment>,
}

impl<'a> Feeds<'a> {
    pub fn of(offer: &'a Offer, view: &View) -> Option<Self> {
        let chosen = offer.chosen.as_ref().filter(|chosen| view.server.connection == Some(chosen.id))?;
        let status = &chosen.status;
        Some(Self {
            path: format!("/settings/technical/email/connections/{}", chosen.id),
            name: &chosen.name,
            is_used: chosen.is_used,
            since: status.paused_since.or(status.failing_since),
            why: status.last_error.as_deref(),
            remedy: status.last_remedy.as_deref().filter(|remedy| !remedy.is_empty()),
            next: status.next_attempt,
        })
    }
}
