//! `mailgate deliver`, as an MTA calls it.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{Site, local, mail, title};
use crate::support::app::Installation;
use mailgate::domain::server::{IncomingServer, ServerState};

const DELIVER: [&str; 3] = ["deliver", "--server", "Pipe"];

#[test]
fn a_message_is_committed_and_becomes_a_record_once() {
    let site = Site::new();
    site.add(&local("Pipe", None));
    for _ in 0..2 {
        let ended = site.run(&DELIVER, &mail(1));
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:?}");
    }
    assert_eq!(site.records(), [title(1)]);
}

#[test]
fn a_large_message_needs_little_memory() {
    let site = Site::new();
    site.add(&local("Pipe", None));
    let body = "This line stands in a very long letter, again and again and again.\r\n".repeat(600_000);
    let mut child = site.installation.command(&DELIVER).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(mail(1).as_bytes()).unwrap();
    pipe.write_all(body.as_bytes()).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(pipe);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    let kilobytes: u64 = peak.trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 100_000, "{peak} for a message of {} bytes", body.len());
    assert_eq!(site.seen(), 1);
}

#[test]
fn nothing_to_read_ends_with_65() {
    let site = Site::new();
    site.add(&local("Pipe", None));
    let ended = site.run(&DELIVER, "");
    assert_eq!(ended.code, Some(65));
    assert!(ended.err.contains("no message"), "{ended:?}");
}

#[test]
fn what_could_not_be_kept_stays_with_the_mta() {
    let site = Site::new();
    let unknown = site.run(&DELIVER, &mail(1));
    assert_eq!(unknown.code, Some(75));
    assert!(unknown.err.contains("“Pipe”"), "{unknown:?}");
    site.add(&IncomingServer { state: ServerState::Draft, ..local("Pipe", None) });
    let draft = site.run(&DELIVER, &mail(1));
    assert_eq!(draft.code, Some(75));
    assert!(draft.err.contains("Test & Confirm"), "{draft:?}");
    assert_eq!(site.seen(), 0);
    let away = Installation::new().set("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").command(&DELIVER).output();
    assert_eq!(away.unwrap().status.code(), Some(75));
}

#[test]
fn a_full_disk_keeps_the_message_with_the_mta() {
    let site = Site::new();
    site.add(&local("Pipe", None));
    // A limit on the size of files ends writes as a full disk does, for root as well.
    let database = std::fs::metadata(site.installation.data.join("mailgate.db")).unwrap().len();
    // Four times as much as may be written, which compression halves.
    let lines = u32::try_from(database * 4 / 10).unwrap();
    let noise: String = (0..lines).map(|n| format!("{:08x}\r\n", n.wrapping_mul(2_654_435_761))).collect();
    let command = site.installation.command(&DELIVER);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\""])
        .arg((database / 512 + 64).to_string())
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = limited.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all((mail(1) + &noise).as_bytes());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(75), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(site.seen(), 0);
    assert_eq!(site.run(&DELIVER, &(mail(1) + &noise)).code, Some(0), "the MTA's next try");
    assert_eq!(site.records(), [title(1)]);
}
