//! How clients of other languages write what Odoo takes: the first calls of their documentation, byte for byte as they
//! come over the wire.

use mailgate::xmlrpc::{DocumentLimits, MethodAnswer, Value, read_answer};
use serde_json::json;

use super::client::{Api, first, list, member, members, s};
use crate::support::app::PASSWORD;
use crate::support::database::Place;

/// What Go's `nil` becomes in kolo/xmlrpc, which go-odoo speaks with.
const GO_NIL: &str = "<value/>";
/// An empty `array()` of PHP, whether it stands for a list or a struct.
const PHP_EMPTY: &str = "<value>\n<array>\n <data/>\n</array>\n</value>";

fn text(text: &str) -> String {
    format!("<value><string>{text}</string></value>")
}

fn array(items: &[String]) -> String {
    format!("<value><array><data>{}</data></array></value>", items.concat())
}

#[track_caller]
fn post(api: &Api, service: &str, method: &str, params: &[String]) -> Value {
    let params: String = params.iter().map(|param| format!("<param>{param}</param>")).collect();
    let call = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodCall><methodName>{method}</methodName><params>{params}</params>\
         </methodCall>"
    );
    let answer = api.raw(&format!("/xmlrpc/2/{service}"), call.as_bytes());
    match read_answer(&answer, &DocumentLimits::default()).unwrap() {
        MethodAnswer::Value(value) => value,
        MethodAnswer::Fault { code, message } => panic!("{code:?} {message}\n{call}"),
    }
}

#[track_caller]
fn execute(api: &Api, model: &str, method: &str, args: &str, options: &str) -> Value {
    let who = [text("mailgate"), "<value><int>1</int></value>".into(), text(PASSWORD)];
    let what = [text(model), text(method), args.to_owned(), options.to_owned()];
    post(api, "object", "execute_kw", &[who.as_slice(), &what].concat())
}

#[test]
fn what_says_nothing_is_no_argument_in_whatever_way_a_language_says_it() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    // go-odoo's NewClient, Create, Search, Count and FieldsGet, with nil for criteria and options.
    let who = [text("mailgate"), text("admin"), text(PASSWORD), text("")];
    assert_eq!(post(&api, "common", "authenticate", &who), Value::Integer(1));
    let values =
        "<value><struct><member><name>name</name><value><string>Amina</string></value></member></struct></value>";
    let amina = execute(&api, "res.partner", "create", &array(&[values.into()]), GO_NIL);
    let nothing = || array(&[]);
    let Value::Array(found) = execute(&api, "res.partner", "search", &array(&[nothing()]), GO_NIL) else { panic!() };
    assert_eq!(found, [amina]);
    assert_eq!(execute(&api, "res.partner", "search_count", &array(&[nothing()]), GO_NIL), Value::Integer(1));
    let go_options = "<value><struct><member><name>limit</name><value/></member><member><name>offset</name><value/></member>\
                      <member><name>order</name><value/></member><member><name>fields</name><value/></member></struct></value>";
    let read = execute(&api, "res.partner", "search_read", &nothing(), go_options);
    assert_eq!(member(first(&read), "name"), &s("Amina"));
    let Value::Struct(fields) = execute(&api, "res.partner", "fields_get", &nothing(), GO_NIL) else { panic!() };
    assert!(fields.len() > 10);

    // ripcord's `array()` where a struct is meant, and where a list is.
    let found = execute(&api, "res.partner", "search", &array(&[nothing()]), PHP_EMPTY);
    assert_eq!(found, execute(&api, "res.partner", "search", &array(&[PHP_EMPTY.into()]), "<value><nil/></value>"));
    for nothing in
        [GO_NIL, PHP_EMPTY, "<value><boolean>0</boolean></value>", "<value><nil/></value>", "<value><struct/></value>"]
    {
        let args = array(&["<value><array><data/></array></value>".into()]);
        assert_eq!(execute(&api, "res.partner", "search_count", &args, nothing), Value::Integer(1), "{nothing}");
        let Value::Struct(all) = execute(&api, "res.partner", "fields_get", nothing, nothing) else { panic!() };
        assert_eq!(all.len(), fields.len(), "{nothing}");
    }
    let id = first(&found).clone();
    let Value::Integer(number) = id else { panic!() };
    let ids = array(&[format!("<value><int>{number}</int></value>")]);
    let written = execute(&api, "res.partner", "write", &array(&[ids, PHP_EMPTY.into()]), PHP_EMPTY);
    assert_eq!(written, Value::Boolean(true), "no values to write");

    // Options that are named and not used.
    let unused = [("limit", Value::Boolean(false)), ("order", Value::Boolean(false)), ("count", Value::Boolean(false))];
    assert_eq!(api.call_with("res.partner", "search", [list([])], unused).unwrap(), list([id]));
    let refused = api.call_with("res.partner", "search", [list([])], [("count", Value::Boolean(true))]);
    assert!(refused.unwrap_err().1.contains("unexpected keyword argument 'count'"), "what is asked for and not known");
}

