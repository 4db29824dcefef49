//! The text of a record that searches look in, composed in this one place: when a mail, a client or a person makes the
//! record, and whenever one of its names or its text changes.
//!
//! It is two lines, each folded as a search is ([`super::text::fold`]): what names the record, then what was said.

use super::text::{fold, shorten};

/// Characters of what was said that can be searched for.
const SAID: usize = 4_000;

/// What names a record; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    pub number: &'a str,
    pub name: &'a str,
    /// The linked contact's.
    pub contact: &'a str,
    /// The sender as the mail named him.
    pub partner_name: &'a str,
    pub partner_email: &'a str,
}

impl Names<'_> {
    /// The whole text, with the words of the mail or the description.
    pub fn with_text(&self, said: &str) -> String {
        format!("{}\n{}", self.line(), fold(&shorten(said, SAID)))
    }

    /// The whole text once a name has changed. One that was composed before it had lines stays whole as what was said: a
    /// record that was found by a word is found by it still.
    pub fn renamed(&self, searched: &str) -> String {
        let said = searched.split_once('\n').map_or(searched, |(_, said)| said);
        format!("{}\n{said}", self.line())
    }

    fn line(&self) -> String {
        fold(&[self.number, self.name, self.contact, self.partner_name, self.partner_email].join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn whatever_a_record_is_called_it_keeps_its_number_and_its_words() {
        let names = Names { number: "2026-000001", name: "2026", partner_email: "a@x.example", ..Names::default() };
        let first = names.with_text("Reçu\n2026-000001 is lost");
        assert_eq!(first, "2026-000001 2026 a@x.example\nrecu 2026-000001 is lost");
        let second = Names { name: "Card", ..names }.renamed(&first);
        assert_eq!(second, "2026-000001 card a@x.example\nrecu 2026-000001 is lost");
        let old = Names { name: "Card", ..names }.renamed("-000001 old words");
        assert_eq!(old, "2026-000001 card a@x.example\n-000001 old words");
    }
}
