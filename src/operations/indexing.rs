//! Bringing the indexes that searches look in up to date: behind every change, and through everything that was here before there
//! was an index. It reads what the store's triggers noted (`store::search::index`), makes words of it and writes them, so much
//! at a time that deliveries hardly wait; and goes on where it was after a stop, a crash or an upgrade.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{App, OperationError};
use crate::domain::id::{PartnerId, PostId, RecordId};
use crate::domain::tokens;
use crate::message;
use crate::store::records::counts;
use crate::store::search::index::{
    self, DescribedRecord, FileName, IndexedPart, IndexedWords, JoinedNames, OlderRows, PendingChange, PendingKind,
    SaidText, SearchedTexts,
};
use crate::store::{Backend, Store, StoreError, messages};

/// Notes that are worked off in one transaction.
const BATCH: i64 = 200;
/// Rows of the time before the index that are noted at once.
const BACKLOG: i32 = 500;
/// Mails and notes that are read at once.
const READ: i64 = 100;
/// Words of a part of a record, after which the next begins. PostgreSQL counts places up to 16,383, and what names the record stands
/// before them.
const PART_WORDS: usize = 14_000;
/// Bytes of them; PostgreSQL takes no more than a mebibyte of words and places.
const PART_BYTES: usize = 600_000;
/// Words that name a record.
const NAME_WORDS: usize = 1_000;

/// How often it is looked whether anything changed: other processes change things, too.
const LOOK: Duration = Duration::from_millis(500);
/// After the database did not do it.
const REST: Duration = Duration::from_secs(10);
/// How often the lines that the ledger's counts stand in are added up.
const SUM: Duration = Duration::from_secs(2);
/// Changes that a search does not wait for any more.
pub const MANY: i64 = 500;
/// How long a search waits for what was just said.
const PATIENCE: Duration = Duration::from_millis(400);

/// Whether a thread of this process keeps the indexes up to date.
#[derive(Debug, Clone, Default)]
pub struct IndexThread(Arc<AtomicBool>);

/// How far the indexes are behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Behind {
    /// Changes that are not indexed yet, up to 10,000.
    pub changes: i64,
    /// Rows from before there was an index, by their numbers, and how many of them are left.
    pub older: i64,
    pub older_left: i64,
    /// What could not be indexed.
    pub failed: i64,
}

impl Behind {
    /// Percent of the older rows that are indexed; None where there is nothing left to do of them.
    pub fn percent(self) -> Option<i64> {
        (self.older_left > 0).then(|| ((self.older - self.older_left) * 100 / self.older.max(1)).min(99))
    }
}

pub fn behind(app: &App) -> Result<Behind, OperationError> {
    Ok(app.store.read(|db| {
        // In the order in which one becomes another, so that nothing is missed between two looks.
        let (failed, backlog) = (index::failed(db)?, index::backlog(db)?);
        Ok::<_, StoreError>(Behind {
            changes: index::pending_count(db, 10_000)?,
            older: backlog.iter().map(|of| i64::from(of.newest)).sum(),
            older_left: backlog.iter().map(|of| i64::from(of.left_to)).sum(),
            failed,
        })
    })?)
}

