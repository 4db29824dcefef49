//! A site with people in it, and a browser of a sort: it keeps cookies and fills in the CSRF token.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use mailgate::domain::person::{Caller, Role};
use mailgate::operations::App;
use mailgate::operations::users::{self, UserForm};
use rocket::http::{ContentType, Cookie, Header, Status};
use rocket::local::blocking::{Client, LocalRequest, LocalResponse};

use crate::support::app::PASSWORD;
use crate::support::database::Place;

pub struct Site {
    pub app: Arc<App>,
}

/// An answer, read to its end.
pub struct Page {
    pub status: Status,
    /// Empty where it is no text.
    pub body: String,
    pub bytes: Vec<u8>,
    pub location: String,
    headers: Vec<(String, String)>,
}

pub struct Browser {
    client: Client,
    address: SocketAddr,
    /// Cookies that somebody put into it: Rocket's client takes none of us.
    planted: RefCell<Vec<(&'static str, String)>>,
}

impl Site {
    /// An empty system: nobody can sign in.
    pub fn empty(place: &Place) -> Self {
        Self { app: place.open() }
    }

    pub fn with(config: mailgate::config::Config) -> Self {
        Self { app: App::open(config).unwrap() }
    }

    /// One person of each role: `admin`, `officer`, `auditor`.
    pub fn new(place: &Place) -> Self {
        Self::empty(place).peopled()
    }

    /// The same site.
    pub fn twin(&self) -> Self {
        Self { app: self.app.clone() }
    }

    /// With those people.
    pub fn peopled(self) -> Self {
        for (login, role) in [("admin", Role::SystemAdmin), ("officer", Role::Officer), ("auditor", Role::Auditor)] {
            self.add(login, role);
        }
        self
    }

    pub fn add(&self, login: &str, role: Role) {
        let name = format!("The {login}");
        let form = UserForm::with([("login", login), ("name", &name), ("role", role.code()), ("password", PASSWORD)]);
        users::add(&self.app, &Caller::command_line(), &form).unwrap();
    }

    pub fn browser(&self) -> Browser {
        self.browser_at("192.0.2.7")
    }

    pub fn browser_at(&self, address: &str) -> Browser {
        let client = Client::tracked(mailgate::build(self.app.clone())).unwrap();
        Browser { client, address: SocketAddr::new(address.parse().unwrap(), 40_000), planted: RefCell::default() }
    }

    /// Somebody signed in.
    pub fn signed_in(&self, login: &str) -> Browser {
        let browser = self.browser();
        let page = browser.sign_in(login, PASSWORD);
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        browser
    }
}

impl Browser {
    /// The same browser, elsewhere.
    pub fn move_to(&mut self, address: &str) {
        self.address.set_ip(address.parse().unwrap());
    }

    pub fn get(&self, path: &str) -> Page {
        self.ask(self.client.get(path))
    }

    fn ask(&self, request: LocalRequest<'_>) -> Page {
        let planted: Vec<Cookie<'_>> = self.planted.borrow().iter().cloned().map(Cookie::from).collect();
        let page = read(request.remote(self.address).cookies(planted).dispatch());
        // What the site sets takes the place of what was planted.
        let set = |name: &str| page.headers("Set-Cookie").any(|cookie| cookie.starts_with(&format!("{name}=")));
        self.planted.borrow_mut().retain(|(name, _)| !set(name));
        page
    }

    /// With these headers.
    pub fn get_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Page {
        let mut request = self.client.get(path);
        for (name, value) in headers {
            request.add_header(Header::new(*name, (*value).to_owned()));
        }
        self.ask(request)
    }

    /// How many bytes come over the wire, for a browser that takes gzip.
    pub fn get_compressed(&self, path: &str) -> usize {
        let request = self.client.get(path).remote(self.address).header(Header::new("Accept-Encoding", "gzip, br"));
        let response = request.dispatch();
        assert_eq!(response.headers().get_one("Content-Encoding"), Some("gzip"), "{path}");
        response.into_bytes().map_or(0, |bytes| bytes.len())
    }

