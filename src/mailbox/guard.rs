//! What stands between a server and the IMAP parser, which knows no bounds: an answer that is too long, too deep or
//! too late ends with an error before the parser sees it.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::wire::{LINE_LIMIT, Wire};

/// Opening parentheses in one response. The parser recurses at each of them and overflows its stack at 400; no
/// answer to our commands has more than five. Closing ones are not counted against them: a string could hold them.
const PARENTHESES: u32 = 32;
/// Literals in one response. Ours have one; the parser starts over at each.
const LITERALS: u32 = 16;

/// What the present command may cost; shared with the session that sets it.
#[derive(Debug, Default)]
pub(super) struct Budget {
    bytes: AtomicU64,
    literal: AtomicU64,
}

impl Budget {
    /// Before each command: bytes of its whole answer, and of one literal in it.
    pub fn set(&self, bytes: u64, literal: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.literal.store(literal, Ordering::Relaxed);
    }
}

/// A connection whose incoming bytes are watched.
pub(super) struct Guard {
    wire: Wire,
    budget: Arc<Budget>,
    scan: Scan,
}

impl Guard {
    pub fn new(wire: Wire, budget: Arc<Budget>) -> Self {
        Self { wire, budget, scan: Scan::default() }
    }
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.wire.read(buffer)?;
        let left = self.budget.bytes.load(Ordering::Relaxed).checked_sub(got as u64);
        let left = left.ok_or_else(|| broken("its answer is longer than what was asked for"))?;
        self.budget.bytes.store(left, Ordering::Relaxed);
        self.scan.pass(&buffer[..got], self.budget.literal.load(Ordering::Relaxed))?;
        Ok(got)
    }
}

impl Write for Guard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wire.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wire.flush()
    }
}

fn broken(words: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, words)
}

/// Where in a response the next byte stands.
#[derive(Debug, Default)]
struct Scan {
    /// Bytes of the present literal still to come.
    literal: u64,
    /// The present line, as far as it has come.
    line: Vec<u8>,
    /// This line goes on a response that a literal interrupted.
    continues: bool,
    parentheses: u32,
    literals: u32,
}

impl Scan {
    fn pass(&mut self, mut bytes: &[u8], literal_limit: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.literal > 0 {
                let skipped = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                self.literal -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let (part, rest) = bytes.split_at(end);
            bytes = rest;
            self.line.extend_from_slice(part);
            if self.line.len() > LINE_LIMIT {
                return Err(broken("it sent a line of more than 64 kB"));
            }
            self.parentheses += u32::try_from(part.iter().filter(|byte| **byte == b'(').count()).unwrap_or(u32::MAX);
            if self.parentheses > PARENTHESES {
                return Err(broken("its answer is nested too deeply"));
            }
            if part.ends_with(b"\n") {
                self.end_line(literal_limit)?;
            }
        }
        Ok(())
    }

    fn end_line(&mut self, literal_limit: u64) -> io::Result<()> {
        // Only where the parser also expects one: else plain text could smuggle anything past the counting.
        let announced = if self.continues || has_literals(&self.line) { literal(&self.line) } else { None };
        self.line.clear();
        match announced {
            Some(size) if size > literal_limit => return Err(broken("it announces more data than was asked for")),
            Some(size) => {
                self.literals += 1;
                if self.literals > LITERALS {
                    return Err(broken("its answer has too many parts"));
                }
                self.literal = size;
                self.continues = true;
            }
            None => (self.parentheses, self.literals, self.continues) = (0, 0, false),
        }
        Ok(())
    }
}

/// The responses that may hold literals: `* 7 FETCH`, `* LIST`, `* STATUS`.
fn has_literals(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ').skip(1);
    let is = |word: Option<&[u8]>, name: &[u8]| word.is_some_and(|word| word.eq_ignore_ascii_case(name));
    let first = words.next();
    line.starts_with(b"* ") && (is(first, b"LIST") || is(first, b"STATUS") || is(words.next(), b"FETCH"))
}

/// The size that a line ending in `{size}` announces.
fn literal(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let start = line.iter().rposition(|byte| *byte == b'{')?;
    std::str::from_utf8(&line[start + 1..]).ok()?.trim_end_matches('+').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(parts: &[&[u8]], limit: u64) -> Result<(), String> {
        let mut scan = Scan::default();
        parts.iter().try_for_each(|part| scan.pass(part, limit)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_good_server_says_passes_however_it_is_cut() {
        let answer = b"* 1 FETCH (UID 1 BODY[] {12}\r\n((((((((((((\
            )\r\n* LIST (\\HasNoChildren) \"/\" {3}\r\na(b\r\na1 OK done\r\n"
            .repeat(50);
        for size in [1, 7, 8192] {
            let parts: Vec<&[u8]> = answer.chunks(size).collect();
            scan(&parts, 12).unwrap();
        }
    }

    #[test]
    fn too_deep_too_long_and_too_big_are_refused() {
        assert!(scan(&[&b"* 1 FETCH ("[..], &b"(".repeat(400)], 100).unwrap_err().contains("deep"));
        assert!(scan(&[&b"x".repeat(60_000), &b"y".repeat(60_000)], 100).unwrap_err().contains("64 kB"));
        assert!(scan(&[b"* 1 FETCH (BODY[] {4294967295}\r\n"], 100).unwrap_err().contains("more data"));
    }

    #[test]
    fn parentheses_can_not_hide_behind_a_literal_that_is_none() {
        let hidden = [&b"* OK hello {1000}\r\n* 1 FETCH (BODYSTRUCTURE "[..], &b"(".repeat(400)];
        assert!(scan(&hidden, 5000).unwrap_err().contains("deep"));
        let closed = [&b"* 1 FETCH (X \""[..], &b")".repeat(400), b"\" ", &b"(".repeat(400)];
        assert!(scan(&closed, 5000).unwrap_err().contains("deep"));
    }
}
