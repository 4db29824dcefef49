//! What a real Odoo 17 was asked, asked again: the recordings that need no data of that system. Others stand in
//! `python/compare.py`.

use mailgate::xmlrpc::{DocumentLimits, FaultCode, MethodAnswer, Value, read_answer, read_call};

use super::client::{Api, s};
use crate::support::app::PASSWORD;
use crate::support::database::Place;
use crate::support::shared;

/// Recording and endpoint.
const ASKED: [(&str, &str); 20] = [
    ("01-common-version", "/xmlrpc/2/common"),
    ("03-common-authenticate-bad-password", "/xmlrpc/2/common"),
    ("04-common-authenticate-unknown-login", "/xmlrpc/2/common"),
    ("07-common-unknown-method", "/xmlrpc/2/common"),
    ("14-check_access_rights-true", "/xmlrpc/2/object"),
    ("50-fault-access-denied-bad-password", "/xmlrpc/2/object"),
    ("52-fault-unknown-model", "/xmlrpc/2/object"),
    ("53-fault-unknown-method", "/xmlrpc/2/object"),
    ("54-fault-private-method", "/xmlrpc/2/object"),
    ("61-fault-missing-record", "/xmlrpc/2/object"),
    ("62-read-missing-record", "/xmlrpc/2/object"),
    ("63-fault-unknown-field-read", "/xmlrpc/2/object"),
    ("65-fault-unknown-field-domain", "/xmlrpc/2/object"),
    ("66-fault-bad-selection", "/xmlrpc/2/object"),
    ("69-fault-wrong-arg-count", "/xmlrpc/2/object"),
    ("80-fetchmail-count-after-unlink", "/xmlrpc/2/object"),
    ("91-db-server_version", "/xmlrpc/2/db"),
    ("92-db-db_exist", "/xmlrpc/2/db"),
    ("93-xmlrpc1-fault-string-codes", "/xmlrpc/object"),
    ("94-xmlrpc1-fault-usererror", "/xmlrpc/object"),
];

#[test]
#[ignore = "needs the recordings of a real Odoo 17 at ../shared/odoo17-xmlrpc"]
fn what_was_recorded_is_answered_alike() {
    let folder = shared("odoo17-xmlrpc");
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let mut different = Vec::new();
    for (name, path) in ASKED {
        let read = |kind: &str| std::fs::read(folder.join(format!("{name}.{kind}.xml"))).unwrap();
        let call = read_call(&read("request"), &DocumentLimits::default()).unwrap();
        let recorded = read_answer(&read("response"), &DocumentLimits::default()).unwrap();
        let answer = match api.post(path, &call.method, call.params.into_iter().map(ours).collect()) {
            Ok(value) => MethodAnswer::Value(value),
            Err((code, message)) => MethodAnswer::Fault { code, message },
        };
        let (answer, recorded) = (plain(answer), plain(recorded));
        if answer != recorded {
            different.push(format!("{name}\n  here: {answer:?}\n  Odoo: {recorded:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// That system's database, account and password are these here.
fn ours(value: Value) -> Value {
    match value {
        Value::String(text) if text == "openspp" => s("mailgate"),
        Value::Integer(2) => Value::Integer(1),
        Value::String(text) if text == "admin" => s(PASSWORD),
        other => other,
    }
}

/// Of a traceback only the last line counts, and the account has another number.
fn plain(answer: MethodAnswer) -> MethodAnswer {
    match answer {
        MethodAnswer::Fault { code: FaultCode::Number(1), message } => {
            let last = message.trim_end().lines().last().unwrap_or_default().to_owned();
            MethodAnswer::Fault { code: FaultCode::Number(1), message: last }
        }
        MethodAnswer::Fault { code, message } => {
            MethodAnswer::Fault { code, message: message.replace("User: 2)", "User: 1)") }
        }
        value => value,
    }
}
