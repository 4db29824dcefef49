//! What the API's computed fields are made of.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{attachments, posts};
use crate::domain::id::AttachmentId;

/// Post and attachment ids.
pub fn attachments_of_posts(db: &mut Db, ids: &[i32]) -> Result<Vec<(i32, i32)>, StoreError> {
    let rows: Vec<(Option<i32>, i32)> = attachments::table
        .filter(attachments::post_id.eq_any(ids))
        .order(attachments::id)
        .select((attachments::post_id, attachments::id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(post, id)| Some((post?, id))).collect())
}

/// Record and attachment ids.
pub fn attachments_of_records(db: &mut Db, model: &str, ids: &[i32]) -> Result<Vec<(i32, i32)>, StoreError> {
    let rows: Vec<(Option<i32>, i32)> = attachments::table
        .filter(attachments::model.eq(model))
        .filter(attachments::res_id.eq_any(ids))
        .order(attachments::id)
        .select((attachments::res_id, attachments::id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(record, id)| Some((record?, id))).collect())
}

/// Record and post ids, the newest first as in Odoo.
pub fn posts_of_records(db: &mut Db, model: &str, ids: &[i32]) -> Result<Vec<(i32, i32)>, StoreError> {
    Ok(posts::table
        .filter(posts::model.eq(model))
        .filter(posts::res_id.eq_any(ids))
        .order(posts::id.desc())
        .select((posts::res_id, posts::id))
        .load(db)?)
}

/// An attachment, whatever it belongs to.
pub fn attachment(db: &mut Db, id: AttachmentId) -> Result<Option<super::conversation::File>, StoreError> {
    super::conversation::any_attachment(db, id)
}
