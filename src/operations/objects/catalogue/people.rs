//! `res.users` and `res.partner`.

use crate::domain::person::Role;
use crate::operations::objects::model::{ADMINS, EVERYBODY, FieldType::*, Fields, Model, OFFICERS, Rights, Rows};
use crate::store::query::{Direction, Table};

const BY_NAME: (&str, Direction) = ("name", Direction::Ascending);
const BY_ID: (&str, Direction) = ("id", Direction::Ascending);

pub fn users() -> Model {
    let mut fields = Fields::new("t.name").dates();
    let f = &mut fields;
    f.add("name", "Name", Char, "t.name").required();
    f.add("login", "Login", Char, "t.login").required();
    f.computed("password", "Password", Char).readonly = false;
    f.add("role", "Role", Selection, "t.role").required().choices(Role::ALL.iter().map(|r| (r.code(), r.label())));
    f.add("lang", "Language", Char, "t.language");
    f.add("tz", "Timezone", Char, "t.time_zone");
    f.add("active", "Active", Boolean, "t.active");
    let Fields { fields, columns } = fields;
    Model {
        name: "res.users".into(),
        label: "User".into(),
        fields,
        rows: Rows::Table { table: Table { name: "users", label: "r.name", columns }, only: None },
        order: vec![BY_NAME, BY_ID],
        rights: Rights { read: ADMINS, write: ADMINS, create: ADMINS, unlink: &[] },
        is_mail_thread: false,
    }
}

pub fn partners() -> Model {
    let mut fields = Fields::new("t.name").dates();
    let f = &mut fields;
    f.add("name", "Name", Char, "t.name").required();
    f.add("email", "Email", Char, "t.email");
    f.add("email_normalized", "Normalized Email", Char, "t.email_normalized").readonly();
    f.add("phone", "Phone", Char, "t.phone");
    f.add("is_registrant", "Registrant", Boolean, "t.is_registrant");
    f.add("is_group", "Group", Boolean, "t.is_group");
    f.add("is_company", "Is a Company", Boolean, "t.is_company");
    f.add("active", "Active", Boolean, "t.active");
    let Fields { fields, columns } = fields;
    Model {
        name: "res.partner".into(),
        label: "Contact".into(),
        fields,
        rows: Rows::Table { table: Table { name: "partners", label: "r.name", columns }, only: None },
        order: vec![BY_NAME, BY_ID],
        rights: Rights { read: EVERYBODY, write: OFFICERS, create: OFFICERS, unlink: &[] },
        is_mail_thread: false,
    }
}
