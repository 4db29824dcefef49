//! What is particular to the form of an incoming server: what *New* shows, and what follows from what. What a form
//! means is decided in [`super::parse`].

use super::target::first_policy;
use crate::domain::reach;
use crate::domain::server::{AfterFetch, Host, IncomingServer, Security, SenderPolicy, ServerType, StartWith};
use crate::operations::endpoints;

/// An incoming server as a form or an API call gives it.
pub type Form = endpoints::Form<IncomingServer>;

impl Form {
    /// What *New* shows: IMAP with SSL/TLS, and the defaults of DESIGN §6.
    pub fn fresh() -> Self {
        let mut form = Self::default();
        for (field, value) in [
            ("server_type", ServerType::Imap.code()),
            ("is_ssl", "true"),
            ("folder", "INBOX"),
            ("delete_after_days", "14"),
            ("size_limit_mb", "50"),
            ("interval_minutes", "5"),
            ("priority", "5"),
            ("attach", "true"),
        ] {
            form.set(field, value);
        }
        form.follow();
        form
    }

    /// The two boxes SSL/TLS and STARTTLS.
    pub fn set_security(&mut self, security: Security) {
        self.set_flag("is_ssl", security == Security::Tls);
        self.set_flag("starttls", security == Security::StartTls);
    }

    /// Where both boxes are ticked the safer one counts here; saving refuses it.
    pub fn security(&self) -> Security {
        match (self.flag("is_ssl"), self.flag("starttls")) {
            (true, _) => Security::Tls,
            (false, true) => Security::StartTls,
            (false, false) => Security::None,
        }
    }

    pub fn server_type(&self) -> Option<ServerType> {
        ServerType::from_code(self.text("server_type")).filter(|server_type| *server_type != ServerType::Api)
    }

    /// The host, other than this machine, to which password and mail would travel readable; empty where there is none.
    pub fn readable_at(&self) -> String {
        let network = matches!(self.server_type(), Some(ServerType::Imap | ServerType::Pop));
        let host = Host::parse(self.text("server")).ok().filter(|_| network && self.security() == Security::None);
        host.filter(|host| !reach::is_loopback(host.as_str())).map_or_else(String::new, |host| host.as_str().to_owned())
    }

    /// Whether records go to a connection, instead of this database.
    pub fn is_elsewhere(&self) -> bool {
        !self.text("connection_id").is_empty()
    }

    pub(super) fn first_policy(&self) -> SenderPolicy {
        first_policy(self.is_elsewhere(), self.text("object_model"))
    }

    /// Lets what was not typed over follow Server Type, SSL/TLS and the target: the port, what the first fetch takes,
    /// what to do after fetching, and with unknown senders.
    pub fn follow(&mut self) {
        if self.text("sender_policy") == self.text("auto_policy") {
            let policy = self.first_policy().code();
            self.set("sender_policy", policy);
            self.set("auto_policy", policy);
        } else {
            self.set("auto_policy", "");
        }
        let Some(server_type) = self.server_type() else { return };
        if server_type != ServerType::Local {
            if self.text("port").is_empty() || self.text("port") == self.text("auto_port") {
                let port = server_type.default_port(self.security()).0.to_string();
                self.set("port", &port);
                self.set("auto_port", &port);
            } else {
                self.set("auto_port", "");
            }
        }
        let before = ServerType::from_code(self.text("was_type"));
        let untouched = |value: &str, code: fn(ServerType) -> &'static str| {
            value.is_empty() || before.is_some_and(|before| before != server_type && code(before) == value)
        };
        if untouched(self.text("start_with"), first_start) {
            self.set("start_with", first_start(server_type));
        }
        if untouched(self.text("after_fetch"), first_after) {
            self.set("after_fetch", first_after(server_type));
        }
        self.set("was_type", server_type.code());
    }
}

