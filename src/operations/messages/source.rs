//! The raw source of a message. It may hold what a page never shows, so opening it is audited.

use std::io::{Read, Write};

use super::existing;
use crate::domain::audit::AuditAction;
use crate::domain::id::{MessageId, SourceId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::StoreError;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::blob::{self, BlobError, SourceReader};
use crate::store::messages::view::MessageRow;

/// Bytes of a source that a page shows; the rest is in the download.
pub const HEAD: u64 = 1_000_000;

/// A source that was opened: the audit has it.
pub struct OpenedSource {
    pub message: MessageRow,
    pub source: SourceId,
    pub size: u64,
    /// The first [`HEAD`] bytes as text; bytes that are no UTF-8 are read as Windows-1252 would be.
    pub head: String,
}

/// Opens a source; `whole` says that it is to be downloaded, so that no text is read.
pub fn open_source(app: &App, caller: &Caller, id: MessageId, whole: bool) -> Result<OpenedSource, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-open-sources"))?;
    let (message, source) = app.store.write(|db| {
        let message = existing(db, caller, id)?;
        let Some(source) = message.source else {
            return Err(OperationError::Refused(say!("source-gone").into()));
        };
        audit::write(
            db,
            &NewAuditEntry {
                caller,
                action: AuditAction::OpenSource,
                object_model: "mailgate.message",
                object_id: Some(id.0),
                object_name: message.subject.as_deref().unwrap_or(&message.source_key),
                before: None,
                after: None,
            },
        )?;
        Ok((message, source))
    })?;
    let mut reader = SourceReader::open(&app.store, source)?;
    let size = reader.size();
    let mut head = Vec::new();
    if !whole {
        let read = Read::take(&mut reader, HEAD).read_to_end(&mut head);
        read.map_err(|error| StoreError::Corrupt(format!("source {source}: {error}")))?;
    }
    Ok(OpenedSource { message, source, size, head: as_text(head) })
}

/// Bytes that are no UTF-8 are read as Windows-1252 would be.
pub(super) fn as_text(mut bytes: Vec<u8>) -> String {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        // Cut in the middle of a character.
        bytes.truncate(error.valid_up_to());
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    }
}

/// Writes the source's bytes, a piece at a time.
pub fn copy_source(app: &App, opened: &OpenedSource, to: &mut dyn Write) -> Result<u64, BlobError> {
    blob::copy(&app.store, opened.source, to)
}

#[cfg(test)]
mod tests {
    use super::as_text;

    #[test]
    fn a_source_is_shown_whatever_its_charset() {
        assert_eq!(as_text("reçu".as_bytes()[..3].to_vec()), "re");
        assert_eq!(as_text(b"re\xe7u".to_vec()), "reçu");
    }
}
