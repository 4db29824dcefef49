//! Text that must never be shown: secrets, also where another system repeats them.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

// A secret prints as `***` and is not serialised.

/// A password or key in clear, on its way between the sealed column and the network.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The clear text. A review should look at every use of this.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

// Removing a secret from the words of another system. Its words are shown to people, and it may repeat the secret that it
// was sent: quote a command that it did not understand, log it, escape it for a page or encode it. So its words are searched
// for the secret in each of these forms.

/// What replaces a secret.
const HIDDEN: &str = "***";
/// A text is searched up to this many bytes; the rest is left out.
pub const LOOKED_AT: usize = 64 << 10;
/// Shorter beginnings of a secret, in bytes, are not looked for: they occur in any sentence. Where the whole secret is
/// shorter, all of the words are hidden.
const TELLING: usize = 4;
/// How many layers of escapes are undone, in texts up to this length; in longer ones one layer less.
const NESTED: (usize, usize) = (3, 4 << 10);

/// Finds one secret in other people's words.
#[derive(Clone)]
pub struct Echo {
    /// The forms that are looked for: in lower case, without white space, the longest first.
    forms: Vec<Vec<u8>>,
    secret: Vec<u8>,
}

impl Echo {
    /// `further`: other texts from which the secret can be read, such as the response of SASL PLAIN.
    pub fn of(secret: &Secret, further: &[String]) -> Self {
        let clear = secret.reveal();
        if clear.is_empty() {
            return Self { forms: Vec::new(), secret: Vec::new() };
        }
        let mut forms = vec![bare(clear), bare(&clear.to_lowercase()), bare(&clear.to_uppercase())];
        // The secret as it looks where its UTF-8 is read as the charset of Western Europe, or of China.
        for charset in [encoding_rs::WINDOWS_1252, encoding_rs::GBK] {
            forms.push(bare(&charset.decode_without_bom_handling(clear.as_bytes()).0));
        }
        let mut encoded = vec![bare(&hex::encode(clear)), bare(&BASE64.encode(clear))];
        encoded.extend(further.iter().map(|text| bare(text)));
        // Inside something longer, such as a whole command, its base64 has one of three forms.
        encoded.extend((0..3).map(|before| bare(&within_base64(clear.as_bytes(), before))));
        forms.extend(encoded.into_iter().filter(|form| form.len() >= TELLING));
        forms.retain(|form| !form.is_empty());
        forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self { forms, secret: bare(clear) }
    }

    /// The words with `***` in place of the secret, in whatever form it is there. Where words end within the secret, the
    /// part of it that is there is removed too.
    pub fn hide_in(&self, words: &str) -> String {
        let end = (0..=LOOKED_AT.min(words.len())).rev().find(|at| words.is_char_boundary(*at)).unwrap_or(0);
        let words = &words[..end];
        if self.forms.is_empty() {
            return words.to_owned();
        }
        let mut found = Vec::new();
        let nested = if words.len() > NESTED.1 { NESTED.0 - 1 } else { NESTED.0 };
        self.find_undoing(&plain(words), nested, &mut found);
        if found.is_empty() {
            return words.to_owned();
        }
        // So short a secret could be told from the places where `***` stands.
        if self.secret.len() < TELLING {
            return HIDDEN.to_owned();
        }
        found.sort_unstable_by_key(|range| range.start);
        let (mut shown, mut at) = (String::with_capacity(words.len()), 0);
        for range in found {
            let begin = (0..=range.start).rev().find(|at| words.is_char_boundary(*at)).unwrap_or(0);
            let end = (range.end..=words.len()).find(|at| words.is_char_boundary(*at)).unwrap_or(words.len());
            if begin > at || at == 0 {
                shown.push_str(&words[at..begin.max(at)]);
                shown.push_str(HIDDEN);
            }
            at = at.max(end);
        }
        shown.push_str(&words[at..]);
        shown
    }

    /// Searches a text as it is, and then with each kind of escape undone, down to this many layers.
    fn find_undoing(&self, view: &[Seen], nested: usize, found: &mut Vec<Range<usize>>) {
        let bare: Vec<Seen> = view
            .iter()
            .filter(|seen| !is_space(seen.byte))
            .map(|seen| Seen { byte: seen.byte.to_ascii_lowercase(), ..*seen })
            .collect();
        self.find(&bare, found);
        for undo in KINDS.iter().filter(|_| nested > 0) {
            if let Some(undone) = undone(view, *undo) {
                self.find_undoing(&undone, nested - 1, found);
            }
        }
    }

