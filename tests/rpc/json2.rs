//! `/json/2/<model>/<method>`, as Odoo 19 serves it: a key as bearer, arguments by name, errors by status; and the same
//! answers as the older ways of calling give.

use rocket::http::{ContentType, Header};
use rocket::local::blocking::Client;
use serde_json::{Value, json};

use super::client::Api;
use super::keys::{make, revoke_all};
use crate::support::app::PASSWORD;
use crate::support::database::{Place, on_both};
use crate::web::site::Site;

struct Json2 {
    client: Client,
    site: Site,
    key: String,
}

struct Answered {
    status: u16,
    text: String,
    challenge: Option<String>,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} is no JSON: {}", self.status, self.text))
    }
}

impl Json2 {
    fn new(place: &Place, login: &str) -> Self {
        Self::of(Site::new(place), login)
    }

    fn of(site: Site, login: &str) -> Self {
        let key = make(&site.app, login, "Script", "").reveal().to_owned();
        let client = Client::untracked(mailgate::build(site.app.clone())).unwrap();
        Self { client, site, key }
    }

    fn raw(&self, path: &str, headers: &[(&'static str, &str)], body: &[u8]) -> Answered {
        let mut request = self.client.post(path.to_owned()).body(body);
        for (name, value) in headers {
            request.add_header(Header::new(*name, (*value).to_owned()));
        }
        let response = request.dispatch();
        let challenge = response.headers().get_one("WWW-Authenticate").map(str::to_owned);
        let status = response.status().code;
        Answered { status, challenge, text: response.into_string().unwrap_or_default() }
    }

    fn ask(&self, path: &str, body: Value) -> Answered {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        self.raw(path, &headers, body.to_string().as_bytes())
    }

    #[track_caller]
    fn call(&self, model: &str, method: &str, named: Value) -> Value {
        let answered = self.ask(&format!("/json/2/{model}/{method}"), named);
        assert_eq!(answered.status, 200, "{model}.{method}: {}", answered.text);
        answered.json()
    }

    /// The answer to the same call over `/jsonrpc`.
    fn older(&self, user: i32, model: &str, method: &str, args: Value, named: Value) -> Value {
        let args = json!(["mailgate", user, self.key, model, method, args, named]);
        let params = json!({"service": "object", "method": "execute_kw", "args": args});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}).to_string();
        let response = self.client.post("/jsonrpc").header(ContentType::JSON).body(body).dispatch();
        serde_json::from_str::<Value>(&response.into_string().unwrap()).unwrap()["result"].clone()
    }
}

