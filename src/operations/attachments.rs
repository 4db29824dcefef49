//! Attachments: cut from the mail's source when somebody asks for one, and streamed.

use std::io::{self, Write};

use super::{App, OperationError, require};
use crate::domain::Invalid;
use crate::domain::id::{AttachmentId, RecordId};
use crate::domain::person::{Caller, Role};
use crate::message;
use crate::store::blob::{self, BlobError};
use crate::store::conversation::{self, File};
use crate::store::{Db, record_view};

const READERS: [Role; 3] = [Role::SystemAdmin, Role::Officer, Role::Auditor];
/// Types that a browser shows as a picture and can't be made to run anything with.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a file may be shown in a page.
pub fn is_picture(mimetype: &str) -> bool {
    PICTURES.contains(&mimetype)
}

/// One attachment of this record.
pub fn find(
    app: &App,
    caller: &Caller,
    model: &str,
    record: RecordId,
    id: AttachmentId,
) -> Result<File, OperationError> {
    require(caller, &READERS, "read attachments")?;
    app.store
        .read(|db| conversation::attachment(db, model, record, id))?
        .ok_or_else(|| OperationError::NotFound("This attachment does not exist any more.".into()))
}

/// A file that a client puts on a record.
pub struct New<'a> {
    pub model: &'a str,
    pub record: RecordId,
    pub name: &'a str,
    /// Empty where it is not known.
    pub mimetype: &'a str,
    pub bytes: &'a [u8],
}

/// Keeps a file on a record, within the caller's transaction.
pub(super) fn create_in(db: &mut Db, caller: &Caller, new: &New<'_>) -> Result<AttachmentId, OperationError> {
    require(caller, &[Role::SystemAdmin, Role::Officer], "attach files")?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(Invalid::new("name", "A file has a name of 1 to 255 characters on one line.").into());
    }
    let mimetype = match new.mimetype {
        "" => "application/octet-stream",
        given => given,
    };
    if record_view::find(db, new.model, new.record)?.is_none() {
        let words = format!("There is no {} {} to attach this file to.", new.model, new.record);
        return Err(OperationError::NotFound(words));
    }
    let stored = blob::write(db, &mut &new.bytes[..]).map_err(|error| match error {
        BlobError::Store(error) => OperationError::Store(error),
        BlobError::Io(error) => OperationError::Refused(format!("“{name}” could not be kept: {error}.")),
    })?;
    Ok(conversation::attach(db, new.model, new.record, name, mimetype, &stored)?)
}

/// Writes the decoded bytes of an attachment, a piece at a time.
pub fn copy(app: &App, file: &File, to: &mut dyn Write) -> Result<u64, BlobError> {
    let Some(part) = &file.part else { return blob::copy(&app.store, file.source_id, to) };
    let mut source = blob::Reader::open(&app.store, file.source_id)?;
    let mut bytes = message::part(&mut source, part)?;
    Ok(io::copy(&mut bytes, to)?)
}
