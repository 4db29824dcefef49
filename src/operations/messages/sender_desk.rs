//! *Create a contact and deliver*: held mail whose sender nobody knows, one or many. A contact that was made meanwhile is
//! taken; where several registrants have the address, a person says whose mail it is.

use std::collections::HashMap;

use serde_json::json;

use super::act::redeliver;
use super::correct::address;
use super::sender::{connection_of, model_of};
use crate::complain;
use crate::domain::address::Address;
use crate::domain::complaint::Complaint;
use crate::domain::fate::Fate;
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::connections::RemoteContacts;
use crate::operations::partners::{self, TypedPartner};
use crate::operations::{App, OperationError};
use crate::pipeline::Correction;
use crate::store::messages::view::MessageRow;
use crate::store::{self, StoreError};

/// Signs in once at each connection, and asks one that is away no more.
pub(super) struct SenderDesk<'a> {
    app: &'a App,
    caller: &'a Caller,
    connections: HashMap<ConnectionId, Result<RemoteContacts, Complaint>>,
}

impl<'a> SenderDesk<'a> {
    pub(super) fn new(app: &'a App, caller: &'a Caller) -> Self {
        Self { app, caller, connections: HashMap::new() }
    }

    /// Makes the contact where there is none, and delivers the mail as its.
    pub(super) fn deliver(&mut self, message: &MessageRow) -> Result<Fate, OperationError> {
        let (sender, place, contact) = self.contact_of(message)?;
        let correction = Correction { remote_partner: place.map(|_| contact), ..Correction::default() };
        redeliver(self.app, self.caller, message, &correction, &json!({ "sender": sender.display() }))
    }

    /// Who wrote it, which connection it goes to, and the sender's contact there or here.
    pub(super) fn contact_of(
        &mut self,
        message: &MessageRow,
    ) -> Result<(Address, Option<ConnectionId>, i32), OperationError> {
        let sender = address(message.email_from.as_deref().unwrap_or_default())
            .map_err(|_| OperationError::Refused(complain!("sender-without-address")))?;
        let (connection, model) = self.app.store.read(|db| {
            Ok::<_, StoreError>((connection_of(db, message)?, model_of(db, message)?.unwrap_or_default()))
        })?;
        let contact = match connection {
            None => self.here(&sender, &model)?,
            Some(connection) => self.there(connection, &sender, &model)?,
        };
        Ok((sender, connection, contact))
    }

    fn here(&self, sender: &Address, model: &str) -> Result<i32, OperationError> {
        if let Some(known) = self.app.store.read(|db| store::partners::by_email(db, &sender.address))? {
            return Ok(known.id.0);
        }
        let name = if sender.name.is_empty() { &sender.address } else { &sender.name };
        let typed = TypedPartner {
            name: name.clone(),
            email: sender.address.clone(),
            is_registrant: self.app.modules.get(model).is_some_and(|module| module.registrants),
            ..TypedPartner::default()
        };
        Ok(partners::create(self.app, self.caller, &typed)?.0)
    }

    fn there(&mut self, connection: ConnectionId, sender: &Address, model: &str) -> Result<i32, OperationError> {
        let (app, caller) = (self.app, self.caller);
        let open = match self.connections.remove(&connection) {
            Some(known) => known,
            None => match RemoteContacts::open(app, caller, connection) {
                Ok(open) => Ok(open),
                Err(OperationError::Refused(why)) => Err(why),
                Err(error) => return Err(error),
            },
        };
        let (open, found) = match open {
            Err(why) => (Err(why.clone()), Err(OperationError::Refused(why))),
            Ok(mut contacts) => match contacts.of_sender(app, caller, sender, model) {
                Err(OperationError::Refused(why)) if contacts.is_away() => {
                    (Err(why.clone()), Err(OperationError::Refused(why)))
                }
                found => (Ok(contacts), found),
            },
        };
        self.connections.insert(connection, open);
        found?.ok_or_else(|| OperationError::Refused(complain!("sender-several", who = sender.display())))
    }
}
