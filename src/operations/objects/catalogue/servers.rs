//! `fetchmail.server`: Odoo's fields, and Mailgate's own.

use crate::domain::server::{IncomingServer, ServerState};
use crate::modules::Modules;
use crate::operations::objects::model::{ADMINS, FieldType::*, Fields, Model, Rights, Rows};
use crate::store::query::{Column, Direction, Expression, Kind, Table};

/// SQL of a column of the server's status.
macro_rules! status {
    ($column:literal) => {
        concat!("(SELECT s.", $column, " FROM server_status s WHERE s.server_id = t.id)")
    };
}

/// SQL of what only Local servers have.
macro_rules! local {
    ($sql:literal) => {
        concat!("(CASE WHEN t.server_type = 'local' THEN ", $sql, " END)")
    };
}

pub fn incoming(_modules: &Modules) -> Model {
    let mut fields = Fields::new("t.name").dates();
    let f = &mut fields;
    f.settings::<IncomingServer>();
    f.computed("password", "Password", Char).readonly = false;
    f.add("active", "Active", Boolean, "t.active");
    f.add("state", "Status", Selection, "t.state")
        .readonly()
        .choices(ServerState::ALL.iter().map(|state| (state.code(), state.label())));
    let info = local!("'Mail is read from a Maildir, or handed over by a pipe.'");
    f.add("server_type_info", "Server Type Info", Text, info).readonly();
    let configuration = local!("'mailgate deliver --server \"' || t.name || '\"'");
    f.add("configuration", "Configuration", Text, configuration).readonly();
    f.add("script", "Script", Char, "'mailgate deliver'").readonly();
    f.add("is_ssl", "SSL/TLS", Boolean, "(t.security = 'tls')");
    f.add("security", "Encryption", Selection, "t.security").choices([
        ("none", "None"),
        ("starttls", "STARTTLS"),
        ("tls", "SSL/TLS"),
    ]);
    f.computed("object_id", "Create a New Record", Many2one).to("ir.model").readonly = false;
    f.add("date", "Last Fetch Date", Datetime, status!("last_fetch")).readonly();
    f.add("next_fetch", "Next Fetch", Datetime, status!("next_fetch")).readonly();
    f.add("last_error", "Last Error", Text, status!("last_error")).readonly();
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
    let sql = "(CASE WHEN t.server_type = 'api' THEN 'built-in' ELSE 'listed' END)";
    (Column { field: "listed".into(), sql: Expression::Plain(sql), kind: Kind::Text }, "listed".into())
}
