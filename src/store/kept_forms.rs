//! Forms that came when their sender was signed out. Each person has few of them, and not for long.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::kept_forms;
use crate::domain::Moment;
use crate::domain::id::{KeptFormId, UserId};

/// Whose form it was, and where it was sent to; what is typed in it is sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = kept_forms)]
pub struct KeptForm {
    pub user_id: UserId,
    /// Below Mailgate's own path.
    pub path: String,
    pub fields: String,
    pub create_date: Moment,
}

/// Keeps a form; of one person's, only this and the newest `others`, and of anybody's none from before `since`.
pub fn insert(db: &mut Db, form: &KeptForm, others: i64, since: Moment) -> Result<KeptFormId, StoreError> {
    diesel::delete(kept_forms::table.filter(kept_forms::create_date.lt(since))).execute(db)?;
    let kept: Vec<KeptFormId> = kept_forms::table
        .filter(kept_forms::user_id.eq(form.user_id))
        .order(kept_forms::id.desc())
        .limit(others)
        .select(kept_forms::id)
        .load(db)?;
    if let Some(oldest) = kept.last() {
        let older = kept_forms::table.filter(kept_forms::user_id.eq(form.user_id)).filter(kept_forms::id.lt(*oldest));
        diesel::delete(older).execute(db)?;
    }
    Ok(crate::on_backend!(db, conn => diesel::insert_into(kept_forms::table)
        .values(form).returning(kept_forms::id).get_result(conn))?)
}

/// A form of this person's; nobody else's is found.
pub fn get(db: &mut Db, user: UserId, id: KeptFormId) -> Result<Option<KeptForm>, StoreError> {
    let own = kept_forms::table.find(id).filter(kept_forms::user_id.eq(user));
    Ok(own.select(KeptForm::as_select()).first(db).optional()?)
}

/// This person's forms, newest first, with their time.
pub fn of_user(db: &mut Db, user: UserId) -> Result<Vec<(KeptFormId, Moment)>, StoreError> {
    Ok(kept_forms::table
        .filter(kept_forms::user_id.eq(user))
        .order(kept_forms::id.desc())
        .select((kept_forms::id, kept_forms::create_date))
        .load(db)?)
}

pub fn delete(db: &mut Db, user: UserId, id: KeptFormId) -> Result<(), StoreError> {
    diesel::delete(kept_forms::table.find(id).filter(kept_forms::user_id.eq(user))).execute(db)?;
    Ok(())
}
