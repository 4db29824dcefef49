//! Pure decisions: a message and what is known about it make a [`Route`], with a trace of each rule tried. Nothing
//! here reads a database or a clock, so that every decision can be repeated and explained.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::domain::alias::{Alias, AliasContact};
use crate::domain::conversation::Involvement;
use crate::domain::id::{ConnectionId, MessageId, PartnerId, RecordId};
use crate::domain::ledger::{Fate, Reason};
use crate::domain::message::{Automatic, Message};
use crate::domain::module::{MailPart, Module};
use crate::domain::route::{Decision, Route, RouteTarget, TraceStep};
use crate::domain::server::SenderPolicy;
use crate::domain::text::to_html;
use crate::domain::words::Sentence;
use crate::say;

/// So many delivered mails of one sender with the same subject within [`LOOP_MINUTES`] come from a machine.
pub const LOOP_MAILS: usize = 20;
pub const LOOP_MINUTES: i64 = 120;

/// What is known about a message beside the message itself; gathered by `pipeline`.
#[derive(Debug, Clone)]
pub struct RoutingFacts<'a> {
    pub record_type: RecordType<'a>,
    pub sender_policy: SenderPolicy,
    /// The contact that the sender's address belongs to.
    pub sender: Option<PartnerId>,
    /// The message that is the same mail, and came by this mailbox before or waits there for a person.
    pub seen_here: Option<MessageId>,
    /// The messages that made a record of the same mail, by record type.
    pub claimed: Vec<(String, MessageId)>,
    /// The records that it may belong to, and why, the best first.
    pub leads: Vec<Lead>,
    /// How many mails of this sender with this subject were delivered shortly before.
    pub alike: usize,
    /// A person wants it delivered whatever it looks like.
    pub forced: bool,
    /// The record that a person chose.
    pub chosen: Option<(String, RecordId)>,
    /// For mail that goes to a connection.
    pub elsewhere: Elsewhere,
    /// For mail that a client of the mail gateway handed over.
    pub gateway: Option<Gateway<'a>>,
}

/// What a mail answers that went to the same connection, or is on its way there, by Message-ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    Nothing,
    /// It belongs to that conversation.
    Joins(String),
    /// Its sender is none of the people of that conversation.
    Apart(String),
}

