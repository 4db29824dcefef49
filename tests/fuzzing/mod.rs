//! What fuzzing begins with, and what it found: every seed in `fuzz/seeds` is answered or refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mailgate::fuzzing;

use crate::support::app::repository;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 7] = [
    ("domain", fuzzing::domain),
    ("imap", fuzzing::imap),
    ("json", fuzzing::json),
    ("mail", fuzzing::mail),
    ("pop", fuzzing::pop),
    ("python_literal", fuzzing::python_literal),
    ("xml", fuzzing::xml),
];

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_seed_is_answered_or_refused() {
    for (name, target) in TARGETS {
        let seeds = repository("fuzz/seeds").join(name);
        for seed in fs::read_dir(seeds).unwrap() {
            let seed = seed.unwrap().path();
            println!("{}", seed.display());
            target(&fs::read(seed).unwrap());
        }
    }
}

#[test]
fn every_target_has_its_seeds() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&repository("fuzz/seeds")), targets);
    assert_eq!(names(&repository("fuzz/fuzz_targets")), targets);
}
