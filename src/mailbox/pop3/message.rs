//! A message as RETR and TOP send it: dot-stuffed, up to a line with a single dot.

use std::io::{self, Write};

use crate::domain::source::HEADER_DIGEST_LIMIT;

/// Where in a multi-line answer the next byte stands (RFC 1939 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    LineStart,
    Line,
    /// After a dot at the start of a line.
    Dot,
    /// After such a dot and a CR.
    DotCr,
    End,
}

impl Place {
    /// Writes what belongs to the message and says how many bytes were used, up to the end of the answer.
    pub fn unstuff(&mut self, bytes: &[u8], to: &mut dyn Write) -> io::Result<usize> {
        let mut used = 0;
        while let Some(byte) = bytes.get(used)
            && *self != Place::End
        {
            *self = match (*self, byte) {
                (Place::LineStart, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotCr,
                (Place::Dot | Place::DotCr, b'\n') => Place::End,
                (Place::DotCr, _) => {
                    to.write_all(b"\r")?;
                    *self = Place::Line;
                    continue;
                }
                _ => {
                    let rest = &bytes[used..];
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    let part = &rest[..end.map_or(rest.len(), |at| at + 1)];
                    to.write_all(part)?;
                    used += part.len();
                    *self = if end.is_some() { Place::LineStart } else { Place::Line };
                    continue;
                }
            };
            used += 1;
        }
        Ok(used)
    }
}

/// Keeps as much of a message as its header digest needs, and forgets the rest.
#[derive(Default)]
pub(super) struct Head(Vec<u8>);

impl Head {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Write for Head {
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

    #[test]
    fn dots_are_unstuffed_however_the_answer_is_cut() {
        let answer = b"Subject: x\r\n\r\n..one\r\n.two\r\n...\r\n.\rx\r\nlast.\r\n.\r\n+OK next\r\n";
        for size in 1..answer.len() {
            let (mut place, mut message, mut used) = (Place::LineStart, Vec::new(), 0);
            for part in answer.chunks(size) {
                used += place.unstuff(part, &mut message).unwrap();
            }
            assert_eq!(place, Place::End);
            assert_eq!(message, b"Subject: x\r\n\r\n.one\r\ntwo\r\n..\r\n\rx\r\nlast.\r\n");
            assert_eq!(&answer[used..], b"+OK next\r\n");
        }
    }
}
