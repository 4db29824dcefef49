//! One whole pass over one incoming server.

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::download::{self, Basket, Keeping, KeptParts, MailKeeper, WAITING};
use super::passes::Progress;
use super::scope::{self, ImportPart};
use super::{Fetcher, acknowledge};
use crate::background::{Bell, Stop};
use crate::domain::expiry::{CertificateTaken, Nameless};
use crate::domain::fetching::{ImportState, PassTally};
use crate::domain::id::{ImportId, MessageId};
use crate::domain::ledger::Fate;
use crate::domain::message::{Message, SourceKey};
use crate::domain::now;
use crate::domain::server::{Access, IncomingServer};
use crate::domain::words::{Complaint, Sentence};
use crate::mailbox::{self, LARGE, Listed, Mailbox, MailboxError, MailboxProblem};
use crate::pipeline::keep::{self, ExpectedMail};
use crate::pipeline::settle::{SettledMessage, resume_server};
use crate::pipeline::{Pipeline, read_header};
use crate::say;
use crate::store::blob::BlobError;
use crate::store::mailboxes::{self, MailboxRow};
use crate::store::messages::known;
use crate::store::server_status::{self, ServerStatus};
use crate::store::{QueryError, Store, StoreError, imports};

/// Why a pass ended early. What it kept until then stays, and the next pass goes on.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A large message could not be written to the spool folder.
    #[error("a message could not be put down on its way: {0}")]
    Spool(#[from] std::io::Error),
    /// This many messages that the server shows were neither kept nor noted.
    #[error("{0} messages that the mail server shows could be neither kept nor noted")]
    Unaccounted(usize),
    /// The server refuses everything that it is told, in these words.
    #[error("the mail server refuses what it is told of messages: {0}")]
    Untold(Sentence),
    /// Another mailbox waits for its place at the mail server; with what it has brought until then.
    #[error("gave its place to another mailbox")]
    GaveWay(PassTally),
    #[error("told to stop")]
    Stopped,
    /// A person stopped the import that it was fetching; the next pass fetches everything else.
    #[error("the import was stopped")]
    Halted,
}

impl From<QueryError> for PassError {
    fn from(error: QueryError) -> Self {
        PassError::Store(error.into())
    }
}

impl From<BlobError> for PassError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Store(error) => PassError::Store(error),
            BlobError::Io(error) => PassError::Spool(error),
        }
    }
}

/// The server is told at the end of a pass; where that takes effect at once, also after this many messages.
const TOLD_EVERY: usize = 1_000;

/// Opens the mailbox, keeps what is new, routes and delivers it, acknowledges it (and what was due from before), and signs
/// out or lets the session wait for mail. The caller holds the server's lock. A fault in one message never ends a pass; one
/// of the server does, and the next pass continues from there.
pub fn pass(
    fetcher: &Fetcher,
    server: &Arc<IncomingServer>,
    stop: &Stop,
    progress: &Progress,
) -> Result<PassTally, PassError> {
    let pipeline = &fetcher.pipeline;
    if matches!(server.access, Access::Local { maildir: None }) {
        return only_piped(pipeline, server);
    }
    let warning = pipeline.store.read(|db| server_status::get(db, server.id))?.warning;
    let mut session = match fetcher.push.resume(server) {
        Some(waiting) => waiting,
        None => sign_in(fetcher, server).inspect_err(|error| not_connected(fetcher, server, error))?,
    };
    if let Some(rest) = session.rest() {
        progress.must_rest(rest);
    }
    let visited = MailboxVisit::new(pipeline, server.clone(), &mut *session, stop, progress).run_noting();
    match &visited {
        // The session itself is in order.
        Ok(_) | Err(PassError::Untold(_) | PassError::Unaccounted(_) | PassError::GaveWay(_) | PassError::Halted) => {
            fetcher.push.keep(server, session, true);
        }
        Err(error) => not_connected(fetcher, server, error),
    }
    let (tally, closed) = visited?;
    if closed != warning {
        pipeline.store.write(|db| server_status::set_warning(db, server.id, closed.as_ref()))?;
    }
    Ok(tally)
}

