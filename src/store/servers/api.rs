//! The server that is built in: the mail gateway API.

use diesel::prelude::*;

use super::Row;
use crate::domain::now;
use crate::domain::server::{IncomingServer, ServerState, ServerType};
use crate::store::prepared::{columns, prepared};
use crate::store::schema::servers;
use crate::store::{Db, StoreError};

/// The built-in server of the mail gateway API; made where there is none.
pub fn api(db: &mut Db) -> Result<IncomingServer, StoreError> {
    let find = servers::table.filter(servers::server_type.eq(ServerType::Api.code())).select(columns::<Row>());
    let mut row: Option<Row> = prepared(find).one(db)?;
    if row.is_none() {
        let at = now();
        let values = (
            servers::name.eq("Mail gateway"),
            servers::server_type.eq(ServerType::Api.code()),
            servers::state.eq(ServerState::Done.code()),
            servers::create_date.eq(at),
            servers::write_date.eq(at),
        );
        crate::on_backend!(db, conn => diesel::insert_into(servers::table)
            .values(values).on_conflict_do_nothing().execute(conn))?;
        row = prepared(find).one(db)?;
    }
    Ok(row.ok_or(diesel::result::Error::NotFound)?.into_stored()?.settings)
}
