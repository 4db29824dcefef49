//! A message as Mailgate understands it: what `message` reads from raw bytes and `routing` decides about; the addresses in
//! it; and what identifies it at the place that it comes from.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Moment;
use super::id::{ConnectionId, ImportId, MailboxId, MessageId, RecordId, ServerId, SourceId};
use super::ledger::{MailState, Reason};
use super::server::IncomingServer;
use super::words::{self, Sentence};

/// An RFC 5322 mail after reading. Every text is decoded, free of NUL, CR and other control characters (except line feeds in
/// bodies), and bounded. Missing or broken parts have a substitute, named in `notes`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// The Message-ID with its angle brackets; derived from the source where the mail has none.
    pub message_id: String,
    /// False where `message_id` was derived.
    pub has_message_id: bool,
    /// Empty where the mail names no sender.
    pub from: Address,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    /// X-Original-To, Delivered-To, Envelope-To and similar fields, for recipients whom To does not name.
    pub delivered_to: Vec<Address>,
    /// The Date header in UTC; if it is missing or impossible, the moment of receipt.
    pub date: Moment,
    /// Decoded and unfolded; `(no subject)` where missing.
    pub subject: String,
    /// Message-IDs with angle brackets, in order, at most 100.
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    /// Message-IDs that it had before a relay or a list gave it another one (X-Original-Message-ID and similar fields).
    pub original_ids: Vec<String>,
    /// Message-IDs that its text quotes from the header of another mail, at most 10.
    pub quoted_ids: Vec<String>,
    /// Outlook's conversation: the first 22 bytes of Thread-Index (MS-OXOMSG §2.2.1.3), in hexadecimal digits.
    pub conversation: Option<String>,
    /// Sanitised HTML: no script, style, form or remote image; `cid:` kept. Also made from plain text.
    pub body_html: String,
    /// The body as plain text; from the HTML where there is no text part.
    pub body_text: String,
    pub attachments: Vec<Attachment>,
    pub automatic: Automatic,
    /// `X-Spam-Flag: YES`.
    pub spam: bool,
    /// Marks worth showing on a delivered message.
    pub marks: Vec<Mark>,
    /// What was missing or broken and what replaces it, one sentence each.
    pub notes: Vec<Sentence>,
    /// SHA-256 (hex) of what a reader sees, and of the attachments: for the fingerprint.
    pub digest: String,
    /// The same by Mailgate's first formula: of From, Date, Subject and the first kilobyte of text.
    pub first_digest: String,
}

impl Message {
    /// Everybody it is addressed to: first those whom the mail server names, then To and Cc.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.delivered_to.iter().chain(&self.to).chain(&self.cc)
    }

    /// ARCHITECTURE §4: the Message-ID with a digest of what a reader sees and of the attachments, or the source's SHA-256.
    /// It begins with the number of the formula; the first formula had none, and the source's digest needs none.
    pub fn fingerprint(&self, source_sha256: &str) -> String {
        if self.has_message_id { format!("2 {} {}", self.message_id, self.digest) } else { source_sha256.to_owned() }
    }

    /// The fingerprint by the first formula, since claims under it still count.
    pub fn first_fingerprint(&self) -> String {
        format!("{} {}", self.message_id, self.first_digest)
    }
}

/// A fingerprint as it is stored in rows and indexes: a digest. One by the first formula, which begins with the Message-ID,
/// is stored as it is, and recognised by that.
pub fn kept_fingerprint(fingerprint: &str) -> String {
    if fingerprint.starts_with('<') { fingerprint.to_owned() } else { short_digest(fingerprint.as_bytes()) }
}

/// Notes as the ledger stores them: the earlier ones, then the new ones. None if nothing was assumed.
pub fn join_notes(kept: Option<&str>, new: &[Sentence]) -> Option<String> {
    let mut notes = kept.map(words::from_stored_lines).unwrap_or_default();
    for note in new {
        if notes.iter().all(|kept| kept.as_str() != note.as_str()) {
            notes.push(note.clone());
        }
    }
    (!notes.is_empty()).then(|| words::stored_lines(&notes))
}

