//! Carries a delivery out, so that a repeat finds and completes what an earlier call has left.

use super::columns::needs_contact;
use super::contacts::quiet;
use super::fault::{Fault, Kind};
use super::http::Unanswered;
use super::raw::under;
use super::session::Odoo;
use super::threads::Thread;
use super::transport::CallError;
use super::value::{id, members, text};
use super::{Arrived, Shipment, Trouble, TroubleKind};
use crate::domain::handover::Method;
use crate::xmlrpc::{Param, Value};

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
            CallError::Unanswered(Unanswered::TooLarge(detail)) => return Ok(Arrived::Refused { detail }),
            CallError::Fault(fault) => fault,
            error => return Err(self.trouble(error)),
        };
        match fault.kind {
            Kind::Rule | Kind::Program => Ok(Arrived::Refused { detail: fault.said }),
            Kind::Model => {
                let detail =
                    format!("{} Install its module there, or choose another record type.", sentence(&fault.said));
                Ok(Arrived::Refused { detail })
            }
            // An ordinary account may not mark an alias as broken, which Odoo tries where a record can't be made now.
            Kind::Forbidden if fault.said.contains("mail.alias") => {
                Err(self.trouble(CallError::Fault(Fault { kind: Kind::Busy, ..fault })))
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
            Param::Binary(under(shipment.source, &shipment.handover.message_id)),
            custom.into(),
            Value::Boolean(shipment.original).into(),
            Value::Boolean(!shipment.attach).into(),
        ];
        let answer = match self.write("mail.thread", "message_process", args, vec![("context", quiet())]) {
            Err(CallError::Fault(fault)) if fault.kind == Kind::Nothing => {
                let detail = "Odoo's loop guard dropped it: it answers a notice about a mail loop, or its sender wrote too often.";
                return Ok(Arrived::Dropped { detail: detail.into() });
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
            (None, None) => {
                Arrived::Dropped { detail: "Odoo took it for a bounce, or knows its Message-ID already.".into() }
            }
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
        let thread = match known {
            Some(thread) => thread,
            None => Thread { model: handover.model.clone(), id: self.load_record(shipment, &xml_id, partner)? },
        };
        let files = self.load_files(shipment, &xml_id, &thread)?;
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
        let words = format!("“{}” may not read a record of {model} that it made.", self.connection().login);
        Trouble { kind: TroubleKind::Configuration, words, remedy: super::remedy::rights() }.into()
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