/// Connects to a server and lets the session wait for mail. It fetches nothing: an announcement starts a [`pass`].
pub fn listen(fetcher: &Fetcher, server: &Arc<IncomingServer>) {
    match sign_in(fetcher, server) {
        Ok(session) => fetcher.push.keep(server, session, false),
        Err(error) => {
            tracing::info!(server = %server.name, %error, "no connection on which mail would be announced");
            not_connected(fetcher, server, &error);
        }
    }
}

fn not_connected(fetcher: &Fetcher, server: &IncomingServer, why: &PassError) {
    match why {
        PassError::Mailbox(error) => fetcher.push.not_connected(server.id, error),
        _ => fetcher.push.interrupted(server.id),
    }
}

/// Begins a new session.
fn sign_in(fetcher: &Fetcher, server: &IncomingServer) -> Result<Box<dyn Mailbox>, PassError> {
    let credential = fetcher.keeper().credential(server)?;
    let status = fetcher.pipeline.store.read(|db| server_status::get(db, server.id))?;
    let nameless = Nameless::since(status.nameless_since, now());
    let environment = mailbox::Environment { nameless, ..fetcher.environment.clone() };
    let session = mailbox::sign_in(server, credential, &environment)?;
    remember_certificate(&fetcher.pipeline, server, &status, session.certificate().as_ref())?;
    Ok(session)
}

/// Written only when it changes.
fn remember_certificate(
    pipeline: &Pipeline,
    server: &IncomingServer,
    known: &ServerStatus,
    shown: Option<&CertificateTaken>,
) -> Result<(), StoreError> {
    let is_nameless = shown.is_some_and(|taken| taken.is_nameless);
    let since = if is_nameless { known.nameless_since.or_else(|| Some(now())) } else { None };
    let same = known.certificate_sha256.as_deref() == shown.map(|taken| taken.sha256.as_str())
        && known.certificate_until == shown.map(|taken| taken.until);
    if same && since == known.nameless_since {
        return Ok(());
    }
    if since != known.nameless_since {
        tracing::warn!(server = %server.name, ?since, "the server's certificate has no alternative names, or has them again");
    }
    pipeline.store.write(|db| server_status::set_certificate(db, server.id, shown, since))
}

/// For a server that only `mailgate deliver` feeds: there is nowhere to fetch from, but unfinished mail is taken up again.
fn only_piped(pipeline: &Pipeline, server: &IncomingServer) -> Result<PassTally, PassError> {
    let mut tally = PassTally::default();
    count(&mut tally, &resume_server(pipeline, server.id)?);
    Ok(tally)
}

/// An import that is being fetched.
struct ImportWatch {
    id: ImportId,
    /// Requested when the pass, or this import, is to end.
    halt: Stop,
    /// How many of its messages are here, if this many of the pass were settled.
    done: i32,
    settled: u32,
}

/// Rings a bell when it is dropped, so however its work ends.
#[derive(Default)]
struct RungAtEnd(Bell);

impl Drop for RungAtEnd {
    fn drop(&mut self) {
        self.0.ring();
    }
}

/// How often people's decisions about an import are read while it is fetched, and its progress is written.
const LOOK: Duration = Duration::from_secs(1);

impl ImportWatch {
    /// Does so until the bell rings, and then once more: whoever stops or undoes the import, on whichever node, need not
    /// wait for the end of the pass.
    fn look_after(&self, store: &Store, progress: &Progress, ended: &Bell) {
        let mut is_over = false;
        while !is_over {
            is_over = ended.wait(0, LOOK) > 0 || self.halt.requested();
            let settled = progress.snapshot().settled.saturating_sub(self.settled);
            let done = self.done.saturating_add(i32::try_from(settled).unwrap_or(i32::MAX));
            match store.write(|db| imports::came_to(db, self.id, done)) {
                Ok(state) if state.is_some_and(ImportState::is_left_out) => self.halt.request(),
                Ok(_) => {}
                Err(error) => tracing::warn!(import = %self.id, %error, "how far it has come could not be written"),
            }
        }
    }
}

/// Whether the error is about the folder or its messages. One of the server itself ends the pass.
fn is_of_the_folder(error: &MailboxError) -> bool {
    use MailboxProblem::{Cut, Folder, Protocol, Timeout};
    matches!(error.problem, Folder | Protocol | Cut | Timeout)
}

