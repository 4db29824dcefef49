//! A message as it came from the mail server, not yet kept.

use std::fs::File;
use std::io::{Read, Seek};

use sha2::{Digest, Sha256};

use super::read::read_fetched;
use crate::domain::id::{MessageId, SourceId};
use crate::domain::message::Message;
use crate::domain::now;
use crate::domain::source::{Came, HEADER_DIGEST_LIMIT, header_digest};
use crate::mailbox::{Body, Download, Listed};
use crate::store::Db;
use crate::store::blob::{self, BlobError};

/// What the ledger expects of a message that is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A first row, or one more generation of a key that stood for other mail.
    New { generation: i32 },
    /// The source of a row that has none yet.
    Source { of: MessageId, attempts: i32 },
}

/// A message as it came from the mail server, with its digests.
pub(super) struct Fetched {
    pub listed: Listed,
    pub expected: Expected,
    pub body: Body,
    pub came: Came,
    pub size: u64,
    pub sha256: String,
    pub header_digest: String,
    /// What had to be assumed to take it from this server, one plain sentence each; they stand on the message for good.
    pub notes: Vec<String>,
    /// Read, where that needs no file: the time for it is while others are kept.
    pub message: Option<Message>,
}

impl Fetched {
    pub fn new(listed: Listed, expected: Expected, download: Download) -> std::io::Result<Self> {
        let Download { mut body, came } = download;
        let (size, sha256, header) = match &mut body {
            Body::Memory(bytes) => (bytes.len() as u64, hex::encode(Sha256::digest(&bytes)), header_digest(bytes)),
            Body::File(file) => digest_file(file)?,
        };
        let message = match &body {
            Body::Memory(bytes) => read_fetched(bytes, listed.internal_date.unwrap_or_else(now), &sha256),
            Body::File(_) => None,
        };
        let notes = Vec::new();
        Ok(Self { listed, expected, body, came, size, sha256, header_digest: header, notes, message })
    }

    /// Writes the source within the caller's transaction.
    pub fn write(&mut self, db: &mut Db) -> Result<SourceId, BlobError> {
        match &mut self.body {
            Body::Memory(bytes) => blob::write_known(db, &mut bytes.as_slice(), self.size, &self.sha256),
            Body::File(file) => {
                file.rewind()?;
                blob::write_known(db, file, self.size, &self.sha256)
            }
        }
    }
}

fn digest_file(file: &mut File) -> std::io::Result<(u64, String, String)> {
    file.rewind()?;
    let mut start = Vec::new();
    Read::take(&mut *file, HEADER_DIGEST_LIMIT as u64).read_to_end(&mut start)?;
    file.rewind()?;
    let mut digest = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        digest.update(&buffer[..count]);
        size += count as u64;
    }
    file.rewind()?;
    Ok((size, hex::encode(digest.finalize()), header_digest(&start)))
}
