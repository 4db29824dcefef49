//! Content-Transfer-Encodings (RFC 2045 §6), decoded as streams and leniently: broken bytes are skipped, and the rest still
//! arrives.

use std::io::{self, Read};
use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use memchr::{memchr, memchr2};

use super::head::hex_pair;

/// Encoded bytes that are processed at a time.
const CHUNK: usize = 48 << 10;

/// How a part's bytes are encoded. Unknown encodings are taken for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Transfer {
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    /// Older than MIME and never registered, but some gateways still write it.
    Uuencode,
}

impl Transfer {
    /// Reads a Content-Transfer-Encoding value, however it is spelled.
    pub(super) fn parse(value: &str) -> Self {
        let value = value.trim_start_matches(|c: char| c.is_whitespace() || "\"'<".contains(c)).to_ascii_lowercase();
        let word: String = value
            .split(|c: char| ";(,\"'>".contains(c))
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .collect();
        match word.as_str() {
            "base64" | "b64" | "xbase64" => Transfer::Base64,
            "quotedprintable" | "quotedprintables" | "quotedprint" | "qp" => Transfer::QuotedPrintable,
            "xuuencode" | "uuencode" | "xuue" | "uue" | "xuu" | "uuencoded" => Transfer::Uuencode,
            _ => Transfer::Identity,
        }
    }
}

/// `encoded`, decoded while it is read.
pub(super) fn decoder<'r>(transfer: Transfer, encoded: impl Read + 'r) -> Box<dyn Read + 'r> {
    match transfer {
        Transfer::Identity => Box::new(encoded),
        Transfer::Base64 => Box::new(Decoder::new(encoded, Base64::default())),
        Transfer::QuotedPrintable => Box::new(Decoder::new(encoded, QuotedPrintable)),
        Transfer::Uuencode => Box::new(Decoder::new(encoded, Uuencode::default())),
    }
}

/// Turns encoded bytes into decoded ones, a chunk at a time.
trait Decode {
    /// Decodes the beginning of `encoded` into `decoded`, and returns how much of it was used; all of it when `last`.
    fn decode(&mut self, encoded: &[u8], last: bool, decoded: &mut Vec<u8>) -> usize;
}

