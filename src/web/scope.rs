//! What templates know without being told: functions and filters that depend on who reads the page. A page is
//! rendered in one go on one thread, so its reader's language, time zone and tokens stand in a thread-local that
//! lives as long as the rendering; macros reach it too, which see no context.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, TimeZone, Utc};
use rocket_dyn_templates::tera::{self, Tera, Value};

use super::assets;
use crate::domain::Moment;
use crate::domain::id::KeptFormId;
use crate::domain::words;

/// Whose page is being rendered.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub language: String,
    pub zone: chrono_tz::Tz,
    pub base_path: String,
    pub csrf_token: String,
    /// The kept form that the page shows.
    pub kept: Option<KeptFormId>,
}

thread_local! {
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

impl Scope {
    /// Renders within this scope.
    pub(super) fn during<T>(self, render: impl FnOnce() -> T) -> T {
        SCOPE.set(Some(self));
        let rendered = render();
        SCOPE.set(None);
        rendered
    }
}

fn with<T>(read: impl FnOnce(&Scope) -> T) -> tera::Result<T> {
    SCOPE.with_borrow(|scope| scope.as_ref().map(read)).ok_or_else(|| "a page is rendered outside a Scope".into())
}

/// Makes the functions and filters known to the engine.
pub(super) fn register(tera: &mut Tera) {
    tera.register_function("t", translate);
    tera.register_function("url", |arguments: &HashMap<String, Value>| {
        let path = argument(arguments, "path")?;
        with(|scope| format!("{}{path}", scope.base_path).into())
    });
    tera.register_function("asset", |arguments: &HashMap<String, Value>| {
        let path = assets::path(argument(arguments, "path")?);
        with(|scope| format!("{}{path}", scope.base_path).into())
    });
    tera.register_function("csrf", Csrf);
    tera.register_filter("ago", Time(relative));
    tera.register_filter("moment", Time(exact));
    tera.register_filter("number", |value: &Value, _: &HashMap<String, Value>| {
        // What is written already, `1,000+`, stays.
        let Some(number) = value.as_f64() else { return Ok(value.clone()) };
        with(|scope| words::number(&scope.language, number).into())
    });
    tera.register_filter("bytes", |size: &Value, _: &HashMap<String, Value>| {
        with(|scope| bytes(&scope.language, size.as_u64().unwrap_or_default()).into())
    });
    tera.register_filter("day", |value: &Value, _: &HashMap<String, Value>| {
        // Whatever is no day, stays: `—`.
        let Some(date) = value.as_str().and_then(|text| text.parse().ok()) else { return Ok(value.clone()) };
        with(|scope| words::day(&scope.language, date).into())
    });
    tera.register_filter("language", |value: &Value, _: &HashMap<String, Value>| {
        let own_name = words::LANGUAGES.iter().find(|(code, _)| Some(*code) == value.as_str());
        Ok(own_name.map_or_else(|| value.clone(), |(_, name)| (*name).into()))
    });
}

fn argument<'a>(arguments: &'a HashMap<String, Value>, name: &str) -> tera::Result<&'a str> {
    arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("the argument {name} is missing").into())
}

/// `t(key="…", count=3)`
fn translate(arguments: &HashMap<String, Value>) -> tera::Result<Value> {
    let key = argument(arguments, "key")?;
    let named = |language: &str| {
        let others = arguments.iter().filter(|(name, _)| *name != "key");
        let value = |value: &Value| match value {
            Value::Number(number) => number.as_f64().unwrap_or_default().into(),
            Value::String(text) => words::said(text, language).into_owned().into(),
            other => other.to_string().into(),
        };
        others.map(|(name, given)| (name.clone(), value(given))).collect()
    };
    with(|scope| words::with_owned(&scope.language, key, named(&scope.language)).into())
}

/// `csrf()`: the hidden field of every form.
struct Csrf;

