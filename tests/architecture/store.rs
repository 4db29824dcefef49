//! The database is spoken to in one part, and its rows have names there.

use super::{none, sources};

#[test]
fn sql_stands_only_in_the_store() {
    // Words of statements as they are written here; IMAP's SELECT has a folder behind it.
    let words =
        ["SELECT s.", "SELECT 1", "SELECT COUNT", "SELECT MIN", "CASE WHEN ", "COALESCE(", "INSERT INTO", " FROM "];
    let mut wrong = Vec::new();
    for source in sources("src", ".rs").into_iter().filter(|source| !source.path.starts_with("src/store/")) {
        for (line, code) in source.code() {
            if code.contains('"') && words.iter().any(|word| code.contains(word)) {
                wrong.push(format!("{}:{line} {code}", source.path));
            }
        }
    }
    none("SQL stands only in src/store", wrong);
}

#[test]
fn rows_have_names_and_values_their_types() {
    let mut wrong = Vec::new();
    for source in sources("src/store", ".rs").into_iter().filter(|source| source.path != "src/store/values.rs") {
        for (line, code) in source.code() {
            // A pair of a key and its value is no row; three columns are one.
            let tuple = (code.starts_with("type ") && code.contains("= ("))
                || code.split("Vec<(").skip(1).any(|rest| top_level_commas(rest) > 1);
            if tuple || code.contains("from_code(") {
                wrong.push(format!("{}:{line} {code}", source.path));
            }
        }
    }
    none("a row is a structure with named fields, read and written by store::values", wrong);
}

/// Commas between the members of a tuple whose bracket was just opened.
fn top_level_commas(tuple: &str) -> usize {
    let mut depth = 0;
    let within = tuple.chars().take_while(|c| {
        match c {
            '(' | '<' => depth += 1,
            ')' | '>' => depth -= 1,
            _ => {}
        }
        depth >= 0
    });
    let mut depth = 0;
    within
        .filter(|c| {
            match c {
                '(' | '<' => depth += 1,
                ')' | '>' => depth -= 1,
                _ => {}
            }
            *c == ',' && depth == 0
        })
        .count()
}
