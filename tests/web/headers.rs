//! What every answer carries, and what belongs to `PUBLIC_URL`.

use rocket::http::Status;

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::Place;

#[test]
fn every_answer_forbids_foreign_scripts_frames_and_guessing_of_types() {
    let site = Site::new(&Place::sqlite());
    let browser = site.signed_in("admin");
    for path in ["/", "/login", "/no-such-page", "/favicon.ico"] {
        let page = browser.get(path);
        let csp = page.header("Content-Security-Policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(page.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(page.header("Referrer-Policy"), "same-origin");
    }
    assert_eq!(browser.get("/").header("Cache-Control"), "no-store");
}

#[test]
fn pages_have_no_inline_script_or_style_and_their_files_are_kept() {
    let site = Site::new(&Place::sqlite());
    let body = site.signed_in("admin").get("/settings").body;
    assert!(!body.contains("<style") && !body.contains(" style=") && !body.contains("onclick"));
    let scripts: Vec<&str> = body.split("<script").skip(1).collect();
    assert!(!scripts.is_empty() && scripts.iter().all(|script| script.contains("src=\"/static/")));
    let (_, rest) = body.split_once(r#"<link rel="stylesheet" href=""#).unwrap();
    let stylesheet = site.browser().get(rest.split('"').next().unwrap());
    assert_eq!(stylesheet.status, Status::Ok);
    assert!(stylesheet.header("Cache-Control").contains("immutable"));
    assert!(stylesheet.body.len() < 20_000, "the stylesheet has grown to {} bytes", stylesheet.body.len());
}

#[test]
fn a_public_address_with_a_path_governs_links_redirects_and_cookies() {
    let mut place = Place::sqlite();
    place.config.public_url = "https://example.org/mail".into();
    let site = Site::new(&place);
    let browser = site.browser();
    // A proxy may keep the path or strip it.
    for path in ["/mail/login", "/login"] {
        browser.get(path).says(r#"action="/mail/login""#);
    }
    assert_eq!(browser.get("/mail/settings").location, "/mail/login?next=%2Fsettings");
    let token = browser.get("/mail/login").csrf_token();
    let fields = [("login", "admin"), ("password", PASSWORD), ("csrf_token", &token)];
    let page = browser.post_bare("/mail/login", &fields);
    assert_eq!(page.location, "/mail/");
    let cookie = page.headers("Set-Cookie").find(|cookie| cookie.starts_with("mailgate_session=")).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/mail"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}