struct Decoder<R, D> {
    encoded: R,
    decode: D,
    /// Bytes that were read but not decoded yet.
    held: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read, D: Decode> Decoder<R, D> {
    fn new(encoded: R, decode: D) -> Self {
        Self { encoded, decode, held: Vec::new(), decoded: Vec::new(), given: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let wanted = (CHUNK - self.held.len().min(CHUNK - 1)) as u64;
        let count = Read::take(&mut self.encoded, wanted).read_to_end(&mut self.held)?;
        self.ended = count == 0;
        self.decoded.clear();
        self.given = 0;
        let used = self.decode.decode(&self.held, self.ended, &mut self.decoded);
        self.held.drain(..used);
        Ok(())
    }
}

impl<R: Read, D: Decode> Read for Decoder<R, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.ended {
            self.refill()?;
        }
        let count = (&self.decoded[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Lenient base64: foreign bytes are skipped, padding may be anywhere or missing.
#[derive(Default)]
struct Base64 {
    /// The symbols from the lines of a chunk, after up to three from the one before.
    symbols: Vec<u8>,
}

impl Base64 {
    /// Decodes the complete groups of four; false where they contain a foreign byte.
    fn groups(&mut self, decoded: &mut Vec<u8>) -> bool {
        let whole = self.symbols.len() / 4 * 4;
        let before = decoded.len();
        if ENGINE.decode_vec(&self.symbols[..whole], decoded).is_err() {
            decoded.truncate(before);
            return false;
        }
        self.symbols.drain(..whole);
        true
    }

    /// Ends a sequence, whose last group may be short.
    fn finish(&mut self, decoded: &mut Vec<u8>) {
        self.groups(decoded);
        // A single symbol does not make a whole byte.
        if self.symbols.len() > 1 {
            let before = decoded.len();
            if ENGINE.decode_vec(&self.symbols, decoded).is_err() {
                decoded.truncate(before);
            }
        }
        self.symbols.clear();
    }

    fn leniently(&mut self, encoded: &[u8], decoded: &mut Vec<u8>) {
        for byte in encoded {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => self.symbols.push(*byte),
                b'=' => self.finish(decoded),
                _ => {}
            }
        }
        self.groups(decoded);
    }
}

impl Decode for Base64 {
    fn decode(&mut self, encoded: &[u8], last: bool, decoded: &mut Vec<u8>) -> usize {
        let carried = self.symbols.len();
        let mut rest = encoded;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            self.symbols.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        // The decoder accepts `=` only at the very end, so the bytes behind it decide.
        if memchr(b'=', &self.symbols).is_some() || !self.groups(decoded) {
            self.symbols.truncate(carried);
            self.leniently(encoded, decoded);
        }
        if last {
            self.finish(decoded);
        }
        encoded.len()
    }
}

/// Where the first line ends and the next begins; None where its end is not there, or may be incomplete. Mail with classic
/// Mac OS line ends has a CR alone.
fn line_end(bytes: &[u8], last: bool) -> Option<(usize, usize)> {
    let at = memchr2(b'\r', b'\n', bytes)?;
    if bytes[at] == b'\n' {
        return Some((at, at + 1));
    }
    let more = bytes[at..].iter().take_while(|byte| **byte == b'\r').count();
    match bytes.get(at + more) {
        Some(b'\n') => Some((at, at + more + 1)),
        None if !last => None,
        _ => Some((at, at + 1)),
    }
}

/// Lenient quoted-printable: an invalid escape stays as it is.
struct QuotedPrintable;

impl Decode for QuotedPrintable {
    fn decode(&mut self, encoded: &[u8], last: bool, decoded: &mut Vec<u8>) -> usize {
        let mut rest = encoded;
        loop {
            match line_end(rest, last) {
                Some((end, next)) => {
                    let written: &[u8] = if rest[end] == b'\n' {
                        b"\n"
                    } else if next - end == 1 {
                        b"\r"
                    } else {
                        b"\r\n"
                    };
                    line(&rest[..end], Some(written), decoded);
                    rest = &rest[next..];
                }
                None if last => {
                    line(rest, None, decoded);
                    return encoded.len();
                }
                // A line longer than a chunk is cut where that can't split an escape.
                None if rest.len() >= CHUNK => {
                    let cut = rest.len() - 3;
                    let cut = memchr::memrchr(b'=', &rest[..cut]).filter(|at| at + 3 > cut).unwrap_or(cut);
                    escapes(&rest[..cut], decoded);
                    return encoded.len() - rest.len() + cut;
                }
                None => return encoded.len() - rest.len(),
            }
        }
    }
}

/// Decodes one line and its end; the last line of a part may have none.
fn line(line: &[u8], end: Option<&[u8]>, decoded: &mut Vec<u8>) {
    // White space before a line's end was added on the way (RFC 2045 §6.7).
    let trimmed = line.trim_ascii_end();
    // A soft line break; also at the end of a part, since the line end before a delimiter belongs to the delimiter.
    if let Some(soft) = trimmed.strip_suffix(b"=") {
        return escapes(soft, decoded);
    }
    escapes(if end.is_some() { trimmed } else { line }, decoded);
    decoded.extend_from_slice(end.unwrap_or_default());
}

fn escapes(text: &[u8], decoded: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr(b'=', rest) {
        decoded.extend_from_slice(&rest[..at]);
        match &rest[at + 1..] {
            [high, low, after @ ..] if hex_pair(*high, *low).is_some() => {
                decoded.extend(hex_pair(*high, *low));
                rest = after;
            }
            after => {
                decoded.push(b'=');
                rest = after;
            }
        }
    }
    decoded.extend_from_slice(rest);
}

/// A file between `begin 644 name` and `end`, or its lines alone.
#[derive(Default)]
struct Uuencode {
    begun: bool,
    ended: bool,
}

impl Decode for Uuencode {
    fn decode(&mut self, encoded: &[u8], last: bool, decoded: &mut Vec<u8>) -> usize {
        let mut rest = encoded;
        while !rest.is_empty() {
            let (end, next) = match line_end(rest, last) {
                Some(found) => found,
                // No encoded line is as long as a chunk.
                None if last || rest.len() >= CHUNK => (rest.len(), rest.len()),
                None => break,
            };
            let line = &rest[..end];
            rest = &rest[next..];
            match read_uu_line(line) {
                UuLine::Begin(_) if !self.begun => self.begun = true,
                UuLine::End if self.begun => self.ended = true,
                UuLine::Data(bytes) if !self.ended => decoded.extend(bytes),
                _ => {}
            }
        }
        encoded.len() - rest.len()
    }
}

/// Files that are taken out of one text.
const UU_FILES: usize = 100;

/// A file that stands in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UuFile {
    pub name: String,
    /// Its range within the text, from `begin` to `end`.
    pub place: Range<usize>,
    pub bytes: Vec<u8>,
}

/// The files within a text, uuencoded: lines of text, from the time before MIME and from gateways that still write them.
/// Text that only begins like a file, as words may, is none.
pub(super) fn uu_files(text: &[u8]) -> Vec<UuFile> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() && found.len() < UU_FILES {
        let end = uu_line_end(text, at);
        match read_uu_line(trimmed(&text[at..end])) {
            UuLine::Begin(name) => match uu_file(text, at, end, name) {
                Some(file) => {
                    at = file.place.end;
                    found.push(file);
                }
                None => at = end,
            },
            _ => {
                at =
                    text[end..].windows(6).position(|window| window == b"begin ").map_or(text.len(), |next| end + next);
            }
        }
        // It counts only at the beginning of a line.
        while at > 0 && at < text.len() && !matches!(text[at - 1], b'\n' | b'\r') {
            at = text[at + 1..].windows(6).position(|it| it == b"begin ").map_or(text.len(), |next| at + 1 + next);
        }
    }
    found
}

/// The file whose `begin` line stands at `start`.
fn uu_file(text: &[u8], start: usize, first: usize, name: String) -> Option<UuFile> {
    let (mut at, mut bytes, mut ended) = (first, Vec::new(), false);
    while at < text.len() && !ended {
        let end = uu_line_end(text, at);
        match read_uu_line(trimmed(&text[at..end])) {
            UuLine::Data(data) => bytes.extend(data),
            UuLine::End => ended = true,
            _ if text[at..end].trim_ascii().is_empty() => {}
            _ => return None,
        }
        at = end;
    }
    (ended || !bytes.is_empty()).then_some(UuFile { name, place: start..at, bytes })
}

/// Where the line that stands at `at` ends, its line end included.
fn uu_line_end(text: &[u8], at: usize) -> usize {
    let Some(end) = memchr::memchr2(b'\n', b'\r', &text[at..]).map(|end| at + end) else { return text.len() };
    end + 1 + usize::from(text[end..].starts_with(b"\r\n"))
}

fn trimmed(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    &line[..end]
}

/// What a line is, within a file or before one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UuLine {
    /// `begin 644 name`.
    Begin(String),
    Data(Vec<u8>),
    End,
    /// Text.
    Other,
}

