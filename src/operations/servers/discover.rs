//! *Find settings*: from an e-mail address to the settings of its mailbox, for a person to look at. Nothing is saved, and no
//! password is sent anywhere.

use std::net::SocketAddr;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::ServerForm;
use crate::dns::{self, Answer, Asked, Target};
use crate::domain::discovery::{MailPlace, MailProvider, MailboxAddress, services, usual_doors};
use crate::domain::oauth::Authentication;
use crate::domain::person::Caller;
use crate::domain::protocol::{Protocol, Security, ServerType};
use crate::domain::rights::Right;
use crate::domain::server::{Host, IncomingServer, Port};
use crate::domain::words::{Complaint, Sentence};
use crate::mailbox::probe::{Greeted, greet};
use crate::operations::settings::require_for;
use crate::operations::{App, OperationError};
use crate::{complain, say};

/// For the name service. Where nothing answers in this time, the computer has no way out.
const NAMES: Duration = Duration::from_secs(3);
/// For all places that are tried, side by side.
const TRIALS: Duration = Duration::from_secs(6);
/// Once a good one has answered, the likelier ones have so long to do so too.
const GRACE: Duration = Duration::from_millis(700);
/// Places that are tried at most.
const MOST_DOORS: usize = 14;

/// What makes a server less fit than another: readable, not vouched for, of the other protocol, STARTTLS, tried later.
type Unfitness = (bool, bool, bool, bool, usize);

/// What was found.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// The form with it filled in.
    pub form: ServerForm,
    /// How it was found.
    pub how: Sentence,
    /// What to know beside the settings.
    pub advice: Option<Sentence>,
    /// The fields that were filled in, with what stood there before.
    pub filled: Vec<Filled>,
}

/// A field that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    pub field: &'static str,
    pub value: String,
    /// What a person had typed there; empty where nothing was lost.
    pub before: String,
}

/// Settings, as far as they are known.
struct FoundSettings {
    door: MailPlace,
    username: String,
    authentication: Authentication,
    how: Sentence,
    advice: Option<Sentence>,
}

/// Fills a form in from its e-mail address. What is known by heart needs no network; anything else is asked of the name
/// service and then tried, in seconds. [`OperationError::Refused`] says what was not found, and why.
pub fn find_settings(app: &App, caller: &Caller, form: &ServerForm) -> Result<Discovered, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let address = MailboxAddress::parse(form.text("email"))?;
    let wanted = form.server_type().and_then(ServerType::protocol).unwrap_or(Protocol::Imap);
    let found = match MailProvider::of_domain(address.domain()) {
        Some(known) => of_provider(known, &address, wanted, say!("discovery-known", provider = known.name))?,
        None => ask_and_try(app, &address, wanted)?,
    };
    Ok(fill(form, found))
}

fn of_provider(
    known: &MailProvider,
    address: &MailboxAddress,
    wanted: Protocol,
    how: Sentence,
) -> Result<FoundSettings, OperationError> {
    let advice = known.advice();
    let Some(door) = known.door(wanted) else {
        let words = complain!("discovery-no-door", provider = known.name);
        return Err(OperationError::Refused(advice.map_or(words.clone(), |advice| Complaint::new(words.what, advice))));
    };
    let username = known.username(address).to_owned();
    Ok(FoundSettings { door, username, authentication: known.authentication, how, advice })
}

fn ask_and_try(app: &App, address: &MailboxAddress, wanted: Protocol) -> Result<FoundSettings, OperationError> {
    let domain = address.domain();
    let servers = app.config.name_server.map_or_else(dns::of_the_system, |server| vec![server]);
    let told = ToldByDomain::ask(&servers, domain, wanted);
    match &told.mail_hosts {
        Answer::NoDomain => return Err(OperationError::Refused(complain!("discovery-no-domain", domain))),
        Answer::Silence => return Err(OperationError::Refused(complain!("discovery-offline", domain))),
        Answer::Targets(_) => {}
    }
    let mail_host = told.mail_host();
    if let Some(known) = mail_host.and_then(MailProvider::of_mail_host) {
        return of_provider(known, address, wanted, say!("discovery-hosted", domain, provider = known.name));
    }
    let announced = !told.doors.is_empty();
    let mut doors = told.doors.clone();
    if !announced {
        doors = usual_doors(domain, mail_host, wanted);
    }
    doors.truncate(MOST_DOORS);
    let Some((mut door, greeted)) = best(app, &doors, wanted) else {
        let tried = doors.iter().map(|door| format!("{}:{}", door.host.as_str(), door.port.0));
        let tried = tried.collect::<Vec<_>>().join(", ");
        return Err(OperationError::Refused(complain!("discovery-nothing", domain, tried)));
    };
    door.security = greeted.security;
    let how = match announced {
        true => say!("discovery-announced", domain, host = door.host.as_str()),
        false => say!("discovery-tried", host = door.host.as_str()),
    };
    // A provider that everybody knows, behind a domain's own records.
    if let Some(known) = MailProvider::of_host(&door.host) {
        return Ok(FoundSettings { door, ..of_provider(known, address, wanted, how)? });
    }
    let authentication = if greeted.takes_passwords { Authentication::Password } else { Authentication::OAuth2 };
    let advice = match greeted {
        Greeted { security: Security::None, .. } => Some(say!("discovery-readable", host = door.host.as_str())),
        Greeted { is_trusted: false, .. } => Some(say!("discovery-untrusted", host = door.host.as_str())),
        Greeted { takes_passwords: false, .. } => Some(say!("discovery-tokens", host = door.host.as_str())),
        Greeted { .. } => None,
    };
    Ok(FoundSettings { door, username: address.as_str().to_owned(), authentication, how, advice })
}

