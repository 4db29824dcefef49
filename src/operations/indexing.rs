//! Bringing the indexes that searches look in up to date: behind every change, and through everything that was here before there
//! was an index. It reads what the store's triggers noted (`store::search::index`), makes words of it and writes them, so much
//! at a time that deliveries hardly wait; and goes on where it was after a stop, a crash or an upgrade.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{App, OperationError};
use crate::domain::id::{PartnerId, PostId, RecordId};
use crate::domain::tokens::{self, MissingPhrases, Sought};
use crate::message;
use crate::store::records::{counts, report};
use crate::store::search::index::{
    self, DescribedRecord, FileName, IndexedPart, JoinedNames, OlderRows, PartPosts, PendingChange, PendingKind,
    PlacedWords, RecordNames, SaidText, SearchedTexts,
};
use crate::store::search::{self, PhrasePlace, RecordPart};
use crate::store::{Backend, Db, Store, StoreError, messages};

/// Notes that are worked off in one transaction.
const BATCH: i64 = 200;
/// Rows of the time before the index that are noted at once.
const BACKLOG: i32 = 500;
/// Mails and notes that are read at once.
const READ: i64 = 100;
/// Words of what was said in a part of a record, after which the next begins: with each mail that comes, the last part is read again.
const PART_WORDS: usize = 14_000;
/// Bytes of the different ones of them; PostgreSQL takes no more than a mebibyte.
const PART_BYTES: usize = 600_000;
/// Bytes of the words that name a record.
const NAME_BYTES: usize = 100_000;
/// Mails and notes that are read at once for a phrase.
const LOOKED_THROUGH: i64 = 80;

