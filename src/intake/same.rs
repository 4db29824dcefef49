//! Mail that came before: under a fingerprint of the first formula, which is then this mail's too, so that its claims go
//! on counting; and other mail under the same Message-ID, which is said.

use std::collections::{HashMap, HashSet};

use super::Intake;
use super::read::{self, Reading};
use crate::domain::message::Message;
use crate::domain::now;
use crate::store::blob::Reader;
use crate::store::similar::{self, Older};
use crate::store::{Store, StoreError};

const OTHER_MAIL: &str =
    "Other mail came under the same Message-ID; the two were told apart by what they say and carry.";

/// Gives each mail the fingerprint that it is known by, and notes where its Message-ID stands for other mail too.
pub(super) fn recognise(intake: &Intake, readings: &mut [Reading]) -> Result<(), StoreError> {
    let mails: Vec<(&Message, &str)> =
        readings.iter().map(|reading| (&reading.message, reading.row.sha256.as_str())).collect();
    let told = tell_apart(intake, &mails)?;
    for (reading, told) in readings.iter_mut().zip(told) {
        reading.fingerprint = told.fingerprint;
        reading.message.notes.extend(told.note);
    }
    Ok(())
}

/// What a mail is known by.
pub(super) struct Told {
    pub fingerprint: String,
    /// Said where its Message-ID stands for other mail too.
    pub note: Option<String>,
}

/// Tells each of these mails, with the SHA-256 of its source, from those before it, in a statement for all of them.
pub(super) fn tell_apart(intake: &Intake, mails: &[(&Message, &str)]) -> Result<Vec<Told>, StoreError> {
    let known = known_as(intake, mails)?;
    let fingerprints: Vec<String> = mails
        .iter()
        .zip(known)
        .map(|((message, sha256), known)| known.unwrap_or_else(|| message.fingerprint(sha256)))
        .collect();
    let ids: Vec<&str> =
        mails.iter().filter(|(mail, _)| mail.has_message_id).map(|(mail, _)| mail.message_id.as_str()).collect();
    let before = match ids.is_empty() {
        true => HashSet::new(),
        false => intake.store.read(|db| similar::under_message_ids(db, &ids))?,
    };
    // Of one batch, the first came first.
    let mut here: HashMap<&str, &str> = HashMap::new();
    let other = mails.iter().zip(&fingerprints).map(|((mail, _), fingerprint)| {
        let id = mail.message_id.as_str();
        let first = here.entry(id).or_insert(fingerprint);
        let is_other = |(of, known): &(String, String)| of == id && known != fingerprint;
        mail.has_message_id && (before.iter().any(is_other) || first != fingerprint)
    });
    let notes: Vec<Option<String>> = other.map(|other| other.then(|| OTHER_MAIL.to_owned())).collect();
    Ok(fingerprints.into_iter().zip(notes).map(|(fingerprint, note)| Told { fingerprint, note }).collect())
}

/// The fingerprint that each of these mails, with the SHA-256 of its source, is known by from before; None where the
/// present formula's counts.
fn known_as(intake: &Intake, mails: &[(&Message, &str)]) -> Result<Vec<Option<String>>, StoreError> {
    if !intake.older_fingerprints || mails.is_empty() {
        return Ok(vec![None; mails.len()]);
    }
    let firsts: Vec<String> = mails.iter().map(|(message, _)| message.first_fingerprint()).collect();
    let sources: Vec<&str> = mails.iter().map(|(_, sha256)| *sha256).collect();
    let texts: Vec<&str> = firsts.iter().map(String::as_str).collect();
    let older = intake.store.read(|db| similar::older(db, &sources, &texts))?;
    let mut known = Vec::new();
    for ((message, sha256), first) in mails.iter().zip(&firsts) {
        // The same bytes are the same mail, however they are read by now.
        let mut found = older.iter().find(|other| other.sha256.as_deref() == Some(sha256));
        for other in older.iter().filter(|other| other.fingerprint == *first) {
            if found.is_none() && is_same(&intake.store, other, message)? {
                found = Some(other);
            }
        }
        known.push(found.map(|other| other.fingerprint.clone()));
    }
    Ok(known)
}

/// The first formula did not look at attachments. Where the older mail can't be read any more, mail that has some is taken
/// for another one: what is doubled is seen, what is lost is not.
fn is_same(store: &Store, older: &Older, message: &Message) -> Result<bool, StoreError> {
    if message.attachments.is_empty() && older.source.is_none() {
        return Ok(true);
    }
    let Some(source) = older.source else { return Ok(false) };
    let sha256 = older.sha256.as_deref().unwrap_or_default();
    let read = read::parse(&mut Reader::open(store, source)?, now(), sha256, &format!("message {}", older.id))?;
    Ok(read.map_or(message.attachments.is_empty(), |read| read.digest == message.digest))
}
