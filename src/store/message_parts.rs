//! Parts of large messages that have not come whole yet: each row is what comes next to those before it. They go once the message
//! is kept or not to be fetched any more, and after some days without a further one.

use std::cmp::Reverse;

use diesel::dsl::{exists, max, not};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{fates, message_parts, messages};
use crate::domain::id::MailboxId;
use crate::domain::ledger::MailState;
use crate::domain::{Moment, now};

/// The bytes of a message of this size that begin at `at`.
pub fn at(db: &mut Db, mailbox: MailboxId, key: &str, size: u64, at: u64) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(message_parts::table
        .find((mailbox, key, stored(at)))
        .filter(message_parts::size.eq(stored(size)))
        .select(message_parts::bytes)
        .first(db)
        .optional()?)
}

/// What came of a message of this size.
#[derive(Debug, Clone, Copy)]
pub struct NewPart<'a> {
    pub mailbox: MailboxId,
    /// The message's source key.
    pub key: &'a str,
    pub size: u64,
    /// Where it begins in the message.
    pub at: u64,
    pub bytes: &'a [u8],
}

/// Keeps what comes next of a message. Of more than `most` messages of the mailbox those go that nothing came of for longest.
pub fn add(db: &mut Db, part: NewPart<'_>, most: usize) -> Result<(), StoreError> {
    let NewPart { mailbox, key, size, at, bytes } = part;
    if at == 0 {
        // What was announced with another size was another message.
        forget(db, mailbox, &[key.to_owned()])?;
    }
    diesel::insert_into(message_parts::table)
        .values((
            message_parts::mailbox_id.eq(mailbox),
            message_parts::source_key.eq(key),
            message_parts::size.eq(stored(size)),
            message_parts::at.eq(stored(at)),
            message_parts::bytes.eq(bytes),
            message_parts::create_date.eq(now()),
        ))
        .execute(db)?;
    if at > 0 {
        return Ok(());
    }
    let mut kept: Vec<LastPart> = message_parts::table
        .filter(message_parts::mailbox_id.eq(mailbox))
        .group_by((message_parts::mailbox_id, message_parts::source_key))
        .select((message_parts::mailbox_id, message_parts::source_key, max(message_parts::create_date)))
        .load(db)?;
    kept.sort_by_key(|part| Reverse(part.came));
    let spare: Vec<String> = kept.into_iter().skip(most).map(|part| part.key).collect();
    if spare.is_empty() { Ok(()) } else { forget(db, mailbox, &spare) }
}

/// The messages of this mailbox that parts are here of.
pub fn keys(db: &mut Db, mailbox: MailboxId) -> Result<Vec<String>, StoreError> {
    let of = message_parts::table.filter(message_parts::mailbox_id.eq(mailbox));
    // What is tried again later is in the ledger, and goes on then where it broke.
    let retried = messages::table.inner_join(fates::table).filter(messages::mailbox_id.eq(mailbox));
    let retried = retried.filter(messages::source_key.eq(message_parts::source_key));
    let retried = retried.filter(messages::source_id.is_null()).filter(fates::state.eq(MailState::Retrying));
    Ok(of.filter(not(exists(retried))).select(message_parts::source_key).distinct().load(db)?)
}

pub fn forget(db: &mut Db, mailbox: MailboxId, keys: &[String]) -> Result<(), StoreError> {
    let of = message_parts::table.filter(message_parts::mailbox_id.eq(mailbox));
    diesel::delete(of.filter(message_parts::source_key.eq_any(keys))).execute(db)?;
    Ok(())
}

/// When the last part of a message came.
#[derive(Queryable)]
struct LastPart {
    mailbox: MailboxId,
    key: String,
    came: Option<Moment>,
}

/// The messages that nothing came of since this moment, by their mailbox and source key.
pub fn older(db: &mut Db, moment: Moment) -> Result<Vec<(MailboxId, String)>, StoreError> {
    let last: Vec<LastPart> = message_parts::table
        .group_by((message_parts::mailbox_id, message_parts::source_key))
        .select((message_parts::mailbox_id, message_parts::source_key, max(message_parts::create_date)))
        .load(db)?;
    let old = last.into_iter().filter(|part| part.came.is_none_or(|came| came < moment));
    Ok(old.map(|part| (part.mailbox, part.key)).collect())
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
