//! The third step: what becomes of a mail. `routing` decides; the facts for that are looked up here, in few statements for a
//! whole batch.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::Pipeline;
use super::deliver::sink;
use super::leads::{self, Seeker};
use super::repair::Wish;
use crate::domain::Moment;
use crate::domain::alias::Alias;
use crate::domain::id::{ConnectionId, MailboxId, MessageId, PartnerId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::message::{GatewayCall, Mail, SourceKey};
use crate::domain::route::Route;
use crate::domain::server::SenderPolicy;
use crate::domain::text::{fold, shorten};
use crate::modules::Modules;
use crate::outbox;
use crate::routing::{self, Elsewhere, Gateway, LOOP_MINUTES, Lead, RecordType, RoutingFacts};
use crate::store::claims::{self, HeldClaim};
use crate::store::messages::similar::{self, Same};
use crate::store::{Db, StoreError, aliases, partners, records};

/// More mail of a sender than this within the window is not counted exactly.
const COUNTED: i64 = 2_000;

/// What routing decided about a mail.
pub(super) struct Routed {
    pub route: Route,
    /// The records that it may belong to, and why.
    pub leads: Vec<Lead>,
    /// It is addressed to an alias, so a fault in its record type is for an administrator to repair.
    pub is_addressed: bool,
}

/// Decides what becomes of each mail, in order.
pub(super) fn route(
    db: &mut Db,
    pipeline: &Pipeline,
    mails: &[Mail],
    wish: &Wish<'_>,
) -> Result<Vec<Routed>, StoreError> {
    let facts = gather(db, &pipeline.modules, mails, wish)?;
    let decided = mails.iter().zip(facts).map(|(mail, facts)| Routed {
        route: routing::decide(&mail.message, &facts),
        is_addressed: routing::is_addressed(&mail.message, &facts),
        leads: facts.leads,
    });
    Ok(decided.collect())
}

/// The facts of each mail, in order.
fn gather<'m>(
    db: &mut Db,
    modules: &'m Modules,
    mails: &'m [Mail],
    wish: &Wish<'_>,
) -> Result<Vec<RoutingFacts<'m>>, StoreError> {
    let fingerprints: Vec<String> = mails.iter().map(Mail::kept_fingerprint).collect();
    let mailboxes: Vec<_> = mails.iter().map(|mail| mail.entry.mailbox).collect::<HashSet<_>>().into_iter().collect();
    let emails: Vec<String> = mails.iter().filter_map(|mail| mail.message.from.normalized()).collect();

    let same = similar::same(db, &mailboxes, &fingerprints)?;
    let claimed = claims_of(db, mails, &fingerprints)?;
    let contacts = partners::by_emails(db, &emails)?;
    let seekers: Vec<Seeker<'_>> =
        mails.iter().map(|mail| Seeker { mail, contact: sender(&contacts, mail), model: mail.model() }).collect();
    let mut leads = leads::leads(db, &seekers)?.into_iter();
    let far = mails.iter().filter_map(|mail| Some((mail.entry.connection?, &mail.message)));
    let elsewhere = outbox::known(db, &far.collect::<Vec<_>>())?;
    let habits: Vec<Habit> = mails.iter().map(Habit::of).collect();
    let delivered = delivered_lately(db, &habits)?;
    let mut gateways = gateways(db, modules, mails)?;

    Ok(mails
        .iter()
        .enumerate()
        .map(|(index, mail)| {
            let Seeker { contact, model, .. } = seekers[index];
            RoutingFacts {
                record_type: match (model, mail.entry.connection) {
                    (None, _) => RecordType::Unset,
                    (Some(model), Some(connection)) => RecordType::Remote(connection, model),
                    (Some(model), None) => {
                        modules.get(model).map_or(RecordType::NotInstalled(model), RecordType::Installed)
                    }
                },
                sender_policy: mail.server.as_ref().map_or(SenderPolicy::Everyone, |server| server.sender_policy),
                sender: contact,
                seen_here: seen_here(&same, mail, &fingerprints[index]),
                claimed: claimed[&mail.entry.connection]
                    .iter()
                    .filter(|held| held.fingerprint == fingerprints[index] && held.message != mail.entry.id)
                    .map(|held| (held.model.clone(), held.message))
                    .collect(),
                leads: leads.next().expect("there are leads for each mail of the batch"),
                elsewhere: mail.entry.connection.map_or(Elsewhere::Nothing, |id| place(&elsewhere, id, mail)),
                alike: delivered.iter().chain(&habits[..index]).filter(|other| habits[index].is_like(other)).count(),
                forced: wish.correction.force,
                chosen: wish.correction.record.and_then(|record| Some((model?.to_owned(), record))),
                gateway: gateways.remove(&mail.entry.id),
            }
        })
        .collect())
}

