//! One whole pass over one incoming server.

use std::collections::{HashMap, HashSet};

use super::basket::{BYTES, Basket};
use super::fetched::Expected;
use super::progress::Progress;
use super::settle::{BATCH, Settled, resume_server};
use super::stop::Stop;
use super::{Intake, PassError, acknowledge, keep, scope};
use crate::domain::id::{MessageId, ServerId};
use crate::domain::ledger::{Reason, State};
use crate::domain::server::IncomingServer;
use crate::domain::source::SourceKey;
use crate::domain::tally::Tally;
use crate::ledger::{self, Kept};
use crate::mailbox::{self, Listed, Mailbox as Session};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::servers;

/// The server is told at the end of a pass, and each time so many messages were fetched.
const TOLD_EVERY: usize = 1_000;

/// Opens the mailbox, keeps what is new, routes and delivers it, acknowledges (also what was due from before) and
/// signs out. The caller holds the server's lock. What is found wrong with one message never ends a pass; what is
/// wrong with the server does, and the next pass goes on from there.
pub fn pass(intake: &Intake, server: ServerId, stop: &Stop, progress: &Progress) -> Result<Tally, PassError> {
    let (server, password) = intake.store.read(|db| {
        let stored = servers::get(db, server)?.ok_or(PassError::NoServer(server))?;
        let password = servers::password(db, &intake.key, server)?;
        Ok::<_, PassError>((stored.server, password))
    })?;
    let mut session = mailbox::open(&server, &password, &intake.environment)?;
    Visit::new(intake, &server, &mut *session, stop, progress).run()
}

/// One session with a mailbox, step by step; [`pass`] takes all steps.
pub struct Visit<'a> {
    intake: &'a Intake,
    server: &'a IncomingServer,
    session: &'a mut dyn Session,
    stop: &'a Stop,
    progress: &'a Progress,
    tally: Tally,
    told_on_close: Vec<MessageId>,
}

impl<'a> Visit<'a> {
    pub fn new(
        intake: &'a Intake,
        server: &'a IncomingServer,
        session: &'a mut dyn Session,
        stop: &'a Stop,
        progress: &'a Progress,
    ) -> Self {
        Self { intake, server, session, stop, progress, tally: Tally::default(), told_on_close: Vec::new() }
    }

    /// Takes every step.
    pub fn run(mut self) -> Result<Tally, PassError> {
        let left = resume_server(self.intake, Some(self.server.id))?;
        self.count(&left);
        let survey = self.session.survey()?;
        self.check()?;
        let mailbox = scope::decide(&self.intake.store, self.server, self.session, &survey)?;
        let new = scope::find_new(&self.intake.store, self.server, &mailbox, &survey)?;
        self.progress.found(new.len());
        let present: HashSet<SourceKey> = survey.keys.iter().cloned().collect();
        drop(survey);
        for some in new.chunks(TOLD_EVERY) {
            self.take_in(&mailbox, some)?;
            self.acknowledge(&mailbox, &present)?;
        }
        if new.is_empty() {
            self.acknowledge(&mailbox, &present)?;
        }
        if !mailbox.backlog_done {
            self.intake.store.write(|db| mailboxes::set_backlog_done(db, mailbox.id))?;
        }
        self.session.close()?;
        acknowledge::closed(self.intake, &self.told_on_close)?;
        Ok(self.tally)
    }

    fn check(&self) -> Result<(), PassError> {
        if self.stop.requested() { Err(PassError::Stopped) } else { Ok(()) }
    }

    /// Downloads, keeps, routes and delivers these; what is too large is only noted.
    fn take_in(&mut self, mailbox: &Mailbox, some: &[(SourceKey, Expected)]) -> Result<(), PassError> {
        for some in some.chunks(scope::LISTED_AT_ONCE) {
            self.check()?;
            let keys: Vec<SourceKey> = some.iter().map(|(key, _)| key.clone()).collect();
            let mut expected: HashMap<&SourceKey, Expected> = some.iter().map(|(key, e)| (key, *e)).collect();
            let listed = self.session.list(&keys)?;
            let listed: Vec<_> = listed.into_iter().filter_map(|l| Some((expected.remove(&l.key)?, l))).collect();
            self.give_up(expected.into_values())?;
            let (small, large): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(expected, listed)| {
                matches!(expected, Expected::Source { .. }) || listed.size <= self.server.size_limit()
            });
            self.note_large(mailbox, large)?;
            self.fetch(mailbox, small)?;
        }
        Ok(())
    }

    /// Messages that were to be downloaded and are not on the server any more: a person must know.
    fn give_up(&mut self, missing: impl Iterator<Item = Expected>) -> Result<(), PassError> {
        for expected in missing {
            let Expected::Source { of, attempts } = expected else { continue };
            let words = "It is not on the mail server any more.";
            self.intake.store.write(|db| ledger::fail(db, of, attempts, Reason::NotDownloaded, words))?;
            self.count(&[Settled { message: of, state: State::Held }]);
        }
        Ok(())
    }

    fn note_large(&mut self, mailbox: &Mailbox, large: Vec<(Expected, Listed)>) -> Result<(), PassError> {
        if large.is_empty() {
            return Ok(());
        }
        let held = |(expected, listed): (Expected, Listed)| {
            let detail = keep::too_large(listed.size, self.server);
            (listed, expected, Kept::Nothing { reason: Reason::TooLarge, detail })
        };
        let those: Vec<_> = large.into_iter().map(held).collect();
        let held = keep::note(self.intake, self.server, mailbox, &those)?;
        self.count(&held);
        Ok(())
    }

    fn fetch(&mut self, mailbox: &Mailbox, small: Vec<(Expected, Listed)>) -> Result<(), PassError> {
        let mut small = small.into_iter().peekable();
        while small.peek().is_some() {
            self.check()?;
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while let Some((_, next)) = small.peek()
                && (batch.is_empty() || (batch.len() < BATCH && bytes + next.size <= BYTES as u64))
                && let Some((expected, listed)) = small.next()
            {
                bytes += listed.size;
                batch.push((listed, expected));
            }
            let mut basket = Basket::new(self.intake, self.server, mailbox, self.stop, self.progress);
            let fetched = basket.fetch(self.session, batch);
            let (kept, settled) = (basket.kept, std::mem::take(&mut basket.settled));
            self.tally.fetched += kept;
            self.count(&settled);
            fetched?;
        }
        Ok(())
    }

    /// Tells the server what is due. Where other mail stands under a known key, it is taken in and told of, too.
    fn acknowledge(&mut self, mailbox: &Mailbox, present: &HashSet<SourceKey>) -> Result<(), PassError> {
        self.check()?;
        let told = acknowledge::acknowledge(self.intake, self.server, mailbox, self.session, present)?;
        self.told_on_close.extend(told.on_close);
        if told.replaced.is_empty() {
            return Ok(());
        }
        let replaced = scope::next_generation(&self.intake.store, mailbox, &told.replaced)?;
        self.take_in(mailbox, &replaced)?;
        let told = acknowledge::acknowledge(self.intake, self.server, mailbox, self.session, present)?;
        self.told_on_close.extend(told.on_close);
        Ok(())
    }

    fn count(&mut self, settled: &[Settled]) {
        for one in settled {
            let counter = match one.state {
                State::Delivered => &mut self.tally.delivered,
                State::Held => &mut self.tally.held,
                State::Ignored => &mut self.tally.ignored,
                State::Retrying => &mut self.tally.retrying,
                State::Received | State::Routed | State::Delivering => continue,
            };
            *counter += 1;
            self.progress.settled();
        }
    }
}
