//! What is particular to the form of a connection. What a form means is decided in [`super::parse`].

use crate::domain::connection::{BaseUrl, Connection};
use crate::domain::reach;
use crate::operations::endpoints;

/// A connection as a form or an API call gives it.
pub type Form = endpoints::Form<Connection>;

impl Form {
    /// What *New* shows.
    pub fn fresh() -> Self {
        let mut form = Self::default();
        form.set("workers", "2");
        form
    }

    /// The host, other than this machine, to which password and mail would travel readable; empty where there is none.
    pub fn readable_at(&self) -> String {
        let url = BaseUrl::parse(self.text("url")).ok().filter(|url| !url.is_encrypted());
        url.filter(|url| !reach::is_loopback(url.host())).map_or_else(String::new, |url| url.host().to_owned())
    }
}
