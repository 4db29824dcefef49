//! The `mailgate` program; what its commands do stands in the library.

fn main() -> std::process::ExitCode {
    mailgate::cli::main()
}
