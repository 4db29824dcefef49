//! The mails of a round, taken together: what they would ask one by one is asked once for all of them, and new records
//! that the far end would make the same of are made by one call.

use std::collections::{HashMap, HashSet};

use super::contacts::{CONTACTS, OdooContact, quiet};
use super::deliver::{LoadRow, contact_name, contact_row, external_id, made, once};
use super::fault::OdooFaultKind;
use super::lead::{CitedMessage, Followers, Joined, Thread};
use super::plan::{LOOP_MAILS, recipients, wrote_of_late};
use super::session::Odoo;
use super::wire::{CallError, any_of, condition, id, id_of, numbers, text, text_of, texts};
use super::{RecordOrder, Shipment, Trouble};
use crate::domain::connection::Together;
use crate::domain::message::{has_address, normalize_address};
use crate::domain::server::SenderPolicy;
use crate::xmlrpc::Value;

/// More messages are not looked at for all mails at once.
const MESSAGES: usize = 2_000;

/// What the mails of a round ask of the far end, asked once for all of them and kept for that round only. What the round makes
/// there is entered, so that its mails know of each other. Empty where a mail is alone, which asks for itself.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// All contacts of these addresses in normal form, registrants first.
    contacts: HashMap<String, Vec<OdooContact>>,
    /// Contacts that were made for addresses before, by the names of their external ids.
    made_before: HashMap<String, Option<i32>>,
    /// Message-IDs that were asked for, and what is there of them, the latest first.
    asked: HashSet<String>,
    messages: Vec<CitedMessage>,
    records: HashMap<Thread, bool>,
    /// What these addresses wrote of late, and where.
    writers: HashSet<String>,
    written: Vec<(String, Option<Thread>)>,
    /// Where the planned mails join, by their Message-IDs there.
    pub joined: HashMap<String, Joined>,
    /// The contact that was found last.
    pub contact: Option<OdooContact>,
    /// Records that were made for mails of this round and wait for their message, by external id.
    pub made: HashMap<String, Thread>,
    pub followers: HashMap<Thread, Followers>,
    /// Contacts that are to follow records which were made together.
    pub to_follow: Vec<(Thread, i32)>,
}

impl Ahead {
    /// None where it was not asked for.
    pub(super) fn contacts(&self, normal: &str) -> Option<Vec<OdooContact>> {
        self.contacts.get(normal).cloned()
    }

    pub(super) fn contact(&self, id: i32) -> Option<OdooContact> {
        self.contact.iter().chain(self.contacts.values().flatten()).find(|contact| contact.id == id).cloned()
    }

    /// One that was made in this round, of an address that was asked for.
    pub(super) fn enter(&mut self, normal: &str, contact: OdooContact) {
        if let Some(known) = self.contacts.get_mut(normal) {
            known.push(contact);
        }
    }

    /// The contact that was made for an address before; None where that was not asked for.
    pub(super) fn made_before(&self, name: &str) -> Option<Option<i32>> {
        self.made_before.get(name).copied()
    }

    /// The messages there of these Message-IDs, the latest first; None where they were not asked for.
    pub(super) fn messages(&self, ids: &[&str]) -> Option<Vec<CitedMessage>> {
        let asked = ids.iter().all(|id| self.asked.contains(*id));
        asked.then(|| self.messages.iter().filter(|one| ids.contains(&one.message_id.as_str())).cloned().collect())
    }

    /// Whether a record is there; None where that was not asked for.
    pub(super) fn exists(&self, thread: &Thread) -> Option<bool> {
        self.records.get(thread).copied()
    }

    /// One more that an address wrote.
    pub(super) fn note_written(&mut self, address: &str, on: Option<&Thread>) {
        let address = address.to_lowercase();
        if self.writers.contains(&address) {
            self.written.push((address, on.cloned()));
        }
    }

    /// How many mails an address wrote of late, at all or on one record; None where that was not asked for.
    pub(super) fn written(&self, address: &str, on: Option<&Thread>) -> Option<usize> {
        let address = address.to_lowercase();
        let counts = |(from, thread): &&(String, Option<Thread>)| {
            from.contains(&address) && on.is_none_or(|on| thread.as_ref() == Some(on))
        };
        self.writers.contains(&address).then(|| self.written.iter().filter(counts).count())
    }
}

