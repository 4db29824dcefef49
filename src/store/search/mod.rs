//! Searching by words: what is looked for in the indexes that [`index`] writes, in the language of each database.
//!
//! On SQLite an index is a table of FTS5, on PostgreSQL a column of the type `tsvector`; both hold the words as
//! [`crate::domain::tokens`] cut them, and find the same. Of messages and contacts, which have few words, they hold the places, too. Of
//! what was said on records those would take several times what the words take: there an index says which parts of a conversation
//! have all words of a phrase, and their texts whether these stand one behind the other ([`PhraseReader`]).

pub mod index;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::query::{self, Bind, Statement};
use super::{Backend, Db, StoreError, limits};
use crate::domain::id::{PartnerId, RecordId};
use crate::domain::tokens::Sought;
use crate::store::schema::records;
use crate::store::sight::RecordSight;

/// A search finds the newest so many, and ranks them by fit.
pub const RANKED: i64 = 1_000;
/// So many of what a list is searched for are known at once, the newest.
const KNOWN: i64 = 2_000;
/// So many where all are asked for and texts have to be read for it: a statement names them.
const WHOLE: i64 = 100_000;
/// Of what is hidden from whoever searches, no more is passed on the way to what they see.
const PASSED_BY: i64 = 20_000;
/// PostgreSQL reads all that has a word before it shows the newest of it, unless it goes through all there is instead. What it knows of
/// words does not say whether they are as frequent now: so many of the newest are asked, and where one in 50 has it, so many are gone
/// through.
const SAMPLED: i64 = 2_000;
const FREQUENT: i64 = 40;
const GONE_THROUGH: i64 = 100_000;
/// A beginning that no more words have is looked for by these words, each of which the index has in its order.
const BEGUN: usize = 128;
/// More than there can be parts of a record's conversation, each of which has a mail or a note, and more than there can be records.
/// The first part of a record has the record's number in the index, so that most numbers are one behind the other: with each word the
/// index says how far it is from one to the next. Further parts stand behind all first ones.
const PARTS: i64 = 1 << 31;
/// What is read of texts for a phrase, at most, before a search is answered, whatever types it is of: bytes, and so many more for each
/// text, whose source may have to be unpacked for it, and for what names a record.
const READ: usize = 8_000_000;
pub const TEXT: usize = 4_000;
pub const NAMES: usize = 400;
/// Of that, for each row that an index would be asked for.
const READ_IN_A_LOOK: usize = 2_000;
/// Records with a phrase after which no more texts are read: some more than a page of a search shows, and than one of a list does.
const SHOWN: usize = 30;
const LISTED: usize = 100;
/// Parts whose names, and parts whose texts are read at once.
const NAMED_AT_ONCE: usize = 200;
const READ_AT_ONCE: usize = 64;

/// What searches look in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Searched {
    Records,
    Messages,
    Partners,
}

impl Searched {
    fn table(self) -> &'static str {
        match self {
            Searched::Records => "searched_records",
            Searched::Messages => "searched_messages",
            Searched::Partners => "searched_partners",
        }
    }

    /// SQLite's list of the words in it.
    fn words(self) -> &'static str {
        match self {
            Searched::Records => "words_of_records",
            Searched::Messages => "words_of_messages",
            Searched::Partners => "words_of_partners",
        }
    }

    /// Whether the places of its words are in the index.
    fn has_places(self) -> bool {
        self != Searched::Records
    }

    /// What has this part in the index.
    fn id(self, part: i64) -> Option<i32> {
        i32::try_from(if part < PARTS { part } else { part / PARTS }).ok()
    }

    /// Where the parts of all from this one on stand.
    fn from(self, id: i32) -> Vec<(i64, i64)> {
        let (first, further) = (i64::from(id), i64::from(id).max(1) * PARTS);
        match self {
            Searched::Records => vec![(first, PARTS), (further, i64::MAX)],
            Searched::Messages | Searched::Partners => vec![(first, PARTS)],
        }
    }
}

/// A part of a record's conversation, which stands in the index by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordPart {
    pub record: RecordId,
    /// From 0.
    pub part: i64,
}

impl RecordPart {
    fn id(self) -> i64 {
        let record = i64::from(self.record.0);
        if self.part == 0 { record } else { record * PARTS + self.part }
    }

    fn of(id: i64) -> Option<Self> {
        let record = RecordId(Searched::Records.id(id)?);
        Some(Self { record, part: if id < PARTS { 0 } else { id % PARTS } })
    }
}

