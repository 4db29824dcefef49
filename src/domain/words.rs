//! Every sentence that a person reads. Its words stand in the catalogue (`templates/locales/<language>/*.ftl`, compiled
//! in); the program names them by their key, with arguments. What a language lacks is said in English.
//!
//! English is the language of record: the API, the command line, the log and the columns of the database have a
//! [`Sentence`] in English, and a page has it in its reader's language, today or years after it was stored.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, Weekday};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::fluent_bundle::types::FluentNumber;
use fluent_templates::{LanguageIdentifier, static_loader};
use serde_json::{Map, Value, json};
use unic_langid::CharacterDirection;

use crate::say;

static_loader! {
    pub static CATALOGUE = {
        locales: "./templates/locales",
        fallback_language: "en",
        customise: |bundle| {
            // Marks around each argument would stand in titles, attributes and what scripts read: only what falls apart
            // without them gets them.
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(match bundle.locales[0].language.as_str() {
                "fr" => |value, _| written(&FRENCH, value),
                "ar" => |value, _| written(&ARABIC, value).or_else(|| isolated(value)),
                _ => |value, _| written(&INTERNATIONAL, value),
            }));
        },
    };
}

/// The languages of the pages: code and own name. English is the language of record; what another lacks falls back to it.
pub const LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("fr", "Français"), ("ar", "العربية")];

/// How a language writes numbers. This, the names of months and days, and the order of a date (keys `date…` and `month-…`
/// of the catalogue) are CLDR's, of version 48. They are ours and not ICU4X's because three languages need four characters
/// and some forty words of it, which a translator of a fourth finds beside all other words, while ICU4X adds some forty
/// crates and megabytes of every language's calendars. A test of the browser holds them against its own CLDR. Plural forms,
/// which are rules and no words, come from a library (Fluent's).
struct NumberStyle {
    /// The mark between thousands.
    group: char,
    decimal: char,
    minus: &'static str,
}

const INTERNATIONAL: NumberStyle = NumberStyle { group: ',', decimal: '.', minus: "-" };
const FRENCH: NumberStyle = NumberStyle { group: '\u{202f}', decimal: ',', minus: "-" };
/// The mark keeps the sign before its number where text runs from right to left. Plain Arabic writes European digits.
const ARABIC: NumberStyle = NumberStyle { group: ',', decimal: '.', minus: "\u{200e}-" };

/// A number in a sentence; None for what is no number.
fn written(figures: &NumberStyle, value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let whole = number.options.currency.as_ref().and_then(|whole| whole.parse().ok());
    Some(figures.write(whole.unwrap_or(number.value), number.options.use_grouping))
}

/// A number or day with marks within it, in a sentence that is written from the right: without these marks around it
/// 2026-000010 is read as 000010-2026. What people copy out of a sentence (addresses, settings, commands) stays as it is.
fn isolated(value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::String(text) = value else { return None };
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '/'));
    let falls_apart = is_plain && text.contains(['-', '/']) && text.contains(|c: char| c.is_ascii_digit());
    falls_apart.then(|| format!("\u{2068}{text}\u{2069}"))
}

/// In Arabic the last two digits choose the form: 103 days are said as 3 are. The library's rule (intl_pluralrules 7.0.2)
/// forgets what stands before them, so it is given these alone; the whole number travels where Fluent keeps a currency,
/// which no sentence has.
fn by_last_digits(number: &mut FluentNumber) {
    let last = number.value % 100.0;
    if number.value >= 100.0 && last >= 3.0 {
        number.options.currency = Some(number.value.to_string());
        number.value = last;
    }
}

impl NumberStyle {
    fn write(&self, number: f64, grouped: bool) -> String {
        let plain = number.abs().to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut text = String::with_capacity(plain.len() + 8);
        if number < 0.0 {
            text.push_str(self.minus);
        }
        for (place, digit) in whole.chars().enumerate() {
            if grouped && place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push(self.group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal);
            text.push_str(fraction);
        }
        text
    }
}

/// Arguments that are names and no amounts: port 8069 is not written as 8,069.
const NAMES: [&str; 15] = [
    "id", "message", "most_ids", "number", "other", "partner", "plain", "port", "record", "status", "tls", "typed",
    "uid", "version", "year",
];

