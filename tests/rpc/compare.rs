//! One script, the same answers: `python/compare.py` on Mailgate prints what a real Odoo 17 printed (`odoo17.txt`),
//! and with `MAILGATE_TEST_ODOO=url,database,login,password` what that one prints now.

use crate::support::app::{Installation, PASSWORD, repository};
use crate::support::python;
use crate::support::real_odoo::RealOdoo;

#[test]
fn a_script_prints_what_it_printed_on_odoo() {
    equal(&ours(), &std::fs::read_to_string(repository("tests/rpc/python/odoo17.txt")).unwrap());
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_has_a_script_print_the_same() {
    let [url, database, login, password] = RealOdoo::words();
    equal(&ours(), &python::printed("compare.py", &[&url, &database, &login, &password]));
}

fn ours() -> String {
    let site = Installation::new();
    site.add_user("admin", "system_admin");
    let serving = site.serve();
    python::printed("compare.py", &[&serving.url, "mailgate", "admin", PASSWORD])
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
