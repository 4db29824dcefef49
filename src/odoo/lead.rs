//! A mail that joins a record over there: which record that is, how the mail comes onto it, and who follows the record
//! then.

use std::collections::{BTreeMap, BTreeSet};

use super::contacts::{own_hand, quiet};
use super::deliver::{Cell, LoadRow, OdooFile};
use super::session::Odoo;
use super::wire::{
    CallError, OdooRow, condition, id, id_of, ids_of, is_true, members, numbers, rows, text, text_of, texts,
};
use super::{Shipment, Trouble, TroubleKind};
use crate::domain::message::{Address, Automatic, Message};
use crate::say;
use crate::xmlrpc::{Param, Value};

// Where a mail joins over there, and how the gateway there is brought to that record: what it posts reaches whom Odoo
// tells of a mail, which nothing posted by the account itself does in every version.

/// A record there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Thread {
    pub model: String,
    pub id: i32,
}

/// By what the gateway there finds the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GatewayLead {
    /// By what the mail says it answers, if anything.
    AsWritten,
    /// By this message on the record, which stands in place of what the mail answers.
    Message(String),
    /// By the record's number alone, or not at all where it is to make one: the mail goes out as if it answered nothing.
    Bare,
}

/// Where a mail joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    /// None where it becomes a record of its own.
    pub thread: Option<Thread>,
    pub lead: GatewayLead,
}

/// References that a reader there looks at: the last ones, as Odoo 18 does.
const LOOKED_AT: usize = 32;
/// Messages that are looked at among those that a mail cites.
const CITED: i32 = 100;

impl Odoo {
    /// The record that a mail joins: the one that is known here, or the one that has the latest message that it cites.
    pub(super) fn joined(&mut self, shipment: &Shipment<'_>) -> Result<Joined, CallError> {
        let handover = shipment.handover;
        let message = shipment.message;
        let cites = !message.references.is_empty() || !message.in_reply_to.is_empty();
        if handover.record.is_none() && handover.apart {
            let lead = if cites { GatewayLead::Bare } else { GatewayLead::AsWritten };
            return Ok(self.note_joined(shipment, Joined { thread: None, lead }));
        }
        let cited = self.cited(message)?;
        let by_itself = cited.iter().find(|one| reads(message).contains(&one.message_id.as_str()));
        let (thread, message_there) = match handover.record {
            Some(id) => (Some(Thread { model: handover.model.clone(), id }), None),
            None => (cited.first().map(|one| one.thread.clone()), cited.first().map(|one| one.message_id.clone())),
        };
        let lead = match &thread {
            thread if thread.as_ref() == by_itself.map(|one| &one.thread) => GatewayLead::AsWritten,
            Some(thread) => match message_there.map_or_else(|| self.message_on(thread), |known| Ok(Some(known)))? {
                Some(message_id) => GatewayLead::Message(message_id),
                None => GatewayLead::Bare,
            },
            None => GatewayLead::AsWritten,
        };
        Ok(self.note_joined(shipment, Joined { thread, lead }))
    }

    fn note_joined(&mut self, shipment: &Shipment<'_>, joined: Joined) -> Joined {
        self.ahead.joined.insert(shipment.handover.message_id.clone(), joined.clone());
        joined
    }

    /// The same as was found for this mail when it was planned.
    pub(super) fn joined_as_planned(&mut self, shipment: &Shipment<'_>) -> Result<Joined, CallError> {
        match self.ahead.joined.get(&shipment.handover.message_id) {
            Some(joined) => Ok(joined.clone()),
            None => self.joined(shipment),
        }
    }

    /// The record that has the message of this Message-ID, as far as the account may read it.
    pub(super) fn thread_of(&mut self, message_id: &str) -> Result<Option<Thread>, CallError> {
        let domain = Value::Array(vec![condition("message_id", "=", text(message_id)), on_a_record()]);
        let rows = self.search_read("mail.message", domain, &["model", "res_id"], "id desc", 1)?;
        Ok(rows.first().and_then(thread))
    }

