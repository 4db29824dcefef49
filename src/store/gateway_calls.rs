//! What clients of the mail gateway asked for beside their mail.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::gateway_calls;
use crate::domain::gateway::Call;
use crate::domain::id::MessageId;

pub fn insert(db: &mut Db, message: MessageId, call: &Call) -> Result<(), StoreError> {
    let details = serde_json::to_string(call).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = (
        gateway_calls::message_id.eq(message.0),
        gateway_calls::original.eq(call.save_original),
        gateway_calls::details.eq(details),
    );
    crate::on_backend!(db, conn => diesel::insert_into(gateway_calls::table).values(row).execute(conn))?;
    Ok(())
}

/// The calls that brought these messages, as far as a call did.
pub fn of(db: &mut Db, messages: &[MessageId]) -> Result<HashMap<MessageId, Call>, StoreError> {
    let query = gateway_calls::table
        .filter(gateway_calls::message_id.eq_any(messages.iter().map(|id| id.0)))
        .select((gateway_calls::message_id, gateway_calls::details));
    let rows: Vec<(i32, String)> = prepared_for_one(messages, query).load(db)?;
    let read = |(id, details): (i32, String)| {
        let call = serde_json::from_str(&details);
        Ok((MessageId(id), call.map_err(|_| StoreError::Corrupt(format!("gateway_calls.details of {id}")))?))
    };
    rows.into_iter().map(read).collect()
}
