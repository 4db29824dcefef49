//! Incoming Email Servers: the list, the form with *Test & Confirm*, and the buttons beside it (Fetch Now, Reset Confirmation, archive,
//! duplicate, delete, trust, choose a start).

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;
use serde_json::{Value, json};

use super::forms::Posted;
use super::guards::{Tone, Visitor};
use super::render::{PageAnswer, Reply};
use crate::complain;
use crate::domain::Moment;
use crate::domain::expiry::nameless_until;
use crate::domain::fetching::ImportDeed;
use crate::domain::fetching::RunningPass;
use crate::domain::id::{ImportId, ServerId};
use crate::domain::person::Caller;
use crate::domain::protocol::Security;
use crate::domain::server::{Access, IncomingServer, ServerState, StartWith};
use crate::domain::stage::StageName;
use crate::domain::words::{self, Complaint, Sentence};
use crate::operations::fetch::{self, FetchOutcome, ImportView, UnfinishedImport};
use crate::operations::overview::{Ailing, Failing};
use crate::operations::providers::{self, ProviderAnswer};
use crate::operations::servers::{
    self, Discovered, FarField, FarFields, FieldFilter, Offer, OfferedTypes, ServerForm, ServerTarget, ServerTested,
    ServerView, ToImport,
};
use crate::operations::settings::{READABLE_FOR, READABLE_OK};
use crate::operations::{App, OperationError};
use crate::web::forms::{FieldError, TypedFields, field_errors};
use crate::web::sheet::{self, Around, SaveOutcome, StageShown};

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/incoming";

pub(super) fn routes() -> Vec<Route> {
    let deeds = routes![
        fetch_now,
        reset,
        archive,
        unarchive,
        duplicate,
        ask_delete,
        delete,
        trust,
        start,
        import,
        show_far_fields,
        save_far_fields,
        sign_in_callback
    ];
    [routes![list], form_routes(), deeds].concat()
}

/// The page of one server.
fn page_of(id: ServerId) -> String {
    format!("{BASE}/{id}")
}

#[get("/settings/technical/email/incoming?<q>&<archived>")]
async fn list(visitor: Visitor<'_>, q: Option<&str>, archived: Option<&str>) -> PageAnswer {
    let filter = FieldFilter { search: q.unwrap_or_default().trim().to_owned(), archived: archived == Some("1") };
    let asked = filter.clone();
    let (found, imports) = visitor
        .run(move |app, caller| Ok((servers::list(app, caller, &asked)?, fetch::unfinished_imports(app)?)))
        .await?;
    let found: Vec<ServerLine> =
        found.iter().map(|view| ServerLine::of(view, &visitor.visit.banner.failing, &imports)).collect();
    let FieldFilter { search, archived } = filter;
    Ok(Reply::page("servers/list.html", context! { base: BASE, servers: found, search, archived }))
}

#[derive(Serialize)]
struct ServerLine<'a> {
    id: i32,
    name: &'a str,
    server_type: &'static str,
    username: &'a str,
    state: &'static str,
    last_fetch: Option<Moment>,
    /// The state of an import that is not over.
    importing: Option<&'static str>,
    failing_since: Option<Moment>,
    last_error: Option<&'a str>,
    /// How its mail server asks to be left alone for a while.
    waiting_for: Option<&'a str>,
    /// Why its connection takes no mail.
    connection_error: Option<&'a str>,
}

impl<'a> ServerLine<'a> {
    fn of(view: &'a ServerView, failing: &'a [Failing], imports: &[UnfinishedImport]) -> Self {
        let import = imports.iter().find(|import| import.server == Some(view.server.id));
        let ails = |one: &&Failing| match one.what {
            Ailing::Connection(id) | Ailing::Paused(id) => view.server.connection == Some(id),
            Ailing::Server(_) => false,
        };
        Self {
            id: view.server.id.0,
            name: &view.server.name,
            server_type: view.server.server_type.code(),
            username: view.server.username(),
            state: view.server.state.code(),
            last_fetch: view.status.last_fetch,
            importing: import.map(|import| import.state.code()),
            failing_since: view.status.failing_since,
            last_error: view.status.last_error.as_deref(),
            waiting_for: view.status.waiting_for.as_deref(),
            connection_error: failing.iter().find(ails).map(|one| one.why.as_str()),
        }
    }
}

