//! How a message's way ends: delivered, held or ignored.

use crate::domain::address::Address;
use crate::domain::id::{ConnectionId, MessageId, RecordId};
use crate::domain::ledger::{Reason, State};
use crate::domain::message::{Message, join_notes};
use crate::domain::now;
use crate::domain::route::Step;
use crate::domain::text::{fold, shorten};
use crate::store::{Db, StoreError, messages};

/// What routing and delivery made of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Delivered {
        model: String,
        record: RecordId,
    },
    /// It waits for its connection.
    Routed {
        model: String,
    },
    Held {
        reason: Reason,
        detail: String,
    },
    Ignored {
        reason: Reason,
        detail: String,
    },
}

impl Outcome {
    pub fn state(&self) -> State {
        match self {
            Outcome::Delivered { .. } => State::Delivered,
            Outcome::Routed { .. } => State::Routed,
            Outcome::Held { .. } => State::Held,
            Outcome::Ignored { .. } => State::Ignored,
        }
    }
}

/// What the ledger shows of a message once it is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub message: &'a Message,
    /// Who wrote it, as the mail or a person says.
    pub sender: &'a Address,
    pub fingerprint: &'a str,
    /// What was assumed before it was read, a sentence a line.
    pub notes: Option<&'a str>,
    pub server_name: &'a str,
    /// What a person chose to make of it.
    pub chosen_model: Option<&'a str>,
    /// Where its record goes; None is this database.
    pub connection: Option<ConnectionId>,
}

/// Ends the way of a message, for now.
pub fn settle(
    db: &mut Db,
    id: MessageId,
    reading: &Reading<'_>,
    outcome: &Outcome,
    trace: &[Step],
    login: Option<&str>,
) -> Result<(), StoreError> {
    let at = now();
    let (reason, detail, record) = match outcome {
        Outcome::Delivered { model, record } => (None, None, Some((model.as_str(), *record))),
        Outcome::Routed { .. } => (None, None, None),
        Outcome::Held { reason, detail } | Outcome::Ignored { reason, detail } => {
            (Some(*reason), Some(detail.as_str()).filter(|detail| !detail.is_empty()), None)
        }
    };
    let Reading { message, sender, fingerprint, notes, server_name, chosen_model, connection } = *reading;
    let subject = shorten(&message.subject, 500);
    let from = shorten(&sender.display(), 500);
    let marks: Vec<&str> = message.marks.iter().map(|mark| mark.code()).collect();
    let json = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Corrupt(error.to_string()));
    messages::settle(
        db,
        id,
        &messages::Settled {
            state: outcome.state(),
            reason_code: reason,
            reason_detail: detail,
            next_attempt: None,
            fingerprint: Some(fingerprint),
            message_id: Some(&message.message_id),
            email_from: Some(&from),
            date: Some(message.date),
            object_model: match outcome {
                Outcome::Delivered { model, .. } | Outcome::Routed { model } => Some(model),
                Outcome::Held { .. } | Outcome::Ignored { .. } => chosen_model,
            },
            connection_id: connection,
            res_model: record.map(|(model, _)| model),
            res_id: record.map(|(_, id)| id),
            trace: Some(&json(serde_json::to_string(trace))?),
            marks: if marks.is_empty() { None } else { Some(json(serde_json::to_string(&marks))?) }.as_deref(),
            notes: join_notes(notes, &message.notes).as_deref(),
            search: &fold(&[subject.as_str(), &from, &message.message_id, server_name].join(" ")),
            subject: Some(&subject),
            settled_at: outcome.state().is_settled().then_some(at),
            write_date: at,
        },
    )?;
    messages::remember(db, id, outcome.state(), reason, detail, login)
}