/// What the first fetch of such a server may take, the default first. POP and Maildir have no unread.
pub fn starts(server_type: ServerType) -> &'static [StartWith] {
    match server_type {
        ServerType::Imap => &[StartWith::Unread, StartWith::All, StartWith::New, StartWith::Since],
        ServerType::Pop | ServerType::Local | ServerType::Api => &[StartWith::All, StartWith::New, StartWith::Since],
    }
}

/// What such a server can be told about a fetched message, the default first.
pub fn afters(server_type: ServerType) -> &'static [AfterFetch] {
    match server_type {
        ServerType::Imap => &[AfterFetch::Seen, AfterFetch::Delete, AfterFetch::Move, AfterFetch::Keep],
        ServerType::Pop => &[AfterFetch::Delete, AfterFetch::Keep],
        ServerType::Local | ServerType::Api => &[AfterFetch::Seen, AfterFetch::Delete, AfterFetch::Keep],
    }
}

fn first_start(server_type: ServerType) -> &'static str {
    starts(server_type)[0].code()
}

fn first_after(server_type: ServerType) -> &'static str {
    afters(server_type)[0].code()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(form: &mut Form, changes: &[(&str, &str)]) {
        for (field, value) in changes {
            assert!(form.set(field, value), "{field}");
        }
        form.follow();
    }

    #[test]
    fn the_port_follows_type_and_tls_until_it_is_typed_over() {
        let mut form = Form::fresh();
        assert_eq!(form.text("port"), "993");
        changed(&mut form, &[("server_type", "pop")]);
        assert_eq!(form.text("port"), "995");
        changed(&mut form, &[("is_ssl", "")]);
        assert_eq!(form.text("port"), "110");
        changed(&mut form, &[("server_type", "local")]);
        changed(&mut form, &[("server_type", "imap")]);
        assert_eq!(form.text("port"), "143");
        // Typed over, even with what another setting's default would be: stays through every change.
        changed(&mut form, &[("port", "993")]);
        for (ssl, server_type) in [("true", "imap"), ("", "imap"), ("true", "pop"), ("", "pop")] {
            changed(&mut form, &[("is_ssl", ssl), ("server_type", server_type)]);
            assert_eq!(form.text("port"), "993");
        }
        changed(&mut form, &[("port", "")]);
        assert_eq!(form.text("port"), "110");
    }

    #[test]
    fn unknown_senders_are_held_where_a_grievance_needs_its_contact_unless_a_person_chooses() {
        let mut form = Form::fresh();
        assert_eq!(form.text("sender_policy"), "everyone");
        changed(&mut form, &[("object_model", "spp.grm.ticket")]);
        assert_eq!(form.text("sender_policy"), "everyone");
        changed(&mut form, &[("connection_id", "1")]);
        assert_eq!(form.text("sender_policy"), "known");
        changed(&mut form, &[("object_model", "crm.lead")]);
        assert_eq!(form.text("sender_policy"), "everyone");
        changed(&mut form, &[("sender_policy", "create"), ("object_model", "spp.grm.ticket")]);
        assert_eq!(form.text("sender_policy"), "create");
        changed(&mut form, &[("sender_policy", "everyone"), ("connection_id", "")]);
        assert_eq!(form.text("sender_policy"), "everyone");
    }

    #[test]
    fn what_to_do_follows_the_type_unless_it_was_chosen() {
        let mut form = Form::fresh();
        assert_eq!((form.text("start_with"), form.text("after_fetch")), ("unread", "seen"));
        changed(&mut form, &[("server_type", "pop")]);
        assert_eq!((form.text("start_with"), form.text("after_fetch")), ("all", "delete"));
        changed(&mut form, &[("server_type", "imap"), ("start_with", "new"), ("after_fetch", "keep")]);
        changed(&mut form, &[("server_type", "pop")]);
        assert_eq!((form.text("start_with"), form.text("after_fetch")), ("new", "keep"));
    }
}