/// Where a phrase is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhrasePlace {
    /// In what names the record alone.
    Names,
    Anywhere,
}

/// Reads what these parts were indexed from, and says in which of them each phrase of a search stands within a text; and how much it
/// read, with [`TEXT`] bytes more for each text and [`NAMES`] for what names a record.
pub type PhraseReader =
    fn(&mut Db, &Sought, &[RecordPart], PhrasePlace) -> Result<(Vec<RecordPart>, usize), StoreError>;

/// How phrases are found that the index does not know, for whom: what is hidden from them is not read.
#[derive(Debug, Clone, Copy)]
pub struct PhraseSearch {
    pub reader: PhraseReader,
    pub sight: RecordSight,
}

/// A word that no text has, for the record type that each record's names hold.
pub fn word_of_model(model: &str) -> String {
    format!("\u{E000}{}", model.replace(|c: char| !c.is_alphanumeric(), "\u{E001}"))
}

/// Of beginnings of words, all words that begin so. What is not in it is looked for as a beginning.
type BegunWords = HashMap<String, Vec<String>>;

#[derive(QueryableByName)]
struct IndexedWord {
    #[diesel(sql_type = Text)]
    term: String,
}

/// FTS5 puts together all that a beginning finds before it shows any of it, however little is asked for; of a word it
/// shows the newest at once. PostgreSQL decides by itself.
fn begun(db: &mut Db, of: Searched, sought: &Sought) -> Result<BegunWords, StoreError> {
    let mut all = BegunWords::new();
    let Db::Sqlite(conn) = db else { return Ok(all) };
    for beginning in sought.terms().iter().filter(|term| term.begins).filter_map(|term| term.words.last()) {
        let (mut words, mut from) = (Vec::<String>::new(), beginning.clone());
        // A line for each place where a word stands: a rare one has few, and behind a frequent one it is gone on anew.
        let some = format!("SELECT term FROM {} WHERE term >= ? AND term < ? LIMIT 200", of.words());
        while words.len() <= BEGUN {
            let some =
                diesel::sql_query(&some).bind::<Text, _>(&from).bind::<Text, _>(format!("{beginning}\u{10FFFF}"));
            let found: Vec<IndexedWord> = some.load(conn)?;
            words.extend(found.into_iter().map(|word| word.term));
            words.dedup();
            let Some(last) = words.last().filter(|last| **last >= from) else { break };
            // No word has such a character.
            from = format!("{last}\u{1}");
        }
        if words.len() <= BEGUN {
            all.insert(beginning.clone(), words);
        }
    }
    Ok(all)
}

/// The condition in the database's own language: of FTS5, or a `tsquery`. Words have letters and digits alone, so nothing in
/// them needs an escape.
fn condition(dialect: Backend, of: Searched, sought: &Sought, model: Option<&str>, begun: &BegunWords) -> String {
    let model = model.map(word_of_model);
    match dialect {
        Backend::Sqlite => {
            let quoted =
                |words: &[String], last: &str| format!("\"{}\"", [&words.join(" "), last].join(" ").trim_start());
            let term = |words: &[String], begins: bool| {
                let (last, first) = words.split_last()?;
                let (apart, before) = if of.has_places() { first.split_at(0) } else { first.split_at(first.len()) };
                let ends = match begun.get(last).filter(|words| begins && !words.is_empty()) {
                    Some(words) => {
                        let words: Vec<String> = words.iter().map(|last| quoted(before, last)).collect();
                        format!("({})", words.join(" OR "))
                    }
                    None => format!("{}{}", quoted(before, last), if begins { " *" } else { "" }),
                };
                Some(apart.iter().map(|word| quoted(&[], word)).chain([ends]).collect::<Vec<_>>().join(" AND "))
            };
            let terms = sought.terms().iter().filter_map(|one| term(&one.words, one.begins));
            let terms = format!("({})", terms.collect::<Vec<_>>().join(" AND "));
            match model {
                Some(model) => format!("\"{model}\" AND {terms}"),
                None => terms,
            }
        }
        Backend::Postgres => {
            let behind = if of.has_places() { " <-> " } else { " & " };
            let term = |words: &[String], begins: bool| {
                let last = words.len() - 1;
                let word = |(n, word): (usize, &String)| match begins && n == last {
                    true => format!("'{word}':*"),
                    false => format!("'{word}'"),
                };
                words.iter().enumerate().map(word).collect::<Vec<_>>().join(behind)
            };
            let terms = sought.terms().iter().map(|one| format!("({})", term(&one.words, one.begins)));
            let terms = model.map(|model| format!("'{model}'")).into_iter().chain(terms);
            terms.collect::<Vec<_>>().join(" & ")
        }
    }
}

