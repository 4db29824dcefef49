//! Bytes to text in whatever charset the mail says, forgets or gets wrong.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::utf7;

/// Decodes `bytes`. A label that is missing, ASCII or unknown means UTF-8 where the bytes are valid UTF-8, else
/// Windows-1252. A wrong label is noticed in the two common cases: UTF-8 sent as Latin-1, and Latin-1 sent as UTF-8.
pub fn decode(label: Option<&str>, bytes: &[u8]) -> String {
    let label = label.unwrap_or_default().trim_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
    match Charset::of(label) {
        Charset::Utf7 => utf7::decode(bytes),
        Charset::Utf32 { big_endian } => utf32(bytes, big_endian),
        Charset::Unstated => guess(bytes),
        Charset::Known(encoding) if encoding == UTF_8 => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) if has_multibyte(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
        },
        Charset::Known(encoding) if encoding == WINDOWS_1252 => guess(bytes),
        Charset::Known(encoding) => encoding.decode(bytes).0.into_owned(),
    }
}

/// Whether a label names a charset that `decode` knows.
pub fn is_known(label: &str) -> bool {
    label.eq_ignore_ascii_case("us-ascii") || !matches!(Charset::of(label), Charset::Unstated)
}

enum Charset {
    Known(&'static Encoding),
    Utf7,
    Utf32 { big_endian: bool },
    Unstated,
}

impl Charset {
    fn of(label: &str) -> Self {
        let label = label.to_ascii_lowercase();
        match label.as_str() {
            "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso-ir-6" => Charset::Unstated,
            "utf-7" | "utf7" | "unicode-1-1-utf-7" => Charset::Utf7,
            "utf-32" | "utf-32be" | "ucs-4" | "iso-10646-ucs-4" => Charset::Utf32 { big_endian: true },
            "utf-32le" => Charset::Utf32 { big_endian: false },
            "cp932" => Charset::Known(encoding_rs::SHIFT_JIS),
            "cp936" => Charset::Known(encoding_rs::GBK),
            "cp949" => Charset::Known(encoding_rs::EUC_KR),
            "cp950" => Charset::Known(encoding_rs::BIG5),
            "cp874" => Charset::Known(encoding_rs::WINDOWS_874),
            other => Encoding::for_label_no_replacement(other.as_bytes()).map_or(Charset::Unstated, Charset::Known),
        }
    }
}

/// No usable label. Japanese mail of this kind gives itself away by its escape sequences.
fn guess(bytes: &[u8]) -> String {
    if memchr::memmem::find(bytes, b"\x1b$").is_some() {
        return encoding_rs::ISO_2022_JP.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Some valid UTF-8 sequence of more than one byte: broken UTF-8 rather than Latin-1.
fn has_multibyte(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_others_do_not_know() {
        assert_eq!(decode(Some("iso-8859-8-i"), b"\xf9\xec\xe5\xed"), "שלום");
        assert_eq!(decode(Some("windows-874"), b"\xca\xc7\xd1\xca"), "สวัส");
        assert_eq!(decode(Some(" \"Windows-1256\" "), b"\xe3\xd1\xcd\xc8\xc7"), "مرحبا");
        assert_eq!(decode(Some("utf-32be"), b"\0\0\0\x61\0\x01\xf6\x00"), "a😀");
    }

    #[test]
    fn a_missing_or_wrong_label_still_reads() {
        for label in [None, Some("us-ascii"), Some("x-nonsense"), Some("iso-8859-1"), Some("utf-8")] {
            assert_eq!(decode(label, "déjà".as_bytes()), "déjà", "{label:?}");
            assert_eq!(decode(label, b"d\xe9j\xe0"), "déjà", "{label:?}");
        }
        assert_eq!(decode(Some("utf-8"), b"d\xc3\xa9j\xe0"), "déj\u{fffd}");
        assert_eq!(decode(None, b"\x1b$B$3$s\x1b(B"), "こん");
    }
}
