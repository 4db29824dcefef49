//! One script, the same answers: `python/compare.py` on Mailgate prints what a real Odoo 17 printed (`odoo17.txt`),
//! and with `MAILGATE_TEST_ODOO=url,database,login,password` what that one prints now.

use crate::support::app::{Installation, PASSWORD, repository};
use crate::support::python;

#[test]
fn a_script_prints_the_same_on_odoo_and_on_mailgate() {
    let site = Installation::new();
    site.add_user("admin", "system_admin");
    let serving = site.serve();
    let ours = python::printed("compare.py", &[&serving.url, "mailgate", "admin", PASSWORD]);
    let recorded = std::fs::read_to_string(repository("tests/rpc/python/odoo17.txt")).unwrap();
    equal(&ours, &recorded);
    match std::env::var("MAILGATE_TEST_ODOO") {
        Ok(odoo) => {
            let theirs = python::printed("compare.py", &odoo.split(',').collect::<Vec<_>>());
            equal(&ours, &theirs);
        }
        Err(_) => eprintln!("Not compared with a running Odoo: MAILGATE_TEST_ODOO names none."),
    }
}

#[track_caller]
fn equal(ours: &str, theirs: &str) {
    let differences: Vec<String> = ours
        .lines()
        .zip(theirs.lines())
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| format!("Mailgate {ours}\nOdoo     {theirs}"))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(ours.lines().count(), theirs.lines().count(), "as many lines");
}
