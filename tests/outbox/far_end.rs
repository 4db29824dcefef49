//! A far end in memory, to step through what no real Odoo does on demand: it cuts calls before or after they are done,
//! does them late, is away, or refuses.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::server::SenderPolicy;
use mailgate::domain::words::{Complaint, Sentence};
use mailgate::odoo::{Arrived, DeliveryPlan, RecordOrder, Remote, Shipment, Trouble, TroubleKind};
use mailgate::outbox::Dial;
use parking_lot::{Mutex, MutexGuard};

/// What befalls the next call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// None: it goes well.
    Fine,
    /// Cut on the way there.
    CutBefore,
    /// Cut on the way back: it was done.
    CutAfter,
    /// Cut, and done only once [`FarEnd::late_arrive`] is called.
    CutAndLate,
    TimedOutAfter,
    /// An answer that it could not be done now.
    Busy,
    /// The process here dies in the middle, after it was done over there.
    Panic,
    WrongRights,
    Refused,
}

/// A record there and the Message-IDs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub model: String,
    pub messages: Vec<String>,
    pub subjects: Vec<String>,
    pub partner: Option<i32>,
}

#[derive(Default)]
pub struct Contents {
    pub records: Vec<Record>,
    pub mishaps: VecDeque<Mishap>,
    /// How many calls did not go well.
    pub befell: usize,
    /// What sign-ins answer while it is away or set up wrongly.
    pub closed: Option<TroubleKind>,
    pub sign_ins: usize,
    /// How each delivery was to be carried out.
    pub methods: Vec<Method>,
    /// Records that were deleted there.
    pub gone: Vec<i32>,
    /// Records by external id: those that were made together.
    pub named: HashMap<String, i32>,
    /// How many were to be made together, each time.
    pub together: Vec<usize>,
    /// A subject of which it makes nothing together with others.
    pub refused: Option<String>,
    /// How many mails were asked for at once, each time.
    pub ahead: Vec<usize>,
    late_made: Vec<Named>,
    /// It numbers records without a gap, makes none together, and takes a while for each.
    pub gapless: bool,
    making: usize,
    /// So many records were made side by side at most.
    pub side_by_side: usize,
    /// Address and id of known contacts.
    pub contacts: Vec<(String, i32)>,
    late: Vec<Change>,
}

/// External id, model and contact.
type Named = (String, String, Option<i32>);
/// Model, Message-ID, subject, record and contact, and the name that a record which is made gets.
type Change = (String, String, String, Option<i32>, Option<i32>, Option<String>);

#[derive(Clone, Default)]
pub struct FarEnd(Arc<Mutex<Contents>>);

impl FarEnd {
    /// Amina, who writes the mails of the tests, is known here.
    pub fn new() -> Self {
        let far = Self::default();
        far.contents().contacts.push(("amina@people.example".into(), 7));
        far
    }

    pub fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock()
    }

    pub fn dial(&self) -> Dial {
        let far = self.clone();
        Arc::new(move |_, _, _| {
            let mut contents = far.contents();
            contents.sign_ins += 1;
            match contents.closed {
                Some(kind) => Err(trouble(kind)),
                None => Ok(Box::new(Session { far: far.clone() })),
            }
        })
    }

    pub fn befall(&self, mishaps: &[Mishap]) {
        self.contents().mishaps.extend(mishaps);
    }

    /// A record that came from elsewhere, with a mail of this Message-ID.
    pub fn knows(&self, message_id: &str) {
        let change = ("spp.grm.ticket".into(), message_id.into(), "From elsewhere".into(), None, None, None);
        self.contents().apply(change);
    }

    /// Calls that were cut off come to their end.
    pub fn late_arrive(&self) {
        let mut contents = self.contents();
        for named in std::mem::take(&mut contents.late_made) {
            contents.make(named);
        }
        for change in std::mem::take(&mut contents.late) {
            contents.apply(change);
        }
    }
}

