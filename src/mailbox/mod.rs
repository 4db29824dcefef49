//! Where mail comes from. A [`Mailbox`] is one signed-in session with one folder; its code blocks, so it runs on
//! worker threads. Every call ends within the limits given at [`open`], or moves; after an error the session is over.

mod account;
mod dial;
mod failure;
pub(crate) mod fuzzing;
mod imap;
mod local;
mod pop3;
pub mod probe;
mod tls;
mod wire;

use std::time::{Duration, Instant};

pub use self::account::{Credential, TokenSource};
pub use self::imap::{Heard, IdleSession, Lost};
pub use wire::Traffic;

use crate::domain::Moment;
use crate::domain::message::{Came, Proof, SourceKey};
use crate::domain::protocol::Protocol;
use crate::domain::server::{Access, IncomingServer};
use crate::domain::words::{Complaint, Sentence};
use crate::say;

use self::account::MailAccount;
use self::dial::{Opening, StageWatch, Unwatched};
use self::imap::ImapMailbox;
use self::local::LocalMailbox;
use self::pop3::PopMailbox;
use self::probe::FolderSeen;
use crate::domain::expiry::{CertificateSeen, CertificateTaken, Nameless};

/// How long a session may take. The defaults are right for fetching; a probe has less.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// For one address of the host to accept the connection.
    pub connect: Duration,
    /// For the next bytes to arrive or leave.
    pub read: Duration,
    /// For one command and its whole answer, beside `read`; one that moves goes on: see `steady`.
    pub command: Duration,
    /// As long as [`STEADY`] bytes move in this time, what is on its way is not cut.
    pub steady: Duration,
    /// But none takes longer than this.
    pub longest: Duration,
    /// About how long is waited before a connection that broke is begun anew; longer each time in a row.
    pub again: Duration,
    /// Bytes above which a body goes through a temporary file.
    pub in_memory: usize,
    /// How long a session waits for mail to be announced before the server is asked whether it is still there, and how
    /// long that may take it to answer.
    pub check: Duration,
    pub answer: Duration,
    /// Nothing goes on after this moment, whatever the other limits allow; None is no such moment.
    pub until: Option<Instant>,
}

/// Bytes that must move in [`SessionLimits::steady`]. A thin line is worth waiting for; one that drips is not.
pub const STEADY: u64 = 1_000;

/// Bytes above which a message is a large one: it is fetched alone, after all others, and in pieces where that goes.
pub const LARGE: u64 = 512 << 10;

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            command: Duration::from_secs(300),
            // Twice as long as is promised: what comes in lumps must not be cut between two of them.
            steady: Duration::from_secs(60),
            longest: Duration::from_secs(12 * 3600),
            again: Duration::from_millis(500),
            in_memory: 4 << 20,
            check: Duration::from_secs(120),
            answer: Duration::from_secs(15),
            until: None,
        }
    }
}

/// What the folder holds, before anything is fetched.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// IMAP: UIDVALIDITY and UIDNEXT.
    pub uid_validity: Option<u32>,
    pub uid_next: Option<u32>,
    /// Everything there, in the server's order (oldest first).
    pub keys: Vec<SourceKey>,
    /// Sizes beside `keys` where the listing gives them for nothing (POP's LIST, a Maildir), or where they have to tell
    /// whether a key still stands for the same message (IMAP without UIDVALIDITY; 0 where it has none); else empty.
    pub sizes: Vec<u64>,
}

/// Which messages of a survey an IMAP server would choose at the first fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartChoice {
    /// No `\Seen`.
    Unread,
    /// INTERNALDATE on or after this day.
    Since(chrono::NaiveDate),
}

/// What is known of a message before its body is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: SourceKey,
    /// Bytes.
    pub size: u64,
    /// When the server received it (INTERNALDATE), in UTC.
    pub internal_date: Option<Moment>,
}

/// The raw bytes of one message.
#[derive(Debug)]
pub enum RawMessage {
    Memory(Vec<u8>),
    /// Positioned at its start; gone when dropped.
    File(std::fs::File),
}

/// A message that came in whole framing: an IMAP literal filled to its length and closed by its tagged OK, a POP
/// answer ended by its terminator with nothing unexpected behind. Nothing else is ever kept as a message.
#[derive(Debug)]
pub struct Download {
    pub body: RawMessage,
    /// Against [`Listed::size`].
    pub came: Came,
}

impl Download {
    /// What was handed over without being announced.
    pub fn all(body: RawMessage) -> Self {
        Self { body, came: Came::All }
    }
}

/// Why one message was not had. The session goes on, and so do the other messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Asked for once more, the server does not show it.
    Gone,
    /// The server refuses it, or says of it what can't be read.
    Refused(Sentence),
    /// It began to come, and its framing broke before its end; what came of it is dropped.
    CutShort(Sentence),
}

impl Missing {
    pub fn words(&self) -> Sentence {
        match self {
            Missing::Gone => say!("mailbox-message-gone"),
            Missing::Refused(words) | Missing::CutShort(words) => words.clone(),
        }
    }
}

/// What to tell the server about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcknowledgeOrder {
    pub key: SourceKey,
    pub action: AfterFetchAction,
}

