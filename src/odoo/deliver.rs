//! Carries a delivery out, so that a repeat finds and completes what an earlier call has left.

use std::io;
use std::time::Duration;

use sha2::Digest;

use super::contacts::quiet;
use super::fault::{self, OdooFault, OdooFaultKind};
use super::http::Unanswered;
use super::models::{MailParts, columns, needs_contact};
use super::raw::under;
use super::session::Odoo;
use super::target::said;
use super::value::{condition, id, id_of, ids_of, members, rows, text, text_of, texts};
use super::wire::CallError;
use super::{Arrived, DecodedFiles, Shipment, Trouble, TroubleKind};
use crate::domain::address::Address;
use crate::domain::handover::Method;
use crate::domain::media_type;
use crate::domain::message::Message;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::say;
use crate::xmlrpc::{Param, Stretch, Value};

impl Odoo {
    pub(super) fn carry_out(
        &mut self,
        shipment: &Shipment<'_>,
        method: Method,
        partner: Option<i32>,
        new_contact: bool,
    ) -> Result<Arrived, Trouble> {
        let arrived = match new_contact {
            true => self.by_new_contact(shipment, method),
            false => self.by(shipment, method, partner),
        };
        arrived.or_else(|error| self.judged(error))
    }

    /// The sender's contact is made first. Another mail may have made it meanwhile, with the address in other letters, by
    /// which the gateway there would not find it.
    fn by_new_contact(&mut self, shipment: &Shipment<'_>, method: Method) -> Result<Arrived, CallError> {
        let partner = self.sender_made(shipment)?;
        let fields = self.fields(&shipment.handover.model)?;
        let lookup_fails = needs_contact(&fields) && !self.knows_exactly(None, &shipment.message.from.address)?;
        let method = if lookup_fails { Method::CreateAndPost } else { method };
        self.by(shipment, method, Some(partner))
    }

    fn by(&mut self, shipment: &Shipment<'_>, method: Method, partner: Option<i32>) -> Result<Arrived, CallError> {
        match method {
            Method::Gateway => self.process(shipment, partner),
            Method::CreateAndPost => self.create_and_post(shipment, partner),
        }
    }

    /// What an error says of this message: some are an answer.
    fn judged(&self, error: CallError) -> Result<Arrived, Trouble> {
        let fault = match error {
            CallError::Unanswered(Unanswered::TooLarge(complaint)) => {
                return Ok(Arrived::Refused { detail: complaint.in_full() });
            }
            CallError::Fault(fault) => fault,
            error => return Err(self.trouble(error)),
        };
        match fault.kind {
            OdooFaultKind::Rule | OdooFaultKind::Program => {
                Ok(Arrived::Refused { detail: Sentence::verbatim(fault.said) })
            }
            OdooFaultKind::Model => {
                Ok(Arrived::Refused { detail: say!("odoo-model-gone", said = sentence(&fault.said)) })
            }
            // An ordinary account may not mark an alias as broken, which Odoo tries where a record can't be made now.
            OdooFaultKind::Forbidden if fault.said.contains("mail.alias") => {
                Err(self.trouble(CallError::Fault(OdooFault { kind: OdooFaultKind::Busy, ..fault })))
            }
            _ => Err(self.trouble(CallError::Fault(fault))),
        }
    }

    fn process(&mut self, shipment: &Shipment<'_>, partner: Option<i32>) -> Result<Arrived, CallError> {
        let model = shipment.handover.model.as_str();
        let relation = self.fields(model)?.get("partner_id").map(|field| field.relation.clone());
        let custom = match partner.filter(|_| relation.as_deref() == Some("res.partner")) {
            Some(partner) => members(vec![("partner_id", Value::Integer(partner))]),
            None => Value::Boolean(false),
        };
        let args = vec![
            text(model).into(),
            Param::Binary(under(shipment.source, &shipment.handover.message_id).map_err(not_read)?),
            custom.into(),
            Value::Boolean(shipment.original).into(),
            Value::Boolean(!shipment.attach).into(),
        ];
        let answer = match self.write("mail.thread", "message_process", args, vec![("context", quiet())]) {
            Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Nothing => {
                return Ok(Arrived::Dropped { detail: say!("odoo-dropped-loop") });
            }
            answer => answer?,
        };
        // Its own rules may have led it elsewhere, so the message itself says where it is.
        let made = id(&answer);
        let thread = match self.thread_of(&shipment.handover.message_id) {
            // What is done is done, even where that can't be asked now.
            Err(_) if made.is_some() => None,
            thread => thread?,
        };
        Ok(match (made, thread) {
            (Some(_), Some(thread)) => self.arrived(thread),
            (Some(id), None) => self.arrived(Thread { model: model.to_owned(), id }),
            (None, Some(Thread { model, id })) => Arrived::Duplicate { record: Some((model, id)) },
            (None, None) => Arrived::Dropped { detail: say!("odoo-dropped-bounce") },
        })
    }

