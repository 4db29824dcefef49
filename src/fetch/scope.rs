//! What in a mailbox is new (ARCHITECTURE §4): what the server shows, without what is known and without what was never
//! chosen.

use std::collections::{HashMap, HashSet};

use super::PassError;
use crate::domain::fetching::ImportState;
use crate::domain::message::{SourceKey, numbering};
use crate::domain::server::{IncomingServer, StartWith};
use crate::domain::{Moment, now};
use crate::mailbox::{Abilities, Mailbox, Missing, StartChoice, Survey};
use crate::message::arrival;
use crate::pipeline::keep::ExpectedMail;
use crate::store::imports::{self, ImportRow};
use crate::store::mailboxes::{self, MailboxRow};
use crate::store::{Store, StoreError, acknowledgements, messages::known};

/// Messages that are listed by one command.
pub(super) const LISTED_AT_ONCE: usize = 500;

/// Headers that one command asks for.
const HEADERS_AT_ONCE: usize = 50;

/// Decides what is in scope, where that is still open: at the first fetch, and again when the server renumbers its messages.
/// What is left out stays out for ever.
pub(super) fn decide(
    store: &Store,
    (server, folder): (&IncomingServer, &str),
    session: &mut dyn Mailbox,
    survey: &Survey,
) -> Result<MailboxRow, PassError> {
    let mailbox = store.write(|db| mailboxes::of(db, server, folder))?;
    let numbering = (survey.uid_validity, survey.uid_next);
    let (skipped, chosen) = match (mailbox.floor_at, mailbox.uid_validity == survey.uid_validity) {
        (Some(_), true) => return Ok(mailbox),
        (None, _) => {
            let chosen = choose_at_first(server, session, survey)?;
            let is_chosen = |key: &SourceKey| chosen.as_ref().is_none_or(|chosen| chosen.contains(key));
            let skipped = if chosen.is_some() { all_but(survey, is_chosen) } else { Vec::new() };
            (skipped, survey.keys.iter().filter(|key| is_chosen(key)).collect::<Vec<_>>())
        }
        (Some(_), false) => {
            link_not_downloaded(store, &mailbox, session, survey)?;
            let (skipped, older) = skip_renumbered(store, server, &mailbox, session, survey)?;
            return Ok(store.write(|db| {
                mailboxes::set_scope(db, &mailbox, survey.uid_validity, survey.uid_next, &skipped)?;
                imports::renumber(db, mailbox.id, &older)?;
                mailboxes::of(db, server, folder)
            })?);
        }
    };
    Ok(store.write(|db| {
        mailboxes::set_scope(db, &mailbox, survey.uid_validity, survey.uid_next, &skipped)?;
        mailboxes::remember_choice(db, mailbox.id, server)?;
        if !chosen.is_empty() {
            imports::begin(db, mailbox.id, server.id, numbering, &chosen)?;
        }
        mailboxes::of(db, server, folder)
    })?)
}

/// What the first fetch takes; None means all.
fn choose_at_first(
    server: &IncomingServer,
    session: &mut dyn Mailbox,
    survey: &Survey,
) -> Result<Option<HashSet<SourceKey>>, PassError> {
    let chooses = session.abilities().chooses;
    Ok(Some(match (server.start_with, server.start_date) {
        (StartWith::New, _) => HashSet::new(),
        (StartWith::Unread, _) if chooses => session.choose(StartChoice::Unread)?.into_iter().collect(),
        (StartWith::Since, Some(date)) if chooses => session.choose(StartChoice::Since(date))?.into_iter().collect(),
        (StartWith::Since, Some(date)) => since(session, &survey.keys, date)?,
        (StartWith::All | StartWith::Unread | StartWith::Since, _) => return Ok(None),
    }))
}

/// The messages of an import that are not here yet.
pub(super) struct ImportPart {
    pub row: ImportRow,
    pub members: Vec<(SourceKey, ExpectedMail)>,
}

/// Takes the messages of the mailbox's import out of those that are new. None where there is no import, or all of it is
/// here.
pub(super) fn import_of(
    store: &Store,
    mailbox: &MailboxRow,
    new: &mut Vec<(SourceKey, ExpectedMail)>,
) -> Result<Option<ImportPart>, StoreError> {
    let found = store.read(|db| {
        let Some(row) = imports::of(db, mailbox.id)?.filter(|row| row.state != ImportState::Done) else {
            return Ok(None);
        };
        let numbered = row.uid_validity.is_some() && row.below_uid.is_some();
        let keys = if numbered { HashSet::new() } else { imports::keys(db, row.id)? };
        Ok::<_, StoreError>(Some((row, keys)))
    })?;
    let Some((row, keys)) = found else { return Ok(None) };
    let belongs = |key: &SourceKey| match (key.numbered(), row.uid_validity, row.below_uid) {
        (Some((numbering, uid)), Some(uid_validity), Some(below)) => numbering == uid_validity && uid < below,
        _ => keys.contains(&key.to_string()),
    };
    // Other mail under a key that was used before is not part of it. A message that a person asked for is fetched even if
    // the import is left out.
    let is_part = |expected: &ExpectedMail| match expected {
        ExpectedMail::New { generation } => *generation == 0,
        ExpectedMail::Source { .. } => !row.state.is_left_out(),
    };
    let (members, others) =
        std::mem::take(new).into_iter().partition(|(key, expected)| is_part(expected) && belongs(key));
    *new = others;
    Ok(Some(ImportPart { row, members }))
}

