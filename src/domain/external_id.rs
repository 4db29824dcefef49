//! What a program calls a row, so that it finds it again: Odoo's external id, a name within a module.

use std::fmt;

use crate::domain::Invalid;
use crate::say;

/// Characters of either part.
const MOST: usize = 200;
/// The module of ids that no row has: an export gives a row that nobody has named this one.
const EXPORTED: &str = "__export__";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    pub module: String,
    pub name: String,
}

impl ExternalId {
    /// The module may be empty; neither part has blanks, which Odoo refuses too.
    pub fn new(module: &str, name: &str) -> Result<Self, Invalid> {
        let is_wrong =
            |text: &str| text.chars().count() > MOST || text.chars().any(|c| c.is_whitespace() || c.is_control());
        match name.is_empty() || is_wrong(name) || is_wrong(module) {
            true => Err(Invalid::new("name", say!("external-id-wrong", most = MOST))),
            false => Ok(Self { module: module.to_owned(), name: name.to_owned() }),
        }
    }

    /// `module.name`; a name alone is within `module`.
    pub fn parse(text: &str, module: &str) -> Result<Self, Invalid> {
        let (module, name) = text.split_once('.').unwrap_or((module, text));
        Self::new(module, name)
    }

    /// Of a row that has no other.
    pub fn exported(model: &str, id: i32) -> Self {
        Self { module: EXPORTED.to_owned(), name: format!("{}_{id}", model.replace('.', "_")) }
    }

    /// The row that [`exported`](Self::exported) named so, if it is one of this model.
    pub fn row_of(&self, model: &str) -> Option<i32> {
        let id = self.name.strip_prefix(&model.replace('.', "_"))?.strip_prefix('_')?.parse().ok()?;
        (self.module == EXPORTED).then_some(id)
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.module.is_empty() {
            true => f.write_str(&self.name),
            false => write!(f, "{}.{}", self.module, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_with_its_module_or_within_another() {
        let id = ExternalId::parse("crm.amina", "__import__").unwrap();
        assert_eq!((id.module.as_str(), id.name.as_str(), id.to_string().as_str()), ("crm", "amina", "crm.amina"));
        assert_eq!(ExternalId::parse("amina", "__import__").unwrap().to_string(), "__import__.amina");
        for wrong in ["", "crm.", "a b", "crm.a\n", &"x".repeat(201)] {
            assert!(ExternalId::parse(wrong, "m").is_err(), "{wrong:?}");
        }
        let exported = ExternalId::exported("res.partner", 7);
        assert_eq!(exported.to_string(), "__export__.res_partner_7");
        assert_eq!((exported.row_of("res.partner"), exported.row_of("res.users")), (Some(7), None));
    }
}