/// What a domain's name service says of its mail.
struct ToldByDomain {
    mail_hosts: Answer,
    /// Of its services, the one to be tried first in front.
    doors: Vec<MailPlace>,
}

impl ToldByDomain {
    /// All questions at once: one that is not answered delays none.
    fn ask(servers: &[SocketAddr], domain: &str, wanted: Protocol) -> Self {
        let until = Instant::now() + NAMES;
        let ask = |name: String, asked| move || dns::ask(servers, &name, asked, until);
        std::thread::scope(|scope| {
            let mail_hosts = scope.spawn(ask(domain.to_owned(), Asked::Mx));
            let asked = services(wanted).map(|(service, protocol, security)| {
                (scope.spawn(ask(format!("{service}.{domain}"), Asked::Srv)), protocol, security)
            });
            let mut doors = Vec::new();
            for (answer, protocol, security) in asked {
                if let Ok(Answer::Targets(targets)) = answer.join() {
                    doors.extend(targets.into_iter().filter_map(|target| announced(target, protocol, security)));
                }
            }
            Self { mail_hosts: mail_hosts.join().unwrap_or(Answer::Silence), doors }
        })
    }

    fn mail_host(&self) -> Option<&Host> {
        match &self.mail_hosts {
            Answer::Targets(targets) => targets.first().map(|target| &target.host),
            Answer::NoDomain | Answer::Silence => None,
        }
    }
}

fn announced(target: Target, protocol: Protocol, security: Security) -> Option<MailPlace> {
    let port: Port = target.port?;
    Some(MailPlace { protocol, host: target.host, port, security })
}

/// Tries all of them side by side, and gives the best that answers: encrypted before readable, known to an authority before
/// unknown, the wanted protocol before the other, and of equals the likelier.
fn best(app: &App, doors: &[MailPlace], wanted: Protocol) -> Option<(MailPlace, Greeted)> {
    let (tell, told) = channel();
    for (at, door) in doors.iter().enumerate() {
        let (tell, door, environment) = (tell.clone(), door.clone(), app.fetcher().environment.clone());
        let trial = move || {
            // Nobody listens any more once a better one has answered.
            let _ = tell.send((at, greet(&door, &environment, TRIALS)));
        };
        if let Err(error) = std::thread::Builder::new().name("discover".into()).spawn(trial) {
            tracing::warn!(%error, "no thread to try a mail server on");
        }
    }
    drop(tell);
    let mut end = Instant::now() + TRIALS;
    let mut best: Option<(Unfitness, Greeted)> = None;
    loop {
        let (at, greeted) = match told.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok((at, Ok(greeted))) => (at, greeted),
            Ok((_, Err(_))) => continue,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        };
        let (readable, starttls) = (greeted.security == Security::None, greeted.security == Security::StartTls);
        let rank = (readable, !greeted.is_trusted, doors[at].protocol != wanted, starttls, at);
        if rank.0 == rank.1 && !rank.0 {
            end = end.min(Instant::now() + GRACE);
        }
        if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best = Some((rank, greeted));
        }
    }
    best.map(|((.., at), greeted)| (doors[at].clone(), greeted))
}

/// The form with what was found: a username that was typed stays, and so does a server type that speaks this protocol.
fn fill(typed: &ServerForm, found: FoundSettings) -> Discovered {
    let FoundSettings { door, username, authentication, how, advice } = found;
    let mut form = typed.clone();
    let fits = |server_type: ServerType| {
        let preset = server_type.preset().is_none_or(|(host, _)| host == door.host.as_str());
        server_type.protocol() == Some(door.protocol) && preset
    };
    let server_type =
        form.server_type().filter(|server_type| fits(*server_type)).unwrap_or(door.protocol.facts().server_type);
    form.set("server_type", server_type.code());
    form.follow();
    form.set("server", door.host.as_str());
    let port = door.port.0.to_string();
    form.set_security(door.security);
    form.set("port", &port);
    form.set("auto_port", if server_type.default_port(door.security) == door.port { &port } else { "" });
    form.set("authentication", authentication.code());
    if form.text("user").is_empty() {
        form.set("user", &username);
    }
    let fields = ["server_type", "server", "port", "is_ssl", "starttls", "authentication", "user"];
    let filled = fields.into_iter().filter_map(|field| {
        let (before, value) = (typed.text(field).to_owned(), form.text(field).to_owned());
        // What only followed, and what was not there, is no loss.
        let is_lost = matches!(field, "server") && !before.is_empty() && before != value;
        let is_told = field == "server" || field == "port" || before != value;
        is_told.then(|| Filled { field, value, before: if is_lost { before } else { String::new() } })
    });
    Discovered { filled: filled.collect(), form, how, advice }
}
