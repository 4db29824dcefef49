//! Bytes to text, in whatever charset the mail names, omits or gets wrong.
//!
//! The label is believed as far as the bytes allow. Valid multi-byte UTF-8 does not come about by chance, so such text is
//! UTF-8 whatever the label says; where there is only little of it, the label wins as long as the text read by it looks like
//! writing.

use crate::domain::words::Sentence;
use crate::say;
use std::borrow::Cow;

use chardetng::EncodingDetector;
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, WINDOWS_1252,
};

use super::text;

/// So many valid sequences of UTF-8 don't come about by chance.
const SURELY_UTF8: usize = 4;
/// So many bytes outside ASCII let one tell a script by the frequency of its letters.
const TELLING: usize = 8;

/// Text, and what was assumed to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    pub text: String,
    pub assumed: Option<Assumed>,
}

/// What had to be assumed about a charset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Assumed {
    /// Its label is wrong; it was read as this.
    Not { label: String, read_as: &'static str },
    /// Its label names no known charset.
    Unknown { label: String, read_as: &'static str },
    /// It has no label and is not UTF-8.
    Unlabelled { read_as: &'static str },
}

impl Assumed {
    /// One sentence, which begins with `what`, such as `The text`.
    pub(super) fn sentence(&self, what: Sentence) -> Sentence {
        match self {
            Assumed::Not { label, read_as } => say!("note-charset-not", what, label, charset = read_as),
            Assumed::Unknown { label, read_as } => {
                say!("note-charset-unknown", what, label, charset = read_as)
            }
            Assumed::Unlabelled { read_as } => say!("note-charset-unlabelled", what, charset = read_as),
        }
    }
}

/// The text alone.
pub(super) fn decode(label: Option<&str>, bytes: &[u8]) -> String {
    read(label, bytes).text
}

/// Decodes `bytes`. One broken byte costs one character.
pub(super) fn read(label: Option<&str>, bytes: &[u8]) -> Decoded {
    let stated = plain_label(label.unwrap_or_default());
    let charset = Charset::of(&stated);
    let otherwise = |(text, read_as): (String, &'static str)| {
        let label = text::line(&stated, 40);
        Decoded { text, assumed: Some(Assumed::Not { label, read_as }) }
    };
    let as_said = |text: String| Decoded { text, assumed: None };
    if let Some((text, name)) = by_mark(bytes) {
        let said = charset == Charset::Unstated || charset.is_unicode();
        return if said { as_said(text) } else { otherwise((text, name)) };
    }
    let utf8 = Utf8::of(bytes);
    match charset {
        Charset::Unstated | Charset::Unknown => {
            let (text, read_as) = guess(bytes, &utf8);
            let assumed = match charset {
                Charset::Unknown if !bytes.is_ascii() => {
                    Some(Assumed::Unknown { label: text::line(&stated, 40), read_as })
                }
                Charset::Unstated if read_as != UTF_8.name() => Some(Assumed::Unlabelled { read_as }),
                _ => None,
            };
            Decoded { text, assumed }
        }
        Charset::Known(encoding) if encoding == UTF_8 => {
            if utf8.broken == 0 && !has_escape(bytes) || utf8.sequences > 0 && utf8.broken <= utf8.sequences {
                as_said(utf8_text(bytes))
            } else {
                let (text, read_as) = guess(bytes, &utf8);
                if read_as == UTF_8.name() { as_said(text) } else { otherwise((text, read_as)) }
            }
        }
        Charset::Known(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => match utf16(bytes, encoding) {
            Some(text) => as_said(text),
            None => otherwise(guess(bytes, &utf8)),
        },
        Charset::Utf32 { big_endian } => as_said(utf32(bytes, big_endian)),
        _ if utf8.is_certain() => otherwise((utf8_text(bytes), UTF_8.name())),
        _ if bytes.is_ascii() && !charset.is_seven_bit() => match has_escape(bytes) {
            true => otherwise(guess(bytes, &utf8)),
            false => as_said(utf8_text(bytes)),
        },
        _ => {
            let text = charset.decode(bytes);
            if utf8.sequences > 0 && utf8.broken == 0 {
                let other = utf8_text(bytes);
                if charset.is_seven_bit() || oddities(&other) < oddities(&text) {
                    return otherwise((other, UTF_8.name()));
                }
            }
            as_said(text)
        }
    }
}

/// Whether a label names a charset, or says that it is none.
pub(super) fn is_known(label: &str) -> bool {
    Charset::of(&plain_label(label)) != Charset::Unknown
}

/// How much of some bytes is UTF-8.
struct Utf8 {
    /// Valid sequences of more than one byte.
    sequences: usize,
    /// Places where a sequence breaks off, or a byte begins none.
    broken: usize,
}

impl Utf8 {
    fn of(bytes: &[u8]) -> Self {
        let mut found = Utf8 { sequences: 0, broken: 0 };
        for chunk in bytes.utf8_chunks() {
            if !chunk.valid().is_ascii() {
                found.sequences += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            }
            found.broken += usize::from(!chunk.invalid().is_empty());
        }
        found
    }

    fn is_certain(&self) -> bool {
        self.sequences >= SURELY_UTF8 && (self.broken <= 1 || self.broken * 8 <= self.sequences)
    }
}

fn utf8_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Known(&'static Encoding),
    /// A code page of DOS.
    Oem(u16),
    Utf7,
    Utf32 {
        big_endian: bool,
    },
    /// RFC 1843.
    Hz,
    /// RFC 1557 and RFC 1922: two bytes for a character between shift-out and shift-in.
    ShiftOut(&'static Encoding),
    Armscii8,
    GeorgianAcademy,
    /// No label, ASCII, or a word for an unknown charset.
    Unstated,
    Unknown,
}

/// A label without what mailers add to it.
fn plain_label(label: &str) -> String {
    if label.eq_ignore_ascii_case("utf-8") {
        return "utf-8".to_owned();
    }
    let around = |c: char| c.is_whitespace() || c.is_control() || "\"'_;<>()[]".contains(c);
    let label = label.trim_matches(around).to_ascii_lowercase();
    let label = label.strip_prefix("charset").map_or(label.as_str(), |rest| rest.trim_start_matches(['=', ' ', '"']));
    // `iso-2022-jp$ESC`, `utf-8; format=flowed`, `utf-8*en`
    let end = label.find(|c: char| "$;,*".contains(c) || c.is_control()).unwrap_or(label.len());
    label[..end].trim_matches(around).to_owned()
}

impl Charset {
    fn of(label: &str) -> Self {
        if let Some(charset) = Self::by_name(label) {
            return charset;
        }
        if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
            return Charset::Known(encoding);
        }
        let letters: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
        Self::by_letters(letters.strip_prefix('x').unwrap_or(&letters)).unwrap_or(Charset::Unknown)
    }

    fn by_name(label: &str) -> Option<Self> {
        Some(match label {
            "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso-ir-6" | "us" | "default" | "default_charset"
            | "ansi" | "x-unknown" | "unknown" | "unknown-8bit" | "x-user-defined" | "user-defined" | "8bit"
            | "7bit" | "none" | "text" | "plain" | "charset" | "undefined" | "null" | "binary" => Charset::Unstated,
            "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" => Charset::Utf7,
            "utf-32" | "utf32" | "utf-32be" | "ucs-4" | "iso-10646-ucs-4" => Charset::Utf32 { big_endian: true },
            "utf-32le" => Charset::Utf32 { big_endian: false },
            "utf-16be" | "utf16be" => Charset::Known(UTF_16BE),
            "hz-gb-2312" | "hz" | "hz-gb2312" => Charset::Hz,
            "iso-2022-kr" | "csiso2022kr" | "iso2022-kr" | "iso2022kr" => Charset::ShiftOut(EUC_KR),
            "iso-2022-cn" | "iso-2022-cn-ext" | "iso2022cn" => Charset::ShiftOut(GBK),
            "armscii-8" | "armscii8" => Charset::Armscii8,
            "georgian-academy" => Charset::GeorgianAcademy,
            _ => return None,
        })
    }

    /// Finds a charset spelled in another way: only its letters and digits count.
    fn by_letters(letters: &str) -> Option<Self> {
        let number = |prefixes: &[&str]| {
            let digits = prefixes.iter().find_map(|prefix| letters.strip_prefix(prefix))?;
            digits.parse::<u16>().ok()
        };
        let known = |label: &str| Encoding::for_label_no_replacement(label.as_bytes()).map(Charset::Known);
        if let Some(page) = number(&["windows", "win", "cp", "ms", "ibm", "dos", "oem", "codepage", "mswin", ""]) {
            return match page {
                932 | 31 | 943 => Some(Charset::Known(SHIFT_JIS)),
                936 | 1386 => Some(Charset::Known(GBK)),
                949 | 1363 => Some(Charset::Known(EUC_KR)),
                950 => Some(Charset::Known(BIG5)),
                874 => Some(Charset::Known(WINDOWS_874)),
                866 => known("ibm866"),
                819 => Some(Charset::Known(WINDOWS_1252)),
                65001 => Some(Charset::Known(UTF_8)),
                65000 => Some(Charset::Utf7),
                1200 => Some(Charset::Known(UTF_16LE)),
                1201 => Some(Charset::Known(UTF_16BE)),
                20866 => known("koi8-r"),
                21866 => known("koi8-u"),
                10000 => known("macintosh"),
                10007 => known("x-mac-cyrillic"),
                50220..=50222 => Some(Charset::Known(ISO_2022_JP)),
                50225 => Some(Charset::ShiftOut(EUC_KR)),
                51932 => known("euc-jp"),
                51949 => Some(Charset::Known(EUC_KR)),
                52936 => Some(Charset::Hz),
                54936 => known("gb18030"),
                1250..=1258 => known(&format!("windows-{page}")),
                28591..=28606 => known(&format!("iso-8859-{}", page - 28590)),
                page => table(page).is_some().then_some(Charset::Oem(page)),
            };
        }
        if let Some(part) = number(&["iso8859", "8859", "iso88590"]) {
            return known(&format!("iso-8859-{part}"));
        }
        // `iso-8859-6-i`, `iso-8859-8-e`: the order of the characters, not another charset.
        if let Some(part) =
            letters.strip_prefix("iso8859").and_then(|part| part.trim_end_matches(['i', 'e']).parse::<u8>().ok())
        {
            return known(&format!("iso-8859-{part}"));
        }
        Some(match letters {
            "utf8" | "unicode11utf8" | "utf8n" | "utf8mb4" | "csutf8" | "uft8" | "utf" => Charset::Known(UTF_8),
            "utf16" | "ucs2" | "unicode" | "utf16le" => Charset::Known(UTF_16LE),
            "sjis" | "shiftjis" | "mskanji" => Charset::Known(SHIFT_JIS),
            "eucjp" => return known("euc-jp"),
            "iso2022jp" | "iso2022jpms" | "iso2022jp1" | "iso2022jp2" | "iso2022jp3" | "iso2022jp2004" | "jis" => {
                Charset::Known(ISO_2022_JP)
            }
            "euckr" | "ksc56011987" | "ksc5601" | "uhc" | "korean" => Charset::Known(EUC_KR),
            "gbk" | "gb2312" | "gb23121980" | "euccn" | "chinesegb" | "gb180302000" => Charset::Known(GBK),
            "big5" | "big5hkscs" | "big5eten" | "big5hk" | "euctw" => Charset::Known(BIG5),
            "tis620" | "tis6202533" | "thai" | "iso885911" => Charset::Known(WINDOWS_874),
            "latin1" | "iso88591" | "western" | "ansix341968" => Charset::Known(WINDOWS_1252),
            "latin2" => return known("iso-8859-2"),
            "latin5" | "turkish" => return known("windows-1254"),
            "latin9" => return known("iso-8859-15"),
            "arabic" => return known("windows-1256"),
            "hebrew" | "iso8859i" => return known("windows-1255"),
            "greek" => return known("windows-1253"),
            "cyrillic" => return known("windows-1251"),
            "koi8" | "koi" => return known("koi8-r"),
            "mac" | "macroman" | "xmacroman" => return known("macintosh"),
            "maccyrillic" | "macukrainian" => return known("x-mac-cyrillic"),
            _ => return None,
        })
    }

    fn is_unicode(self) -> bool {
        match self {
            Charset::Known(encoding) => encoding == UTF_8 || encoding == UTF_16LE || encoding == UTF_16BE,
            Charset::Utf7 | Charset::Utf32 { .. } => true,
            _ => false,
        }
    }

    /// It uses bytes of ASCII only.
    fn is_seven_bit(self) -> bool {
        matches!(self, Charset::Utf7 | Charset::Hz | Charset::ShiftOut(_)) || self == Charset::Known(ISO_2022_JP)
    }

    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Charset::Known(encoding) if encoding == ISO_2022_JP => iso_2022_jp(bytes),
            Charset::Known(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Charset::Oem(page) => {
                table(page).map_or_else(|| utf8_text(bytes), |table| table.decode_string_lossy(bytes))
            }
            Charset::Utf7 => from_utf7(bytes),
            Charset::Utf32 { big_endian } => utf32(bytes, big_endian),
            Charset::Hz => hz(bytes),
            Charset::ShiftOut(encoding) => shift_out(bytes, encoding),
            Charset::Armscii8 => bytes.iter().map(|byte| armscii_8(*byte)).collect(),
            Charset::GeorgianAcademy => bytes.iter().map(|byte| georgian(*byte)).collect(),
            Charset::Unstated | Charset::Unknown => utf8_text(bytes),
        }
    }
}

fn table(page: u16) -> Option<&'static oem_cp::code_table_type::TableType> {
    oem_cp::code_table::DECODING_TABLE_CP_MAP.get(&page)
}

/// By a byte order mark, which is surer than any label.
fn by_mark(bytes: &[u8]) -> Option<(String, &'static str)> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some((utf8_text(bytes), UTF_8.name())),
        [0, 0, 0xfe, 0xff, ..] | [0xff, 0xfe, 0, 0, ..] => Some((utf32(bytes, true), "UTF-32")),
        [0xff, 0xfe, rest @ ..] => Some((UTF_16LE.decode_without_bom_handling(rest).0.into_owned(), "UTF-16")),
        [0xfe, 0xff, rest @ ..] => Some((UTF_16BE.decode_without_bom_handling(rest).0.into_owned(), "UTF-16")),
        _ => None,
    }
}

