//! `message_process`: mail that an MTA or a program hands over through the API. It is kept durably before this
//! answers, and goes the way of all mail.

use std::collections::BTreeMap;

use super::{App, OperationError, records, require};
use crate::domain::fate::Fate;
use crate::domain::gateway::GatewayCall;
use crate::domain::id::RecordId;
use crate::domain::message::Message;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::pipeline::{self, KeepError, Processed};
use crate::say;
use crate::store::sight::RecordSight;

/// What a client asks for beside the mail; each as Odoo has it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The record type where neither a reply nor an alias decides.
    pub model: Option<String>,
    /// Fields of a new record, as in `operations::records::create`.
    pub custom_values: BTreeMap<String, String>,
    /// Keep the source for ever.
    pub save_original: bool,
    pub strip_attachments: bool,
    /// The record of `model` to join.
    pub thread_id: Option<RecordId>,
}

/// Why a mail was not taken: nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Neither a reply, nor an alias, nor the call says what it is to become.
    #[error("no route for {}", .0.message_id)]
    NoRoute(Box<Message>),
}

/// Takes one mail in. The record that it is on; None where it is kept and makes none now, because it is a duplicate, a
/// bounce, held, or to be tried again. What goes wrong after it is kept is for the ledger and no error.
pub fn process(app: &App, caller: &Caller, mail: Vec<u8>, request: Request) -> Result<Option<RecordId>, GatewayError> {
    require(caller, Right::Create, Object::MailGateway, || say!("deed-hand-mail-over"))?;
    let module = request.model.as_deref().and_then(|model| app.modules.get(model));
    let values = match module {
        Some(module) if !request.custom_values.is_empty() => {
            let given = app.store.read(|db| records::given(db, module, &request.custom_values));
            given.map_err(OperationError::from)?.map_err(OperationError::Invalid)?
        }
        _ => Default::default(),
    };
    // A record that the caller doesn't see is none to them.
    let record = match request.thread_id {
        Some(id) => {
            let seen = app.store.read(|db| RecordSight::of(db, caller)?.sees(db, id));
            seen.map_err(OperationError::from)?.then_some(id)
        }
        None => None,
    };
    let call = GatewayCall {
        model: request.model,
        record,
        values,
        strip_attachments: request.strip_attachments,
        save_original: request.save_original,
    };
    match pipeline::process(app.pipeline(), mail, call) {
        Ok(Processed { fate: Fate::Refused(_), message }) => {
            Err(GatewayError::NoRoute(Box::new(message.unwrap_or_default())))
        }
        Ok(Processed { fate, .. }) => Ok(fate.record().map(|(_, record)| record)),
        Err(KeepError::Store(error)) => Err(OperationError::Store(error).into()),
        Err(error) => Err(OperationError::Refused(say!("gateway-not-kept", error = error.to_string()).into()).into()),
    }
}
