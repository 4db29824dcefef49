//! A Python dict in a text, as Odoo keeps an alias's defaults.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailgate::fuzzing::python_literal(data));
