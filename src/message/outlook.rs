//! What Outlook hides from other mail programs: the files and the formatted text of a mail, in `winmail.dat` and in
//! compressed RTF.

use std::ops::Range;

use super::charset;
use super::head::hex_pair;

/// Files that are listed, and properties of each that are read.
const FILES: usize = 500;
const PROPERTIES: usize = 2_000;
/// Bytes of a name.
const NAME: usize = 1_000;

const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];

// Attributes, by their type and number.
const BODY: u32 = 0x0002_800c;
const OEM_CODEPAGE: u32 = 0x0006_9007;
const MESSAGE_CLASS: u32 = 0x0007_8008;
const MAPI_PROPERTIES: u32 = 0x0006_9003;
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_DATA: u32 = 0x0006_800f;
const ATTACH_RENDERING: u32 = 0x0006_9002;
const ATTACH_PROPERTIES: u32 = 0x0006_9005;

// MAPI properties, by their number.
const PR_BODY: u16 = 0x1000;
const PR_RTF_COMPRESSED: u16 = 0x1009;
const PR_BODY_HTML: u16 = 0x1013;
const PR_INTERNET_CODEPAGE: u16 = 0x3fde;
const PR_DISPLAY_NAME: u16 = 0x3001;
const PR_ATTACH_DATA: u16 = 0x3701;
const PR_ATTACH_FILENAME: u16 = 0x3704;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;
const PR_ATTACH_MIME_TAG: u16 = 0x370e;
const PR_ATTACH_CONTENT_ID: u16 = 0x3712;

const PT_STRING8: u16 = 0x001e;
const PT_UNICODE: u16 = 0x001f;
const PT_OBJECT: u16 = 0x000d;
const PT_BINARY: u16 = 0x0102;

#[derive(Debug, Default)]
pub(super) struct Tnef {
    /// `IPM.Note` and so on.
    pub class: String,
    pub text: Option<String>,
    pub html: Option<String>,
    /// The RTF as it was found, compressed (MS-OXRTFCP).
    pub rtf: Option<Range<usize>>,
    pub files: Vec<TnefFile>,
    /// Something was cut off or could not be read.
    pub damaged: bool,
}

#[derive(Debug, Default)]
pub(super) struct TnefFile {
    pub name: Option<String>,
    pub mimetype: Option<String>,
    pub content_id: Option<String>,
    /// Where its bytes are in the stream.
    pub bytes: Range<usize>,
    /// It is itself a mail in TNEF.
    pub is_tnef: bool,
}

/// Whether bytes begin as TNEF does.
pub(super) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// Reads a stream; None where it is no TNEF.
///
/// `winmail.dat` is Outlook's TNEF (MS-OXTNEF), in which it hides a mail's files and its formatted text from other mail
/// programs. Our own reader, since no maintained library reads it; only what a reader of the mail would miss is read.
pub(super) fn read_tnef(bytes: &[u8]) -> Option<Tnef> {
    if !is_tnef(bytes) {
        return None;
    }
    let mut found = Tnef::default();
    // Valid until the mail says otherwise.
    let (mut codepage, mut title) = (1252, None::<String>);
    let mut at = 6;
    while at < bytes.len() {
        let Some((id, length)) = number(bytes, at + 1).zip(number(bytes, at + 5)) else {
            found.damaged = true;
            break;
        };
        let start = at + 9;
        let end = start.saturating_add(length as usize);
        found.damaged |= end > bytes.len();
        let range = start.min(bytes.len())..end.min(bytes.len());
        let value = &bytes[range.clone()];
        match id {
            OEM_CODEPAGE => codepage = number(value, 0).unwrap_or(codepage),
            MESSAGE_CLASS => found.class = text(value, PT_STRING8, codepage),
            BODY => found.text = Some(text(value, PT_STRING8, codepage)),
            MAPI_PROPERTIES => {
                let properties = properties(bytes, range, codepage);
                found.damaged |= properties.damaged;
                for property in properties.found {
                    match property.id {
                        PR_BODY => found.text = Some(property.text(bytes, codepage)),
                        PR_BODY_HTML => found.html = Some(property.text(bytes, properties.internet_codepage)),
                        PR_RTF_COMPRESSED => found.rtf = Some(property.value),
                        _ => {}
                    }
                }
            }
            ATTACH_RENDERING if found.files.len() < FILES => found.files.push(TnefFile::default()),
            ATTACH_RENDERING => found.damaged = true,
            ATTACH_TITLE => title = Some(text(&value[..value.len().min(NAME)], PT_STRING8, codepage)),
            _ => {}
        }
        if let Some(file) = found.files.last_mut() {
            match id {
                ATTACH_TITLE => file.name = file.name.take().or(title.take()),
                ATTACH_DATA => file.bytes = start.min(bytes.len())..end.min(bytes.len()),
                ATTACH_PROPERTIES => {
                    let properties = properties(bytes, start.min(bytes.len())..end.min(bytes.len()), codepage);
                    found.damaged |= properties.damaged;
                    file.describe(bytes, properties.found, codepage);
                }
                _ => {}
            }
        }
        // The checksum behind it is ignored: what it would refuse is still somebody's file.
        at = end.saturating_add(2);
    }
    found.files.retain(|file| !file.bytes.is_empty());
    Some(found)
}

