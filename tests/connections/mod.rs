//! Connections as an administrator uses them: the form, what is never shown, the test, record types, and the desk.

mod api;
mod desk;
mod form;
mod servers;
mod testing;

use mailgate::domain::person::Caller;
use mailgate::operations::connections::{self, ConnectionView, FieldFilter};

use crate::support::fake_odoo::FakeOdoo;
use crate::support::form::{Fields, but};
use crate::web::site::Site;

const BASE: &str = "/settings/technical/email/connections";

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

fn new() -> String {
    format!("{BASE}/new")
}

fn page_of(view: &ConnectionView) -> String {
    format!("{BASE}/{}", view.connection.id)
}

/// The one connection that there is.
fn only(site: &Site) -> ConnectionView {
    let mut all = connections::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}