impl Contents {
    /// As Odoo does: a Message-ID that is known changes nothing.
    fn apply(&mut self, (model, message_id, subject, record, partner, name): Change) -> Option<i32> {
        if self.of_message(&message_id).is_some() {
            return None;
        }
        let record = record.or(name.as_ref().and_then(|name| self.named.get(name)).copied());
        let at = record.map_or(self.records.len(), |id| id as usize - 1);
        if at == self.records.len() {
            self.records.push(Record { model, messages: Vec::new(), subjects: Vec::new(), partner });
            self.named.extend(name.map(|name| (name, at as i32 + 1)));
        }
        self.records[at].messages.push(message_id);
        self.records[at].subjects.push(subject);
        Some(at as i32 + 1)
    }

    /// As `load()` does: a name that is known makes nothing.
    fn make(&mut self, (name, model, partner): Named) {
        if !self.named.contains_key(&name) {
            self.records.push(Record { model, messages: Vec::new(), subjects: Vec::new(), partner });
            self.named.insert(name, self.records.len() as i32);
        }
    }

    fn of_message(&self, message_id: &str) -> Option<i32> {
        let at = self.records.iter().position(|record| record.messages.iter().any(|id| id == message_id))?;
        Some(at as i32 + 1)
    }
}

struct Session {
    far: FarEnd,
}

impl Session {
    fn takes_a_while(&self) {
        {
            let mut contents = self.far.contents();
            contents.making += 1;
            contents.side_by_side = contents.side_by_side.max(contents.making);
        }
        std::thread::sleep(Duration::from_millis(5));
        self.far.contents().making -= 1;
    }
}

impl Remote for Session {
    fn goes_on(&mut self) -> Result<(), Trouble> {
        self.far.contents().closed.map_or(Ok(()), |kind| Err(trouble(kind)))
    }

    fn plan(&mut self, shipment: &Shipment<'_>) -> Result<DeliveryPlan, Trouble> {
        let contents = self.far.contents();
        let address = shipment.message.from.normalized().unwrap_or_default();
        let known = contents.contacts.iter().find(|(contact, _)| *contact == address).map(|(_, id)| *id);
        let partner = shipment.handover.partner.or(known);
        if partner.is_none() && shipment.sender_policy == SenderPolicy::Known && !shipment.handover.forced {
            let detail = Sentence::verbatim(format!("{address} belongs to no registrant."));
            return Ok(DeliveryPlan::Hold { reason: Reason::UnknownSender, detail, trace: Vec::new() });
        }
        if shipment.handover.record.is_some_and(|record| contents.gone.contains(&record)) {
            let detail = Sentence::verbatim("That record is gone.");
            return Ok(DeliveryPlan::Hold { reason: Reason::RecordGone, detail, trace: Vec::new() });
        }
        let is_new = shipment.handover.record.is_none();
        let method =
            if is_new && shipment.in_company && !contents.gapless { Method::CreateAndPost } else { Method::Gateway };
        Ok(DeliveryPlan::Deliver { method, partner, new_contact: false, is_new, trace: Vec::new() })
    }

