//! What is done later about mail that has gone its way: what a person does about it, undoing an import and taking it up again.

use super::settle::take_up;
use super::{Pipeline, RepairError, SettledMessage, deliver};
use crate::domain::fetching::{ImportState, ImportUndo};
use crate::domain::id::{ImportId, MessageId, RecordId};
use crate::domain::ledger::{Fate, MailState, Reason};
use crate::domain::message::{Address, LedgerEntry};
use crate::domain::now;
use crate::domain::route::TraceStep;
use crate::domain::words::Sentence;
use crate::store::claims::Claim;
use crate::store::imports::{self, ImportRow, ImportedMessage, Touched};
use crate::store::messages::{self, fate};
use crate::store::{Db, StoreError, handovers, server_status};
use crate::{ledger, say};

/// What a person corrects before a message is tried again. The default is a plain retry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// Who really wrote it.
    pub sender: Option<Address>,
    /// The record type to make.
    pub model: Option<String>,
    /// The record of `model` (or of the server's record type) to join.
    pub record: Option<RecordId>,
    /// The contact at the connection that wrote it.
    pub remote_partner: Option<i32>,
    /// Deliver it although it looks like spam, a bounce, an automatic reply, a loop or a duplicate, or comes from
    /// an unknown sender.
    pub force: bool,
}

/// Whose deed it is, and what is written with it in the same transaction, so that there is never one without the other. A
/// login alone writes nothing beside the message's history.
#[derive(Clone, Copy)]
pub struct By<'a> {
    pub login: &'a str,
    pub remember: Remember<'a>,
}

/// Called with the fate that the deed gives the message; an error undoes the deed.
pub type Remember<'a> = &'a dyn Fn(&mut Db, &Fate) -> Result<(), StoreError>;

impl<'a> From<&'a str> for By<'a> {
    fn from(login: &'a str) -> Self {
        Self { login, remember: &|_, _| Ok(()) }
    }
}

/// What a person wants for a batch; by default, nobody does, and Mailgate works by itself.
#[derive(Default)]
pub(super) struct Wish<'a> {
    pub correction: Correction,
    pub login: Option<&'a str>,
    remember: Option<Remember<'a>>,
}

impl Wish<'_> {
    /// The states from which messages are taken up.
    pub(super) fn takes_up(&self) -> &'static [MailState] {
        if self.login.is_some() { ledger::REPAIRABLE } else { ledger::OPEN }
    }

    /// Writes what belongs to the deed, within its transaction.
    pub(super) fn remember(&self, db: &mut Db, fate: &Fate) -> Result<(), StoreError> {
        self.remember.map_or(Ok(()), |remember| remember(db, fate))
    }

    /// What was corrected, as the first steps of the trace.
    pub(super) fn trace(&self) -> Vec<TraceStep> {
        let Some(login) = self.login else { return Vec::new() };
        let Correction { sender, model, .. } = &self.correction;
        let sender = sender.as_ref().map(|sender| say!("trace-corrected-sender", login, sender = sender.display()));
        let model = model.as_ref().map(|model| say!("trace-corrected-model", login, model));
        let step = |why| TraceStep { rule: "correction".into(), applied: true, why };
        sender.into_iter().chain(model).map(step).collect()
    }
}

/// Routes and delivers a held, ignored or retried message again, as corrected. It may end held again; the answer
/// says how it ended. The login goes into its history.
///
/// What a person does about mail that is held, ignored or retried.
pub fn redeliver<'a>(
    pipeline: &Pipeline,
    id: MessageId,
    correction: &Correction,
    by: impl Into<By<'a>>,
) -> Result<SettledMessage, RepairError> {
    let By { login, remember } = by.into();
    let entry = pipeline.store.read(|db| messages::load(db, &[id]))?.pop().ok_or(RepairError::NotFound(id))?;
    if !ledger::REPAIRABLE.contains(&entry.state) {
        let state = entry.state.label();
        return Err(RepairError::NotNow(say!("repair-nothing", id = id.0, state)));
    }
    if entry.reason == Some(Reason::NotAGrievance) {
        return Err(RepairError::NotNow(say!("repair-not-a-grievance")));
    }
    if entry.reason == Some(Reason::ImportUndone)
        && let Some(settled) = take_up_again(pipeline, &entry, correction, By { login, remember })?
    {
        return Ok(settled);
    }
    if entry.source.is_none() {
        return Err(RepairError::NotNow(say!("repair-no-source")));
    }
    let wish = Wish { correction: correction.clone(), login: Some(login), remember: Some(remember) };
    let settled = take_up(pipeline, vec![entry], &wish)?;
    settled.into_iter().next().ok_or_else(|| RepairError::NotNow(say!("repair-settled", id = id.0)))
}

