//! The staged test behind *Test & Confirm*: how far the way to a mailbox goes, and what to do where it ends.

use std::time::Duration;

use crate::domain::secret::Secret;
use crate::domain::server::IncomingServer;

use super::certificate::CertificateSeen;
use super::{Environment, Problem};

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

crate::coded! {
    pub enum StageState {
        Passed = "passed",
        Failed = "failed",
        /// An earlier stage failed.
        Skipped = "skipped",
        /// This server has no such stage (TLS without encryption; all but the folder of a Maildir).
        NotApplicable = "not_applicable",
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
}

/// How the test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Every stage once, in the order in which they are tried.
    pub stages: Vec<Stage>,
    /// The certificate that the server showed, also where it was refused.
    pub certificate: Option<CertificateSeen>,
    /// Set where the last stage passed.
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

/// Tests the way to this mailbox, stage by stage, without fetching or changing anything. Ends within `total`, name
/// resolution included.
pub fn probe(_server: &IncomingServer, _password: &Secret, _env: &Environment, _total: Duration) -> Report {
    todo!("mailbox::probe")
}