/// Without a usable label: UTF-8, or Japanese by its escape sequences, or what the frequency of letters tells; with too few
/// letters, Windows-1252, the most common.
fn guess(bytes: &[u8], utf8: &Utf8) -> (String, &'static str) {
    if bytes.is_ascii() && has_escape(bytes) {
        return (iso_2022_jp(bytes), ISO_2022_JP.name());
    }
    let few_broken = utf8.is_certain() || utf8.sequences > 0 && utf8.broken <= utf8.sequences;
    if utf8.broken == 0 || few_broken {
        return (utf8_text(bytes), UTF_8.name());
    }
    let encoding = if bytes.iter().filter(|byte| !byte.is_ascii()).count() < TELLING {
        WINDOWS_1252
    } else {
        let mut detector = EncodingDetector::new();
        detector.feed(bytes, true);
        detector.guess(None, false)
    };
    (encoding.decode_without_bom_handling(bytes).0.into_owned(), encoding.name())
}

/// An escape sequence of ISO-2022-JP that begins Japanese characters.
fn has_escape(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"\x1b$").any(|at| matches!(bytes.get(at + 2), Some(b'B' | b'@' | b'(')))
}

/// Where encoded words are joined, two escape sequences may follow each other, which the standard's decoder takes for an
/// error. The last one counts.
fn iso_2022_jp(bytes: &[u8]) -> String {
    let escape = |at: usize| matches!(bytes.get(at..at + 3), Some([0x1b, b'(' | b'$', b'B' | b'J' | b'I' | b'@']));
    let mut joined = Cow::Borrowed(bytes);
    if memchr::memchr_iter(0x1b, bytes).any(|at| escape(at) && escape(at + 3)) {
        let mut kept = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            if escape(at) && escape(at + 3) {
                at += 3;
            } else {
                kept.push(bytes[at]);
                at += 1;
            }
        }
        joined = Cow::Owned(kept);
    }
    ISO_2022_JP.decode_without_bom_handling(&joined).0.into_owned()
}