/// The English catalogue's keys in order, each with whether it has a remedy, and its arguments. `build.rs` makes it.
const KEYS: &[(&str, bool, &[&str])] = include!(concat!(env!("OUT_DIR"), "/keys.rs"));

/// The words of a key in this language, or in English. It asks for these two directly: to let the library find out which
/// languages are near would take longer than all the rest, for each step of each mail.
fn lookup(
    language: &str,
    key: &str,
    mut arguments: HashMap<Cow<'static, str>, FluentValue<'static>>,
) -> Option<String> {
    static ENGLISH: LazyLock<LanguageIdentifier> = LazyLock::new(|| "en".parse().unwrap_or_default());
    // Faults of the API are like Odoo's, which does not group digits.
    let is_fault = key.starts_with("api-");
    for (name, value) in &mut arguments {
        if let FluentValue::Number(number) = value {
            number.options.use_grouping = !is_fault && !NAMES.contains(&&**name);
            if language == "ar" {
                by_last_digits(number);
            }
        }
    }
    let said = |language: &LanguageIdentifier| CATALOGUE.lookup_single_language(language, key, Some(&arguments)).ok();
    let asked = if language == "en" { None } else { language.parse().ok().and_then(|asked| said(&asked)) };
    asked.or_else(|| said(&ENGLISH))
}

/// The words of `key`; the key itself where there are none (a test finds these).
pub fn text(language: &str, key: &str) -> String {
    with(language, key, &[])
}

/// A number as the language writes it: `2,632`, `1.5`.
pub fn number(language: &str, number: f64) -> String {
    let figures = match language {
        "fr" => &FRENCH,
        "ar" => &ARABIC,
        _ => &INTERNATIONAL,
    };
    figures.write(number, true)
}

/// A day as the language writes it: `22 Nov 2026`.
pub fn day(language: &str, date: NaiveDate) -> String {
    let month = text(language, &format!("month-{}", date.month()));
    with(language, "date", &[("day", date.day().into()), ("month", month.into()), ("year", date.year().into())])
}

/// A day with its weekday, in words: `Tuesday 1 December 2026`.
pub fn long_day(date: NaiveDate) -> Sentence {
    let weekday = match date.weekday() {
        Weekday::Mon => say!("weekday-1"),
        Weekday::Tue => say!("weekday-2"),
        Weekday::Wed => say!("weekday-3"),
        Weekday::Thu => say!("weekday-4"),
        Weekday::Fri => say!("weekday-5"),
        Weekday::Sat => say!("weekday-6"),
        Weekday::Sun => say!("weekday-7"),
    };
    let month = match date.month() {
        1 => say!("month-long-1"),
        2 => say!("month-long-2"),
        3 => say!("month-long-3"),
        4 => say!("month-long-4"),
        5 => say!("month-long-5"),
        6 => say!("month-long-6"),
        7 => say!("month-long-7"),
        8 => say!("month-long-8"),
        9 => say!("month-long-9"),
        10 => say!("month-long-10"),
        11 => say!("month-long-11"),
        _ => say!("month-long-12"),
    };
    say!("date-long", weekday, day = date.day(), month, year = date.year())
}

/// The language of the pages that a browser asks for first by its `Accept-Language` (RFC 9110 12.5.4), English where it
/// asks for none of them. Ours, since Fluent's own reading leaves the weights out.
pub fn asked_for(accept_language: &str) -> &'static str {
    let mut best = ("en", 0.0);
    for range in accept_language.split(',') {
        let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
        let weight = match weight.trim() {
            "" => 1.0,
            weight => weight.strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()).unwrap_or_default(),
        };
        let wanted = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let known = LANGUAGES.iter().map(|(code, _)| *code).find(|code| *code == wanted || wanted == "*");
        if let Some(code) = known.filter(|_| weight <= 1.0 && weight > best.1) {
            best = (code, weight);
        }
    }
    best.0
}

/// The direction of its text: `ltr` or `rtl`, as in HTML.
pub fn direction(language: &str) -> &'static str {
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    if language.character_direction() == CharacterDirection::RTL { "rtl" } else { "ltr" }
}