/// Without a search on the server: by the date in the listing, else in the mail's own header (POP); in doubt, the mail is
/// taken.
fn since(
    session: &mut dyn Mailbox,
    keys: &[SourceKey],
    date: chrono::NaiveDate,
) -> Result<HashSet<SourceKey>, PassError> {
    let mut chosen = HashSet::new();
    for some in keys.chunks(HEADERS_AT_ONCE) {
        let (dated, undated): (Vec<_>, Vec<_>) = list(session, some)?.into_iter().partition(|(_, date)| date.is_some());
        let undated: Vec<SourceKey> = undated.into_iter().map(|(key, _)| key).collect();
        let headers = if undated.is_empty() { Vec::new() } else { session.headers(&undated)? };
        let mut dates = dated;
        for (key, header) in undated.into_iter().zip(headers) {
            dates.push((key, header.map_or(Ok(None), |header| arrival(&header, now()))?));
        }
        chosen.extend(dates.into_iter().filter(|(_, at)| at.is_none_or(|at| at.date() >= date)).map(|(key, _)| key));
    }
    Ok(chosen)
}

/// When each of these arrived, where the server tells. A message that it can't list now is there all the same.
fn list(session: &mut dyn Mailbox, keys: &[SourceKey]) -> Result<Vec<(SourceKey, Option<Moment>)>, PassError> {
    let dates = keys.iter().zip(session.list(keys)?).filter_map(|(key, listed)| match listed {
        Ok(listed) => Some((listed.key, listed.internal_date)),
        Err(Missing::Gone) => None,
        Err(Missing::Refused(_) | Missing::CutShort(_)) => Some((key.clone(), None)),
    });
    Ok(dates.collect())
}

/// After a change of UIDVALIDITY everything is left out, except what arrived after the floor, and what is unfinished of the
/// first choice. Mail that comes a second time that way is recognised when it is routed. Also returns what arrived before
/// the floor and may belong to an import: later mail must not, or a stopped import would keep new mail out.
fn skip_renumbered(
    store: &Store,
    server: &IncomingServer,
    mailbox: &MailboxRow,
    session: &mut dyn Mailbox,
    survey: &Survey,
) -> Result<(Vec<String>, Vec<SourceKey>), PassError> {
    let floor = mailbox.floor_at.map(|at| at.and_utc().timestamp()).unwrap_or_default();
    let day_before = mailbox.floor_at.and_then(|at| at.date().pred_opt()).unwrap_or_default();
    let mut chosen: HashSet<SourceKey> = HashSet::new();
    let recent = session.choose(StartChoice::Since(day_before))?;
    for some in recent.chunks(LISTED_AT_ONCE) {
        let from_floor = |at: Moment| at.and_utc().timestamp() >= floor;
        let dates = list(session, some)?.into_iter();
        chosen.extend(dates.filter(|(_, date)| date.is_none_or(from_floor)).map(|(key, _)| key));
    }
    let before_floor: Vec<SourceKey> = survey.keys.iter().filter(|key| !chosen.contains(key)).cloned().collect();
    // The choice for this folder; later choices are for folders that were added later.
    let (start_with, start_date) = match mailbox.start_with {
        Some(start_with) => (start_with, mailbox.start_date),
        None => (server.start_with, server.start_date),
    };
    match (start_with, start_date) {
        (StartWith::New, _) => {}
        (StartWith::Since, Some(date)) => chosen.extend(session.choose(StartChoice::Since(date))?),
        (StartWith::Unread, _) => {
            let untold = store.read(|db| acknowledgements::any_pending(db, mailbox.id))?;
            if untold || !mailbox.backlog_done {
                chosen.extend(session.choose(StartChoice::Unread)?);
            }
        }
        (StartWith::All | StartWith::Since, _) => return Ok((Vec::new(), before_floor)),
    }
    let skipped = all_but(survey, |key| chosen.contains(key));
    Ok((skipped, before_floor.into_iter().filter(|key| chosen.contains(key)).collect()))
}

