//! `mail.message`: what stands in conversations.

use crate::api::model::{Description, FieldKind::*, Inverse, Model, ModelBuilder};
use crate::domain::rights::Object;
use crate::operations::client::Direction;
use crate::operations::client::expressions::posts as sql;

#[derive(Debug)]
pub(super) struct Posts;

impl Model for Posts {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new(sql::RECORD_NAME);
        f.add("create_date", "Created on", Datetime, "t.create_date").readonly();
        f.add("write_date", "Last Updated on", Datetime, "t.create_date").readonly();
        f.add("create_uid", "Created by", Many2one, "t.author_user_id").readonly().to("res.users");
        f.add("write_uid", "Last Updated by", Many2one, "t.author_user_id").readonly().to("res.users");
        f.add("subject", "Subject", Char, sql::SUBJECT);
        f.add("body", "Contents", Html, sql::BODY);
        f.add("message_id", "Message-Id", Char, "t.message_id");
        f.add("message_type", "Type", Selection, "t.message_type").choices([
            ("email", "Incoming Email"),
            ("comment", "Comment"),
            ("notification", "System notification"),
        ]);
        f.add("model", "Related Document Model", Char, "t.model");
        f.add("res_id", "Related Document ID", Integer, "t.res_id");
        f.add("record_name", "Message Record Name", Char, sql::RECORD_NAME);
        f.add("author_id", "Author", Many2one, sql::AUTHOR).to("res.partner");
        f.add("email_from", "From", Char, "t.email_from");
        f.add("date", "Date", Datetime, "t.date");
        let files = Inverse { column: "post_id", model: None, order: Direction::Ascending };
        f.many("attachment_ids", "Attachments", "ir.attachment", files);
        Description {
            order: vec![("id", Direction::Descending)],
            ..f.of_table(("mail.message", "Message"), Object::Posts, "posts", "r.subject")
        }
    }
}
