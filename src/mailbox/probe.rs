//! The staged test behind *Test & Confirm*: how far a connection to a mailbox gets, and what to do where it fails; and, for
//! *Find settings*, whether there is a mail server at an address at all.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};

use super::account::MailAccount;
use super::dial::{GreetingRequest, StageWatch, Unwatched, dial};
use super::{Credential, Environment, Mailbox, MailboxError, MailboxProblem, open_local, opening, signed_in};
use crate::domain::discovery::MailPlace;
use crate::domain::expiry::CertificateSeen;
use crate::domain::now;
use crate::domain::protocol::Security;
use crate::domain::server::{Access, IncomingServer};
use crate::domain::stage::{self, StageName, StagedTest, TestStage};
use crate::domain::words::Sentence;
use crate::say;

/// What the folder holds, or all folders together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderSeen {
    pub messages: u64,
    /// None where the protocol does not tell read mail from unread (POP).
    pub unread: Option<u64>,
    /// How many came since a day, as the server counts; None where one would have to read them all to know (POP).
    pub since: Option<u64>,
    /// Names of the folders there, at most 200; empty for POP and Local.
    pub folders: Vec<String>,
    /// What each folder can be recognised by; IMAP only.
    pub identities: Vec<FolderIdentity>,
    /// Those of several that can't be opened, each with why: the others are fetched all the same.
    pub closed: Vec<(String, Sentence)>,
    /// What each of several holds: messages, unread ones, and those since the day.
    pub each: Vec<(String, FolderCount)>,
}

/// What one folder holds; as [`FolderSeen`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderCount {
    pub messages: u64,
    pub unread: Option<u64>,
    pub since: Option<u64>,
}

impl FolderSeen {
    /// What the named folders hold, as far as each was counted by itself; of an account without folders, everything.
    pub fn count(&self, of: &[String]) -> FolderCount {
        let FolderSeen { messages, unread, since, .. } = *self;
        let named = self.each.iter().filter(|(folder, _)| of.contains(folder)).map(|(_, count)| *count);
        match self.each.is_empty() {
            true => FolderCount { messages, unread, since },
            false => {
                named.reduce(FolderCount::and).unwrap_or(FolderCount { messages: 0, unread: Some(0), since: Some(0) })
            }
        }
    }

    /// Adds what another folder of the same account holds.
    fn add(&mut self, other: FolderSeen) {
        let all = |seen: &FolderSeen| FolderCount { messages: seen.messages, unread: seen.unread, since: seen.since };
        let FolderCount { messages, unread, since } = all(self).and(all(&other));
        (self.messages, self.unread, self.since) = (messages, unread, since);
        self.folders = other.folders;
        self.identities.extend(other.identities);
    }
}

impl FolderCount {
    fn and(self, other: Self) -> Self {
        let both = |one: Option<u64>, other: Option<u64>| one.zip(other).map(|(one, other)| one + other);
        Self {
            messages: self.messages + other.messages,
            unread: both(self.unread, other.unread),
            since: both(self.since, other.since),
        }
    }
}

/// Two folders with the same identity are one folder, by whatever host name they were reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderIdentity {
    pub uid_validity: u32,
    /// UIDs and header digests of the newest mails, five at most.
    pub newest: Vec<(u32, String)>,
}

impl FolderIdentity {
    /// Whether it says anything: an empty folder looks like any other.
    pub fn is_told(&self) -> bool {
        !self.newest.is_empty()
    }
}

/// How the test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxReport {
    /// Every stage once, in the order in which they are tried.
    pub stages: Vec<TestStage>,
    /// Set where a stage failed.
    pub problem: Option<MailboxProblem>,
    /// The certificate that the server showed, also where it was refused.
    pub certificate: Option<CertificateSeen>,
    /// Set where the last stage passed; None where mail is only handed over.
    pub folder: Option<FolderSeen>,
}

impl MailboxReport {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// The stage that failed.
    pub fn failure(&self) -> Option<&TestStage> {
        stage::failure(&self.stages)
    }
}