    fn create_and_post(&mut self, shipment: &Shipment<'_>, partner: Option<i32>) -> Result<Arrived, CallError> {
        let handover = shipment.handover;
        let xml_id = external_id(&handover.external_id);
        let known = match (handover.record, self.external(&xml_id)?) {
            (Some(id), _) | (None, Some((_, Some(id)))) => Some(Thread { model: handover.model.clone(), id }),
            (None, None) if handover.apart => None,
            (None, None) => self.answered(shipment.message)?,
            (None, Some((model, None))) => return Err(self.unreadable(&model)),
        };
        if let Some(there) = self.thread_of(&handover.message_id)? {
            return Ok(match Some(&there) == known.as_ref() {
                true => self.arrived(there),
                false => Arrived::Duplicate { record: Some((there.model, there.id)) },
            });
        }
        // Before anything is made: where they can't be read, nothing is left over there.
        let parts: Vec<&str> = shipment.message.attachments.iter().map(|attachment| attachment.part.as_str()).collect();
        let attached = match shipment.attach {
            true => Some(shipment.source.attachments(&parts).map_err(not_read)?),
            false => None,
        };
        let thread = match known {
            Some(thread) => thread,
            None => Thread { model: handover.model.clone(), id: self.load_record(shipment, &xml_id, partner)? },
        };
        let files = self.load_files(shipment, attached.as_ref(), &xml_id, &thread)?;
        self.post(shipment, &thread, partner, &files)?;
        Ok(self.arrived(thread))
    }

    pub(super) fn look_up(&mut self, shipment: &Shipment<'_>) -> Result<Option<Arrived>, CallError> {
        let thread = self.thread_of(&shipment.handover.message_id)?;
        Ok(thread.map(|thread| self.arrived(thread)))
    }

    fn arrived(&self, thread: Thread) -> Arrived {
        let url = self.version().record_url(&self.connection().url, &thread.model, thread.id);
        Arrived::Record { model: thread.model, id: thread.id, url }
    }

    /// A record of ours is there, but this account may not read it: it would be made twice.
    fn unreadable(&self, model: &str) -> CallError {
        let words = say!("odoo-record-unreadable", login = self.connection().login, model);
        Trouble::new(TroubleKind::Configuration, words).with_remedy(say!("odoo-remedy-rights")).into()
    }
}

/// External ids without a module get ours.
pub(super) fn external_id(name: &str) -> String {
    match name.contains('.') {
        true => name.to_owned(),
        false => format!("mailgate.{name}"),
    }
}

fn sentence(words: &str) -> String {
    let words = words.trim_end_matches(['.', ' ']);
    format!("{words}.")
}

/// A file on a record there.
pub(super) struct OdooFile {
    pub id: i32,
    /// What `cid:` of the HTML refers to.
    pub content_id: Option<String>,
}

/// Tries where another transaction is in the way, as with the numbers of OpenSPP's grievances.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// One cell of a row.
enum Cell<'a> {
    Text(String),
    /// As base64.
    Bytes(Stretch<'a>),
}

/// Our own copy of the mail failed, and nothing was sent.
pub(super) fn not_read(error: io::Error) -> CallError {
    Trouble::new(TroubleKind::Temporary, say!("odoo-mail-unreadable", error = error.to_string())).into()
}

impl Odoo {
    /// The record that a message becomes.
    pub(super) fn load_record(
        &mut self,
        shipment: &Shipment<'_>,
        xml_id: &str,
        partner: Option<i32>,
    ) -> Result<i32, CallError> {
        let model = shipment.handover.model.as_str();
        let fields = self.fields(model)?;
        let parts = MailParts::of(shipment.message, shipment.sender(), partner);
        let mut row = vec![("id".to_owned(), Cell::Text(xml_id.to_owned()))];
        row.extend(columns(&fields, &parts).into_iter().map(|(name, value)| (name, Cell::Text(value))));
        self.load(model, &row)
    }

