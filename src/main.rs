//! The command line: parse, dispatch. What commands do stands in the library.

fn main() {
    println!("mailgate");
}
