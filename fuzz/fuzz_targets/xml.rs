//! A body of XML-RPC, as a client sends it and as an Odoo answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailgate::fuzzing::xml(data));
