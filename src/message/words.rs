//! RFC 2047 encoded words, read as leniently as mailers write them, in one pass however many there are.

use std::borrow::Cow;
use std::io::Read;

use super::charset::{self, Assumed};
use super::transfer::{Transfer, decoder};

/// Bytes of one word: far more than RFC 2047 allows, and few enough for a header that consists of beginnings.
const LENGTH: usize = 4 << 10;
/// Bytes of one that lost its end.
const LOST: usize = 256;

/// Replaces the encoded words of an unfolded header value; see [`read`].
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    read(text).0
}

/// Replaces the encoded words of an unfolded header value, and says what was assumed about the first doubtful one.
/// White space between two of them goes; neighbours of one charset are joined before decoding, since mailers split
/// characters and escape sequences between words. A word within a word is opened once.
pub(super) fn read(text: &str) -> (Cow<'_, str>, Option<Assumed>) {
    if !text.contains("=?") {
        return (Cow::Borrowed(text), None);
    }
    let mut pass = Pass { decoded: String::with_capacity(text.len()), run: None, assumed: None };
    pass.over(text);
    let Pass { decoded, assumed, .. } = pass;
    let twice = decoded.trim();
    if twice.len() < text.len() && twice.starts_with("=?") && twice.ends_with("?=") {
        let mut again = Pass { decoded: String::with_capacity(decoded.len()), run: None, assumed };
        again.over(twice);
        return (Cow::Owned(again.decoded), again.assumed);
    }
    (Cow::Owned(decoded), assumed)
}

struct Pass<'a> {
    decoded: String,
    /// Neighbours that are decoded together: their charset and their bytes.
    run: Option<(&'a str, Vec<u8>)>,
    assumed: Option<Assumed>,
}

impl<'a> Pass<'a> {
    fn over(&mut self, text: &'a str) {
        let (mut copied, mut at) = (0, 0);
        let last_end = text.rfind("?=").unwrap_or(0);
        while let Some(start) = text[at..].find("=?").map(|found| at + found) {
            let Some(word) = Word::parse(&text[start..], start < last_end) else {
                at = start + 2;
                continue;
            };
            let between = &text[copied..start];
            if self.run.is_none() || !between.trim().is_empty() {
                self.flush();
                self.decoded.push_str(between);
            }
            match &mut self.run {
                Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => {
                    bytes.append(&mut word.bytes());
                }
                _ => {
                    self.flush();
                    self.run = Some((word.charset, word.bytes()));
                }
            }
            at = start + word.length;
            copied = at;
        }
        self.flush();
        self.decoded.push_str(&text[copied..]);
    }

    fn flush(&mut self) {
        if let Some((label, bytes)) = self.run.take() {
            let read = charset::read(Some(label), &bytes);
            self.decoded.push_str(&read.text);
            self.assumed = self.assumed.take().or(read.assumed);
        }
    }
}

/// `=?charset*language?encoding?payload?=`.
struct Word<'a> {
    charset: &'a str,
    base64: bool,
    payload: &'a str,
    length: usize,
}

impl<'a> Word<'a> {
    /// `text` begins with `=?`; `may_end` says that a `?=` follows somewhere. A word that lost its end goes to the next
    /// blank.
    fn parse(text: &'a str, may_end: bool) -> Option<Self> {
        let (label, _) = text[2..text.floor_char_boundary(72)].split_once('?')?;
        let after = 3 + label.len();
        let (encoding, _) = text[after..text.floor_char_boundary(after + 6)].split_once('?')?;
        let base64 = match encoding.trim() {
            "B" | "b" => true,
            "Q" | "q" => false,
            _ => return None,
        };
        let start = after + encoding.len() + 1;
        let payload = &text[start..];
        let near = &payload[..payload.floor_char_boundary(LENGTH)];
        let charset = label.split_once('*').map_or(label, |(charset, _)| charset).trim();
        // An end that belongs to another word is none of this one.
        let end = may_end.then(|| memchr::memmem::find(near.as_bytes(), b"?=")).flatten();
        if let Some(end) = end {
            let next = payload[..end].find("=?").filter(|next| Self::begins(&payload[*next..]));
            if next.is_none() {
                return Some(Self { charset, base64, payload: &payload[..end], length: start + end + 2 });
            }
        }
        let near = &near[..near.floor_char_boundary(LOST)];
        let end = near.find(|c: char| c.is_whitespace() || "<>\",".contains(c)).unwrap_or(near.len());
        let symbol = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let whole = end > 0 && (!base64 || payload[..end].bytes().all(symbol)) && charset::is_known(charset);
        whole.then(|| Self { charset, base64, payload: payload[..end].trim_end_matches('?'), length: start + end })
    }

