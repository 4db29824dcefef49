//! The codec on what a real Odoo 17 said.

use mailgate::xmlrpc::{DocumentLimits, MethodAnswer, read_answer, read_call, write_answer, write_call, write_fault};

use crate::support::shared;

#[test]
#[ignore = "needs the recordings of a real Odoo 17 at ../shared/odoo17-xmlrpc"]
fn every_recorded_request_and_answer_is_read_and_written_back() {
    let limits = DocumentLimits::default();
    let entries = std::fs::read_dir(shared("odoo17-xmlrpc")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "xml")).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let document = std::fs::read(&path).unwrap();
        if name.starts_with("95-") && name.contains("request") {
            assert!(read_call(&document, &limits).is_err(), "{name} is malformed on purpose");
        } else if name.contains("request") {
            let call = read_call(&document, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = write_call(&call.method, call.params.clone()).unwrap();
            assert_eq!(read_call(again.as_bytes(), &limits).unwrap(), call, "{name}");
        } else {
            let answer = read_answer(&document, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = match answer.clone() {
                MethodAnswer::Value(value) => write_answer(value).unwrap(),
                MethodAnswer::Fault { code, message } => write_fault(&code, &message).unwrap(),
            };
            assert_eq!(read_answer(again.as_bytes(), &limits).unwrap(), answer, "{name}");
        }
    }
}
