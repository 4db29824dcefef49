//! `mail.thread.message_process`, with the rules that lose grievances.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::message;
use serde_json::{Value as Json, json};

use super::methods::By;
use super::world::{Fault, LEAD, TICKET, World, traceback};

impl World {
    /// A transaction: what fails leaves nothing.
    pub(super) fn process(&mut self, args: &[Json]) -> Result<Json, Fault> {
        let before = (self.tables.clone(), self.told.clone());
        let answer = self.processed(args);
        if answer.is_err() {
            (self.tables, self.told) = before;
        }
        answer
    }

    fn processed(&mut self, args: &[Json]) -> Result<Json, Fault> {
        let source = STANDARD.decode(args[1]["base64"].as_str().unwrap()).unwrap();
        let unstorable = String::from_utf8_lossy(&source).contains("%00");
        let mail = message::read(&mut std::io::Cursor::new(source), mailgate::domain::now(), "").unwrap();
        let model = args[0].as_str().unwrap().to_owned();
        let custom = &args[2];
        if !self.messages(&mail.message_id).is_empty() {
            return Ok(json!(false));
        }
        if mail.from.address.to_lowercase().starts_with("mailer-daemon") {
            return Ok(json!(false));
        }
        if mail.references.iter().any(|id| id.contains("-loop-detection-bounce-email@")) {
            return Err(Fault(1, traceback("TypeError: cannot marshal None unless allow_none is enabled")));
        }
        let to: Vec<Json> = mail.to.iter().map(|to| json!(to.address.to_lowercase())).collect();
        if self.rows("mail.alias.domain").iter().any(|domain| to.contains(&domain["catchall_email"])) {
            self.mails.push(format!("bounce to {}", mail.from.address));
            return Ok(json!(false));
        }
        let cited = if mail.references.is_empty() { &mail.in_reply_to } else { &mail.references };
        let known =
            cited.iter().filter_map(|id| self.messages(id).first().copied()).max_by_key(|row| row["id"].as_i64());
        let known = known.map(|row| (row["model"].as_str().unwrap().to_owned(), row["res_id"].clone()));
        let named = args.get(5).filter(|record| record.is_i64()).map(|record| (model.clone(), record.clone()));
        let is_there = |(model, record): &(String, Json)| {
            let id = i32::try_from(record.as_i64().unwrap()).unwrap();
            self.tables.get(model).is_some_and(|rows| rows.contains_key(&id))
        };
        let (model, record) = match known.filter(is_there).or(named.filter(is_there)) {
            Some(thread) => thread,
            None => (model.clone(), json!(self.message_new(&model, &mail, custom)?)),
        };
        if unstorable {
            return Err(Fault(1, traceback("ValueError: A string literal cannot contain NUL (0x00) characters.")));
        }
        let author = self.search("res.partner", &json!([["email", "=ilike", mail.from.address]]))?;
        let note = json!({
            "message_id": mail.message_id, "body": mail.body_html, "subject": mail.subject, "message_type": "email",
            "email_from": mail.from.address, "attachment_ids": [], "subtype_xmlid": "mail.mt_comment",
            "author_id": author.first(),
        });
        let attachments = if args[4] == true { Vec::new() } else { mail.attachments.clone() };
        let message = self.post(&model, &record, &note, By::Gateway);
        for attachment in attachments {
            let file = json!({"name": attachment.name, "res_model": model, "res_id": record, "message": message});
            let file = self.insert("ir.attachment", file);
            if let Some(content_id) = attachment.content_id {
                let row = self.tables.get_mut("mail.message").unwrap().get_mut(&message).unwrap();
                let body = row["body"].as_str().unwrap();
                row["body"] =
                    json!(body.replace(&format!("cid:{content_id}"), &format!("/web/image/{file}?access_token=x")));
            }
        }
        Ok(record)
    }

    fn message_new(
        &mut self,
        model: &str,
        mail: &mailgate::domain::message::Message,
        custom: &Json,
    ) -> Result<i32, Fault> {
        if self.missing.contains(model) {
            let words = format!("ValueError: Mailbox unavailable - unknown target model {model}");
            return Err(Fault(1, traceback(&words)));
        }
        if let Some(words) = self.refusing.get(model) {
            return Err(Fault(1, traceback(words)));
        }
        if model == LEAD && !custom.is_object() {
            return Err(Fault(1, traceback("TypeError: 'bool' object is not iterable")));
        }
        let mut values = json!({"name": mail.subject, "description": mail.body_html, "email_from": mail.from.address, "message_partner_ids": []});
        if model == TICKET {
            let known = self.search("res.partner", &json!([["email", "=", mail.from.address]]))?;
            let Some(partner) = known.first() else {
                self.mails.push(format!("refusal to {}", mail.from.address));
                return Err(Fault(1, traceback("AttributeError: 'NoneType' object has no attribute 'id'")));
            };
            values["partner_id"] = json!(partner);
        }
        if let Some(field) = self.required.get(model) {
            return Err(Fault(
                2,
                format!(
                    "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n\nModel: X ({model})\nField: {field} ({field})"
                ),
            ));
        }
        for (name, value) in custom.as_object().into_iter().flatten() {
            values[name] = value.clone();
        }
        Ok(self.insert(model, values))
    }
}
