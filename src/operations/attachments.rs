//! Attachments: cut from the mail's source when somebody asks for one, and streamed.

use std::io::{self, Write};

use super::{App, OperationError, require};
use crate::domain::id::{AttachmentId, RecordId};
use crate::domain::person::{Caller, Role};
use crate::message;
use crate::store::blob::{self, BlobError};
use crate::store::conversation::{self, File};

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

/// Writes the decoded bytes of an attachment, a piece at a time.
pub fn copy(app: &App, file: &File, to: &mut dyn Write) -> Result<u64, BlobError> {
    let Some(part) = &file.part else { return blob::copy(&app.store, file.source_id, to) };
    let mut source = blob::Reader::open(&app.store, file.source_id)?;
    let mut bytes = message::part(&mut source, part)?;
    Ok(io::copy(&mut bytes, to)?)
}