on_both! {
    fn both_generations_of_calls_give_the_same_answers(place: &Place) {
        let api = Json2::new(place, "officer");
        let amina = api.call("res.partner", "create", json!({"vals_list": {"name": "Amina", "email": "amina@people.example"}}));
        let [amina] = amina.as_array().unwrap().as_slice() else { panic!("one row is answered as a list of one") };
        let made = api.call("spp.grm.ticket", "create", json!({"vals_list": [
            {"name": "Payment", "partner_id": amina}, {"name": "Card"},
        ]}));
        let domain = json!([["name", "ilike", "a"]]);
        let fields = json!(["number", "name", "partner_id", "stage_id", "message_ids", "active", "date"]);
        let calls = [
            ("spp.grm.ticket", "search", json!([domain]), json!({"domain": domain, "order": "id", "limit": 5})),
            ("spp.grm.ticket", "search_count", json!([domain]), json!({"domain": domain})),
            ("spp.grm.ticket", "search_read", json!([domain, fields]), json!({"domain": domain, "fields": fields, "order": "id desc"})),
            ("spp.grm.ticket", "read", json!([made, fields]), json!({"ids": made, "fields": fields})),
            ("spp.grm.ticket", "read", json!([made[0], ["name"]]), json!({"ids": made[0], "fields": ["name"]})),
            ("spp.grm.ticket", "read", json!([[]]), json!({})),
            ("spp.grm.ticket", "name_search", json!(["pay"]), json!({"name": "pay"})),
            ("spp.grm.ticket", "exists", json!([made]), json!({"ids": made})),
            ("spp.grm.ticket", "fields_get", json!([["name"], ["type"]]), json!({"allfields": ["name"], "attributes": ["type"]})),
            ("spp.grm.ticket", "default_get", json!([["priority", "active"]]), json!({"fields": ["priority", "active"]})),
            ("spp.grm.ticket", "has_access", json!([made, "write"]), json!({"ids": made, "operation": "write"})),
            ("spp.grm.ticket", "has_access", json!([[], "unlink"]), json!({"operation": "unlink"})),
            ("spp.grm.ticket", "write", json!([made, {"priority": "2"}]), json!({"ids": made, "vals": {"priority": "2"}})),
            ("res.users", "context_get", json!([]), json!({})),
            ("res.users", "has_group", json!(["base.group_user"]), json!({"ids": [2], "group_ext_id": "base.group_user"})),
            ("res.partner", "search_count", json!([[]]), json!({"domain": [], "context": {"active_test": false}})),
            ("ir.model", "search_read", json!([[["model", "=", "res.partner"]], ["name"]]),
                json!({"domain": [["model", "=", "res.partner"]], "fields": ["name"]})),
        ];
        for (model, method, args, named) in calls {
            let mut options = named.clone();
            for told in ["domain", "fields", "ids", "allfields", "attributes", "name", "operation", "vals", "group_ext_id"] {
                options.as_object_mut().unwrap().remove(told);
            }
            let older = api.older(2, model, method, args, options);
            assert_eq!(api.call(model, method, named), older, "{model}.{method}");
            assert!(!older.is_null(), "{model}.{method}");
        }
        let note = api.call("spp.grm.ticket", "message_post", json!({"ids": [made[0]], "body": "Called <her>"}));
        let read = api.call("mail.message", "read", json!({"ids": note, "fields": ["body"]}));
        assert_eq!(read, json!([{"id": note[0], "body": "<p>Called &lt;her&gt;</p>"}]));
        let mail = "From: Zoe <zoe@people.example>\r\nTo: x@mail.example\r\nSubject: By JSON\r\n\r\nHello\r\n";
        let id = api.call("mail.thread", "message_process", json!({"model": "spp.grm.ticket", "message": mail}));
        assert_eq!(api.call("spp.grm.ticket", "read", json!({"ids": id, "fields": ["name"]}))[0]["name"], "By JSON");
    }
}

