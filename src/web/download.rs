//! Files on their way to a browser: bytes that come from mail, and tables that spreadsheets open; streamed, never whole in memory.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::tokio::io::{AsyncRead, ReadBuf};
use rocket::tokio::sync::mpsc;
use rocket::tokio::task::spawn_blocking;

use super::guards::Visitor;
use crate::domain::text::{self, SheetCell, SheetFormat, is_like_a_formula};
use crate::domain::words;
use crate::operations::attachments::{self, is_picture};
use crate::operations::records::AttachmentFile;
use crate::operations::{ReadPurpose, reading_for};

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

/// A file on its way to a browser. `work` writes its bytes on a blocking thread while the browser reads, so that it is never whole
/// in memory. What comes from mail is never run.
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
            if let Err(error) = reading_for(ReadPurpose::Export, || work(&mut pipe))
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
            SendAs::Attachment => ("attachment", text::PLAIN_BYTES),
            SendAs::Inline => ("inline", text::type_or_bytes(&self.mimetype)),
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

/// A table on its way into a file: its head, then its rows.
///
/// Files that spreadsheets open, written row by row while the browser reads them, so that no file is ever whole in memory.
///
/// CSV is RFC 4180: quotes are doubled, that is all. XLSX (ECMA-376) is a ZIP of a few XML files, of which one holds the
/// rows. It is written by hand, since the library for it puts the rows into a file first and sends none before all are
/// there, and brings a ZIP library; what is needed of both is this file. A ZIP that is written on and on says sizes and
/// checksums behind each entry (APPNOTE 4.3.9), which every spreadsheet reads.
pub(super) enum SheetWriter<'a> {
    Csv(&'a mut dyn Write),
    Xlsx(Box<Workbook<'a>>),
}

impl<'a> SheetWriter<'a> {
    /// `name` is the table's; `language` says which way it runs.
    pub(super) fn begin(
        format: SheetFormat,
        to: &'a mut dyn Write,
        (name, language): (&str, &str),
        head: &[String],
    ) -> io::Result<Self> {
        let mut writer = match format {
            SheetFormat::Csv => {
                // Spreadsheets take a file for their own old code page unless it begins so.
                to.write_all("\u{feff}".as_bytes())?;
                Self::Csv(to)
            }
            SheetFormat::Xlsx => Self::Xlsx(Box::new(Workbook::begin(to, name, language)?)),
        };
        let head: Vec<SheetCell> = head.iter().map(|text| SheetCell::Text(text.clone())).collect();
        match &mut writer {
            Self::Csv(to) => csv_line(*to, &head)?,
            Self::Xlsx(book) => book.row(&head, true)?,
        }
        Ok(writer)
    }

    pub(super) fn row(&mut self, cells: &[SheetCell]) -> io::Result<()> {
        match self {
            Self::Csv(to) => csv_line(*to, cells),
            Self::Xlsx(book) => book.row(cells, false),
        }
    }

    pub(super) fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(to) => to.flush(),
            Self::Xlsx(book) => book.end(),
        }
    }
}

fn csv_line(to: &mut dyn Write, cells: &[SheetCell]) -> io::Result<()> {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            to.write_all(b",")?;
        }
        let text = match cell {
            SheetCell::Nothing => String::new(),
            // What would be taken for a formula begins with an apostrophe instead.
            SheetCell::Text(text) if is_like_a_formula(text) => format!("'{text}"),
            SheetCell::Text(text) => text.clone(),
            SheetCell::Number(number) => number.to_string(),
            SheetCell::Flag(flag) => u8::from(*flag).to_string(),
            // The one form that every spreadsheet reads.
            SheetCell::Clock(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
            SheetCell::Day(day) => day.to_string(),
        };
        write!(to, "\"{}\"", text.replace('"', "\"\""))?;
    }
    to.write_all(b"\r\n")
}

/// Styles by their places in [`STYLES`].
const CLOCK: u8 = 1;
const DAY: u8 = 2;
const HEAD: u8 = 3;
/// As if an apostrophe had been typed before it: text, whatever it looks like.
const QUOTED: u8 = 4;

