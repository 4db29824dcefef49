//! The staged test behind *Test & Confirm*: how far the way to a mailbox goes, and what to do where it ends.

use std::time::{Duration, Instant};

use crate::domain::secret::Secret;
use crate::domain::server::{Access, IncomingServer, Protocol, Security};
pub use crate::domain::stage::StageState;

use super::account::Account;
use super::certificate::CertificateSeen;
use super::dial::Watch;
use super::imap::ImapMailbox;
use super::pop3::PopMailbox;
use super::{Environment, Mailbox, MailboxError, Problem, open_local};

crate::coded! {
    /// The stages in words of the report, in the order of SSL/TLS; with STARTTLS the greeting comes before TLS.
    pub enum StageName {
        Name = "name",
        Connect = "connect",
        Tls = "tls",
        Greeting = "greeting",
        SignIn = "sign_in",
        Folder = "folder",
    }
}

/// One stage and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub name: StageName,
    pub state: StageState,
    pub elapsed_ms: u64,
    /// What was seen, or what went wrong: a sentence for the administrator. Empty where skipped.
    pub words: String,
    /// The server's own words, without control characters, at most 300 characters; empty where it said none.
    pub said: String,
    /// Set where it failed.
    pub problem: Option<Problem>,
    /// What to do where it failed.
    pub remedy: String,
}

/// What the folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderSeen {
    pub messages: u64,
    /// None where the protocol knows no difference (POP).
    pub unread: Option<u64>,
    /// Names of the folders there, at most 200; empty for POP and Local.
    pub folders: Vec<String>,
    /// What tells this folder from all others; IMAP only.
    pub identity: Option<FolderIdentity>,
}

/// Two folders that agree in this are one, whatever the host is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderIdentity {
    pub uid_validity: u32,
    /// UIDs and header digests of the newest mails, five at most.
    pub newest: Vec<(u32, String)>,
}

impl FolderIdentity {
    /// An empty folder is like any other.
    pub fn is_told(&self) -> bool {
        !self.newest.is_empty()
    }
}

/// How the test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Every stage once, in the order in which they are tried.
    pub stages: Vec<Stage>,
    /// The certificate that the server showed, also where it was refused.
    pub certificate: Option<CertificateSeen>,
    /// Set where the last stage passed; None where mail is only handed over.
    pub folder: Option<FolderSeen>,
}

impl Report {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// The stage that failed.
    pub fn failure(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.state == StageState::Failed)
    }
}

/// Waits of a single step, so that a silent server leaves time to find out why.
const STEP: Duration = Duration::from_secs(6);

/// Tests the way to this mailbox, stage by stage, without fetching or changing anything. Ends within `total`, name
/// resolution included.
pub fn probe(server: &IncomingServer, password: &Secret, env: &Environment, total: Duration) -> Report {
    let started = Instant::now();
    let mut env = env.clone();
    let step = STEP.min(total / 3);
    env.limits.connect = env.limits.connect.min(step);
    env.limits.read = env.limits.read.min(step);
    env.limits.command = env.limits.command.min(total);
    env.limits.until = Some(started + total);
    let mut prober = Prober { since: started, passed: Vec::new(), certificate: None };
    let result = match (&server.access, Account::new(server, password, &env)) {
        (_, Some(account)) => prober.network(account),
        // Mail is handed over: there is nothing to reach.
        (Access::Local { maildir: None }, None) => return prober.nothing_to_reach(),
        (_, None) => open_local(server, &env).and_then(|mailbox| mailbox.look()),
    };
    prober.report(server, result)
}

/// Collects the stages that passed.
struct Prober {
    /// When the present stage began.
    since: Instant,
    passed: Vec<Stage>,
    certificate: Option<CertificateSeen>,
}

impl Watch for Prober {
    fn passed(&mut self, stage: StageName, words: String, said: &str) {
        let stage = self.stage(stage, StageState::Passed, words);
        // Some servers have to be called twice.
        self.passed.retain(|passed| passed.name != stage.name);
        self.passed.push(Stage { said: said.to_owned(), ..stage });
        self.since = Instant::now();
    }

    fn certificate(&mut self, seen: &CertificateSeen) {
        self.certificate = Some(seen.clone());
    }
}

impl Prober {
    fn network(&mut self, account: Account) -> Result<FolderSeen, MailboxError> {
        match account.protocol {
            Protocol::Imap => {
                let mut mailbox = ImapMailbox::open(account, self)?;
                let seen = mailbox.look()?;
                mailbox.close().map(|()| seen)
            }
            Protocol::Pop => {
                let mut mailbox = PopMailbox::open(account, self)?;
                let seen = mailbox.look()?;
                mailbox.close().map(|()| seen)
            }
        }
    }

    fn stage(&self, name: StageName, state: StageState, words: String) -> Stage {
        let elapsed_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Stage { name, state, elapsed_ms, words, said: String::new(), problem: None, remedy: String::new() }
    }

    fn nothing_to_reach(self) -> Report {
        let absent =
            |name: &StageName| Stage { elapsed_ms: 0, ..self.stage(*name, StageState::NotApplicable, String::new()) };
        Report { stages: StageName::ALL.iter().map(absent).collect(), certificate: None, folder: None }
    }

    fn report(mut self, server: &IncomingServer, result: Result<FolderSeen, MailboxError>) -> Report {
        if let Ok(seen) = &result {
            let unread = seen.unread.map(|unread| format!(", {unread} unread")).unwrap_or_default();
            let words = format!("{} holds {} mails{unread}.", place(server), seen.messages);
            self.passed(StageName::Folder, words, "");
        }
        let (order, absent) = stages_of(&server.access);
        let mut error = result.as_ref().err();
        let mut stages = Vec::with_capacity(order.len());
        for name in order {
            let stage = if let Some(at) = self.passed.iter().position(|stage| stage.name == name) {
                self.passed.swap_remove(at)
            } else if absent.contains(&name) {
                Stage { elapsed_ms: 0, ..self.stage(name, StageState::NotApplicable, String::new()) }
            } else if let Some(error) = error.take() {
                let failed = self.stage(name, StageState::Failed, error.words.clone());
                Stage { problem: Some(error.problem), remedy: error.remedy.clone(), ..failed }
            } else {
                Stage { elapsed_ms: 0, ..self.stage(name, StageState::Skipped, String::new()) }
            };
            stages.push(stage);
        }
        Report { stages, certificate: self.certificate, folder: result.ok() }
    }
}

fn place(server: &IncomingServer) -> &str {
    match server.access {
        Access::Network { protocol: Protocol::Imap, .. } => &server.folder,
        Access::Network { .. } => "The mailbox",
        Access::Local { .. } => "The Maildir",
    }
}

/// The stages in order, and those of them that this server has not.
fn stages_of(access: &Access) -> ([StageName; 6], &'static [StageName]) {
    use StageName::{Connect, Folder, Greeting, Name, SignIn, Tls};
    match access {
        Access::Network { security: Security::Tls, .. } => ([Name, Connect, Tls, Greeting, SignIn, Folder], &[]),
        Access::Network { security: Security::StartTls, .. } => ([Name, Connect, Greeting, Tls, SignIn, Folder], &[]),
        Access::Network { security: Security::None, .. } => ([Name, Connect, Tls, Greeting, SignIn, Folder], &[Tls]),
        Access::Local { .. } => {
            ([Name, Connect, Tls, Greeting, SignIn, Folder], &[Name, Connect, Tls, Greeting, SignIn])
        }
    }
}
