//! API keys: made and revoked on one's own Preferences, revoked by an administrator on a user's page.

use rocket::{Route, post, routes};
use serde::Serialize;

use super::cookies::Tone;
use super::csrf::Posted;
use super::guards::Visitor;
use super::preferences::{PreferencesShown, page};
use super::render::{PageAnswer, Reply};
use crate::domain::id::ApiKeyId;
use crate::domain::secret::Secret;
use crate::domain::words;
use crate::domain::{Moment, now};
use crate::operations::OperationError;
use crate::operations::api_keys::{self, ApiKey, KeyForm};

pub(super) fn routes() -> Vec<Route> {
    routes![create, revoke, revoke_of]
}

/// A key in a list.
#[derive(Serialize)]
pub(super) struct ApiKeyLine<'a> {
    id: i32,
    name: &'a str,
    create_date: Moment,
    last_used: Option<Moment>,
    expires_at: Option<Moment>,
    expired: bool,
}

impl<'a> ApiKeyLine<'a> {
    pub(super) fn of(key: &'a ApiKey) -> Self {
        let ApiKey { id, name, create_date, last_used, expires_at, .. } = key;
        Self {
            id: id.0,
            name,
            create_date: *create_date,
            last_used: *last_used,
            expires_at: *expires_at,
            expired: key.is_expired(now()),
        }
    }
}

/// The page itself answers (no redirect): the key is shown this once and written nowhere.
#[post("/preferences/keys", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    let form = KeyForm {
        name: posted.get("key_name").to_owned(),
        expires: posted.get("key_expires").to_owned(),
        password: Secret::new(posted.get("key_password")),
    };
    let new_key = (form.name.clone(), form.expires.clone());
    let session = visitor.session.clone();
    match visitor.run(move |app, caller| api_keys::create(app, caller, &session, &form)).await {
        Ok(key) => page(&visitor, PreferencesShown { made: Some(key), ..PreferencesShown::default() }).await,
        Err(OperationError::Invalid(errors)) => {
            page(&visitor, PreferencesShown { errors, new_key, ..PreferencesShown::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/preferences/keys/<id>/revoke", data = "<_posted>")]
async fn revoke(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    revoked(&visitor, id, "/preferences".into()).await
}

#[post("/settings/users/<user>/keys/<id>/revoke", data = "<_posted>")]
async fn revoke_of(visitor: Visitor<'_>, user: i32, id: i32, _posted: Posted) -> PageAnswer {
    revoked(&visitor, id, format!("/settings/users/{user}")).await
}

async fn revoked(visitor: &Visitor<'_>, id: i32, back: String) -> PageAnswer {
    visitor.run(move |app, caller| api_keys::revoke(app, caller, ApiKeyId(id))).await?;
    Ok(Reply::go(back).flash(Tone::Good, words::text(visitor.language(), "keys-revoked")))
}
