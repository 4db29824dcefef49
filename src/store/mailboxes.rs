//! Mailboxes: what source keys belong to, what stood in each when it was fetched for the first time, and what of a large message has
//! come so far.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::{columns, prepared};
use super::schema::{fates, import_keys, imports, mailbox_skipped, mailboxes, message_parts, messages, servers};
use super::values::{Json, Uid, to_json};
use crate::domain::id::{ConnectionId, ImportId, MailboxId, MessageId, RecordId, ServerId};
use crate::domain::ledger::{ImportState, ImportUndo, MailState, Reason};
use crate::domain::message::SourceKey;
use crate::domain::server::{Access, IncomingServer, StartWith};
use crate::domain::{Moment, now};

/// Mailboxes: host, user and folder of an incoming server, what source keys belong to. The row of a server whose
/// host, user or folder was edited stays with its messages; the new one begins anew.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = mailboxes)]
pub struct MailboxRow {
    pub id: MailboxId,
    /// The first fetch decided what is in scope.
    pub floor_at: Option<Moment>,
    /// IMAP: what the UIDs known here belong to.
    #[diesel(deserialize_as = Uid)]
    pub uid_validity: Option<u32>,
    /// What the first fetch chose is all here.
    pub backlog_done: bool,
    /// What was chosen for the first fetch, and from which day on. None before it.
    pub start_with: Option<StartWith>,
    pub start_date: Option<NaiveDate>,
}

/// The mailbox that the server's present settings name together with this one of its folders; made where there is none.
pub fn of(db: &mut Db, server: &IncomingServer, folder: &str) -> Result<MailboxRow, StoreError> {
    let key = MailboxKey::of(server, folder);
    if let Some(mailbox) = find(db, &key)? {
        return Ok(mailbox);
    }
    let row = (&key, mailboxes::create_date.eq(now()));
    crate::on_backend!(db, conn => diesel::insert_into(mailboxes::table)
        .values(row).on_conflict_do_nothing().execute(conn))?;
    Ok(find(db, &key)?.ok_or(diesel::result::Error::NotFound)?)
}

fn find(db: &mut Db, key: &MailboxKey<'_>) -> Result<Option<MailboxRow>, StoreError> {
    let query = mailboxes::table
        .filter(mailboxes::server_id.eq(key.server_id))
        .filter(mailboxes::host.eq(key.host))
        .filter(mailboxes::username.eq(key.username))
        .filter(mailboxes::folder.eq(&*key.folder))
        .select(columns::<MailboxRow>());
    Ok(prepared(query).one(db)?)
}

/// Those folders of the server's present settings that had no first fetch yet, which decides once and for all what is new.
pub fn unfetched(db: &mut Db, server: &IncomingServer) -> Result<Vec<String>, StoreError> {
    let mut unfetched = Vec::new();
    for folder in server.folders() {
        if find(db, &MailboxKey::of(server, folder))?.is_none_or(|mailbox| mailbox.floor_at.is_none()) {
            unfetched.push(folder.to_owned());
        }
    }
    Ok(unfetched)
}

/// The mailboxes that the server's present settings name, as far as there are rows of them.
pub fn current(db: &mut Db, server: &IncomingServer) -> Result<Vec<MailboxId>, StoreError> {
    let mut current = Vec::new();
    for folder in server.folders() {
        current.extend(find(db, &MailboxKey::of(server, folder))?.map(|mailbox| mailbox.id));
    }
    Ok(current)
}

/// Its first fetch takes what was chosen by then.
pub fn remember_choice(db: &mut Db, id: MailboxId, server: &IncomingServer) -> Result<(), StoreError> {
    let choice = (mailboxes::start_with.eq(server.start_with), mailboxes::start_date.eq(server.start_date));
    diesel::update(mailboxes::table.find(id)).set(choice).execute(db)?;
    Ok(())
}

/// What a mailbox is known by.
#[derive(Insertable)]
#[diesel(table_name = mailboxes)]
struct MailboxKey<'a> {
    server_id: ServerId,
    host: &'a str,
    username: &'a str,
    folder: Cow<'a, str>,
}

impl<'a> MailboxKey<'a> {
    /// Without folders it is none, so that POP's keys never mix with IMAP's of the same account.
    fn of(server: &'a IncomingServer, folder: &'a str) -> Self {
        let (host, username, folder) = match &server.access {
            Access::Network { host, username, protocol, .. } => {
                let folder = if protocol.facts().has_folders { folder.into() } else { Cow::default() };
                (host.as_str(), username.as_str(), folder)
            }
            Access::Local { maildir } => {
                let folder = maildir.as_ref().map_or_else(Cow::default, |path| path.to_string_lossy());
                ("local", "", folder)
            }
        };
        Self { server_id: server.id, host, username, folder }
    }
}

