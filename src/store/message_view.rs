//! One message of the ledger as its page shows it, with its history and its acknowledgement.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{acknowledgements, message_history, messages};
use crate::domain::Moment;
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{AckState, Reason, State};
use crate::domain::route::Step;

#[derive(Debug, Clone)]
pub struct Message {
    pub id: MessageId,
    /// None once the incoming server is deleted; its name stays.
    pub server: Option<ServerId>,
    pub server_name: String,
    pub source_key: String,
    pub state: State,
    pub reason: Option<Reason>,
    pub reason_detail: Option<String>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    /// None while it is not downloaded, and once its source is not kept any more.
    pub source: Option<SourceId>,
    pub size: i64,
    pub sha256: Option<String>,
    pub message_id: Option<String>,
    pub subject: Option<String>,
    pub email_from: Option<String>,
    pub date: Option<Moment>,
    /// What it is to become.
    pub object_model: Option<String>,
    pub connection: Option<ConnectionId>,
    /// What it became.
    pub record: Option<(String, RecordId)>,
    pub remote_url: Option<String>,
    pub trace: Vec<Step>,
    /// What was assumed, one sentence each.
    pub notes: Vec<String>,
    pub settled_at: Option<Moment>,
    pub create_date: Moment,
}

/// One change of state.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Moment,
    pub state: State,
    pub reason: Option<Reason>,
    pub detail: Option<String>,
    /// None where Mailgate itself did it.
    pub login: Option<String>,
}

/// What the mail server has been told.
#[derive(Debug, Clone)]
pub struct Acknowledgement {
    pub state: AckState,
    pub due: Moment,
    pub attempts: i32,
    pub last_error: Option<String>,
}

type Row = (
    (i32, Option<i32>, String, String, String),
    (Option<String>, Option<String>, i32, Option<Moment>),
    (Option<i32>, i64, Option<String>),
    (Option<String>, Option<String>, Option<String>, Option<Moment>),
    (Option<String>, Option<i32>, Option<String>, Option<i32>, Option<String>),
    (Option<String>, Option<String>, Option<Moment>, Moment),
);

pub fn find(db: &mut Db, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row: Option<Row> = messages::table
        .find(id.0)
        .select((
            (messages::id, messages::server_id, messages::server_name, messages::source_key, messages::state),
            (messages::reason_code, messages::reason_detail, messages::attempts, messages::next_attempt),
            (messages::source_id, messages::size, messages::sha256),
            (messages::message_id, messages::subject, messages::email_from, messages::date),
            (
                messages::object_model,
                messages::connection_id,
                messages::res_model,
                messages::res_id,
                messages::remote_url,
            ),
            (messages::trace, messages::notes, messages::settled_at, messages::create_date),
        ))
        .first(db)
        .optional()?;
    row.map(message).transpose()
}

fn message(row: Row) -> Result<Message, StoreError> {
    let ((id, server, server_name, source_key, code), reason, source, head, target, rest) = row;
    Ok(Message {
        id: MessageId(id),
        server: server.map(ServerId),
        server_name,
        source_key,
        state: state(&code)?,
        reason: reason.0.as_deref().and_then(Reason::from_code),
        reason_detail: reason.1,
        attempts: reason.2,
        next_attempt: reason.3,
        source: source.0.map(SourceId),
        size: source.1,
        sha256: source.2,
        message_id: head.0,
        subject: head.1,
        email_from: head.2,
        date: head.3,
        object_model: target.0,
        connection: target.1.map(ConnectionId),
        record: target.2.zip(target.3.map(RecordId)),
        remote_url: target.4,
        trace: rest.0.and_then(|trace| serde_json::from_str(&trace).ok()).unwrap_or_default(),
        notes: rest.1.iter().flat_map(|notes| notes.lines()).map(str::to_owned).collect(),
        settled_at: rest.2,
        create_date: rest.3,
    })
}

/// Every change of state, oldest first; at most the newest 200.
pub fn history(db: &mut Db, id: MessageId) -> Result<Vec<Event>, StoreError> {
    type Row = (Moment, String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = message_history::table
        .filter(message_history::message_id.eq(id.0))
        .order(message_history::id.desc())
        .limit(200)
        .select((
            message_history::at,
            message_history::state,
            message_history::reason_code,
            message_history::detail,
            message_history::login,
        ))
        .load(db)?;
    rows.into_iter()
        .rev()
        .map(|(at, code, reason, detail, login)| {
            let reason = reason.as_deref().and_then(Reason::from_code);
            Ok(Event { at, state: state(&code)?, reason, detail, login: login.filter(|login| !login.is_empty()) })
        })
        .collect()
}

pub fn acknowledgement(db: &mut Db, id: MessageId) -> Result<Option<Acknowledgement>, StoreError> {
    let row: Option<(String, Moment, i32, Option<String>)> = acknowledgements::table
        .find(id.0)
        .select((
            acknowledgements::state,
            acknowledgements::due,
            acknowledgements::attempts,
            acknowledgements::last_error,
        ))
        .first(db)
        .optional()?;
    row.map(|(code, due, attempts, last_error)| {
        let state = AckState::from_code(&code)
            .ok_or_else(|| StoreError::Corrupt(format!("acknowledgements.state {code:?}")))?;
        Ok(Acknowledgement { state, due, attempts, last_error })
    })
    .transpose()
}

fn state(code: &str) -> Result<State, StoreError> {
    State::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("messages.state {code:?}")))
}