/// Bytes that are asked for at once, between two looks whether another mailbox waits for this pass's place.
const ASKED_AT_ONCE: u64 = 4 << 20;

/// A session with an account, through the steps of a pass in each of its folders; [`pass`] takes all steps.
pub struct MailboxVisit<'a> {
    pipeline: &'a Pipeline,
    server: Arc<IncomingServer>,
    session: &'a mut dyn Mailbox,
    stop: &'a Stop,
    progress: &'a Progress,
    begun: Instant,
    tally: PassTally,
    told_on_close: Vec<MessageId>,
    /// The large messages among those that are being fetched.
    large: Vec<(Listed, ExpectedMail)>,
    /// What is to be fetched after the new mail of all folders.
    put_off: Vec<PutOff>,
    /// What went wrong in one of several folders.
    failed: Option<MailboxError>,
    /// How many messages the server showed that were neither kept nor noted nor out of scope nor gone at the end.
    unaccounted: usize,
    /// The server refused everything that it was told, in these words.
    refusal: Option<Sentence>,
}

/// What is left to fetch in a folder after its new mail: an import of old mail, and large mail.
struct PutOff {
    folder: String,
    mailbox: MailboxRow,
    /// All that the server shows there.
    present: HashSet<SourceKey>,
    import: Option<ImportPart>,
    large: Vec<LargeMail>,
    /// Nothing of it was stopped by a person.
    is_whole: bool,
}

struct LargeMail {
    listed: Listed,
    expected: ExpectedMail,
    import: Option<ImportId>,
}

impl PutOff {
    /// How many messages of the import are here, while this many are not.
    fn done(&self, left: usize) -> i32 {
        let found = self.import.as_ref().map_or(0, |import| import.row.found);
        found - i32::try_from(left).unwrap_or(found)
    }
}

impl<'a> MailboxVisit<'a> {
    pub fn new(
        pipeline: &'a Pipeline,
        server: Arc<IncomingServer>,
        session: &'a mut dyn Mailbox,
        stop: &'a Stop,
        progress: &'a Progress,
    ) -> Self {
        Self {
            pipeline,
            server,
            session,
            stop,
            progress,
            begun: Instant::now(),
            tally: PassTally::default(),
            told_on_close: Vec::new(),
            large: Vec::new(),
            put_off: Vec::new(),
            failed: None,
            unaccounted: 0,
            refusal: None,
        }
    }

    /// Takes every step.
    pub fn run(self) -> Result<PassTally, PassError> {
        Ok(self.run_noting()?.0)
    }

    /// Takes every step in each folder, and says which folders could not be opened. What goes wrong in one does not keep the
    /// others from being fetched.
    fn run_noting(mut self) -> Result<(PassTally, Option<Sentence>), PassError> {
        let left = resume_server(self.pipeline, self.server.id)?;
        self.count(&left);
        let mut closed = Vec::new();
        // A pass that gives way, or leaves an import, ends its session like a finished one.
        let ended_early = match self.folders(&mut closed) {
            Ok(()) => None,
            Err(early @ (PassError::GaveWay(_) | PassError::Halted)) => Some(early),
            Err(error) => return Err(error),
        };
        // With POP, what was told takes effect when the session is closed. Any other session may go on.
        if self.session.abilities().tells_at_close {
            self.session.close()?;
            acknowledge::closed(self.pipeline, &self.told_on_close)?;
        }
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let closed: Vec<Sentence> = closed.iter().map(|error: &MailboxError| error.complaint.in_full()).collect();
        match (self.unaccounted, self.refusal, ended_early) {
            (0, None, None) => Ok((self.tally, (!closed.is_empty()).then(|| Sentence::several(closed)))),
            (0, None, Some(PassError::GaveWay(_))) => Err(PassError::GaveWay(self.tally)),
            (0, None, Some(early)) => Err(early),
            (0, Some(said), _) => Err(PassError::Untold(said)),
            (count, ..) => Err(PassError::Unaccounted(count)),
        }
    }

