//! The mail gateway: one mail that a client hands over, kept, routed and delivered in one durable commit, so that the
//! client learns at once what became of it.

use std::collections::HashMap;
use std::io::Cursor;

use super::keep::{Expected, Fetched, keep_fetched, too_large};
use super::read::{self, Read, Reading};
use super::repair::Wish;
use super::{KeepError, Pipeline, deliver, leads, route, settle};
use crate::domain::gateway::Call;
use crate::domain::id::{MessageId, RecordId};
use crate::domain::ledger::{Reason, State};
use crate::domain::message::Message;
use crate::domain::now;
use crate::domain::route::{Decision, Route};
use crate::domain::server::IncomingServer;
use crate::domain::source::SourceKey;
use crate::ledger::{self, Outcome};
use crate::mailbox::{Body, Download, Listed};
use crate::routing;
use crate::store::blob::BlobError;
use crate::store::{
    Db, QueryError, StoreError, gateway_calls, mailboxes, messages, messages::known, servers, threads as store_threads,
};

/// What became of a mail that was handed over.
#[derive(Debug, Clone, PartialEq)]
pub enum Processed {
    /// It is on this record.
    Delivered(RecordId),
    /// It is kept, and makes no record now: a duplicate, held, ignored, or tried again later.
    Kept(State),
    /// Nothing of it is kept: it answers nothing, is written to no alias, and the call names no record type that is
    /// installed.
    NoRoute(Box<Message>),
}

/// Takes one mail in; the commit is durable when this returns.
pub fn process(pipeline: &Pipeline, mail: Vec<u8>, call: &Call) -> Result<Processed, KeepError> {
    let nowhere = SourceKey::Api { sha256: String::new() };
    let listed = Listed { key: nowhere, size: 0, internal_date: None };
    let mut fetched = Fetched::new(listed, Expected::New { generation: 0 }, Download::all(Body::Memory(mail)))?;
    fetched.listed.key = SourceKey::Api { sha256: fetched.sha256.clone() };
    fetched.listed.size = fetched.size;
    let mut read = match (fetched.message.take(), &fetched.body) {
        (Some(message), _) => Ok(message),
        (None, Body::Memory(bytes)) => {
            read::parse(&mut Cursor::new(bytes), now(), &fetched.sha256, "a mail of the gateway")?
        }
        (None, Body::File(_)) => Err((Reason::Unreadable, "It is not at hand.".to_owned())),
    };
    let told = match &read {
        Ok(message) => read::tell_apart(pipeline, &[(message, &fetched.sha256)])?.pop(),
        Err(_) => None,
    };
    let fingerprint = told.as_ref().map_or(String::new(), |told| told.fingerprint.clone());
    if let Ok(message) = &mut read {
        message.notes.extend(told.and_then(|told| told.note));
    }
    let error = match at_once(pipeline, &mut fetched, call, &read, &fingerprint) {
        Ok(processed) => return Ok(processed),
        Err(Interrupted::NoRoute) => {
            return Ok(read.map_or(Processed::Kept(State::Held), |message| Processed::NoRoute(Box::new(message))));
        }
        Err(Interrupted::Failed(error)) => error,
    };
    tracing::warn!(%error, "a mail of the gateway was not routed at once; it is kept by itself");
    let id = pipeline.store.write(|db| Ok::<_, BlobError>(keep(db, &mut fetched, call)?.1))?;
    let Some(id) = id else { return Ok(Processed::Kept(State::Ignored)) };
    // What is kept can wait for the scheduler.
    let settled = settle(pipeline, &[id]).unwrap_or_default();
    Ok(Processed::Kept(settled.first().map_or(State::Received, |settled| settled.state)))
}

/// Why nothing is committed.
enum Interrupted {
    NoRoute,
    Failed(BlobError),
}

impl From<BlobError> for Interrupted {
    fn from(error: BlobError) -> Self {
        Interrupted::Failed(error)
    }
}

impl From<StoreError> for Interrupted {
    fn from(error: StoreError) -> Self {
        Interrupted::Failed(error.into())
    }
}

impl From<QueryError> for Interrupted {
    fn from(error: QueryError) -> Self {
        Interrupted::Failed(error.into())
    }
}

fn at_once(
    pipeline: &Pipeline,
    fetched: &mut Fetched,
    call: &Call,
    read: &Read,
    fingerprint: &str,
) -> Result<Processed, Interrupted> {
    pipeline.store.write(|db| {
        let (server, id) = keep(db, fetched, call)?;
        let Some(id) = id else { return Ok(Processed::Kept(State::Ignored)) };
        let held = match read {
            _ if fetched.size > server.size_limit() => Some((Reason::TooLarge, too_large(fetched.size, &server))),
            Err((reason, detail)) => Some((*reason, detail.clone())),
            Ok(_) => None,
        };
        match (held, read) {
            (None, Ok(message)) => route_and_deliver(db, pipeline, &server, id, (message, fingerprint), call),
            (held, _) => {
                let (reason, detail) = held.unwrap_or((Reason::Fault, String::new()));
                ledger::fail(db, id, 0, reason, &detail)?;
                Ok(Processed::Kept(State::Held))
            }
        }
    })
}

/// The source, its row in the ledger and the call. None where the same bytes came before.
fn keep(db: &mut Db, fetched: &mut Fetched, call: &Call) -> Result<(IncomingServer, Option<MessageId>), BlobError> {
    let server = servers::api(db)?;
    let mailbox = mailboxes::of(db, &server)?;
    mailboxes::lock(db, mailbox.id)?;
    let key = fetched.listed.key.to_string();
    if !known::newest(db, mailbox.id, std::slice::from_ref(&key))?.is_empty() {
        return Ok((server, None));
    }
    let id = keep_fetched(db, &server, &mailbox, fetched, &key, None)?;
    if let Some(id) = id {
        gateway_calls::insert(db, id, call)?;
    }
    Ok((server, id))
}

fn route_and_deliver(
    db: &mut Db,
    pipeline: &Pipeline,
    server: &IncomingServer,
    id: MessageId,
    (message, fingerprint): (&Message, &str),
    call: &Call,
) -> Result<Processed, Interrupted> {
    let missing = || StoreError::Query(QueryError::NotFound);
    let row = messages::load(db, &[id])?.pop().ok_or_else(missing)?;
    let reading =
        Reading { row, message: message.clone(), fingerprint: fingerprint.to_owned(), call: Some(call.clone()) };
    let servers = HashMap::from([(server.id, server.clone())]);
    let wish = Wish::default();
    let readings = std::slice::from_ref(&reading);
    let gathered = route::gather(db, &pipeline.modules, &servers, readings, &wish)?;
    let facts = gathered.first().ok_or_else(missing)?;
    let route: Route = routing::decide(&reading.message, facts);
    if let Decision::Held { reason: Reason::NoRecordType, .. } = route.decision
        && !routing::is_addressed(&reading.message, facts)
    {
        return Err(Interrupted::NoRoute);
    }
    let outcome = deliver::carry_out(db, pipeline, &reading, &route, Some(server), &wish)?;
    let signs = leads::left_by(db, &reading, &outcome, &facts.leads)?;
    store_threads::lead(db, &signs)?;
    Ok(match outcome {
        Outcome::Delivered { record, .. } => Processed::Delivered(record),
        outcome => Processed::Kept(outcome.state()),
    })
}
