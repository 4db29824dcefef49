//! Sources whose time is over, and the attachments that are cut from them.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{attachments, gateway_calls, messages, servers};
use crate::domain::Moment;
use crate::domain::id::{AttachmentId, MessageId, SourceId};
use crate::domain::ledger::State;

/// Messages above `after` that were delivered or ignored before this moment and still have their source. Those of
/// servers that keep originals are left out, and so are those of the gateway whose client wants them kept.
pub fn expired(
    db: &mut Db,
    before: Moment,
    after: MessageId,
    limit: i64,
) -> Result<Vec<(MessageId, SourceId)>, StoreError> {
    let rows: Vec<(i32, Option<i32>)> = messages::table
        .left_join(servers::table.on(servers::id.nullable().eq(messages::server_id)))
        .left_join(gateway_calls::table)
        .filter(messages::state.eq_any([State::Delivered, State::Ignored].map(State::code)))
        .filter(messages::settled_at.lt(before))
        .filter(messages::source_id.is_not_null())
        .filter(messages::id.gt(after.0))
        .filter(servers::original.nullable().is_null().or(servers::original.nullable().eq(false)))
        .filter(gateway_calls::original.nullable().is_null().or(gateway_calls::original.nullable().eq(false)))
        .order(messages::id)
        .limit(limit)
        .select((messages::id, messages::source_id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, source)| Some((MessageId(id), SourceId(source?)))).collect())
}

/// Attachments that are parts of this source.
pub fn attachments_within(db: &mut Db, source: SourceId) -> Result<Vec<(AttachmentId, String)>, StoreError> {
    let rows: Vec<(i32, Option<String>)> = attachments::table
        .filter(attachments::source_id.eq(source.0))
        .filter(attachments::part.is_not_null())
        .select((attachments::id, attachments::part))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, part)| Some((AttachmentId(id), part?))).collect())
}

/// The attachment has bytes of its own now.
pub fn stand_alone(db: &mut Db, id: AttachmentId, source: SourceId) -> Result<(), StoreError> {
    diesel::update(attachments::table.find(id.0))
        .set((attachments::source_id.eq(source.0), attachments::part.eq(None::<String>)))
        .execute(db)?;
    Ok(())
}

/// The message has no source any more.
pub fn forget_source(db: &mut Db, id: MessageId) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id.0)).set(messages::source_id.eq(None::<i32>)).execute(db)?;
    Ok(())
}
