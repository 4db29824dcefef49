//! The addresses of a mail: lists of them as people and programs really write them, and which address is the writer's.

use super::head::{self, MailHead};
use super::{addresses, text};
use crate::domain::message::{Address, normalize_address};
use crate::domain::words::Sentence;
use crate::say;

/// Bytes of one list that are read, and addresses that are kept of it.
const LENGTH: usize = 64 << 10;
const ADDRESSES: usize = 200;
/// Characters of a display name, and of an address (RFC 5321 §4.5.3.1 has fewer).
const NAME: usize = 200;
const ADDRESS: usize = 320;

/// Every mailbox of a list, groups opened. `raw` still has its encoded words, since a comma may be in one of them.
///
/// Address lists (RFC 5322 §3.4) as people and programs really write them: one reading for the proper and the broken.
pub(super) fn list(raw: &str) -> Vec<Address> {
    let raw = &raw[..raw.floor_char_boundary(LENGTH)];
    let found = mailboxes(raw);
    // Some mailers encode the whole field, brackets included.
    if raw.contains("=?") && !found.iter().any(|address| address.address.contains('@')) {
        let again = mailboxes(&head::decode_words(raw));
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
            // Behind a semicolon or the end of a group, a waiting name belongs to no address.
            if piece.ends_group {
                found.extend(waiting.drain(..).map(|name| Address { name, address: String::new() }));
            }
            continue;
        };
        let mut name = piece.name();
        if piece.angle.is_some() && !waiting.is_empty() {
            waiting.push(name);
            waiting.retain(|name| !name.is_empty());
            name = text::line(&waiting.join(", "), NAME);
            waiting.clear();
        }
        found.extend(waiting.drain(..).map(|name| Address { name, address: String::new() }));
        found.push(Address { name, address });
    }
    found.extend(waiting.into_iter().map(|name| Address { name, address: String::new() }));
    found
}

