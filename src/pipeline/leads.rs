//! What links the mails of a batch to records that are here already, looked up in few statements for all of them.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::domain::conversation::{Involvement, People, SoughtSender};
use crate::domain::id::{PartnerId, RecordId};
use crate::domain::ledger::Fate;
use crate::domain::message::{Address, Automatic, Mail};
use crate::domain::text::shorten;
use crate::domain::thread::{self, MessageIdKey, Sign, Subject};
use crate::routing::{Clue, ClueTarget, Lead, joins};
use crate::store::messages::similar;
use crate::store::records::{self, FoundRecord};
use crate::store::{Db, StoreError, users};

/// For so many days after a mail, a reply without any Message-ID is recognised by its subject.
const REMEMBERED_DAYS: i64 = 180;
/// How many mails are searched for a subject, for all senders of a batch together.
const LOOKED_THROUGH: i64 = 2_000;

/// A mail whose record is looked for.
pub(super) struct Seeker<'r> {
    pub mail: &'r Mail,
    /// The contact that the sender's address belongs to.
    pub contact: Option<PartnerId>,
    /// The record type of its mailbox.
    pub model: Option<&'r str>,
}

/// The signs of one mail.
struct Signs {
    cited: Vec<MessageIdKey>,
    own: Vec<MessageIdKey>,
    conversation: Option<String>,
    quoted: Vec<MessageIdKey>,
    numbers: Vec<String>,
    who: SoughtSender,
}

impl Signs {
    fn of(seeker: &Seeker<'_>) -> Self {
        let message = &seeker.mail.message;
        Self {
            cited: message.cited(),
            own: message.own_ids(),
            conversation: message.conversation.clone(),
            quoted: message.quoted_ids.iter().filter_map(|id| MessageIdKey::of(id)).collect(),
            numbers: thread::record_numbers(&message.subject),
            who: SoughtSender::of(&message.from, seeker.contact),
        }
    }

    /// All signs that are looked up.
    fn all(&self) -> impl Iterator<Item = Sign> {
        let is = self.cited.iter().chain(&self.quoted).cloned().map(Sign::Is);
        let answers = self.cited.iter().chain(&self.own).cloned().map(Sign::Answers);
        is.chain(answers).chain(self.conversation.clone().map(Sign::Conversation))
    }
}

/// What was found for the whole batch.
struct KnownLeads {
    /// The records that a sign leads to, by its text, or by the number of a record.
    led: HashMap<String, Vec<RecordId>>,
    records: HashMap<RecordId, FoundRecord>,
    officers: HashSet<String>,
}