/// A part that is offered for download. Its bytes stay in the source until somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// A safe file name: no path, no control or bidi characters, at most 200 characters, never empty.
    pub name: String,
    /// Lower case, `application/octet-stream` where missing or wrong.
    pub mimetype: String,
    /// Bytes once decoded.
    pub size: u64,
    /// Their number and SHA-256 (hex), for the fingerprint; for a text without its white space, which may change on the way.
    pub digest: String,
    /// Without angle brackets; what `cid:` of the HTML refers to.
    pub content_id: Option<String>,
    /// Shown inside the HTML.
    pub inline: bool,
    /// Its place in the source: child numbers from the root, as in `1.2`.
    pub part: String,
}

/// Whether this mail comes from a machine that answers by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Automatic {
    #[default]
    No,
    /// A delivery report (RFC 3464), or something similar.
    Bounce { signs: Vec<Sentence>, original_message_id: Option<String> },
    /// An automatic reply (RFC 3834): it has a sign that no person's mail has.
    AutoReply { signs: Vec<Sentence> },
    /// It has only a sign that people's mail may have, too: delivered, and marked.
    Perhaps { sign: Sentence },
}

crate::coded! {
    /// Shown as a badge on a delivered message.
    pub enum Mark {
        PerhapsAutomatic = "perhaps_automatic",
        MailingList = "mailing_list",
        /// `Auto-Submitted: auto-generated`: a form's mail, so somebody's grievance.
        AutoGenerated = "auto_generated",
        Forwarded = "forwarded",
        /// It joined a record that does not have its sender's address: by the sender's name, or because somebody chose so.
        OtherSender = "other_sender",
        /// It joined its record by its subject or by a quotation, and cites no mail of it.
        PerhapsReply = "perhaps_reply",
    }
}

// A mail on its way: what is known of it, from the moment it is kept until its fate is settled.

/// What the ledger knows of a mail: all that is needed to take it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: MessageId,
    pub mailbox: MailboxId,
    /// None once the incoming server is deleted; its name stays.
    pub server: Option<ServerId>,
    /// Where its record goes; None is this database.
    pub connection: Option<ConnectionId>,
    /// The import of old mail that it belongs to.
    pub import: Option<ImportId>,
    pub server_name: String,
    pub source_key: String,
    pub state: MailState,
    pub reason: Option<Reason>,
    /// Failures so far.
    pub attempts: i32,
    pub source: Option<SourceId>,
    /// Of the source, in hex; empty where there is none.
    pub sha256: String,
    /// The record type that a person chose, or that it became.
    pub object_model: Option<String>,
    /// The mail's date, once it is read; before that, when the server received it.
    pub date: Option<Moment>,
    /// What has been assumed about it, a sentence a line.
    pub notes: Option<String>,
    pub create_date: Moment,
}

impl LedgerEntry {
    /// What replaces a date that the mail does not have.
    pub fn received(&self) -> Moment {
        self.date.unwrap_or(self.create_date)
    }
}

/// A mail that is kept and read.
#[derive(Debug, Clone)]
pub struct Mail {
    pub entry: LedgerEntry,
    /// The incoming server that it came by, with its present settings; None if that is deleted.
    pub server: Option<Arc<IncomingServer>>,
    /// What the client asked for that handed it over to the mail gateway.
    pub call: Option<GatewayCall>,
    /// What it says; with the sender whom a person named, if one did.
    pub message: Message,
    /// Its fingerprint (ARCHITECTURE §4).
    pub fingerprint: String,
}

impl Mail {
    pub fn id(&self) -> MessageId {
        self.entry.id
    }

    /// See [`kept_fingerprint`].
    pub fn kept_fingerprint(&self) -> String {
        kept_fingerprint(&self.fingerprint)
    }

    /// The date of its record: its own date, but not later than it came.
    pub fn date(&self) -> Moment {
        self.message.date.min(self.entry.received()).min(self.entry.create_date)
    }

    /// When it came, for lists that begin with the newest mail: its own date if it is old mail that was imported, else the
    /// moment of its arrival. The clock of whoever wrote it may be years behind, and must not hide what is new.
    pub fn came(&self) -> Moment {
        if self.entry.import.is_some() { self.date() } else { self.entry.create_date }
    }

    /// The record type that it is for: as a person chose, as the client that handed it over named it, or as its server is
    /// set.
    pub fn model(&self) -> Option<&str> {
        let named = self.call.as_ref().and_then(|call| call.model.as_deref());
        let set = || self.server.as_ref().and_then(|server| server.object_model.as_deref());
        self.entry.object_model.as_deref().or(named).or_else(set)
    }

