//! What clients of the mail gateway asked for beside their mail.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::gateway_calls;
use super::values::{Json, to_json};
use crate::domain::gateway::Call;
use crate::domain::id::MessageId;

pub fn insert(db: &mut Db, message: MessageId, call: &Call) -> Result<(), StoreError> {
    let row = (
        gateway_calls::message_id.eq(message),
        gateway_calls::original.eq(call.save_original),
        gateway_calls::details.eq(to_json(call)?),
    );
    crate::on_backend!(db, conn => diesel::insert_into(gateway_calls::table).values(row).execute(conn))?;
    Ok(())
}

/// The calls that brought these messages, as far as a call did.
pub fn of(db: &mut Db, messages: &[MessageId]) -> Result<HashMap<MessageId, Call>, StoreError> {
    let query = gateway_calls::table
        .filter(gateway_calls::message_id.eq_any(messages))
        .select((gateway_calls::message_id, gateway_calls::details));
    let calls: Vec<(MessageId, Json<Call>)> = prepared_for_one(messages, query).load(db)?;
    Ok(calls.into_iter().map(|(id, call)| (id, call.0)).collect())
}