    /// Posts exactly these fields.
    pub fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, fields, [])
    }

    pub fn post_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: impl IntoIterator<Item = Header<'static>>,
    ) -> Page {
        let mut request = self.client.post(path).header(ContentType::Form).body(encode(fields));
        for header in headers {
            request.add_header(header);
        }
        self.ask(request)
    }

    /// Opens `page`, as a person would, and posts its form to `path`.
    pub fn submit(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.get(page).csrf_token();
        self.post_bare(path, &[fields, &[("csrf_token", &token)]].concat())
    }

    /// Opens `page` and posts its form with files, each a name and its bytes, to `path`.
    pub fn upload(&self, page: &str, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Page {
        let token = self.get(page).csrf_token();
        self.upload_bare(path, &[fields, &[("csrf_token", &token)]].concat(), files)
    }

    /// Posts exactly these fields and files, in several parts (RFC 7578).
    pub fn upload_bare(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--PartOfAForm\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, bytes) in files {
            let head =
                format!("--PartOfAForm\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n");
            body.extend_from_slice(format!("{head}Content-Type: application/octet-stream\r\n\r\n").as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--PartOfAForm--\r\n");
        let kind = Header::new("Content-Type", "multipart/form-data; boundary=PartOfAForm");
        self.ask(self.client.post(path).header(kind).body(body))
    }

    /// Sends a form of a page as it stands there, with these fields typed over, to `path`.
    pub fn send(&self, page: &Page, form: &str, path: &str, typed: &[(&str, &str)]) -> Page {
        let mut fields = page.form(form);
        assert!(!fields.is_empty(), "there is no form {form}:\n{}", page.body);
        for (name, value) in typed {
            match fields.iter_mut().rev().find(|(known, _)| known == name) {
                Some(field) => field.1 = (*value).to_owned(),
                None => fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_bare(path, &fields)
    }

    pub fn sign_in(&self, login: &str, password: &str) -> Page {
        self.submit("/login", "/login", &[("login", login), ("password", password)])
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.client.cookies().get(name).map(|cookie| cookie.value().to_owned())
    }

    pub fn set_cookie(&self, name: &'static str, value: &str) {
        self.planted.borrow_mut().push((name, value.to_owned()));
    }
}

impl Page {
    pub fn csrf_token(&self) -> String {
        let (_, rest) = self.body.split_once(r#"name="csrf_token" value=""#).unwrap_or_else(|| panic!("{}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    /// All headers of one name, for example each `Set-Cookie`.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// What a browser would send of the form with this id: its fields as they stand on the page, wherever they stand.
    pub fn form(&self, id: &str) -> Vec<(String, String)> {
        let (mut fields, mut owner) = (Vec::new(), String::new());
        for tag in self.body.split('<').skip(1) {
            let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
            let attribute = |name: &str| {
                let (_, rest) = head.split_once(&format!(" {name}=\""))?;
                Some(unescape(rest.split('"').next()?))
            };
            let mine = attribute("form").unwrap_or_else(|| owner.clone()) == id;
            let has = |word: &str| head.split_whitespace().any(|part| part == word);
            match head.split_whitespace().next().unwrap_or_default() {
                "form" => owner = attribute("id").unwrap_or_default(),
                "/form" => owner.clear(),
                "input" if mine && attribute("type").as_deref() == Some("checkbox") && !has("checked") => {}
                "input" if mine => fields.push((attribute("name").unwrap(), attribute("value").unwrap_or_default())),
                "textarea" if mine => fields.push((attribute("name").unwrap(), unescape(text))),
                "select" => {
                    // What it is without a choice is its first option.
                    let (name, options) = (attribute("name").unwrap(), self.body.split_once(tag).unwrap().1);
                    let options = options.split("</select>").next().unwrap().split("<option").skip(1);
                    let value = |option: &str| match option.split_once("value=\"") {
                        Some((_, rest)) => unescape(rest.split('"').next().unwrap()),
                        None => unescape(option.split_once('>').unwrap().1.split('<').next().unwrap()),
                    };
                    let options: Vec<&str> = options.collect();
                    let chosen = options.iter().find(|option| option.contains(" selected")).or(options.first());
                    if let (true, Some(chosen)) = (mine, chosen) {
                        fields.push((name, value(chosen)));
                    }
                }
                _ => {}
            }
        }
        fields
    }

    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(self.body.contains(words), "{words:?} is not on this page ({}):\n{}", self.status, self.body);
    }
}

fn unescape(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

fn read(response: LocalResponse<'_>) -> Page {
    let headers: Vec<(String, String)> =
        response.headers().iter().map(|header| (header.name().to_string(), header.value().to_owned())).collect();
    let location = response.headers().get_one("Location").unwrap_or_default().to_owned();
    let status = response.status();
    let bytes = response.into_bytes().unwrap_or_default();
    Page { status, location, headers, body: String::from_utf8(bytes.clone()).unwrap_or_default(), bytes }
}

fn encode(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| rocket::http::RawStr::new(text).percent_encode().to_string();
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}