    /// Whether only people who are named for it may see it.
    pub fn is_confidential(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.confidential)
    }

    /// Whether its record gets its attachments.
    pub fn with_attachments(&self) -> bool {
        self.server.as_ref().is_none_or(|server| server.attach)
            && !self.call.as_ref().is_some_and(|call| call.strip_attachments)
    }
}

// What a client of the mail gateway (`message_process`) asks for beside the mail itself.

/// Stored beside the ledger row, since a message may be routed again long after the call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GatewayCall {
    /// The record type if neither a reply nor an alias decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The record of `model` that the mail joins in that case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// Values of a new record of `model`, already checked.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// Deliver the text only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strip_attachments: bool,
    /// Keep the source for ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub save_original: bool,
}

/// One mailbox of a From, To or Cc header. `address` is empty where the header names nobody
/// (`MAILER-DAEMON`, `<>`); the name is decoded and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Address {
    pub name: String,
    pub address: String,
}

impl Address {
    /// The address as contacts are compared: in lower case, without the plus-part (RFC 5233).
    pub fn normalized(&self) -> Option<String> {
        normalize_address(&self.address)
    }

    /// The name of a contact with this address: the name, or the address if there is none.
    pub fn contact_name(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }

    /// Reads what [`Address::display`] wrote.
    pub fn from_display(display: &str) -> Self {
        let parts = display.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
        match parts {
            Some((name, address)) => Self { name: name.trim().to_owned(), address: address.to_owned() },
            None if display.contains('@') => Self { name: String::new(), address: display.to_owned() },
            None => Self { name: display.to_owned(), address: String::new() },
        }
    }

    /// How a person reads it: `Amina Diallo <amina@people.example>`.
    pub fn display(&self) -> String {
        match (self.name.is_empty(), self.address.is_empty()) {
            (true, _) => self.address.clone(),
            (false, true) => self.name.clone(),
            (false, false) => format!("{} <{}>", self.name, self.address),
        }
    }
}

/// See [`Address::normalized`]. None if the text is no address. A name before it is ignored: `Amina <amina@people.example>`.
pub fn normalize_address(address: &str) -> Option<String> {
    let bare = address.trim().strip_suffix('>').and_then(|text| Some(text.rsplit_once('<')?.1)).unwrap_or(address);
    let (local, domain) = bare.trim().rsplit_once('@')?;
    let local = local.split_once('+').map_or(local, |(before, _)| before);
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    Some(format!("{}@{}", local.to_lowercase(), domain.to_lowercase()))
}

/// Whether a field that may hold several addresses with names has this one, which is in the form of [`normalize_address`].
pub fn has_address(field: &str, normal: &str) -> bool {
    field.split([',', ';', '<', '>', ' ']).any(|word| normalize_address(word).as_deref() == Some(normal))
}

/// What identifies a message within its mailbox. Printed as in ARCHITECTURE §4: `imap:<uidvalidity>:<uid>`, `pop:<uidl>`,
/// `local:<sha256>`, `api:<sha256>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKey {
    Imap { uid_validity: u32, uid: u32 },
    Pop { uidl: String },
    Local { sha256: String },
    Api { sha256: String },
}

impl SourceKey {
    /// The UIDVALIDITY and the UID, if its server numbers its messages.
    pub fn numbered(&self) -> Option<(u32, u32)> {
        match self {
            SourceKey::Imap { uid_validity, uid } => Some((*uid_validity, *uid)),
            SourceKey::Pop { .. } | SourceKey::Local { .. } | SourceKey::Api { .. } => None,
        }
    }

    /// Whether a client of the mail gateway handed the message over.
    pub fn is_of_gateway(&self) -> bool {
        matches!(self, SourceKey::Api { .. })
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceKey::Imap { uid_validity, uid } => write!(f, "imap:{uid_validity}:{uid}"),
            SourceKey::Pop { uidl } => write!(f, "pop:{uidl}"),
            SourceKey::Local { sha256 } => write!(f, "local:{sha256}"),
            SourceKey::Api { sha256 } => write!(f, "api:{sha256}"),
        }
    }
}

