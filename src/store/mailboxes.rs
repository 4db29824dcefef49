//! Mailboxes: what source keys belong to, and what in each has been in scope since its first fetch.

use std::borrow::Cow;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::{columns, prepared};
use super::schema::{mailbox_skipped, mailboxes};
use super::values::Uid;
use crate::domain::id::{MailboxId, ServerId};
use crate::domain::server::{Access, IncomingServer, StartWith};
use crate::domain::{Moment, now};

/// Host, user and folder of an incoming server, which source keys belong to. If one of the three is edited, the row stays
/// with its messages, and a new one begins.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = mailboxes)]
pub struct MailboxRow {
    pub id: MailboxId,
    /// When the first fetch decided what is in scope.
    pub floor_at: Option<Moment>,
    /// IMAP: the UIDVALIDITY of the UIDs that are known here.
    #[diesel(deserialize_as = Uid)]
    pub uid_validity: Option<u32>,
    /// All that the first fetch chose is here.
    pub backlog_done: bool,
    /// What was chosen for the first fetch, and from which day on. None before the first fetch.
    pub start_with: Option<StartWith>,
    pub start_date: Option<NaiveDate>,
}

/// The mailbox that the server's present settings name together with this folder; made where there is none.
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

/// Those folders in the server's present settings that were never fetched. Their first fetch decides once and for all what
/// is new.
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

/// Remembers what was chosen, which its first fetch takes.
pub fn remember_choice(db: &mut Db, id: MailboxId, server: &IncomingServer) -> Result<(), StoreError> {
    let choice = (mailboxes::start_with.eq(server.start_with), mailboxes::start_date.eq(server.start_date));
    diesel::update(mailboxes::table.find(id)).set(choice).execute(db)?;
    Ok(())
}

/// What identifies a mailbox.
#[derive(Insertable)]
#[diesel(table_name = mailboxes)]
struct MailboxKey<'a> {
    server_id: ServerId,
    host: &'a str,
    username: &'a str,
    folder: Cow<'a, str>,
}

impl<'a> MailboxKey<'a> {
    /// Without folders, the folder is empty, so that POP's keys never mix with IMAP's of the same account.
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

/// Decides the scope: the moment of the first fetch (kept if there was one), the UIDVALIDITY it holds for, and what stays
/// out for ever.
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

/// What is out of scope, as given to [`set_scope`].
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
