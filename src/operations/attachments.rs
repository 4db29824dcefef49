//! Attachments: cut from the mail's source when somebody asks for one, and streamed.

use std::io::{self, Write};

use super::{App, OperationError, require};
use serde_json::json;

use crate::domain::audit::AuditAction;
use crate::domain::id::{AttachmentId, PostId, RecordId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::{Invalid, media_type};
use crate::message;
use crate::say;
use crate::store::attachments::{self, AttachmentFile};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::blob::{self, BlobError};
use crate::store::{Db, StoreError, records};

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
) -> Result<AttachmentFile, OperationError> {
    require(caller, Right::Read, Object::Attachments, || say!("deed-read-attachments"))?;
    app.store
        .read(|db| attachments::of_record(db, model, record, id))?
        .ok_or_else(|| OperationError::NotFound(say!("attachment-gone").into()))
}

/// Any attachment; None where it is not there (any more).
pub fn get(app: &App, caller: &Caller, id: AttachmentId) -> Result<Option<AttachmentFile>, OperationError> {
    require(caller, Right::Read, Object::Attachments, || say!("deed-read-attachments"))?;
    app.store.read(|db| Ok(attachments::get(db, id)?))
}

/// A file that a client hands over.
pub struct NewFile<'a> {
    /// None: it is put on a record later, by `move_in`.
    pub place: Option<AttachedTo<'a>>,
    pub name: &'a str,
    /// Empty where it is not known: then the name tells.
    pub mimetype: &'a str,
    pub bytes: &'a [u8],
}

/// The record, and the message of its conversation, that a file belongs to.
#[derive(Clone, Copy)]
pub struct AttachedTo<'a> {
    pub model: &'a str,
    pub record: RecordId,
    pub post: Option<PostId>,
}

/// Keeps a file, within the caller's transaction.
pub fn create_in(db: &mut Db, caller: &Caller, new: &NewFile<'_>) -> Result<AttachmentId, OperationError> {
    require(caller, Right::Create, Object::Attachments, || say!("deed-attach-files"))?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(Invalid::new("name", say!("attachment-name")).into());
    }
    let mimetype = match new.mimetype {
        "" => mimetype_of(name),
        given => media_type::or_bytes(given),
    };
    if let Some(place) = &new.place {
        exists(db, place)?;
    }
    let stored = blob::write(db, &mut &new.bytes[..]).map_err(|error| match error {
        BlobError::Store(error) => OperationError::Store(error),
        BlobError::Io(error) => OperationError::Refused(say!("attachment-not-kept", name, error).into()),
    })?;
    let id = attachments::insert_file(db, name, mimetype, &stored)?;
    if let Some(place) = &new.place {
        attachments::place(db, id, place.model, place.record, place.post)?;
    }
    remember(db, caller, AuditAction::Create, (id, name), new.place.as_ref())?;
    Ok(id)
}

/// Puts a file on a record, or on a message of the record that it is on already, within the caller's transaction.
pub fn move_in(db: &mut Db, caller: &Caller, id: AttachmentId, to: &AttachedTo<'_>) -> Result<(), OperationError> {
    require(caller, Right::Create, Object::Attachments, || say!("deed-attach-files"))?;
    exists(db, to)?;
    let gone = || OperationError::NotFound(say!("attachment-missing", id).into());
    let file = attachments::get(db, id)?.ok_or_else(gone)?;
    let free = file.model.is_none() && file.post_id.is_none();
    let here = file.model.as_deref() == Some(to.model) && file.res_id == Some(to.record) && file.post_id.is_none();
    if !free && !here {
        let words = say!("attachment-elsewhere", name = file.name);
        return Err(OperationError::Refused(words.into()));
    }
    attachments::place(db, id, to.model, to.record, to.post)?;
    Ok(remember(db, caller, AuditAction::Write, (id, &file.name), Some(to))?)
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (id, name): (AttachmentId, &str),
    place: Option<&AttachedTo<'_>>,
) -> Result<(), StoreError> {
    let after = place.map(|place| json!({"res_model": place.model, "res_id": place.record}));
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: "ir.attachment",
        object_id: Some(id.0),
        object_name: name,
        before: None,
        after,
    };
    audit::write(db, &entry)
}

fn exists(db: &mut Db, place: &AttachedTo<'_>) -> Result<(), OperationError> {
    if records::view::find(db, place.model, place.record)?.is_none() {
        let words = say!("attachment-no-record", model = place.model, record = place.record);
        return Err(OperationError::NotFound(words.into()));
    }
    Ok(())
}

/// The type that a file's name tells.
fn mimetype_of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
    match ending.as_str() {
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "xml" => "application/xml",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "zip" => "application/zip",
        "eml" => "message/rfc822",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

/// Writes the decoded bytes of an attachment, a piece at a time.
pub fn copy(app: &App, file: &AttachmentFile, to: &mut dyn Write) -> Result<u64, BlobError> {
    let Some(part) = &file.part else { return blob::copy(&app.store, file.source_id, to) };
    let mut source = blob::SourceReader::open(&app.store, file.source_id)?;
    let mut bytes = message::part(&mut source, part)?;
    Ok(io::copy(&mut bytes, to)?)
}
