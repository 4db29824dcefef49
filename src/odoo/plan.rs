//! How one message is to be delivered. Only reads.

use std::io;

use super::contacts::OdooContact;
use super::deliver::not_read;
use super::fault::OdooFaultKind;
use super::lead::{GatewayLead, Joined, Thread};
use super::models::{OdooFields, looks_senders_up, needs_contact, takes_anonymous};
use super::raw::{begins_with_a_field, has_whole_head, head};
use super::session::Odoo;
use super::target::far_values;
use super::wire::{CallError, OdooRow, any_of, condition, text, text_of, texts};
use super::{DeliveryPlan, Shipment};
use crate::domain::connection::RemoteProtocol;
use crate::domain::handover::Method;
use crate::domain::ledger::Reason;
use crate::domain::message::{Address, Automatic, Message, normalize_address};
use crate::domain::route::TraceStep;
use crate::domain::server::{SenderPolicy, SharedAddress};
use crate::domain::words::Sentence;
use crate::say;
use crate::xmlrpc::{Stretch, Value, is_text};

impl<'a> Shipment<'a> {
    /// Who wrote it: as a person says, or as it says itself.
    pub(super) fn sender(&self) -> &'a Address {
        self.handover.sender.as_ref().unwrap_or(&self.message.from)
    }
}

/// The rules tried so far.
#[derive(Default)]
struct PlanTrace(Vec<TraceStep>);

impl PlanTrace {
    fn note(&mut self, rule: &str, applied: bool, why: Sentence) {
        self.0.push(TraceStep { rule: rule.to_owned(), applied, why });
    }

    fn hold(mut self, hold: PlanHold) -> DeliveryPlan {
        let PlanHold { rule, reason, detail } = hold;
        self.note(rule, true, detail.clone());
        DeliveryPlan::Hold { reason, detail, trace: self.0 }
    }
}

/// The rule by which a message waits for a person, and why.
struct PlanHold {
    rule: &'static str,
    reason: Reason,
    detail: Sentence,
}

impl PlanHold {
    fn new(rule: &'static str, reason: Reason, detail: Sentence) -> Self {
        Self { rule, reason, detail }
    }

    fn of_sender(detail: Sentence) -> Self {
        Self::new("remote_sender", Reason::UnknownSender, detail)
    }
}

/// Whose mail it is over there.
struct PlannedSender {
    partner: Option<i32>,
    /// The sender's contact is made first.
    new_contact: bool,
    /// The sender's contact, found by the address.
    found: Option<OdooContact>,
}

impl Odoo {
    pub(super) fn make_plan(&mut self, shipment: &Shipment<'_>) -> Result<DeliveryPlan, CallError> {
        let mut trace = PlanTrace::default();
        let handover = shipment.handover;
        let model = handover.model.as_str();
        let fields = match self.fields(model) {
            Ok(fields) => fields,
            Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Model => {
                let detail = say!("trace-remote-model-gone", model, name = self.connection().name);
                return Ok(trace.hold(PlanHold::new("target", Reason::NoRecordType, detail)));
            }
            Err(error) => return Err(error),
        };
        let joined = match self.planned_record(shipment, &mut trace)? {
            Ok(joined) => joined,
            Err(hold) => return Ok(trace.hold(hold)),
        };
        let joins = joined.thread.is_some();
        let sender = match self.planned_sender(shipment, &fields, joins, &mut trace)? {
            Ok(sender) => sender,
            Err(hold) => return Ok(trace.hold(hold)),
        };
        if !joins && let Err(name) = far_values(&fields, shipment.values) {
            let detail = say!("trace-remote-far-value", name, model);
            return Ok(trace.hold(PlanHold::new("fields_there", Reason::Refused, detail)));
        }
        let case = Case {
            shipment,
            fields: &fields,
            joined: &joined,
            sender: sender.found.as_ref(),
            new_contact: sender.new_contact,
        };
        let method = self.planned_method(&case, &mut trace)?;
        let PlannedSender { partner, new_contact, .. } = sender;
        Ok(DeliveryPlan::Deliver { method, partner, new_contact, is_new: !joins, trace: trace.0 })
    }

