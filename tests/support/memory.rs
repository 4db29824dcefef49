//! How much memory a piece of work takes: measured in a process of its own, since others grow meanwhile.

use std::process::Command;

/// Runs `work` in a child process of this test (named as in `cargo test`), and returns by how many bytes the most it
/// ever took grew meanwhile. `prepare` makes what is there before. Extra words reach the child in `argument`.
pub fn growth<T>(test: &str, argument: &str, prepare: impl FnOnce(&str) -> T, work: impl FnOnce(&T)) -> u64 {
    const CHILD: &str = "MAILGATE_TEST_MEMORY";
    if let Ok(argument) = std::env::var(CHILD) {
        let input = prepare(&argument);
        forget_peak();
        let before = peak();
        work(&input);
        println!("grew by {} bytes", peak() - before);
        std::process::exit(0);
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, argument)
        // Allocations of any size are given back at once, so that the figure is what is in use.
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    let figure = output.split("grew by ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    figure.unwrap_or_else(|| panic!("the child said: {output}"))
}

/// The most memory that this process took since the mark was forgotten, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

/// Sets the mark back to what is in use now (proc(5)).
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}
