//! The signs by which mails are found to belong together, as they are stored and looked up: Message-IDs, and what a subject
//! says beside its words.

use std::borrow::Cow;
use std::fmt;

use super::message::{Message, short_digest};
use super::text::fold;

/// The most ids that are kept of those a mail refers to: the oldest and the latest.
const CITED: usize = 30;

/// A sign that leads to a record. It is stored as a key of the table of threads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// A mail with this id is on the record, or an automatic answer to such a mail has it.
    Is(MessageIdKey),
    /// A mail on the record answers the mail of this id.
    Answers(MessageIdKey),
    /// Outlook's conversation (Thread-Index).
    Conversation(String),
}

impl Sign {
    /// The form in the database, in which two are compared: a digest, since Message-IDs may be long and each mail has
    /// several.
    pub fn kept(&self) -> String {
        let text = match self {
            Sign::Is(id) => format!("is:{id}"),
            Sign::Answers(id) => format!("answers:{id}"),
            Sign::Conversation(index) => format!("conversation:{index}"),
        };
        short_digest(text.as_bytes())
    }
}

impl Message {
    /// The ids that it refers to, the best first: In-Reply-To, then References from the newest to the oldest.
    pub fn cites(&self) -> impl Iterator<Item = &str> {
        self.in_reply_to.iter().chain(self.references.iter().rev()).map(String::as_str)
    }

    /// The same as keys, each once, without its own ids and without those that mean nothing; a limited number.
    pub fn cited(&self) -> Vec<MessageIdKey> {
        let own = self.own_ids();
        let mut cited: Vec<MessageIdKey> = Vec::new();
        for id in self.cites().filter_map(MessageIdKey::of) {
            if !own.contains(&id) && !cited.contains(&id) {
                // Where there are too many, the next one replaces the last one kept: so the oldest is kept, which all mail
                // of the conversation refers to.
                if cited.len() == CITED {
                    cited.pop();
                }
                cited.push(id);
            }
        }
        cited
    }

    /// Its Message-ID, and earlier ones that a system on its way replaced.
    pub fn own_ids(&self) -> Vec<MessageIdKey> {
        let mut own: Vec<MessageIdKey> = Vec::new();
        for id in std::iter::once(&self.message_id).chain(&self.original_ids) {
            if let Some(id) = MessageIdKey::of(id)
                && !own.contains(&id)
            {
                own.push(id);
            }
        }
        own
    }

    /// The signs by which other mail finds the record that this mail is on.
    pub fn signs(&self) -> Vec<Sign> {
        let is = self.own_ids().into_iter().map(Sign::Is);
        let answers = self.cited().into_iter().map(Sign::Answers);
        is.chain(answers).chain(self.conversation.clone().map(Sign::Conversation)).collect()
    }
}

// Message-IDs (RFC 5322 §3.6.4) in a form that can be compared. Mailers and gateways change the bytes of an id on its way
// but not its meaning: the case of letters changes, brackets are lost or doubled, ids are folded, quoted and escaped.

/// The one form in which Message-IDs are compared, stored and indexed: no brackets, quotes, backslashes or white space,
/// escapes undone, in lower case. What is shown and sent on keeps the form that the mail has.
///
/// `migrations/*/2026-11-28-000010_threads` makes the same form in SQL of the ids that were stored before; who changes
/// the form writes such a migration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageIdKey(String);

/// Local parts that mailers write where they had no id.
const NOTHING: &[&str] = &[
    "undefined",
    "null",
    "none",
    "nil",
    "nan",
    "unknown",
    "false",
    "void",
    "empty",
    "noid",
    "messageid",
    "msgid",
    "message",
    "id",
    "no",
];
/// The marks around a name that a template failed to replace: `<{{ message_id }}@host>`.
const PLACEHOLDERS: &[&str] = &["{{", "}}", "${", "%{", "%s", "<%", "[[", "#{"];
/// The characters whose escapes are undone. Other escapes may be part of the id.
const ESCAPED: &str = "@=+_$/<>\"";

