//! What is in the maildrop: LIST and UIDL side by side. What only one of them shows is there all the same.

use std::collections::{BTreeMap, HashMap};

use super::session::PopSession;
use crate::domain::source::header_digest;
use crate::domain::words::Sentence;
use crate::mailbox::failure::{Doing, MailboxFailure};
use crate::mailbox::refusal::SignInRefusal;
use crate::mailbox::{MailboxError, MailboxProblem};
use crate::{complain, say};

/// One message in the maildrop.
#[derive(Debug, Clone, Default)]
pub(super) struct MaildropEntry {
    pub number: u32,
    /// As the server has it; where several have the same, the later ones have ` 2`, ` 3` … after it. Where it has none,
    /// what tells the message apart instead. A UIDL has no spaces, so no other message has the same.
    pub uidl: String,
    /// Bytes.
    pub size: u64,
}

/// Asks for both lists. A server may refuse either where there is nothing to list.
pub(super) fn list(session: &mut PopSession) -> Result<Vec<MaildropEntry>, MailboxFailure> {
    let sizes = unless_refused(session.numbered("LIST", Doing::ListSizes))?;
    let uidls = unless_refused(session.numbered("UIDL", Doing::ListUidls))?;
    let (sizes, uidls) = match (sizes, uidls) {
        (Ok(sizes), Ok(uidls)) => (sizes, uidls),
        // Without sizes mail can be had; they are not needed to tell it apart.
        (Err(_), Ok(uidls)) => (Vec::new(), uidls),
        (Ok(sizes), Err(_)) if sizes.is_empty() => (Vec::new(), Vec::new()),
        (Ok(_), Err(said)) => return Err(MailboxFailure::Broken(no_uidl(session, &said))),
        (Err(_), Err(said)) => match session.count()? {
            Ok(0) => (Vec::new(), Vec::new()),
            Ok(_) => return Err(MailboxFailure::Broken(no_uidl(session, &said))),
            Err(_) => return Err(MailboxFailure::Refused { doing: Doing::ListAll, said: Sentence::verbatim(said) }),
        },
    };
    let mut entries: BTreeMap<u32, MaildropEntry> = BTreeMap::new();
    for (number, text) in sizes {
        let size = text.split_whitespace().next().and_then(|size| size.parse().ok()).unwrap_or(0);
        entries.insert(number, MaildropEntry { number, size, ..MaildropEntry::default() });
    }
    for (number, uidl) in uidls {
        entries.entry(number).or_insert(MaildropEntry { number, ..MaildropEntry::default() }).uidl = uidl;
    }
    let mut entries: Vec<MaildropEntry> = entries.into_values().collect();
    name_by_header(session, &mut entries)?;
    let mut times: HashMap<String, u32> = HashMap::new();
    for entry in &mut entries {
        let times = times.entry(entry.uidl.clone()).or_default();
        *times += 1;
        if *times > 1 {
            entry.uidl = format!("{} {times}", entry.uidl);
        }
    }
    Ok(entries)
}

/// The list, or the words of its refusal.
fn unless_refused<T>(listed: Result<T, MailboxFailure>) -> Result<Result<T, String>, MailboxFailure> {
    match listed {
        Ok(list) => Ok(Ok(list)),
        Err(MailboxFailure::Refused { said, .. }) => Ok(Err(said.to_string())),
        Err(broken) => Err(broken),
    }
}

/// It has mail and does not list it by UIDL: for now, or never.
fn no_uidl(session: &PopSession, said: &str) -> MailboxError {
    let account = session.account();
    match SignInRefusal::of(said) {
        SignInRefusal::Passing => {
            MailboxError::new(MailboxProblem::Busy, say!("mailbox-no-list-now", place = account.place(), said))
        }
        _ => account.strange(complain!("mailbox-no-uidl", place = account.place(), said)),
    }
}

/// Messages that UIDL leaves out go by the digest of their header, so that none is lost and none is taken twice. One
/// whose header can't be had goes by its size: it can't be downloaded either, which the ledger then says of it.
fn name_by_header(session: &mut PopSession, entries: &mut [MaildropEntry]) -> Result<(), MailboxFailure> {
    let mut nameless: Vec<&mut MaildropEntry> = entries.iter_mut().filter(|entry| entry.uidl.is_empty()).collect();
    // TOP is optional, RETR is not.
    for command in ["TOP {} 0", "RETR {}"] {
        let asked: Vec<MaildropEntry> = nameless.iter().map(|entry| (**entry).clone()).collect();
        let digests = session.headers_by(command, &asked, header_digest)?;
        for (entry, digest) in nameless.iter_mut().zip(digests) {
            entry.uidl = digest.map(|digest| format!("header {digest}")).unwrap_or_default();
        }
        nameless.retain(|entry| entry.uidl.is_empty());
    }
    for entry in nameless {
        entry.uidl = format!("size {}", entry.size);
    }
    Ok(())
}