/// Decodes HZ: GB 2312 without its high bits, between `~{` and `~}`.
fn hz(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let (mut at, mut chinese) = (0, false);
    while at < bytes.len() {
        match (&bytes[at..], chinese) {
            ([b'~', b'{', ..], false) => (chinese, at) = (true, at + 2),
            ([b'~', b'}', ..], true) => (chinese, at) = (false, at + 2),
            ([b'~', b'~', ..], false) => {
                plain.push(b'~');
                at += 2;
            }
            ([b'~', b'\n', ..], _) => at += 2,
            ([b'~', b'\r', b'\n', ..], _) => at += 3,
            // The end of a line closes what is open.
            ([b'\n', ..], true) => {
                plain.push(b'\n');
                (chinese, at) = (false, at + 1);
            }
            ([high @ 0x21..=0x7d, low @ 0x21..=0x7e, ..], true) => {
                plain.extend([high | 0x80, low | 0x80]);
                at += 2;
            }
            ([byte, ..], _) => {
                plain.push(*byte);
                at += 1;
            }
            ([], _) => break,
        }
    }
    GBK.decode_without_bom_handling(&plain).0.into_owned()
}

fn shift_out(bytes: &[u8], encoding: &'static Encoding) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let (mut at, mut shifted) = (0, false);
    while at < bytes.len() {
        match (&bytes[at..], shifted) {
            ([0x1b, b'$', b')' | b'*', _, ..], _) => at += 4,
            ([0x0e, ..], _) => (shifted, at) = (true, at + 1),
            ([0x0f, ..], _) => (shifted, at) = (false, at + 1),
            ([b'\n', ..], _) => {
                plain.push(b'\n');
                (shifted, at) = (false, at + 1);
            }
            ([high @ 0x21..=0x7e, low @ 0x21..=0x7e, ..], true) => {
                plain.extend([high | 0x80, low | 0x80]);
                at += 2;
            }
            ([byte, ..], _) => {
                plain.push(*byte);
                at += 1;
            }
            ([], _) => break,
        }
    }
    encoding.decode_without_bom_handling(&plain).0.into_owned()
}

