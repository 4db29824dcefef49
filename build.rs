//! Lists the files of `templates/` and `public/` for embedding, so that one binary works from any folder; the public
//! ones also packed with gzip, which makes a page's first visit a third as heavy.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    // `users/list.html.tera` is known as `users/list.html`.
    let mut templates = String::new();
    for (name, path) in list(&root.join("templates"), ".tera") {
        writeln!(templates, "({name:?}, include_str!({path:?})),").expect("a string grows");
    }
    let mut assets = String::new();
    for (number, (name, path)) in list(&root.join("public"), "").into_iter().enumerate() {
        let packed = out.join(format!("{number}.gz"));
        pack(&path, &packed);
        writeln!(assets, "({name:?}, include_bytes!({path:?}), include_bytes!({packed:?})),").expect("a string grows");
    }
    let code = format!(
        "pub const TEMPLATES: &[(&str, &str)] = &[{templates}];\n\
         /// Name, bytes, and the same packed with gzip.\n\
         pub const ASSETS: &[(&str, &[u8], &[u8])] = &[{assets}];\n"
    );
    std::fs::write(out.join("embedded.rs"), code).expect("the build folder can be written");
}

/// Names without `suffix`, and paths.
fn list(root: &Path, suffix: &str) -> Vec<(String, PathBuf)> {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    let named = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        name.strip_suffix(suffix).map(|name| (name.to_owned(), path.clone()))
    };
    files.into_iter().filter_map(named).collect()
}

fn pack(from: &Path, to: &Path) {
    let bytes = std::fs::read(from).expect("the file can be read");
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&bytes).expect("memory can be written");
    std::fs::write(to, packer.finish().expect("memory can be written")).expect("the build folder can be written");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
