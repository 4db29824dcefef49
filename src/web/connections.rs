//! Connections: the list, the form with *Load* and *Test*, and the smaller deeds.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::{Tone, Visitor};
use super::render::{PageAnswer, Reply};
use super::sheet::{self, Around, SaveOutcome, StageShown};
use crate::domain::connection::{Connection, ConnectionState, RemoteProtocol};
use crate::domain::expiry::nameless_until;
use crate::domain::id::ConnectionId;
use crate::domain::secret::Secret;
use crate::domain::{Moment, words};
use crate::operations::OperationError;
use crate::operations::connections::{
    self, ConnectionForm, ConnectionStatus as Delivery, ConnectionTarget, ConnectionTested, ConnectionView, FieldFilter,
};
use crate::operations::settings::READABLE_OK;

type ConnectionSheet = sheet::FormSheet<Connection>;

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/connections";

pub(super) fn routes() -> Vec<Route> {
    routes![list, new, show, create, change, renew_key, archive, unarchive, ask_delete, delete]
}

/// The page of one connection.
fn page_of(id: ConnectionId) -> String {
    format!("{BASE}/{id}")
}

#[get("/settings/technical/email/connections?<q>&<archived>")]
async fn list(visitor: Visitor<'_>, q: Option<&str>, archived: Option<&str>) -> PageAnswer {
    let filter = FieldFilter { search: q.unwrap_or_default().trim().to_owned(), archived: archived == Some("1") };
    let asked = filter.clone();
    let found = visitor.run(move |app, caller| connections::list(app, caller, &asked)).await?;
    let found: Vec<ConnectionShown<'_>> = found.iter().map(ConnectionShown::of).collect();
    let FieldFilter { search, archived } = filter;
    Ok(Reply::page("connections/list.html", context! { base: BASE, connections: found, search, archived }))
}

#[get("/settings/technical/email/connections/new")]
async fn new(visitor: Visitor<'_>) -> PageAnswer {
    visitor.run(|_, caller| connections::may_change(caller)).await?;
    Ok(ConnectionPage::from(ConnectionSheet::fresh()).reply(&visitor))
}

#[get("/settings/technical/email/connections/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let view = visitor.run(move |app, caller| connections::get(app, caller, ConnectionId(id))).await?;
    Ok(ConnectionPage::from(ConnectionSheet::of(view)).reply(&visitor))
}

#[post("/settings/technical/email/connections/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    submit(visitor, ConnectionTarget::Once, posted).await
}

#[post("/settings/technical/email/connections/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    submit(visitor, sheet::target(&posted, ConnectionId(id)), posted).await
}

/// See [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], posted: &TypedFields) -> Option<PageAnswer> {
    let sheet = ConnectionSheet::again(visitor, rest, posted, sheet::read(posted), ConnectionId).await?;
    Some(sheet.map(|sheet| ConnectionPage::from(sheet).reply(visitor)))
}

async fn submit(visitor: Visitor<'_>, target: ConnectionTarget, posted: Posted) -> PageAnswer {
    let form: ConnectionForm = sheet::read(&posted);
    if posted.has("load") {
        return load(&visitor, target, form).await;
    }
    let (to_test, agreed) = (posted.has("test"), form.flag(READABLE_OK));
    match sheet::save(&visitor, target, form, to_test).await? {
        SaveOutcome::Saved(view) if to_test => test(&visitor, *view, agreed).await,
        SaveOutcome::Saved(view) => Ok(go(
            &visitor,
            view.connection.id,
            match view.connection.state {
                ConnectionState::Draft => "connections-saved-draft",
                ConnectionState::Done => "connections-saved",
            },
        )),
        SaveOutcome::Unagreed(view, why) => {
            let here = page_of(view.connection.id);
            Ok(ConnectionPage::from(ConnectionSheet { errors: vec![why], ..ConnectionSheet::of(*view) })
                .reply(&visitor)
                .at(here))
        }
        SaveOutcome::Again(sheet) => Ok(ConnectionPage::from(*sheet).reply(&visitor)),
    }
}