/// The record type that the mailbox makes of mail.
#[derive(Debug, Clone, Copy)]
pub enum RecordType<'a> {
    Unset,
    /// Set, but no installed module has it.
    NotInstalled(&'a str),
    Installed(&'a Module),
    /// A type of a connection: what it is and who may write is found out over there.
    Remote(ConnectionId, &'a str),
}

/// Decides what becomes of a message: the first rule that applies decides, and if none does, it makes a new record.
pub fn decide(message: &Message, facts: &RoutingFacts<'_>) -> Route {
    let facts = &*aimed(message, facts);
    let mut trace = Vec::new();
    let mut decided = None;
    for (name, rule) in IN_ORDER {
        let (decision, why) = match rule(message, facts) {
            Verdict::Decided(decision, why) => (Some(decision), why),
            // A rule that does not concern this mail says nothing.
            Verdict::Passed(why) if why.is_empty() => continue,
            Verdict::Passed(why) => (None, why),
        };
        trace.push(TraceStep { rule: (*name).to_owned(), applied: decision.is_some(), why });
        decided = decision;
        if decided.is_some() {
            break;
        }
    }
    let decision = decided.unwrap_or_else(|| {
        let (decision, why) = new_record(message, facts);
        trace.push(TraceStep { rule: "new_record".to_owned(), applied: true, why });
        decision
    });
    Route { decision, trace }
}

/// The record that the mail joins by what it cites, names or resembles, if nothing speaks against it.
pub fn joins(leads: &[Lead], model: Option<&str>) -> Option<RecordId> {
    match choose(leads, model) {
        ThreadChoice::Joins(_, place) => Some(place.record),
        _ => None,
    }
}

/// Whether the mail is addressed to an alias, so that a fault in its record type is for an administrator to repair.
pub fn is_addressed(message: &Message, facts: &RoutingFacts<'_>) -> bool {
    addressed(message, facts).is_some()
}

// The rules decide in their order, and say why.

enum Verdict {
    Decided(Decision, Sentence),
    /// Empty if the rule does not concern this mail.
    Passed(Sentence),
}

type Rule = fn(&Message, &RoutingFacts<'_>) -> Verdict;

/// The rules in their order: each looks at one thing and says in words what it saw.
const IN_ORDER: &[(&str, Rule)] = &[
    ("seen", seen),
    ("spam", spam),
    ("bounce", bounce),
    ("auto_reply", auto_reply),
    ("chosen", chosen),
    ("thread", thread),
    ("alias", alias),
    ("named", named),
    ("record_type", record_type),
    ("duplicate", duplicate),
    ("loop", too_many),
    ("sender", sender),
];

fn passed(why: Sentence) -> Verdict {
    Verdict::Passed(why)
}

fn held(reason: Reason, detail: Sentence) -> Verdict {
    let why = if detail.is_empty() { reason.sentence() } else { detail.clone() };
    Verdict::Decided(Decision::End(Fate::held(reason, detail)), why)
}

fn deliver(target: RouteTarget, why: Sentence) -> Verdict {
    Verdict::Decided(Decision::Deliver(target), why)
}

fn ignored(reason: Reason, detail: Sentence) -> Verdict {
    Verdict::Decided(Decision::End(Fate::ignored(reason, detail.clone())), detail)
}

fn duplicate_of(other: MessageId, model: Option<&str>) -> Verdict {
    let why = match model {
        Some(model) => say!("trace-same-mail-on", other = other.0, model),
        None => say!("trace-same-mail", other = other.0),
    };
    ignored(Reason::Duplicate, why)
}

fn seen(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match facts.seen_here {
        Some(_) if facts.forced => passed(say!("trace-seen-forced")),
        Some(other) => duplicate_of(other, None),
        None => passed(say!("trace-seen-not")),
    }
}

fn spam(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match (message.spam, facts.forced) {
        (false, _) => passed(say!("trace-spam-not")),
        (true, true) => passed(say!("trace-spam-forced")),
        (true, false) => held(Reason::Spam, say!("trace-spam")),
    }
}

fn bounce(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match &message.automatic {
        Automatic::Bounce { .. } if facts.forced => passed(say!("trace-bounce-forced")),
        Automatic::Bounce { signs, original_message_id } => {
            let signs = Sentence::listed(", ", signs.iter().cloned());
            let why = match original_message_id {
                Some(id) => say!("trace-bounce-about", signs, id),
                None => say!("trace-bounce", signs),
            };
            ignored(Reason::Bounce, why)
        }
        _ => passed(say!("trace-bounce-not")),
    }
}

fn auto_reply(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match &message.automatic {
        Automatic::AutoReply { .. } if facts.forced => passed(say!("trace-auto-reply-forced")),
        Automatic::AutoReply { signs } => {
            ignored(Reason::AutoReply, say!("trace-auto-reply", signs = Sentence::listed(", ", signs.iter().cloned())))
        }
        Automatic::Perhaps { sign } => passed(say!("trace-auto-reply-perhaps", sign)),
        _ => passed(say!("trace-auto-reply-not")),
    }
}

fn chosen(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match (&facts.chosen, facts.record_type) {
        (None, _) => passed(say!("trace-chosen-not")),
        (Some((model, record)), RecordType::Remote(connection, _)) => {
            let target = RouteTarget::Outbox { connection, model: model.clone(), record: Some(*record), apart: false };
            deliver(target, say!("trace-chosen-there", record = record.0, model))
        }
        (Some((model, record)), _) => {
            let partner = facts.sender;
            let target = RouteTarget::Reply { model: model.clone(), record: *record, partner, guessed: false };
            deliver(target, say!("trace-chosen", record = record.0, model))
        }
    }
}

fn record_type(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match facts.record_type {
        RecordType::Unset => held(Reason::NoRecordType, Sentence::default()),
        RecordType::NotInstalled(model) => held(Reason::NoRecordType, say!("trace-record-type-missing", model)),
        RecordType::Installed(module) => passed(say!("trace-record-type", label = module.label, model = module.model)),
        RecordType::Remote(_, model) => passed(say!("trace-record-type-there", model)),
    }
}

fn claimed(model: &str, facts: &RoutingFacts<'_>) -> Option<Verdict> {
    let (_, other) = facts.claimed.iter().find(|(claimed, _)| claimed == model && !facts.forced)?;
    Some(duplicate_of(*other, Some(model)))
}

fn duplicate(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    let (model, label) = match facts.record_type {
        RecordType::Installed(module) => (module.model.as_str(), module.label.clone()),
        RecordType::Remote(_, model) => (model, Sentence::verbatim(model)),
        RecordType::Unset | RecordType::NotInstalled(_) => return passed(Sentence::default()),
    };
    claimed(model, facts).unwrap_or_else(|| passed(say!("trace-duplicate-not", label)))
}

fn too_many(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if facts.alike >= LOOP_MAILS && !facts.forced {
        return held(Reason::Loop, say!("trace-loop", count = facts.alike, minutes = LOOP_MINUTES));
    }
    passed(say!("trace-loop-not"))
}

fn sender(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if let RecordType::Remote(..) = facts.record_type {
        return passed(say!("trace-sender-there"));
    }
    match (facts.sender, facts.sender_policy) {
        (Some(partner), _) => passed(say!("trace-sender", partner = partner.0)),
        (None, SenderPolicy::Everyone) => passed(say!("trace-sender-everyone")),
        (None, SenderPolicy::Create) => passed(say!("trace-sender-create")),
        // Only connections have anonymous complaints.
        (None, SenderPolicy::Known | SenderPolicy::Anonymous) if facts.forced => passed(say!("trace-sender-forced")),
        (None, SenderPolicy::Known | SenderPolicy::Anonymous) => {
            let who = message.from.display();
            let why = if who.is_empty() { say!("trace-sender-none") } else { say!("trace-sender-unknown", who) };
            held(Reason::UnknownSender, why)
        }
    }
}

/// What becomes of mail that no rule stops: a record, as the mailbox's record type says.
fn new_record(message: &Message, facts: &RoutingFacts<'_>) -> (Decision, Sentence) {
    let module = match facts.record_type {
        RecordType::Installed(module) => module,
        RecordType::Remote(connection, model) => {
            let apart = matches!(facts.elsewhere, Elsewhere::Apart(_));
            let target = RouteTarget::Outbox { connection, model: model.to_owned(), record: None, apart };
            return (Decision::Deliver(target), say!("trace-new-there", model));
        }
        RecordType::Unset | RecordType::NotInstalled(_) => {
            return (Decision::End(Fate::held(Reason::NoRecordType, Sentence::default())), Sentence::default());
        }
    };
    let contact_wanted = facts.sender.is_none() && facts.sender_policy == SenderPolicy::Create;
    let answers = facts.answered();
    let target = RouteTarget::NewRecord {
        answers,
        model: module.model.clone(),
        partner: facts.sender,
        new_contact: contact_wanted && message.from.normalized().is_some(),
        values: values(module, message, facts.sender, facts.gateway.as_ref().map(|gateway| &gateway.values)),
    };
    let why = match answers {
        Some(record) => say!("trace-new-naming", label = module.label, record = record.0),
        None => say!("trace-new", label = module.label),
    };
    (Decision::Deliver(target), why)
}

// Rules for mail that a client hands over: the address it is written to decides what it becomes, and only if that says
// nothing, the record type and record that the client named.

/// What else counts for mail from the gateway.
#[derive(Debug, Clone)]
pub struct Gateway<'a> {
    /// The aliases it is written to, each with what its mail becomes.
    pub aliases: Vec<(Alias, RecordType<'a>)>,
    /// The record that the client named, and whether it exists.
    pub record: Option<(String, RecordId, bool)>,
    /// Values that the client gave for a new record.
    pub values: Map<String, Value>,
}

/// The facts, changed by the alias that the mail is written to: its record type, senders and values.
fn aimed<'f, 'a>(message: &Message, facts: &'f RoutingFacts<'a>) -> Cow<'f, RoutingFacts<'a>> {
    let Some((alias, record_type)) = addressed(message, facts) else { return Cow::Borrowed(facts) };
    let mut aimed = facts.clone();
    aimed.record_type = *record_type;
    if alias.contact == AliasContact::Partners {
        aimed.sender_policy = SenderPolicy::Known;
    }
    if let Some(gateway) = &mut aimed.gateway {
        gateway.values = alias.defaults.clone();
        gateway.record = None;
    }
    Cow::Owned(aimed)
}

/// The alias that decides. A recipient whom the mail server names counts more than one in To, and that more than one in Cc;
/// an alias of one domain counts more than one of all domains.
fn addressed<'f, 'a>(message: &Message, facts: &'f RoutingFacts<'a>) -> Option<&'f (Alias, RecordType<'a>)> {
    if let Some((_, _, forwarded)) = forwarded(message, facts) {
        return Some(forwarded);
    }
    let gateway = facts.gateway.as_ref()?;
    message.recipients().find_map(|recipient| {
        let mut fitting = gateway.aliases.iter().filter(|(alias, _)| alias.address.matches(recipient));
        let first = fitting.next()?;
        let exact = std::iter::once(first).chain(fitting).find(|(alias, _)| !alias.address.domain().is_empty());
        Some(exact.unwrap_or(first))
    })
}

/// A mail that answers one record but is written (in To) to an alias of another record type is forwarded there.
fn forwarded<'f, 'a>(
    message: &Message,
    facts: &'f RoutingFacts<'a>,
) -> Option<(&'f Clue, &'f ClueTarget, &'f (Alias, RecordType<'a>))> {
    let aliases = &facts.gateway.as_ref()?.aliases;
    let ThreadChoice::Joins(clue, place) = facts.choice() else { return None };
    let other = |(alias, _): &&(Alias, RecordType<'a>)| {
        alias.model != place.model && message.to.iter().any(|to| alias.address.matches(to))
    };
    Some((clue, place, aliases.iter().find(other)?))
}

/// An alias with a record of its own takes the mail there; for others, later rules say what a new record is.
fn alias(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if facts.gateway.is_none() {
        return passed(Sentence::default());
    }
    let Some((alias, record_type)) = addressed(message, facts) else { return passed(say!("trace-alias-none")) };
    let Some(record) = alias.record else {
        let label = match record_type {
            RecordType::Installed(module) => module.label.clone(),
            _ => Sentence::verbatim(&*alias.model),
        };
        return passed(say!("trace-alias", address = alias.address.to_string(), label));
    };
    // Only known senders may write to some aliases.
    if let held @ Verdict::Decided(..) = sender(message, facts) {
        return held;
    }
    let (address, model) = (alias.address.to_string(), &alias.model);
    joined(model, record, facts, say!("trace-alias-joins", address, record = record.0, model))
}

/// The record that the client named.
fn named(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    let record = facts.gateway.as_ref().and_then(|gateway| gateway.record.as_ref());
    match record.filter(|_| addressed(message, facts).is_none()) {
        None => passed(Sentence::default()),
        Some((model, id, true)) => joined(model, *id, facts, say!("trace-named-joins", record = id.0, model)),
        Some((model, id, false)) => passed(say!("trace-named-missing", id = id.0, model)),
    }
}

fn joined(model: &str, record: RecordId, facts: &RoutingFacts<'_>, why: Sentence) -> Verdict {
    claimed(model, facts).unwrap_or_else(|| {
        let target = RouteTarget::Reply { model: model.to_owned(), record, partner: facts.sender, guessed: false };
        deliver(target, why)
    })
}

// Which part of a mail fills which field: as the record type's module says.

/// The fields of a new record, in the order of their names. Defaults of the module's fields come first, then what the
/// mail fills, then fixed values, and last what an alias or a client gives; a part that the mail does not have fills
/// nothing.
pub fn values(
    module: &Module,
    message: &Message,
    sender: Option<PartnerId>,
    given: Option<&Map<String, Value>>,
) -> Vec<(String, Value)> {
    let mut values = std::collections::BTreeMap::new();
    for field in &module.fields {
        if let Some(default) = &field.default {
            values.insert(field.name.clone(), Value::from(default.as_str()));
        }
    }
    for (field, part) in &module.mail.fill {
        if let Some(value) = part_of(*part, message, sender) {
            values.insert(field.clone(), value);
        }
    }
    for (field, value) in &module.mail.set {
        values.insert(field.clone(), Value::from(value.as_str()));
    }
    for (field, value) in given.into_iter().flatten() {
        let value = match (field.as_str(), value) {
            // Given as plain text.
            ("description", Value::String(text)) => Value::from(to_html(text)),
            _ => value.clone(),
        };
        values.insert(field.clone(), value);
    }
    values.into_iter().collect()
}

fn part_of(part: MailPart, message: &Message, sender: Option<PartnerId>) -> Option<Value> {
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    match part {
        MailPart::Subject => text(&message.subject),
        MailPart::BodyHtml => text(&message.body_html),
        MailPart::BodyText => text(&message.body_text),
        MailPart::FromAddress => text(&message.from.address),
        MailPart::FromName => text(&message.from.name),
        MailPart::Date => Some(Value::from(message.date.format("%Y-%m-%d %H:%M:%S").to_string())),
        MailPart::Sender => sender.map(|partner| Value::from(partner.0)),
    }
}

/// A clue in the mail, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    pub clue: Clue,
    pub places: Vec<ClueTarget>,
}

