//! The keeping side of a pass, on a thread of its own: while one batch is committed, routed and delivered, the next is
//! downloaded. Between the two no more than a few batches wait, so that memory is bounded whoever is faster.

use std::sync::mpsc::Receiver;

use super::basket::Batch;
use super::progress::Progress;
use super::repair::Wish;
use super::settle::{Settled, settle_batch};
use super::stop::Stop;
use super::{Intake, PassError, keep};
use crate::domain::server::IncomingServer;
use crate::store::mailboxes::Mailbox;

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
    pub intake: &'a Intake,
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
        let Self { intake, server, mailbox, stop, progress } = *self;
        if stop.requested() {
            // What is not kept is not acknowledged either: the next pass finds it again.
            return Err(PassError::Stopped);
        }
        let Batch { mut messages, mut refused } = batch;
        let mut kept = keep::Outcome::default();
        if !messages.is_empty() {
            keep::keep(intake, server, mailbox, &mut messages, &mut kept)?;
            drop(messages);
            keeping.kept += u32::try_from(kept.ids.len()).unwrap_or(u32::MAX);
            kept.ids.iter().for_each(|_| progress.kept());
        }
        refused.extend(kept.refused);
        let mut settled = Vec::new();
        if !refused.is_empty() {
            settled.extend(keep::note(intake, server, mailbox, &refused)?);
        }
        if !kept.ids.is_empty() {
            settled.extend(settle_batch(intake, &kept.ids, &mut kept.at_hand, &Wish::default())?);
        }
        settled.iter().for_each(|_| progress.settled());
        keeping.settled.extend(settled);
        Ok(())
    }
}
