//! Whose an address is among the contacts of a connection, as a person said: so the next mail from there need not be asked
//! about. Known by the address as [`normalize`](crate::domain::address::normalize) has it.

use diesel::prelude::*;

use super::schema::sender_links;
use super::{Db, StoreError};
use crate::domain::id::ConnectionId;
use crate::domain::{Moment, now};

/// What was said of an address.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sender_links)]
pub struct SenderLink {
    /// The contact's id at the connection.
    #[diesel(column_name = partner_id)]
    pub partner: i32,
    /// The contact's name when it was said.
    pub name: String,
    /// Who said so.
    pub login: String,
    pub create_date: Moment,
}

pub fn of(db: &mut Db, connection: ConnectionId, address: &str) -> Result<Option<SenderLink>, StoreError> {
    Ok(sender_links::table.find((connection, address)).select(SenderLink::as_select()).first(db).optional()?)
}

/// Remembers it, in place of what was said before.
pub fn put(
    db: &mut Db,
    connection: ConnectionId,
    address: &str,
    (partner, name): (i32, &str),
    login: &str,
) -> Result<(), StoreError> {
    let said = (
        sender_links::partner_id.eq(partner),
        sender_links::name.eq(name),
        sender_links::login.eq(login),
        sender_links::create_date.eq(now()),
    );
    let whole = (sender_links::connection_id.eq(connection), sender_links::address.eq(address), said);
    crate::on_backend!(db, conn => diesel::insert_into(sender_links::table)
        .values(&whole)
        .on_conflict((sender_links::connection_id, sender_links::address))
        .do_update()
        .set(said)
        .execute(conn))?;
    Ok(())
}

/// False where nothing was remembered.
pub fn forget(db: &mut Db, connection: ConnectionId, address: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(sender_links::table.find((connection, address))).execute(db)? == 1)
}
