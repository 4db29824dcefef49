//! Attachments: cut from the mail's source when somebody asks for one, and streamed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::{App, OperationError, confidential, require};
use serde_json::json;

use crate::domain::id::{AttachmentId, PostId, RecordId};
use crate::domain::message::Message;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::text::shorten;
use crate::domain::{Invalid, now, text};
use crate::store::attachments::{self, AttachmentFile};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::blob::{self, BlobError};
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, records};
use crate::{message, say};

/// Types that a browser shows as a picture and can't be made to run anything with.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a file may be shown in a page.
pub fn is_picture(mimetype: &str) -> bool {
    PICTURES.contains(&mimetype)
}

/// Bytes of a text, and of a mail, that are shown within a page.
const TEXT_SHOWN: usize = 200_000;
const MAIL_SHOWN: usize = 8 << 20;

/// How a file is shown beside its download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLook {
    /// Within the page.
    Unfolds,
    /// In a tab of its own, should its first bytes say so, too: see [`is_pdf`].
    Pdf,
}

impl FileLook {
    /// By what the file calls itself; None: only as a download.
    pub fn of(file: &AttachmentFile) -> Option<Self> {
        let mimetype = match file.mimetype.as_str() {
            text::PLAIN_BYTES => mimetype_of(&file.name),
            said => said,
        };
        match mimetype {
            "application/pdf" => Some(Self::Pdf),
            "text/plain" | "text/csv" | "text/html" | "text/markdown" | "text/rtf" | "application/json"
            | "message/rfc822" | "message/global" => Some(Self::Unfolds),
            _ => None,
        }
    }
}

/// What a file says, for a page.
#[derive(Debug)]
pub enum FileContent {
    /// Its beginning, and whether there is more of it.
    Text {
        text: String,
        is_cut: bool,
    },
    /// Sanitised.
    Html(String),
    Mail(Box<Message>),
    /// It is too large to be shown, or no mail.
    Unreadable,
}

/// What a file says that unfolds ([`FileLook::Unfolds`]). Reading a mail takes as long as for a delivery: call it off the
/// async workers.
pub fn content(app: &App, caller: &Caller, file: &AttachmentFile) -> Result<FileContent, OperationError> {
    require(caller, Right::Read, Object::Attachments, || say!("deed-read-attachments"))?;
    let mimetype = if file.mimetype == text::PLAIN_BYTES { mimetype_of(&file.name) } else { &file.mimetype };
    let is_mail = mimetype.starts_with("message/");
    let (bytes, is_cut) = beginning(app, file, if is_mail { MAIL_SHOWN } else { TEXT_SHOWN })?;
    Ok(match mimetype {
        _ if is_mail && is_cut => FileContent::Unreadable,
        _ if is_mail => match message::read(&mut io::Cursor::new(bytes), now(), "") {
            Ok(mail) => FileContent::Mail(Box::new(mail)),
            Err(_) => FileContent::Unreadable,
        },
        "text/html" => FileContent::Html(message::clean_html(&message::text_of_file(&bytes))),
        _ => FileContent::Text { text: message::text_of_file(&bytes), is_cut },
    })
}

/// Whether a file is a PDF by its first bytes, whatever it calls itself.
pub fn is_pdf(app: &App, file: &AttachmentFile) -> Result<bool, OperationError> {
    Ok(beginning(app, file, 5)?.0.starts_with(b"%PDF-"))
}

/// The first bytes of a file, and whether there are more.
fn beginning(app: &App, file: &AttachmentFile, most: usize) -> Result<(Vec<u8>, bool), OperationError> {
    let mut start = FileStart { bytes: Vec::new(), most, is_cut: false };
    match copy(app, file, &mut start) {
        Ok(_) => {}
        Err(BlobError::Io(_)) if start.is_cut => {}
        Err(BlobError::Store(error)) => return Err(error.into()),
        Err(BlobError::Io(error)) => {
            return Err(OperationError::Refused(say!("attachment-damaged", name = file.name, error).into()));
        }
    }
    Ok((start.bytes, start.is_cut))
}

/// Takes no more than is wanted: what comes behind it is not read.
struct FileStart {
    bytes: Vec<u8>,
    most: usize,
    is_cut: bool,
}