    /// The record there that it joins, if it joins one.
    fn planned_record(
        &mut self,
        shipment: &Shipment<'_>,
        trace: &mut PlanTrace,
    ) -> Result<Result<Joined, PlanHold>, CallError> {
        let handover = shipment.handover;
        if let Some(record) = handover.record {
            let model = handover.model.as_str();
            if !self.exists(model, record)? {
                let detail = say!("trace-remote-record-gone", record, model);
                return Ok(Err(PlanHold::new("remote_thread", Reason::RecordGone, detail)));
            }
            trace.note("remote_thread", true, say!("trace-remote-joins", record, model));
        }
        let joined = self.joined(shipment)?;
        match &joined.thread {
            Some(_) if handover.record.is_some() => {}
            Some(Thread { model, id }) => {
                trace.note("remote_thread", true, say!("trace-remote-answers", id, model));
            }
            None if handover.apart => {
                trace.note("remote_thread", false, say!("trace-remote-apart"));
            }
            None => {
                trace.note("remote_thread", false, say!("trace-remote-answers-none"));
            }
        }
        Ok(Ok(joined))
    }

    /// Whose mail it is: the contact that a person linked, that was remembered or that has the address, or that is to be made.
    fn planned_sender(
        &mut self,
        shipment: &Shipment<'_>,
        fields: &OdooFields,
        joins: bool,
        trace: &mut PlanTrace,
    ) -> Result<Result<PlannedSender, PlanHold>, CallError> {
        let handover = shipment.handover;
        let senders = self.senders(&shipment.sender().address)?;
        let registrants = senders.iter().filter(|contact| contact.is_registrant).count();
        let found = senders.into_iter().next();
        let remembered = match shipment.linked.filter(|_| handover.partner.is_none()) {
            Some(linked) => {
                let known = self.known_contact(linked)?.map(|contact| contact.id);
                if known.is_none() {
                    trace.note("remote_sender", false, say!("trace-remote-link-gone", partner = linked));
                }
                known
            }
            None => None,
        };
        let said = handover.partner.or(remembered);
        let partner = said.or(found.as_ref().map(|contact| contact.id));
        let missing = partner.is_none() && !joins;
        let needs_contact = needs_contact(fields);
        let anonymous = missing && shipment.sender_policy == SenderPolicy::Anonymous && takes_anonymous(fields);
        let known_only = matches!(shipment.sender_policy, SenderPolicy::Known | SenderPolicy::Anonymous);
        let wanted = !anonymous && (needs_contact || (known_only && !handover.forced));
        let new_contact = missing && shipment.sender_policy == SenderPolicy::Create;
        let who = shipment.sender().display();
        if registrants > 1 && said.is_none() && !joins {
            // A family may share an address: who complains is for a person to say, unless the administrator chose a rule.
            if shipment.shared_address == SharedAddress::Ask {
                let detail = say!("trace-remote-registrants", count = registrants, who);
                return Ok(Err(PlanHold::of_sender(detail)));
            }
            trace.note("remote_sender", true, say!("trace-remote-oldest", count = registrants, who));
        }
        if missing && (wanted || new_contact) && shipment.sender().normalized().is_none() {
            let detail = match needs_contact {
                true => say!("trace-remote-sender-needed"),
                false => say!("trace-remote-no-sender"),
            };
            return Ok(Err(PlanHold::of_sender(detail)));
        }
        if missing && wanted && !new_contact {
            let detail = match needs_contact {
                true => say!("trace-remote-contact-needed", who),
                false => say!("trace-remote-no-contact", who),
            };
            return Ok(Err(PlanHold::of_sender(detail)));
        }
        let made_before = if new_contact { self.sender_made_before(shipment.sender())? } else { None };
        let (partner, new_contact) = (partner.or(made_before), new_contact && made_before.is_none());
        let words = match (remembered, made_before) {
            (Some(partner), _) => say!("trace-remote-remembered", who, partner),
            (None, Some(partner)) => say!("trace-remote-made-before", who, partner),
            (None, None) if anonymous => say!("trace-remote-anonymous", who),
            (None, None) => sender_words(&who, handover.partner, found.as_ref(), new_contact),
        };
        trace.note("remote_sender", partner.is_some(), words);
        Ok(Ok(PlannedSender { partner, new_contact, found }))
    }

