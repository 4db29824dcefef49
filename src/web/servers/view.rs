//! What the form's template shows: the values as they were typed, the choices, the status and what came of the
//! last press of a button.

use std::collections::BTreeMap;

use rocket_dyn_templates::context;
use serde::Serialize;
use serde_json::Value;

use super::result::Result;
use super::target::{Feeds, Target};
use super::{BASE, page_of};
use crate::domain::certificate::nameless_until;
use crate::domain::server::{IncomingServer, SenderPolicy, ServerState, ServerType};
use crate::operations::endpoints::READABLE_OK;
use crate::operations::servers::{self, Form, Offer, View, afters, starts};
use crate::web::endpoints::Sheet;
use crate::web::forms::{FieldError, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

/// A code and its words.
type Choice = (String, String);

/// Yes-or-no fields, which templates want as such.
const FLAGS: [&str; 6] = [READABLE_OK, "is_ssl", "starttls", "attach", "original", "no_other_fetcher"];
/// Fields that stand in the *Advanced* part: a message there opens it.
const ADVANCED: [&str; 12] = [
    "start_with",
    "start_date",
    "after_fetch",
    "move_to",
    "delete_after_days",
    "folder",
    "starttls",
    "tls_fingerprint",
    "interval_minutes",
    "size_limit_mb",
    "priority",
    "sender_policy",
];

/// The page of one server, or of a new one.
#[derive(Default)]
pub struct Page {
    pub sheet: Sheet<IncomingServer>,
    pub tested: Option<Result>,
    pub fetched: Option<Fetched>,
    /// New messages found and kept by a pass that runs.
    pub running: Option<(u32, u32)>,
    /// The chosen connection is asked for its record types anew.
    pub ask: bool,
}

/// How *Fetch Now* ended.
#[derive(Debug, Serialize)]
pub struct Fetched {
    pub tone: &'static str,
    pub text: String,
    pub remedy: String,
}

impl Page {
    /// As it is saved.
    pub fn of(view: View) -> Self {
        let form = Form::of(&view.server);
        let sheet = Sheet { form, version: Some(view.version), view: Some(view), ..Sheet::default() };
        Self { sheet, ..Self::default() }
    }

    pub async fn reply(self, visitor: &Visitor<'_>) -> Answer {
        let (form, ask) = (self.sheet.form.clone(), self.ask);
        let offer = visitor.run(move |app, caller| servers::offer(app, caller, &form, ask)).await?;
        Ok(self.with(visitor, &offer))
    }

    fn with(self, visitor: &Visitor<'_>, offer: &Offer) -> Reply {
        let language = visitor.language();
        let word = |key: &str| words::text(language, key);
        let form = &self.sheet.form;
        let view = self.sheet.view.as_ref();
        let id = view.map(|view| view.server.id.0);
        let state = view.map_or(ServerState::Draft, |view| view.server.state);
        let typed = form.server_type().unwrap_or(ServerType::Imap);
        let errors: Vec<FieldError> = field_errors(&self.sheet.errors);
        Reply::page(
            "servers/form.html",
            context! {
                base: BASE,
                action: id.map_or_else(|| format!("{BASE}/new"), page_of),
                server: view.map(Shown::of),
                version: self.sheet.version,
                state: state.code(),
                steps: coded(ServerState::ALL, |state| (state.code(), word(&format!("servers-state-{state}")))),
                form: values(form),
                types: coded(&[ServerType::Imap, ServerType::Pop, ServerType::Local], |kind| {
                    (kind.code(), word(&format!("servers-type-{kind}")))
                }),
                actions: [("object_create", word("servers-action-create"))],
                target: Target::of(offer, form),
                starts: coded(starts(typed), |start| (start.code(), word(&format!("servers-start-{start}")))),
                afters: coded(afters(typed), |after| (after.code(), word(&format!("servers-after-{after}")))),
                policies: coded(SenderPolicy::ALL, |policy| {
                    (policy.code(), word(&format!("servers-policy-{policy}")))
                }),
                mail_root: visitor.visit.app.config.mail_root().display().to_string(),
                password_help: self.sheet.password_help("servers", view.is_some_and(|view| view.has_password), language),
                advanced_open: errors.iter().any(|error| ADVANCED.contains(&error.field.as_str())),
                readable_for: form.readable_at(),
                errors,
                problem: &self.sheet.problem,
                conflict: self.sheet.differences(|field, value| in_words(field, value, offer, language)),
                tested: self.tested,
                fetched: self.fetched,
                status: view.map(|view| Status::of(view, self.running)),
                feeds: view.and_then(|view| Feeds::of(offer, view)),
            },
        )
    }
}

fn coded<T: Copy>(all: &[T], shown: impl Fn(T) -> (&'static str, String)) -> Vec<Choice> {
    all.iter().map(|one| shown(*one)).map(|(code, label)| (code.to_owned(), label)).collect()
}

fn values(form: &Form) -> BTreeMap<&'static str, Value> {
    form.values()
        .map(|(field, value)| match FLAGS.contains(&field) {
            true => (field, form.flag(field).into()),
            false => (field, value.into()),
        })
        .collect()
}

/// A value of a field, for somebody who compares two of them.
fn in_words(field: &str, value: &str, offer: &Offer, language: &str) -> String {
    let key = match (field, value) {
        ("connection_id", "") => "servers-this-database".to_owned(),
        ("connection_id", id) => {
            let known = offer.connections.iter().find(|(known, _)| known.to_string() == id);
            return known.map_or(id, |(_, name)| name).to_owned();
        }
        (field, value) if FLAGS.contains(&field) => if value.is_empty() { "servers-no" } else { "servers-yes" }.into(),
        (_, "") => "servers-nothing".to_owned(),
        ("server_type", code) => format!("servers-type-{code}"),
        ("start_with", code) => format!("servers-start-{code}"),
        ("after_fetch", code) => format!("servers-after-{code}"),
        ("sender_policy", code) => format!("servers-policy-{code}"),
        (_, value) => return value.to_owned(),
    };
    words::text(language, &key)
}

#[derive(Serialize)]
struct Shown<'a> {
    id: i32,
    name: &'a str,
    state: &'static str,
    active: bool,
    has_password: bool,
}

