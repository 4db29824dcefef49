//! `fetchmail.server`: Odoo's fields, and Mailgate's own.

use crate::domain::server::{IncomingServer, ServerState};
use crate::modules::Modules;
use crate::operations::objects::model::{ADMINS, FieldType::*, Fields, Model, Rights, Rows};
use crate::store::query::expressions::servers as sql;
use crate::store::query::{Column, Direction, Expression, Kind, Table};

pub fn incoming(_modules: &Modules) -> Model {
    let mut fields = Fields::new("t.name").dates();
    let f = &mut fields;
    f.settings::<IncomingServer>();
    f.computed("password", "Password", Char).readonly = false;
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
    f.computed("object_id", "Create a New Record", Many2one).to("ir.model").readonly = false;
    f.add("date", "Last Fetch Date", Datetime, sql::LAST_FETCH).readonly();
    f.add("next_fetch", "Next Fetch", Datetime, sql::NEXT_FETCH).readonly();
    f.add("last_error", "Last Error", Text, sql::LAST_ERROR).readonly();
    let Fields { fields, columns } = fields;
    Model {
        name: "fetchmail.server".into(),
        label: "Incoming Mail Server".into(),
        fields,
        rows: Rows::Table { table: Table { name: "servers", label: "r.name", columns }, only: Some(listed()) },
        order: vec![("priority", Direction::Ascending), ("id", Direction::Ascending)],
        rights: Rights { read: ADMINS, write: ADMINS, create: ADMINS, unlink: ADMINS },
        is_mail_thread: false,
    }
}

/// The built-in server of the gateway API is never listed.
fn listed() -> (Column, String) {
    (Column { field: "listed".into(), sql: Expression::Plain(sql::LISTED), kind: Kind::Text }, "listed".into())
}
