//! A mail as a message on a record where the gateway there must not have it: posted by the account itself, told to those
//! whom Odoo's own gateway would tell, and to nobody outside whom that would not mail.

use std::collections::BTreeSet;

use super::Shipment;
use super::contacts::own_hand;
use super::deliver::OdooFile;
use super::lead::Thread;
use super::session::Odoo;
use super::value::{condition, id, id_of, ids_of, is_true, numbers, rows, text, texts};
use super::wire::CallError;
use crate::domain::address::Address;
use crate::domain::message::{Automatic, Message};
use crate::say;
use crate::xmlrpc::{Param, Value};

/// What is to be posted where.
pub(super) struct RemotePost<'a> {
    pub shipment: &'a Shipment<'a>,
    pub thread: &'a Thread,
    /// The sender's contact there.
    pub author: Option<i32>,
    pub files: &'a [OdooFile],
    /// The record was made for this mail.
    pub is_first: bool,
    /// It was made together with others, so that their senders are told to follow at once, when all of them stand there.
    pub in_company: bool,
}

/// Who follows a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Followers {
    /// Contacts of the far end's own users.
    pub inside: Vec<i32>,
    pub outside: Vec<i32>,
}

impl Followers {
    fn has(&self, partner: i32) -> bool {
        self.inside.contains(&partner) || self.outside.contains(&partner)
    }
}

/// Whom Odoo tells of a message.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// Whoever follows the record, as Odoo's own gateway has it.
    Followers,
    /// These and nobody else.
    Named(Vec<i32>),
    /// Nobody, since it can't be seen who follows.
    Nobody,
}

/// Whether no person wrote a mail: who sent it wants no answer.
pub(super) fn is_machine(message: &Message) -> bool {
    matches!(message.automatic, Automatic::Bounce { .. } | Automatic::AutoReply { .. })
}

impl RemotePost<'_> {
    /// Odoo's own gateway leaves the sender out, and what an account posts leaves out the account alone. Of a machine's
    /// mail, and of the first one on a record, it tells nobody outside.
    fn told(&self, followers: Option<&Followers>) -> Told {
        let Some(Followers { inside, outside }) = followers else { return Told::Nobody };
        let as_gateway = match self.is_first || is_machine(self.shipment.message) {
            true => outside.is_empty(),
            false => self.author.is_none_or(|author| !outside.contains(&author)),
        };
        match as_gateway {
            true => Told::Followers,
            false => Told::Named(inside.iter().copied().filter(|partner| Some(*partner) != self.author).collect()),
        }
    }
}

impl Odoo {
    pub(super) fn post(&mut self, post: &RemotePost<'_>) -> Result<(), CallError> {
        let message = post.shipment.message;
        let followers = match self.ahead.followers.remove(post.thread) {
            Some(known) => Some(known),
            None => self.followers(post.thread).ok(),
        };
        let told = post.told(followers.as_ref());
        // A message that followers are not to be told of is a note where Odoo has no other way.
        let skips = self.version().can_skip_followers();
        let subtype = match &told {
            Told::Followers => "mail.mt_comment",
            Told::Named(_) if skips => "mail.mt_comment",
            Told::Named(_) | Told::Nobody => "mail.mt_note",
        };
        let ids = post.files.iter().map(|file| Value::Integer(file.id)).collect();
        let mut kwargs = vec![
            ("body", text(&with_images(&message.body_html, post.files))),
            ("subject", text(&message.subject)),
            ("message_type", text("email")),
            ("subtype_xmlid", text(subtype)),
            ("email_from", text(&formatted(post.shipment.sender()))),
            ("author_id", post.author.map_or(Value::Boolean(false), Value::Integer)),
            ("message_id", text(&post.shipment.handover.message_id)),
            ("date", text(&message.date.format("%Y-%m-%d %H:%M:%S").to_string())),
            ("attachment_ids", Value::Array(ids)),
            ("context", own_hand()),
        ];
        if let Told::Named(partners) = &told {
            kwargs.push(("partner_ids", numbers(partners)));
            if skips {
                kwargs.push(("notify_skip_followers", Value::Boolean(true)));
            }
        }
        if self.version().escapes_bodies() {
            kwargs.push(("body_is_html", Value::Boolean(true)));
        }
        let args = vec![Param::from(Value::Array(vec![Value::Integer(post.thread.id)]))];
        let posted = self.write(&post.thread.model, "message_post", args, kwargs)?;
        // Odoo 14 may answer with the message in a list.
        let posted = match posted {
            Value::Array(ids) => ids.first().and_then(id),
            one => id(&one),
        };
        if posted.is_none() {
            return Err(self.unexpected(say!("odoo-unexpected-message", url = self.connection().url.as_str())));
        }
        let stays = post.author.is_none_or(|author| followers.is_some_and(|followers| followers.has(author)));
        match post.author.filter(|_| !stays && !is_machine(message)) {
            Some(author) if post.in_company => self.ahead.to_follow.push((post.thread.clone(), author)),
            Some(author) => self.follow(post.thread, author),
            None => {}
        }
        Ok(())
    }

