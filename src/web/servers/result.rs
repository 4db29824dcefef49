//! The result of a test in words.

use serde::Serialize;

use crate::domain::protocol::Security;
use crate::domain::server::{Access, StartWith};
use crate::domain::stage::StageName;
use crate::domain::words::{self, Sentence};
use crate::operations::servers::{ServerTested, ToImport};
use crate::web::guards::Visitor;
use crate::web::sheet::StageShown;

/// From so many waiting mails on, the first fetch is worth a second thought.
const BACKLOG: u64 = 50;

/// `tested` in the template.
#[derive(Debug, Serialize)]
pub(super) struct ServerTestShown {
    passed: bool,
    /// It is to be chosen what the first fetch imports, and Not Confirmed until then.
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
    pub(super) fn of(tested: &ServerTested, visitor: &Visitor<'_>) -> Self {
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
