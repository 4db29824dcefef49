//! `mailgate deliver`: one message from an MTA's pipe into a Local server.

use std::io::Read;

use super::{App, OperationError, fetch, require};
use crate::domain::id::MessageId;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::server::ServerType;
use crate::pipeline::{KeepError, keep_piped};
use crate::say;
use crate::store::servers;

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