impl FromStr for SourceKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, rest) = text.split_once(':').ok_or(())?;
        match kind {
            "imap" => {
                let (validity, uid) = rest.split_once(':').ok_or(())?;
                Ok(SourceKey::Imap {
                    uid_validity: validity.parse().map_err(|_| ())?,
                    uid: uid.parse().map_err(|_| ())?,
                })
            }
            "pop" => Ok(SourceKey::Pop { uidl: rest.to_owned() }),
            "local" => Ok(SourceKey::Local { sha256: rest.to_owned() }),
            "api" => Ok(SourceKey::Api { sha256: rest.to_owned() }),
            _ => Err(()),
        }
    }
}

/// How the keys of one UIDVALIDITY begin.
pub fn numbering(uid_validity: u32) -> String {
    format!("imap:{uid_validity}:")
}

/// How much of a message came, in a complete answer, compared with what its server announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// As many bytes as announced, or more.
    All,
    /// Fewer, and the same ones twice. Some servers announce another size than they send, but none proves that it sent all;
    /// so the mail is kept, and never deleted or moved.
    Fewer,
}

/// Shows that the message under a key is still the one that is kept here; checked before it is deleted or moved. Only a
/// message of which all came has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// See [`header_digest`].
    pub header_digest: String,
    /// Bytes, as the server listed it.
    pub size: u64,
}

/// Bytes of a header (with its lines ending in CRLF) that count for its digest.
pub const HEADER_DIGEST_LIMIT: usize = 256 << 10;

/// A digest to tell bytes apart in large tables and indexes: the first half of their SHA-256, in 22 characters.
pub fn short_digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16])
}

/// The [`short_digest`] of a raw header up to and including the blank line that ends it. Lines are taken as ending in CRLF
/// and the blank line as present, so that IMAP's `BODY.PEEK[HEADER]`, POP's `TOP` and the stored source agree. `raw` may
/// continue with the body.
pub fn header_digest(raw: &[u8]) -> String {
    let mut block = Vec::with_capacity(raw.len().min(HEADER_DIGEST_LIMIT));
    for line in raw.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || block.len() >= HEADER_DIGEST_LIMIT {
            break;
        }
        block.extend_from_slice(line);
        block.extend_from_slice(b"\r\n");
    }
    block.extend_from_slice(b"\r\n");
    block.truncate(HEADER_DIGEST_LIMIT);
    short_digest(&block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_kept_in_order_and_said_once() {
        let new = |notes: &[&str]| notes.iter().map(|note| Sentence::verbatim(*note)).collect::<Vec<_>>();
        assert_eq!(join_notes(None, &[]), None);
        let kept = join_notes(None, &new(&["Size differs.", "No date."]));
        assert_eq!(kept.as_deref(), Some("Size differs.\nNo date."));
        let again = join_notes(kept.as_deref(), &new(&["No date.", "No subject."]));
        assert_eq!(again.as_deref(), Some("Size differs.\nNo date.\nNo subject."));
    }

    #[test]
    fn case_and_plus_part_do_not_matter() {
        assert_eq!(normalize_address("Amina+grm@People.Example").as_deref(), Some("amina@people.example"));
        assert_eq!(normalize_address("Amina <Amina@People.Example> ").as_deref(), Some("amina@people.example"));
        assert_eq!(normalize_address("MAILER-DAEMON"), None);
        assert_eq!(normalize_address("+x@y"), None);
    }

    #[test]
    fn an_address_is_found_however_it_was_stored() {
        for stored in [
            "amina@people.example",
            "AMINA@People.example",
            "Amina Diallo <amina@people.example>",
            "amina+grm@people.example",
            "other@x.example, amina@people.example",
        ] {
            assert!(has_address(stored, "amina@people.example"), "{stored}");
        }
        for stored in ["", "aminata@people.example", "amina@people.example.org", "xamina@people.example"] {
            assert!(!has_address(stored, "amina@people.example"), "{stored}");
        }
    }

    #[test]
    fn a_header_has_one_digest_however_it_was_fetched() {
        let digest = header_digest(b"Subject: a\r\nTo: b\r\n\r\n");
        assert_eq!(header_digest(b"Subject: a\nTo: b\n\nbody\n"), digest);
        assert_eq!(header_digest(b"Subject: a\r\nTo: b\r\n"), digest);
        assert_ne!(header_digest(b"Subject: a\nTo: c\n\nbody\n"), digest);
    }

    #[test]
    fn a_key_survives_the_database() {
        for key in [
            SourceKey::Imap { uid_validity: 4_294_967_295, uid: 7 },
            SourceKey::Pop { uidl: "a:b c".into() },
            SourceKey::Local { sha256: "00ff".into() },
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
