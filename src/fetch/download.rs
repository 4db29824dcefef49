//! The two sides of a download: messages are collected into batches and passed to another thread, which keeps and settles
//! one batch while the next is downloaded. Only a few batches may wait between the two, so that memory is bounded whichever
//! side is faster.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::PassError;
use super::passes::Progress;
use crate::background::Stop;
use crate::domain::id::{ImportId, MailboxId};
use crate::domain::ledger::{Fate, Reason, Why};
use crate::domain::message::{Came, Message, SourceKey};
use crate::domain::now;
use crate::domain::server::{AfterFetch, IncomingServer};
use crate::domain::words::Sentence;
use crate::ledger::AcknowledgeWhen;
use crate::mailbox::{Abilities, Download, Each, FetchError, Listed, Mailbox, MessageParts, Missing, Stopped};
use crate::pipeline::Pipeline;
use crate::pipeline::keep::{ExpectedMail, Incoming, KeptMail, MailBytes, MailContent, keep};
use crate::pipeline::settle::{BATCH, SettledMessage, settle};
use crate::say;
use crate::store::mailboxes::MailboxRow;
use crate::store::message_parts::{self, NewPart};
use crate::store::{Store, StoreError};

/// Bytes that make up a batch; or else [`BATCH`] messages do.
const BYTES: u64 = 4 << 20;

/// Over a slow line, a message waits no longer than this for others to join its batch.
const WAITS: Duration = Duration::from_secs(2);

/// The downloading side, with the batch that is collected.
pub(super) struct Basket<'a> {
    server: &'a IncomingServer,
    abilities: Abilities,
    stop: &'a Stop,
    /// The import that the messages belong to.
    import: Option<ImportId>,
    hand_on: SyncSender<Vec<Incoming>>,
    expected: HashMap<SourceKey, ExpectedMail>,
    batch: Vec<Incoming>,
    bytes: u64,
    /// When the first of the batch came.
    first: Option<Instant>,
    /// New messages that somebody removed before they were fetched: nothing more can be known of them.
    gone: HashSet<SourceKey>,
}

impl<'a> Basket<'a> {
    pub(super) fn new(
        server: &'a IncomingServer,
        abilities: Abilities,
        stop: &'a Stop,
        import: Option<ImportId>,
        hand_on: SyncSender<Vec<Incoming>>,
    ) -> Self {
        let (expected, batch, gone) = (HashMap::new(), Vec::new(), HashSet::new());
        Self { server, abilities, stop, import, hand_on, expected, batch, bytes: 0, first: None, gone }
    }

    /// Downloads these messages. What came before an error stays in the basket, or is passed on.
    pub(super) fn fetch(
        &mut self,
        session: &mut dyn Mailbox,
        those: Vec<(Listed, ExpectedMail)>,
    ) -> Result<(), PassError> {
        self.take(those, |listed, each| session.fetch(listed, each))
    }

    /// Downloads a large message: see [`Mailbox::fetch_large`].
    pub(super) fn fetch_large(
        &mut self,
        session: &mut dyn Mailbox,
        one: (Listed, ExpectedMail),
        parts: &mut dyn MessageParts,
    ) -> Result<(), PassError> {
        self.take(vec![one], |listed, each| listed.iter().try_for_each(|one| session.fetch_large(one, parts, each)))
    }

