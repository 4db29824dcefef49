//! `fetchmail.server`: what it has beside its table of fields.

use super::settings::Written;
use crate::domain::id::ServerId;
use crate::domain::server::{IncomingServer, Security};
use crate::operations::OperationError;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::servers::{self, Form};
use crate::store::Db;

impl Written for IncomingServer {
    /// Odoo's own default: nothing is encrypted unless it is asked for.
    fn fresh() -> Form {
        let mut form = Form::fresh();
        form.set_security(Security::None);
        form.follow();
        form
    }

    /// `security` counts more than `is_ssl`, in whatever order the two come.
    fn last() -> &'static [&'static str] {
        &["security"]
    }

    fn take(call: &Call<'_>, form: &mut Form, name: &str, typed: &str) -> Result<bool, ObjectError> {
        match name {
            "is_ssl" => form.set_security(match (typed.is_empty(), form.security()) {
                (false, _) => Security::Tls,
                // Unticking SSL/TLS leaves STARTTLS as it is.
                (true, Security::StartTls) => Security::StartTls,
                (true, _) => Security::None,
            }),
            "security" => form.set_security(Security::from_code(typed).unwrap_or(form.security())),
            "sender_policy" => {
                form.set(name, typed);
                // Chosen, so that it does not follow the target.
                form.set("auto_policy", "");
            }
            "object_id" => {
                let model = typed.parse().ok().and_then(|id| call.app.objects.by_id(id));
                let unknown = || ObjectError::Value(format!("Wrong value for fetchmail.server.object_id: {typed}"));
                let model = if typed.is_empty() { "" } else { &model.ok_or_else(unknown)?.name };
                form.set("object_model", model);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn use_or_archive(db: &mut Db, call: &Call<'_>, id: ServerId, active: bool) -> Result<(), OperationError> {
        servers::set_active_in(db, call.caller, id, active)
    }

    fn delete(db: &mut Db, call: &Call<'_>, id: ServerId) -> Result<(), OperationError> {
        servers::delete_in(db, call.caller, id)
    }
}