impl TnefFile {
    fn describe(&mut self, bytes: &[u8], properties: Vec<TnefProperty>, codepage: u32) {
        // The best name comes last.
        for wanted in [PR_DISPLAY_NAME, PR_ATTACH_FILENAME, PR_ATTACH_LONG_FILENAME] {
            let named = properties.iter().find(|property| property.id == wanted).map(|it| it.text(bytes, codepage));
            let better = wanted == PR_ATTACH_LONG_FILENAME || self.name.is_none();
            if let Some(name) = named.filter(|name| better && !name.trim().is_empty()) {
                self.name = Some(name);
            }
        }
        for property in properties {
            match property.id {
                PR_ATTACH_MIME_TAG => self.mimetype = Some(property.text(bytes, codepage)),
                PR_ATTACH_CONTENT_ID => self.content_id = Some(property.text(bytes, codepage)),
                // An object begins with the number of its interface.
                PR_ATTACH_DATA if self.bytes.is_empty() || property.kind == PT_OBJECT => {
                    let skipped = if property.kind == PT_OBJECT { 16.min(property.value.len()) } else { 0 };
                    self.bytes = property.value.start + skipped..property.value.end;
                    self.is_tnef = is_tnef(&bytes[self.bytes.clone()]);
                }
                _ => {}
            }
        }
    }
}

struct TnefProperty {
    id: u16,
    kind: u16,
    /// Where its (first) value is in the stream.
    value: Range<usize>,
}

impl TnefProperty {
    fn text(&self, bytes: &[u8], codepage: u32) -> String {
        text(&bytes[self.value.clone()], self.kind, codepage)
    }
}

struct Properties {
    found: Vec<TnefProperty>,
    internet_codepage: u32,
    damaged: bool,
}

/// A list of MAPI properties (MS-OXTNEF §2.1.3.4).
fn properties(bytes: &[u8], within: Range<usize>, codepage: u32) -> Properties {
    let mut list = Properties { found: Vec::new(), internet_codepage: codepage, damaged: false };
    let bytes = &bytes[..within.end];
    let count = number(bytes, within.start).unwrap_or(0) as usize;
    let mut at = within.start + 4;
    list.damaged = count > PROPERTIES;
    for _ in 0..count.min(PROPERTIES) {
        match property(bytes, &mut at) {
            Some(property) => {
                if property.id == PR_INTERNET_CODEPAGE {
                    list.internet_codepage = number(bytes, property.value.start).unwrap_or(codepage);
                }
                list.found.push(property);
            }
            None => {
                list.damaged = true;
                break;
            }
        }
    }
    list
}

