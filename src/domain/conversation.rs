//! A record's conversation: who is on it, and what its entries are.

use std::fmt::Write;

use super::id::PartnerId;
use super::message::{Address, Message, normalize_address};
use super::text::fold;

// Who is on a record: those who wrote or received its mail. A reply joins where its sender is among them.

/// Recipients of one mail that count; mail to more is a circular.
const RECIPIENTS: usize = 100;
/// Bytes of a record's list; people who come after that are not on it.
pub const LIST: usize = 16 << 10;
/// Names that do not belong to a person.
const NO_NAMES: &[&str] = &[
    "admin",
    "administrator",
    "anonymous",
    "contact",
    "email",
    "e-mail",
    "guest",
    "help",
    "helpdesk",
    "info",
    "mail",
    "me",
    "moi",
    "no reply",
    "noreply",
    "no-reply",
    "office",
    "owner",
    "root",
    "sender",
    "support",
    "test",
    "unknown",
    "user",
    "webmaster",
    "yo",
];

/// Stored as text with a line for each: `w:` an address that wrote, `r:` one that received, `n:` a name, folded, and `c:` a
/// contact that wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People(String);

/// How somebody is involved in a record; later ones count more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Involvement {
    Stranger,
    /// Somebody of this name is on it.
    Namesake,
    Received,
    Wrote,
    /// An officer.
    Works,
}

/// The sender of a mail, ready to be looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SoughtSender {
    pub address: Option<String>,
    pub name: Option<String>,
    pub contact: Option<PartnerId>,
}

impl SoughtSender {
    pub fn of(from: &Address, contact: Option<PartnerId>) -> Self {
        Self { address: from.normalized(), name: name_of(&from.name), contact }
    }

    pub fn has_address(&self, address: Option<&str>) -> bool {
        self.address.is_some() && self.address == address.and_then(normalize_address)
    }

    pub fn has_name(&self, name: Option<&str>) -> bool {
        self.name.is_some() && self.name == name.and_then(name_of)
    }
}

impl People {
    /// The people of one mail. `contact` is the sender's.
    pub fn of(message: &Message, contact: Option<PartnerId>) -> Self {
        let mut people = Self::default();
        people.wrote(&message.from);
        message.reply_to.iter().take(RECIPIENTS).for_each(|address| people.wrote(address));
        if let Some(contact) = contact {
            people.add('c', &contact.to_string());
        }
        for address in message.to.iter().chain(&message.cc).take(RECIPIENTS) {
            if let Some(address) = address.normalized() {
                people.add('r', &address);
            }
            if let Some(name) = name_of(&address.name) {
                people.add('n', &name);
            }
        }
        people
    }

    /// Reads the stored text.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn wrote(&mut self, from: &Address) {
        if let Some(address) = from.normalized() {
            self.add('w', &address);
        }
        if let Some(name) = name_of(&from.name) {
            self.add('n', &name);
        }
    }

    /// Adds all of `others` that there is room for, and returns what was added.
    pub fn welcome(&mut self, others: &People) -> String {
        let mut added = String::new();
        for line in others.0.lines().filter(|line| !line.is_empty()) {
            if !self.has(line) && self.0.len() + line.len() < LIST {
                added.push_str(line);
                added.push('\n');
                self.0.push_str(line);
                self.0.push('\n');
            }
        }
        added
    }

    pub fn standing(&self, who: &SoughtSender) -> Involvement {
        let has =
            |kind: char, text: &Option<String>| text.as_ref().is_some_and(|text| self.has(&format!("{kind}:{text}")));
        if has('w', &who.address) || has('c', &who.contact.map(|contact| contact.to_string())) {
            Involvement::Wrote
        } else if has('r', &who.address) {
            Involvement::Received
        } else if has('n', &who.name) {
            Involvement::Namesake
        } else {
            Involvement::Stranger
        }
    }

    /// Whether somebody who wrote here is among the people of `mail`.
    pub fn wrote_to(&self, mail: &People) -> bool {
        let writers = self.0.lines().filter_map(|line| Some((line, line.strip_prefix("w:")?)));
        let mut writers = writers.map(|(line, address)| mail.has(line) || mail.has(&format!("r:{address}")));
        writers.any(|known| known)
    }

    fn add(&mut self, kind: char, text: &str) {
        let line = format!("{kind}:{text}");
        if !self.has(&line) && self.0.len() + line.len() < LIST && !text.contains('\n') {
            // Writing to a string does not fail.
            let _ = writeln!(self.0, "{line}");
        }
    }

    fn has(&self, line: &str) -> bool {
        self.0.lines().any(|one| one == line)
    }
}

