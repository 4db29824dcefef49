//! Imports: the mail that was in a mailbox when it was fetched for the first time, followed, stopped and undone as one; and
//! the records that are taken back with one, which are in no list, with everything on them, until they are taken up again.

use std::collections::HashSet;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::connection::{Db, StoreError, first_locked};
use super::schema::{attachments, fates, import_keys, imports, mailboxes, messages, posts, records, servers};
use super::values::{Json, Uid, to_json};
use crate::domain::conversation::PostKind;
use crate::domain::fetching::{ImportState, ImportUndo};
use crate::domain::id::{ConnectionId, ImportId, MailboxId, MessageId, RecordId, ServerId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::message::SourceKey;
use crate::domain::{Moment, now};

/// The mail that was in a mailbox when it was fetched for the first time; how much of it is here, and what people decided
/// about it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = imports)]
pub struct ImportRow {
    pub id: ImportId,
    pub mailbox_id: MailboxId,
    pub server_id: Option<ServerId>,
    pub state: ImportState,
    #[diesel(deserialize_as = Uid)]
    pub uid_validity: Option<u32>,
    #[diesel(deserialize_as = Uid)]
    pub below_uid: Option<u32>,
    /// Messages.
    pub found: i32,
    /// How many of these were here or gone at `seen_at`.
    pub done: i32,
    pub seen_at: Moment,
    /// When its last pass began, and how many were done then.
    pub pass_at: Option<Moment>,
    pub pass_done: i32,
    #[diesel(deserialize_as = Json<ImportUndo>)]
    pub undo: ImportUndo,
    pub create_date: Moment,
}

/// Begins the import of a mailbox's first fetch with these messages; where there is a next UID, everything below it belongs
/// to the import.
pub fn begin(
    db: &mut Db,
    mailbox: MailboxId,
    server: ServerId,
    numbering: (Option<u32>, Option<u32>),
    keys: &[&SourceKey],
) -> Result<(), StoreError> {
    let (uid_validity, below_uid) = numbering;
    let row = (
        imports::mailbox_id.eq(mailbox),
        imports::server_id.eq(server),
        imports::state.eq(ImportState::Running),
        imports::uid_validity.eq(uid_validity.map(i64::from)),
        imports::below_uid.eq(below_uid.map(i64::from)),
        imports::found.eq(i32::try_from(keys.len()).unwrap_or(i32::MAX)),
        imports::seen_at.eq(now()),
        imports::create_date.eq(now()),
    );
    let id: Option<ImportId> = crate::on_backend!(db, conn => diesel::insert_into(imports::table)
        .values(row).on_conflict_do_nothing().returning(imports::id).get_result(conn).optional())?;
    // If several passes run over one mailbox at once, the first one decides.
    let Some(id) = id else { return Ok(()) };
    if uid_validity.is_some() && below_uid.is_some() {
        return Ok(());
    }
    set_keys(db, id, keys.iter().copied())
}

fn set_keys<'a>(db: &mut Db, id: ImportId, keys: impl Iterator<Item = &'a SourceKey>) -> Result<(), StoreError> {
    let rows: Vec<_> =
        keys.map(|key| (import_keys::import_id.eq(id), import_keys::source_key.eq(key.to_string()))).collect();
    for some in rows.chunks(1000) {
        crate::on_backend!(db, conn => diesel::insert_into(import_keys::table).values(some).execute(conn))?;
    }
    Ok(())
}

/// The import of a mailbox, where its first fetch had one.
pub fn of(db: &mut Db, mailbox: MailboxId) -> Result<Option<ImportRow>, StoreError> {
    Ok(imports::table.filter(imports::mailbox_id.eq(mailbox)).select(ImportRow::as_select()).first(db).optional()?)
}

/// The keys of an import that can't be told by their numbers.
pub fn keys(db: &mut Db, id: ImportId) -> Result<HashSet<String>, StoreError> {
    let keys = import_keys::table.filter(import_keys::import_id.eq(id)).select(import_keys::source_key);
    Ok(keys.load::<String>(db)?.into_iter().collect())
}

