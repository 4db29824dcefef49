//! Everything that a message's page shows.

use super::{Deed, existing, sender};
use crate::domain::id::{ConnectionId, MessageId, RecordId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::words::Sentence;
use crate::operations::connections::known_types;
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::acknowledgements::{self, Acknowledgement};
use crate::store::messages::view::{Event, MessageRow};
use crate::store::sight::RecordSight;
use crate::store::{connections, messages, records};

pub struct MessageView {
    pub message: MessageRow,
    pub history: Vec<Event>,
    pub acknowledgement: Option<Acknowledgement>,
    /// The record of this installation that has it: model, id, and how a person calls it.
    pub record: Option<(String, RecordId, String)>,
    /// The name of the connection that it goes to; None is this database.
    pub connection: Option<String>,
    /// Record types it could become: technical name and label. Of a connection, what it told last.
    pub record_types: Vec<(String, Sentence)>,
    /// What the caller can do with it as it stands.
    pub deeds: Vec<Deed>,
    /// The caller can say who wrote it, and what it becomes.
    pub may_correct: bool,
}

pub fn view(app: &App, caller: &Caller, id: MessageId) -> Result<MessageView, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-read-the-ledger"))?;
    app.store.read(|db| {
        let message = existing(db, caller, id)?;
        let sight = RecordSight::of(db, caller)?;
        let record = match message.record() {
            Some((model, record)) if message.remote_url.is_none() => records::view::find(db, sight, model, record)?
                .map(|found| (model.to_owned(), record, format!("{} {}", found.number, found.name))),
            _ => None,
        };
        let connection = sender::connection_of(db, &message)?;
        let may_decide = caller.may(Right::Write, Object::HeldMail);
        Ok(MessageView {
            connection: match connection {
                Some(id) => connections::get(db, id)?.map(|stored| stored.settings.name),
                None => None,
            },
            record_types: record_types(app, connection),
            history: messages::view::history(db, id)?,
            acknowledgement: acknowledgements::get(db, id)?,
            record,
            deeds: if may_decide { message.standing().deeds() } else { Vec::new() },
            may_correct: may_decide && message.standing().can_be_corrected(),
            message,
        })
    })
}

fn record_types(app: &App, connection: Option<ConnectionId>) -> Vec<(String, Sentence)> {
    match connection {
        None => app.modules.all().iter().map(|one| (one.model.clone(), one.label.clone())).collect(),
        Some(id) => {
            known_types(app, id).unwrap_or_default().types.into_iter().map(|one| (one.model, one.label)).collect()
        }
    }
}
