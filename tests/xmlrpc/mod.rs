//! The codec: what a real Odoo 17 said, what Python's client says, and what means harm.

mod hostile;
mod python;
mod recorded;

use mailgate::xmlrpc::{CodecError, DocumentLimits, MethodAnswer, read_answer, read_call};

#[test]
fn no_markup_and_no_encoding_hides_how_deep_a_document_is() {
    let limits = DocumentLimits::default();
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
    let limits = DocumentLimits::default();
    let ((), took, _) = crate::support::cost::cost(|| {
        let nested = format!("<methodCall>{}", "<value><array><data>".repeat(100_000));
        assert!(read_call(nested.as_bytes(), &limits).is_err());
        let bomb = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'cccc'>]><methodCall>&b;</methodCall>";
        assert!(read_call(bomb.as_bytes(), &limits).is_err());
        let wide = format!(
            "<methodResponse><params><param><value><array><data>{}</data></array></value></param></params></methodResponse>",
            "<value><int>1</int></value>".repeat(100_000)
        );
        assert!(matches!(read_answer(wide.as_bytes(), &limits), Ok(MethodAnswer::Value(_))));
        let text = format!(
            "<methodResponse><params><param><value><string>{}</string></value></param></params></methodResponse>",
            "&amp;".repeat(1_000_000)
        );
        assert!(matches!(read_answer(text.as_bytes(), &limits), Ok(MethodAnswer::Value(_))));
    });
    assert!(took.as_secs_f32() < 4.0, "{took:?} of the processor for four documents");
}
