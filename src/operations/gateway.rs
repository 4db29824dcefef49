//! Mail that a program hands over: `message_process` of the API, and the end of an MTA's pipe. It is kept durably
//! before this answers, and goes the way of all mail.

use std::collections::BTreeMap;
use std::io::Read;

use super::{App, OperationError, fetch, records, require};
use crate::domain::id::{MessageId, RecordId};
use crate::domain::ledger::Fate;
use crate::domain::message::{GatewayCall, Message};
use crate::domain::person::Caller;
use crate::domain::protocol::ServerType;
use crate::domain::rights::{Object, Right};
use crate::pipeline::{self, KeepError, Processed, keep_piped};
use crate::say;
use crate::store::servers;
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

// `mailgate deliver`: one message from an MTA's pipe into a Local server.

/// Why a message was not kept: nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error("{0}. Nothing of the message is stored")]
    Keep(#[from] KeepError),
    #[error("there was no message on standard input. Pipe one RFC 5322 message in")]
    Empty,
}

/// Keeps the message (its commit is durable when this returns), then routes and delivers it. What goes wrong after
/// the commit is for the ledger and does not fail this: the message is kept.
pub fn deliver(
    app: &App,
    caller: &Caller,
    server_name: &str,
    message: &mut dyn Read,
) -> Result<MessageId, DeliverError> {
    require(caller, Right::Write, Object::Servers, || say!("deed-hand-messages-over"))?;
    let all = app.store.read(servers::list).map_err(OperationError::from)?;
    let Some(server) = all.iter().map(|stored| &stored.settings).find(|server| server.name == server_name) else {
        let local = all.iter().filter(|stored| stored.settings.server_type == ServerType::Local);
        return Err(fetch::unknown(server_name, local.map(|stored| stored.settings.name.as_str())).into());
    };
    if server.server_type != ServerType::Local {
        let words = say!("deliver-not-local", server_name, type = server.server_type.label());
        return Err(OperationError::Refused(words.into()).into());
    }
    fetch::confirmed(server)?;
    let pipeline = app.pipeline();
    let mut first = [0; 1];
    if message.read(&mut first).map_err(KeepError::from)? == 0 {
        return Err(DeliverError::Empty);
    }
    let piped = keep_piped(pipeline, server, &mut first.as_slice().chain(message))?;
    let id = piped.id;
    if let Err(error) = piped.settle(pipeline) {
        tracing::warn!(message = %id, %error, "kept, and delivered later");
    }
    Ok(id)
}
