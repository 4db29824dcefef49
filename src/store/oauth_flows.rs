//! Sign-ins that were begun: what comes back from the provider is told by its state, belongs to one session and one
//! server, and counts once.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::oauth_flows;
use super::sealed::SealedColumn;
use super::stored;
use crate::domain::Moment;
use crate::domain::id::ServerId;
use crate::domain::secret::Secret;
use crate::key::SecretKey;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = oauth_flows)]
pub struct Flow {
    /// SHA-256 of the state, in hexadecimal digits.
    pub state_hash: String,
    /// The hash of the session's token.
    pub session: String,
    pub server_id: ServerId,
    /// Of which application and mailbox the tokens will be.
    pub belongs_to: String,
    pub redirect_uri: String,
    /// Sealed.
    secrets: String,
    pub create_date: Moment,
}

/// What a sign-in is begun with.
#[derive(Debug, Clone)]
pub struct NewFlow<'a> {
    pub state_hash: String,
    pub session: &'a str,
    pub server_id: ServerId,
    pub belongs_to: String,
    pub redirect_uri: String,
    /// Nonce and verifier, as one text.
    pub secrets: &'a Secret,
    pub at: Moment,
}

/// Begins one. Others of this session for this server count no more, nor any from before `since`.
pub fn begin(db: &mut Db, key: &SecretKey, new: NewFlow<'_>, since: Moment) -> Result<(), StoreError> {
    diesel::delete(oauth_flows::table.filter(oauth_flows::create_date.lt(since))).execute(db)?;
    let same = oauth_flows::table
        .filter(oauth_flows::session.eq(new.session))
        .filter(oauth_flows::server_id.eq(new.server_id));
    diesel::delete(same).execute(db)?;
    let secrets = stored::seal(db, key, (SealedColumn::Flow, 0), Some(new.secrets))?.unwrap_or_default();
    let NewFlow { state_hash, session, server_id, belongs_to, redirect_uri, at, .. } = new;
    let session = session.to_owned();
    let flow = Flow { state_hash, session, server_id, belongs_to, redirect_uri, secrets, create_date: at };
    diesel::insert_into(oauth_flows::table).values(flow).execute(db)?;
    Ok(())
}

/// Takes one out, with its secrets: who comes second finds none.
pub fn take(db: &mut Db, key: &SecretKey, state_hash: &str) -> Result<Option<(Flow, Secret)>, StoreError> {
    let found = oauth_flows::table.filter(oauth_flows::state_hash.eq(state_hash));
    let Some(flow) = found.select(Flow::as_select()).first::<Flow>(db).optional()? else { return Ok(None) };
    if diesel::delete(oauth_flows::table.filter(oauth_flows::state_hash.eq(state_hash))).execute(db)? == 0 {
        return Ok(None);
    }
    let secrets = stored::open(key, (SealedColumn::Flow, 0), Some(&flow.secrets))?;
    Ok(Some((flow, secrets)))
}