/// The column with the number of a part.
fn part(dialect: Backend) -> &'static str {
    match dialect {
        Backend::Sqlite => "rowid",
        Backend::Postgres => "id",
    }
}

/// That a part of an index is found, as a condition on its table.
fn is_found(statement: &mut Statement, of: Searched, condition: String) {
    match statement.dialect() {
        Backend::Sqlite => {
            statement.text(&format!("{} MATCH ", of.table()));
            statement.bind(Bind::Text(condition));
        }
        Backend::Postgres => {
            statement.text("words @@ CAST(");
            statement.bind(Bind::Text(condition));
            statement.text(" AS tsquery)");
        }
    }
}

#[derive(QueryableByName)]
struct FoundId {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Parts that an index finds, of what whoever searches sees.
struct Newest {
    /// The newest first, those of one record beside each other.
    parts: Vec<i64>,
    /// From this one on they are all. None: there are no others.
    from: Option<i32>,
    /// Others were seen.
    more: bool,
}

impl Newest {
    fn ids(&self, of: Searched) -> Vec<i32> {
        let mut ids: Vec<i32> = self.parts.iter().filter_map(|part| of.id(*part)).collect();
        ids.dedup();
        ids
    }

    fn known(self, of: Searched) -> KnownHits {
        KnownHits { ids: self.ids(of), from: self.from, are_seen: self.more }
    }
}

/// What is looked for in an index, and for whom.
#[derive(Debug, Clone)]
struct IndexQuestion {
    of: Searched,
    /// In the database's own language.
    condition: String,
    sight: RecordSight,
}

impl IndexQuestion {
    /// What is found, the newest first, some `limit` parts at most and none of what is before `from`. What is hidden is not among them,
    /// and takes nobody's place.
    fn newest(&self, db: &mut Db, from: i32, limit: i64) -> Result<Newest, StoreError> {
        let mut newest = Newest { parts: Vec::new(), from: None, more: false };
        for range in self.of.from(from) {
            // Few conversations are so long, and to open an index of words is most of what asking it costs.
            if range.0 < PARTS || index::is_any_part(db, range.0)? {
                self.within(db, range, limit, &mut newest)?;
            }
        }
        let Newest { parts, from, .. } = &mut newest;
        parts.retain(|part| self.of.id(*part) >= *from);
        parts.sort_unstable_by_key(|part| std::cmp::Reverse((self.of.id(*part), *part)));
        Ok(newest)
    }

    /// Adds those with these numbers, from the first on and before the second.
    fn within(&self, db: &mut Db, range: (i64, i64), limit: i64, newest: &mut Newest) -> Result<(), StoreError> {
        let record = if range.0 < PARTS { "f.id".to_owned() } else { format!("f.id / {PARTS}") };
        let seen = match self.of {
            Searched::Records => self.sight.condition_of_each(query::dialect(db), &record),
            Searched::Messages | Searched::Partners => None,
        };
        // One more than is wanted says that there are more.
        let most = limit + 1;
        let looked_at = if seen.is_some() { PASSED_BY.max(most) } else { most };
        let some = seen.as_ref().map(|seen| format!(") f WHERE {seen} LIMIT {most}"));
        // In the order of what is looked at, and no further than there are enough.
        let around = some.as_deref().map_or(("", ""), |some| ("SELECT f.id AS id FROM (", some));
        let mut found = Vec::new();
        if query::dialect(db) == Backend::Postgres
            && self.hits(db, range, Some(SAMPLED), ("", ""), FREQUENT)?.len() as i64 == FREQUENT
        {
            found = self.hits(db, range, Some(GONE_THROUGH), around, looked_at)?;
        }
        if found.len() as i64 <= limit {
            found = self.hits(db, range, None, around, looked_at)?;
        }
        let mut all_from = None;
        if found.len() as i64 > limit {
            newest.more = true;
            found.truncate(usize::try_from(limit).unwrap_or_default());
            all_from = found.last().copied();
        } else if seen.is_some() {
            let behind = format!(" OFFSET {}", looked_at - 1);
            all_from = self.hits(db, range, None, ("", &behind), looked_at)?.pop();
        }
        newest.from = newest.from.max(all_from.and_then(|id| self.of.id(id)));
        newest.parts.extend(found);
        Ok(())
    }

