//! What the ledger knows of mail like the one at hand: the same in this mailbox, and more of the same sender.

use std::collections::HashSet;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::messages;
use crate::domain::Moment;
use crate::domain::id::{MailboxId, MessageId, RecordId, SourceId};
use crate::domain::ledger::State;

/// A message of the ledger with a fingerprint that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Same {
    pub id: MessageId,
    pub mailbox: MailboxId,
    pub fingerprint: String,
    pub source_key: String,
    /// It waits for a person.
    pub held: bool,
}

/// Messages of these mailboxes with these fingerprints, oldest first.
pub fn same(db: &mut Db, mailboxes: &[MailboxId], fingerprints: &[&str]) -> Result<Vec<Same>, StoreError> {
    let query = messages::table
        .filter(messages::mailbox_id.eq_any(mailboxes.iter().map(|mailbox| mailbox.0)))
        .filter(messages::fingerprint.eq_any(fingerprints))
        .order(messages::id)
        .select((messages::id, messages::mailbox_id, messages::fingerprint, messages::source_key, messages::state));
    type Row = (i32, i32, Option<String>, String, String);
    let rows: Vec<Row> = prepared_for_one(fingerprints, query).load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, mailbox, fingerprint, source_key, state)| Same {
            id: MessageId(id),
            mailbox: MailboxId(mailbox),
            fingerprint: fingerprint.unwrap_or_default(),
            source_key,
            held: state == State::Held.code(),
        })
        .collect())
}

/// A message with a fingerprint of the first formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Older {
    pub id: MessageId,
    pub fingerprint: String,
    pub sha256: Option<String>,
    /// None where it was dropped.
    pub source: Option<SourceId>,
}

/// The first formula's fingerprints begin with the Message-ID. The words are those of the indexes that hold them alone.
fn is_older() -> SqlLiteral<Bool> {
    sql("substr(fingerprint, 1, 1) = '<'")
}

/// Whether there are any: an installation that began with the present formula has none.
pub fn any_older(db: &mut Db) -> Result<bool, StoreError> {
    Ok(messages::table.filter(is_older()).select(messages::id).first::<i32>(db).optional()?.is_some())
}

/// Messages of the first formula, in any mailbox, with one of these sources (SHA-256) or fingerprints; the oldest first.
pub fn older(db: &mut Db, sources: &[&str], fingerprints: &[&str]) -> Result<Vec<Older>, StoreError> {
    type Row = (i32, Option<String>, Option<String>, Option<i32>);
    let columns = (messages::id, messages::fingerprint, messages::sha256, messages::source_id);
    let by_source = messages::table.filter(is_older()).filter(messages::sha256.eq_any(sources)).select(columns);
    let mut rows: Vec<Row> = prepared_for_one(sources, by_source).load(db)?;
    let by_print =
        messages::table.filter(is_older()).filter(messages::fingerprint.eq_any(fingerprints)).select(columns);
    rows.extend(prepared_for_one(fingerprints, by_print).load::<Row>(db)?);
    rows.sort_unstable();
    Ok(rows
        .into_iter()
        .map(|(id, fingerprint, sha256, source)| Older {
            id: MessageId(id),
            fingerprint: fingerprint.unwrap_or_default(),
            sha256,
            source: source.map(SourceId),
        })
        .collect())
}

/// More mail than this under the Message-IDs of a batch is not looked at: a device gives all of its mail the same one.
const OTHERS: i64 = 1_000;

/// The fingerprints that stand under these Message-IDs, with each its Message-ID.
pub fn under_message_ids(db: &mut Db, ids: &[&str]) -> Result<HashSet<(String, String)>, StoreError> {
    let query = messages::table
        .filter(messages::message_id.eq_any(ids))
        .select((messages::message_id, messages::fingerprint))
        .limit(OTHERS);
    let found: Vec<(Option<String>, Option<String>)> = prepared_for_one(ids, query).load(db)?;
    Ok(found.into_iter().filter_map(|(id, fingerprint)| id.zip(fingerprint)).collect())
}

/// A delivered mail: its sender and subject as the ledger has them, and its date.
pub type Delivered = (String, String, Moment);

/// The delivered ones of the newest `limit` mails of these senders from `since` on.
pub fn delivered(db: &mut Db, senders: &[&str], since: Moment, limit: i64) -> Result<Vec<Delivered>, StoreError> {
    let query = messages::table
        .filter(messages::email_from.eq_any(senders))
        .filter(messages::date.ge(since))
        .order(messages::date.desc())
        .limit(limit)
        .select((messages::state, messages::email_from, messages::subject, messages::date));
    // The state is looked at here: in the query it would lead SQLite to go through all that was ever delivered.
    type Row = (String, Option<String>, Option<String>, Option<Moment>);
    let mut rows: Vec<Row> = prepared_for_one(senders, query).load(db)?;
    rows.retain(|(state, ..)| state == State::Delivered.code());
    Ok(rows.into_iter().filter_map(|(_, from, subject, date)| Some((from?, subject?, date?))).collect())
}

/// A mail that stands on a record of this database: its sender and subject as the ledger has them, and the record.
pub type OnRecord = (String, String, String, RecordId);

/// The newest `limit` mails of these senders from `since` on, as far as they stand on records here: sender, subject, record type
/// and record.
pub fn on_records(db: &mut Db, senders: &[String], since: Moment, limit: i64) -> Result<Vec<OnRecord>, StoreError> {
    let query = messages::table
        .filter(messages::email_from.eq_any(senders))
        .filter(messages::date.ge(since))
        .order(messages::date.desc())
        .limit(limit)
        .select((
            messages::email_from,
            messages::subject,
            messages::res_model,
            messages::res_id,
            messages::connection_id.is_null(),
        ));
    type Row = (Option<String>, Option<String>, Option<String>, Option<i32>, bool);
    let rows: Vec<Row> = query.load(db)?;
    let standing =
        |(from, subject, model, id, local): Row| Some((from?, subject?, model?, RecordId(id.filter(|_| local)?)));
    Ok(rows.into_iter().filter_map(standing).collect())
}
