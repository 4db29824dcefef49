//! `mailgate.message` (the ledger), `mail.message` (conversations) and `ir.attachment`.

use crate::domain::ledger::State;
use crate::operations::objects::model::{EVERYBODY, FieldType::*, Fields, Inverse, Model, OFFICERS, Rights, Rows};
use crate::store::query::{Direction, Table, expressions as sql};

const NEWEST: (&str, Direction) = ("id", Direction::Descending);

pub fn ledger() -> Model {
    let mut fields = Fields::new(sql::messages::TITLE).dates();
    let f = &mut fields;
    f.add("server_id", "Incoming Server", Many2one, "t.server_id").to("fetchmail.server");
    f.add("state", "Status", Selection, "t.state")
        .choices(State::ALL.iter().map(|state| (state.code(), state.label())));
    f.add("reason_code", "Reason Code", Char, "t.reason_code");
    f.computed("reason", "Reason", Text);
    f.add("reason_detail", "Details", Text, "t.reason_detail");
    f.add("message_id", "Message-Id", Char, "t.message_id");
    f.add("subject", "Subject", Char, "t.subject");
    f.add("email_from", "From", Char, "t.email_from");
    f.add("date", "Date", Datetime, "t.date");
    f.add("size", "Size", Integer, "t.size");
    f.add("res_model", "Record Type", Char, "t.res_model");
    f.add("res_id", "Record", Integer, "t.res_id");
    f.add("remote_url", "Remote Record", Char, "t.remote_url");
    f.add("attempts", "Attempts", Integer, "t.attempts");
    f.add("next_attempt", "Next Attempt", Datetime, "t.next_attempt");
    f.add("acknowledged", "Acknowledged", Boolean, sql::messages::ACKNOWLEDGED);
    f.add("trace", "Trace", Text, "t.trace");
    f.add("notes", "What Was Assumed", Text, "t.notes");
    let Fields { fields, columns } = fields;
    Model {
        name: "mailgate.message".into(),
        label: "Message".into(),
        fields,
        rows: Rows::Table {
            table: Table { name: "messages", label: sql::messages::TITLE_OF_RELATED, columns },
            only: None,
        },
        order: vec![NEWEST],
        rights: Rights { read: EVERYBODY, ..Rights::default() },
        is_mail_thread: false,
    }
}

pub fn messages() -> Model {
    let mut fields = Fields::new(sql::posts::RECORD_NAME);
    let f = &mut fields;
    f.add("create_date", "Created on", Datetime, "t.create_date").readonly();
    f.add("write_date", "Last Updated on", Datetime, "t.create_date").readonly();
    f.add("create_uid", "Created by", Many2one, "t.author_user_id").readonly().to("res.users");
    f.add("subject", "Subject", Char, sql::posts::SUBJECT);
    f.add("body", "Contents", Html, "t.body_html");
    f.add("message_id", "Message-Id", Char, "t.message_id");
    f.add("message_type", "Type", Selection, "t.message_type").choices([
        ("email", "Incoming Email"),
        ("comment", "Comment"),
        ("notification", "System notification"),
    ]);
    f.add("model", "Related Document Model", Char, "t.model");
    f.add("res_id", "Related Document ID", Integer, "t.res_id");
    f.add("record_name", "Message Record Name", Char, sql::posts::RECORD_NAME);
    f.add("author_id", "Author", Many2one, sql::posts::AUTHOR).to("res.partner");
    f.add("email_from", "From", Char, "t.email_from");
    f.add("date", "Date", Datetime, "t.date");
    f.many("attachment_ids", "Attachments", "ir.attachment", Inverse { column: "post_id", model: None });
    let Fields { fields, columns } = fields;
    Model {
        name: "mail.message".into(),
        label: "Message".into(),
        fields,
        rows: Rows::Table { table: Table { name: "posts", label: "r.subject", columns }, only: None },
        order: vec![NEWEST],
        rights: Rights { read: EVERYBODY, ..Rights::default() },
        is_mail_thread: false,
    }
}

pub fn attachments() -> Model {
    let mut fields = Fields::new("t.name");
    let f = &mut fields;
    f.add("create_date", "Created on", Datetime, "t.create_date").readonly();
    f.add("write_date", "Last Updated on", Datetime, "t.create_date").readonly();
    f.add("name", "Name", Char, "t.name").required();
    f.add("mimetype", "Mime Type", Char, "t.mimetype");
    f.add("file_size", "File Size", Integer, "t.size").readonly();
    f.add("res_model", "Resource Model", Char, "t.model");
    f.add("res_id", "Resource ID", Integer, "t.res_id");
    f.add("res_name", "Resource Name", Char, sql::attachments::RECORD_NAME).readonly();
    f.add("type", "Type", Selection, sql::attachments::TYPE).choices([("binary", "File")]);
    f.add("public", "Is public document", Boolean, sql::attachments::PUBLIC).readonly();
    f.computed("datas", "File Content (base64)", Binary).readonly = false;
    f.hidden("post_id", Integer, "t.post_id");
    let Fields { fields, columns } = fields;
    Model {
        name: "ir.attachment".into(),
        label: "Attachment".into(),
        fields,
        rows: Rows::Table { table: Table { name: "attachments", label: "r.name", columns }, only: None },
        order: vec![NEWEST],
        rights: Rights { read: EVERYBODY, create: OFFICERS, ..Rights::default() },
        is_mail_thread: false,
    }
}