/// *Load*: saves nothing, and offers the databases of the typed address.
async fn load(visitor: &Visitor<'_>, target: ConnectionTarget, mut form: ConnectionForm) -> PageAnswer {
    let url = form.text("url").to_owned();
    let (databases, errors) = match visitor.run(move |app, caller| connections::databases(app, caller, &url)).await {
        Ok(names) => {
            if let ([only], "") = (names.as_slice(), form.text("database")) {
                form.set("database", only);
            }
            let count = names.len();
            let words = words::with(visitor.language(), "connections-databases", &[("count", count.into())]);
            (Some(Databases { names, words }), Vec::new())
        }
        Err(OperationError::Invalid(errors)) => (None, errors),
        Err(OperationError::Refused(why)) => {
            let words = why.in_language(visitor.language());
            (Some(Databases { names: Vec::new(), words }), Vec::new())
        }
        Err(error) => return Err(error.into()),
    };
    let sheet = ConnectionSheet { errors, ..ConnectionSheet::typed(visitor, target, form).await };
    Ok(ConnectionPage { databases, ..ConnectionPage::from(sheet) }.reply(visitor))
}

/// The second half of *Test*. A failed test answers 200 as well: the page is right, the connection is wrong.
async fn test(visitor: &Visitor<'_>, view: ConnectionView, agreed: bool) -> PageAnswer {
    let id = view.connection.id;
    let reply = match visitor.run(move |app, caller| connections::test(app, caller, id)).await {
        Ok(tested) => {
            let result = ConnectionTestShown::of(&tested, visitor.language());
            let mut page =
                ConnectionPage { tested: Some(result), ..ConnectionPage::from(ConnectionSheet::of(tested.view)) };
            // What was ticked stays so on this page.
            page.sheet.form.set_flag(READABLE_OK, agreed);
            page.reply(visitor)
        }
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            let problem = Some(words.in_language(visitor.language()));
            ConnectionPage::from(ConnectionSheet { problem, ..ConnectionSheet::of(view) })
                .reply(visitor)
                .status(Status::Ok)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(reply.at(page_of(id)))
}

/// The page of one connection, or of a new one.
struct ConnectionPage {
    sheet: ConnectionSheet,
    tested: Option<ConnectionTestShown>,
    /// What *Load* found.
    databases: Option<Databases>,
}

/// The databases of the typed address, or why there are none.
#[derive(Debug, Serialize)]
struct Databases {
    names: Vec<String>,
    words: String,
}

impl From<ConnectionSheet> for ConnectionPage {
    fn from(sheet: ConnectionSheet) -> Self {
        Self { sheet, tested: None, databases: None }
    }
}

impl ConnectionPage {
    fn reply(self, visitor: &Visitor<'_>) -> Reply {
        let (language, sheet) = (visitor.language(), &self.sheet);
        let around = Around::new(language);
        let connection = sheet.object();
        let state = connection.map_or(ConnectionState::Draft, |connection| connection.state);
        let step =
            |state: &ConnectionState| (state.code(), words::text(language, &format!("connections-state-{state}")));
        let context = context! {
            base: BASE,
            action: connection.map_or_else(|| format!("{BASE}/new"), |connection| page_of(connection.id)),
            connection: sheet.view.as_ref().map(ConnectionShown::of),
            version: sheet.version,
            state: state.code(),
            steps: ConnectionState::ALL.iter().map(step).collect::<Vec<_>>(),
            fields: sheet.fields(&around),
            database: sheet.form.typed("database"),
            databases: self.databases,
            readable_for: sheet.form.readable_at(),
            readable_ok: sheet.form.flag(READABLE_OK),
            errors: field_errors(&sheet.errors),
            problem: &sheet.problem,
            conflict: sheet.differences(&around),
            tested: self.tested,
        };
        Reply::page("connections/form.html", context).unprocessable_if(sheet.is_wrong())
    }
}

/// A connection in the list and on its page.
#[derive(Serialize)]
struct ConnectionShown<'a> {
    id: i32,
    name: &'a str,
    url: &'a str,
    database: &'a str,
    active: bool,
    state: &'static str,
    server_version: Option<&'a str>,
    /// Which external API is spoken, once a test has passed.
    spoken: Option<&'static str>,
    last_delivery: Option<Moment>,
    waiting: i64,
    held: i64,
    /// Incoming servers that feed it: path and name.
    servers: Vec<(String, &'a str)>,
    health: Health<'a>,
    has_password: bool,
    /// It is opened by an API key that ends, and a new one can be made from here.
    renews: bool,
    /// When its certificate is refused, where it names no host but by its common name.
    nameless_until: Option<String>,
}

impl<'a> ConnectionShown<'a> {
    fn of(view: &'a ConnectionView) -> Self {
        let connection = &view.connection;
        let path = |id: i32| format!("/settings/technical/email/incoming/{id}");
        Self {
            id: connection.id.0,
            name: &connection.name,
            url: connection.url.as_str(),
            database: &connection.database,
            active: connection.active,
            state: connection.state.code(),
            server_version: connection.server_version.as_deref(),
            spoken: connection.server_version.as_ref().map(|_| connection.speaks().label()),
            last_delivery: view.status.last_delivery,
            waiting: view.usage.waiting,
            held: view.usage.held,
            servers: view.usage.servers.iter().map(|(id, name)| (path(id.0), name.as_str())).collect(),
            health: Health::of(&view.status),
            has_password: !view.secrets.is_empty(),
            renews: connection.is_used() && connection.speaks() == RemoteProtocol::Json2,
            nameless_until: view.status.nameless_since.map(|since| nameless_until(since).date().to_string()),
        }
    }
}

/// Whether it takes mail, and why not.
#[derive(Debug, Serialize)]
struct Health<'a> {
    /// `paused` until a test passes, `failing` while it does not answer, or nothing.
    trouble: Option<&'static str>,
    since: Option<Moment>,
    why: Option<&'a str>,
    remedy: Option<&'a str>,
    next: Option<Moment>,
}

