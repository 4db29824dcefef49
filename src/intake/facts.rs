//! What routing needs to know of a batch of messages, in few statements for all of them.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::addressed;
use super::read::Reading;
use super::repair::Wish;
use crate::delivery::Local;
use crate::domain::Moment;
use crate::domain::connection::Connection;
use crate::domain::id::{ConnectionId, MessageId, PartnerId, ServerId};
use crate::domain::message::Message;
use crate::domain::server::{IncomingServer, SenderPolicy};
use crate::domain::source::SourceKey;
use crate::domain::text::{fold, shorten};
use crate::modules::Modules;
use crate::routing::{Facts, LOOP_MINUTES, RecordType, Thread};
use crate::store::handovers::There;
use crate::store::similar::{self, Same};
use crate::store::{Db, StoreError, claims, handovers, partners, posts, servers};

/// The servers that messages came through, as they are set now.
pub(super) type Servers = HashMap<ServerId, IncomingServer>;

pub(super) fn servers_of(db: &mut Db, ids: impl Iterator<Item = ServerId>) -> Result<Servers, StoreError> {
    let mut found = Servers::new();
    for id in ids.collect::<HashSet<_>>() {
        if let Some(stored) = servers::get(db, id)? {
            found.insert(id, stored.settings);
        }
    }
    Ok(found)
}

/// Senders with more mail than this in the window are not counted exactly.
const COUNTED: i64 = 2_000;

/// The facts of each reading, in order.
pub(super) fn gather<'m>(
    db: &mut Db,
    modules: &'m Modules,
    servers: &'m Servers,
    readings: &'m [Reading],
    wish: &'m Wish<'_>,
) -> Result<Vec<Facts<'m>>, StoreError> {
    let fingerprints: Vec<&str> = readings.iter().map(|reading| reading.fingerprint.as_str()).collect();
    let mailboxes: Vec<_> =
        readings.iter().map(|reading| reading.row.mailbox).collect::<HashSet<_>>().into_iter().collect();
    let emails: Vec<String> = readings.iter().filter_map(|reading| reading.message.from.normalized()).collect();
    let cited: HashSet<&str> = readings.iter().flat_map(|reading| cites(&reading.message)).collect();

    let cited: Vec<&str> = cited.into_iter().collect();
    let connections: Vec<ConnectionId> =
        readings.iter().filter_map(|reading| reading.row.connection).collect::<HashSet<_>>().into_iter().collect();

    let same = similar::same(db, &mailboxes, &fingerprints)?;
    let claimed = claims_of(db, readings, &fingerprints)?;
    let contacts = partners::by_emails(db, &emails)?;
    let threads = posts::threads(db, &cited)?;
    let there = handovers::there(db, &connections, &cited)?;
    let habits: Vec<Habit> = readings.iter().map(Habit::of).collect();
    let delivered = delivered_lately(db, &habits)?;
    let mut gateways = addressed::gateways(db, modules, readings, wish)?;

    Ok(readings
        .iter()
        .enumerate()
        .map(|(index, reading)| {
            let server = reading.row.server.and_then(|id| servers.get(&id));
            let chosen_model = wish.correction.model.as_deref().or(reading.row.object_model.as_deref());
            let named = reading.call.as_ref().and_then(|call| call.model.as_deref());
            let model = chosen_model.or(named).or_else(|| server.and_then(|server| server.object_model.as_deref()));
            Facts {
                record_type: match (model, reading.row.connection) {
                    (None, _) => RecordType::Unset,
                    (Some(model), Some(_)) => RecordType::Remote(model),
                    (Some(model), None) => {
                        modules.get(model).map_or(RecordType::NotInstalled(model), RecordType::Installed)
                    }
                },
                sender_policy: server.map_or(SenderPolicy::Everyone, |server| server.sender_policy),
                sender: sender(&contacts, reading),
                seen_here: seen_here(&same, reading),
                claimed: claimed[&reading.row.connection]
                    .iter()
                    .filter(|(_, fingerprint, holder)| *fingerprint == reading.fingerprint && *holder != reading.row.id)
                    .map(|(model, _, holder)| (model.clone(), *holder))
                    .collect(),
                threads: best_first(&threads, reading, model),
                answers_there: answered(&there, reading).map(|mail| mail.message_id.clone()),
                alike: delivered.iter().chain(&habits[..index]).filter(|other| habits[index].is_like(other)).count(),
                forced: wish.correction.force,
                chosen: wish.correction.record.and_then(|record| Some((model?.to_owned(), record))),
                gateway: gateways.remove(&reading.row.id),
            }
        })
        .collect())
}

