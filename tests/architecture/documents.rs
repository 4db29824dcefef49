//! What the pages of the repository name is there: links, and paths between backticks.

use super::{none, repository};

const PAGES: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/mailboxes.md",
    "docs/operations.md",
    "docs/security.md",
];

/// Folders that only the repository has; `scripts/test` is a path, `seen/held` is not.
const FOLDERS: [&str; 8] = ["docs/", "fuzz/", "migrations/", "public/", "scripts/", "src/", "templates/", "tests/"];

#[test]
fn every_path_that_a_page_names_is_there() {
    let mut missing = Vec::new();
    for page in PAGES {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        let beside = std::path::Path::new(page).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") && !repository("").join(beside).join(path).exists() {
                missing.push(format!("{page} links to {link}"));
            }
        }
        for line in text.lines() {
            for quoted in line.split('`').skip(1).step_by(2) {
                // `tests/web/roles.rs: a_test`, or a command with its arguments.
                let path = quoted.split([' ', ':']).next().unwrap();
                let is_path = FOLDERS.iter().any(|folder| path.starts_with(folder)) && !path.contains(['<', '{', '*']);
                if is_path && !repository(path).exists() {
                    missing.push(format!("{page} names {path}"));
                }
            }
        }
    }
    none("a path that a page names exists", missing);
}

/// The way of one mail (ARCHITECTURE §3) is told by functions that are there, and is short enough to be walked.
#[test]
fn the_way_of_a_mail_is_where_the_table_says() {
    let text = std::fs::read_to_string(repository("ARCHITECTURE.md")).unwrap();
    let (_, table) = text.split_once("<!-- way -->").unwrap();
    let (table, _) = table.split_once("<!-- /way -->").unwrap();
    let mut gone = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for row in table.lines().filter(|row| row.contains("`src/")) {
        let mut columns = row.split('|').skip(2);
        let file = columns.next().unwrap().trim().trim_matches('`');
        let code = std::fs::read_to_string(repository(file)).unwrap();
        for function in columns.next().unwrap().split('`').skip(1).step_by(2) {
            if !code.contains(&format!("fn {function}(")) && !code.contains(&format!("fn {function}<")) {
                gone.push(format!("{function} in {file}"));
            }
        }
        files.push(file);
    }
    none("each function of a mail's way is where ARCHITECTURE says", gone);
    files.sort_unstable();
    files.dedup();
    assert!((20..=30).contains(&files.len()), "a mail passes {} files", files.len());
}