    /// Whether what begins with `=?` looks like the beginning of a word.
    fn begins(text: &str) -> bool {
        let mut pieces = text[2..text.floor_char_boundary(80)].splitn(3, '?');
        let (label, encoding) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
        !label.is_empty() && pieces.next().is_some() && matches!(encoding, "B" | "b" | "Q" | "q")
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.payload.len());
        if self.base64 {
            // Reading from memory doesn't fail, and what was read before a failure would still be right.
            let _ = decoder(Transfer::Base64, self.payload.as_bytes()).read_to_end(&mut bytes);
            return bytes;
        }
        let mut payload = self.payload.as_bytes();
        while let [first, rest @ ..] = payload {
            payload = rest;
            match (first, rest) {
                (b'_', _) => bytes.push(b' '),
                (b'=', [high, low, after @ ..]) => match hex_pair(*high, *low) {
                    Some(byte) => {
                        bytes.push(byte);
                        payload = after;
                    }
                    None => bytes.push(b'='),
                },
                (byte, _) => bytes.push(*byte),
            }
        }
        bytes
    }
}

/// Two hexadecimal digits as a byte.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(high)? << 4 | digit(low)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn words_in_any_charset() {
        assert_eq!(decode("=?windows-1256?B?48fhIOPR4w==?= x"), "مال مرم x");
        assert_eq!(decode("=?ISO-8859-1*fr?q?Pay=E9_=E0_tort?="), "Payé à tort");
        assert_eq!(decode("=?x-unknown?Q?caf=C3=A9?="), "café");
        assert_eq!(decode("=?utf-8?Q?a b?="), "a b");
    }

    #[test]
    fn characters_split_between_words_are_healed() {
        assert_eq!(decode("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?="), "éé");
        assert_eq!(decode("=?utf-8?Q?=C3?=\t=?UTF-8?Q?=A9?="), "é");
        assert_eq!(decode("=?utf-8?Q?a?= b =?utf-8?Q?c?="), "a b c");
        // An escape sequence at each end, one between two words, and a word that goes on in the state of the one before.
        assert_eq!(decode("=?iso-2022-jp?B?GyRCJSsbKEI=?= =?iso-2022-jp?B?GyRCJSsbKEI=?="), "カカ");
        assert_eq!(decode("=?iso-2022-jp?Q?=1B$?= =?iso-2022-jp?Q?B%+?= =?iso-2022-jp?Q?%+=1B(B?="), "カカ");
    }

    #[test]
    fn words_as_careless_mailers_write_them() {
        for (text, expected) in [
            ("=?utf-8?Q?open=C3=A9", "opené"),
            ("=?utf-8?B?w6k", "é"),
            ("=?utf-8?B?w6k= =?utf-8?B?w6k=?=", "éé"),
            ("=? utf-8 ?Q?caf=C3=A9?=", "café"),
            ("=?utf-8? b ?w6k?=", "é"),
            ("=?utf-8?B?w6 k=?=", "é"),
            ("\"=?utf-8?Q?Am=C3=A9lie?=\" <a@b>", "\"Amélie\" <a@b>"),
            ("(=?utf-8?Q?Am=C3=A9lie?=)", "(Amélie)"),
            ("=?utf-8?Q?=3D=3Futf-8=3FB=3Fw6k=3D=3F=3D?=", "é"),
            ("=?utf-8?Q?Why??=", "Why?"),
            ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
            ("=??Q?abc?=", "abc"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_word_stays() {
        for text in ["=?", "=?utf-8?", "=?utf-8?X?abc?=", "1 =? 2 ?= 3", "=?utf-8?Q?", "=?nonsense-9?Q?open"] {
            assert_eq!(decode(text), text);
        }
        assert_eq!(decode("=? =?utf-8?Q?a?="), "=? a");
    }

    #[test]
    fn very_many_openings_are_read_in_one_pass() {
        // A field is cut at 64 kB before it comes here.
        for hostile in ["=?utf-8?Q?", "=?utf-8?B?a ", "=?x", "=?a?q?b?= ", "=?utf-8?Q?a=?"] {
            for end in ["?=", ""] {
                let text = hostile.repeat((128 << 10) / hostile.len()) + end;
                let started = std::time::Instant::now();
                assert!(decode(&text).len() <= text.len());
                assert!(started.elapsed().as_secs() < 2, "{hostile} {:?}", started.elapsed());
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_from_words_of_any_length(text in "[^\u{feff}\u{1b}=?]{1,40}", cut in 1..20_usize, q in proptest::bool::ANY) {
            use base64::Engine;
            use base64::engine::general_purpose::STANDARD;
            let word = |bytes: &[u8]| match q {
                true => format!("=?utf-8?q?{}?=", bytes.iter().map(|byte| format!("={byte:02X}")).collect::<String>()),
                false => format!("=?utf-8?b?{}?=", STANDARD.encode(bytes)),
            };
            let words: Vec<String> = text.as_bytes().chunks(cut).map(word).collect();
            let joined = words.join("\t ");
            proptest::prop_assert_eq!(decode(&joined), text);
        }
    }
}
