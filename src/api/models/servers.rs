//! What an administrator sets up, as clients do it: where mail comes from, what signs in there, what it becomes, and where it goes.

use serde_json::{Value, json};

use crate::api::arguments::{CallArguments, Signature};
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{self, Description, Model, ModelBuilder, Values, Writable};
use crate::api::{ApiCall, methods};
use crate::domain::alias::Alias;
use crate::domain::connection::{Connection, ConnectionState, RemoteProtocol};
use crate::domain::fetching::ImportDeed;
use crate::domain::id::{AliasId, ConnectionId, ProviderId, ServerId};
use crate::domain::oauth::Provider;
use crate::domain::protocol::Security;
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::domain::server::{IncomingServer, ServerState};
use crate::operations::aliases::{self, AliasForm};
use crate::operations::client::expressions::{
    aliases as alias_sql, connections as connection_sql, providers as provider_sql, servers as sql,
};
use crate::operations::client::{Db, Direction};
use crate::operations::servers::{self, ServerForm};
use crate::operations::{OperationError, connections, fetch, providers};

/// `fetchmail.server`: Odoo's fields of an incoming server, and Mailgate's own.
#[derive(Debug)]
pub(super) struct ServerModel;

impl Model for ServerModel {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.settings::<IncomingServer>();
        f.add("active", "Active", Boolean, "t.active");
        f.add("state", "Status", Selection, "t.state")
            .readonly()
            .choices(ServerState::ALL.iter().map(|state| (state.code(), state.label())));
        f.add("server_type_info", "Server Type Info", Text, sql::LOCAL_INFO).readonly();
        f.add("configuration", "Configuration", Text, sql::LOCAL_COMMAND).readonly();
        f.add("script", "Script", Char, sql::SCRIPT).readonly();
        f.add("is_ssl", "SSL/TLS", Boolean, sql::IS_SSL);
        f.add("security", "Encryption", Selection, "t.security").choices([
            ("none", "None"),
            ("starttls", "STARTTLS"),
            ("tls", "SSL/TLS"),
        ]);
        f.model("object_id", "Create a New Record", "object_model");
        f.add("date", "Last Fetch Date", Datetime, sql::LAST_FETCH).readonly();
        f.add("next_fetch", "Next Fetch", Datetime, sql::NEXT_FETCH).readonly();
        f.add("last_error", "Last Error", Text, sql::LAST_ERROR).readonly();
        f.add("waiting_since", "Asked to Wait Since", Datetime, sql::WAITING_SINCE).readonly();
        f.add("waiting_for", "Asked to Wait", Text, sql::WAITING_FOR).readonly();
        let names = ("fetchmail.server", "Incoming Mail Server");
        Description {
            order: vec![("priority", Direction::Ascending), ("id", Direction::Ascending)],
            // The built-in server of the mail gateway is never listed.
            ..f.of_table(names, Object::Servers, "servers", "r.name").only(sql::LISTED, "listed")
        }
    }

    fn defaults(&self, _: &Description) -> Values {
        model::defaults::<IncomingServer>()
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        model::create::<IncomingServer>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        model::write::<IncomingServer>(call, db, ServerId(id), values)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(servers::delete_in(db, call.caller, ServerId(id))?)
    }

    /// Whoever names what is built in, although it is not listed, is told why nothing is done.
    fn changeable(&self, db: &mut Db, ids: &[i32]) -> Result<(), ObjectError> {
        Ok(servers::none_built(db, ids)?)
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::of_rows("button_confirm_login", ""),
                Signature::of_rows("set_draft", ""),
                Signature::of_rows("fetch_mail", ""),
                Signature::of_rows("stop_import", ""),
                Signature::of_rows("continue_import", ""),
                Signature::of_rows("undo_import", ""),
                Signature::of_rows("restore_import", ""),
                Signature::of_model("find_settings", "email='', server_type=None"),
            ]
        }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "button_confirm_login" => confirm(call, arguments),
            "set_draft" => set_draft(call, arguments),
            "fetch_mail" => fetch_mail(call, arguments),
            "stop_import" => import(call, arguments, ImportDeed::Stop),
            "continue_import" => import(call, arguments, ImportDeed::Continue),
            "undo_import" => import(call, arguments, ImportDeed::Undo),
            "restore_import" => import(call, arguments, ImportDeed::Restore),
            "find_settings" => find_settings(call, arguments),
            _ => methods::of_every_model(call, name, arguments),
        }
    }
}