/// The kinds of clues, in the order in which they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// It cites this Message-ID.
    Cites(String),
    /// Its subject has this number of a record.
    Number(String),
    /// Earlier mail cites it, under this Message-ID.
    IsCited(String),
    /// It cites this Message-ID, which is not here, and so does mail of the same sender.
    CitesTheSame(String),
    /// Outlook says that it belongs to the same conversation.
    Conversation,
    /// Its text quotes the header of the mail with this Message-ID.
    Quotes(String),
    /// It answers this subject of the same sender.
    Subject(String),
}

impl Clue {
    /// Whether the mail itself does not say what it belongs to.
    fn is_guess(&self) -> bool {
        matches!(self, Clue::Quotes(_) | Clue::Subject(_))
    }

    /// What the mail does, for a sentence that goes on with "on record 5".
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
    /// How the sender of the mail is involved in it.
    pub standing: Involvement,
}

/// The record that a mail belongs to. What it cites, names or resembles leads to records, and it joins one if its sender is
/// among the people there. Somebody else who answers a record's mail gets a record that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ThreadChoice<'f> {
    Joins(&'f Clue, &'f ClueTarget),
    /// It leads to this record, but its sender is a stranger there.
    Names(&'f Clue, &'f ClueTarget),
    /// It leads to several records, none of which is more the sender's than the others.
    Several(&'f Clue),
    /// What it answers is gone.
    Gone(&'f Clue, &'f ClueTarget),
    Nothing,
}

