//! Each record type of the installed modules, and its stages.

use crate::domain::module::{self, FieldKind, Module};
use crate::operations::objects::model::{
    EVERYBODY, FieldType, FieldType::*, Fields, Inverse, Model, OFFICERS, Rights, Rows,
};
use crate::operations::records::PRIORITIES;
use crate::store::query::{Column, Direction, Expression, Kind, Table, expressions as sql};

pub fn records(module: &Module) -> Model {
    let label = |name: &str, usual: &'static str| {
        module.fields.iter().find(|field| field.name == name).map_or(usual.to_owned(), |field| field.label.clone())
    };
    let mut fields = Fields::new("t.number").dates();
    let f = &mut fields;
    f.add("number", "Number", Char, "t.number").readonly();
    f.add("name", &label("name", "Title"), Char, "t.name").required();
    f.add("description", &label("description", "Description"), Html, "t.description");
    f.add("stage_id", "Stage", Many2one, "t.stage_id").to(&stage_model(module));
    f.add("priority", &label("priority", "Priority"), Selection, "t.priority").choices(PRIORITIES);
    f.add("partner_id", &label("partner_id", "Contact"), Many2one, "t.partner_id").to("res.partner");
    f.add("partner_name", "Sender Name", Char, "t.partner_name");
    f.add("partner_email", "Sender Email", Char, "t.partner_email");
    f.add("user_id", &label("user_id", "Assigned to"), Many2one, "t.user_id").to("res.users");
    f.add("active", "Active", Boolean, "t.active");
    f.add("new_mail", "New Mail", Boolean, "t.new_mail");
    f.add("last_mail_at", "Last Mail on", Datetime, "t.last_mail_at").readonly();
    f.add("closed", "Closed", Boolean, sql::records::CLOSED).readonly();
    f.add("message_attachment_count", "Attachment Count", Integer, sql::records::ATTACHMENTS).readonly();
    let messages = Inverse { column: "res_id", model: Some("model") };
    f.many("message_ids", "Messages", "mail.message", messages).readonly = false;
    let files = Inverse { column: "res_id", model: Some("res_model") };
    f.many("attachment_ids", "Attachments", "ir.attachment", files).readonly = false;
    let own = f.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    for field in module.fields.iter().filter(|field| !own.contains(&field.name)) {
        add_own(f, field);
    }
    let Fields { fields, columns } = fields;
    Model {
        name: module.model.clone(),
        label: module.label.clone(),
        fields,
        rows: Rows::Table { table: Table { name: "records", label: "r.number", columns }, only: Some(of(module)) },
        order: vec![("last_mail_at", Direction::Descending), ("id", Direction::Descending)],
        rights: Rights { read: EVERYBODY, write: OFFICERS, create: OFFICERS, unlink: &[] },
        is_mail_thread: true,
    }
}

/// A field that only the module knows.
fn add_own(fields: &mut Fields, field: &module::Field) {
    let kind = match field.kind {
        FieldKind::Char => Char,
        FieldKind::Text => Text,
        FieldKind::Html => Html,
        FieldKind::Integer => Integer,
        FieldKind::Float => Float,
        FieldKind::Boolean => Boolean,
        FieldKind::Date => FieldType::Date,
        FieldKind::Datetime => Datetime,
        FieldKind::Selection => Selection,
        FieldKind::Many2one => Many2one,
    };
    let added = fields.member(&field.name, &field.label, kind, "t.extra");
    added.required = field.required;
    added.relation = field.relation.clone();
    added.selection = field.selection.clone();
}

pub fn stages(module: &Module) -> Model {
    let mut fields = Fields::new("t.name");
    let f = &mut fields;
    f.add("name", "Name", Char, "t.name").required();
    f.add("code", "Code", Char, "t.code");
    f.add("sequence", "Sequence", Integer, "t.sequence");
    f.add("closed", "Closed", Boolean, "t.closed");
    f.add("fold", "Folded in Kanban", Boolean, "t.closed");
    let Fields { fields, columns } = fields;
    Model {
        name: stage_model(module),
        label: format!("{} Stage", module.label),
        fields,
        rows: Rows::Table { table: Table { name: "stages", label: "r.name", columns }, only: Some(of(module)) },
        order: vec![("sequence", Direction::Ascending), ("id", Direction::Ascending)],
        rights: Rights { read: EVERYBODY, ..Rights::default() },
        is_mail_thread: false,
    }
}

fn stage_model(module: &Module) -> String {
    format!("{}.stage", module.model)
}

fn of(module: &Module) -> (Column, String) {
    (Column { field: "model".into(), sql: Expression::Plain("t.model"), kind: Kind::Text }, module.model.clone())
}