/// Where the mail belongs at its connection.
fn place(known: &outbox::KnownMails, connection: ConnectionId, mail: &Mail) -> Elsewhere {
    match known.of(connection, &mail.message) {
        outbox::Belonging::With(_, id) => Elsewhere::Joins(format!("<{id}>")),
        outbox::Belonging::Apart(id) => Elsewhere::Apart(format!("<{id}>")),
        outbox::Belonging::Nowhere => Elsewhere::Nothing,
    }
}

/// Who has claims, in this database and on the connections that these mails go to.
fn claims_of(
    db: &mut Db,
    mails: &[Mail],
    fingerprints: &[String],
) -> Result<HashMap<Option<ConnectionId>, Vec<HeldClaim>>, StoreError> {
    let mut found = HashMap::new();
    for connection in mails.iter().map(|mail| mail.entry.connection).collect::<HashSet<_>>() {
        found.insert(connection, claims::holders(db, &sink(connection), fingerprints)?);
    }
    Ok(found)
}

fn sender(contacts: &HashMap<String, PartnerId>, mail: &Mail) -> Option<PartnerId> {
    contacts.get(&mail.message.from.normalized()?).copied()
}

/// An older message of this mailbox that is the same mail: one that waits for a person, or one that the server showed under
/// another UIDVALIDITY or another generation of its key. Or one in another folder of the account, from or to which somebody
/// moved or copied it.
fn seen_here(same: &[(MailboxId, Same)], mail: &Mail, fingerprint: &str) -> Option<MessageId> {
    let row = &mail.entry;
    let numbering = |key: &str| Some(key.parse::<SourceKey>().ok()?.numbered()?.0);
    same.iter()
        .filter(|(here, other)| *here == row.mailbox && other.fingerprint == fingerprint && other.id < row.id)
        .map(|(_, other)| other)
        .find(|other| {
            // The import of a wrong folder may be undone so that the right one is imported, which may have the same mail.
            let moved = other.mailbox != row.mailbox && other.reason != Some(Reason::ImportUndone);
            let renumbered = numbering(&other.source_key) != numbering(&row.source_key);
            moved || other.state == MailState::Held || renumbered || other.source_key == row.source_key
        })
        .map(|other| other.id)
}

/// What shows that mails come from a machine: who, about what, when.
struct Habit {
    sender: String,
    subject: String,
    date: Moment,
}

impl Habit {
    fn of(mail: &Mail) -> Self {
        let message = &mail.message;
        // As the ledger stores it.
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

/// The mails of these senders that were delivered around the same time.
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

/// Nothing for mail of other servers, or where a person chose the record type, which is then all that counts.
fn gateways<'m>(
    db: &mut Db,
    modules: &'m Modules,
    mails: &[Mail],
) -> Result<HashMap<MessageId, Gateway<'m>>, StoreError> {
    let called: Vec<(&Mail, &GatewayCall)> = mails
        .iter()
        .filter(|mail| mail.entry.object_model.is_none())
        .filter_map(|mail| Some((mail, mail.call.as_ref()?)))
        .collect();
    let named = aliases_of(db, &called)?;
    let mut found = HashMap::new();
    for (mail, call) in called {
        let record = match (&call.model, call.record) {
            (Some(model), Some(id)) => Some((model.clone(), id, records::exists(db, model, id)?)),
            _ => None,
        };
        let written_to = |alias: &&Alias| mail.message.recipients().any(|to| alias.address.matches(to));
        let typed = |alias: &Alias| match modules.get(&alias.model) {
            Some(module) => (alias.clone(), RecordType::Installed(module)),
            None => (alias.clone(), RecordType::Unset),
        };
        let aliases = named.iter().filter(written_to).map(typed).collect();
        found.insert(mail.entry.id, Gateway { aliases, record, values: call.values.clone() });
    }
    Ok(found)
}

/// The aliases that may be among the recipients, by one statement for all.
fn aliases_of(db: &mut Db, called: &[(&Mail, &GatewayCall)]) -> Result<Vec<Alias>, StoreError> {
    let recipients = called.iter().flat_map(|(mail, _)| mail.message.recipients());
    let local = |address: String| address.rsplit_once('@').map(|(local, _)| local.to_owned());
    let names: HashSet<String> = recipients.filter_map(|address| local(address.normalized()?)).collect();
    match names.is_empty() {
        true => Ok(Vec::new()),
        false => aliases::named(db, &names.into_iter().collect::<Vec<_>>()),
    }
}