/// Whoever searches finds what was said before: waits until it is indexed, some moments at most.
pub(super) fn wait(app: &App) -> Result<(), OperationError> {
    let (newest, left) =
        app.store.read(|db| Ok::<_, StoreError>((index::newest_note(db)?, index::pending_count(db, MANY + 1)?)))?;
    // So many take longer than anybody waits, who is told instead.
    if left == 0 || left > MANY {
        return Ok(());
    }
    let until = Instant::now() + PATIENCE;
    if !app.indexing.0.load(Ordering::Acquire) {
        // Nobody else does it here.
        while Instant::now() < until && work_off(&app.store)? {}
        return Ok(());
    }
    app.passes.bell().ring();
    while Instant::now() < until && app.store.read(|db| index::is_left(db, newest))? {
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Keeps the indexes up to date until Mailgate is stopped.
pub(super) fn start(app: &App) -> std::io::Result<JoinHandle<()>> {
    // With the connections of the work on mail: no deadline ends it.
    let (store, runs) = (app.pipeline().store.clone(), app.indexing.clone());
    let (stop, bell) = (app.passes.stop().clone(), app.passes.bell().clone());
    std::thread::Builder::new().name("search".into()).spawn(move || {
        runs.0.store(true, Ordering::Release);
        let (mut heard, mut summed, mut has_older_contacts) = (0, Instant::now(), true);
        if let Err(error) = repair(&store) {
            tracing::warn!(%error, "the search index could not be looked at");
        }
        while !stop.requested() {
            let begun = Instant::now();
            if store.backend() == Backend::Postgres && summed.elapsed() >= SUM {
                summed = begun;
                let added = store
                    .write(messages::list::add_up)
                    .and_then(|()| store.write(|db| counts::add_up(db, counts::ROWS)));
                if let Err(error) = added {
                    tracing::warn!(%error, "the counts of mails and records could not be added up; it is tried again");
                }
            }
            let some = work_off(&store).and_then(|some| {
                if some || note_older(&store)? {
                    return Ok(true);
                }
                if has_older_contacts {
                    has_older_contacts = super::partners::keep_older_keys(&store)?;
                }
                Ok(has_older_contacts)
            });
            match some {
                // Whoever writes mail gets as much of the database.
                Ok(true) => std::thread::sleep(begun.elapsed().min(Duration::from_millis(200))),
                Ok(false) => heard = bell.wait(heard, LOOK),
                Err(error) => {
                    tracing::warn!(%error, "the search index is not up to date; it is tried again");
                    heard = bell.wait(heard, REST);
                }
            }
        }
        runs.0.store(false, Ordering::Release);
    })
}

/// What could not be indexed is tried again. Where SQLite finds an index broken, all of them are made anew.
fn repair(store: &Store) -> Result<(), StoreError> {
    if store.read(index::failed)? == 0 {
        return Ok(());
    }
    if store.write(|db| Ok::<_, StoreError>(index::is_sound(db)))? {
        store.write(index::try_again)?;
        return Ok(());
    }
    tracing::warn!("the search index is broken and is made anew; searches find more as it grows");
    store.write(index::begin_anew)
}

/// Notes some of what was here before there was an index. False where nothing is left of it.
fn note_older(store: &Store) -> Result<bool, StoreError> {
    let backlog: Vec<OlderRows> = store.read(index::backlog)?;
    // All of them side by side.
    for of in &backlog {
        store.write(|db| index::note_backlog(db, of, BACKLOG))?;
    }
    Ok(!backlog.is_empty())
}

/// Works some notes off, the oldest first. False where there are none.
pub(super) fn work_off(store: &Store) -> Result<bool, StoreError> {
    let changes = store.read(|db| index::pending(db, BATCH))?;
    if changes.is_empty() {
        return Ok(false);
    }
    let Err(error) = guarded(store, &changes) else { return Ok(true) };
    if !error.may_be_the_data() {
        return Err(error);
    }
    for change in &changes {
        match guarded(store, std::slice::from_ref(change)) {
            Err(error) if error.may_be_the_data() => {
                tracing::warn!(kind = change.kind.code(), id = change.of, %error, "can't be indexed for searches");
                store.write(|db| index::give_up(db, change))?;
            }
            done => done?,
        }
    }
    Ok(true)
}

/// What is to be written.
#[derive(Default)]
struct Prepared {
    parts: Vec<IndexedPart>,
    /// Records that have no part from this one on.
    shorter: Vec<(RecordId, i64)>,
    messages: Vec<(i32, IndexedWords)>,
    messages_gone: Vec<i32>,
    partners: Vec<(i32, IndexedWords)>,
    partners_gone: Vec<i32>,
    contacts: Vec<PartnerId>,
}

/// A text that makes a library panic must not end the thread, and is given up like one that the database refuses. What is read
/// is read outside of any transaction.
fn guarded(store: &Store, changes: &[PendingChange]) -> Result<(), StoreError> {
    catch_unwind(AssertUnwindSafe(|| index_these(store, changes)))
        .unwrap_or_else(|_| Err(StoreError::Corrupt("reading it panicked".to_owned())))
}

fn index_these(store: &Store, changes: &[PendingChange]) -> Result<(), StoreError> {
    let prepared = prepare(store, changes)?;
    store
        .write(|db| {
            if !index::take(db, changes)? {
                // Another process has them; what was read here may be older than what it read.
                return Err(StoreError::Query(crate::store::QueryError::RollbackTransaction));
            }
            for (record, from) in &prepared.shorter {
                index::forget_record(db, *record, *from)?;
            }
            index::write_records(db, &prepared.parts)?;
            index::write_messages(db, &prepared.messages)?;
            index::forget_messages(db, &prepared.messages_gone)?;
            index::write_partners(db, &prepared.partners)?;
            index::forget_partners(db, &prepared.partners_gone)?;
            prepared.contacts.iter().try_for_each(|contact| index::note_records_of(db, *contact))
        })
        .or_else(|error| match error {
            StoreError::Query(crate::store::QueryError::RollbackTransaction) => Ok(()),
            error => Err(error),
        })
}

fn prepare(store: &Store, changes: &[PendingChange]) -> Result<Prepared, StoreError> {
    let of = |kind: PendingKind| -> Vec<i32> {
        let ids: BTreeSet<i32> = changes.iter().filter(|change| change.kind == kind).map(|change| change.of).collect();
        ids.into_iter().collect()
    };
    let mut prepared =
        Prepared { contacts: of(PendingKind::Contact).into_iter().map(PartnerId).collect(), ..Prepared::default() };
    let plain = |ids: &[i32], found: Vec<SearchedTexts>| {
        let words = |one: &SearchedTexts| (one.id, IndexedWords { names: words_of_all(&one.texts), said: Vec::new() });
        let gone = ids.iter().copied().filter(|id| found.iter().all(|one| one.id != *id)).collect();
        (found.iter().map(words).collect(), gone)
    };
    let (messages, partners) = (of(PendingKind::Message), of(PendingKind::Partner));
    if !messages.is_empty() {
        (prepared.messages, prepared.messages_gone) =
            plain(&messages, store.read(|db| index::messages(db, &messages))?);
    }
    if !partners.is_empty() {
        (prepared.partners, prepared.partners_gone) =
            plain(&partners, store.read(|db| index::partners(db, &partners))?);
    }
    let whole = of(PendingKind::Record);
    let more: Vec<i32> = of(PendingKind::Post).into_iter().filter(|id| whole.binary_search(id).is_err()).collect();
    let records: Vec<RecordId> = whole.iter().chain(&more).copied().map(RecordId).collect();
    if !records.is_empty() {
        let more: Vec<RecordId> = more.into_iter().map(RecordId).collect();
        prepare_records(store, records, &more, &mut prepared)?;
    }
    Ok(prepared)
}

/// What a record is found by, beside what was said on it.
struct Named {
    names: Vec<String>,
    /// Its title, which the subjects of its mails repeat.
    title: String,
    /// What a person or a client described it with.
    description: Vec<String>,
}

/// `more` are those to which something was only added.
fn prepare_records(
    store: &Store,
    mut records: Vec<RecordId>,
    more: &[RecordId],
    prepared: &mut Prepared,
) -> Result<(), StoreError> {
    records.sort_unstable();
    let (rows, joined, by_mail, last) = store.read(|db| {
        let rows = index::records(db, &records)?;
        let (joined, by_mail) = (index::joined(db, &records)?, index::described_by_mail(db, &records)?);
        Ok::<_, StoreError>((rows, joined, by_mail, index::last_parts(db, more)?))
    })?;
    let named: HashMap<RecordId, Named> =
        rows.into_iter().map(|row| (row.names.id, of_names(&row, &joined, by_mail.contains(&row.names.id)))).collect();
    let gone = records.iter().filter(|id| !named.contains_key(id)).map(|id| (*id, 0));
    prepared.shorter.extend(gone);
    records.retain(|id| named.contains_key(id));
    // Long conversations by themselves, from their last part on; all others together.
    for (record, (part, first)) in last.into_iter().filter(|(record, _)| named.contains_key(record)) {
        records.retain(|id| *id != record);
        let mut writer = PartWriter::new(&named, part);
        each_said(store, &[record], (record, first), |said, files| writer.take(said, files))?;
        writer.end(&[record], prepared);
    }
    let mut writer = PartWriter::new(&named, 0);
    each_said(store, &records, (RecordId(0), PostId(0)), |said, files| writer.take(said, files))?;
    let own = store.read(|db| index::files(db, &records, &[]))?;
    writer.files(&own);
    writer.end(&records, prepared);
    Ok(())
}

fn of_names(row: &DescribedRecord, joined: &[JoinedNames], by_mail: bool) -> Named {
    let mut texts = row.names.clone().texts();
    for other in joined.iter().filter(|other| other.into == row.names.id) {
        texts.extend(index::number_texts(&other.number));
        texts.extend([&other.partner_name, &other.partner_email].into_iter().flatten().cloned());
    }
    let mut names = vec![crate::store::search::word_of_model(&row.model), String::new()];
    names.extend(words_of_all(&texts));
    names.truncate(NAME_WORDS);
    let description = match by_mail {
        true => Vec::new(),
        false => words_of(&message::text_of_html(&row.description)),
    };
    Named { names, title: row.names.name.clone(), description }
}

/// A telephone number is found without its blanks, too.
fn words_of_all(texts: &[String]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let mut own = words_of(text);
        let is_number = own.len() > 1 && text.chars().all(|c| !c.is_alphabetic() && c != '-' && c != '@');
        if is_number {
            own.extend([String::new(), own.concat()]);
        }
        words.extend(own);
        words.push(String::new());
    }
    words
}

/// The words of one text, as far as they are indexed.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    tokens::each(tokens::beginning(text), |word, _| {
        words.push(word.to_owned());
        words.len() < tokens::MOST_WORDS
    });
    words
}

