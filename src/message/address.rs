//! Address lists (RFC 5322 §3.4) as people and programs really write them.

use mailparse::{MailAddr, SingleInfo, addrparse};

use super::{clean, words};
use crate::domain::address::Address;

/// Bytes looked at of one list, and addresses kept of it.
const LENGTH: usize = 64 << 10;
const ADDRESSES: usize = 200;
/// Characters of a display name, and of an address (RFC 5321 §4.5.3.1 has fewer).
const NAME: usize = 200;
const ADDRESS: usize = 320;

/// Every mailbox of a list, groups opened. `raw` still has its encoded words, since a comma may be in one of them.
pub fn list(raw: &str) -> Vec<Address> {
    let raw = &raw[..raw.floor_char_boundary(LENGTH)];
    let found = match addrparse(raw) {
        Ok(parsed) => parsed.iter().flat_map(singles).take(ADDRESSES).map(address).collect(),
        Err(_) => split(raw),
    };
    // Some mailers encode the whole field, brackets included.
    let hidden = |found: &[Address]| found.iter().all(|address| !address.address.contains('@'));
    if hidden(&found) && raw.contains("=?") {
        let decoded = words::decode(raw);
        let again = split(&decoded);
        if !hidden(&again) {
            return again;
        }
    }
    found
}

fn singles(entry: &MailAddr) -> Vec<&SingleInfo> {
    match entry {
        MailAddr::Single(single) => vec![single],
        MailAddr::Group(group) => group.addrs.iter().collect(),
    }
}

fn address(single: &SingleInfo) -> Address {
    let name = single.display_name.as_deref().unwrap_or_default();
    made(name, &single.addr)
}

fn made(name: &str, address: &str) -> Address {
    let name = clean::line(&words::decode(name), NAME);
    let address = clean::line(&words::decode(address), ADDRESS);
    let address = address.trim_matches(|c: char| "<>\"' ,;".contains(c));
    let address = address.strip_prefix("mailto:").unwrap_or(address).replace(' ', "");
    let name = name.trim_matches(['"', '\'', ' ']).to_owned();
    match address.contains('@') {
        true => Address { name, address },
        // `MAILER-DAEMON` is a name, not an address.
        false if name.is_empty() => Address { name: address, address: String::new() },
        false => Address { name, address: String::new() },
    }
}

/// A list that is no proper one: cut at commas and semicolons outside quotes and brackets.
fn split(text: &str) -> Vec<Address> {
    let (mut quoted, mut bracketed) = (false, false);
    let pieces = text.split(|c| {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            _ => {}
        }
        matches!(c, ',' | ';') && !quoted && !bracketed
    });
    pieces
        .map(|piece| match piece.rsplit_once('<') {
            Some((name, address)) => made(name, address.split('>').next().unwrap_or_default()),
            None => match piece.split_whitespace().find(|word| word.contains('@')) {
                Some(word) => made(&piece.replacen(word, "", 1), word),
                None => made(piece, ""),
            },
        })
        .filter(|address| !address.name.is_empty() || !address.address.is_empty())
        .take(ADDRESSES)
        .collect()
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
            ["Diallo, Amina <amina@people.example>", "a@b.example", "c@d.example", "x@y.example"]
        );
        assert_eq!(shown("=?utf-8?Q?Diallo=2C_A?= <a@b.example>"), ["Diallo, A <a@b.example>"]);
    }

    #[test]
    fn improper_ones() {
        for (raw, expected) in [
            ("MAILER-DAEMON", vec!["MAILER-DAEMON"]),
            ("<>", vec![]),
            ("Mail Delivery System <MAILER-DAEMON>", vec!["Mail Delivery System"]),
            ("Amina <amina@people.example", vec!["Amina <amina@people.example>"]),
            ("amina@people.example; b@people.example", vec!["amina@people.example", "b@people.example"]),
            ("=?utf-8?Q?Amina_=3Camina=40people.example=3E?=", vec!["Amina <amina@people.example>"]),
            ("Amina @ Home <amina@people.example>", vec!["Amina @ Home <amina@people.example>"]),
            ("", vec![]),
        ] {
            assert_eq!(shown(raw), expected, "{raw}");
        }
    }
}
