//! Dependencies: what deny.toml forbids, where crates come from, and under which licences. Needs no network, so it holds
//! everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

use super::{none, repository, sources};

fn read(name: &str) -> toml::Table {
    std::fs::read_to_string(repository(name)).unwrap().parse().unwrap()
}

#[test]
fn every_crate_comes_from_the_registry_and_none_is_forbidden() {
    let (lock, deny) = (read("Cargo.lock"), read("deny.toml"));
    let forbidden = deny["bans"]["deny"].as_array().unwrap();
    let allowed = deny["sources"]["allow-registry"].as_array().unwrap();
    let mut wrong = Vec::new();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if let Some(entry) = forbidden.iter().find(|entry| entry["name"].as_str() == Some(name)) {
            wrong.push(format!("{name}: {}", entry["reason"]));
        }
        let source = package.get("source").and_then(toml::Value::as_str);
        let known = source
            .is_none_or(|source| allowed.iter().any(|registry| source.strip_prefix("registry+") == registry.as_str()));
        if !known || (source.is_none() && name != "mailgate") {
            wrong.push(format!("{name} comes from {source:?}"));
        }
    }
    none("deny.toml forbids", wrong);
}

/// What cargo knows of the crates that were built here.
fn metadata() -> Value {
    let arguments = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", "host-tuple"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(repository("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Names and licences, by cargo's ids.
fn licences(metadata: &Value) -> BTreeMap<&str, (&str, Expression)> {
    let packages = metadata["packages"].as_array().unwrap().iter();
    let licence = |package: &Value| {
        let text = package["license"].as_str().unwrap_or_else(|| panic!("{} has no licence", package["name"]));
        Expression::parse_mode(text, ParseMode::LAX).unwrap()
    };
    packages
        .map(|package| (package["id"].as_str().unwrap(), (package["name"].as_str().unwrap(), licence(package))))
        .collect()
}

#[test]
fn every_licence_is_one_that_the_program_may_contain() {
    let (metadata, deny) = (metadata(), read("deny.toml"));
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|licence| licence.as_str().unwrap()).collect();
    let wrong = licences(&metadata).into_values();
    let wrong = wrong.filter(|(_, licence)| !licence.evaluate(|one| allowed.contains(&one.to_string().as_str())));
    none("deny.toml accepts no licence of", wrong.map(|(name, licence)| format!("{name}: {licence}")).collect());
}

#[test]
fn every_crate_under_the_mozilla_licence_is_named_where_it_asks_for_it() {
    let metadata = metadata();
    let licences = licences(&metadata);
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    let nodes: BTreeMap<&str, &Value> = nodes.map(|node| (node["id"].as_str().unwrap(), node)).collect();
    // What becomes part of the program: what is needed to build it, by what is part of it.
    let mut parts = BTreeSet::new();
    let mut next = vec![metadata["resolve"]["root"].as_str().unwrap()];
    while let Some(id) = next.pop() {
        if parts.insert(id) {
            let needed = nodes[id]["deps"].as_array().unwrap().iter();
            let needed =
                needed.filter(|one| one["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null()));
            next.extend(needed.map(|one| one["pkg"].as_str().unwrap()));
        }
    }
    let without = |licence: &Expression| licence.evaluate(|one| one.to_string() != "MPL-2.0");
    let theirs: BTreeSet<&str> =
        parts.iter().map(|id| &licences[id]).filter(|(_, licence)| !without(licence)).map(|(name, _)| *name).collect();
    let notice = std::fs::read_to_string(repository("NOTICE")).unwrap();
    let named = notice.lines().filter(|line| line.contains("https://crates.io/crates/"));
    assert_eq!(named.map(|line| line.split_whitespace().next().unwrap()).collect::<BTreeSet<_>>(), theirs);
}

#[test]
fn every_dependency_is_used() {
    let metadata = metadata();
    let root = &metadata["resolve"]["root"];
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["id"] == *root).unwrap();
    let sources = sources("src", ".rs");
    let is_named = |name: &str| {
        let word = |code: &str| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        sources.iter().any(|source| source.code().any(|(_, code)| word(code)))
    };
    let normal = node["deps"].as_array().unwrap().iter();
    let normal = normal.filter(|one| one["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null()));
    let unused = normal.map(|one| one["name"].as_str().unwrap()).filter(|name| !is_named(name));
    none("nothing in src names", unused.map(str::to_owned).collect());
}