type Claims = Vec<(String, String, MessageId)>;

/// Who holds claims, on this database and on the connections that these go to.
fn claims_of(
    db: &mut Db,
    readings: &[Reading],
    fingerprints: &[&str],
) -> Result<HashMap<Option<ConnectionId>, Claims>, StoreError> {
    let mut found = HashMap::new();
    for connection in readings.iter().map(|reading| reading.row.connection).collect::<HashSet<_>>() {
        let sink = connection.map_or_else(|| Local::NAME.to_owned(), Connection::sink);
        found.insert(connection, claims::holders(db, &sink, fingerprints)?);
    }
    Ok(found)
}

/// The mail at or on its way to the same connection that this one answers.
pub(super) fn answered<'t>(there: &'t [There], reading: &Reading) -> Option<&'t There> {
    let connection = reading.row.connection?;
    cites(&reading.message)
        .find_map(|id| there.iter().rev().find(|mail| mail.connection == connection && mail.message_id == id))
}

fn sender(contacts: &HashMap<String, PartnerId>, reading: &Reading) -> Option<PartnerId> {
    contacts.get(&reading.message.from.normalized()?).copied()
}

/// An older message of this mailbox that is the same mail: one that waits for a person, or one that the server
/// showed under another numbering or another generation of its key.
fn seen_here(same: &[Same], reading: &Reading) -> Option<MessageId> {
    let row = &reading.row;
    let validity = |key: &str| match key.parse() {
        Ok(SourceKey::Imap { uid_validity, .. }) => Some(uid_validity),
        _ => None,
    };
    same.iter()
        .filter(|other| other.mailbox == row.mailbox && other.fingerprint == reading.fingerprint && other.id < row.id)
        .find(|other| {
            let renumbered = validity(&other.source_key) != validity(&row.source_key);
            other.held || renumbered || other.source_key == row.source_key
        })
        .map(|other| other.id)
}

/// What the mail answers: first In-Reply-To, then References from the newest on.
pub(super) fn cites(message: &Message) -> impl Iterator<Item = &str> {
    message.in_reply_to.iter().chain(message.references.iter().rev()).map(String::as_str)
}

fn best_first(threads: &[posts::Thread], reading: &Reading, model: Option<&str>) -> Vec<Thread> {
    let mut best = Vec::new();
    for id in cites(&reading.message) {
        let mut here: Vec<&posts::Thread> = threads.iter().filter(|thread| thread.message_id == id).collect();
        // The same mail may be on records of several types: this mailbox's own comes first.
        here.sort_by_key(|thread| Some(thread.model.as_str()) != model);
        best.extend(here.into_iter().map(|thread| Thread {
            message_id: thread.message_id.clone(),
            model: thread.model.clone(),
            record: thread.record,
            exists: thread.exists,
        }));
    }
    best
}

/// What tells a machine's mails from a person's: who, about what, when.
struct Habit {
    sender: String,
    subject: String,
    date: Moment,
}

impl Habit {
    fn of(reading: &Reading) -> Self {
        let message = &reading.message;
        // As the ledger has it.
        let sender = shorten(&message.from.display(), 500);
        Self { sender, subject: fold(&shorten(&message.subject, 500)), date: message.date }
    }

    fn is_like(&self, other: &Habit) -> bool {
        !self.sender.is_empty()
            && self.sender == other.sender
            && self.subject == other.subject
            && (self.date - other.date).abs() <= TimeDelta::minutes(LOOP_MINUTES)
    }
}

/// The mails of these senders that were delivered around the time of these.
fn delivered_lately(db: &mut Db, habits: &[Habit]) -> Result<Vec<Habit>, StoreError> {
    let senders: Vec<&str> = habits.iter().map(|habit| habit.sender.as_str()).collect();
    let Some(oldest) = habits.iter().map(|habit| habit.date).min() else { return Ok(Vec::new()) };
    let since = oldest.checked_sub_signed(TimeDelta::minutes(LOOP_MINUTES)).unwrap_or(oldest);
    let rows = similar::delivered(db, &senders, since, COUNTED)?;
    Ok(rows.into_iter().map(|(sender, subject, date)| Habit { sender, subject: fold(&subject), date }).collect())
}

/// Whether a message waits for others of the same batch: it answers one of them.
pub(super) fn answers_one_of(reading: &Reading, batch: &HashSet<String>) -> bool {
    cites(&reading.message).any(|id| id != reading.message.message_id && batch.contains(id))
}
