//! How one message is to be delivered. Only reads.

use super::columns::needs_contact;
use super::contacts::Contact;
use super::fault::Kind;
use super::gateway::Case;
use super::session::Odoo;
use super::threads::Thread;
use super::transport::CallError;
use super::{Plan, Shipment};
use crate::domain::address::Address;
use crate::domain::handover::Method;
use crate::domain::ledger::Reason;
use crate::domain::route::Step;
use crate::domain::server::SenderPolicy;

impl<'a> Shipment<'a> {
    /// Who wrote it: as a person says, or as it says itself.
    pub(super) fn sender(&self) -> &'a Address {
        self.handover.sender.as_ref().unwrap_or(&self.message.from)
    }
}

/// The rules tried so far.
#[derive(Default)]
struct Trace(Vec<Step>);

impl Trace {
    fn note(&mut self, rule: &str, applied: bool, why: impl Into<String>) {
        self.0.push(Step { rule: rule.to_owned(), applied, why: why.into() });
    }

    fn hold(mut self, rule: &str, reason: Reason, detail: impl Into<String>) -> Plan {
        let detail = detail.into();
        self.note(rule, true, detail.clone());
        Plan::Hold { reason, detail, trace: self.0 }
    }
}

impl Odoo {
    pub(super) fn make_plan(&mut self, shipment: &Shipment<'_>) -> Result<Plan, CallError> {
        let mut trace = Trace::default();
        let handover = shipment.handover;
        let model = handover.model.as_str();
        let fields = match self.fields(model) {
            Ok(fields) => fields,
            Err(CallError::Fault(fault)) if fault.kind == Kind::Model => {
                let detail = format!("There is no record type {model} at {} (any more).", self.connection().name);
                return Ok(trace.hold("target", Reason::NoRecordType, detail));
            }
            Err(error) => return Err(error),
        };
        if let Some(record) = handover.record {
            if !self.exists(model, record)? {
                let detail = format!("Record {record} of {model} is not there any more.");
                return Ok(trace.hold("remote_thread", Reason::RecordGone, detail));
            }
            trace.note("remote_thread", true, format!("It joins record {record} of {model} there."));
        }
        let alone = handover.record.is_some() || handover.apart;
        let answers = if alone { None } else { self.answered(shipment.message)? };
        match &answers {
            Some(Thread { model, id }) => {
                trace.note("remote_thread", true, format!("It answers mail on record {id} of {model} there."));
            }
            None if handover.apart => {
                trace.note("remote_thread", false, "It joins no record there: its sender is none of those it answers.");
            }
            None if handover.record.is_none() => {
                trace.note("remote_thread", false, "It answers no mail that is known there.");
            }
            None => {}
        }
        let joins = handover.record.is_some() || answers.is_some();
        let found = self.sender(&shipment.sender().address)?;
        let partner = handover.partner.or(found.as_ref().map(|contact| contact.id));
        let missing = partner.is_none() && !joins;
        let wanted = needs_contact(&fields) || (shipment.sender_policy == SenderPolicy::Known && !handover.forced);
        let new_contact = missing && shipment.sender_policy == SenderPolicy::Create;
        let who = shipment.sender().display();
        if missing && (wanted || new_contact) && shipment.sender().normalized().is_none() {
            return Ok(trace.hold("remote_sender", Reason::UnknownSender, "The mail names no sender."));
        }
        if missing && wanted && !new_contact {
            return Ok(trace.hold("remote_sender", Reason::UnknownSender, format!("{who} is no contact there.")));
        }
        trace.note(
            "remote_sender",
            partner.is_some(),
            sender_words(&who, handover.partner, found.as_ref(), new_contact),
        );
        let case = Case { shipment, fields: &fields, answers: answers.as_ref(), sender: found.as_ref(), new_contact };
        let method = match self.objection(&case)? {
            None => {
                trace.note("method", true, "The mail gateway there takes it, with its own rules.");
                Method::Gateway
            }
            Some(why) => {
                trace.note("method", true, format!("Made and posted without the mail gateway there. {why}"));
                Method::CreateAndPost
            }
        };
        Ok(Plan::Deliver { method, partner, new_contact, trace: trace.0 })
    }
}

fn sender_words(who: &str, linked: Option<i32>, found: Option<&Contact>, new_contact: bool) -> String {
    match (linked, found) {
        (Some(partner), _) => format!("A person linked contact {partner} there."),
        (None, Some(contact)) => format!("{who} is contact {} there, {}.", contact.id, contact.name),
        (None, None) if new_contact => format!("{who} is no contact there; one is made."),
        (None, None) => format!("{who} is no contact there."),
    }
}
