//! What a person typed on a record's page and did not send.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::drafts;
use super::{Db, StoreError};
use crate::domain::id::{RecordId, UserId};
use crate::domain::{Moment, now};

/// Fields by their names.
pub type TypedOver = std::collections::BTreeMap<String, String>;

/// As it stood on the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDraft {
    pub note: String,
    /// The fields that were typed over.
    pub typed: TypedOver,
    /// Each field as the page showed it before.
    pub seen: TypedOver,
}

impl RecordDraft {
    pub fn is_empty(&self) -> bool {
        self.note.trim().is_empty() && self.typed.is_empty()
    }
}

pub fn get(db: &mut Db, user: UserId, record: RecordId) -> Result<Option<RecordDraft>, StoreError> {
    let row: Option<String> = drafts::table.find((user, record)).select(drafts::typed).first(db).optional()?;
    row.map(|text| serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))).transpose()
}

/// Takes the place of what was typed there before; of one person only the newest `most` stay, and of anybody none from
/// before `since`.
pub fn put(
    db: &mut Db,
    user: UserId,
    record: RecordId,
    draft: &RecordDraft,
    (most, since): (i64, Moment),
) -> Result<(), StoreError> {
    let typed = serde_json::to_string(draft).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = (drafts::user_id.eq(user), drafts::record_id.eq(record));
    let same = (drafts::typed.eq(typed), drafts::write_date.eq(now()));
    crate::on_backend!(db, conn => diesel::insert_into(drafts::table)
        .values((row, same.clone())).on_conflict((drafts::user_id, drafts::record_id)).do_update().set(same).execute(conn))?;
    let own = drafts::table.filter(drafts::user_id.eq(user));
    let older: Option<Moment> =
        own.order(drafts::write_date.desc()).offset(most).select(drafts::write_date).first(db).optional()?;
    if let Some(older) = older {
        diesel::delete(own.filter(drafts::write_date.le(older))).execute(db)?;
    }
    diesel::delete(drafts::table.filter(drafts::write_date.lt(since))).execute(db)?;
    Ok(())
}

pub fn forget(db: &mut Db, user: UserId, record: RecordId) -> Result<(), StoreError> {
    diesel::delete(drafts::table.find((user, record))).execute(db)?;
    Ok(())
}