/// What is left out of the survey: UID ranges, or one key each.
fn all_but(survey: &Survey, chosen: impl Fn(&SourceKey) -> bool) -> Vec<String> {
    let Some(uid_validity) = survey.uid_validity else {
        return survey.keys.iter().filter(|key| !chosen(key)).map(ToString::to_string).collect();
    };
    let uids = survey.keys.iter().filter_map(|key| Some((key.numbered()?.1, chosen(key))));
    Ranges::left_out(uids).to_keys(uid_validity)
}

/// Messages without a source can't be recognised by their contents: after a renumbering they are recognised by size and
/// date.
fn link_not_downloaded(
    store: &Store,
    mailbox: &MailboxRow,
    session: &mut dyn Mailbox,
    survey: &Survey,
) -> Result<(), PassError> {
    let mut unlinked = store.read(|db| known::not_downloaded(db, mailbox.id))?;
    for some in survey.keys.chunks(LISTED_AT_ONCE) {
        if unlinked.is_empty() {
            break;
        }
        let mut linked = Vec::new();
        for listed in session.list(some)?.into_iter().flatten() {
            let same = |row: &known::NotDownloaded| row.size == listed.size && row.date == listed.internal_date;
            if let Some(index) = unlinked.iter().position(same) {
                linked.push((unlinked.swap_remove(index).id, listed.key.to_string()));
            }
        }
        store.write(|db| linked.iter().try_for_each(|(id, key)| known::rekey(db, *id, key)))?;
    }
    Ok(())
}

/// The keys to download, in the server's order, and what the ledger expects of each.
pub(super) fn find_new(
    store: &Store,
    abilities: Abilities,
    mailbox: &MailboxRow,
    survey: &Survey,
) -> Result<Vec<(SourceKey, ExpectedMail)>, StoreError> {
    let mut new = match survey.uid_validity {
        Some(uid_validity) => {
            let mut new = new_uids(store, mailbox, survey, uid_validity)?;
            new.extend(replaced_uids(store, mailbox, survey)?);
            new
        }
        None => new_keys(store, abilities, mailbox, survey)?,
    };
    for wanted in store.read(|db| known::wanted(db, mailbox.id))? {
        let Ok(key) = wanted.source_key.parse() else { continue };
        new.push((key, ExpectedMail::Source { of: wanted.id, attempts: wanted.attempts }));
    }
    Ok(new)
}

/// In a folder with up to so many messages, the known ones are looked up by their keys; for a larger one, all known keys are
/// read.
const ASKED_ALONE: usize = 5_000;

/// A UID stands for the same message for ever, so a known one needs no check.
fn new_uids(
    store: &Store,
    mailbox: &MailboxRow,
    survey: &Survey,
    uid_validity: u32,
) -> Result<Vec<(SourceKey, ExpectedMail)>, StoreError> {
    let numbered = |key: &str| {
        let numbered = key.parse().ok().and_then(|key: SourceKey| key.numbered());
        numbered.filter(|(of, _)| *of == uid_validity).map(|(_, uid)| uid)
    };
    let (known, skipped) = store.read(|db| {
        let mut known: HashSet<u32> = HashSet::new();
        if survey.keys.len() <= ASKED_ALONE {
            // However many were ever in the folder.
            let texts: Vec<String> = survey.keys.iter().map(ToString::to_string).collect();
            known.extend(known::among(db, mailbox.id, &texts)?.iter().filter_map(|key| numbered(key)));
        } else {
            known::each_key(db, mailbox.id, |key| known.extend(numbered(key)))?;
        }
        let skipped = Ranges::from_keys(&mailboxes::skipped(db, mailbox.id)?, uid_validity);
        Ok::<_, StoreError>((known, skipped))
    })?;
    let is_new =
        |key: &&SourceKey| key.numbered().is_some_and(|(_, uid)| !known.contains(&uid) && !skipped.contain(uid));
    Ok(survey.keys.iter().filter(is_new).map(|key| (key.clone(), ExpectedMail::New { generation: 0 })).collect())
}

/// If a server gives no UIDVALIDITY, a known UID is trusted while its size matches, as with POP: if the size of one differs,
/// no UID is trusted, and mail that is the same after all is recognised when it is kept.
fn replaced_uids(
    store: &Store,
    mailbox: &MailboxRow,
    survey: &Survey,
) -> Result<Vec<(SourceKey, ExpectedMail)>, StoreError> {
    if survey.sizes.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = survey.keys.iter().map(ToString::to_string).collect();
    let known: HashMap<String, known::KnownMessage> =
        store.read(|db| known::newest(db, mailbox.id, &texts))?.into_iter().collect();
    let shown = || survey.keys.iter().zip(&texts).zip(&survey.sizes);
    let kept = || {
        shown().filter_map(|((key, text), size)| Some((key, *size, known.get(text).filter(|k| k.sha256.is_some())?)))
    };
    if !kept().any(|(_, size, known)| size != 0 && size != known.size) {
        return Ok(Vec::new());
    }
    let next = |known: &known::KnownMessage| ExpectedMail::New { generation: known.generation + 1 };
    Ok(kept().map(|(key, _, known)| (key.clone(), next(known))).collect())
}