    /// Numbers of parts, `limit` at most, the newest first: of all, or of so many of the newest; with more of a statement around them.
    fn hits(
        &self,
        db: &mut Db,
        (low, high): (i64, i64),
        newest: Option<i64>,
        around: (&str, &str),
        limit: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let mut statement = Statement::new(query::dialect(db));
        let (id, table) = (part(statement.dialect()), self.of.table());
        let within = format!("{id} >= {low} AND {id} < {high}");
        let (from, within) = match newest {
            Some(newest) => {
                let some = format!("SELECT id, words FROM {table} WHERE {within} ORDER BY id DESC LIMIT {newest}");
                (format!("({some}) s"), "TRUE".to_owned())
            }
            None => (table.to_owned(), within),
        };
        // A sum is no order of an index: PostgreSQL would go through all for it.
        let order = if newest.is_none() && statement.dialect() == Backend::Postgres { "id + 0" } else { id };
        statement.text(&format!("{}SELECT {id} AS id FROM {from} WHERE ", around.0));
        is_found(&mut statement, self.of, self.condition.clone());
        statement.text(&format!(" AND {within} ORDER BY {order} DESC LIMIT {limit}{}", around.1));
        Ok(statement.load::<FoundId>(db)?.into_iter().map(|found| found.id).collect())
    }
}

/// What is known to have all of a search, the newest first.
struct KnownHits {
    ids: Vec<i32>,
    /// From this one on they are all. None: there are no others.
    from: Option<i32>,
    /// Among the others are some that whoever searches sees.
    are_seen: bool,
}

/// How far texts are read for a phrase.
struct PhraseReading {
    reader: PhraseReader,
    /// What may still be read.
    left: usize,
    /// Records that are enough.
    enough: usize,
}

impl PhraseReading {
    /// Of what has the words of a search, what has its phrases, too, the newest first.
    fn of(&mut self, db: &mut Db, sought: &Sought, found: &Newest) -> Result<KnownHits, StoreError> {
        let parts: Vec<RecordPart> = found.parts.iter().filter_map(|id| RecordPart::of(*id)).collect();
        let (mut has, mut from, mut are_seen) = (BTreeSet::new(), found.from, found.more);
        // What names a record says most of what is sought so, an address or a number, and costs little.
        for (place, at_once) in [(PhrasePlace::Names, NAMED_AT_ONCE), (PhrasePlace::Anywhere, READ_AT_ONCE)] {
            let unread: Vec<RecordPart> = parts.iter().copied().filter(|part| !has.contains(&part.record.0)).collect();
            for some in unread.chunks(at_once) {
                in_time()?;
                if self.left == 0 || has.len() >= self.enough {
                    from = from.max(some.first().map(|next| next.record.0));
                    are_seen = true;
                    break;
                }
                let (found, read) = (self.reader)(db, sought, some, place)?;
                has.extend(found.into_iter().map(|part| part.record.0));
                self.left = self.left.saturating_sub(read);
            }
        }
        // Not all parts of the last one may have been read.
        let from = from.map(|last| if has.contains(&last) { last } else { last.saturating_add(1) });
        Ok(KnownHits { ids: has.into_iter().rev().collect(), from, are_seen })
    }
}

/// What reads by many small statements is ended here, as no limit of one of them would.
fn in_time() -> Result<(), StoreError> {
    limits::passed().map_or(Ok(()), |allowed| Err(StoreError::TooLong(allowed)))
}

/// What has all words of a search, found once for all that a page asks of it: the newest, and where there are more, how each
/// other one is asked. What nearly all have is never put together, and no more texts are read than can be meanwhile.
#[derive(Debug, Clone)]
pub struct WordHits {
    sought: Sought,
    question: IndexQuestion,
    known: Arc<HashSet<i32>>,
    /// Where there may be more than are known.
    older: Option<OlderHits>,
    /// Where the index does not know the search's phrases.
    phrases: Option<PhraseReader>,
}

#[derive(Debug, Clone, Copy)]
struct OlderHits {
    /// The oldest that is known: each from there on is.
    known_from: i32,
    /// As [`KnownHits::are_seen`].
    are_seen: bool,
}

impl WordHits {
    /// Among the records of a type, those that no list shows included. None where nothing is searched for.
    pub fn of_records(
        db: &mut Db,
        model: &str,
        sought: Sought,
        phrases: PhraseSearch,
    ) -> Result<Option<Self>, StoreError> {
        Self::look(db, Searched::Records, sought, Some(model), Some(phrases))
    }

