//! Carries a delivery out, so that a repeat finds and completes what an earlier call has left.

use std::io;
use std::time::Duration;

use sha2::Digest;

use super::ahead::is_filled;
use super::contacts::{OdooContact, own_hand, quiet};
use super::fault::{self, OdooFault, OdooFaultKind};
use super::http::Unanswered;
use super::lead::{GatewayLead, Joined, RemotePost, Thread, is_machine, with_images};
use super::models::{
    MailParts, OdooFields, columns, complainant, looks_senders_up, needs_candidate, tells_complainants,
};
use super::plan::recipients;
use super::raw::{Urgency, head, is_resent, under};
use super::session::Odoo;
use super::target::{self, FarValue, said};
use super::wire::{CallError, condition, id, members, rows, text, text_of};
use super::{Arrived, DecodedFiles, Shipment, Trouble, TroubleKind};
use crate::domain::handover::{HandoverAttempt, Method};
use crate::domain::message::Address;
use crate::domain::server::SenderPolicy;
use crate::domain::text;
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
        let arrived = arrived.or_else(|error| self.judged(shipment, error));
        if matches!(arrived, Ok(Arrived::Refused { .. })) {
            // Perhaps because a field has become required since its description was read.
            self.forget_fields();
        }
        arrived
    }

    /// Delivers a mail whose sender needs a contact, which is made first. Another mail may have made it meanwhile, with the address
    /// in upper or lower case, so that the gateway there would not find it. Then nothing is begun: the mail must go by the
    /// method that its row says it began with.
    fn by_new_contact(&mut self, shipment: &Shipment<'_>, method: Method) -> Result<Arrived, CallError> {
        let partner = self.sender_made(shipment.sender(), false)?;
        let fields = self.fields(&shipment.handover.model)?;
        let address = &shipment.message.from.address;
        if method == Method::Gateway && looks_senders_up(&fields) && !self.knows_exactly(None, address)? {
            return Err(Trouble::new(TroubleKind::Temporary, say!("odoo-contact-meanwhile", who = address)).into());
        }
        self.by(shipment, method, Some(partner))
    }

    fn by(&mut self, shipment: &Shipment<'_>, method: Method, partner: Option<i32>) -> Result<Arrived, CallError> {
        match method {
            Method::Gateway => self.process(shipment, partner),
            Method::CreateAndPost => self.create_and_post(shipment, partner),
        }
    }

    /// What an error means for this message. Some are an answer: it is there already, or the far end refuses it.
    fn judged(&mut self, shipment: &Shipment<'_>, error: CallError) -> Result<Arrived, Trouble> {
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
            // A record that the account may read and not write holds up this mail, and no other.
            OdooFaultKind::Forbidden if self.joins(shipment) => {
                Ok(Arrived::Refused { detail: say!("odoo-forbidden-record", said = sentence(&fault.said)) })
            }
            // Where a record can't be made, Odoo tries to mark the alias as broken, which an ordinary account may not.
            OdooFaultKind::Forbidden if fault.said.contains("mail.alias") => {
                Err(self.trouble(CallError::Fault(OdooFault { kind: OdooFaultKind::Busy, ..fault })))
            }
            _ => Err(self.trouble(CallError::Fault(fault))),
        }
    }

    /// Whether it joins a record that is there already.
    fn joins(&mut self, shipment: &Shipment<'_>) -> bool {
        self.joined_as_planned(shipment).is_ok_and(|joined| joined.thread.is_some())
    }

    fn process(&mut self, shipment: &Shipment<'_>, partner: Option<i32>) -> Result<Arrived, CallError> {
        let model = shipment.handover.model.as_str();
        let relation = self.fields(model)?.get("partner_id").map(|field| field.relation.clone());
        let Joined { thread: joins, lead } = self.joined_as_planned(shipment)?;
        // Always a dict: many models' own `message_new` takes it for one.
        let custom = match &joins {
            Some(_) => Vec::new(),
            None => {
                let linked = partner.filter(|_| relation.as_deref() == Some("res.partner"));
                let contact = self.complaining(model, partner)?;
                let fields = self.fields(model)?;
                let urgency = urgency(shipment, &fields)?;
                let parts = MailParts::of(shipment.message, shipment.sender(), partner, contact.as_ref(), urgency);
                let mut values: Vec<(String, Value)> =
                    complainant(&fields, &parts).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                values.extend(linked.map(|partner| ("partner_id".to_owned(), Value::Integer(partner))));
                for FarValue { name, value, .. } in self.values_there(shipment, &fields)? {
                    values.retain(|(known, _)| *known != name);
                    values.push((name, value));
                }
                values
            }
        };
        // Where nothing that it answers says so, the record's number does.
        let record = match (&lead, &joins) {
            (GatewayLead::Bare, Some(thread)) => Value::Integer(thread.id),
            _ => Value::Boolean(false),
        };
        let args = vec![
            text(joins.as_ref().map_or(model, |thread| &thread.model)).into(),
            Param::Binary(under(shipment.source, &shipment.handover.message_id, &lead).map_err(not_read)?),
            Value::Struct(custom.into_iter().collect()).into(),
            Value::Boolean(shipment.original).into(),
            Value::Boolean(!shipment.attach).into(),
            record.into(),
        ];
        let answer = match self.write("mail.thread", "message_process", args, Vec::new()) {
            Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Nothing => {
                return Ok(Arrived::Dropped { detail: say!("odoo-dropped-loop") });
            }
            answer => answer?,
        };
        // The gateway's own rules may have put it on another record, so the message itself is asked where it is.
        let made = id(&answer);
        let is_led = joins.is_some() || self.is_led_by_rules(shipment);
        let thread = match made.filter(|_| !is_led) {
            Some(id) => Some(Thread { model: model.to_owned(), id }),
            None => match self.thread_of(&shipment.handover.message_id) {
                // It was delivered, even if the far end can't be asked where.
                Err(_) if made.is_some() => None,
                thread => thread?,
            },
        };
        self.ahead.note_written(&shipment.message.from.address, thread.as_ref());
        if let Some(thread) = thread.as_ref().filter(|_| made.is_some() && joins.is_none()) {
            self.show_images(shipment, thread);
        }
        Ok(match (made, thread) {
            (Some(_), Some(thread)) => self.arrived(thread),
            (Some(id), None) => self.arrived(Thread { model: model.to_owned(), id }),
            (None, Some(Thread { model, id })) => Arrived::Duplicate { record: Some((model, id)) },
            (None, None) => Arrived::Dropped { detail: say!("odoo-dropped-bounce") },
        })
    }

    /// Whether rules of the gateway there may have put a new mail on a record that it did not make for it.
    fn is_led_by_rules(&mut self, shipment: &Shipment<'_>) -> bool {
        let message = shipment.message;
        let cites = !message.references.is_empty() || !message.in_reply_to.is_empty();
        if cites || head(shipment.source).map_or(true, |head| is_resent(&head)) {
            return true;
        }
        let recipients = recipients([&message.to, &message.cc, &message.delivered_to]);
        // It is delivered; if this can't be asked now, its message is asked where it is.
        self.aliases(&recipients).map_or(true, |aliases| !aliases.is_empty())
    }

    /// Has the new record's description show the images of the mail: the gateway shows them in the message alone.
    fn show_images(&mut self, shipment: &Shipment<'_>, thread: &Thread) {
        if !shipment.attach || !shipment.message.body_html.contains("\"cid:") {
            return;
        }
        let shown = self.images_shown(shipment, thread);
        // The mail has arrived; without its images a person still sees it.
        if let Err(error) = shown {
            let words = self.trouble(error).complaint.what;
            tracing::warn!(model = thread.model, record = thread.id, %words, "a description lacks its images");
        }
    }

    fn images_shown(&mut self, shipment: &Shipment<'_>, thread: &Thread) -> Result<(), CallError> {
        let fields = self.fields(&thread.model)?;
        let Some(name) = described(&fields) else { return Ok(()) };
        let record = Value::Array(vec![condition("id", "=", Value::Integer(thread.id))]);
        let stands = self.search_read(&thread.model, record, &[name], "id", 1)?;
        if !stands.first().and_then(|row| text_of(row, name)).is_some_and(|html| html.contains("cid:")) {
            return Ok(());
        }
        let posted = Value::Array(vec![condition("message_id", "=", text(&shipment.handover.message_id))]);
        let posted = self.search_read("mail.message", posted, &["body"], "id desc", 1)?;
        match posted.first().and_then(|row| text_of(row, "body")) {
            Some(body) => self.describe(thread, name, &body),
            None => Ok(()),
        }
    }

    fn describe(&mut self, thread: &Thread, field: &str, html: &str) -> Result<(), CallError> {
        let ids = Value::Array(vec![Value::Integer(thread.id)]);
        let args = vec![ids.into(), members(vec![(field, text(html))]).into()];
        self.write(&thread.model, "write", args, vec![("context", quiet())]).map(|_| ())
    }

    fn create_and_post(&mut self, shipment: &Shipment<'_>, partner: Option<i32>) -> Result<Arrived, CallError> {
        let handover = shipment.handover;
        let xml_id = external_id(&handover.external_id);
        // The round has just made the record for it, and knew that the message was not there.
        let made = self.ahead.made.remove(&xml_id);
        let is_made = made.is_some();
        let (known, is_first) = match (handover.record, made) {
            (Some(id), _) => (Some(Thread { model: handover.model.clone(), id }), false),
            (None, Some(thread)) => (Some(thread), true),
            (None, None) => match self.external(&xml_id)? {
                Some((_, Some(id))) => (Some(Thread { model: handover.model.clone(), id }), true),
                Some((model, None)) => return Err(self.unreadable(&model)),
                None => self.joined_as_planned(shipment).map(|joined| (joined.thread, false))?,
            },
        };
        let is_first = is_first || known.is_none();
        let there = if is_made { None } else { self.thread_of(&handover.message_id)? };
        if let Some(there) = there {
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
        let html = &shipment.message.body_html;
        let description = described(&*self.fields(&thread.model)?).filter(|field| is_filled(&thread.model, field));
        if let Some(field) = description.filter(|_| is_first) {
            let shown = with_images(html, &files);
            if shown != *html {
                self.describe(&thread, field, &shown)?;
            }
        }
        self.post(&RemotePost {
            shipment,
            thread: &thread,
            author: partner,
            files: &files,
            is_first,
            in_company: is_made,
        })?;
        Ok(self.arrived(thread))
    }

    pub(super) fn look_up(&mut self, shipment: &Shipment<'_>) -> Result<Option<Arrived>, CallError> {
        let Some(thread) = self.thread_of(&shipment.handover.message_id)? else { return Ok(None) };
        // What the cut call did not come to.
        match &shipment.handover.attempt {
            Some(HandoverAttempt { method: Method::CreateAndPost, partner, .. }) if !is_machine(shipment.message) => {
                // The row does not say which contact was made for it.
                let author = match partner {
                    Some(author) => Some(*author),
                    None if shipment.sender_policy == SenderPolicy::Create => {
                        self.sender(&shipment.sender().address)?.map(|contact| contact.id)
                    }
                    None => None,
                };
                if let Some(author) = author {
                    self.follow(&thread, author);
                }
            }
            Some(HandoverAttempt { method: Method::Gateway, .. }) => self.show_images(shipment, &thread),
            _ => {}
        }
        Ok(Some(self.arrived(thread)))
    }

    fn arrived(&self, thread: Thread) -> Arrived {
        let url = self.version().record_url(&self.connection().url, &thread.model, thread.id);
        Arrived::Record { model: thread.model, id: thread.id, url }
    }

    /// The record that we made is there, but this account may not read it any more, so it would be made a second time.
    fn unreadable(&self, model: &str) -> CallError {
        let words = say!("odoo-record-unreadable", login = self.connection().login, model);
        Trouble::new(TroubleKind::Configuration, words).with_remedy(say!("odoo-remedy-rights")).into()
    }
}

