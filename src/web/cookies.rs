//! The four cookies: the session's token, the token of forms before there is a session, who signed in with this browser
//! before, and one message for the next page. All are `HttpOnly`, `SameSite=Lax`, below `PUBLIC_URL`'s path, and `Secure`
//! where that is https. Then their names say so (see [`Config::cookie_name`]), and no neighbour on the host or its domain
//! can plant one.

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::time::Duration;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::domain::secret::Secret;
use crate::operations::sessions::NewSession;
use crate::operations::throttle;

/// Not Odoo's `session_id`: both may live on one host.
const SESSION: &str = "mailgate_session";
/// It signs nobody in: see [`crate::operations::throttle`].
const DEVICE: &str = "mailgate_device";
const FORM: &str = "mailgate_form";
const FLASH: &str = "mailgate_flash";

/// How a message looks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    Good,
    Warning,
    Bad,
}

/// One message, shown once on the next page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub text: String,
}

fn cookie(config: &Config, name: &'static str, value: String) -> Cookie<'static> {
    let path = if config.base_path().is_empty() { "/" } else { config.base_path() };
    Cookie::build((config.cookie_name(name), value))
        .path(path.to_owned())
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .build()
}

fn value<'a>(jar: &'a CookieJar<'_>, config: &Config, name: &'static str) -> Option<&'a str> {
    jar.get(&config.cookie_name(name)).map(Cookie::value)
}

pub fn session(jar: &CookieJar<'_>, config: &Config) -> Option<Secret> {
    value(jar, config, SESSION).map(Secret::new)
}

pub fn set_session(jar: &CookieJar<'_>, config: &Config, session: &NewSession) {
    jar.add(cookie(config, SESSION, session.token.reveal().to_owned()));
    if let Some(device) = &session.device {
        set_device(jar, config, device);
    }
    // A form rendered before signing in is worth nothing after it.
    jar.remove(cookie(config, FORM, String::new()));
}

/// Who signed in with this browser before, as [`crate::operations::throttle`] wrote it.
pub fn device(jar: &CookieJar<'_>, config: &Config) -> Option<Secret> {
    value(jar, config, DEVICE).map(Secret::new)
}

pub fn set_device(jar: &CookieJar<'_>, config: &Config, device: &Secret) {
    let mut cookie = cookie(config, DEVICE, device.reveal().to_owned());
    cookie.set_max_age(Duration::days(throttle::DAYS));
    jar.add(cookie);
}

pub fn remove_session(jar: &CookieJar<'_>, config: &Config) {
    jar.remove(cookie(config, SESSION, String::new()));
}

pub fn form_token(jar: &CookieJar<'_>, config: &Config) -> Option<String> {
    value(jar, config, FORM).filter(|token| token.len() == 64).map(str::to_owned)
}

pub fn set_form_token(jar: &CookieJar<'_>, config: &Config, token: &str) {
    jar.add(cookie(config, FORM, token.to_owned()));
}

pub fn set_flash(jar: &CookieJar<'_>, config: &Config, flash: &Flash) {
    let text = serde_json::to_string(flash).unwrap_or_default();
    let mut cookie = cookie(config, FLASH, text);
    cookie.set_max_age(Duration::minutes(1));
    jar.add(cookie);
}

/// Takes the message away with the page that shows it.
pub fn take_flash(jar: &CookieJar<'_>, config: &Config) -> Option<Flash> {
    let flash = serde_json::from_str(value(jar, config, FLASH)?).ok();
    jar.remove(cookie(config, FLASH, String::new()));
    flash
}
