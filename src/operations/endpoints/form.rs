//! An endpoint as a form or an API call gives it: raw texts under the field names of DESIGN §6, not yet checked.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::Endpoint;
use crate::domain::Invalid;
use crate::domain::secret::Secret;

/// The texts under [`Endpoint::FIELDS`]. Yes-or-no fields hold `true` or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Form<T> {
    values: BTreeMap<&'static str, String>,
    /// As typed; empty keeps the saved one.
    pub password: Secret,
    kind: PhantomData<T>,
}

impl<T> Default for Form<T> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), password: Secret::default(), kind: PhantomData }
    }
}

impl<T: Endpoint> Form<T> {
    /// What is saved, without its password.
    pub fn of(endpoint: &T) -> Self {
        let mut form = Self::default();
        endpoint.fill(&mut form);
        form
    }

    /// False where there is no such field. `password` is one too.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        if field == "password" {
            self.password = Secret::new(value);
            return true;
        }
        let Some(known) = T::FIELDS.iter().find(|known| **known == field) else { return false };
        self.values.insert(known, value.to_owned());
        true
    }

    /// Ticks a yes-or-no field, or unticks it.
    pub fn set_flag(&mut self, field: &str, value: bool) {
        self.set(field, if value { "true" } else { "" });
    }

    /// As typed, without spaces at its ends.
    pub fn text(&self, field: &str) -> &str {
        self.values.get(field).map_or("", |value| value.trim())
    }

    /// Whether a yes-or-no field is ticked.
    pub fn flag(&self, field: &str) -> bool {
        !matches!(self.text(field), "" | "0" | "false")
    }

    /// One line of text, at most `max` characters.
    pub(in crate::operations) fn line(&self, field: &'static str, max: usize) -> Result<String, Invalid> {
        let text = self.text(field);
        if text.chars().count() > max {
            return Err(Invalid::new(field, format!("At most {max} characters fit here.")));
        }
        if text.chars().any(char::is_control) {
            return Err(Invalid::new(field, "Line breaks and other control characters can't stand here."));
        }
        Ok(text.to_owned())
    }

    /// Whether a password was typed, and can be one.
    pub(in crate::operations) fn has_password(&self) -> Result<bool, Invalid> {
        let typed = self.password.reveal();
        if typed.chars().any(|c| matches!(c, '\r' | '\n' | '\0')) || typed.len() > 1000 {
            return Err(Invalid::new("password", "A password has at most 1000 characters and no line breaks."));
        }
        Ok(!typed.is_empty())
    }

    /// All texts as they were typed, for a page; never the password.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        T::FIELDS.iter().map(|field| (*field, self.values.get(field).map_or("", String::as_str)))
    }

    /// Those of [`Form::values`] that are settings.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values().filter(|(field, _)| !T::CARRIED.contains(field))
    }
}
