//! A source as lines, through one fixed buffer: what a structure scan needs and nothing more.

use std::io;

use memchr::{memchr, memmem};

use super::Source;

/// Bytes held at a time, of a larger source; also the longest line that is seen as one.
const BUFFER: usize = 128 << 10;

pub struct Lines<'s> {
    source: &'s mut dyn Source,
    buffer: Vec<u8>,
    /// The unread part of `buffer`.
    from: usize,
    to: usize,
    /// Position in the source of `buffer[from]`.
    offset: u64,
    ended: bool,
    /// `\n`, or `\r` for mail with classic Mac OS line ends.
    end: u8,
    /// Length of the line end that was read last: what belongs to a delimiter that follows.
    last_end: u64,
}

impl<'s> Lines<'s> {
    /// Starts at the beginning of the source.
    pub fn open(source: &'s mut dyn Source) -> io::Result<Self> {
        let size = usize::try_from(source.seek(io::SeekFrom::End(0))?).unwrap_or(BUFFER);
        source.rewind()?;
        let buffer = vec![0; size.clamp(1, BUFFER)];
        let mut lines = Self { source, buffer, from: 0, to: 0, offset: 0, ended: false, end: b'\n', last_end: 0 };
        lines.fill()?;
        let seen = &lines.buffer[..lines.to];
        // A CR at the very end may still belong to a CRLF.
        if memchr(b'\n', seen).is_none() && memchr(b'\r', seen).is_some_and(|at| at + 1 < seen.len()) {
            lines.end = b'\r';
        }
        Ok(lines)
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where a part ends whose delimiter line starts at the present position.
    pub fn before_end(&self) -> u64 {
        self.offset - self.last_end
    }

    /// The next line without its end, of an overlong one the beginning, not consumed. None at the end of the source.
    pub fn peek(&mut self) -> io::Result<Option<&[u8]>> {
        let (length, _) = self.measure()?;
        if length == 0 && self.from == self.to {
            return Ok(None);
        }
        let line = &self.buffer[self.from..self.from + length];
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// Consumes the line that `peek` shows.
    pub fn advance(&mut self) -> io::Result<()> {
        loop {
            let (length, ended) = self.measure()?;
            let cr = ended && self.end == b'\n' && length > 0 && self.buffer[self.from + length - 1] == b'\r';
            self.last_end = u64::from(ended) + u64::from(cr);
            self.consume(length + usize::from(ended));
            if ended || length == 0 {
                return Ok(());
            }
        }
    }

    /// Goes on to the next line that begins with `--`, from the present line on. False at the end of the source.
    pub fn skip_to_dashes(&mut self) -> io::Result<bool> {
        let needle = [self.end, b'-', b'-'];
        let finder = memmem::Finder::new(&needle);
        if self.peek()?.is_some_and(|line| line.starts_with(b"--")) {
            return Ok(true);
        }
        loop {
            if let Some(at) = finder.find(&self.buffer[self.from..self.to]) {
                let cr = self.end == b'\n' && at > 0 && self.buffer[self.from + at - 1] == b'\r';
                self.last_end = 1 + u64::from(cr);
                self.consume(at + 1);
                return Ok(true);
            }
            // What may be the beginning of a match stays, with the CR before it.
            self.consume((self.to - self.from).saturating_sub(3));
            if !self.fill()? {
                self.consume(self.to - self.from);
                self.last_end = 0;
                return Ok(false);
            }
        }
    }

    /// Length of the present line without `\n`, and whether its end is in the buffer.
    fn measure(&mut self) -> io::Result<(usize, bool)> {
        let mut searched = 0;
        loop {
            let seen = &self.buffer[self.from..self.to];
            if let Some(at) = memchr(self.end, &seen[searched..]) {
                return Ok((searched + at, true));
            }
            searched = seen.len();
            if searched == self.buffer.len() || !self.fill()? {
                return Ok((searched, false));
            }
        }
    }

    fn consume(&mut self, count: usize) {
        self.from += count;
        self.offset += count as u64;
    }

    /// Reads on behind what is held. False where nothing more came.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn all(text: &[u8]) -> Vec<String> {
        let mut source = Cursor::new(text.to_vec());
        let mut lines = Lines::open(&mut source).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.peek().unwrap() {
            found.push(String::from_utf8_lossy(line).into_owned());
            lines.advance().unwrap();
        }
        found
    }

    #[test]
    fn lines_end_in_lf_crlf_or_cr() {
        for text in ["a\n\nbc", "a\r\n\r\nbc\r\n", "a\r\rbc\r"] {
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
            let mut lines = Lines::open(&mut source).unwrap();
            assert!(lines.skip_to_dashes().unwrap());
            assert_eq!(lines.before_end(), filler as u64);
            assert_eq!(lines.peek().unwrap().unwrap(), b"--b");
            lines.advance().unwrap();
            assert!(!lines.skip_to_dashes().unwrap());
        }
    }
}
