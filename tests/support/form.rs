//! Forms as a browser sends them, and what the page of an incoming server or a connection says.

use crate::web::site::{Browser, Page};

/// A form's fields; later ones replace earlier ones of the same name.
pub type Fields = Vec<(&'static str, String)>;

/// The same form, filled in otherwise here and there.
pub fn but(mut fields: Fields, changes: &[(&'static str, &str)]) -> Fields {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, (*value).to_owned()));
    }
    fields
}

/// Posts the form of `page` by the button of this name.
pub fn press(browser: &Browser, page: &str, button: &str, fields: &Fields) -> Page {
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push((button, "1"));
    browser.submit(page, page, &fields)
}

/// The chevron that is marked as the current one.
pub fn step(page: &Page) -> &str {
    let (_, rest) = page
        .body
        .split_once(r#"<li aria-current="step">"#)
        .unwrap_or_else(|| panic!("a current step in {}: {}", page.status, page.body));
    rest.split('<').next().unwrap()
}
