//! How many records of a type there are of all that a list is narrowed to by a press, exactly, however many: triggers keep the
//! numbers, with each change in its transaction.
//!
//! On SQLite a number is one row. On PostgreSQL each statement adds rows, so that nobody waits for the row of another one, and
//! [`add_up`] makes one of them from time to time.

use diesel::prelude::*;

use super::list::Alike;
use crate::domain::id::StageId;
use crate::store::query::{self, Bind, Statement};
use crate::store::schema::record_counts;
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError};

/// So many rows are added up each time that they are read.
pub const ROWS: i64 = 1_000;

/// All of a type that the caller sees, at one moment: the sums, and what of it is hidden, as less than none. None where so much is
/// confidential that going through it takes long.
pub fn kept(db: &mut Db, sight: RecordSight, model: &str) -> Result<Option<Vec<Alike>>, StoreError> {
    if sight.hides_many(db)? {
        return Ok(None);
    }
    let mut statement = Statement::new(query::dialect(db));
    statement.text(
        "SELECT active, closed, stage_id AS stage, NULLIF(user_id, 0) AS \"user\", new_mail, FALSE AS overdue, \
         CAST(SUM(count) AS BIGINT) AS count FROM record_counts WHERE model = ",
    );
    statement.bind(Bind::Text(model.to_owned()));
    statement.text(" GROUP BY active, closed, stage_id, user_id, new_mail HAVING SUM(count) <> 0");
    if let Some(hidden) = sight.hidden() {
        statement.text(&format!(
            " UNION ALL SELECT t.active, t.closed, t.stage_id, t.user_id, t.new_mail, FALSE, -COUNT(*) FROM records t \
             WHERE t.id IN ({hidden}) AND (t.active = TRUE OR t.joined_id IS NULL AND t.undone_id IS NULL) AND t.model || '' = "
        ));
        statement.bind(Bind::Text(model.to_owned()));
        statement.text(" GROUP BY t.active, t.closed, t.stage_id, t.user_id, t.new_mail");
    }
    Ok(Some(statement.load(db)?))
}

/// A number, or what a statement changed of it.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = record_counts)]
struct KeptCount {
    model: String,
    stage_id: StageId,
    /// 0 is nobody.
    user_id: i32,
    active: bool,
    closed: bool,
    new_mail: bool,
    count: i64,
}

/// Adds up the numbers, where they stand in more rows than that.
pub fn add_up(db: &mut Db, beyond: i64) -> Result<(), StoreError> {
    let rows: i64 = record_counts::table.count().get_result(db)?;
    if rows <= beyond {
        return Ok(());
    }
    // What others add meanwhile is not seen here, and stays.
    let mut taken: Vec<KeptCount> = crate::on_backend!(db, conn => diesel::delete(record_counts::table)
        .returning(KeptCount::as_returning()).get_results(conn))?;
    let of = |row: &KeptCount| (row.model.clone(), row.stage_id, row.user_id, row.active, row.closed, row.new_mail);
    taken.sort_by_cached_key(of);
    let mut sums: Vec<KeptCount> = Vec::new();
    for row in taken {
        match sums.last_mut().filter(|last| of(last) == of(&row)) {
            Some(last) => last.count += row.count,
            None => sums.push(row),
        }
    }
    sums.retain(|sum| sum.count != 0);
    for some in sums.chunks(500) {
        crate::on_backend!(db, conn => diesel::insert_into(record_counts::table).values(some).execute(conn))?;
    }
    Ok(())
}
