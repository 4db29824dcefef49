//! Every string of the pages, in `templates/locales/`, embedded. What a language lacks is said in English.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, static_loader};

static_loader! {
    pub static CATALOGUE = {
        locales: "./templates/locales",
        fallback_language: "en",
        // Marks around each argument would stand in titles, attributes and what scripts read.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

fn identifier(language: &str) -> LanguageIdentifier {
    language.parse().unwrap_or_default()
}

/// The words of `key`; the key itself where there are none (a test finds these).
pub fn text(language: &str, key: &str) -> String {
    with(language, key, &[])
}

/// The words of `key` with its arguments, for example `&[("count", 3.into())]`.
pub fn with(language: &str, key: &str, arguments: &[(&'static str, FluentValue<'static>)]) -> String {
    lookup(language, key, arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect())
}

/// As [`with`]; None where there are no such words.
pub fn maybe(language: &str, key: &str, arguments: &[(&'static str, FluentValue<'static>)]) -> Option<String> {
    let arguments: HashMap<Cow<'static, str>, FluentValue<'static>> =
        arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
    CATALOGUE.try_lookup_with_args(&identifier(language), key, &arguments)
}

/// As [`with`], for the arguments that a template gives.
pub(super) fn with_owned(language: &str, key: &str, arguments: Vec<(String, FluentValue<'static>)>) -> String {
    lookup(language, key, arguments.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect())
}

fn lookup(language: &str, key: &str, arguments: HashMap<Cow<'static, str>, FluentValue<'static>>) -> String {
    let found = CATALOGUE.try_lookup_with_args(&identifier(language), key, &arguments);
    found.unwrap_or_else(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_for_the_filter() {
        for reason in crate::domain::ledger::Reason::ALL {
            let key = format!("messages-reason-{}", reason.code().replace('_', "-"));
            assert_ne!(text("en", &key), key);
        }
    }

    #[test]
    fn every_key_that_a_template_names_has_english_words() {
        let mut missing = Vec::new();
        for (name, template) in crate::web::assets::templates() {
            for part in template.split("t(key=\"").skip(1) {
                let key = part.split('"').next().unwrap_or_default();
                let literal = part[key.len()..].starts_with("\",") || part[key.len()..].starts_with("\")");
                if literal && key != "…" && with_owned("en", key, arguments(&part[key.len()..])) == key {
                    missing.push(format!("{name}: {key}"));
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    /// The arguments of a call, since words are found only with theirs: `", count=3) }}…` has one.
    fn arguments(call: &str) -> Vec<(String, FluentValue<'static>)> {
        let call = call.split("}}").next().unwrap_or_default();
        let named = call.split('=').filter_map(|part| part.rsplit([' ', ',']).next());
        named.map(|name| (name.to_owned(), FluentValue::from(1))).collect()
    }

    #[test]
    fn what_french_lacks_is_said_in_english() {
        assert_eq!(text("fr", "brand"), "Mailgate");
        assert_eq!(with("en", "ago-minutes", &[("count", 1.into())]), "1 minute ago");
        assert_eq!(with("en", "ago-minutes", &[("count", 7.into())]), "7 minutes ago");
    }
}