impl<'a> Shown<'a> {
    fn of(view: &'a View) -> Self {
        let server = &view.server;
        let (state, has_password) = (server.state.code(), view.has_password);
        Self { id: server.id.0, name: &server.name, state, active: server.active, has_password }
    }
}

#[derive(Serialize)]
struct Status<'a> {
    last_fetch: Option<crate::domain::Moment>,
    next_fetch: Option<crate::domain::Moment>,
    failing_since: Option<crate::domain::Moment>,
    last_error: Option<&'a str>,
    last_remedy: Option<&'a str>,
    counts: Vec<Count>,
    messages_path: String,
    running: Option<Running>,
    /// When its certificate is refused, where it names no host but by its common name.
    nameless_until: Option<String>,
}

#[derive(Serialize)]
struct Running {
    found: u32,
    kept: u32,
}

/// One figure of the last fetch, and where these messages are.
#[derive(Serialize)]
struct Count {
    code: &'static str,
    count: u64,
    path: String,
}

impl<'a> Status<'a> {
    fn of(view: &'a View, running: Option<(u32, u32)>) -> Self {
        let status = &view.status;
        let messages_path = format!("/settings/technical/email/messages?server={}", view.server.id);
        Self {
            last_fetch: status.last_fetch,
            next_fetch: status.next_fetch,
            failing_since: status.failing_since,
            last_error: status.last_error.as_deref(),
            last_remedy: status.last_remedy.as_deref().filter(|remedy| !remedy.is_empty()),
            counts: counts(status.last_result.as_deref(), &messages_path),
            messages_path,
            nameless_until: status.nameless_since.map(|since| nameless_until(since).date().to_string()),
            running: running.map(|(found, kept)| Running { found, kept }),
        }
    }
}

/// New ones always, the others where there are any.
fn counts(result: Option<&str>, path: &str) -> Vec<Count> {
    let Some(result) = result.and_then(|text| serde_json::from_str::<Value>(text).ok()) else { return Vec::new() };
    ["fetched", "delivered", "held", "ignored", "retrying"]
        .into_iter()
        .map(|code| (code, result[code].as_u64().unwrap_or_default()))
        .filter(|(code, count)| *code == "fetched" || *count > 0)
        .map(|(code, count)| {
            let path = if code == "fetched" { path.to_owned() } else { format!("{path}&state={code}") };
            Count { code, count, path }
        })
        .collect()
}
