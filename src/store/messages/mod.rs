//! The ledger: of each message the mail as it was received and read (`messages`) and its fate ([`fate`]), a row each under
//! the same id. What pages show of them is in [`list`] and [`view`], what a pass asks about its mailbox in [`known`], what
//! routing asks about mail like the one at hand in [`similar`].

pub mod fate;
pub mod known;
pub mod list;
pub mod similar;
pub mod view;

use std::collections::HashMap;

use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamp};

use super::prepared::{columns, prepared, prepared_for_one};
use super::schema::{fates, gateway_calls, messages, servers};
pub use super::values::kept_sha256;
use super::values::{Json, Sha256Digits, to_json};
use super::{Db, StoreError};
use crate::domain::Moment;
use crate::domain::id::{ConnectionId, ImportId, MailboxId, MessageId, ServerId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::message::{GatewayCall, LedgerEntry};

/// A mail as it is received.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct NewMessage<'a> {
    pub mailbox_id: MailboxId,
    pub server_name: &'a str,
    pub source_key: &'a str,
    pub generation: i32,
    pub source_id: Option<SourceId>,
    pub size: i64,
    pub header_digest: Option<&'a str>,
    /// See [`kept_sha256`].
    pub sha256: Option<String>,
    pub date: Option<Moment>,
    pub create_date: Moment,
    pub import_id: Option<ImportId>,
}

/// Mails of one mailbox, each under a key of its own; their ids in the same order. Their fates are to follow.
pub fn insert(db: &mut Db, new: &[NewMessage<'_>]) -> Result<Vec<MessageId>, StoreError> {
    match db {
        Db::Sqlite(conn) => {
            let one = |new| diesel::insert_into(messages::table).values(new).returning(messages::id).get_result(conn);
            Ok(new.iter().map(one).collect::<QueryResult<_>>()?)
        }
        Db::Postgres(conn) => {
            let query = diesel::insert_into(messages::table).values(new);
            let ids: Vec<(String, MessageId)> =
                query.returning((messages::source_key, messages::id)).get_results(conn)?;
            // It does not promise an order.
            let ids: HashMap<String, MessageId> = ids.into_iter().collect();
            let id = |new: &NewMessage<'_>| ids.get(new.source_key).copied().ok_or(diesel::result::Error::NotFound);
            Ok(new.iter().map(id).collect::<QueryResult<_>>()?)
        }
    }
}

/// What a mail says of itself, and what it is known by; written whole.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
pub struct MessageReading<'a> {
    pub fingerprint: String,
    pub message_id: &'a str,
    pub subject: String,
    pub email_from: String,
    pub date: Moment,
    pub marks: Option<String>,
}

