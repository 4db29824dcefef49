//! People's mail about absence, failed delivery and machines is never ignored for its words; what machines answer is told.
//! The mails lie in `told/`, written for this: `human-*.txt`, and `automatic.txt` with what each is before its name.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use mailgate::domain::message::{Automatic, Message};
use mailgate::domain::now;
use mailgate::message::read;

/// The mails of a file: a name, and a source.
fn mails(file: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/message/told").join(file);
    let text = fs::read_to_string(path).unwrap();
    let mails = text.split("\n=== ").skip(1);
    mails
        .enumerate()
        .map(|(number, mail)| {
            let (name, mail) = mail.split_once('\n').unwrap();
            (name.to_owned(), whole(number, mail))
        })
        .collect()
}

/// With the fields that every mail has, where it does not bring its own.
fn whole(number: usize, mail: &str) -> String {
    let usual = [
        ("From", "Amina Diallo <amina@people.example>".to_owned()),
        ("To", "grievance@agency.example".to_owned()),
        ("Date", "Sat, 21 Nov 2026 10:00:00 +0000".to_owned()),
        ("Message-ID", format!("<{number}.told@people.example>")),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
    ];
    let (head, body) = mail.split_once("\n\n").unwrap();
    let missing = usual.iter().filter(|(name, _)| !format!("\n{head}").contains(&format!("\n{name}:")));
    let added: String = missing.map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{added}{head}\n\n{body}")
}

fn read_mail(source: &str) -> Message {
    read(&mut Cursor::new(source.as_bytes()), now(), "00").unwrap()
}

fn is_ignored(message: &Message) -> bool {
    matches!(message.automatic, Automatic::Bounce { .. } | Automatic::AutoReply { .. })
}

#[test]
fn no_mail_of_a_person_is_ignored_for_its_words() {
    let mails: Vec<_> = ["human-1.txt", "human-2.txt"].into_iter().flat_map(mails).collect();
    let read: Vec<_> = mails.iter().map(|(name, source)| (name, read_mail(source))).collect();
    let ignored: Vec<_> = read
        .iter()
        .filter(|(_, mail)| is_ignored(mail))
        .map(|(name, mail)| format!("{name}: {:?}", mail.automatic))
        .collect();
    println!("{} of {} human mails are ignored", ignored.len(), read.len());
    assert!(ignored.is_empty() && read.len() >= 200, "{} mails: {ignored:#?}", read.len());
}

#[test]
fn what_machines_answer_is_told() {
    let mut wrong = Vec::new();
    let mails = mails("automatic.txt");
    for (name, source) in &mails {
        let told = match read_mail(source).automatic {
            Automatic::Bounce { .. } => "bounce",
            Automatic::AutoReply { .. } => "auto_reply",
            Automatic::No | Automatic::Perhaps { .. } => "nothing",
        };
        if !name.starts_with(told) {
            wrong.push(format!("{name}: {told}"));
        }
    }
    println!("{} of {} automatic mails are told", mails.len() - wrong.len(), mails.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
