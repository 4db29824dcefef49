//! Answers on their way out: what is large waits for its reader in a file, and not in memory.

use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;

use rocket::Request;
use rocket::http::ContentType;
use rocket::response::{self, Responder, Response};
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile_in};

/// Bytes of an answer that stay in memory.
const IN_MEMORY: usize = 256 << 10;

/// An answer that is written, and of which type it is.
pub struct Answer {
    kind: ContentType,
    body: Written,
}

enum Written {
    Memory(Vec<u8>),
    File(File),
}

impl Answer {
    /// What `write` writes; `folder` takes it where it is large. The error is the folder's, or of `write`.
    pub fn new<E: From<std::io::Error>>(
        kind: ContentType,
        folder: &Path,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Self, E> {
        std::fs::create_dir_all(folder)?;
        let mut to: BufWriter<SpooledTempFile> = BufWriter::new(spooled_tempfile_in(IN_MEMORY, folder));
        write(&mut to)?;
        let written = to.into_inner().map_err(|error| error.into_error())?;
        let body = match written.into_inner() {
            SpooledData::InMemory(bytes) => Written::Memory(bytes.into_inner()),
            SpooledData::OnDisk(mut file) => {
                std::io::Seek::rewind(&mut file)?;
                Written::File(file)
            }
        };
        Ok(Self { kind, body })
    }
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.header(self.kind);
        match self.body {
            Written::Memory(bytes) => response.sized_body(bytes.len(), Cursor::new(bytes)),
            Written::File(file) => response.sized_body(None, rocket::tokio::fs::File::from_std(file)),
        };
        response.ok()
    }
}
