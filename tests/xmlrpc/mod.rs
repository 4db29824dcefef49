//! The codec on what a real Odoo 17 said.

mod hostile;
mod python;

use mailgate::xmlrpc::{Answer, CodecError, Limits, read_answer, read_call, write_answer, write_call, write_fault};

/// The recordings beside the repository; None (and a line that says so) where they are not there.
fn recordings() -> Option<Vec<std::path::PathBuf>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/odoo17-xmlrpc");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("did not run: no recordings at ../shared/odoo17-xmlrpc");
        return None;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    paths.sort();
    assert!(!paths.is_empty());
    Some(paths)
}

#[test]
fn every_recorded_request_and_answer_is_read_and_written_back() {
    let limits = Limits::default();
    for path in recordings().unwrap_or_default() {
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
                Answer::Value(value) => write_answer(value).unwrap(),
                Answer::Fault { code, message } => write_fault(&code, &message).unwrap(),
            };
            assert_eq!(read_answer(again.as_bytes(), &limits).unwrap(), answer, "{name}");
        }
    }
}

#[test]
fn no_markup_and_no_encoding_hides_how_deep_a_document_is() {
    let limits = Limits::default();
    let call = |lie: &str| {
        let open = format!("<value>{lie}<array><data>").repeat(60);
        let close = "</data></array></value>".repeat(60);
        format!("<methodCall><methodName>x</methodName><params><param>{open}{close}</param></params></methodCall>")
    };
    // Behind each of these the elements before it seem closed, or the next ones seem no elements.
    for lie in ["", "<!--</value></data></array>-->", "<?x </value></data></array>?>", "<![CDATA[</value>]]>"] {
        assert_eq!(read_call(call(lie).as_bytes(), &limits), Err(CodecError::TooDeep(128)), "{lie}");
    }
    // As UTF-16 this is a comment's beginning, a hundred arrays and its end to whoever looks at the bytes only.
    let declared = "<?xml version='1.0' encoding='utf-16le'?> ";
    let wide = format!("{declared}\u{213c}\u{2d2d}{}\u{2d2d}>", call(""));
    let bytes: Vec<u8> = declared.bytes().chain(wide.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(read_call(&bytes, &limits).is_err());
    let honest = "<methodCall><!-- <a> --><methodName>x</methodName><params><param><value><string>a <![CDATA[<b>]]>\
                  </string></value></param></params></methodCall>";
    let read = read_call(honest.as_bytes(), &limits).unwrap();
    assert_eq!(read.params, [mailgate::xmlrpc::Value::String("a <b>".into())]);
}

#[test]
fn hostile_documents_end_within_a_second() {
    let started = std::time::Instant::now();
    let limits = Limits::default();
    let nested = format!("<methodCall>{}", "<value><array><data>".repeat(100_000));
    assert!(read_call(nested.as_bytes(), &limits).is_err());
    let bomb = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'cccc'>]><methodCall>&b;</methodCall>";
    assert!(read_call(bomb.as_bytes(), &limits).is_err());
    let wide = format!(
        "<methodResponse><params><param><value><array><data>{}</data></array></value></param></params></methodResponse>",
        "<value><int>1</int></value>".repeat(100_000)
    );
    assert!(matches!(read_answer(wide.as_bytes(), &limits), Ok(Answer::Value(_))));
    let text = format!(
        "<methodResponse><params><param><value><string>{}</string></value></param></params></methodResponse>",
        "&amp;".repeat(1_000_000)
    );
    assert!(matches!(read_answer(text.as_bytes(), &limits), Ok(Answer::Value(_))));
    assert!(started.elapsed().as_secs_f32() < 4.0, "{:?} for four documents", started.elapsed());
}
