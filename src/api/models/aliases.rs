//! `mail.alias`: addresses that decide what their mail becomes.

use crate::api::ApiCall;
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{Description, Model, ModelBuilder, Values};
use crate::api::settings::{self, Writable};
use crate::domain::alias::Alias;
use crate::domain::id::AliasId;
use crate::domain::rights::Object;
use crate::operations::aliases::{self, AliasForm};
use crate::operations::client::expressions::aliases as sql;
use crate::operations::client::{Db, Direction};

#[derive(Debug)]
pub(super) struct Aliases;

impl Model for Aliases {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new(sql::ADDRESS).dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.settings::<Alias>();
        f.add("alias_full_name", "Alias Email", Char, sql::ADDRESS).readonly();
        f.model("alias_model_id", "Aliased Model", "alias_model").required();
        f.add("alias_model", "Record Type", Char, "t.object_model").readonly();
        f.add("alias_force_thread_id", "Record Thread ID", Integer, "t.record_id");
        f.add("active", "Active", Boolean, "t.active");
        let names = ("mail.alias", "Email Aliases");
        Description {
            order: vec![("alias_model", Direction::Ascending), ("alias_name", Direction::Ascending)],
            ..f.of_table(names, Object::Aliases, "aliases", sql::ADDRESS_OF_RELATED)
        }
    }

    fn defaults(&self, _: &Description) -> Values {
        settings::defaults::<Alias>()
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        settings::create::<Alias>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        settings::write::<Alias>(call, db, AliasId(id), values)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(aliases::delete_in(db, call.caller, AliasId(id))?)
    }
}

impl Writable for Alias {
    fn take(call: &ApiCall<'_>, form: &mut AliasForm, name: &str, typed: &str) -> Result<bool, ObjectError> {
        Ok(match name {
            "alias_model_id" => form.set("object_model", settings::model_of(call, name, typed)?),
            // To a person also a record's number.
            "alias_force_thread_id" => form.set("record", typed),
            _ => false,
        })
    }
}
