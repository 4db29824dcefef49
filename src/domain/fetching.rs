//! Fetching as people follow it: a pass over an incoming server, and the import of the mail that was in a mailbox at first.

use super::Moment;

/// Counted by message. Stored as JSON on the server's status and printed by `mailgate fetch --json`, so the
/// names are part of the surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PassTally {
    /// New messages committed by this pass; the others say what became of them.
    pub fetched: u32,
    pub delivered: u32,
    pub held: u32,
    pub ignored: u32,
    pub retrying: u32,
}

impl std::ops::Add for PassTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            fetched: self.fetched + other.fetched,
            delivered: self.delivered + other.delivered,
            held: self.held + other.held,
            ignored: self.ignored + other.ignored,
            retrying: self.retrying + other.retrying,
        }
    }
}

/// A pass that runs now, as a page shows it; stored as JSON for the pages of other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct RunningPass {
    pub since: Moment,
    /// New messages that the mailbox holds; 0 until it has been surveyed.
    pub found: u32,
    /// Of these, committed here.
    pub kept: u32,
    /// Of these, settled: delivered, held or ignored.
    pub settled: u32,
    /// For a large message that is being fetched: the bytes that are here, and all.
    pub large: Option<(u64, u64)>,
}

crate::coded! {
    /// How far an import is: the mail that was in a mailbox when it was fetched for the first time, as far as that was
    /// chosen. It is followed, stopped, continued and undone as one.
    pub enum ImportState {
        /// The passes over its mailbox fetch it.
        Running = "running",
        /// A person stopped it: passes fetch only new mail.
        Stopped = "stopped",
        /// All of it is here.
        Done = "done",
        /// What it made is being taken back.
        Undoing = "undoing",
        Undone = "undone",
        /// What was taken back is being taken up again; then it runs until nothing of it is missing.
        Restoring = "restoring",
    }
}

impl ImportState {
    /// Whether passes leave the rest of it alone.
    pub fn is_left_out(self) -> bool {
        matches!(self, Self::Stopped | Self::Undoing | Self::Undone | Self::Restoring)
    }

    /// Whether Mailgate is working on it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Undoing | Self::Restoring)
    }
}

crate::coded! {
    /// What a person does about an import.
    pub enum ImportDeed {
        Stop = "stop",
        Continue = "continue",
        Undo = "undo",
        /// Takes up again what was taken back.
        Restore = "restore",
    }
}

impl ImportDeed {
    /// In which states it can be done.
    pub fn from(self) -> &'static [ImportState] {
        match self {
            Self::Stop => &[ImportState::Running],
            Self::Continue => &[ImportState::Stopped],
            Self::Undo => &[ImportState::Running, ImportState::Stopped, ImportState::Done, ImportState::Restoring],
            Self::Restore => &[ImportState::Undoing, ImportState::Undone],
        }
    }

    pub fn to(self) -> ImportState {
        match self {
            Self::Stop => ImportState::Stopped,
            Self::Continue => ImportState::Running,
            Self::Undo => ImportState::Undoing,
            Self::Restore => ImportState::Restoring,
        }
    }
}

/// How far an undo is, or the way back from it. Counted in messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ImportUndo {
    /// Whose deed it is.
    pub login: String,
    /// The last message that was handled, by its id.
    pub after: i32,
    pub taken_back: u32,
    /// Left alone: somebody works on the record.
    pub worked_on: u32,
    /// Left alone: the record has further mail.
    pub more_mail: u32,
    /// Left alone: it was handed to a connection, which is not undone from here.
    pub handed_over: u32,
    /// Taken up again.
    pub restored: u32,
}

impl serde::Serialize for ImportState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl serde::Serialize for ImportDeed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
