//! The download side of a pass: what comes is made into batches and handed on to who keeps them ([`super::keeper`]).

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, SyncSender};

use super::PassError;
use super::progress::Progress;
use crate::background::Stop;
use crate::domain::ledger::Reason;
use crate::domain::now;
use crate::domain::server::IncomingServer;
use crate::domain::source::{Came, SourceKey};
use crate::ledger::Kept;
use crate::mailbox::{Download, FetchError, Listed, Mailbox as Session, Missing, Stopped};
use crate::pipeline::Pipeline;
use crate::pipeline::keep::{self, Expected, Fetched};
use crate::pipeline::settle::{BATCH, Settled, settle_kept};
use crate::store::mailboxes::Mailbox;

/// Bytes that make a batch, beside [`BATCH`] messages.
const BYTES: u64 = 4 << 20;

/// What is committed together.
#[derive(Default)]
pub(super) struct Batch {
    pub messages: Vec<Fetched>,
    /// Not downloaded, and why.
    pub refused: Vec<(Listed, Expected, Kept<'static>)>,
}

pub(super) struct Basket<'a> {
    stop: &'a Stop,
    hand_on: SyncSender<Batch>,
    expected: HashMap<SourceKey, Expected>,
    batch: Batch,
    bytes: u64,
    /// New mail that somebody took away before it was here: nobody can know more of it.
    gone: HashSet<SourceKey>,
}

impl<'a> Basket<'a> {
    pub fn new(stop: &'a Stop, hand_on: SyncSender<Batch>) -> Self {
        Self { stop, hand_on, expected: HashMap::new(), batch: Batch::default(), bytes: 0, gone: HashSet::new() }
    }

    /// Downloads these. What came before an error stays in the basket, or is handed on.
    pub fn fetch(&mut self, session: &mut dyn Session, those: Vec<(Listed, Expected)>) -> Result<(), PassError> {
        self.expected = those.iter().map(|(listed, expected)| (listed.key.clone(), *expected)).collect();
        let listed: Vec<Listed> = those.into_iter().map(|(listed, _)| listed).collect();
        let mut trouble = None;
        let fetched = session.fetch(&listed, &mut |listed, body| {
            self.add(listed, body).map_err(|error| {
                trouble = Some(error);
                Stopped
            })
        });
        match (fetched, trouble) {
            (_, Some(error)) => Err(error),
            (Err(FetchError::Stopped), None) => Err(PassError::Stopped),
            (Err(FetchError::Mailbox(error)), None) => Err(error.into()),
            (Ok(()), None) => Ok(()),
        }
    }

    fn add(&mut self, listed: &Listed, download: Result<Download, Missing>) -> Result<(), PassError> {
        if self.stop.requested() {
            return Err(PassError::Stopped);
        }
        let Some(expected) = self.expected.remove(&listed.key) else { return Ok(()) };
        match download {
            Ok(download) => {
                let mut fetched = Fetched::new(listed.clone(), expected, download)?;
                fetched.notes.extend(size_note(&fetched));
                self.bytes += fetched.size;
                self.batch.messages.push(fetched);
            }
            Err(missing) => self.miss(listed.clone(), expected, &missing),
        }
        if self.batch.messages.len() >= BATCH || self.bytes >= BYTES {
            self.hand_on()?;
        }
        Ok(())
    }

    /// A message that can't be had now, or not any more.
    pub fn miss(&mut self, listed: Listed, expected: Expected, missing: &Missing) {
        let (reason, detail) = (Reason::NotDownloaded, missing.to_string());
        let kept = match (missing, expected) {
            (Missing::Gone, Expected::New { .. }) => {
                self.gone.insert(listed.key);
                return;
            }
            // A person knows of it, and must know that nothing comes of it any more.
            (Missing::Gone, Expected::Source { .. }) => Kept::Nothing { reason, detail, header: None },
            (Missing::Refused(_) | Missing::CutShort(_), _) => Kept::NotYet { reason, detail, next_attempt: now() },
        };
        self.batch.refused.push((listed, expected, kept));
    }

    /// What was gone, once all is handed on.
    pub fn into_gone(self) -> HashSet<SourceKey> {
        self.gone
    }

    /// Takes in what is known and not downloaded.
    pub fn refuse(&mut self, those: impl IntoIterator<Item = (Listed, Expected, Kept<'static>)>) {
        self.batch.refused.extend(those);
    }

    /// Hands on what is here, and waits where the keeping does not keep up.
    pub fn hand_on(&mut self) -> Result<(), PassError> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.messages.is_empty() && batch.refused.is_empty() {
            return Ok(());
        }
        // Nobody takes it any more where the keeping failed; it says why itself.
        self.hand_on.send(batch).map_err(|_| PassError::Stopped)
    }
}

/// What is said of a message that has another size than its server announces.
fn size_note(fetched: &Fetched) -> Option<String> {
    let (announced, came) = (fetched.listed.size, fetched.size);
    match (fetched.came, announced) {
        (Came::Fewer, _) => Some(format!(
            "The mail server announces {announced} bytes of it and sent {came}, the same ones twice; Mailgate keeps \
             them, and never deletes or moves this mail there."
        )),
        (Came::All, 0) => Some("The mail server announces no size of it; all that came is kept.".to_owned()),
        (Came::All, _) if came != announced => {
            Some(format!("The mail server announces {announced} bytes of it and sent {came}; all that came is kept."))
        }
        (Came::All, _) => None,
    }
}

/// Batches that wait to be kept.
pub(super) const WAITING: usize = 1;

/// What was kept of a download, and how that ended.
pub(super) struct Keeping {
    /// New messages that were committed.
    pub kept: u32,
    pub settled: Vec<Settled>,
    pub outcome: Result<(), PassError>,
}

pub(super) struct Keeper<'a> {
    pub pipeline: &'a Pipeline,
    pub server: &'a IncomingServer,
    pub mailbox: &'a Mailbox,
    pub stop: &'a Stop,
    pub progress: &'a Progress,
}

impl Keeper<'_> {
    /// Keeps and settles each batch in its order, until no more come or one fails.
    pub fn run(&self, arriving: Receiver<Batch>) -> Keeping {
        let mut keeping = Keeping { kept: 0, settled: Vec::new(), outcome: Ok(()) };
        for batch in arriving {
            keeping.outcome = self.keep(batch, &mut keeping);
            if keeping.outcome.is_err() {
                break;
            }
        }
        keeping
    }

    fn keep(&self, batch: Batch, keeping: &mut Keeping) -> Result<(), PassError> {
        let Self { pipeline, server, mailbox, stop, progress } = *self;
        if stop.requested() {
            // What is not kept is not acknowledged either: the next pass finds it again.
            return Err(PassError::Stopped);
        }
        let Batch { mut messages, mut refused } = batch;
        let mut kept = keep::Outcome::default();
        if !messages.is_empty() {
            keep::keep(pipeline, server, mailbox, &mut messages, &mut kept)?;
            drop(messages);
            keeping.kept += u32::try_from(kept.ids.len()).unwrap_or(u32::MAX);
            kept.ids.iter().for_each(|_| progress.kept());
        }
        refused.extend(kept.refused);
        let mut settled = Vec::new();
        if !refused.is_empty() {
            settled.extend(keep::note(pipeline, server, mailbox, &refused)?);
        }
        if !kept.ids.is_empty() {
            settled.extend(settle_kept(pipeline, &kept.ids, &mut kept.at_hand)?);
        }
        settled.iter().for_each(|_| progress.settled());
        keeping.settled.extend(settled);
        Ok(())
    }
}
