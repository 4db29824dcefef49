//! The service as README.md shows it: systemd knows each of its settings. It is not started here.

use std::process::Command;

use crate::support::app::repository;

#[test]
fn systemd_understands_the_unit_of_the_readme() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let (_, block) =
        readme.split_once("```ini\n# /etc/systemd/system/mailgate.service\n").expect("README.md shows a unit");
    let (unit, _) = block.split_once("```").unwrap();
    let unit = unit.replace("/usr/local/bin/mailgate", env!("CARGO_BIN_EXE_mailgate"));
    let seconds = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap();
    assert!(seconds.parse::<u64>().unwrap() > 10, "longer than Mailgate takes to end by itself");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mailgate.service");
    std::fs::write(&file, unit).unwrap();
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&file)
        .output()
        .expect("systemd-analyze runs: apt-get install systemd");
    // What it does not know it only warns of.
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "");
    assert!(verified.status.success());
}
