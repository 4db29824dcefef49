//! How a page is made from a handler's answer: the layout around it, and the functions and filters of templates.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Timelike, Utc};
use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::content::RawHtml;
use rocket::response::{self, Responder, Response};
use rocket_dyn_templates::tera::{self, Tera};
use serde::Serialize;
use serde_json::Value;

use super::errors::PageFailure;
use super::guards::{self, Flash, Tone, Visitor, WebVisit};
use super::{assets, settings};
use crate::domain::id::KeptFormId;
use crate::domain::person::Role;
use crate::domain::rights::{Object, Right};
use crate::domain::{Moment, now, text, words};
use crate::operations::keys::KeyProblem;
use crate::operations::overview::Failing;

/// What handlers return: `?` on an operation's error makes its page.
pub type PageAnswer = Result<Reply, PageFailure>;

/// What a handler answers with.
pub enum Reply {
    /// A page, inside the layout.
    Page {
        template: Cow<'static, str>,
        context: Result<Value, serde_json::Error>,
        status: Status,
        retry_after: Option<i64>,
        /// The path that the browser shall show, where htmx asked at another one.
        shown_at: Option<String>,
        /// What stands above it.
        said: Option<Flash>,
        /// The kept form that it shows, which its forms name when they are sent.
        kept: Option<KeptFormId>,
    },
    /// On to a path below Mailgate's own, after a form was done.
    Go { path: String, flash: Option<Flash> },
}

impl Reply {
    /// `context` is what the template sees beside `page`: see [`rocket_dyn_templates::context!`].
    pub fn page(template: impl Into<Cow<'static, str>>, context: impl Serialize) -> Self {
        let context = serde_json::to_value(context);
        Self::Page {
            template: template.into(),
            context,
            status: Status::Ok,
            retry_after: None,
            shown_at: None,
            said: None,
            kept: None,
        }
    }

    /// `path` begins with a slash; `PUBLIC_URL`'s path is added.
    pub fn go(path: impl Into<String>) -> Self {
        Self::Go { path: path.into(), flash: None }
    }

    /// On to this path, where a line says that it is done: the words of this key.
    pub fn done(visitor: &Visitor<'_>, path: impl Into<String>, key: &str) -> Self {
        Self::go(path).flash(Tone::Good, words::text(visitor.language(), key))
    }

    /// Something more that the template sees, which is not copied; of a page only.
    pub fn and(mut self, name: &str, value: Value) -> Self {
        if let Self::Page { context: Ok(Value::Object(context)), .. } = &mut self {
            context.insert(name.to_owned(), value);
        }
        self
    }

    /// Another status than 200; of a page only.
    pub fn status(mut self, new: Status) -> Self {
        if let Self::Page { status, .. } = &mut self {
            *status = new;
        }
        self
    }

    /// The answer to a form of which something is wrong; of a page only.
    pub fn unprocessable_if(self, is_wrong: bool) -> Self {
        if is_wrong { self.status(Status::UnprocessableEntity) } else { self }
    }

    /// Says when to come again (seconds), of a page only.
    pub fn retry_after(mut self, seconds: i64) -> Self {
        if let Self::Page { retry_after, .. } = &mut self {
            *retry_after = Some(seconds);
        }
        self
    }

