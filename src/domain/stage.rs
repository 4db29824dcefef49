//! A staged test: how far the way to a mailbox or a connection goes, and what to do where it ends. Here are the stages, and
//! the one function that goes through them; what a stage does stands with whom it asks.

use std::time::Instant;

use super::words::{Complaint, Sentence};
use crate::say;

crate::coded! {
    pub enum StageState {
        Passed = "passed",
        Failed = "failed",
        /// An earlier stage failed.
        Skipped = "skipped",
        /// There is no such stage here (TLS without encryption), or it may be missing.
        NotApplicable = "not_applicable",
    }
}

crate::coded! {
    /// What is tried, of whatever is tested.
    pub enum StageName {
        /// There is a token to sign in with.
        Token = "token",
        /// A name service knows the host.
        Name = "name",
        /// Its port accepts connections.
        Connect = "connect",
        Tls = "tls",
        Greeting = "greeting",
        SignIn = "sign_in",
        Folder = "folder",
        /// What the far end says of itself.
        Version = "version",
        Database = "database",
        /// The account may feed the mail gateway.
        Gateway = "gateway",
        /// It may read the list of record types; where not, their names are typed.
        RecordTypes = "record_types",
        /// It may look senders up.
        Contacts = "contacts",
        /// The connection that a server feeds answers.
        Connection = "connection",
        /// There is something to make of the mail.
        RecordType = "record_type",
        /// The system behind the connection does not fetch the same mailbox.
        Fetchers = "fetchers",
        /// Nor does another server here.
        OtherServers = "other_servers",
    }
}

use StageName::{
    Connect, Connection, Contacts, Database, Fetchers, Folder, Gateway, Greeting, Name, OtherServers, RecordType,
    RecordTypes, SignIn, Tls, Version,
};

/// Of a mailbox that is encrypted from the first byte, or not at all. A Maildir has only the last.
pub const MAILBOX: &[StageName] = &[Name, Connect, Tls, Greeting, SignIn, Folder];
/// Of a mailbox that greets before it encrypts.
pub const MAILBOX_STARTTLS: &[StageName] = &[Name, Connect, Greeting, Tls, SignIn, Folder];
/// Of a connection.
pub const CONNECTION: &[StageName] = &[Connect, Tls, Version, Database, SignIn, Gateway, RecordTypes, Contacts];
/// What becomes of an incoming server's mail here, and at a connection.
pub const TARGET: &[StageName] = &[RecordType];
pub const TARGET_ELSEWHERE: &[StageName] = &[Connection, RecordType, Fetchers];
/// Who else fetches the mailbox.
pub const TWINS: &[StageName] = &[OtherServers];

/// One stage and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStage {
    pub name: StageName,
    pub state: StageState,
    pub elapsed_ms: u64,
    /// What was seen; empty where it failed or was skipped.
    pub seen: Sentence,
    /// The server's own words, without control characters, at most 300 characters; empty where it said none.
    pub said: String,
    /// What went wrong and what to do; empty unless it failed.
    pub complaint: Complaint,
}

impl TestStage {
    pub fn skipped(name: StageName) -> Self {
        let state = StageState::Skipped;
        let (seen, said, complaint) = Default::default();
        Self { name, state, elapsed_ms: 0, seen, said, complaint }
    }

    /// What was seen, or what went wrong.
    pub fn words(&self) -> &Sentence {
        if self.state == StageState::Failed { &self.complaint.what } else { &self.seen }
    }

    /// What went wrong, what the server said and what to do, a line each: for who sees no page.
    pub fn in_full(&self) -> Sentence {
        let said = match self.said.is_empty() {
            true => Sentence::default(),
            false => say!("stage-said", said = self.said),
        };
        Sentence::listed("\n", [self.complaint.what.clone(), said, self.complaint.remedy.clone()])
    }
}

/// The stage that failed.
pub fn failure(stages: &[TestStage]) -> Option<&TestStage> {
    stages.iter().find(|stage| stage.state == StageState::Failed)
}

/// A test under way. Stages pass in order; where the way ends, the first that did not pass has failed.
#[derive(Debug)]
pub struct StagedTest {
    /// When the present stage began.
    since: Instant,
    behind: Vec<TestStage>,
}

impl StagedTest {
    /// It passed: this was seen, and the server said that. A server that has to be called twice passes its stages twice.
    pub fn passed_saying(&mut self, name: StageName, seen: Sentence, said: &str) {
        self.ended(name, StageState::Passed, seen, said.to_owned());
    }