impl MessageIdKey {
    /// None for an id that identifies nothing, such as `<undefined>` or `<0@phone.example>`: unrelated people send mail with
    /// it.
    pub fn of(id: &str) -> Option<Self> {
        let key = normal(id);
        (!means_nothing(&key)).then_some(Self(key))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageIdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn normal(id: &str) -> String {
    let text = unescaped(id);
    let mut key = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() || is_invisible(c) || matches!(c, '<' | '>' | '"' | '\\') {
            continue;
        }
        key.extend(c.to_lowercase());
    }
    let end = key.trim_end_matches([',', ';', '.']).len();
    key.truncate(end);
    // Amazon SES reports an id with one of its domains to the sender, and writes another domain into the mail.
    if key.ends_with(".amazonses.com")
        && let Some(at) = key.rfind('@')
    {
        key.replace_range(at.., "@amazonses.com");
    }
    key
}

/// Percent, quoted-printable and HTML escapes of the characters that ids are made of: `%40`, `=3D`, `&lt;`.
fn unescaped(id: &str) -> Cow<'_, str> {
    if !id.contains(['%', '=', '&']) {
        return Cow::Borrowed(id);
    }
    let mut text = String::with_capacity(id.len());
    let mut rest = id;
    while let Some(at) = rest.find(['%', '=', '&']) {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let (c, length) = escaped(escape).unwrap_or((char::from(escape.as_bytes()[0]), 1));
        text.push(c);
        rest = &escape[length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that an escape at the beginning of the text means, and the length of that escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    for (entity, c) in [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&amp;", '&')] {
        if text.starts_with(entity) {
            return Some((c, entity.len()));
        }
    }
    if text.starts_with('&') {
        return None;
    }
    let code = u8::from_str_radix(text.get(1..3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?, 16).ok()?;
    let c = char::from(code);
    ESCAPED.contains(c).then_some((c, 3))
}

/// Marks of direction and joiners without width, which are copied along with text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{061C}' | '\u{AD}')
}

fn means_nothing(key: &str) -> bool {
    if PLACEHOLDERS.iter().any(|sign| key.contains(sign)) {
        return true;
    }
    let local = key.rsplit_once('@').map_or(key, |(local, _)| local);
    // `<null.undefined@x>` and the UUID of zeros identify nothing either.
    let mut words = local.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| NOTHING.contains(&word) || word.bytes().all(|byte| byte == b'0'))
}

// What a subject says beside its words: whether it answers, and which record it names.

/// How replies are marked, folded: English, German, Dutch, the Nordic and Romance languages, Polish, Czech, Hungarian,
/// Turkish, Greek, Russian and its neighbours, Arabic, Persian, Urdu, Hebrew, Chinese, Japanese, Korean, Vietnamese,
/// Malay and Indonesian, Swahili, Welsh, Latvian.
const REPLIES: &[&str] = &[
    "re",
    "aw",
    "antw",
    "antwort",
    "sv",
    "vs",
    "svar",
    "ref",
    "r",
    "rif",
    "res",
    "resp",
    "resposta",
    "respuesta",
    "rep",
    "reponse",
    "odp",
    "odpoved",
    "va",
    "valasz",
    "ynt",
    "yanit",
    "cevap",
    "απ",
    "σχετ",
    "отв",
    "ответ",
    "на",
    "відп",
    "رد",
    "الرد",
    "ردا",
    "پاسخ",
    "جواب",
    "תגובה",
    "השב",
    "回复",
    "回覆",
    "答复",
    "答覆",
    "返信",
    "回信",
    "답장",
    "회신",
    "tra loi",
    "hoi am",
    "bls",
    "balas",
    "jibu",
    "ateb",
    "atb",
    "reply",
];
/// At most this many prefixes are taken off; further ones are part of the words.
const PREFIXES: usize = 20;
/// Small devices cut subjects off, but leave at least this many characters.
const CUT: usize = 16;

/// A subject without its marks, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Whether it is marked as an answer: `Re:` in one of many languages.
    pub is_reply: bool,
    /// Its words; empty where there are none.
    pub words: String,
}