impl Odoo {
    /// See [`super::Remote::look_ahead`].
    pub(super) fn ask_ahead(&mut self, shipments: &[Shipment<'_>]) -> Result<(), CallError> {
        self.ahead = Ahead::default();
        if shipments.len() < 2 {
            return Ok(());
        }
        self.ask_contacts(shipments)?;
        self.ask_made_before(shipments);
        self.ask_messages(shipments)?;
        self.ask_records(shipments)?;
        self.ask_aliases(shipments)?;
        self.ask_written(shipments)
    }

    fn ask_contacts(&mut self, shipments: &[Shipment<'_>]) -> Result<(), CallError> {
        let normal: HashSet<String> =
            shipments.iter().filter_map(|shipment| normalize_address(&shipment.sender().address)).collect();
        let normal: Vec<String> = normal.into_iter().collect();
        if normal.is_empty() {
            return Ok(());
        }
        let limit = CONTACTS.saturating_mul(i32::try_from(normal.len()).unwrap_or(CONTACTS));
        let conditions = self.conditions_of_senders(&normal)?;
        let mut found = self.contacts(any_of(conditions), limit)?;
        if i32::try_from(found.len()).is_ok_and(|count| count < limit) {
            // Stable: each kind by its numbers.
            found.sort_by_key(|contact| !contact.is_registrant);
            for normal in normal {
                let own = found.iter().filter(|contact| has_address(&contact.email, &normal)).cloned().collect();
                self.ahead.contacts.insert(normal, own);
            }
        }
        Ok(())
    }

    /// The account may have no right to read where these stand; then each mail asks for its own.
    fn ask_made_before(&mut self, shipments: &[Shipment<'_>]) {
        let unknown = |shipment: &&Shipment<'_>| {
            let normal = normalize_address(&shipment.sender().address);
            shipment.sender_policy == SenderPolicy::Create
                && normal.is_some_and(|normal| self.ahead.contacts.get(&normal).is_some_and(Vec::is_empty))
        };
        let names: HashSet<String> =
            shipments.iter().filter(unknown).map(|shipment| contact_name(shipment.sender())).collect();
        if names.is_empty() {
            return;
        }
        let listed: Vec<&str> = names.iter().map(String::as_str).collect();
        let domain = Value::Array(vec![
            condition("module", "=", text("mailgate")),
            condition("model", "=", text("res.partner")),
            condition("name", "in", texts(&listed)),
        ]);
        let limit = i32::try_from(listed.len()).unwrap_or(i32::MAX);
        if let Ok(rows) = self.search_read("ir.model.data", domain, &["name", "res_id"], "id", limit) {
            let made: HashMap<String, i32> =
                rows.iter().filter_map(|row| Some((text_of(row, "name")?, id_of(row, "res_id")?))).collect();
            self.ahead.made_before = names.into_iter().map(|name| (name.clone(), made.get(&name).copied())).collect();
        }
    }

    fn ask_messages(&mut self, shipments: &[Shipment<'_>]) -> Result<(), CallError> {
        let ids: HashSet<&str> = shipments
            .iter()
            .flat_map(|shipment| {
                let message = shipment.message;
                let cited = message.references.iter().chain(&message.in_reply_to).map(String::as_str);
                cited.chain([shipment.handover.message_id.as_str()])
            })
            .filter(|id| id.len() > 2)
            .collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        if ids.len() > MESSAGES {
            return Ok(());
        }
        let found = self.messages_there(&ids, i32::try_from(MESSAGES).unwrap_or(i32::MAX))?;
        if found.len() < MESSAGES {
            self.ahead.asked = ids.into_iter().map(str::to_owned).collect();
            self.ahead.messages = found;
        }
        Ok(())
    }

    fn ask_records(&mut self, shipments: &[Shipment<'_>]) -> Result<(), CallError> {
        let mut wanted: HashMap<&str, Vec<i32>> = HashMap::new();
        for handover in shipments.iter().map(|shipment| shipment.handover) {
            if let Some(record) = handover.record {
                wanted.entry(&handover.model).or_default().push(record);
            }
        }
        for (model, records) in wanted {
            let domain = Value::Array(vec![condition("id", "in", numbers(&records))]);
            let Value::Array(found) = self.search_archived(model, domain, records.len())? else { continue };
            let found: Vec<i32> = found.iter().filter_map(id).collect();
            for id in records {
                let thread = Thread { model: model.to_owned(), id };
                self.ahead.records.insert(thread, found.contains(&id));
            }
        }
        Ok(())
    }

    /// Where nobody of them all is an alias there, which is usual.
    fn ask_aliases(&mut self, shipments: &[Shipment<'_>]) -> Result<(), CallError> {
        let each: HashSet<Vec<String>> = shipments
            .iter()
            .map(|shipment| recipients([&shipment.message.to, &shipment.message.cc, &shipment.message.delivered_to]))
            .collect();
        let unknown: Vec<Vec<String>> = each.into_iter().filter(|set| !self.known.aliases.contains_key(set)).collect();
        if unknown.len() < 2 {
            return Ok(());
        }
        let all: HashSet<String> = unknown.iter().flatten().cloned().collect();
        let all: Vec<String> = all.into_iter().collect();
        if self.aliases(&all)?.is_empty() {
            self.known.aliases.extend(unknown.into_iter().map(|set| (set, Vec::new())));
        }
        Ok(())
    }

    /// Of mail that the gateway there may have.
    fn ask_written(&mut self, shipments: &[Shipment<'_>]) -> Result<(), CallError> {
        let mut writers = HashSet::new();
        for shipment in shipments {
            let is_made_together = shipment.in_company && self.makes_alike(&shipment.handover.model)?;
            let address = shipment.message.from.address.to_lowercase();
            if !is_made_together && !address.is_empty() {
                writers.insert(address);
            }
        }
        let listed: Vec<&str> = writers.iter().map(String::as_str).collect();
        if listed.len() < 2 {
            return Ok(());
        }
        let most = i32::try_from(listed.len()).unwrap_or(i32::MAX).saturating_mul(LOOP_MAILS);
        let rows = self.search_read(
            "mail.message",
            wrote_of_late(&listed),
            &["email_from", "model", "res_id"],
            "id desc",
            most,
        )?;
        if i32::try_from(rows.len()).is_ok_and(|count| count < most) {
            let thread = |row| Some(Thread { model: text_of(row, "model")?, id: id_of(row, "res_id")? });
            let written = |row| Some((text_of(row, "email_from")?.to_lowercase(), thread(row)));
            self.ahead.written = rows.iter().filter_map(written).collect();
            self.ahead.writers = writers;
        }
        Ok(())
    }
}

/// A model of which new mails may become records by one `load()` for a whole round, instead of one call of the gateway each.
/// That is right only where both make the same of a mail: the gateway calls the model's `message_new`, which every module over
/// there may change, and `load()` does not. Of these models we know what `message_new` sets, and set the same.
struct AlikeModel {
    model: &'static str,
    /// The last version of Odoo of which that is so.
    until: u32,
    /// All that it sets of what a mail says; none where what a mail fills is known by the names of the fields.
    fields: Option<&'static [&'static str]>,
    /// Modules that extend it, and leave what a mail makes of it as it is.
    modules: &'static [&'static str],
}

static ALIKE: [AlikeModel; 2] = [
    AlikeModel {
        model: "crm.lead",
        // 19 then gives a lead to the leader of its team.
        until: 18,
        // Whose company it is and what it is about is for a person to say.
        fields: Some(&["name", "partner_id", "email_from"]),
        modules: &[
            "crm",
            "crm_iap_enrich",
            "crm_iap_mine",
            "crm_livechat",
            "crm_mail_plugin",
            "event_crm",
            "iap_crm",
            "sale_crm",
            "survey_crm",
            "website_crm",
            "website_crm_iap_reveal",
            "website_crm_livechat",
            "website_crm_partner_assign",
        ],
    },
    AlikeModel {
        model: "spp.grm.ticket",
        until: u32::MAX,
        fields: None,
        modules: &["spp_grm", "spp_grm_case_link", "spp_grm_cel", "spp_grm_programs", "spp_grm_registry"],
    },
];

/// What these models are made of, as far as it has to do with mail, and the modules that extend that and leave it as it is.
const PARTS: [&str; 5] = ["mail.thread", "mail.thread.blacklist", "mail.thread.cc", "mail.thread.phone", "utm.mixin"];
const OF_PARTS: [&str; 10] = [
    "iap_mail",
    "mail",
    "mail_bot",
    "phone_validation",
    "portal",
    "portal_rating",
    "rating",
    "sms",
    "snailmail",
    "utm",
];

/// Whether a mail fills this field of a new record of the model.
pub(super) fn is_filled(model: &str, field: &str) -> bool {
    let fields = ALIKE.iter().find(|alike| alike.model == model).and_then(|alike| alike.fields);
    fields.is_none_or(|fields| fields.contains(&field))
}

impl Odoo {
    /// Asked for once in a session.
    pub(super) fn makes_alike(&mut self, model: &str) -> Result<bool, CallError> {
        if let Some(known) = self.known.alike.get(model) {
            return Ok(*known);
        }
        let Some(alike) = ALIKE.iter().find(|alike| alike.model == model && self.version().major <= alike.until) else {
            return Ok(false);
        };
        let makes_alike = match self.connection().together {
            Together::Never => false,
            Together::Always => true,
            Together::Automatic => self.has_known_modules_alone(alike)?,
        };
        self.known.alike.insert(model.to_owned(), makes_alike);
        Ok(makes_alike)
    }

    /// Only administrators may read which modules extend a model.
    fn has_known_modules_alone(&mut self, alike: &AlikeModel) -> Result<bool, CallError> {
        let models: Vec<&str> = PARTS.into_iter().chain([alike.model]).collect();
        let limit = i32::try_from(models.len()).unwrap_or(i32::MAX);
        let named = Value::Array(vec![condition("model", "in", texts(&models))]);
        let rows = match self.search_read("ir.model", named, &["model", "modules"], "id", limit) {
            Err(CallError::Fault(fault)) => {
                tracing::info!(model = alike.model, said = fault.said, "modules that can't be read: one by one");
                return Ok(false);
            }
            rows => rows?,
        };
        let is_known = |module: &str| alike.modules.contains(&module) || OF_PARTS.contains(&module);
        let mut unknown: Vec<String> = Vec::new();
        let mut seen = false;
        for row in &rows {
            seen |= text_of(row, "model").as_deref() == Some(alike.model);
            let modules = text_of(row, "modules").unwrap_or_default();
            unknown.extend(modules.split(", ").filter(|module| !is_known(module)).map(str::to_owned));
        }
        if !unknown.is_empty() {
            tracing::info!(model = alike.model, ?unknown, "modules that may change what a mail becomes: one by one");
        }
        Ok(seen && unknown.is_empty())
    }
}

/// What became of each: see [`super::Remote::make_records`].
type Outcomes = Vec<Result<bool, Trouble>>;

/// Rows by model and columns, each with the place of its order.
type LoadTables = HashMap<(String, Vec<String>), Vec<(usize, LoadRow<'static>)>>;

/// OpenSPP numbers these without a gap where it does not say how.
const GAPLESS: &str = "spp.grm.ticket";
/// Sequences of one model that are looked at.
const SEQUENCES: i32 = 20;

impl Odoo {
    /// New records of several mails, made by one call of `load()`, all or none of them; each by the name of its external id,
    /// so that whatever becomes of the call, each is found and made once.
    pub(super) fn make_together(&mut self, orders: &[RecordOrder<'_>]) -> Outcomes {
        let mut outcomes: Outcomes = orders.iter().map(|_| Ok(false)).collect();
        let unclear = match self.make_senders(orders) {
            Ok(()) => None,
            Err(error) => self.unclear_of(error),
        };
        if let Some(trouble) = unclear {
            let concerned = orders.iter().zip(&mut outcomes).filter(|(order, _)| order.new_contact);
            concerned.for_each(|(_, outcome)| *outcome = Err(trouble.clone()));
            return outcomes;
        }
        // Rows of one call have the same columns: an empty cell would set what the model sets by itself.
        let mut tables = LoadTables::new();
        for (at, order) in orders.iter().enumerate() {
            // What is not to be made together finds out for itself why.
            if let Some(row) = self.row_of(order) {
                let columns = row.iter().map(|(name, _)| name.clone()).collect();
                tables.entry((order.shipment.handover.model.clone(), columns)).or_default().push((at, row));
            }
        }
        for ((model, _), rows) in tables.into_iter().filter(|(_, rows)| rows.len() > 1) {
            let (places, rows): (Vec<usize>, Vec<LoadRow<'static>>) = rows.into_iter().unzip();
            match self.make_rows(&model, &rows) {
                Ok(ids) => {
                    for (at, id) in places.iter().zip(&ids) {
                        let thread = Thread { model: model.clone(), id: *id };
                        let name = external_id(&orders[*at].shipment.handover.external_id);
                        self.ahead.made.insert(name, thread);
                        outcomes[*at] = Ok(true);
                    }
                    self.ask_followers(&model, &ids);
                }
                Err(error) => {
                    if let Some(trouble) = self.unclear_of(error) {
                        places.iter().for_each(|at| outcomes[*at] = Err(trouble.clone()));
                        // The others were not sent.
                        return outcomes;
                    }
                }
            }
        }
        outcomes
    }

    /// None where the far end said that nothing was done, or where nothing was sent.
    fn unclear_of(&self, error: CallError) -> Option<Trouble> {
        use super::TroubleKind::{Configuration, Cut, Temporary, TimedOut};
        if matches!(&error, CallError::Fault(fault) if fault.kind != OdooFaultKind::Unclear) {
            return None;
        }
        let trouble = self.trouble(error);
        match trouble.kind {
            Cut | TimedOut => Some(trouble),
            Temporary | Configuration => None,
        }
    }

    /// The contacts of those who have none yet.
    fn make_senders(&mut self, orders: &[RecordOrder<'_>]) -> Result<(), CallError> {
        let mut seen = HashSet::new();
        let mut senders = Vec::new();
        for sender in orders.iter().filter(|order| order.new_contact).map(|order| order.shipment.sender()) {
            let Some(normal) = sender.normalized() else { continue };
            if seen.insert(normal) && self.sender(&sender.address)?.is_none() {
                senders.push(sender);
            }
        }
        if senders.is_empty() {
            return Ok(());
        }
        let rows: Vec<LoadRow<'static>> = senders.iter().map(|sender| contact_row(sender)).collect();
        let table: Vec<&[_]> = rows.iter().map(Vec::as_slice).collect();
        let ids = self.load_rows("res.partner", &table, once(quiet()))?;
        for (sender, id) in senders.into_iter().zip(ids) {
            self.enter_contact(sender, id);
        }
        Ok(())
    }

    /// None where it is not to be made together with others: its message is there already, or something is wrong with it.
    fn row_of(&mut self, order: &RecordOrder<'_>) -> Option<LoadRow<'static>> {
        let shipment = &order.shipment;
        let there = self.ahead.messages(&[shipment.handover.message_id.as_str()])?;
        if !there.is_empty() {
            return None;
        }
        let partner = match order.new_contact {
            true => Some(self.sender(&shipment.sender().address).ok()??.id),
            false => order.partner,
        };
        self.record_row(shipment, &external_id(&shipment.handover.external_id), partner).ok()
    }

    fn make_rows(&mut self, model: &str, rows: &[LoadRow<'static>]) -> Result<Vec<i32>, CallError> {
        let context = once(made(&*self.fields(model)?));
        let table: Vec<&[_]> = rows.iter().map(Vec::as_slice).collect();
        self.load_rows(model, &table, context)
    }

    /// Where that can't be asked now, each asks for its own.
    fn ask_followers(&mut self, model: &str, records: &[i32]) {
        for (id, followers) in self.followers_of(model, records).unwrap_or_default() {
            self.ahead.followers.insert(Thread { model: model.to_owned(), id }, followers);
        }
    }

    /// See [`super::Remote::is_gapless`].
    pub(super) fn numbers_without_gap(&mut self, model: &str) -> bool {
        if let Some(known) = self.known.gapless.get(model) {
            return *known;
        }
        let domain = Value::Array(vec![condition("code", "=like", text(&format!("{model}%")))]);
        let found = self.search_read("ir.sequence", domain, &["implementation"], "id", SEQUENCES).unwrap_or_default();
        let is_gapless = match found.is_empty() {
            true => model == GAPLESS,
            false => found.iter().any(|row| text_of(row, "implementation").as_deref() == Some("no_gap")),
        };
        self.known.gapless.insert(model.to_owned(), is_gapless);
        is_gapless
    }
}
