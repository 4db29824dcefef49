//! Signing in without a password: which application asks for a token, where, and for what (OAuth 2.0, RFC 6749). What an
//! administrator types is an [`Application`], on an incoming server or kept once for several of them as a [`Provider`];
//! what a token is asked for with is a [`Grant`].

use super::words::Sentence;
use crate::say;
use chrono::{Months, NaiveDate, TimeDelta};

use super::id::ProviderId;
use super::protocol::Protocol;
use super::rights::Object;
use super::setting::{ObjectFacts, SettingField, SettingForm, SettingKind, SettingsObject};
use super::{Invalid, Moment, reach};

crate::coded! {
    /// How a mailbox is signed in to.
    pub enum Authentication {
        Password = "password",
        /// Client credentials: no person is needed, and one application reads many mailboxes.
        MicrosoftApp = "microsoft_app",
        /// A person of Microsoft 365 signs in once, in the browser.
        Microsoft = "microsoft",
        /// A person of Google signs in once, in the browser.
        Google = "google",
        /// Any other server of tokens: by a person where it has a page to sign in, else by client credentials.
        OAuth2 = "oauth2",
    }
}

impl Authentication {
    pub fn label(self) -> Sentence {
        match self {
            Authentication::Password => say!("servers-authentication-password"),
            Authentication::MicrosoftApp => say!("servers-authentication-microsoft_app"),
            Authentication::Microsoft => say!("servers-authentication-microsoft"),
            Authentication::Google => say!("servers-authentication-google"),
            Authentication::OAuth2 => say!("servers-authentication-oauth2"),
        }
    }

    /// With a token, instead of a password.
    pub fn is_oauth(self) -> bool {
        self != Authentication::Password
    }

    pub fn is_microsoft(self) -> bool {
        matches!(self, Authentication::MicrosoftApp | Authentication::Microsoft)
    }

    /// How long a person's consent lasts without being used; None where the provider does not say. Microsoft: 90 days;
    /// Google: six months.
    pub fn unused_until(self, last_use: Moment) -> Option<Moment> {
        match self {
            Authentication::Microsoft => Some(last_use + TimeDelta::days(90)),
            Authentication::Google => last_use.checked_add_months(Months::new(6)),
            Authentication::OAuth2 | Authentication::MicrosoftApp | Authentication::Password => None,
        }
    }

    /// Whether a person signs in.
    pub fn is_by_person(self) -> bool {
        matches!(self, Authentication::Microsoft | Authentication::Google | Authentication::OAuth2)
    }

    fn by_token() -> Vec<(&'static str, Sentence)> {
        Self::ALL.iter().filter(|one| one.is_oauth()).map(|one| (one.code(), one.label())).collect()
    }
}

/// The secret fields of an application.
pub const CLIENT_SECRET: &str = "oauth_client_secret";
pub const CERTIFICATE: &str = "oauth_certificate";

/// An address to which secrets are sent: `https://`, or `http://` on this machine alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        let wrong = |words: Sentence| Err(Invalid::new(field, words));
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong(say!("oauth-url"));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() || authority.contains('@') || text.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            return wrong(say!("oauth-url-wrong"));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "https" => Ok(Self(text.to_owned())),
            "http" if reach::is_loopback(host_of(authority)) => Ok(Self(text.to_owned())),
            _ => wrong(say!("oauth-url-readable")),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without its port.
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        host_of(rest.split(['/', '?', '#']).next().unwrap_or_default())
    }

    pub fn is_here(&self) -> bool {
        reach::is_loopback(self.host())
    }
}

fn host_of(authority: &str) -> &str {
    match authority.rfind(':') {
        Some(at) if authority[at + 1..].bytes().all(|byte| byte.is_ascii_digit()) => &authority[..at],
        _ => authority,
    }
}