    pub fn of_messages(db: &mut Db, sought: Sought) -> Result<Option<Self>, StoreError> {
        Self::look(db, Searched::Messages, sought, None, None)
    }

    fn look(
        db: &mut Db,
        of: Searched,
        sought: Sought,
        model: Option<&str>,
        search: Option<PhraseSearch>,
    ) -> Result<Option<Self>, StoreError> {
        if sought.is_empty() {
            return Ok(None);
        }
        let begun = begun(db, of, &sought)?;
        let model = only_of(db, model)?;
        let condition = condition(query::dialect(db), of, &sought, model, &begun);
        let sight = search.map_or(RecordSight::machine(), |search| search.sight);
        let phrases = search.map(|search| search.reader).filter(|_| sought.phrases().next().is_some());
        let question = IndexQuestion { of, condition, sight };
        let mut hits = Self { sought, question, known: Arc::default(), older: None, phrases };
        hits.find(db, KNOWN, (READ, LISTED))?;
        Ok(Some(hits))
    }

    /// Finds those that are known, among the newest `limit` parts that have the words; for phrases, so many bytes are read and so many
    /// records enough.
    fn find(&mut self, db: &mut Db, limit: i64, (left, enough): (usize, usize)) -> Result<(), StoreError> {
        let found = self.question.newest(db, 0, limit)?;
        let known = match self.phrases {
            Some(reader) => PhraseReading { reader, left, enough }.of(db, &self.sought, &found)?,
            None => found.known(self.question.of),
        };
        self.older = known.from.map(|known_from| OlderHits { known_from, are_seen: known.are_seen });
        self.known = Arc::new(known.ids.into_iter().collect());
        Ok(())
    }

    /// The same with so many as are `enough`, however many texts have to be read for its phrases. True: of the newest 100,000 parts that
    /// have the words, there are more. What has no phrase, and what has enough, is as it was.
    pub(super) fn whole(mut self, db: &mut Db, enough: usize) -> Result<(Self, bool), StoreError> {
        if self.phrases.is_some() && self.older.is_some() && self.known.len() < enough {
            self.find(db, WHOLE, (usize::MAX, enough))?;
        }
        let more = self.phrases.is_some() && self.older.is_some() && self.may_tell_of_more();
        Ok((self, more))
    }

    pub fn sought(&self) -> &Sought {
        &self.sought
    }

    /// There are, or may be, more than are known.
    pub fn are_many(&self) -> bool {
        self.older.is_some()
    }

    /// Some of those that may be are seen by whoever searches: to say that there may be more tells of nothing that is hidden.
    pub fn may_tell_of_more(&self) -> bool {
        self.question.sight.sees_all() || self.older.is_some_and(|older| older.are_seen)
    }

    /// As if what is known were all.
    pub fn newest(&self) -> Self {
        Self { older: None, ..self.clone() }
    }

    /// What is behind all that is known.
    pub fn older(&self) -> Self {
        Self { known: Arc::default(), ..self.clone() }
    }

    /// All that have the words, in their order, where all are known.
    pub(super) fn all_known(&self) -> Option<Vec<i32>> {
        let mut known: Vec<i32> = self.known.iter().copied().collect();
        known.sort_unstable();
        Some(known).filter(|_| !self.are_many())
    }

    /// It is among what is known.
    pub fn knows(&self, id: i32) -> bool {
        self.known.contains(&id)
    }

    /// These, too, whatever words they have.
    pub fn with(self, ids: impl IntoIterator<Item = i32>) -> Self {
        let known = self.known.iter().copied().chain(ids).collect();
        Self { known: Arc::new(known), ..self }
    }

    /// That a row is one of all that there are, by the column with its id. Of many, the index has to put all together; where texts would
    /// have to be read for that, it is one of those that are known.
    pub(super) fn narrow(&self, statement: &mut Statement, column: &str) {
        let mut known: Vec<i32> = self.known.iter().copied().collect();
        known.sort_unstable();
        match self.older.as_ref().filter(|_| self.phrases.is_none()) {
            None if known.is_empty() => statement.text("1 = 0"),
            None => {
                let (first, last) = (known[0], known[known.len() - 1]);
                let known: Vec<String> = known.iter().map(i32::to_string).collect();
                statement.text(&format!("{column} IN ({})", known.join(",")));
                // Where they are many, PostgreSQL would go through all rows for them.
                if statement.dialect() == Backend::Postgres {
                    statement.text(&format!(" AND {column} BETWEEN {first} AND {last}"));
                }
            }
            Some(_) => {
                let (id, searched) = (part(statement.dialect()), self.question.of);
                let of = format!("CASE WHEN {id} < {PARTS} THEN {id} ELSE {id} / {PARTS} END");
                statement.text(&format!("{column} IN (SELECT {of} FROM {} WHERE ", searched.table()));
                is_found(statement, searched, self.question.condition.clone());
                statement.text(")");
            }
        }
    }