    /// Who follows a record, users and others apart.
    pub(super) fn followers(&mut self, thread: &Thread) -> Result<Followers, CallError> {
        let mut found = self.followers_of(&thread.model, &[thread.id])?;
        Ok(found.pop().map_or_else(Followers::default, |(_, followers)| followers))
    }

    /// The same of several records of a model, each with its number.
    pub(super) fn followers_of(&mut self, model: &str, records: &[i32]) -> Result<Vec<(i32, Followers)>, CallError> {
        let args = vec![numbers(records), texts(&["message_partner_ids"])];
        let found = rows(self.read(model, "read", args, Vec::new())?);
        let following: Vec<(i32, Vec<i32>)> =
            found.iter().filter_map(|row| Some((id_of(row, "id")?, ids_of(row, "message_partner_ids")))).collect();
        let partners: BTreeSet<i32> = following.iter().flat_map(|(_, partners)| partners).copied().collect();
        let partners: Vec<i32> = partners.into_iter().collect();
        let users = if partners.is_empty() { Vec::new() } else { self.users_among(&partners)? };
        let apart = |(record, partners): (i32, Vec<i32>)| {
            let (inside, outside) = partners.into_iter().partition(|partner| users.contains(partner));
            (record, Followers { inside, outside })
        };
        Ok(following.into_iter().map(apart).collect())
    }

    /// Those of these contacts that are the far end's own users.
    pub(super) fn users_among(&mut self, partners: &[i32]) -> Result<Vec<i32>, CallError> {
        let ids = numbers(partners);
        let domain =
            Value::Array(vec![condition("id", "in", ids), condition("partner_share", "=", Value::Boolean(false))]);
        let limit = i32::try_from(partners.len()).unwrap_or(i32::MAX);
        let users = self.search_read("res.partner", domain, &["partner_share"], "id", limit)?;
        Ok(users.iter().filter(|row| !is_true(row, "partner_share")).filter_map(|row| id_of(row, "id")).collect())
    }
}

/// Images shown within the text come from the attachments: Odoo knows no `cid:`.
pub(super) fn with_images(html: &str, files: &[OdooFile]) -> String {
    let mut html = html.to_owned();
    for OdooFile { id, content_id } in files {
        if let Some(content_id) = content_id {
            html = html.replace(&format!("\"cid:{content_id}\""), &format!("\"/web/image/{id}\""));
        }
    }
    html
}

/// An address as it stands in a header; Odoo reads names from it.
pub(super) fn formatted(address: &Address) -> String {
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
        let files = [OdooFile { id: 7, content_id: Some("a@x".into()) }, OdooFile { id: 8, content_id: None }];
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
