//! Node with Odoo's clients, in the folder that `scripts/needs test` makes.

use std::process::Command;

use super::app::repository;

const INSTALL: &str = "these tests need Odoo's clients for Node: run scripts/needs test (it installs nodejs and makes \
                       target/odoo-clients-node)";

/// Runs a script of `tests/rpc/node`, which must succeed, and gives back what it printed.
#[track_caller]
pub fn printed(script: &str, arguments: &[&str]) -> String {
    let clients = repository("target/odoo-clients-node/node_modules");
    assert!(clients.exists(), "{INSTALL}");
    let output = Command::new("node")
        .arg(repository("tests/rpc/node").join(script))
        .args(arguments)
        .env("ODOO_CLIENTS", clients)
        .output()
        .expect(INSTALL);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} ended with {}:\n{out}\n{err}", output.status);
    out.into_owned()
}