#[test]
fn fields_get_takes_its_options_by_position_too() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let wanted = list([s("type"), s("string")]);
    let options = members([("allfields", list([s("email")])), ("attributes", wanted.clone())]);
    let email = members([("type", s("char")), ("string", s("Email"))]);
    let of = |args: Vec<Value>| api.call_all("res.partner", "fields_get", args).unwrap();
    let expected = members([("email", email.clone())]);
    assert_eq!(of(vec![list([s("email")]), wanted.clone()]), expected);
    assert_eq!(of(vec![options.clone()]), expected);
    assert_eq!(of(vec![list([]), options]), expected);
    assert_eq!(of(vec![list([s("email")]), members([("attributes", wanted.clone())])]), expected);
    // odoo-xmlrpc's example: context and access stood between the two.
    let all = of(vec![list([]), list([]), list([]), wanted]);
    assert_eq!(member(&all, "email"), &email);
    assert!(matches!(all, Value::Struct(fields) if fields.len() > 10));
}

#[test]
fn moments_are_read_as_other_languages_write_them() {
    let place = Place::sqlite();
    let api = Api::new(&place, "officer");
    let forms = [
        "2026-01-02T10:00:34Z",
        "2026-01-02T10:00:34.250Z",
        "2026-01-02T12:00:34+02:00",
        "2026-01-02T10:00:34+00:00",
        "2026-01-02T10:00:34",
        "2026-01-02 10:00:34",
        "2026-01-02 10:00:34.000000",
        "20260102T10:00:34",
        "20260102T10:00:34Z",
    ];
    for form in forms {
        let id = api.call("spp.grm.ticket", "create", [members([("name", s(form)), ("date", s(form))])]).unwrap();
        let read = api.call("spp.grm.ticket", "read", [list([id]), list([s("date")])]).unwrap();
        assert_eq!(member(first(&read), "date"), &s("2026-01-02 10:00:34"), "{form}");
        let domain = |operator| list([list([s("name"), s("="), s(form)]), list([s("date"), s(operator), s(form)])]);
        let found = |operator| api.call("spp.grm.ticket", "search_count", [domain(operator)]).unwrap();
        assert_eq!(
            (found("<="), found("<")),
            (Value::Integer(1), Value::Integer(i32::from(form.contains(".25")))),
            "{form}"
        );
    }
    let refused = api.call("spp.grm.ticket", "create", [members([("name", s("x")), ("date", s("tomorrow"))])]);
    assert!(refused.is_err());
}

#[test]
fn a_record_is_found_by_number_and_name_and_moves_when_its_mail_is_read() {
    let place = Place::sqlite();
    let api = Api::new(&place, "officer");
    let id = api.call("spp.grm.ticket", "create", [members([("name", s("Payment of October missing"))])]).unwrap();
    let read = |field: &str| {
        let rows = api.call("spp.grm.ticket", "read", [list([id.clone()]), list([s(field)])]).unwrap();
        member(first(&rows), field).clone()
    };
    let Value::String(number) = read("number") else { panic!() };
    let both = list([list([id.clone(), s(&number)])]);
    for text in [number.as_str(), &number[5..], "october", "Payment of"] {
        assert_eq!(api.call("spp.grm.ticket", "name_search", [s(text)]).unwrap(), both, "{text}");
        let named = [("name", s(text)), ("domain", list([])), ("limit", Value::Integer(8))];
        assert_eq!(api.call_with("spp.grm.ticket", "name_search", [], named).unwrap(), both, "{text}");
    }
    assert_eq!(api.call("spp.grm.ticket", "name_search", [s("november")]).unwrap(), list([]));
    for text in ["spp.grm.tick", "Grievance"] {
        let found = api.call_with("ir.model", "name_search", [s(text)], [("limit", Value::Integer(1))]).unwrap();
        assert_eq!(first(&found), &list([Value::Integer(10), s("Grievance")]), "{text}");
    }

    let sql = "UPDATE records SET new_mail = TRUE, write_date = '2026-01-02 10:00:00'";
    let store = &api.site.app.store;
    crate::support::database::execute(store, sql);
    assert_eq!(read("new_mail"), Value::Boolean(true));
    let values = members([("new_mail", Value::Boolean(false))]);
    api.call("spp.grm.ticket", "write", [list([id.clone()]), values]).unwrap();
    assert_eq!(read("new_mail"), Value::Boolean(false));
    let newer = list([list([s("write_date"), s(">"), s("2026-01-02T10:00:00Z")])]);
    assert_eq!(api.call("spp.grm.ticket", "search_count", [newer]).unwrap(), Value::Integer(1));
}