/// Waits up to a minute. The page itself answers (no redirect), so that what came of it stands beside the status.
#[post("/settings/technical/email/incoming/<id>/fetch", data = "<_posted>")]
async fn fetch_now(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    let id = ServerId(id);
    let outcome = visitor.run(move |app, caller| fetch::fetch_now(app, caller, id, fetch::WAIT)).await;
    let said = match outcome {
        Ok(outcome) => said(&outcome, visitor.language()),
        Err(OperationError::Refused(Complaint { what, remedy })) => {
            let said = |words: Sentence| words.in_language(visitor.language());
            FetchShown { tone: "bad", text: said(what), remedy: said(remedy) }
        }
        Err(error) => return Err(error.into()),
    };
    let view = visitor.run(move |app, caller| servers::get(app, caller, id)).await?;
    let page = ServerPage { fetched: Some(said), ..ServerPage::from(ServerSheet::of(view)) };
    Ok(page.reply(&visitor).await?.at(page_of(id)))
}

fn said(outcome: &FetchOutcome, language: &str) -> FetchShown {
    let (tone, text, remedy) = match outcome {
        FetchOutcome::Done(tally) => {
            ("good", words::with(language, "servers-fetch-done", &[("count", tally.fetched.into())]), String::new())
        }
        FetchOutcome::Failed(complaint) => {
            ("bad", complaint.what.in_language(language), complaint.remedy.in_language(language))
        }
        FetchOutcome::Continues(_) => ("info", words::text(language, "servers-fetch-continues"), String::new()),
    };
    FetchShown { tone, text, remedy }
}

#[post("/settings/technical/email/incoming/<id>/reset", data = "<_posted>")]
async fn reset(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| servers::reset(app, caller, ServerId(id))).await?;
    Ok(go(&visitor, ServerId(id), "servers-reset-done"))
}

#[post("/settings/technical/email/incoming/<id>/archive", data = "<_posted>")]
async fn archive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| servers::set_active(app, caller, ServerId(id), false)).await?;
    Ok(go(&visitor, ServerId(id), "servers-archived-done"))
}

#[post("/settings/technical/email/incoming/<id>/unarchive", data = "<_posted>")]
async fn unarchive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| servers::set_active(app, caller, ServerId(id), true)).await?;
    Ok(go(&visitor, ServerId(id), "servers-unarchived"))
}

#[post("/settings/technical/email/incoming/<id>/duplicate", data = "<_posted>")]
async fn duplicate(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    let copy = visitor.run(move |app, caller| servers::duplicate(app, caller, ServerId(id))).await?;
    Ok(go(&visitor, copy, "servers-duplicated"))
}

/// Names what goes and what stays, before anything goes.
#[get("/settings/technical/email/incoming/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let (view, footprint) = visitor
        .run(move |app, caller| {
            let id = ServerId(id);
            Ok((servers::get(app, caller, id)?, servers::footprint(app, caller, id)?))
        })
        .await?;
    let (messages, untold) = (footprint.messages, footprint.untold);
    Ok(Reply::page("servers/delete.html", context! { base: BASE, id, name: view.server.name, messages, untold }))
}

#[post("/settings/technical/email/incoming/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    let name = visitor
        .run(move |app, caller| {
            let name = servers::get(app, caller, ServerId(id))?.server.name;
            servers::delete(app, caller, ServerId(id))?;
            Ok(name)
        })
        .await?;
    let words = words::with(visitor.language(), "servers-deleted", &[("name", name.into())]);
    Ok(Reply::go(BASE).flash(Tone::Good, words))
}

/// *Trust this certificate*: and tests again at once.
#[post("/settings/technical/email/incoming/<id>/trust", data = "<posted>")]
async fn trust(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    let sha256 = posted.get("sha256").to_owned();
    let view = visitor.run(move |app, caller| servers::trust(app, caller, ServerId(id), &sha256)).await?;
    test(&visitor, view, servers::test_asking, false).await
}

/// What the first fetch imports, chosen when a test found many mails waiting: with that a server is confirmed, if it is not yet
/// and the test passes again.
#[post("/settings/technical/email/incoming/<id>/start", data = "<posted>")]
async fn start(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    let start = StartWith::from_code(posted.get("start_with")).unwrap_or(StartWith::New);
    let date = NaiveDate::parse_from_str(posted.get("start_date"), "%Y-%m-%d").ok();
    let view = visitor.run(move |app, caller| servers::set_start(app, caller, ServerId(id), start, date)).await?;
    match view.server.state {
        ServerState::Done => Ok(go(&visitor, ServerId(id), "servers-start-set")),
        ServerState::Draft => test(&visitor, view, servers::test, false).await,
    }
}

