//! Records that were taken back with the import that made them: in no list, with all that they hold, until they are taken up again.

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use crate::domain::conversation::PostKind;
use crate::domain::id::{ImportId, MessageId, RecordId};
use crate::domain::now;
use crate::store::schema::{attachments, messages, posts, records};
use crate::store::{Db, StoreError};

/// What has come to a record beside the mail of one import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    No,
    /// A note, a change, a file, a decision: by a person or a client.
    ByPeople,
    /// Mail that is no part of the import.
    ByMail,
}

/// Waits for whoever changes the record, and keeps others from it until the transaction ends. One that was taken back with
/// other mail of this import is not touched.
pub fn touched(db: &mut Db, model: &str, id: RecordId, import: ImportId) -> Result<Touched, StoreError> {
    let row = records::table.find(id).select((
        records::version,
        records::active,
        records::joined_id.is_null(),
        records::undone_id,
    ));
    let row: Option<(i32, bool, bool, Option<ImportId>)> = match db {
        // The transaction holds the only write lock there is.
        Db::Sqlite(conn) => row.first(conn).optional()?,
        Db::Postgres(conn) => row.for_no_key_update().first(conn).optional()?,
    };
    if row.is_some_and(|(_, _, _, undone)| undone == Some(import)) {
        return Ok(Touched::No);
    }
    let said = || posts::table.filter(posts::model.eq(model)).filter(posts::res_id.eq(id));
    let noted: bool = diesel::select(exists(said().filter(posts::message_type.ne(PostKind::Email)))).get_result(db)?;
    if row != Some((1, true, true, None)) || noted {
        return Ok(Touched::ByPeople);
    }
    let mails = said().left_join(messages::table.on(messages::id.nullable().eq(posts::ledger_id)));
    let others = mails.filter(messages::import_id.is_null().or(messages::import_id.ne(import)));
    if diesel::select(exists(others)).get_result(db)? {
        return Ok(Touched::ByMail);
    }
    let files = attachments::table.filter(attachments::model.eq(model)).filter(attachments::res_id.eq(id));
    let added: bool = diesel::select(exists(files.filter(attachments::post_id.is_null()))).get_result(db)?;
    Ok(if added { Touched::ByPeople } else { Touched::No })
}

/// Takes a record back that nobody has touched, once. Whoever saves what he typed on its page meanwhile is told.
pub fn take_back(db: &mut Db, id: RecordId, import: ImportId) -> Result<(), StoreError> {
    let untouched = records::table.find(id).filter(records::undone_id.is_null());
    diesel::update(untouched)
        .set((
            records::active.eq(false),
            records::undone_id.eq(import),
            records::version.eq(records::version + 1),
            records::write_date.eq(now()),
        ))
        .execute(db)?;
    Ok(())
}

/// Takes it up again, as untouched as it was. False where it is not taken back (any more).
pub fn take_up(db: &mut Db, id: RecordId) -> Result<bool, StoreError> {
    let row = records::table.find(id).filter(records::undone_id.is_not_null());
    let set = (
        records::active.eq(true),
        records::undone_id.eq(None::<ImportId>),
        records::version.eq(records::version - 1),
        records::write_date.eq(now()),
    );
    Ok(diesel::update(row).set(set).execute(db)? == 1)
}

/// Whether this mail made the record; any other came to it.
pub fn is_made_by(db: &mut Db, model: &str, id: RecordId, mail: MessageId) -> Result<bool, StoreError> {
    let said = posts::table.filter(posts::model.eq(model)).filter(posts::res_id.eq(id));
    let first: Option<Option<MessageId>> = said.order(posts::id).select(posts::ledger_id).first(db).optional()?;
    Ok(first == Some(Some(mail)))
}

/// Whether it is taken back.
pub fn is_undone(db: &mut Db, id: RecordId) -> Result<bool, StoreError> {
    let row = records::table.find(id).filter(records::undone_id.is_not_null());
    let count: i64 = row.select(count_star()).first(db)?;
    Ok(count == 1)
}
