//! What a person does about mail that is held, ignored or retried.

use super::settle::take_up;
use super::{Pipeline, RepairError, SettledMessage, undo};
use crate::domain::address::Address;
use crate::domain::id::{MessageId, RecordId};
use crate::domain::ledger::{Fate, MailState, Reason};
use crate::domain::message::LedgerEntry;
use crate::domain::route::TraceStep;
use crate::domain::words::Sentence;
use crate::store::{Db, StoreError, imports, messages};
use crate::{ledger, say};

/// What a person corrects before a message is tried again. The default corrects nothing: a plain retry.
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

/// Whose deed it is, and what is written with it: in the deed's own transaction, so that neither is there without the
/// other. A login alone writes nothing beside the message's history.
#[derive(Clone, Copy)]
pub struct By<'a> {
    pub login: &'a str,
    pub remember: Remember<'a>,
}

/// Given the fate that the deed makes for the message; an error undoes the deed.
pub type Remember<'a> = &'a dyn Fn(&mut Db, &Fate) -> Result<(), StoreError>;

impl<'a> From<&'a str> for By<'a> {
    fn from(login: &'a str) -> Self {
        Self { login, remember: &|_, _| Ok(()) }
    }
}

/// What a person wants of a batch; the default is that nobody does and Mailgate works by itself.
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

/// What was taken back with its import: the record that it made is there again. None where it made none and is here: it goes its
/// way as any other.
fn take_up_again(
    pipeline: &Pipeline,
    entry: &LedgerEntry,
    correction: &Correction,
    by: By<'_>,
) -> Result<Option<SettledMessage>, RepairError> {
    let id = entry.id;
    pipeline.store.write(|db| {
        let message = imports::message(db, id)?.ok_or(RepairError::NotFound(id))?;
        if message.record().is_none() && message.is_here {
            return Ok(None);
        }
        // What it was corrected to would stand beside the record that it made already.
        let plain = Correction { force: correction.force, ..Correction::default() };
        if *correction != plain {
            return Err(RepairError::NotNow(say!("repair-import-undone")));
        }
        let fate = undo::take_up(db, &message, by.login)?;
        let fate = fate.ok_or_else(|| RepairError::NotNow(say!("repair-settled", id = id.0)))?;
        // The record is there again with all mail that it holds.
        if let Some((model, record)) = fate.record() {
            undo::take_up_record(db, model, record, Some(by.login))?;
        }
        (by.remember)(db, &fate)?;
        Ok(Some(SettledMessage { message: id, fate }))
    })
}

/// A held or retried message makes no record, for the reason that a person gives.
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

/// The next pass downloads a message that was held as too large or as not handed over.
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
