//! Mailgate's concepts as plain types that parse instead of validating: whoever holds one holds a valid value. There is no
//! input or output here, and every part may use it.

pub mod alias;
pub mod alike;
pub mod connection;
pub mod conversation;
pub mod discovery;
pub mod due;
pub mod expiry;
pub mod fetching;
pub mod filter;
pub mod handover;
pub mod id;
pub mod ledger;
pub mod literal;
pub mod message;
pub mod module;
pub mod oauth;
pub mod person;
pub mod protocol;
pub mod reach;
pub mod rights;
pub mod route;
pub mod secret;
pub mod server;
pub mod setting;
pub mod stage;
pub mod text;
pub mod thread;
pub mod tokens;
pub mod words;

use std::borrow::Cow;

use words::Sentence;

/// Why a typed value was refused, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The field as the surface names it (ARCHITECTURE §6), for example `port`; a module's fields have names of their own.
    pub field: Cow<'static, str>,
    /// What is wrong and what to do, one sentence.
    pub message: Sentence,
}

impl Invalid {
    pub fn new(field: impl Into<Cow<'static, str>>, message: Sentence) -> Self {
        Self { field: field.into(), message }
    }
}

/// A moment in UTC. Stored without a zone, shown in the reader's.
pub type Moment = chrono::NaiveDateTime;

/// Now, in UTC, to the microsecond (what both databases keep).
pub fn now() -> Moment {
    use chrono::SubsecRound;
    chrono::Utc::now().naive_utc().trunc_subsecs(6)
}

/// A moment as programs write it, in UTC: `2026-11-22 10:00:34`, with a `T` or without seconds, the day alone, XML-RPC's own
/// form, and ISO 8601 with `Z` or the distance from UTC.
pub fn moment_of(text: &str) -> Option<Moment> {
    let text = text.trim();
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y%m%dT%H:%M:%S%#z"];
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y%m%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let of_zone = |form: &&str| chrono::DateTime::parse_from_str(text, form).ok().map(|moment| moment.naive_utc());
    let found = plain.iter().find_map(|form| Moment::parse_from_str(text, form).ok()).or_else(day);
    // chrono reads `Z` only where the offset may be missing.
    found.or_else(|| zoned.iter().find_map(of_zone))
}

/// An enum whose values have one fixed code each: in the database, in forms and in the API.
#[macro_export]
macro_rules! coded {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The code that the database, forms and the API use.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.code()) }
        }
    };
}
