//! RFC 2047 encoded words, read as leniently as mailers write them, in one pass however many there are.

use std::borrow::Cow;
use std::io::Read;

use super::charset;
use super::transfer::{Transfer, decoder};

/// Replaces the encoded words of an unfolded header value. White space between two of them goes; neighbours of one
/// charset are joined before decoding, since mailers split characters between words.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains("=?") {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut run: Option<(&str, Vec<u8>)> = None;
    let (mut copied, mut at) = (0, 0);
    let last_end = text.rfind("?=").unwrap_or(0);
    while let Some(start) = text[at..].find("=?").map(|found| at + found).filter(|start| *start < last_end) {
        let Some(word) = Word::parse(&text[start..]) else {
            at = start + 2;
            continue;
        };
        let between = &text[copied..start];
        if run.is_none() || !between.trim().is_empty() {
            flush(&mut run, &mut decoded);
            decoded.push_str(between);
        }
        match &mut run {
            Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => bytes.append(&mut word.bytes()),
            _ => {
                flush(&mut run, &mut decoded);
                run = Some((word.charset, word.bytes()));
            }
        }
        at = start + word.length;
        copied = at;
    }
    flush(&mut run, &mut decoded);
    decoded.push_str(&text[copied..]);
    Cow::Owned(decoded)
}

fn flush(run: &mut Option<(&str, Vec<u8>)>, decoded: &mut String) {
    if let Some((label, bytes)) = run.take() {
        decoded.push_str(&charset::decode(Some(label), &bytes));
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
    /// `text` begins with `=?`.
    fn parse(text: &'a str) -> Option<Self> {
        let (label, _) = text[2..text.floor_char_boundary(70)].split_once('?')?;
        let after = 3 + label.len();
        let base64 = match text.as_bytes().get(after..after + 2)? {
            [b'B' | b'b', b'?'] => true,
            [b'Q' | b'q', b'?'] => false,
            _ => return None,
        };
        let payload = &text[after + 2..];
        let end = payload.find("?=")?;
        let charset = label.split_once('*').map_or(label, |(charset, _)| charset);
        Some(Self { charset, base64, payload: &payload[..end], length: after + 2 + end + 2 })
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
pub fn hex_pair(high: u8, low: u8) -> Option<u8> {
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
    }

    #[test]
    fn what_only_looks_like_a_word_stays() {
        for text in ["=?", "=?utf-8?", "=?utf-8?X?abc?=", "1 =? 2 ?= 3", "=?utf-8?Q?open"] {
            assert_eq!(decode(text), text);
        }
        assert_eq!(decode("=? =?utf-8?Q?a?="), "=? a");
    }

    #[test]
    fn very_many_openings_are_read_in_one_pass() {
        let started = std::time::Instant::now();
        for hostile in ["=?utf-8?Q?", "=?utf-8?B?a ", "=?x", "=?a?q?b?= "] {
            let decoded = decode(&(hostile.repeat(100_000) + "?=")).len();
            assert!(decoded <= 100_000 * hostile.len() + 2);
        }
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }
}
