//! Each case of `mail/manifest.json`: its files are delivered one after the other to one mailbox, and what is expected
//! speaks of the last. `state` (delivered unless said) and `reason` are the ledger's; `sender` is one of these
//! addresses; `text` and `text_has` are the person's words as the record shows them, white space apart; `desc_has`
//! stands somewhere in what is shown; `att` has names and contents, and nothing else is attached; `att_has` is a name;
//! `date` is UTC; `join` is 0 or `first` (the record of the first file) or `new` (one of its own); `archive_first`: the
//! first record is judged *Not a grievance* before the others come; `visible`: a record must be in the list again.

use std::collections::BTreeMap;
use std::path::Path;

use mailgate::domain::id::RecordId;
use mailgate::domain::message::normalize_address;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::operations::attachments;
use mailgate::operations::records::{self, RecordQuery, Show};
use mailgate::store;
use mailgate::store::attachments::AttachmentFile;
use mailgate::store::messages;
use mailgate::store::messages::view::MessageRow;
use mailgate::store::posts::{self, Post};
use mailgate::store::records::view::Record;
use serde_json::Value;

use crate::intake::world::{GRIEVANCE, World};
use crate::support::database::Place;
use crate::support::fake_mailbox::FakeMailbox;

/// Cases that don't hold yet.
const NOT_YET: &[&str] = &[];

#[test]
fn mail_of_the_wild_is_read_told_apart_and_joined_rightly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wild/mail");
    let cases: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let found = differences(&folder, case);
        match (found.is_empty(), NOT_YET.contains(&name)) {
            (true, true) => println!("{name} holds now: take it out of NOT_YET"),
            (false, false) => wrong.push(format!("{name}: {}", found.join("; "))),
            (true, false) | (false, true) => {}
        }
    }
    println!("{} of {} cases hold", cases.len() - NOT_YET.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// What of a case is not as expected.
fn differences(folder: &Path, case: &Value) -> Vec<String> {
    let place = Place::sqlite();
    let (world, mailbox) = (World::open(&place), FakeMailbox::imap(7));
    let server = world.server(Protocol::Imap, |_| {});
    let expect = case["expect"].as_object().unwrap();
    let mut first: Option<Record> = None;
    for (index, file) in case["files"].as_array().unwrap().iter().enumerate() {
        let mut source = std::fs::read(folder.join(file.as_str().unwrap())).unwrap();
        if let Some(record) = &first {
            source = replace(&source, b"@NUM@", &record.number);
        }
        mailbox.contents().add(source, mailgate::domain::now());
        world.pass(&server, &mailbox).unwrap();
        if index == 0 {
            first = record_of(&world, &last(&world));
            if expect.contains_key("archive_first") {
                let Record { id, version, .. } = *first.as_ref().expect("the first file makes a record");
                records::not_a_grievance(
                    &world.app,
                    &Caller::command_line(),
                    GRIEVANCE,
                    id,
                    version,
                    records::ShownUpTo::Everything,
                )
                .unwrap();
            }
        }
    }
    let first = first.map(|record| record.id);
    let message = last(&world);
    let record = record_of(&world, &message).map(|record| record.id);
    let post = record.and_then(|id| post_of(&world, id, &message));
    let shown = Shown { world: &world, message: &message, record, post: post.as_ref(), first };
    let delivered = Value::from("delivered");
    let unsaid = (!expect.contains_key("state") && !expect.contains_key("reason")).then_some(("state", &delivered));
    let said = expect.iter().map(|(what, wanted)| (what.as_str(), wanted));
    unsaid.into_iter().chain(said).filter_map(|(what, wanted)| shown.differs(what, wanted)).collect()
}

fn replace(source: &[u8], what: &[u8], by: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by.as_bytes());
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn last(world: &World) -> MessageRow {
    let id = world.ledger().last().expect("the ledger has each mail").id;
    world.app.store.read(|db| messages::view::find(db, id)).unwrap().unwrap()
}

/// The record that a message is on.
fn record_of(world: &World, message: &MessageRow) -> Option<Record> {
    let (_, id) = message.record()?;
    let sight = mailgate::store::sight::RecordSight::machine();
    world.app.store.read(|db| store::records::view::find(db, sight, GRIEVANCE, id)).unwrap()
}

fn post_of(world: &World, record: RecordId, message: &MessageRow) -> Option<Post> {
    let posts = world.app.store.read(|db| posts::posts(db, GRIEVANCE, record, None, 1_000)).unwrap().posts;
    posts.into_iter().find(|post| post.ledger_id == Some(message.id))
}

/// White space does not count.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What there is to see of a case's last mail.
struct Shown<'a> {
    world: &'a World,
    message: &'a MessageRow,
    record: Option<RecordId>,
    post: Option<&'a Post>,
    first: Option<RecordId>,
}

