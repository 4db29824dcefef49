//! Sources whose time is over.

use diesel::prelude::*;

use crate::domain::Moment;
use crate::domain::id::{MessageId, SourceId};
use crate::domain::ledger::State;
use crate::store::schema::{fates, gateway_calls, messages, servers};
use crate::store::{Db, StoreError};

/// Messages above `after` that were delivered or ignored before this moment and still have their source. Those of
/// servers that keep originals are left out, and so are those of the gateway whose client wants them kept.
pub fn expired(
    db: &mut Db,
    before: Moment,
    after: MessageId,
    limit: i64,
) -> Result<Vec<(MessageId, SourceId)>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .left_join(servers::table.on(servers::id.nullable().eq(fates::server_id)))
        .left_join(gateway_calls::table)
        .filter(fates::state.eq_any([State::Delivered, State::Ignored]))
        .filter(fates::settled_at.lt(before))
        .filter(messages::source_id.is_not_null())
        .filter(messages::id.gt(after))
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
