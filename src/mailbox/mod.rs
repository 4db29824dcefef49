//! Where mail comes from. A [`Mailbox`] is one signed-in session with one folder; its code blocks, so it runs on worker
//! threads. Every call ends within the limits given at [`open`], unless bytes keep moving; after an error the session is
//! over.

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
    /// For one command with its whole answer, in addition to `read`. It is extended while bytes keep moving: see `steady`.
    pub command: Duration,
    /// A transfer goes on while at least [`STEADY`] bytes move within this time.
    pub steady: Duration,
    /// No command takes longer than this, however steadily bytes move.
    pub longest: Duration,
    /// Roughly how long to wait before a broken connection is opened again; longer after each further failure in a row.
    pub again: Duration,
    /// Bytes above which a body goes through a temporary file.
    pub in_memory: usize,
    /// How long a session waits for mail to be announced before the server is asked whether it is still there, and how
    /// long that may take it to answer.
    pub check: Duration,
    pub answer: Duration,
    /// The session ends at this moment at the latest, whatever the other limits allow.
    pub until: Option<Instant>,
}

/// Bytes that must move in [`SessionLimits::steady`]. A slow line is worth waiting for; one that has all but stopped is not.
pub const STEADY: u64 = 1_000;

/// Bytes above which a message is a large one: it is fetched alone, after all others, and in pieces where the server allows
/// that.
pub const LARGE: u64 = 512 << 10;

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            command: Duration::from_secs(300),
            // Twice as long as the documentation says, since bytes may come in bursts with pauses between them.
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
    /// Sizes of `keys`, where the listing has them anyway (POP's LIST, a Maildir) or where they are needed to tell whether a
    /// key still means the same message (IMAP without UIDVALIDITY; 0 where the server has none). Otherwise empty.
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
    /// Positioned at its start; the file is deleted when this is dropped.
    File(std::fs::File),
}

/// A message that arrived complete: an IMAP literal filled to its length and closed by its tagged OK, a POP answer ended by
/// its terminator with nothing unexpected behind. Nothing else is ever kept as a message.
#[derive(Debug)]
pub struct Download {
    pub body: RawMessage,
    /// How its length compares with [`Listed::size`].
    pub came: Came,
}

impl Download {
    /// A message of which all has come.
    pub fn all(body: RawMessage) -> Self {
        Self { body, came: Came::All }
    }
}

/// Why one message could not be fetched. The session and the other messages go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The server does not show it any more, even when asked again.
    Gone,
    /// The server refuses to send it, or its answer about it can't be understood.
    Refused(Sentence),
    /// It began to arrive, but its end did not; what had come of it is dropped.
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

/// Only a message that arrived complete has a [`Proof`], so no other one can be deleted or moved.
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

/// What came of telling the server about one message.
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
    /// The kinds of failure, so that code never has to compare sentences.
    pub enum MailboxProblem {
        /// No address for the name.
        Name = "name",
        /// All addresses of the name are ones that Mailgate connects to for nobody: see [`crate::domain::reach`].
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
        /// The certificate names its host only in the common name of its subject.
        NamelessCertificate = "nameless_certificate",
        /// Expired, or not valid yet.
        CertificateDate = "certificate_date",
        /// STARTTLS or STLS is not offered, and Mailgate does not silently go on without encryption.
        NoStartTls = "no_starttls",
        /// There is no token to sign in with.
        Token = "token",
        SignIn = "sign_in",
        Folder = "folder",
        /// The server answers, but not in this protocol, or exceeds a limit.
        Protocol = "protocol",
        /// The connection ended in the middle.
        Cut = "cut",
        /// A local file or folder.
        Local = "local",
        /// This machine lacks something that every connection needs, such as file descriptors.
        Machine = "machine",
    }
}

/// What a mailbox can do. Fetching asks for this, and never for a protocol by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// It can tell which mails are unread, or came since a day: see [`Mailbox::choose`].
    pub chooses: bool,
    /// Mails can be marked as seen and moved; otherwise they can only be deleted or left alone.
    pub marks: bool,
    /// What it is told takes effect only when the session is closed properly.
    pub tells_at_close: bool,
    /// A server that was rebuilt may give its old keys to other mail.
    pub reuses_keys: bool,
    /// It can announce new mail while a session waits for it: see [`Mailbox::wait`].
    pub announces: bool,
}

/// At most so many bytes of a header are fetched without its message.
const HEADER: usize = 32 << 10;

/// One signed-in session with one folder open. Dropping it without [`Mailbox::close`] is safe at any time.
pub trait Mailbox: Send {
    fn abilities(&self) -> Abilities;

    /// Opens another folder of the account; all later calls are about it. Where it can't be opened
    /// ([`MailboxProblem::Folder`]), the session goes on, so that another one can be tried. Without folders this does
    /// nothing.
    fn enter(&mut self, _folder: &str) -> Result<(), MailboxError> {
        Ok(())
    }

    /// What a person is shown of the open folder: how many mails, and how many of them are unread or came since that day, as
    /// far as the server tells.
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

    /// Downloads these messages, without changing any flag, and hands each on once: as it comes, or with the reason why it
    /// does not. They keep their order, except for those that had to be asked for again. An error ends the session; of the
    /// messages that were not handed on by then, nothing bad is known. Where `each` answers [`Stopped`], the fetch ends at
    /// once with [`FetchError::Stopped`].
    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError>;

    /// Downloads one large message ([`LARGE`]), as [`Mailbox::fetch`] does. Where the mailbox can send it in pieces, `parts`
    /// keeps what has come beyond the end of the session, and the next session goes on from there.
    fn fetch_large(
        &mut self,
        one: &Listed,
        _parts: &mut dyn MessageParts,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        self.fetch(std::slice::from_ref(one), each)
    }

    /// Tells the server what to do with these messages, and answers for each, in order, how that went; a refusal of one
    /// stops no other. POP deletions take effect only with `close`.
    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError>;

    /// Lets the session wait until the server announces mail in these folders. True where mail may have come since the
    /// session surveyed them. Only for mailboxes with [`Abilities::announces`].
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

/// Keeps what has come so far of large messages, beyond the end of their sessions. A message is known here by its key
/// together with the size that its server announces.
pub trait MessageParts {
    /// Writes what is kept of this message, from its beginning, and returns how many bytes that is.
    fn take_up(&mut self, listed: &Listed, to: &mut dyn std::io::Write) -> std::io::Result<u64>;

    /// Keeps the next bytes of it, if it can.
    fn add(&mut self, listed: &Listed, at: u64, bytes: &[u8]);

    /// Drops what is kept of it.
    fn forget(&mut self, listed: &Listed);

    /// Asked between two pieces, with the number of bytes that have come: whether the fetch goes on now, or stops and is
    /// continued later.
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
    /// Whether a certificate counts that names its host only in its common name.
    pub nameless: Nameless,
    /// The only folder below which a Maildir may lie.
    pub mail_root: std::path::PathBuf,
    pub traffic: Traffic,
    /// A random number between 0 and 1, for what must not happen everywhere at the same moment.
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

/// Opens a session by its protocol; a new protocol has its line here.
fn signed_in(account: MailAccount, watch: &mut dyn StageWatch) -> Result<Box<dyn Mailbox>, MailboxError> {
    Ok(match account.protocol {
        Protocol::Imap => Box::new(ImapMailbox::open(account, watch)?),
        Protocol::Pop => Box::new(PopMailbox::open(account, watch)?),
    })
}

/// How connections of a protocol begin; a new protocol has its line here.
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
