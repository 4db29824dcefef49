//! A mail as it comes from anybody in the world.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailgate::fuzzing::mail(data));