/// The words of `key` with its arguments, for example `&[("count", 3.into())]`.
pub fn with(language: &str, key: &str, arguments: &[(&'static str, FluentValue<'static>)]) -> String {
    maybe(language, key, arguments).unwrap_or_else(|| key.to_owned())
}

/// As [`with`]; None where there are no such words.
pub fn maybe(language: &str, key: &str, arguments: &[(&'static str, FluentValue<'static>)]) -> Option<String> {
    let arguments: HashMap<Cow<'static, str>, FluentValue<'static>> =
        arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
    lookup(language, key, arguments)
}

/// As [`with`], for arguments whose names come from elsewhere.
pub fn with_owned(language: &str, key: &str, arguments: Vec<(String, FluentValue<'static>)>) -> String {
    let arguments = arguments.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
    lookup(language, key, arguments).unwrap_or_else(|| key.to_owned())
}

/// A key of the catalogue whose arguments are known to be right: only [`say!`](crate::say) and
/// [`complain!`](crate::complain) make one, while the program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(&'static str);

impl Key {
    /// Stops the compilation where there is no such key, or its arguments differ.
    #[doc(hidden)]
    pub const fn checked(key: &'static str, arguments: &[&str], has_remedy: bool) -> Self {
        let (_, remedy, names) = KEYS[find(key).expect("a key that stands in templates/locales/en")];
        assert!(remedy == has_remedy, "say! is for a key without .remedy, complain! for one that has it");
        assert!(names.len() == arguments.len(), "the key has more arguments, or fewer");
        let mut at = 0;
        while at < arguments.len() {
            let mut is_named = false;
            let mut other = 0;
            while other < names.len() {
                is_named |= matches!(compare(names[other], arguments[at]), Less::Same);
                other += 1;
            }
            assert!(is_named, "the key has no argument of this name");
            at += 1;
        }
        Self(key)
    }
}

enum Less {
    Yes,
    Same,
    No,
}

/// By bytes, as the table is sorted. The standard library compares strings only when the program runs.
const fn compare(one: &str, other: &str) -> Less {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return if one[at] < other[at] { Less::Yes } else { Less::No };
        }
        at += 1;
    }
    if one.len() == other.len() {
        Less::Same
    } else if one.len() < other.len() {
        Less::Yes
    } else {
        Less::No
    }
}

const fn find(key: &str) -> Option<usize> {
    let (mut low, mut high) = (0, KEYS.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        match compare(KEYS[middle].0, key) {
            Less::Same => return Some(middle),
            Less::Yes => low = middle + 1,
            Less::No => high = middle,
        }
    }
    None
}

/// The value of an argument of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    Text(String),
    /// A count, which chooses the plural form: one mail, two mails.
    Number(i64),
    /// Written as in the reader's language.
    Date(NaiveDate),
    /// A sentence within the sentence, in the same language.
    Sentence(Sentence),
}

impl Argument {
    /// The form in which it is stored with its sentence.
    fn into_json(self) -> Value {
        match self {
            Argument::Text(text) => text.into(),
            Argument::Number(number) => number.into(),
            Argument::Date(date) => json!({ DATE: date.to_string() }),
            Argument::Sentence(sentence) => sentence.made_of().unwrap_or_else(|| sentence.as_str().into()),
        }
    }
}

/// Types whose values can be arguments of a sentence.
pub trait ToArgument {
    fn to_argument(&self) -> Argument;
}

impl<T: ToArgument + ?Sized> ToArgument for &T {
    fn to_argument(&self) -> Argument {
        (**self).to_argument()
    }
}

impl ToArgument for Sentence {
    fn to_argument(&self) -> Argument {
        Argument::Sentence(self.clone())
    }
}

impl ToArgument for NaiveDate {
    fn to_argument(&self) -> Argument {
        Argument::Date(*self)
    }
}

