//! Behind nginx, as README.md shows it: under a path, with TLS, and with the people's own addresses in the audit.

use super::sign_in;
use crate::support::app::Installation;
use crate::support::browser::Browser;
use crate::support::free_port;
use crate::support::nginx::{Nginx, PROXY};

#[test]
fn it_works_behind_nginx_as_readme_shows_it() {
    let port = free_port();
    let public = format!("https://localhost:{port}/mailgate");
    let installation =
        Installation::new().set("PUBLIC_URL", &public).set("TRUSTED_PROXY", PROXY).with_user("admin", "system_admin");
    let serving = installation.serve();
    let _nginx = Nginx::start(port, serving.port);
    let browser = Browser::open(&public);

    // Links, redirects, style and script stay below the path.
    sign_in(&browser, "admin");
    browser.press("Settings");
    assert_eq!(browser.path(), "/settings");
    browser.press("Activate the developer mode");
    browser.see("Technical");
    assert!(browser.path().starts_with("/settings"), "{}", browser.path());
    assert_eq!(browser.console(), Vec::<String>::new());

    // The cookie travels encrypted only, to this path only, and no script reads it.
    let cookies = browser.cookies();
    assert!(!cookies.is_empty());
    for cookie in &cookies {
        assert_eq!(
            (cookie["secure"].as_bool(), cookie["httpOnly"].as_bool(), cookie["sameSite"].as_str()),
            (Some(true), Some(true), Some("Lax"))
        );
        assert!(cookie["name"].as_str().is_some_and(|name| name.starts_with("__Secure-")), "{cookie:?}");
        assert_eq!(cookie["path"].as_str(), Some("/mailgate"));
    }

    // Who signed in is known by the address that nginx saw, not by nginx's own.
    browser.goto("/settings/audit");
    browser.see("127.0.0.1");
    assert!(!browser.text().contains(PROXY), "the proxy's address stands for a person's");
}

#[test]
fn nobody_but_the_trusted_proxy_says_who_somebody_is() {
    let installation = Installation::new().with_user("admin", "system_admin");
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    browser.header("X-Real-IP", "203.0.113.9");
    sign_in(&browser, "admin");
    browser.goto("/settings/audit");
    browser.see("127.0.0.1");
    assert!(!browser.text().contains("203.0.113.9"), "anybody can send this header");
}