    fn take(
        &mut self,
        those: Vec<(Listed, ExpectedMail)>,
        fetch: impl FnOnce(&[Listed], &mut Each<'_>) -> Result<(), FetchError>,
    ) -> Result<(), PassError> {
        self.expected = those.iter().map(|(listed, expected)| (listed.key.clone(), *expected)).collect();
        let listed: Vec<Listed> = those.into_iter().map(|(listed, _)| listed).collect();
        let mut trouble = None;
        let fetched = fetch(&listed, &mut |listed, body| {
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
            Ok(Download { body, came }) => {
                let mut bytes = MailBytes::new(body, listed.internal_date.unwrap_or_else(now))?;
                bytes.notes.extend(size_note(listed.size, bytes.size, came));
                bytes.acknowledge = tell(self.server, self.abilities, came);
                self.bytes += bytes.size;
                self.put(listed.clone(), expected, MailContent::Here(Box::new(bytes)));
            }
            Err(missing) => self.miss(listed.clone(), expected, &missing),
        }
        let waits = *self.first.get_or_insert_with(Instant::now);
        if self.batch.len() >= BATCH || self.bytes >= BYTES || waits.elapsed() >= WAITS {
            self.hand_on()?;
        }
        Ok(())
    }

    /// Notes a message that can't be fetched now, or not any more.
    pub(super) fn miss(&mut self, listed: Listed, expected: ExpectedMail, missing: &Missing) {
        let why = Why::new(Reason::NotDownloaded, missing.words());
        let fate = match (missing, expected) {
            (Missing::Gone, ExpectedMail::New { .. }) => {
                self.gone.insert(listed.key);
                return;
            }
            // A person has seen it in the ledger, and must be told that it will not come any more.
            (Missing::Gone, ExpectedMail::Source { .. }) => Fate::Held(why),
            (Missing::Refused(_) | Missing::CutShort(_), _) => Fate::Retrying { why, next: now() },
        };
        self.note(listed, expected, fate, None);
    }

    /// Adds a message that is known but not downloaded, with its fate and what its header says.
    pub(super) fn note(&mut self, listed: Listed, expected: ExpectedMail, fate: Fate, header: Option<Box<Message>>) {
        self.put(listed, expected, MailContent::NotHere { fate, header });
    }

    fn put(&mut self, listed: Listed, expected: ExpectedMail, content: MailContent) {
        let Listed { key, size, internal_date: received } = listed;
        let import = self.import;
        self.batch.push(Incoming { key, size, received, expected, content, call: None, import });
    }

    /// The messages that were gone, once everything is passed on.
    pub(super) fn into_gone(self) -> HashSet<SourceKey> {
        self.gone
    }

    /// Passes on what is here after a download, unless that was told to stop.
    pub(super) fn hand_on_after(&mut self, fetched: Result<(), PassError>) -> Result<(), PassError> {
        if !matches!(fetched, Err(PassError::Stopped)) {
            self.hand_on()?;
        }
        fetched
    }

    /// Passes on what is here, and waits where the keeping side is slower.
    pub(super) fn hand_on(&mut self) -> Result<(), PassError> {
        self.bytes = 0;
        self.first = None;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        // If keeping has failed, nobody receives it any more; that side reports why.
        self.hand_on.send(batch).map_err(|_| PassError::Stopped)
    }
}

/// The note on a message whose size is not the one that its server announced.
fn size_note(announced: u64, came: u64, how: Came) -> Option<Sentence> {
    match (how, announced) {
        (Came::Fewer, _) => Some(say!("note-size-twice", announced, came)),
        (Came::All, 0) => Some(say!("note-size-none")),
        (Came::All, _) if came != announced => Some(say!("note-size-other", announced, came)),
        (Came::All, _) => None,
    }
}

/// When the mail server is to be told of a mail; None where it never is.
fn tell(server: &IncomingServer, abilities: Abilities, came: Came) -> Option<AcknowledgeWhen> {
    let due = match (server.after_fetch, came) {
        (AfterFetch::Keep, _) => return None,
        (AfterFetch::Delete, Came::All) => now() + TimeDelta::days(i64::from(server.delete_after_days)),
        // The mail can only be marked or moved.
        (AfterFetch::Seen | AfterFetch::Move, _) | (AfterFetch::Delete, Came::Fewer) => match abilities.marks {
            true => now(),
            false => return None,
        },
    };
    Some(AcknowledgeWhen { due, came })
}

/// Batches that wait to be kept.
pub(super) const WAITING: usize = 1;

/// What the keeping side did, and how it ended.
pub(super) struct Keeping {
    /// New messages that were committed.
    pub kept: u32,
    pub settled: Vec<SettledMessage>,
    pub outcome: Result<(), PassError>,
}

/// The keeping side.
pub(super) struct MailKeeper<'a> {
    pub pipeline: &'a Pipeline,
    pub server: &'a Arc<IncomingServer>,
    pub mailbox: &'a MailboxRow,
    pub stop: &'a Stop,
    pub progress: &'a Progress,
}

impl MailKeeper<'_> {
    /// Keeps and settles the batches in order, until no more come or one fails.
    pub(super) fn run(&self, arriving: Receiver<Vec<Incoming>>) -> Keeping {
        let mut keeping = Keeping { kept: 0, settled: Vec::new(), outcome: Ok(()) };
        for batch in arriving {
            keeping.outcome = self.keep(batch, &mut keeping);
            if keeping.outcome.is_err() {
                break;
            }
        }
        keeping
    }