/// Hands on what was said on these records from a place on, in order.
fn each_said(
    store: &Store,
    records: &[RecordId],
    mut from: (RecordId, PostId),
    mut take: impl FnMut(&SaidText, &[FileName]),
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    loop {
        let (said, files) = store.read(|db| {
            let said = index::said(db, records, from, READ)?;
            let posts: Vec<PostId> = said.iter().map(|one| one.id).collect();
            Ok::<_, StoreError>((said, index::files(db, &[], &posts)?))
        })?;
        said.iter().for_each(|one| take(one, &files));
        match said.last() {
            Some(last) if i64::try_from(said.len()) == Ok(READ) => from = (last.record, PostId(last.id.0 + 1)),
            _ => return Ok(()),
        }
    }
}

/// Puts together what was said on records, in parts that are not too long.
struct PartWriter<'a> {
    named: &'a HashMap<RecordId, Named>,
    /// The number of the first part of each.
    first: i64,
    done: BTreeMap<RecordId, Vec<IndexedPart>>,
}

impl<'a> PartWriter<'a> {
    fn new(named: &'a HashMap<RecordId, Named>, first: i64) -> Self {
        Self { named, first, done: BTreeMap::new() }
    }

    fn take(&mut self, said: &SaidText, files: &[FileName]) {
        let Some(named) = self.named.get(&said.record) else { return };
        let mut words = words_of(said.email_from.as_deref().unwrap_or_default());
        words.push(String::new());
        if said.subject != named.title {
            words.extend(words_of(&said.subject));
            words.push(String::new());
        }
        words.extend(words_of(&said.body_text));
        words.push(String::new());
        for file in files.iter().filter(|file| file.post_id == Some(said.id)) {
            words.extend(words_of(&file.name));
            words.push(String::new());
        }
        self.add(said.record, said.id, words);
    }