/// Only what came whole has a [`Proof`], so nothing else can be deleted or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterFetchAction {
    /// Set `\Seen`.
    Seen,
    Delete(Proof),
    Move {
        folder: String,
        proof: Proof,
    },
}

/// How telling ended for one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToldOutcome {
    Done,
    /// Not there any more, or another message stands under this key.
    Gone,
    /// The server refuses it for this one message.
    Refused(Sentence),
}

/// What went wrong with a server, in words for its administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .complaint.what)]
pub struct MailboxError {
    pub problem: MailboxProblem,
    /// Names host, port, folder or user.
    pub complaint: Complaint,
    /// The certificate that was refused, so that a person can look at it and trust it.
    pub certificate: Option<Box<CertificateSeen>>,
    /// How long the server wants to be left alone, where it is busy and says so.
    pub wait: Option<Duration>,
}

impl MailboxError {
    pub fn new(problem: MailboxProblem, complaint: impl Into<Complaint>) -> Self {
        Self { problem, complaint: complaint.into(), certificate: None, wait: None }
    }

    #[must_use]
    pub fn with_remedy(self, remedy: Sentence) -> Self {
        Self { complaint: self.complaint.with_remedy(remedy), ..self }
    }

    /// With how long the server wants to be left alone, as far as that is known.
    #[must_use]
    fn waiting(self, wait: Option<Duration>) -> Self {
        Self { wait: self.wait.or(wait), ..self }
    }
}

impl AsRef<Complaint> for MailboxError {
    fn as_ref(&self) -> &Complaint {
        &self.complaint
    }
}

crate::coded! {
    /// The kinds of failure, so that nobody has to read words.
    pub enum MailboxProblem {
        /// No address for the name.
        Name = "name",
        /// Only addresses that nothing is sent to.
        Address = "address",
        Connect = "connect",
        /// The server asks to come again later: there is nothing wrong with it or with the settings.
        Busy = "busy",
        Timeout = "timeout",
        Tls = "tls",
        /// No authority vouches for the certificate.
        UntrustedCertificate = "untrusted_certificate",
        /// The trusted certificate was replaced by another.
        ChangedCertificate = "changed_certificate",
        CertificateName = "certificate_name",
        /// It names no host but by the common name of its subject.
        NamelessCertificate = "nameless_certificate",
        /// Expired, or not valid yet.
        CertificateDate = "certificate_date",
        /// STARTTLS or STLS is not offered: never silently without.
        NoStartTls = "no_starttls",
        /// There is no token to sign in with.
        Token = "token",
        SignIn = "sign_in",
        Folder = "folder",
        /// The server speaks, but not this protocol, or breaks a limit.
        Protocol = "protocol",
        /// The connection ended in the middle.
        Cut = "cut",
        /// A local file or folder.
        Local = "local",
        /// This machine lacks what it takes to ask any server.
        Machine = "machine",
    }
}

/// What a mailbox can do. Who fetches asks for this, and for no protocol by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// It tells which mails are unread, or there since a day: see [`Mailbox::choose`].
    pub chooses: bool,
    /// Mails can be marked as seen and moved; otherwise they can only be deleted or left alone.
    pub marks: bool,
    /// What it is told counts when the session is closed well, and not before.
    pub tells_at_close: bool,
    /// Once rebuilt it hands its keys out again, for other mail.
    pub reuses_keys: bool,
    /// It announces mail that comes, while a session waits for that: see [`Mailbox::wait`].
    pub announces: bool,
}

/// Bytes of a header that are shown without its message.
const HEADER: usize = 32 << 10;

/// One signed-in session with one folder open. Dropping it without [`Mailbox::close`] is safe at any time.
pub trait Mailbox: Send {
    fn abilities(&self) -> Abilities;

    /// Opens another folder of the account, which all that follows is about. One that can't be opened is
    /// [`MailboxProblem::Folder`], and the session goes on: another one may be. Where there are no folders, nothing happens.
    fn enter(&mut self, _folder: &str) -> Result<(), MailboxError> {
        Ok(())
    }

    /// What a person is shown of the open folder: how many mails, how many of them unread or there since that day, as far as
    /// it tells.
    fn look(&mut self, _from: chrono::NaiveDate) -> Result<FolderSeen, MailboxError> {
        Ok(FolderSeen { messages: self.survey()?.keys.len() as u64, ..FolderSeen::default() })
    }

    /// What is there now.
    fn survey(&mut self) -> Result<Survey, MailboxError>;

    /// The keys of the survey that `choice` takes; all where the mailbox knows no difference ([`Abilities::chooses`]).
    fn choose(&mut self, choice: StartChoice) -> Result<Vec<SourceKey>, MailboxError>;

    /// Size and date of each of these messages, or why it can't be listed: one answer for each key, in order.
    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError>;

    /// The start of each message's header, `HEADER` bytes at most; None where the server won't show it.
    fn headers(&mut self, keys: &[SourceKey]) -> Result<Vec<Option<Vec<u8>>>, MailboxError>;

