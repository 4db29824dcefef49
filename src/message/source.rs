//! The raw bytes of a mail, read through one fixed buffer as lines, which a structure scan needs, or by ranges.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

/// Where raw bytes come from: memory, a file, or the store's chunks.
pub trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// Bytes in memory at a time; a longer line is seen in pieces.
const BUFFER: usize = 128 << 10;

/// Bytes that can be looked at before they are consumed.
const AHEAD: usize = 16 << 10;

/// The lines of a source, through one buffer.
pub(super) struct SourceLines<'s> {
    source: &'s mut dyn Source,
    size: u64,
    buffer: Vec<u8>,
    /// The unread part of `buffer`.
    from: usize,
    to: usize,
    /// Position in the source of `buffer[from]`.
    offset: u64,
    ended: bool,
    /// A CR alone ends a line too, as in mail with classic Mac OS line ends.
    cr_ends: bool,
    /// Length of the last line end: it belongs to a delimiter that follows.
    last_end: u64,
}

impl<'s> SourceLines<'s> {
    /// Starts at the beginning of the source. The first line shows whether a CR alone ends a line.
    pub(super) fn open(source: &'s mut dyn Source) -> io::Result<Self> {
        let size = source.seek(io::SeekFrom::End(0))?;
        source.rewind()?;
        let buffer = vec![0; usize::try_from(size).unwrap_or(BUFFER).clamp(1, BUFFER)];
        let mut lines =
            Self { source, size, buffer, from: 0, to: 0, offset: 0, ended: false, cr_ends: false, last_end: 0 };
        lines.fill()?;
        let seen = &lines.buffer[..lines.to];
        lines.cr_ends = memchr2(b'\r', b'\n', seen).is_some_and(|at| {
            let behind = seen[at..].iter().find(|byte| **byte != b'\r');
            seen[at] == b'\r' && at + 1 < seen.len() && behind != Some(&b'\n')
        });
        Ok(lines)
    }

    /// Lets a CR alone end a line, whatever the first line showed: some mail mixes its line ends.
    pub(super) fn with_any_line_end(mut self) -> Self {
        self.cr_ends = true;
        self
    }

    /// Size of the source in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Where a part ends whose delimiter line is the present one.
    pub(super) fn before_end(&self) -> u64 {
        self.offset - self.last_end
    }

    /// The next line without its end, not consumed; of a line that is too long, its beginning. None at the end of the
    /// source.
    pub(super) fn peek(&mut self) -> io::Result<Option<&[u8]>> {
        let (length, end) = self.measure()?;
        if length + end == 0 && self.from == self.to {
            return Ok(None);
        }
        Ok(Some(&self.buffer[self.from..self.from + length]))
    }

    /// Consumes the line that `peek` shows.
    pub(super) fn advance(&mut self) -> io::Result<()> {
        loop {
            let (length, end) = self.measure()?;
            self.last_end = end as u64;
            self.consume(length + end);
            if end > 0 || length == 0 {
                return Ok(());
            }
        }
    }

    /// Shows the lines from the present one on, with their offsets, until `look` returns false; nothing is consumed. It goes
    /// as far as the buffer does, at most [`AHEAD`] bytes.
    pub(super) fn ahead(&mut self, mut look: impl FnMut(u64, &[u8]) -> bool) -> io::Result<()> {
        while self.to - self.from < AHEAD && self.fill()? {}
        let seen = &self.buffer[self.from..self.to.min(self.from + AHEAD)];
        let mut at = 0;
        while at < seen.len() {
            let (length, end) = measure(&seen[at..], self.cr_ends).unwrap_or((seen.len() - at, 0));
            if !look(self.offset + at as u64, &seen[at..at + length]) {
                break;
            }
            at += (length + end).max(1);
        }
        Ok(())
    }

    /// Moves to the next line that begins with `--`, the present line included. False at the end of the source.
    pub(super) fn skip_to_dashes(&mut self) -> io::Result<bool> {
        if self.cr_ends {
            while let Some(line) = self.peek()? {
                if line.starts_with(b"--") {
                    return Ok(true);
                }
                self.advance()?;
            }
            return Ok(false);
        }
        let finder = memmem::Finder::new(b"\n--");
        if self.peek()?.is_some_and(|line| line.starts_with(b"--")) {
            return Ok(true);
        }
        loop {
            let seen = &self.buffer[self.from..self.to];
            if let Some(at) = finder.find(seen) {
                self.last_end = 1 + trailing_returns(&seen[..at]) as u64;
                self.consume(at + 1);
                return Ok(true);
            }
            // The possible beginning of a match stays, with the CRs before it.
            self.consume((self.to - self.from).saturating_sub(5));
            if !self.fill()? {
                self.consume(self.to - self.from);
                self.last_end = 0;
                return Ok(false);
            }
        }
    }

    /// Length of the present line, and of its end as far as both are in the buffer.
    fn measure(&mut self) -> io::Result<(usize, usize)> {
        loop {
            let seen = &self.buffer[self.from..self.to];
            let found = measure(seen, self.cr_ends);
            // A CR at the very end may be the first half of a CRLF.
            if let Some((length, end)) = found
                && (self.ended || length + end < seen.len() || seen[length + end - 1] == b'\n')
            {
                return Ok((length, end));
            }
            let length = seen.len();
            if length == self.buffer.len() || !self.fill()? {
                let last = &self.buffer[self.from..self.to];
                let returns = if self.ended { trailing_returns(last) } else { 0 };
                return Ok(found.unwrap_or((last.len() - returns, returns)));
            }
        }
    }

