//! Which columns of a list somebody took out last.

use diesel::prelude::*;

use super::schema::list_columns;
use super::{Db, StoreError};
use crate::domain::id::UserId;

/// Their codes; None where nothing was taken out yet.
pub fn get(db: &mut Db, user: UserId, model: &str) -> Result<Option<Vec<String>>, StoreError> {
    let row: Option<String> =
        list_columns::table.find((user, model)).select(list_columns::codes).first(db).optional()?;
    Ok(row.map(|codes| codes.split_whitespace().map(str::to_owned).collect()))
}

pub fn put(db: &mut Db, user: UserId, model: &str, columns: &[String]) -> Result<(), StoreError> {
    let same = list_columns::codes.eq(columns.join(" "));
    let row = (list_columns::user_id.eq(user), list_columns::model.eq(model), same.clone());
    let key = (list_columns::user_id, list_columns::model);
    crate::on_backend!(db, conn => diesel::insert_into(list_columns::table)
        .values(row).on_conflict(key).do_update().set(same).execute(conn))?;
    Ok(())
}