    /// Downloads these messages, without changing any flag, and hands each on once: as it comes, or with the reason
    /// why it does not. The order is theirs, but for those that had to be asked for again. An error ends the session:
    /// what was not handed on until then is not known to be bad. Where `each` answers [`Stopped`], the fetch ends at
    /// once with [`FetchError::Stopped`].
    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError>;

    /// Downloads one large message ([`LARGE`]), as [`Mailbox::fetch`] does. Where the mailbox can give it in pieces, what has
    /// come of it outlives the session in `parts`, and the next one goes on there.
    fn fetch_large(
        &mut self,
        one: &Listed,
        _parts: &mut dyn MessageParts,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        self.fetch(std::slice::from_ref(one), each)
    }

    /// Tells the server, and says of each message how it ended, in order; a message that the server refuses to be
    /// told of stops no other. POP deletions count only after `close`.
    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError>;

    /// Lets the session wait until the server announces mail in these folders. True where mail may have come since the
    /// session surveyed them. For what [`Abilities::announces`].
    fn wait(self: Box<Self>, _folders: &[&str]) -> Result<(IdleSession, bool), MailboxError> {
        Err(MailboxError::new(MailboxProblem::Protocol, say!("mailbox-announces-nothing")))
    }

    /// The certificate that the server showed; None where nothing is encrypted.
    fn certificate(&self) -> Option<CertificateTaken> {
        None
    }

    /// The least time between two sign-ins, where the server says one (POP's LOGIN-DELAY).
    fn rest(&self) -> Option<Duration> {
        None
    }

    /// Signs out; with POP this is what commits deletions (QUIT).
    fn close(&mut self) -> Result<(), MailboxError>;
}

/// What has come so far of large messages, kept beyond their sessions. What a message is known by there is its key together
/// with the size that its server announces.
pub trait MessageParts {
    /// Writes what is here of this message, from its beginning on, and says how many bytes that are.
    fn take_up(&mut self, listed: &Listed, to: &mut dyn std::io::Write) -> std::io::Result<u64>;

    /// Keeps what comes next of it, as far as that can be done.
    fn add(&mut self, listed: &Listed, at: u64, bytes: &[u8]);

    /// Drops what is here of it.
    fn forget(&mut self, listed: &Listed);

    /// So many bytes of it are here. Asked between two pieces: whether the fetch goes on now, or ends and is taken up again
    /// later.
    fn goes_on(&mut self, listed: &Listed, came: u64) -> Result<(), Stopped>;
}

/// Receives each message of a fetch.
pub type Each<'a> = dyn FnMut(&Listed, Result<Download, Missing>) -> Result<(), Stopped> + 'a;

/// The receiver of a fetch wants no more (it failed to keep a message, or is told to shut down).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error("stopped by the receiver")]
    Stopped,
}

/// What is needed beside the server's own settings to open a session.
#[derive(Debug, Clone)]
pub struct Environment {
    pub limits: SessionLimits,
    /// PEM bundle of further authorities (`CA_FILE`).
    pub authorities: Option<std::path::PathBuf>,
    /// What of a certificate without alternative names.
    pub nameless: Nameless,
    /// The only folder below which a Maildir may lie.
    pub mail_root: std::path::PathBuf,
    pub traffic: Traffic,
    /// Between 0 and 1, by chance: for what must not happen everywhere at the same moment.
    pub chance: fn() -> f64,
}

/// Connects, signs in and opens the first folder.
pub fn open(
    server: &IncomingServer,
    credential: impl Into<Credential>,
    env: &Environment,
) -> Result<Box<dyn Mailbox>, MailboxError> {
    let mut session = sign_in(server, credential, env)?;
    session.enter(server.first_folder())?;
    Ok(session)
}

/// Connects and signs in: [`Mailbox::enter`] comes next.
pub fn sign_in(
    server: &IncomingServer,
    credential: impl Into<Credential>,
    env: &Environment,
) -> Result<Box<dyn Mailbox>, MailboxError> {
    if let Some(account) = MailAccount::new(server, credential.into(), env) {
        return signed_in(account, &mut Unwatched);
    }
    Ok(Box::new(open_local(server, env)?))
}

/// What a further protocol is opened by.
fn signed_in(account: MailAccount, watch: &mut dyn StageWatch) -> Result<Box<dyn Mailbox>, MailboxError> {
    Ok(match account.protocol {
        Protocol::Imap => Box::new(ImapMailbox::open(account, watch)?),
        Protocol::Pop => Box::new(PopMailbox::open(account, watch)?),
    })
}

/// How a further protocol begins.
fn opening(protocol: Protocol) -> &'static Opening {
    match protocol {
        Protocol::Imap => &imap::OPENING,
        Protocol::Pop => &pop3::OPENING,
    }
}

fn open_local(server: &IncomingServer, env: &Environment) -> Result<LocalMailbox, MailboxError> {
    match &server.access {
        Access::Local { maildir: Some(maildir) } => LocalMailbox::open(maildir, &env.mail_root, env.limits.in_memory),
        _ => Err(MailboxError::new(MailboxProblem::Local, say!("mailbox-no-maildir", name = server.name))),
    }
}
