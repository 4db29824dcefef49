//! What every answer carries, and what belongs to `PUBLIC_URL`.

use mailgate::domain::secret::Secret;
use rocket::http::Status;

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::Place;

#[test]
fn every_answer_forbids_foreign_scripts_frames_and_guessing_of_types() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let browser = site.signed_in("admin");
    let api = |path| browser.post_bare(path, &[("not", "a call")]);
    let pages = ["/", "/login", "/no-such-page", "/favicon.ico", "/healthz", "/metrics", "/settings/users/999"];
    let answers = pages.iter().map(|path| (*path, browser.get(path)));
    let apis = ["/xmlrpc/2/common", "/jsonrpc", "/web/session/check"].map(|path| (path, api(path)));
    for (path, page) in answers.chain(apis) {
        let csp = page.header("Content-Security-Policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
        assert!(csp.contains("object-src 'none'") && csp.contains("base-uri 'none'"), "{path}: {csp}");
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(page.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(page.header("Referrer-Policy"), "same-origin");
        let once: Vec<&str> = page.headers("X-Frame-Options").chain(page.headers("Permissions-Policy")).collect();
        assert_eq!(once, ["DENY", "camera=(), geolocation=(), microphone=()"], "{path}");
        assert_eq!(page.header("Strict-Transport-Security"), "", "it binds what else lives on this host");
    }
    assert_eq!(browser.get("/").header("Cache-Control"), "no-store");
}

#[test]
fn pages_have_no_inline_script_or_style_and_their_files_are_kept() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let body = site.signed_in("admin").get("/settings").body;
    assert!(!body.contains("<style") && !body.contains(" style=") && !body.contains("onclick"));
    let scripts: Vec<&str> = body.split("<script").skip(1).collect();
    assert!(!scripts.is_empty() && scripts.iter().all(|script| script.contains("src=\"/static/")));
    let (_, rest) = body.split_once(r#"<link rel="stylesheet" href=""#).unwrap();
    let stylesheet = site.browser().get(rest.split('"').next().unwrap());
    assert_eq!(stylesheet.status, Status::Ok);
    assert!(stylesheet.header("Cache-Control").contains("immutable"));
    assert!(stylesheet.body.len() < 28_000, "the stylesheet has grown to {} bytes", stylesheet.body.len());
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
    let cookie = page.headers("Set-Cookie").find(|cookie| cookie.starts_with("__Secure-mailgate_session=")).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/mail"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn https_is_insisted_on_only_where_the_setting_says_so() {
    let mut place = Place::sqlite();
    place.config.hsts_days = 365;
    assert_eq!(Site::empty(&place).browser().get("/login").header("Strict-Transport-Security"), "", "nobody has https");
    place.config.public_url = "https://example.org".into();
    let browser = Site::empty(&place).browser();
    for path in ["/login", "/no-such-page", "/metrics"] {
        assert_eq!(browser.get(path).header("Strict-Transport-Security"), "max-age=31536000", "{path}");
    }
}

#[test]
fn under_https_no_neighbour_can_plant_a_cookie() {
    for (public_url, prefix, path) in [
        ("https://example.org", "__Host-", "Path=/"),
        ("https://example.org/mail", "__Secure-", "Path=/mail"),
        ("http://example.org/mail", "", "Path=/mail"),
        ("", "", "Path=/"),
    ] {
        let mut place = Place::sqlite();
        place.config.public_url = public_url.into();
        let site = Site::new(&place);
        let browser = site.browser();
        let page = browser.get("/login");
        let form: Vec<&str> = page.headers("Set-Cookie").collect();
        assert!(form.len() == 1 && form[0].starts_with(&format!("{prefix}mailgate_form=")), "{public_url}: {form:?}");
        let signed_in = browser.sign_in("admin", PASSWORD);
        assert_eq!(signed_in.status, Status::SeeOther, "{public_url}: {}", signed_in.body);
        let cookies: Vec<&str> = signed_in.headers("Set-Cookie").collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with(&format!("{prefix}mailgate_session=")));
        let session = session.unwrap_or_else(|| panic!("{public_url}: {cookies:?}"));
        assert_eq!(session.split("; ").filter(|part| part.starts_with("Path=")).collect::<Vec<_>>(), [path]);
        assert_eq!(session.contains("; Secure"), !prefix.is_empty(), "{session}");
        assert!(!session.contains("Domain"), "{session}");

        // One that was planted under the bare name is nobody's.
        if !prefix.is_empty() {
            let planted = site.browser();
            let token = browser.cookie(&format!("{prefix}mailgate_session")).unwrap();
            planted.set_cookie("mailgate_session", &token);
            assert_eq!(planted.get("/").status, Status::SeeOther, "{public_url}");
        }
        browser.submit("/", "/logout", &[]);
        assert!(browser.get("/").location.contains("/login"), "{public_url}: signing out takes the cookie away");
    }
}

#[test]
fn figures_are_for_this_machine_or_for_who_knows_their_token() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    for (address, status) in
        [("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("192.0.2.7", 403), ("2001:db8::1", 403)]
    {
        let page = site.browser_at(address).get("/metrics");
        assert_eq!((page.status.code, page.body.contains("mailgate_messages")), (status, status == 200), "{address}");
    }
    // A proxy on this machine: whoever stands behind it.
    let browser = site.browser_at("127.0.0.1");
    for name in
        ["X-Real-IP", "X-Forwarded-For", "x-forwarded-host", "X-FORWARDED-PROTO", "X-Forwarded", "Forwarded", "Via"]
    {
        let page = browser.get_with("/metrics", &[(name, "127.0.0.1")]);
        assert_eq!((page.status.code, page.body.contains("mailgate_messages")), (403, false), "{name}");
    }

    let mut place = Place::sqlite();
    place.config.metrics_token = Secret::new("a token of ours");
    let site = Site::new(&place);
    for address in ["127.0.0.1", "192.0.2.7"] {
        let browser = site.browser_at(address);
        for (given, status) in [
            ("Bearer a token of ours", 200),
            ("bearer a token of ours", 200),
            ("Bearer a token of our", 401),
            ("Bearer a token of ours and more", 401),
            ("Bearer ", 401),
            ("Basic a token of ours", 401),
            ("a token of ours", 401),
        ] {
            let page = browser.get_with("/metrics", &[("Authorization", given), ("X-Forwarded-For", "203.0.113.9")]);
            assert_eq!(page.status.code, status, "{address} {given}");
        }
        let page = browser.get("/metrics");
        assert_eq!((page.status.code, page.header("WWW-Authenticate")), (401, "Bearer realm=\"mailgate\""));
    }
    assert!(!format!("{:?}", site.app.config).contains("a token of ours"), "a secret is never shown");
}