/// n8n's node: its credential test, its lists to choose from, and its five operations, over `/jsonrpc` with `execute`.
#[test]
fn the_calls_of_n8ns_node_are_answered() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let call = |service: &str, method: &str, args: serde_json::Value| {
        let params = json!({"service": service, "method": method, "args": args});
        let answer = api.json("/jsonrpc", &json!({"jsonrpc": "2.0", "method": "call", "params": params, "id": 42}));
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    };
    assert_eq!(call("common", "login", json!(["mailgate", "admin", PASSWORD])), 1);
    assert_eq!(call("common", "version", json!([]))["server_serie"], "17.0");
    let object = |what: serde_json::Value| {
        let who = json!(["mailgate", 1, PASSWORD]);
        call("object", "execute", [who.as_array().unwrap().as_slice(), what.as_array().unwrap()].concat().into())
    };
    let fields = object(json!(["res.partner", "fields_get", [], ["string", "type", "help", "required", "name"]]));
    assert_eq!(fields["email"]["name"], "email");
    let models = object(json!(["ir.model", "search_read", [], ["name", "model", "modules"]]));
    assert!(models.as_array().unwrap().iter().any(|model| model["model"] == "spp.grm.ticket"));
    let id = object(json!(["res.partner", "create", {"name": "Amina", "email": "amina@people.example"}]));
    assert_eq!(object(json!(["res.partner", "read", [id], ["name"]]))[0]["name"], "Amina");
    let all = object(json!(["res.partner", "search_read", [["name", "=", "Amina"]], [], 0, 0]));
    assert_eq!(all[0]["email"], "amina@people.example");
    assert_eq!(object(json!(["res.partner", "write", [id], {"phone": "+221 77"}])), true);
}

/// Calls `/jsonrpc` as the connectors below do.
fn over_json_rpc(api: &Api, service: &str, method: &str, args: serde_json::Value) -> serde_json::Value {
    let params = json!({"service": service, "method": method, "args": args});
    let answer = api.json("/jsonrpc", &json!({"jsonrpc": "2.0", "method": "call", "params": params, "id": 135468}));
    assert!(answer["error"].is_null(), "{answer}");
    answer["result"].clone()
}

/// The second version of n8n's node, as it first was: `execute_kw`, and all but ids by name.
#[test]
fn the_calls_of_n8ns_second_node_are_answered() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let user = over_json_rpc(&api, "common", "login", json!(["mailgate", "admin", PASSWORD]));
    let object = |model: &str, method: &str, args: serde_json::Value, named: serde_json::Value| {
        let args = json!(["mailgate", user, PASSWORD, model, method, args, named]);
        over_json_rpc(&api, "object", "execute_kw", args)
    };
    let models = object("ir.model", "search_read", json!([]), json!({"fields": ["name", "model"]}));
    assert!(models.as_array().unwrap().iter().any(|model| model["model"] == "spp.grm.ticket"));
    let attributes = json!({"attributes": ["string", "type", "help", "required", "name"]});
    assert_eq!(object("spp.grm.ticket", "fields_get", json!([]), attributes)["name"]["required"], true);
    let id = object("res.partner", "create", json!([{"name": "Amina", "email": "amina@people.example"}]), json!({}));
    // What is typed into its filter comes as what it looks like.
    for (leaf, found) in [
        (json!(["name", "=", "Amina"]), 1),
        (json!(["id", "in", [id]]), 1),
        (json!(["id", "=", id]), 1),
        (json!(["is_company", "!=", true]), 1),
        (json!(["name", "=ilike", "ami%"]), 1),
        (json!(["email", "not ilike", "people"]), 0),
    ] {
        // All of them: no limit is 0.
        let named = json!({"domain": [["id", "=", id], leaf], "fields": ["name"], "offset": 0, "limit": 0});
        let rows = object("res.partner", "search_read", json!([]), named);
        assert_eq!(rows.as_array().unwrap().len(), found, "{leaf}");
    }
    let first = json!({"domain": [], "fields": [], "offset": 0, "limit": 1});
    assert_eq!(object("res.partner", "search_read", json!([]), first).as_array().unwrap().len(), 1);
    assert_eq!(object("res.partner", "write", json!([[id], {"phone": "+221 77"}]), json!({})), true);
    assert_eq!(object("res.partner", "read", json!([[id], ["phone"]]), json!({}))[0]["phone"], "+221 77");
    // *Execute a method*: an id comes as a number, named arguments as texts.
    let named = json!({"limit": "10", "order": "id"});
    assert_eq!(object("res.partner", "search", json!([[["id", "=", id]]]), named), json!([id]));
}