    /// The places of the secret, in the original text.
    fn find(&self, view: &[Seen], found: &mut Vec<Range<usize>>) {
        let bytes: Vec<u8> = view.iter().map(|seen| seen.byte).collect();
        for form in &self.forms {
            // One place may begin within another.
            let mut from = 0;
            while let Some(at) = memchr::memmem::find(&bytes[from..], form).map(|at| from + at) {
                found.push(view[at].from..view[at + form.len() - 1].to);
                from = at + 1;
            }
        }
        // A line of a log, or one that Mailgate shortened, may end in the middle of the secret.
        let cut = bytes.trim_ascii_end().trim_suffix_of(b".\xe2\x80\xa6\"')>");
        let longest = (TELLING..self.secret.len()).rev().find(|length| cut.ends_with(&self.secret[..*length]));
        if let Some(length) = longest {
            found.push(view[cut.len() - length].from..view[bytes.len() - 1].to);
        }
    }
}

impl std::fmt::Debug for Echo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

trait TrimSuffix {
    /// Without what of these bytes stands at its end.
    fn trim_suffix_of(&self, those: &[u8]) -> &[u8];
}

impl TrimSuffix for [u8] {
    fn trim_suffix_of(&self, those: &[u8]) -> &[u8] {
        let end = self.iter().rposition(|byte| !those.contains(byte)).map_or(0, |last| last + 1);
        &self[..end]
    }
}

/// One byte of the meaning of a text, and the place of the bytes that encode it.
#[derive(Clone, Copy)]
struct Seen {
    byte: u8,
    from: usize,
    to: usize,
}

/// In small letters, and without white space: a text may be broken into lines anywhere.
fn bare(text: &str) -> Vec<u8> {
    text.bytes().filter(|byte| !is_space(*byte)).map(|byte| byte.to_ascii_lowercase()).collect()
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control()
}

/// The base64 of these bytes that is the same whatever stands behind them, where `before` other bytes stand before them.
fn within_base64(bytes: &[u8], before: usize) -> String {
    let whole = BASE64.encode([&vec![0; before], bytes].concat());
    let (first, last) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
    whole.get(first..last).unwrap_or_default().to_owned()
}

/// Without white space, which may stand within an escape too.
fn plain(text: &str) -> Vec<Seen> {
    let seen = text.bytes().enumerate().map(|(at, byte)| Seen { byte, from: at, to: at + 1 });
    seen.filter(|seen| !is_space(seen.byte)).collect()
}

/// The byte that an escape at the beginning of these bytes means, and the length of the escape.
type Undo = fn(&[u8]) -> Option<(Vec<u8>, usize)>;

const KINDS: [Undo; 4] = [backslash, percent, entity, quoted_printable];

/// None where the text has no such escape.
fn undone(view: &[Seen], undo: Undo) -> Option<Vec<Seen>> {
    let bytes: Vec<u8> = view.iter().map(|seen| seen.byte).collect();
    let mut result = Vec::with_capacity(view.len());
    let (mut at, mut changed) = (0, false);
    while at < bytes.len() {
        match undo(&bytes[at..]) {
            Some((meant, length)) => {
                let (from, to) = (view[at].from, view[at + length - 1].to);
                result.extend(meant.into_iter().map(|byte| Seen { byte, from, to }));
                at += length;
                changed = true;
            }
            None => {
                result.push(view[at]);
                at += 1;
            }
        }
    }
    changed.then_some(result)
}

/// `\"`, `\x41`, `\u0041`, `\101`: IMAP, JSON, Python, C.
fn backslash(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'\\', next, ..] = text else { return None };
    let code = |digits: usize, radix| Some((number(text.get(2..2 + digits)?, radix)?, 2 + digits));
    match next {
        b'x' => code(2, 16).map(|(code, length)| (vec![code as u8], length)),
        b'u' if text.get(2) == Some(&b'{') => {
            let end = text.iter().take(11).position(|byte| *byte == b'}')?;
            Some((utf8(number(&text[3..end], 16)?), end + 1))
        }
        b'u' => code(4, 16).map(|(code, length)| (utf8(code), length)),
        b'U' => code(8, 16).map(|(code, length)| (utf8(code), length)),
        b'0'..=b'3' if text.len() >= 4 && text[2..4].iter().all(|byte| (b'0'..=b'7').contains(byte)) => {
            Some((vec![number(&text[1..4], 8)? as u8], 4))
        }
        b'n' | b'r' | b't' => Some((vec![b' '], 2)),
        other => Some((vec![*other], 2)),
    }
}

/// `%41`, and the blank of a form.
fn percent(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    match text {
        [b'%', digits @ ..] => Some((vec![number(digits.get(..2)?, 16)? as u8], 3)),
        [b'+', ..] => Some((vec![b' '], 1)),
        _ => None,
    }
}

/// `=41`.
fn quoted_printable(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'=', digits @ ..] = text else { return None };
    Some((vec![number(digits.get(..2)?, 16)? as u8], 3))
}