/// How the provider identifies an application, as typed. Its secrets are sealed in columns of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// Microsoft: the directory's id or domain.
    pub tenant: String,
    pub client_id: String,
    /// Empty: the usual address of the provider.
    pub authorize_url: String,
    pub token_url: String,
    pub scope: String,
    /// The day on which the client secret or the certificate expires.
    pub expires: Option<NaiveDate>,
}

/// How a token is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// Client credentials (RFC 6749 §4.4).
    Application,
    /// Authorization code (§4.1) with PKCE, then refresh tokens (§6).
    SignIn,
}

/// What a request for a token contains, without the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub authentication: Authentication,
    pub way: GrantType,
    pub client_id: String,
    pub token_url: Endpoint,
    /// Set where the way is [`GrantType::SignIn`].
    pub authorize_url: Option<Endpoint>,
    /// Separated by blanks.
    pub scope: String,
}

/// Where Microsoft's directory of all organisations signs in people of any of them.
const ANY_TENANT: &str = "common";

impl Application {
    /// The request for a token that these settings make, or everything that is missing for it.
    pub fn grant(&self, authentication: Authentication, protocol: Protocol) -> Result<Grant, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut take = |field, typed: &str, usual: Option<String>| match (typed, usual) {
            ("", None) => None,
            ("", Some(usual)) => Endpoint::parse(field, &usual).map_err(|invalid| wrong.push(invalid)).ok(),
            (typed, _) => Endpoint::parse(field, typed).map_err(|invalid| wrong.push(invalid)).ok(),
        };
        let microsoft = |what: &str| {
            let tenant = if self.tenant.is_empty() { ANY_TENANT } else { &self.tenant };
            Some(format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/{what}"))
        };
        let personal = format!("https://outlook.office.com/{} offline_access", protocol.facts().microsoft_scope);
        let (authorize, token, scope) = match authentication {
            Authentication::MicrosoftApp => (None, microsoft("token"), "https://outlook.office365.com/.default"),
            Authentication::Microsoft => (microsoft("authorize"), microsoft("token"), &*personal),
            Authentication::Google => (
                Some("https://accounts.google.com/o/oauth2/v2/auth".into()),
                Some("https://oauth2.googleapis.com/token".into()),
                "https://mail.google.com/",
            ),
            Authentication::OAuth2 | Authentication::Password => (None, None, ""),
        };
        let typed = if authentication == Authentication::MicrosoftApp { "" } else { self.authorize_url.as_str() };
        let authorize_url = take("oauth_authorize_url", typed, authorize);
        let token_url = take("oauth_token_url", &self.token_url, token);
        if self.client_id.is_empty() {
            wrong.push(Invalid::new("oauth_client_id", say!("oauth-client-id")));
        }
        if authentication == Authentication::MicrosoftApp && self.tenant.is_empty() {
            let words = say!("oauth-tenant");
            wrong.push(Invalid::new("oauth_tenant", words));
        }
        if !self.tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')) {
            let words = say!("oauth-tenant-wrong");
            wrong.push(Invalid::new("oauth_tenant", words));
        }
        if token_url.is_none() && wrong.iter().all(|invalid| invalid.field != "oauth_token_url") {
            wrong.push(Invalid::new("oauth_token_url", say!("oauth-token-url")));
        }
        match token_url {
            Some(token_url) if wrong.is_empty() => Ok(Grant {
                authentication,
                way: if authorize_url.is_some() { GrantType::SignIn } else { GrantType::Application },
                client_id: self.client_id.clone(),
                token_url,
                authorize_url,
                scope: if self.scope.is_empty() { scope.to_owned() } else { self.scope.clone() },
            }),
            _ => Err(wrong),
        }
    }

    /// Empties the fields that this way of signing in does not use.
    pub fn keep_what_counts(&mut self, authentication: Authentication) {
        if !authentication.is_oauth() {
            *self = Self::default();
        }
        if !authentication.is_microsoft() {
            self.tenant.clear();
        }
        if authentication == Authentication::MicrosoftApp {
            self.authorize_url.clear();
        }
    }
}

/// Which secrets of an application are typed or saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Has {
    pub secret: bool,
    pub certificate: bool,
}