/// The row of `load()` that makes a contact.
pub(super) fn contact_row(sender: &Address) -> LoadRow<'static> {
    vec![
        ("id".to_owned(), Cell::Text(contact_id(sender))),
        ("name".to_owned(), Cell::Text(shorten(sender.contact_name(), 200))),
        ("email".to_owned(), Cell::Text(sender.address.clone())),
    ]
}

/// External ids without a module get ours.
pub(super) fn external_id(name: &str) -> String {
    match name.contains('.') {
        true => name.to_owned(),
        false => format!("mailgate.{name}"),
    }
}

/// The external id of the contact that is made for an address.
fn contact_id(sender: &Address) -> String {
    external_id(&contact_name(sender))
}

/// The same without our module.
pub(super) fn contact_name(sender: &Address) -> String {
    let normal = sender.normalized().unwrap_or_default();
    let digest = hex::encode(sha2::Sha256::digest(normal.as_bytes()));
    format!("contact_{}", &digest[..24])
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

/// How often a call is made while another transaction is in its way, as with the numbers of OpenSPP's grievances.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// One cell of a row of `load()`.
pub(super) enum Cell<'a> {
    Text(String),
    /// As base64.
    Bytes(Stretch<'a>),
}

impl<'a> Cell<'a> {
    fn param(&self) -> Param<'a> {
        match self {
            Cell::Text(cell) => Param::from(text(cell)),
            Cell::Bytes(bytes) => Param::BinaryText(vec![bytes.clone()]),
        }
    }
}

