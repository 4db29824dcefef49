//! A connection as a form or an API call gives it: raw texts under the field names of DESIGN §6, not yet checked.
//! What it means is decided in [`super::parse`].

use std::collections::BTreeMap;

use crate::domain::connection::Connection;
use crate::domain::secret::Secret;

/// Every text field, in the order of the form.
pub const FIELDS: [&str; 5] = ["name", "url", "database", "login", "workers"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    values: BTreeMap<&'static str, String>,
    /// Password or API key as typed; empty keeps the saved one.
    pub password: Secret,
}

impl Form {
    /// What *New* shows.
    pub fn fresh() -> Self {
        let mut form = Self::default();
        form.set("workers", "2");
        form
    }

    /// A saved connection, without its password.
    pub fn of(connection: &Connection) -> Self {
        let mut form = Self::default();
        form.set("name", &connection.name);
        form.set("url", connection.url.as_str());
        form.set("database", &connection.database);
        form.set("login", &connection.login);
        form.set("workers", &connection.workers.to_string());
        form
    }

    /// False where there is no such field. `password` is one too.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        if field == "password" {
            self.password = Secret::new(value);
            return true;
        }
        let Some(known) = FIELDS.iter().find(|known| **known == field) else { return false };
        self.values.insert(known, value.to_owned());
        true
    }

    /// As typed, without spaces at its ends.
    pub fn text(&self, field: &str) -> &str {
        self.values.get(field).map_or("", |value| value.trim())
    }

    /// All texts as they were typed, for a page; never the password.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        FIELDS.iter().map(|field| (*field, self.values.get(field).map_or("", String::as_str)))
    }
}