    /// The messages there that a mail cites, the latest first.
    fn cited(&mut self, message: &Message) -> Result<Vec<CitedMessage>, CallError> {
        let ids: Vec<&str> = message
            .references
            .iter()
            .chain(&message.in_reply_to)
            .map(String::as_str)
            .filter(|id| id.len() > 2)
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self.ahead.messages(&ids) {
            Some(known) => Ok(known),
            None => self.messages_there(&ids, CITED),
        }
    }

    /// The messages there of these Message-IDs, the latest first.
    pub(super) fn messages_there(&mut self, ids: &[&str], limit: i32) -> Result<Vec<CitedMessage>, CallError> {
        let domain = Value::Array(vec![condition("message_id", "in", texts(ids)), on_a_record()]);
        let rows = self.search_read("mail.message", domain, &["model", "res_id", "message_id"], "id desc", limit)?;
        let one = |row| Some(CitedMessage { thread: thread(row)?, message_id: text_of(row, "message_id")? });
        Ok(rows.iter().filter_map(one).collect())
    }

    /// The Message-ID of the latest mail or comment on a record.
    fn message_on(&mut self, thread: &Thread) -> Result<Option<String>, CallError> {
        let domain = Value::Array(vec![
            condition("model", "=", text(&thread.model)),
            condition("res_id", "=", Value::Integer(thread.id)),
            condition("message_type", "in", texts(&["email", "comment"])),
            // An answer to a note of theirs would be a note.
            condition("is_internal", "=", Value::Boolean(false)),
        ]);
        let rows = self.search_read("mail.message", domain, &["message_id"], "id desc", 1)?;
        Ok(rows.first().and_then(|row| text_of(row, "message_id")))
    }

    /// Whether a record is there, archived or not, and may be read.
    pub(super) fn exists(&mut self, model: &str, id: i32) -> Result<bool, CallError> {
        if let Some(known) = self.ahead.exists(&Thread { model: model.to_owned(), id }) {
            return Ok(known);
        }
        let domain = Value::Array(vec![condition("id", "=", Value::Integer(id))]);
        let found = self.search_archived(model, domain, 1)?;
        Ok(matches!(found, Value::Array(ids) if !ids.is_empty()))
    }

    /// The numbers of records, archived or not.
    pub(super) fn search_archived(&mut self, model: &str, domain: Value, limit: usize) -> Result<Value, CallError> {
        let context = super::wire::members(vec![("active_test", Value::Boolean(false))]);
        let limit = Value::Integer(i32::try_from(limit).unwrap_or(i32::MAX));
        self.read(model, "search", vec![domain], vec![("limit", limit), ("context", context)])
    }
}

/// A message there that a mail cites.
#[derive(Debug, Clone)]
pub(super) struct CitedMessage {
    pub thread: Thread,
    pub message_id: String,
}

fn thread(row: &OdooRow) -> Option<Thread> {
    Some(Thread { model: text_of(row, "model")?, id: id_of(row, "res_id")? })
}

/// What a gateway there reads of the fields that say what a mail answers: In-Reply-To only where there are no References.
fn reads(message: &Message) -> Vec<&str> {
    let ids = if message.references.is_empty() { &message.in_reply_to } else { &message.references };
    ids[ids.len().saturating_sub(LOOKED_AT)..].iter().map(String::as_str).collect()
}

fn on_a_record() -> Value {
    condition("res_id", "!=", Value::Integer(0))
}