/// Columns by name with their cells.
pub(super) type LoadRow<'a> = Vec<(String, Cell<'a>)>;

/// How urgent the mail says that it is, where a record of this model tells it.
fn urgency(shipment: &Shipment<'_>, fields: &OdooFields) -> Result<Urgency, CallError> {
    match tells_complainants(fields) {
        true => Ok(Urgency::of(&head(shipment.source).map_err(not_read)?)),
        false => Ok(Urgency::Usual),
    }
}

/// Our own copy of the mail failed, and nothing was sent.
pub(super) fn not_read(error: io::Error) -> CallError {
    Trouble::new(TroubleKind::Temporary, say!("odoo-mail-unreadable", error = error.to_string())).into()
}

impl Odoo {
    /// The record that a message becomes.
    fn load_record(&mut self, shipment: &Shipment<'_>, xml_id: &str, partner: Option<i32>) -> Result<i32, CallError> {
        let model = shipment.handover.model.as_str();
        let mut row = self.record_row(shipment, xml_id, partner)?;
        let fields = self.fields(model)?;
        if needs_candidate(&fields) {
            let candidate = self.candidate(shipment.sender(), xml_id, partner)?;
            row.push(("candidate_id/.id".to_owned(), Cell::Text(candidate.to_string())));
        }
        match self.load(model, &row, once(made(&fields))) {
            // Some records can't be made without somebody responsible, as tasks outside of a project: then it is the account.
            Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Rule && !responsible(&fields).is_empty() => {
                self.load(model, &row, once(made(&OdooFields::new())))
            }
            loaded => loaded,
        }
    }