#[test]
fn each_error_has_odoos_status_name_and_words() {
    let place = Place::sqlite();
    let api = Json2::new(&place, "officer");
    let cases = [
        (
            "/json/2/res.users/search",
            "not json",
            400,
            "werkzeug.exceptions.BadRequest",
            "could not parse the body as json: ",
        ),
        (
            "/json/2/res.users/search",
            "null",
            422,
            "werkzeug.exceptions.UnprocessableEntity",
            "missing a required argument: 'domain'",
        ),
        (
            "/json/2/res.users/search",
            "{}",
            422,
            "werkzeug.exceptions.UnprocessableEntity",
            "missing a required argument: 'domain'",
        ),
        (
            "/json/2/res.users/search",
            "",
            422,
            "werkzeug.exceptions.UnprocessableEntity",
            "missing a required argument: 'domain'",
        ),
        (
            "/json/2/res.partner/search",
            r#"{"domain": [], "nope": 1}"#,
            422,
            "werkzeug.exceptions.UnprocessableEntity",
            "got an unexpected keyword argument 'nope'",
        ),
        (
            "/json/2/res.users/create",
            r#"{"ids": [7], "vals_list": []}"#,
            422,
            "werkzeug.exceptions.UnprocessableEntity",
            "cannot call res.users.create with ids",
        ),
        (
            "/json/2/res.partner/search",
            r#"{"domain": [["nope", "=", 1]]}"#,
            500,
            "builtins.ValueError",
            "Invalid field res.partner.nope in ",
        ),
        (
            "/json/2/fetchmail.server/search",
            r#"{"domain": []}"#,
            403,
            "odoo.exceptions.AccessError",
            "You are not allowed to access 'Incoming Mail Server' (fetchmail.server) records.",
        ),
        (
            "/json/2/res.partner/_write",
            "{}",
            403,
            "odoo.exceptions.AccessError",
            "Private methods (such as 'res.partner._write') cannot be called remotely.",
        ),
        ("/json/2/no.such/search", "{}", 404, "werkzeug.exceptions.NotFound", "the model 'no.such' does not exist"),
        (
            "/json/2/res.partner/frobnicate",
            "{}",
            404,
            "werkzeug.exceptions.NotFound",
            "The method 'res.partner.frobnicate' does not exist",
        ),
        (
            "/json/2/res.partner",
            "{}",
            404,
            "werkzeug.exceptions.NotFound",
            "Did you mean POST /json/2/<model>/<method>?",
        ),
        ("/json/2", "{}", 404, "werkzeug.exceptions.NotFound", "Did you mean POST /json/2/<model>/<method>?"),
        (
            "/json/2/spp.grm.ticket/write",
            r#"{"ids": [99999], "vals": {"name": "x"}}"#,
            404,
            "odoo.exceptions.MissingError",
            "Record does not exist or has been deleted.",
        ),
        (
            "/json/2/res.partner/search",
            r#"{"domain": [], "order": "name up"}"#,
            422,
            "odoo.exceptions.UserError",
            "Invalid \"order\" specified (name up).",
        ),
        ("/json/2/res.partner/create", r#"{"vals_list": {}}"#, 422, "odoo.exceptions.ValidationError", "The operation"),
    ];
    let bearer = format!("bearer {}", api.key);
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json; charset=utf-8")];
    for (path, body, status, name, words) in cases {
        let answered = api.raw(path, &headers, body.as_bytes());
        assert_eq!(answered.status, status, "{path} {body}: {}", answered.text);
        let error = answered.json();
        assert_eq!(error["name"], name, "{path} {body}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(words), "{path} {body}: {message}");
        assert_eq!(error["arguments"][0], message);
        if name.starts_with("werkzeug") {
            assert_eq!(error["arguments"][1], status);
        }
        let order: Vec<usize> = ["name", "message", "arguments", "context", "debug"]
            .map(|member| answered.text.find(&format!("\"{member}\":")).unwrap_or_else(|| panic!("no {member}")))
            .to_vec();
        assert!(order.is_sorted(), "{}", answered.text);
        assert!(!answered.text.contains(&api.key) && !answered.text.contains("Traceback"), "{}", answered.text);
    }
    let got = api.client.get("/json/2/res.partner/search").dispatch();
    assert_eq!(got.status().code, 404);
    assert!(got.into_string().unwrap().contains("Did you mean POST"));
    let other = api.raw("/json/2/res.partner/search", &[headers[0], ("Content-Type", "text/plain")], b"{}");
    assert_eq!(other.status, 415);
    let page = api.raw("/json/2/res.partner/search", &[headers[0], ("Sec-Fetch-Site", "cross-site")], b"{}");
    assert_eq!(page.status, 403, "no page of another site");
    let other = api.raw("/json/2/res.partner/search", &[headers[0], headers[1], ("X-Odoo-Database", "prod")], b"{}");
    assert_eq!((other.status, other.json()["name"].clone()), (404, json!("werkzeug.exceptions.NotFound")));
    let ours = [headers[0], headers[1], ("X-Odoo-Database", "mailgate")];
    assert_eq!(api.raw("/json/2/res.partner/search", &ours, br#"{"domain": []}"#).text, "[]");
}

#[test]
fn only_a_key_that_works_calls_and_nobody_else_is_told_more() {
    let place = Place::sqlite();
    let api = Json2::new(&place, "officer");
    let ask = |authorization: Option<&str>, body: &str| {
        let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
        api.raw("/json/2/res.users/context_get", &headers, body.as_bytes())
    };
    let key = api.key.clone();
    assert_eq!(ask(Some(&format!("Bearer {key}")), "{}").json()["uid"], 2);
    assert_eq!(ask(Some(&format!("BEARER   {key} ")), "").json()["uid"], 2);
    let unsigned = "User not authenticated, use an API Key with a Bearer Authorization header.";
    for (authorization, words) in [
        (None, unsigned),
        (Some("Basic b2ZmaWNlcjp4"), unsigned),
        (Some("Bearer "), unsigned),
        (Some("Bearer mgk_guessed"), "Invalid apikey"),
        (Some(&*format!("Bearer {PASSWORD}")), "Invalid apikey"),
    ] {
        for body in ["{}", "not json", "{\"domain\":"] {
            let answered = ask(authorization, body);
            assert_eq!(answered.status, if answered.text.contains("wait") { 403 } else { 401 }, "{authorization:?}");
            if answered.status == 401 {
                assert_eq!(answered.challenge.as_deref(), Some("bearer"));
                assert_eq!(answered.json()["message"], words, "{authorization:?} {body}");
            }
            assert!(!answered.text.contains(PASSWORD), "{}", answered.text);
        }
    }
    assert!(ask(Some("Bearer mgk_guessed"), "{}").text.contains("wait"), "who guesses has to wait");
    assert_eq!(ask(Some(&format!("Bearer {key}")), "{}").status, 200, "and whoever has a key need not");
    // What is nobody's is not read beyond its beginning.
    let large = format!("{{\"domain\": [], \"x\": \"{}\"}}", "y".repeat(200 << 10));
    assert_eq!(ask(None, &large).status, 401);
    let announced = [("Content-Length", "70000000"), ("Content-Type", "application/json")];
    assert_eq!(api.raw("/json/2/res.users/context_get", &announced, b"{}").status, 413);
    let deep = format!("{}1{}", "[".repeat(3_000), "]".repeat(3_000));
    assert_eq!(ask(Some(&format!("Bearer {key}")), &deep).status, 500, "{deep:.40}");

    revoke_all(&api.site.app, "officer");
    assert!(matches!(ask(Some(&format!("Bearer {key}")), "{}").status, 401 | 403), "a key that was revoked");
    let admin = mailgate::domain::person::Caller::command_line();
    let key = make(&api.site.app, "officer", "Another", "");
    let bearer = format!("Bearer {}", key.reveal());
    assert_eq!(ask(Some(&bearer), "{}").status, 200);
    mailgate::operations::users::set_active(&api.site.app, &admin, mailgate::domain::id::UserId(2), false).unwrap();
    assert!(matches!(ask(Some(&bearer), "{}").status, 401 | 403), "of an archived account");
}

#[test]
fn the_version_and_the_methods_are_told_to_clients_that_ask() {
    let place = Place::sqlite();
    let api = Json2::new(&place, "officer");
    for path in ["/web/version", "/json/version"] {
        let told = api.client.get(path).dispatch().into_string().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&told).unwrap(),
            json!({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"})
        );
    }
    let ask = |path: &'static str, with_key: bool| {
        let request = api.client.get(path);
        let bearer = Header::new("Authorization", format!("Bearer {}", api.key));
        let response = if with_key { request.header(bearer) } else { request }.dispatch();
        (response.status().code, response.into_string().unwrap())
    };
    assert_eq!(ask("/doc-bearer/res.partner.json", false).0, 401);
    assert_eq!(ask("/doc-bearer/no.such.json", true).0, 404);
    let (status, text) = ask("/doc-bearer/res.partner.json", true);
    assert_eq!(status, 200);
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["fields"]["email"]["type"], "char");
    assert_eq!(told["methods"]["search"]["api"], json!(["model"]));
    assert_eq!(told["methods"]["search"]["parameters"]["limit"]["default"], Value::Null);
    // Whoever counts on their order finds it.
    let search = &text[text.find("\"search\":").unwrap()..];
    let order = ["\"domain\":", "\"offset\":", "\"limit\":", "\"order\":"].map(|name| search.find(name).unwrap());
    assert!(order.is_sorted(), "{order:?}");
    let (_, index) = ask("/doc-bearer/index.json", true);
    let index: Value = serde_json::from_str(&index).unwrap();
    let models = index["models"].as_array().unwrap();
    let ticket = models.iter().find(|model| model["model"] == "spp.grm.ticket").unwrap();
    assert!(ticket["methods"].as_array().unwrap().contains(&json!("message_post")), "{ticket}");
}

/// The signatures and what is done by a method's name are two lists: no method is told of that is not there.
#[test]
fn every_method_that_is_told_of_is_there() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let api = Json2::of(Site { app: site.app.clone() }, "admin");
    let bearer = Header::new("Authorization", format!("Bearer {}", api.key));
    let index = api.client.get("/doc-bearer/index.json").header(bearer).dispatch().into_string().unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let xml = Api::of(site, "admin");
    for model in index["models"].as_array().unwrap() {
        for method in model["methods"].as_array().unwrap() {
            let (model, method) = (model["model"].as_str().unwrap(), method.as_str().unwrap());
            let outcome = xml.call_all(model, method, Vec::new());
            let words = outcome.err().map_or(String::new(), |(_, words)| words);
            assert!(!words.contains("does not exist on the model"), "{model}.{method}: {words}");
        }
    }
}

/// n8n's node with an API key: its lists to choose from, and its operations.
#[test]
fn the_calls_of_n8ns_node_with_a_key_are_answered() {
    let place = Place::sqlite();
    let api = Json2::new(&place, "admin");
    let list = |model: &str, domain: Value, fields: Value| {
        api.call(model, "search_read", json!({"domain": domain, "fields": fields, "limit": 60, "offset": 0}))
    };
    let models = list("ir.model", json!([["name", "ilike", "griev"]]), json!(["name", "model"]));
    assert!(models.as_array().unwrap().iter().any(|model| model["model"] == "spp.grm.ticket"), "{models}");
    let attributes = ["string", "type", "required", "readonly", "selection"];
    let fields = api.call("spp.grm.ticket", "fields_get", json!({"attributes": attributes}));
    assert_eq!((&fields["name"]["readonly"], &fields["priority"]["selection"][0][0]), (&json!(false), &json!("0")));
    let made = api.call("spp.grm.ticket", "create", json!({"vals_list": [{"name": "By a flow"}]}));
    let id = made[0].clone();
    let contact = api.call("res.partner", "create", json!({"vals_list": [{"name": "Amina"}]}));
    let names = list("res.partner", json!([["display_name", "ilike", "ami"]]), json!(["id", "display_name"]));
    assert_eq!(names, json!([{"id": contact[0], "display_name": "Amina"}]));
    let users = list("res.users", json!([["active", "=", true]]), json!(["id", "name"]));
    assert_eq!(users.as_array().unwrap().len(), 3);
    // All of them: no limit is said.
    let all = json!({"domain": [["id", "=", id]], "fields": [], "offset": 0});
    assert_eq!(api.call("spp.grm.ticket", "search_read", all)[0]["name"], "By a flow");
    assert_eq!(api.call("spp.grm.ticket", "write", json!({"ids": [id], "vals": {"priority": "2"}})), true);
    let read = api.call("spp.grm.ticket", "read", json!({"ids": [id], "fields": ["priority"]}));
    assert_eq!(read, json!([{"id": id, "priority": "2"}]));
}
