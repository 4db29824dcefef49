//! Everything that a message's page shows.

use super::{Deed, READERS, existing, may_act, possible};
use crate::domain::id::{MessageId, RecordId};
use crate::domain::person::Caller;
use crate::operations::{App, OperationError, require};
use crate::store::message_view::{self, Acknowledgement, Event, Message};
use crate::store::record_view;

pub struct View {
    pub message: Message,
    pub history: Vec<Event>,
    pub acknowledgement: Option<Acknowledgement>,
    /// The record of this installation that has it: model, id, and how a person calls it.
    pub record: Option<(String, RecordId, String)>,
    /// Record types it could become: technical name and label.
    pub record_types: Vec<(String, String)>,
    /// What the caller can do with it as it stands.
    pub deeds: Vec<Deed>,
}

pub fn view(app: &App, caller: &Caller, id: MessageId) -> Result<View, OperationError> {
    require(caller, &READERS, "read the ledger")?;
    app.store.read(|db| {
        let message = existing(db, id)?;
        let record = match &message.record {
            Some((model, record)) if message.remote_url.is_none() => record_view::find(db, model, *record)?
                .map(|found| (model.clone(), *record, format!("{} {}", found.number, found.name))),
            _ => None,
        };
        Ok(View {
            history: message_view::history(db, id)?,
            acknowledgement: message_view::acknowledgement(db, id)?,
            record,
            record_types: app.modules.all().iter().map(|one| (one.model.clone(), one.label.clone())).collect(),
            deeds: if may_act(caller) {
                possible(message.state, message.reason, message.source.is_some())
            } else {
                Vec::new()
            },
            message,
        })
    })
}
