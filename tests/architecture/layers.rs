//! Who may name whom.

use std::collections::BTreeSet;

use super::{Source, none, repository, sources};

/// Each part of `src` and the other parts that it may name beside `domain`: the table of ARCHITECTURE.md.
fn parts() -> Vec<(String, Vec<String>)> {
    let page = std::fs::read_to_string(repository("ARCHITECTURE.md")).unwrap();
    let table = page.split("<!-- parts -->").nth(1).unwrap().split("<!-- /parts -->").next().unwrap().to_owned();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let [_, part, _, named, _] = row.split('|').collect::<Vec<_>>()[..] else { panic!("three cells: {row}") };
        (quoted(part).pop().unwrap(), quoted(named))
    })
    .collect()
}

#[test]
fn the_graph_of_the_parts_goes_one_way() {
    let parts = parts();
    let mut wrong = Vec::new();
    for (at, (part, named)) in parts.iter().enumerate() {
        let above = |name: &String| parts[..at].iter().any(|(other, _)| other == name);
        wrong.extend(named.iter().filter(|name| !above(name)).map(|name| format!("{part} names {name}")));
    }
    let there: BTreeSet<String> = sources("src", ".rs").iter().map(|source| part(source).to_owned()).collect();
    let told: BTreeSet<String> = parts.into_iter().map(|(part, _)| part).chain(["lib".to_owned()]).collect();
    wrong.extend(told.symmetric_difference(&there).map(|part| format!("{part} is only in the table, or only in src")));
    none("in ARCHITECTURE.md's table a part names parts above it, and each part of src has its row", wrong);
}

/// Crates that only some parts may name.
const ONLY: &[(&[&str], &[&str])] = &[
    (&["diesel", "diesel_migrations", "libsqlite3_sys", "r2d2"], &["store"]),
    (&["rocket", "rocket_dyn_templates", "tera"], &["web", "api", "lib", "serve", "front"]),
    (&["TcpStream"], &["mailbox"]),
    (&["UdpSocket", "simple_dns"], &["dns"]),
    (&["native_tls"], &["mailbox", "odoo"]),
    (&["dxr"], &["xmlrpc"]),
    (&["quick_xml"], &["xmlrpc"]),
    (&["ureq"], &["odoo", "oauth"]),
    (&["oauth2"], &["oauth"]),
    (&["openssl"], &["oauth"]),
];

#[test]
fn each_part_names_only_what_stands_below_it() {
    let (parts, mut wrong) = (parts(), Vec::new());
    for source in sources("src", ".rs") {
        let part = part(&source);
        if part == "lib" {
            continue;
        }
        let (_, allowed) = parts
            .iter()
            .find(|(name, _)| *name == part)
            .unwrap_or_else(|| panic!("{part} is a new part of src: say in ARCHITECTURE.md what it may name"));
        for (line, code) in source.code() {
            for named in roots(&source, code) {
                // Whatever else the crate's root has is nobody's own.
                let known = parts.iter().any(|(part, _)| *part == named);
                if known && named != part && named != "domain" && !allowed.contains(&named) {
                    wrong.push(format!("{}:{line} names {named}: {code}", source.path));
                }
            }
        }
    }
    none("a part of src may name only what stands below it", wrong);
}

#[test]
fn a_library_is_named_only_where_it_belongs() {
    let mut wrong = Vec::new();
    for source in sources("src", ".rs") {
        for (names, parts) in ONLY {
            if parts.contains(&part(&source)) {
                continue;
            }
            for (line, code) in source.code() {
                for name in *names {
                    if words(code).any(|(word, after)| word == *name && after.starts_with("::")) {
                        wrong.push(format!("{}:{line} names {name}: {code}", source.path));
                    }
                }
            }
        }
    }
    none("only its own part may name a library", wrong);
}

/// Files that ask for a role itself, and what for.
const ROLES: &[(&str, &str)] = &[
    ("src/operations/users.rs", "somebody must stay System Admin; the first account is one"),
    ("src/operations/sign_in.rs", "whoever failed to sign in has no account"),
    ("src/store/users.rs", "somebody must stay System Admin"),
    ("src/api/models/people.rs", "Odoo's groups"),
    ("src/api/wire/web_client.rs", "Odoo's word for an administrator"),
];

#[test]
fn who_may_do_what_is_asked_of_the_one_table() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    let asking = ["api", "front", "operations", "pipeline", "store", "web"];
    for source in sources("src", ".rs").into_iter().filter(|source| asking.contains(&part(source))) {
        for (line, code) in source.code().filter(|(_, code)| code.contains("Role::")) {
            match ROLES.iter().find(|(file, _)| source.path == *file) {
                Some((file, _)) => drop(used.insert(*file)),
                None => wrong.push(format!("{}:{line} {code}", source.path)),
            }
        }
    }
    let unused = ROLES.iter().filter(|(file, _)| !used.contains(file));
    wrong.extend(unused.map(|(file, _)| format!("{file} needs no exception any more: shorten the list")));
    none("domain::rights says who may", wrong);
}

/// The folder below `src`, or the file in it, without its ending.
fn part(source: &Source) -> &str {
    source.path["src/".len()..].split(['/', '.']).next().unwrap()
}

/// The parts of the crate that a line names: by `crate::`, from the binary by `mailgate::`, or by climbing with `super::`.
fn roots(source: &Source, code: &str) -> Vec<String> {
    let below = source.path["src/".len()..].trim_end_matches("mod.rs").trim_end_matches('/');
    let depth = below.split('/').count();
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for prefix in ["crate::", "mailgate::", climb.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            found.extend(first_names(&code[at + prefix.len()..]));
        }
    }
    found
}

/// `store::users` is `store`; `{config::Config, store::{a, b}}` is `config` and `store`; a macro is none.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| -> Option<String> {
        let (word, after) = words(text.trim()).next()?;
        let module = word.starts_with(|c: char| c.is_ascii_lowercase()) && !after.starts_with('!');
        module.then(|| word.to_owned())
    };
    let Some(list) = path.strip_prefix('{') else { return name(path).into_iter().collect() };
    let mut names = Vec::new();
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(name(&list[begin..at]));
                begin = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// The identifiers of a line, each with what follows it.
fn words(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = code;
    std::iter::from_fn(move || {
        let begin = rest.find(|c: char| c.is_alphanumeric() || c == '_')?;
        let tail = &rest[begin..];
        let end = tail.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(tail.len());
        rest = &tail[end..];
        Some((&tail[..end], rest))
    })
}

#[test]
fn this_test_sees_what_it_should() {
    let page = Source { path: "src/web/accounts.rs".into(), text: String::new() };
    assert_eq!(roots(&page, "use crate::store::users;"), ["store"]);
    assert_eq!(roots(&page, "use crate::{config::Config, store::{users, blob}, OTHER};"), ["config", "store"]);
    assert_eq!(roots(&page, "use super::super::ledger;"), ["ledger"]);
    assert_eq!(roots(&page, "let x = crate::fetch::pass(a, crate::pipeline::b);"), ["fetch", "pipeline"]);
    assert!(roots(&page, "crate::coded! { } super::form").is_empty());
    assert!(words("#[derive(diesel::Queryable)]").any(|(word, after)| word == "diesel" && after.starts_with("::")));
}