/// The time limit of a single step, so that a silent server leaves time to find out why.
const STEP: Duration = Duration::from_secs(6);

/// The day that mail is counted from: the server's own, or a month ago.
pub fn counted_from(server: &IncomingServer) -> NaiveDate {
    let today = now().date();
    server.start_date.or_else(|| today.checked_sub_days(Days::new(30))).unwrap_or(today)
}

/// Tests the way to this mailbox, stage by stage, without fetching or changing anything. Ends within `total`, name
/// resolution included.
pub fn probe(
    server: &IncomingServer,
    credential: impl Into<Credential>,
    env: &Environment,
    total: Duration,
) -> MailboxReport {
    let credential = credential.into();
    let mut env = env.clone();
    let step = STEP.min(total / 3);
    env.limits.connect = env.limits.connect.min(step);
    env.limits.read = env.limits.read.min(step);
    env.limits.command = env.limits.command.min(total);
    env.limits.until = Some(Instant::now() + total);
    let mut certificate = None;
    let from = counted_from(server);
    let (order, none) = stages_of(server);
    let (stages, result) = stage::run(&order, none, |way| {
        let (words, seen) = match (&server.access, MailAccount::new(server, credential, &env)) {
            (_, Some(account)) => network(server, account, from, &mut Watched { way, certificate: &mut certificate })?,
            // Mail is handed over: there is nothing to reach.
            (Access::Local { maildir: None }, None) => return Ok(None),
            (_, None) => {
                let seen = open_local(server, &env)?.look(from)?;
                (holds(say!("mailbox-the-maildir"), &seen), seen)
            }
        };
        way.passed(StageName::Folder, words);
        Ok::<_, MailboxError>(Some(seen))
    });
    let problem = result.as_ref().err().map(|error| error.problem);
    MailboxReport { stages, problem, certificate, folder: result.ok().flatten() }
}

/// Signs in and looks at what is there, also in words.
fn network(
    server: &IncomingServer,
    account: MailAccount,
    from: NaiveDate,
    watch: &mut dyn StageWatch,
) -> Result<(Sentence, FolderSeen), MailboxError> {
    let has_folders = account.protocol.facts().has_folders;
    let mut mailbox = signed_in(account, watch)?;
    let looked_at = match has_folders {
        true => look_at_all(&mut *mailbox, &server.folders(), from)?,
        false => {
            let seen = mailbox.look(from)?;
            (holds(say!("mailbox-the-mailbox"), &seen), seen)
        }
    };
    mailbox.close().map(|()| looked_at)
}

/// Looks into each of these folders. One that can't be opened is named, and does not keep the others from being fetched;
/// where none can be opened, that is the error.
fn look_at_all(
    mailbox: &mut dyn Mailbox,
    folders: &[&str],
    from: NaiveDate,
) -> Result<(Sentence, FolderSeen), MailboxError> {
    let (mut words, mut closed) = (Vec::new(), Vec::new());
    let mut all: Option<FolderSeen> = None;
    let mut each = Vec::new();
    for folder in folders {
        match mailbox.enter(folder).and_then(|()| mailbox.look(from)) {
            Ok(seen) => {
                words.push(holds(Sentence::verbatim(*folder), &seen));
                each.push(((*folder).to_owned(), seen.count(&[])));
                match &mut all {
                    Some(all) => all.add(seen),
                    None => all = Some(seen),
                }
            }
            Err(error) if error.problem == MailboxProblem::Folder => closed.push((*folder, error)),
            Err(error) => return Err(error),
        }
    }
    let seen = match (all, closed.is_empty()) {
        (None, false) => return Err(closed.remove(0).1),
        (all, _) => all.unwrap_or_default(),
    };
    let named = closed.into_iter().map(|(folder, error)| (folder.to_owned(), error.complaint.in_full()));
    let closed: Vec<(String, Sentence)> = named.collect();
    words.extend(closed.iter().map(|(_, why)| why.clone()));
    Ok((Sentence::several(words), FolderSeen { closed, each, ..seen }))
}