impl Shown<'_> {
    fn differs(&self, what: &str, wanted: &Value) -> Option<String> {
        let text = wanted.as_str().unwrap_or_default();
        let got = match what {
            "state" => (self.message.state.code() == text, self.message.state.code().to_owned()),
            "reason" => {
                let code = self.message.reason.map_or("", |reason| reason.code());
                (code == text, code.to_owned())
            }
            "sender" => {
                let from = self.message.email_from.clone().unwrap_or_default();
                let is = |address: &Value| normalize_address(&from) == normalize_address(address.as_str().unwrap());
                (wanted.as_array().unwrap().iter().any(is), from)
            }
            "subject" => {
                let subject = self.message.subject.clone().unwrap_or_default();
                (words(&subject) == words(text), subject)
            }
            "subject_has" => {
                let subject = self.message.subject.clone().unwrap_or_default();
                (words(&subject).contains(&words(text)), subject)
            }
            "text" => {
                let body = self.post.map(|post| post.body_text.clone()).unwrap_or_default();
                (words(&body) == words(text), body)
            }
            "text_has" => {
                let body = self.post.map(|post| post.body_text.clone()).unwrap_or_default();
                (words(&body).contains(&words(text)), body)
            }
            "desc_has" => {
                let body = self.post.map(|post| format!("{} {}", post.body_text, post.body_html)).unwrap_or_default();
                (words(&body).contains(&words(text)), body)
            }
            "mid" => {
                let id = self.message.message_id.clone().unwrap_or_default();
                (id == text, id)
            }
            "date" => {
                let date = self.message.date.map(|date| date.to_string()).unwrap_or_default();
                (date == text, date)
            }
            "att" => {
                let files = self.files();
                let wanted: BTreeMap<String, String> = serde_json::from_value(wanted.clone()).unwrap();
                (files == wanted, format!("{files:?}"))
            }
            "att_has" => {
                let files = self.files();
                (files.contains_key(text), format!("{:?}", files.keys()))
            }
            "join" if text == "new" => (self.record.is_some() && self.record != self.first, self.joined()),
            "join" => (self.record.is_some() && self.record == self.first, self.joined()),
            "visible" => {
                let new = RecordQuery::usual(Show::NewMail);
                let list = records::list(&self.world.app, &Caller::command_line(), GRIEVANCE, &new).unwrap();
                (list.total.count >= 1, list.total.count.to_string())
            }
            "archive_first" => return None,
            other => panic!("{other} is not known to this test"),
        };
        (!got.0).then(|| format!("{what} is {:?}, not {wanted}", got.1.chars().take(300).collect::<String>()))
    }

    fn joined(&self) -> String {
        format!("{:?} beside {:?}", self.record, self.first)
    }

    fn files(&self) -> BTreeMap<String, String> {
        let files = self.post.map(|post| post.attachments.as_slice()).unwrap_or_default();
        let contents = |file: &AttachmentFile| {
            let mut bytes = Vec::new();
            attachments::copy(&self.world.app, file, &mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        files.iter().map(|file| (file.name.clone(), contents(file))).collect()
    }
}