impl Subject {
    pub fn read(subject: &str) -> Self {
        let folded = fold(&subject.replace('：', ":").chars().filter(|c| !is_mark(*c)).collect::<String>());
        let (mut rest, mut is_reply) = (folded.as_str(), false);
        for _ in 0..PREFIXES {
            rest = rest.trim_start();
            // `[EXTERNAL]`, or the name of a mailing list.
            if let Some((tag, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'))
                && tag.len() <= 40
                && !after.trim().is_empty()
            {
                rest = after;
                continue;
            }
            let Some((prefix, after)) = rest.split_once(':') else { break };
            if !is_reply_mark(prefix) {
                break;
            }
            (rest, is_reply) = (after, true);
        }
        Self { is_reply, words: rest.trim().to_owned() }
    }

    /// Whether, by its words alone, it answers mail with this subject: the words are the same, or were cut off by a small
    /// device, or follow what an automatic reply put before them.
    pub fn answers(&self, other: &Subject) -> bool {
        if !self.is_reply || self.words.is_empty() || other.words.is_empty() {
            return false;
        }
        let mut words = self.words.as_str();
        for _ in 0..PREFIXES {
            if words == other.words || (words.chars().count() >= CUT && other.words.starts_with(words)) {
                return true;
            }
            let Some((_, after)) = words.split_once(':') else { return false };
            words = after.trim();
        }
        false
    }
}

/// `re`, `re[2]`, `re^3`, `re (2)`.
fn is_reply_mark(prefix: &str) -> bool {
    let word = prefix.trim_end_matches(|c: char| c.is_ascii_digit() || " []()^*".contains(c));
    prefix.len() <= 40 && REPLIES.contains(&word.trim())
}

/// Marks of direction, which are ignored.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{061C}')
}

/// The zero of each script that has ten digits in a row.
const ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10,
];
/// The most record numbers read from one subject.
const NUMBERS: usize = 10;

/// The record numbers that a subject may name, in the forms of `sequences`: `2026-000036` wherever it stands, `000036`
/// where a bracket or `#` says that it is one. In any brackets, and in the digits of any script.
pub fn record_numbers(subject: &str) -> Vec<String> {
    let plain: Vec<char> = subject.chars().filter(|c| !is_mark(*c)).map(plain).collect();
    let mut numbers: Vec<String> = Vec::new();
    let mut at = 0;
    while at < plain.len() && numbers.len() < NUMBERS {
        let end = at + plain[at..].iter().take_while(|c| c.is_ascii_digit() || **c == '-').count();
        if end == at {
            at += 1;
            continue;
        }
        let before = plain[..at].last().copied().unwrap_or(' ');
        let after = plain.get(end).copied().unwrap_or(' ');
        let word: String = plain[at..end].iter().collect();
        let word = word.trim_matches('-');
        let named = "[({<#№".contains(before);
        let whole = !before.is_alphanumeric() && !after.is_alphanumeric();
        if whole && (is_of_year(word) || (named && is_running(word))) && !numbers.iter().any(|number| number == word) {
            numbers.push(word.to_owned());
        }
        at = end;
    }
    numbers
}

fn plain(c: char) -> char {
    let code = u32::from(c);
    if let Some(zero) = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)) {
        return char::from(b'0' + (code - zero) as u8);
    }
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => '-',
        '［' | '【' | '〔' | '「' | '『' => '[',
        '（' => '(',
        '＃' => '#',
        c => c,
    }
}

fn is_of_year(word: &str) -> bool {
    word.split_once('-').is_some_and(|(year, number)| year.len() == 4 && is_running(number) && !year.contains('-'))
}

