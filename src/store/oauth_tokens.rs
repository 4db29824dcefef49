//! The tokens of each mailbox, sealed for their columns and row, and the lease under which one process at a time renews
//! them. A renewal counts the row's version up, so that what two processes began on the same version is written once.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::nodes::clock;
use super::schema::oauth_tokens;
use super::sealed::SealedColumn;
use super::stored;
use crate::domain::Moment;
use crate::domain::id::ServerId;
use crate::domain::secret::Secret;
use crate::key::SecretKey;

/// What is known of a mailbox's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTokens {
    /// Of which application and mailbox they are.
    pub belongs_to: String,
    /// Empty where there is none, as the next one.
    pub access: Secret,
    pub access_until: Option<Moment>,
    pub refresh: Secret,
    pub granted_at: Option<Moment>,
    pub renewed_at: Option<Moment>,
    /// How long the refresh token counts, where its provider has said so.
    pub refresh_until: Option<Moment>,
    /// To be given back with [`put`] and [`lease`].
    pub version: i32,
    /// Why the last renewal was refused: JSON.
    pub refusal: Option<String>,
}

/// None where there never were any. Tokens that the key does not open are none.
pub fn get(db: &mut Db, key: &SecretKey, id: ServerId) -> Result<Option<KnownTokens>, StoreError> {
    let row = oauth_tokens::table.find(id).select(TokenRow::as_select()).first(db).optional()?;
    row.map(|row| row.opened(key, id)).transpose()
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTokens<'a> {
    pub belongs_to: &'a str,
    pub access: &'a Secret,
    pub access_until: Moment,
    /// The new one, or the one that was used, where it counts on.
    pub refresh: Option<&'a Secret>,
    pub refresh_until: Option<Moment>,
    /// When a person signed in.
    pub granted_at: Option<Moment>,
    pub at: Moment,
}

/// Writes new tokens where the row still has this version (0: none was there), and ends the renewal. False: somebody
/// else wrote meanwhile.
pub fn put(db: &mut Db, key: &SecretKey, id: ServerId, version: i32, new: &NewTokens<'_>) -> Result<bool, StoreError> {
    let access = stored::seal(db, key, (SealedColumn::AccessToken, id.0), Some(new.access))?;
    let refresh = stored::seal(db, key, (SealedColumn::RefreshToken, id.0), new.refresh)?;
    begin(db, id, new.belongs_to)?;
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version));
    let values = (
        oauth_tokens::belongs_to.eq(new.belongs_to),
        oauth_tokens::access_token.eq(access),
        oauth_tokens::access_until.eq(new.access_until),
        oauth_tokens::refresh_token.eq(refresh),
        oauth_tokens::refresh_until.eq(new.refresh_until),
        oauth_tokens::renewed_at.eq(new.at),
        oauth_tokens::granted_at.eq(new.granted_at),
        oauth_tokens::version.eq(version + 1),
        oauth_tokens::renewing_until.eq(None::<Moment>),
        oauth_tokens::refusal.eq(None::<String>),
    );
    Ok(diesel::update(row).set(values).execute(db)? == 1)
}

/// An empty row, where there is none.
fn begin(db: &mut Db, id: ServerId, belongs_to: &str) -> Result<(), StoreError> {
    let values = (oauth_tokens::server_id.eq(id), oauth_tokens::belongs_to.eq(belongs_to));
    crate::on_backend!(db, conn => diesel::insert_into(oauth_tokens::table)
        .values(values).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

/// Takes the right to renew what has this version (0: what was never there), for so long at most; false where another
/// process has it, or was faster. All times are the database's own, so that the nodes' clocks need not agree.
pub fn lease(db: &mut Db, id: ServerId, belongs_to: &str, version: i32, time: TimeDelta) -> Result<bool, StoreError> {
    begin(db, id, belongs_to)?;
    let at = clock(db)?;
    let free = oauth_tokens::renewing_until.is_null().or(oauth_tokens::renewing_until.lt(at));
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version)).filter(free);
    Ok(diesel::update(row).set(oauth_tokens::renewing_until.eq(at + time)).execute(db)? == 1)
}

/// Whether somebody renews it at this moment.
pub fn is_leased(db: &mut Db, id: ServerId) -> Result<bool, StoreError> {
    let at = clock(db)?;
    let until: Option<Option<Moment>> =
        oauth_tokens::table.find(id).select(oauth_tokens::renewing_until).first(db).optional()?;
    Ok(until.flatten().is_some_and(|until| until >= at))
}

/// Gives the lease back, with why it came to nothing, and since when the refresh token counts no more, where it does not.
/// The version stays: nothing was renewed.
pub fn refused(
    db: &mut Db,
    id: ServerId,
    version: i32,
    refusal: &str,
    ended: Option<Moment>,
) -> Result<(), StoreError> {
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version));
    let values = (oauth_tokens::renewing_until.eq(None::<Moment>), oauth_tokens::refusal.eq(refusal));
    diesel::update(row).set(values).execute(db)?;
    if let Some(ended) = ended {
        diesel::update(row).set(oauth_tokens::refresh_until.eq(ended)).execute(db)?;
    }
    Ok(())
}

/// Why the last renewal was refused: JSON.
pub fn refusal(db: &mut Db, id: ServerId) -> Result<Option<String>, StoreError> {
    let refusal: Option<Option<String>> =
        oauth_tokens::table.find(id).select(oauth_tokens::refusal).first(db).optional()?;
    Ok(refusal.flatten())
}

/// The mail server did not take the access token of this version: the next one who needs it renews it.
pub fn spend(db: &mut Db, id: ServerId, version: i32) -> Result<(), StoreError> {
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version));
    diesel::update(row).set(oauth_tokens::access_until.eq(None::<Moment>)).execute(db)?;
    Ok(())
}

/// When a person signed in for it; None where nobody has.
pub fn granted_at(db: &mut Db, id: ServerId) -> Result<Option<Moment>, StoreError> {
    let granted: Option<Option<Moment>> =
        oauth_tokens::table.find(id).select(oauth_tokens::granted_at).first(db).optional()?;
    Ok(granted.flatten())
}

/// Forgets all of them.
pub fn delete(db: &mut Db, id: ServerId) -> Result<(), StoreError> {
    diesel::delete(oauth_tokens::table.find(id)).execute(db)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = oauth_tokens)]
struct TokenRow {
    belongs_to: String,
    access_token: Option<String>,
    access_until: Option<Moment>,
    refresh_token: Option<String>,
    granted_at: Option<Moment>,
    renewed_at: Option<Moment>,
    refresh_until: Option<Moment>,
    version: i32,
    refusal: Option<String>,
}

impl TokenRow {
    fn opened(self, key: &SecretKey, id: ServerId) -> Result<KnownTokens, StoreError> {
        Ok(KnownTokens {
            access: stored::open(key, (SealedColumn::AccessToken, id.0), self.access_token.as_deref())?,
            refresh: stored::open(key, (SealedColumn::RefreshToken, id.0), self.refresh_token.as_deref())?,
            belongs_to: self.belongs_to,
            access_until: self.access_until,
            granted_at: self.granted_at,
            renewed_at: self.renewed_at,
            refresh_until: self.refresh_until,
            version: self.version,
            refusal: self.refusal,
        })
    }
}
