//! Bytes that come from mail, on their way to a browser: streamed, never whole in memory, and never run.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::tokio::io::{AsyncRead, ReadBuf};
use rocket::tokio::sync::mpsc;
use rocket::tokio::task::spawn_blocking;

use super::guards::Visitor;
use crate::domain::media_type;
use crate::operations::attachments::{self, is_picture};
use crate::operations::records::AttachmentFile;

/// Should a browser show it after all: no script, no form, no origin.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
/// The same for a PDF, which a browser's own reader does not show in a sandbox.
const DOCUMENT: &str = "default-src 'none'; object-src 'self'; img-src 'self' data:; \
                        style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// Pieces that wait for a slow reader, at most 8 kB each.
const WAITING: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SendAs {
    Attachment,
    /// For pictures of harmless types.
    Inline,
    /// A PDF, in a tab of its own.
    Document,
}

/// A file whose bytes `work` writes on a blocking thread while the browser reads.
pub(super) struct FileDownload {
    name: String,
    mimetype: String,
    disposition: SendAs,
    pieces: DownloadPieces,
}

impl FileDownload {
    pub(super) fn new(
        name: String,
        mimetype: String,
        disposition: SendAs,
        work: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        spawn_blocking(move || {
            let mut pipe = Pipe(sender.clone());
            if let Err(error) = work(&mut pipe)
                && error.kind() != io::ErrorKind::BrokenPipe
            {
                tracing::error!(%error, "a download broke off");
                let _ = sender.blocking_send(Err(error));
            }
        });
        Self { name, mimetype, disposition, pieces: DownloadPieces { receiver, current: Vec::new(), sent: 0 } }
    }

    /// An attachment, as a download that no browser opens by itself.
    pub(super) fn of_file(visitor: &Visitor<'_>, file: AttachmentFile) -> Self {
        Self::send(visitor, file, SendAs::Attachment)
    }

    /// An attachment to be shown in a page; only of the few types that are harmless.
    pub(super) fn of_picture(visitor: &Visitor<'_>, file: AttachmentFile) -> Result<Self, Status> {
        if is_picture(&file.mimetype) { Ok(Self::send(visitor, file, SendAs::Inline)) } else { Err(Status::NotFound) }
    }

    /// A PDF, to be read in a tab of its own; whatever its first bytes say is something else is a download.
    pub(super) fn of_document(visitor: &Visitor<'_>, file: AttachmentFile, is_pdf: bool) -> Self {
        Self::send(visitor, file, if is_pdf { SendAs::Document } else { SendAs::Attachment })
    }

    fn send(visitor: &Visitor<'_>, file: AttachmentFile, disposition: SendAs) -> Self {
        let app = visitor.visit.app.clone();
        let (name, mimetype) = (file.name.clone(), file.mimetype.clone());
        Self::new(name, mimetype, disposition, move |to| {
            attachments::copy(&app, &file, to).map(drop).map_err(io::Error::other)
        })
    }
}

impl<'r> Responder<'r, 'static> for FileDownload {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let (kind, mimetype) = match self.disposition {
            SendAs::Attachment => ("attachment", media_type::BYTES),
            SendAs::Inline => ("inline", media_type::or_bytes(&self.mimetype)),
            SendAs::Document => ("inline", "application/pdf"),
        };
        let policy = if self.disposition == SendAs::Document { DOCUMENT } else { SANDBOX };
        Response::build()
            .header(Header::new("Content-Type", mimetype.to_owned()))
            .header(Header::new("Content-Disposition", disposition(kind, &self.name)))
            .header(Header::new("Content-Security-Policy", policy))
            .header(Header::new("X-Content-Type-Options", "nosniff"))
            .header(Header::new("Cross-Origin-Resource-Policy", "same-origin"))
            .streamed_body(self.pieces)
            .ok()
    }
}

/// What RFC 8187 §3.2.1 wants encoded: all but `attr-char`.
const NO_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// RFC 6266: the name in ASCII for old readers, and as it is in UTF-8.
fn disposition(kind: &str, name: &str) -> String {
    // What turns the direction of writing can make an .exe look like a .pdf.
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name: String = name.chars().filter(|c| !turns(c) && !c.is_control()).collect();
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | '/') || c == ' ' { c } else { '_' })
        .collect();
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(&name, NO_ATTR_CHAR))
}

/// The writing end; a reader that went away is a broken pipe.
struct Pipe(mpsc::Sender<io::Result<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(8192)];
        match self.0.blocking_send(Ok(piece.to_vec())) {
            Ok(()) => Ok(piece.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The reading end.
struct DownloadPieces {
    receiver: mpsc::Receiver<io::Result<Vec<u8>>>,
    current: Vec<u8>,
    sent: usize,
}

impl AsyncRead for DownloadPieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.sent == self.current.len() {
            match ready!(self.receiver.poll_recv(context)) {
                Some(piece) => self.current = piece?,
                None => return Poll::Ready(Ok(())),
            }
            self.sent = 0;
        }
        let count = buffer.remaining().min(self.current.len() - self.sent);
        buffer.put_slice(&self.current[self.sent..self.sent + count]);
        self.sent += count;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_name_can_neither_end_the_header_nor_its_quotes() {
        for (name, expected) in [
            ("ré\"çu%.pdf", "\"r___u_.pdf\"; filename*=UTF-8''r%C3%A9%22%C3%A7u%25.pdf"),
            ("a'b(1);c=d*.txt", "\"a'b(1);c=d*.txt\"; filename*=UTF-8''a%27b%281%29%3Bc%3Dd%2A.txt"),
            ("صورة.jpg", "\"____.jpg\"; filename*=UTF-8''%D8%B5%D9%88%D8%B1%D8%A9.jpg"),
            ("a\r\nX: y\u{202e}gpj.exe", "\"aX: ygpj.exe\"; filename*=UTF-8''aX%3A%20ygpj.exe"),
            ("../x\\y", "\".._x_y\"; filename*=UTF-8''..%2Fx%5Cy"),
        ] {
            assert_eq!(disposition("attachment", name), format!("attachment; filename={expected}"));
        }
    }
}
