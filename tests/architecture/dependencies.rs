//! Dependencies: what deny.toml forbids, and where crates come from. Needs no network, so it holds everywhere.

use super::{none, repository};

#[test]
fn every_crate_comes_from_the_registry_and_none_is_forbidden() {
    let read = |name| -> toml::Table { std::fs::read_to_string(repository(name)).unwrap().parse().unwrap() };
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
