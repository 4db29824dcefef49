//! What stands between a server and the IMAP parser, which knows no bounds: an answer that is too long, too deep or
//! too late ends with an error before the parser sees it.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::{memchr, memchr_iter, memrchr};

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

/// Bodies of messages on their way past the parser, which would look at each of their lines anew. It gets a mark in
/// their place; the session exchanges the one for the other.
#[derive(Debug)]
pub(super) struct Aside {
    /// Nobody can guess it, so no server can send one.
    mark: String,
    bodies: Mutex<Vec<Vec<u8>>>,
}

impl Aside {
    pub fn new() -> Self {
        Self { mark: uuid::Uuid::new_v4().simple().to_string(), bodies: Mutex::default() }
    }

    /// Keeps a body, and gives its mark: what an IMAP string may hold.
    fn put(&self, body: Vec<u8>) -> String {
        let mut bodies = lock(&self.bodies);
        bodies.push(body);
        format!("{}-{}", self.mark, bodies.len() - 1)
    }

    /// The body that this stands for: one that lies here, or itself. Each is given once.
    pub fn exchange(&self, shown: &[u8]) -> Vec<u8> {
        let number = || std::str::from_utf8(shown).ok()?.strip_prefix(&self.mark)?.strip_prefix('-')?.parse().ok();
        let aside = number().and_then(|number: usize| Some(std::mem::take(lock(&self.bodies).get_mut(number)?)));
        aside.unwrap_or_else(|| shown.to_vec())
    }

    pub fn clear(&self) {
        lock(&self.bodies).clear();
    }
}

fn lock(bodies: &Mutex<Vec<Vec<u8>>>) -> MutexGuard<'_, Vec<Vec<u8>>> {
    bodies.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection whose incoming bytes are watched. They go on to the parser as whole lines, and without the bodies.
pub(super) struct Guard {
    wire: Wire,
    budget: Arc<Budget>,
    scan: Scan,
    /// Seen, and from `given` on not handed to the parser yet.
    seen: Vec<u8>,
    given: usize,
}

impl Guard {
    pub fn new(wire: Wire, budget: Arc<Budget>, aside: Arc<Aside>) -> Self {
        Self { wire, budget, scan: Scan::new(aside), seen: Vec::new(), given: 0 }
    }
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.seen.len() {
            self.seen.clear();
            self.given = 0;
            let bytes = self.wire.fill_buf()?;
            let got = bytes.len();
            if got == 0 {
                return Ok(0);
            }
            let left = self.budget.bytes.load(Ordering::Relaxed).checked_sub(got as u64);
            let left = left.ok_or_else(|| broken("its answer is longer than what was asked for"))?;
            self.budget.bytes.store(left, Ordering::Relaxed);
            self.scan.pass(bytes, self.budget.literal.load(Ordering::Relaxed), &mut self.seen)?;
            self.wire.consume(got);
        }
        let count = (&self.seen[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
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
#[derive(Debug)]
struct Scan {
    aside: Arc<Aside>,
    /// Bytes of the present literal still to come.
    literal: u64,
    /// What has come of it, where it is a body.
    body: Option<Vec<u8>>,
    /// The present line, as far as it has come.
    line: Vec<u8>,
    /// This line goes on a response that a literal interrupted.
    continues: bool,
    parentheses: u32,
    literals: u32,
}

impl Scan {
    fn new(aside: Arc<Aside>) -> Self {
        let line = Vec::new();
        Self { aside, literal: 0, body: None, line, continues: false, parentheses: 0, literals: 0 }
    }

    /// Looks at what came, and adds to `seen` what the parser is to see of it.
    fn pass(&mut self, mut bytes: &[u8], literal_limit: u64, seen: &mut Vec<u8>) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.literal > 0 {
                let count = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                let (part, rest) = bytes.split_at(count);
                bytes = rest;
                self.literal -= count as u64;
                self.body.as_mut().unwrap_or(seen).extend_from_slice(part);
                self.end_body(seen);
                continue;
            }
            let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            let (part, rest) = bytes.split_at(end);
            bytes = rest;
            self.line.extend_from_slice(part);
            if self.line.len() > LINE_LIMIT {
                return Err(broken("it sent a line of more than 64 kB"));
            }
            self.parentheses += u32::try_from(memchr_iter(b'(', part).count()).unwrap_or(u32::MAX);
            if self.parentheses > PARENTHESES {
                return Err(broken("its answer is nested too deeply"));
            }
            if part.ends_with(b"\n") {
                self.end_line(literal_limit, seen)?;
            }
        }
        Ok(())
    }

    fn end_line(&mut self, literal_limit: u64, seen: &mut Vec<u8>) -> io::Result<()> {
        // Only where the parser also expects one: else plain text could smuggle anything past the counting.
        let announced = if self.continues || has_literals(&self.line) { literal(&self.line) } else { None };
        match announced {
            Some((_, size)) if size > literal_limit => return Err(broken("it announces more data than was asked for")),
            Some((before, size)) => {
                self.literals += 1;
                if self.literals > LITERALS {
                    return Err(broken("its answer has too many parts"));
                }
                self.literal = size;
                self.continues = true;
                if is_body(before) {
                    seen.extend_from_slice(before);
                    self.body = Some(Vec::with_capacity(usize::try_from(size).unwrap_or_default()));
                } else {
                    seen.extend_from_slice(&self.line);
                }
            }
            None => {
                seen.extend_from_slice(&self.line);
                (self.parentheses, self.literals, self.continues) = (0, 0, false);
            }
        }
        self.line.clear();
        self.end_body(seen);
        Ok(())
    }

    /// Puts a body aside that is complete, and its mark in its place.
    fn end_body(&mut self, seen: &mut Vec<u8>) {
        if self.literal == 0
            && let Some(body) = self.body.take()
        {
            seen.extend_from_slice(format!("\"{}\"", self.aside.put(body)).as_bytes());
        }
    }
}

/// The responses that may hold literals: `* 7 FETCH`, `* LIST`, `* STATUS`.
fn has_literals(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ').skip(1);
    let is = |word: Option<&[u8]>, name: &[u8]| word.is_some_and(|word| word.eq_ignore_ascii_case(name));
    let first = words.next();
    line.starts_with(b"* ") && (is(first, b"LIST") || is(first, b"STATUS") || is(words.next(), b"FETCH"))
}

/// What stands before a literal that is a message, or a piece of one (`BODY[]`, `BODY[]<1048576>`).
fn is_body(before: &[u8]) -> bool {
    let last = before.trim_ascii_end().rsplit(|byte| matches!(byte, b' ' | b'(')).next().unwrap_or_default();
    last.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"BODY[]"))
}