    /// Those of these that it has, in their order, `most` at most. `looks` is how many may still be looked up one by one, which
    /// costs a tenth of a millisecond each; None where they don't suffice.
    pub(super) fn among<T: Copy>(
        &self,
        db: &mut Db,
        rows: &[T],
        id: impl Fn(&T) -> i32,
        most: usize,
        looks: &mut usize,
    ) -> Result<Option<Vec<T>>, StoreError> {
        let mut has = Vec::new();
        for some in rows.chunks(50) {
            if has.len() >= most {
                break;
            }
            let Some(older) = &self.older else {
                has.extend(some.iter().filter(|row| self.known.contains(&id(row))));
                continue;
            };
            in_time()?;
            let unknown: Vec<i32> =
                some.iter().map(&id).filter(|id| *id < older.known_from && !self.known.contains(id)).collect();
            if unknown.len() > *looks {
                return Ok(None);
            }
            *looks -= unknown.len();
            let mut found: HashSet<i32> = HashSet::new();
            match self.phrases {
                None => found.extend(self.look_up(db, &unknown)?),
                // Whoever looks sees these rows. To read a short text takes less than to ask the index for a word that many have.
                Some(reader) => {
                    let records = unknown.iter().copied().map(RecordId);
                    let first = records.map(|record| RecordPart { record, part: 0 });
                    let further = index::further_parts(db, &unknown)?.into_iter().filter_map(RecordPart::of);
                    let parts: Vec<RecordPart> = first.chain(further).collect();
                    let (parts, read) = reader(db, &self.sought, &parts, PhrasePlace::Anywhere)?;
                    let has: Vec<i32> = parts.iter().map(|part| part.record.0).collect();
                    found.extend(self.look_up(db, &has)?);
                    *looks = looks.saturating_sub(read / READ_IN_A_LOOK);
                }
            }
            has.extend(some.iter().filter(|row| self.known.contains(&id(row)) || found.contains(&id(row))));
        }
        has.truncate(most);
        Ok(Some(has))
    }

    /// Those of these that the index finds.
    fn look_up(&self, db: &mut Db, ids: &[i32]) -> Result<Vec<i32>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let of = self.question.of;
        let all = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(",");
        let one_of = format!("IN ({})", all(&mut ids.iter().map(i32::to_string)));
        let mut tables = vec![(if of == Searched::Records { "records" } else { "messages" }, one_of)];
        if of == Searched::Records {
            let further = index::further_parts(db, ids)?;
            if !further.is_empty() {
                tables.push(("searched_parts", format!("IN ({})", all(&mut further.iter().map(i64::to_string)))));
            }
        }
        let mut found = Vec::new();
        for (rows, these) in tables {
            let mut statement = Statement::new(query::dialect(db));
            let (table, id) = (of.table(), part(statement.dialect()));
            statement.text(&format!("SELECT CAST(r.id AS BIGINT) AS id FROM {rows} r WHERE r.id {these}"));
            statement.text(&format!(" AND EXISTS (SELECT 1 FROM {table} WHERE "));
            is_found(&mut statement, of, self.question.condition.clone());
            statement.text(&format!(" AND {id} = r.id)"));
            found.extend(statement.load::<FoundId>(db)?.into_iter().filter_map(|found| of.id(found.id)));
        }
        Ok(found)
    }
}

/// A search of records of each type, for which the index's words are looked for once, and texts read no further than for one.
pub struct RecordSearch<'s> {
    sought: &'s Sought,
    begun: BegunWords,
    sight: RecordSight,
    reading: PhraseReading,
}

impl<'s> RecordSearch<'s> {
    pub fn new(db: &mut Db, sought: &'s Sought, search: PhraseSearch) -> Result<Self, StoreError> {
        let begun = if sought.is_empty() { BegunWords::new() } else { begun(db, Searched::Records, sought)? };
        let reading = PhraseReading { reader: search.reader, left: READ, enough: SHOWN };
        Ok(Self { sought, begun, sight: search.sight, reading })
    }

