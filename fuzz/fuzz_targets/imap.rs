//! What an IMAP server answers from the sign-in on: see `mailbox::fuzzing` for how a script is written.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailgate::fuzzing::imap(data));
