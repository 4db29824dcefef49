//! Who uses Mailgate, and what each role may do.

use super::id::UserId;
use super::rights::Object;
use super::setting::{ObjectFacts, SettingField, SettingForm, SettingKind, SettingsObject};
use super::words::{LANGUAGES, Sentence};
use super::{Invalid, Moment, now};
use crate::say;

crate::coded! {
    /// ARCHITECTURE §6. Checked in `operations`, never in a page.
    pub enum Role {
        /// Everything.
        SystemAdmin = "system_admin",
        /// Records and held mail.
        Officer = "officer",
        /// Reads records, ledger and audit; changes nothing.
        Auditor = "auditor",
    }
}

impl Role {
    pub fn label(self) -> Sentence {
        match self {
            Role::SystemAdmin => say!("role-system_admin"),
            Role::Officer => say!("role-officer"),
            Role::Auditor => say!("role-auditor"),
        }
    }
}

/// Who asks for an operation: a signed-in person, an API client, or the command line.
#[derive(Debug, Clone)]
pub struct Caller {
    /// None for the command line on the machine itself, which may do everything.
    pub user: Option<UserId>,
    pub login: String,
    pub role: Role,
    /// Where the request came from, for the audit.
    pub address: Option<std::net::IpAddr>,
}

impl Caller {
    /// The command line: whoever can run it can read the data folder anyway.
    pub fn command_line() -> Self {
        Self { user: None, login: "command line".into(), role: Role::SystemAdmin, address: None }
    }
}

/// The name a person signs in with: 1 to 254 printable characters, without spaces at its ends, compared
/// without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("login", say!("user-login")));
        }
        if text.chars().count() > 254 || text.chars().any(char::is_control) {
            return Err(Invalid::new("login", say!("user-login-long")));
        }
        Ok(Self(text.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account as pages and lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub role: Role,
    /// The language of the pages: a code of [`LANGUAGES`].
    pub language: String,
    /// The time zone, by its name in the tz database.
    pub time_zone: String,
    pub active: bool,
    /// Whether single keys work as shortcuts on pages; WCAG 2.1.4 asks that a person can turn them off.
    pub shortcuts: bool,
    pub create_date: Moment,
    pub write_date: Moment,
}

impl SettingsObject for User {
    type Id = UserId;

    const NAME: fn() -> Sentence = || say!("name-user");
    const NAMES: fn() -> Sentence = || say!("names-users");
    const MODEL: &'static str = "res.users";
    const OBJECT: Object = Object::Users;
    const WORDS: &'static str = "users";
    const FIELDS: &'static [SettingField<Self>] = &[
        crate::field!(name: line(200)).required(|| say!("user-name")).at("account").api("Name"),
        SettingField::<Self>::new(
            "login",
            SettingKind::Line(254),
            |user| user.login.clone(),
            |user, typed| {
                Login::parse(typed.text)?.as_str().clone_into(&mut user.login);
                Ok(())
            },
        )
        .required(Sentence::default)
        .at("account")
        .api("Login"),
        crate::field!(role: choice(Role, label)).required(|| say!("user-role")).at("account").api("Role"),
        SettingField::<Self>::secret("password").api("Password"),
        SettingField::<Self>::new(
            "language",
            SettingKind::Choice(languages),
            |user| user.language.clone(),
            |user, typed| {
                let known = |code: &str| LANGUAGES.iter().find(|(known, _)| *known == code);
                typed.choice(known)?.0.clone_into(&mut user.language);
                Ok(())
            },
        )
        .or_say(|| say!("user-language"))
        .at("preferences"),
        SettingField::<Self>::new(
            "time_zone",
            SettingKind::Choice(|| time_zones("")),
            |user| user.time_zone.clone(),
            |user, typed| {
                typed.choice(|name| name.parse::<chrono_tz::Tz>().ok())?.name().clone_into(&mut user.time_zone);
                Ok(())
            },
        )
        .or_say(|| say!("user-time-zone"))
        .at("preferences"),
    ];

    fn blank() -> Self {
        let at = now();
        Self {
            id: UserId(0),
            login: "example".into(),
            name: String::new(),
            role: Role::Officer,
            language: "en".into(),
            time_zone: "UTC".into(),
            active: true,
            shortcuts: true,
            create_date: at,
            write_date: at,
        }
    }

    fn id(&self) -> UserId {
        self.id
    }

    fn facts(&self) -> ObjectFacts {
        ObjectFacts { name: self.login.clone(), state: None, active: self.active }
    }

    fn begin(form: &mut SettingForm<Self>) {
        form.set("role", Role::Officer.code());
    }

    fn offered(form: &SettingForm<Self>, field: &SettingField<Self>) -> Vec<(&'static str, Sentence)> {
        if field.name == "time_zone" { time_zones(form.text("time_zone")) } else { field.choices() }
    }
}

/// The languages of the pages, each by its own name, which no language translates.
pub fn languages() -> Vec<(&'static str, Sentence)> {
    LANGUAGES.iter().map(|(code, name)| (*code, Sentence::verbatim(*name))).collect()
}

/// The names of time zones for a select: those that begin with a continent or an ocean, UTC, and the `chosen` one. All
/// others are older names of the same zones.
pub fn time_zones(chosen: &str) -> Vec<(&'static str, Sentence)> {
    const PARTS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let named = |name: &str| name.split_once('/').is_some_and(|(part, _)| PARTS.contains(&part));
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    names
        .filter(|name| named(name) || *name == "UTC" || *name == chosen)
        .map(|name| (name, Sentence::verbatim(name)))
        .collect()
}
