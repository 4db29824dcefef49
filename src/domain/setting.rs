//! Settings as a table of fields. What an administrator sets on an object (an incoming server, a connection, an alias, a
//! user) is declared field by field, each once: its name, its kind with its limits, where it stands on its page, what the
//! API calls it, how it is read from the object and set on it. The form and what it begins with, reading and comparing it,
//! the audit, the API's fields and the page where two people's changes meet follow from that declaration.
//!
//! A field that stands alone is one [`field!`](crate::field) in the table. Fields that mean something only together (host,
//! port and encryption are one way to a mailbox) are [`SettingField::part`]s: the object's own code reads them.

use super::words::Sentence;
use crate::say;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use chrono::NaiveDate;

use super::Invalid;
use super::rights::Object;
use super::secret::Secret;

/// An object whose settings are declared in such a table.
pub trait SettingsObject: Clone + Debug + PartialEq + Send + 'static {
    /// The type of its id.
    type Id: Copy + Debug + Display + PartialEq + Into<i32> + Send + Sync + 'static;

    /// The words for one such object and for several, within a sentence.
    const NAME: fn() -> Sentence;
    const NAMES: fn() -> Sentence;
    /// The name that the API and the audit use.
    const MODEL: &'static str;
    /// The object in the table of rights.
    const OBJECT: Object;
    /// The beginning of the keys of its texts: the label of a field is `<WORDS>-field-<name>`, the help below it
    /// `<WORDS>-help-<name>`, a choice `<WORDS>-<name>-<code>`.
    const WORDS: &'static str;
    /// In the order of the form.
    const FIELDS: &'static [SettingField<Self>];

    /// A new object with all defaults. A field that has none ([`SettingField::required`]) holds an example, which no form
    /// shows and which reading a form always replaces.
    fn blank() -> Self;
    /// The id of its row; any value until it has a row.
    fn id(&self) -> Self::Id;
    /// Its name and state, which are no settings.
    fn facts(&self) -> ObjectFacts;
    /// Fills in what the form of a new object shows beyond the defaults.
    fn begin(_form: &mut SettingForm<Self>) {}
    /// Sets fields that nobody changed to defaults that depend on other fields.
    fn follow(_form: &mut SettingForm<Self>) {}
    /// The choices of a field, where they depend on other fields.
    fn offered(_form: &SettingForm<Self>, field: &SettingField<Self>) -> Vec<(&'static str, Sentence)> {
        field.choices()
    }
}

/// What every object has beside its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// The name that people know it by.
    pub name: String,
    /// The code of its state, where it is tested before it is used.
    pub state: Option<&'static str>,
    pub active: bool,
}

/// How a field is entered, and what it may hold.
#[derive(Debug, Clone, Copy)]
pub enum SettingKind {
    /// One line of at most so many characters.
    Line(usize),
    /// As [`SettingKind::Line`], an address of the web.
    Url(usize),
    /// Several lines.
    Text,
    /// A whole number within these limits, both included.
    Number { min: i32, max: i32, unit: Unit },
    /// `true` or nothing.
    Flag,
    /// One of these codes.
    Choice(Choices),
    /// As [`SettingKind::Choice`], all of them in sight.
    Radio(Choices),
    /// `2026-11-22`.
    Date,
    /// Typed, sealed, and never shown again.
    Secret,
    /// As [`SettingKind::Secret`], and no person's password: pasted, in one line or several, without spaces at its ends.
    SecretText,
    /// The id of a row of this model of the API.
    Reference(&'static str),
    /// No setting, but something that the page keeps for itself.
    Carried,
}

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    None,
    Days,
    Minutes,
    Megabytes,
    KilobytesASecond,
    Steps,
}

impl Unit {
    fn words(self) -> Sentence {
        match self {
            Unit::None => Sentence::default(),
            Unit::Days => say!("unit-days"),
            Unit::Minutes => say!("unit-minutes"),
            Unit::Megabytes => say!("unit-megabytes"),
            Unit::KilobytesASecond => say!("unit-kilobytes-a-second"),
            Unit::Steps => say!("unit-steps"),
        }
    }
}

