//! Whoever is not signed in reads the language that the browser asks for; whoever is, his own.

use mailgate::domain::words;
use rocket::http::{Header, Status};

use super::site::{Page, Site};
use crate::support::database::Place;
use crate::support::desk::Desk;
use crate::support::postgres;

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

/// The page of an error in a language: its title, and the beginning of what it says.
fn is_said_in(page: &Page, language: &str, status: u16, words: &str) {
    assert_eq!(page.status.code, status, "{}", page.body);
    page.says(&format!("<html lang=\"{language}\""));
    let words = words::with(language, words, &[("seconds", 100.into())]).replace('\'', "&#x27;");
    page.says(words.split(|c: char| c.is_numeric()).next().unwrap());
}

#[test]
fn pages_of_errors_speak_as_the_browser_asks() {
    let place = Place::postgres();
    let site = Site::new(&place);
    let languages = ["fr", "ar", "en"];
    let asking = |language: &str| Header::new("Accept-Language", language.to_owned());
    for language in languages {
        let browser = site.browser();
        let asked = [("Accept-Language", language)];
        is_said_in(&browser.get_with("/no-such-page", &asked), language, 404, "error-404");
        let post = |login: &str, password: &str| {
            let token = browser.get_with("/login", &asked).csrf_token();
            let fields = [("csrf_token", token.as_str()), ("login", login), ("password", password)];
            browser.post_with("/login", &fields, [asking(language)])
        };
        is_said_in(&post("admin", &"x".repeat(3 << 20)), language, 413, "error-too-large");
        let guessed =
            (0..40).map(|_| post(&format!("guessed-{language}"), "wrong")).find(|page| page.status.code != 422);
        is_said_in(&guessed.expect("guessing is slowed down"), language, 429, "login-too-many");
    }
    // What a role may not see is said in the person's own.
    let officer = site.signed_in("officer");
    officer.submit("/preferences", "/preferences", &[("language", "fr"), ("time_zone", "UTC")]);
    is_said_in(&officer.get_with("/settings/users", &[("Accept-Language", "ar")]), "fr", 403, "error-403-title");
    // Nobody can say whose page it is.
    postgres::take_away(&place.config.database_url);
    for language in languages {
        is_said_in(&officer.get_with("/", &[("Accept-Language", language)]), language, 503, "error-503");
    }
}

#[test]
fn what_a_deed_says_aloud_and_what_is_printed_is_in_the_persons_language() {
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    let record = desk.record(desk.plain("awa@people.example", "Carte perdue", "Bonjour\n> cité"));
    let officer = desk.site.signed_in("officer");
    officer.submit("/preferences", "/preferences", &[("language", "fr"), ("time_zone", "UTC")]);
    let page = officer.get(&record);
    let deed = |page: &Page, path: &str, typed: &[(&str, &str)]| {
        let form = page.form("records-form");
        let mut fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.retain(|(name, _)| typed.iter().all(|(other, _)| other != name));
        let answer = officer.post_with(
            &format!("{record}/{path}"),
            &[&fields, typed].concat(),
            [Header::new("HX-Request", "true")],
        );
        assert_eq!(answer.status.code, 200, "{}", answer.body);
        answer
    };
    let spoken = |page: &Page| {
        let (_, said) = page.body.split_once("data-said>").unwrap_or_default();
        said.split('<').next().unwrap_or_default().to_owned()
    };
    let staged = deed(&page, "stage", &[("stage_id", "in_progress")]);
    assert_eq!(spoken(&staged), "Étape : Nouvelle → En cours", "{}", staged.body);
    assert_eq!(spoken(&deed(&staged, "read", &[])), "", "what was said is not said again");
    let noted = deed(&staged, "note", &[("note", "Appelée")]);
    assert_eq!(spoken(&noted), words::text("fr", "records-noted"));
    let paper = officer.get(&format!("{record}/print"));
    for said in ["Étape : Nouvelle → En cours", "<dt>Étape</dt><dd>En cours</dd>", "Appelée"] {
        paper.says(said);
    }
}
