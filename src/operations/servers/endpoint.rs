//! An incoming server as an endpoint: what differs from the other kinds.

use super::form::Form;
use super::parse::{Against, parse};
use super::view::View;
use crate::domain::id::ServerId;
use crate::domain::reach;
use crate::domain::server::{Access, IncomingServer, Security, ServerState, ServerType};
use crate::operations::endpoints::{Endpoint, Facts, READABLE_FOR, READABLE_OK, Table};
use crate::operations::{App, OperationError};
use crate::store::servers::{self, Stored};
use crate::store::{Db, StoreError, connections, server_status};

impl Endpoint for IncomingServer {
    type Id = ServerId;
    type View = View;

    const NAME: &'static str = "incoming server";
    const MODEL: &'static str = "fetchmail.server";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "server_type",
        "server",
        "port",
        "auto_port",
        "is_ssl",
        "starttls",
        "tls_fingerprint",
        "user",
        "maildir",
        "connection_id",
        "object_model",
        "no_other_fetcher",
        "folder",
        "start_with",
        "start_date",
        "after_fetch",
        "move_to",
        "delete_after_days",
        "size_limit_mb",
        "interval_minutes",
        "priority",
        "attach",
        "original",
        "sender_policy",
        "auto_policy",
        "was_type",
        READABLE_OK,
        READABLE_FOR,
    ];
    /// What the page showed before the person changed it: so a value that merely follows is told from a typed one.
    const CARRIED: &'static [&'static str] = &["auto_port", "auto_policy", "was_type", READABLE_OK, READABLE_FOR];
    const TABLE: Table<Self> = Table {
        list: servers::list,
        get: servers::get,
        insert: servers::insert,
        update: servers::update,
        password: servers::password,
        set_password: servers::set_password,
    };

    fn id(&self) -> ServerId {
        self.id
    }

    fn facts(&self) -> Facts<'_> {
        Facts { name: &self.name, state: self.state.code(), active: self.active }
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn reset(&mut self) {
        self.state = ServerState::Draft;
    }

    fn fill(&self, form: &mut Form) {
        form.set("name", &self.name);
        form.set("server_type", self.server_type.code());
        match &self.access {
            Access::Network { host, port, security, trusted, username, .. } => {
                form.set("server", host.as_str());
                form.set("port", &port.0.to_string());
                form.set_security(*security);
                form.set("tls_fingerprint", trusted.as_ref().map_or("", |sha256| sha256.as_str()));
                form.set("user", username);
                if *port == self.server_type.default_port(*security) {
                    form.set("auto_port", &port.0.to_string());
                }
            }
            Access::Local { maildir } => {
                form.set("maildir", &maildir.as_ref().map(|path| path.to_string_lossy()).unwrap_or_default());
            }
        }
        form.set("connection_id", &self.connection.map(|id| id.to_string()).unwrap_or_default());
        form.set("object_model", self.object_model.as_deref().unwrap_or_default());
        form.set_flag("no_other_fetcher", self.no_other_fetcher);
        form.set("folder", &self.folder);
        form.set("start_with", self.start_with.code());
        form.set("start_date", &self.start_date.map(|date| date.to_string()).unwrap_or_default());
        form.set("after_fetch", self.after_fetch.code());
        form.set("move_to", self.move_to.as_deref().unwrap_or_default());
        form.set("delete_after_days", &self.delete_after_days.to_string());
        form.set("size_limit_mb", &self.size_limit_mb.to_string());
        form.set("interval_minutes", &self.interval_minutes.to_string());
        form.set("priority", &self.priority.to_string());
        form.set_flag("attach", self.attach);
        form.set_flag("original", self.original);
        form.set("sender_policy", self.sender_policy.code());
        if self.sender_policy == form.first_policy() {
            form.set("auto_policy", self.sender_policy.code());
        }
        form.set("was_type", self.server_type.code());
    }

    fn parse(app: &App, db: &mut Db, form: &Form, existing: Option<&Stored>) -> Result<Self, OperationError> {
        let mut form = form.clone();
        form.follow();
        let usable = connections::list(db)?.into_iter().filter(|stored| stored.settings.active);
        let against = Against {
            existing,
            connections: &usable.map(|stored| stored.settings.id).collect::<Vec<_>>(),
            modules: &app.modules,
            mail_root: &app.config.mail_root(),
        };
        parse(&form, &against).map_err(OperationError::Invalid)
    }

    fn built_in(&self) -> Option<&'static str> {
        (self.server_type == ServerType::Api).then_some(
            "The mail gateway is built in: it takes the mail that an MTA hands over by the API (message_process). It has \
             no settings, and can't be changed, archived or deleted. To keep mail out of it, take the API key or the \
             account away from who hands it over.",
        )
    }

    fn readable_at(&self) -> Option<&str> {
        match &self.access {
            Access::Network { host, security: Security::None, .. } => {
                Some(host.as_str()).filter(|host| !reach::is_loopback(host))
            }
            _ => None,
        }
    }

    fn must_be_tested(&self, old: &Self) -> bool {
        (&self.access, &self.folder, &self.object_model, self.server_type, self.connection, self.no_other_fetcher)
            != (&old.access, &old.folder, &old.object_model, old.server_type, old.connection, old.no_other_fetcher)
    }

    fn takes_password(&self) -> bool {
        matches!(self.access, Access::Network { .. })
    }

    fn view(db: &mut Db, stored: Stored) -> Result<View, StoreError> {
        let status = server_status::get(db, stored.settings.id)?;
        Ok(View::new(stored, status))
    }
}