/// Waits for others that keep mail of this mailbox, until the transaction ends.
pub fn lock(db: &mut Db, id: MailboxId) -> Result<(), StoreError> {
    if let Db::Postgres(conn) = db {
        let _: MailboxId = mailboxes::table.find(id).select(mailboxes::id).for_no_key_update().first(conn)?;
    }
    Ok(())
}

/// Decides the scope: the moment of the first fetch (kept where there is one), the numbering it holds for, and
/// what stays out for ever.
pub fn set_scope(
    db: &mut Db,
    mailbox: &MailboxRow,
    uid_validity: Option<u32>,
    uid_next: Option<u32>,
    skipped: &[String],
) -> Result<(), StoreError> {
    diesel::update(mailboxes::table.find(mailbox.id))
        .set((
            mailboxes::uid_validity.eq(uid_validity.map(i64::from)),
            mailboxes::floor_uid.eq(uid_next.map(i64::from)),
            mailboxes::floor_at.eq(mailbox.floor_at.unwrap_or_else(now)),
        ))
        .execute(db)?;
    diesel::delete(mailbox_skipped::table.filter(mailbox_skipped::mailbox_id.eq(mailbox.id))).execute(db)?;
    for some in skipped.chunks(1000) {
        let rows: Vec<_> = some
            .iter()
            .map(|key| (mailbox_skipped::mailbox_id.eq(mailbox.id), mailbox_skipped::source_key.eq(key)))
            .collect();
        crate::on_backend!(db, conn => diesel::insert_into(mailbox_skipped::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// What is out of scope, as [`set_scope`] got it.
pub fn skipped(db: &mut Db, id: MailboxId) -> Result<Vec<String>, StoreError> {
    Ok(mailbox_skipped::table
        .filter(mailbox_skipped::mailbox_id.eq(id))
        .select(mailbox_skipped::source_key)
        .load(db)?)
}

pub fn set_backlog_done(db: &mut Db, id: MailboxId) -> Result<(), StoreError> {
    diesel::update(mailboxes::table.find(id)).set(mailboxes::backlog_done.eq(true)).execute(db)?;
    Ok(())
}

/// Imports: what stood in a mailbox when it was fetched for the first time; how far it is here, and what people decided about it.
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
    /// Of these, here or gone, by `seen_at`.
    pub done: i32,
    pub seen_at: Moment,
    /// When its last pass began, and with how many done.
    pub pass_at: Option<Moment>,
    pub pass_done: i32,
    #[diesel(deserialize_as = Json<ImportUndo>)]
    pub undo: ImportUndo,
    pub create_date: Moment,
}

/// The import of a mailbox's first fetch: these messages, told apart by what is below the next UID where there is one.
pub fn begin_import(
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
    // Of passes at once over one mailbox the first one decides.
    let Some(id) = id else { return Ok(()) };
    if uid_validity.is_some() && below_uid.is_some() {
        return Ok(());
    }
    set_import_keys(db, id, keys.iter().copied())
}

fn set_import_keys<'a>(db: &mut Db, id: ImportId, keys: impl Iterator<Item = &'a SourceKey>) -> Result<(), StoreError> {
    let rows: Vec<_> =
        keys.map(|key| (import_keys::import_id.eq(id), import_keys::source_key.eq(key.to_string()))).collect();
    for some in rows.chunks(1000) {
        crate::on_backend!(db, conn => diesel::insert_into(import_keys::table).values(some).execute(conn))?;
    }
    Ok(())
}

/// The import of a mailbox, where its first fetch had one.
pub fn import_of(db: &mut Db, mailbox: MailboxId) -> Result<Option<ImportRow>, StoreError> {
    Ok(imports::table.filter(imports::mailbox_id.eq(mailbox)).select(ImportRow::as_select()).first(db).optional()?)
}

/// The keys of an import that no numbering tells apart.
pub fn import_keys(db: &mut Db, id: ImportId) -> Result<HashSet<String>, StoreError> {
    let keys = import_keys::table.filter(import_keys::import_id.eq(id)).select(import_keys::source_key);
    Ok(keys.load::<String>(db)?.into_iter().collect())
}

/// The mail server numbers anew, by which no number tells any more what was there at the first fetch: these messages may
/// belong to its import, and no other.
pub fn renumber_import(db: &mut Db, mailbox: MailboxId, keys: &[SourceKey]) -> Result<(), StoreError> {
    let import = imports::table.filter(imports::mailbox_id.eq(mailbox)).filter(imports::state.ne(ImportState::Done));
    let Some(id) = import.select(imports::id).first::<ImportId>(db).optional()? else { return Ok(()) };
    diesel::delete(import_keys::table.filter(import_keys::import_id.eq(id))).execute(db)?;
    diesel::update(imports::table.find(id))
        .set((imports::uid_validity.eq(None::<i64>), imports::below_uid.eq(None::<i64>)))
        .execute(db)?;
    set_import_keys(db, id, keys.iter())
}

/// A pass begins to fetch what is left of it.
pub fn pass_begins(db: &mut Db, id: ImportId, done: i32) -> Result<(), StoreError> {
    let at = now();
    diesel::update(imports::table.find(id))
        .set((imports::pass_at.eq(at), imports::pass_done.eq(done), imports::done.eq(done), imports::seen_at.eq(at)))
        .execute(db)?;
    Ok(())
}

/// It has come so far. What people have made of it meanwhile.
pub fn came_to(db: &mut Db, id: ImportId, done: i32) -> Result<Option<ImportState>, StoreError> {
    diesel::update(imports::table.find(id)).set((imports::done.eq(done), imports::seen_at.eq(now()))).execute(db)?;
    Ok(imports::table.find(id).select(imports::state).first(db).optional()?)
}

/// All of it is here or gone, unless a person decided otherwise meanwhile.
pub fn finish_import(db: &mut Db, id: ImportId) -> Result<(), StoreError> {
    let finished = diesel::update(imports::table.find(id).filter(imports::state.eq(ImportState::Running)))
        .set((imports::state.eq(ImportState::Done), imports::done.eq(imports::found), imports::seen_at.eq(now())))
        .execute(db)?;
    if finished == 1 {
        diesel::delete(import_keys::table.filter(import_keys::import_id.eq(id))).execute(db)?;
    }
    Ok(())
}

/// Moves it from one of these states, and begins its undo anew. False where it stands in another by now.
pub fn turn_import(
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

/// An import; nobody else moves it until the transaction ends.
pub fn lock_import(db: &mut Db, id: ImportId) -> Result<Option<ImportRow>, StoreError> {
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

/// Those of a server with the folders that they are of, the newest first.
pub fn imports_of(db: &mut Db, server: ServerId) -> Result<Vec<(ImportRow, String)>, StoreError> {
    Ok(imports::table
        .inner_join(mailboxes::table)
        .filter(imports::server_id.eq(server))
        .order(imports::id.desc())
        .select((ImportRow::as_select(), mailboxes::folder))
        .load(db)?)
}

/// Those that are not over, with the names of their servers, oldest first.
pub fn unfinished_imports(db: &mut Db) -> Result<Vec<(ImportRow, String)>, StoreError> {
    Ok(imports::table
        .inner_join(servers::table.on(servers::id.nullable().eq(imports::server_id)))
        .filter(imports::state.ne(ImportState::Done).and(imports::state.ne(ImportState::Undone)))
        .order(imports::id)
        .select((ImportRow::as_select(), servers::name))
        .load(db)?)
}

/// How many there are in each state.
pub fn import_counts(db: &mut Db) -> Result<Vec<(ImportState, i64)>, StoreError> {
    let counted = imports::table.group_by(imports::state);
    Ok(counted.select((imports::state, diesel::dsl::count_star())).load(db)?)
}

/// Those that are being undone or taken up again. Of one that is undone, a pass that was under way may have kept some more.
pub fn to_undo(db: &mut Db) -> Result<Vec<ImportRow>, StoreError> {
    Ok(imports::table
        .filter(imports::state.eq_any([ImportState::Undoing, ImportState::Undone, ImportState::Restoring]))
        .order(imports::id)
        .select(ImportRow::as_select())
        .load(db)?)
}

/// A message of an import, as far as its undo asks.
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
    /// The record of this database, or of its connection, that has it.
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

/// The messages that a record has which were taken back with their import.
pub fn taken_back_of(db: &mut Db, model: &str, record: RecordId) -> Result<Vec<ImportedMessage>, StoreError> {
    Ok(messages::table
        .inner_join(fates::table)
        .filter(fates::res_model.eq(model).and(fates::res_id.eq(record)))
        .filter(fates::state.eq(MailState::Ignored).and(fates::reason_code.eq(Reason::ImportUndone)))
        .order(messages::id)
        .select(ImportedMessage::as_select())
        .load(db)?)
}

/// How far an undo has come, or the way back.
pub fn note_import(db: &mut Db, id: ImportId, state: ImportState, undo: &ImportUndo) -> Result<(), StoreError> {
    let set = (imports::state.eq(state), imports::undo.eq(to_json(undo)?));
    diesel::update(imports::table.find(id)).set(set).execute(db)?;
    Ok(())
}

/// The bytes of a message of this size that begin at `at`.
///
/// Parts of large messages that have not come whole yet: each row is what comes next to those before it. They go once the
/// message is kept or not to be fetched any more, and after some days without a further one.
pub fn parts_at(db: &mut Db, mailbox: MailboxId, key: &str, size: u64, at: u64) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(message_parts::table
        .find((mailbox, key, stored(at)))
        .filter(message_parts::size.eq(stored(size)))
        .select(message_parts::bytes)
        .first(db)
        .optional()?)
}

/// Keeps what comes next of a message of this size. Of more than `most` messages of the mailbox those go that nothing came
/// of for longest.
pub fn add_part(
    db: &mut Db,
    mailbox: MailboxId,
    key: &str,
    size: u64,
    at: u64,
    bytes: &[u8],
    most: usize,
) -> Result<(), StoreError> {
    if at == 0 {
        // What was announced with another size was another message.
        forget_parts(db, mailbox, &[key.to_owned()])?;
    }
    diesel::insert_into(message_parts::table)
        .values((
            message_parts::mailbox_id.eq(mailbox),
            message_parts::source_key.eq(key),
            message_parts::size.eq(stored(size)),
            message_parts::at.eq(stored(at)),
            message_parts::bytes.eq(bytes),
            message_parts::create_date.eq(now()),
        ))
        .execute(db)?;
    if at > 0 {
        return Ok(());
    }
    let mut kept: Vec<LastPart> = message_parts::table
        .filter(message_parts::mailbox_id.eq(mailbox))
        .group_by((message_parts::mailbox_id, message_parts::source_key))
        .select((message_parts::mailbox_id, message_parts::source_key, max(message_parts::create_date)))
        .load(db)?;
    kept.sort_by_key(|part| Reverse(part.came));
    let spare: Vec<String> = kept.into_iter().skip(most).map(|part| part.key).collect();
    if spare.is_empty() { Ok(()) } else { forget_parts(db, mailbox, &spare) }
}

/// The messages of this mailbox that parts are here of.
pub fn part_keys(db: &mut Db, mailbox: MailboxId) -> Result<Vec<String>, StoreError> {
    let of = message_parts::table.filter(message_parts::mailbox_id.eq(mailbox));
    // What is tried again later is in the ledger, and goes on then where it broke.
    let retried = messages::table.inner_join(fates::table).filter(messages::mailbox_id.eq(mailbox));
    let retried = retried.filter(messages::source_key.eq(message_parts::source_key));
    let retried = retried.filter(messages::source_id.is_null()).filter(fates::state.eq(MailState::Retrying));
    Ok(of.filter(not(exists(retried))).select(message_parts::source_key).distinct().load(db)?)
}

pub fn forget_parts(db: &mut Db, mailbox: MailboxId, keys: &[String]) -> Result<(), StoreError> {
    let of = message_parts::table.filter(message_parts::mailbox_id.eq(mailbox));
    diesel::delete(of.filter(message_parts::source_key.eq_any(keys))).execute(db)?;
    Ok(())
}

/// When the last part of a message came.
#[derive(Queryable)]
struct LastPart {
    mailbox: MailboxId,
    key: String,
    came: Option<Moment>,
}

/// Drops those that nothing came of since this moment.
pub fn forget_older_parts(db: &mut Db, moment: Moment) -> Result<(), StoreError> {
    let last: Vec<LastPart> = message_parts::table
        .group_by((message_parts::mailbox_id, message_parts::source_key))
        .select((message_parts::mailbox_id, message_parts::source_key, max(message_parts::create_date)))
        .load(db)?;
    let mut old = last.into_iter().filter(|part| part.came.is_none_or(|came| came < moment));
    old.try_for_each(|part| forget_parts(db, part.mailbox, &[part.key]))
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