const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts><fonts count="2"><font/><font><b/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf xfId="0"/><xf numFmtId="164" applyNumberFormat="1" xfId="0"/><xf numFmtId="165" applyNumberFormat="1" xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/><xf quotePrefix="1" xfId="0"/></cellXfs></styleSheet>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const PARTS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Characters of a cell, and of a table's name, that spreadsheets take.
const MOST_CHARS: usize = 32_767;
const MOST_NAME: usize = 31;

/// A workbook of one table.
pub(super) struct Workbook<'a> {
    zip: ZipStream<'a>,
    rows: u32,
    columns: usize,
}

impl<'a> Workbook<'a> {
    fn begin(to: &'a mut dyn Write, name: &str, language: &str) -> io::Result<Self> {
        let mut zip = ZipStream { to, at: 0, entries: Vec::new(), open: None };
        let name: String = name.chars().filter(|c| !r"[]:*?/\'".contains(*c)).take(MOST_NAME).collect();
        let book = format!(
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
             <sheets><sheet name=\"{}\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
            escaped(if name.trim().is_empty() { "1" } else { &name })
        );
        for (path, text) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", ROOT),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", PARTS),
            ("xl/styles.xml", STYLES),
        ] {
            zip.begin(path)?;
            zip.write(DECLARATION)?;
            zip.write(text)?;
        }
        zip.begin("xl/worksheets/sheet1.xml")?;
        let turned = if words::direction(language) == "rtl" { " rightToLeft=\"1\"" } else { "" };
        zip.write(DECLARATION)?;
        zip.write(&format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews>\
             <sheetView workbookViewId=\"0\"{turned}><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" \
             state=\"frozen\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>\
             <cols><col min=\"1\" max=\"100\" width=\"18\" customWidth=\"1\"/></cols><sheetData>"
        ))?;
        Ok(Self { zip, rows: 0, columns: 0 })
    }

    fn row(&mut self, cells: &[SheetCell], is_head: bool) -> io::Result<()> {
        self.rows += 1;
        self.columns = self.columns.max(cells.len());
        let mut text = format!("<row r=\"{}\">", self.rows);
        for (place, cell) in cells.iter().enumerate() {
            let at = format!("{}{}", column(place), self.rows);
            match cell {
                SheetCell::Nothing => {}
                SheetCell::Text(said) => {
                    let style = if is_head {
                        HEAD
                    } else if is_like_a_formula(said) {
                        QUOTED
                    } else {
                        0
                    };
                    let said: String = said.chars().take(MOST_CHARS).collect();
                    text += &format!(
                        "<c r=\"{at}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                        escaped(&said)
                    );
                }
                SheetCell::Number(number) => text += &format!("<c r=\"{at}\"><v>{number}</v></c>"),
                SheetCell::Flag(flag) => text += &format!("<c r=\"{at}\" t=\"b\"><v>{}</v></c>", u8::from(*flag)),
                SheetCell::Clock(moment) => {
                    text += &format!("<c r=\"{at}\" s=\"{CLOCK}\"><v>{}</v></c>", serial(*moment));
                }
                SheetCell::Day(day) => {
                    text += &format!("<c r=\"{at}\" s=\"{DAY}\"><v>{}</v></c>", serial(day.and_time(NaiveTime::MIN)));
                }
            }
        }
        text += "</row>";
        self.zip.write(&text)
    }

    fn end(mut self) -> io::Result<()> {
        let last = column(self.columns.saturating_sub(1));
        self.zip.write(&format!("</sheetData><autoFilter ref=\"A1:{last}{}\"/></worksheet>", self.rows.max(1)))?;
        self.zip.end()
    }
}

/// The name of a column: A to Z, AA and so on.
fn column(place: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
    match place / 26 {
        0 => letter(place).to_string(),
        rest => format!("{}{}", column(rest - 1), letter(place)),
    }
}

/// Days since the end of 1899, as spreadsheets count.
fn serial(at: NaiveDateTime) -> f64 {
    let first = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().and_time(NaiveTime::MIN);
    at.signed_duration_since(first).num_seconds() as f64 / 86_400.0
}

