//! Macros compile whole folders in, which cargo does not know of: it is told here, so that a file that is added counts.
//! And the keys of the English catalogue become a table in the program, so that a sentence that is not there, or an
//! argument that it does not have, ends the compilation and not a page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn main() {
    for folder in ["migrations", "public", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let mut keys = BTreeMap::new();
    let mut files: Vec<_> = std::fs::read_dir("templates/locales/en")
        .expect("the English catalogue stands in templates/locales/en")
        .map(|entry| entry.expect("a file of the catalogue").path())
        .collect();
    files.sort();
    for file in files {
        read(&std::fs::read_to_string(&file).expect("the catalogue is text"), &mut keys);
    }
    let rows = keys.iter().map(|(key, message)| {
        let arguments = message.arguments.iter().map(|name| format!("{name:?}, ")).collect::<String>();
        format!("    ({key:?}, {}, &[{arguments}]),\n", message.has_remedy)
    });
    let table = format!("&[\n{}]\n", rows.collect::<String>());
    let folder = std::env::var("OUT_DIR").expect("cargo names a folder for what is made");
    std::fs::write(Path::new(&folder).join("keys.rs"), table).expect("the table can be written");
}

/// One message of the catalogue.
#[derive(Default)]
struct Message {
    /// Its attribute `.remedy`: what to do.
    has_remedy: bool,
    /// Of the message and its remedy together.
    arguments: BTreeSet<String>,
}

/// Reads what of Fluent's syntax the catalogue has: a message begins at the margin, all that belongs to it is indented.
fn read(text: &str, keys: &mut BTreeMap<String, Message>) {
    let mut present: Option<String> = None;
    for line in text.lines() {
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            present = line.split_once('=').map(|(key, _)| key.trim().to_owned());
        }
        let Some(key) = &present else { continue };
        let message = keys.entry(key.clone()).or_default();
        message.has_remedy |= line.trim_start().starts_with(".remedy ");
        for after in line.split('$').skip(1) {
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
            message.arguments.insert(after[..end].to_owned());
        }
    }
}
