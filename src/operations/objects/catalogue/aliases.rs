//! `mail.alias`, and `mail.thread`, which has no rows: only the mail gateway's method.

use crate::domain::alias::Alias;
use crate::operations::objects::model::{ADMINS, FieldType::*, Fields, Model, OFFICERS, Rights, Rows};
use crate::store::query::expressions::aliases as sql;
use crate::store::query::{Direction, Table};

pub fn aliases() -> Model {
    let mut fields = Fields::new(sql::ADDRESS).dates();
    let f = &mut fields;
    f.settings::<Alias>();
    f.add("alias_full_name", "Alias Email", Char, sql::ADDRESS).readonly();
    f.computed("alias_model_id", "Aliased Model", Many2one).to("ir.model").required().readonly = false;
    f.add("alias_model", "Record Type", Char, "t.object_model").readonly();
    f.add("alias_force_thread_id", "Record Thread ID", Integer, "t.record_id");
    f.add("active", "Active", Boolean, "t.active");
    let Fields { fields, columns } = fields;
    Model {
        name: "mail.alias".into(),
        label: "Email Aliases".into(),
        fields,
        rows: Rows::Table { table: Table { name: "aliases", label: sql::ADDRESS_OF_RELATED, columns }, only: None },
        order: vec![("alias_model", Direction::Ascending), ("alias_name", Direction::Ascending)],
        rights: Rights { read: ADMINS, write: ADMINS, create: ADMINS, unlink: ADMINS },
        is_mail_thread: false,
    }
}

/// Whoever may write records by hand may hand mail over.
pub fn threads() -> Model {
    Model {
        name: "mail.thread".into(),
        label: "Email Thread".into(),
        fields: Fields::new("").fields,
        rows: Rows::Memory(Vec::new()),
        order: vec![("id", Direction::Ascending)],
        rights: Rights { create: OFFICERS, ..Rights::default() },
        is_mail_thread: true,
    }
}