impl Write for FileStart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.most - self.bytes.len());
        self.is_cut = taken < bytes.len();
        self.bytes.extend_from_slice(&bytes[..taken]);
        if taken == 0 && self.is_cut { Err(io::ErrorKind::WriteZero.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    let found = app.store.read(|db| match RecordSight::of(db, caller)?.sees(db, record)? {
        true => attachments::of_record(db, model, record, id),
        false => Ok(None),
    });
    let found = found?.ok_or_else(|| OperationError::NotFound(say!("attachment-gone").into()))?;
    confidential::opened(app, caller, &[record])?;
    Ok(found)
}

/// Any attachment; None where it is not there (any more).
pub fn get(app: &App, caller: &Caller, id: AttachmentId) -> Result<Option<AttachmentFile>, OperationError> {
    require(caller, Right::Read, Object::Attachments, || say!("deed-read-attachments"))?;
    let found = app.store.read(|db| {
        let found = attachments::get(db, id)?;
        let hidden = found.iter().filter_map(|file| file.res_id).collect::<Vec<_>>();
        let hidden = RecordSight::of(db, caller)?.hidden_of(db, &hidden)?;
        Ok::<_, OperationError>(found.filter(|_| hidden.is_empty()))
    })?;
    let on = found.iter().filter_map(|file| file.res_id).collect::<Vec<_>>();
    confidential::opened(app, caller, &on)?;
    Ok(found)
}

/// Files that go along with one note, and their bytes together.
pub const FILES_AT_ONCE: usize = 10;
pub const MOST_AT_ONCE: u64 = 25 << 20;

/// Files that a person sends with a form, one behind the other in one temporary file without a name.
#[derive(Debug, Default)]
pub struct SentFiles {
    all: Option<File>,
    files: Vec<SentFile>,
    size: u64,
}

#[derive(Debug)]
struct SentFile {
    name: String,
    from: u64,
    size: u64,
}

impl SentFiles {
    pub fn count(&self) -> usize {
        self.files.len()
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The next file begins, by the name that the browser has for it: some send the way to it, too.
    pub fn begin(&mut self, name: &str) {
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        self.files.push(SentFile { name: shorten(name.trim(), 255), from: self.size, size: 0 });
    }

    /// With these bytes at the end of the file that began last; `folder` is where the temporary file is made.
    pub fn with(mut self, folder: PathBuf, bytes: &[u8]) -> io::Result<Self> {
        if self.all.is_none() {
            std::fs::create_dir_all(&folder)?;
            self.all = Some(tempfile::tempfile_in(&folder)?);
        }
        if let (Some(all), Some(file)) = (&mut self.all, self.files.last_mut()) {
            all.write_all(bytes)?;
            file.size += bytes.len() as u64;
            self.size += bytes.len() as u64;
        }
        Ok(self)
    }
}

/// Keeps what was sent on a message of a record, within the caller's transaction.
pub(super) fn keep_in(
    db: &mut Db,
    caller: &Caller,
    sent: &mut SentFiles,
    place: AttachedTo<'_>,
) -> Result<(), OperationError> {
    for file in &sent.files {
        let name = if file.name.is_empty() { say!("attachment-unnamed").to_string() } else { file.name.clone() };
        let lost = |error: io::Error| OperationError::Refused(say!("attachment-not-kept", name, error).into());
        let mut nothing = io::empty();
        let mut part;
        let from: &mut dyn Read = match &mut sent.all {
            Some(all) => {
                all.seek(SeekFrom::Start(file.from)).map_err(lost)?;
                part = all.take(file.size);
                &mut part
            }
            None => &mut nothing,
        };
        create_from(db, caller, (&name, mimetype_of(&name)), Some(place), from)?;
    }
    Ok(())
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
    let name = new.name.trim();
    let mimetype = match new.mimetype {
        "" => mimetype_of(name),
        given => text::type_or_bytes(given),
    };
    create_from(db, caller, (name, mimetype), new.place, &mut &new.bytes[..])
}

fn create_from(
    db: &mut Db,
    caller: &Caller,
    (name, mimetype): (&str, &str),
    place: Option<AttachedTo<'_>>,
    from: &mut dyn Read,
) -> Result<AttachmentId, OperationError> {
    require(caller, Right::Create, Object::Attachments, || say!("deed-attach-files"))?;
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(Invalid::new("name", say!("attachment-name")).into());
    }
    if let Some(place) = &place {
        exists(db, caller, place)?;
    }
    let stored = blob::write(db, from).map_err(|error| match error {
        BlobError::Store(error) => OperationError::Store(error),
        BlobError::Io(error) => OperationError::Refused(say!("attachment-not-kept", name, error).into()),
    })?;
    let id = attachments::insert_file(db, name, mimetype, &stored)?;
    if let Some(place) = &place {
        attachments::place(db, id, place.model, place.record, place.post)?;
    }
    remember(db, caller, AuditAction::Create, (id, name), place.as_ref())?;
    Ok(id)
}

/// Puts a file on a record, or on a message of the record that it is on already, within the caller's transaction.
pub fn move_in(db: &mut Db, caller: &Caller, id: AttachmentId, to: &AttachedTo<'_>) -> Result<(), OperationError> {
    require(caller, Right::Create, Object::Attachments, || say!("deed-attach-files"))?;
    exists(db, caller, to)?;
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
    audit::write(db, &NewAuditEntry::new(caller, action, "ir.attachment", Some(id.0), name).changed(None, after))
}

fn exists(db: &mut Db, caller: &Caller, place: &AttachedTo<'_>) -> Result<(), OperationError> {
    let sight = RecordSight::of(db, caller)?;
    if records::view::find(db, sight, place.model, place.record)?.is_none() {
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
