//! Lists the files of `templates/` and `public/` for embedding, so that one binary works from any folder.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    // `users/list.html.tera` is known as `users/list.html`.
    let templates = list(&root.join("templates"), ".tera", "include_str!");
    let assets = list(&root.join("public"), "", "include_bytes!");
    let code = format!(
        "pub const TEMPLATES: &[(&str, &str)] = &[{templates}];\npub const ASSETS: &[(&str, &[u8])] = &[{assets}];\n"
    );
    std::fs::write(out.join("embedded.rs"), code).expect("the build folder can be written");
}

fn list(root: &Path, suffix: &str, include: &str) -> String {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    let mut code = String::new();
    for file in files {
        let name = file.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        if let Some(name) = name.strip_suffix(suffix) {
            writeln!(code, "    ({name:?}, {include}({:?})),", file.display().to_string()).expect("a string grows");
        }
    }
    code
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