fn armscii_8(byte: u8) -> char {
    let letter = |first: u32| char::from_u32(first + u32::from(byte - 0xb2) / 2).unwrap_or(char::REPLACEMENT_CHARACTER);
    match byte {
        0x00..=0x7f => byte.into(),
        0xb2..=0xfd if byte.is_multiple_of(2) => letter(0x531),
        0xb2..=0xfd => letter(0x561),
        0xa2 => 'և',
        0xa3 => '։',
        0xa4 => ')',
        0xa5 => '(',
        0xa6 => '»',
        0xa7 => '«',
        0xa8 => '—',
        0xa9 => '.',
        0xaa => '՝',
        0xab => ',',
        0xac => '-',
        0xad => '֊',
        0xae => '…',
        0xaf => '՜',
        0xb0 => '՛',
        0xb1 => '՞',
        0xfe => '՚',
        0xa0 => '\u{a0}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

fn georgian(byte: u8) -> char {
    match byte {
        0xc0..=0xe6 => char::from_u32(0x10d0 + u32::from(byte - 0xc0)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => byte.into(),
    }
}

/// UTF-16 in the byte order that the bytes show: zeros before the letters of ASCII, or behind them. None where it is not
/// UTF-16: half of a character, or nothing but ASCII.
fn utf16(bytes: &[u8], stated: &'static Encoding) -> Option<String> {
    if bytes.is_ascii() && memchr::memchr(0, bytes).is_none() {
        return None;
    }
    if std::str::from_utf8(bytes).is_ok() && memchr::memchr(0, bytes).is_none() {
        return None;
    }
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let encoding = match zeros(0).cmp(&zeros(1)) {
        std::cmp::Ordering::Greater => UTF_16BE,
        std::cmp::Ordering::Less => UTF_16LE,
        std::cmp::Ordering::Equal => stated,
    };
    Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
}

fn utf32(bytes: &[u8], big_endian: bool) -> String {
    let (bytes, big_endian) = match bytes {
        [0, 0, 0xfe, 0xff, rest @ ..] => (rest, true),
        [0xff, 0xfe, 0, 0, rest @ ..] => (rest, false),
        _ => (bytes, big_endian),
    };
    let (units, _) = bytes.as_chunks::<4>();
    units
        .iter()
        .map(|unit| if big_endian { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) })
        .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Scripts that no word mixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WritingScript {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Thai,
    EastAsian,
    Other,
}

fn script(c: char) -> Option<WritingScript> {
    if !c.is_alphabetic() {
        return None;
    }
    Some(match c {
        '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => WritingScript::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => WritingScript::Greek,
        '\u{400}'..='\u{52f}' => WritingScript::Cyrillic,
        '\u{530}'..='\u{58f}' => WritingScript::Armenian,
        '\u{590}'..='\u{5ff}' => WritingScript::Hebrew,
        '\u{600}'..='\u{77f}' => WritingScript::Arabic,
        '\u{e00}'..='\u{e7f}' => WritingScript::Thai,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' => WritingScript::EastAsian,
        _ => WritingScript::Other,
    })
}

/// Counts what real text does not have: characters that don't exist, words of two scripts, signs within words.
fn oddities(text: &str) -> usize {
    let mut odd = 0;
    let (mut before, mut last) = (' ', ' ');
    for c in text.chars().chain([' ']) {
        odd += match c {
            char::REPLACEMENT_CHARACTER => 3,
            c if c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}') => 3,
            '\u{e000}'..='\u{f8ff}' | '\u{80}'..='\u{9f}' => 3,
            '\u{180}'..='\u{2af}' => 1,
            _ => 0,
        };
        odd += match (script(last), script(c)) {
            (Some(one), Some(other)) if one != other => {
                let asian = |script| script == WritingScript::EastAsian;
                // Latin words may touch East Asian characters without a blank, but not surround one.
                let around = script(before) == Some(WritingScript::Latin) && asian(one) && before.is_lowercase();
                usize::from(!asian(one) && !asian(other) || around)
            }
            // `Ã©`, `dÃ©j`: a sign that no word has, behind a letter.
            (Some(_), None) if !c.is_ascii() && is_sign(c) => 1 + usize::from(last > '\u{7f}'),
            _ => 0,
        };
        (before, last) = (last, c);
    }
    odd
}

/// Signs of the upper half of Latin-1 and of Windows code pages; without quotation marks and dashes, which may follow
/// letters.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{aa}' | '\u{ac}'..='\u{b6}' | '\u{b8}'..='\u{ba}' | '\u{bc}'..='\u{bf}' | '\u{2500}'..='\u{25ff}' | '€' | '‚' | '„' | '†' | '‡' | '‰' | '‹' | 'ˆ' | '˜' | '™' | '•')
}

/// Decodes UTF-7 (RFC 2152), which no browser and no encoding library reads any more, in one pass; what is broken is left out or replaced.
fn from_utf7(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'+', rest) {
        text.push_str(&String::from_utf8_lossy(&rest[..at]));
        rest = &rest[at + 1..];
        let length = rest.iter().position(|byte| sextet(*byte).is_none()).unwrap_or(rest.len());
        if length == 0 && rest.first() == Some(&b'-') {
            text.push('+');
        } else {
            shifted(&rest[..length], &mut text);
        }
        rest = &rest[length..];
        rest = rest.strip_prefix(b"-").unwrap_or(rest);
    }
    text.push_str(&String::from_utf8_lossy(rest));
    text
}

