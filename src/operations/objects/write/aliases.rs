//! `mail.alias`: what it has beside its table of fields.

use super::settings::Written;
use crate::domain::alias::Alias;
use crate::domain::id::AliasId;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::{OperationError, aliases};
use crate::store::Db;

impl Written for Alias {
    fn take(call: &Call<'_>, form: &mut aliases::Form, name: &str, typed: &str) -> Result<bool, ObjectError> {
        match name {
            "alias_model_id" => {
                let model = typed.parse().ok().and_then(|id| call.app.objects.by_id(id));
                let unknown = || ObjectError::Value(format!("Wrong value for mail.alias.alias_model_id: {typed}"));
                Ok(form.set("object_model", &model.ok_or_else(unknown)?.name))
            }
            // To a person also a record's number.
            "alias_force_thread_id" => Ok(form.set("record", typed)),
            _ => Ok(false),
        }
    }

    fn delete(db: &mut Db, call: &Call<'_>, id: AliasId) -> Result<(), OperationError> {
        aliases::delete_in(db, call.caller, id)
    }
}
