//! Settings as tables of fields: what is declared once stands on its page, with its words.

use mailgate::domain::alias::Alias;
use mailgate::domain::connection::Connection;
use mailgate::domain::person::User;
use mailgate::domain::server::IncomingServer;
use mailgate::domain::setting::SettingsObject;

use super::site::{Browser, Site};
use crate::support::database::Place;

/// Fields of the form of a new object that are not on it, or not called by a label of their own.
fn missing<T: SettingsObject>(browser: &Browser, path: &str, but: &[&str]) -> Vec<String> {
    let page = browser.get(&format!("{path}/new"));
    let stands = |name: &str| page.body.contains(&format!("name=\"{name}\""));
    let said = |name: &str| !page.body.contains(&format!(">{}-field-{name}<", T::WORDS));
    let fields = T::FIELDS.iter().map(|field| field.name).filter(|name| !but.contains(name));
    fields.filter(|name| !stands(name) || !said(name)).map(|name| format!("{} {name}", T::MODEL)).collect()
}

#[test]
fn every_field_stands_on_its_page_under_its_label() {
    let place = Place::sqlite();
    let browser = Site::new(&place).signed_in("admin");
    // A tick for what travels readable stands there only while something would; a connection is chosen where there is one.
    let readable = ["readable_ok", "readable_for"];
    let server = [&readable[..], &["connection_id", "no_other_fetcher"]].concat();
    let email = "/settings/technical/email";
    let missing = [
        missing::<IncomingServer>(&browser, &format!("{email}/incoming"), &server),
        missing::<Connection>(&browser, &format!("{email}/connections"), &readable),
        missing::<Alias>(&browser, &format!("{email}/aliases"), &[]),
        missing::<User>(&browser, "/settings/users", &[]),
    ];
    assert_eq!(missing.concat(), Vec::<String>::new());
}