    fn files(&mut self, own: &[FileName]) {
        for file in own {
            self.add(file.record, PostId(0), words_of(&file.name));
        }
    }

    fn add(&mut self, record: RecordId, post: PostId, mut words: Vec<String>) {
        let first = self.first;
        let Some(named) = self.named.get(&record) else { return };
        // Of one mail alone: a part is longer than what is indexed of it.
        words.truncate(PART_WORDS);
        let bytes = |words: &[String]| words.iter().map(String::len).sum::<usize>();
        while bytes(&words) > PART_BYTES {
            words.truncate(words.len() / 2);
        }
        let parts = self.done.entry(record).or_default();
        let fits = parts.last().is_some_and(|part| {
            let so_far = &part.words.said;
            so_far.len() + words.len() <= PART_WORDS && bytes(so_far) + bytes(&words) <= PART_BYTES
        });
        match parts.last_mut().filter(|_| fits) {
            Some(part) => part.words.said.extend(words),
            None => {
                let part = first + i64::try_from(parts.len()).unwrap_or(i64::MAX);
                let words = IndexedWords { names: named.names.clone(), said: words };
                parts.push(IndexedPart { record, part, first_post: post, words });
            }
        }
    }

    /// All parts of these records, of which each has at least one.
    fn end(mut self, records: &[RecordId], prepared: &mut Prepared) {
        for record in records {
            if self.first == 0
                && let Some(named) = self.named.get(record)
            {
                self.add(*record, PostId(0), named.description.clone());
            }
        }
        for (record, parts) in self.done {
            let behind = self.first + i64::try_from(parts.len()).unwrap_or_default();
            prepared.shorter.push((record, behind));
            prepared.parts.extend(parts);
        }
    }
}
