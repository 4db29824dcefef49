//! Which record a mail belongs to: what it cites, names or resembles leads to records, and it joins one where its
//! sender is among the people there. Anyone else who answers mail of a record gets a record that names it.

use super::rules::{self, Verdict, claimed, deliver, held, passed};
use super::{Elsewhere, LOOP_MAILS, RecordType, RoutingFacts};
use crate::domain::conversation::Involvement;
use crate::domain::id::{ConnectionId, RecordId};
use crate::domain::ledger::Reason;
use crate::domain::message::Message;
use crate::domain::route::RouteTarget;
use crate::domain::words::Sentence;
use crate::say;

/// A sign of the mail, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    pub clue: Clue,
    pub places: Vec<ClueTarget>,
}

/// What was seen, in the order in which it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// It cites this Message-ID.
    Cites(String),
    /// Its subject has this number of a record.
    Number(String),
    /// Mail that came before it cites it, under this Message-ID.
    IsCited(String),
    /// It cites this Message-ID, which is not here, and so does mail of the same sender.
    CitesTheSame(String),
    /// Outlook says that it is of the same conversation.
    Conversation,
    /// Its text quotes the head of the mail with this Message-ID.
    Quotes(String),
    /// It answers a subject, in these words, of the same sender.
    Subject(String),
}

impl Clue {
    /// Whether the mail says nothing by itself of what it belongs to.
    fn is_guess(&self) -> bool {
        matches!(self, Clue::Quotes(_) | Clue::Subject(_))
    }

    /// What the mail does, before "on record 5".
    fn words(&self) -> Sentence {
        match self {
            Clue::Cites(id) => say!("clue-cites", id),
            Clue::Number(number) => say!("clue-number", number),
            Clue::IsCited(id) => say!("clue-is-cited", id),
            Clue::CitesTheSame(id) => say!("clue-cites-the-same", id),
            Clue::Conversation => say!("clue-conversation"),
            Clue::Quotes(id) => say!("clue-quotes", id),
            Clue::Subject(subject) => say!("clue-subject", subject),
        }
    }
}

/// A record that a clue leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClueTarget {
    pub model: String,
    pub record: RecordId,
    /// False where the record does not exist any more.
    pub exists: bool,
    /// How the sender of the mail is on it.
    pub standing: Involvement,
}

/// What the leads come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ThreadChoice<'f> {
    Joins(&'f Clue, &'f ClueTarget),
    /// It leads to this record, but its sender is a stranger there.
    Names(&'f Clue, &'f ClueTarget),
    /// It leads to several records, and none is his more than the others.
    Several(&'f Clue),
    /// What it answers is gone.
    Gone(&'f Clue, &'f ClueTarget),
    Nothing,
}

/// The first clue that leads to one record of the sender decides. Where none does, the first record counts that the mail
/// leads to.
pub(super) fn choose<'f>(leads: &'f [Lead], model: Option<&str>) -> ThreadChoice<'f> {
    let mut otherwise = ThreadChoice::Nothing;
    for Lead { clue, places } in leads {
        let found = |own: bool| {
            let mine = move |place: &&ClueTarget| place.exists && (Some(place.model.as_str()) == model) == own;
            places.iter().filter(mine).collect::<Vec<_>>()
        };
        // The same mail may be on records of several types: this mailbox's own count before the others.
        let here = Some(found(true)).filter(|own| !own.is_empty()).unwrap_or_else(|| found(false));
        let mut his = here.iter().filter(|place| place.standing > Involvement::Stranger);
        let second = match (his.next(), his.next()) {
            (Some(place), None) => return ThreadChoice::Joins(clue, place),
            (Some(_), Some(_)) => ThreadChoice::Several(clue),
            (None, _) => match (here.as_slice(), places.as_slice()) {
                // A guess names nobody.
                _ if clue.is_guess() || matches!(clue, Clue::IsCited(_) | Clue::CitesTheSame(_)) => {
                    ThreadChoice::Nothing
                }
                ([place], _) => ThreadChoice::Names(clue, place),
                ([], [gone, ..]) => ThreadChoice::Gone(clue, gone),
                ([], []) => ThreadChoice::Nothing,
                _ => ThreadChoice::Several(clue),
            },
        };
        let better = matches!(
            (&otherwise, &second),
            (ThreadChoice::Nothing, _) | (ThreadChoice::Gone(..) | ThreadChoice::Several(_), ThreadChoice::Names(..))
        );
        if better {
            otherwise = second;
        }
    }
    otherwise
}