/// As text of XML. What XML has no place for is left out, and what spreadsheets would decode by themselves (`_x000D_`)
/// is written so that they decode it to what it is.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\t' | '\n' => safe.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe.replace("_x", "_x005F_x")
}

/// An entry that is whole.
struct ZipEntry {
    path: &'static str,
    at: u64,
    crc: u32,
    packed: u64,
    size: u64,
}

/// The entry that is being written.
struct OpenEntry {
    path: &'static str,
    at: u64,
    crc: Crc,
    packer: DeflateEncoder<Vec<u8>>,
    packed: u64,
}

/// A ZIP, written from its beginning to its end.
struct ZipStream<'a> {
    to: &'a mut dyn Write,
    at: u64,
    entries: Vec<ZipEntry>,
    open: Option<OpenEntry>,
}

/// Packed bytes that are sent together.
const PIECE: usize = 16_384;
/// Version 2.0; sizes stand behind the entry, and names are UTF-8; packed by deflate; 1 January 1980.
const KIND: [u8; 10] = [20, 0, 0x08, 0x08, 8, 0, 0, 0, 0x21, 0];

impl ZipStream<'_> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    fn begin(&mut self, path: &'static str) -> io::Result<()> {
        self.close()?;
        let at = self.at;
        let header = [&b"PK\x03\x04"[..], &KIND, &[0; 12], &short(path.len()), &short(0), path.as_bytes()].concat();
        self.send(&header)?;
        let packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        self.open = Some(OpenEntry { path, at, crc: Crc::new(), packer, packed: 0 });
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.crc.update(text.as_bytes());
        open.packer.write_all(text.as_bytes())?;
        if open.packer.get_ref().len() < PIECE {
            return Ok(());
        }
        let piece = std::mem::take(open.packer.get_mut());
        open.packed += piece.len() as u64;
        self.send(&piece)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let size = open.packer.total_in();
        let piece = open.packer.finish()?;
        let packed = open.packed + piece.len() as u64;
        self.send(&piece)?;
        let crc = open.crc.sum();
        let behind = [&b"PK\x07\x08"[..], &crc.to_le_bytes(), &long(packed)?, &long(size)?].concat();
        self.send(&behind)?;
        self.entries.push(ZipEntry { path: open.path, at: open.at, crc, packed, size });
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.close()?;
        let directory = self.at;
        for entry in std::mem::take(&mut self.entries) {
            let sizes = [entry.crc.to_le_bytes(), long(entry.packed)?, long(entry.size)?].concat();
            let names = [short(entry.path.len()), [0; 2], [0; 2], [0; 2], [0; 2]].concat();
            let line =
                [&b"PK\x01\x02"[..], &[20, 0], &KIND, &sizes, &names, &[0; 4], &long(entry.at)?, entry.path.as_bytes()];
            self.send(&line.concat())?;
        }
        let count = short(6);
        let ends = [long(self.at - directory)?, long(directory)?].concat();
        let end = [&b"PK\x05\x06"[..], &[0; 4], &count, &count, &ends, &[0; 2]].concat();
        self.send(&end)?;
        self.to.flush()
    }
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

/// Four gigabytes are the end of a ZIP without further entries.
fn long(number: u64) -> io::Result<[u8; 4]> {
    let number = u32::try_from(number).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    Ok(number.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_cell_is_never_more_than_text() {
        let mut line = Vec::new();
        let cells = ["a \"b\",\nc", "=HYPERLINK(\"x\")", "", "الدفع"].map(SheetCell::text);
        csv_line(&mut line, &cells).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line, "\"a \"\"b\"\",\nc\",\"'=HYPERLINK(\"\"x\"\")\",\"\",\"الدفع\"\r\n");
        assert_eq!(escaped("a\u{1}<b>&\"_x000D_"), "a&lt;b&gt;&amp;&quot;_x005F_x000D_");
    }

    #[test]
    fn columns_and_days_are_named_as_spreadsheets_do() {
        let names: Vec<String> = [0, 25, 26, 51, 52, 701, 702].map(column).into();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
        let noon = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(12, 0, 0).unwrap();
        assert_eq!(serial(noon), 46_348.5);
    }
}