fn property(bytes: &[u8], at: &mut usize) -> Option<TnefProperty> {
    let padded = |length: usize| length.checked_next_multiple_of(4);
    let header = number(bytes, *at)?;
    let (kind, id) = (header as u16, (header >> 16) as u16);
    *at += 4;
    if id >= 0x8000 {
        // A named property has a set that it belongs to, and a number or a name.
        let named = number(bytes, *at + 16)? == 1;
        let length = number(bytes, *at + 20)? as usize;
        *at += 24 + if named { padded(length)? } else { 0 };
    }
    let several = kind & 0x1000 != 0;
    let kind = kind & 0x0fff;
    let fixed = match kind {
        PT_STRING8 | PT_UNICODE | PT_OBJECT | PT_BINARY => None,
        2 | 3 | 4 | 10 | 11 => Some(4),
        5 | 6 | 7 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        _ => return None,
    };
    let mut count = 1;
    if several || fixed.is_none() {
        count = number(bytes, *at)? as usize;
        *at += 4;
    }
    let mut first = None;
    for _ in 0..count {
        let length = match fixed {
            Some(length) => length,
            None => {
                *at += 4;
                number(bytes, *at - 4)? as usize
            }
        };
        let end = at.checked_add(length).filter(|end| *end <= bytes.len())?;
        first.get_or_insert(*at..end);
        *at = at.checked_add(padded(length)?)?;
    }
    let value = first.unwrap_or(*at..*at);
    (value.end <= bytes.len()).then_some(TnefProperty { id, kind, value })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(digits.try_into().ok()?))
}

fn text(value: &[u8], kind: u16, codepage: u32) -> String {
    let text = match kind {
        PT_UNICODE => encoding_rs::UTF_16LE.decode_without_bom_handling(value).0.into_owned(),
        _ => {
            let label = match codepage {
                65001 => "utf-8".to_owned(),
                932 | 936 | 949 | 950 | 874 => format!("cp{codepage}"),
                _ => format!("windows-{codepage}"),
            };
            charset::decode(Some(&label), value)
        }
    };
    text.trim_end_matches('\0').to_owned()
}

/// Bytes of decompressed RTF.
const RTF: usize = 4 << 20;
/// Groups within each other.
const GROUPS: usize = 100;

/// How every dictionary begins (MS-OXRTFCP §2.1.2.1).
const DICTIONARY: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
    \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
    \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Decompresses RTF; None where it is neither of the two forms.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (size, form) = (word(4)? as usize, word(8)?);
    let size = size.min(RTF);
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

/// What was read from RTF.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Words {
    Text(String),
    Html(String),
}

/// Destinations whose contents are not text of the document.
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
    /// In HTML that was converted to RTF: within a tag of the HTML, and within RTF that the HTML did not have.
    html_tag: bool,
    not_html: bool,
    /// How many characters follow each `\u` for readers that don't know it.
    stand_ins: usize,
}

