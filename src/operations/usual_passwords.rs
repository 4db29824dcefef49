//! Passwords that are tried first: the usual ones, those made of the account's own words or ours, and those that follow the
//! keyboard, the alphabet or themselves. Length alone lets them through. Asked only where a password is set: who has one
//! since before keeps it.

use crate::domain::text::fold;
use crate::domain::words::Sentence;
use crate::say;

/// Of at least ten characters, lower case, one a line. Each stands for its kind too: `password123` for `P@ssw0rd2026!`.
const USUAL: &str = include_str!("usual_passwords.txt");
/// Words of this installation that anybody would try.
const OURS: [&str; 3] = ["mailgate", "openspp", "grievance"];
/// Neighbours on keyboards (QWERTY, AZERTY, QWERTZ), in rows and columns.
const ROWS: [&str; 12] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertzuiop",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
];
/// Letters of a name or login below which it stands in too many good passwords by chance.
const SHORTEST_WORD: usize = 4;

/// Why this would be among the first to be tried for this person, as a sentence.
pub(super) fn why(password: &str, login: &str, name: &str) -> Option<Sentence> {
    let plain = fold(password);
    let squeezed = squeeze(&plain);
    if [plain.as_str(), squeezed.as_str()].iter().any(|text| is_run(text) || is_repetition(text)) {
        return Some(say!("password-row"));
    }
    if is_usual(&plain) {
        return Some(say!("password-usual"));
    }
    if let Some(word) = OURS.iter().find(|word| held(&squeezed, &plain, word)) {
        return Some(say!("password-ours", word));
    }
    let holds = |words: &[&str]| {
        words.iter().any(|word| word.chars().count() >= SHORTEST_WORD && held(&squeezed, &plain, word))
    };
    let (login, name) = (fold(login), fold(name));
    let (whole_login, whole_name) = (squeeze(&login), squeeze(&name));
    // Of an address its host is left out: everybody's password may speak of the place he works at.
    let local = login.split('@').next().unwrap_or_default();
    let local_whole = squeeze(local);
    let between = |c: char| !c.is_alphanumeric();
    if holds(&[&whole_login, &local_whole]) || holds(&local.split(between).collect::<Vec<_>>()) {
        return Some(say!("password-login"));
    }
    if holds(&[&whole_name]) || holds(&name.split(between).collect::<Vec<_>>()) {
        return Some(say!("password-name"));
    }
    None
}

/// Whether a word stands in it, also with signs between its letters or in place of some.
fn held(squeezed: &str, plain: &str, word: &str) -> bool {
    squeezed.contains(word) || letters(plain).contains(word)
}

fn is_usual(plain: &str) -> bool {
    let core = core(plain);
    // Shorter ones are syllables.
    let of_a_kind = |line: &str| core.len() >= 5 && self::core(line) == core;
    USUAL.lines().any(|line| line == plain || of_a_kind(line))
}

/// The word behind the usual decoration: `P@ssw0rd2026!` is `password`.
fn core(plain: &str) -> String {
    letters(plain.trim_matches(|c: char| !c.is_alphabetic()))
}

/// Letters alone, signs and digits that look like one taken for it.
fn letters(plain: &str) -> String {
    let read = |c| match c {
        '@' | '4' => 'a',
        '3' | '€' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        c => c,
    };
    plain.chars().map(read).filter(|c| c.is_alphabetic()).collect()
}

fn squeeze(plain: &str) -> String {
    plain.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Pieces of four characters or more on average, each going up, down or along a row of keys, or staying where it is.
fn is_run(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let breaks = chars.windows(2).filter(|pair| !is_step(pair[0], pair[1])).count();
    !chars.is_empty() && (breaks + 1) * 4 <= chars.len()
}

fn is_step(from: char, to: char) -> bool {
    let along = |row: &&str| {
        let mut pairs = row.chars().zip(row.chars().skip(1));
        pairs.any(|(a, b)| (a, b) == (from, to) || (b, a) == (from, to))
    };
    u32::from(from).abs_diff(u32::from(to)) <= 1
        || matches!((from, to), ('9', '0') | ('0', '9'))
        || ROWS.iter().any(along)
}

/// A piece of up to six characters again and again, the last time perhaps cut off.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=6).any(|piece| piece * 2 <= chars.len() && chars.iter().zip(&chars[piece..]).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> bool {
        why(password, "amina.diallo@example.org", "Amina Diallo").is_some()
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in [
            "1234567890",
            "0987654321",
            "abcdefghij",
            "ZYXWVUTSRQ",
            "aaaaaaaaaaaa",
            "__________",
            "1111122222",
            "qwertyuiop",
            "Azertyuiop",
            "1qaz2wsx3edc",
            "1q2w3e4r5t",
            "1 2 3 4 5 6 7 8 9 0",
            "qwerty123456",
            "abc123abc123",
            "mail-mail-mail",
            "абвгдежзик",
            "password123",
            "Password2026!",
            "P@ssw0rd-2026",
            "Pa$$w0rd1234",
            "!!Welcome2026!!",
            "iloveyou1234",
            "motdepasse1",
            "contraseña1",
            "Mailgate-2026",
            "our m@ilg@te here",
            "OpenSPP forever",
            "Grievance desk 7",
            "amina.diallo@example.org",
            "xx-amina-diallo-xx",
            "AMINA and a goat",
            "Díállo is at work",
            "a.m.i.n.a the great",
        ] {
            assert!(refused(password), "{password}");
        }
    }

    #[test]
    fn good_passwords_are_taken() {
        for password in [
            "correct horse battery staple",
            "another quite long one",
            "k7wq-x2mf-9rpd-h4ta",
            "nous partons demain matin",
            "property of the crown",
            "3f9a1c77e0",
            "pässwörter",
            "example with forty goats",
            "yellow river stone",
        ] {
            assert!(!refused(password), "{password}: {:?}", why(password, "amina.diallo@example.org", "Amina Diallo"));
        }
        assert_eq!(why("two goats by the sea", "bo", "Bo Li"), None, "two letters stand everywhere");
    }

    #[test]
    fn the_list_is_what_it_says() {
        let lines: Vec<&str> = USUAL.lines().collect();
        assert!(lines.len() >= 200, "{}", lines.len());
        for line in &lines {
            assert!(line.chars().count() >= 10 && fold(line) == *line, "{line:?}");
        }
        let mut once = lines.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once, lines, "sorted, each once");
    }
}
