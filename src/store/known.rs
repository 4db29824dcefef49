//! What the ledger knows of a mailbox's messages, by source key: the question that each pass begins with.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::{acknowledgements, messages};
use crate::domain::Moment;
use crate::domain::id::{MailboxId, MessageId};
use crate::domain::ledger::{AckState, State};

/// Hands on every source key of the mailbox, one at a time: a mailbox may hold hundreds of thousands.
pub fn each_key(db: &mut Db, mailbox: MailboxId, mut each: impl FnMut(&str)) -> Result<(), StoreError> {
    let query = messages::table.filter(messages::mailbox_id.eq(mailbox.0)).select(messages::source_key);
    crate::on_backend!(db, conn => for key in query.load_iter::<String, DefaultLoadingMode>(conn)? {
        each(&key?);
    });
    Ok(())
}

/// The newest message under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: MessageId,
    pub generation: i32,
    pub size: u64,
    pub sha256: Option<String>,
    /// The server was told what to do with it.
    pub told: bool,
}

type Row = (i32, i32, i64, Option<String>, Option<String>);

fn known((id, generation, size, sha256, told): Row) -> Known {
    let told = told.as_deref().and_then(AckState::from_code);
    Known {
        id: MessageId(id),
        generation,
        size: u64::try_from(size).unwrap_or_default(),
        sha256,
        told: told == Some(AckState::Done),
    }
}

/// The newest message under each of these keys, where there is one.
pub fn newest(db: &mut Db, mailbox: MailboxId, keys: &[String]) -> Result<Vec<(String, Known)>, StoreError> {
    let mut found = Vec::new();
    for some in keys.chunks(500) {
        let query = messages::table
            .left_join(acknowledgements::table)
            .filter(messages::mailbox_id.eq(mailbox.0))
            .filter(messages::source_key.eq_any(some))
            .order((messages::source_key, messages::generation.desc()))
            .select((
                messages::source_key,
                (
                    messages::id,
                    messages::generation,
                    messages::size,
                    messages::sha256,
                    acknowledgements::state.nullable(),
                ),
            ));
        let rows: Vec<(String, Row)> = prepared_for_one(some, query).load(db)?;
        for (key, row) in rows {
            if found.last().is_none_or(|(last, _)| *last != key) {
                found.push((key, known(row)));
            }
        }
    }
    Ok(found)
}

/// Messages that were only known until now (too large, not handed over) and are to be downloaded by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub id: MessageId,
    pub source_key: String,
    pub attempts: i32,
}

pub fn wanted(db: &mut Db, mailbox: MailboxId) -> Result<Vec<Wanted>, StoreError> {
    let rows: Vec<(i32, String, i32)> = messages::table
        .filter(messages::mailbox_id.eq(mailbox.0))
        .filter(messages::source_id.is_null())
        .filter(messages::header_digest.is_null())
        .filter(messages::state.eq(State::Retrying.code()))
        .filter(messages::next_attempt.le(crate::domain::now()))
        .order(messages::id)
        .select((messages::id, messages::source_key, messages::attempts))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, source_key, attempts)| Wanted { id: MessageId(id), source_key, attempts }).collect())
}

/// A message without a source (too large, not handed over).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDownloaded {
    pub id: MessageId,
    pub source_key: String,
    pub size: u64,
    /// When the server received it.
    pub date: Option<Moment>,
}

pub fn not_downloaded(db: &mut Db, mailbox: MailboxId) -> Result<Vec<NotDownloaded>, StoreError> {
    let rows: Vec<(i32, String, i64, Option<Moment>)> = messages::table
        .filter(messages::mailbox_id.eq(mailbox.0))
        .filter(messages::header_digest.is_null())
        .filter(messages::state.eq_any([State::Held, State::Retrying].map(State::code)))
        .select((messages::id, messages::source_key, messages::size, messages::date))
        .load(db)?;
    let read = |(id, source_key, size, date): (i32, String, i64, Option<Moment>)| NotDownloaded {
        id: MessageId(id),
        source_key,
        size: u64::try_from(size).unwrap_or_default(),
        date,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The message has another key now (the server numbers anew).
pub fn rekey(db: &mut Db, id: MessageId, source_key: &str) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id.0)).set(messages::source_key.eq(source_key)).execute(db)?;
    Ok(())
}

/// The server lists the same message with another size now.
pub fn resize(db: &mut Db, id: MessageId, size: u64) -> Result<(), StoreError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    diesel::update(messages::table.find(id.0)).set(messages::size.eq(size)).execute(db)?;
    Ok(())
}
