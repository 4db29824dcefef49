//! What the mails of a round ask of the far end: asked once for all of them, and kept for that round only. What the round
//! makes there is entered, so that its mails know of each other.

use std::collections::{HashMap, HashSet};

use super::Shipment;
use super::contacts::{CONTACTS, OdooContact};
use super::deliver::contact_name;
use super::lead::{CitedMessage, Joined, Thread};
use super::plan::{LOOP_MAILS, recipients, wrote_of_late};
use super::post::Followers;
use super::session::Odoo;
use super::value::{any_of, condition, id, id_of, numbers, text, text_of, texts};
use super::wire::CallError;
use crate::domain::address::{has_address, normalize};
use crate::domain::server::SenderPolicy;
use crate::xmlrpc::Value;

/// More messages are not looked at for all mails at once.
const MESSAGES: usize = 2_000;

/// Empty where a mail is alone; then it asks for itself.
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
            shipments.iter().filter_map(|shipment| normalize(&shipment.sender().address)).collect();
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
            let normal = normalize(&shipment.sender().address);
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
