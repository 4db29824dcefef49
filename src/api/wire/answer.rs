//! Answers on their way out: what is large waits for its reader in a file, and not in memory. And refusals, where a
//! request was no call yet.

use crate::say;
use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;

use rocket::http::{ContentType, Status};
use rocket::response::{self, Responder, Response};
use rocket::{Request, tokio};
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile_in};

/// Bytes of an answer that stay in memory.
const IN_MEMORY: usize = 256 << 10;

/// An answer that is written, and of which type it is.
pub(crate) struct WireAnswer {
    kind: ContentType,
    body: AnswerBody,
}

enum AnswerBody {
    Memory(Vec<u8>),
    File(File),
}

impl WireAnswer {
    /// What `write` writes; `folder` takes it where it is large. The error is the folder's, or of `write`.
    pub(crate) fn new<E: From<std::io::Error>>(
        kind: ContentType,
        folder: &Path,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Self, E> {
        std::fs::create_dir_all(folder)?;
        let mut to: BufWriter<SpooledTempFile> = BufWriter::new(spooled_tempfile_in(IN_MEMORY, folder));
        write(&mut to)?;
        let written = to.into_inner().map_err(|error| error.into_error())?;
        let body = match written.into_inner() {
            SpooledData::InMemory(bytes) => AnswerBody::Memory(bytes.into_inner()),
            SpooledData::OnDisk(mut file) => {
                std::io::Seek::rewind(&mut file)?;
                AnswerBody::File(file)
            }
        };
        Ok(Self { kind, body })
    }
}

impl<'r> Responder<'r, 'static> for WireAnswer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.header(self.kind);
        match self.body {
            AnswerBody::Memory(bytes) => response.sized_body(bytes.len(), Cursor::new(bytes)),
            AnswerBody::File(file) => response.sized_body(None, rocket::tokio::fs::File::from_std(file)),
        };
        response.ok()
    }
}

/// Why a request was not taken as a call, before it was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallRefused {
    status: Status,
    /// Seconds until it is worth another try.
    retry_after: Option<u8>,
}

impl CallRefused {
    pub(crate) const BUSY: Self = Self { status: Status::ServiceUnavailable, retry_after: Some(5) };
    pub(crate) const TOO_LARGE: Self = Self::of(Status::PayloadTooLarge);
    pub(crate) const TOO_SLOW: Self = Self::of(Status::RequestTimeout);
    pub(crate) const BROKEN: Self = Self::of(Status::BadRequest);
    pub(crate) const FAILED: Self = Self::of(Status::InternalServerError);

    const fn of(status: Status) -> Self {
        Self { status, retry_after: None }
    }

    fn words(self) -> String {
        match self.status.code {
            503 => say!("api-wire-busy").to_string(),
            413 => say!("api-wire-too-large").to_string(),
            408 => say!("api-wire-slow").to_string(),
            400 => say!("api-wire-cut").to_string(),
            _ => say!("api-wire-failed").to_string(),
        }
    }
}

impl<'r> Responder<'r, 'static> for CallRefused {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let words = self.words();
        let mut response = Response::build();
        response.status(self.status).header(ContentType::Plain);
        if let Some(seconds) = self.retry_after {
            response.raw_header("Retry-After", seconds.to_string());
        }
        response.sized_body(words.len(), Cursor::new(words)).ok()
    }
}

/// Runs blocking work away from the async workers.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CallRefused> {
    tokio::task::spawn_blocking(work).await.map_err(|_| CallRefused::FAILED)
}