impl Grant {
    /// The complaint about a missing secret: without one the application cannot prove who it is.
    pub fn lacks(&self, has: Has) -> Option<Invalid> {
        let words = match (self.authentication, self.way) {
            (Authentication::MicrosoftApp, _) if !has.secret && !has.certificate => {
                say!("oauth-secret-or-certificate")
            }
            (Authentication::Google, _) if !has.secret => say!("oauth-secret-google"),
            (Authentication::OAuth2, GrantType::Application) if !has.secret => {
                say!("oauth-secret-alone")
            }
            _ => return None,
        };
        Some(Invalid::new(CLIENT_SECRET, words))
    }
}

/// An object with an application.
pub trait Applies: Sized + 'static {
    fn authentication(&self) -> Authentication;
    fn set_authentication(&mut self, authentication: Authentication);
    fn application(&self) -> &Application;
    fn application_mut(&mut self) -> &mut Application;
}

macro_rules! text {
    ($function:ident, $name:literal, $part:ident, $max:expr) => {
        pub const fn $function<T: Applies>() -> SettingField<T> {
            SettingField::new(
                $name,
                SettingKind::Line($max),
                |object: &T| object.application().$part.clone(),
                |object: &mut T, typed| {
                    object.application_mut().$part = typed.line()?;
                    Ok(())
                },
            )
        }
    };
}

text!(tenant, "oauth_tenant", tenant, 200);
text!(client_id, "oauth_client_id", client_id, 300);
text!(authorize_url, "oauth_authorize_url", authorize_url, 500);
text!(token_url, "oauth_token_url", token_url, 500);
text!(scope, "oauth_scope", scope, 1000);

pub const fn authentication<T: Applies>(choices: fn() -> Vec<(&'static str, Sentence)>) -> SettingField<T> {
    SettingField::new(
        "authentication",
        SettingKind::Choice(choices),
        |object: &T| object.authentication().code().to_owned(),
        |object: &mut T, typed| {
            object.set_authentication(typed.choice(Authentication::from_code)?);
            Ok(())
        },
    )
    .or_say(|| say!("oauth-authentication"))
}

pub fn all() -> Vec<(&'static str, Sentence)> {
    Authentication::ALL.iter().map(|one| (one.code(), one.label())).collect()
}

pub const fn expires<T: Applies>() -> SettingField<T> {
    SettingField::new(
        "oauth_expires",
        SettingKind::Date,
        |object: &T| object.application().expires.map_or_else(String::new, |date| date.to_string()),
        |object: &mut T, typed| {
            let typed = if typed.text.is_empty() { None } else { Some(typed.date()?) };
            object.application_mut().expires = typed;
            Ok(())
        },
    )
    .or_say(|| say!("oauth-expires"))
}

/// An application that is kept once for several mailboxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    pub id: ProviderId,
    pub name: String,
    pub authentication: Authentication,
    pub application: Application,
}

impl Applies for Provider {
    fn authentication(&self) -> Authentication {
        self.authentication
    }

    fn set_authentication(&mut self, authentication: Authentication) {
        self.authentication = authentication;
    }

    fn application(&self) -> &Application {
        &self.application
    }

    fn application_mut(&mut self) -> &mut Application {
        &mut self.application
    }
}

impl SettingsObject for Provider {
    type Id = ProviderId;

