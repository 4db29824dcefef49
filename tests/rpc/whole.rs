//! A call is all or nothing, its audit included, however many rows it names.

use mailgate::xmlrpc::Value;

use super::client::{Api, Refused, first, list, member, members, s};
use crate::support::database::on_both;

const GRIEVANCE: &str = "spp.grm.ticket";

fn server(name: &str, port: i32) -> Value {
    members([
        ("name", s(name)),
        ("server_type", s("imap")),
        ("server", s("imap.example.org")),
        ("port", Value::Integer(port)),
        ("user", s("grm@example.org")),
        ("password", s("correct horse")),
    ])
}

fn person(login: &str, password: &str) -> Value {
    members([("login", s(login)), ("name", s("Somebody")), ("password", s(password))])
}

fn named(name: &str) -> Value {
    members([("name", s(name))])
}

/// How many rows of the model there are, archived ones too, and how many entries of the audit in all.
fn counted(api: &Api, model: &str) -> (Value, i64) {
    let archived = [("context", members([("active_test", Value::Boolean(false))]))];
    let rows = api.call_with(model, "search_count", [list([])], archived).unwrap();
    let filter = mailgate::store::audit::AuditFilter::default();
    let (_, audited) = api.site.app.store.read(|db| mailgate::store::audit::list(db, &filter, 0, 1)).unwrap();
    (rows, audited)
}

#[track_caller]
fn leaves_all_as_it_was(api: &Api, model: &str, call: impl FnOnce() -> Result<Value, Refused>) {
    let before = counted(api, model);
    call().unwrap_err();
    assert_eq!(counted(api, model), before, "{model}: rows and audit");
}

on_both! {
    fn a_wrong_value_anywhere_leaves_nothing_behind(place: &Place) {
        let api = Api::new(place, "admin");
        let create = |model: &'static str, values: Value| {
            leaves_all_as_it_was(&api, model, || api.call(model, "create", [values]));
        };
        // The row itself could be made; what a later field says is wrong.
        create(GRIEVANCE, members([("name", s("x")), ("user_id", Value::Integer(999))]));
        create(GRIEVANCE, members([("name", s("x")), ("stage_id", Value::Integer(999))]));
        create(GRIEVANCE, list([named("right"), members([("name", s("x")), ("partner_id", Value::Integer(999))])]));
        create("res.partner", list([named("Amina"), named("")]));
        create("res.users", list([person("one", "long enough for all"), person("two", "short")]));
        create("res.users", list([person("one", "long enough for all"), person("one", "long enough for all")]));
        create("fetchmail.server", list([server("right", 993), server("wrong", 99_999)]));

        let made = api.call(GRIEVANCE, "create", [named("first")]).unwrap();
        let number = api.call(GRIEVANCE, "read", [made, list([s("number")])]).unwrap();
        let Value::String(number) = member(first(&number), "number") else { panic!("{number:?}") };
        assert!(number.ends_with("-000001"), "not even a number is used up: {number}");
    }

    fn a_password_that_is_tried_first_is_refused_with_all_that_was_said_beside_it(place: &Place) {
        let api = Api::new(place, "admin");
        let refused = |call: &dyn Fn() -> Result<Value, Refused>| {
            let mut words = String::new();
            leaves_all_as_it_was(&api, "res.users", || call().inspect_err(|(_, said)| words.clone_from(said)));
            assert!(words.contains("tried first"), "{words}");
        };
        for password in ["password123", "1234567890", "openspp for all", "tuesday is near", "somebody comes"] {
            refused(&|| api.call("res.users", "create", [person("tuesday", password)]));
        }
        let officer = list([Value::Integer(2)]);
        for values in [
            members([("password", s("P@ssword2026!"))]),
            members([("password", s("I am an officer"))]),
            // The login that it is to have counts.
            members([("login", s("tuesday")), ("password", s("tuesday is near"))]),
        ] {
            refused(&|| api.call("res.users", "write", [officer.clone(), values.clone()]));
        }
    }

    fn several_rows_are_written_and_deleted_together_or_not_at_all(place: &Place) {
        let api = Api::new(place, "admin");
        let two = [(GRIEVANCE, list([named("a"), named("b")])), ("res.partner", list([named("a"), named("b")])),
            ("fetchmail.server", list([server("a", 993), server("b", 993)]))];
        for (model, values) in two {
            let Ok(Value::Array(ids)) = api.call(model, "create", [values]) else { panic!("{model}") };
            let names = || api.call(model, "read", [Value::Array(ids.clone()), list([s("name")])]).unwrap();
            let before = names();
            let and_a_missing_one = Value::Array([ids.clone(), vec![Value::Integer(9_999)]].concat());
            leaves_all_as_it_was(&api, model, || api.call(model, "write", [and_a_missing_one.clone(), named("c")]));
            leaves_all_as_it_was(&api, model, || {
                api.call(model, "write", [Value::Array(ids.clone()), members([("name", s("c")), ("nope", s("x"))])])
            });
            assert_eq!(names(), before, "{model}");
            if model == "fetchmail.server" {
                assert_eq!(api.call(model, "unlink", [and_a_missing_one]), Ok(Value::Boolean(true)));
                assert_eq!(counted(&api, model).0, Value::Integer(0), "what was gone already is no reason to stop");
            }
        }
        let ids = api.call(GRIEVANCE, "search", [list([])]).unwrap();
        leaves_all_as_it_was(&api, GRIEVANCE, || {
            let values = members([("name", s("c")), ("user_id", Value::Integer(999))]);
            api.call(GRIEVANCE, "write", [ids, values])
        });
    }
}
