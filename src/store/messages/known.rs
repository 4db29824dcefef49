//! What the ledger knows of a mailbox's messages, by source key: the question that each pass begins with.

use std::collections::HashSet;

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use crate::domain::Moment;
use crate::domain::id::{MailboxId, MessageId};
use crate::domain::ledger::{AckState, MailState};
use crate::store::prepared::{columns, prepared_for_one};
use crate::store::schema::{acknowledgements, fates, messages};
use crate::store::values::Sha256Digits;
use crate::store::{Db, StoreError};

/// Hands on every source key of the mailbox, one at a time: a mailbox may hold hundreds of thousands.
pub fn each_key(db: &mut Db, mailbox: MailboxId, mut each: impl FnMut(&str)) -> Result<(), StoreError> {
    let query = messages::table.filter(messages::mailbox_id.eq(mailbox)).select(messages::source_key);
    crate::on_backend!(db, conn => for key in query.load_iter::<String, DefaultLoadingMode>(conn)? {
        each(&key?);
    });
    Ok(())
}

/// Those of these source keys that the mailbox has: what a pass asks where its folder shows less than was ever in it.
pub fn among(db: &mut Db, mailbox: MailboxId, keys: &[String]) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::new();
    for some in keys.chunks(500) {
        let query = messages::table
            .filter(messages::mailbox_id.eq(mailbox))
            .filter(messages::source_key.eq_any(some))
            .select(messages::source_key);
        known.extend(prepared_for_one(some, query).load::<String>(db)?);
    }
    Ok(known)
}

/// The newest message under a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct KnownMessage {
    pub id: MessageId,
    pub generation: i32,
    #[diesel(deserialize_as = i64)]
    pub size: u64,
    #[diesel(deserialize_as = Sha256Digits)]
    pub sha256: Option<String>,
    #[diesel(select_expression = acknowledgements::state.nullable())]
    acknowledgement: Option<AckState>,
}

impl KnownMessage {
    /// The server was told what to do with it.
    pub fn is_told(&self) -> bool {
        self.acknowledgement == Some(AckState::Done)
    }
}

/// The newest message under each of these keys, where there is one.
pub fn newest(db: &mut Db, mailbox: MailboxId, keys: &[String]) -> Result<Vec<(String, KnownMessage)>, StoreError> {
    let mut found: Vec<(String, KnownMessage)> = Vec::new();
    for some in keys.chunks(500) {
        let query = messages::table
            .left_join(acknowledgements::table)
            .filter(messages::mailbox_id.eq(mailbox))
            .filter(messages::source_key.eq_any(some))
            .order((messages::source_key, messages::generation.desc()))
            .select((messages::source_key, columns::<KnownMessage>()));
        found.extend(prepared_for_one(some, query).load::<(String, KnownMessage)>(db)?);
    }
    // The newest of each key comes first.
    found.dedup_by(|(older, _), (newer, _)| older == newer);
    Ok(found)
}

/// Messages that were only known until now (too large, not handed over) and are to be downloaded by now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct AwaitedDownload {
    pub id: MessageId,
    pub source_key: String,
    #[diesel(select_expression = fates::attempts)]
    pub attempts: i32,
}

pub fn wanted(db: &mut Db, mailbox: MailboxId) -> Result<Vec<AwaitedDownload>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .filter(messages::mailbox_id.eq(mailbox))
        .filter(messages::source_id.is_null())
        .filter(messages::header_digest.is_null())
        .filter(fates::state.eq(MailState::Retrying))
        .filter(fates::next_attempt.le(crate::domain::now()))
        .order(messages::id)
        .select(AwaitedDownload::as_select())
        .load(db)?)
}

/// A message without a source (too large, not handed over).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct NotDownloaded {
    pub id: MessageId,
    pub source_key: String,
    #[diesel(deserialize_as = i64)]
    pub size: u64,
    /// When the server received it.
    pub date: Option<Moment>,
}

pub fn not_downloaded(db: &mut Db, mailbox: MailboxId) -> Result<Vec<NotDownloaded>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .filter(messages::mailbox_id.eq(mailbox))
        .filter(messages::header_digest.is_null())
        .filter(fates::state.eq_any([MailState::Held, MailState::Retrying]))
        .select(NotDownloaded::as_select())
        .load(db)?)
}

/// The message has another key now (the server numbers anew).
pub fn rekey(db: &mut Db, id: MessageId, source_key: &str) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id)).set(messages::source_key.eq(source_key)).execute(db)?;
    Ok(())
}

/// The server lists the same message with another size now.
pub fn resize(db: &mut Db, id: MessageId, size: u64) -> Result<(), StoreError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    diesel::update(messages::table.find(id)).set(messages::size.eq(size)).execute(db)?;
    Ok(())
}