/// What was read of these messages.
pub fn read(db: &mut Db, readings: &[(MessageId, MessageReading<'_>)]) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else {
        for (id, reading) in readings {
            let query = diesel::update(messages::table.find(id)).set(reading).returning(messages::id);
            prepared(query).one::<MessageId>(db)?;
        }
        return Ok(());
    };
    let of = |text: fn(&MessageReading<'_>) -> String| readings.iter().map(|(_, one)| text(one)).collect::<Vec<_>>();
    diesel::sql_query(
        "UPDATE messages SET fingerprint = n.fingerprint, message_id = n.message_id, subject = n.subject, \
         email_from = n.email_from, date = n.date, marks = n.marks \
         FROM unnest($1, $2, $3, $4, $5, $6, $7) AS n (id, fingerprint, message_id, subject, email_from, date, marks) \
         WHERE messages.id = n.id",
    )
    .bind::<Array<Integer>, _>(readings.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of(|one| one.fingerprint.clone()))
    .bind::<Array<Text>, _>(of(|one| one.message_id.to_owned()))
    .bind::<Array<Text>, _>(of(|one| one.subject.clone()))
    .bind::<Array<Text>, _>(of(|one| one.email_from.clone()))
    .bind::<Array<Timestamp>, _>(readings.iter().map(|(_, one)| one.date).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(readings.iter().map(|(_, one)| one.marks.as_deref()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// What a message is known by, as [`crate::domain::message::kept_fingerprint`] gives it; None until it is read.
pub fn fingerprint(db: &mut Db, id: MessageId) -> Result<Option<String>, StoreError> {
    Ok(messages::table.find(id).select(messages::fingerprint).first(db)?)
}

/// What a message says of itself by its header alone.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = messages)]
pub struct Described<'a> {
    pub subject: &'a str,
    pub email_from: &'a str,
    pub message_id: Option<&'a str>,
    pub date: Moment,
}

pub fn describe(db: &mut Db, id: MessageId, described: &Described<'_>) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id)).set(described).execute(db)?;
    Ok(())
}

/// The source of a message that was only known until now.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = messages)]
pub struct Downloaded<'a> {
    pub size: i64,
    pub source_id: SourceId,
    /// See [`kept_sha256`].
    pub sha256: String,
    pub header_digest: &'a str,
}

pub fn downloaded(db: &mut Db, id: MessageId, source: &Downloaded<'_>) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id)).set(source).execute(db)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct EntryRow {
    id: MessageId,
    mailbox_id: MailboxId,
    #[diesel(select_expression = fates::server_id)]
    server_id: Option<ServerId>,
    #[diesel(select_expression = fates::connection_id)]
    connection_id: Option<ConnectionId>,
    import_id: Option<ImportId>,
    server_name: String,
    source_key: String,
    #[diesel(select_expression = fates::state)]
    state: MailState,
    #[diesel(select_expression = fates::reason_code)]
    reason_code: Option<Reason>,
    #[diesel(select_expression = fates::attempts)]
    attempts: i32,
    source_id: Option<SourceId>,
    #[diesel(deserialize_as = Sha256Digits)]
    sha256: Option<String>,
    #[diesel(select_expression = fate::object_model(), select_expression_type = SqlLiteral<Nullable<Text>>)]
    object_model: Option<String>,
    date: Option<Moment>,
    #[diesel(select_expression = fates::notes)]
    notes: Option<String>,
    create_date: Moment,
}

impl From<EntryRow> for LedgerEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            mailbox: row.mailbox_id,
            server: row.server_id,
            connection: row.connection_id,
            import: row.import_id,
            server_name: row.server_name,
            source_key: row.source_key,
            state: row.state,
            reason: row.reason_code,
            attempts: row.attempts,
            source: row.source_id,
            sha256: row.sha256.unwrap_or_default(),
            object_model: row.object_model,
            date: row.date,
            notes: row.notes,
            create_date: row.create_date,
        }
    }
}

/// What is needed to take these messages up, in the order of their numbers.
pub fn load(db: &mut Db, ids: &[MessageId]) -> Result<Vec<LedgerEntry>, StoreError> {
    let query = messages::table.inner_join(fates::table).filter(messages::id.eq_any(ids)).order(messages::id);
    let rows: Vec<EntryRow> = prepared_for_one(ids, query.select(columns::<EntryRow>())).load(db)?;
    Ok(rows.into_iter().map(LedgerEntry::from).collect())
}

pub fn insert_call(db: &mut Db, message: MessageId, call: &GatewayCall) -> Result<(), StoreError> {
    let row = (
        gateway_calls::message_id.eq(message),
        gateway_calls::original.eq(call.save_original),
        gateway_calls::details.eq(to_json(call)?),
    );
    crate::on_backend!(db, conn => diesel::insert_into(gateway_calls::table).values(row).execute(conn))?;
    Ok(())
}

/// The calls that brought these messages, as far as a call did.
pub fn calls(db: &mut Db, ids: &[MessageId]) -> Result<HashMap<MessageId, GatewayCall>, StoreError> {
    let query = gateway_calls::table
        .filter(gateway_calls::message_id.eq_any(ids))
        .select((gateway_calls::message_id, gateway_calls::details));
    let calls: Vec<(MessageId, Json<GatewayCall>)> = prepared_for_one(ids, query).load(db)?;
    Ok(calls.into_iter().map(|(id, call)| (id, call.0)).collect())
}

/// What is held or on its way needs its source.
pub const MAY_LOSE_SOURCE: [MailState; 2] = [MailState::Delivered, MailState::Ignored];

/// Messages above `after`, up to `last`, that were delivered or ignored before this moment and still have their source. Those
/// of servers that keep originals are left out, and so are those of the gateway whose client wants them kept.
pub fn expired(
    db: &mut Db,
    before: Moment,
    (after, last): (MessageId, MessageId),
    limit: i64,
) -> Result<Vec<(MessageId, SourceId)>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .left_join(servers::table.on(servers::id.nullable().eq(fates::server_id)))
        .left_join(gateway_calls::table)
        .filter(fates::state.eq_any(MAY_LOSE_SOURCE))
        .filter(fate::settled_at().lt(before))
        // It can be taken up again, for which its source is needed.
        .filter(fates::reason_code.is_null().or(fates::reason_code.ne(Reason::ImportUndone)))
        .filter(messages::source_id.is_not_null())
        .filter(messages::id.gt(after))
        .filter(messages::id.le(last))
        .filter(servers::original.nullable().is_null().or(servers::original.nullable().eq(false)))
        .filter(gateway_calls::original.nullable().is_null().or(gateway_calls::original.nullable().eq(false)))
        .order(messages::id)
        .limit(limit)
        .select((messages::id, messages::source_id.assume_not_null()))
        .load(db)?)
}

/// The message has no source any more.
pub fn forget_source(db: &mut Db, id: MessageId) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id)).set(messages::source_id.eq(None::<SourceId>)).execute(db)?;
    Ok(())
}
