//! An e-mail address as RFC 5322 has it, and its comparable form.

/// One mailbox of a From, To or Cc header. `address` is empty where the header names nobody
/// (`MAILER-DAEMON`, `<>`); the name is decoded and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Address {
    pub name: String,
    pub address: String,
}

impl Address {
    /// The address as contacts are compared by: lower case, without the plus-part (RFC 5233).
    pub fn normalized(&self) -> Option<String> {
        normalize(&self.address)
    }

    /// What [`Address::display`] made.
    pub fn from_display(display: &str) -> Self {
        let parts = display.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
        match parts {
            Some((name, address)) => Self { name: name.trim().to_owned(), address: address.to_owned() },
            None if display.contains('@') => Self { name: String::new(), address: display.to_owned() },
            None => Self { name: display.to_owned(), address: String::new() },
        }
    }

    /// How a person reads it: `Amina Diallo <amina@people.example>`.
    pub fn display(&self) -> String {
        match (self.name.is_empty(), self.address.is_empty()) {
            (true, _) => self.address.clone(),
            (false, true) => self.name.clone(),
            (false, false) => format!("{} <{}>", self.name, self.address),
        }
    }
}

/// See [`Address::normalized`]. None where the text is no address. A name before it does not matter:
/// `Amina <amina@people.example>`.
pub fn normalize(address: &str) -> Option<String> {
    let bare = address.trim().strip_suffix('>').and_then(|text| Some(text.rsplit_once('<')?.1)).unwrap_or(address);
    let (local, domain) = bare.trim().rsplit_once('@')?;
    let local = local.split_once('+').map_or(local, |(before, _)| before);
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    Some(format!("{}@{}", local.to_lowercase(), domain.to_lowercase()))
}

/// Whether one of the addresses in a field that may hold several, with names, is this one; it is in the form of
/// [`normalize`].
pub fn has_address(field: &str, normal: &str) -> bool {
    field.split([',', ';', '<', '>', ' ']).any(|word| normalize(word).as_deref() == Some(normal))
}

#[cfg(test)]
mod tests {
    use super::{has_address, normalize};

    #[test]
    fn case_and_plus_part_do_not_matter() {
        assert_eq!(normalize("Amina+grm@People.Example").as_deref(), Some("amina@people.example"));
        assert_eq!(normalize("Amina <Amina@People.Example> ").as_deref(), Some("amina@people.example"));
        assert_eq!(normalize("MAILER-DAEMON"), None);
        assert_eq!(normalize("+x@y"), None);
    }

    #[test]
    fn an_address_is_found_however_it_was_stored() {
        for stored in [
            "amina@people.example",
            "AMINA@People.example",
            "Amina Diallo <amina@people.example>",
            "amina+grm@people.example",
            "other@x.example, amina@people.example",
        ] {
            assert!(has_address(stored, "amina@people.example"), "{stored}");
        }
        for stored in ["", "aminata@people.example", "amina@people.example.org", "xamina@people.example"] {
            assert!(!has_address(stored, "amina@people.example"), "{stored}");
        }
    }
}
