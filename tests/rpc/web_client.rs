//! The calls of Odoo's own web client, which some clients use: a session in a cookie instead of a password a call.

use rocket::http::{ContentType, Header};
use rocket::local::blocking::Client;
use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::database::Place;
use crate::web::site::Site;

struct Web(Client);

impl Web {
    fn new() -> Self {
        let place = Place::sqlite();
        let site = Site::new(&place);
        Self(Client::tracked(mailgate::build(site.app)).unwrap())
    }

    fn call(&self, path: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "method": "call", "id": "a1", "params": params}).to_string();
        let response = self.0.post(path.to_owned()).header(ContentType::JSON).body(body).dispatch();
        assert_eq!(response.status().code, 200, "{path}");
        let answer: Value = serde_json::from_slice(&response.into_bytes().unwrap()).unwrap();
        assert_eq!(answer["id"], "a1");
        answer
    }
}

#[test]
fn a_session_is_opened_used_and_ended() {
    let web = Web::new();
    assert_eq!(web.call("/web/webclient/version_info", json!({}))["result"]["server_serie"], "17.0");
    assert_eq!(web.call("/web/database/list", json!({}))["result"], json!(["mailgate"]));
    let before = web.call("/web/session/get_session_info", json!({}));
    assert_eq!((&before["error"]["code"], &before["error"]["message"]), (&json!(100), &json!("Odoo Session Expired")));
    assert_eq!(before["error"]["data"]["name"], "odoo.http.SessionExpiredException");

    let wrong = json!({"db": "mailgate", "login": "officer", "password": "wrong"});
    let wrong = web.call("/web/session/authenticate", wrong);
    assert_eq!(wrong["error"]["data"]["name"], "odoo.exceptions.AccessDenied");
    let right = json!({"db": "mailgate", "login": "officer", "password": PASSWORD});
    let info = web.call("/web/session/authenticate", right);
    let mut info = info["result"].clone();
    assert!(info.as_object_mut().unwrap().remove("session_id").is_some_and(|id| id.as_str().unwrap().len() > 60));
    assert_eq!((&info["uid"], &info["username"], &info["is_admin"]), (&json!(2), &json!("officer"), &json!(false)));
    assert_eq!(info["user_context"], json!({"lang": "en_US", "tz": "UTC", "uid": 2}));
    assert_eq!(web.call("/web/session/get_session_info", json!({}))["result"], info);
    assert_eq!(web.call("/web/session/check", json!({}))["result"], Value::Null);

    let search = json!({"model": "res.users", "method": "search_read", "args": [[], ["login"]], "kwargs": {}});
    let found = json!([{"id": 2, "login": "officer"}]);
    assert_eq!(web.call("/web/dataset/call_kw", search.clone())["result"], found);
    assert_eq!(web.call("/web/dataset/call_kw/res.users/search_read", search.clone())["result"], found);
    let denied = json!({"model": "fetchmail.server", "method": "search", "args": [[]], "kwargs": {}});
    assert_eq!(web.call("/web/dataset/call_kw", denied)["error"]["data"]["name"], "odoo.exceptions.AccessError");

    web.call("/web/session/destroy", json!({}));
    assert_eq!(web.call("/web/dataset/call_kw", search)["error"]["code"], 100);
}

