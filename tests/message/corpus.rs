//! Mail of the kinds that everybody's mailer makes, written for this: `corpus/expected.toml` says of each what a reader of
//! the record must see.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mailgate::domain::message::{Automatic, Message};
use mailgate::domain::now;
use mailgate::message::{part, read};
use toml::{Table, Value};

use crate::support::app::repository;
use crate::support::cost::cost;

/// What one message may take, of one processor in the dev profile, and in bytes.
const TIME: Duration = Duration::from_secs(1);
const MEMORY: usize = 64 << 20;

/// The mails of the folder.
pub fn corpus() -> Vec<PathBuf> {
    let files = fs::read_dir(repository("tests/message/corpus")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
    files.sort();
    files
}

/// Within its time and memory.
pub fn read_file(path: &Path) -> Message {
    let bytes = fs::read(path).unwrap();
    let (message, time, memory) = cost(|| read(&mut Cursor::new(bytes), now(), "00"));
    assert!(time <= TIME && memory <= MEMORY, "{} took {time:?} and {memory} bytes", path.display());
    message.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// There is something to show, nothing in it runs, and every attachment opens.
pub fn is_whole(path: &Path) {
    let (message, name) = (read_file(path), path.display());
    assert!(
        !message.subject.is_empty() && !message.body_text.is_empty() && !message.body_html.is_empty(),
        "{name}: {message:?}"
    );
    assert!(!message.body_html.contains("<script") && !message.body_text.contains(['\0', '\r']), "{name}");
    for attachment in message.attachments {
        let mut source = fs::File::open(path).unwrap();
        let mut opened =
            part(&mut source, &attachment.part).unwrap_or_else(|error| panic!("{name} {attachment:?}: {error}"));
        let size = io::copy(&mut opened, &mut io::sink()).unwrap();
        assert_eq!(size, attachment.size, "{name} {attachment:?}");
    }
}

#[test]
fn every_mail_is_read_as_its_writer_meant_it() {
    let expected: Table =
        fs::read_to_string(repository("tests/message/corpus/expected.toml")).unwrap().parse().unwrap();
    let names = corpus().into_iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    assert_eq!(names.collect::<BTreeSet<_>>(), expected.keys().cloned().collect(), "each mail has its expectation");
    let mut wrong = Vec::new();
    for path in corpus() {
        let message = read_file(&path);
        let name = path.file_stem().unwrap().to_str().unwrap();
        for (what, expected) in expected[name].as_table().unwrap() {
            let found = said(&message, what);
            let holds = match (what.as_str(), expected.as_str()) {
                ("text", Some(text)) => found.as_str().unwrap().contains(text),
                _ => found == *expected,
            };
            if !holds {
                wrong.push(format!("{name}: {what} is {found}, not {expected}"));
            }
        }
        for (what, usual) in [("automatic", Value::from("no")), ("files", Value::Array(Vec::new()))] {
            let found = said(&message, what);
            if expected[name].get(what).is_none() && found != usual {
                wrong.push(format!("{name}: {what} is {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a mail says, under the name that `expected.toml` has for it.
fn said(message: &Message, what: &str) -> Value {
    let list = |texts: Vec<String>| Value::from(texts);
    match what {
        "from" => message.from.address.as_str().into(),
        "name" => message.from.name.as_str().into(),
        "subject" => message.subject.as_str().into(),
        "date" => message.date.to_string().into(),
        "text" => message.body_text.split_whitespace().collect::<Vec<_>>().join(" ").into(),
        "to" => list(message.to.iter().map(|address| address.address.clone()).collect()),
        "references" => list(message.references.clone()),
        "files" => list(message.attachments.iter().map(|file| format!("{} {}", file.name, file.mimetype)).collect()),
        "automatic" => match message.automatic {
            Automatic::No => "no",
            Automatic::Perhaps { .. } => "perhaps",
            Automatic::AutoReply { .. } => "auto_reply",
            Automatic::Bounce { .. } => "bounce",
        }
        .into(),
        "original" => match &message.automatic {
            Automatic::Bounce { original_message_id: Some(id), .. } => id.as_str().into(),
            other => format!("{other:?}").into(),
        },
        other => panic!("expected.toml says {other}, which nobody reads"),
    }
}

#[test]
fn every_mail_has_something_to_show_and_every_attachment_opens() {
    corpus().iter().for_each(|path| is_whole(path));
}

#[test]
fn pictures_within_the_text_are_shown_and_nothing_is_run_or_loaded() {
    let nested = read_file(&repository("tests/message/corpus/nested.eml"));
    assert!(nested.body_html.contains("src=\"cid:notice@programme.example\""), "{}", nested.body_html);
    assert!(nested.attachments[0].inline && !nested.attachments[1].inline);
    let hostile = read_file(&repository("tests/message/corpus/alternative.eml")).body_html;
    assert!(!hostile.contains("steal") && !hostile.contains("tracker.example"), "{hostile}");
}