/// A display name that identifies somebody, folded.
fn name_of(name: &str) -> Option<String> {
    let name = fold(name);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 2 && !name.contains('@') && !NO_NAMES.contains(&name.as_str())).then_some(name)
}

crate::coded! {
    /// Odoo's `message_type`.
    pub enum PostKind {
        /// A mail: it has its row in the ledger.
        Email = "email",
        /// A note, or what a client posted.
        Comment = "comment",
        /// What was changed, or what Mailgate itself says.
        Notification = "notification",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        let (name, address) =
            text.split_once(" <").map_or(("", text), |(name, rest)| (name, rest.trim_end_matches('>')));
        Address { name: name.into(), address: address.into() }
    }

    fn mail(from: &str, to: &[&str]) -> Message {
        Message { from: address(from), to: to.iter().map(|to| address(to)).collect(), ..Message::default() }
    }

    #[test]
    fn whoever_wrote_or_received_is_on_it_and_a_namesake_perhaps() {
        let people = People::of(
            &mail("Amina Diallo <amina+x@a.example>", &["Moussa <m@b.example>", "grm@gov.example"]),
            Some(PartnerId(7)),
        );
        for (from, contact, standing) in [
            ("Somebody <AMINA@A.example>", None, Involvement::Wrote),
            ("other@c.example", Some(7), Involvement::Wrote),
            ("M@b.example", None, Involvement::Received),
            ("AMINA  DIALLO <amina@c.example>", None, Involvement::Namesake),
            ("Moussa <x@c.example>", None, Involvement::Namesake),
            ("Awa <x@c.example>", Some(8), Involvement::Stranger),
            ("", None, Involvement::Stranger),
        ] {
            let who = SoughtSender::of(&address(from), contact.map(PartnerId));
            assert_eq!(people.standing(&who), standing, "{from}");
        }
        let office = People::of(&mail("Info <a@x>", &["Info <b@x>"]), None);
        assert_eq!(
            office.standing(&SoughtSender::of(&address("Info <c@x>"), None)),
            Involvement::Stranger,
            "no person's name"
        );
    }

    #[test]
    fn a_list_grows_by_what_is_new_and_stays_bounded() {
        let mut people = People::of(&mail("Amina <amina@a.example>", &["grm@gov.example"]), None);
        let reply = People::of(&mail("Grm <grm@gov.example>", &["amina@a.example"]), None);
        assert_eq!(people.welcome(&reply), "w:grm@gov.example\nn:grm\nr:amina@a.example\n");
        assert_eq!(people.welcome(&reply), "");
        for n in 0..5_000 {
            people.welcome(&People::of(&mail(&format!("writer{n}@a.example"), &[]), None));
        }
        assert!(people.as_str().len() <= LIST);
    }

    #[test]
    fn a_mail_that_comes_after_its_answer_knows_who_answered() {
        let answer = People::of(&mail("grm@gov.example", &["amina@a.example"]), None);
        assert!(answer.wrote_to(&People::of(&mail("amina@a.example", &["GRM@gov.example"]), None)));
        let neighbour = People::of(&mail("n@a.example", &["grm@gov.example"]), None);
        assert!(!neighbour.wrote_to(&People::of(&mail("amina@a.example", &["grm@gov.example"]), None)));
    }
}
