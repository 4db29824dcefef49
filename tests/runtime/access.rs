//! What the log says of who comes in, as people, fail2ban and programs read it.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::app::{Installation, PASSWORD, Serving, repository};
use crate::support::wait_for;

/// `/jsonrpc` with a login that is not an account's where it says so.
fn call(serving: &Serving, service: &str, method: &str, args: Json) -> Json {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "call", "params": {"service": service, "method": method, "args": args}});
    let request = ureq::post(format!("{}/jsonrpc", serving.url)).content_type("application/json");
    let text = request.send(body.to_string()).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

fn authenticate(serving: &Serving, login: &str, password: &str) -> Json {
    call(serving, "common", "authenticate", json!(["mailgate", login, password, {}]))["result"].clone()
}

/// What is logged of an installation while strangers, scripts and an auditor come by.
fn visited(format: &str) -> (Vec<String>, String) {
    let installation = Installation::new()
        .set("LOG_FORMAT", format)
        .with_user("admin", "system_admin")
        .with_user("auditor", "auditor");
    let serving = installation.serve();
    let forged =
        "x\r\n2026-11-28T06:14:24.123456Z  WARN mailgate::access: sign-in failed address=192.0.2.66 login=\"y\"";
    assert_eq!(authenticate(&serving, forged, "wrong"), json!(false));
    assert_eq!(authenticate(&serving, &"long ".repeat(10_000), "wrong"), json!(false));
    for _ in 0..7 {
        authenticate(&serving, "admin", "wrong");
    }
    let auditor = authenticate(&serving, "auditor", PASSWORD);
    for _ in 0..5 {
        let args = json!(["mailgate", auditor, PASSWORD, "res.users", "create", [{"login": "new", "name": "New"}]]);
        let answer = call(&serving, "object", "execute_kw", args);
        assert!(answer["error"].is_object(), "{answer}");
    }
    for path in ["/wp-login.php", "/settings/nothing", "/static/none.js"] {
        assert!(ureq::get(format!("{}{path}", serving.url)).call().is_err());
    }
    let wait = "the last line";
    wait_for(wait, Duration::from_secs(10), || {
        (serving.output().matches("refused by role").count() == 5).then_some(())
    });
    let output = serving.output();
    let lines = output.lines().filter(|line| line.contains("mailgate::access")).map(str::to_owned).collect();
    (lines, output)
}

fn count(lines: &[String], words: &str) -> usize {
    lines.iter().filter(|line| line.contains(words)).count()
}

#[test]
fn each_sign_in_and_refusal_is_a_line_that_nobody_can_forge() {
    let (lines, output) = visited("text");
    assert_eq!(count(&lines, "sign-in failed address=127.0.0.1 login=\""), 8, "{output}");
    assert_eq!(count(&lines, "sign-in throttled address=127.0.0.1 login=\"admin\" seconds="), 1, "{output}");
    assert_eq!(count(&lines, "signed in address=127.0.0.1 login=\"auditor\" with=\"password\""), 1, "{output}");
    assert_eq!(count(&lines, "refused by role address=127.0.0.1 login=\"auditor\" role=\"auditor\""), 5, "{output}");
    assert_eq!(lines.len(), 15, "{output}");
    assert!(lines.iter().all(|line| line.len() < 600), "{output}");
    for quiet in ["wp-login", "No matching", "No 404", "html5ever"] {
        assert!(!output.contains(quiet), "{quiet} in {output}");
    }
    fail2ban(&output, 9);
}

#[test]
fn the_log_can_be_json() {
    let (lines, output) = visited("json");
    let events: Vec<Json> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed: Vec<&Json> = events.iter().filter(|event| event["message"] == "sign-in failed").collect();
    assert_eq!(failed.len(), 8, "{output}");
    assert!(failed.iter().all(|event| event["address"] == "127.0.0.1" && event["login"].is_string()), "{output}");
    for line in output.lines().filter(|line| line.starts_with('{')) {
        let event: Json = serde_json::from_str(line).unwrap();
        assert!(event["timestamp"].is_string() && event["level"].is_string() && event["target"].is_string(), "{line}");
    }
    fail2ban(&output, 9);
}

/// The filter that we ship, in the tool itself: so many lines of one address.
fn fail2ban(output: &str, expected: usize) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mailgate.log");
    std::fs::write(&log, output).unwrap();
    let ran = Command::new("fail2ban-regex")
        .args(["--out", "ip"])
        .arg(&log)
        .arg(repository("docs/fail2ban/mailgate.conf"))
        .output()
        .expect("fail2ban-regex runs: apt-get install fail2ban");
    let found = String::from_utf8(ran.stdout).unwrap();
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, vec!["127.0.0.1"; expected], "{output}\n{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn a_proxy_that_nobody_told_of_is_said() {
    let installation = Installation::new().with_user("admin", "system_admin");
    let serving = installation.serve();
    let check = || installation.run(&["check"], "");
    assert!(!check().contains("TRUSTED_PROXY"));
    for client in 1..4 {
        let request = ureq::get(format!("{}/login", serving.url));
        request.header("X-Forwarded-For", format!("203.0.113.{client}")).call().unwrap();
    }
    wait_for("the warning", Duration::from_secs(10), || {
        check().contains("MAILGATE_TRUSTED_PROXY=127.0.0.1").then_some(())
    });
    assert_eq!(serving.output().matches("MAILGATE_TRUSTED_PROXY").count(), 1, "{}", serving.output());
    drop(serving);
    let told = installation.set("TRUSTED_PROXY", "127.0.0.1");
    let serving = told.serve();
    ureq::get(format!("{}/login", serving.url)).header("X-Real-IP", "203.0.113.9").call().unwrap();
    assert!(!told.run(&["check"], "").contains("TRUSTED_PROXY"));
}
