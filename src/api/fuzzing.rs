//! What comes in over the API before anything is done with it, read as its doors read it.

use serde_json::Value;

use super::wire::{json, xml};
use crate::xmlrpc::{self, CallReader, DocumentLimits};

/// A body of JSON-RPC.
pub fn json(data: &[u8]) {
    json::id(data);
    let counted = json::overhead(data);
    if let Ok(params) = json::params(data) {
        let read = json::object_call(params);
        // What could not be counted is never read.
        drop((counted.is_ok().then_some(read), params.member("args").map(|args| args.items().count())));
    }
    // What is counted is what is read: the two must agree on where a document ends.
    let limits = DocumentLimits::default();
    if serde_json::from_slice::<Value>(data).is_ok() {
        assert_ne!(json::overhead_within(data, &limits), Err(xmlrpc::CodecError::Malformed));
    }
}

/// A body of XML-RPC.
pub fn xml(data: &[u8]) {
    let limits = DocumentLimits::default();
    if let Some(text) = xmlrpc::beginning(data)
        && let Ok(call) = CallReader::new(&text)
    {
        call.take(10).for_each(drop);
    }
    if let Ok((text, _)) = xmlrpc::checked(data, &limits)
        && let Ok(call) = CallReader::new(&text)
    {
        for param in call.flatten() {
            let value = xml::to_json(param);
            // A value that came over XML goes back over it, or says that it can't.
            let _ = xml::write_answer(&value, &mut std::io::sink());
        }
    }
    let _ = xmlrpc::read_answer(data, &limits);
}