/// Takes up a message that was taken back with its import: the record that it made is there again. None where it made none
/// and is here: then it is routed like any other.
fn take_up_again(
    pipeline: &Pipeline,
    entry: &LedgerEntry,
    correction: &Correction,
    by: By<'_>,
) -> Result<Option<SettledMessage>, RepairError> {
    let id = entry.id;
    pipeline.store.write(|db| {
        let message = imports::imported_message(db, id)?.ok_or(RepairError::NotFound(id))?;
        if message.record().is_none() && message.is_here {
            return Ok(None);
        }
        // A correction would make a second record beside the one that it has made already.
        let plain = Correction { force: correction.force, ..Correction::default() };
        if *correction != plain {
            return Err(RepairError::NotNow(say!("repair-import-undone")));
        }
        let fate = take_up_undone(db, &message, by.login)?;
        let fate = fate.ok_or_else(|| RepairError::NotNow(say!("repair-settled", id = id.0)))?;
        // The record returns with all its mail.
        if let Some((model, record)) = fate.record() {
            take_up_record(db, model, record, Some(by.login))?;
        }
        (by.remember)(db, &fate)?;
        Ok(Some(SettledMessage { message: id, fate }))
    })
}

/// Decides that a held or retried message makes no record, for the reason that a person gives.
pub fn dismiss<'a>(
    pipeline: &Pipeline,
    id: MessageId,
    reason: &str,
    by: impl Into<By<'a>>,
) -> Result<Fate, RepairError> {
    let By { login, remember } = by.into();
    let otherwise = say!("repair-not-dismissed");
    changed(pipeline, id, otherwise, remember, |db| ledger::dismiss(db, id, reason, login))
}

/// Lets the next pass download a message that was held as too large or as not handed over.
pub fn download_anyway<'a>(pipeline: &Pipeline, id: MessageId, by: impl Into<By<'a>>) -> Result<Fate, RepairError> {
    let By { login, remember } = by.into();
    let entry = pipeline.store.read(|db| messages::load(db, &[id]))?.pop().ok_or(RepairError::NotFound(id))?;
    if entry.source.is_some() {
        return Err(RepairError::NotNow(say!("repair-here", id = id.0)));
    }
    changed(pipeline, id, say!("repair-not-downloaded"), remember, |db| ledger::want(db, id, login))
}

fn changed(
    pipeline: &Pipeline,
    id: MessageId,
    otherwise: Sentence,
    remember: Remember<'_>,
    change: impl FnOnce(&mut Db) -> Result<Option<Fate>, StoreError>,
) -> Result<Fate, RepairError> {
    pipeline.store.write(|db| {
        if messages::load(db, &[id])?.is_empty() {
            return Err(RepairError::NotFound(id));
        }
        let fate = change(db)?.ok_or_else(|| RepairError::NotNow(otherwise))?;
        remember(db, &fate)?;
        Ok(fate)
    })
}

/// Messages of a batch.
const UNDONE_AT_ONCE: i64 = 50;

/// One batch of each import that is being undone or taken up again. False where nothing is left to do.
///
/// Undoing an import, and taking it up again: a batch in one transaction with how far it has come, so that whoever is killed in the
/// middle of it goes on where he was, and nothing is done twice.
pub fn go_on(pipeline: &Pipeline) -> Result<bool, StoreError> {
    let mut more = false;
    for row in pipeline.store.read(imports::to_undo)? {
        // Hardly anything is ever left of one that is undone.
        let is_over = row.state == ImportState::Undone
            && pipeline.store.read(|db| imports::imported_messages(db, row.id, row.undo.after, 1))?.is_empty();
        if !is_over {
            more |= pipeline.store.write_aside(|db| batch(db, row.id))?;
        }
    }
    Ok(more)
}

