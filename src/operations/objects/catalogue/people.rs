//! `res.users` and `res.partner`.

use crate::domain::person::User;
use crate::operations::objects::model::{ADMINS, EVERYBODY, FieldType::*, Fields, Model, OFFICERS, Rights, Rows};
use crate::store::query::{Direction, Table, expressions as sql};

const BY_NAME: (&str, Direction) = ("name", Direction::Ascending);
const BY_ID: (&str, Direction) = ("id", Direction::Ascending);

/// Odoo's codes of the pages' languages.
const LANGUAGES: [(&str, &str); 2] = [("en_US", "English (US)"), ("fr_FR", "French / Français")];

pub fn users() -> Model {
    let mut fields = Fields::new("t.name").dates();
    let f = &mut fields;
    f.settings::<User>();
    f.computed("password", "Password", Char).readonly = false;
    f.add("lang", "Language", Selection, sql::users::LANGUAGE).choices(LANGUAGES);
    f.add("tz", "Timezone", Char, "t.time_zone");
    f.add("active", "Active", Boolean, "t.active");
    f.add("partner_id", "Related Partner", Many2one, sql::users::CONTACT).readonly().to("res.partner");
    f.add("email", "Email", Char, sql::users::EMAIL).readonly();
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
    f.add("company_type", "Company Type", Selection, sql::partners::COMPANY_TYPE)
        .choices([("person", "Individual"), ("company", "Company")]);
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