    /// The sender's contact: found, or made.
    pub(super) fn sender_made(&mut self, shipment: &Shipment<'_>) -> Result<i32, CallError> {
        let sender = shipment.sender();
        if let Some(contact) = self.sender(&sender.address)? {
            return Ok(contact.id);
        }
        let normal = sender.normalized().unwrap_or_default();
        let digest = hex::encode(sha2::Sha256::digest(normal.as_bytes()));
        let xml_id = external_id(&format!("contact_{}", &digest[..24]));
        // Somebody there may have given it another address since.
        if let Some((_, Some(partner))) = self.external(&xml_id)? {
            return Ok(partner);
        }
        let name = if sender.name.is_empty() { &sender.address } else { &sender.name };
        let row = [
            ("id".to_owned(), Cell::Text(xml_id)),
            ("name".to_owned(), Cell::Text(shorten(name, 200))),
            ("email".to_owned(), Cell::Text(sender.address.clone())),
        ];
        self.load("res.partner", &row)
    }

    /// The message's attachments, on the record.
    pub(super) fn load_files(
        &mut self,
        shipment: &Shipment<'_>,
        attached: Option<&DecodedFiles>,
        xml_id: &str,
        thread: &Thread,
    ) -> Result<Vec<OdooFile>, CallError> {
        let mut files = Vec::new();
        if let Some(DecodedFiles { bytes, ranges }) = attached {
            for (number, (attachment, range)) in shipment.message.attachments.iter().zip(ranges).enumerate() {
                let name = format!("{xml_id}_file_{}", number + 1);
                let bytes = Stretch::Stored(bytes.as_ref(), range.clone());
                let id = self.load_file(&name, &attachment.name, &attachment.mimetype, bytes, thread)?;
                files.push(OdooFile { id, content_id: attachment.content_id.clone() });
            }
        }
        if shipment.original {
            let name = format!("{xml_id}_original");
            let id = self.load_file(
                &name,
                "original_email.eml",
                "message/rfc822",
                Stretch::all_of(shipment.source),
                thread,
            )?;
            files.push(OdooFile { id, content_id: None });
        }
        Ok(files)
    }

    fn load_file(
        &mut self,
        xml_id: &str,
        name: &str,
        mimetype: &str,
        bytes: Stretch<'_>,
        thread: &Thread,
    ) -> Result<i32, CallError> {
        let mut row: Vec<(String, Cell<'_>)> = [
            ("id", xml_id.to_owned()),
            ("name", name.to_owned()),
            ("mimetype", media_type::or_bytes(mimetype).to_owned()),
            ("res_model", thread.model.clone()),
            ("res_id", thread.id.to_string()),
        ]
        .map(|(column, cell)| (column.to_owned(), Cell::Text(cell)))
        .into();
        // An empty cell is no value, and an empty file is none either.
        if bytes.length() > 0 {
            row.push(("datas".to_owned(), Cell::Bytes(bytes)));
        }
        self.load("ir.attachment", &row)
    }