/// The leads of each mail, the best first. Mail for a connection has none here.
pub(super) fn leads(db: &mut Db, seekers: &[Seeker<'_>]) -> Result<Vec<Vec<Lead>>, StoreError> {
    let signs: Vec<Option<Signs>> = seekers.iter().map(|seeker| local(seeker).then(|| Signs::of(seeker))).collect();
    let mut known = KnownLeads::look_up(db, seekers, &signs)?;
    let mut leads: Vec<Vec<Lead>> = seekers
        .iter()
        .zip(&signs)
        .map(|(seeker, signs)| signs.as_ref().map_or_else(Vec::new, |signs| known.leads(seeker, signs)))
        .collect();
    let unplaced = |index: &usize| signs[*index].is_some() && joins(&leads[*index], seekers[*index].model).is_none();
    let unplaced: Vec<usize> = (0..seekers.len()).filter(unplaced).collect();
    for (index, lead) in by_subject(db, &mut known, seekers, &unplaced)? {
        leads[index].push(lead);
    }
    Ok(leads)
}

fn local(seeker: &Seeker<'_>) -> bool {
    seeker.mail.entry.connection.is_none()
}

impl KnownLeads {
    fn look_up(db: &mut Db, seekers: &[Seeker<'_>], signs: &[Option<Signs>]) -> Result<Self, StoreError> {
        let asked: HashSet<String> = signs.iter().flatten().flat_map(Signs::all).map(|sign| sign.kept()).collect();
        let asked: Vec<String> = asked.into_iter().collect();
        let mut led: HashMap<String, Vec<RecordId>> = HashMap::new();
        for (sign, record) in records::leading(db, &asked)? {
            led.entry(sign).or_default().push(record);
        }
        let numbers: HashSet<&str> =
            signs.iter().flatten().flat_map(|signs| &signs.numbers).map(String::as_str).collect();
        if !numbers.is_empty() {
            let models: HashSet<&str> = seekers.iter().filter_map(|seeker| seeker.model).collect();
            let (models, numbers): (Vec<_>, Vec<_>) = (models.into_iter().collect(), numbers.into_iter().collect());
            for (number, record) in records::numbered(db, &models, &numbers)? {
                led.entry(number).or_default().push(record);
            }
        }
        let mut known = Self { led, records: HashMap::new(), officers: HashSet::new() };
        let ids: HashSet<RecordId> = known.led.values().flatten().copied().collect();
        known.meet(db, ids)?;
        if !known.records.is_empty() {
            let senders: Vec<&str> = signs.iter().flatten().filter_map(|signs| signs.who.address.as_deref()).collect();
            known.officers = users::among(db, &senders)?.into_iter().collect();
        }
        Ok(known)
    }

    /// Loads these records, and those that they were joined to.
    fn meet(&mut self, db: &mut Db, mut ids: HashSet<RecordId>) -> Result<(), StoreError> {
        ids.retain(|id| !self.records.contains_key(id));
        while !ids.is_empty() {
            let found = records::found(db, &ids.iter().copied().collect::<Vec<_>>())?;
            ids = found.iter().filter_map(|found| found.joined).collect();
            self.records.extend(found.into_iter().map(|found| (found.id, found)));
            ids.retain(|id| !self.records.contains_key(id));
        }
        Ok(())
    }

    fn leads(&self, seeker: &Seeker<'_>, signs: &Signs) -> Vec<Lead> {
        let (who, mut leads) = (&signs.who, Vec::new());
        let mut lead = |clue: Clue, led_by: &str, standing: &dyn Fn(&FoundRecord) -> Involvement| {
            let ids = self.led.get(led_by).map_or(&[][..], Vec::as_slice);
            let places = self.places(ids, standing);
            if !places.is_empty() {
                leads.push(Lead { clue, places });
            }
        };
        let on_it = |found: &FoundRecord| self.standing(found, who);
        // Somebody who cites mail that is not here shares the record with nobody else.
        let wrote = |found: &FoundRecord| match found.standing(who) {
            Involvement::Wrote => Involvement::Wrote,
            _ => Involvement::Stranger,
        };
        for id in &signs.cited {
            lead(Clue::Cites(format!("<{id}>")), &Sign::Is(id.clone()).kept(), &on_it);
        }
        for number in &signs.numbers {
            lead(Clue::Number(number.clone()), number, &on_it);
        }
        // Had this mail come first, the answer that came before it would have joined its record.
        let own = People::of(&seeker.mail.message, seeker.contact);
        let answered = |found: &FoundRecord| match found.people.wrote_to(&own) {
            true => Involvement::Wrote,
            false => wrote(found),
        };
        for id in &signs.own {
            lead(Clue::IsCited(format!("<{id}>")), &Sign::Answers(id.clone()).kept(), &answered);
        }
        for id in &signs.cited {
            lead(Clue::CitesTheSame(format!("<{id}>")), &Sign::Answers(id.clone()).kept(), &wrote);
        }
        if let Some(conversation) = &signs.conversation {
            lead(Clue::Conversation, &Sign::Conversation(conversation.clone()).kept(), &on_it);
        }
        for id in &signs.quoted {
            lead(Clue::Quotes(format!("<{id}>")), &Sign::Is(id.clone()).kept(), &on_it);
        }
        leads
    }

    fn standing(&self, found: &FoundRecord, who: &SoughtSender) -> Involvement {
        match &who.address {
            // Everybody with an account here works on all records.
            Some(address) if self.officers.contains(address) => Involvement::Works,
            _ => found.standing(who),
        }
    }

    fn places(&self, ids: &[RecordId], standing: &dyn Fn(&FoundRecord) -> Involvement) -> Vec<ClueTarget> {
        let mut places: Vec<ClueTarget> = Vec::new();
        for id in ids {
            let place = match self.arrived(*id) {
                Some(found) => {
                    ClueTarget { model: found.model.clone(), record: found.id, exists: true, standing: standing(found) }
                }
                None => {
                    ClueTarget { model: String::new(), record: *id, exists: false, standing: Involvement::Stranger }
                }
            };
            if !places.iter().any(|other| other.record == place.record) {
                places.push(place);
            }
        }
        places
    }

    /// The record, or the one that it was joined to.
    fn arrived(&self, id: RecordId) -> Option<&FoundRecord> {
        let mut found = self.records.get(&id)?;
        // People join records one by one, and never in a circle; if there is one all the same, the loop ends.
        for _ in 0..self.records.len() {
            match found.joined.and_then(|joined| self.records.get(&joined)) {
                Some(next) => found = next,
                None => break,
            }
        }
        Some(found)
    }
}

/// Replies with no sign but their subject: the same sender wrote about the same, if that is one record.
fn by_subject(
    db: &mut Db,
    known: &mut KnownLeads,
    seekers: &[Seeker<'_>],
    unplaced: &[usize],
) -> Result<Vec<(usize, Lead)>, StoreError> {
    let reply = |index: &usize| {
        let subject = Subject::read(&seekers[*index].mail.message.subject);
        let has_words = subject.words.chars().any(char::is_alphanumeric) && subject.words != "(no subject)";
        (subject.is_reply && has_words).then_some((*index, subject))
    };
    let replies: Vec<(usize, Subject)> = unplaced.iter().filter_map(reply).collect();
    let Some(oldest) = replies.iter().map(|(index, _)| seekers[*index].mail.message.date).min() else {
        return Ok(Vec::new());
    };
    let since = oldest.checked_sub_signed(TimeDelta::days(REMEMBERED_DAYS)).unwrap_or(oldest);
    let senders: HashSet<String> =
        replies.iter().flat_map(|(index, _)| spellings(&seekers[*index].mail.message.from)).collect();
    let rows = similar::on_records(db, &senders.into_iter().collect::<Vec<_>>(), since, LOOKED_THROUGH)?;
    let mut found = Vec::new();
    for (index, subject) in replies {
        let Seeker { mail, model, .. } = &seekers[index];
        let spellings = spellings(&mail.message.from);
        let mut about: Vec<RecordId> = rows
            .iter()
            .filter(|mail| spellings.contains(&mail.email_from) && Some(mail.model.as_str()) == *model)
            .filter(|mail| subject.answers(&Subject::read(&mail.subject)))
            .map(|mail| mail.record)
            .collect();
        about.sort_unstable();
        about.dedup();
        if !about.is_empty() {
            known.meet(db, about.iter().copied().collect())?;
            let places = known.places(&about, &|_| Involvement::Wrote);
            found.push((index, Lead { clue: Clue::Subject(shorten(&subject.words, 100)), places }));
        }
    }
    Ok(found)
}

/// The sender as the ledger may have them: with this name or none. Others who share the address don't count.
fn spellings(from: &Address) -> Vec<String> {
    if from.address.is_empty() {
        return Vec::new();
    }
    let lower = Address { name: from.name.clone(), address: from.address.to_lowercase() };
    let mut spellings: Vec<String> = Vec::new();
    for one in [from.display(), lower.display(), from.address.clone(), lower.address] {
        let one = shorten(&one, 500);
        if !spellings.contains(&one) {
            spellings.push(one);
        }
    }
    spellings
}

/// The signs that a settled mail leaves, and where they lead. Records of mail that answers this one, but came before it and
/// did not wait for it, lead to its record from now on.
pub(super) fn left_by(
    db: &mut Db,
    mail: &Mail,
    fate: &Fate,
    leads: &[Lead],
) -> Result<Vec<(Sign, RecordId)>, StoreError> {
    match fate {
        Fate::NewRecord { model, record } | Fate::Reply { model, record } => {
            let answering = |lead: &&Lead| matches!(lead.clue, Clue::IsCited(_));
            let places = leads.iter().filter(answering).flat_map(|lead| &lead.places);
            let others = places.filter(|place| place.model == *model && place.record != *record);
            let others: Vec<RecordId> = others.map(|place| place.record).collect();
            if !others.is_empty() {
                records::name_answered(db, &others, *record)?;
            }
            Ok(of_delivered(mail, *record, leads))
        }
        Fate::Ignored(_) if !matches!(mail.message.automatic, Automatic::No) => Ok(of_automatic(mail, leads)),
        _ => Ok(Vec::new()),
    }
}

/// All signs that lead to the record; but not what the mail answers, if that has an entry there of its own.
fn of_delivered(mail: &Mail, record: RecordId, leads: &[Lead]) -> Vec<(Sign, RecordId)> {
    let stands_there = |sign: &Sign| match sign {
        Sign::Answers(id) => leads.iter().any(|lead| {
            matches!(&lead.clue, Clue::Cites(cited) if MessageIdKey::of(cited).as_ref() == Some(id))
                && lead.places.iter().any(|place| place.record == record)
        }),
        Sign::Is(_) | Sign::Conversation(_) => false,
    };
    let signs = mail.message.signs().into_iter().filter(|sign| !stands_there(sign));
    signs.map(|sign| (sign, record)).collect()
}

/// An automatic answer to a record's mail is on no record, but whoever answers it means that record.
fn of_automatic(mail: &Mail, leads: &[Lead]) -> Vec<(Sign, RecordId)> {
    let answered = leads.iter().find_map(|lead| match (&lead.clue, lead.places.as_slice()) {
        (Clue::Cites(_), [place]) if place.exists => Some(place.record),
        _ => None,
    });
    let Some(record) = answered else { return Vec::new() };
    mail.message.own_ids().into_iter().map(|id| (Sign::Is(id), record)).collect()
}

/// Which mails of a batch have to wait for others, since they may join the records that these make.
pub(super) fn wait_for_others(mails: &[Mail]) -> Vec<bool> {
    let mut owners: HashMap<MessageIdKey, usize> = HashMap::new();
    for (index, mail) in mails.iter().enumerate() {
        for id in mail.message.own_ids() {
            owners.entry(id).or_insert(index);
        }
    }
    // They wait within one conversation; and for one sender, who cites what an earlier mail cites, or answers its subject.
    let mut cited: HashSet<(MessageIdKey, String)> = HashSet::new();
    let mut subjects: HashMap<String, Vec<Subject>> = HashMap::new();
    let mut conversations: HashSet<&str> = HashSet::new();
    let mut waits = Vec::with_capacity(mails.len());
    for (index, mail) in mails.iter().enumerate() {
        let message = &mail.message;
        let sender = message.from.normalized().unwrap_or_default();
        let ids = message.cited();
        let subject = Subject::read(&message.subject);
        let earlier = subjects.entry(sender.clone()).or_default();
        let quoted = message.quoted_ids.iter().filter_map(|id| MessageIdKey::of(id));
        let mut named = ids.iter().cloned().chain(quoted);
        let conversation = message.conversation.as_deref();
        waits.push(
            named.any(|id| owners.get(&id).is_some_and(|owner| *owner != index))
                || conversation.is_some_and(|conversation| !conversations.insert(conversation))
                || ids.iter().any(|id| cited.contains(&(id.clone(), sender.clone())))
                || earlier.iter().any(|other| subject.answers(other)),
        );
        cited.extend(ids.into_iter().map(|id| (id, sender.clone())));
        earlier.push(subject);
    }
    waits
}