    /// How it goes there, with what that needs to be told.
    fn planned_method(&mut self, case: &Case<'_>, trace: &mut PlanTrace) -> Result<Method, CallError> {
        Ok(match self.way(case)? {
            PlannedWay::Company => {
                trace.note("method", true, say!("trace-remote-company"));
                Method::CreateAndPost
            }
            PlannedWay::Gateway => {
                trace.note("method", true, say!("trace-remote-gateway"));
                if let Some(alias) = self.forwards(case.shipment.message, case.joined)? {
                    trace.note("remote_alias", true, say!("trace-remote-forward", alias));
                }
                Method::Gateway
            }
            PlannedWay::Without(why) => {
                trace.note("method", true, say!("trace-remote-without-gateway", why));
                self.note_told(case.joined, trace);
                Method::CreateAndPost
            }
        })
    }

    /// Of a message that the account posts itself, whom this version lets it tell.
    fn note_told(&mut self, joined: &Joined, trace: &mut PlanTrace) {
        let Some(thread) = joined.thread.as_ref().filter(|_| !self.version().can_skip_followers()) else { return };
        if self.followers(thread).is_ok_and(|followers| !followers.outside.is_empty()) {
            let version = self.version().text.clone();
            trace.note("remote_told", true, say!("trace-remote-told-by-name", version));
        }
    }
}

fn sender_words(who: &str, linked: Option<i32>, found: Option<&OdooContact>, new_contact: bool) -> Sentence {
    match (linked, found) {
        (Some(partner), _) => say!("trace-remote-linked", partner),
        (None, Some(contact)) => say!("trace-remote-contact", who, id = contact.id, name = contact.name),
        (None, None) if new_contact => say!("trace-remote-new-contact", who),
        (None, None) => say!("trace-remote-no-contact", who),
    }
}

/// Odoo's loop guard mails the sender after 20 records within 120 minutes; we stay well below.
pub(super) const LOOP_MAILS: i32 = 10;
const LOOP_MINUTES: i64 = 120;
/// More aliases than a mail is addressed to, and more domains than an Odoo has.
const ALIASES: i32 = 50;
const DOMAINS: i32 = 200;
/// Sets of recipients whose aliases are kept in mind.
const RECIPIENTS: usize = 500;

/// What is known of a message when the way is chosen.
pub(super) struct Case<'a> {
    pub shipment: &'a Shipment<'a>,
    pub fields: &'a OdooFields,
    /// The record there that it joins, and how the gateway is led to it.
    pub joined: &'a Joined,
    /// The sender's contact, found by the address.
    pub sender: Option<&'a OdooContact>,
    /// The sender's contact is made first.
    pub new_contact: bool,
}

/// How a mail goes there.
enum PlannedWay {
    /// Its record is made together with those of others.
    Company,
    Gateway,
    /// Not through the gateway, and why.
    Without(Sentence),
}

impl Odoo {
    fn way(&mut self, case: &Case<'_>) -> Result<PlannedWay, CallError> {
        if self.goes_in_company(case)? {
            return Ok(PlannedWay::Company);
        }
        Ok(self.objection(case)?.map_or(PlannedWay::Gateway, PlannedWay::Without))
    }

    /// Whether a mail may become a record together with others, in one call, in place of going through the gateway alone:
    /// where that would make the same of it, and its own rules lead it nowhere else.
    fn goes_in_company(&mut self, case: &Case<'_>) -> Result<bool, CallError> {
        let Case { shipment, fields, joined, .. } = case;
        let message = shipment.message;
        // The gateway notes who else got the mail where the record has a place for that.
        let notes_others = !message.cc.is_empty() && fields.contains_key("email_cc");
        if !shipment.in_company || joined.thread.is_some() || notes_others {
            return Ok(false);
        }
        if !self.makes_alike(&shipment.handover.model)? {
            return Ok(false);
        }
        Ok(self.aliases(&recipients([&message.to, &message.cc, &message.delivered_to]))?.is_empty())
    }

