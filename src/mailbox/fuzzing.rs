//! Sessions with a mail server that says what a fuzz target has it say. Nothing is dialled.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read, Write};
use std::time::Duration;

use super::account::MailAccount;
use super::dial::Clock;
use super::imap::ImapMailbox;
use super::pop3::PopMailbox;
use super::wire::{BufferedWire, Stream};
use super::{AcknowledgeOrder, AfterFetchAction, Mailbox, MailboxError, RawMessage, SessionLimits, StartChoice};
use crate::domain::message::{Proof, header_digest};
use crate::domain::protocol::Protocol;

/// Between the answers of a script. The first one comes to the first command, and so on; then the connection ends.
const NEXT: u8 = 0x1e;
/// In an answer, the tag of the command that it answers.
const TAG: u8 = 0x1f;

/// Answers, one for each command.
pub(super) struct Script {
    answers: VecDeque<Vec<u8>>,
    said: Cursor<Vec<u8>>,
}

impl Script {
    fn of(data: &[u8]) -> Self {
        Self { answers: data.split(|byte| *byte == NEXT).map(<[u8]>::to_vec).collect(), said: Cursor::default() }
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.said.read(buffer)
    }
}

impl Write for Script {
    /// One command a line.
    fn write(&mut self, commands: &[u8]) -> io::Result<usize> {
        for command in commands.split_inclusive(|byte| *byte == b'\n') {
            let tag = command.split(|byte| *byte == b' ').next().unwrap_or_default();
            for byte in self.answers.pop_front().unwrap_or_default() {
                if byte == TAG { self.said.get_mut().extend_from_slice(tag) } else { self.said.get_mut().push(byte) }
            }
        }
        Ok(commands.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An IMAP server that says this from the sign-in on.
pub fn imap(data: &[u8]) {
    if let Some((account, wire)) = played(Protocol::Imap, data)
        && let Ok(mailbox) = ImapMailbox::signed_in(account, wire)
    {
        // Whatever it says, it is an error or an answer.
        let _ = fetch_all(mailbox);
    }
}

/// A POP server that says this from the sign-in on; the first byte is even where it takes several commands at once.
pub fn pop(data: &[u8]) {
    if let Some((first, data)) = data.split_first()
        && let Some((account, wire)) = played(Protocol::Pop, data)
        && let Ok(mailbox) = PopMailbox::signed_in(account, wire, first % 2 == 0)
    {
        let _ = fetch_all(mailbox);
    }
}

fn played(protocol: Protocol, data: &[u8]) -> Option<(MailAccount, BufferedWire)> {
    let second = Duration::from_secs(1);
    let limits = SessionLimits {
        connect: second,
        read: second,
        command: second,
        in_memory: 16 << 10,
        ..SessionLimits::default()
    };
    let limits = SessionLimits { again: Duration::ZERO, ..limits };
    let wire = BufferedWire::new(Stream::Played(Box::new(Script::of(data))), Clock::new(limits));
    Some((MailAccount::nowhere(protocol, limits)?, wire))
}

/// A pass over what it shows: everything is downloaded, and all that came is deleted.
fn fetch_all(mut mailbox: impl Mailbox) -> Result<(), MailboxError> {
    let survey = mailbox.survey()?;
    let _ = mailbox.choose(StartChoice::Unread);
    let keys = &survey.keys[..survey.keys.len().min(20)];
    let listed: Vec<_> = mailbox.list(keys)?.into_iter().flatten().collect();
    let _ = mailbox.headers(keys);
    let mut came = Vec::new();
    let fetched = mailbox.fetch(&listed, &mut |listed, download| {
        if let Ok(download) = download {
            let header =
                if let RawMessage::Memory(bytes) = &download.body { header_digest(bytes) } else { String::new() };
            let proof = Proof { header_digest: header, size: listed.size };
            came.push(AcknowledgeOrder { key: listed.key.clone(), action: AfterFetchAction::Delete(proof) });
        }
        Ok(())
    });
    let _ = (fetched, mailbox.acknowledge(&came));
    mailbox.close()
}