/// A base64 run is UTF-16, big-endian, without padding.
fn shifted(run: &[u8], text: &mut String) {
    let (mut bits, mut count) = (0u32, 0);
    let units = run.iter().filter_map(|byte| sextet(*byte)).filter_map(|value| {
        bits = bits << 6 | value;
        count += 6;
        (count >= 16).then(|| {
            count -= 16;
            (bits >> count) as u16
        })
    });
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_others_do_not_know() {
        assert_eq!(decode(Some("iso-8859-8-i"), b"\xf9\xec\xe5\xed"), "שלום");
        assert_eq!(decode(Some("windows-874"), b"\xca\xc7\xd1\xca"), "สวัส");
        assert_eq!(decode(Some("utf-32be"), b"\0\0\0\x61\0\x01\xf6\x00"), "a😀");
        assert_eq!(decode(Some("hz-gb-2312"), b"a~{<:Ky2;S{#,NpJ)l6HK!#~}b ~~"), "a己所不欲，勿施於人。b ~");
        assert_eq!(decode(Some("armscii-8"), b"\xb2\xb3"), "Աա");
        assert_eq!(decode(Some("iso-2022-kr"), b"\x1b$)C\x0e0!\x0f a"), "가 a");
    }

    #[test]
    fn labels_as_mailers_spell_them() {
        for label in [
            "Windows-1256",
            " \"windows1256\" ",
            "cp-1256",
            "cp1256",
            "win-1256",
            "charset=\"windows-1256\"",
            "x-cp1256",
        ] {
            assert_eq!(decode(Some(label), b"\xe3\xd1\xcd\xc8\xc7"), "مرحبا", "{label}");
        }
        for (label, encoding) in [
            ("x-sjis", SHIFT_JIS),
            ("cp932", SHIFT_JIS),
            ("ks_c_5601-1987", EUC_KR),
            ("big5-hkscs", BIG5),
            ("tis-620", WINDOWS_874),
            ("_iso-2022-jp$ESC", ISO_2022_JP),
            ("utf8", UTF_8),
            ("UTF-8; format=flowed", UTF_8),
            ("unicode", UTF_16LE),
            ("iso8859-1", WINDOWS_1252),
            ("win-1251", encoding_rs::WINDOWS_1251),
            ("iso8859-6-i", encoding_rs::ISO_8859_6),
            ("iso-8859-6-e", encoding_rs::ISO_8859_6),
            ("gb18030", encoding_rs::GB18030),
            ("x-mac-roman", encoding_rs::MACINTOSH),
            ("cp866", encoding_rs::IBM866),
        ] {
            assert_eq!(Charset::of(&plain_label(label)), Charset::Known(encoding), "{label}");
        }
        for page in ["cp850", "ibm-850", "IBM850"] {
            assert_eq!(decode(Some(page), b"re\x87u \x85 l'\x82cole"), "reçu à l'école", "{page}");
        }
        assert_eq!(decode(Some("cp437"), b"\x80"), "Ç");
        assert_eq!(decode(Some("cp852"), b"\xa5\xbe"), "ąż");
    }

    #[test]
    fn a_missing_or_wrong_label_still_reads() {
        for label in [None, Some("us-ascii"), Some("x-nonsense"), Some("iso-8859-1"), Some("utf-8")] {
            assert_eq!(decode(label, "déjà".as_bytes()), "déjà", "{label:?}");
            assert_eq!(decode(label, b"d\xe9j\xe0"), "déjà", "{label:?}");
        }
        assert_eq!(decode(Some("utf-8"), b"d\xc3\xa9j\xe0"), "déj\u{fffd}");
        assert_eq!(decode(None, b"\x1b$B$3$s\x1b(B"), "こん");
        assert_eq!(decode(Some("utf-8"), b"\x1b$B$3$s\x1b(B"), "こん");
    }

    #[test]
    fn utf8_is_utf8_whatever_the_label_and_that_is_said() {
        for label in
            ["windows-1256", "koi8-r", "gb2312", "big5", "iso-2022-jp", "shift_jis", "euc-kr", "cp850", "iso-8859-2"]
        {
            for text in
                ["Мне не выплатили пособие", "لم أستلم راتبي", "你好，我的卡被拿走了", "Nie dostałem wypłaty, proszę"]
            {
                let read = read(Some(label), text.as_bytes());
                assert_eq!(read.text, text, "{label}");
                assert!(read.assumed.unwrap().sentence(say!("note-text")).contains(label));
            }
        }
    }

    #[test]
    fn one_broken_byte_costs_one_character() {
        let cut = "لم أستلم راتبي هذا الشهر".as_bytes();
        for label in [None, Some("us-ascii"), Some("iso-8859-1"), Some("windows-1256"), Some("utf-8")] {
            assert_eq!(decode(label, &cut[..cut.len() - 1]), "لم أستلم راتبي هذا الشه\u{fffd}", "{label:?}");
        }
    }

    #[test]
    fn with_little_utf8_the_label_holds_unless_its_reading_is_none() {
        for (label, bytes, expected) in [
            ("windows-1251", "café".as_bytes(), "café"),
            ("gbk", b"\xc4\xa3\xb0\xe5".as_slice(), "模板"),
            ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
            ("big5", b"\xa7\x41\xa6\x6e", "你好"),
        ] {
            assert_eq!(decode(Some(label), bytes), expected, "{label}");
        }
    }

    #[test]
    fn unlabelled_text_of_some_length_is_told_by_its_letters() {
        for (encoding, text) in [
            (encoding_rs::WINDOWS_1251, "Мне не выплатили пособие за этот месяц, прошу помочь."),
            (encoding_rs::WINDOWS_1256, "لم أستلم راتبي هذا الشهر وأطلب مراجعة ملفي"),
            (GBK, "你好，我的卡被拿走了，请帮助我解决这个问题。"),
            (SHIFT_JIS, "カードを取られました。助けてください。"),
        ] {
            let (bytes, ..) = encoding.encode(text);
            let read = read(None, &bytes);
            assert_eq!(read.text, text, "{}", encoding.name());
            assert!(matches!(read.assumed, Some(Assumed::Unlabelled { .. })));
        }
    }

    #[test]
    fn unicode_in_other_widths_is_told_by_its_zeros_and_marks() {
        let utf16 = |big: bool| {
            "Bonjour à tous"
                .encode_utf16()
                .flat_map(move |unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect::<Vec<_>>()
        };
        for label in ["utf-16", "unicode", "utf-16le", "utf-16be"] {
            assert_eq!(decode(Some(label), &utf16(true)), "Bonjour à tous", "{label}");
            assert_eq!(decode(Some(label), &utf16(false)), "Bonjour à tous", "{label}");
        }
        assert_eq!(decode(None, &[b"\xff\xfe".as_slice(), &utf16(false)].concat()), "Bonjour à tous");
        assert_eq!(decode(Some("utf-16"), b"plain after all"), "plain after all");
    }

    /// Every text that a charset can write comes back out of it.
    #[test]
    fn texts_survive_every_encoding_that_can_write_them() {
        let texts = [
            "Мне не выплатили пособие за этот месяц",
            "لم أستلم راتبي هذا الشهر وأطلب مراجعة ملفي",
            "カードを取られました助けてください",
            "你好，我的卡被拿走了",
            "카드를 잃어버렸습니다",
            "Nie dostałem wypłaty, proszę",
            "Je n'ai pas reçu l'aide à l'école",
            "Paramı alamadım, şikayet",
            "Δεν πήρα τα χρήματα",
            "לא קיבלתי את הכסף",
            "บัตรของฉันหาย",
            "plain words",
        ];
        let encodings = [
            "windows-1250",
            "windows-1251",
            "windows-1252",
            "windows-1253",
            "windows-1254",
            "windows-1255",
            "windows-1256",
            "windows-1257",
            "windows-1258",
            "windows-874",
            "iso-8859-2",
            "iso-8859-5",
            "iso-8859-6",
            "iso-8859-7",
            "iso-8859-8",
            "iso-8859-15",
            "koi8-r",
            "koi8-u",
            "ibm866",
            "macintosh",
            "x-mac-cyrillic",
            "gbk",
            "gb18030",
            "big5",
            "euc-jp",
            "iso-2022-jp",
            "shift_jis",
            "euc-kr",
            "utf-8",
        ];
        let mut tried = 0;
        for label in encodings {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            for text in texts {
                let (bytes, _, unmappable) = encoding.encode(text);
                if !unmappable {
                    assert_eq!(decode(Some(label), &bytes), text, "{label}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 80, "{tried}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_and_no_label_are_too_strange(label in "\\PC{0,20}", bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let text = decode(Some(&label), &bytes);
            proptest::prop_assert!(text.len() <= bytes.len() * 4 + 4);
            for label in ["hz-gb-2312", "iso-2022-kr", "iso-2022-jp", "utf-16", "utf-7", "cp850", "armscii-8"] {
                decode(Some(label), &bytes);
            }
        }

        #[test]
        fn utf8_comes_back_as_it_is(text in "[^\u{feff}\u{1b}]{0,60}") {
            proptest::prop_assert_eq!(decode(Some("utf-8"), text.as_bytes()), text);
        }
    }

    #[test]
    fn the_examples_of_rfc_2152() {
        assert_eq!(from_utf7(b"A+ImIDkQ."), "A\u{2262}\u{391}.");
        assert_eq!(from_utf7(b"Hi Mom -+Jjo--!"), "Hi Mom -\u{263a}-!");
        assert_eq!(from_utf7(b"+ZeVnLIqe-"), "日本語");
        assert_eq!(from_utf7(b"1 +- 1"), "1 + 1");
    }

    #[test]
    fn broken_runs_end_quietly() {
        assert_eq!(from_utf7(b"a+"), "a");
        assert_eq!(from_utf7(b"+2D0-x"), "\u{fffd}x");
    }
}
