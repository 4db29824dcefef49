//! A message as RETR and TOP send it: dot-stuffed, up to a line with a single dot.

use std::io::{self, Write};

use memchr::memchr;

use crate::domain::source::HEADER_DIGEST_LIMIT;

/// Where in a multi-line answer the next byte stands (RFC 1939 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BytePosition {
    #[default]
    LineStart,
    Line,
    /// After a dot at the start of a line.
    Dot,
    /// After such a dot and a CR.
    DotCr,
    End,
}

/// Undoes the dot-stuffing of one message, and measures it.
#[derive(Debug, Default)]
pub(super) struct Unstuff {
    place: BytePosition,
    /// The last bytes of the message so far.
    tail: [u8; 3],
    /// Bytes that the message is to have, 0 where that is not known.
    listed: u64,
    /// The end may have passed already: see [`Unstuff::glued_end`].
    pub seemed_whole: bool,
    pub measure: PopLength,
}

impl Unstuff {
    pub(super) fn new(listed: u64) -> Self {
        Self { listed, ..Self::default() }
    }

    /// Writes what belongs to the message and says how many bytes were used, up to the end of the answer.
    pub(super) fn pass(&mut self, bytes: &[u8], to: &mut dyn Write) -> io::Result<usize> {
        let mut used = 0;
        while let Some(byte) = bytes.get(used)
            && self.place != BytePosition::End
        {
            self.place = match (self.place, byte) {
                (BytePosition::LineStart, b'.') => BytePosition::Dot,
                (BytePosition::Dot, b'\r') => BytePosition::DotCr,
                (BytePosition::Dot | BytePosition::DotCr, b'\n') => BytePosition::End,
                (BytePosition::DotCr, _) => {
                    self.write(b"\r", to)?;
                    self.place = BytePosition::Line;
                    continue;
                }
                (place, _) => {
                    self.measure.stuffed += u64::from(place == BytePosition::Dot && *byte == b'.');
                    let rest = &bytes[used..];
                    let end = memchr(b'\n', rest);
                    let part = &rest[..end.map_or(rest.len(), |at| at + 1)];
                    self.write(part, to)?;
                    used += part.len();
                    self.place = if end.is_some() { BytePosition::LineStart } else { BytePosition::Line };
                    continue;
                }
            };
            used += 1;
        }
        Ok(used)
    }

    /// The answer is over.
    pub(super) fn ended(&self) -> bool {
        self.place == BytePosition::End
    }

    /// The end may have come without a line of its own, where the message does not end in a line end: then it is this
    /// many bytes that don't belong to the message, which is exactly as long as listed.
    pub(super) fn glued_end(&self) -> Option<u64> {
        let end = match self.tail {
            [b'.', b'\r', b'\n'] => 3,
            [_, b'.', b'\n'] => 2,
            _ => return None,
        };
        (self.listed > 0 && self.measure.bytes.checked_sub(end) == Some(self.listed)).then_some(end)
    }

    fn write(&mut self, part: &[u8], to: &mut dyn Write) -> io::Result<()> {
        to.write_all(part)?;
        self.measure.bytes += part.len() as u64;
        if let Some((b'\n', before)) = part.split_last() {
            match before.last().unwrap_or(&self.tail[2]) {
                b'\r' => self.measure.crlf += 1,
                _ => self.measure.lf += 1,
            }
        }
        for byte in &part[part.len().saturating_sub(3)..] {
            self.tail = [self.tail[1], self.tail[2], *byte];
        }
        self.seemed_whole |= self.glued_end().is_some();
        Ok(())
    }
}

/// How long a message is, counted in each way that servers count it for LIST.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PopLength {
    pub bytes: u64,
    /// Lines that end in CRLF, and those that end in a bare LF.
    crlf: u64,
    lf: u64,
    /// Dots that were doubled.
    stuffed: u64,
    /// So many bytes at the end are not the message's, but the answer's end without a line of its own.
    pub glued: Option<u64>,
}

/// A message beside its listed size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    AsListed,
    Fewer,
    More,
}

impl PopLength {
    /// Servers count lines as ending in CRLF or LF however they send them; with the doubled dots and the end of the
    /// answer or without; with the line end that they add after the last line or without. 0 is not listed.
    pub(super) fn beside(&self, listed: u64) -> Size {
        const LINE_END: u64 = 2;
        const ANSWER_END: u64 = 3;
        let least = (self.bytes - self.crlf).saturating_sub(LINE_END);
        let most = self.bytes + self.lf + self.stuffed + ANSWER_END;
        match listed {
            0 => Size::AsListed,
            _ if listed > most => Size::Fewer,
            _ if listed < least => Size::More,
            _ => Size::AsListed,
        }
    }
}

/// Keeps as much of a message as its header digest needs, and forgets the rest.
#[derive(Default)]
pub(super) struct KeptHead(Vec<u8>);

impl KeptHead {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Write for KeptHead {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = HEADER_DIGEST_LIMIT.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message, what was left, and how it ended.
    fn unstuff(answer: &[u8], at_once: usize) -> (Unstuff, Vec<u8>, usize) {
        let (mut unstuff, mut message, mut used) = (Unstuff::new(0), Vec::new(), 0);
        for part in answer.chunks(at_once) {
            used += unstuff.pass(part, &mut message).unwrap();
        }
        (unstuff, message, used)
    }

    #[test]
    fn dots_are_unstuffed_however_the_answer_is_cut() {
        let answer = b"Subject: x\r\n\r\n..one\r\n.two\r\n...\r\n.\rx\r\nlast.\r\n.\r\n+OK next\r\n";
        for size in 1..answer.len() {
            let (done, message, used) = unstuff(answer, size);
            assert!(done.ended());
            assert_eq!(message, b"Subject: x\r\n\r\n.one\r\ntwo\r\n..\r\n\rx\r\nlast.\r\n");
            assert_eq!(&answer[used..], b"+OK next\r\n");
            assert_eq!((done.measure.bytes, done.measure.crlf, done.measure.stuffed), (message.len() as u64, 7, 2));
        }
    }

    #[test]
    fn a_size_counted_in_any_usual_way_is_the_listed_one() {
        let (crlf, ..) = unstuff(b"a\r\n..b\r\nc\r\n.\r\n", 100);
        // With LF; without the last line end; as it is; with both dots; with the end of the answer.
        for listed in [0, 7, 8, 10, 11, 14] {
            assert_eq!(crlf.measure.beside(listed), Size::AsListed, "{listed}");
        }
        assert_eq!((crlf.measure.beside(15), crlf.measure.beside(4)), (Size::Fewer, Size::More));
        let (lf, ..) = unstuff(b"a\nb\nc\n.\n", 100);
        assert_eq!((lf.measure.beside(9), lf.measure.beside(13)), (Size::AsListed, Size::Fewer));
    }

    #[test]
    fn an_end_without_a_line_of_its_own_is_known_by_the_size() {
        for (answer, end) in [(&b"Subject: x\r\n\r\nlast.\r\n"[..], 3), (b"Subject: x\r\n\r\nlast.\n", 2)] {
            let listed = (answer.len() - end) as u64;
            for (listed, known) in [(listed, Some(end as u64)), (listed + 1, None), (0, None)] {
                let mut unstuff = Unstuff::new(listed);
                answer.chunks(4).for_each(|part| {
                    unstuff.pass(part, &mut Vec::new()).unwrap();
                });
                assert_eq!(
                    (unstuff.ended(), unstuff.glued_end(), unstuff.seemed_whole),
                    (false, known, known.is_some())
                );
            }
        }
    }
}
