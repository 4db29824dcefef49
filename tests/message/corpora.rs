//! The corpora of public mail (see their README), which are not part of this repository: every mail of them is read in
//! bounded time, and bounces are told from mail. These tests need them at `../shared/corpus`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use mailgate::domain::message::Automatic;

use super::corpus::{is_whole, read_file};
use super::leaves;
use crate::support::shared;

const ALL: [&str; 3] = ["mail-parser", "mime4j", "sisimai"];

/// The mails of some of the corpora.
fn corpora(sets: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = sets.iter().map(|set| shared("corpus").join(set)).collect();
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
    files
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

/// How many of the files in these folders are told to be automatic, and the others.
fn automatic(sets: &[&str]) -> (usize, Vec<PathBuf>) {
    let all = corpora(sets);
    let count = all.len();
    let others =
        all.into_iter().filter(|path| matches!(read_file(path).automatic, Automatic::No | Automatic::Perhaps { .. }));
    let others: Vec<_> = others.collect();
    (count - others.len(), others)
}

#[test]
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn bounces_of_some_seventy_mail_systems_are_told() {
    let sets = ["sisimai/maildir/bsd", "sisimai/maildir/dos", "sisimai/maildir/mac", "sisimai/maildir/err"];
    let (told, others) = automatic(&sets);
    println!("{told} of {} automatic mails are told; not: {others:?}", told + others.len());
    assert!(told * 100 >= 98 * (told + others.len()), "{told} told, not {others:?}");
}

#[test]
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn ordinary_mail_is_not_called_automatic() {
    let (told, others) = automatic(&["sisimai/maildir/not", "mail-parser"]);
    assert_eq!((told, others.len()), (0, 110));
    // One of these is a bounce: "Mail System Error - Returned Mail" from a postmaster.
    assert_eq!(automatic(&["mime4j"]).0, 1);
}

#[test]
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn subjects_senders_and_attachments_are_those_that_another_parser_reads() {
    let files = corpora(&["mail-parser"]);
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
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn every_mail_has_something_to_show_and_every_attachment_opens() {
    corpora(&ALL).iter().for_each(|path| is_whole(path));
}

#[test]
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn mail_under_a_known_message_id_is_the_same_only_where_its_contents_are() {
    let (mut first, mut second) = (HashMap::new(), HashMap::new());
    let (mut known, mut told_apart) = (0, Vec::new());
    for path in corpora(&ALL) {
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
    assert!(told_apart.len() >= 12, "{known} known, {told_apart:#?}");
}

#[test]
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn no_leaf_is_missing() {
    leaves::none_is_missing(&corpora(&ALL));
}

#[test]
#[ignore = "needs the corpora of public mail at ../shared/corpus"]
fn another_reader_reads_much_the_same() {
    // Python gives up on much that is broken, lists signatures and empty parts, and shows the text of one part alone.
    leaves::are_much_the_same(&corpora(&ALL), [97, 90, 97, 87, 50]);
}