/// Codes, each with what clients of the API call it.
pub type Choices = fn() -> Vec<(&'static str, Sentence)>;

/// The declaration of one field.
#[derive(Debug, Clone, Copy)]
pub struct SettingField<T: 'static> {
    /// The name in forms, complaints and the audit, and in the API unless [`SettingField::api_as`] gives another one.
    pub name: &'static str,
    pub kind: SettingKind,
    /// The part of the page that shows it; empty where the page's template places it.
    pub place: &'static str,
    /// The class of the stylesheet that shows it only while it is used.
    pub shown: &'static str,
    /// It has no default and must be filled in.
    pub required: bool,
    /// The test of the object depends on it: after a change the object must be tested again.
    pub tested: bool,
    /// None where clients of the API do not see it, or see something computed from it.
    pub api: Option<ToldField>,
    pub get: fn(&T) -> String,
    set: Option<Set<T>>,
    /// The complaint where it is missing or is none of the choices.
    wrong: fn() -> Sentence,
}

type Set<T> = fn(&mut T, &TypedField<'_>) -> Result<(), Invalid>;

/// A field as clients of the API know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldField {
    pub name: &'static str,
    pub label: &'static str,
    /// The column of the object's table, or of the table beside it.
    pub column: &'static str,
    /// A table beside the object's with one row for each object, and its column with the object's id.
    pub beside: Option<(&'static str, &'static str)>,
}

impl<T> SettingField<T> {
    pub const fn new(name: &'static str, kind: SettingKind, get: fn(&T) -> String, set: Set<T>) -> Self {
        Self { set: Some(set), ..Self::part(name, kind, get) }
    }

    /// A field that is read together with others.
    pub const fn part(name: &'static str, kind: SettingKind, get: fn(&T) -> String) -> Self {
        let wrong = || say!("setting-choose");
        Self { name, kind, place: "", shown: "", required: false, tested: false, api: None, get, set: None, wrong }
    }

    /// Typed and never shown.
    pub const fn secret(name: &'static str) -> Self {
        Self::part(name, SettingKind::Secret, |_| String::new())
    }

    /// As [`SettingField::secret`], for what is no person's password.
    pub const fn secret_text(name: &'static str) -> Self {
        Self { kind: SettingKind::SecretText, ..Self::secret(name) }
    }

    /// No setting, but the value that the page showed before a person changed it: it tells a default that followed other
    /// fields from a value that was typed.
    pub const fn carried(name: &'static str, get: fn(&T) -> String) -> Self {
        Self::part(name, SettingKind::Carried, get)
    }

    pub const fn at(mut self, place: &'static str) -> Self {
        self.place = place;
        self
    }

    pub const fn shown(mut self, class: &'static str) -> Self {
        self.shown = class;
        self
    }

    /// It must be filled in; this is the complaint where it is not.
    pub const fn required(mut self, words: fn() -> Sentence) -> Self {
        self.required = true;
        self.wrong = words;
        self
    }

    /// The complaint where the value is none of the choices.
    pub const fn or_say(mut self, words: fn() -> Sentence) -> Self {
        self.wrong = words;
        self
    }

    pub const fn tested(mut self) -> Self {
        self.tested = true;
        self
    }

    /// In the API it has the same name, and this label.
    pub const fn api(self, label: &'static str) -> Self {
        let name = self.name;
        self.api_as(name, label, name)
    }

    pub const fn api_as(mut self, name: &'static str, label: &'static str, column: &'static str) -> Self {
        self.api = Some(ToldField { name, label, column, beside: None });
        self
    }

    /// As [`SettingField::api_as`], in a table beside the object's whose column `key` names the object.
    pub const fn api_beside(
        mut self,
        (table, key): (&'static str, &'static str),
        label: &'static str,
        column: &'static str,
    ) -> Self {
        self.api = Some(ToldField { name: self.name, label, column, beside: Some((table, key)) });
        self
    }

    pub fn is_secret(&self) -> bool {
        matches!(self.kind, SettingKind::Secret | SettingKind::SecretText)
    }

    pub fn is_setting(&self) -> bool {
        !matches!(self.kind, SettingKind::Carried) && !self.is_secret()
    }

    /// All codes of a choice.
    pub fn choices(&self) -> Vec<(&'static str, Sentence)> {
        match self.kind {
            SettingKind::Choice(choices) | SettingKind::Radio(choices) => choices(),
            _ => Vec::new(),
        }
    }
}

