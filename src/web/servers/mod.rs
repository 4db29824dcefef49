//! Incoming Email Servers: the list, and the buttons beside the form (Fetch Now, Reset Confirmation, archive, duplicate,
//! delete, trust, choose a start). The form with *Test & Confirm* stands in `page`.

mod page;

pub(super) use page::again;

use std::collections::HashMap;

use chrono::NaiveDate;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;
use serde_json::{Value, json};

use self::page::{FetchShown, ServerPage, ServerSheet};
use super::cookies::Tone;
use super::forms::Posted;
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::complain;
use crate::domain::Moment;
use crate::domain::complaint::Complaint;
use crate::domain::id::{ImportId, ServerId};
use crate::domain::import::ImportDeed;
use crate::domain::server::{ServerState, StartWith};
use crate::domain::words::{self, Sentence};
use crate::operations::OperationError;
use crate::operations::fetch::{self, FetchOutcome, UnfinishedImport};
use crate::operations::overview::{Ailing, Failing};
use crate::operations::servers::sign_in::{self, ProviderAnswer};
use crate::operations::servers::{self, FarField, FarFields, FieldFilter, ServerView};

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
    [routes![list], page::routes(), deeds].concat()
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
    page::test(&visitor, view, servers::test_asking, false).await
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
        ServerState::Draft => page::test(&visitor, view, servers::test, false).await,
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
    Reply::go(page_of(id)).flash(Tone::Good, words::text(visitor.language(), key))
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
    match visitor.run(move |app, caller| sign_in::begin(app, caller, &session, id)).await {
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
    let ended = visitor.run(move |app, caller| sign_in::end(app, caller, &session, &brought)).await?;
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
