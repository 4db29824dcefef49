//! The last step, which leads through the others: mails that are kept are read, routed and delivered, a batch in one
//! transaction, and their fates are in the ledger.

use std::sync::Arc;

use chrono::TimeDelta;

use super::read::{self, ServersOfMails, Sorted, UnreadMail};
use super::repair::Wish;
use super::route::{self, Routed};
use super::{Pipeline, deliver, leads};
use crate::domain::id::{MessageId, ServerId};
use crate::domain::ledger::{Fate, Reason, Why};
use crate::domain::message::{LedgerEntry, Mail};
use crate::domain::server::IncomingServer;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::ledger;
use crate::store::{Db, StoreError, handovers, messages, records, savepoint, servers};

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledMessage {
    pub message: MessageId,
    pub fate: Fate,
}

/// How many messages share a transaction.
pub const BATCH: usize = 64;

/// Reads, routes and delivers what was just kept from one server, and returns what became of each.
pub fn settle(
    pipeline: &Pipeline,
    server: &Arc<IncomingServer>,
    kept: Vec<UnreadMail>,
) -> Result<Vec<SettledMessage>, StoreError> {
    settle_batch(pipeline, &ServersOfMails::from([(server.id, server.clone())]), kept, &Wish::default())
}

/// Takes up what a dead process left unfinished, and what is to be tried again by now. What somebody has touched within
/// `grace` is left to them: a pass settles its own mail within moments.
pub fn resume(pipeline: &Pipeline, grace: TimeDelta) -> Result<Vec<SettledMessage>, StoreError> {
    resume_where(pipeline, None, now() - grace)
}

/// The same for one server, whose lock the caller holds: nobody else works on its mail.
pub fn resume_server(pipeline: &Pipeline, server: ServerId) -> Result<Vec<SettledMessage>, StoreError> {
    resume_where(pipeline, Some(server), now())
}

fn resume_where(
    pipeline: &Pipeline,
    server: Option<ServerId>,
    untouched_since: Moment,
) -> Result<Vec<SettledMessage>, StoreError> {
    let mut settled = Vec::new();
    let mut after = MessageId(0);
    loop {
        let entries = pipeline.store.read(|db| {
            let ids = messages::fate::unsettled(db, server, after, BATCH as i64, untouched_since)?;
            if ids.is_empty() { Ok(Vec::new()) } else { messages::load(db, &ids) }
        })?;
        let Some(last) = entries.last() else { return Ok(settled) };
        after = last.id;
        settled.extend(take_up(pipeline, entries, &Wish::default())?);
    }
}

/// Settles entries of the ledger whose source is here, by their present settings and those of their servers.
pub(super) fn take_up(
    pipeline: &Pipeline,
    mut entries: Vec<LedgerEntry>,
    wish: &Wish<'_>,
) -> Result<Vec<SettledMessage>, StoreError> {
    let servers = pipeline.store.read(|db| {
        entries.retain(|entry| wish.takes_up().contains(&entry.state));
        let mut servers = ServersOfMails::new();
        for entry in &mut entries {
            let Some(id) = entry.server else { continue };
            if !servers.contains_key(&id)
                && let Some(stored) = servers::get(db, id)?
            {
                servers.insert(id, Arc::new(stored.settings));
            }
            if let Some(server) = servers.get(&id) {
                aim(db, entry, server)?;
            }
        }
        Ok::<_, StoreError>(servers)
    })?;
    settle_batch(pipeline, &servers, entries.into_iter().map(|entry| (entry, None)).collect(), wish)
}

/// Sends mail where its server points to now, unless it may have reached another connection already.
fn aim(db: &mut Db, entry: &mut LedgerEntry, server: &IncomingServer) -> Result<(), StoreError> {
    if entry.connection == server.connection {
        return Ok(());
    }
    let handover = entry.connection.map(|old| handovers::get(db, entry.id, old)).transpose()?.flatten();
    if handover.is_none_or(|handover| handover.attempt.is_none()) {
        entry.connection = server.connection;
    }
    Ok(())
}

fn settle_batch(
    pipeline: &Pipeline,
    servers: &ServersOfMails,
    entries: Vec<UnreadMail>,
    wish: &Wish<'_>,
) -> Result<Vec<SettledMessage>, StoreError> {
    let Sorted { mut mails, unreadable } = read::read(pipeline, servers, entries, wish)?;
    let mut settled = Vec::new();
    if !unreadable.is_empty() {
        settled.extend(hold(pipeline, unreadable, wish)?);
    }
    while !mails.is_empty() {
        let wave = next_wave(&mut mails);
        settled.extend(settle_wave(pipeline, &wave, wish)?);
    }
    Ok(settled)
}

/// Takes out the mails that depend on no other one of the batch: the others join the records that these make.
fn next_wave(mails: &mut Vec<Mail>) -> Vec<Mail> {
    let waits = leads::wait_for_others(mails);
    let (mut later, mut wave) = (Vec::new(), Vec::new());
    for (mail, waits) in std::mem::take(mails).into_iter().zip(waits) {
        if waits { &mut later } else { &mut wave }.push(mail);
    }
    if wave.is_empty() {
        // The mails answer each other in a circle.
        return later;
    }
    *mails = later;
    wave
}

