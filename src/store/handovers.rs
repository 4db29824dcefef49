//! The queues of the connections: which messages wait for which one, in which order.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists, min, not};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connection_status, connections, handovers, messages};
use crate::domain::Moment;
use crate::domain::address::Address;
use crate::domain::connection::ConnectionState;
use crate::domain::handover::Handover;
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::ledger::State;
use crate::domain::message_id::MessageIdKey;
use crate::domain::people::People;

/// On its way: what comes later in the same conversation waits for it.
const ON_THE_WAY: [State; 3] = [State::Routed, State::Delivering, State::Retrying];

/// Mails of the conversations of a batch that are looked at.
const LATEST: i64 = 2_000;

/// Where a message stands in the queue of a connection.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    pub connection: ConnectionId,
    /// Its own Message-ID, as it is compared.
    pub key: Option<MessageIdKey>,
    pub people: People,
    /// Messages with the same one are delivered in order.
    pub conversation: &'a str,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = handovers, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Columns<'a> {
    message_id: i32,
    connection_id: i32,
    conversation: &'a str,
    details: &'a str,
    message_key: Option<&'a str>,
    people: &'a str,
}

/// Puts a message into the queue, or replaces what it is to become there.
pub fn put(db: &mut Db, message: MessageId, place: &Place<'_>, handover: &Handover) -> Result<(), StoreError> {
    let details = to_json(handover)?;
    let columns = Columns {
        message_id: message.0,
        connection_id: place.connection.0,
        conversation: place.conversation,
        details: &details,
        message_key: place.key.as_ref().map(MessageIdKey::as_str),
        people: place.people.as_str(),
    };
    crate::on_backend!(db, conn => diesel::insert_into(handovers::table)
        .values(&columns)
        .on_conflict(handovers::message_id)
        .do_update()
        .set(&columns)
        .execute(conn))?;
    Ok(())
}

/// Notes how far a delivery got.
pub fn update(db: &mut Db, message: MessageId, handover: &Handover) -> Result<(), StoreError> {
    let details = to_json(handover)?;
    diesel::update(handovers::table.find(message.0)).set(handovers::details.eq(details)).execute(db)?;
    Ok(())
}

/// None where the message was never queued for this connection.
pub fn get(db: &mut Db, message: MessageId, connection: ConnectionId) -> Result<Option<Handover>, StoreError> {
    let details: Option<String> = handovers::table
        .find(message.0)
        .filter(handovers::connection_id.eq(connection.0))
        .select(handovers::details)
        .first(db)
        .optional()?;
    details.map(|details| from_json(&details)).transpose()
}

/// Messages that can be delivered at `at`, oldest first: each the first of its conversation that is still on its way.
pub fn due(db: &mut Db, connection: ConnectionId, at: Moment, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    let (earlier, queued) = diesel::alias!(messages as earlier, handovers as queued);
    let before = earlier
        .inner_join(queued.on(queued.field(handovers::message_id).eq(earlier.field(messages::id))))
        .filter(queued.field(handovers::connection_id).eq(handovers::connection_id))
        .filter(queued.field(handovers::conversation).eq(handovers::conversation))
        .filter(earlier.field(messages::id).lt(messages::id))
        .filter(earlier.field(messages::state).eq_any(ON_THE_WAY.map(State::code)));
    let ids: Vec<i32> = handovers::table
        .inner_join(messages::table)
        .filter(messages::connection_id.eq(connection.0).and(handovers::connection_id.eq(connection.0)))
        .filter(
            messages::state
                .eq(State::Routed.code())
                .or(messages::state.eq(State::Retrying.code()).and(messages::next_attempt.le(at))),
        )
        .filter(not(exists(before)))
        .order(messages::id)
        .limit(limit)
        .select(messages::id)
        .load(db)?;
    Ok(ids.into_iter().map(MessageId).collect())
}

/// Connections to be tried at `at`: used, and something waits for them or they fail or are paused until then (also where
/// nothing waits any more, so that none looks ill for ever). What a dead process left in [`State::Delivering`] waits.
pub fn connections_due(db: &mut Db, at: Moment) -> Result<Vec<ConnectionId>, StoreError> {
    let moving = [State::Routed, State::Delivering].map(State::code);
    let waits = handovers::table.inner_join(messages::table).filter(
        handovers::connection_id.eq(connections::id).and(
            messages::state
                .eq_any(moving)
                .or(messages::state.eq(State::Retrying.code()).and(messages::next_attempt.le(at))),
        ),
    );
    let ids: Vec<i32> = connections::table
        .left_join(connection_status::table)
        .filter(connections::active.eq(true).and(connections::state.eq(ConnectionState::Done.code())))
        .filter(connection_status::next_attempt.is_null().or(connection_status::next_attempt.le(at)))
        .filter(exists(waits).or(connection_status::next_attempt.is_not_null()))
        .order(connections::id)
        .select(connections::id)
        .load(db)?;
    Ok(ids.into_iter().map(ConnectionId).collect())
}