    /// The page's own path, where the form that it answers was sent to another one; of a page only.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        if let Self::Page { shown_at, .. } = &mut self {
            *shown_at = Some(path.into());
        }
        self
    }

    /// A message above the page; of a page only.
    pub fn saying(mut self, tone: Tone, text: impl Into<String>) -> Self {
        if let Self::Page { said, .. } = &mut self {
            *said = Some(Flash { tone, text: text.into() });
        }
        self
    }

    /// The page shows this kept form; of a page only.
    pub fn kept(mut self, id: KeptFormId) -> Self {
        if let Self::Page { kept, .. } = &mut self {
            *kept = Some(id);
        }
        self
    }

    /// A message for the page that follows, of [`Reply::go`] only.
    pub fn flash(mut self, tone: Tone, text: impl Into<String>) -> Self {
        if let Self::Go { flash, .. } = &mut self {
            *flash = Some(Flash { tone, text: text.into() });
        }
        self
    }
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        // Filled in by the guards; a handler without one has no layout to show.
        let Some(visit) = WebVisit::known(request) else { return Err(Status::InternalServerError) };
        match self {
            Reply::Page { template, context, status, retry_after, shown_at, said, kept } => {
                let layout = Layout::new(visit, request, said);
                let mut context = context.map_err(|error| {
                    tracing::error!(%error, %template, "the page's context can't be serialised");
                    Status::InternalServerError
                })?;
                if let (Value::Object(context), Ok(layout)) = (&mut context, serde_json::to_value(layout)) {
                    context.insert("page".into(), layout);
                }
                let Ok(tera) = &*PAGES else { return Err(Status::InternalServerError) };
                // The context goes to the engine as it is: Rocket's own way there copies it twice.
                let rendered = tera::Context::from_value(context)
                    .and_then(|context| scope_of(visit, kept).during(|| tera.render(&template, &context)));
                let page = rendered.map_err(|error| {
                    // Its Debug form names the line; its words only the file.
                    tracing::error!(error = format!("{error:?}"), %template, "the page can't be rendered");
                    Status::InternalServerError
                })?;
                let mut response = Response::build_from(RawHtml(page).respond_to(request)?);
                response.status(status);
                if let Some(seconds) = retry_after {
                    response.header(Header::new("Retry-After", seconds.to_string()));
                }
                if let Some(path) = shown_at.filter(|_| visit.htmx) {
                    response.header(Header::new("HX-Replace-Url", visit.url(&path)));
                }
                response.ok()
            }
            Reply::Go { path, flash } => {
                if let Some(flash) = flash {
                    guards::set_flash(request.cookies(), &visit.app.config, &flash);
                }
                let target = visit.url(&path);
                let mut response = Response::build();
                // htmx would follow a redirect itself and put the whole page where a part of one belongs.
                match visit.htmx {
                    true => response.header(Header::new("HX-Redirect", target)),
                    false => response.status(Status::SeeOther).header(Header::new("Location", target)),
                };
                response.ok()
            }
        }
    }
}

fn scope_of(visit: &WebVisit, kept: Option<KeptFormId>) -> Scope {
    let zone = visit.session.as_ref().and_then(|session| session.user.time_zone.parse().ok());
    Scope {
        language: visit.language().to_owned(),
        zone: zone.unwrap_or(chrono_tz::UTC),
        base_path: visit.app.config.base_path().to_owned(),
        csrf_token: visit.csrf_token.clone(),
        kept,
        days: RefCell::default(),
    }
}

/// The embedded templates with functions and filters. They are read once for all servers of a process, as tests start many.
static PAGES: LazyLock<Result<Tera, tera::Error>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.autoescape_on(vec![".html"]);
    tera.set_escape_fn(escape);
    register(&mut tera);
    tera.add_raw_templates(assets::templates())?;
    Ok(tera)
});

/// Reads the templates before anybody asks for a page: a wrong one ends the start.
pub fn engine() -> impl Fairing {
    AdHoc::try_on_ignite("pages", |rocket| async {
        match &*PAGES {
            Ok(_) => Ok(rocket),
            Err(error) => {
                tracing::error!(error = format!("{error:?}"), "a template is wrong");
                Err(rocket)
            }
        }
    })
}

// What every page shows around its content: who is signed in, the ways on, what fails, one message.

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
    expiries: Vec<settings::ExpiryShown<'a>>,
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
    (Object::Installation, "expiries-title", settings::ENDS),
    (Object::Ledger, "nav-messages", MESSAGES),
    (Object::Installation, "nodes-title", settings::NODES),
];

