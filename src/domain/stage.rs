//! A staged test: it tries to reach a mailbox or a connection step by step, and says what to do about the step that fails.
//! This file has the stages and the function that goes through them; what each stage does is in the code of the protocol or
//! connection.

use std::time::Instant;

use super::words::{Complaint, Sentence};
use crate::say;

crate::coded! {
    pub enum StageState {
        Passed = "passed",
        Failed = "failed",
        /// An earlier stage failed.
        Skipped = "skipped",
        /// The stage does not exist here (TLS without encryption), or is optional and missing.
        NotApplicable = "not_applicable",
    }
}

crate::coded! {
    /// The stages of all tests.
    pub enum StageName {
        /// A token to sign in with was obtained.
        Token = "token",
        /// The name of the host was resolved.
        Name = "name",
        /// Its port accepts connections.
        Connect = "connect",
        Tls = "tls",
        Greeting = "greeting",
        SignIn = "sign_in",
        Folder = "folder",
        /// The far end says what it is.
        Version = "version",
        Database = "database",
        /// The account may hand mail to the mail gateway.
        Gateway = "gateway",
        /// The account may read the list of record types; where it may not, their names are typed.
        RecordTypes = "record_types",
        /// The account may look up the contacts of senders.
        Contacts = "contacts",
        /// The connection of the server answers.
        Connection = "connection",
        /// The record type to make of the mail is known.
        RecordType = "record_type",
        /// The far end of the connection does not fetch the same mailbox.
        Fetchers = "fetchers",
        /// No other server of Mailgate fetches it.
        OtherServers = "other_servers",
    }
}

use StageName::{
    Connect, Connection, Contacts, Database, Fetchers, Folder, Gateway, Greeting, Name, OtherServers, RecordType,
    RecordTypes, SignIn, Tls, Version,
};

/// The stages of a mailbox that is encrypted from the first byte, or not at all. A Maildir has only the last.
pub const MAILBOX: &[StageName] = &[Name, Connect, Tls, Greeting, SignIn, Folder];
/// The stages of a mailbox that greets before it encrypts (STARTTLS).
pub const MAILBOX_STARTTLS: &[StageName] = &[Name, Connect, Greeting, Tls, SignIn, Folder];
/// The stages of a connection.
pub const CONNECTION: &[StageName] = &[Connect, Tls, Version, Database, SignIn, Gateway, RecordTypes, Contacts];
/// The stages for what happens to an incoming server's mail, here and at a connection.
pub const TARGET: &[StageName] = &[RecordType];
pub const TARGET_ELSEWHERE: &[StageName] = &[Connection, RecordType, Fetchers];
/// The stages that find out who else fetches the mailbox.
pub const TWINS: &[StageName] = &[OtherServers];

/// One stage and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStage {
    pub name: StageName,
    pub state: StageState,
    pub elapsed_ms: u64,
    /// What the test found; empty where the stage failed or was skipped.
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

    /// What the test found, or what went wrong.
    pub fn words(&self) -> &Sentence {
        if self.state == StageState::Failed { &self.complaint.what } else { &self.seen }
    }

    /// What went wrong, what the server said and what to do, each on a line: for output that is no page.
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

/// A test under way. Stages pass in order; the first one that has not passed when the test ends has failed.
#[derive(Debug)]
pub struct StagedTest {
    /// When the current stage began.
    since: Instant,
    behind: Vec<TestStage>,
}

impl StagedTest {
    /// The stage passed with this finding and these words of the server. Where a server has to be called twice, its stages
    /// pass twice.
    pub fn passed_saying(&mut self, name: StageName, seen: Sentence, said: &str) {
        self.ended(name, StageState::Passed, seen, said.to_owned());
    }

    /// The stage passed with this finding.
    pub fn passed(&mut self, name: StageName, seen: Sentence) {
        self.ended(name, StageState::Passed, seen, String::new());
    }

    /// The stage is optional, and missing here.
    pub fn absent(&mut self, name: StageName, seen: Sentence) {
        self.ended(name, StageState::NotApplicable, seen, String::new());
    }

    /// The stage passed or failed; the test goes on, since the next stage does not depend on this one.
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

/// Goes through these stages, of which those in `none` do not exist here. Returns every stage once, in order, and the result
/// of `go` or the complaint that ended it.
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

/// These stages, all skipped.
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