macro_rules! arguments {
    (texts $($text:ty),+; numbers $($number:ty),+ $(,)?) => {
        $(impl ToArgument for $text {
            fn to_argument(&self) -> Argument {
                Argument::Text(self.to_string())
            }
        })+
        $(impl ToArgument for $number {
            fn to_argument(&self) -> Argument {
                // Counts here are far below this: bytes, mails, seconds.
                Argument::Number(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        })+
    };
}

arguments! {
    texts str, String, Cow<'_, str>, std::io::Error, std::net::IpAddr;
    numbers i32, i64, u16, u32, u64, usize,
}

/// A sentence, or a part of one, that a person reads: made by [`say!`](crate::say), or somebody else's words. As a `str` it
/// is its English.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sentence {
    /// Its English; if it is from the catalogue, [`MADE_OF`], its key and its arguments follow.
    stored: String,
    /// The length of the English in bytes.
    english: usize,
}

/// What makes a sentence: in tables of the code's own words.
pub type SentenceMaker = fn() -> Sentence;

/// Between the English of a stored sentence and what it is made of: the character that ASCII has for the end of a unit.
pub(super) const MADE_OF: char = '\u{1f}';

impl Sentence {
    #[doc(hidden)]
    pub fn of<const N: usize>(key: Key, arguments: [(&'static str, Argument); N]) -> Self {
        let mut object = Map::new();
        object.insert(KEY.into(), key.0.into());
        object.extend(arguments.into_iter().map(|(name, value)| (name.to_owned(), value.into_json())));
        Self::made(Value::Object(object))
    }

    fn made(made_of: Value) -> Self {
        let english = spoken("en", &made_of).unwrap_or_default().replace(MADE_OF, " ");
        Self { stored: format!("{english}{MADE_OF}{made_of}"), english: english.len() }
    }

    /// Words that are not translated: those of another server, or of a person.
    pub fn verbatim(words: impl Into<String>) -> Self {
        let mut stored: String = words.into();
        if stored.contains(MADE_OF) {
            stored = stored.replace(MADE_OF, " ");
        }
        Self { english: stored.len(), stored }
    }

    /// Words that may be from the catalogue or a person's own: translated where they are the English of this key, and left
    /// as they are otherwise.
    pub fn known(key: &str, words: &str) -> Self {
        match text("en", key) == words {
            true => Self::made(json!({ KEY: key })),
            false => Self::verbatim(words),
        }
    }

    /// All of these sentences with a space between; empty ones are left out.
    pub fn several(sentences: impl IntoIterator<Item = Sentence>) -> Self {
        Self::listed(" ", sentences)
    }

    /// The same with another separator.
    pub fn listed(between: &str, sentences: impl IntoIterator<Item = Sentence>) -> Self {
        let mut all: Vec<Sentence> = sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect();
        if all.len() <= 1 {
            return all.pop().unwrap_or_default();
        }
        let all: Vec<Value> = all.into_iter().map(|one| Argument::Sentence(one).into_json()).collect();
        Self::made(json!({ALL: all, BETWEEN: between}))
    }

    /// The English text.
    pub fn as_str(&self) -> &str {
        &self.stored[..self.english]
    }

    /// The text in this language; in English where the language lacks it.
    pub fn in_language(&self, language: &str) -> String {
        let spoken =
            if language == "en" { None } else { self.made_of().and_then(|made_of| spoken(language, &made_of)) };
        spoken.unwrap_or_else(|| self.as_str().to_owned())
    }

    /// With `change` applied to the texts that are not from the catalogue: those of its arguments.
    #[must_use]
    pub fn changed(&self, change: &dyn Fn(&str) -> String) -> Self {
        match self.made_of() {
            None => Self::verbatim(change(self.as_str())),
            Some(made_of) => Self::made(changed(made_of, change)),
        }
    }

    /// As a column stores it: its English, then its key and arguments.
    pub fn stored(&self) -> &str {
        &self.stored
    }

    /// What a column keeps. Rows of earlier versions have English alone. The English stays as it was said then, whatever
    /// the catalogue says by now.
    pub fn from_stored(stored: String) -> Self {
        Self { english: stored.find(MADE_OF).unwrap_or(stored.len()), stored }
    }

    /// From its English and what [`Sentence::made_of`] gave, kept apart.
    pub fn of_parts(english: String, made_of: Option<&Value>) -> Self {
        let mut sentence = Self::verbatim(english);
        if let Some(made_of) = made_of {
            sentence.stored.extend([MADE_OF.to_string(), made_of.to_string()]);
        }
        sentence
    }

    /// Whether it is the sentence with this key.
    pub fn is_of(&self, key: &str) -> bool {
        self.made_of().is_some_and(|made_of| made_of.get(KEY).is_some_and(|known| known == key))
    }

    /// The key and its arguments as JSON; None of somebody else's words.
    pub fn made_of(&self) -> Option<Value> {
        serde_json::from_str(self.stored[self.english..].strip_prefix(MADE_OF)?).ok()
    }
}

/// A sentence as it was serialised for a page, in this language; any other text as it is.
pub fn said<'a>(text: &'a str, language: &str) -> Cow<'a, str> {
    let ours = text.split_once(MADE_OF).and_then(|(english, rest)| Some((english, rest.strip_prefix(&**OURS)?)));
    let Some((english, made_of)) = ours else { return Cow::Borrowed(text) };
    let stored = format!("{english}{MADE_OF}{made_of}");
    Cow::Owned(Sentence::from_stored(stored).in_language(language))
}

/// Several sentences as a column keeps them: in English, one a line, and behind all of them what each is made of.
pub fn stored_lines(sentences: &[Sentence]) -> String {
    let english = sentences.iter().map(|one| one.replace('\n', " ")).collect::<Vec<_>>().join("\n");
    let made_of: Vec<Option<Value>> = sentences.iter().map(Sentence::made_of).collect();
    match made_of.iter().any(Option::is_some) {
        true => format!("{english}{MADE_OF}{}", json!(made_of)),
        false => english,
    }
}

/// What a column keeps. Rows of earlier versions have English alone.
pub fn from_stored_lines(stored: &str) -> Vec<Sentence> {
    let (english, made_of) = stored.split_once(MADE_OF).unwrap_or((stored, ""));
    let made_of: Vec<Option<Value>> = serde_json::from_str(made_of).unwrap_or_default();
    let made_of = made_of.into_iter().chain(std::iter::repeat(None));
    english.lines().zip(made_of).map(|(line, made_of)| Sentence::of_parts(line.to_owned(), made_of.as_ref())).collect()
}

/// Members of what a sentence is made of beside its arguments, whose names have no dots.
const KEY: &str = ".key";
const ALL: &str = ".all";
const BETWEEN: &str = ".between";
const DATE: &str = ".date";

/// The sentence in this language; None where the catalogue has no such key (one of another version).
fn spoken(language: &str, made_of: &Value) -> Option<String> {
    let object = match made_of {
        Value::String(words) => return Some(words.clone()),
        other => other.as_object()?,
    };
    if let Some(all) = object.get(ALL) {
        let all: Vec<String> = all.as_array()?.iter().map(|one| spoken(language, one)).collect::<Option<_>>()?;
        return Some(all.join(object.get(BETWEEN)?.as_str()?));
    }
    if let Some(date) = object.get(DATE) {
        return Some(day(language, date.as_str()?.parse().ok()?));
    }
    let mut arguments: HashMap<Cow<'static, str>, FluentValue<'static>> = HashMap::with_capacity(object.len());
    for (name, value) in object.iter().filter(|(name, _)| *name != KEY) {
        let value = match value {
            Value::Number(number) => FluentValue::from(number.as_i64()?),
            other => FluentValue::String(Cow::Owned(spoken(language, other)?)),
        };
        arguments.insert(Cow::Owned(name.clone()), value);
    }
    lookup(language, object.get(KEY)?.as_str()?, arguments)
}

fn changed(made_of: Value, change: &dyn Fn(&str) -> String) -> Value {
    match made_of {
        Value::String(words) => change(&words).into(),
        Value::Array(all) => all.into_iter().map(|one| changed(one, change)).collect(),
        Value::Object(object) => {
            let is_ours = |name: &str| matches!(name, KEY | BETWEEN | DATE);
            let changed = object.into_iter().map(|(name, value)| {
                let value = if is_ours(&name) { value } else { changed(value, change) };
                (name, value)
            });
            Value::Object(changed.collect())
        }
        other => other,
    }
}

impl std::ops::Deref for Sentence {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// The English text, for programs that read it.
impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        sentence.as_str().to_owned()
    }
}