    const NAME: fn() -> Sentence = || say!("name-provider");
    const NAMES: fn() -> Sentence = || say!("names-providers");
    const MODEL: &'static str = "mailgate.oauth_provider";
    const OBJECT: Object = Object::Providers;
    const WORDS: &'static str = "providers";
    const FIELDS: &'static [SettingField<Self>] = &[
        crate::field!(name: line(200)).required(|| say!("oauth-name")).at("name").api("Name"),
        authentication::<Self>(Authentication::by_token).at("name").api_as(
            "authentication",
            "Authentication",
            "authentication",
        ),
        tenant::<Self>().shown("for-microsoft").at("application").api_as("oauth_tenant", "Tenant", "tenant"),
        client_id::<Self>().at("application").api_as("oauth_client_id", "Client ID", "client_id"),
        SettingField::<Self>::secret_text(CLIENT_SECRET).at("application").api("Client Secret"),
        SettingField::<Self>::secret_text(CERTIFICATE).shown("for-app").at("application").api("Certificate"),
        expires::<Self>().at("application").api_as("oauth_expires", "Expires", "expires"),
        authorize_url::<Self>().at("addresses").api_as("oauth_authorize_url", "Authorize URL", "authorize_url"),
        token_url::<Self>().at("addresses").api_as("oauth_token_url", "Token URL", "token_url"),
        scope::<Self>().at("addresses").api_as("oauth_scope", "Scope", "scope"),
    ];

    fn blank() -> Self {
        Self {
            id: ProviderId(0),
            name: String::new(),
            authentication: Authentication::MicrosoftApp,
            application: Application::default(),
        }
    }

    fn id(&self) -> ProviderId {
        self.id
    }

    fn facts(&self) -> ObjectFacts {
        ObjectFacts { name: self.name.clone(), state: None, active: true }
    }
}

/// Which secrets of an application there will be once this form is saved: those typed now and those saved before.
pub fn has<T: SettingsObject>(form: &SettingForm<T>, saved: &[&str]) -> Has {
    let has = |field: &str| form.secret(field).is_some() || saved.contains(&field);
    Has { secret: has(CLIENT_SECRET), certificate: has(CERTIFICATE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(tenant: &str, client_id: &str) -> Application {
        Application { tenant: tenant.into(), client_id: client_id.into(), ..Application::default() }
    }

    #[test]
    fn each_provider_is_asked_where_and_for_what_it_wants() {
        let grant =
            |authentication, protocol| application("contoso.org", "id").grant(authentication, protocol).unwrap();
        let app = grant(Authentication::MicrosoftApp, Protocol::Imap);
        assert_eq!(app.token_url.as_str(), "https://login.microsoftonline.com/contoso.org/oauth2/v2.0/token");
        assert_eq!((app.way, app.scope.as_str()), (GrantType::Application, "https://outlook.office365.com/.default"));
        let person = grant(Authentication::Microsoft, Protocol::Imap);
        assert_eq!(person.scope, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access");
        assert_eq!(person.way, GrantType::SignIn);
        assert!(grant(Authentication::Microsoft, Protocol::Pop).scope.contains("POP.AccessAsUser.All"));
        let google = grant(Authentication::Google, Protocol::Imap);
        assert_eq!((google.way, google.scope.as_str()), (GrantType::SignIn, "https://mail.google.com/"));
    }

    #[test]
    fn what_is_missing_is_said_field_by_field() {
        let fields = |application: Application, authentication| {
            let wrong = application.grant(authentication, Protocol::Imap).unwrap_err();
            wrong.into_iter().map(|invalid| invalid.field.into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(fields(application("", ""), Authentication::MicrosoftApp), ["oauth_client_id", "oauth_tenant"]);
        assert_eq!(fields(application("", "id"), Authentication::OAuth2), ["oauth_token_url"]);
        assert_eq!(fields(application("a/b", "id"), Authentication::Microsoft), ["oauth_tenant"]);
        let readable = Application { token_url: "http://example.org/token".into(), ..application("", "id") };
        assert_eq!(fields(readable, Authentication::OAuth2), ["oauth_token_url"]);
    }

    #[test]
    fn secrets_are_sent_encrypted_or_within_this_machine() {
        let parse = |text| Endpoint::parse("oauth_token_url", text);
        assert_eq!(parse("https://login.example.org:8443/token?a=b").unwrap().host(), "login.example.org");
        assert!(parse("http://127.0.0.1:9/token").unwrap().is_here());
        for wrong in
            ["", "login.example.org", "http://example.org/token", "ftp://x", "https://u@x/", "https://", "https://a b"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
