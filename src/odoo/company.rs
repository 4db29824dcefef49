//! New records of several mails, made by one call of `load()`, all or none of them; each by the name of its external id, so
//! that whatever becomes of the call, each is found and made once.

use std::collections::{HashMap, HashSet};

use super::contacts::quiet;
use super::deliver::{LoadRow, contact_row, external_id, made, once};
use super::fault::OdooFaultKind;
use super::lead::Thread;
use super::session::Odoo;
use super::value::{condition, text, text_of};
use super::wire::CallError;
use super::{RecordOrder, Trouble};
use crate::xmlrpc::Value;

/// What became of each: see [`super::Remote::make_records`].
type Outcomes = Vec<Result<bool, Trouble>>;

/// Rows by model and columns, each with the place of its order.
type LoadTables = HashMap<(String, Vec<String>), Vec<(usize, LoadRow<'static>)>>;

/// OpenSPP numbers these without a gap where it does not say how.
const GAPLESS: &str = "spp.grm.ticket";
/// Sequences of one model that are looked at.
const SEQUENCES: i32 = 20;

impl Odoo {
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
