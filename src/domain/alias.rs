//! An alias: an address that mail is written to, and what becomes of it (Odoo: `mail.alias`).

use super::words::Sentence;
use crate::say;
use serde_json::{Map, Value};

use super::Invalid;
use super::filter::python;
use super::id::{AliasId, RecordId};
use super::message::Address;
use super::rights::Object;
use super::setting::{ObjectFacts, SettingField, SettingKind, SettingsObject};

crate::coded! {
    /// Who may write to an alias.
    pub enum AliasContact {
        Everyone = "everyone",
        /// Only senders who are contacts; mail of others is held.
        Partners = "partners",
    }
}

impl AliasContact {
    /// As clients of the API see it.
    pub fn label(self) -> Sentence {
        match self {
            AliasContact::Everyone => say!("api-alias-everyone"),
            AliasContact::Partners => say!("api-alias-partners"),
        }
    }
}

/// Everything that an administrator sets on an alias, already valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    pub id: AliasId,
    pub address: AliasAddress,
    /// Technical name of the record type.
    pub model: String,
    /// Values of a new record, by field name.
    pub defaults: Map<String, Value>,
    /// All its mail joins this record of `model`.
    pub record: Option<RecordId>,
    pub contact: AliasContact,
    pub active: bool,
}

impl SettingsObject for Alias {
    type Id = AliasId;

    const NAME: fn() -> Sentence = || say!("name-alias");
    const NAMES: fn() -> Sentence = || say!("names-aliases");
    const MODEL: &'static str = "mail.alias";
    const OBJECT: Object = Object::Aliases;
    const WORDS: &'static str = "aliases";
    const FIELDS: &'static [SettingField<Self>] = &[
        SettingField::<Self>::part("name", SettingKind::Line(320), |alias| alias.address.name.clone())
            .required(Sentence::default)
            .at("address")
            .api_as("alias_name", "Alias Name", "name"),
        SettingField::<Self>::part("domain", SettingKind::Line(253), |alias| alias.address.domain.clone())
            .at("address")
            .api_as("alias_domain", "Alias Domain", "domain"),
        crate::field!(contact: choice(AliasContact, label)).or_say(|| say!("alias-contact")).at("address").api_as(
            "alias_contact",
            "Alias Contact Security",
            "contact",
        ),
        SettingField::<Self>::part("object_model", SettingKind::Choice(Vec::new), |alias| alias.model.clone())
            .required(Sentence::default)
            .at("becomes"),
        SettingField::<Self>::part("defaults", SettingKind::Text, |alias| match alias.defaults.is_empty() {
            true => String::new(),
            false => python(&Value::Object(alias.defaults.clone())),
        })
        .at("becomes")
        .api_as("alias_defaults", "Default Values", "defaults"),
        SettingField::<Self>::part("record", SettingKind::Line(40), |alias| {
            alias.record.map_or(String::new(), |id| id.to_string())
        })
        .at("becomes"),
    ];

    fn blank() -> Self {
        Self {
            id: AliasId(0),
            address: AliasAddress { name: "example".into(), domain: String::new() },
            model: String::new(),
            defaults: Map::new(),
            record: None,
            contact: AliasContact::Everyone,
            active: true,
        }
    }

    fn id(&self) -> AliasId {
        self.id
    }

    fn facts(&self) -> ObjectFacts {
        ObjectFacts { name: self.address.to_string(), state: None, active: self.active }
    }
}

/// A local part and, if it is for one domain only, that domain; both in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasAddress {
    name: String,
    domain: String,
}

impl AliasAddress {
    /// Reads the two fields of the form; a whole address in the first one fills both.
    pub fn parse(name: &str, domain: &str) -> Result<Self, Invalid> {
        let (name, domain) = (name.trim().to_lowercase(), domain.trim().trim_start_matches('@').to_lowercase());
        let (name, domain) = match name.split_once('@') {
            Some((local, at)) if domain.is_empty() || domain == at => (local.to_owned(), at.to_owned()),
            Some(_) => return Err(Invalid::new("name", say!("alias-local-part"))),
            None => (name, domain),
        };
        // RFC 5322 dot-atom, without the plus that separates a detail (RFC 5233).
        let fine = |c: char| c.is_alphanumeric() || "!#$%&'*/=?^_`{|}~-.".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(fine) || name.split('.').any(str::is_empty) {
            let words = say!("alias-name");
            return Err(Invalid::new("name", words));
        }
        let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
        if !domain.is_empty() && (domain.len() > 253 || !domain.split('.').all(label)) {
            return Err(Invalid::new("domain", say!("alias-domain")));
        }
        Ok(Self { name, domain })
    }

    /// The part before the @.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Empty if the alias is for every domain.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether mail to this address is for the alias: case and a detail after a plus don't matter.
    pub fn matches(&self, address: &Address) -> bool {
        let normalized = address.normalized();
        let parts = normalized.as_deref().and_then(|address| address.rsplit_once('@'));
        parts.is_some_and(|(local, at)| local == self.name && (self.domain.is_empty() || at == self.domain))
    }
}

impl std::fmt::Display for AliasAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.domain.as_str() {
            "" => f.write_str(&self.name),
            domain => write!(f, "{}@{domain}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address { name: String::new(), address: text.into() }
    }

    #[test]
    fn an_alias_is_a_local_part_of_every_domain_or_of_one() {
        let everywhere = AliasAddress::parse(" Support ", "").unwrap();
        assert!(
            everywhere.matches(&address("SUPPORT+x@a.example")) && everywhere.matches(&address("support@b.example"))
        );
        assert!(!everywhere.matches(&address("supports@a.example")) && !everywhere.matches(&address("support")));
        let here = AliasAddress::parse("support@A.example", "").unwrap();
        assert_eq!(
            (here.name(), here.domain(), here.to_string().as_str()),
            ("support", "a.example", "support@a.example")
        );
        assert!(here.matches(&address("Support@A.Example")) && !here.matches(&address("support@b.example")));
    }

    #[test]
    fn what_is_no_address_is_refused_at_its_field() {
        for (name, domain, field) in [
            ("", "", "name"),
            ("a b", "", "name"),
            ("a+b", "", "name"),
            ("a..b", "", "name"),
            ("a@x.example", "y.example", "name"),
            ("a", "x y", "domain"),
            ("a", ".example", "domain"),
        ] {
            assert_eq!(AliasAddress::parse(name, domain).unwrap_err().field, field, "{name} {domain}");
        }
    }
}
