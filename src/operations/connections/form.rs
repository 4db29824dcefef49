//! What is particular to the form of a connection. What a form means is decided in [`super::parse`].

use crate::domain::connection::Connection;
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
}
