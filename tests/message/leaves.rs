//! Mailgate beside another reader, Python's `email` package, over the repository's own mail, and for [`super::corpora`] over
//! that of others. No leaf of a mail is missing from what Mailgate reads of it.

use std::collections::HashSet;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mailgate::domain::message::Message;
use mailgate::domain::now;
use mailgate::message::{part, read};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::app::repository;

/// The repository's mails.
fn mails() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["tests/message/corpus", "tests/wild/mail", "src/demo/maildir"]
        .iter()
        .flat_map(|folder| fs::read_dir(repository(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    files.sort();
    files
}

/// What Python reads of each.
fn beside(files: &[PathBuf]) -> Vec<Value> {
    let mut python = Command::new("python3")
        .arg(repository("tests/message/beside_python.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed: apt-get install python3");
    let list: String = files.iter().map(|path| format!("{}\n", path.display())).collect();
    let mut input = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(list.as_bytes()).unwrap());
    let mut output = String::new();
    python.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    writer.join().unwrap();
    assert!(python.wait().unwrap().success());
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Leaves that Python alone sees, and why they are none or other ones. By the end of the mail's path and the leaf's type.
const ONLY_PYTHON: &[(&str, &str, &str)] = &[
    ("ct-multipart-twice.eml", "text/plain", "its parts are not taken apart"),
    ("hdr-bom.eml", "text/plain", "the header is taken for the text"),
    ("hdr-stray-received.eml", "text/plain", "half the header is taken for the text"),
    ("malformed/019.eml", "text/plain", "half the header is taken for the text"),
    ("testmsgs__obsolete.msg", "text/plain", "half the header is taken for the text"),
    ("twopart.msg", "image/jpeg", "the base64 is not decoded, for the blank behind its name"),
    ("rfc3464-35.eml", "message/rfc822", "the mail within ends before it begins"),
    ("mac/lhost-amazonworkmail-01.eml", "text/plain", "soft breaks with CR alone are not seen"),
    ("mac/lhost-aol-01.eml", "text/html", "soft breaks with CR alone are not seen"),
    ("mac/rhost-aol-01.eml", "text/html", "soft breaks with CR alone are not seen"),
];

struct Reading {
    message: Message,
    /// SHA-256 of each attachment, and of each without the line end behind it, which Python takes for the delimiter's
    /// also where no delimiter follows.
    digests: Vec<[String; 2]>,
    words: HashSet<String>,
    /// The text in one piece, where its line ends fell within words (RFC 3676 `delsp`), at which Python leaves them.
    run_together: Option<String>,
}

fn read_file(path: &Path) -> Reading {
    let mut source = Cursor::new(fs::read(path).unwrap());
    let message = read(&mut source, now(), "00").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut digest = |place: &str| {
        let mut bytes = Vec::new();
        part(&mut source, place).unwrap().read_to_end(&mut bytes).unwrap();
        [hex::encode(Sha256::digest(&bytes)), hex::encode(Sha256::digest(bytes.trim_ascii_end()))]
    };
    let digests = message.attachments.iter().map(|file| digest(&file.part)).collect();
    let html = html_words(&message.body_html);
    let words = words(&format!("{html} {}", message.body_text));
    let source = source.into_inner();
    let flows = source.windows(9).any(|window| window.eq_ignore_ascii_case(b"delsp=yes"));
    let run_together = flows.then(|| message.body_text.split_whitespace().collect());
    Reading { message, digests, words, run_together }
}

fn html_words(html: &str) -> String {
    let text: String = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .collect::<Vec<_>>()
        .join(" ");
    let text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    // What stands in attributes, as the texts of pictures do, is shown too.
    format!("{} {html}", text.replace("&nbsp;", " "))
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= 3).map(str::to_owned).collect()
}

/// Whether a leaf that Python sees is in what we read: attached, shown, or named in a note.
fn is_there(leaf: &Value, read: &Reading) -> bool {
    let kind = leaf["type"].as_str().unwrap_or_default();
    let noted = |what: &str| read.message.notes.iter().any(|note| note.contains(what));
    // Python found no part in it: what it takes for a leaf is the source of leaves.
    if kind.starts_with("multipart/") {
        return true;
    }
    if leaf["mail"] == true {
        return read.message.attachments.iter().any(|file| file.mimetype.starts_with("message/"));
    }
    if leaf["empty"] == true
        || read
            .digests
            .iter()
            .any(|[whole, trimmed]| leaf["sha256"] == whole.as_str() || leaf["trimmed"] == trimmed.as_str())
    {
        return true;
    }
    if let Some(words) = leaf["words"].as_array() {
        let is_shown = |word: &str| {
            read.words.contains(word) || read.run_together.as_ref().is_some_and(|text| text.contains(word))
        };
        let shown = words.iter().filter(|word| is_shown(word.as_str().unwrap())).count();
        if shown * 100 >= words.len() * 90 {
            return true;
        }
    }
    match kind {
        "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature" => {
            noted("signature")
        }
        "text/x-amp-html" => noted("AMP"),
        "text/plain" | "text/html" => noted("Another form of the same text") || noted("(uuencode)"),
        "application/pkcs7-mime" => noted("signed contents"),
        _ => noted("was opened"),
    }
}

#[test]
fn no_leaf_is_missing() {
    none_is_missing(&mails());
}

pub fn none_is_missing(files: &[PathBuf]) {
    let others = beside(files);
    assert_eq!(files.len(), others.len());
    let (mut leaves, mut missing) = (0, Vec::new());
    for (path, other) in files.iter().zip(&others) {
        let read = read_file(path);
        for leaf in other["leaves"].as_array().into_iter().flatten() {
            leaves += 1;
            let known = ONLY_PYTHON
                .iter()
                .any(|(file, kind, _)| path.to_string_lossy().ends_with(file) && leaf["type"] == *kind);
            if !known && !is_there(leaf, &read) {
                missing.push(format!("{}: {} {}", path.display(), leaf["type"], leaf["name"]));
            }
        }
    }
    println!("{} mails have {leaves} leaves; missing are {}", files.len(), missing.len());
    assert!(missing.is_empty(), "{} are missing:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn another_reader_reads_much_the_same() {
    // Most of these are here for being hard to read.
    are_much_the_same(&mails(), [0; 5]);
}

/// At least so many of a hundred subjects, senders, dates, texts and sets of files are equal.
pub fn are_much_the_same(files: &[PathBuf], least: [usize; 5]) {
    let others = beside(files);
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let (mut all, mut equal) = ([0; 5], [0; 5]);
    let mut differences = Vec::new();
    for (path, other) in files.iter().zip(&others) {
        let Reading { message, digests, .. } = read_file(path);
        let theirs = |what: &str| other[what].as_str().map(str::to_owned);
        let names = |list: Vec<String>| {
            let mut list = list;
            list.sort();
            list.join(" ")
        };
        let pairs =
            [
                ("subject", theirs("subject"), message.subject.clone()),
                ("sender", theirs("sender"), message.from.address.clone()),
                ("date", theirs("date"), message.date.format("%Y-%m-%d %H:%M:%S").to_string()),
                ("text", theirs("text"), message.body_text.clone()),
                (
                    "files",
                    Some(names(
                        other["files"]
                            .as_array()
                            .into_iter()
                            .flatten()
                            .map(|file| file["sha256"].as_str().unwrap_or("mail").to_owned())
                            .collect(),
                    )),
                    names(
                        message
                            .attachments
                            .iter()
                            .zip(&digests)
                            .map(|(file, digest)| {
                                if file.mimetype.starts_with("message/") {
                                    "mail".to_owned()
                                } else {
                                    digest[0].clone()
                                }
                            })
                            .collect(),
                    ),
                ),
            ];
        for (at, (what, theirs, ours)) in pairs.into_iter().enumerate() {
            let Some(theirs) = theirs.filter(|theirs| *what == *"files" || !theirs.trim().is_empty()) else { continue };
            all[at] += 1;
            if squeezed(&theirs) == squeezed(&ours) {
                equal[at] += 1;
            } else {
                let short = |text: &str| text.chars().take(60).collect::<String>().replace('\n', " ");
                differences.push(format!("{what} {}: {:?} / {:?}", path.display(), short(&theirs), short(&ours)));
            }
        }
    }
    for (at, what) in ["subjects", "senders", "dates", "texts", "sets of files"].iter().enumerate() {
        println!("{} of {} {what} are equal", equal[at], all[at]);
    }
    if std::env::var_os("MAILGATE_TEST_DIFFERENCES").is_some() {
        println!("{}", differences.join("\n"));
    }
    assert!((0..5).all(|at| equal[at] * 100 >= least[at] * all[at]), "{equal:?} of {all:?}");
}
