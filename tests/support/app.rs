//! The real binary, serving on a free port with a data folder of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{free_port, stop, wait_for};

/// What everybody's password is in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A data folder and its settings, with or without a server that runs.
pub struct Installation {
    pub data: PathBuf,
    settings: Vec<(String, String)>,
    _folder: tempfile::TempDir,
}

impl Installation {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { data: folder.path().join("data"), settings: Vec::new(), _folder: folder }
    }

    /// `MAILGATE_<name>=<value>` for every command of this installation.
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push((format!("MAILGATE_{name}"), value.to_string()));
        self
    }

    /// A `mailgate` command in an otherwise empty environment, so that the machine's settings don't matter.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailgate"));
        command.args(arguments);
        self.surround(command)
    }

    fn surround(&self, mut command: Command) -> Command {
        command
            .current_dir(self.data.parent().unwrap())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("MAILGATE_DATA_DIR", &self.data)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end with `input`, which must succeed, and gives back what it printed.
    pub fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mailgate runs");
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "mailgate {arguments:?} ended with {}:\n{out}\n{err}", output.status);
        out.into_owned()
    }

    /// An account with [`PASSWORD`]; `role` as in `--role`.
    pub fn add_user(&self, login: &str, role: &str) {
        self.run(&["user", "add", login, "--role", role, "--password-stdin"], &format!("{PASSWORD}\n"));
    }

    /// The same as an installation begins.
    pub fn with_user(self, login: &str, role: &str) -> Self {
        self.add_user(login, role);
        self
    }

    /// Starts `mailgate serve` and waits until it answers.
    pub fn serve(&self) -> Serving {
        self.start(&["serve"])
    }

    /// The same where the system lets it have only so many files and connections.
    pub fn serve_with_descriptors(&self, count: u32) -> Serving {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={count}:{count}")).args([env!("CARGO_BIN_EXE_mailgate"), "serve"]);
        self.start_command(self.surround(command))
    }

    /// Starts `mailgate demo`, which has a data folder of its own.
    pub fn demo(&self) -> Demo {
        let folder = self.data.with_file_name("demo");
        Demo { serving: self.start(&["demo", "--folder", folder.to_str().unwrap()]), folder }
    }

    /// Starts a command that serves, and waits until it answers.
    fn start(&self, arguments: &[&str]) -> Serving {
        self.start_command(self.command(arguments))
    }

    fn start_command(&self, mut command: Command) -> Serving {
        let port = free_port();
        command.env("MAILGATE_PORT", port.to_string());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mailgate starts");
        let output = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().unwrap(), output.clone());
        collect(child.stderr.take().unwrap(), output.clone());
        let url = format!("http://127.0.0.1:{port}");
        let mut serving = Serving { child, port, url, output };
        let healthz = format!("{}/healthz", serving.url);
        wait_for("an answer of /healthz", Duration::from_secs(60), || {
            if let Some(status) = serving.child.try_wait().unwrap() {
                panic!("{command:?} ended with {status}:\n{}", serving.output());
            }
            ureq::get(&healthz).call().ok()
        });
        serving
    }
}

/// A running `mailgate demo`.
pub struct Demo {
    pub serving: Serving,
    /// Its data folder.
    pub folder: PathBuf,
}

impl Demo {
    /// As it was printed, at the end of the person's line.
    pub fn password(&self, login: &str) -> String {
        let output = self.serving.output();
        let line = output.lines().find(|line| line.contains(login)).expect("demo prints the sign-ins");
        line.split_whitespace().last().unwrap().to_owned()
    }
}

/// A running `mailgate serve`, stopped when dropped.
pub struct Serving {
    pub child: Child,
    pub port: u16,
    /// `http://127.0.0.1:<port>`
    pub url: String,
    output: Arc<Mutex<String>>,
}

impl Serving {
    /// Everything printed and logged so far.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Ends as systemd would end it; true when it did so by itself within ten seconds.
    pub fn stop(&mut self) -> bool {
        stop(&mut self.child, Duration::from_secs(10))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("mailgate serve said:\n{}", self.output());
        }
        self.stop();
    }
}

fn collect(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut text = into.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
}

/// The repository's own file or folder.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
