//! Connections as an administrator uses them: the form, what is never shown, the test, record types, and the desk.

mod api;
mod desk;
mod form;
mod servers;
mod testing;

use mailgate::domain::person::Caller;
use mailgate::operations::connections::{self, Filter, View};

use crate::support::fake_odoo::FakeOdoo;
use crate::web::site::{Browser, Page, Site};

const BASE: &str = "/settings/technical/email/connections";

/// A form's fields; later ones replace earlier ones of the same name.
type Fields = Vec<(&'static str, String)>;

/// What an administrator fills in, as a browser sends it.
fn filled(url: &str) -> Fields {
    vec![
        ("name", "OpenSPP".into()),
        ("url", url.into()),
        ("database", "openspp".into()),
        ("login", "mailgate@example.org".into()),
        ("password", "Tr0ub4dor".into()),
        ("workers", "2".into()),
    ]
}

/// The same for a far end that is there.
fn far_end(odoo: &FakeOdoo) -> Fields {
    let url = format!("http://127.0.0.1:{}", odoo.port);
    but(filled(&url), &[("login", "bridge@example.org"), ("password", "key")])
}

fn but(mut fields: Fields, changes: &[(&'static str, &str)]) -> Fields {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, (*value).to_owned()));
    }
    fields
}

/// Posts the form of `page` by the button of this name.
fn press(browser: &Browser, page: &str, button: &str, fields: &Fields) -> Page {
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push((button, "1"));
    browser.submit(page, page, &fields)
}

fn new() -> String {
    format!("{BASE}/new")
}

fn page_of(view: &View) -> String {
    format!("{BASE}/{}", view.connection.id)
}

/// The one connection that there is.
fn only(site: &Site) -> View {
    let mut all = connections::list(&site.app, &Caller::command_line(), &Filter::default()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// The chevron that is marked as the current one.
fn step(page: &Page) -> &str {
    let (_, rest) = page.body.split_once(r#"<li aria-current="step">"#).expect("a current step");
    rest.split('<').next().unwrap()
}
