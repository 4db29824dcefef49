//! Habits that keep the code readable and running.

use std::collections::BTreeMap;

use super::{none, sources};

/// Files that a tool writes.
const LISTS: &[&str] = &["src/store/schema.rs"];

/// What ends the program, and may therefore stand only in tests.
const ENDS: &[&str] =
    &[".unwrap()", ".unwrap_err()", ".expect_err(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];

/// Words of an `expect`. What can't be is told so, in place of a silent default; fewer words don't say why it can't.
const WHY: usize = 4;

/// Whether each `expect` of the line says why it can't fail.
fn is_reasoned(code: &str) -> bool {
    code.split(".expect(").skip(1).all(|rest| {
        let why = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
        why.is_some_and(|why| why.split_whitespace().count() >= WHY)
    })
}

#[test]
fn nothing_ends_the_program() {
    let mut wrong = Vec::new();
    for source in sources("src", ".rs") {
        let lines = source.code().filter(|(_, code)| ENDS.iter().any(|end| code.contains(end)) || !is_reasoned(code));
        wrong.extend(lines.map(|(line, code)| format!("{}:{line} {code}", source.path)));
    }
    none("nothing may end the program but a test, or an expect that says in four words why it can't", wrong);
}

/// The name of the type that a line defines at the edge of its file, if it does.
fn type_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
    let line = line.trim_start_matches("(super) ");
    let name = ["struct ", "enum ", "trait ", "union "].iter().find_map(|kind| line.strip_prefix(kind))?;
    name.split(|c: char| !c.is_ascii_alphanumeric()).next()
}

#[test]
fn each_type_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources("src", ".rs") {
        let code = source.text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for name in code.lines().filter_map(type_name) {
            places.entry(name.to_owned()).or_default().push(source.path.clone());
        }
    }
    assert!(places.len() > 500, "{} types were found", places.len());
    let same = places.into_iter().filter(|(_, paths)| paths.len() > 1);
    none(
        "a name means one thing in all of src",
        same.map(|(name, paths)| format!("{name}: {}", paths.join(", "))).collect(),
    );
}

#[test]
fn each_file_says_what_it_is_for() {
    let mut silent = Vec::new();
    for folder in ["src", "tests", "fuzz/fuzz_targets"] {
        let files = sources(folder, ".rs").into_iter();
        let files = files.filter(|source| !source.text.starts_with("//! ") && !LISTS.contains(&source.path.as_str()));
        silent.extend(files.map(|source| source.path));
    }
    none("each file begins with //! and what it is for", silent);
}

#[test]
fn nothing_is_put_off() {
    let mut marks = Vec::new();
    for (folder, ending) in
        [("src", ""), ("tests", ".rs"), ("fuzz/fuzz_targets", ".rs"), ("templates", ""), ("scripts", "")]
    {
        for source in sources(folder, ending) {
            for (number, line) in source.text.lines().enumerate() {
                let put_off = ["TODO", "FIXME", "#[ignore"].iter().any(|mark| line.contains(mark));
                // What a checkout may lack is named; scripts/test runs these tests where it is there.
                let needs = line.trim().starts_with("#[ignore = \"needs ");
                if put_off && !needs && source.path != "tests/architecture/habits.rs" {
                    marks.push(format!("{}:{} {}", source.path, number + 1, line.trim()));
                }
            }
        }
    }
    none("no mark for later, no test that is ignored but for what it needs", marks);
}
