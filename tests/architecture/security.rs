//! `docs/security.md` is true of the tree: the tests that it names are there, and its sums are right. Beside it, what its
//! table says of the code as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::{none, repository, sources};

const VERDICTS: [&str; 4] = ["holds", "holds, no test", "does not", "not ours"];

fn page() -> String {
    std::fs::read_to_string(repository("docs/security.md")).unwrap()
}

/// The cells of a row of a table, without its frame.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// The rows of requirements: id, level, verdict, how.
fn requirements(page: &str) -> Vec<(&str, &str, &str, &str)> {
    let rows = page.lines().filter(|line| line.starts_with("| ")).map(cells);
    let rows = rows.filter(|row| row[0].split('.').count() == 3 && row[0].starts_with(|c: char| c.is_ascii_digit()));
    rows.map(|row| match row.as_slice() {
        [id, level, _, verdict, how] => (*id, *level, verdict.trim_matches('*'), *how),
        other => panic!("a row has five cells, none with a bar in it: {other:?}"),
    })
    .collect()
}

/// What stands between backticks and names a test, as `tests/web/roles.rs: each_role_sees_its_pages_and_no_others`.
fn tests(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|quoted| quoted.split_once(".rs: ").map(|(path, name)| (path, name.trim()))).collect()
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = page();
    let mut missing = Vec::new();
    for (path, name) in tests(&page) {
        let text = std::fs::read_to_string(repository(&format!("{path}.rs"))).unwrap_or_default();
        if !text.contains(&format!("fn {name}(")) {
            missing.push(format!("{path}.rs: {name}"));
        }
    }
    none("docs/security.md names tests by file and function", missing);
}

#[test]
fn every_requirement_has_one_row_and_a_verdict_that_says_why() {
    let page = page();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (id, level, verdict, how) in requirements(&page) {
        let named = !tests(how).is_empty() || how.contains("This page, *");
        let right = seen.insert(id)
            && ["1", "2"].contains(&level)
            && VERDICTS.contains(&verdict)
            && !how.is_empty()
            && (verdict != "holds" || named)
            && (verdict != "holds, no test" || tests(how).is_empty());
        if !right {
            wrong.push(format!("{id} {verdict}: {how}"));
        }
        for part in how.split("This page, *").skip(1).filter_map(|rest| rest.split('*').next()) {
            if !page.contains(&format!("\n## {part}\n")) {
                wrong.push(format!("{id}: there is no part “{part}”"));
            }
        }
    }
    none("each requirement stands once, holds by a test or a part of the page, or says why not", wrong);
    assert_eq!(seen.len(), 253, "levels 1 and 2 of ASVS 5.0.0");
}

#[test]
fn the_sums_are_right() {
    let page = page();
    let mut counted: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (_, level, verdict, _) in requirements(&page) {
        counted.entry(verdict).or_default()[usize::from(level == "2")] += 1;
    }
    let said: Vec<Vec<&str>> =
        page.lines().map(cells).filter(|row| row.len() == 4 && VERDICTS.contains(&row[0])).collect();
    let said: BTreeMap<&str, Vec<usize>> =
        said.into_iter().map(|row| (row[0], row[1..].iter().map(|cell| cell.parse().unwrap()).collect())).collect();
    let right = counted.into_iter().map(|(verdict, [one, two])| (verdict, vec![one, two, one + two])).collect();
    assert_eq!(said, right);
}

/// Lines of the program's own code with one of these in them, apart from the files where that is right.
fn found(parts: &[&str], right: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources("src", ".rs").into_iter().filter(|source| !right.contains(&source.path.as_str())) {
        let lines = source.code().filter(|(_, line)| parts.iter().any(|part| line.contains(part)));
        found.extend(lines.map(|(number, line)| format!("{}:{number} {line}", source.path)));
    }
    found
}

#[test]
fn every_form_asks_for_its_token() {
    let mut wrong = Vec::new();
    for source in sources("src/web", ".rs") {
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        for (at, line) in code.iter().enumerate().filter(|(_, line)| line.starts_with("#[post(")) {
            let end = code[at..].iter().position(|line| line.ends_with('{')).unwrap_or(0);
            let signature = &code[at..=at + end];
            // What somebody sends who is signed out is kept, and carried out by nobody.
            let kept = source.path == "src/web/forms.rs" && line.contains("rank = 1000");
            if !kept && !signature.iter().any(|line| line.contains("Posted")) {
                wrong.push(format!("{} {line}", source.path));
            }
        }
    }
    none("a handler of a form takes it as `Posted`, which refuses it without its token", wrong);
    none("nothing is changed but by a form", found(&["#[put(", "#[patch(", "#[delete("], &[]));
}

#[test]
fn no_other_program_is_run() {
    none("Mailgate runs no other program", found(&["process::Command", "Command::new("], &[]));
}

#[test]
fn unsafe_code_stands_where_it_is_known() {
    let known = ["src/cli.rs", "src/store/limits.rs"];
    none(
        "unsafe code is looked at one by one",
        found(&["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"], &known),
    );
}

#[test]
fn nothing_is_served_from_a_folder() {
    none("files of pages are compiled in", found(&["FileServer", "NamedFile", "fs::relative"], &[]));
}

#[test]
fn sign_out_is_on_every_page() {
    let read = |name: &str| std::fs::read_to_string(repository(name)).unwrap();
    assert!(read("templates/common/header.html.tera").contains("url(path=\"/logout\")"));
    assert!(read("templates/base.html.tera").contains("{% include \"common/header.html\" %}"));
    let pages = sources("templates", ".tera").into_iter().filter(|page| page.path != "templates/base.html.tera");
    let without = pages.filter(|page| page.text.contains("{% block header %}"));
    none("no page puts the header away", without.map(|page| page.path).collect());
}

#[test]
fn readme_shows_a_unit_without_privileges_and_a_proxy_without_old_tls() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    for line in ["DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="] {
        assert!(readme.lines().any(|shown| shown == line), "{line}");
    }
    assert!(readme.lines().any(|shown| shown.trim() == "ssl_protocols TLSv1.2 TLSv1.3;"));
}

#[test]
fn no_other_origin_is_let_in() {
    none("no answer lets another origin read it", found(&["access-control-allow", "Access-Control-Allow"], &[]));
}

#[test]
fn no_page_is_made_of_what_somebody_sent() {
    none(
        "templates are compiled in",
        found(&["one_off(", "render_str(", "add_raw_template(", "add_template_file"], &[]),
    );
}

#[test]
fn chance_comes_from_the_operating_system() {
    none("what nobody may guess is made by getrandom", found(&["rand::", "fastrand", "thread_rng", "SmallRng"], &[]));
}

#[test]
fn passwords_are_typed_hidden_and_can_be_pasted() {
    let mut wrong = Vec::new();
    for source in sources("templates", ".tera") {
        for (number, line) in source.text.lines().enumerate() {
            let password = line.contains("field::text(name=\"")
                && line.split('"').nth(1).is_some_and(|name| name.contains("password"));
            if password && !(line.contains("type=\"password\"") && line.contains("autocomplete=\"")) {
                wrong.push(format!("{}:{} {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none("a password's field hides it and says what it is for", wrong);
    let script = std::fs::read_to_string(repository("public/app.js")).unwrap();
    assert!(!script.contains("paste"), "app.js leaves pasting alone");
}
