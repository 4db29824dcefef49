//! What is downloaded and not yet kept: committed, routed and delivered as soon as it is a batch.

use std::collections::HashMap;

use super::fetched::{Expected, Fetched};
use super::progress::Progress;
use super::read::Bodies;
use super::repair::Wish;
use super::settle::{BATCH, Settled, settle_batch};
use super::stop::Stop;
use super::{Intake, PassError, keep};
use crate::domain::now;
use crate::domain::server::IncomingServer;
use crate::domain::source::SourceKey;
use crate::ledger::Kept;
use crate::mailbox::{Body, FetchError, Listed, Mailbox as Session, MailboxError, Stopped};
use crate::store::mailboxes::Mailbox;

/// Bytes in memory that make a batch, beside [`BATCH`] messages.
pub(super) const BYTES: usize = 4 << 20;

pub(super) struct Basket<'a> {
    pub intake: &'a Intake,
    pub server: &'a IncomingServer,
    pub mailbox: &'a Mailbox,
    pub stop: &'a Stop,
    pub progress: &'a Progress,
    expected: HashMap<SourceKey, Expected>,
    waiting: Vec<Fetched>,
    weight: usize,
    refused: Vec<(Listed, Expected, Kept<'static>)>,
    /// New messages that were committed.
    pub kept: u32,
    pub settled: Vec<Settled>,
}

impl<'a> Basket<'a> {
    pub fn new(
        intake: &'a Intake,
        server: &'a IncomingServer,
        mailbox: &'a Mailbox,
        stop: &'a Stop,
        progress: &'a Progress,
    ) -> Self {
        Self {
            intake,
            server,
            mailbox,
            stop,
            progress,
            expected: HashMap::new(),
            waiting: Vec::new(),
            weight: 0,
            refused: Vec::new(),
            kept: 0,
            settled: Vec::new(),
        }
    }

    /// Downloads these and keeps them. What came before an error is kept too.
    pub fn fetch(&mut self, session: &mut dyn Session, batch: Vec<(Listed, Expected)>) -> Result<(), PassError> {
        self.expected = batch.iter().map(|(listed, expected)| (listed.key.clone(), *expected)).collect();
        let listed: Vec<Listed> = batch.into_iter().map(|(listed, _)| listed).collect();
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
            (Ok(()), None) => self.flush(),
            (Err(FetchError::Mailbox(error)), None) => {
                self.flush()?;
                Err(error.into())
            }
        }
    }

    fn add(&mut self, listed: &Listed, body: Result<Body, MailboxError>) -> Result<(), PassError> {
        if self.stop.requested() {
            return Err(PassError::Stopped);
        }
        let Some(expected) = self.expected.remove(&listed.key) else { return Ok(()) };
        match body {
            Ok(body) => {
                let fetched = Fetched::new(listed.clone(), expected, body)?;
                self.weight += fetched.weight();
                self.waiting.push(fetched);
            }
            Err(error) => {
                let body = Kept::NotYet { detail: error.words, next_attempt: now() };
                self.refused.push((listed.clone(), expected, body));
            }
        }
        if self.waiting.len() >= BATCH || self.weight >= BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PassError> {
        if !self.refused.is_empty() {
            let refused = std::mem::take(&mut self.refused);
            self.settled.extend(keep::note(self.intake, self.server, self.mailbox, &refused)?);
        }
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.weight = 0;
        let batch = std::mem::take(&mut self.waiting);
        let (ids, mut bodies): (_, Bodies) = keep::keep(self.intake, self.server, self.mailbox, batch)?;
        self.kept += u32::try_from(ids.len()).unwrap_or(u32::MAX);
        ids.iter().for_each(|_| self.progress.kept());
        let settled = settle_batch(self.intake, &ids, &mut bodies, &Wish::default())?;
        self.settled.extend(settled);
        Ok(())
    }
}