/// Records the stages as they pass.
struct Watched<'a> {
    way: &'a mut StagedTest,
    certificate: &'a mut Option<CertificateSeen>,
}

impl StageWatch for Watched<'_> {
    fn passed(&mut self, stage: StageName, seen: Sentence, said: &str) {
        self.way.passed_saying(stage, seen, said);
    }

    fn certificate(&mut self, seen: &CertificateSeen) {
        *self.certificate = Some(seen.clone());
    }
}

fn holds(place: Sentence, seen: &FolderSeen) -> Sentence {
    match seen.unread {
        Some(unread) => say!("mailbox-holds-unread", place, count = seen.messages, unread),
        None => say!("mailbox-holds", place, count = seen.messages),
    }
}

/// The stages in order, and those of them that do not apply to this server.
fn stages_of(server: &IncomingServer) -> (Vec<StageName>, &'static [StageName]) {
    let (order, none): (_, &[StageName]) = match &server.access {
        Access::Network { security: Security::Tls, .. } => (stage::MAILBOX, &[]),
        Access::Network { security: Security::StartTls, .. } => (stage::MAILBOX_STARTTLS, &[]),
        Access::Network { security: Security::None, .. } => (stage::MAILBOX, &[StageName::Tls]),
        Access::Local { maildir: None } => (stage::MAILBOX, stage::MAILBOX),
        Access::Local { maildir: Some(_) } => (stage::MAILBOX, &stage::MAILBOX[..5]),
    };
    // Asked for before the mail server is.
    let token = server.authentication.is_oauth().then_some(StageName::Token);
    (token.into_iter().chain(order.iter().copied()).collect(), none)
}

// Whether there is a mail server at an address: it is connected to, encrypted and greeted as for any session, and left
// before anybody signs in.

/// The mail server that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeted {
    /// The best that it offers on this port.
    pub security: Security,
    /// An authority vouches for its certificate, and for this host.
    pub is_trusted: bool,
    /// Whether it accepts passwords; otherwise it wants tokens.
    pub takes_passwords: bool,
}

/// Connects to an address without naming any user. Returns within `total`.
pub fn greet(door: &MailPlace, env: &Environment, total: Duration) -> Result<Greeted, MailboxError> {
    let mut env = env.clone();
    let step = total / 2;
    env.limits.connect = env.limits.connect.min(step);
    env.limits.read = env.limits.read.min(step);
    env.limits.until = Some(Instant::now() + total);
    let mut account = MailAccount::stranger(door, &env);
    let security = match (door.security, looked_at(&account)) {
        (security, Ok(greeted)) => return Ok(Greeted { security, ..greeted }),
        // Without STARTTLS this port may still serve mailboxes unencrypted.
        (Security::StartTls, Err(error)) if error.problem == MailboxProblem::NoStartTls => Security::None,
        (security, Err(error)) if is_of_its_certificate(&error) => {
            return Ok(Greeted { security, is_trusted: false, takes_passwords: true });
        }
        (_, Err(error)) => return Err(error),
    };
    account.security = security;
    looked_at(&account).map(|greeted| Greeted { security, is_trusted: false, ..greeted })
}

fn looked_at(account: &MailAccount) -> Result<Greeted, MailboxError> {
    let dialled = dial(account, GreetingRequest::Capabilities, &mut Unwatched)?;
    let by_token = ["AUTH=XOAUTH2", "AUTH=OAUTHBEARER"].iter().any(|way| dialled.offers(way));
    let takes_passwords = (opening(account.protocol).takes_passwords)(&dialled);
    Ok(Greeted { security: account.security, is_trusted: true, takes_passwords: takes_passwords || !by_token })
}

/// Whether only the certificate is wrong: then there is a mail server, and a person may look at its certificate in the test.
fn is_of_its_certificate(error: &MailboxError) -> bool {
    matches!(
        error.problem,
        MailboxProblem::UntrustedCertificate
            | MailboxProblem::CertificateName
            | MailboxProblem::CertificateDate
            | MailboxProblem::NamelessCertificate
    )
}
