//! `mailgate.oauth_provider`: an application that several mailboxes sign in with.

use crate::api::ApiCall;
use crate::api::fault::ObjectError;
use crate::api::model::{Description, Model, ModelBuilder, Values};
use crate::api::settings::{self, Writable};
use crate::domain::id::ProviderId;
use crate::domain::oauth::Provider;
use crate::domain::rights::Object;
use crate::operations::client::expressions::providers as sql;
use crate::operations::client::{Db, Direction};
use crate::operations::providers;

#[derive(Debug)]
pub(super) struct Providers;

impl Model for Providers {
    fn describe(&self) -> Description {
        let mut fields = ModelBuilder::new("t.name").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        fields.settings::<Provider>();
        let names = ("mailgate.oauth_provider", "Sign-in Provider");
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            ..fields.of_table(names, Object::Providers, "oauth_providers", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        settings::create::<Provider>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        settings::write::<Provider>(call, db, ProviderId(id), values)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(providers::delete_in(db, call.caller, ProviderId(id))?)
    }
}

impl Writable for Provider {}
