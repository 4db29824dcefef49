//! What routing needs to know of a batch of mails, in few statements for all of them.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::deliver::sink;
use super::leads::{self, Seeker};
use super::read::Reading;
use super::repair::Wish;
use crate::domain::Moment;
use crate::domain::alias::Alias;
use crate::domain::gateway::Call;
use crate::domain::id::{ConnectionId, MessageId, PartnerId, ServerId};
use crate::domain::ledger::State;
use crate::domain::server::{IncomingServer, SenderPolicy};
use crate::domain::source::SourceKey;
use crate::domain::text::{fold, shorten};
use crate::modules::Modules;
use crate::outbox::conversation;
use crate::routing::{Elsewhere, Facts, Gateway, LOOP_MINUTES, RecordType};
use crate::store::claims::{self, Held};
use crate::store::messages::similar::{self, Same};
use crate::store::{Db, StoreError, aliases, partners, records, servers};

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

    let same = similar::same(db, &mailboxes, &fingerprints)?;
    let claimed = claims_of(db, readings, &fingerprints)?;
    let contacts = partners::by_emails(db, &emails)?;
    let seekers: Vec<Seeker<'_>> = readings
        .iter()
        .map(|reading| Seeker { reading, contact: sender(&contacts, reading), model: model(servers, reading, wish) })
        .collect();
    let mut leads = leads::leads(db, &seekers)?.into_iter();
    let far = readings.iter().filter_map(|reading| Some((reading.row.connection?, &reading.message)));
    let elsewhere = conversation::known(db, &far.collect::<Vec<_>>())?;
    let habits: Vec<Habit> = readings.iter().map(Habit::of).collect();
    let delivered = delivered_lately(db, &habits)?;
    let mut gateways = gateways(db, modules, readings, wish)?;

    Ok(readings
        .iter()
        .enumerate()
        .map(|(index, reading)| {
            let server = reading.row.server.and_then(|id| servers.get(&id));
            let Seeker { contact, model, .. } = seekers[index];
            Facts {
                record_type: match (model, reading.row.connection) {
                    (None, _) => RecordType::Unset,
                    (Some(model), Some(_)) => RecordType::Remote(model),
                    (Some(model), None) => {
                        modules.get(model).map_or(RecordType::NotInstalled(model), RecordType::Installed)
                    }
                },
                sender_policy: server.map_or(SenderPolicy::Everyone, |server| server.sender_policy),
                sender: contact,
                seen_here: seen_here(&same, reading),
                claimed: claimed[&reading.row.connection]
                    .iter()
                    .filter(|held| held.fingerprint == reading.fingerprint && held.message != reading.row.id)
                    .map(|held| (held.model.clone(), held.message))
                    .collect(),
                leads: leads.next().unwrap_or_default(),
                elsewhere: reading.row.connection.map_or(Elsewhere::Nothing, |id| place(&elsewhere, id, reading)),
                alike: delivered.iter().chain(&habits[..index]).filter(|other| habits[index].is_like(other)).count(),
                forced: wish.correction.force,
                chosen: wish.correction.record.and_then(|record| Some((model?.to_owned(), record))),
                gateway: gateways.remove(&reading.row.id),
            }
        })
        .collect())
}

/// Where the mail belongs at its connection.
fn place(known: &conversation::Known, connection: ConnectionId, reading: &Reading) -> Elsewhere {
    match known.of(connection, &reading.message) {
        conversation::Place::With(_, id) => Elsewhere::Joins(format!("<{id}>")),
        conversation::Place::Apart(id) => Elsewhere::Apart(format!("<{id}>")),
        conversation::Place::Nowhere => Elsewhere::Nothing,
    }
}

/// The record type that the mail is for: as a person chose, as the client of the mail gateway named it, as its server is set.
fn model<'m>(servers: &'m Servers, reading: &'m Reading, wish: &'m Wish<'_>) -> Option<&'m str> {
    let chosen = wish.correction.model.as_deref().or(reading.row.object_model.as_deref());
    let named = reading.call.as_ref().and_then(|call| call.model.as_deref());
    let server = reading.row.server.and_then(|id| servers.get(&id));
    chosen.or(named).or_else(|| server.and_then(|server| server.object_model.as_deref()))
}

/// Who holds claims, on this database and on the connections that these go to.
fn claims_of(
    db: &mut Db,
    readings: &[Reading],
    fingerprints: &[&str],
) -> Result<HashMap<Option<ConnectionId>, Vec<Held>>, StoreError> {
    let mut found = HashMap::new();
    for connection in readings.iter().map(|reading| reading.row.connection).collect::<HashSet<_>>() {
        found.insert(connection, claims::holders(db, &sink(connection), fingerprints)?);
    }
    Ok(found)
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
            other.state == State::Held || renumbered || other.source_key == row.source_key
        })
        .map(|other| other.id)
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
    Ok(rows
        .into_iter()
        .map(|mail| Habit { sender: mail.email_from, subject: fold(&mail.subject), date: mail.date })
        .collect())
}

/// Nothing for mail of other servers, and where a person chose the record type: then only that counts.
pub(super) fn gateways<'m>(
    db: &mut Db,
    modules: &'m Modules,
    readings: &[Reading],
    wish: &Wish<'_>,
) -> Result<HashMap<MessageId, Gateway<'m>>, StoreError> {
    let chosen = |reading: &Reading| wish.correction.model.is_some() || reading.row.object_model.is_some();
    let called: Vec<(&Reading, &Call)> = readings
        .iter()
        .filter(|reading| !chosen(reading))
        .filter_map(|reading| Some((reading, reading.call.as_ref()?)))
        .collect();
    let named = aliases_of(db, &called)?;
    let mut found = HashMap::new();
    for (reading, call) in called {
        let record = match (&call.model, call.record) {
            (Some(model), Some(id)) => Some((model.clone(), id, records::exists(db, model, id)?)),
            _ => None,
        };
        let written_to = |alias: &&Alias| reading.message.recipients().any(|to| alias.address.matches(to));
        let typed = |alias: &Alias| match modules.get(&alias.model) {
            Some(module) => (alias.clone(), RecordType::Installed(module)),
            None => (alias.clone(), RecordType::Unset),
        };
        let aliases = named.iter().filter(written_to).map(typed).collect();
        found.insert(reading.row.id, Gateway { aliases, record, values: call.values.clone() });
    }
    Ok(found)
}

/// Aliases that may be among the recipients, in one statement for all of them.
fn aliases_of(db: &mut Db, called: &[(&Reading, &Call)]) -> Result<Vec<Alias>, StoreError> {
    let recipients = called.iter().flat_map(|(reading, _)| reading.message.recipients());
    let local = |address: String| address.rsplit_once('@').map(|(local, _)| local.to_owned());
    let names: HashSet<String> = recipients.filter_map(|address| local(address.normalized()?)).collect();
    match names.is_empty() {
        true => Ok(Vec::new()),
        false => aliases::named(db, &names.into_iter().collect::<Vec<_>>()),
    }
}
