//! `message_post`: the mail on its record, under its own Message-ID, without anybody being told by Odoo.

use super::Shipment;
use super::contacts::quiet;
use super::load::File;
use super::session::Odoo;
use super::threads::Thread;
use super::transport::CallError;
use super::value::{id, text};
use crate::domain::address::Address;
use crate::xmlrpc::{Param, Value};

impl Odoo {
    pub(super) fn post(
        &mut self,
        shipment: &Shipment<'_>,
        thread: &Thread,
        partner: Option<i32>,
        files: &[File],
    ) -> Result<(), CallError> {
        let message = shipment.message;
        // Followers are mailed what is posted as a message, and not what is logged as a note. Where they can't be
        // seen, there may be some.
        let followed = self.has_followers(thread, None).unwrap_or(true);
        let subtype = if followed { "mail.mt_note" } else { "mail.mt_comment" };
        let ids = files.iter().map(|file| Value::Integer(file.id)).collect();
        let mut kwargs = vec![
            ("body", text(&with_images(&message.body_html, files))),
            ("subject", text(&message.subject)),
            ("message_type", text("email")),
            ("subtype_xmlid", text(subtype)),
            ("email_from", text(&formatted(shipment.sender()))),
            ("author_id", partner.map_or(Value::Boolean(false), Value::Integer)),
            ("message_id", text(&shipment.handover.message_id)),
            ("date", text(&message.date.format("%Y-%m-%d %H:%M:%S").to_string())),
            ("attachment_ids", Value::Array(ids)),
            ("context", quiet()),
        ];
        if self.version().escapes_bodies() {
            kwargs.push(("body_is_html", Value::Boolean(true)));
        }
        let args = vec![Param::from(Value::Array(vec![Value::Integer(thread.id)]))];
        let posted = self.write(&thread.model, "message_post", args, kwargs)?;
        // Odoo 14 may answer with the message in a list.
        let posted = match posted {
            Value::Array(ids) => ids.first().and_then(id),
            one => id(&one),
        };
        posted.map(|_| ()).ok_or_else(|| self.unexpected("did not say which message it posted"))
    }
}

/// Images shown within the text come from the attachments: Odoo knows no `cid:`.
fn with_images(html: &str, files: &[File]) -> String {
    let mut html = html.to_owned();
    for File { id, content_id } in files {
        if let Some(content_id) = content_id {
            html = html.replace(&format!("\"cid:{content_id}\""), &format!("\"/web/image/{id}\""));
        }
    }
    html
}

/// An address as it stands in a header; Odoo reads names from it.
fn formatted(address: &Address) -> String {
    let name: String = address.name.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
    match (name.trim().is_empty(), address.address.is_empty()) {
        (true, _) => address.address.clone(),
        (false, true) => name,
        (false, false) => format!("\"{name}\" <{}>", address.address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_come_from_the_attachments() {
        let html = r#"<p><img src="cid:a@x"><img src="cid:b"></p>"#;
        let files = [File { id: 7, content_id: Some("a@x".into()) }, File { id: 8, content_id: None }];
        assert_eq!(with_images(html, &files), r#"<p><img src="/web/image/7"><img src="cid:b"></p>"#);
    }

    #[test]
    fn a_name_can_not_leave_its_quotes() {
        let of = |name: &str, address: &str| formatted(&Address { name: name.into(), address: address.into() });
        assert_eq!(of("Diallo, \"Amina\"", "a@x"), "\"Diallo, Amina\" <a@x>");
        assert_eq!(of("", "a@x"), "a@x");
        assert_eq!(of("MAILER-DAEMON", ""), "MAILER-DAEMON");
    }
}