/// The mail server has renumbered its messages, so no number tells any more what was there at the first fetch: these
/// messages may belong to its import, and no others.
pub fn renumber(db: &mut Db, mailbox: MailboxId, keys: &[SourceKey]) -> Result<(), StoreError> {
    let import = imports::table.filter(imports::mailbox_id.eq(mailbox)).filter(imports::state.ne(ImportState::Done));
    let Some(id) = import.select(imports::id).first::<ImportId>(db).optional()? else { return Ok(()) };
    diesel::delete(import_keys::table.filter(import_keys::import_id.eq(id))).execute(db)?;
    diesel::update(imports::table.find(id))
        .set((imports::uid_validity.eq(None::<i64>), imports::below_uid.eq(None::<i64>)))
        .execute(db)?;
    set_keys(db, id, keys.iter())
}

/// A pass begins to fetch the rest of it.
pub fn pass_begins(db: &mut Db, id: ImportId, done: i32) -> Result<(), StoreError> {
    let at = now();
    diesel::update(imports::table.find(id))
        .set((imports::pass_at.eq(at), imports::pass_done.eq(done), imports::done.eq(done), imports::seen_at.eq(at)))
        .execute(db)?;
    Ok(())
}

/// Writes how far it is, and returns the state that people have brought it to meanwhile.
pub fn came_to(db: &mut Db, id: ImportId, done: i32) -> Result<Option<ImportState>, StoreError> {
    diesel::update(imports::table.find(id)).set((imports::done.eq(done), imports::seen_at.eq(now()))).execute(db)?;
    Ok(imports::table.find(id).select(imports::state).first(db).optional()?)
}

/// All of it is here or gone, unless a person decided otherwise meanwhile.
pub fn finish(db: &mut Db, id: ImportId) -> Result<(), StoreError> {
    let finished = diesel::update(imports::table.find(id).filter(imports::state.eq(ImportState::Running)))
        .set((imports::state.eq(ImportState::Done), imports::done.eq(imports::found), imports::seen_at.eq(now())))
        .execute(db)?;
    if finished == 1 {
        diesel::delete(import_keys::table.filter(import_keys::import_id.eq(id))).execute(db)?;
    }
    Ok(())
}

/// Moves it from one of these states to another, and resets its undo. False if it is in none of them any more.
pub fn turn(
    db: &mut Db,
    id: ImportId,
    from: &[ImportState],
    to: ImportState,
    undo: &ImportUndo,
) -> Result<bool, StoreError> {
    let row = imports::table.find(id).filter(imports::state.eq_any(from));
    let set = (imports::state.eq(to), imports::undo.eq(to_json(undo)?));
    Ok(diesel::update(row).set(set).execute(db)? == 1)
}

/// Reads an import, and locks it until the transaction ends.
pub fn lock(db: &mut Db, id: ImportId) -> Result<Option<ImportRow>, StoreError> {
    let query = imports::table.find(id).select(ImportRow::as_select());
    Ok(match db {
        // The transaction holds the only write lock there is.
        Db::Sqlite(_) => query.first(db).optional()?,
        Db::Postgres(conn) => {
            let _: Option<ImportId> =
                imports::table.find(id).select(imports::id).for_no_key_update().first(conn).optional()?;
            query.first(db).optional()?
        }
    })
}

/// The imports of a server with their folders, the newest first.
pub fn of_server(db: &mut Db, server: ServerId) -> Result<Vec<(ImportRow, String)>, StoreError> {
    Ok(imports::table
        .inner_join(mailboxes::table)
        .filter(imports::server_id.eq(server))
        .order(imports::id.desc())
        .select((ImportRow::as_select(), mailboxes::folder))
        .load(db)?)
}

/// The imports that are not over, with the names of their servers, oldest first.
pub fn unfinished(db: &mut Db) -> Result<Vec<(ImportRow, String)>, StoreError> {
    Ok(imports::table
        .inner_join(servers::table.on(servers::id.nullable().eq(imports::server_id)))
        .filter(imports::state.ne(ImportState::Done).and(imports::state.ne(ImportState::Undone)))
        .order(imports::id)
        .select((ImportRow::as_select(), servers::name))
        .load(db)?)
}

