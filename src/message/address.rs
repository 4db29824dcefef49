//! Address lists (RFC 5322 §3.4) as people and programs really write them: one reading for the proper and the broken.

use super::{clean, words};
use crate::domain::address::Address;

/// Bytes looked at of one list, and addresses kept of it.
const LENGTH: usize = 64 << 10;
const ADDRESSES: usize = 200;
/// Characters of a display name, and of an address (RFC 5321 §4.5.3.1 has fewer).
const NAME: usize = 200;
const ADDRESS: usize = 320;

/// Every mailbox of a list, groups opened. `raw` still has its encoded words, since a comma may be in one of them.
pub(super) fn list(raw: &str) -> Vec<Address> {
    let raw = &raw[..raw.floor_char_boundary(LENGTH)];
    let found = mailboxes(raw);
    // Some mailers encode the whole field, brackets included.
    if raw.contains("=?") && !found.iter().any(|address| address.address.contains('@')) {
        let again = mailboxes(&words::decode(raw));
        if again.iter().any(|address| address.address.contains('@')) {
            return again;
        }
    }
    found
}

fn mailboxes(text: &str) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    // Names without an address: `Diallo` of `Diallo, Amina <amina@…>`.
    let mut waiting: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if found.len() + waiting.len() >= ADDRESSES {
            break;
        }
        let Some(address) = piece.address() else {
            waiting.extend(Some(piece.name()).filter(|name| !name.is_empty()));
            // A semicolon or the end of a group parts names for good.
            if piece.ends_group {
                found.extend(waiting.drain(..).map(|name| Address { name, address: String::new() }));
            }
            continue;
        };
        let mut name = piece.name();
        if piece.angle.is_some() && !waiting.is_empty() {
            waiting.push(name);
            waiting.retain(|name| !name.is_empty());
            name = clean::line(&waiting.join(", "), NAME);
            waiting.clear();
        }
        found.extend(waiting.drain(..).map(|name| Address { name, address: String::new() }));
        found.push(Address { name, address });
    }
    found.extend(waiting.into_iter().map(|name| Address { name, address: String::new() }));
    found
}

/// What stands between two commas.
#[derive(Debug, Default)]
struct AddressPiece {
    /// Outside quotes, comments and brackets; what is quoted is there without its quotes, in `quoted` too.
    words: String,
    /// Comments, without their parentheses.
    comment: String,
    /// Between `<` and `>`, without comments.
    angle: Option<String>,
    /// `"amina diallo"@people.example` without brackets.
    quoted_local: Option<String>,
    ends_group: bool,
}

impl AddressPiece {
    fn address(&self) -> Option<String> {
        let bare = |text: &str| {
            let text = clean::line(&words::decode(text), ADDRESS);
            let text = match text.split_once(':') {
                // A source route (RFC 5322 §4.4) is none of the address.
                Some((route, rest)) if route.starts_with('@') => rest,
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto") => rest.split('?').next().unwrap_or(rest),
                _ => text.as_str(),
            };
            let text = text.trim_matches(|c: char| "<>' ,;[]".contains(c)).trim_end_matches('.');
            // Blanks in quotes belong to the name of the mailbox.
            let spaced = text.starts_with('"') && text.contains("\"@");
            let address = if spaced { text.to_owned() } else { text.replace(['"', ' '], "") };
            let (local, domain) = address.rsplit_once('@')?;
            (!local.is_empty() && !domain.is_empty()).then_some(address)
        };
        if let Some(address) = self.angle.as_deref().and_then(bare) {
            return Some(address);
        }
        if let Some(address) = self.quoted_local.as_deref().and_then(bare) {
            return Some(address);
        }
        bare(
            &self
                .words
                .replace(" @", "@")
                .replace("@ ", "@")
                .split_whitespace()
                .find(|word| has_address(word))?
                .replace("mailto:", ""),
        )
    }

