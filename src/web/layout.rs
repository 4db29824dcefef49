//! What every page shows around its content: who is signed in, the ways on, what fails, one message.

use rocket::request::Request;
use serde::Serialize;

use super::cookies::{self, Flash};
use super::guards::WebVisit;
use super::{expiries, nodes};
use crate::domain::person::Role;
use crate::domain::rights::{Object, Right};
use crate::domain::{now, words};
use crate::operations::keys::KeyProblem;
use crate::operations::overview::Failing;

/// `page` in templates.
#[derive(Serialize)]
pub(super) struct Layout<'a> {
    /// The address of this page, without `PUBLIC_URL`'s path.
    path: String,
    language: &'a str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    csrf_token: &'a str,
    htmx: bool,
    /// None before signing in.
    user: Option<Person<'a>>,
    developer_mode: bool,
    /// The main navigation.
    sections: Vec<Link>,
    /// The name and the first page of the section that this page belongs to, and the menus of its header.
    section: String,
    section_path: String,
    menus: Vec<Link>,
    /// The *Technical* menu, in developer mode.
    technical: Vec<Link>,
    failing: &'a [Failing],
    /// What has ended or is about to, where the person can do something about it.
    expiries: Vec<expiries::ExpiryShown<'a>>,
    key: Option<&'a KeyProblem>,
    flash: Option<Flash>,
}

#[derive(Serialize)]
struct Person<'a> {
    id: i32,
    name: &'a str,
    login: &'a str,
    role: &'static str,
    /// May see and change the settings, and mend what fails.
    may_configure: bool,
    /// Wants keys that press buttons.
    shortcuts: bool,
}

#[derive(Serialize)]
struct Link {
    label: String,
    path: String,
    icon: &'static str,
    current: bool,
}

const MESSAGES: &str = "/settings/technical/email/messages";
const AUDIT: &str = "/settings/audit";
const RECORDS: &str = "/settings/records";
/// The *Technical* menu: whoever may read the object sees its entry.
const TECHNICAL: [(Object, &str, &str); 7] = [
    (Object::Servers, "menu-incoming", "/settings/technical/email/incoming"),
    (Object::Aliases, "aliases-title", "/settings/technical/email/aliases"),
    (Object::Connections, "menu-connections", "/settings/technical/email/connections"),
    (Object::Providers, "providers-title", "/settings/technical/email/providers"),
    (Object::Installation, "expiries-title", expiries::BASE),
    (Object::Ledger, "nav-messages", MESSAGES),
    (Object::Installation, "nodes-title", nodes::BASE),
];

impl<'a> Layout<'a> {
    /// `said` is the page's own message, in place of one that an earlier answer left.
    pub(super) fn new(visit: &'a WebVisit, request: &Request<'_>, said: Option<Flash>) -> Self {
        let path = visit.path(request.uri());
        let mut layout = Self {
            path,
            language: visit.language(),
            direction: words::direction(visit.language()),
            csrf_token: &visit.csrf_token,
            htmx: visit.htmx,
            user: None,
            developer_mode: false,
            sections: Vec::new(),
            section: words::text(visit.language(), "brand"),
            section_path: "/".into(),
            menus: Vec::new(),
            technical: Vec::new(),
            failing: &visit.banner.failing,
            expiries: Vec::new(),
            key: visit.key.as_ref(),
            flash: said.or_else(|| cookies::take_flash(request.cookies(), &visit.app.config)),
        };
        if let Some(session) = &visit.session {
            let user = &session.user;
            layout.developer_mode = session.developer_mode;
            layout.user = Some(Person {
                id: user.id.0,
                name: &user.name,
                login: &user.login,
                role: user.role.code(),
                may_configure: user.role.may(Right::Read, Object::Installation),
                shortcuts: user.shortcuts,
            });
            if user.role.may(Right::Read, Object::Installation) {
                layout.expiries =
                    visit.banner.expiries.iter().map(|expiry| expiries::ExpiryShown::of(expiry, now())).collect();
            }
            layout.add_links(visit, user.role);
        }
        layout
    }

    fn add_links(&mut self, visit: &WebVisit, role: Role) {
        let word = |key: &str| words::text(visit.language(), key);
        let may_read = |object| role.may(Right::Read, object);
        self.sections.push(self.link(word("nav-overview"), "/".into(), "home"));
        if may_read(Object::Records) {
            for module in visit.app.modules.all() {
                let path = format!("/records/{}", module.model);
                self.sections.push(self.link(module.label_plural.in_language(visit.language()), path, "record"));
            }
        }
        if may_read(Object::Ledger) {
            self.sections.push(self.link(word("nav-messages"), MESSAGES.into(), "mail"));
        }
        let settings = may_read(Object::Installation);
        if settings {
            let mut settings = self.link(word("nav-settings"), "/settings".into(), "settings");
            settings.current &= !self.path.starts_with(MESSAGES);
            self.sections.push(settings);
        } else if may_read(Object::Audit) {
            self.sections.push(self.link(word("nav-audit"), AUDIT.into(), "audit"));
        }
        if let Some(current) = self.sections.iter().find(|section| section.current) {
            self.section = current.label.clone();
            self.section_path = current.path.clone();
        }
        if settings && self.path.starts_with("/settings") {
            self.section = word("nav-settings");
            self.section_path = "/settings".into();
            let mut general = self.link(word("menu-general-settings"), "/settings".into(), "");
            general.current = self.path == "/settings";
            self.menus.push(general);
            for (object, key, path) in [
                (Object::Users, "menu-users", "/settings/users"),
                (Object::Categories, "menu-records", RECORDS),
                (Object::Audit, "nav-audit", AUDIT),
            ] {
                if may_read(object) {
                    self.menus.push(self.link(word(key), path.into(), ""));
                }
            }
            for (object, key, path) in TECHNICAL {
                if self.developer_mode && may_read(object) {
                    self.technical.push(self.link(word(key), path.into(), ""));
                }
            }
        }
    }

    fn link(&self, label: String, path: String, icon: &'static str) -> Link {
        let below =
            || self.path.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let current = if path == "/" { self.path == "/" } else { below() };
        Link { label, path, icon, current }
    }
}
