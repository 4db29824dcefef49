//! The queues of the connections: which messages wait for which one, in which order.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists, min, not};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connection_status, connections, fates, handovers, messages};
use super::values::{Json, to_json};
use crate::domain::Moment;
use crate::domain::connection::ConnectionState;
use crate::domain::conversation::People;
use crate::domain::handover::Handover;
use crate::domain::id::{ConnectionId, MessageId, RecordId};
use crate::domain::ledger::MailState;
use crate::domain::message::Address;
use crate::domain::thread::MessageIdKey;

/// The states on the way: later mail of the same conversation waits for these.
const ON_THE_WAY: [MailState; 3] = [MailState::Routed, MailState::Delivering, MailState::Retrying];

/// Mails of a batch's conversations that are read.
const LATEST: i64 = 2_000;

/// The place of a message in the queue of a connection.
#[derive(Debug, Clone)]
pub struct QueuePosition<'a> {
    pub connection: ConnectionId,
    /// Its own Message-ID, as it is compared.
    pub key: Option<MessageIdKey>,
    pub people: People,
    /// Messages of the same conversation are delivered in order.
    pub conversation: &'a str,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = handovers, treat_none_as_null = true, treat_none_as_default_value = false)]
struct HandoverColumns<'a> {
    message_id: MessageId,
    connection_id: ConnectionId,
    conversation: &'a str,
    details: String,
    message_key: Option<&'a MessageIdKey>,
    people: &'a People,
}

/// Puts a message into the queue, or replaces what it is to become over there.
pub fn put(db: &mut Db, message: MessageId, place: &QueuePosition<'_>, handover: &Handover) -> Result<(), StoreError> {
    let columns = HandoverColumns {
        message_id: message,
        connection_id: place.connection,
        conversation: place.conversation,
        details: to_json(handover)?,
        message_key: place.key.as_ref(),
        people: &place.people,
    };
    crate::on_backend!(db, conn => diesel::insert_into(handovers::table)
        .values(&columns)
        .on_conflict(handovers::message_id)
        .do_update()
        .set(&columns)
        .execute(conn))?;
    Ok(())
}

/// Writes how far a delivery is.
pub fn update(db: &mut Db, message: MessageId, handover: &Handover) -> Result<(), StoreError> {
    diesel::update(handovers::table.find(message)).set(handovers::details.eq(to_json(handover)?)).execute(db)?;
    Ok(())
}

/// Removes a message from the queue.
pub fn remove(db: &mut Db, message: MessageId) -> Result<(), StoreError> {
    diesel::delete(handovers::table.find(message)).execute(db)?;
    Ok(())
}

/// None where the message was never queued for this connection.
pub fn get(db: &mut Db, message: MessageId, connection: ConnectionId) -> Result<Option<Handover>, StoreError> {
    let queued = handovers::table.find(message).filter(handovers::connection_id.eq(connection));
    let details: Option<Json<Handover>> = queued.select(handovers::details).first(db).optional()?;
    Ok(details.map(Handover::from))
}

/// A message that can be delivered.
#[derive(Debug, Clone)]
pub struct DueMail {
    pub id: MessageId,
    /// Its sender, as shown.
    pub from: Option<String>,
    /// The record type that it is to become over there.
    pub model: String,
}

#[derive(Queryable)]
struct DueRow {
    id: MessageId,
    from: Option<String>,
    details: Json<Handover>,
}

/// Messages that can be delivered at `at`, oldest first: each the first of its conversation that is still on its way.
pub fn due(db: &mut Db, connection: ConnectionId, at: Moment, limit: i64) -> Result<Vec<DueMail>, StoreError> {
    let (earlier, queued) = diesel::alias!(fates as earlier, handovers as queued);
    let before = earlier
        .inner_join(queued.on(queued.field(handovers::message_id).eq(earlier.field(fates::id))))
        .filter(queued.field(handovers::connection_id).eq(handovers::connection_id))
        .filter(queued.field(handovers::conversation).eq(handovers::conversation))
        .filter(earlier.field(fates::id).lt(fates::id))
        .filter(earlier.field(fates::state).eq_any(ON_THE_WAY));
    let rows: Vec<DueRow> = handovers::table
        .inner_join(fates::table)
        .inner_join(messages::table)
        .filter(fates::connection_id.eq(connection).and(handovers::connection_id.eq(connection)))
        .filter(
            fates::state.eq(MailState::Routed).or(fates::state.eq(MailState::Retrying).and(fates::next_attempt.le(at))),
        )
        .filter(not(exists(before)))
        .order(fates::id)
        .limit(limit)
        .select((fates::id, messages::email_from, handovers::details))
        .load(db)?;
    let model = |details| Handover::from(details).model;
    Ok(rows.into_iter().map(|row| DueMail { id: row.id, from: row.from, model: model(row.details) }).collect())
}

