//! A search domain of Odoo's, in JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailgate::fuzzing::domain(data));