/// Reads a document; None where it is no RTF.
///
/// Outlook's RTF is either plain text, or contains the HTML that it was made from (MS-OXRTFEX).
pub(super) fn read_rtf(rtf: &[u8]) -> Option<Words> {
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
            b'{' if groups.len() == GROUPS => too_deep += 1,
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
                        // Only a reader that knows what follows may show it.
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
    /// Bytes in the document's charset, not decoded yet.
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

    /// Takes a UTF-16 unit. A character of two halves is rare, and becomes a replacement sign.
    fn unit(&mut self, unit: u16) {
        self.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn attribute(level: u8, id: u32, value: &[u8]) -> Vec<u8> {
        let sum = value.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        let length = (value.len() as u32).to_le_bytes();
        [&[level], &id.to_le_bytes()[..], &length, value, &sum.to_le_bytes()].concat()
    }

    fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
        let head = [kind.to_le_bytes(), id.to_le_bytes()].concat();
        [&head[..], &1_u32.to_le_bytes(), &(value.len() as u32).to_le_bytes(), value, &padding].concat()
    }

    fn list(properties: &[Vec<u8>]) -> Vec<u8> {
        [(properties.len() as u32).to_le_bytes().to_vec(), properties.concat()].concat()
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn files_have_their_long_names_and_their_bytes() {
        let inner = [&SIGNATURE[..], &[1, 0], &attribute(1, BODY, b"inner\0")].concat();
        let object = [vec![7; 16], inner.clone()].concat();
        let named = [
            &[0x1e, 0, 1, 0x80][..],
            &[0; 16],
            &[1, 0, 0, 0, 4, 0, 0, 0],
            &utf16("a"),
            &[1, 0, 0, 0, 2, 0, 0, 0, b'x', 0, 0, 0],
        ]
        .concat();
        let bytes = [
            SIGNATURE.to_vec(),
            vec![1, 0],
            attribute(1, OEM_CODEPAGE, &[0xe4, 4, 0, 0, 0, 0, 0, 0]),
            attribute(1, MESSAGE_CLASS, b"IPM.Microsoft Mail.Note\0"),
            attribute(
                1,
                MAPI_PROPERTIES,
                &list(&[
                    named,
                    property(PT_UNICODE, PR_BODY, &utf16("words")),
                    property(PT_BINARY, PR_BODY_HTML, b"<p>words"),
                ]),
            ),
            attribute(2, ATTACH_RENDERING, &[0; 14]),
            attribute(2, ATTACH_TITLE, b"HOUSEH~1.CSV\0"),
            attribute(2, ATTACH_DATA, b"a;b\n"),
            attribute(
                2,
                ATTACH_PROPERTIES,
                &list(&[property(PT_UNICODE, PR_ATTACH_LONG_FILENAME, &utf16("ménages du village.csv"))]),
            ),
            attribute(2, ATTACH_RENDERING, &[0; 14]),
            attribute(
                2,
                ATTACH_PROPERTIES,
                &list(&[
                    property(PT_STRING8, PR_DISPLAY_NAME, b"A mail\0"),
                    property(PT_OBJECT, PR_ATTACH_DATA, &object),
                ]),
            ),
        ]
        .concat();
        let found = read_tnef(&bytes).unwrap();
        assert_eq!(
            (found.class.as_str(), found.text.as_deref(), found.html.as_deref(), found.damaged),
            ("IPM.Microsoft Mail.Note", Some("words"), Some("<p>words"), false)
        );
        let [csv, mail] = found.files.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (csv.name.as_deref(), &bytes[csv.bytes.clone()]),
            (Some("ménages du village.csv"), b"a;b\n".as_slice())
        );
        assert_eq!(
            (mail.name.as_deref(), mail.is_tnef, &bytes[mail.bytes.clone()]),
            (Some("A mail"), true, inner.as_slice())
        );
        for cut in 0..bytes.len() {
            let _ = read_tnef(&bytes[..cut]);
        }
    }

    #[test]
    fn hostile_counts_end() {
        let bytes = [&SIGNATURE[..], &[1, 0], &attribute(1, MAPI_PROPERTIES, &[0xff; 1 << 20])].concat();
        assert!(read_tnef(&bytes).unwrap().damaged);
        let many = attribute(2, ATTACH_RENDERING, &[]).repeat(100_000);
        assert!(read_tnef(&[&SIGNATURE[..], &[1, 0], &many].concat()).unwrap().damaged);
        let zero = [[0x02, 0x11, 0, 0x30].as_slice(), &u32::MAX.to_le_bytes()].concat();
        let value = [1_u32.to_le_bytes().to_vec(), zero].concat();
        assert!(
            read_tnef(&[&SIGNATURE[..], &[1, 0], &attribute(1, MAPI_PROPERTIES, &value)].concat()).unwrap().damaged
        );
    }

    #[test]
    fn the_words_of_a_document_are_read() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}\pard My card\par was \'e9t\u233?\{\uc2\u8364 ??}\tab taken{\pict ff}}";
        assert_eq!(read_rtf(rtf), Some(Words::Text("My card\nwas été{€\ttaken".into())));
        let html = br"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 My card{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0}";
        assert_eq!(read_rtf(html), Some(Words::Html("<p>My card</p>".into())));
        assert_eq!(read_rtf(b"words"), None);
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
            let _ = read_rtf(format!("{{\\rtf1{}", piece.repeat(500_000)).as_bytes());
        }
        let bomb = [&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], b"LZFu", &[0; 4], &vec![0xfe; 1 << 20]].concat();
        assert!(decompress(&bomb).unwrap().len() <= RTF);
    }
}