/// Reads one line, without its end.
fn read_uu_line(line: &[u8]) -> UuLine {
    if line.trim_ascii() == b"end" {
        return UuLine::End;
    }
    if let Some(name) = uu_name(line) {
        return UuLine::Begin(name);
    }
    uu_data(line).map_or(UuLine::Other, UuLine::Data)
}

fn uu_name(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?.trim_ascii();
    let mode = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = rest.get(mode..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=6).contains(&mode) && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
}

/// The bytes of a data line, whose first character counts them. Blanks at its end, which mean zeros, may have been cut off
/// on the way, and some encoders add a checksum.
fn uu_data(line: &[u8]) -> Option<Vec<u8>> {
    let (first, symbols) = line.split_first()?;
    if !line.iter().all(|byte| matches!(byte, b' '..=b'`')) {
        return None;
    }
    let count = usize::from((first - b' ') & 63);
    let whole = count.div_ceil(3) * 4;
    let missing = whole.saturating_sub(symbols.len());
    // A line that is much shorter or longer than it says is text. Only the needed part of the last group has to be there.
    let cut_off = missing <= 3 || symbols.iter().all(|symbol| matches!(symbol, b' ' | b'`'));
    if !cut_off || symbols.len() > whole + 2 || (count == 0 && !symbols.trim_ascii().is_empty()) {
        return None;
    }
    let value = |at: usize| symbols.get(at).map_or(0, |symbol| (symbol - b' ') & 63);
    let mut bytes = Vec::with_capacity(whole / 4 * 3);
    for at in (0..whole).step_by(4) {
        let [a, b, c, d] = [value(at), value(at + 1), value(at + 2), value(at + 3)];
        bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    bytes.truncate(count);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(transfer: Transfer, text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        decoder(transfer, text).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn base64_survives_what_mailers_do_to_it() {
        for text in [
            "aGVsbG8gd29ybGQ=",
            "aGVs\r\nbG8g\r\nd29ybGQ=\r\n",
            "aGVsbG8gd29ybGQ",
            "aGVs*bG8 gd29y!bGQ=",
            "aGVsbG8=IHdvcmxk",
        ] {
            assert_eq!(decoded(Transfer::Base64, text.as_bytes()), b"hello world", "{text}");
        }
        assert_eq!(decoded(Transfer::Base64, b"aGVsbG8gd29ybG"), b"hello worl");
        assert_eq!(decoded(Transfer::Base64, b"a"), b"");
        assert_eq!(decoded(Transfer::Base64, b"===="), b"");
    }

    #[test]
    fn base64_of_many_chunks_comes_back_whole() {
        let bytes: Vec<u8> = (0..500_000u32).map(|n| (n * 7 % 251) as u8).collect();
        let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
        for width in [1, 3, 75, 76, 1000, text.len()] {
            let folded: Vec<u8> = text.as_bytes().chunks(width).flat_map(|line| [line, b"\r\n"].concat()).collect();
            assert_eq!(decoded(Transfer::Base64, &folded), bytes, "{width}");
        }
    }

    #[test]
    fn quoted_printable_survives_what_mailers_do_to_it() {
        for (text, expected) in [
            ("caf=C3=A9 =\r\nnoir", "café noir"),
            ("a  \r\nb\t\n", "a\r\nb\n"),
            ("1=2 =zz =", "1=2 =zz "),
            ("%PDF-1= \t", "%PDF-1"),
            ("a=\rb\rc =\r\r\nd\r\r\ne", "ab\rc d\r\ne"),
            ("a=\nb= \nc", "abc"),
            ("=c3=a9", "é"),
        ] {
            assert_eq!(decoded(Transfer::QuotedPrintable, text.as_bytes()), expected.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn encodings_are_known_in_every_spelling() {
        for (spelled, expected) in [
            ("BASE64", Transfer::Base64),
            (" base-64 ; x=y", Transfer::Base64),
            ("\"base64\"", Transfer::Base64),
            ("base64 (standard)", Transfer::Base64),
            ("quoted printable", Transfer::QuotedPrintable),
            ("Quoted_Printable", Transfer::QuotedPrintable),
            ("x-uue", Transfer::Uuencode),
            ("8bit", Transfer::Identity),
            ("", Transfer::Identity),
        ] {
            assert_eq!(Transfer::parse(spelled), expected, "{spelled}");
        }
    }

    #[test]
    fn uuencode_survives_what_mailers_do_to_it() {
        let file = "begin 644 list.csv\n;=FEL;&%G93MA;6]U;G0*06MO<V]M8F\\[,3(*\n`\nend\n";
        for text in [
            file.to_owned(),
            file.replace('\n', "\r\n"),
            file.replace('\n', "\r"),
            format!("words before\n\n{file}words behind\n"),
            file.replace("`\nend\n", " \nend"),
            file.replace("begin 644 list.csv\n", ""),
        ] {
            assert_eq!(decoded(Transfer::Uuencode, text.as_bytes()), b"village;amount\nAkosombo;12\n", "{text:?}");
        }
    }

    #[test]
    fn a_quoted_printable_line_longer_than_a_chunk_is_not_cut_in_an_escape() {
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"=C3=A9".repeat(CHUNK / 3);
            let expected = "x".repeat(shift) + &"é".repeat(CHUNK / 3);
            assert_eq!(decoded(Transfer::QuotedPrintable, text.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn files_are_found_among_words() {
        let file = "begin 644 cat.txt\n#0V%T\n`\nend\n";
        let found = uu_files(format!("See below.\n\n{file}and\nbegin 600 dog.txt\r\n#1&]G\r\nend").as_bytes());
        let shown: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(shown, [("cat.txt", b"Cat".as_slice()), ("dog.txt", b"Dog")]);
        assert_eq!(found[0].place, 12..12 + file.len());
        assert_eq!(uu_files("begin 644 visits to us.\nI was there.\nend\n".as_bytes()), []);
        assert_eq!(uu_files("to begin 644 cat.txt\n#0V%T\nend\n".as_bytes()), []);
        assert_eq!(uu_files("begin ".repeat(100_000).as_bytes()), []);
    }

    #[test]
    fn lines_are_told_apart() {
        assert_eq!(read_uu_line(b"begin 644 a b.csv"), UuLine::Begin("a b.csv".into()));
        assert_eq!(read_uu_line(b"end"), UuLine::End);
        assert_eq!(read_uu_line(b"#0V%T"), UuLine::Data(b"Cat".to_vec()));
        assert_eq!(read_uu_line(b"`"), UuLine::Data(Vec::new()));
        for words in ["begin the day", "begin 64", "Dear Sir", "MY CARD WAS TAKEN AND NOBODY ANSWERS", "", "#0V%TTTTTT"]
        {
            assert_eq!(read_uu_line(words.as_bytes()), UuLine::Other, "{words}");
        }
    }
}