/// Connections to be tried at `at`: those that are used and for which something waits, or that fail or are paused until then
/// (even if nothing waits any more, so that none seems to fail for ever). What a dead process left in
/// [`MailState::Delivering`] counts as waiting.
pub fn connections_due(db: &mut Db, at: Moment) -> Result<Vec<ConnectionId>, StoreError> {
    let moving = [MailState::Routed, MailState::Delivering];
    let waits = handovers::table.inner_join(fates::table).filter(
        handovers::connection_id
            .eq(connections::id)
            .and(fates::state.eq_any(moving).or(fates::state.eq(MailState::Retrying).and(fates::next_attempt.le(at)))),
    );
    Ok(connections::table
        .left_join(connection_status::table)
        .filter(connections::active.eq(true).and(connections::state.eq(ConnectionState::Done)))
        .filter(connection_status::next_attempt.is_null().or(connection_status::next_attempt.le(at)))
        .filter(exists(waits).or(connection_status::next_attempt.is_not_null()))
        .order(connections::id)
        .select(connections::id)
        .load(db)?)
}

/// Messages in [`MailState::Delivering`]: while nobody works on the connection, these were left by a dead process.
pub fn in_hand(db: &mut Db, connection: ConnectionId) -> Result<Vec<MessageId>, StoreError> {
    Ok(fates::table
        .filter(fates::connection_id.eq(connection).and(fates::state.eq(MailState::Delivering)))
        .order(fates::id)
        .select(fates::id)
        .load(db)?)
}

/// A queued or delivered mail that other mail may answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = handovers)]
pub struct There {
    message_id: MessageId,
    #[diesel(column_name = connection_id)]
    pub connection: ConnectionId,
    /// Its Message-ID, as [`MessageIdKey`] has it.
    #[diesel(column_name = message_key)]
    key: Option<String>,
    pub conversation: String,
    pub people: People,
    #[diesel(select_expression = messages::email_from)]
    email_from: Option<String>,
    #[diesel(select_expression = fates::res_model)]
    res_model: Option<String>,
    #[diesel(select_expression = fates::res_id)]
    res_id: Option<RecordId>,
}

impl There {
    pub fn has_key(&self, key: &MessageIdKey) -> bool {
        self.key.as_deref() == Some(key.as_str())
    }

    /// The record that it became; None while it is on its way.
    pub fn record(&self) -> Option<(&str, RecordId)> {
        self.res_model.as_deref().zip(self.res_id)
    }
}

/// Mail that went to these connections, or is on its way, under these Message-IDs in comparable form, or in these
/// conversations; the latest last.
pub fn there(
    db: &mut Db,
    connections: &[ConnectionId],
    keys: &[&str],
    conversations: &[&str],
) -> Result<Vec<There>, StoreError> {
    let mut found: Vec<There> = Vec::new();
    if connections.is_empty() {
        return Ok(found);
    }
    let [routed, delivering, retrying] = ON_THE_WAY;
    let all = || {
        handovers::table
            .inner_join(messages::table)
            .inner_join(fates::table)
            .filter(handovers::connection_id.eq_any(connections))
            .filter(fates::state.eq_any([routed, delivering, retrying, MailState::Delivered]))
            .select(There::as_select())
    };
    if !keys.is_empty() {
        found.extend(all().filter(handovers::message_key.eq_any(keys)).load(db)?);
    }
    let mut conversations: Vec<String> = conversations.iter().map(|one| (*one).to_owned()).collect();
    conversations.extend(found.iter().map(|there| there.conversation.clone()));
    if !conversations.is_empty() {
        let latest = all().filter(handovers::conversation.eq_any(conversations)).order(messages::id.desc());
        found.extend(latest.limit(LATEST).load(db)?);
    }
    found.sort_by_key(|there| there.message_id);
    found.dedup_by_key(|there| there.message_id);
    for there in &mut found {
        if let Some(from) = &there.email_from {
            there.people.wrote(&Address::from_display(from));
        }
    }
    Ok(found)
}

/// Whether other mail than this went to the connection, or is on its way, under this Message-ID.
pub fn is_taken(db: &mut Db, connection: ConnectionId, message_id: &str, but: MessageId) -> Result<bool, StoreError> {
    let other: Option<MessageId> = handovers::table
        .inner_join(messages::table)
        .filter(messages::message_id.eq(message_id))
        .filter(handovers::connection_id.eq(connection).and(messages::id.ne(but)))
        .select(messages::id)
        .first(db)
        .optional()?;
    Ok(other.is_some())
}

/// What waits for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Waiting {
    pub messages: i64,
    /// When the oldest of them was received.
    pub since: Option<Moment>,
}

/// What is on its way to each connection.
pub fn waiting(db: &mut Db) -> Result<HashMap<ConnectionId, Waiting>, StoreError> {
    let rows: Vec<(ConnectionId, Waiting)> = handovers::table
        .inner_join(messages::table)
        .inner_join(fates::table)
        .filter(fates::state.eq_any(ON_THE_WAY))
        .group_by(handovers::connection_id)
        .select((handovers::connection_id, (count_star(), min(messages::create_date))))
        .load(db)?;
    Ok(rows.into_iter().collect())
}