/// The size that a line ending in `{size}` announces, and what stands before that.
fn literal(line: &[u8]) -> Option<(&[u8], u64)> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let start = memrchr(b'{', line)?;
    let size = std::str::from_utf8(&line[start + 1..]).ok()?.trim_end_matches('+').parse().ok()?;
    Some((&line[..start], size))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the parser sees, with the bodies put back.
    fn scan(parts: &[&[u8]], limit: u64) -> Result<Vec<u8>, String> {
        let (aside, mut seen) = (Arc::new(Aside::new()), Vec::new());
        let mut scan = Scan::new(aside.clone());
        parts.iter().try_for_each(|part| scan.pass(part, limit, &mut seen)).map_err(|error| error.to_string())?;
        let shown: Vec<Vec<u8>> = seen
            .split(|byte| *byte == b'"')
            .map(|text| match text.starts_with(aside.mark.as_bytes()) {
                true => [b"<", aside.exchange(text).as_slice(), b">"].concat(),
                false => text.to_vec(),
            })
            .collect();
        Ok(shown.concat())
    }

    #[test]
    fn what_a_good_server_says_passes_however_it_is_cut() {
        let answer = b"* 1 FETCH (UID 1 BODY[] {12}\r\n((((((((((((\
            )\r\n* LIST (\\HasNoChildren) \"/\" {3}\r\na(b\r\na1 OK done\r\n"
            .repeat(50);
        for size in [1, 7, 8192] {
            let parts: Vec<&[u8]> = answer.chunks(size).collect();
            let seen =
                b"* 1 FETCH (UID 1 BODY[] <((((((((((((>)\r\n* LIST (\\HasNoChildren) / {3}\r\na(b\r\na1 OK done\r\n";
            assert_eq!(scan(&parts, 12).unwrap(), seen.repeat(50));
        }
    }

    #[test]
    fn only_bodies_go_past_the_parser_and_each_is_given_once() {
        for (answer, seen) in [
            ("* 1 FETCH (BODY[] {0}\r\n UID 1)\r\n", "* 1 FETCH (BODY[] <> UID 1)\r\n"),
            ("* 1 FETCH (body[]<7> {2}\r\nab)\r\n", "* 1 FETCH (body[]<7> <ab>)\r\n"),
            ("* 1 FETCH (BODY[HEADER] {2}\r\nab)\r\n", "* 1 FETCH (BODY[HEADER] {2}\r\nab)\r\n"),
            ("* OK BODY[] {2}\r\nab)\r\n", "* OK BODY[] {2}\r\nab)\r\n"),
        ] {
            assert_eq!(scan(&[answer.as_bytes()], 12).unwrap(), seen.as_bytes(), "{answer}");
        }
        let aside = Aside::new();
        let mark = aside.put(b"body".to_vec());
        assert_eq!(aside.exchange(b"0"), b"0");
        assert_eq!((aside.exchange(mark.as_bytes()), aside.exchange(mark.as_bytes())), (b"body".to_vec(), Vec::new()));
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
