//! `mailgate.connection`: an OpenSPP or Odoo that records go to.

use serde_json::{Value, json};

use crate::api::arguments::{CallArguments, Signature};
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{Description, Model, ModelBuilder, Values};
use crate::api::settings::{self, Writable};
use crate::api::{ApiCall, methods};
use crate::domain::connection::{Connection, ConnectionState, RemoteProtocol};
use crate::domain::id::ConnectionId;
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::operations::client::expressions::connections as sql;
use crate::operations::client::{Db, Direction};
use crate::operations::{OperationError, connections};

#[derive(Debug)]
pub(super) struct Connections;

impl Model for Connections {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.settings::<Connection>();
        f.add("active", "Active", Boolean, "t.active");
        f.add("state", "Status", Selection, "t.state")
            .readonly()
            .choices(ConnectionState::ALL.iter().map(|state| (state.code(), state.label())));
        f.add("server_version", "Version", Char, "t.server_version").readonly();
        f.add("spoken", "Speaks", Selection, "t.spoken")
            .readonly()
            .choices(RemoteProtocol::ALL.iter().map(|spoken| (spoken.code(), spoken.label())));
        f.add("waiting", "Mails on the Way", Integer, sql::WAITING).readonly();
        f.add("failing", "Failing", Boolean, sql::FAILING).readonly();
        f.add("since", "Failing Since", Datetime, sql::SINCE).readonly();
        f.add("why", "Why", Text, sql::WHY).readonly();
        f.add("last_delivery", "Last Delivery", Datetime, sql::LAST_DELIVERY).readonly();
        let names = ("mailgate.connection", "Connection");
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            ..f.of_table(names, Object::Connections, "connections", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        settings::create::<Connection>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        settings::write::<Connection>(call, db, ConnectionId(id), values)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(connections::delete_in(db, call.caller, ConnectionId(id))?)
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::of_rows("button_test", ""),
                Signature::of_rows("record_types", ""),
                Signature::of_rows("renew_key", "password"),
            ]
        }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "button_test" => test(call, arguments),
            "record_types" => record_types(call, arguments),
            "renew_key" => renew_key(call, arguments),
            _ => methods::of_every_model(call, name, arguments),
        }
    }
}

impl Writable for Connection {}

/// Test; a failed one is a UserError with the words and the remedy, as the page shows them.
fn test(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    for id in arguments.ids()? {
        let tested = connections::test(call.app, call.caller, ConnectionId(id))?;
        if let Some(stage) = tested.failure() {
            return Err(OperationError::Refused(stage.in_full().into()).into());
        }
    }
    Ok(Value::Bool(true))
}

/// What mail can become there: a list of `{"model": …, "name": …}` by label; where the account may not read which
/// there are, the usual ones. Of several ids the first.
fn record_types(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let ids = arguments.ids()?;
    let Some(id) = ids.first() else { return Ok(json!([])) };
    let offered = connections::record_types(call.app, call.caller, ConnectionId(*id))?;
    Ok(offered.types.iter().map(|one| json!({"model": one.model, "name": one.label.as_str()})).collect())
}

/// A new API key of the account there, made with its password, which is kept nowhere.
fn renew_key(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let ids = arguments.ids()?;
    let password = Secret::new(arguments.text("password")?.unwrap_or_default());
    arguments.end()?;
    for id in ids {
        connections::renew_key(call.app, call.caller, ConnectionId(id), &password)?;
    }
    Ok(Value::Bool(true))
}