    /// Makes one record, or finds the one of this external id.
    fn load(&mut self, model: &str, row: &[(String, Cell<'_>)]) -> Result<i32, CallError> {
        self.patiently(|odoo| odoo.load_once(model, row))
    }

    /// Calls again where another transaction is in the way.
    pub(super) fn patiently<T>(
        &mut self,
        mut call: impl FnMut(&mut Self) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match call(self) {
                Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Busy && tries < TRIES => {
                    std::thread::sleep(PAUSE * (1 << tries));
                }
                answer => return answer,
            }
        }
    }

    fn load_once(&mut self, model: &str, row: &[(String, Cell<'_>)]) -> Result<i32, CallError> {
        let names = Value::Array(row.iter().map(|(name, _)| text(name)).collect());
        let cells = row.iter().map(|(_, cell)| match cell {
            Cell::Text(cell) => Param::from(text(cell)),
            Cell::Bytes(bytes) => Param::BinaryText(vec![bytes.clone()]),
        });
        let data = Param::Array(vec![Param::Array(cells.collect())]);
        let answer = self.write(model, "load", vec![names.into(), data], vec![("context", once())])?;
        let Value::Struct(mut answer) = answer else { return Err(self.unclear(model)) };
        if let Some(Value::Array(ids)) = answer.remove("ids") {
            return ids.first().and_then(id).ok_or_else(|| self.unclear(model));
        }
        let messages = answer.remove("messages").map(rows).unwrap_or_default();
        let errors: Vec<String> = messages
            .iter()
            .filter(|message| text_of(message, "type").as_deref() == Some("error"))
            .filter_map(said)
            .collect();
        let said = if errors.is_empty() { say!("odoo-no-reason").to_string() } else { shorten(&errors.join(" "), 600) };
        let kind = if fault::is_passing(&said) { OdooFaultKind::Busy } else { OdooFaultKind::Rule };
        Err(CallError::Fault(OdooFault { kind, said }))
    }

    fn unclear(&self, model: &str) -> CallError {
        let words = say!("odoo-unclear-record", url = self.connection().url.as_str(), model);
        Trouble::new(TroubleKind::Cut, words).into()
    }
}

/// With `update` and `noupdate` a repeat returns the record as it is.
fn once() -> Value {
    let Value::Struct(mut context) = quiet() else { return Value::Nil };
    context.insert("mode".into(), text("update"));
    context.insert("noupdate".into(), Value::Boolean(true));
    Value::Struct(context)
}

impl Odoo {
    pub(super) fn post(
        &mut self,
        shipment: &Shipment<'_>,
        thread: &Thread,
        partner: Option<i32>,
        files: &[OdooFile],
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
        posted
            .map(|_| ())
            .ok_or_else(|| self.unexpected(say!("odoo-unexpected-message", url = self.connection().url.as_str())))
    }
}

/// Images shown within the text come from the attachments: Odoo knows no `cid:`.
fn with_images(html: &str, files: &[OdooFile]) -> String {
    let mut html = html.to_owned();
    for OdooFile { id, content_id } in files {
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

/// A record there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    pub model: String,
    pub id: i32,
}

impl Odoo {
    /// The record that has the message of this Message-ID, as far as the account may read it.
    pub(super) fn thread_of(&mut self, message_id: &str) -> Result<Option<Thread>, CallError> {
        self.latest_thread(Value::Array(vec![condition("message_id", "=", text(message_id)), on_a_record()]))
    }

    /// The record that a mail answers. As Odoo itself, the latest message counts that the mail refers to.
    pub(super) fn answered(&mut self, message: &Message) -> Result<Option<Thread>, CallError> {
        let ids: Vec<&str> = message
            .references
            .iter()
            .chain(&message.in_reply_to)
            .map(String::as_str)
            .filter(|id| id.len() > 2)
            .collect();
        if ids.is_empty() {
            return Ok(None);
        }
        self.latest_thread(Value::Array(vec![condition("message_id", "in", texts(&ids)), on_a_record()]))
    }

    fn latest_thread(&mut self, domain: Value) -> Result<Option<Thread>, CallError> {
        let rows = self.search_read("mail.message", domain, &["model", "res_id"], "id desc", 1)?;
        Ok(rows.first().and_then(|row| Some(Thread { model: text_of(row, "model")?, id: id_of(row, "res_id")? })))
    }

    /// Whether a record is there, archived or not, and may be read.
    pub(super) fn exists(&mut self, model: &str, id: i32) -> Result<bool, CallError> {
        let domain = Value::Array(vec![condition("id", "=", Value::Integer(id))]);
        let context = members(vec![("active_test", Value::Boolean(false))]);
        let found =
            self.read(model, "search", vec![domain], vec![("limit", Value::Integer(1)), ("context", context)])?;
        Ok(matches!(found, Value::Array(ids) if !ids.is_empty()))
    }

    /// Whether somebody other than `sender` follows the record: Odoo would mail them what is posted there.
    pub(super) fn has_followers(&mut self, thread: &Thread, sender: Option<i32>) -> Result<bool, CallError> {
        let args = vec![Value::Array(vec![Value::Integer(thread.id)]), texts(&["message_partner_ids"])];
        let rows = super::value::rows(self.read(&thread.model, "read", args, Vec::new())?);
        Ok(rows.iter().flat_map(|row| ids_of(row, "message_partner_ids")).any(|partner| Some(partner) != sender))
    }
}

fn on_a_record() -> Value {
    condition("res_id", "!=", Value::Integer(0))
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
