//! Python with Odoo's clients, in the virtual environment that `scripts/needs test` makes.

use std::process::{Command, Output};

use super::app::repository;

const INSTALL: &str = "these tests need Odoo's clients for Python: run scripts/needs test (it installs python3-venv and \
                       makes target/odoo-clients)";

/// Runs a script of `tests/rpc/python` to its end.
pub fn run(script: &str, arguments: &[&str]) -> Output {
    let python = repository("target/odoo-clients/bin/python");
    assert!(python.exists(), "{INSTALL}");
    Command::new(python)
        .arg("-B")
        .arg(repository("tests/rpc/python").join(script))
        .args(arguments)
        .env_remove("PYTHONPATH")
        .output()
        .expect(INSTALL)
}

/// Runs a script that must succeed, and gives back what it printed.
#[track_caller]
pub fn printed(script: &str, arguments: &[&str]) -> String {
    let output = run(script, arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} ended with {}:\n{out}\n{err}", output.status);
    out.into_owned()
}
