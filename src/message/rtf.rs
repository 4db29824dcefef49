//! The text of Outlook's compressed RTF (MS-OXRTFCP), plain, or the HTML that it was made from (MS-OXRTFEX).

use super::charset;
use super::words::hex_pair;

/// Bytes of decompressed RTF.
const LENGTH: usize = 4 << 20;
/// Groups within each other.
const DEPTH: usize = 100;

/// What every dictionary begins with (MS-OXRTFCP §2.1.2.1).
const DICTIONARY: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
    \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
    \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Decompresses; None where it is neither of the two forms.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (size, form) = (word(4)? as usize, word(8)?);
    let size = size.min(LENGTH);
    let packed = &bytes[16.min(bytes.len())..];
    match form {
        0x414c_454d => Some(packed[..size.min(packed.len())].to_vec()),
        0x7546_5a4c => Some(unpack(packed, size)),
        _ => None,
    }
}

fn unpack(packed: &[u8], size: usize) -> Vec<u8> {
    const WINDOW: usize = 4096;
    let mut window = [b' '; WINDOW];
    window[..DICTIONARY.len()].copy_from_slice(DICTIONARY);
    let mut write = DICTIONARY.len();
    let mut unpacked = Vec::new();
    let mut bytes = packed.iter().copied();
    while let Some(control) = bytes.next() {
        for bit in 0..8 {
            let (start, count) = if control & (1 << bit) == 0 {
                let Some(literal) = bytes.next() else { return unpacked };
                window[write] = literal;
                (write, 1)
            } else {
                let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else { return unpacked };
                let reference = usize::from(high) << 8 | usize::from(low);
                if reference >> 4 == write {
                    return unpacked;
                }
                (reference >> 4, (reference & 15) + 2)
            };
            for step in 0..count {
                let byte = window[(start + step) % WINDOW];
                window[write] = byte;
                write = (write + 1) % WINDOW;
                unpacked.push(byte);
                if unpacked.len() == size {
                    return unpacked;
                }
            }
        }
    }
    unpacked
}

/// What RTF says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Words {
    Text(String),
    Html(String),
}

/// Destinations whose contents are no text of the document.
const SILENT: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "themedata",
    "datastore",
    "header",
    "footer",
    "generator",
    "xmlnstbl",
    "mmathPr",
    "latentstyles",
];

#[derive(Clone, Copy, Default)]
struct Group {
    silent: bool,
    /// Of HTML that was put into RTF: a tag of the HTML, and RTF that the HTML did not have.
    html_tag: bool,
    not_html: bool,
    /// Characters that stand in for each `\u`.
    stand_ins: usize,
}

/// Reads a document. None where it is no RTF.
pub(super) fn read(rtf: &[u8]) -> Option<Words> {
    if !rtf.starts_with(b"{\\rtf") {
        return None;
    }
    let is_html = memchr::memmem::find(&rtf[..rtf.len().min(1_000)], b"\\fromhtml").is_some();
    let mut reading = RtfReading { text: String::new(), bytes: Vec::new(), codepage: 1252 };
    let mut group = Group { stand_ins: 1, ..Group::default() };
    let mut groups: Vec<Group> = Vec::new();
    let mut too_deep = 0_usize;
    let (mut at, mut skip, mut first) = (0, 0, false);
    while let Some(byte) = rtf.get(at) {
        at += 1;
        match byte {
            b'{' if groups.len() == DEPTH => too_deep += 1,
            b'}' if too_deep > 0 => too_deep -= 1,
            b'{' => {
                groups.push(group);
                first = true;
                continue;
            }
            b'}' => group = groups.pop().unwrap_or(group),
            b'\r' | b'\n' => continue,
            b'\\' => {
                let (control, number, next) = control(rtf, at);
                at = next;
                let shown = !group.silent && (!is_html || group.html_tag || !group.not_html);
                match control {
                    "'" => {
                        let byte = rtf.get(at..at + 2).and_then(|pair| hex_pair(pair[0], pair[1]));
                        at = (at + 2).min(rtf.len());
                        if skip > 0 {
                            skip -= 1;
                        } else if shown {
                            reading.bytes.extend(byte);
                        }
                    }
                    "*" => {
                        // Only readers that know what follows may show it.
                        group.silent = !rtf[at..].starts_with(b"\\htmltag");
                        continue;
                    }
                    "u" => {
                        skip = group.stand_ins;
                        if shown {
                            reading.unit(number.unwrap_or(0) as u16);
                        }
                    }
                    "uc" => group.stand_ins = number.unwrap_or(1).clamp(0, 100) as usize,
                    "ansicpg" => reading.codepage = number.unwrap_or(1252),
                    "htmltag" => (group.html_tag, group.silent) = (true, false),
                    "htmlrtf" => group.not_html = number != Some(0),
                    "bin" => at = at.saturating_add(number.unwrap_or(0).max(0) as usize).min(rtf.len()),
                    "par" | "line" | "sect" | "row" | "page" if shown => reading.push('\n'),
                    "tab" | "cell" if shown => reading.push('\t'),
                    "lquote" if shown => reading.push('‘'),
                    "rquote" if shown => reading.push('’'),
                    "ldblquote" if shown => reading.push('“'),
                    "rdblquote" if shown => reading.push('”'),
                    "bullet" if shown => reading.push('•'),
                    "endash" if shown => reading.push('–'),
                    "emdash" if shown => reading.push('—'),
                    "~" if shown => reading.push(' '),
                    "{" | "}" | "\\" if skip > 0 => skip -= 1,
                    "{" | "}" | "\\" if shown => reading.bytes.push(control.as_bytes()[0]),
                    known if first && SILENT.contains(&known) => group.silent = true,
                    _ => {}
                }
            }
            _ if skip > 0 => skip -= 1,
            byte if !group.silent && (!is_html || group.html_tag || !group.not_html) => reading.bytes.push(*byte),
            _ => {}
        }
        first = false;
    }
    reading.flush();
    let text = reading.text;
    Some(if is_html { Words::Html(text) } else { Words::Text(text) })
}

