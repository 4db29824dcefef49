//! Where the log goes: standard error, in lines. Set up before Rocket is, which would bring its own.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// The setting's default; a command that ends by itself says its outcome and needs less.
const DEFAULT: &str = "info";

/// What others say that nobody can act on: a browser that asks for a page there is not, a client that goes away amid its
/// body, HTML that is no HTML. Whoever wants to hear it names it in the setting, which comes after.
fn with_quiet(setting: &str) -> String {
    let web = "rocket";
    format!(
        "{web}=error,{web}::server::_=off,{web}::data::data::_=off,rocket_dyn_templates=error,html5ever=off,markup5ever=off,{setting}"
    )
}

/// `setting` is `LOG`, as `RUST_LOG`; one that can't be understood is said and replaced.
pub(super) fn start(setting: &str, format: LogFormat, serves: bool) {
    let setting = match setting {
        DEFAULT if serves => DEFAULT,
        DEFAULT => "warn",
        other => other,
    };
    let (filter, wrong) = match EnvFilter::try_new(with_quiet(setting)) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(with_quiet(DEFAULT)), Some(error)),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| OneLine(std::io::stderr()));
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
    if let Some(error) = wrong {
        tracing::warn!(%error, "MAILGATE_LOG can't be understood; it looks like info or mailgate=debug");
    }
}

/// What happened once is one line, whatever words of others it repeats: a line break within it would begin a line that
/// nobody logged.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    /// The subscriber hands over one event at a time, with its end of line.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let (text, end) = match event.strip_suffix(b"\n") {
            Some(text) => (text, b"\n".as_slice()),
            None => (event, b"".as_slice()),
        };
        if !text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            self.0.write_all(event)?;
            return Ok(event.len());
        }
        let mut line = Vec::with_capacity(event.len() + 16);
        for byte in text {
            match byte {
                b'\n' => line.extend_from_slice(b"\\n"),
                b'\r' => line.extend_from_slice(b"\\r"),
                other => line.push(*other),
            }
        }
        line.extend_from_slice(end);
        self.0.write_all(&line)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let mut out = Vec::new();
        OneLine(&mut out).write_all(b"one\r\ntwo \x1b[0m\n").unwrap();
        OneLine(&mut out).write_all(b"three\n").unwrap();
        assert_eq!(out, b"one\\r\\ntwo \x1b[0m\nthree\n");
    }
}