/// The piece of a list between two commas.
#[derive(Debug, Default)]
struct AddressPiece {
    /// The text outside of quotes, comments and brackets; what is quoted is there without its quotes, and in `quoted` too.
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
            let text = text::line(&head::decode_words(text), ADDRESS);
            let text = match text.split_once(':') {
                // A source route (RFC 5322 §4.4) is not part of the address.
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
        let mut name = text::line(&head::decode_words(&self.words), NAME);
        if self.angle.as_deref().is_none_or(|angle| !angle.contains('@')) {
            let joined = name.replace(" @", "@").replace("@ ", "@");
            if let Some(address) = joined.split_whitespace().find(|word| has_address(word)) {
                name = joined.replacen(address, "", 1);
            }
            // `MAILER-DAEMON` in brackets is a name, not an address.
            if let Some(angle) =
                self.angle.as_deref().filter(|angle| !angle.trim().is_empty() && name.trim().is_empty())
            {
                name = text::line(&head::decode_words(angle), NAME);
            }
        }
        let name = name.trim_matches(|c: char| "\"', []".contains(c));
        match name.is_empty() {
            true => text::line(&head::decode_words(&self.comment), NAME).trim_matches(['"', '\'', ' ']).to_owned(),
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
                // An apostrophe in a name: it quotes nothing.
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
                    // The last bracket holds the address, unless what it holds is none.
                    Some(known) if known.contains('@') && !inside.contains('@') => {}
                    _ => piece.angle = Some(inside),
                }
                after
            }
            '>' => after,
            // A group's name; `mailto:`, or something behind an address, is none.
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

/// The length of the encoded word that a text begins with: a comma in it separates nothing.
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
                    // The quotes are needed only where the local part has characters that would end it.
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

/// The address in From, even one of a group or a web form: it tells machines from people, and one mail from another.
pub(super) fn stated_sender(head: &MailHead) -> Option<Address> {
    addresses(head, &["from"]).into_iter().find(|address| !address.address.is_empty())
}

/// Who wrote a mail; what had to be assumed goes into `notes`.
///
/// That is the first real address in From, rather than any field of the envelope; where From stands for a group or a web
/// form, the person behind it.
pub(super) fn sender(head: &MailHead, notes: &mut Vec<Sentence>) -> Address {
    let named = addresses(head, &["from"]);
    let Some(from) = named.iter().find(|address| !address.address.is_empty()).cloned() else {
        return stand_in(head, named.into_iter().next().unwrap_or_default(), notes);
    };
    if let Some(person) = behind_group(head, &from) {
        notes.push(say!("note-group", address = from.address));
        return person;
    }
    if is_no_reply(&from.address)
        && let Some(person) = other_address(head, &["reply-to"], &from)
    {
        notes.push(say!("note-reply-to", address = from.address));
        let name = if person.name.is_empty() { local_name(&from) } else { person.name };
        return Address { name, address: person.address };
    }
    from
}

/// Where From names nobody: the address of the next best field.
fn stand_in(head: &MailHead, from: Address, notes: &mut Vec<Sentence>) -> Address {
    for (name, title) in [("sender", "Sender"), ("reply-to", "Reply-To"), ("return-path", "Return-Path")] {
        let stand_in = addresses(head, &[name]).into_iter().find(|address| !address.address.is_empty());
        if let Some(stand_in) = stand_in {
            notes.push(say!("note-stand-in", title));
            let name = if from.name.is_empty() { stand_in.name } else { from.name };
            return Address { name, address: stand_in.address };
        }
    }
    notes.push(say!("note-no-sender"));
    from
}

/// Groups put their own address into From, as DMARC demands, and the writer's into Reply-To or a field of their own.
fn behind_group(head: &MailHead, from: &Address) -> Option<Address> {
    let listed =
        ["list-id", "list-post", "mailing-list", "x-google-group-id", "x-mailman-version", "x-original-sender"]
            .iter()
            .any(|name| head.has(name));
    let via = via(&from.name);
    let posts = addresses(head, &["list-post"]).iter().any(|list| is_same(&list.address, &from.address));
    if !listed || via.is_none() && !posts {
        return None;
    }
    let mut person = other_address(head, &["x-original-from", "x-original-sender"], from).or_else(|| {
        let reply = other_address(head, &["reply-to"], from)?;
        let lists = addresses(head, &["list-post", "to", "cc"]);
        (!lists.iter().any(|list| is_same(&list.address, &reply.address))).then_some(reply)
    })?;
    if person.name.is_empty() {
        person.name = via.unwrap_or_default();
    }
    Some(person)
}

/// `'Kwame Mensah' via Field Office`: the name before the word.
fn via(name: &str) -> Option<String> {
    let (before, _) = name.split_once(" via ")?;
    let before = before.trim_matches(|c: char| c.is_whitespace() || "'\"‘’“”".contains(c));
    (!before.is_empty()).then(|| text::line(before, 200))
}

/// The first address in these fields that is not the one in From and accepts mail.
fn other_address(head: &MailHead, names: &[&str], from: &Address) -> Option<Address> {
    let wanted = |address: &Address| {
        !address.address.is_empty() && !is_same(&address.address, &from.address) && !is_no_reply(&address.address)
    };
    addresses(head, names).into_iter().find(wanted)
}

fn is_same(one: &str, other: &str) -> bool {
    normalize_address(one) == normalize_address(other)
}

/// A form's From may carry the person's name: `Amina Diallo <wordpress@…>`.
fn local_name(from: &Address) -> String {
    let program = ["wordpress", "reply", "form", "website", "notification", "webmaster"];
    let name = from.name.to_lowercase();
    if program.iter().any(|word| name.contains(word)) { String::new() } else { from.name.clone() }
}

/// An address that programs send from and nobody reads.
fn is_no_reply(address: &str) -> bool {
    let Some((local, _)) = address.rsplit_once('@') else { return false };
    let local = local.split('+').next().unwrap_or_default().to_ascii_lowercase();
    let letters: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "dontreply", "notreply", "nepasrepondre", "norespond", "noresponder", "naoresponda"]
        .iter()
        .any(|word| letters.starts_with(word) || letters.ends_with(word))
        || matches!(
            letters.as_str(),
            "wordpress"
                | "wwwdata"
                | "apache"
                | "nginx"
                | "nobody"
                | "form"
                | "forms"
                | "webform"
                | "webforms"
                | "formmail"
                | "contactform"
                | "formresponses"
                | "formsreceiptsnoreply"
        )
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

