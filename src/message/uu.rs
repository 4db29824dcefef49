//! uuencode (POSIX `uuencode`): files as lines of text, from the time before MIME and from gateways that never left it.

use std::ops::Range;

/// Files that are taken out of one text.
const FILES: usize = 100;

/// A file that stands in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UuFile {
    pub name: String,
    /// All of it, from `begin` to `end`, within the text.
    pub place: Range<usize>,
    pub bytes: Vec<u8>,
}

/// The files within a text. What only begins like one, as words do too, is none.
pub(super) fn files(text: &[u8]) -> Vec<UuFile> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() && found.len() < FILES {
        let end = line_end(text, at);
        match read_line(trimmed(&text[at..end])) {
            UuLine::Begin(name) => match file(text, at, end, name) {
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
        // Only at the beginning of a line.
        while at > 0 && at < text.len() && !matches!(text[at - 1], b'\n' | b'\r') {
            at = text[at + 1..].windows(6).position(|it| it == b"begin ").map_or(text.len(), |next| at + 1 + next);
        }
    }
    found
}

/// The file whose `begin` line stands at `start`.
fn file(text: &[u8], start: usize, first: usize, name: String) -> Option<UuFile> {
    let (mut at, mut bytes, mut ended) = (first, Vec::new(), false);
    while at < text.len() && !ended {
        let end = line_end(text, at);
        match read_line(trimmed(&text[at..end])) {
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
fn line_end(text: &[u8], at: usize) -> usize {
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
    /// Words.
    Other,
}

/// Reads one line, without its end.
pub(super) fn read_line(line: &[u8]) -> UuLine {
    if line.trim_ascii() == b"end" {
        return UuLine::End;
    }
    if let Some(name) = name(line) {
        return UuLine::Begin(name);
    }
    data(line).map_or(UuLine::Other, UuLine::Data)
}

fn name(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?.trim_ascii();
    let mode = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = rest.get(mode..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=6).contains(&mode) && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
}

/// The bytes of a data line: its first character counts them. Blanks at its end, which are zeros, may have been cut
/// off on the way, and some encoders write a checksum behind.
fn data(line: &[u8]) -> Option<Vec<u8>> {
    let (first, symbols) = line.split_first()?;
    if !line.iter().all(|byte| matches!(byte, b' '..=b'`')) {
        return None;
    }
    let count = usize::from((first - b' ') & 63);
    let whole = count.div_ceil(3) * 4;
    let missing = whole.saturating_sub(symbols.len());
    // A line that is much shorter or longer than it says is words. Of the last group only what is needed may be there.
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

    #[test]
    fn files_are_found_among_words() {
        let file = "begin 644 cat.txt\n#0V%T\n`\nend\n";
        let found = files(format!("See below.\n\n{file}and\nbegin 600 dog.txt\r\n#1&]G\r\nend").as_bytes());
        let shown: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(shown, [("cat.txt", b"Cat".as_slice()), ("dog.txt", b"Dog")]);
        assert_eq!(found[0].place, 12..12 + file.len());
        assert_eq!(files("begin 644 visits to us.\nI was there.\nend\n".as_bytes()), []);
        assert_eq!(files("to begin 644 cat.txt\n#0V%T\nend\n".as_bytes()), []);
        assert_eq!(files("begin ".repeat(100_000).as_bytes()), []);
    }

    #[test]
    fn lines_are_told_apart() {
        assert_eq!(read_line(b"begin 644 a b.csv"), UuLine::Begin("a b.csv".into()));
        assert_eq!(read_line(b"end"), UuLine::End);
        assert_eq!(read_line(b"#0V%T"), UuLine::Data(b"Cat".to_vec()));
        assert_eq!(read_line(b"`"), UuLine::Data(Vec::new()));
        for words in ["begin the day", "begin 64", "Dear Sir", "MY CARD WAS TAKEN AND NOBODY ANSWERS", "", "#0V%TTTTTT"]
        {
            assert_eq!(read_line(words.as_bytes()), UuLine::Other, "{words}");
        }
    }
}
