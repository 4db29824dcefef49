//! What the form's template shows: the values as they were typed, the databases to choose from, the status and what
//! came of the last press of a button.

use std::collections::BTreeMap;

use rocket_dyn_templates::context;
use serde::Serialize;

use super::result::Result;
use super::{BASE, page_of};
use crate::domain::Moment;
use crate::domain::certificate::nameless_until;
use crate::domain::connection::{Connection, ConnectionState};
use crate::operations::connections::{Form, Status, View};
use crate::operations::endpoints::READABLE_OK;
use crate::web::endpoints::Sheet;
use crate::web::forms::field_errors;
use crate::web::guards::Visitor;
use crate::web::render::Reply;
use crate::web::words;

/// The page of one connection, or of a new one.
#[derive(Default)]
pub struct Page {
    pub sheet: Sheet<Connection>,
    pub tested: Option<Result>,
    /// What *Load* found.
    pub databases: Option<Databases>,
}

/// The databases of the typed address, or why there are none.
#[derive(Debug, Serialize)]
pub struct Databases {
    pub names: Vec<String>,
    pub words: String,
}

impl Page {
    /// As it is saved.
    pub fn of(view: View) -> Self {
        let form = Form::of(&view.connection);
        let sheet = Sheet { form, version: Some(view.version), view: Some(view), ..Sheet::default() };
        Self { sheet, ..Self::default() }
    }

    pub fn reply(self, visitor: &Visitor<'_>) -> Reply {
        let language = visitor.language();
        let sheet = &self.sheet;
        let view = sheet.view.as_ref();
        let id = view.map(|view| view.connection.id.0);
        let state = view.map_or(ConnectionState::Draft, |view| view.connection.state);
        let step =
            |state: &ConnectionState| (state.code(), words::text(language, &format!("connections-state-{state}")));
        Reply::page(
            "connections/form.html",
            context! {
                base: BASE,
                action: id.map_or_else(|| format!("{BASE}/new"), page_of),
                connection: view.map(Shown::of),
                version: sheet.version,
                state: state.code(),
                steps: ConnectionState::ALL.iter().map(step).collect::<Vec<_>>(),
                form: sheet.form.values().collect::<BTreeMap<_, _>>(),
                password_help: sheet.password_help("connections", view.is_some_and(|view| view.has_password), language),
                databases: self.databases,
                readable_for: sheet.form.readable_at(),
                readable_ok: sheet.form.flag(READABLE_OK),
                errors: field_errors(&sheet.errors),
                problem: &sheet.problem,
                conflict: sheet.differences(|_, value| match value {
                    "" => words::text(language, "connections-nothing"),
                    value => value.to_owned(),
                }),
                tested: self.tested,
            },
        )
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    id: i32,
    name: &'a str,
    active: bool,
    state: &'static str,
    server_version: Option<&'a str>,
    last_delivery: Option<Moment>,
    waiting: i64,
    /// Incoming servers that feed it: path and name.
    servers: Vec<(String, &'a str)>,
    health: Health<'a>,
    has_password: bool,
    /// When its certificate is refused, where it names no host but by its common name.
    nameless_until: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(view: &'a View) -> Self {
        let connection = &view.connection;
        let path = |id: i32| format!("/settings/technical/email/incoming/{id}");
        Self {
            id: connection.id.0,
            name: &connection.name,
            active: connection.active,
            state: connection.state.code(),
            server_version: connection.server_version.as_deref(),
            last_delivery: view.status.last_delivery,
            waiting: view.usage.waiting,
            servers: view.usage.servers.iter().map(|(id, name)| (path(id.0), name.as_str())).collect(),
            health: health(&view.status),
            has_password: view.has_password,
            nameless_until: view.status.nameless_since.map(|since| nameless_until(since).date().to_string()),
        }
    }
}

/// Whether it takes mail, and why not.
#[derive(Debug, Serialize)]
pub struct Health<'a> {
    /// `paused` until a test passes, `failing` while it does not answer, or nothing.
    trouble: Option<&'static str>,
    since: Option<Moment>,
    why: Option<&'a str>,
    remedy: Option<&'a str>,
    next: Option<Moment>,
}

pub fn health(status: &Status) -> Health<'_> {
    Health {
        trouble: match (status.paused_since, status.failing_since) {
            (Some(_), _) => Some("paused"),
            (None, Some(_)) => Some("failing"),
            (None, None) => None,
        },
        since: status.paused_since.or(status.failing_since),
        why: status.last_error.as_deref(),
        remedy: status.last_remedy.as_deref().filter(|remedy| !remedy.is_empty()),
        next: status.next_attempt,
    }
}
