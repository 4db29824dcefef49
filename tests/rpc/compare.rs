//! One script, the same answers: `python/compare.py` on Mailgate prints what a real Odoo 17 printed (`odoo17.txt`), and over
//! `/json/2` what a real 19 did, but for what stands in `mailgate_json2.txt`. Where 18 and 19 answer otherwise than 17 stands in
//! `odoo18.txt`, `odoo19.txt` and `odoo19_json2.txt`. With `MAILGATE_TEST_ODOO` real ones are asked anew, over `/json/2` too where an API
//! key stands in place of the password. 17 and 18 are recorded with OpenSPP's module for 17, 19 with OpenSPP's own for 19.

use std::collections::BTreeMap;

use mailgate::config::Config;
use mailgate::operations::App;

use super::keys;
use crate::support::app::{Installation, PASSWORD, repository};
use crate::support::python;
use crate::support::real_odoo::RealOdoo;

/// By section and label.
type Answers = BTreeMap<(String, String), String>;

#[test]
fn a_script_prints_what_it_printed_on_odoo() {
    let site = Installation::new().with_user("admin", "system_admin");
    let app = App::open(Config { data_dir: site.data.clone(), ..Config::default() }).unwrap();
    let key = keys::make(&app, "admin", "Script", "");
    drop(app);
    let serving = site.serve();
    let who = [serving.url.as_str(), "mailgate", "admin", PASSWORD];
    equal("Mailgate", &asked(&who), &recorded(&["odoo17.txt"]));

    let by_json2 = asked(&[who.as_slice(), &[key.reveal()]].concat());
    let theirs = recorded(&["odoo17.txt", "odoo19_json2.txt"]);
    equal("Mailgate over /json/2", &by_json2, &recorded(&["odoo17.txt", "odoo19_json2.txt", "mailgate_json2.txt"]));
    let stale: Vec<_> = read_file("mailgate_json2.txt").into_keys().filter(|of| by_json2[of] == theirs[of]).collect();
    assert!(stale.is_empty(), "as Odoo 19 answers by now: {stale:?}");
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_has_a_script_print_the_same() {
    for who in RealOdoo::named() {
        let [_, _, _, password] = &who;
        let who: Vec<&str> = who.iter().map(String::as_str).collect();
        let printed = asked(&who);
        let version = &printed[&("sign-in".to_owned(), "version".to_owned())];
        let is_19 = version.contains("\"19.");
        let files: &[&str] = match version {
            _ if is_19 => &["odoo17.txt", "odoo19.txt"],
            version if version.contains("\"18.") => &["odoo17.txt", "odoo18.txt"],
            _ => &["odoo17.txt"],
        };
        equal(&format!("Odoo {version}"), &printed, &recorded(files));
        let is_key = password.len() == 40 && password.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_19 && is_key {
            let by_json2 = asked(&[who.as_slice(), &[password.as_str()]].concat());
            equal("Odoo 19 over /json/2", &by_json2, &recorded(&["odoo17.txt", "odoo19_json2.txt"]));
        }
    }
}

fn asked(who: &[&str]) -> Answers {
    read(&python::printed("compare.py", who))
}

/// What the files say, the later ones in place of the earlier.
fn recorded(files: &[&str]) -> Answers {
    files.iter().flat_map(|file| read_file(file)).collect()
}

fn read_file(file: &str) -> Answers {
    read(&std::fs::read_to_string(repository(&format!("tests/rpc/python/{file}"))).unwrap())
}

fn read(printed: &str) -> Answers {
    let (mut answers, mut section) = (Answers::new(), "");
    for line in printed.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(title) = line.strip_prefix("== ") {
            section = title;
            continue;
        }
        // A label may have what separates it from the answer, which is JSON.
        let parts = line.match_indices(": ").map(|(at, _)| (&line[..at], &line[at + 2..]));
        let is_answer = |(_, answer): &(&str, &str)| serde_json::from_str::<serde_json::Value>(answer).is_ok();
        let (label, answer) = parts.clone().find(is_answer).unwrap_or_else(|| panic!("no answer: {line}"));
        let before = answers.insert((section.to_owned(), label.to_owned()), answer.to_owned());
        assert_eq!(before, None, "{section} has {label} twice");
    }
    answers
}

/// Every answer that was given is the expected one.
#[track_caller]
fn equal(who: &str, given: &Answers, expected: &Answers) {
    let differences: Vec<String> = given
        .iter()
        .filter(|(of, answer)| expected.get(*of) != Some(answer))
        .map(|((section, label), answer)| {
            let of = (section.clone(), label.clone());
            format!("{section}: {label}\n  now {answer}\n  was {}", expected.get(&of).map_or("nothing", String::as_str))
        })
        .collect();
    assert!(differences.is_empty(), "{who}\n{}", differences.join("\n"));
    assert!(given.len() > 200, "{who} answered {} questions", given.len());
}