    /// New mail of all folders comes first: nobody's new mail waits for an import or for large mail.
    fn folders(&mut self, closed: &mut Vec<MailboxError>) -> Result<(), PassError> {
        let server = self.server.clone();
        let folders = server.folders();
        for folder in &folders {
            self.check()?;
            match self.session.enter(folder) {
                Ok(()) => {}
                Err(error) if error.problem == MailboxProblem::Folder => {
                    closed.push(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            self.step(folder, folders.len() > 1, |visit| visit.visit(folder))?;
        }
        if closed.len() == folders.len() {
            return Err(closed.remove(0).into());
        }
        for mut put_off in std::mem::take(&mut self.put_off) {
            let folder = put_off.folder.clone();
            self.step(&folder, folders.len() > 1, |visit| {
                if folders.len() > 1 {
                    visit.session.enter(&put_off.folder)?;
                }
                visit.take_in_import(&mut put_off)?;
                visit.put_off.push(put_off);
                Ok(())
            })?;
        }
        for put_off in std::mem::take(&mut self.put_off) {
            let folder = put_off.folder.clone();
            self.step(&folder, folders.len() > 1, |visit| visit.take_in_large(put_off, folders.len() > 1))?;
        }
        Ok(())
    }

    /// Takes a step in one folder. If there are several, what goes wrong with this one alone is reported at the end.
    fn step(
        &mut self,
        folder: &str,
        several: bool,
        step: impl FnOnce(&mut Self) -> Result<(), PassError>,
    ) -> Result<(), PassError> {
        let refusal = self.refusal.take();
        match step(self) {
            Err(PassError::Mailbox(error)) if several && is_of_the_folder(&error) => {
                self.failed.get_or_insert_with(|| in_folder(folder, error));
            }
            taken => taken?,
        }
        self.refusal = refusal.or(self.refusal.take());
        Ok(())
    }

    /// Fetches the new mail of the open folder, except large messages.
    fn visit(&mut self, folder: &str) -> Result<(), PassError> {
        self.large.clear();
        let survey = self.session.survey()?;
        self.check()?;
        let server = self.server.clone();
        let mailbox = scope::decide(&self.pipeline.store, (&server, folder), self.session, &survey)?;
        let mut new = scope::find_new(&self.pipeline.store, self.session.abilities(), &mailbox, &survey)?;
        download::tidy_parts(&self.pipeline.store, &mailbox, new.iter().map(|(key, _)| key))?;
        let import = scope::import_of(&self.pipeline.store, &mailbox, &mut new)?;
        let is_whole = import.as_ref().is_none_or(|import| !import.row.state.is_left_out());
        let import = import.filter(|_| is_whole);
        self.progress.found(new.len() + import.as_ref().map_or(0, |import| import.members.len()));
        let present: HashSet<SourceKey> = survey.keys.iter().cloned().collect();
        drop(survey);
        // Where telling takes effect only at the end of the session, it is done once, at the end.
        let at_the_end = self.session.abilities().tells_at_close;
        for some in new.chunks(TOLD_EVERY) {
            self.take_in(&mailbox, some, None)?;
            if !at_the_end {
                self.acknowledge(&mailbox, &present)?;
            }
        }
        // If an import follows, it is done after that.
        let follows = import.as_ref().is_some_and(|import| !import.members.is_empty());
        if !follows && (at_the_end || new.is_empty()) {
            self.acknowledge(&mailbox, &present)?;
        }
        let large = self.take_large(None).collect();
        let put_off = PutOff { folder: folder.to_owned(), mailbox, present, import, large, is_whole };
        match put_off.import.is_none() && put_off.large.is_empty() {
            true => self.finish(&put_off),
            false => {
                self.put_off.push(put_off);
                Ok(())
            }
        }
    }

    /// Everything in this folder that can be fetched is here.
    fn finish(&self, done: &PutOff) -> Result<(), PassError> {
        if let Some(import) = &done.import {
            self.pipeline.store.write(|db| imports::finish(db, import.row.id))?;
        }
        if !done.mailbox.backlog_done && done.is_whole {
            self.pipeline.store.write(|db| mailboxes::set_backlog_done(db, done.mailbox.id))?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), PassError> {
        if self.stop.requested() { Err(PassError::Stopped) } else { Ok(()) }
    }

    /// Downloads, keeps, routes and delivers these; messages that are too large are only noted, and large ones are put off.
    /// All of it is committed when this returns.
    fn take_in(
        &mut self,
        mailbox: &MailboxRow,
        some: &[(SourceKey, ExpectedMail)],
        import: Option<&ImportWatch>,
    ) -> Result<(), PassError> {
        let large_before = self.large.len();
        let mut absent = self.keeping(mailbox, import, |visit, basket| visit.download(some, basket))?;
        absent.extend(self.large[large_before..].iter().map(|(listed, _)| listed.key.clone()));
        self.account(mailbox, some.iter().map(|(key, _)| key), &absent)
    }

    /// Fetches the rest of an import, except large messages, until all of it is here or a person decides otherwise.
    fn take_in_import(&mut self, put_off: &mut PutOff) -> Result<(), PassError> {
        let Some(import) = &mut put_off.import else { return Ok(()) };
        let (id, members) = (import.row.id, std::mem::take(&mut import.members));
        let mut left = members.len();
        let store = &self.pipeline.store;
        store.write(|db| imports::pass_begins(db, id, put_off.done(left)))?;
        for some in members.chunks(TOLD_EVERY) {
            self.take_in(&put_off.mailbox, some, Some(&self.watch(id, put_off.done(left))))?;
            put_off.large.extend(self.take_large(Some(id)));
            left -= some.len();
            if !self.session.abilities().tells_at_close {
                self.acknowledge(&put_off.mailbox, &put_off.present)?;
            }
            let large = put_off.large.iter().filter(|one| one.import.is_some()).count();
            self.go_on(id, put_off.done(left + large))?;
        }
        put_off.large.extend(self.take_large(None));
        if self.session.abilities().tells_at_close {
            self.acknowledge(&put_off.mailbox, &put_off.present)?;
        }
        Ok(())
    }

    /// The large messages that were found since the last call.
    fn take_large(&mut self, import: Option<ImportId>) -> impl Iterator<Item = LargeMail> + use<> {
        let large = std::mem::take(&mut self.large).into_iter();
        large.map(move |(listed, expected)| LargeMail { listed, expected, import })
    }

    fn watch(&self, import: ImportId, done: i32) -> ImportWatch {
        ImportWatch { id: import, halt: self.stop.child(), done, settled: self.progress.snapshot().settled }
    }

    /// Writes how far an import is, and leaves it if a person has decided so meanwhile.
    fn go_on(&self, import: ImportId, done: i32) -> Result<(), PassError> {
        let state = self.pipeline.store.write(|db| imports::came_to(db, import, done))?;
        if state.is_some_and(ImportState::is_left_out) { Err(PassError::Halted) } else { Ok(()) }
    }

    /// Large messages come last, the smallest first: over a slow line they may take hours, and nobody else's mail shall wait
    /// for them. If there are several folders, the right one is opened again.
    fn take_in_large(&mut self, mut put_off: PutOff, several: bool) -> Result<(), PassError> {
        let mut large = std::mem::take(&mut put_off.large);
        if !large.is_empty() {
            let at_the_end = self.session.abilities().tells_at_close;
            if several {
                self.session.enter(&put_off.folder)?;
            }
            if at_the_end && !self.told_on_close.is_empty() && self.session.rest().is_none() {
                // If the line broke meanwhile, the server would forget what it was told.
                self.session.close()?;
                acknowledge::closed(self.pipeline, &std::mem::take(&mut self.told_on_close))?;
            }
            // Messages that could not be fetched before come last, so that they stop no other.
            large.sort_by_key(|one| (matches!(one.expected, ExpectedMail::Source { .. }), one.listed.size));
            let mut left = large.iter().filter(|one| one.import.is_some()).count();
            for one in large {
                self.check()?;
                self.give_way()?;
                let done = put_off.done(left);
                if let Some(import) = one.import {
                    self.go_on(import, done)?;
                    left -= 1;
                }
                self.take_in_one(&put_off.mailbox, one, done)?;
                if !at_the_end {
                    self.acknowledge(&put_off.mailbox, &put_off.present)?;
                }
            }
            if at_the_end {
                self.acknowledge(&put_off.mailbox, &put_off.present)?;
            }
        }
        self.finish(&put_off)
    }

    fn take_in_one(&mut self, mailbox: &MailboxRow, one: LargeMail, done: i32) -> Result<(), PassError> {
        let LargeMail { listed, expected, import } = one;
        let (pipeline, key) = (self.pipeline, listed.key.clone());
        let watch = import.map(|import| self.watch(import, done));
        let stop = watch.as_ref().map_or(self.stop, |watch| &watch.halt);
        let mut kept = KeptParts::new(&pipeline.store, mailbox, stop, self.progress, self.begun);
        let before = self.tally.fetched;
        let taken = self.keeping(mailbox, watch.as_ref(), |visit, basket| {
            let fetched = basket.fetch_large(visit.session, (listed, expected), &mut kept);
            basket.hand_on_after(fetched)
        });
        self.progress.large(None);
        match taken {
            Err(PassError::Stopped) if kept.gave_way => Err(PassError::GaveWay(self.tally)),
            taken => {
                let gone = taken?;
                if self.tally.fetched > before || gone.contains(&key) {
                    kept.done(&key)?;
                }
                self.account(mailbox, [&key].into_iter(), &gone)
            }
        }
    }

    /// Ends the pass if another mailbox has waited long enough for its place at the mail server.
    fn give_way(&self) -> Result<(), PassError> {
        match download::must_give_way(self.progress, self.begun) {
            true => Err(PassError::GaveWay(self.tally)),
            false => Ok(()),
        }
    }

    /// Runs a download, and beside it the keeping of what it brings. Returns the keys of new messages that were gone before
    /// they were fetched.
    fn keeping(
        &mut self,
        mailbox: &MailboxRow,
        import: Option<&ImportWatch>,
        download: impl FnOnce(&mut Self, &mut Basket<'_>) -> Result<(), PassError>,
    ) -> Result<HashSet<SourceKey>, PassError> {
        let Self { pipeline, progress, .. } = *self;
        let stop = import.map_or(self.stop, |import| &import.halt);
        let server = self.server.clone();
        let keeper = MailKeeper { pipeline, server: &server, mailbox, stop, progress };
        let abilities = self.session.abilities();
        let (hand_on, arriving) = sync_channel(WAITING);
        let (taken, keeping) = std::thread::scope(|scope| {
            let ended = RungAtEnd::default();
            if let Some(import) = import {
                let ended = ended.0.clone();
                scope.spawn(move || import.look_after(&pipeline.store, progress, &ended));
            }
            let keeping = scope.spawn(move || keeper.run(arriving));
            let mut basket = Basket::new(&server, abilities, stop, import.map(|import| import.id), hand_on);
            let taken = download(self, &mut basket);
            let gone = basket.into_gone();
            (taken.map(|()| gone), keeping.join())
        });
        let Keeping { kept, settled, outcome } = keeping.unwrap_or_else(|panic| resume_unwind(panic));
        self.tally.fetched += kept;
        self.count(&settled);
        // If keeping failed, that stopped the download.
        outcome.and(taken).map_err(|error| match error {
            PassError::Stopped if stop.requested() && !self.stop.requested() => PassError::Halted,
            error => error,
        })
    }

    /// Asks the ledger itself whether every message that was to be fetched is in it now, or is absent (gone, or to come
    /// later).
    fn account<'k>(
        &mut self,
        mailbox: &MailboxRow,
        some: impl Iterator<Item = &'k SourceKey>,
        absent: &HashSet<SourceKey>,
    ) -> Result<(), PassError> {
        let shown = some.filter(|key| !absent.contains(key));
        let shown: Vec<String> = shown.map(ToString::to_string).collect();
        let known = self.pipeline.store.read(|db| known::newest(db, mailbox.id, &shown))?;
        self.unaccounted += shown.len().saturating_sub(known.len());
        Ok(())
    }

    /// Downloads these messages, except large ones, which are put off.
    fn download(&mut self, some: &[(SourceKey, ExpectedMail)], basket: &mut Basket<'_>) -> Result<(), PassError> {
        for some in some.chunks(scope::LISTED_AT_ONCE) {
            self.check()?;
            let keys: Vec<SourceKey> = some.iter().map(|(key, _)| key.clone()).collect();
            let mut listed = Vec::with_capacity(some.len());
            for ((key, expected), answer) in some.iter().zip(self.session.list(&keys)?) {
                match answer {
                    Ok(one) => listed.push((one, *expected)),
                    Err(missing) => {
                        let unlisted = Listed { key: key.clone(), size: 0, internal_date: None };
                        basket.miss(unlisted, *expected, &missing);
                    }
                }
            }
            let (wanted, too_large): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(listed, expected)| {
                matches!(expected, ExpectedMail::Source { .. }) || listed.size <= self.server.size_limit()
            });
            let headers = self.headers(&too_large);
            for ((listed, expected), header) in too_large.into_iter().zip(headers) {
                let fate = Fate::Held(keep::too_large(listed.size, &self.server));
                basket.note(listed, expected, fate, header);
            }
            let (large, small): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(listed, _)| listed.size > LARGE);
            self.large.extend(large);
            let mut small = small.into_iter().peekable();
            // Messages that were only noted are passed on, too.
            basket.hand_on()?;
            while small.peek().is_some() {
                let mut bytes = 0;
                let asked = std::iter::from_fn(|| {
                    let next = small.next_if(|_| bytes < ASKED_AT_ONCE)?;
                    bytes += next.0.size;
                    Some(next)
                });
                let fetched = basket.fetch(self.session, asked.collect());
                basket.hand_on_after(fetched)?;
                self.give_way()?;
            }
        }
        Ok(())
    }

    /// Reads the headers of these messages, as far as the server shows them: a message is noted even without its header.
    fn headers(&mut self, those: &[(Listed, ExpectedMail)]) -> Vec<Option<Box<Message>>> {
        if those.is_empty() {
            return Vec::new();
        }
        let keys: Vec<SourceKey> = those.iter().map(|(listed, _)| listed.key.clone()).collect();
        let shown = self.session.headers(&keys).unwrap_or_else(|error| {
            tracing::warn!(server = %self.server.name, %error, "headers of messages above the limit were not shown");
            vec![None; keys.len()]
        });
        let read = |(header, (listed, _)): (Option<Vec<u8>>, &(Listed, ExpectedMail))| {
            read_header(&header?, listed.internal_date.unwrap_or_else(now)).map(Box::new)
        };
        shown.into_iter().zip(those).map(read).collect()
    }

    /// Tells the server what is due. If other mail is found under a known key, it is fetched, and the server is told about
    /// it, too.
    fn acknowledge(&mut self, mailbox: &MailboxRow, present: &HashSet<SourceKey>) -> Result<(), PassError> {
        self.check()?;
        let told = acknowledge::acknowledge(self.pipeline, &self.server, mailbox, self.session, present)?;
        self.told_on_close.extend(told.on_close);
        self.refusal = told.refusal;
        if told.replaced.is_empty() {
            return Ok(());
        }
        let replaced = scope::next_generation(&self.pipeline.store, mailbox, &told.replaced)?;
        self.take_in(mailbox, &replaced, None)?;
        let told = acknowledge::acknowledge(self.pipeline, &self.server, mailbox, self.session, present)?;
        self.told_on_close.extend(told.on_close);
        Ok(())
    }

    fn count(&mut self, settled: &[SettledMessage]) {
        count(&mut self.tally, settled);
    }
}

/// Names the folder in which something went wrong.
fn in_folder(folder: &str, error: MailboxError) -> MailboxError {
    let what = say!("fetch-in-folder", folder, why = error.complaint.what);
    MailboxError { complaint: Complaint::new(what, error.complaint.remedy), ..error }
}

fn count(tally: &mut PassTally, settled: &[SettledMessage]) {
    for one in settled {
        let counter = match one.fate {
            Fate::NewRecord { .. } | Fate::Reply { .. } | Fate::Arrived { .. } => &mut tally.delivered,
            Fate::Held(_) => &mut tally.held,
            Fate::Ignored(_) => &mut tally.ignored,
            Fate::Retrying { .. } => &mut tally.retrying,
            Fate::Queued { .. } | Fate::Refused(_) => continue,
        };
        *counter += 1;
    }
}