    fn of(lines: &[&str]) -> (String, usize) {
        let mut head = MailHead::default();
        lines.iter().for_each(|line| head.push(line.as_bytes()));
        let mut notes = Vec::new();
        (sender(&head, &mut notes).display(), notes.len())
    }

    #[test]
    fn from_comes_before_the_envelope() {
        for lines in [
            ["From: Diallo, Amina <amina@people.example>", "Reply-To: Office <office@x.example>"],
            ["From: Diallo, Amina <amina@people.example>", "Return-Path: <bounces@relay.example>"],
            ["From: Diallo, Amina <amina@people.example>", "Sender: other@x.example"],
            ["From: \"Diallo, Amina\" <amina@people.example>", "From: later@x.example"],
        ] {
            assert_eq!(of(&lines), ("Diallo, Amina <amina@people.example>".to_owned(), 0), "{lines:?}");
        }
        assert_eq!(of(&["From: Amina", "Reply-To: a@b.example"]), ("Amina <a@b.example>".to_owned(), 1));
        assert_eq!(of(&["From: Amina", "From: a@b.example"]), ("a@b.example".to_owned(), 0));
        assert_eq!(of(&["From: <>"]), (String::new(), 1));
    }

    #[test]
    fn behind_a_group_is_a_person() {
        let kwame = ("Kwame Mensah <kwame@people.example>".to_owned(), 1);
        let from = "From: \"'Kwame Mensah' via Field Office\" <field@office.example>";
        let list = "List-ID: <field.office.example>";
        assert_eq!(of(&[from, list, "X-Original-From: Kwame Mensah <kwame@people.example>"]), kwame);
        assert_eq!(of(&[from, list, "X-Original-Sender: kwame@people.example"]), kwame);
        assert_eq!(of(&[from, list, "Reply-To: Kwame Mensah <kwame@people.example>"]), kwame);
        let mailman = "From: Kwame Mensah via Field <field@office.example>";
        assert_eq!(of(&[mailman, list, "Reply-To: field@office.example, kwame@people.example"]), kwame);
        // Nobody else is named, or nothing says that it is a group.
        assert_eq!(of(&[mailman, list, "Reply-To: field@office.example"]).1, 0);
        assert_eq!(of(&[mailman, "Reply-To: kwame@people.example"]).1, 0);
        let plain = ["From: Kwame <kwame@people.example>", list, "Reply-To: field@office.example"];
        assert_eq!(of(&plain), ("Kwame <kwame@people.example>".to_owned(), 0));
    }

    #[test]
    fn behind_a_form_is_a_person() {
        for from in [
            "no-reply@site.example",
            "WordPress <wordpress@site.example>",
            "do_not_reply@x.example",
            "Forms <noreply-forms@x.example>",
        ] {
            let found = of(&[&format!("From: {from}"), "Reply-To: Amina <amina@people.example>"]);
            assert_eq!(found, ("Amina <amina@people.example>".to_owned(), 1), "{from}");
        }
        assert_eq!(
            of(&["From: Amina Diallo <noreply@x.example>", "Reply-To: amina@people.example"]),
            ("Amina Diallo <amina@people.example>".to_owned(), 1)
        );
        assert_eq!(
            of(&["From: no-reply@x.example", "Reply-To: noreply@x.example"]),
            ("no-reply@x.example".to_owned(), 0)
        );
        assert_eq!(of(&["From: norah@x.example", "Reply-To: a@b.example"]), ("norah@x.example".to_owned(), 0));
    }
}
