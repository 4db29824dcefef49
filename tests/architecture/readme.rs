//! README.md and Rocket.toml name what is there: every setting and every command, and nothing else.

use std::collections::BTreeSet;

use mailgate::config::Config;

use super::repository;
use crate::support::app::Installation;

fn read(name: &str) -> String {
    std::fs::read_to_string(repository(name)).unwrap()
}

/// The first cells of the table below this heading of README.md, without backticks.
fn table(heading: &str) -> Vec<String> {
    let readme = read("README.md");
    let section = readme.split(&format!("## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

fn settings() -> BTreeSet<String> {
    let value = serde_json::to_value(Config::default()).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn readme_lists_every_setting() {
    let listed: BTreeSet<String> = table("Settings").iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(listed, settings());
}

#[test]
fn rocket_toml_lists_every_setting_and_changes_none() {
    let text = read("Rocket.toml");
    let names = text.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = ")).map(|(name, _)| name.into());
    assert_eq!(names.collect::<BTreeSet<String>>(), settings());
    let effective: toml::Table = text.parse().unwrap();
    assert!(effective["default"].as_table().unwrap().is_empty());
}

#[test]
fn readme_lists_every_command() {
    let word = |row: &String| row.split(' ').nth(1).unwrap().to_owned();
    let listed: BTreeSet<String> = table("Commands").iter().map(word).collect();
    let help = Installation::new().run(&["--help"], "");
    let commands = help.split("Commands:\n").nth(1).expect("--help lists the commands").lines();
    let commands = commands.take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    assert_eq!(listed, commands.collect());
}