/// Messages in [`State::Delivering`]: with nobody at work on the connection, what a dead process left in hand.
pub fn in_hand(db: &mut Db, connection: ConnectionId) -> Result<Vec<MessageId>, StoreError> {
    let ids: Vec<i32> = messages::table
        .filter(messages::connection_id.eq(connection.0).and(messages::state.eq(State::Delivering.code())))
        .order(messages::id)
        .select(messages::id)
        .load(db)?;
    Ok(ids.into_iter().map(MessageId).collect())
}

/// A queued or delivered mail that other mail may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    pub connection: ConnectionId,
    /// Its Message-ID, as [`MessageIdKey`] has it; empty where it has none.
    pub key: String,
    pub conversation: String,
    pub people: People,
    /// Where it arrived; None while it is on its way.
    pub record: Option<(String, i32)>,
}

/// What went to these connections, or is on its way, under these Message-IDs in comparable form, or in these
/// conversations; the latest last.
pub fn there(
    db: &mut Db,
    connections: &[ConnectionId],
    keys: &[&str],
    conversations: &[&str],
) -> Result<Vec<There>, StoreError> {
    let mut found = Vec::new();
    if connections.is_empty() {
        return Ok(found);
    }
    let known = ON_THE_WAY.iter().chain(&[State::Delivered]).map(|state| state.code());
    let known: Vec<&str> = known.collect();
    type Row = ((i32, i32, Option<String>), (String, Option<String>, Option<String>), (Option<String>, Option<i32>));
    let columns = (
        (messages::id, handovers::connection_id, handovers::message_key),
        (handovers::conversation, handovers::people, messages::email_from),
        (messages::res_model, messages::res_id),
    );
    let all = || {
        handovers::table
            .inner_join(messages::table)
            .filter(handovers::connection_id.eq_any(connections.iter().map(|id| id.0)))
            .filter(messages::state.eq_any(&known))
            .select(columns)
    };
    let mut rows: Vec<Row> = Vec::new();
    if !keys.is_empty() {
        rows.extend(all().filter(handovers::message_key.eq_any(keys)).load::<Row>(db)?);
    }
    let mut conversations: Vec<String> = conversations.iter().map(|one| (*one).to_owned()).collect();
    conversations.extend(rows.iter().map(|(_, (conversation, ..), _)| conversation.clone()));
    if !conversations.is_empty() {
        let latest = all().filter(handovers::conversation.eq_any(conversations)).order(messages::id.desc());
        rows.extend(latest.limit(LATEST).load::<Row>(db)?);
    }
    rows.sort_by_key(|((id, ..), ..)| *id);
    rows.dedup_by_key(|((id, ..), ..)| *id);
    for ((_, connection, key), (conversation, people, from), (model, id)) in rows {
        let mut people = People::stored(people.unwrap_or_default());
        if let Some(from) = from {
            people.wrote(&Address::from_display(&from));
        }
        found.push(There {
            connection: ConnectionId(connection),
            key: key.unwrap_or_default(),
            conversation,
            people,
            record: model.zip(id),
        });
    }
    Ok(found)
}

/// Whether other mail than this went to the connection, or is on its way, under this Message-ID.
pub fn is_taken(db: &mut Db, connection: ConnectionId, message_id: &str, but: MessageId) -> Result<bool, StoreError> {
    let other: Option<i32> = handovers::table
        .inner_join(messages::table)
        .filter(messages::message_id.eq(message_id))
        .filter(handovers::connection_id.eq(connection.0).and(messages::id.ne(but.0)))
        .select(messages::id)
        .first(db)
        .optional()?;
    Ok(other.is_some())
}

/// What waits for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub messages: i64,
    /// When the oldest of them was received.
    pub since: Option<Moment>,
}

/// What is on its way to each connection.
pub fn waiting(db: &mut Db) -> Result<HashMap<ConnectionId, Waiting>, StoreError> {
    let rows: Vec<(i32, i64, Option<Moment>)> = handovers::table
        .inner_join(messages::table)
        .filter(messages::state.eq_any(ON_THE_WAY.map(State::code)))
        .group_by(handovers::connection_id)
        .select((handovers::connection_id, count_star(), min(messages::create_date)))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, messages, since)| (ConnectionId(id), Waiting { messages, since })).collect())
}

fn to_json(handover: &Handover) -> Result<String, StoreError> {
    serde_json::to_string(handover).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json(details: &str) -> Result<Handover, StoreError> {
    serde_json::from_str(details).map_err(|error| StoreError::Corrupt(format!("handovers.details: {error}")))
}