impl Writable for IncomingServer {
    /// Odoo's own default: nothing is encrypted unless it is asked for.
    fn fresh() -> ServerForm {
        let mut form = ServerForm::fresh();
        form.set_security(Security::None);
        form.follow();
        form
    }

    /// `security` counts more than `is_ssl`, in whatever order the two come.
    fn last() -> &'static [&'static str] {
        &["security"]
    }

    fn take(call: &ApiCall<'_>, form: &mut ServerForm, name: &str, typed: &str) -> Result<bool, ObjectError> {
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
                let model = if typed.is_empty() { "" } else { model::model_of(call, name, typed)? };
                form.set("object_model", model);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn use_or_archive(db: &mut Db, call: &ApiCall<'_>, id: ServerId, active: bool) -> Result<(), OperationError> {
        servers::set_active_in(db, call.caller, id, active)
    }
}

/// Test & Confirm; a failed test is a UserError with the words and the remedy, as the page shows them.
fn confirm(call: &ApiCall<'_>, arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    for id in arguments.only_ids()? {
        let tested = servers::test(call.app, call.caller, ServerId(id))?;
        if let Some(stage) = tested.failure() {
            return Err(OperationError::Refused(stage.in_full().into()).into());
        }
    }
    Ok(Value::Bool(true))
}

fn set_draft(call: &ApiCall<'_>, arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    for id in arguments.only_ids()? {
        servers::reset(call.app, call.caller, ServerId(id))?;
    }
    Ok(Value::Bool(true))
}

/// What a person does about the imports of these servers by the buttons on their pages.
fn import(call: &ApiCall<'_>, arguments: CallArguments, deed: ImportDeed) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    for id in arguments.only_ids()? {
        fetch::decide_imports(call.app, call.caller, ServerId(id), deed)?;
    }
    Ok(Value::Bool(true))
}

fn fetch_mail(call: &ApiCall<'_>, arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    for id in arguments.only_ids()? {
        if let fetch::FetchOutcome::Failed(complaint) =
            fetch::fetch_now(call.app, call.caller, ServerId(id), fetch::WAIT)?
        {
            return Err(OperationError::Refused(complaint).into());
        }
    }
    Ok(Value::Bool(true))
}

/// `email`, and the `server_type` that is wanted (`imap` unless it is said): the values that *Find settings* fills in, for
/// `create` and `write`, and in words how they were found and what to know beside them. Where nothing is found, a UserError
/// says why.
fn find_settings(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let email = arguments.text("email")?.unwrap_or_default();
    let server_type = arguments.text("server_type")?;
    arguments.end()?;
    let mut form = ServerForm::fresh();
    form.set("email", &email);
    if let Some(server_type) = server_type {
        form.set("server_type", &server_type);
    }
    let found = servers::find_settings(call.app, call.caller, &form)?;
    let text = |field: &str| found.form.text(field).to_owned();
    Ok(json!({
        "email": text("email"),
        "server_type": text("server_type"),
        "server": text("server"),
        "port": text("port").parse::<u16>().unwrap_or_default(),
        "security": found.form.security().code(),
        "authentication": text("authentication"),
        "user": text("user"),
        "how": found.how.to_string(),
        "advice": found.advice.map(|advice| advice.to_string()).unwrap_or_default(),
    }))
}

/// `mailgate.oauth_provider`: an application that several mailboxes sign in with.
#[derive(Debug)]
pub(super) struct Providers;