    /// The records of a type that have all of the words, in any of their mails and notes or in their names, best first;
    /// [`RANKED`] at most, and whether there may be more that has a phrase. Among them are those that no list shows.
    pub fn of(&mut self, db: &mut Db, model: &str) -> Result<(Vec<RecordId>, bool), StoreError> {
        if self.sought.is_empty() || !is_any(db, model)? {
            return Ok((Vec::new(), false));
        }
        let (asked, of) = (only_of(db, Some(model))?, Searched::Records);
        let question = |sought: &Sought, begun: &BegunWords, dialect: Backend| IndexQuestion {
            of,
            condition: condition(dialect, of, sought, asked, begun),
            sight: self.sight,
        };
        let dialect = query::dialect(db);
        let has_phrases = self.sought.phrases().next().is_some();
        let found =
            question(self.sought, &self.begun, dialect).newest(db, 0, if has_phrases { KNOWN } else { RANKED })?;
        let (mut all, more) = match has_phrases {
            true => {
                let known = self.reading.of(db, self.sought, &found)?;
                (known.ids, known.from.is_some() && (known.are_seen || self.sight.sees_all()))
            }
            false => (found.ids(of), false),
        };
        all.truncate(RANKED as usize);
        if all.len() > 1 {
            let exactly = self.sought.exactly();
            let mut whole: HashSet<i32> = HashSet::new();
            if !is_whole(self.sought, &self.begun) {
                let exactly = question(&exactly, &BegunWords::new(), dialect);
                whole.extend(exactly.newest(db, found.from.unwrap_or_default(), RANKED)?.ids(of));
            }
            let named: HashSet<i32> = index::named(db, &all, self.sought)?.into_iter().collect();
            all.sort_by_key(|id| (!named.contains(id), !whole.contains(id)));
        }
        Ok((all.into_iter().map(RecordId).collect(), more))
    }
}

/// Whether all that is found has the words whole, as no other words begin with them.
fn is_whole(sought: &Sought, begun: &BegunWords) -> bool {
    let ends = sought.terms().iter().filter(|term| term.begins).filter_map(|term| term.words.last());
    ends.into_iter().all(|word| begun.get(word).is_some_and(|words| words.iter().all(|begun| begun == word)))
}

#[derive(QueryableByName)]
struct IsThere {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// There are records of a type.
fn is_any(db: &mut Db, model: &str) -> Result<bool, StoreError> {
    let any = records::table.filter(records::model.eq(model)).select(records::id).first::<RecordId>(db);
    Ok(any.optional()?.is_some())
}

/// The record type, where there are records of others: what all have says nothing, and takes as long to look for as another word.
fn only_of<'m>(db: &mut Db, model: Option<&'m str>) -> Result<Option<&'m str>, StoreError> {
    let Some(asked) = model else { return Ok(None) };
    let mut statement = Statement::new(query::dialect(db));
    // The first and the last one stand at the ends of an index.
    for (n, end) in ["MIN", "MAX"].into_iter().enumerate() {
        statement.text(if n == 0 { "SELECT " } else { " OR " });
        statement.text(&format!("COALESCE((SELECT {end}(model) FROM records), '') <> "));
        statement.bind(Bind::Text(asked.to_owned()));
    }
    statement.text(" AS found");
    let others: Vec<IsThere> = statement.load(db)?;
    Ok(model.filter(|_| others.first().is_some_and(|others| others.found)))
}