    fn name(&self) -> String {
        let mut name = clean::line(&words::decode(&self.words), NAME);
        if self.angle.as_deref().is_none_or(|angle| !angle.contains('@')) {
            let joined = name.replace(" @", "@").replace("@ ", "@");
            if let Some(address) = joined.split_whitespace().find(|word| has_address(word)) {
                name = joined.replacen(address, "", 1);
            }
            // `MAILER-DAEMON` in brackets is a name, not an address.
            if let Some(angle) =
                self.angle.as_deref().filter(|angle| !angle.trim().is_empty() && name.trim().is_empty())
            {
                name = clean::line(&words::decode(angle), NAME);
            }
        }
        let name = name.trim_matches(|c: char| "\"', []".contains(c));
        match name.is_empty() {
            true => clean::line(&words::decode(&self.comment), NAME).trim_matches(['"', '\'', ' ']).to_owned(),
            false => name.to_owned(),
        }
    }
}

fn has_address(word: &str) -> bool {
    word.trim_matches(|c: char| "<>()[]\"',;".contains(c))
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

/// Cuts a list at its commas and semicolons, in one pass.
fn pieces(text: &str) -> Vec<AddressPiece> {
    let mut pieces = Vec::new();
    let mut piece = AddressPiece::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            ',' | ';' => {
                piece.ends_group = c == ';';
                pieces.push(std::mem::take(&mut piece));
                after
            }
            '"' => match quoted(after) {
                Some((inside, after)) => {
                    if let Some(domain) = after.strip_prefix('@') {
                        let length =
                            domain.find(|c: char| c.is_whitespace() || "<>(),;\"".contains(c)).unwrap_or(domain.len());
                        piece.quoted_local = Some(format!("\"{inside}\"@{}", &domain[..length]));
                        &domain[length..]
                    } else {
                        piece.words.push_str(&inside);
                        after
                    }
                }
                // An apostrophe of somebody who had no other: it quotes nothing.
                None => after,
            },
            '(' => {
                let (inside, after) = comment(after);
                if !piece.comment.is_empty() {
                    piece.comment.push(' ');
                }
                piece.comment.push_str(inside);
                after
            }
            '<' => {
                let (inside, after) = angle(after);
                match &piece.angle {
                    // The later one is the address, unless it is none.
                    Some(known) if known.contains('@') && !inside.contains('@') => {}
                    _ => piece.angle = Some(inside),
                }
                after
            }
            '>' => after,
            // A group's name; but `mailto:` and what has an address already is none.
            ':' if !piece.words.trim().is_empty()
                && !piece.words.trim_end().to_ascii_lowercase().ends_with("mailto")
                && !piece.words.contains('@')
                && piece.angle.is_none() =>
            {
                piece = AddressPiece::default();
                after
            }
            '=' if rest.starts_with("=?") => {
                let length = word(rest);
                piece.words.push_str(&rest[..length]);
                &rest[length..]
            }
            c => {
                piece.words.push(c);
                after
            }
        };
    }
    pieces.push(piece);
    pieces
}

/// The length of the encoded word that a text begins with: a comma in it parts nothing.
fn word(text: &str) -> usize {
    let near = &text[..text.floor_char_boundary(1_000)];
    let end = near[2..].match_indices('?').nth(1).and_then(|(at, _)| {
        let payload = at + 3;
        near[payload..].find("?=").map(|end| (payload, payload + end + 2))
    });
    match end {
        Some((payload, end)) if !near[payload..end].contains('<') => end,
        _ => 2,
    }
}

/// What a quoted string says, and what follows it. None where it does not end.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((inside, &text[at + 1..])),
            '\\' => inside.extend(chars.next().map(|(_, c)| c)),
            c => inside.push(c),
        }
        if at > 2_000 {
            break;
        }
    }
    None
}

