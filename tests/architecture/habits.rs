//! Habits that keep the code readable and running.

use super::{none, sources};

/// Files that a tool writes.
const LISTS: &[&str] = &["src/store/schema.rs"];

/// What ends the program, and may therefore stand only in tests.
const ENDS: &[&str] =
    &[".unwrap()", ".unwrap_err()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];

/// Where one of them is right: the file, a part of the line, and why.
const RIGHT: &[(&str, &str, &str)] = &[];

#[test]
fn nothing_ends_the_program() {
    let mut wrong = Vec::new();
    let mut used = vec![false; RIGHT.len()];
    for source in sources("src", ".rs") {
        for (line, code) in source.code() {
            if !ENDS.iter().any(|end| code.contains(end)) {
                continue;
            }
            match RIGHT.iter().position(|(file, part, _)| source.path == *file && code.contains(part)) {
                Some(index) => used[index] = true,
                None => wrong.push(format!("{}:{line} {code}", source.path)),
            }
        }
    }
    let unused = RIGHT.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(unused.map(|((file, part, _), _)| format!("{file} has no {part} any more: shorten the list")));
    none("nothing may end the program but a test", wrong);
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
