//! Mailboxes: host, user and folder of an incoming server, what source keys belong to. The row of a server whose
//! host, user or folder was edited stays with its messages; the new one begins anew.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared;
use super::schema::{mailbox_skipped, mailboxes};
use crate::domain::id::MailboxId;
use crate::domain::server::{Access, IncomingServer, Protocol};
use crate::domain::{Moment, now};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub id: MailboxId,
    /// The first fetch decided what is in scope.
    pub floor_at: Option<Moment>,
    /// IMAP: what the UIDs known here belong to.
    pub uid_validity: Option<u32>,
    /// What the first fetch chose is all here.
    pub backlog_done: bool,
}

/// The mailbox that the server's present settings name; made where there is none.
pub fn of(db: &mut Db, server: &IncomingServer) -> Result<Mailbox, StoreError> {
    let (host, username, folder) = place(server);
    let values = (
        mailboxes::server_id.eq(server.id.0),
        mailboxes::host.eq(&host),
        mailboxes::username.eq(&username),
        mailboxes::folder.eq(&folder),
        mailboxes::create_date.eq(now()),
    );
    let find = mailboxes::table
        .filter(mailboxes::server_id.eq(server.id.0))
        .filter(mailboxes::host.eq(&host))
        .filter(mailboxes::username.eq(&username))
        .filter(mailboxes::folder.eq(&folder))
        .select((mailboxes::id, mailboxes::floor_at, mailboxes::uid_validity, mailboxes::backlog_done));
    type Row = (i32, Option<Moment>, Option<i64>, bool);
    let mut row: Option<Row> = prepared(find).one(db)?;
    if row.is_none() {
        crate::on_backend!(db, conn => diesel::insert_into(mailboxes::table)
            .values(values).on_conflict_do_nothing().execute(conn))?;
        row = prepared(find).one(db)?;
    }
    let (id, floor_at, uid_validity, backlog_done) = row.ok_or(diesel::result::Error::NotFound)?;
    let uid_validity = uid_validity.and_then(|validity| u32::try_from(validity).ok());
    Ok(Mailbox { id: MailboxId(id), floor_at, uid_validity, backlog_done })
}

/// Host, user and folder. POP has no folder, so that its keys never mix with IMAP's of the same account.
fn place(server: &IncomingServer) -> (String, String, String) {
    match &server.access {
        Access::Network { host, username, protocol, .. } => {
            let folder = if *protocol == Protocol::Imap { server.folder.clone() } else { String::new() };
            (host.as_str().to_owned(), username.clone(), folder)
        }
        Access::Local { maildir } => {
            let folder = maildir.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
            ("local".to_owned(), String::new(), folder)
        }
    }
}

/// Waits for others that keep mail of this mailbox, until the transaction ends.
pub fn lock(db: &mut Db, id: MailboxId) -> Result<(), StoreError> {
    if let Db::Postgres(conn) = db {
        let _: i32 = mailboxes::table.find(id.0).select(mailboxes::id).for_no_key_update().first(conn)?;
    }
    Ok(())
}

/// Decides the scope: the moment of the first fetch (kept where there is one), the numbering it holds for, and
/// what stays out for ever.
pub fn set_scope(
    db: &mut Db,
    mailbox: &Mailbox,
    uid_validity: Option<u32>,
    uid_next: Option<u32>,
    skipped: &[String],
) -> Result<(), StoreError> {
    diesel::update(mailboxes::table.find(mailbox.id.0))
        .set((
            mailboxes::uid_validity.eq(uid_validity.map(i64::from)),
            mailboxes::floor_uid.eq(uid_next.map(i64::from)),
            mailboxes::floor_at.eq(mailbox.floor_at.unwrap_or_else(now)),
        ))
        .execute(db)?;
    diesel::delete(mailbox_skipped::table.filter(mailbox_skipped::mailbox_id.eq(mailbox.id.0))).execute(db)?;
    for some in skipped.chunks(1000) {
        let rows: Vec<_> = some
            .iter()
            .map(|key| (mailbox_skipped::mailbox_id.eq(mailbox.id.0), mailbox_skipped::source_key.eq(key)))
            .collect();
        crate::on_backend!(db, conn => diesel::insert_into(mailbox_skipped::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// What is out of scope, as [`set_scope`] got it.
pub fn skipped(db: &mut Db, id: MailboxId) -> Result<Vec<String>, StoreError> {
    Ok(mailbox_skipped::table
        .filter(mailbox_skipped::mailbox_id.eq(id.0))
        .select(mailbox_skipped::source_key)
        .load(db)?)
}

pub fn set_backlog_done(db: &mut Db, id: MailboxId) -> Result<(), StoreError> {
    diesel::update(mailboxes::table.find(id.0)).set(mailboxes::backlog_done.eq(true)).execute(db)?;
    Ok(())
}