    /// Why the far end's gateway must not have this message; None where it may.
    fn objection(&mut self, case: &Case<'_>) -> Result<Option<Sentence>, CallError> {
        if let Some(why) = plain_objection(case.shipment, &case.joined.lead).map_err(not_read)? {
            return Ok(Some(why));
        }
        // What JSON can't carry as it is, our own reader has decoded.
        if self.protocol() == RemoteProtocol::Json2 && !is_text(&vec![Stretch::all_of(case.shipment.source)]) {
            return Ok(Some(say!("trace-remote-no-text")));
        }
        let address = &case.shipment.message.from.address;
        let is_new = case.joined.thread.is_none();
        if is_new && looks_senders_up(case.fields) && !case.new_contact && !self.knows_exactly(case.sender, address)? {
            return Ok(Some(say!("trace-remote-lookup", address)));
        }
        if let Some(address) = self.trap(case.shipment.message, case.joined)? {
            return Ok(Some(say!("trace-remote-trap", address)));
        }
        if self.writes_often(address, case.joined.thread.as_ref())? {
            return Ok(Some(say!("trace-remote-often", address)));
        }
        Ok(None)
    }

    /// Whether a contact's e-mail is exactly this address, as OpenSPP's `message_new` asks.
    pub(super) fn knows_exactly(&mut self, sender: Option<&OdooContact>, address: &str) -> Result<bool, CallError> {
        if sender.is_some_and(|contact| contact.email == address) {
            return Ok(true);
        }
        if let Some(all) = normalize_address(address).and_then(|normal| self.ahead.contacts(&normal)) {
            return Ok(all.iter().any(|contact| contact.email == address));
        }
        let domain = Value::Array(vec![condition("email", "=", text(address))]);
        Ok(!self.search_read("res.partner", domain, &["id"], "id", 1)?.is_empty())
    }

    /// An address among the recipients that could make Odoo mail the sender: an alias that is not open to everyone, or
    /// that was never tried; the catchall; the bounce address. And an alias that would lead the mail elsewhere than to
    /// the record that it joins.
    fn trap(&mut self, message: &Message, joined: &Joined) -> Result<Option<String>, CallError> {
        let recipients = recipients([&message.to, &message.cc, &message.delivered_to]);
        if recipients.is_empty() {
            return Ok(None);
        }
        if let Some(alias) = self.closed_alias(&recipients, joined)? {
            return Ok(Some(alias));
        }
        if !self.version().has_alias_domains() {
            return Ok(None);
        }
        Ok(self.special_addresses()?.iter().find(|address| recipients.contains(&address.to_lowercase())).cloned())
    }

    /// An alias there among those whom a reply is written to (`To`). Odoo takes a reply that is written to an alias of
    /// another model for a forward to it: the mail becomes a record of that model, and stands on no other. So it is left
    /// to the gateway, which alone knows for sure: an ordinary account may not read an alias' model. What it made of the
    /// mail is asked for afterwards, by its Message-ID. A closed alias of any model never comes this far.
    fn forwards(&mut self, message: &Message, joined: &Joined) -> Result<Option<String>, CallError> {
        if joined.thread.is_none() {
            return Ok(None);
        }
        let aliases = self.aliases(&recipients([&message.to]))?;
        Ok(aliases.first().and_then(|row| text_of(row, "alias_name")))
    }

    /// Catchall and bounce addresses; asked for once in a session.
    fn special_addresses(&mut self) -> Result<Vec<String>, CallError> {
        if let Some(known) = &self.known.special_addresses {
            return Ok(known.clone());
        }
        // Computed by Odoo, so not to be searched for.
        let special = ["catchall_email", "bounce_email"];
        let domains = self.search_read("mail.alias.domain", Value::Array(Vec::new()), &special, "id", DOMAINS)?;
        let named = domains.iter().flat_map(|row| special.iter().filter_map(|field| text_of(row, field)));
        Ok(self.known.special_addresses.insert(named.collect()).clone())
    }

    /// The aliases there among these addresses. Most mail of a mailbox is written to the same ones.
    pub(super) fn aliases(&mut self, recipients: &[String]) -> Result<Vec<OdooRow>, CallError> {
        if recipients.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(aliases) = self.known.aliases.get(recipients) {
            return Ok(aliases.clone());
        }
        let locals: Vec<&str> =
            recipients.iter().filter_map(|address| address.split_once('@')).map(|(local, _)| local).collect();
        let by_local = condition("alias_name", "in", texts(&locals));
        let (domain, fields) = if self.version().has_alias_domains() {
            let all: Vec<&str> = recipients.iter().map(String::as_str).collect();
            let anywhere = condition("alias_incoming_local", "=", Value::Boolean(true));
            let full = condition("alias_full_name", "in", texts(&all));
            let domain = vec![text("|"), full, text("&"), by_local, anywhere];
            (domain, ["alias_name", "alias_contact", "alias_status"].as_slice())
        } else {
            (vec![by_local], ["alias_name", "alias_contact"].as_slice())
        };
        let found = self.search_read("mail.alias", Value::Array(domain), fields, "id", ALIASES)?;
        if self.known.aliases.len() >= RECIPIENTS {
            self.known.aliases.clear();
        }
        self.known.aliases.insert(recipients.to_vec(), found.clone());
        Ok(found)
    }

