//! Whoever is not signed in reads the language that the browser asks for; whoever is, his own.

use mailgate::domain::words;
use rocket::http::Status;

use super::site::Site;
use crate::support::database::Place;

#[test]
fn pages_for_strangers_speak_as_their_browser_asks_and_a_persons_own_choice_wins() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    for (asked, language, direction) in [
        ("fr-CA, en;q=0.5", "fr", "ltr"),
        ("en;q=0.3, ar-EG;q=0.9", "ar", "rtl"),
        ("de, es;q=0.8", "en", "ltr"),
        ("ar;q=0, fr;q=0.1", "fr", "ltr"),
        ("*", "en", "ltr"),
        (";q=,,=", "en", "ltr"),
    ] {
        let browser = site.browser();
        let headers = [("Accept-Language", asked)];
        let page = browser.get_with("/login", &headers);
        page.says(&format!(r#"<html lang="{language}" dir="{direction}">"#));
        page.says(&words::text(language, "login-button"));
        let missing = browser.get_with("/no-such-page", &headers);
        assert_eq!(missing.status, Status::NotFound);
        missing.says(&words::text(language, "error-404").replace('\'', "&#x27;"));
    }
    let admin = site.signed_in("admin");
    let page = admin.get_with("/preferences", &[("Accept-Language", "ar")]);
    page.says(r#"<html lang="en" dir="ltr">"#);
    for name in ["English", "Français", "العربية"] {
        page.says(&format!(">{name}</option>"));
    }
    admin.submit("/preferences", "/preferences", &[("language", "ar"), ("time_zone", "UTC")]);
    let page = admin.get_with("/records/spp.grm.ticket", &[("Accept-Language", "en")]);
    page.says(r#"<html lang="ar" dir="rtl">"#);
    page.says(&words::text("ar", "module-spp_grm_ticket-plural"));
}
