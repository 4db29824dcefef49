//! Documents that mean harm: each is an error within a second and 64 MB.

use std::time::Duration;

use mailgate::xmlrpc::{DocumentLimits, read_answer, read_call};

use crate::support::cost::cost;
use crate::support::memory::growth;

const TEST: &str = "xmlrpc::hostile::a_hostile_document_is_an_error_within_a_second_and_64_mb";

const KINDS: &[&str] = &[
    "entities",
    "nested",
    "truncated",
    "wrong types",
    "long number",
    "broken base64",
    "too large",
    "many elements",
    "many attributes",
    "endless name",
    "no text",
];

fn document(kind: &str) -> Vec<u8> {
    let call = |value: &str| {
        format!(
            "<?xml version='1.0'?><methodCall><methodName>m</methodName><params><param><value>{value}</value></param></params></methodCall>"
        )
    };
    let array = |items: &str, count: usize| call(&format!("<array><data>{}</data></array>", items.repeat(count)));
    match kind {
        "entities" => {
            let bomb = (0..20).map(|n| format!("<!ENTITY e{} '{}'>", n + 1, format!("&e{n};").repeat(50)));
            let bomb: String = bomb.collect();
            format!("<?xml version='1.0'?><!DOCTYPE m [<!ENTITY e0 'x'>{bomb}]>{}", call("<string>&e20;</string>"))
        }
        "nested" => "<value><array><data>".repeat(100_000),
        "truncated" => {
            let mut whole = call(&format!("<string>{}</string>", "x".repeat(20_000_000)));
            whole.truncate(whole.len() - 20);
            whole
        }
        "wrong types" => array("<value><int>1e9</int></value>", 200_000),
        "long number" => call(&format!("<int>{}</int>", "9".repeat(10_000_000))),
        "broken base64" => call(&format!("<base64>{}</base64>", "*".repeat(10_000_000))),
        "too large" => call(&format!("<string>{}</string>", "x".repeat(40_000_000))),
        "many elements" => array("<value><nil/></value>", 1_500_000),
        "many attributes" => format!("<methodCall {}></methodCall>", "a='b' ".repeat(2_000_000)),
        "endless name" => format!("<{}>", "x".repeat(20_000_000)),
        "no text" => return vec![0xff; 20_000_000],
        other => panic!("{other}"),
    }
    .into_bytes()
}

#[test]
fn a_hostile_document_is_an_error_within_a_second_and_64_mb() {
    for kind in KINDS {
        let grown = growth(TEST, kind, document, |document| {
            for answer in [false, true] {
                let limits = DocumentLimits::default();
                let (refused, took, _) = cost(|| match answer {
                    true => read_answer(document, &limits).is_err(),
                    false => read_call(document, &limits).is_err(),
                });
                assert!(refused, "it was taken");
                assert!(took < Duration::from_secs(1), "{took:?} of the processor");
            }
        });
        assert!(grown < 64 << 20, "{kind}: {grown} bytes");
        println!("{kind}: {grown} bytes");
    }
}
