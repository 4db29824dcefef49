//! How a message is told apart at the place it comes from (ARCHITECTURE §4).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The identity of a message within its mailbox. Printed as ARCHITECTURE §4 has it:
/// `imap:<uidvalidity>:<uid>`, `pop:<uidl>`, `local:<sha256>`, `api:<sha256>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKey {
    Imap { uid_validity: u32, uid: u32 },
    Pop { uidl: String },
    Local { sha256: String },
    Api { sha256: String },
}

impl SourceKey {
    /// The numbering of the server and the number within it, where its server numbers its messages.
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

/// What the keys of one numbering begin with.
pub fn numbering(uid_validity: u32) -> String {
    format!("imap:{uid_validity}:")
}

/// How much of a message came, in whole framing, of what its server announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// As many bytes as announced, or more.
    All,
    /// Fewer, and the same ones twice. Some servers announce another size than they send; none proves that it sent
    /// all, so it is kept and never deleted or moved.
    Fewer,
}

/// What shows that the message under a key is still the one that we keep: checked before it is deleted or moved.
/// Only a message of which all came has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// See [`header_digest`].
    pub header_digest: String,
    /// Bytes, as the server listed it.
    pub size: u64,
}

/// Bytes of a header block (once its lines end in CRLF) that count for its digest.
pub const HEADER_DIGEST_LIMIT: usize = 256 << 10;

/// What bytes are told apart by where that many stand in rows and indexes: the first half of their SHA-256, in 22 characters.
pub fn short_digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16])
}

/// The [`short_digest`] of a raw header block up to and including the blank line that ends it. Lines are taken as ending
/// in CRLF and the blank line as present, so that IMAP's `BODY.PEEK[HEADER]`, POP's `TOP` and the stored source
/// agree. `raw` may go on with the body.
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