impl<'a> Health<'a> {
    fn of(status: &'a Delivery) -> Self {
        Self {
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
}

/// `tested` in the template: the result of a test in words.
#[derive(Debug, Serialize)]
struct ConnectionTestShown {
    passed: bool,
    /// What a success says, beside that it is one.
    words: String,
    failure: Option<StageShown>,
    stages: Vec<StageShown>,
}

impl ConnectionTestShown {
    fn of(tested: &ConnectionTested, language: &str) -> Self {
        let connection = &tested.view.connection;
        let version = connection.server_version.clone().unwrap_or_default();
        let key = match (tested.passed(), connection.state) {
            (true, _) if connection.url.is_encrypted() => "connections-test-encrypted",
            (true, _) => "connections-test-readable",
            (false, ConnectionState::Draft) => "connections-test-kept",
            (false, ConnectionState::Done) => "connections-test-unchanged",
        };
        Self {
            passed: tested.passed(),
            words: words::with(language, key, &[("version", version.into())]),
            failure: tested.failure().map(StageShown::of),
            stages: tested.stages.iter().map(StageShown::of).collect(),
        }
    }
}

#[post("/settings/technical/email/connections/<id>/archive", data = "<_posted>")]
async fn archive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| connections::set_active(app, caller, ConnectionId(id), false)).await?;
    Ok(go(&visitor, ConnectionId(id), "connections-archived-done"))
}

#[post("/settings/technical/email/connections/<id>/unarchive", data = "<_posted>")]
async fn unarchive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| connections::set_active(app, caller, ConnectionId(id), true)).await?;
    Ok(go(&visitor, ConnectionId(id), "connections-unarchived"))
}

/// *Renew the key*, with the password that is typed beside it.
#[post("/settings/technical/email/connections/<id>/renew-key", data = "<posted>")]
async fn renew_key(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    let (id, password) = (ConnectionId(id), Secret::new(posted.get("account_password")));
    match visitor.run(move |app, caller| connections::renew_key(app, caller, id, &password)).await {
        Ok(_) => Ok(go(&visitor, id, "connections-renewed")),
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_) | OperationError::Invalid(_))) => {
            let words = error.complaint().in_language(visitor.language());
            Ok(Reply::go(page_of(id)).flash(Tone::Bad, words))
        }
        Err(error) => Err(error.into()),
    }
}

/// Names what goes and what stays, before anything goes.
#[get("/settings/technical/email/connections/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let view = visitor.run(move |app, caller| connections::get(app, caller, ConnectionId(id))).await?;
    Ok(Reply::page("connections/delete.html", context! { base: BASE, id, name: view.connection.name }))
}

#[post("/settings/technical/email/connections/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    let deleted = visitor.run(move |app, caller| {
        let name = connections::get(app, caller, ConnectionId(id))?.connection.name;
        connections::delete(app, caller, ConnectionId(id))?;
        Ok(name)
    });
    match deleted.await {
        Ok(name) => {
            let words = words::with(visitor.language(), "connections-deleted", &[("name", name.into())]);
            Ok(Reply::go(BASE).flash(Tone::Good, words))
        }
        Err(OperationError::Refused(why)) => {
            let words = why.in_language(visitor.language());
            Ok(Reply::go(page_of(ConnectionId(id))).flash(Tone::Bad, words))
        }
        Err(error) => Err(error.into()),
    }
}

fn go(visitor: &Visitor<'_>, id: ConnectionId, key: &str) -> Reply {
    Reply::done(visitor, page_of(id), key)
}
