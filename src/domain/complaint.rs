//! What went wrong, for the person who has to do with it: the one form of every error that reaches somebody, and of what
//! the ledger and the rows of servers and connections keep of it.

use std::fmt;

use super::words::{Argument, Key, Sentence};

/// What happened, to which object, and what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Complaint {
    /// What happened, naming the object; with another server's own words where it said some. Never a secret.
    pub what: Sentence,
    /// What to do; empty where only waiting helps, or `what` says it.
    pub remedy: Sentence,
}

impl Complaint {
    pub fn new(what: Sentence, remedy: Sentence) -> Self {
        Self { what, remedy }
    }

    #[doc(hidden)]
    pub fn of<const N: usize>(key: Key, remedy: &'static str, arguments: [(&'static str, Argument); N]) -> Self {
        let (what, remedy) = Sentence::with_remedy(key, remedy, arguments);
        Self { what, remedy }
    }

    #[must_use]
    pub fn with_remedy(self, remedy: Sentence) -> Self {
        Self { remedy, ..self }
    }

    /// Both, one behind the other.
    pub fn in_full(&self) -> Sentence {
        Sentence::several([self.what.clone(), self.remedy.clone()])
    }

    /// Both as their reader understands them.
    pub fn in_language(&self, language: &str) -> String {
        self.in_full().in_language(language)
    }

    /// With `change` made to the words in it that are not ours.
    #[must_use]
    pub fn changed(&self, change: &dyn Fn(&str) -> String) -> Self {
        Self { what: self.what.changed(change), remedy: self.remedy.changed(change) }
    }
}

impl AsRef<Complaint> for Complaint {
    fn as_ref(&self) -> &Complaint {
        self
    }
}

impl From<Sentence> for Complaint {
    fn from(what: Sentence) -> Self {
        Self { what, remedy: Sentence::default() }
    }
}

/// In English, in full.
impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_full())
    }
}

#[cfg(test)]
mod tests {
    use crate::complain;

    #[test]
    fn its_reader_is_told_in_his_language_what_happened_and_what_to_do() {
        let complaint = complain!("user-last-admin", name = "Fatima");
        assert_eq!(complaint.to_string(), "Fatima is the last active System Admin. Make somebody else one first.");
        assert_eq!(
            complaint.in_language("fr"),
            "Fatima est le dernier administrateur système actif. Donnez d’abord ce rôle à quelqu’un d’autre."
        );
    }
}