    fn keep(&self, mut batch: Vec<Incoming>, keeping: &mut Keeping) -> Result<(), PassError> {
        let Self { pipeline, server, mailbox, stop, progress } = *self;
        if stop.requested() {
            // What is not kept is not acknowledged either: the next pass finds it again.
            return Err(PassError::Stopped);
        }
        let kept = keep(pipeline, server, mailbox, &mut batch)?;
        drop(batch);
        let (mut waiting, mut settled) = (Vec::new(), Vec::new());
        for one in kept {
            match one {
                KeptMail::Here(entry, message) => waiting.push((*entry, message)),
                KeptMail::NotHere(message, fate) => settled.push(SettledMessage { message, fate }),
                KeptMail::Before(_) => {}
            }
        }
        keeping.kept += u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        waiting.iter().for_each(|_| progress.kept());
        if !waiting.is_empty() {
            settled.extend(settle(pipeline, server, waiting)?);
        }
        settled.iter().for_each(|_| progress.settled());
        keeping.settled.extend(settled);
        Ok(())
    }
}

/// How many messages of a mailbox may have parts here. Only one is fetched at a time; another one begins only while smaller
/// ones came in between.
const MESSAGES: usize = 3;

/// How long a pass fetches large messages before it leaves its place at the mail server to another mailbox that waits.
const TURN: Duration = Duration::from_secs(15);

/// What has come so far of a mailbox's large messages, in the database: it survives a session, a pass and a restart, on
/// whichever node the mailbox is fetched next.
pub(super) struct KeptParts<'a> {
    store: &'a Store,
    mailbox: MailboxId,
    stop: &'a Stop,
    progress: &'a Progress,
    begun: Instant,
    /// Parts may have been kept.
    any: bool,
    /// It stopped because another mailbox waits for the place.
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

    /// To be called when the message is in the ledger, or gone.
    pub(super) fn done(&self, key: &SourceKey) -> Result<(), StoreError> {
        // Most messages come in one go, without parts.
        match self.any {
            true => self.store.write(|db| message_parts::forget(db, self.mailbox, &[key.to_string()])),
            false => Ok(()),
        }
    }

    fn attempt(&self, what: &str, work: impl FnOnce(MailboxId) -> Result<(), StoreError>) {
        // Without its parts a message is fetched from its beginning the next time, which is no reason to stop now.
        if let Err(error) = work(self.mailbox) {
            tracing::warn!(mailbox = %self.mailbox, %error, "parts of a large message could not be {what}");
        }
    }
}

/// Whether another mailbox has waited long enough for this pass's place.
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
            let part = NewPart { mailbox, key: &key, size: listed.size, at, bytes };
            self.store.write(|db| message_parts::add(db, part, MESSAGES))
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

/// Drops the parts of messages that are not to be fetched any more: they are here by now, gone, or of an older UIDVALIDITY.
pub(super) fn tidy_parts<'k>(
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
