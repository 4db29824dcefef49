//! Macros compile whole folders in, which cargo does not know of: it is told here, so that a file that is added counts.

fn main() {
    for folder in ["migrations", "public", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
