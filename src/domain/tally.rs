//! What one pass over an incoming server brought.

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
    /// Of a large one that is on its way: bytes that are here, and all.
    pub large: Option<(u64, u64)>,
}
