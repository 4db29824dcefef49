//! What goes out to an OpenSPP/Odoo: queued messages are brought to their connections, in order per conversation, several
//! side by side, and each exactly once (ARCHITECTURE §4). One process at a time works on a connection; what waits stays in the
//! ledger however long the far end is away.

mod carry;
mod round;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::background::{LockError, Locks, Stop};
use crate::domain::connection::Connection;
use crate::domain::conversation::{Involvement, People, SoughtSender};
use crate::domain::expiry::Nameless;
use crate::domain::handover::Handover;
use crate::domain::id::{ConnectionId, MessageId, RecordId};
use crate::domain::message::{Address, Message};
use crate::domain::secret::Secret;
use crate::domain::thread::MessageIdKey;
use crate::key::SecretKey;
use crate::odoo::{Network, Odoo, Remote, Trouble};
use crate::store::handovers::{self, QueuePosition, There};
use crate::store::{Db, Store, StoreError, users};

pub use round::Runner;

/// Signs in at a connection.
pub type Dial = Arc<dyn Fn(&Connection, &Secret, Nameless) -> Result<Box<dyn Remote>, Trouble> + Send + Sync>;

/// Signs in over the network.
pub fn dial(network: Network) -> Dial {
    Arc::new(move |connection, password, nameless| {
        let network = Network { nameless, ..network.clone() };
        Ok(Box::new(Odoo::sign_in(connection, password, &network)?))
    })
}

/// Everything that delivering to connections needs; cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    store: Store,
    /// Opens the passwords of connections.
    key: SecretKey,
    locks: Locks,
    dial: Dial,
    /// The folder of mail that is on its way out and large.
    spool: PathBuf,
    sessions: round::KeptSessions,
}

/// Why a round over a connection ended early. What is wrong with the connection itself is written on it instead.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Outbox {
    pub fn new(store: Store, key: SecretKey, locks: Locks, dial: Dial, spool: PathBuf) -> Self {
        Self { store, key, locks, dial, spool, sessions: Default::default() }
    }

    /// Delivers what is due at this connection until nothing is, the connection fails, or `stop` is requested. Does
    /// nothing where another process is at work on it, or where it is not used, paused or failing and not due yet.
    pub fn drain(&self, connection: ConnectionId, stop: &Stop) -> Result<(), OutboxError> {
        round::drain(self, connection, stop)
    }
}

/// What a message is to become at its connection.
#[derive(Debug, Clone, Copy)]
pub struct QueuedRecord<'a> {
    pub model: &'a str,
    /// The record there that a person chose.
    pub record: Option<RecordId>,
    /// The contact there that a person linked.
    pub partner: Option<i32>,
    /// Who wrote it, as a person says.
    pub sender: Option<&'a Address>,
    /// A person wants it delivered whatever it looks like.
    pub forced: bool,
    /// It joins no record by itself.
    pub apart: bool,
    /// Messages with the same one are delivered in order.
    pub conversation: &'a str,
}

/// Puts the message into the queue of its connection, in its conversation, within the transaction that routes it; rounds deliver
/// it later. For a message that is queued already this changes what it is to become there. `claimed` is what makes its record
/// the only one.
pub fn put(
    db: &mut Db,
    id: MessageId,
    message: &Message,
    connection: ConnectionId,
    claimed: &str,
    wanted: &QueuedRecord<'_>,
) -> Result<(), StoreError> {
    let QueuedRecord { model, record, partner, sender, forced, apart, conversation } = *wanted;
    let before = handovers::get(db, id, connection)?.filter(|before| before.model == model);
    let handover = match before {
        // What may have reached the far end already keeps the names it has there, unless a person wants it beside
        // what the far end knows by this Message-ID.
        Some(before) => Handover {
            message_id: match before.known_there && forced {
                true => derived_id(model, claimed),
                false => before.message_id,
            },
            record: record.map(|record| record.0).or(before.record),
            partner: partner.or(before.partner),
            sender: sender.cloned().or(before.sender),
            forced: before.forced || forced,
            apart,
            ..before
        },
        None => Handover {
            model: model.to_owned(),
            // Odoo knows a message by its Message-ID alone, so no two mails may go out under the same one.
            message_id: match handovers::is_taken(db, connection, &message.message_id, id)? {
                true => derived_id(model, claimed),
                false => message.message_id.clone(),
            },
            external_id: format!("mailgate.m{}", digest(&[model, claimed])),
            record: record.map(|record| record.0),
            partner,
            sender: sender.cloned(),
            apart,
            forced,
            known_there: false,
            attempt: None,
        },
    };
    let place = QueuePosition {
        connection,
        key: MessageIdKey::of(&message.message_id),
        people: People::of(message, None),
        conversation,
    };
    handovers::put(db, id, &place, &handover)
}

fn derived_id(model: &str, claimed: &str) -> String {
    format!("<{}@mailgate.invalid>", digest(&["message", model, claimed]))
}

/// Forty hexadecimal digits that stand for these texts.
fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let mut hex = hex::encode(hash.finalize());
    hex.truncate(40);
    hex
}

// Mail for a connection: what it answers of what went there from here, and which conversation that makes it part of.
// Where its sender is none of the people of that conversation, it makes a record of its own there too.

/// What is known here of the mails that a batch may belong to.
pub struct KnownMails {
    there: Vec<There>,
    officers: HashSet<String>,
}

/// Where a mail belongs at its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belonging<'k> {
    /// To the conversation of this mail.
    With(&'k There, MessageIdKey),
    /// It answers this mail, of people whom its sender is none of.
    Apart(MessageIdKey),
    Nowhere,
}

