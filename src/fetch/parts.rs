//! What has come so far of large messages, in the database: it outlives a session, a pass and a restart, on whatever node
//! the mailbox is fetched next.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::progress::Progress;
use crate::background::Stop;
use crate::domain::id::MailboxId;
use crate::domain::source::SourceKey;
use crate::mailbox::{Listed, MessageParts, Stopped};
use crate::store::mailboxes::MailboxRow;
use crate::store::{Store, StoreError, message_parts};

/// Messages of one mailbox that parts are kept of. One is fetched at a time: more are begun only where smaller ones came in.
const MESSAGES: usize = 3;

/// How long a pass goes on with large messages before it gives its place at the mail server to another one.
const TURN: Duration = Duration::from_secs(15);

/// The parts of one mailbox's messages, while a pass runs over it.
pub(super) struct KeptParts<'a> {
    store: &'a Store,
    mailbox: MailboxId,
    stop: &'a Stop,
    progress: &'a Progress,
    begun: Instant,
    /// Something may be kept of it.
    any: bool,
    /// It stopped because others wait for its place.
    pub gave_way: bool,
}

impl<'a> KeptParts<'a> {
    pub(super) fn new(
        store: &'a Store,
        mailbox: &MailboxRow,
        stop: &'a Stop,
        progress: &'a Progress,
        begun: Instant,
    ) -> Self {
        Self { store, mailbox: mailbox.id, stop, progress, begun, any: false, gave_way: false }
    }

    /// The message is in the ledger, or gone.
    pub(super) fn done(&self, key: &SourceKey) -> Result<(), StoreError> {
        // Most come at once, and nothing is kept of them on the way.
        match self.any {
            true => self.store.write(|db| message_parts::forget(db, self.mailbox, &[key.to_string()])),
            false => Ok(()),
        }
    }

    fn attempt(&self, what: &str, work: impl FnOnce(MailboxId) -> Result<(), StoreError>) {
        // Without parts a message is fetched from its beginning the next time, which is no reason to end this time.
        if let Err(error) = work(self.mailbox) {
            tracing::warn!(mailbox = %self.mailbox, %error, "parts of a large message could not be {what}");
        }
    }
}

/// Whether others wait for this pass's place for long enough.
pub(super) fn must_give_way(progress: &Progress, begun: Instant) -> bool {
    begun.elapsed() > TURN && progress.is_wanted()
}

impl MessageParts for KeptParts<'_> {
    fn take_up(&mut self, listed: &Listed, to: &mut dyn Write) -> io::Result<u64> {
        let (key, mailbox) = (listed.key.to_string(), self.mailbox);
        let mut here = 0;
        loop {
            let part = self.store.read(|db| message_parts::at(db, mailbox, &key, listed.size, here));
            match part.map_err(io::Error::other)? {
                Some(bytes) if !bytes.is_empty() => {
                    to.write_all(&bytes)?;
                    here += bytes.len() as u64;
                }
                _ => break,
            }
        }
        self.any |= here > 0;
        Ok(here)
    }

    fn add(&mut self, listed: &Listed, at: u64, bytes: &[u8]) {
        self.any = true;
        self.attempt("kept", |mailbox| {
            let key = listed.key.to_string();
            self.store.write(|db| message_parts::add(db, mailbox, &key, listed.size, at, bytes, MESSAGES))
        });
    }

    fn forget(&mut self, listed: &Listed) {
        self.attempt("dropped", |mailbox| {
            self.store.write(|db| message_parts::forget(db, mailbox, &[listed.key.to_string()]))
        });
    }

    fn goes_on(&mut self, listed: &Listed, came: u64) -> Result<(), Stopped> {
        self.progress.large(Some((came, listed.size)));
        self.gave_way = must_give_way(self.progress, self.begun);
        if self.gave_way || self.stop.requested() { Err(Stopped) } else { Ok(()) }
    }
}

/// Drops the parts of messages that are not to be fetched any more: here by now, gone, or of another numbering.
pub(super) fn tidy<'k>(
    store: &Store,
    mailbox: &MailboxRow,
    wanted: impl Iterator<Item = &'k SourceKey> + Clone,
) -> Result<(), StoreError> {
    let mut spare = store.read(|db| message_parts::keys(db, mailbox.id))?;
    if spare.is_empty() {
        return Ok(());
    }
    spare.retain(|key| !wanted.clone().any(|wanted| wanted.to_string() == *key));
    if spare.is_empty() { Ok(()) } else { store.write(|db| message_parts::forget(db, mailbox.id, &spare)) }
}