/// `&amp;`, `&#65;`, `&#x41;`.
fn entity(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'&', rest @ ..] = text else { return None };
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let meant = match rest[..end].to_ascii_lowercase().as_slice() {
        b"amp" => b"&".to_vec(),
        b"lt" => b"<".to_vec(),
        b"gt" => b">".to_vec(),
        b"quot" => b"\"".to_vec(),
        b"apos" => b"'".to_vec(),
        b"nbsp" => b" ".to_vec(),
        [b'#', b'x', hex @ ..] => utf8(number(hex, 16)?),
        [b'#', digits @ ..] => utf8(number(digits, 10)?),
        _ => return None,
    };
    Some((meant, end + 2))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
}

fn utf8(code: u32) -> Vec<u8> {
    char::from_u32(code).map(|c| c.to_string().into_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secret: &str, words: &str) -> String {
        Echo::of(&Secret::new(secret), &[BASE64.encode(format!("\0box\0{secret}"))]).hide_in(words)
    }

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let secret = r#"Hunter2&"\%žé+x"#;
        let html = r#"Hunter2&amp;&quot;\%žé+x"#;
        for words in [
            format!("LOGIN box {secret}"),
            r#"a1 BAD what is LOGIN "box" "Hunter2&\"\\%žé+x"?"#.to_owned(),
            format!("LOGIN {{3}} box {{18}} {secret} end"),
            format!("NO {}", secret.to_uppercase()),
            format!("NO {}", secret.to_lowercase()),
            format!("NO {}", BASE64.encode(secret)),
            format!("NO {}", BASE64.encode(format!("\0box\0{secret}"))),
            format!("NO {}", BASE64.encode(format!("\0box\0{secret}")).to_uppercase()),
            format!("NO {}", BASE64.encode(format!("m1n1 LOGIN box {secret}\r\n"))),
            format!("NO {}", hex::encode(secret)),
            "NO Hunter2%26%22%5C%25%C5%BE%C3%A9%2Bx".to_owned(),
            "NO Hunter2%26%22%5c%25%c5%be%c3%a9%2bx".to_owned(),
            format!("NO {html}"),
            "NO Hunter2&#38;&#34;&#92;%&#382;&#xE9;+x".to_owned(),
            format!("NO {}", html.replace('&', "&amp;")),
            r#"NO 'Hunter2&"\\%\u017e\u00e9+x'"#.to_owned(),
            r#"NO 'Hunter2&"\\%\xc5\xbe\xc3\xa9+x'"#.to_owned(),
            r#"NO Hunter2&\"\\%\305\276\303\251+x"#.to_owned(),
            "NO Hunter2&\"\\%=C5=BE=C3=A9+x".to_owned(),
            "NO Hun\r\n ter2&\"\\%\tžé+x".to_owned(),
            format!("NO {}", encoding_rs::WINDOWS_1252.decode_without_bom_handling(secret.as_bytes()).0),
        ] {
            let shown = hidden(secret, &words);
            assert!(shown.contains("***"), "{words}: {shown}");
            let left: String = shown.replace("***", "").to_lowercase();
            assert!(!left.contains("unter") && !left.contains("é"), "{words}: {shown}");
        }
    }

    #[test]
    fn a_blank_is_a_plus_in_a_form_and_the_rest_of_the_words_stays() {
        assert_eq!(hidden("a b cd", "q=a+b+cd&x=1"), "q=***&x=1");
        assert_eq!(hidden("secret", "what is PASS secret? No secret here."), "what is PASS ***? No *** here.");
        assert_eq!(hidden("secret", "nothing to hide: 50% of R&D \\o/"), "nothing to hide: 50% of R&D \\o/");
        assert_eq!(hidden("", "anything"), "anything");
        assert_eq!(hidden("secretsecret", "xsecretsecretsecretx"), "x***x");
    }

    #[test]
    fn words_that_end_within_a_secret_lose_its_beginning() {
        assert_eq!(hidden("hunter2-correct", "bad command: LOGIN box hunter2-cor"), "bad command: LOGIN box ***");
        assert_eq!(hidden("hunter2-correct", "bad command: LOGIN box hunter2…"), "bad command: LOGIN box ***");
        assert_eq!(hidden("hunter2-correct", "bad command: hun"), "bad command: hun");
    }

    #[test]
    fn a_secret_of_few_letters_is_not_told_by_what_is_missing() {
        assert_eq!(hidden("no", "there is no such user"), "***");
        assert_eq!(hidden("no", "wrong"), "wrong");
    }

    #[test]
    fn hostile_words_end_soon() {
        let words = "%25".repeat(100_000) + &"&amp;".repeat(100_000);
        let started = std::time::Instant::now();
        assert!(hidden("%%%%%%%%", &words).len() <= LOOKED_AT);
        assert!(started.elapsed() < std::time::Duration::from_secs(2), "{:?}", started.elapsed());
    }
}