/// What is known of the conversations of these mails, each for its connection: in two statements, and none where there are
/// none.
pub fn known(db: &mut Db, mails: &[(ConnectionId, &Message)]) -> Result<KnownMails, StoreError> {
    let connections: HashSet<ConnectionId> = mails.iter().map(|(connection, _)| *connection).collect();
    let messages: Vec<&Message> = mails.iter().map(|(_, message)| *message).collect();
    look_up(db, connections.into_iter().collect(), &messages)
}

fn look_up(db: &mut Db, connections: Vec<ConnectionId>, messages: &[&Message]) -> Result<KnownMails, StoreError> {
    let cited: HashSet<MessageIdKey> = messages.iter().flat_map(|message| message.cited()).collect();
    let own: HashSet<MessageIdKey> = messages.iter().flat_map(|message| message.own_ids()).collect();
    let asides: Vec<String> =
        messages.iter().flat_map(|message| message.cited().into_iter().map(|id| aside(&id, message))).collect();
    let keys: Vec<&str> = cited.iter().map(MessageIdKey::as_str).collect();
    let conversations: Vec<&str> = keys
        .iter()
        .copied()
        .chain(own.iter().map(MessageIdKey::as_str))
        .chain(asides.iter().map(String::as_str))
        .collect();
    let there = handovers::there(db, &connections, &keys, &conversations)?;
    let mut officers = HashSet::new();
    if !there.is_empty() {
        let senders: Vec<String> = messages.iter().filter_map(|message| message.from.normalized()).collect();
        let senders: Vec<&str> = senders.iter().map(String::as_str).collect();
        officers = users::among(db, &senders)?.into_iter().collect();
    }
    Ok(KnownMails { there, officers })
}

/// The conversation of somebody who answers mail of others.
fn aside(answered: &MessageIdKey, message: &Message) -> String {
    format!("{answered} {}", message.from.normalized().unwrap_or_default())
}

impl KnownMails {
    /// Where this mail belongs at its connection.
    pub fn of(&self, connection: ConnectionId, message: &Message) -> Belonging<'_> {
        let who = SoughtSender::of(&message.from, None);
        let cited = message.cited();
        let latest = |fits: &dyn Fn(&There) -> bool| {
            self.there.iter().rev().find(|mail| mail.connection == connection && fits(mail))
        };
        let mut apart = None;
        for id in &cited {
            let Some(mail) = latest(&|mail| mail.has_key(id)) else { continue };
            if self.standing(mail, &who) > Involvement::Stranger {
                return Belonging::With(mail, id.clone());
            }
            apart.get_or_insert(id);
        }
        // What came before this mail and answers it, or answers what this one does and is of the same sender.
        let own = People::of(message, None);
        for id in message.own_ids() {
            let answering = latest(&|mail| mail.conversation == id.as_str() && !mail.has_key(&id));
            if let Some(mail) = answering.filter(|mail| mail.people.wrote_to(&own)) {
                return Belonging::With(mail, id);
            }
        }
        for id in &cited {
            let wrote = |mail: &There| mail.people.standing(&who) == Involvement::Wrote;
            let same = latest(&|mail| mail.conversation == id.as_str() && wrote(mail));
            if let Some(mail) = same.or_else(|| latest(&|mail| mail.conversation == aside(id, message))) {
                return Belonging::With(mail, id.clone());
            }
        }
        apart.map_or(Belonging::Nowhere, |id| Belonging::Apart(id.clone()))
    }

    fn standing(&self, mail: &There, who: &SoughtSender) -> Involvement {
        match &who.address {
            Some(address) if self.officers.contains(address) => Involvement::Works,
            _ => self.people(mail).standing(who),
        }
    }

    /// Everybody of the conversation that a mail belongs to.
    fn people(&self, of: &There) -> People {
        let mut people = of.people.clone();
        let same = |mail: &&There| mail.connection == of.connection && mail.conversation == of.conversation;
        self.there.iter().filter(same).for_each(|mail| {
            people.welcome(&mail.people);
        });
        people
    }

    /// The conversation that a mail belongs to, or begins.
    pub fn conversation(&self, connection: ConnectionId, message: &Message) -> String {
        match self.of(connection, message) {
            Belonging::With(mail, _) => mail.conversation.clone(),
            Belonging::Apart(id) => aside(&id, message),
            Belonging::Nowhere => {
                let mut cited = message.references.iter().chain(&message.in_reply_to);
                let begun_by = cited.find_map(|id| MessageIdKey::of(id));
                let Some(id) = begun_by.or_else(|| message.own_ids().into_iter().next()) else {
                    return message.message_id.clone();
                };
                // Others who answer the same are others.
                let own = message.own_ids();
                let is_own = |mail: &There| own.iter().any(|id| mail.has_key(id));
                let taken =
                    |mail: &There| mail.connection == connection && mail.conversation == id.as_str() && !is_own(mail);
                if self.there.iter().any(taken) { aside(&id, message) } else { id.to_string() }
            }
        }
    }

    /// The records over there of the conversation that the mail belongs to, as far as its mails have arrived: where it
    /// belongs first, and then what succeeds that where it was deleted there, the latest first.
    pub fn records(&self, connection: ConnectionId, message: &Message, model: &str) -> Vec<i32> {
        let Belonging::With(mail, _) = self.of(connection, message) else { return Vec::new() };
        let same = |other: &&There| other.connection == connection && other.conversation == mail.conversation;
        let arrived = std::iter::once(mail).chain(self.there.iter().rev().filter(same));
        let mut records: Vec<i32> = Vec::new();
        for (_, RecordId(id)) in arrived.filter_map(There::record).filter(|(of, _)| *of == model) {
            if !records.contains(&id) {
                records.push(id);
            }
        }
        records
    }
}