/// The contacts that have all of the words in name, address or phone, those first that have them whole and not only their beginnings,
/// then by age, the newest first; [`RANKED`] at most. Among them are archived ones.
pub fn partners(db: &mut Db, sought: &Sought) -> Result<Vec<PartnerId>, StoreError> {
    if sought.is_empty() {
        return Ok(Vec::new());
    }
    let of = Searched::Partners;
    let begun = begun(db, of, sought)?;
    let dialect = query::dialect(db);
    let question = |sought: &Sought, begun: &BegunWords| IndexQuestion {
        of,
        condition: condition(dialect, of, sought, None, begun),
        sight: RecordSight::machine(),
    };
    let found = question(sought, &begun).newest(db, 0, RANKED)?;
    let mut all = found.ids(of);
    if all.len() > 1 && !is_whole(sought, &begun) {
        let exactly = question(&sought.exactly(), &BegunWords::new());
        let whole = exactly.newest(db, found.from.unwrap_or_default(), RANKED)?.ids(of);
        let whole: HashSet<i32> = whole.into_iter().collect();
        all.sort_by_key(|id| !whole.contains(id));
    }
    Ok(all.into_iter().map(PartnerId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn words_phrases_and_beginnings_in_the_language_of_each_database() {
        let sought = Sought::parse("ration \"card lost\" 2026-000017");
        let none = BegunWords::new();
        let asked = |dialect, of, begun: &BegunWords| condition(dialect, of, &sought, None, begun);
        assert_eq!(
            asked(Backend::Sqlite, Searched::Messages, &none),
            "(\"ration\" * AND \"card lost\" AND \"2026 000017\" *)"
        );
        assert_eq!(
            asked(Backend::Sqlite, Searched::Records, &none),
            "(\"ration\" * AND \"card\" AND \"lost\" AND \"2026\" AND \"000017\" *)"
        );
        assert_eq!(
            asked(Backend::Postgres, Searched::Messages, &none),
            "('ration':*) & ('card' <-> 'lost') & ('2026' <-> '000017':*)"
        );
        assert_eq!(
            asked(Backend::Postgres, Searched::Records, &none),
            "('ration':*) & ('card' & 'lost') & ('2026' & '000017':*)"
        );
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let begun = BegunWords::from([
            ("ration".to_owned(), words(&["ration", "rations"])),
            ("000017".to_owned(), words(&["000017"])),
        ]);
        assert_eq!(
            asked(Backend::Sqlite, Searched::Messages, &begun),
            "((\"ration\" OR \"rations\") AND \"card lost\" AND (\"2026 000017\"))"
        );
        assert_eq!(
            asked(Backend::Sqlite, Searched::Records, &begun),
            "((\"ration\" OR \"rations\") AND \"card\" AND \"lost\" AND \"2026\" AND (\"000017\"))"
        );
        let one = Sought::parse("ration \"card\"");
        let model = Some("spp.grm.ticket");
        assert_eq!(
            condition(Backend::Sqlite, Searched::Records, &one, model, &none),
            "\"\u{E000}spp\u{E001}grm\u{E001}ticket\" AND (\"ration\" * AND \"card\")"
        );
        assert_eq!(
            condition(Backend::Postgres, Searched::Records, &one, model, &none),
            "'\u{E000}spp\u{E001}grm\u{E001}ticket' & ('ration':*) & ('card')"
        );
    }

    /// Each conversation says it, and takes a tenth of what may be read; none is named so.
    fn said_everywhere(
        _: &mut Db,
        _: &Sought,
        parts: &[RecordPart],
        place: PhrasePlace,
    ) -> Result<(Vec<RecordPart>, usize), StoreError> {
        Ok(match place {
            PhrasePlace::Names => (Vec::new(), NAMES * parts.len()),
            PhrasePlace::Anywhere => (parts.to_vec(), parts.len() * READ / 10 / READ_AT_ONCE),
        })
    }

    #[test]
    fn texts_are_read_until_enough_say_it_or_enough_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        let sought = Sought::parse("\"card lost\"");
        let read = |reading: &mut PhraseReading, parts: i64| {
            let found = Newest { parts: (1..=parts).rev().collect(), from: None, more: false };
            store.read(|db| reading.of(db, &sought, &found)).unwrap()
        };
        let reading = |enough| PhraseReading { reader: said_everywhere, left: READ, enough };
        let known = read(&mut reading(SHOWN), 2_000);
        assert_eq!((known.ids.len(), known.from, known.are_seen), (READ_AT_ONCE, Some(2_000 - 64 + 1), true));
        // One budget for all types: what the first one takes is gone.
        let mut one = reading(usize::MAX);
        let (first, second) = (read(&mut one, 2_000), read(&mut one, 2_000));
        // A tenth went into what names the records.
        assert_eq!(first.ids.len(), 9 * READ_AT_ONCE);
        assert!(second.ids.is_empty() && second.from.is_some());
        let few = read(&mut reading(usize::MAX), 50);
        assert_eq!((few.ids.len(), few.from), (50, None));
    }

    #[test]
    fn first_parts_are_numbered_as_their_records_and_further_ones_stand_behind_all_of_them() {
        let part = |record: i32, part: i64| RecordPart { record: RecordId(record), part };
        for one in [part(1, 0), part(7, 1), part(i32::MAX, 0), part(i32::MAX, PARTS - 1)] {
            assert_eq!(RecordPart::of(one.id()), Some(one));
        }
        assert!(part(1, 0).id() == 1 && part(i32::MAX, 0).id() < part(1, 1).id());
    }
}
