//! `winmail.dat`: Outlook's TNEF (MS-OXTNEF), in which it hides a mail's files and its formatted text from everybody
//! else. Our own reader, since there is no kept library for it; only what a reader of the mail misses is read.

use std::ops::Range;

use super::charset;

/// Files that are listed, and properties that are looked at of each.
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
    /// As it was found, compressed (MS-OXRTFCP).
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
    /// Where its bytes stand.
    pub bytes: Range<usize>,
    /// It is a mail in TNEF itself.
    pub is_tnef: bool,
}

/// Whether bytes begin as TNEF does.
pub(super) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// Reads a stream. None where it is no TNEF.
pub(super) fn read(bytes: &[u8]) -> Option<Tnef> {
    if !is_tnef(bytes) {
        return None;
    }
    let mut found = Tnef::default();
    // Until the mail says otherwise.
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
        // The checksum behind it is not looked at: what it would refuse is still somebody's file.
        at = end.saturating_add(2);
    }
    found.files.retain(|file| !file.bytes.is_empty());
    Some(found)
}

impl TnefFile {
    fn describe(&mut self, bytes: &[u8], properties: Vec<TnefProperty>, codepage: u32) {
        // The best name last.
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
                // An object has the number of its interface before it.
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
    /// Its (first) value within the stream.
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
        // A named property: the set it belongs to, and its number or its name.
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
        let found = read(&bytes).unwrap();
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
            let _ = read(&bytes[..cut]);
        }
    }

    #[test]
    fn hostile_counts_end() {
        let bytes = [&SIGNATURE[..], &[1, 0], &attribute(1, MAPI_PROPERTIES, &[0xff; 1 << 20])].concat();
        assert!(read(&bytes).unwrap().damaged);
        let many = attribute(2, ATTACH_RENDERING, &[]).repeat(100_000);
        assert!(read(&[&SIGNATURE[..], &[1, 0], &many].concat()).unwrap().damaged);
        let zero = [[0x02, 0x11, 0, 0x30].as_slice(), &u32::MAX.to_le_bytes()].concat();
        let value = [1_u32.to_le_bytes().to_vec(), zero].concat();
        assert!(read(&[&SIGNATURE[..], &[1, 0], &attribute(1, MAPI_PROPERTIES, &value)].concat()).unwrap().damaged);
    }
}