impl<'a> Layout<'a> {
    /// `said` is the page's own message, shown instead of one that an earlier answer left.
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
            flash: said.or_else(|| guards::take_flash(request.cookies(), &visit.app.config)),
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
                    visit.banner.expiries.iter().map(|expiry| settings::ExpiryShown::of(expiry, now())).collect();
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

// Functions and filters of templates that depend on who reads the page. A page is rendered in one go on one thread, so its
// reader's language, time zone and tokens stand in a thread-local while it is rendered. Macros see no context, but reach this.

/// Whose page is being rendered.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub language: String,
    pub zone: chrono_tz::Tz,
    pub base_path: String,
    pub csrf_token: String,
    /// The kept form that the page shows.
    pub kept: Option<KeptFormId>,
    /// Days as they were written: a list has few, and each of them many times.
    pub days: RefCell<HashMap<NaiveDate, String>>,
}

thread_local! {
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

impl Scope {
    /// A day as its reader's language writes it.
    fn day(&self, date: NaiveDate) -> String {
        self.days.borrow_mut().entry(date).or_insert_with(|| words::day(&self.language, date)).clone()
    }

    /// Renders within this scope.
    fn during<T>(self, render: impl FnOnce() -> T) -> T {
        SCOPE.set(Some(self));
        let rendered = render();
        SCOPE.set(None);
        rendered
    }
}

fn with<T>(read: impl FnOnce(&Scope) -> T) -> tera::Result<T> {
    SCOPE.with_borrow(|scope| scope.as_ref().map(read)).ok_or_else(|| "a page is rendered outside a Scope".into())
}

/// Makes the functions and filters known to the engine.
fn register(tera: &mut Tera) {
    tera.register_function("t", translate);
    tera.register_function("url", |arguments: &HashMap<String, Value>| {
        let path = argument(arguments, "path")?;
        with(|scope| format!("{}{path}", scope.base_path).into())
    });
    tera.register_function("asset", |arguments: &HashMap<String, Value>| {
        let path = assets::asset_path(argument(arguments, "path")?);
        with(|scope| format!("{}{path}", scope.base_path).into())
    });
    tera.register_function("csrf", Csrf);
    tera.register_filter("ago", Time(relative));
    tera.register_filter("moment", Time(exact));
    tera.register_filter("number", |value: &Value, _: &HashMap<String, Value>| {
        // A number that is written already, as `1,000+`, stays as it is.
        let Some(number) = value.as_f64() else { return Ok(value.clone()) };
        with(|scope| words::number(&scope.language, number).into())
    });
    tera.register_filter("bytes", |size: &Value, _: &HashMap<String, Value>| {
        with(|scope| bytes(&scope.language, size.as_u64().unwrap_or_default()).into())
    });
    tera.register_filter("day", |value: &Value, _: &HashMap<String, Value>| {
        // What is no day stays as it is, as `—`.
        let Some(date) = value.as_str().and_then(|text| text.parse().ok()) else { return Ok(value.clone()) };
        with(|scope| scope.day(date).into())
    });
    tera.register_filter("language", |value: &Value, _: &HashMap<String, Value>| {
        let own_name = words::LANGUAGES.iter().find(|(code, _)| Some(*code) == value.as_str());
        Ok(own_name.map_or_else(|| value.clone(), |(_, name)| (*name).into()))
    });
}

fn argument<'a>(arguments: &'a HashMap<String, Value>, name: &str) -> tera::Result<&'a str> {
    arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("the argument {name} is missing").into())
}

/// `t(key="…", count=3)`
fn translate(arguments: &HashMap<String, Value>) -> tera::Result<Value> {
    let key = argument(arguments, "key")?;
    let named = |language: &str| {
        let others = arguments.iter().filter(|(name, _)| *name != "key");
        let value = |value: &Value| match value {
            Value::Number(number) => number.as_f64().unwrap_or_default().into(),
            Value::String(text) => words::said(text, language).into_owned().into(),
            other => other.to_string().into(),
        };
        others.map(|(name, given)| (name.clone(), value(given))).collect()
    };
    with(|scope| words::with_owned(&scope.language, key, named(&scope.language)).into())
}