/// So that an error of the standard library can carry it.
impl std::error::Error for Sentence {}

impl fmt::Debug for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq<str> for Sentence {
    fn eq(&self, english: &str) -> bool {
        self.as_str() == english
    }
}

impl PartialEq<String> for Sentence {
    fn eq(&self, english: &String) -> bool {
        self.as_str() == english
    }
}

impl PartialEq<&str> for Sentence {
    fn eq(&self, english: &&str) -> bool {
        self.as_str() == *english
    }
}

/// A text of a module's file.
impl<'de> serde::Deserialize<'de> for Sentence {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::verbatim)
    }
}

/// For pages, whose texts are said by [`said`].
impl serde::Serialize for Sentence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.stored[self.english..].strip_prefix(MADE_OF) {
            Some(made_of) => serializer.collect_str(&format_args!("{self}{MADE_OF}{}{made_of}", *OURS)),
            None => serializer.serialize_str(self),
        }
    }
}

/// By this a page tells sentences of the catalogue from texts that others wrote: it is known only in this process.
static OURS: LazyLock<String> = LazyLock::new(|| {
    let random = || std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
    format!("{:016x}{:016x}", random(), random())
});

/// A [`Sentence`] of the catalogue: `say!("users-no-such", id)`, or with an argument's value `say!("…", host = url.host())`.
/// A key that is not there, or has other arguments, does not compile.
#[macro_export]
macro_rules! say {
    ($key:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const KEY: $crate::domain::words::Key =
            $crate::domain::words::Key::checked($key, &[$(stringify!($name)),*], false);
        $crate::domain::words::Sentence::of(KEY, [$((stringify!($name), $crate::argument!($name $(= $value)?))),*])
    }};
}

