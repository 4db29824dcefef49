//! `mail.thread.message_process`, with the rules that lose grievances.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::message;
use serde_json::{Value as Json, json};

use super::world::{Fault, TICKET, World, traceback};

impl World {
    pub(super) fn process(&mut self, args: &[Json]) -> Result<Json, Fault> {
        let source = STANDARD.decode(args[1]["base64"].as_str().unwrap()).unwrap();
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
        let known = mail.references.iter().chain(&mail.in_reply_to).find_map(|id| {
            let parent = self.messages(id).first().map(|row| (row["model"].clone(), row["res_id"].clone()));
            parent.filter(|(model, _)| model.is_string())
        });
        let (model, record) = match known {
            Some((model, record)) => (model.as_str().unwrap().to_owned(), record),
            None => (model.clone(), json!(self.message_new(&model, &mail, custom)?)),
        };
        let note = json!({
            "message_id": mail.message_id, "body": mail.body_html, "subject": mail.subject, "message_type": "email",
            "email_from": mail.from.address, "attachment_ids": [], "subtype_xmlid": "mail.mt_comment",
        });
        let attachments = if args[4] == true { Vec::new() } else { mail.attachments.clone() };
        let message = self.post(&model, &record, &note);
        for attachment in attachments {
            self.insert(
                "ir.attachment",
                json!({"name": attachment.name, "res_model": model, "res_id": record, "message": message}),
            );
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
        let mut values = json!({"name": mail.subject, "description": mail.body_html, "email_from": mail.from.address});
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