    /// It passed, and this was seen.
    pub fn passed(&mut self, name: StageName, seen: Sentence) {
        self.ended(name, StageState::Passed, seen, String::new());
    }

    /// It may be missing, and is.
    pub fn absent(&mut self, name: StageName, seen: Sentence) {
        self.ended(name, StageState::NotApplicable, seen, String::new());
    }

    /// It passed or failed, and the next is gone to all the same, since that does not depend on it.
    pub fn tried(&mut self, name: StageName, outcome: Result<Sentence, Complaint>) {
        match outcome {
            Ok(seen) => self.passed(name, seen),
            Err(complaint) => {
                let state = StageState::Failed;
                self.end(TestStage { state, elapsed_ms: self.elapsed_ms(), complaint, ..TestStage::skipped(name) });
            }
        }
    }

    fn ended(&mut self, name: StageName, state: StageState, seen: Sentence, said: String) {
        self.end(TestStage { state, elapsed_ms: self.elapsed_ms(), seen, said, ..TestStage::skipped(name) });
    }

    fn end(&mut self, stage: TestStage) {
        self.behind.retain(|before| before.name != stage.name);
        self.behind.push(stage);
        self.since = Instant::now();
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Goes the way of these stages, `none` of which there are here. Gives every stage once, in order, and what `go` gave or
/// where it ended.
pub fn run<T, E: AsRef<Complaint>>(
    stages: &[StageName],
    none: &[StageName],
    go: impl FnOnce(&mut StagedTest) -> Result<T, E>,
) -> (Vec<TestStage>, Result<T, E>) {
    let mut way = StagedTest { since: Instant::now(), behind: Vec::new() };
    let result = go(&mut way);
    let elapsed_ms = way.elapsed_ms();
    let mut complaint = result.as_ref().err().map(|error| error.as_ref().clone());
    let each = stages.iter().map(|name| {
        if let Some(at) = way.behind.iter().position(|stage| stage.name == *name) {
            way.behind.swap_remove(at)
        } else if none.contains(name) {
            TestStage { state: StageState::NotApplicable, ..TestStage::skipped(*name) }
        } else if let Some(complaint) = complaint.take() {
            TestStage { state: StageState::Failed, elapsed_ms, complaint, ..TestStage::skipped(*name) }
        } else {
            TestStage::skipped(*name)
        }
    });
    (each.collect(), result)
}

/// Those stages where the way never came to them.
pub fn skipped(stages: &[StageName]) -> Vec<TestStage> {
    stages.iter().copied().map(TestStage::skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_stage_that_did_not_pass_has_failed_and_the_rest_is_skipped() {
        let (stages, result) = run(MAILBOX, &[Tls], |way| {
            way.passed(Name, Sentence::verbatim("It is there."));
            way.passed(Connect, Sentence::verbatim("It listens."));
            Err::<(), _>(Complaint::new(Sentence::verbatim("It is silent."), Sentence::verbatim("Wait.")))
        });
        let states: Vec<_> = stages.iter().map(|stage| (stage.name, stage.state)).collect();
        assert_eq!(
            states,
            [
                (Name, StageState::Passed),
                (Connect, StageState::Passed),
                (Tls, StageState::NotApplicable),
                (Greeting, StageState::Failed),
                (SignIn, StageState::Skipped),
                (Folder, StageState::Skipped),
            ]
        );
        assert!(result.is_err());
        let complaint = || Complaint::new(Sentence::verbatim("It is missing."), Sentence::verbatim("Install it."));
        let (other, _) = run(TARGET_ELSEWHERE, &[], |way| {
            way.passed(Connection, Sentence::verbatim("It answers."));
            way.tried(RecordType, Err(complaint()));
            way.tried(Fetchers, Err(Complaint::from(Sentence::verbatim("Somebody fetches."))));
            Ok::<_, Complaint>(())
        });
        let states: Vec<_> = other.iter().map(|stage| stage.state).collect();
        assert_eq!(states, [StageState::Passed, StageState::Failed, StageState::Failed]);
        assert_eq!(failure(&other).unwrap().complaint, complaint());
        assert_eq!(other[2].words(), "Somebody fetches.");
        let failed = failure(&stages).unwrap();
        assert_eq!(failed.words(), "It is silent.");
        assert_eq!(failed.in_full(), "It is silent.\nWait.");
    }
}