/// A [`Complaint`](crate::domain::words::Complaint) of the catalogue: as [`say!`], for a key that has its `.remedy`
/// beside it. Both have the same arguments.
#[macro_export]
macro_rules! complain {
    ($key:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const KEY: $crate::domain::words::Key =
            $crate::domain::words::Key::checked($key, &[$(stringify!($name)),*], true);
        $crate::domain::words::Complaint::of(
            KEY,
            concat!($key, ".remedy"),
            [$((stringify!($name), $crate::argument!($name $(= $value)?))),*],
        )
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! argument {
    ($name:ident) => {
        $crate::domain::words::ToArgument::to_argument(&$name)
    };
    ($name:ident = $value:expr) => {
        $crate::domain::words::ToArgument::to_argument(&$value)
    };
}

impl Sentence {
    pub(super) fn with_remedy<const N: usize>(
        key: Key,
        remedy: &'static str,
        arguments: [(&'static str, Argument); N],
    ) -> (Self, Self) {
        let what = Self::of(key, arguments.clone());
        (what, Self::of(Key(remedy), arguments))
    }
}

/// What went wrong: what happened, to which object, and what to do. Every error that reaches a person has this form, and the
/// ledger and the rows of servers and connections keep it so.
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

    /// Both in this language.
    pub fn in_language(&self, language: &str) -> String {
        self.in_full().in_language(language)
    }

    /// With `change` applied to the words in it that are not from the catalogue.
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
    use super::*;

    #[test]
    fn numbers_and_days_are_written_as_their_language_writes_them() {
        assert_eq!(
            ["en", "fr", "ar"].map(|language| number(language, 2632.5)),
            ["2,632.5", "2\u{202f}632,5", "2,632.5"]
        );
        let date = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let days = ["en", "fr", "ar"].map(|language| day(language, date));
        assert_eq!(days, ["22 Nov 2026", "22 nov. 2026", "22 نوفمبر 2026"]);
        // In sentences too, except for numbers that are no amounts: a port, an id.
        let many = say!("records-many-first", count = 2632);
        assert_eq!(
            (many.as_str(), &*many.in_language("fr")),
            ("The first 2,632 of all that are shown", "Les 2\u{202f}632 premiers de ceux qui sont affichés")
        );
        assert!(say!("remedy-is-tls-on-plain-port", port = 8143).starts_with("Port 8143 begins"));
        let until = Sentence::from_stored(say!("calendar-until", date).stored().to_owned());
        assert_eq!((until.as_str(), &*until.in_language("ar")), ("until 22 Nov 2026", "حتى 22 نوفمبر 2026"));
    }

    #[test]
    fn arabic_has_six_forms() {
        let said = [0, 1, 2, 3, 11, 100].map(|count: i64| with("ar", "ago-days", &[("count", count.into())]));
        let all: std::collections::BTreeSet<&String> = said.iter().collect();
        assert_eq!(said[3], "قبل 3 أيام");
        assert_eq!((all.len(), with("ar", "ago-days", &[("count", 103.into())])), (6, "قبل 103 أيام".to_owned()));
        assert_eq!(with("ar", "ago-days", &[("count", 2611.into())]), "قبل 2,611 يومًا");
    }

    #[test]
    fn what_is_written_from_the_left_keeps_together_in_arabic() {
        let number = |number: &'static str| with("ar", "records-join-one", &[("number", number.into())]);
        assert!(number("2026-000010").contains("\u{2068}2026-000010\u{2069}"));
        for kept in ["15:52", "شكوى-1", "https://mail.example/1-2", "a-1@mail.example", "/var/mail/1-2"] {
            assert!(!number(kept).contains('\u{2068}'), "{kept}");
        }
    }

    #[test]
    fn a_browser_is_asked_by_weight() {
        for (asked, language) in [
            ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
            ("en;q=0.1, ar; q=0.2", "ar"),
            ("nn, ku;q=0.9", "en"),
            ("ar;q=0,en;q=0.001", "en"),
            ("fr;q=7, ar;q=NaN", "en"),
            ("", "en"),
        ] {
            assert_eq!(asked_for(asked), language, "{asked}");
        }
        assert_eq!(["en", "fr", "ar", "ckb", "?"].map(direction), ["ltr", "ltr", "rtl", "rtl", "ltr"]);
    }

    #[test]
    fn what_french_lacks_is_said_in_english() {
        assert_eq!(text("fr", "brand"), "Mailgate");
        assert_eq!(with("en", "ago-minutes", &[("count", 1.into())]), "1 minute ago");
        assert_eq!(with("en", "ago-minutes", &[("count", 7.into())]), "7 minutes ago");
    }

    #[test]
    fn a_stored_sentence_is_read_in_any_language() {
        let role = say!("role-officer");
        assert_eq!(role, "Grievance Officer");
        let stored = Sentence::from_stored(role.stored().to_owned());
        assert_eq!((stored.as_str(), &*stored.in_language("fr")), ("Grievance Officer", "Agent des plaintes"));
        let both = Sentence::listed(", ", [stored, Sentence::verbatim("Amina"), Sentence::default()]);
        let both = Sentence::from_stored(both.stored().to_owned());
        assert_eq!(
            (both.as_str(), &*both.in_language("fr")),
            ("Grievance Officer, Amina", "Agent des plaintes, Amina")
        );
    }

    #[test]
    fn a_sentence_holds_sentences_and_numbers() {
        let hours = say!("ago-hours", count = 2);
        let stored = Sentence::from_stored(hours.stored().to_owned());
        assert_eq!((hours.as_str(), &*stored.in_language("fr")), ("2 hours ago", "il y a 2 heures"));
        let doing = say!("mailbox-doing-sign-in");
        let cut = say!("mailbox-cut", place = "mail.example:993", doing);
        assert_eq!(cut, "mail.example:993 ended the connection while it was asked to sign in.");
        let hidden = cut.changed(&|words| words.replace("mail.example", "…"));
        assert_eq!(hidden, "…:993 ended the connection while it was asked to sign in.");
    }

    #[test]
    fn rows_of_earlier_versions_say_what_they_said() {
        let old = Sentence::from_stored("The server was silent.".into());
        assert_eq!((old.as_str(), &*old.in_language("fr")), ("The server was silent.", "The server was silent."));
        // And those of a later one.
        let later = Sentence::from_stored("It is new.\u{1f}{\".key\":\"of-a-later-version\"}".into());
        assert_eq!((later.as_str(), &*later.in_language("fr")), ("It is new.", "It is new."));
        let lines = from_stored_lines("It has no date.\nIt has no text.");
        assert_eq!(lines, ["It has no date.", "It has no text."]);
        let lines = [lines[1].clone(), say!("role-officer"), later];
        let stored = from_stored_lines(&stored_lines(&lines));
        assert_eq!(stored, lines);
        assert_eq!(stored[1].in_language("fr"), "Agent des plaintes");
    }

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
