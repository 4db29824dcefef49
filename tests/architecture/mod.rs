//! The rules of the code's shape (ARCHITECTURE §3), read from the code itself: who may name whom, habits, budgets.

mod audit;
mod dependencies;
mod documents;
mod habits;
mod layers;
mod pages;
mod readme;
mod security;
mod store;
mod words;

use std::path::Path;

use crate::support::app::repository;

/// One file of the repository.
struct Source {
    /// Relative to the repository, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The lines that are code of the program itself: without comments, and without its unit tests, which stand last
    /// or in a file `tests.rs`.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let text = if self.path.ends_with("tests.rs") { "" } else { &self.text };
        let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
        lines.take_while(|(_, line)| *line != "#[cfg(test)]").filter(|(_, line)| !line.starts_with("//"))
    }
}

/// All files below `folder` with this ending.
fn sources(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&repository(folder), &mut |path| {
        if path.to_string_lossy().ends_with(ending) {
            let name = path.strip_prefix(repository("")).unwrap().to_string_lossy().into_owned();
            let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
            found.push(Source { path: name, text });
        }
    });
    assert!(!found.is_empty(), "no {ending} below {folder}");
    found
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, each),
            false => each(&path),
        }
    }
}

/// Fails with one line for each thing found.
fn none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}