    fn deliver(
        &mut self,
        shipment: &Shipment<'_>,
        method: Method,
        partner: Option<i32>,
        _: bool,
    ) -> Result<Arrived, Trouble> {
        if self.far.contents().gapless {
            self.takes_a_while();
        }
        let mut contents = self.far.contents();
        contents.methods.push(method);
        let mishap = contents.mishaps.pop_front();
        contents.befell += usize::from(!matches!(mishap, None | Some(Mishap::Fine)));
        let handover = shipment.handover;
        let subject = shipment.message.subject.clone();
        let record = match method {
            Method::Gateway => handover.record,
            Method::CreateAndPost => handover.record.or(contents.named.get(&handover.external_id).copied()),
        };
        let name = (method == Method::CreateAndPost && record.is_none()).then(|| handover.external_id.clone());
        let change = (handover.model.clone(), handover.message_id.clone(), subject, record, partner, name);
        match mishap {
            Some(Mishap::CutBefore) => return Err(trouble(TroubleKind::Cut)),
            Some(Mishap::Busy) => return Err(trouble(TroubleKind::Temporary)),
            Some(Mishap::WrongRights) => return Err(trouble(TroubleKind::Configuration)),
            Some(Mishap::Refused) => {
                return Ok(Arrived::Refused { detail: Sentence::verbatim("A field is missing: district.") });
            }
            Some(Mishap::CutAndLate) => {
                contents.late.push(change);
                return Err(trouble(TroubleKind::Cut));
            }
            Some(Mishap::Fine | Mishap::CutAfter | Mishap::TimedOutAfter | Mishap::Panic) | None => {}
        }
        let id = contents.apply(change);
        match mishap {
            Some(Mishap::CutAfter) => Err(trouble(TroubleKind::Cut)),
            Some(Mishap::TimedOutAfter) => Err(trouble(TroubleKind::TimedOut)),
            Some(Mishap::Panic) => panic!("the process dies here"),
            _ => Ok(match id {
                Some(id) => arrived(&handover.model, id),
                None => Arrived::Duplicate { record: None },
            }),
        }
    }

    fn look_ahead(&mut self, shipments: &[Shipment<'_>]) -> Result<(), Trouble> {
        self.far.contents().ahead.push(shipments.len());
        Ok(())
    }

    fn make_records(&mut self, orders: &[RecordOrder<'_>]) -> Vec<Result<bool, Trouble>> {
        let mut contents = self.far.contents();
        contents.together.push(orders.len());
        let all = |outcome: Result<bool, Trouble>| orders.iter().map(|_| outcome.clone()).collect();
        if orders.iter().any(|order| Some(&order.shipment.message.subject) == contents.refused.as_ref()) {
            return all(Ok(false));
        }
        let mishap = contents.mishaps.pop_front();
        contents.befell += usize::from(!matches!(mishap, None | Some(Mishap::Fine)));
        let named = |order: &RecordOrder<'_>| {
            let handover = order.shipment.handover;
            (handover.external_id.clone(), handover.model.clone(), order.partner)
        };
        match mishap {
            Some(Mishap::CutBefore) => return all(Err(trouble(TroubleKind::Cut))),
            Some(Mishap::CutAndLate) => {
                contents.late_made.extend(orders.iter().map(named));
                return all(Err(trouble(TroubleKind::Cut)));
            }
            Some(Mishap::Busy | Mishap::Refused | Mishap::WrongRights) => return all(Ok(false)),
            Some(Mishap::Fine | Mishap::CutAfter | Mishap::TimedOutAfter | Mishap::Panic) | None => {}
        }
        orders.iter().map(named).for_each(|named| contents.make(named));
        match mishap {
            Some(Mishap::CutAfter) => all(Err(trouble(TroubleKind::Cut))),
            Some(Mishap::TimedOutAfter) => all(Err(trouble(TroubleKind::TimedOut))),
            Some(Mishap::Panic) => panic!("the process dies here"),
            _ => all(Ok(true)),
        }
    }

    fn is_gapless(&mut self, _: &str) -> bool {
        self.far.contents().gapless
    }

    fn find(&mut self, shipment: &Shipment<'_>) -> Result<Option<Arrived>, Trouble> {
        let found = self.far.contents().of_message(&shipment.handover.message_id);
        Ok(found.map(|id| arrived(&shipment.handover.model, id)))
    }
}

fn arrived(model: &str, id: i32) -> Arrived {
    Arrived::Record { model: model.to_owned(), id, url: format!("https://openspp.example.org/{model}/{id}") }
}

fn trouble(kind: TroubleKind) -> Trouble {
    let what = Sentence::verbatim(format!("It failed: {kind:?}."));
    Trouble::new(kind, Complaint::new(what, Sentence::verbatim("Set it right.")))
}