    fn consume(&mut self, count: usize) {
        self.from += count;
        self.offset += count as u64;
    }

    /// Fills the buffer. False where nothing more came.
    fn fill(&mut self) -> io::Result<bool> {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            self.to -= self.from;
            self.from = 0;
        }
        while !self.ended && self.to < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.to..]) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.to += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

/// Length of the line at the beginning of `seen`, and of its end; None where it has no end there. Every CR before an LF
/// belongs to the end, since some relays double them.
fn measure(seen: &[u8], cr_ends: bool) -> Option<(usize, usize)> {
    if cr_ends {
        let at = memchr2(b'\r', b'\n', seen)?;
        let crlf = seen[at..].starts_with(b"\r\n");
        return Some((at, 1 + usize::from(crlf)));
    }
    let at = memchr(b'\n', seen)?;
    let returns = trailing_returns(&seen[..at]);
    Some((at - returns, returns + 1))
}

fn trailing_returns(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| **byte == b'\r').count()
}

/// A range of a source as a source of its own, so that an attached mail is read like any other.
pub(super) struct Section<'s> {
    source: Box<dyn Source + 's>,
    range: Range<u64>,
    /// Position within the section.
    at: u64,
    held: u64,
}

impl<'s> Section<'s> {
    pub(super) fn new(source: &'s mut dyn Source, range: Range<u64>) -> io::Result<Self> {
        source.seek(SeekFrom::Start(range.start))?;
        Ok(Self { source: Box::new(source), range, at: 0, held: 0 })
    }

    /// All of a source.
    pub(super) fn whole(source: &'s mut dyn Source) -> io::Result<Self> {
        let size = source.seek(SeekFrom::End(0))?;
        Self::new(source, 0..size)
    }

    /// Bytes that were decoded into memory.
    pub(super) fn held(bytes: Vec<u8>) -> Self {
        let held = bytes.len() as u64;
        Self { source: Box::new(Cursor::new(bytes)), range: 0..held, at: 0, held }
    }

    /// How much of it is in memory.
    pub(super) fn held_bytes(&self) -> u64 {
        self.held
    }

    /// A range of this section.
    pub(super) fn narrow(mut self, range: Range<u64>) -> io::Result<Self> {
        let base = self.range.start;
        self.range = (base + range.start).min(self.range.end)..(base + range.end).min(self.range.end);
        self.rewind()?;
        Ok(self)
    }

    pub(super) fn size(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size().saturating_sub(self.at);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.source.read(&mut buffer[..wanted])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Section<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.source.seek(SeekFrom::Start(self.range.start.saturating_add(self.at)))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn all(text: &[u8]) -> Vec<String> {
        let mut source = Cursor::new(text.to_vec());
        let mut lines = SourceLines::open(&mut source).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.peek().unwrap() {
            found.push(String::from_utf8_lossy(line).into_owned());
            lines.advance().unwrap();
        }
        found
    }

    #[test]
    fn lines_end_in_lf_crlf_or_cr() {
        for text in ["a\n\nbc", "a\r\n\r\nbc\r\n", "a\r\rbc\r", "a\r\r\n\r\r\nbc", "a\r\n\nbc\r"] {
            assert_eq!(all(text.as_bytes()), ["a", "", "bc"], "{text:?}");
        }
        assert!(all(b"").is_empty());
    }

    #[test]
    fn of_an_overlong_line_the_beginning_is_seen() {
        let text = [b"a\n".as_slice(), &vec![b'x'; 3 * BUFFER], b"\nb\n"].concat();
        let lines = all(&text);
        assert_eq!((lines.len(), lines[1].len(), lines[2].as_str()), (3, BUFFER, "b"));
    }

    #[test]
    fn a_delimiter_is_found_across_buffers_and_owns_the_line_end_before_it() {
        for filler in [BUFFER - 3, BUFFER - 2, BUFFER - 1, BUFFER, 3 * BUFFER + 1] {
            let mut text = vec![b'x'; filler];
            text.extend_from_slice(b"\r\n--b\r\n");
            let mut source = Cursor::new(text);
            let mut lines = SourceLines::open(&mut source).unwrap();
            assert!(lines.skip_to_dashes().unwrap());
            assert_eq!(lines.before_end(), filler as u64);
            assert_eq!(lines.peek().unwrap().unwrap(), b"--b");
            lines.advance().unwrap();
            assert!(!lines.skip_to_dashes().unwrap());
        }
    }

    #[test]
    fn a_section_begins_and_ends_where_it_should() {
        let mut source = Cursor::new(b"0123456789".to_vec());
        let mut section = Section::new(&mut source, 2..6).unwrap();
        assert_eq!(io::read_to_string(&mut section).unwrap(), "2345");
        section.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(io::read_to_string(&mut section).unwrap(), "5");
        section.rewind().unwrap();
        assert_eq!(io::read_to_string(&mut section).unwrap(), "2345");
        assert_eq!(io::read_to_string(section.narrow(1..3).unwrap()).unwrap(), "34");
    }
}
