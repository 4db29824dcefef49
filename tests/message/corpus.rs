//! Every mail of `../shared/corpus` (see its README) is read in bounded time, and bounces are told from mail.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mailgate::domain::message::{Automatic, Message};
use mailgate::domain::now;
use mailgate::message::{part, read};

use crate::support::cost::cost;

/// What one message may take, of one processor in the dev profile, and in bytes.
const TIME: Duration = Duration::from_secs(1);
const MEMORY: usize = 64 << 20;

pub fn corpus(set: &str) -> Option<Vec<PathBuf>> {
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
    let (message, time, memory) = cost(|| read(&mut Cursor::new(bytes), now(), "00"));
    assert!(time <= TIME && memory <= MEMORY, "{} took {time:?} and {memory} bytes", path.display());
    message.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the mail-parser library reads, from the `.json` beside its mails.
struct Expected {
    subject: Option<String>,
    from: Option<String>,
    attachments: usize,
}

fn expected(path: &Path) -> Expected {
    let json: serde_json::Value = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
    let headers = json["parts"][0]["headers"].as_array().unwrap();
    let header = |name: &str| headers.iter().rev().find(|header| header["name"] == name).map(|header| &header["value"]);
    Expected {
        subject: header("subject").and_then(|value| Some(value["Text"].as_str()?.to_owned())),
        from: header("from").and_then(|value| Some(value["Address"]["List"][0]["address"].as_str()?.to_owned())),
        attachments: json["attachments"].as_array().unwrap().len(),
    }
}

/// How many of the files in these folders are told to be automatic, and the names of the others.
fn automatic(sets: &[&str]) -> Option<(usize, Vec<String>)> {
    let (mut told, mut others) = (0, Vec::new());
    for set in sets {
        for path in corpus(set)? {
            match read_file(&path).automatic {
                Automatic::Bounce { .. } | Automatic::AutoReply { .. } => told += 1,
                Automatic::No | Automatic::Perhaps { .. } => others.push(path.file_name()?.display().to_string()),
            }
        }
    }
    Some((told, others))
}

#[test]
fn bounces_of_some_seventy_mail_systems_are_told() {
    let sets = ["sisimai/maildir/bsd", "sisimai/maildir/dos", "sisimai/maildir/mac", "sisimai/maildir/err"];
    let Some((told, others)) = automatic(&sets) else { return };
    println!("{told} of {} automatic mails are told; not: {}", told + others.len(), others.join(" "));
    assert!(told * 100 >= 98 * (told + others.len()), "{told} told, not {others:?}");
}

#[test]
fn ordinary_mail_is_not_called_automatic() {
    let Some((told, others)) = automatic(&["sisimai/maildir/not", "mail-parser"]) else { return };
    assert_eq!((told, others.len()), (0, 110));
    // One of these is a bounce: "Mail System Error - Returned Mail" from a postmaster.
    let Some((told, _)) = automatic(&["mime4j"]) else { return };
    assert_eq!(told, 1);
}

#[test]
fn subjects_senders_and_attachments_are_those_that_another_parser_reads() {
    let Some(files) = corpus("mail-parser") else { return };
    let (mut subjects, mut senders, mut attachments) = (0, 0, 0);
    for path in &files {
        let (message, expected) = (read_file(path), expected(path));
        subjects += usize::from(expected.subject.as_deref().unwrap_or("(no subject)") == message.subject);
        senders += usize::from(expected.from.as_deref().unwrap_or_default() == message.from.address);
        attachments += usize::from(expected.attachments == message.attachments.len());
    }
    let all = files.len();
    println!("of {all} mails, equal are {subjects} subjects, {senders} senders, {attachments} numbers of attachments");
    // It gives up on 8-bit subjects, which Mailgate reads, and attaches the empty parts of malformed mail, and multiparts
    // without parts, which are text.
    assert!(subjects * 100 >= 95 * all && senders * 100 >= 99 * all && attachments * 100 >= 80 * all);
}

#[test]
fn every_mail_has_something_to_show_and_every_attachment_opens() {
    for path in ["mail-parser", "mime4j", "sisimai"].into_iter().filter_map(corpus).flatten() {
        let message = read_file(&path);
        let name = path.display();
        assert!(
            !message.subject.is_empty() && !message.body_text.is_empty() && !message.body_html.is_empty(),
            "{name}"
        );
        assert!(!message.body_html.contains("<script") && !message.body_text.contains(['\0', '\r']), "{name}");
        for attachment in message.attachments {
            let mut source = fs::File::open(&path).unwrap();
            let mut opened =
                part(&mut source, &attachment.part).unwrap_or_else(|error| panic!("{name} {attachment:?}: {error}"));
            let size = io::copy(&mut opened, &mut io::sink()).unwrap();
            assert_eq!(size, attachment.size, "{name} {attachment:?}");
        }
    }
}

#[test]
fn mail_under_a_known_message_id_is_the_same_only_where_its_contents_are() {
    let files = ["mail-parser", "mime4j", "sisimai"].into_iter().filter_map(corpus).flatten();
    let (mut first, mut second) = (HashMap::new(), HashMap::new());
    let (mut known, mut told_apart) = (0, Vec::new());
    for path in files {
        let message = read_file(&path);
        if !message.has_message_id {
            continue;
        }
        let seen = first.insert(message.first_fingerprint(), path.clone());
        let same = second.insert(message.fingerprint("00"), ());
        known += usize::from(seen.is_some());
        if let (Some(other), None) = (seen, same) {
            told_apart.push(format!("{} {}", other.display(), path.display()));
        }
    }
    println!(
        "of {known} mails that the first formula took for known ones, {} are told apart by their contents",
        told_apart.len()
    );
    if known > 0 {
        assert!(told_apart.len() >= 12, "{known} known, {told_apart:#?}");
    }
}
