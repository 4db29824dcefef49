//! `mailgate check`: is this installation able to do its work? Changes nothing.

use std::time::Duration;

use super::audit::{self, Chain};
use super::{App, OperationError, expiries, indexing, require};
use crate::complain;
use crate::domain::certificate::{Nameless, nameless_until};
use crate::domain::complaint::Complaint;
use crate::domain::expiry::{Nearness, SOON_DAYS};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::stage::StageState;
use crate::domain::{now, words};
use crate::mailbox::probe::probe;
use crate::say;
use crate::store::{StoreError, server_status, servers};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, for example `database` or a server's name.
    pub what: String,
    /// What is wrong with it.
    pub failure: Option<Complaint>,
    /// What was seen where nothing is.
    pub words: String,
}

/// One server's test ends within this time.
const TEST: Duration = Duration::from_secs(18);

/// Looks at the database, and runs every active server's staged test; each finding is handed on as it comes. That
/// the application is open already says that settings, data folder and schema are right.
pub fn check(app: &App, caller: &Caller, mut each: impl FnMut(Finding)) -> Result<(), OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-check-the-installation"))?;
    let fine = |what: &str, words: String| Finding { what: what.to_owned(), failure: None, words };
    each(fine("data folder", app.config.data_dir.display().to_string()));
    each(fine("files", "only their owner reads them".to_owned()));
    each(match app.key.problem() {
        None => fine("secret key", format!("{}, {} in use", app.key.file_name(), versions(app))),
        Some(problem) => {
            Finding { what: "secret key".into(), failure: Some(problem.complaint()), words: String::new() }
        }
    });
    let all = app.store.read(servers::list)?;
    each(fine("database", format!("{:?}, schema up to date", app.store.backend())));
    each(fine(
        "record types",
        app.modules.all().iter().map(|module| module.label.as_str()).collect::<Vec<_>>().join(", "),
    ));
    each(match audit::verify(app, caller)? {
        Chain::Whole(entries) => fine("audit", format!("{entries} entries, none changed or missing")),
        Chain::Broken(words) => Finding {
            what: "audit".into(),
            failure: Some(complain!("check-audit-broken", why = words)),
            words: String::new(),
        },
    });
    each(fine("what ends", ends(app)?));
    each(fine("search", search(app)?));
    for server in all.into_iter().map(|stored| stored.settings).filter(|server| server.active) {
        let what = format!("server “{}”", server.name);
        let credential = match app.fetcher().keeper().credential(&server) {
            Ok(credential) => credential,
            Err(StoreError::Seal(error)) => {
                each(Finding { what, failure: Some(error.complaint()), words: String::new() });
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut environment = app.fetcher().environment.clone();
        let mut until = None;
        if server.is_fetched() {
            let since = app.store.read(|db| server_status::get(db, server.id))?.nameless_since;
            environment.nameless = Nameless::since(since, now());
            until = since.map(nameless_until);
        }
        let report = probe(&server, credential, &environment, TEST);
        let failure = report.failure().map(|stage| stage.complaint.clone());
        let passed = report.stages.iter().filter(|stage| stage.state == StageState::Passed);
        let words = passed.map(|stage| stage.name.code()).collect::<Vec<_>>().join(", ");
        let outdated = until
            .map(|until| format!("; its certificate has no alternative names and is refused from {} on", until.date()));
        let words = format!("{}; {words}{}", server.state.label(), outdated.unwrap_or_default());
        each(Finding { what, failure, words });
    }
    Ok(())
}

/// How far the indexes of searches are.
fn search(app: &App) -> Result<String, OperationError> {
    let behind = indexing::behind(app)?;
    let mut words = match behind.percent() {
        Some(percent) => format!("{percent} % of what was here before the upgrade is indexed"),
        None if behind.changes > 0 => format!("{} changes to be indexed", behind.changes),
        None => "everything is indexed".to_owned(),
    };
    if behind.failed > 0 {
        words +=
            &format!("; {} could not be indexed, see the log, and are tried again at the next start", behind.failed);
    }
    Ok(words)
}

/// What ends within 30 days, or has.
fn ends(app: &App) -> Result<String, StoreError> {
    let at = now();
    let soon = expiries::all(app)?.into_iter().filter(|expiry| expiry.nearness(at) <= Nearness::Soon);
    let words = soon.filter_map(|expiry| {
        let kind = words::text("en", &format!("expiries-kind-{}", expiry.kind));
        Some(format!("{}: {} ({})", expiry.until?.date(), kind, expiry.name))
    });
    let words = words.collect::<Vec<_>>().join("; ");
    Ok(if words.is_empty() { format!("nothing within {SOON_DAYS} days") } else { words })
}

/// `version 2`, and of how many.
fn versions(app: &App) -> String {
    let held = app.key.held().len();
    let in_use = app.key.in_use().unwrap_or_default();
    if held == 1 { "version 1".into() } else { format!("version {in_use} of {held}") }
}