    /// The candidate of a job application, as the gateway there makes one for each mail.
    fn candidate(&mut self, sender: &Address, xml_id: &str, partner: Option<i32>) -> Result<i32, CallError> {
        let mut row = vec![
            ("id".to_owned(), Cell::Text(format!("{xml_id}_candidate"))),
            ("partner_name".to_owned(), Cell::Text(shorten(sender.contact_name(), 200))),
            ("email_from".to_owned(), Cell::Text(sender.address.clone())),
        ];
        row.extend(partner.map(|partner| ("partner_id/.id".to_owned(), Cell::Text(partner.to_string()))));
        self.load("hr.candidate", &row, once(quiet()))
    }

    /// The row of `load()` that makes this record.
    pub(super) fn record_row(
        &mut self,
        shipment: &Shipment<'_>,
        xml_id: &str,
        partner: Option<i32>,
    ) -> Result<LoadRow<'static>, CallError> {
        let model = shipment.handover.model.as_str();
        let fields = self.fields(model)?;
        let contact = self.complaining(model, partner)?;
        let urgency = urgency(shipment, &fields)?;
        let parts = MailParts::of(shipment.message, shipment.sender(), partner, contact.as_ref(), urgency);
        let mut row = vec![("id".to_owned(), Cell::Text(xml_id.to_owned()))];
        let mut columns = columns(&fields, &parts);
        columns.retain(|(column, _)| is_filled(model, column.split('/').next().unwrap_or(column)));
        target::put(&mut columns, self.values_there(shipment, &fields)?);
        row.extend(columns.into_iter().map(|(name, value)| (name, Cell::Text(value))));
        Ok(row)
    }

    /// What the incoming server sets in a new record; it was looked at when the delivery was planned.
    fn values_there(&self, shipment: &Shipment<'_>, fields: &OdooFields) -> Result<Vec<FarValue>, CallError> {
        target::far_values(fields, shipment.values).map_err(|name| {
            let said = say!("trace-remote-far-value", name, model = shipment.handover.model).to_string();
            CallError::Fault(OdooFault { kind: OdooFaultKind::Rule, said })
        })
    }

    /// The sender's contact, where a record of this model repeats what is known of it.
    fn complaining(&mut self, model: &str, partner: Option<i32>) -> Result<Option<OdooContact>, CallError> {
        match partner {
            Some(partner) if tells_complainants(&*self.fields(model)?) => self.known_contact(partner),
            _ => Ok(None),
        }
    }

    /// The sender's contact: found, or made.
    pub(super) fn sender_made(&mut self, sender: &Address, registrant: bool) -> Result<i32, CallError> {
        if let Some(contact) = self.sender(&sender.address)? {
            return Ok(contact.id);
        }
        // Somebody there may have given it another address since.
        if let Some(partner) = self.sender_made_before(sender)? {
            return Ok(partner);
        }
        let mut row = contact_row(sender);
        if registrant && self.fields("res.partner")?.contains_key("is_registrant") {
            row.push(("is_registrant".to_owned(), Cell::Text("True".to_owned())));
        }
        let partner = self.load("res.partner", &row, once(quiet()))?;
        self.enter_contact(sender, partner);
        Ok(partner)
    }

    /// Remembers the contact for the mails that follow in this round.
    pub(super) fn enter_contact(&mut self, sender: &Address, id: i32) {
        if let Some(normal) = sender.normalized() {
            let (name, email) = (sender.name.clone(), sender.address.clone());
            let contact = OdooContact { id, name, email, phone: String::new(), is_registrant: false, is_group: false };
            self.ahead.enter(&normal, contact);
        }
    }

    /// The contact that was made there for this address, whatever address it has by now.
    pub(super) fn sender_made_before(&mut self, sender: &Address) -> Result<Option<i32>, CallError> {
        if let Some(known) = self.ahead.made_before(&contact_name(sender)) {
            return Ok(known);
        }
        Ok(self.external(&contact_id(sender))?.and_then(|(_, partner)| partner))
    }

    /// The message's attachments, on the record.
    fn load_files(
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
            ("mimetype", text::type_or_bytes(mimetype).to_owned()),
            ("res_model", thread.model.clone()),
            ("res_id", thread.id.to_string()),
        ]
        .map(|(column, cell)| (column.to_owned(), Cell::Text(cell)))
        .into();
        // `load()` takes an empty cell for no value, so an empty file is made without one.
        if bytes.length() > 0 {
            row.push(("datas".to_owned(), Cell::Bytes(bytes)));
        }
        self.load("ir.attachment", &row, once(quiet()))
    }

    /// Makes one record, or finds the one of this external id.
    fn load(&mut self, model: &str, row: &[(String, Cell<'_>)], context: Value) -> Result<i32, CallError> {
        let made = self.load_rows(model, &[row], context)?;
        made.first().copied().ok_or_else(|| self.unclear(model))
    }

    /// Makes the records of these rows, which have the same columns, all or none of them; in their order.
    pub(super) fn load_rows(
        &mut self,
        model: &str,
        rows: &[&[(String, Cell<'_>)]],
        context: Value,
    ) -> Result<Vec<i32>, CallError> {
        self.patiently(|odoo| odoo.load_once(model, rows, context.clone()))
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

    fn load_once<'c>(
        &mut self,
        model: &str,
        table: &[&'c [(String, Cell<'c>)]],
        context: Value,
    ) -> Result<Vec<i32>, CallError> {
        let names = table.iter().take(1).flat_map(|row| row.iter().map(|(name, _)| text(name)));
        let names = Value::Array(names.collect());
        let cells = |row: &&'c [(String, Cell<'c>)]| Param::Array(row.iter().map(|(_, cell)| cell.param()).collect());
        let data = Param::Array(table.iter().map(cells).collect());
        let answer = self.write(model, "load", vec![names.into(), data], vec![("context", context)])?;
        let Value::Struct(mut answer) = answer else { return Err(self.unclear(model)) };
        if let Some(Value::Array(ids)) = answer.remove("ids") {
            let ids: Vec<i32> = ids.iter().filter_map(id).collect();
            return if ids.len() == table.len() { Ok(ids) } else { Err(self.unclear(model)) };
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
pub(super) fn once(context: Value) -> Value {
    let Value::Struct(mut context) = context else { return Value::Nil };
    context.insert("mode".into(), text("update"));
    context.insert("noupdate".into(), Value::Boolean(true));
    Value::Struct(context)
}

/// The context in which a record is made as Odoo's own gateway makes it: whoever is responsible there is notified and follows it;
/// the account that we sign in with is not responsible, and does not follow.
pub(super) fn made(fields: &OdooFields) -> Value {
    let Value::Struct(mut context) = own_hand() else { return Value::Nil };
    // For dates and times in a row, which would else be in the account's zone.
    context.insert("tz".into(), text("UTC"));
    for name in responsible(fields) {
        context.insert(format!("default_{name}"), Value::Boolean(false));
    }
    Value::Struct(context)
}

/// The fields that name who is responsible for a record, where it can be nobody.
fn responsible(fields: &OdooFields) -> Vec<&'static str> {
    let can_be_nobody =
        |name: &&str| fields.get(*name).is_some_and(|field| !field.required && field.relation == "res.users");
    ["user_id", "user_ids"].into_iter().filter(can_be_nobody).collect()
}

/// The field that holds the mail's text as HTML.
fn described(fields: &OdooFields) -> Option<&'static str> {
    ["description", "body"].into_iter().find(|name| fields.get(*name).is_some_and(|field| field.kind == "html"))
}