/// How many there are in each state.
pub fn counts(db: &mut Db) -> Result<Vec<(ImportState, i64)>, StoreError> {
    let counted = imports::table.group_by(imports::state);
    Ok(counted.select((imports::state, diesel::dsl::count_star())).load(db)?)
}

/// The imports that are being undone or taken up again; and undone ones, of which a pass that was running may have kept some
/// more mail.
pub fn to_undo(db: &mut Db) -> Result<Vec<ImportRow>, StoreError> {
    Ok(imports::table
        .filter(imports::state.eq_any([ImportState::Undoing, ImportState::Undone, ImportState::Restoring]))
        .order(imports::id)
        .select(ImportRow::as_select())
        .load(db)?)
}

/// A message of an import, with what its undo needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct ImportedMessage {
    pub id: MessageId,
    pub import_id: Option<ImportId>,
    pub fingerprint: Option<String>,
    #[diesel(select_expression = messages::source_id.is_not_null())]
    pub is_here: bool,
    #[diesel(select_expression = fates::state)]
    pub state: MailState,
    #[diesel(select_expression = fates::reason_code)]
    pub reason: Option<Reason>,
    #[diesel(select_expression = fates::connection_id)]
    pub connection: Option<ConnectionId>,
    #[diesel(select_expression = fates::res_model)]
    model: Option<String>,
    #[diesel(select_expression = fates::res_id)]
    record: Option<RecordId>,
}

impl ImportedMessage {
    /// The record that it became, in this database or at its connection.
    pub fn record(&self) -> Option<(&str, RecordId)> {
        Some((self.model.as_deref()?, self.record?))
    }
}

/// Messages of an import above `after`, in their order.
pub fn imported_messages(
    db: &mut Db,
    id: ImportId,
    after: i32,
    limit: i64,
) -> Result<Vec<ImportedMessage>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .filter(messages::import_id.eq(id))
        .filter(messages::id.gt(MessageId(after)))
        .order(messages::id)
        .limit(limit)
        .select(ImportedMessage::as_select())
        .load(db)?)
}

/// One message; None where there is none.
pub fn imported_message(db: &mut Db, id: MessageId) -> Result<Option<ImportedMessage>, StoreError> {
    let row = messages::table.inner_join(fates::table).filter(messages::id.eq(id));
    Ok(row.select(ImportedMessage::as_select()).first(db).optional()?)
}

/// The messages on a record that were taken back with their import.
pub fn taken_back_of(db: &mut Db, model: &str, record: RecordId) -> Result<Vec<ImportedMessage>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .filter(fates::res_model.eq(model).and(fates::res_id.eq(record)))
        .filter(fates::state.eq(MailState::Ignored).and(fates::reason_code.eq(Reason::ImportUndone)))
        .order(messages::id)
        .select(ImportedMessage::as_select())
        .load(db)?)
}

/// Writes how far an undo is, or the way back.
pub fn note_undo(db: &mut Db, id: ImportId, state: ImportState, undo: &ImportUndo) -> Result<(), StoreError> {
    let set = (imports::state.eq(state), imports::undo.eq(to_json(undo)?));
    diesel::update(imports::table.find(id)).set(set).execute(db)?;
    Ok(())
}

/// What was added to a record beside the mail of one import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    No,
    /// A note, a change, a file, a decision: by a person or a client.
    ByPeople,
    /// Mail that does not belong to the import.
    ByMail,
}

/// Waits for whoever changes the record, and locks it until the transaction ends. A record that was taken back with other
/// mail of this import is untouched.
pub fn touched(db: &mut Db, model: &str, id: RecordId, import: ImportId) -> Result<Touched, StoreError> {
    let row = records::table.find(id).select((
        records::version,
        records::active,
        records::joined_id.is_null(),
        records::undone_id,
    ));
    let row: Option<(i32, bool, bool, Option<ImportId>)> = first_locked!(db, row, for_no_key_update);
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

/// Takes back a record that nobody has touched, once. Somebody who saves what they typed on its page meanwhile is told.
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

/// Takes a record up again, as untouched as it was. False if it is not taken back (any more).
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

/// Whether this mail made the record, rather than joined it.
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
