//! What a POP3 server answers from the sign-in on: see `mailbox::fuzzing` for how a script is written.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailgate::fuzzing::pop(data));
