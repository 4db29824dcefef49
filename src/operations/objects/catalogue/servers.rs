//! `fetchmail.server`: Odoo's fields, and Mailgate's own.

use crate::domain::server::{AfterFetch, SenderPolicy, ServerState, ServerType, StartWith};
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
    f.add("name", "Name", Char, "t.name").required();
    f.add("active", "Active", Boolean, "t.active");
    f.add("state", "Status", Selection, "t.state")
        .readonly()
        .choices(ServerState::ALL.iter().map(|state| (state.code(), state.label())));
    let kinds = [ServerType::Imap, ServerType::Pop, ServerType::Local];
    f.add("server_type", "Server Type", Selection, "t.server_type")
        .required()
        .choices(kinds.map(|kind| (kind.code(), kind.label())));
    f.add(
        "server_type_info",
        "Server Type Info",
        Text,
        local!("'Mail is read from a Maildir, or handed over by a pipe.'"),
    )
    .readonly();
    f.add("configuration", "Configuration", Text, local!("'mailgate deliver --server \"' || t.name || '\"'"))
        .readonly();
    f.add("script", "Script", Char, "'mailgate deliver'").readonly();
    f.add("server", "Server Name", Char, "t.host");
    f.add("port", "Port", Integer, "t.port");
    f.add("is_ssl", "SSL/TLS", Boolean, "(t.security = 'tls')");
    f.add("security", "Encryption", Selection, "t.security").choices([
        ("none", "None"),
        ("starttls", "STARTTLS"),
        ("tls", "SSL/TLS"),
    ]);
    f.add("tls_fingerprint", "Trusted Certificate", Char, "t.tls_fingerprint");
    f.add("user", "Username", Char, "t.username");
    f.computed("password", "Password", Char).readonly = false;
    f.add("maildir", "Maildir", Char, "t.maildir");
    f.add("folder", "Folder", Char, "t.folder");
    f.computed("object_id", "Create a New Record", Many2one).to("ir.model").readonly = false;
    f.add("object_model", "Record Type", Char, "t.object_model");
    f.add("start_with", "Start With", Selection, "t.start_with").choices(codes(StartWith::ALL, StartWith::code));
    f.add("start_date", "Start Date", Date, "t.start_date");
    f.add("after_fetch", "After Fetching", Selection, "t.after_fetch")
        .choices(codes(AfterFetch::ALL, AfterFetch::code));
    f.add("move_to", "Move To", Char, "t.move_to");
    f.add("delete_after_days", "Delete After (Days)", Integer, "t.delete_after_days");
    f.add("size_limit_mb", "Size Limit (MB)", Integer, "t.size_limit_mb");
    f.add("interval_minutes", "Interval (Minutes)", Integer, "t.interval_minutes");
    f.add("priority", "Server Priority", Integer, "t.priority");
    f.add("attach", "Keep Attachments", Boolean, "t.attach");
    f.add("original", "Keep Original", Boolean, "t.original");
    f.add("connection_id", "Connection", Many2one, "t.connection_id").to("mailgate.connection");
    f.add("no_other_fetcher", "Nothing Else Fetches", Boolean, "t.no_other_fetcher");
    f.add("sender_policy", "Senders", Selection, "t.sender_policy")
        .choices(codes(SenderPolicy::ALL, SenderPolicy::code));
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

fn codes<T: Copy + 'static>(all: &'static [T], code: fn(T) -> &'static str) -> impl Iterator<Item = (String, String)> {
    all.iter().map(move |one| (code(*one).to_owned(), code(*one).to_owned()))
}
