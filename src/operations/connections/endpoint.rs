//! A connection as an endpoint: what differs from the other kinds.

use super::form::Form;
use super::parse::parse;
use super::view::View;
use crate::domain::connection::{Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::reach;
use crate::operations::endpoints::{Endpoint, Facts, READABLE_FOR, READABLE_OK, Table};
use crate::operations::{App, OperationError};
use crate::store::connections::{self, Stored};
use crate::store::{Db, StoreError};

impl Endpoint for Connection {
    type Id = ConnectionId;
    type View = View;

    const NAME: &'static str = "connection";
    const MODEL: &'static str = "mailgate.connection";
    const FIELDS: &'static [&'static str] = &["name", "url", "database", "login", "workers", READABLE_OK, READABLE_FOR];
    const CARRIED: &'static [&'static str] = &[READABLE_OK, READABLE_FOR];
    /// Mail goes on while the far end is away.
    const TEST_RESETS: bool = false;
    const TABLE: Table<Self> = Table {
        list: connections::list,
        get: connections::get,
        insert: connections::insert,
        update: connections::update,
        password: connections::password,
        set_password: connections::set_password,
    };

    fn id(&self) -> ConnectionId {
        self.id
    }

    fn facts(&self) -> Facts<'_> {
        Facts { name: &self.name, state: self.state.code(), active: self.active }
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn reset(&mut self) {
        self.state = ConnectionState::Draft;
    }

    fn fill(&self, form: &mut Form) {
        form.set("name", &self.name);
        form.set("url", self.url.as_str());
        form.set("database", &self.database);
        form.set("login", &self.login);
        form.set("workers", &self.workers.to_string());
    }

    fn parse(_: &App, _: &mut Db, form: &Form, existing: Option<&Stored>) -> Result<Self, OperationError> {
        parse(form, existing).map_err(OperationError::Invalid)
    }

    fn readable_at(&self) -> Option<&str> {
        Some(self.url.host()).filter(|host| !self.url.is_encrypted() && !reach::is_loopback(host))
    }

    fn must_be_tested(&self, old: &Self) -> bool {
        (&self.url, &self.database, &self.login) != (&old.url, &old.database, &old.login)
    }

    fn view(db: &mut Db, stored: Stored) -> Result<View, StoreError> {
        View::read(db, stored)
    }
}
