//! Claims: one record per fingerprint, sink and record type (ARCHITECTURE §4), enforced by the primary key.

use std::collections::HashSet;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::{columns, prepared_for_one};
use super::schema::claims;
use crate::domain::id::MessageId;

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = claims)]
pub struct Claim<'a> {
    /// `local`, or a connection.
    pub sink: &'a str,
    #[diesel(column_name = record_type)]
    pub model: &'a str,
    /// As [`crate::domain::message::kept_fingerprint`] gives it, or [`apart`].
    pub fingerprint: &'a str,
}

/// The claim of a mail that is to make a second record of what another mail has claimed: no other mail can have it.
pub fn apart(fingerprint: &str, message: MessageId) -> String {
    format!("{fingerprint} again {message}")
}

/// A claim that a message has.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = claims)]
pub struct HeldClaim {
    #[diesel(column_name = record_type)]
    pub model: String,
    pub fingerprint: String,
    #[diesel(column_name = message_id)]
    pub message: MessageId,
}

/// Takes the claim for `message`; returns the message that has it already.
pub fn take(db: &mut Db, claim: &Claim<'_>, message: MessageId) -> Result<Result<(), MessageId>, StoreError> {
    let values = (claim, claims::message_id.eq(message));
    let taken = crate::on_backend!(db, conn => diesel::insert_into(claims::table)
        .values(values).on_conflict_do_nothing().execute(conn))?;
    if taken == 1 {
        return Ok(Ok(()));
    }
    let holder: MessageId =
        claims::table.find((claim.fingerprint, claim.sink, claim.model)).select(claims::message_id).first(db)?;
    Ok(if holder == message { Ok(()) } else { Err(holder) })
}

/// Takes the claims of a batch of mails by one statement, and returns whose were free. With SQLite none is taken here, since
/// there is no server to wait for: each is taken when its mail is delivered.
pub fn take_free(db: &mut Db, claims: &[(Claim<'_>, MessageId)]) -> Result<HashSet<MessageId>, StoreError> {
    let Db::Postgres(conn) = db else { return Ok(HashSet::new()) };
    let mut taken = HashSet::new();
    for some in claims.chunks(500) {
        let rows: Vec<_> = some.iter().map(|(claim, message)| (claim, claims::message_id.eq(*message))).collect();
        let query = diesel::insert_into(claims::table).values(rows).on_conflict_do_nothing();
        taken.extend(query.returning(claims::message_id).load::<MessageId>(conn)?);
    }
    Ok(taken)
}

/// Who has claims on these fingerprints.
pub fn holders(db: &mut Db, sink: &str, fingerprints: &[String]) -> Result<Vec<HeldClaim>, StoreError> {
    let query = claims::table.filter(claims::sink.eq(sink)).filter(claims::fingerprint.eq_any(fingerprints));
    Ok(prepared_for_one(fingerprints, query.select(columns::<HeldClaim>())).load(db)?)
}

/// Frees the claim of the message with this fingerprint: another mail like it may make a record again.
pub fn free(db: &mut Db, message: MessageId, fingerprint: &str) -> Result<(), StoreError> {
    let own = [apart(fingerprint, message), fingerprint.to_owned()];
    let held = claims::table.filter(claims::fingerprint.eq_any(own)).filter(claims::message_id.eq(message));
    diesel::delete(held).execute(db)?;
    Ok(())
}
