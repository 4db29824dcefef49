//! What the ledger knows of mail like the one at hand: the same in this mailbox, and more of the same sender.

use std::collections::HashSet;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::Moment;
use crate::domain::id::{ConnectionId, MailboxId, MessageId, RecordId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::store::prepared::{columns, prepared_for_one};
use crate::store::schema::{fates, mailboxes as boxes, messages};
use crate::store::values::{Sha256Digits, kept_sha256};
use crate::store::{Db, StoreError};

/// A message of the ledger with a fingerprint that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct Same {
    pub id: MessageId,
    #[diesel(column_name = mailbox_id)]
    pub mailbox: MailboxId,
    #[diesel(select_expression = messages::fingerprint.assume_not_null())]
    pub fingerprint: String,
    pub source_key: String,
    #[diesel(select_expression = fates::state)]
    pub state: MailState,
    #[diesel(select_expression = fates::reason_code)]
    pub reason: Option<Reason>,
}

/// Messages with these fingerprints, oldest first, of each of these mailboxes and of its account's other folders: each
/// with the one of `mailboxes` that it was looked for.
pub fn same(
    db: &mut Db,
    mailboxes: &[MailboxId],
    fingerprints: &[String],
) -> Result<Vec<(MailboxId, Same)>, StoreError> {
    let (here, beside) = diesel::alias!(boxes as here, boxes as beside);
    let account = beside
        .field(boxes::server_id)
        .eq(here.field(boxes::server_id))
        .and(beside.field(boxes::host).eq(here.field(boxes::host)))
        .and(beside.field(boxes::username).eq(here.field(boxes::username)));
    let query = here
        .inner_join(beside.on(beside.field(boxes::id).eq(here.field(boxes::id)).or(account)))
        .inner_join(messages::table.on(messages::mailbox_id.eq(beside.field(boxes::id))))
        .inner_join(fates::table.on(fates::id.eq(messages::id)))
        .filter(here.field(boxes::id).eq_any(mailboxes))
        .filter(messages::fingerprint.eq_any(fingerprints))
        .order(messages::id)
        .select((here.field(boxes::id), columns::<Same>()));
    Ok(prepared_for_one(fingerprints, query).load(db)?)
}

/// A message with a fingerprint of the first formula.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct Older {
    pub id: MessageId,
    #[diesel(select_expression = messages::fingerprint.assume_not_null())]
    pub fingerprint: String,
    #[diesel(deserialize_as = Sha256Digits)]
    pub sha256: Option<String>,
    /// None where it was dropped.
    #[diesel(column_name = source_id)]
    pub source: Option<SourceId>,
}

/// The first formula's fingerprints begin with the Message-ID. The words are those of the indexes that hold them alone.
fn is_older() -> SqlLiteral<Bool> {
    sql("substr(fingerprint, 1, 1) = '<'")
}

/// Whether there are any: an installation that began with the present formula has none.
pub fn any_older(db: &mut Db) -> Result<bool, StoreError> {
    Ok(messages::table.filter(is_older()).select(messages::id).first::<MessageId>(db).optional()?.is_some())
}

/// Messages of the first formula, in any mailbox, with one of these sources (SHA-256) or fingerprints; the oldest first.
pub fn older(db: &mut Db, sources: &[&str], fingerprints: &[&str]) -> Result<Vec<Older>, StoreError> {
    let all = || messages::table.filter(is_older()).select(columns::<Older>());
    let kept: Vec<String> = sources.iter().flat_map(|digits| [kept_sha256(digits), (*digits).to_owned()]).collect();
    let mut found: Vec<Older> = all().filter(messages::sha256.eq_any(kept)).load(db)?;
    let by_print = all().filter(messages::fingerprint.eq_any(fingerprints));
    found.extend(prepared_for_one(fingerprints, by_print).load::<Older>(db)?);
    found.sort_unstable_by_key(|older| older.id);
    Ok(found)
}

/// More mail than this under the Message-IDs of a batch is not looked at: a device gives all of its mail the same one.
const OTHERS: i64 = 1_000;

/// The fingerprints that stand under these Message-IDs, with each its Message-ID.
pub fn under_message_ids(db: &mut Db, ids: &[&str]) -> Result<HashSet<(String, String)>, StoreError> {
    let query = messages::table
        .filter(messages::message_id.eq_any(ids))
        .filter(messages::fingerprint.is_not_null())
        .select((messages::message_id.assume_not_null(), messages::fingerprint.assume_not_null()))
        .limit(OTHERS);
    Ok(prepared_for_one(ids, query).load::<(String, String)>(db)?.into_iter().collect())
}

/// A mail as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct Delivered {
    /// Its sender and subject as the ledger has them.
    #[diesel(select_expression = messages::email_from.assume_not_null())]
    pub email_from: String,
    #[diesel(select_expression = messages::subject.assume_not_null())]
    pub subject: String,
    #[diesel(select_expression = messages::date.assume_not_null())]
    pub date: Moment,
    #[diesel(select_expression = fates::state)]
    state: MailState,
}

/// The delivered ones of the newest `limit` mails of these senders from `since` on.
pub fn delivered(db: &mut Db, senders: &[&str], since: Moment, limit: i64) -> Result<Vec<Delivered>, StoreError> {
    let query = messages::table
        .inner_join(fates::table)
        .filter(messages::email_from.eq_any(senders))
        .filter(messages::date.ge(since))
        .filter(messages::subject.is_not_null())
        .order(messages::date.desc())
        .limit(limit)
        .select(columns::<Delivered>());
    let mut mails: Vec<Delivered> = prepared_for_one(senders, query).load(db)?;
    // The state is looked at here: in the query it would lead SQLite to go through all that was ever delivered.
    mails.retain(|mail| mail.state == MailState::Delivered);
    Ok(mails)
}

/// A mail on a record of this database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    /// Its sender and subject as the ledger has them.
    pub email_from: String,
    pub subject: String,
    pub model: String,
    pub record: RecordId,
}

/// A mail, and where it stands if it does.
#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct SimilarMail {
    email_from: Option<String>,
    subject: Option<String>,
    #[diesel(select_expression = fates::res_model)]
    res_model: Option<String>,
    #[diesel(select_expression = fates::res_id)]
    res_id: Option<RecordId>,
    #[diesel(select_expression = fates::connection_id)]
    connection_id: Option<ConnectionId>,
}

/// The newest `limit` mails of these senders from `since` on, as far as they stand on records here.
pub fn on_records(db: &mut Db, senders: &[String], since: Moment, limit: i64) -> Result<Vec<OnRecord>, StoreError> {
    let query = messages::table
        .inner_join(fates::table)
        .filter(messages::email_from.eq_any(senders))
        .filter(messages::date.ge(since))
        .order(messages::date.desc())
        .limit(limit)
        .select(SimilarMail::as_select());
    // Looked at here, as above: the sender's index alone is to lead there.
    let here = query.load(db)?.into_iter().filter(|mail| mail.connection_id.is_none());
    let on_record = |mail: SimilarMail| {
        Some(OnRecord {
            email_from: mail.email_from?,
            subject: mail.subject?,
            model: mail.res_model?,
            record: mail.res_id?,
        })
    };
    Ok(here.filter_map(on_record).collect())
}
