//! What is in the maildrop: LIST and UIDL side by side. What only one of them shows is there all the same.

use std::collections::{BTreeMap, HashMap};

use super::session::Session;
use crate::domain::source::header_digest;
use crate::mailbox::failure::Failure;

/// One message in the maildrop.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub number: u32,
    /// As the server has it; where several have the same, the later ones have ` 2`, ` 3` … after it. Where it has none,
    /// what tells the message apart instead. A UIDL has no spaces, so no other message has the same.
    pub uidl: String,
    /// Bytes.
    pub size: u64,
}

/// Asks for both lists.
pub(super) fn list(session: &mut Session) -> Result<Vec<Entry>, Failure> {
    let sizes = session.numbered("LIST", "list sizes")?;
    let uidls = match session.numbered("UIDL", "list UIDLs") {
        Ok(uidls) => uidls,
        Err(Failure::Refused { said, .. }) => {
            let words = format!("has no UIDL, so mail there can't be told apart: {said}. Use IMAP instead");
            return Err(Failure::Broken(session.account().strange(&words)));
        }
        Err(broken) => return Err(broken),
    };
    let mut entries: BTreeMap<u32, Entry> = BTreeMap::new();
    for (number, text) in sizes {
        let size = text.split(' ').next().and_then(|size| size.parse().ok()).unwrap_or(0);
        entries.insert(number, Entry { number, size, ..Entry::default() });
    }
    for (number, uidl) in uidls {
        entries.entry(number).or_insert(Entry { number, ..Entry::default() }).uidl = uidl;
    }
    let mut entries: Vec<Entry> = entries.into_values().collect();
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

/// Messages that UIDL leaves out go by the digest of their header, so that none is lost and none is taken twice. One
/// whose header can't be had goes by its size: it can't be downloaded either, which the ledger then says of it.
fn name_by_header(session: &mut Session, entries: &mut [Entry]) -> Result<(), Failure> {
    let mut nameless: Vec<&mut Entry> = entries.iter_mut().filter(|entry| entry.uidl.is_empty()).collect();
    // TOP is optional, RETR is not.
    for command in ["TOP {} 0", "RETR {}"] {
        let asked: Vec<Entry> = nameless.iter().map(|entry| (**entry).clone()).collect();
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
