//! Every mail of `../shared/corpus` (see its README) is read in bounded time, and bounces are told from mail.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mailgate::domain::message::{Automatic, Message};
use mailgate::domain::now;
use mailgate::message::read;

/// What one message may take in the dev profile, on a slow machine.
const LIMIT: Duration = Duration::from_secs(1);

fn corpus(set: &str) -> Option<Vec<PathBuf>> {
    // Beside the repository, or further up where it is a work tree.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let Some(folder) = above.map(|folder| folder.join("shared/corpus").join(set)).find(|folder| folder.is_dir()) else {
        println!("NOT RUN: the corpus is not at ../shared/corpus/{set}");
        return None;
    };
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("eml" | "msg") => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    Some(files)
}

fn read_file(path: &Path) -> Message {
    let bytes = fs::read(path).unwrap();
    let started = Instant::now();
    let message =
        read(&mut Cursor::new(bytes), now(), "00").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(started.elapsed() < LIMIT, "{} took {:?}", path.display(), started.elapsed());
    message
}

fn is_automatic(message: &Message) -> bool {
    matches!(message.automatic, Automatic::Bounce { .. } | Automatic::AutoReply { .. })
}

#[test]
fn dump() {
    for set in [
        "sisimai/maildir/bsd",
        "sisimai/maildir/dos",
        "sisimai/maildir/mac",
        "sisimai/maildir/err",
        "sisimai/maildir/not",
        "mail-parser",
        "mime4j",
    ] {
        let files = corpus(set).unwrap();
        let mut told = 0;
        for path in &files {
            let message = read_file(path);
            let auto = is_automatic(&message);
            told += usize::from(auto);
            if auto != set.starts_with("sisimai") || set.ends_with("not") {
                println!(
                    "{} {} | {} | {:?}",
                    path.file_name().unwrap().display(),
                    message.from.display(),
                    message.subject,
                    message.automatic
                );
            }
        }
        println!("### {set}: {told} of {}", files.len());
    }
}