// A mail as a message on a record where the gateway there must not have it: posted by the account itself, told to those
// whom Odoo's own gateway would tell, and to nobody outside whom that would not mail.

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
    fn users_among(&mut self, partners: &[i32]) -> Result<Vec<i32>, CallError> {
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

// Who wrote a mail follows its record as after a mail to Odoo's own gateway, so that the answer goes out. Nobody is
// told.

/// More kinds of messages than a model has.
const SUBTYPES: i32 = 200;

impl Odoo {
    /// One contact follows one record. What was cut is called once more, as nothing is told twice by it.
    pub(super) fn follow(&mut self, thread: &Thread, author: i32) {
        if !self.version().has_senders_follow() {
            return;
        }
        for is_last in [false, true] {
            let args = vec![Param::from(numbers(&[thread.id]))];
            let kwargs = vec![("partner_ids", numbers(&[author])), ("context", quiet())];
            let Err(error) = self.write(&thread.model, "message_subscribe", args, kwargs) else { return };
            let is_fault = matches!(error, CallError::Fault(_));
            let Trouble { kind, complaint, .. } = self.trouble(error);
            if is_last || is_fault || kind == TroubleKind::TimedOut {
                // The mail stands there: what is left is for a person to see.
                let words = complaint.what;
                tracing::warn!(model = thread.model, record = thread.id, %words, "the sender does not follow the record");
                return;
            }
        }
    }

    /// See [`super::Remote::follow_up`]: each contact that waits for it follows its record.
    pub(super) fn senders_follow(&mut self) -> Result<(), CallError> {
        let waiting = std::mem::take(&mut self.ahead.to_follow);
        if !self.version().has_senders_follow() {
            return Ok(());
        }
        let mut by_model: BTreeMap<String, Vec<(i32, i32)>> = BTreeMap::new();
        for (Thread { model, id }, author) in waiting {
            by_model.entry(model).or_default().push((id, author));
        }
        for (model, pairs) in by_model {
            match self.follow_together(&model, &pairs) {
                Ok(()) => {}
                Err(CallError::Fault(_)) => {
                    for (id, author) in pairs {
                        self.follow(&Thread { model: model.clone(), id }, author);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// In one call for all: as followers where the account may make these, which administrators may, and else as values of
    /// the records.
    fn follow_together(&mut self, model: &str, pairs: &[(i32, i32)]) -> Result<(), CallError> {
        if self.makes_followers()? {
            let rows = self.follower_rows(model, pairs)?;
            match self.write("mail.followers", "create", vec![rows.into()], vec![("context", quiet())]) {
                // Perhaps one of them follows by now.
                Err(CallError::Fault(_)) => {}
                made => return made.map(|_| ()),
            }
        }
        let Value::Struct(mut context) = quiet() else { return Ok(()) };
        // Beside those who follow already.
        context.insert("update_many2many".into(), Value::Boolean(true));
        let row = |(record, author): &(i32, i32)| -> LoadRow<'static> {
            vec![
                (".id".to_owned(), Cell::Text(record.to_string())),
                ("message_partner_ids/.id".to_owned(), Cell::Text(author.to_string())),
            ]
        };
        let rows: Vec<LoadRow<'static>> = pairs.iter().map(row).collect();
        let table: Vec<&[_]> = rows.iter().map(Vec::as_slice).collect();
        self.load_rows(model, &table, Value::Struct(context)).map(|_| ())
    }

    fn makes_followers(&mut self) -> Result<bool, CallError> {
        if let Some(known) = self.known.makes_followers {
            return Ok(known);
        }
        let may = self.may("mail.followers", "create")?;
        self.known.makes_followers = Some(may);
        Ok(may)
    }

    /// As Odoo makes them: users get every kind of message that is usual for the model, others what is not internal.
    fn follower_rows(&mut self, model: &str, pairs: &[(i32, i32)]) -> Result<Value, CallError> {
        let authors: Vec<i32> = pairs.iter().map(|(_, author)| *author).collect();
        let users = self.users_among(&authors)?;
        let usual = Value::Array(vec![
            condition("default", "=", Value::Boolean(true)),
            text("|"),
            condition("res_model", "=", text(model)),
            condition("res_model", "=", Value::Boolean(false)),
        ]);
        let subtypes = self.search_read("mail.message.subtype", usual, &["internal"], "id", SUBTYPES)?;
        let of = |is_user: bool| {
            let kinds = subtypes.iter().filter(|row| is_user || !is_true(row, "internal"));
            numbers(&kinds.filter_map(|row| id_of(row, "id")).collect::<Vec<_>>())
        };
        let row = |(record, author): &(i32, i32)| {
            // Odoo's command that sets a list.
            let kinds = Value::Array(vec![Value::Integer(6), Value::Integer(0), of(users.contains(author))]);
            members(vec![
                ("res_model", text(model)),
                ("res_id", Value::Integer(*record)),
                ("partner_id", Value::Integer(*author)),
                ("subtype_ids", Value::Array(vec![kinds])),
            ])
        };
        Ok(Value::Array(pairs.iter().map(row).collect()))
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