/// POP servers that are rebuilt give out the same UIDLs again: a known key is trusted while its size matches and Mailgate
/// has not deleted its message. If one size differs, no known key is trusted; mail that is the same after all is recognised
/// when it is kept.
fn new_keys(
    store: &Store,
    abilities: Abilities,
    mailbox: &MailboxRow,
    survey: &Survey,
) -> Result<Vec<(SourceKey, ExpectedMail)>, StoreError> {
    let texts: Vec<String> = survey.keys.iter().map(ToString::to_string).collect();
    let (known, skipped) = store.read(|db| {
        let known: HashMap<String, known::KnownMessage> = known::newest(db, mailbox.id, &texts)?.into_iter().collect();
        let skipped: HashSet<String> = mailboxes::skipped(db, mailbox.id)?.into_iter().collect();
        Ok::<_, StoreError>((known, skipped))
    })?;
    let reused = abilities.reuses_keys;
    let resized = |index: usize, known: &known::KnownMessage| {
        reused && survey.sizes.get(index).is_some_and(|size| *size != known.size)
    };
    let rebuilt = texts.iter().enumerate().any(|(index, key)| known.get(key).is_some_and(|k| resized(index, k)));
    let mut new = Vec::new();
    for (key, text) in survey.keys.iter().zip(&texts) {
        match known.get(text) {
            None if skipped.contains(text) => {}
            None => new.push((key.clone(), ExpectedMail::New { generation: 0 })),
            Some(known) if reused && (rebuilt || known.is_told()) && known.sha256.is_some() => {
                new.push((key.clone(), ExpectedMail::New { generation: known.generation + 1 }));
            }
            Some(_) => {}
        }
    }
    Ok(new)
}

/// If a key stands for other mail more often than this, the server is at fault.
const GENERATIONS: i32 = 3;

/// What to download where other mail was found under known keys.
pub(super) fn next_generation(
    store: &Store,
    mailbox: &MailboxRow,
    keys: &[SourceKey],
) -> Result<Vec<(SourceKey, ExpectedMail)>, StoreError> {
    let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let known = store.read(|db| known::newest(db, mailbox.id, &texts))?;
    let next = |(text, known): (String, known::KnownMessage)| {
        let key = text.parse().ok()?;
        (known.generation < GENERATIONS).then_some((key, ExpectedMail::New { generation: known.generation + 1 }))
    };
    Ok(known.into_iter().filter_map(next).collect())
}

/// Inclusive ranges in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// The ranges of those UIDs, in ascending order, that were not chosen. UIDs between two of them are left out, too, since
    /// their messages are gone.
    fn left_out(uids: impl Iterator<Item = (u32, bool)>) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut open = false;
        for (uid, chosen) in uids {
            match (chosen, ranges.last_mut()) {
                (false, Some(last)) if open => last.1 = uid,
                (false, _) => ranges.push((uid, uid)),
                (true, _) => {}
            }
            open = !chosen;
        }
        Self(ranges)
    }

    fn contain(&self, uid: u32) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= uid);
        after > 0 && uid <= self.0[after - 1].1
    }

    /// As they are stored: `imap:7:1-250`.
    fn to_keys(&self, uid_validity: u32) -> Vec<String> {
        let prefix = numbering(uid_validity);
        self.0.iter().map(|(first, last)| format!("{prefix}{first}-{last}")).collect()
    }

    /// The stored ranges of this UIDVALIDITY.
    fn from_keys(keys: &[String], uid_validity: u32) -> Self {
        let prefix = numbering(uid_validity);
        let parse = |key: &String| {
            let (first, last) = key.strip_prefix(&prefix)?.split_once('-')?;
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        let mut ranges: Vec<(u32, u32)> = keys.iter().filter_map(parse).collect();
        ranges.sort_unstable();
        Self(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn what_was_not_chosen_stays_out_and_the_rest_does_not() {
        let ranges = Ranges::left_out([(2, false), (5, false), (7, true), (9, false)].into_iter());
        assert_eq!(ranges.to_keys(3), ["imap:3:2-5", "imap:3:9-9"]);
        let out: Vec<u32> = (1..12).filter(|uid| ranges.contain(*uid)).collect();
        assert_eq!(out, [2, 3, 4, 5, 9]);
        assert_eq!(Ranges::from_keys(&ranges.to_keys(3), 3), ranges);
        assert_eq!(Ranges::from_keys(&ranges.to_keys(3), 4), Ranges::default());
    }
}