impl Model for Providers {
    fn describe(&self) -> Description {
        let mut fields = ModelBuilder::new("t.name").dates().authors(provider_sql::MADE_BY, provider_sql::CHANGED_BY);
        fields.settings::<Provider>();
        let names = ("mailgate.oauth_provider", "Sign-in Provider");
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            ..fields.of_table(names, Object::Providers, "oauth_providers", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        model::create::<Provider>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        model::write::<Provider>(call, db, ProviderId(id), values)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(providers::delete_in(db, call.caller, ProviderId(id))?)
    }
}

impl Writable for Provider {}

/// `mail.alias`: addresses that decide what their mail becomes.
#[derive(Debug)]
pub(super) struct Aliases;

impl Model for Aliases {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new(alias_sql::ADDRESS).dates().authors(alias_sql::MADE_BY, alias_sql::CHANGED_BY);
        f.settings::<Alias>();
        f.add("alias_full_name", "Alias Email", Char, alias_sql::ADDRESS).readonly();
        f.model("alias_model_id", "Aliased Model", "alias_model").required();
        f.add("alias_model", "Record Type", Char, "t.object_model").readonly();
        f.add("alias_force_thread_id", "Record Thread ID", Integer, "t.record_id");
        f.add("active", "Active", Boolean, "t.active");
        let names = ("mail.alias", "Email Aliases");
        Description {
            order: vec![("alias_model", Direction::Ascending), ("alias_name", Direction::Ascending)],
            ..f.of_table(names, Object::Aliases, "aliases", alias_sql::ADDRESS_OF_RELATED)
        }
    }

    fn defaults(&self, _: &Description) -> Values {
        model::defaults::<Alias>()
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        model::create::<Alias>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        model::write::<Alias>(call, db, AliasId(id), values)
    }

    fn unlink(&self, call: &ApiCall<'_>, db: &mut Db, id: i32) -> Result<(), ObjectError> {
        Ok(aliases::delete_in(db, call.caller, AliasId(id))?)
    }
}

impl Writable for Alias {
    fn take(call: &ApiCall<'_>, form: &mut AliasForm, name: &str, typed: &str) -> Result<bool, ObjectError> {
        Ok(match name {
            "alias_model_id" => form.set("object_model", model::model_of(call, name, typed)?),
            // To a person also a record's number.
            "alias_force_thread_id" => form.set("record", typed),
            _ => false,
        })
    }
}

/// `mailgate.connection`: an OpenSPP or Odoo that records go to.
#[derive(Debug)]
pub(super) struct Connections;

impl Model for Connections {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(connection_sql::MADE_BY, connection_sql::CHANGED_BY);
        f.settings::<Connection>();
        f.add("active", "Active", Boolean, "t.active");
        f.add("state", "Status", Selection, "t.state")
            .readonly()
            .choices(ConnectionState::ALL.iter().map(|state| (state.code(), state.label())));
        f.add("server_version", "Version", Char, "t.server_version").readonly();
        f.add("spoken", "Speaks", Selection, "t.spoken")
            .readonly()
            .choices(RemoteProtocol::ALL.iter().map(|spoken| (spoken.code(), spoken.label())));
        f.add("waiting", "Mails on the Way", Integer, connection_sql::WAITING).readonly();
        f.add("failing", "Failing", Boolean, connection_sql::FAILING).readonly();
        f.add("since", "Failing Since", Datetime, connection_sql::SINCE).readonly();
        f.add("why", "Why", Text, connection_sql::WHY).readonly();
        f.add("last_delivery", "Last Delivery", Datetime, connection_sql::LAST_DELIVERY).readonly();
        let names = ("mailgate.connection", "Connection");
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            ..f.of_table(names, Object::Connections, "connections", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        model::create::<Connection>(call, db, values)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        model::write::<Connection>(call, db, ConnectionId(id), values)
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
