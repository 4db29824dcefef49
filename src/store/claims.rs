//! Claims: one record per sink, record type and fingerprint (DESIGN §4), enforced by the primary key.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::claims;
use crate::domain::id::MessageId;

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'a> {
    /// `local`, or a connection.
    pub sink: &'a str,
    pub model: &'a str,
    pub fingerprint: &'a str,
}

/// Takes the claim for `message`. Otherwise the message that holds it.
pub fn take(db: &mut Db, claim: &Claim<'_>, message: MessageId) -> Result<Result<(), MessageId>, StoreError> {
    let values = (
        claims::sink.eq(claim.sink),
        claims::record_type.eq(claim.model),
        claims::fingerprint.eq(claim.fingerprint),
        claims::message_id.eq(message.0),
    );
    let taken = crate::on_backend!(db, conn => diesel::insert_into(claims::table)
        .values(values).on_conflict_do_nothing().execute(conn))?;
    if taken == 1 {
        return Ok(Ok(()));
    }
    let holder: i32 =
        claims::table.find((claim.sink, claim.fingerprint, claim.model)).select(claims::message_id).first(db)?;
    Ok(if holder == message.0 { Ok(()) } else { Err(MessageId(holder)) })
}

/// Who holds claims on these fingerprints: record type, fingerprint, message.
pub fn holders(db: &mut Db, sink: &str, fingerprints: &[&str]) -> Result<Vec<(String, String, MessageId)>, StoreError> {
    let query = claims::table.filter(claims::sink.eq(sink)).filter(claims::fingerprint.eq_any(fingerprints)).select((
        claims::record_type,
        claims::fingerprint,
        claims::message_id,
    ));
    let rows: Vec<(String, String, i32)> = prepared_for_one(fingerprints, query).load(db)?;
    Ok(rows.into_iter().map(|(model, fingerprint, id)| (model, fingerprint, MessageId(id))).collect())
}

/// Frees what the message holds: another mail like it may make a record again.
pub fn free(db: &mut Db, message: MessageId) -> Result<(), StoreError> {
    diesel::delete(claims::table.filter(claims::message_id.eq(message.0))).execute(db)?;
    Ok(())
}