/// Holds what can't be read, for a person.
fn hold(
    pipeline: &Pipeline,
    unreadable: Vec<(LedgerEntry, Why)>,
    wish: &Wish<'_>,
) -> Result<Vec<SettledMessage>, StoreError> {
    pipeline.store.write(|db| {
        let ids: Vec<MessageId> = unreadable.iter().map(|(entry, _)| entry.id).collect();
        let open = messages::fate::lock(db, &ids, wish.takes_up())?;
        let mut settled = Vec::new();
        for (entry, why) in unreadable.into_iter().filter(|(entry, _)| open.contains(&entry.id)) {
            let fate = Fate::Held(why);
            ledger::end(db, entry.id, entry.attempts + 1, &fate)?;
            wish.remember(db, &fate)?;
            settled.push(SettledMessage { message: entry.id, fate });
        }
        Ok(settled)
    })
}

/// Settles all in one transaction; if that fails, one by one, so that one message's trouble affects no other.
fn settle_wave(pipeline: &Pipeline, wave: &[Mail], wish: &Wish<'_>) -> Result<Vec<SettledMessage>, StoreError> {
    let error = match (commit(pipeline, wave, wish), wave) {
        (Err(error), [one]) if error.may_be_the_data() => return put_off(pipeline, one, &error, wish),
        (Err(error), [_, _, ..]) => error,
        (done, _) => return done,
    };
    tracing::warn!(messages = wave.len(), %error, "a batch was not committed; its messages are tried one by one");
    let mut settled = Vec::new();
    let mut failed = None;
    for one in wave {
        match settle_wave(pipeline, std::slice::from_ref(one), wish) {
            Ok(done) => settled.extend(done),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if settled.is_empty() => Err(error),
        _ => Ok(settled),
    }
}

/// Notes that the database refuses what is to be written of this message: it is tried again later, and stops no other.
fn put_off(
    pipeline: &Pipeline,
    one: &Mail,
    error: &StoreError,
    wish: &Wish<'_>,
) -> Result<Vec<SettledMessage>, StoreError> {
    let detail = undelivered(one, error);
    pipeline.store.write(|db| {
        if messages::fate::lock(db, &[one.id()], wish.takes_up())?.is_empty() {
            return Ok(Vec::new());
        }
        let fate = try_later(db, one, detail)?;
        wish.remember(db, &fate)?;
        Ok(vec![SettledMessage { message: one.id(), fate }])
    })
}

fn undelivered(mail: &Mail, error: &StoreError) -> Sentence {
    read::fault(mail.id(), &format!("it could not be delivered: {error}"))
}

fn try_later(db: &mut Db, mail: &Mail, detail: Sentence) -> Result<Fate, StoreError> {
    let attempts = mail.entry.attempts;
    let why = Why::new(Reason::Temporary, detail);
    ledger::put_off(db, mail.id(), attempts, why, Reason::Fault, ledger::backoff(attempts))
}

fn commit(pipeline: &Pipeline, wave: &[Mail], wish: &Wish<'_>) -> Result<Vec<SettledMessage>, StoreError> {
    let routed = pipeline.store.read(|db| route::route(db, pipeline, wave, wish))?;
    pipeline.store.write(|db| {
        let ids: Vec<MessageId> = wave.iter().map(Mail::id).collect();
        let open = messages::fate::lock(db, &ids, wish.takes_up())?;
        let open = wave.iter().zip(&routed).filter(|(mail, _)| open.contains(&mail.id())).collect::<Vec<_>>();
        // In a batch one error undoes everything, and the mails are tried one by one: a savepoint for each would cost every
        // batch what hardly any needs.
        let alone = wave.len() == 1;
        let settled = settle_in(db, pipeline, &open, wish, alone)?;
        settled.iter().try_for_each(|one| wish.remember(db, &one.fate))?;
        Ok(settled)
    })
}

/// Delivers mails within the caller's transaction. If a mail that is `alone` in it fails, all that was done for it is
/// undone, and it is tried again later; otherwise an error undoes the transaction.
pub(super) fn settle_in(
    db: &mut Db,
    pipeline: &Pipeline,
    mails: &[(&Mail, &Routed)],
    wish: &Wish<'_>,
    alone: bool,
) -> Result<Vec<SettledMessage>, StoreError> {
    // Read within the transaction: whoever changes these rules counts anew what was made before.
    let terms = records::due::terms(db, pipeline.modules.all())?;
    let fates = match mails {
        [(mail, _)] if alone => savepoint(db, |db| deliver::deliver(db, pipeline, mails, wish, &terms))
            .or_else(|error: StoreError| Ok::<_, StoreError>(vec![try_later(db, mail, undelivered(mail, &error))?]))?,
        _ => deliver::deliver(db, pipeline, mails, wish, &terms)?,
    };
    let (mut settled, mut signs) = (Vec::new(), Vec::new());
    for ((mail, routed), fate) in mails.iter().zip(fates) {
        signs.extend(leads::left_by(db, mail, &fate, &routed.leads)?);
        settled.push(SettledMessage { message: mail.id(), fate });
    }
    records::lead(db, &signs)?;
    Ok(settled)
}