/// A Power BI connector: which models it may read, their fields as a schema, and their rows as a table.
#[test]
fn the_calls_of_a_power_bi_connector_are_answered() {
    let place = Place::sqlite();
    let api = Api::new(&place, "officer");
    assert_eq!(over_json_rpc(&api, "db", "list", json!([])), json!(["mailgate"]));
    assert_eq!(over_json_rpc(&api, "common", "login", json!(["mailgate", "officer", "wrong"])), false);
    let user = over_json_rpc(&api, "common", "login", json!(["mailgate", "officer", PASSWORD]));
    let object = |model: &str, method: &str, args: serde_json::Value, named: serde_json::Value| {
        let args = json!(["mailgate", user, PASSWORD, model, method, args, named]);
        over_json_rpc(&api, "object", "execute_kw", args)
    };
    let partner = object("res.partner", "create", json!([{"name": "Amina"}]), json!({}));
    object("spp.grm.ticket", "create", json!([{"name": "Payment", "partner_id": partner}]), json!({}));

    let schema = object("spp.grm.ticket", "fields_get", json!([null, ["type", "required", "relation"]]), json!({}));
    let kinds = schema.as_object().unwrap();
    assert_eq!(
        (&kinds["partner_id"]["type"], &kinds["partner_id"]["relation"]),
        (&json!("many2one"), &json!("res.partner"))
    );
    let many = kinds.values().filter(|field| field["type"] == "one2many");
    let models: Vec<&serde_json::Value> = many.map(|field| &field["relation"]).collect();
    assert!(models.contains(&&json!("mail.message")), "{models:?}");

    // The models that the account may read, by the groups that it has.
    let readable = |models: serde_json::Value| {
        let domain =
            json!([["perm_read", "=", true], ["model_id.model", "in", models], ["group_id.users", "child_of", user]]);
        let named = json!({"fields": [], "groupby": ["model_id"], "lazy": false});
        let groups = object("ir.model.access", "read_group", json!([domain]), named);
        let ids: Vec<_> = groups.as_array().unwrap().iter().map(|group| group["model_id"][0].clone()).collect();
        object("ir.model", "search_read", json!([[["id", "in", ids]]]), json!({"fields": ["model"]}))
    };
    let found = readable(json!(["mail.message", "ir.attachment", "fetchmail.server"]));
    let names: Vec<&serde_json::Value> = found.as_array().unwrap().iter().map(|row| &row["model"]).collect();
    assert_eq!(names.len(), 2, "an officer reads no incoming servers: {names:?}");
    assert!(names.contains(&&json!("mail.message")) && names.contains(&&json!("ir.attachment")), "{names:?}");

    let fields: Vec<&String> = kinds.keys().collect();
    let rows = object("spp.grm.ticket", "search_read", json!([[]]), json!({"fields": fields}));
    assert_eq!((&rows[0]["partner_id"], &rows[0]["name"]), (&json!([partner, "Amina"]), &json!("Payment")));
    let rows = object(
        "res.partner",
        "search_read",
        json!([[["name", "ilike", "ami"]]]),
        json!({"limit": 10, "order": "name"}),
    );
    assert_eq!(rows[0]["name"], "Amina");

    let groups =
        object("res.groups", "search_read", json!([[["users", "=", user]]]), json!({"fields": ["name", "users"]}));
    assert_eq!(groups, json!([{"id": 2, "name": "Grievance Officer", "users": [user]}]));
}
