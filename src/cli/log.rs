//! Where the log goes: standard error, in lines. Set up before Rocket is, which would bring its own.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The setting's default; a command that ends by itself says its outcome and needs less.
const DEFAULT: &str = "info";

/// `setting` is `LOG`, as `RUST_LOG`; one that can't be understood is said and replaced.
pub fn start(setting: &str, serves: bool) {
    let setting = match setting {
        DEFAULT if serves => "info,rocket=error,rocket_dyn_templates=error,html5ever=warn",
        DEFAULT => "warn",
        other => other,
    };
    let (filter, wrong) = match EnvFilter::try_new(setting) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT), Some(error)),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    if let Some(error) = wrong {
        tracing::warn!(%error, "MAILGATE_LOG can't be understood; it looks like info or mailgate=debug");
    }
}
