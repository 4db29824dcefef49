//! Messages that are handed over one at a time: an MTA's pipe, the gateway API.

use std::io::{Cursor, Read, Seek, Write};

use super::fetched::{Expected, Fetched};
use super::keep::{keep_fetched, too_large};
use super::{Intake, KeepError};
use crate::domain::id::MessageId;
use crate::domain::ledger::Reason;
use crate::domain::server::{AfterFetch, IncomingServer, ServerType};
use crate::domain::source::SourceKey;
use crate::ledger;
use crate::mailbox::{Body, Download, Listed};
use crate::store::blob::BlobError;
use crate::store::{StoreError, known, mailboxes};

/// More than this of one message is never taken, in bytes.
const MOST: u64 = 1 << 30;

/// Keeps one message that is handed over (`mailgate deliver`, the gateway API) and returns after the commit. A
/// second identical delivery to the same server finds the first. One above the server's limit is kept, and held.
pub fn keep_one(intake: &Intake, server: &IncomingServer, body: &mut dyn Read) -> Result<MessageId, KeepError> {
    let body = take_in(intake, body)?;
    let nowhere = SourceKey::Local { sha256: String::new() };
    let listed = Listed { key: nowhere, size: 0, internal_date: None };
    let mut fetched = Fetched::new(listed, Expected::New { generation: 0 }, Download::all(body))?;
    let sha256 = fetched.sha256.clone();
    fetched.listed.key = match server.server_type {
        ServerType::Api => SourceKey::Api { sha256 },
        _ => SourceKey::Local { sha256 },
    };
    fetched.listed.size = fetched.size;
    let key = fetched.listed.key.to_string();
    // Nobody is to be told: it was handed over.
    let server = &IncomingServer { after_fetch: AfterFetch::Keep, ..server.clone() };
    Ok(intake.store.write(|db| {
        let mailbox = mailboxes::of(db, server)?;
        mailboxes::lock(db, mailbox.id)?;
        if let Some((_, known)) = known::newest(db, mailbox.id, std::slice::from_ref(&key))?.pop() {
            return Ok(known.id);
        }
        let Some(id) = keep_fetched(db, server, &mailbox, &mut fetched, &key, None)? else {
            return Err(StoreError::Corrupt(format!("{key} was not kept")).into());
        };
        if fetched.size > server.size_limit() {
            let detail = too_large(fetched.size, server);
            ledger::fail(db, id, 0, Reason::TooLarge, &detail)?;
        }
        Ok::<_, BlobError>(id)
    })?)
}

/// Reads a message to its end: in memory while it is small, in the spool folder when it is not.
fn take_in(intake: &Intake, from: &mut dyn Read) -> Result<Body, KeepError> {
    let in_memory = intake.environment.limits.in_memory as u64;
    let mut start = Vec::new();
    Read::take(&mut *from, in_memory + 1).read_to_end(&mut start)?;
    if start.len() as u64 <= in_memory {
        return Ok(Body::Memory(start));
    }
    std::fs::create_dir_all(&intake.spool)?;
    let mut file = tempfile::tempfile_in(&intake.spool)?;
    let size = std::io::copy(&mut Cursor::new(start).chain(Read::take(from, MOST)), &mut file)?;
    if size > MOST {
        return Err(KeepError::TooLarge(MOST));
    }
    file.flush()?;
    file.rewind()?;
    Ok(Body::File(file))
}
