//! Undoing an import, and taking it up again: a batch in one transaction with how far it has come, so that whoever is killed in the
//! middle of it goes on where he was, and nothing is done twice.

use super::{Pipeline, deliver};
use crate::domain::id::{ImportId, RecordId};
use crate::domain::import::{ImportState, ImportUndo};
use crate::domain::ledger::{Fate, MailState, Reason};
use crate::domain::now;
use crate::ledger;
use crate::store::claims::Claim;
use crate::store::imports::{self, ImportRow, ImportedMessage};
use crate::store::messages::fate;
use crate::store::records::undone::{self, Touched};
use crate::store::{Db, StoreError, handovers, server_status};

/// Messages of a batch.
const BATCH: i64 = 50;

/// One batch of each import that is being undone or taken up again. False where nothing is left to do.
pub fn go_on(pipeline: &Pipeline) -> Result<bool, StoreError> {
    let mut more = false;
    for row in pipeline.store.read(imports::to_undo)? {
        // Of one that is undone hardly ever anything is left.
        let is_over = row.state == ImportState::Undone
            && pipeline.store.read(|db| imports::messages(db, row.id, row.undo.after, 1))?.is_empty();
        if !is_over {
            more |= pipeline.store.write(|db| batch(db, row.id))?;
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
    let messages = imports::messages(db, import, undo.after, BATCH)?;
    let Some(last) = messages.last() else {
        let end = match takes_back {
            true => ImportState::Undone,
            false if done >= found => ImportState::Done,
            // What was not here yet when it was undone.
            false => ImportState::Running,
        };
        imports::note(db, import, end, &undo)?;
        if let (ImportState::Running, Some(server)) = (end, server_id) {
            server_status::schedule(db, server, now())?;
        }
        return Ok(false);
    };
    let up_to = last.id;
    // Whatever a pass makes of them meanwhile is made before, or waits until this batch is over.
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    fate::lock(db, &ids, MailState::ALL)?;
    for message in imports::messages(db, import, undo.after, BATCH)?.iter().filter(|message| message.id <= up_to) {
        match takes_back {
            true => take_back(db, message, &mut undo)?,
            false => {
                let login = undo.login.clone();
                undo.restored += u32::from(take_up(db, message, &login)?.is_some());
            }
        }
    }
    undo.after = up_to.0;
    imports::note(db, import, state, &undo)?;
    Ok(true)
}

/// Takes back what became of one message, where nobody else has a part in that: a conversation whose mails all came with the
/// import is taken back with the first of them.
fn take_back(db: &mut Db, message: &ImportedMessage, undo: &mut ImportUndo) -> Result<(), StoreError> {
    let ImportedMessage { id, state, connection, .. } = *message;
    let counter = match (state, connection) {
        // Nothing came of it.
        (MailState::Ignored, _) => return Ok(()),
        (MailState::Delivered, Some(_)) | (MailState::Delivering, _) => &mut undo.handed_over,
        (MailState::Delivered, None) => {
            let Some(((model, record), import)) = message.record().zip(message.import_id) else { return Ok(()) };
            match undone::touched(db, model, record, import)? {
                Touched::ByPeople => &mut undo.worked_on,
                Touched::ByMail => &mut undo.more_mail,
                Touched::No => {
                    if ledger::take_back(db, id, state, &undo.login)? {
                        undone::take_back(db, record, import)?;
                        undo.taken_back += 1;
                    }
                    return Ok(());
                }
            }
        }
        (MailState::Received | MailState::Routed | MailState::Held | MailState::Retrying, connection) => {
            let handover = connection.map(|connection| handovers::get(db, id, connection)).transpose()?.flatten();
            match handover.is_some_and(|handover| handover.attempt.is_some()) {
                // It may have reached the far end, whatever that answered.
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

/// What becomes of a message that was taken back with its import: its record is there again, or it goes its way anew. None where
/// it is not taken back.
pub(super) fn take_up(db: &mut Db, message: &ImportedMessage, login: &str) -> Result<Option<Fate>, StoreError> {
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
    let there = match undone::is_made_by(db, model, record, message.id)? {
        true => Fate::NewRecord { model: model.to_owned(), record },
        false => Fate::Reply { model: model.to_owned(), record },
    };
    let fate = ledger::deliver_again(db, message.id, &claim, there, login)?;
    if let Some(Fate::NewRecord { .. } | Fate::Reply { .. }) = fate {
        undone::take_up(db, record)?;
    }
    Ok(fate)
}

/// A record is there again because somebody wrote to it, or wants it: the mails that it holds are delivered.
pub fn take_up_record(db: &mut Db, model: &str, record: RecordId, login: Option<&str>) -> Result<(), StoreError> {
    for message in imports::taken_back_of(db, model, record)? {
        deliver_again(db, &message, (model, record), login)?;
    }
    Ok(())
}