impl tera::Function for Csrf {
    fn call(&self, _: &HashMap<String, Value>) -> tera::Result<Value> {
        with(|scope| {
            let kept = scope.kept.map(|id| format!(r#"<input type="hidden" name="kept" value="{id}">"#));
            let kept = kept.unwrap_or_default();
            format!(r#"<input type="hidden" name="csrf_token" value="{}">{kept}"#, scope.csrf_token).into()
        })
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// As Tera's own, but leaves the slash alone: it means nothing to HTML, and links stay readable. A sentence, which comes
/// here as it is stored, is said in the reader's language.
pub(super) fn escape(text: &str) -> String {
    let said = with(|scope| words::said(text, &scope.language).into_owned()).unwrap_or_else(|_| text.to_owned());
    tera::escape_html(&said).replace("&#x2F;", "/")
}

/// A moment as a `<time>` with the exact one at hand; nothing for null.
struct Time(fn(&Scope, DateTime<Utc>) -> String);

impl tera::Filter for Time {
    fn filter(&self, value: &Value, _: &HashMap<String, Value>) -> tera::Result<Value> {
        let Some(text) = value.as_str() else { return Ok("".into()) };
        let moment: Moment = text.parse().map_err(|_| format!("{text:?} is no moment"))?;
        let at = moment.and_utc();
        with(|scope| {
            let (machine, exact, shown) = (at.format("%Y-%m-%dT%H:%M:%SZ"), exact(scope, at), self.0(scope, at));
            format!(r#"<time datetime="{machine}" title="{}">{}</time>"#, escape(&exact), escape(&shown)).into()
        })
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// `22 Nov 2026, 18:05:03 EAT`, in the reader's zone.
fn exact(scope: &Scope, at: DateTime<Utc>) -> String {
    let local = scope.zone.from_utc_datetime(&at.naive_utc());
    let (date, time) = (words::day(&scope.language, local.date_naive()), local.format("%H:%M:%S %Z").to_string());
    words::with(&scope.language, "date-time", &[("date", date.into()), ("time", time.into())])
}

/// `5 minutes ago`, `in 2 hours`; the date when it is more than a month away.
fn relative(scope: &Scope, at: DateTime<Utc>) -> String {
    let seconds = (Utc::now() - at).num_seconds();
    // What is to come is rounded up: a fetch five minutes from now is not "in 4 minutes".
    let whole = |unit: i64| if seconds < 0 { (seconds.abs() + unit - 1) / unit } else { seconds / unit };
    let (count, unit) = match seconds.abs() {
        distance @ ..60 => (distance, "seconds"),
        60..3_600 => (whole(60), "minutes"),
        3_600..86_400 => (whole(3_600), "hours"),
        86_400..2_592_000 => (whole(86_400), "days"),
        _ => {
            let local = scope.zone.from_utc_datetime(&at.naive_utc());
            return words::day(&scope.language, local.date_naive());
        }
    };
    let direction = if seconds >= 0 { "ago" } else { "in" };
    words::with(&scope.language, &format!("{direction}-{unit}"), &[("count", count.into())])
}

/// Powers of ten, as mailbox limits count.
fn bytes(language: &str, size: u64) -> String {
    let tenths = |unit: f64| (size as f64 / unit * 10.0).round() / 10.0;
    let (key, size) = match size {
        ..1_000 => ("size-bytes", size as f64),
        1_000..1_000_000 => ("size-kilobytes", (size / 1_000) as f64),
        1_000_000..1_000_000_000 => ("size-megabytes", tenths(1e6)),
        _ => ("size-gigabytes", tenths(1e9)),
    };
    words::with(language, key, &[("size", size.into())])
}

#[cfg(test)]
mod tests {
    use fluent_templates::fluent_bundle::FluentValue;

    use super::*;

    #[test]
    fn every_reason_has_words_for_the_filter() {
        for reason in crate::domain::ledger::Reason::ALL {
            let key = format!("messages-reason-{}", reason.code().replace('_', "-"));
            assert_ne!(words::text("en", &key), key);
        }
    }

    #[test]
    fn every_key_that_a_template_names_has_english_words() {
        let mut missing = Vec::new();
        for (name, template) in assets::templates() {
            for part in template.split("t(key=\"").skip(1) {
                let key = part.split('"').next().unwrap_or_default();
                let literal = part[key.len()..].starts_with("\",") || part[key.len()..].starts_with("\")");
                if literal && key != "…" && words::with_owned("en", key, arguments(&part[key.len()..])) == key {
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
    fn a_page_says_a_stored_sentence_in_its_readers_language() {
        let scope = Scope {
            language: "fr".into(),
            zone: chrono_tz::UTC,
            base_path: String::new(),
            csrf_token: String::new(),
            kept: None,
        };
        let role = serde_json::to_value(crate::say!("role-officer")).unwrap();
        // A mail that says what a database keeps of a sentence is a mail.
        let forged = crate::say!("role-officer").stored().to_owned();
        let said = scope.during(|| [role.as_str().unwrap(), forged.as_str()].map(escape));
        assert_eq!(said, ["Agent des plaintes".to_owned(), tera::escape_html(&forged)]);
    }
}
