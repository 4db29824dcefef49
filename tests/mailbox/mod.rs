//! Reaching mailboxes: every protocol and every security, against a real Dovecot and against hostile servers.

mod bounds;
mod certificates;
mod dovecot;
mod echo;
mod failures;
mod fetching;
pub mod hostile;
mod idle;
mod ladder;
mod local;
mod telling;
mod tls_words;

use std::io::Read;

use mailgate::domain::message::{Proof, header_digest};
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, Host, IncomingServer, Port};
use mailgate::mailbox::{
    AcknowledgeOrder, AfterFetchAction, Environment, Listed, Mailbox, MailboxError, MailboxProblem, Missing,
    RawMessage, open, probe,
};

use crate::support::dovecot::{Dovecot, MailUser};

/// Every way to a mailbox that Mailgate knows.
pub const WAYS: [(Protocol, Security); 6] = [
    (Protocol::Imap, Security::None),
    (Protocol::Imap, Security::StartTls),
    (Protocol::Imap, Security::Tls),
    (Protocol::Pop, Security::None),
    (Protocol::Pop, Security::StartTls),
    (Protocol::Pop, Security::Tls),
];

/// A message whose subject is `name`.
pub fn mail(name: &str) -> Vec<u8> {
    format!("From: anna@example.org\r\nTo: support@example.org\r\nSubject: {name}\r\n\r\nA body.\r\n.\r\n..two\r\n")
        .into_bytes()
}

/// A session of a user of the shared Dovecot.
pub fn session(server: &IncomingServer, user: &MailUser) -> Box<dyn Mailbox> {
    open(server, &user.password(), &Dovecot::shared().environment()).unwrap()
}

/// Why there is no session.
pub fn refusal(server: &IncomingServer, user: &MailUser, env: &Environment) -> MailboxError {
    match open(server, &user.password(), env) {
        Ok(_) => panic!("the session should not have begun"),
        Err(error) => {
            assert!(!format!("{error:?}").contains("secret"), "the password is shown: {error:?}");
            error
        }
    }
}

/// Points a server elsewhere.
pub fn at(mut server: IncomingServer, host: &str, new_port: u16) -> IncomingServer {
    if let Access::Network { host: h, port, .. } = &mut server.access {
        *h = Host::parse(host).unwrap();
        *port = Port(new_port);
    }
    server
}

pub fn bytes(body: RawMessage) -> Vec<u8> {
    match body {
        RawMessage::Memory(bytes) => bytes,
        RawMessage::File(mut file) => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            bytes
        }
    }
}

/// What became of the download of one message.
pub type Fetched = (Listed, Result<Vec<u8>, Missing>);

/// Everything there is, with what was downloaded or why not.
pub fn fetch_all(mailbox: &mut dyn Mailbox) -> Vec<Fetched> {
    let listed = list_all(mailbox);
    let mut fetched = Vec::new();
    mailbox
        .fetch(&listed, &mut |listed, download| {
            fetched.push((listed.clone(), download.map(|download| bytes(download.body))));
            Ok(())
        })
        .unwrap();
    fetched
}

/// What there is, all of which can be listed.
pub fn list_all(mailbox: &mut dyn Mailbox) -> Vec<Listed> {
    let keys = mailbox.survey().unwrap().keys;
    mailbox.list(&keys).unwrap().into_iter().map(Result::unwrap).collect()
}

/// What shows that a message on the server is the one that was fetched.
pub fn proof((listed, source): &Fetched) -> Proof {
    Proof { header_digest: header_digest(source.as_ref().unwrap()), size: listed.size }
}

pub fn seen((listed, _): &Fetched) -> AcknowledgeOrder {
    AcknowledgeOrder { key: listed.key.clone(), action: AfterFetchAction::Seen }
}

pub fn delete(fetched: &Fetched) -> AcknowledgeOrder {
    AcknowledgeOrder { key: fetched.0.key.clone(), action: AfterFetchAction::Delete(proof(fetched)) }
}

pub fn move_to(folder: &str, fetched: &Fetched) -> AcknowledgeOrder {
    let action = AfterFetchAction::Move { folder: folder.into(), proof: proof(fetched) };
    AcknowledgeOrder { key: fetched.0.key.clone(), action }
}

/// The name of the stage that failed, with its problem and all its words.
pub fn failed_stage(report: &probe::MailboxReport) -> (&'static str, MailboxProblem, String) {
    let stage = report.failure().unwrap_or_else(|| panic!("nothing failed: {report:?}"));
    (stage.name.code(), report.problem.unwrap(), format!("{} {}", stage.words(), stage.complaint.remedy))
}