/// `csrf()`: the hidden field of every form.
struct Csrf;

impl tera::Function for Csrf {
    fn call(&self, _: &HashMap<String, Value>) -> tera::Result<Value> {
        with(|scope| {
            let kept = scope.kept.map(|id| format!(r#"<input type="hidden" name="kept" value="{id}">"#));
            let kept = kept.unwrap_or_default();
            format!(r#"<input type="hidden" name="csrf_token" value="{}">{kept}"#, scope.csrf_token).into()
        })
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// As Tera's own, but leaves the slash alone: it means nothing to HTML, and links stay readable. A sentence, which comes
/// here as it is stored, is said in the reader's language.
pub(super) fn escape(text: &str) -> String {
    with(|scope| escaped(&words::said(text, &scope.language))).unwrap_or_else(|_| escaped(text))
}

/// Also for attributes in single quotation marks. In one go where it has none: a page does so some thousand times.
fn escaped(said: &str) -> String {
    let mut html = String::with_capacity(said.len());
    text::escape(said, &mut html);
    if html.contains('\'') { html.replace('\'', "&#x27;") } else { html }
}

/// A moment as a `<time>` with the exact one at hand; nothing for null.
struct Time(fn(&Scope, DateTime<Utc>) -> String);

impl tera::Filter for Time {
    fn filter(&self, value: &Value, _: &HashMap<String, Value>) -> tera::Result<Value> {
        let Some(text) = value.as_str() else { return Ok("".into()) };
        let moment: Moment = text.parse().map_err(|_| format!("{text:?} is no moment"))?;
        let at = moment.and_utc();
        with(|scope| {
            let (date, time) = (at.date_naive(), clock(at.time()));
            let (exact, shown) = (escape(&exact(scope, at)), escape(&self.0(scope, at)));
            format!(r#"<time datetime="{date}T{time}Z" title="{exact}">{shown}</time>"#).into()
        })
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// `18:05:03`. A list has two for each of its lines: what chrono's formats are written in would be read anew for each.
fn clock(time: NaiveTime) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// `22 Nov 2026, 18:05:03 EAT`, in the reader's zone.
fn exact(scope: &Scope, at: DateTime<Utc>) -> String {
    let local = scope.zone.from_utc_datetime(&at.naive_utc());
    let (date, time) = (scope.day(local.date_naive()), format!("{} {}", clock(local.time()), local.offset()));
    words::with(&scope.language, "date-time", &[("date", date.into()), ("time", time.into())])
}

/// `5 minutes ago`, `in 2 hours`; the date when it is more than a month away.
fn relative(scope: &Scope, at: DateTime<Utc>) -> String {
    let seconds = (Utc::now() - at).num_seconds();
    // What is to come is rounded up: a fetch five minutes from now is not "in 4 minutes".
    let whole = |unit: i64| if seconds < 0 { (seconds.abs() + unit - 1) / unit } else { seconds / unit };
    let (count, unit) = match seconds.abs() {
        distance @ ..60 => (distance, "seconds"),
        60..3_600 => (whole(60), "minutes"),
        3_600..86_400 => (whole(3_600), "hours"),
        86_400..2_592_000 => (whole(86_400), "days"),
        _ => {
            let local = scope.zone.from_utc_datetime(&at.naive_utc());
            return scope.day(local.date_naive());
        }
    };
    let direction = if seconds >= 0 { "ago" } else { "in" };
    words::with(&scope.language, &format!("{direction}-{unit}"), &[("count", count.into())])
}

/// Powers of ten, as mailbox limits count.
fn bytes(language: &str, size: u64) -> String {
    let tenths = |unit: f64| (size as f64 / unit * 10.0).round() / 10.0;
    let (key, size) = match size {
        ..1_000 => ("size-bytes", size as f64),
        1_000..1_000_000 => ("size-kilobytes", (size / 1_000) as f64),
        1_000_000..1_000_000_000 => ("size-megabytes", tenths(1e6)),
        _ => ("size-gigabytes", tenths(1e9)),
    };
    words::with(language, key, &[("size", size.into())])
}

/// One bar of a chart, in the units of the drawing, from its top left. A template puts these numbers into SVG: every library brings
/// styles or colours of its own, which the security policy forbids and dark pages could not use. The stylesheet colours the bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ChartBar {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    /// Which row of figures it belongs to, from 0.
    pub row: usize,
}

/// The bars of several rows of figures, side by side in a drawing of this size. Every figure above 0 is visible, however small.
pub(super) fn bars(rows: &[&[i64]], width: i64, height: i64) -> Vec<ChartBar> {
    let most = rows.iter().copied().flatten().copied().max().unwrap_or_default().max(1);
    let places = i64::try_from(rows.first().map_or(0, |row| row.len())).unwrap_or_default().max(1);
    let side_by_side = i64::try_from(rows.len()).unwrap_or_default().max(1);
    let place = width / places;
    let gap = (place / 6).max(1);
    let wide = ((place - gap) / side_by_side).max(1);
    let mut bars = Vec::new();
    for (row, figures) in rows.iter().enumerate() {
        for (at, figure) in figures.iter().enumerate().filter(|(_, figure)| **figure > 0) {
            let tall = (figure * height / most).max(1);
            let (at, beside) = (i64::try_from(at).unwrap_or_default(), i64::try_from(row).unwrap_or_default());
            bars.push(ChartBar { x: at * place + beside * wide, y: height - tall, width: wide, height: tall, row });
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_templates::fluent_bundle::FluentValue;

    #[test]
    fn every_reason_has_words_for_the_filter() {
        for reason in crate::domain::ledger::Reason::ALL {
            let key = format!("messages-reason-{}", reason.code().replace('_', "-"));
            assert_ne!(words::text("en", &key), key);
        }
    }

    #[test]
    fn every_key_that_a_template_names_has_english_words() {
        let mut missing = Vec::new();
        for (name, template) in assets::templates() {
            for part in template.split("t(key=\"").skip(1) {
                let key = part.split('"').next().unwrap_or_default();
                let literal = part[key.len()..].starts_with("\",") || part[key.len()..].starts_with("\")");
                if literal && key != "…" && words::with_owned("en", key, arguments(&part[key.len()..])) == key {
                    missing.push(format!("{name}: {key}"));
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    /// The arguments of a call, since words are found only with theirs: `", count=3) }}…` has one.
    fn arguments(call: &str) -> Vec<(String, FluentValue<'static>)> {
        let call = call.split("}}").next().unwrap_or_default();
        let named = call.split('=').filter_map(|part| part.rsplit([' ', ',']).next());
        named.map(|name| (name.to_owned(), FluentValue::from(1))).collect()
    }

    #[test]
    fn a_page_says_a_stored_sentence_in_its_readers_language() {
        let scope = Scope {
            language: "fr".into(),
            zone: chrono_tz::UTC,
            base_path: String::new(),
            csrf_token: String::new(),
            kept: None,
            days: RefCell::default(),
        };
        let role = serde_json::to_value(crate::say!("role-officer")).unwrap();
        // A mail may say what a stored sentence looks like: it is not taken for one.
        let forged = crate::say!("role-officer").stored().to_owned();
        let said = scope.during(|| [role.as_str().unwrap(), forged.as_str()].map(escape));
        assert_eq!(said, ["Agent des plaintes".to_owned(), tera::escape_html(&forged)]);
    }

    #[test]
    fn the_highest_reaches_the_top_and_the_least_is_seen() {
        let bars = bars(&[&[0, 1, 1_000]], 30, 20);
        let expected = [(10, 19, 1), (20, 0, 20)];
        assert_eq!(bars.iter().map(|bar| (bar.x, bar.y, bar.height)).collect::<Vec<_>>(), expected);
        assert!(super::bars(&[&[0; 14]], 84, 20).is_empty());
    }
}