/// Declares a field that stands alone, and has the name that it has in the object:
/// `field!(interval_minutes: number(1, 10_080, Unit::Minutes))`. Kinds: `line(characters)`, `number(min, max, unit)`, `flag`,
/// `choice(Coded)`, and `choice(Coded, label)` with what clients call each code.
#[macro_export]
macro_rules! field {
    (@ $name:ident, $kind:expr, $show:expr, $typed:ident => $read:expr) => {
        $crate::domain::setting::SettingField::<Self>::new(stringify!($name), $kind, $show, |object, $typed| {
            object.$name = $read?;
            Ok(())
        })
    };
    ($name:ident: line($max:expr)) => {
        $crate::field!(@ $name, $crate::domain::setting::SettingKind::Line($max), |object| object.$name.clone(), typed => typed.line())
    };
    ($name:ident: number($min:expr, $max:expr, $unit:expr)) => {
        $crate::field!(@ $name, $crate::domain::setting::SettingKind::Number { min: $min, max: $max, unit: $unit },
            |object| object.$name.to_string(), typed => typed.number())
    };
    ($name:ident: flag) => {
        $crate::field!(@ $name, $crate::domain::setting::SettingKind::Flag,
            |object| $crate::domain::setting::flag(object.$name), typed => Ok::<_, $crate::domain::Invalid>(typed.flag()))
    };
    ($name:ident: choice($coded:ty)) => {
        $crate::field!(@ $name, $crate::domain::setting::SettingKind::Choice(|| {
            $crate::domain::setting::by_code(<$coded>::ALL.iter().map(|one| one.code()))
        }), |object| object.$name.code().to_owned(), typed => typed.choice(<$coded>::from_code))
    };
    ($name:ident: choice($coded:ty, $label:ident)) => {
        $crate::field!(@ $name, $crate::domain::setting::SettingKind::Choice(|| {
            <$coded>::ALL.iter().map(|one| (one.code(), one.$label())).collect()
        }), |object| object.$name.code().to_owned(), typed => typed.choice(<$coded>::from_code))
    };
}

/// Choices that the API shows by their codes; on a page the catalogue has their labels.
pub fn by_code(codes: impl Iterator<Item = &'static str>) -> Vec<(&'static str, Sentence)> {
    codes.map(|code| (code, Sentence::verbatim(code))).collect()
}

/// The value of a yes-or-no field in a form.
pub fn flag(value: bool) -> String {
    if value { "true".to_owned() } else { String::new() }
}

/// The text typed into a field, without spaces at its ends; the default where it is empty.
#[derive(Debug, Clone, Copy)]
pub struct TypedField<'a> {
    pub name: &'static str,
    pub text: &'a str,
    kind: SettingKind,
    required: bool,
    wrong: fn() -> Sentence,
}

impl TypedField<'_> {
    pub fn line(&self) -> Result<String, Invalid> {
        let max = if let SettingKind::Line(max) | SettingKind::Url(max) = self.kind { max } else { usize::MAX };
        if self.text.is_empty() && self.required {
            return Err(Invalid::new(self.name, (self.wrong)()));
        }
        line(self.name, self.text, max)
    }

    pub fn number<N: TryFrom<i32>>(&self) -> Result<N, Invalid> {
        let SettingKind::Number { min, max, unit } = self.kind else {
            return Err(Invalid::new(self.name, (self.wrong)()));
        };
        let number = self.text.parse::<i32>().ok().filter(|number| (min..=max).contains(number));
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| {
            let words = match unit {
                Unit::None => say!("setting-number", min, max),
                unit => say!("setting-number-unit", min, max, unit = unit.words()),
            };
            Invalid::new(self.name, words)
        })
    }

    pub fn flag(&self) -> bool {
        is_ticked(self.text)
    }

    pub fn choice<C>(&self, from_code: fn(&str) -> Option<C>) -> Result<C, Invalid> {
        from_code(self.text).ok_or_else(|| Invalid::new(self.name, (self.wrong)()))
    }

    pub fn date(&self) -> Result<NaiveDate, Invalid> {
        NaiveDate::parse_from_str(self.text, "%Y-%m-%d").map_err(|_| Invalid::new(self.name, (self.wrong)()))
    }
}

fn is_ticked(text: &str) -> bool {
    !matches!(text, "" | "0" | "false")
}

/// One line of text, at most `max` characters.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, Invalid> {
    if text.chars().count() > max {
        return Err(Invalid::new(field, say!("setting-long", max)));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, say!("setting-control")));
    }
    Ok(text.to_owned())
}

/// An object as a form or an API call gives it: a text for each field, not yet checked.
#[derive(Debug, Clone)]
pub struct SettingForm<T> {
    values: BTreeMap<&'static str, String>,
    secrets: BTreeMap<&'static str, Secret>,
    object: PhantomData<T>,
}

impl<T> Default for SettingForm<T> {
    /// An empty form.
    fn default() -> Self {
        Self { values: BTreeMap::new(), secrets: BTreeMap::new(), object: PhantomData }
    }
}

