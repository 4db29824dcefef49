//! uuencode (POSIX `uuencode`): files as lines of text, from the time before MIME and from gateways that never left it.

/// What a line is, within a file or before one.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// `begin 644 name`.
    Begin(String),
    Data(Vec<u8>),
    End,
    /// Words.
    Other,
}

/// Reads one line, without its end.
pub fn read_line(line: &[u8]) -> Line {
    if line.trim_ascii() == b"end" {
        return Line::End;
    }
    if let Some(name) = name(line) {
        return Line::Begin(name);
    }
    data(line).map_or(Line::Other, Line::Data)
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
    fn lines_are_told_apart() {
        assert_eq!(read_line(b"begin 644 a b.csv"), Line::Begin("a b.csv".into()));
        assert_eq!(read_line(b"end"), Line::End);
        assert_eq!(read_line(b"#0V%T"), Line::Data(b"Cat".to_vec()));
        assert_eq!(read_line(b"`"), Line::Data(Vec::new()));
        for words in ["begin the day", "begin 64", "Dear Sir", "MY CARD WAS TAKEN AND NOBODY ANSWERS", "", "#0V%TTTTTT"]
        {
            assert_eq!(read_line(words.as_bytes()), Line::Other, "{words}");
        }
    }
}