/// The control word or symbol behind a backslash, its number, and where what follows begins.
fn control(rtf: &[u8], at: usize) -> (&str, Option<i32>, usize) {
    let letters = rtf[at..].iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if letters == 0 {
        let symbol = rtf.get(at..at + 1).and_then(|symbol| std::str::from_utf8(symbol).ok()).unwrap_or_default();
        return (symbol, None, (at + 1).min(rtf.len()));
    }
    let word = std::str::from_utf8(&rtf[at..at + letters]).unwrap_or_default();
    let mut end = at + letters;
    let sign = usize::from(rtf.get(end) == Some(&b'-'));
    let digits = rtf[end + sign..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let mut number = None;
    if digits > 0 {
        let written = std::str::from_utf8(&rtf[end..end + sign + digits]).unwrap_or_default();
        number = written.parse().ok();
        end += sign + digits;
    }
    (word, number, end + usize::from(rtf.get(end) == Some(&b' ')))
}

struct RtfReading {
    text: String,
    /// Of the document's charset, not decoded yet.
    bytes: Vec<u8>,
    codepage: i32,
}

impl RtfReading {
    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let label = format!("windows-{}", self.codepage);
            self.text.push_str(&charset::decode(Some(&label), &self.bytes));
            self.bytes.clear();
        }
    }

    fn push(&mut self, c: char) {
        self.flush();
        self.text.push(c);
    }

    /// A UTF-16 unit; the two halves of a character are rare, and then become one sign of their own.
    fn unit(&mut self, unit: u16) {
        self.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_document_are_read() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}\pard My card\par was \'e9t\u233?\{\uc2\u8364 ??}\tab taken{\pict ff}}";
        assert_eq!(read(rtf), Some(Words::Text("My card\nwas été{€\ttaken".into())));
        let html = br"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 My card{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0}";
        assert_eq!(read(html), Some(Words::Html("<p>My card</p>".into())));
        assert_eq!(read(b"words"), None);
    }

    #[test]
    fn the_published_example_unpacks() {
        // MS-OXRTFCP §3.1.
        let packed = hex::decode(
            "2d0000002b0000004c5a4675f1c5c7a703000a0072637067313235423\
             20af32068656c0900206277\
             05b06c647d0a800fa0",
        );
        let unpacked = decompress(&packed.unwrap()).unwrap();
        assert_eq!(String::from_utf8_lossy(&unpacked), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    }

    #[test]
    fn hostile_documents_end() {
        for piece in ["{", "\\", "\\'", "\\u9 ", "{\\*", "\\bin99999999 ", "}"] {
            let _ = read(format!("{{\\rtf1{}", piece.repeat(500_000)).as_bytes());
        }
        let bomb = [&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], b"LZFu", &[0; 4], &vec![0xfe; 1 << 20]].concat();
        assert!(decompress(&bomb).unwrap().len() <= LENGTH);
    }
}
