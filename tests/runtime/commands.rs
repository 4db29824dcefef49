//! Every command with right and wrong input, and the codes it ends with.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use super::Site;
use crate::support::app::{Installation, PASSWORD};

#[test]
fn wrong_usage_ends_with_64_and_help_with_0() {
    let site = Site::new();
    for wrong in [
        &["nonsense"][..],
        &["fetch", "--nonsense"],
        &["deliver"],
        &["user"],
        &["user", "add", "amina"],
        &["user", "add", "amina", "--role", "king", "--password-stdin"],
        &["user", "passwd", "amina"],
    ] {
        let ended = site.run(wrong, "");
        assert_eq!(ended.code, Some(64), "{wrong:?}: {ended:?}");
        assert!(ended.err.contains("--help"), "{wrong:?}: {ended:?}");
    }
    for command in ["serve", "demo", "fetch", "deliver", "user", "key", "check"] {
        assert_eq!(site.run(&[command, "--help"], "").code, Some(0));
        assert!(site.run(&["--help"], "").out.contains(command));
    }
}

#[test]
fn accounts_are_added_listed_and_given_passwords() {
    let site = Site::new();
    let add = ["user", "add", "Amina@example.org", "--role", "officer", "--password-stdin"];
    let short = site.run(&add, "short\n");
    assert_eq!(short.code, Some(65));
    assert!(short.err.contains("10 characters"), "{short:?}");
    assert_eq!(site.run(&add, PASSWORD).code, Some(0));
    let again = site.run(&add, PASSWORD);
    assert_eq!(again.code, Some(65));
    assert!(again.err.contains("amina@example.org already"), "{again:?}");
    assert!(site.run(&["user", "list"], "").out.starts_with("amina@example.org\tofficer\tactive"));
    let passwd = |login| site.run(&["user", "passwd", login, "--password-stdin"], "another good password\n");
    assert_eq!(passwd("AMINA@example.org").code, Some(0));
    let nobody = passwd("nobody");
    assert_eq!(nobody.code, Some(65));
    assert!(nobody.err.contains("no user nobody"), "{nobody:?}");
}

#[test]
fn every_command_makes_what_it_needs_and_only_the_owner_reads_it() {
    for command in [&["fetch"][..], &["user", "list"], &["check"]] {
        let installation = Installation::new();
        installation.run(command, "");
        let mode = |name: &str| std::fs::metadata(installation.data.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("secret.key")), (0o700, 0o600), "{command:?}");
        assert!(installation.data.join("mailgate.db").exists());
    }
}

#[test]
fn wrong_settings_end_with_78_and_an_unreachable_database_with_69() {
    let wrong = Installation::new().set("PORT", "many").command(&["user", "list"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("PORT"), "{wrong:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let blocked = Installation::new().set("DATA_DIR", file.join("data").display()).command(&["check"]).output();
    assert_eq!(blocked.unwrap().status.code(), Some(74));
    let away =
        Installation::new().set("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").command(&["check"]).output();
    assert_eq!(away.unwrap().status.code(), Some(69));
}

#[test]
fn a_taken_port_is_said_with_what_to_do() {
    let (_taken, port) = crate::support::listen();
    for command in ["serve", "demo"] {
        let output = Installation::new().set("PORT", port).command(&[command]).output().unwrap();
        assert_eq!(output.status.code(), Some(69), "{output:?}");
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains(&format!("127.0.0.1:{port}")) && words.contains("MAILGATE_PORT="), "{words}");
    }
}

#[test]
fn a_reader_that_went_away_is_no_crash() {
    let site = Site::new();
    let mut child = site
        .installation
        .command(&["user", "list"])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(matches!(child.wait().unwrap().code(), Some(0 | 74)), "{words}");
    assert!(!words.contains("panicked"), "{words}");
}

#[test]
fn a_module_that_can_not_be_used_is_refused_by_file_and_line() {
    let installation = Installation::new();
    installation.run(&["user", "list"], "");
    let folder = installation.data.join("modules");
    std::fs::create_dir(&folder).unwrap();
    let text = "model = \"x.case\"\nlabel = \"Case\"\nlabel_plural = \"Cases\"\nnumber = \"plain\"\n[[fields]]\n\
        name = \"How much\"\nlabel = \"\"\ntype = \"money\"\n[[stages]]\ncode = \"new\"\nname = \"New\"\n[mail.fill]\n\
        name = \"subject\"\n";
    std::fs::write(folder.join("case.toml"), text).unwrap();
    for (command, code) in [(&["serve"][..], 78), (&["check"], 78), (&["deliver", "--server", "x"], 75)] {
        let ended = installation.command(command).env("MAILGATE_PORT", "0").output().unwrap();
        let words = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{command:?}: {words}");
        for said in
            ["case.toml:6: “How much” can't name a field", "case.toml:7: ", "case.toml:8: There is no type “money”"]
        {
            assert!(words.contains(said), "{said} is not in {words}");
        }
    }
}
