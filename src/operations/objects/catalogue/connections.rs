//! `mailgate.connection`.

use crate::domain::connection::{Connection, ConnectionState};
use crate::operations::objects::model::{ADMINS, FieldType::*, Fields, Model, Rights, Rows};
use crate::store::query::{Direction, Table};

pub fn connections() -> Model {
    let mut fields = Fields::new("t.name").dates();
    let f = &mut fields;
    f.settings::<Connection>();
    f.computed("password", "Password or API Key", Char).readonly = false;
    f.add("active", "Active", Boolean, "t.active");
    f.add("state", "Status", Selection, "t.state")
        .readonly()
        .choices(ConnectionState::ALL.iter().map(|state| (state.code(), state.label())));
    f.add("server_version", "Version", Char, "t.server_version").readonly();
    let Fields { fields, columns } = fields;
    Model {
        name: "mailgate.connection".into(),
        label: "Connection".into(),
        fields,
        rows: Rows::Table { table: Table { name: "connections", label: "r.name", columns }, only: None },
        order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
        rights: Rights { read: ADMINS, write: ADMINS, create: ADMINS, unlink: ADMINS },
        is_mail_thread: false,
    }
}