/// The first clue that leads to one record of the sender decides. If none does, the first record counts that the mail leads
/// to.
fn choose<'f>(leads: &'f [Lead], model: Option<&str>) -> ThreadChoice<'f> {
    let mut otherwise = ThreadChoice::Nothing;
    for Lead { clue, places } in leads {
        let found = |own: bool| {
            let mine = move |place: &&ClueTarget| place.exists && (Some(place.model.as_str()) == model) == own;
            places.iter().filter(mine).collect::<Vec<_>>()
        };
        // The same mail may be on records of several types: those of this mailbox's type count before the others.
        let here = Some(found(true)).filter(|own| !own.is_empty()).unwrap_or_else(|| found(false));
        let mut his = here.iter().filter(|place| place.standing > Involvement::Stranger);
        let second = match (his.next(), his.next()) {
            (Some(place), None) => return ThreadChoice::Joins(clue, place),
            (Some(_), Some(_)) => ThreadChoice::Several(clue),
            (None, _) => match (here.as_slice(), places.as_slice()) {
                // A guess names no record.
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
    fn choice(&self) -> ThreadChoice<'_> {
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
    fn answered(&self) -> Option<RecordId> {
        match self.choice() {
            ThreadChoice::Names(_, place) if Some(place.model.as_str()) == self.model() => Some(place.record),
            _ => None,
        }
    }
}

fn thread(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if let RecordType::Remote(connection, model) = facts.record_type {
        return answers_there(connection, model, facts);
    }
    if let Some((clue, place, alias)) = forwarded(message, facts) {
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

/// If it belongs to mail that went to the same connection, nothing else is asked; its record is found out over there.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversation::Involvement;
    use crate::domain::ledger::Reason;
    use crate::domain::message::{Address, Automatic};
    use crate::domain::route::{Decision, RouteTarget};
    use crate::domain::words::Sentence;

    fn message() -> Message {
        Message {
            from: Address { name: "Amina".into(), address: "amina@people.example".into() },
            subject: "The well".into(),
            body_html: "<p>Dry.</p>".into(),
            ..Message::default()
        }
    }

    fn facts(module: &Module) -> RoutingFacts<'_> {
        RoutingFacts {
            record_type: RecordType::Installed(module),
            sender_policy: SenderPolicy::Everyone,
            sender: None,
            seen_here: None,
            claimed: Vec::new(),
            leads: Vec::new(),
            alike: 0,
            forced: false,
            chosen: None,
            elsewhere: Elsewhere::Nothing,
            gateway: None,
        }
    }

    fn grievance() -> Module {
        toml::from_str(include_str!("modules/spp_grm.toml")).unwrap()
    }

    fn place(record: i32, standing: Involvement) -> ClueTarget {
        ClueTarget { model: "spp.grm.ticket".into(), record: RecordId(record), exists: true, standing }
    }

    fn cites(id: &str, places: Vec<ClueTarget>) -> Lead {
        Lead { clue: Clue::Cites(id.into()), places }
    }

    fn reason(route: &Route) -> Option<Reason> {
        match &route.decision {
            Decision::End(fate) => fate.reason(),
            Decision::Deliver(_) => None,
        }
    }

    #[test]
    fn a_module_says_how_a_mail_fills_its_record() {
        let module = grievance();
        let route = decide(&message(), &facts(&module));
        let Decision::Deliver(RouteTarget::NewRecord { model, values, .. }) = route.decision else {
            panic!("{route:?}")
        };
        assert_eq!(model, "spp.grm.ticket");
        for (field, value) in [("name", "The well"), ("channel", "email"), ("partner_email", "amina@people.example")] {
            assert!(values.contains(&(field.to_owned(), value.into())), "{field} in {values:?}");
        }
        assert!(route.trace.iter().all(|step| !step.why.is_empty()), "{:?}", route.trace);
    }

    #[test]
    fn each_rule_stops_what_it_is_for_and_a_person_overrules_it() {
        let module = grievance();
        let bounce =
            Automatic::Bounce { signs: vec![Sentence::verbatim("a delivery report")], original_message_id: None };
        let reply = Automatic::AutoReply {
            signs: vec![Sentence::verbatim("Auto-Submitted"), Sentence::verbatim("Precedence")],
        };
        let place = ClueTarget { exists: false, ..place(1, Involvement::Stranger) };
        let gone = Lead { clue: Clue::Cites("<a@x>".into()), places: vec![place] };
        let plain = facts(&module);
        let cases = [
            (Message { spam: true, ..message() }, plain.clone(), Reason::Spam),
            (Message { automatic: bounce, ..message() }, plain.clone(), Reason::Bounce),
            (Message { automatic: reply, ..message() }, plain.clone(), Reason::AutoReply),
            (message(), RoutingFacts { seen_here: Some(MessageId(3)), ..plain.clone() }, Reason::Duplicate),
            (
                message(),
                RoutingFacts { claimed: vec![("spp.grm.ticket".into(), MessageId(3))], ..plain.clone() },
                Reason::Duplicate,
            ),
            (message(), RoutingFacts { leads: vec![gone], ..plain.clone() }, Reason::RecordGone),
            (message(), RoutingFacts { alike: LOOP_MAILS, ..plain.clone() }, Reason::Loop),
            (message(), RoutingFacts { sender_policy: SenderPolicy::Known, ..plain.clone() }, Reason::UnknownSender),
        ];
        for (message, facts, expected) in cases {
            let route = decide(&message, &facts);
            assert_eq!(reason(&route), Some(expected));
            assert!(route.trace.last().is_some_and(|step| step.applied));
            assert_eq!(
                reason(&decide(&message, &RoutingFacts { forced: true, ..facts })),
                None,
                "{expected:?}, overruled"
            );
        }
        let unset = RoutingFacts { record_type: RecordType::NotInstalled("x.y"), forced: true, ..plain };
        assert_eq!(reason(&decide(&message(), &unset)), Some(Reason::NoRecordType), "nobody can overrule that");
    }

    #[test]
    fn a_weak_sign_alone_stops_nothing() {
        let module = grievance();
        let perhaps =
            Message { automatic: Automatic::Perhaps { sign: Sentence::verbatim("Precedence: bulk") }, ..message() };
        assert_eq!(reason(&decide(&perhaps, &facts(&module))), None);
    }

    #[test]
    fn mail_for_a_connection_is_handed_over_and_only_the_sender_is_asked_for_there() {
        let module = grievance();
        let remote = RoutingFacts {
            record_type: RecordType::Remote(ConnectionId(4), "spp.grm.ticket"),
            sender: None,
            ..facts(&module)
        };
        let known = RoutingFacts { sender_policy: SenderPolicy::Known, ..remote.clone() };
        let outbox = |record, apart| {
            Decision::Deliver(RouteTarget::Outbox {
                connection: ConnectionId(4),
                model: "spp.grm.ticket".into(),
                record,
                apart,
            })
        };
        let handed = outbox(None, false);
        assert_eq!(decide(&message(), &known).decision, handed);
        let answering =
            RoutingFacts { elsewhere: Elsewhere::Joins("<a@b>".into()), alike: LOOP_MAILS, ..remote.clone() };
        assert_eq!(decide(&message(), &answering).decision, handed, "a reply is no new record");
        let stranger = RoutingFacts { elsewhere: Elsewhere::Apart("<a@b>".into()), ..remote.clone() };
        assert_eq!(decide(&message(), &stranger).decision, outbox(None, true));
        let looping = RoutingFacts { alike: LOOP_MAILS, ..remote.clone() };
        assert_eq!(reason(&decide(&message(), &looping)), Some(Reason::Loop));
        let twice = RoutingFacts { claimed: vec![("spp.grm.ticket".into(), MessageId(3))], ..remote.clone() };
        assert_eq!(reason(&decide(&message(), &twice)), Some(Reason::Duplicate));
        let chosen = RoutingFacts { chosen: Some(("spp.grm.ticket".into(), RecordId(9))), ..remote };
        assert_eq!(decide(&message(), &chosen).decision, outbox(Some(RecordId(9)), false));
    }

    /// The record that it joins, or else the one that its own names.
    fn thread(leads: Vec<Lead>) -> (Option<i32>, Option<i32>) {
        let module = grievance();
        match decide(&message(), &RoutingFacts { leads, ..facts(&module) }).decision {
            Decision::Deliver(RouteTarget::Reply { record, .. }) => (Some(record.0), None),
            Decision::Deliver(RouteTarget::NewRecord { answers, .. }) => (None, answers.map(|record| record.0)),
            decision => panic!("{decision:?}"),
        }
    }

    #[test]
    fn a_reply_joins_where_its_sender_is_and_else_names_what_it_answers() {
        use Involvement::{Namesake, Received, Stranger, Works, Wrote};
        for standing in [Namesake, Received, Wrote, Works] {
            assert_eq!(thread(vec![cites("<a@x>", vec![place(1, standing)])]), (Some(1), None), "{standing:?}");
        }
        assert_eq!(thread(vec![cites("<a@x>", vec![place(1, Stranger)])]), (None, Some(1)));
        let both = vec![cites("<a@x>", vec![place(1, Stranger)]), cites("<b@x>", vec![place(2, Wrote)])];
        assert_eq!(thread(both), (Some(2), None), "the one where he is counts");
        let shared = |first, second| thread(vec![cites("<0a@x>", vec![place(1, first), place(2, second)])]);
        assert_eq!(shared(Wrote, Stranger), (Some(1), None));
        assert_eq!(shared(Stranger, Stranger), (None, None), "which of them can't be told");
        assert_eq!(shared(Wrote, Received), (None, None), "which of them can't be told");
        let other = ClueTarget { model: "helpdesk.ticket".into(), ..place(1, Wrote) };
        assert_eq!(thread(vec![cites("<a@x>", vec![other.clone(), place(2, Stranger)])]), (None, Some(2)));
        assert_eq!(thread(vec![cites("<a@x>", vec![other])]), (Some(1), None));
        let guess = Lead { clue: Clue::Subject("my card".into()), places: vec![place(1, Wrote), place(2, Wrote)] };
        assert_eq!(thread(vec![guess]), (None, None));
    }
}
