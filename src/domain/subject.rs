//! What a subject says beside its words: whether it answers, and which record it names.

use super::text::fold;

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
/// Prefixes beyond these are part of the words.
const PREFIXES: usize = 20;
/// A subject that a small device cut off still has so many characters.
const CUT: usize = 16;

/// A subject without its marks, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// It says that it answers something: `Re:` in one of many languages.
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
            // `[EXTERNAL]`, and the name of a list.
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

    /// Whether it answers mail of this subject, by its words alone: they are the same, or were cut off by a small device,
    /// or stand behind what an automatic reply put before them.
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

/// Marks of direction, which say nothing.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{061C}')
}

/// Where the digits of scripts begin that have ten in a row.
const ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10,
];
/// Numbers looked for in one subject.
const NUMBERS: usize = 10;

/// The record numbers that a subject may name, in the forms of `sequences`: `2026-000036` wherever it stands, `000036`
/// where a bracket or `#` says that it is one. In any brackets, and in the digits of any script.
pub fn numbers(subject: &str) -> Vec<String> {
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
            assert_eq!(numbers(subject), ["2026-000036"], "{subject}");
        }
        assert_eq!(numbers("[000036] and #000037"), ["000036", "000037"]);
        for subject in
            ["2026-11-28", "000036", "call +254-712-000036", "A2026-000036", "2026-000036b", "12026-000036", "[36]"]
        {
            assert!(numbers(subject).is_empty(), "{subject}: {:?}", numbers(subject));
        }
        assert_eq!(numbers(&"[2026-000001] [2026-000002] ".repeat(1_000)).len(), 2);
    }
}