fn is_running(word: &str) -> bool {
    (6..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_ids_count_and_the_first_of_all() {
        let ids: Vec<String> = (1..=100).map(|n| format!("<m{n}@x>")).collect();
        let message = Message {
            message_id: "<own@x>".into(),
            in_reply_to: vec!["<M100@x>".into(), "<OWN@x>".into(), "<undefined>".into()],
            references: ids,
            ..Message::default()
        };
        let cited = message.cited();
        assert_eq!((cited.len(), cited[0].as_str(), cited[1].as_str()), (CITED, "m100@x", "m99@x"));
        assert_eq!(cited[CITED - 1].as_str(), "m1@x");
    }

    fn key(id: &str) -> Option<String> {
        MessageIdKey::of(id).map(|key| key.0)
    }

    #[test]
    fn however_an_id_is_written_it_is_one() {
        for id in [
            "<CaSe29.a=b@People.Example>",
            "case29.a=b@people.example",
            "<case29.a=b@people.example",
            "<<case29.a=b@people.example>>",
            "&lt;case29.a=b@people.example&gt;",
            "<case29.a=3Db=40people.example>",
            "<case29.a%3db%40people.example>",
            "<\"case29.a=b\"@people.example>",
            "<case29\\.a=b@people.example>",
            "<case29.\r\n a=b@people.example>",
            "\u{200F}<case29.a=b@people.example>,",
        ] {
            assert_eq!(key(id).as_deref(), Some("case29.a=b@people.example"), "{id}");
        }
        assert_eq!(key("<0100-x-1@eu-west-1.amazonses.com>"), key("<0100-x-1@email.amazonses.com>"));
        assert_ne!(key("<100%@x>"), key("<100@x>"));
        assert_eq!(key("<a%zz=@x>").as_deref(), Some("a%zz=@x"));
        assert_eq!(key("<é%é=é&é@x>").as_deref(), Some("é%é=é&é@x"), "no character is cut");
    }

    #[test]
    fn an_id_that_means_none_is_none() {
        for id in [
            "",
            "<>",
            " ",
            "<@>",
            "<@phone.example>",
            "<undefined>",
            "<Undefined@x>",
            "<0@phone.example>",
            "<000000@x>",
            "<null>",
            "null",
            "(null)",
            "<null.null@x>",
            "<00000000-0000-0000-0000-000000000000@x>",
            "<none@none>",
            "<no-id@x>",
            "<message-id@x>",
            "<{{message_id}}@x>",
            "<%s@x>",
        ] {
            assert_eq!(key(id), None, "{id}");
        }
        for id in ["<1@x>", "<a@b>", "<0a@x>", "<20261121.1@x>", "<nullable@x>", "<b3f@null>", "<مرحبا@x>"] {
            assert!(key(id).is_some(), "{id}");
        }
    }

    fn read(subject: &str) -> (bool, String) {
        let Subject { is_reply, words } = Subject::read(subject);
        (is_reply, words)
    }

    #[test]
    fn replies_are_known_in_the_languages_of_their_writers() {
        for subject in [
            "Re: My card",
            "RE : My  card",
            "re[2]: my card",
            "Re: RE: Aw: My card",
            "[EXTERNAL] Re: My card",
            "رد: My card",
            "Re：My card",
            "回复: My card",
            "Réponse : My card",
            "\u{200F}Re: My card",
            "Re: [List] My card",
            "TRẢ LỜI: My card",
        ] {
            assert_eq!(read(subject), (true, "my card".to_owned()), "{subject}");
        }
        for subject in ["My card", "Fwd: My card", "Report: My card", "[2026-000036]", ": x", ""] {
            assert!(!Subject::read(subject).is_reply, "{subject}");
        }
        assert_eq!(read("Re:"), (true, String::new()));
    }

    #[test]
    fn a_reply_answers_its_subject_and_no_other() {
        let first = Subject::read("My card was taken by the clerk");
        for reply in [
            "Re: My card was taken by the clerk",
            "Re: Automatic reply: My card was taken by the clerk",
            "AW: Réponse automatique : My card was taken by the clerk",
            "Re: My card was taken b",
        ] {
            assert!(Subject::read(reply).answers(&first), "{reply}");
        }
        for other in [
            "My card was taken by the clerk",
            "Re: My rice",
            "Re: My card",
            "Re:",
            "Fwd: My card was taken by the clerk",
        ] {
            assert!(!Subject::read(other).answers(&first), "{other}");
        }
        assert!(!Subject::read("Re:").answers(&Subject::read("")));
    }

    #[test]
    fn a_number_is_found_as_people_write_it() {
        for subject in [
            "Re: 2026-000036",
            "[2026-000036] My card",
            "Re: [#2026-000036]",
            "(2026-000036)",
            "【2026-000036】",
            "\u{200F}[\u{200E}2026-000036\u{200E}]",
            "٢٠٢٦-٠٠٠٠٣٦",
            "2026–000036: card",
            "case 2026-000036, please",
        ] {
            assert_eq!(record_numbers(subject), ["2026-000036"], "{subject}");
        }
        assert_eq!(record_numbers("[000036] and #000037"), ["000036", "000037"]);
        for subject in
            ["2026-11-28", "000036", "call +254-712-000036", "A2026-000036", "2026-000036b", "12026-000036", "[36]"]
        {
            assert!(record_numbers(subject).is_empty(), "{subject}: {:?}", record_numbers(subject));
        }
        assert_eq!(record_numbers(&"[2026-000001] [2026-000002] ".repeat(1_000)).len(), 2);
    }
}