/// What a comment says, and what follows it; one that does not end goes to the end.
fn comment(text: &str) -> (&str, &str) {
    let (mut depth, mut escaped) = (1_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    (text, "")
}

/// What stands in angle brackets, and what follows. A bracket that is not closed ends with its address.
fn angle(text: &str) -> (String, &str) {
    let mut inside = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '>' => return (inside, after),
            ',' | ';' if inside.contains('@') && !inside.starts_with('@') => return (inside, rest),
            '<' if inside.contains('@') => return (inside, rest),
            '<' => rest = after,
            '(' => rest = comment(after).1,
            '"' => match quoted(after) {
                Some((quote, after)) => {
                    // Needed where the mailbox's name has what else would end it.
                    let plain = quote.chars().all(|c| c.is_alphanumeric() || "._-+@".contains(c));
                    inside.push_str(&if plain { quote } else { format!("\"{quote}\"") });
                    rest = after;
                }
                None => rest = after,
            },
            c => {
                inside.push(c);
                rest = after;
            }
        }
    }
    (inside, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> Vec<String> {
        list(raw).iter().map(Address::display).collect()
    }

    #[test]
    fn proper_lists() {
        assert_eq!(
            shown("\"Diallo, Amina\" <amina@people.example>, help: a@b.example, c@d.example;, x@y.example (Comment)"),
            ["Diallo, Amina <amina@people.example>", "a@b.example", "c@d.example", "Comment <x@y.example>"]
        );
        assert_eq!(shown("=?utf-8?Q?Diallo=2C_A?= <a@b.example>"), ["Diallo, A <a@b.example>"]);
        assert_eq!(shown("undisclosed-recipients:;"), [""; 0]);
        assert_eq!(shown("\"Addo \\\"Kofi\\\"\" <kofi@b.example>"), ["Addo \"Kofi <kofi@b.example>"]);
    }

    #[test]
    fn improper_ones() {
        for (raw, expected) in [
            ("MAILER-DAEMON", vec!["MAILER-DAEMON"]),
            ("<>", vec![]),
            ("Mail Delivery System <MAILER-DAEMON>", vec!["Mail Delivery System"]),
            ("Amina <amina@people.example", vec!["Amina <amina@people.example>"]),
            (
                "Amina <amina@people.example, Kofi <kofi@people.example>",
                vec!["Amina <amina@people.example>", "Kofi <kofi@people.example>"],
            ),
            ("amina@people.example; b@people.example", vec!["amina@people.example", "b@people.example"]),
            ("=?utf-8?Q?Amina_=3Camina=40people.example=3E?=", vec!["Amina <amina@people.example>"]),
            ("Amina @ Home <amina@people.example>", vec!["Amina @ Home <amina@people.example>"]),
            ("Diallo, Amina <amina@people.example>", vec!["Diallo, Amina <amina@people.example>"]),
            ("Addo, Kofi, PhD <kofi@people.example>", vec!["Addo, Kofi, PhD <kofi@people.example>"]),
            ("=?utf-8?Q?Diallo,_Am=C3=A9lie?= <a@b.example>", vec!["Diallo, Amélie <a@b.example>"]),
            ("amina@people.example (Amina Diallo)", vec!["Amina Diallo <amina@people.example>"]),
            ("Amina(my name) <amina(at work)@people.example(home)>", vec!["Amina <amina@people.example>"]),
            ("\"amina diallo\"@people.example", vec!["\"amina diallo\"@people.example"]),
            ("Amina <\"amina diallo\"@people.example>", vec!["Amina <\"amina diallo\"@people.example>"]),
            ("\"a@b.example\" <c@d.example>", vec!["a@b.example <c@d.example>"]),
            ("a@b.example <c@d.example>", vec!["a@b.example <c@d.example>"]),
            ("Amina amina@people.example", vec!["Amina <amina@people.example>"]),
            ("<mailto:amina@people.example>", vec!["amina@people.example"]),
            ("Amina [mailto:amina@people.example]", vec!["Amina <amina@people.example>"]),
            ("Amina < amina @ people.example >", vec!["Amina <amina@people.example>"]),
            ("<amina@people.example> Amina", vec!["Amina <amina@people.example>"]),
            ("<<amina@people.example>>", vec!["amina@people.example"]),
            ("<@relay.example,@x.example:amina@people.example>", vec!["amina@people.example"]),
            ("\"Amina <amina@people.example>", vec!["Amina <amina@people.example>"]),
            ("Amina \"Mina\" Diallo <a@b.example>", vec!["Amina Mina Diallo <a@b.example>"]),
            ("", vec![]),
        ] {
            assert_eq!(shown(raw), expected, "{raw}");
        }
    }

    #[test]
    fn hostile_lists_are_read_in_one_pass() {
        let started = std::time::Instant::now();
        for hostile in ["<", "\"", "(", "=?", "a,", "a:", "<a@b", "\"a\"@", "=?utf-8?Q?"] {
            list(&hostile.repeat(LENGTH / hostile.len()));
        }
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    proptest::proptest! {
        #[test]
        fn no_list_is_too_strange(text in "[a-z@<>()\"\\\\,;:=?é ]{0,80}") {
            for address in list(&text) {
                proptest::prop_assert!(address.address.is_empty() || address.address.contains('@'));
            }
        }
    }
}