/// *Stop*, *Continue*, *Undo* and *Take up again* of an import.
#[post("/settings/technical/email/incoming/<id>/imports/<import>/<deed>", data = "<_posted>")]
async fn import(visitor: Visitor<'_>, id: i32, import: i32, deed: &str, _posted: Posted) -> PageAnswer {
    let (server, import) = (ServerId(id), ImportId(import));
    let Some(deed) = ImportDeed::from_code(deed) else {
        return Err(OperationError::NotFound(complain!("import-not-now")).into());
    };
    match visitor.run(move |app, caller| fetch::decide_import(app, caller, server, import, deed)).await {
        Ok(()) => Ok(go(&visitor, server, &format!("servers-import-{deed}-done"))),
        // Pressed on a page that was drawn before.
        Err(OperationError::Refused(complaint)) => {
            Ok(Reply::go(page_of(server)).flash(Tone::Warning, complaint.in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

fn go(visitor: &Visitor<'_>, id: ServerId, key: &str) -> Reply {
    Reply::done(visitor, page_of(id), key)
}

// *Fields there*: what each new record of the connected system gets beside what the mail says, chosen from what is
// there.

#[get("/settings/technical/email/incoming/<id>/fields")]
async fn show_far_fields(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let id = ServerId(id);
    match visitor.run(move |app, caller| servers::far_fields(app, caller, id)).await {
        Ok(found) => Ok(far_fields_page(&found)),
        Err(OperationError::Refused(why)) => {
            Ok(Reply::go(page_of(id)).flash(Tone::Bad, why.in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

fn far_fields_page(found: &FarFields) -> Reply {
    let server = &found.server;
    let field = |one: &FarField| -> Value {
        let set = server.far_values.get(&one.name).unwrap_or_default();
        let set: Vec<&str> = set.split(',').map(str::trim).filter(|value| !value.is_empty()).collect();
        // What is not among the choices any more stays chosen until somebody chooses otherwise.
        let gone = set.iter().filter(|value| !one.choices.iter().any(|(known, _)| known == *value));
        let gone: Vec<(String, String)> = gone.map(|value| ((*value).to_owned(), (*value).to_owned())).collect();
        let choices: Vec<Value> = one
            .choices
            .iter()
            .chain(&gone)
            .map(|(value, label)| json!({"value": value, "label": label, "chosen": set.contains(&value.as_str())}))
            .collect();
        json!({"name": one.name, "label": one.label, "several": one.several, "choices": choices})
    };
    let context = context! {
        base: BASE,
        path: page_of(server.id),
        name: &server.name,
        connection: &found.connection,
        model: &server.object_model,
        version: found.version,
        fields: found.fields.iter().map(field).collect::<Vec<_>>(),
    };
    Reply::page("servers/far_fields.html", context)
}

#[post("/settings/technical/email/incoming/<id>/fields", data = "<form>")]
async fn save_far_fields(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = ServerId(id);
    let here = format!("{}/fields", page_of(id));
    let version = form.get("version").parse().unwrap_or_default();
    let chosen: HashMap<String, Vec<String>> = form
        .all("shown")
        .map(|name| {
            let values = form.all(name).filter(|value| !value.is_empty());
            (name.to_owned(), values.map(str::to_owned).collect())
        })
        .collect();
    let done = visitor.run(move |app, caller| servers::set_far_fields(app, caller, id, version, &chosen)).await;
    let language = visitor.language();
    match done {
        Ok(()) => Ok(Reply::go(page_of(id)).flash(Tone::Good, words::text(language, "servers-far-saved"))),
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_) | OperationError::Invalid(_))) => {
            Ok(Reply::go(here).flash(Tone::Bad, error.complaint().in_language(language)))
        }
        Err(error) => Err(error.into()),
    }
}

// *Sign In*: a person allows Mailgate to read a mailbox, at its provider. The policy of the pages lets no form lead
// there, so what was posted is saved, and the page that answers has a plain link.

/// The second half of *Sign In*, once all is saved: the link to the provider, and what is registered there.
async fn begin_sign_in(visitor: &Visitor<'_>, view: ServerView) -> PageAnswer {
    let (id, session) = (view.server.id, visitor.session.token_hash.clone());
    match visitor.run(move |app, caller| providers::begin_sign_in(app, caller, &session, id)).await {
        Ok(begun) => {
            let host = begun.url.split('/').nth(2).unwrap_or_default().to_owned();
            let context = context! {
                base: BASE,
                here: page_of(id),
                name: &view.server.name,
                mailbox: view.server.username(),
                url: begun.url,
                host,
                redirect: begun.redirect.address,
                is_taken: begun.redirect.is_taken,
            };
            Ok(Reply::page("servers/sign_in.html", context).at(page_of(id)))
        }
        Err(OperationError::Refused(words)) => {
            let sheet = ServerSheet { problem: Some(words.in_language(visitor.language())), ..ServerSheet::of(view) };
            Ok(ServerPage::from(sheet).reply(visitor).await?.at(page_of(id)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the provider sends the person back to. The address holds a code, so the browser is sent on at once where it was
/// taken.
#[get("/settings/technical/email/oauth/callback?<state>&<code>&<error>&<error_description>")]
async fn sign_in_callback(
    visitor: Visitor<'_>,
    state: Option<&str>,
    code: Option<&str>,
    error: Option<&str>,
    error_description: Option<&str>,
) -> PageAnswer {
    let text = |given: Option<&str>| given.unwrap_or_default().to_owned();
    let brought = ProviderAnswer {
        state: text(state),
        code: text(code),
        error: text(error),
        error_description: text(error_description),
    };
    let session = visitor.session.token_hash.clone();
    let ended = visitor.run(move |app, caller| providers::end_sign_in(app, caller, &session, &brought)).await?;
    match ended.outcome {
        Ok(()) => {
            let words = words::with(visitor.language(), "servers-signed-in", &[("name", ended.name.into())]);
            Ok(Reply::go(page_of(ended.server)).flash(Tone::Good, words))
        }
        Err(refused) => {
            let context = context! {
                base: BASE,
                here: page_of(ended.server),
                name: ended.name,
                words: refused.complaint.what,
                remedy: refused.complaint.remedy,
            };
            Ok(Reply::page("servers/not_signed_in.html", context))
        }
    }
}

type ServerSheet = sheet::FormSheet<IncomingServer>;

/// The parts of the page that stand under *Advanced*: a message at a field there opens it.
const ADVANCED: [&str; 8] = ["choices", "fetching", "keeping", "policy", "folder", "starttls", "safety", "addresses"];

fn form_routes() -> Vec<Route> {
    routes![new, show, create, change, follow]
}

#[get("/settings/technical/email/incoming/new")]
async fn new(visitor: Visitor<'_>) -> PageAnswer {
    visitor.run(|_, caller| servers::may_change(caller)).await?;
    ServerPage::from(ServerSheet::fresh()).reply(&visitor).await
}

#[get("/settings/technical/email/incoming/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let (view, running, crowded_out) = visitor
        .run(move |app, caller| {
            let id = ServerId(id);
            let view = servers::get(app, caller, id)?;
            Ok((view, fetch::running(app, caller, id)?, fetch::crowded_out(app, caller, id)?))
        })
        .await?;
    ServerPage { running, crowded_out, ..ServerPage::from(ServerSheet::of(view)) }.reply(&visitor).await
}

#[post("/settings/technical/email/incoming/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    submit(visitor, ServerTarget::Once, posted).await
}

#[post("/settings/technical/email/incoming/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    submit(visitor, sheet::target(&posted, ServerId(id)), posted).await
}

/// Saves nothing: the form with what follows from Server Type, SSL/TLS and the target, for htmx to take its pieces
/// from.
#[post("/settings/technical/email/incoming/follow", data = "<posted>", rank = 0)]
async fn follow(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    visitor.run(|_, caller| servers::may_change(caller)).await?;
    let sheet = ServerSheet { form: read(&posted), ..ServerSheet::default() };
    if posted.has("find") {
        return find(&visitor, sheet).await;
    }
    ServerPage { ask: posted.has("reload"), ..ServerPage::from(sheet) }.reply(&visitor).await
}

/// The form as it was posted; what was not typed over has followed.
fn read(posted: &TypedFields) -> ServerForm {
    let mut form: ServerForm = sheet::read(posted);
    form.follow();
    // Agreeing to send the password readable counts for the host that the form showed beside the tick, and for no other.
    let beside = form.text(READABLE_FOR).to_owned();
    if !beside.is_empty() && beside != form.readable_at() {
        form.set_flag(READABLE_OK, false);
    }
    form
}

/// See [`crate::web::forms::keep_for`].
pub(crate) async fn again(visitor: &Visitor<'_>, rest: &[&str], posted: &TypedFields) -> Option<PageAnswer> {
    match ServerSheet::again(visitor, rest, posted, read(posted), ServerId).await? {
        Ok(sheet) => Some(ServerPage::from(sheet).reply(visitor).await),
        Err(failure) => Some(Err(failure)),
    }
}

async fn submit(visitor: Visitor<'_>, target: ServerTarget, posted: Posted) -> PageAnswer {
    let form = read(&posted);
    if posted.has("reload") {
        // Without JavaScript: nothing is saved, and the form comes back with the record types of the connection.
        let sheet = ServerSheet::typed(&visitor, target, form).await;
        return ServerPage { ask: true, ..ServerPage::from(sheet) }.reply(&visitor).await;
    }
    if posted.has("find") {
        return find(&visitor, ServerSheet::typed(&visitor, target, form).await).await;
    }
    let to_test = posted.has("test");
    let agreed = form.flag(READABLE_OK);
    match sheet::save(&visitor, target, form, to_test).await? {
        SaveOutcome::Saved(view) if to_test => test(&visitor, *view, servers::test_asking, agreed).await,
        SaveOutcome::Saved(view) if posted.has("sign_in") => begin_sign_in(&visitor, *view).await,
        SaveOutcome::Saved(view) => {
            let key = match view.server.state {
                ServerState::Draft => "servers-saved-draft",
                ServerState::Done => "servers-saved",
            };
            Ok(go(&visitor, view.server.id, key))
        }
        SaveOutcome::Unagreed(view, why) => {
            let here = page_of(view.server.id);
            let sheet = ServerSheet { errors: vec![why], ..ServerSheet::of(*view) };
            Ok(ServerPage::from(sheet).reply(&visitor).await?.at(here))
        }
        SaveOutcome::Again(sheet) => ServerPage::from(*sheet).reply(&visitor).await,
    }
}

/// *Find settings*: saves nothing. The form comes back with what was found, or with why nothing was.
async fn find(visitor: &Visitor<'_>, mut sheet: ServerSheet) -> PageAnswer {
    let form = sheet.form.clone();
    let found = match visitor.run(move |app, caller| servers::find_settings(app, caller, &form)).await {
        Ok(found) => {
            sheet.form = found.form.clone();
            Some(FoundShown::of(&found))
        }
        Err(OperationError::Refused(why)) => Some(FoundShown { why: Some(why.in_full()), ..FoundShown::default() }),
        Err(OperationError::Invalid(errors)) => {
            sheet.errors = errors;
            None
        }
        Err(error) => return Err(error.into()),
    };
    ServerPage { found, ..ServerPage::from(sheet) }.reply(visitor).await
}

/// What *Find settings* came to, beside the e-mail address.
#[derive(Debug, Default, Serialize)]
struct FoundShown {
    how: Option<Sentence>,
    advice: Option<Sentence>,
    /// Fields that were filled in: name, and what was typed there before.
    filled: Vec<(&'static str, String)>,
    /// Why nothing was found.
    why: Option<Sentence>,
}

impl FoundShown {
    fn of(found: &Discovered) -> Self {
        let filled = found.filled.iter().map(|one| (one.field, one.before.clone())).collect();
        Self { how: Some(found.how.clone()), advice: found.advice.clone(), filled, why: None }
    }
}

/// One of the tests of [`servers`].
type ServerTest = fn(&App, &Caller, ServerId) -> Result<ServerTested, OperationError>;

/// The second half of *Test & Confirm*. A failed test answers 200 as well: the page is right, the mailbox is wrong.
async fn test(visitor: &Visitor<'_>, view: ServerView, test: ServerTest, agreed: bool) -> PageAnswer {
    let id = view.server.id;
    let reply = match visitor.run(move |app, caller| test(app, caller, id)).await {
        Ok(tested) => {
            let result = ServerTestShown::of(&tested, visitor);
            let mut page = ServerPage { tested: Some(result), ..ServerPage::from(ServerSheet::of(tested.view)) };
            // What was ticked stays so on this page.
            page.sheet.form.set_flag(READABLE_OK, agreed);
            page.reply(visitor).await?
        }
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            let sheet = ServerSheet { problem: Some(words.in_language(visitor.language())), ..ServerSheet::of(view) };
            ServerPage::from(sheet).reply(visitor).await?.status(Status::Ok)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(reply.at(page_of(id)))
}

/// The page of an incoming server, or of a new one: its form with the values as they were typed, the choices, the status, and what
/// came of the last press of a button. One form serves New, Save and Test & Confirm, so that what was typed comes back whatever
/// happens.
struct ServerPage {
    pub sheet: ServerSheet,
    pub tested: Option<ServerTestShown>,
    pub fetched: Option<FetchShown>,
    /// How far a pass that runs has come.
    pub running: Option<RunningPass>,
    /// It is due, but waits: so many connections are at work at its host already.
    pub crowded_out: Option<usize>,
    /// The chosen connection is asked for its record types anew.
    pub ask: bool,
    pub found: Option<FoundShown>,
}

/// How *Fetch Now* ended.
#[derive(Debug, Serialize)]
struct FetchShown {
    pub tone: &'static str,
    pub text: String,
    pub remedy: String,
}

impl From<ServerSheet> for ServerPage {
    fn from(sheet: ServerSheet) -> Self {
        Self { sheet, tested: None, fetched: None, running: None, crowded_out: None, ask: false, found: None }
    }
}

impl ServerPage {
    async fn reply(self, visitor: &Visitor<'_>) -> PageAnswer {
        let (form, ask) = (self.sheet.form.clone(), self.ask);
        let id = self.sheet.view.as_ref().map(|view| view.server.id);
        let (offer, imports) = visitor
            .run(move |app, caller| {
                let imports = id.map(|id| fetch::imports_of(app, caller, id)).transpose()?.unwrap_or_default();
                Ok((servers::offer(app, caller, &form, ask)?, imports))
            })
            .await?;
        Ok(self.with(visitor, &offer, &imports))
    }

    fn with(self, visitor: &Visitor<'_>, offer: &Offer, imports: &[ImportView]) -> Reply {
        let language = visitor.language();
        let word = |key: &str| words::text(language, key);
        let (sheet, form) = (&self.sheet, &self.sheet.form);
        let mail_root = visitor.visit.app.config.mail_root().display().to_string();
        let connections = offer.connections.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        let providers = offer.providers.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        let around = Around {
            options: vec![("connection_id", connections), ("oauth_provider_id", providers)],
            arguments: vec![("root", mail_root.into())],
            found: self.found.iter().flat_map(|found| &found.filled).map(|(field, _)| *field).collect(),
            ..Around::new(language)
        };
        let server = sheet.object();
        let state = server.map_or(ServerState::Draft, |server| server.state);
        let errors: Vec<FieldError> = field_errors(&sheet.errors);
        let fields = sheet.fields(&around);
        let advanced = |error: &FieldError| {
            sheet::place::<IncomingServer>(&error.field).is_some_and(|place| ADVANCED.contains(&place))
        };
        let context = context! {
            base: BASE,
            action: server.map_or_else(|| format!("{BASE}/new"), |server| page_of(server.id)),
            server: sheet.view.as_ref().map(ServerShown::of),
            version: sheet.version,
            state: state.code(),
            steps: ServerState::ALL.iter()
                .map(|state| (state.code(), word(&format!("servers-state-{state}")))).collect::<Vec<_>>(),
            fields,
            form: BTreeMap::from(["name", "connection_id", "object_model"].map(|field| (field, form.typed(field)))),
            no_other_fetcher: form.flag("no_other_fetcher"),
            actions: [("object_create", word("servers-action-create"))],
            target: OfferedChoices::of(offer, form),
            advanced_open: errors.iter().any(advanced),
            readable_for: form.readable_at(),
            readable_ok: form.flag(READABLE_OK),
            errors,
            problem: &sheet.problem,
            conflict: sheet.differences(&around),
            tested: self.tested,
            found: self.found,
            fetched: self.fetched,
            status: sheet.view.as_ref().map(|view| ServerStatusShown::of(view, self.running, self.crowded_out)),
            importing: imports.iter().any(|import| import.state.is_under_way()),
            imports,
            feeds: sheet.view.as_ref().and_then(|view| Feeds::of(offer, view)),
        };
        Reply::page("servers/form.html", context).unprocessable_if(sheet.is_wrong())
    }
}

#[derive(Serialize)]
struct ServerShown<'a> {
    id: i32,
    name: &'a str,
    state: &'static str,
    active: bool,
    has_password: bool,
    signed_in: Option<Moment>,
}

impl<'a> ServerShown<'a> {
    fn of(view: &'a ServerView) -> Self {
        let server = &view.server;
        let (state, has_password) = (server.state.code(), !view.secrets.is_empty());
        Self {
            id: server.id.0,
            name: &server.name,
            state,
            active: server.active,
            has_password,
            signed_in: view.signed_in,
        }
    }
}

#[derive(Serialize)]
struct ServerStatusShown<'a> {
    last_fetch: Option<Moment>,
    next_fetch: Option<Moment>,
    failing_since: Option<Moment>,
    last_error: Option<&'a str>,
    last_remedy: Option<&'a str>,
    warning: Option<&'a Sentence>,
    /// How mail is learned of, and since when it is announced.
    arrivals: Option<&'a Sentence>,
    announced_since: Option<Moment>,
    interval: u16,
    counts: Vec<CountShown>,
    messages_path: String,
    running: Option<RunningShown>,
    /// Since when its mail server asks to be left alone, in its words.
    waiting_since: Option<Moment>,
    waiting_for: Option<&'a str>,
    crowded_out: Option<usize>,
    /// From when on its certificate is refused, where that names its host by the common name alone.
    nameless_until: Option<String>,
}

#[derive(Serialize)]
struct RunningShown {
    found: u32,
    kept: u32,
    /// Of a large mail on its way: megabytes that are here, and all.
    large: Option<(String, String)>,
}

impl RunningShown {
    fn of(running: RunningPass) -> Self {
        let megabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
        let large = running.large.map(|(came, all)| (megabytes(came), megabytes(all)));
        Self { found: running.found, kept: running.kept, large }
    }
}

/// One figure of the last fetch, and where these messages are.
#[derive(Serialize)]
struct CountShown {
    code: &'static str,
    count: u64,
    path: String,
}

impl<'a> ServerStatusShown<'a> {
    fn of(view: &'a ServerView, running: Option<RunningPass>, crowded_out: Option<usize>) -> Self {
        let status = &view.status;
        let messages_path = format!("/settings/technical/email/messages?server={}", view.server.id);
        Self {
            last_fetch: status.last_fetch,
            next_fetch: status.next_fetch,
            failing_since: status.failing_since,
            last_error: status.last_error.as_deref(),
            last_remedy: status.last_remedy.as_deref().filter(|remedy| !remedy.is_empty()),
            warning: status.warning.as_ref(),
            arrivals: status.arrivals.as_ref(),
            announced_since: status.announced_since,
            interval: view.server.interval_minutes,
            counts: counts(status.last_result.as_deref(), &messages_path),
            messages_path,
            nameless_until: status.nameless_since.map(|since| nameless_until(since).date().to_string()),
            running: running.map(RunningShown::of),
            waiting_since: status.waiting_since,
            waiting_for: status.waiting_for.as_deref(),
            crowded_out,
        }
    }
}

/// New ones always, the others where there are any.
fn counts(result: Option<&str>, path: &str) -> Vec<CountShown> {
    let Some(result) = result.and_then(|text| serde_json::from_str::<Value>(text).ok()) else { return Vec::new() };
    ["fetched", "delivered", "held", "ignored", "retrying"]
        .into_iter()
        .map(|code| (code, result[code].as_u64().unwrap_or_default()))
        .filter(|(code, count)| *code == "fetched" || *count > 0)
        .map(|(code, count)| {
            let path = if code == "fetched" { path.to_owned() } else { format!("{path}&state={code}") };
            CountShown { code, count, path }
        })
        .collect()
}

/// `target` in the template: the choices under *Connection* and *Create a New Record*.
#[derive(Serialize)]
struct OfferedChoices {
    connections: Vec<(String, String)>,
    /// Technical name and label.
    record_types: Vec<(String, Sentence)>,
    /// `not_asked`, `usual`, `failed`, or nothing where all are known: otherwise a technical name is typed.
    unknown: Option<&'static str>,
    /// Why they are not known, where the connection says so.
    words: Option<Sentence>,
}

impl OfferedChoices {
    fn of(offer: &Offer, form: &ServerForm) -> Self {
        let (record_types, unknown, words) = match &offer.record_types {
            OfferedTypes::Known(types) => (with_typed(types, form.text("object_model")), None, None),
            OfferedTypes::Usual(types) => (types.clone(), Some("usual"), None),
            OfferedTypes::NotAsked => (Vec::new(), Some("not_asked"), None),
            OfferedTypes::Failed(why) => (Vec::new(), Some("failed"), Some(why.in_full())),
        };
        let connections = offer.connections.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        Self { connections, record_types, unknown, words }
    }
}

/// What is set stays chosen, also where it is not offered (any more): the test says so.
fn with_typed(types: &[(String, Sentence)], typed: &str) -> Vec<(String, Sentence)> {
    let mut types = types.to_vec();
    if !typed.is_empty() && types.iter().all(|(model, _)| model != typed) {
        types.push((typed.to_owned(), Sentence::verbatim(typed)));
    }
    types
}

/// `feeds` in the template: the connection of a saved server, and why it takes no mail.
#[derive(Serialize)]
struct Feeds<'a> {
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
    fn of(offer: &'a Offer, view: &ServerView) -> Option<Self> {
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

// The result of a test in words.

/// From so many waiting mails on, the first fetch is worth a second thought.
const BACKLOG: u64 = 50;

/// `tested` in the template.
#[derive(Debug, Serialize)]
struct ServerTestShown {
    passed: bool,
    /// A person has to choose what the first fetch imports; the server is Not Confirmed until then.
    asks: bool,
    /// Sentences of a success.
    encryption: String,
    holds: String,
    /// Followed by the moment of the next fetch.
    imports: String,
    /// What to know although it passed.
    warning: Option<Sentence>,
    failure: Option<StageShown>,
    /// Names, where the folder is what failed.
    folders: Vec<String>,
    certificate: Option<CertificateShown>,
    backlog: Option<Backlog>,
    stages: Vec<StageShown>,
}

#[derive(Debug, Serialize)]
struct CertificateShown {
    sha256: String,
    issuer: String,
    names: Vec<String>,
    not_before: String,
    not_after: String,
    may_be_trusted: bool,
    trusted_before: Option<String>,
}

/// Many mails wait: a choice is offered.
#[derive(Debug, Serialize)]
struct Backlog {
    /// By the choice that is set.
    imports: String,
    /// The one with a date first.
    choices: Vec<ToImportShown>,
}

#[derive(Debug, Serialize)]
struct ToImportShown {
    code: &'static str,
    count: Option<u64>,
    from: Option<String>,
}

impl ServerTestShown {
    fn of(tested: &ServerTested, visitor: &Visitor<'_>) -> Self {
        let language = visitor.language();
        let failed_stage = tested.failure().map(|stage| stage.name);
        Self {
            passed: tested.passed(),
            asks: tested.asks,
            encryption: encryption(tested, language),
            holds: holds(tested, language),
            imports: imports(tested, language),
            warning: tested.warning.clone().filter(|_| tested.passed()),
            failure: tested.failure().map(StageShown::of),
            folders: match (&tested.folder, failed_stage) {
                (Some(folder), Some(StageName::Folder)) => folder.folders.clone(),
                _ => Vec::new(),
            },
            certificate: tested.certificate.as_ref().map(|seen| CertificateShown {
                sha256: seen.sha256.clone(),
                issuer: seen.issuer.clone(),
                names: seen.names.clone(),
                not_before: seen.not_before.date().to_string(),
                not_after: seen.not_after.date().to_string(),
                may_be_trusted: seen.may_be_trusted,
                trusted_before: seen.trusted_before.clone(),
            }),
            backlog: backlog(tested, visitor),
            stages: tested.stages.iter().map(StageShown::of).collect(),
        }
    }
}

fn encryption(tested: &ServerTested, language: &str) -> String {
    let Access::Network { security, trusted, .. } = &tested.view.server.access else { return String::new() };
    match (&tested.certificate, *security) {
        (_, Security::None) => words::text(language, "servers-unencrypted"),
        (None, _) => String::new(),
        (Some(seen), _) => {
            let key = if trusted.is_some() { "servers-encrypted-trusted" } else { "servers-encrypted" };
            words::with(language, key, &[("date", words::day(language, seen.not_after.date()).into())])
        }
    }
}

fn holds(tested: &ServerTested, language: &str) -> String {
    let Some(folder) = &tested.folder else { return String::new() };
    let server = &tested.view.server;
    let name = match server.server_type.protocol() {
        Some(spoken) if spoken.facts().has_folders => {
            let is_open = |name: &&str| folder.closed.iter().all(|(closed, _)| closed != name);
            server.folders().into_iter().filter(is_open).collect::<Vec<_>>().join(", ")
        }
        Some(_) => server.folder.clone(),
        None => words::text(language, "servers-mailbox"),
    };
    let many = tested.view.server.folders().len() > 1;
    let mut arguments = vec![("folder", name.into()), ("count", folder.messages.into())];
    let key = match (folder.unread, many) {
        (Some(_), true) => "servers-holds-together",
        (Some(_), false) => "servers-holds",
        (None, _) => "servers-holds-all",
    };
    arguments.extend(folder.unread.map(|unread| ("unread", unread.into())));
    words::with(language, key, &arguments)
}

fn imports(tested: &ServerTested, language: &str) -> String {
    let server = &tested.view.server;
    match (tested.to_import(), server.start_with, &server.access) {
        (_, _, Access::Local { maildir: None }) => words::text(language, "servers-deliver-ready"),
        (Some(count), ..) => words::with(language, "servers-imports", &[("count", count.into())]),
        (None, StartWith::Since, _) if !tested.fetched_before => {
            let date = server.start_date.map(|date| words::day(language, date)).unwrap_or_default();
            words::with(language, "servers-imports-since", &[("date", date.into())])
        }
        (None, ..) => words::text(language, "servers-goes-on"),
    }
}

fn backlog(tested: &ServerTested, visitor: &Visitor<'_>) -> Option<Backlog> {
    let (server, language) = (&tested.view.server, visitor.language());
    let chosen = tested.to_import();
    if !tested.passed() || !tested.asks && chosen.is_none_or(|count| count < BACKLOG) {
        return None;
    }
    let label =
        |model: &str| visitor.visit.app.modules.get(model).map(|module| module.label_plural.in_language(language));
    let model = server.object_model.as_deref()?;
    let label = label(model).unwrap_or_else(|| model.to_owned());
    let imports = match chosen {
        Some(count) => words::with(language, "servers-backlog", &[("count", count.into()), ("label", label.into())]),
        None => words::text(language, "servers-backlog-uncounted"),
    };
    let choice = |choice: &ToImport| ToImportShown {
        code: choice.start.code(),
        count: choice.count,
        from: choice.from.map(|date| date.to_string()),
    };
    let (dated, others): (Vec<_>, Vec<_>) = tested.choices.iter().map(choice).partition(|choice| choice.from.is_some());
    Some(Backlog { imports, choices: dated.into_iter().chain(others).collect() })
}