    fn closed_alias(&mut self, recipients: &[String], joined: &Joined) -> Result<Option<String>, CallError> {
        let aliases = self.aliases(recipients)?;
        if aliases.is_empty() {
            return Ok(None);
        }
        // Where a record can't be made for a passing reason, an administrator's call marks the alias as broken and
        // mails the sender; anybody else's fails as a whole.
        let marks = self.may("mail.alias", "write")?;
        // By its number alone a record is found only where no alias is.
        let leads_away = joined.thread.is_some() && joined.lead == GatewayLead::Bare;
        let open = |row: &OdooRow| {
            let says = |field, word| text_of(row, field).is_none_or(|text| text == word);
            !marks && !leads_away && says("alias_contact", "everyone") && says("alias_status", "valid")
        };
        Ok(aliases.iter().find(|row| !open(row)).map(|row| text_of(row, "alias_name").unwrap_or_default()))
    }

    /// Whether Odoo could take the sender for a machine: for a new record all it wrote counts, else what it wrote on that
    /// one.
    fn writes_often(&mut self, address: &str, thread: Option<&Thread>) -> Result<bool, CallError> {
        if address.is_empty() {
            return Ok(false);
        }
        let most = usize::try_from(LOOP_MAILS).unwrap_or_default();
        if let Some(written) = self.ahead.written(address, thread) {
            return Ok(written >= most);
        }
        let Value::Array(mut domain) = wrote_of_late(&[address]) else { return Ok(false) };
        if let Some(thread) = thread {
            domain.push(condition("model", "=", text(&thread.model)));
            domain.push(condition("res_id", "=", Value::Integer(thread.id)));
        }
        let domain = Value::Array(domain);
        let found = self.search_read("mail.message", domain, &["id"], "id desc", LOOP_MAILS)?;
        Ok(found.len() >= most)
    }
}

/// What these addresses wrote within the time that Odoo's loop guard looks at.
pub(super) fn wrote_of_late(addresses: &[&str]) -> Value {
    let since = crate::domain::now() - chrono::TimeDelta::minutes(LOOP_MINUTES);
    let since = since.format("%Y-%m-%d %H:%M:%S").to_string();
    let mut domain = vec![condition("message_type", "=", text("email")), condition("create_date", ">", text(&since))];
    let from = |address: &&str| condition("email_from", "ilike", text(&super::wire::literal(address)));
    if let Value::Array(writers) = any_of(addresses.iter().map(from).collect()) {
        domain.extend(writers);
    }
    Value::Array(domain)
}

/// Addresses in small letters.
pub(super) fn recipients<const N: usize>(fields: [&Vec<Address>; N]) -> Vec<String> {
    let all = fields.into_iter().flatten().map(|address| address.address.to_lowercase());
    all.filter(|address| address.contains('@')).collect()
}

/// What can be seen without asking.
fn plain_objection(shipment: &Shipment<'_>, lead: &GatewayLead) -> io::Result<Option<Sentence>> {
    let message = shipment.message;
    if shipment.handover.sender.is_some() {
        return Ok(Some(say!("trace-remote-corrected")));
    }
    if matches!(message.automatic, Automatic::Bounce { .. } | Automatic::AutoReply { .. }) {
        return Ok(Some(say!("trace-remote-machine")));
    }
    let head = head(shipment.source)?;
    let is_changed = *lead != GatewayLead::AsWritten;
    if !begins_with_a_field(&head) || !is_plain(&message.from.address) || is_changed && !has_whole_head(&head) {
        return Ok(Some(say!("trace-remote-unusual")));
    }
    Ok(None)
}

/// An address that every reader reads alike.
fn is_plain(address: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-=~!#$&'*/?^`{|}@".contains(c);
    address.matches('@').count() == 1 && address.chars().all(plain)
}