/// How often it is looked whether anything changed: other processes change things, too.
const LOOK: Duration = Duration::from_millis(500);
/// After the database did not do it.
const REST: Duration = Duration::from_secs(10);
/// How often what could not be indexed is tried again: a program of another version may have had it, or the disk was full.
const AGAIN: Duration = Duration::from_secs(3_600);
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
        let (mut heard, mut summed, mut tried, mut has_older_contacts) = (0, Instant::now(), Instant::now(), true);
        if let Err(error) = repair(&store) {
            tracing::warn!(%error, "the search index could not be looked at");
        }
        while !stop.requested() {
            let begun = Instant::now();
            if store.backend() == Backend::Postgres && summed.elapsed() >= SUM {
                summed = begun;
                let added = store
                    .write(messages::list::add_up)
                    .and_then(|()| store.write(|db| counts::add_up(db, counts::ROWS)))
                    .and_then(|()| store.write(|db| report::add_up(db, counts::ROWS)));
                if let Err(error) = added {
                    tracing::warn!(%error, "the counts of mails and records could not be added up; it is tried again");
                }
            }
            if tried.elapsed() >= AGAIN {
                tried = begun;
                if let Err(error) = store.write(index::try_again) {
                    tracing::warn!(%error, "what could not be indexed could not be tried again");
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
fn work_off(store: &Store) -> Result<bool, StoreError> {
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
    messages: Vec<(i32, PlacedWords)>,
    messages_gone: Vec<i32>,
    partners: Vec<(i32, PlacedWords)>,
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
        let words = |one: &SearchedTexts| (one.id, words_of_all(&one.texts));
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

/// `more` are those to which something was only added.
fn prepare_records(
    store: &Store,
    mut records: Vec<RecordId>,
    more: &[RecordId],
    prepared: &mut Prepared,
) -> Result<(), StoreError> {
    records.sort_unstable();
    let (named, last) = store.read(|db| Ok::<_, StoreError>((named(db, &records)?, index::last_parts(db, more)?)))?;
    let gone = records.iter().filter(|id| !named.contains_key(id)).map(|id| (*id, 0));
    prepared.shorter.extend(gone);
    records.retain(|id| named.contains_key(id));
    // Long conversations by themselves, from their last part on; all others together.
    for (record, (part, first)) in last.into_iter().filter(|(record, _)| named.contains_key(record)) {
        records.retain(|id| *id != record);
        let mut writer = PartWriter::new(&named, part);
        each_said(store, &[record], (record, first), |said, files| writer.take(said, files))?;
        writer.end(prepared);
    }
    let own = store.read(|db| index::files(db, &records, &[]))?;
    let mut writer = PartWriter::new(&named, 0);
    records.iter().for_each(|record| writer.begin(*record, &own));
    each_said(store, &records, (RecordId(0), PostId(0)), |said, files| writer.take(said, files))?;
    writer.end(prepared);
    Ok(())
}

// What a record is indexed by: texts, of which each is cut into words by itself.

/// What a record is found by, beside what was said on it.
struct Named {
    model: String,
    /// In each of its parts.
    names: Vec<String>,
    /// What a person or a client described it with, in HTML; nothing where that is the text of a mail.
    description: String,
}

fn named(db: &mut Db, records: &[RecordId]) -> Result<HashMap<RecordId, Named>, StoreError> {
    let rows = index::records(db, records)?;
    let (joined, by_mail) = (index::joined(db, records)?, index::described_by_mail(db, records)?);
    let of = |row: DescribedRecord| (row.names.id, Named::of(row, &joined, &by_mail));
    Ok(rows.into_iter().map(of).collect())
}

/// Its own, and those of the records that were joined to it.
fn all_names(of: RecordNames, joined: &[JoinedNames]) -> Vec<String> {
    let id = of.id;
    let mut names = of.texts();
    for other in joined.iter().filter(|other| other.into == id) {
        names.extend(index::number_texts(&other.number));
        names.extend([&other.partner_name, &other.partner_email].into_iter().flatten().cloned());
    }
    names
}

impl Named {
    fn of(row: DescribedRecord, joined: &[JoinedNames], by_mail: &[RecordId]) -> Self {
        let description = if by_mail.contains(&row.names.id) { String::new() } else { row.description };
        Self { model: row.model, names: all_names(row.names, joined), description }
    }

    /// With its first part: what it was described with, and those of these files that are on it and came with no mail.
    fn once<'a>(&self, record: RecordId, own: &'a [FileName]) -> impl Iterator<Item = Cow<'a, str>> {
        let description = Some(&self.description).filter(|html| !html.is_empty());
        let files = own.iter().filter(move |file| file.record == record).map(|file| Cow::Borrowed(file.name.as_str()));
        description.map(|html| Cow::Owned(message::text_of_html(html))).into_iter().chain(files)
    }
}

/// The texts of a mail or a note with those of these files that came with it.
fn texts_of<'a>(said: &'a SaidText, files: &'a [FileName]) -> impl Iterator<Item = &'a str> {
    let files = files.iter().filter(|file| file.post_id == Some(said.id)).map(|file| file.name.as_str());
    said.email_from.as_deref().into_iter().chain([said.subject.as_str(), said.body_text.as_str()]).chain(files)
}

/// A telephone number is found without its blanks, too.
fn words_of_all(texts: &[String]) -> PlacedWords {
    let mut words: Vec<String> = Vec::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let mut own = Vec::new();
        each_word(text, |word| own.push(word.to_owned()));
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
fn each_word(text: &str, mut take: impl FnMut(&str)) {
    let mut words = 0;
    tokens::each(tokens::beginning(text), |word, _| {
        take(word);
        words += 1;
        words < tokens::MOST_WORDS
    });
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
        let (said, files, next) = store.read(|db| some_said(db, records, from, READ))?;
        said.iter().for_each(|one| take(one, &files));
        match next {
            Some(next) => from = next,
            None => return Ok(()),
        }
    }
}

type SomeSaid = (Vec<SaidText>, Vec<FileName>, Option<(RecordId, PostId)>);

/// Some of it with the files that came with it, and where it goes on.
fn some_said(db: &mut Db, records: &[RecordId], from: (RecordId, PostId), some: i64) -> Result<SomeSaid, StoreError> {
    let said = index::said(db, records, from, some)?;
    let posts: Vec<PostId> = said.iter().map(|one| one.id).collect();
    let files = index::files(db, &[], &posts)?;
    let last = said.last().filter(|_| i64::try_from(said.len()) == Ok(some));
    let next = last.map(|last| (last.record, PostId(last.id.0 + 1)));
    Ok((said, files, next))
}

/// Different words, as far as there is room for them.
#[derive(Default)]
struct WordSet {
    words: HashSet<String>,
    bytes: usize,
    /// How many were read.
    read: usize,
}

impl WordSet {
    fn of<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> Self {
        let mut set = Self::default();
        texts.for_each(|text| each_word(text.as_ref(), |word| set.add(word, PART_BYTES)));
        set
    }

    fn add(&mut self, word: &str, most: usize) {
        self.read += 1;
        if !self.words.contains(word) && self.bytes + word.len() <= most {
            self.bytes += word.len();
            self.words.insert(word.to_owned());
        }
    }

    fn join(&mut self, other: Self) {
        self.read += other.read;
        for word in other.words {
            let length = word.len();
            self.bytes += if self.words.insert(word) { length } else { 0 };
        }
    }
}

/// Puts together what was said on records, in parts that are not too long.
struct PartWriter<'a> {
    named: &'a HashMap<RecordId, Named>,
    /// The number of the first part of each.
    first: i64,
    done: BTreeMap<RecordId, Vec<SaidPart>>,
}

struct SaidPart {
    first_post: PostId,
    said: WordSet,
}

impl<'a> PartWriter<'a> {
    fn new(named: &'a HashMap<RecordId, Named>, first: i64) -> Self {
        Self { named, first, done: BTreeMap::new() }
    }

    /// The first part of a record, which each has.
    fn begin(&mut self, record: RecordId, own: &[FileName]) {
        let Some(named) = self.named.get(&record) else { return };
        let said = WordSet::of(named.once(record, own));
        self.done.entry(record).or_default().push(SaidPart { first_post: PostId(0), said });
    }

    fn take(&mut self, said: &SaidText, files: &[FileName]) {
        let words = WordSet::of(texts_of(said, files));
        let parts = self.done.entry(said.record).or_default();
        let fits = |part: &&mut SaidPart| {
            part.said.read + words.read <= PART_WORDS && part.said.bytes + words.bytes <= PART_BYTES
        };
        match parts.last_mut().filter(fits) {
            Some(part) => part.said.join(words),
            None => parts.push(SaidPart { first_post: said.id, said: words }),
        }
    }

    fn end(self, prepared: &mut Prepared) {
        for (record, parts) in self.done {
            let Some(named) = self.named.get(&record) else { continue };
            let mut names = WordSet::default();
            names.add(&search::word_of_model(&named.model), NAME_BYTES);
            words_of_all(&named.names)
                .iter()
                .filter(|word| !word.is_empty())
                .for_each(|word| names.add(word, NAME_BYTES));
            let parts = (self.first..).zip(parts).map(|(part, one)| IndexedPart {
                at: RecordPart { record, part },
                first_post: one.first_post,
                words: one.said.words.into_iter().chain(names.words.iter().cloned()).collect(),
            });
            let behind = prepared.parts.len();
            prepared.parts.extend(parts);
            let parts = i64::try_from(prepared.parts.len() - behind).unwrap_or_default();
            prepared.shorter.push((record, self.first + parts));
        }
    }
}

// A search's phrases, whose words the index says are there, are looked for in the same texts.

/// A part with the phrases that were not met in it yet.
struct PartSearch<'s> {
    at: RecordPart,
    posts: PartPosts,
    missing: MissingPhrases<'s>,
}