/// Clients that keep no cookies carry what `authenticate` answers: in a header of Odoo's, or in a cookie that they write
/// themselves. A browser's page, which tells its origin, can't.
#[test]
fn a_session_is_carried_by_a_header_or_by_a_cookie_of_odoos_name() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let client = Client::untracked(mailgate::build(site.app.clone())).unwrap();
    let body = |params: Value| json!({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}).to_string();
    let right = json!({"db": "mailgate", "login": "officer", "password": PASSWORD});
    let opened = client.post("/web/session/authenticate").header(ContentType::JSON).body(body(right)).dispatch();
    let cookies: Vec<String> = opened.cookies().iter().map(|cookie| cookie.name().to_owned()).collect();
    assert_eq!(cookies, ["mailgate_api"], "never one of Odoo's name");
    let answer: Value = serde_json::from_slice(&opened.into_bytes().unwrap()).unwrap();
    let id = answer["result"]["session_id"].as_str().unwrap().to_owned();
    let ask = |path: &'static str, headers: &[(&'static str, String)]| -> Value {
        let search = json!({"model": "res.users", "method": "search", "args": [[]], "kwargs": {}});
        let mut request = client.post(path).header(ContentType::JSON).body(body(search));
        for (name, value) in headers {
            match value.split_once('=').filter(|_| *name == "Cookie") {
                Some((name, value)) => request = request.cookie((name.to_owned(), value.to_owned())),
                None => request.add_header(Header::new(*name, value.clone())),
            }
        }
        serde_json::from_slice(&request.dispatch().into_bytes().unwrap()).unwrap()
    };
    let header = ("X-Openerp-Session-Id", id.clone());
    let cookie = ("Cookie", format!("session_id={id}"));
    let page = ("Origin", "https://elsewhere.example".to_owned());
    let call = "/web/dataset/call_kw";
    for carried in [&header, &cookie] {
        assert_eq!(ask(call, std::slice::from_ref(carried))["result"], json!([2]), "{carried:?}");
        assert_eq!(ask(call, &[carried.clone(), page.clone()])["error"]["code"], 100, "{carried:?} of a page");
    }
    let odoos = ("Cookie", "session_id=9f2c".to_owned());
    assert_eq!(ask(call, &[odoos])["error"]["code"], 100, "one of an Odoo on the same host says nothing here");

    // It opens no page, and a page's session calls no object.
    let browser = site.browser();
    for token in [id.as_str(), id.trim_start_matches("mgs_")] {
        browser.set_cookie("mailgate_session", token);
        assert!(browser.get("/").location.starts_with("/login"));
    }
    let password = mailgate::domain::secret::Secret::new(PASSWORD);
    let own =
        mailgate::operations::sign_in::sign_in(&site.app, "officer", &password, None, &Default::default()).unwrap();
    browser.set_cookie("mailgate_session", own.token.reveal());
    assert_eq!(browser.get("/").location, "", "a page's own does");
    assert_eq!(ask(call, &[("X-Openerp-Session-Id", own.token.reveal().to_owned())])["error"]["code"], 100);

    assert!(ask("/web/session/destroy", std::slice::from_ref(&header))["error"].is_null());
    assert_eq!(ask(call, &[header])["error"]["code"], 100);
}

#[test]
fn an_error_shows_no_program_text() {
    let web = Web::new();
    let params = json!({"service": "object", "method": "execute", "args": ["mailgate", 1, PASSWORD, "no.such", "x"]});
    let error = web.call("/jsonrpc", params);
    let data = &error["error"]["data"];
    assert_eq!(data["message"], "Object no.such doesn't exist");
    assert_eq!(data["arguments"], json!(["Object no.such doesn't exist"]));
    assert_eq!(data["debug"], "Object no.such doesn't exist");
    assert_eq!(data["context"], json!({}));
    assert!(!error.to_string().contains(PASSWORD));
}

#[test]
fn a_body_of_another_type_than_json_and_one_of_another_origin_are_refused() {
    let web = Web::new();
    let body = json!({"params": {"service": "common", "method": "version", "args": []}}).to_string();
    let paths = [
        "/jsonrpc",
        "/web/webclient/version_info",
        "/web/database/list",
        "/web/session/authenticate",
        "/web/session/get_session_info",
        "/web/session/check",
        "/web/session/destroy",
        "/web/dataset/call_kw",
        "/web/dataset/call_kw/res.users/read",
    ];
    let status = |path: &'static str, declared: Option<&'static str>| {
        let request = web.0.post(path).body(body.clone());
        let request = match declared {
            Some(declared) => request.header(Header::new("Content-Type", declared)),
            None => request,
        };
        request.dispatch().status().code
    };
    for path in paths {
        for other in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json/x", ""]
        {
            assert_eq!(status(path, Some(other)), 415, "{path} {other}");
        }
        let taken = ["application/json", "Application/JSON; charset=utf-8", "application/json-rpc"].map(Some);
        for own in taken.into_iter().chain([None]) {
            assert_eq!(status(path, own), 200, "{path} {own:?}");
        }
        // A page of another origin can leave the type out, but not who it is.
        for (site, expected) in [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)] {
            let request = web.0.post(path).body(body.clone()).header(Header::new("Sec-Fetch-Site", site));
            assert_eq!(request.dispatch().status().code, expected, "{path} {site}");
        }
    }
}
