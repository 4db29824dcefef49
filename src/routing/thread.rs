//! Which record a mail belongs to: what it cites, names or resembles leads to records, and it joins one where its
//! sender is among the people there. Anyone else who answers mail of a record gets a record that names it.

use super::rules::{Verdict, claimed, deliver, held, passed};
use super::{Elsewhere, Facts, LOOP_MAILS, RecordType, gateway};
use crate::domain::id::{ConnectionId, RecordId};
use crate::domain::ledger::Reason;
use crate::domain::message::Message;
use crate::domain::people::Standing;
use crate::domain::route::Target;

/// A sign of the mail, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    pub clue: Clue,
    pub places: Vec<Place>,
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
    fn words(&self) -> String {
        match self {
            Clue::Cites(id) => format!("It answers {id}, which is"),
            Clue::Number(number) => format!("Its subject has the number {number}, which is"),
            Clue::IsCited(id) => format!("Mail that came before it answers it ({id}), and is"),
            Clue::CitesTheSame(id) => format!("It answers {id}, as other mail of its sender does that is"),
            Clue::Conversation => "It goes on with an Outlook conversation (Thread-Index), which is".to_owned(),
            Clue::Quotes(id) => format!("It quotes the head of {id}, which is"),
            Clue::Subject(words) => format!("It answers the subject “{words}”; its sender's mail about that is"),
        }
    }
}

/// A record that a clue leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub model: String,
    pub record: RecordId,
    /// False where the record does not exist any more.
    pub exists: bool,
    /// How the sender of the mail is on it.
    pub standing: Standing,
}

/// What the leads come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice<'f> {
    Joins(&'f Clue, &'f Place),
    /// It leads to this record, but its sender is a stranger there.
    Names(&'f Clue, &'f Place),
    /// It leads to several records, and none is his more than the others.
    Several(&'f Clue),
    /// What it answers is gone.
    Gone(&'f Clue, &'f Place),
    Nothing,
}

/// The first clue that leads to one record of the sender decides. Where none does, the first record counts that the mail
/// leads to.
pub(super) fn choose<'f>(leads: &'f [Lead], model: Option<&str>) -> Choice<'f> {
    let mut otherwise = Choice::Nothing;
    for Lead { clue, places } in leads {
        let found = |own: bool| {
            let mine = move |place: &&Place| place.exists && (Some(place.model.as_str()) == model) == own;
            places.iter().filter(mine).collect::<Vec<_>>()
        };
        // The same mail may be on records of several types: this mailbox's own count before the others.
        let here = Some(found(true)).filter(|own| !own.is_empty()).unwrap_or_else(|| found(false));
        let mut his = here.iter().filter(|place| place.standing > Standing::Stranger);
        let second = match (his.next(), his.next()) {
            (Some(place), None) => return Choice::Joins(clue, place),
            (Some(_), Some(_)) => Choice::Several(clue),
            (None, _) => match (here.as_slice(), places.as_slice()) {
                // A guess names nobody.
                _ if clue.is_guess() || matches!(clue, Clue::IsCited(_) | Clue::CitesTheSame(_)) => Choice::Nothing,
                ([place], _) => Choice::Names(clue, place),
                ([], [gone, ..]) => Choice::Gone(clue, gone),
                ([], []) => Choice::Nothing,
                _ => Choice::Several(clue),
            },
        };
        let better = matches!(
            (&otherwise, &second),
            (Choice::Nothing, _) | (Choice::Gone(..) | Choice::Several(_), Choice::Names(..))
        );
        if better {
            otherwise = second;
        }
    }
    otherwise
}

impl<'f> Facts<'f> {
    pub(super) fn choice(&self) -> Choice<'_> {
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
            Choice::Names(_, place) if Some(place.model.as_str()) == self.model() => Some(place.record),
            _ => None,
        }
    }
}

pub(super) fn thread(message: &Message, facts: &Facts<'_>) -> Verdict {
    if let RecordType::Remote(connection, model) = facts.record_type {
        return answers_there(connection, model, facts);
    }
    if let Some((clue, place, alias)) = gateway::forwarded(message, facts) {
        let Place { model, record, .. } = place;
        let words = clue.words();
        let address = &alias.0.address;
        return passed(format!(
            "{words} on record {record} of {model}; but it is written to {address}, which makes others."
        ));
    }
    match facts.choice() {
        Choice::Joins(clue, _) if clue.is_guess() && facts.alike >= LOOP_MAILS && !facts.forced => {
            passed(format!("{} on a record; but a machine may repeat itself, which is no answer.", clue.words()))
        }
        Choice::Joins(clue, place) => {
            let Place { model, record, standing, .. } = place;
            if let Some(verdict) = claimed(model, facts) {
                return verdict;
            }
            let guessed = clue.is_guess();
            let target = Target::Reply { model: model.clone(), record: *record, partner: facts.sender, guessed };
            let who = sender_words(*standing);
            deliver(target, format!("{} on record {record} of {model}. {who}", clue.words()))
        }
        Choice::Names(clue, Place { model, record, .. }) => passed(format!(
            "{} on record {record} of {model}. {} It does not join it, but a new record names it.",
            clue.words(),
            sender_words(Standing::Stranger)
        )),
        Choice::Several(clue) => {
            passed(format!("{} on several records; which of them is meant can't be told.", clue.words()))
        }
        Choice::Gone(..) if facts.forced => passed("The record it answers is gone; a person delivers it anyway."),
        Choice::Gone(clue, gone) => held(Reason::RecordGone, format!("{} on record {}.", clue.words(), gone.record)),
        Choice::Nothing => passed("It answers no mail that is known here."),
    }
}

fn sender_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Stranger => "Its sender neither wrote nor received nor works on mail there.",
        Standing::Namesake => "Somebody with the name of its sender is there, with another address.",
        Standing::Received => "Its sender received mail there.",
        Standing::Wrote => "Its sender wrote mail there.",
        Standing::Works => "Its sender is an officer here.",
    }
}

/// Where it belongs to mail that went to the same connection, nothing else is asked; its record is found out there.
fn answers_there(connection: ConnectionId, model: &str, facts: &Facts<'_>) -> Verdict {
    match &facts.elsewhere {
        Elsewhere::Joins(_) if claimed(model, facts).is_some() => {
            passed("It answers a mail that went to the same connection.")
        }
        Elsewhere::Joins(id) => {
            let target = Target::Outbox { connection, model: model.to_owned(), record: None, apart: false };
            deliver(target, format!("It belongs to {id}, which went to the same connection."))
        }
        Elsewhere::Apart(id) => passed(format!(
            "It answers {id}, which went to the same connection. {} It makes a record of its own.",
            sender_words(Standing::Stranger)
        )),
        Elsewhere::Nothing => passed("It answers no mail that went to the connection from here."),
    }
}