fn batch(db: &mut Db, import: ImportId) -> Result<bool, StoreError> {
    let Some(ImportRow { state, mut undo, found, done, server_id, .. }) = imports::lock(db, import)? else {
        return Ok(false);
    };
    let takes_back = match state {
        ImportState::Undoing | ImportState::Undone => true,
        ImportState::Restoring => false,
        ImportState::Running | ImportState::Stopped | ImportState::Done => return Ok(false),
    };
    let messages = imports::imported_messages(db, import, undo.after, UNDONE_AT_ONCE)?;
    let Some(last) = messages.last() else {
        let end = match takes_back {
            true => ImportState::Undone,
            false if done >= found => ImportState::Done,
            // Mail that was not here yet when it was undone.
            false => ImportState::Running,
        };
        imports::note_undo(db, import, end, &undo)?;
        if let (ImportState::Running, Some(server)) = (end, server_id) {
            server_status::schedule(db, server, now())?;
        }
        return Ok(false);
    };
    let up_to = last.id;
    // Whatever a pass makes of them, it has made it before, or waits until this batch is over.
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    fate::lock(db, &ids, MailState::ALL)?;
    for message in
        imports::imported_messages(db, import, undo.after, UNDONE_AT_ONCE)?.iter().filter(|message| message.id <= up_to)
    {
        match takes_back {
            true => take_back(db, message, &mut undo)?,
            false => {
                let login = undo.login.clone();
                undo.restored += u32::from(take_up_undone(db, message, &login)?.is_some());
            }
        }
    }
    undo.after = up_to.0;
    imports::note_undo(db, import, state, &undo)?;
    Ok(true)
}

/// Takes back what became of one message, where nobody else has a part in that: a conversation whose mails all came with the
/// import is taken back with its first mail.
fn take_back(db: &mut Db, message: &ImportedMessage, undo: &mut ImportUndo) -> Result<(), StoreError> {
    let ImportedMessage { id, state, connection, .. } = *message;
    let counter = match (state, connection) {
        // Nothing came of it.
        (MailState::Ignored, _) => return Ok(()),
        (MailState::Delivered, Some(_)) | (MailState::Delivering, _) => &mut undo.handed_over,
        (MailState::Delivered, None) => {
            let Some(((model, record), import)) = message.record().zip(message.import_id) else { return Ok(()) };
            match imports::touched(db, model, record, import)? {
                Touched::ByPeople => &mut undo.worked_on,
                Touched::ByMail => &mut undo.more_mail,
                Touched::No => {
                    if ledger::take_back(db, id, state, &undo.login)? {
                        imports::take_back(db, record, import)?;
                        undo.taken_back += 1;
                    }
                    return Ok(());
                }
            }
        }
        (MailState::Received | MailState::Routed | MailState::Held | MailState::Retrying, connection) => {
            let handover = connection.map(|connection| handovers::get(db, id, connection)).transpose()?.flatten();
            match handover.is_some_and(|handover| handover.attempt.is_some()) {
                // It may have reached the other system, whatever that answered.
                true => &mut undo.handed_over,
                false => {
                    if ledger::take_back(db, id, state, &undo.login)? {
                        handovers::remove(db, id)?;
                        undo.taken_back += 1;
                    }
                    return Ok(());
                }
            }
        }
    };
    *counter += 1;
    Ok(())
}

/// What becomes of a message that was taken back with its import: its record is there again, or it is routed anew. None
/// where it is not taken back.
fn take_up_undone(db: &mut Db, message: &ImportedMessage, login: &str) -> Result<Option<Fate>, StoreError> {
    if (message.state, message.reason) != (MailState::Ignored, Some(Reason::ImportUndone)) {
        return Ok(None);
    }
    match message.record() {
        Some(record) => deliver_again(db, message, record, Some(login)),
        None => ledger::take_up(db, message.id, message.is_here, login),
    }
}

fn deliver_again(
    db: &mut Db,
    message: &ImportedMessage,
    (model, record): (&str, RecordId),
    login: Option<&str>,
) -> Result<Option<Fate>, StoreError> {
    let fingerprint = message.fingerprint.as_deref().unwrap_or_default();
    let claim = Claim { sink: &deliver::sink(None), model, fingerprint };
    let there = match imports::is_made_by(db, model, record, message.id)? {
        true => Fate::NewRecord { model: model.to_owned(), record },
        false => Fate::Reply { model: model.to_owned(), record },
    };
    let fate = ledger::deliver_again(db, message.id, &claim, there, login)?;
    if let Some(Fate::NewRecord { .. } | Fate::Reply { .. }) = fate {
        imports::take_up(db, record)?;
    }
    Ok(fate)
}

/// A record returns because somebody wrote to it, or wants it: the mails on it are delivered.
pub fn take_up_record(db: &mut Db, model: &str, record: RecordId, login: Option<&str>) -> Result<(), StoreError> {
    for message in imports::taken_back_of(db, model, record)? {
        deliver_again(db, &message, (model, record), login)?;
    }
    Ok(())
}
