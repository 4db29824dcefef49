//! Faults in Odoo's codes and words, and hostile bodies.

use mailgate::xmlrpc::{FaultCode, Value};

use super::client::{Api, leaf, list, members, s};
use crate::support::app::PASSWORD;
use crate::support::database::Place;

#[test]
fn each_kind_of_fault_has_odoos_code_and_words() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let cases = [
        (api.call("no.such.model", "read", [list([])]), 2, "Object no.such.model doesn't exist"),
        (
            api.call("res.partner", "frobnicate", []),
            1,
            "AttributeError: The method 'frobnicate' does not exist on the model 'res.partner'\n",
        ),
        (api.call("res.partner", "_write", []), 4, "Private methods (such as _write) cannot be called remotely."),
        (
            api.call("res.partner", "read", [list([]), list([s("nope")])]),
            1,
            "ValueError: Invalid field 'nope' on model 'res.partner'\n",
        ),
        (
            api.call("res.partner", "search", [list([leaf("nope", "=", Value::Integer(1))])]),
            1,
            "ValueError: Invalid field res.partner.nope in leaf ('nope', '=', 1)\n",
        ),
        (
            api.call("ir.model", "search", [list([leaf("nope", "=", Value::Integer(1))])]),
            1,
            "ValueError: Invalid field ir.model.nope in leaf ('nope', '=', 1)\n",
        ),
        (
            api.call("res.partner", "search", []),
            1,
            "TypeError: BaseModel.search() missing 1 required positional argument: 'domain'\n",
        ),
        (
            api.call("spp.grm.ticket", "write", [list([Value::Integer(99_999)]), members([("name", s("x"))])]),
            2,
            "Record does not exist or has been deleted.\n(Record: spp.grm.ticket(99999,), User: 1)",
        ),
        (
            api.call("spp.grm.ticket", "create", [members([("name", s("x")), ("priority", s("99"))])]),
            1,
            "ValueError: Wrong value for spp.grm.ticket.priority: '99'\n",
        ),
    ];
    for (outcome, code, words) in cases {
        assert_eq!(outcome, Err((FaultCode::Number(code), words.to_owned())));
    }
}

#[test]
fn wrong_credentials_are_false_at_sign_in_and_fault_3_in_a_call() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let sign_in = |password: &str| api.common("authenticate", &[s("mailgate"), s("admin"), s(password), members([])]);
    assert_eq!(sign_in("wrong password"), Ok(Value::Boolean(false)));
    assert_eq!(sign_in(PASSWORD), Ok(Value::Integer(1)));
    let call = |database: &str, uid: i32, password: &str, path: &str| {
        let params = vec![s(database), Value::Integer(uid), s(password), s("res.users"), s("search_read"), list([])];
        api.post(path, "execute_kw", params)
    };
    let denied = Err((FaultCode::Number(3), "Access Denied".to_owned()));
    assert_eq!(call("mailgate", 1, "wrong password", "/xmlrpc/2/object"), denied);
    assert_eq!(call("mailgate", 77, PASSWORD, "/xmlrpc/2/object"), denied);
    let (code, _) = call("mailgate", 1, "wrong password", "/xmlrpc/object").unwrap_err();
    assert_eq!(code, FaultCode::Word("AccessDenied".into()), "the legacy endpoint's codes are texts");
    let (code, words) = call("nodb", 1, PASSWORD, "/xmlrpc/2/object").unwrap_err();
    assert_eq!(code, FaultCode::Number(1));
    assert!(words.contains("\"nodb\" does not exist"), "{words}");
}

#[test]
fn a_changed_password_is_not_remembered() {
    let place = Place::sqlite();
    let api = Api::new(&place, "officer");
    api.call("res.users", "context_get", []).unwrap();
    let admin = mailgate::domain::person::Caller::command_line();
    let new = mailgate::domain::secret::Secret::new("another long password");
    let officer = mailgate::domain::id::UserId(2);
    mailgate::operations::users::set_password(&api.site.app, &admin, officer, &new).unwrap();
    let (code, _) = api.call("res.users", "context_get", []).unwrap_err();
    assert_eq!(code, FaultCode::Number(3));
}

#[test]
fn hostile_bodies_are_faults_and_say_nothing_of_themselves() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let nested = format!("<methodCall>{}", "<value><array><data>".repeat(3_000));
    let bomb = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'cccc'>]><methodCall>&b;</methodCall>";
    for body in [nested.as_str(), bomb, "", "<methodCall><password>hunter2", "\u{0}"] {
        let answer = String::from_utf8(api.raw("/xmlrpc/2/object", body.as_bytes())).unwrap();
        assert!(answer.contains("<int>1</int>") || answer.contains("<i4>1</i4>"), "{answer}");
        assert!(!answer.contains("hunter2"), "{answer}");
    }
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let answer = String::from_utf8(api.raw("/jsonrpc", deep.as_bytes())).unwrap();
    assert!(answer.contains("Odoo Server Error"), "{answer}");
}