impl<'f> RoutingFacts<'f> {
    pub(super) fn choice(&self) -> ThreadChoice<'_> {
        choose(&self.leads, self.model())
    }

    fn model(&self) -> Option<&str> {
        match self.record_type {
            RecordType::Installed(module) => Some(&module.model),
            RecordType::NotInstalled(model) | RecordType::Remote(_, model) => Some(model),
            RecordType::Unset => None,
        }
    }

    /// The record that a new record of this type names as what its mail answers.
    pub(super) fn answered(&self) -> Option<RecordId> {
        match self.choice() {
            ThreadChoice::Names(_, place) if Some(place.model.as_str()) == self.model() => Some(place.record),
            _ => None,
        }
    }
}

pub(super) fn thread(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if let RecordType::Remote(connection, model) = facts.record_type {
        return answers_there(connection, model, facts);
    }
    if let Some((clue, place, alias)) = rules::forwarded(message, facts) {
        let ClueTarget { model, record, .. } = place;
        let (clue, address) = (clue.words(), alias.0.address.to_string());
        return passed(say!("trace-thread-forwarded", clue, record = record.0, model, address));
    }
    match facts.choice() {
        ThreadChoice::Joins(clue, _) if clue.is_guess() && facts.alike >= LOOP_MAILS && !facts.forced => {
            passed(say!("trace-thread-machine", clue = clue.words()))
        }
        ThreadChoice::Joins(clue, place) => {
            let ClueTarget { model, record, standing, .. } = place;
            if let Some(verdict) = claimed(model, facts) {
                return verdict;
            }
            let guessed = clue.is_guess();
            let target = RouteTarget::Reply { model: model.clone(), record: *record, partner: facts.sender, guessed };
            let (clue, who) = (clue.words(), sender_words(*standing));
            deliver(target, say!("trace-thread-joins", clue, record = record.0, model, who))
        }
        ThreadChoice::Names(clue, ClueTarget { model, record, .. }) => {
            let (clue, who) = (clue.words(), sender_words(Involvement::Stranger));
            passed(say!("trace-thread-names", clue, record = record.0, model, who))
        }
        ThreadChoice::Several(clue) => passed(say!("trace-thread-several", clue = clue.words())),
        ThreadChoice::Gone(..) if facts.forced => passed(say!("trace-thread-gone-forced")),
        ThreadChoice::Gone(clue, gone) => {
            held(Reason::RecordGone, say!("trace-thread-gone", clue = clue.words(), record = gone.record.0))
        }
        ThreadChoice::Nothing => passed(say!("trace-thread-not")),
    }
}

fn sender_words(standing: Involvement) -> Sentence {
    match standing {
        Involvement::Stranger => say!("standing-stranger"),
        Involvement::Namesake => say!("standing-namesake"),
        Involvement::Received => say!("standing-received"),
        Involvement::Wrote => say!("standing-wrote"),
        Involvement::Works => say!("standing-works"),
    }
}

/// Where it belongs to mail that went to the same connection, nothing else is asked; its record is found out there.
fn answers_there(connection: ConnectionId, model: &str, facts: &RoutingFacts<'_>) -> Verdict {
    match &facts.elsewhere {
        Elsewhere::Joins(_) if claimed(model, facts).is_some() => passed(say!("trace-thread-there")),
        Elsewhere::Joins(id) => {
            let target = RouteTarget::Outbox { connection, model: model.to_owned(), record: None, apart: false };
            deliver(target, say!("trace-thread-there-joins", id))
        }
        Elsewhere::Apart(id) => passed(say!("trace-thread-there-apart", id, who = sender_words(Involvement::Stranger))),
        Elsewhere::Nothing => passed(say!("trace-thread-there-not")),
    }
}