impl<T: SettingsObject> SettingForm<T> {
    /// The form of a new object.
    pub fn fresh() -> Self {
        let blank = T::blank();
        let mut form = Self::default();
        for field in T::FIELDS.iter().filter(|field| !field.required) {
            form.set(field.name, &(field.get)(&blank));
        }
        T::begin(&mut form);
        T::follow(&mut form);
        form
    }

    /// The form of an object, without its secrets.
    pub fn of(object: &T) -> Self {
        let mut form = Self::default();
        for field in T::FIELDS {
            form.set(field.name, &(field.get)(object));
        }
        form
    }

    /// A form with these texts.
    pub fn with<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = Self::default();
        for (field, text) in texts {
            form.set(field, text);
        }
        form
    }

    /// False where there is no such field.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        let Some(known) = T::FIELDS.iter().find(|known| known.name == field) else { return false };
        if !known.is_secret() {
            self.values.insert(known.name, value.to_owned());
        } else if value.is_empty() {
            self.secrets.remove(known.name);
        } else {
            let whole = matches!(known.kind, SettingKind::Secret);
            self.secrets.insert(known.name, Secret::new(if whole { value } else { value.trim() }));
        }
        true
    }

    /// Ticks a yes-or-no field, or unticks it.
    pub fn set_flag(&mut self, field: &str, value: bool) {
        self.set(field, &flag(value));
    }

    /// As typed, without spaces at its ends.
    pub fn text(&self, field: &str) -> &str {
        self.values.get(field).map_or("", |value| value.trim())
    }

    /// Whether a yes-or-no field is ticked.
    pub fn flag(&self, field: &str) -> bool {
        is_ticked(self.text(field))
    }

    /// As typed, for its page.
    pub fn typed(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    /// The secret as typed; None where nothing was typed, which keeps the saved one.
    pub fn secret(&self, field: &str) -> Option<&Secret> {
        self.secrets.get(field)
    }

    /// All secrets that were typed.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        self.secrets.iter().map(|(field, secret)| (*field, secret))
    }

    /// Whether a password was typed, and can be one.
    pub fn has_password(&self) -> Result<bool, Invalid> {
        let Some(typed) = self.secret("password").map(Secret::reveal) else { return Ok(false) };
        if typed.chars().any(|c| matches!(c, '\r' | '\n' | '\0')) || typed.len() > 1000 {
            return Err(Invalid::new("password", say!("setting-password")));
        }
        Ok(true)
    }
}

/// Sets the values of a form on an object, except fields that are read together, and returns what is wrong with them. An
/// empty field means its default.
pub fn read<T: SettingsObject>(form: &SettingForm<T>, object: &mut T) -> Vec<Invalid> {
    let blank = T::blank();
    let mut wrong = Vec::new();
    for field in T::FIELDS {
        let Some(set) = field.set else { continue };
        let text = match form.text(field.name) {
            "" if !field.required && !matches!(field.kind, SettingKind::Flag) => Cow::Owned((field.get)(&blank)),
            text => Cow::Borrowed(text),
        };
        let SettingField { name, kind, required, wrong: words, .. } = *field;
        if let Err(invalid) = set(object, &TypedField { name, kind, required, wrong: words, text: &text }) {
            wrong.push(invalid);
        }
    }
    wrong
}

/// Complaints in the order of the form.
pub fn in_order<T: SettingsObject>(mut wrong: Vec<Invalid>) -> Vec<Invalid> {
    wrong.sort_by_key(|invalid| T::FIELDS.iter().position(|field| field.name == invalid.field));
    wrong
}

/// A field in which two versions of an object differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// As in [`SettingsObject::FIELDS`].
    pub field: &'static str,
    pub theirs: String,
    pub yours: String,
}

/// The fields in which two versions differ, in the order of the form.
pub fn differences<T: SettingsObject>(theirs: &T, yours: &T) -> Vec<Difference> {
    let fields = T::FIELDS.iter().filter(|field| field.is_setting());
    let both =
        fields.map(|field| Difference { field: field.name, theirs: (field.get)(theirs), yours: (field.get)(yours) });
    both.filter(|difference| difference.theirs != difference.yours).collect()
}

/// Whether a field changed that the test of the object depends on.
pub fn must_be_tested<T: SettingsObject>(old: &T, new: &T) -> bool {
    T::FIELDS.iter().any(|field| field.tested && (field.get)(old) != (field.get)(new))
}

/// Without encryption everybody on the way can read the password and the mail. On a page a person must tick this before such
/// a server is tested; in the API, leaving `is_ssl` false or writing `http://` is enough. The tick counts for one host.
pub const READABLE_OK: &str = "readable_ok";
/// The host for which the box was ticked; the page keeps it.
pub const READABLE_FOR: &str = "readable_for";