impl PartSearch<'_> {
    fn goes_on(&self, with: PostId) -> bool {
        !self.missing.is_none() && self.posts.before.is_none_or(|before| with < before)
    }
}

/// Those of these parts in which each phrase of a search stands within a text; and what was read for that
/// ([`search::PhraseReader`]).
pub(super) fn with_phrases(
    db: &mut Db,
    sought: &Sought,
    parts: &[RecordPart],
    place: PhrasePlace,
) -> Result<(Vec<RecordPart>, usize), StoreError> {
    let mut records: Vec<RecordId> = parts.iter().map(|part| part.record).collect();
    records.sort_unstable();
    records.dedup();
    if place == PhrasePlace::Names {
        return Ok((named_so(db, sought, parts, &records)?, search::NAMES * records.len()));
    }
    let (named, own) = (named(db, &records)?, index::files(db, &records, &[])?);
    let mut read = named.values().map(|one| search::NAMES + one.description.len()).sum();
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for (at, posts) in parts.iter().zip(index::posts_of_parts(db, parts)?) {
        let Some(named) = named.get(&at.record) else { continue };
        let mut missing = MissingPhrases::of(sought);
        named.names.iter().for_each(|name| missing.look_in(name));
        if at.part == 0 {
            named.once(at.record, &own).for_each(|text| missing.look_in(&text));
        }
        let is_long = at.part > 0 || posts.before.is_some();
        if is_long { &mut long } else { &mut short }.push(PartSearch { at: *at, posts, missing });
    }
    short.sort_by_key(|part| part.at);
    // Those that are all of a conversation are read together.
    let (met, mut short): (Vec<_>, Vec<_>) = short.into_iter().partition(|part| part.missing.is_none());
    look_through(db, &mut short, &mut read)?;
    for part in &mut long {
        look_through(db, std::slice::from_mut(part), &mut read)?;
    }
    let all = met.into_iter().chain(short).chain(long);
    Ok((all.filter(|part| part.missing.is_none()).map(|part| part.at).collect(), read))
}

/// Those of these parts, of these records, whose names have each phrase.
fn named_so(
    db: &mut Db,
    sought: &Sought,
    parts: &[RecordPart],
    records: &[RecordId],
) -> Result<Vec<RecordPart>, StoreError> {
    let (names, joined) = (index::names(db, records)?, index::joined(db, records)?);
    let has = |of: RecordNames| {
        let (id, mut missing) = (of.id, MissingPhrases::of(sought));
        all_names(of, &joined).iter().for_each(|name| missing.look_in(name));
        missing.is_none().then_some(id)
    };
    let has: HashSet<RecordId> = names.into_iter().filter_map(has).collect();
    Ok(parts.iter().copied().filter(|part| has.contains(&part.record)).collect())
}

/// Looks through what was said in these parts, which are of different records.
fn look_through(db: &mut Db, parts: &mut [PartSearch<'_>], read: &mut usize) -> Result<(), StoreError> {
    let records: Vec<RecordId> = parts.iter().map(|part| part.at.record).collect();
    let mut from =
        parts.first().filter(|part| part.goes_on(part.posts.first)).map(|part| (part.at.record, part.posts.first));
    while let Some(place) = from {
        let (said, files, next) = some_said(db, &records, place, LOOKED_THROUGH)?;
        for one in &said {
            let part = parts.iter_mut().find(|part| part.at.record == one.record && part.goes_on(one.id));
            let Some(part) = part else { continue };
            *read += search::TEXT + one.body_text.len();
            texts_of(one, &files).for_each(|text| part.missing.look_in(text));
        }
        let is_left = |(record, post): &(RecordId, PostId)| {
            parts.last().is_some_and(|last| last.at.record != *record || last.goes_on(*post))
        };
        from = next.filter(is_left);
    }
    Ok(())
}
