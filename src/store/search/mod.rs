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
use diesel::sql_types::{BigInt, Text};

use super::query::{self, Bind, Statement};
use super::{Backend, Db, StoreError, limits};
use crate::domain::id::{PartnerId, RecordId};
use crate::domain::tokens::Sought;
use crate::store::sight::RecordSight;

/// A search finds the newest so many, and ranks them by fit.
pub const RANKED: i64 = 1_000;
/// So many of what a list is searched for are known at once, the newest.
const KNOWN: i64 = 2_000;
/// So many where all are asked for and texts have to be read for it: a statement names them.
const WHOLE: i64 = 100_000;
/// A beginning that no more words have is looked for by these words, each of which the index has in its order.
const BEGUN: usize = 128;
/// More than there can be parts of a record's conversation, each of which has a mail or a note, and more than there can be records.
/// The first part of a record has the record's number in the index, so that most numbers are one behind the other: with each word the
/// index says how far it is from one to the next. Further parts stand behind all first ones.
const PARTS: i64 = 1 << 31;
/// What is read of texts for a phrase, at most, before a search is answered: bytes, and so many more for each text, whose source may
/// have to be unpacked for it.
const READ: usize = 8_000_000;
pub const TEXT: usize = 4_000;
/// Of that, for each row that an index would be asked for.
const READ_IN_A_LOOK: usize = 2_000;
/// Parts whose names, and parts whose texts are read at once.
const NAMED_AT_ONCE: usize = 200;
const READ_AT_ONCE: usize = 50;

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
/// read of what was said, with [`TEXT`] bytes more for each text.
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

/// Parts that an index finds.
struct Newest {
    /// The newest first, those of one record beside each other.
    parts: Vec<i64>,
    /// From this one on they are all. None: there are no others.
    from: Option<i32>,
}

impl Newest {
    fn ids(&self, of: Searched) -> Vec<i32> {
        let mut ids: Vec<i32> = self.parts.iter().filter_map(|part| of.id(*part)).collect();
        ids.dedup();
        ids
    }
}

/// What is found, the newest first, some `limit` parts at most and none of what is before `from`.
fn newest(db: &mut Db, of: Searched, condition: &str, from: i32, limit: i64) -> Result<Newest, StoreError> {
    let (mut parts, mut all_from) = (Vec::new(), None);
    for (low, high) in of.from(from) {
        let mut statement = Statement::new(query::dialect(db));
        let id = part(statement.dialect());
        statement.text(&format!("SELECT {id} AS id FROM {} WHERE ", of.table()));
        is_found(&mut statement, of, condition.to_owned());
        statement.text(&format!(" AND {id} >= {low} AND {id} < {high} ORDER BY {id} DESC LIMIT {limit}"));
        let found: Vec<FoundId> = load(db, &statement)?;
        if found.len() as i64 == limit {
            all_from = all_from.max(found.last().and_then(|last| of.id(last.id)));
        }
        parts.extend(found.into_iter().map(|found| found.id));
    }
    parts.retain(|part| of.id(*part) >= all_from);
    parts.sort_unstable_by_key(|part| std::cmp::Reverse((of.id(*part), *part)));
    Ok(Newest { parts, from: all_from })
}

/// Of what has the words of a search, what has its phrases, too, the newest first; and from which one on these are all, where
/// something is left: no more is read than `left`.
fn with_phrases(
    db: &mut Db,
    sought: &Sought,
    found: &Newest,
    search: PhraseSearch,
    mut left: usize,
) -> Result<(Vec<i32>, Option<i32>), StoreError> {
    let parts: Vec<RecordPart> = found.parts.iter().filter_map(|id| RecordPart::of(*id)).collect();
    let (mut has, mut unread) = (BTreeSet::new(), Vec::new());
    // What names a record says most of what is sought so, an address or a number, and costs little.
    for some in parts.chunks(NAMED_AT_ONCE) {
        in_time()?;
        let records: Vec<RecordId> = some.iter().map(|part| part.record).collect();
        let hidden: HashSet<RecordId> = search.sight.hidden_of(db, &records)?.into_iter().collect();
        let some: Vec<RecordPart> = some.iter().copied().filter(|part| !hidden.contains(&part.record)).collect();
        has.extend((search.reader)(db, sought, &some, PhrasePlace::Names)?.0.into_iter().map(|part| part.record.0));
        unread.extend(some.into_iter().filter(|part| !has.contains(&part.record.0)));
    }
    let mut from = found.from;
    for some in unread.chunks(READ_AT_ONCE) {
        in_time()?;
        if left == 0 {
            from = some.first().map(|next| next.record.0);
            break;
        }
        let (found, read) = (search.reader)(db, sought, some, PhrasePlace::Anywhere)?;
        has.extend(found.into_iter().map(|part| part.record.0));
        left = left.saturating_sub(read);
    }
    // Not all parts of the last one may have been read.
    let from = from.map(|last| if has.contains(&last) { last } else { last + 1 });
    Ok((has.into_iter().rev().collect(), from))
}

/// What reads by many small statements is ended here, as no limit of one of them would.
fn in_time() -> Result<(), StoreError> {
    limits::passed().map_or(Ok(()), |allowed| Err(StoreError::TooLong(allowed)))
}

fn load(db: &mut Db, statement: &Statement) -> Result<Vec<FoundId>, StoreError> {
    Ok(match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    })
}

/// What has all words of a search, found once for all that a page asks of it: the newest, and where there are more, how each
/// other one is asked. What nearly all have is never put together, and no more texts are read than can be meanwhile.
#[derive(Debug, Clone)]
pub struct WordHits {
    sought: Sought,
    of: Searched,
    known: Arc<HashSet<i32>>,
    /// Where there may be more than are known.
    older: Option<OlderHits>,
    /// Where the index does not know the search's phrases.
    phrases: Option<PhraseSearch>,
}

#[derive(Debug, Clone)]
struct OlderHits {
    condition: String,
    /// The oldest that is known: each from there on is.
    known_from: i32,
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
        phrases: Option<PhraseSearch>,
    ) -> Result<Option<Self>, StoreError> {
        if sought.is_empty() {
            return Ok(None);
        }
        let begun = begun(db, of, &sought)?;
        let condition = condition(query::dialect(db), of, &sought, model, &begun);
        let found = newest(db, of, &condition, 0, KNOWN)?;
        let phrases = phrases.filter(|_| sought.phrases().next().is_some());
        let (ids, known_from) = match phrases {
            Some(phrases) => with_phrases(db, &sought, &found, phrases, READ)?,
            None => (found.ids(of), found.from),
        };
        let older = known_from.map(|known_from| OlderHits { condition, known_from });
        Ok(Some(Self { sought, of, known: Arc::new(ids.into_iter().collect()), older, phrases }))
    }

    /// The same with all that there are, however many texts have to be read for its phrases. True: of the newest 100,000 parts that have
    /// the words, there are more. What has no phrase is as it was.
    pub(super) fn whole(self, db: &mut Db) -> Result<(Self, bool), StoreError> {
        let (Some(phrases), Some(older)) = (self.phrases, &self.older) else { return Ok((self, false)) };
        let found = newest(db, self.of, &older.condition, 0, WHOLE)?;
        let (ids, from) = with_phrases(db, &self.sought, &found, phrases, usize::MAX)?;
        Ok((Self { known: Arc::new(ids.into_iter().collect()), older: None, ..self }, from.is_some()))
    }

    pub fn sought(&self) -> &Sought {
        &self.sought
    }

    /// There are, or may be, more than are known.
    pub fn are_many(&self) -> bool {
        self.older.is_some()
    }

    /// Texts are read for it: whether there are more is not known before.
    pub fn is_read_for(&self) -> bool {
        self.phrases.is_some()
    }

    /// As if what is known were all.
    pub fn newest(&self) -> Self {
        Self { older: None, ..self.clone() }
    }

    /// What is behind all that is known.
    pub fn older(&self) -> Self {
        Self { known: Arc::default(), ..self.clone() }
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
            Some(older) => {
                let id = part(statement.dialect());
                let of = format!("CASE WHEN {id} < {PARTS} THEN {id} ELSE {id} / {PARTS} END");
                statement.text(&format!("{column} IN (SELECT {of} FROM {} WHERE ", self.of.table()));
                is_found(statement, self.of, older.condition.clone());
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
            let parts = self.look_up(db, older, &unknown)?;
            match self.phrases {
                None => found.extend(parts.iter().filter_map(|part| self.of.id(*part))),
                // Whoever looks sees these rows.
                Some(PhraseSearch { reader, .. }) => {
                    let parts: Vec<RecordPart> = parts.into_iter().filter_map(RecordPart::of).collect();
                    let (parts, read) = reader(db, &self.sought, &parts, PhrasePlace::Anywhere)?;
                    found.extend(parts.iter().map(|part| part.record.0));
                    *looks = looks.saturating_sub(read / READ_IN_A_LOOK);
                }
            }
            has.extend(some.iter().filter(|row| self.known.contains(&id(row)) || found.contains(&id(row))));
        }
        has.truncate(most);
        Ok(Some(has))
    }

    /// Those parts of these that the index finds.
    fn look_up(&self, db: &mut Db, older: &OlderHits, ids: &[i32]) -> Result<Vec<i64>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let all = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(",");
        let one_of = format!("IN ({})", all(&mut ids.iter().map(i32::to_string)));
        let mut tables = vec![(if self.of == Searched::Records { "records" } else { "messages" }, one_of)];
        if self.of == Searched::Records {
            let further = index::further_parts(db, ids)?;
            if !further.is_empty() {
                tables.push(("searched_parts", format!("IN ({})", all(&mut further.iter().map(i64::to_string)))));
            }
        }
        let mut found = Vec::new();
        for (rows, these) in tables {
            let mut statement = Statement::new(query::dialect(db));
            let (table, id) = (self.of.table(), part(statement.dialect()));
            statement.text(&format!("SELECT CAST(r.id AS BIGINT) AS id FROM {rows} r WHERE r.id {these}"));
            statement.text(&format!(" AND EXISTS (SELECT 1 FROM {table} WHERE "));
            is_found(&mut statement, self.of, older.condition.clone());
            statement.text(&format!(" AND {id} = r.id)"));
            found.extend(load(db, &statement)?.into_iter().map(|found| found.id));
        }
        Ok(found)
    }
}

/// What is found, best first: what has all of the words in its names, then what has them whole and not only their beginnings, then
/// by age, the newest first; [`RANKED`] at most. True: there may be more that has a phrase.
fn ranked(
    db: &mut Db,
    of: Searched,
    sought: &Sought,
    model: Option<&str>,
    phrases: Option<PhraseSearch>,
) -> Result<(Vec<i32>, bool), StoreError> {
    let dialect = query::dialect(db);
    let begun = begun(db, of, sought)?;
    let phrases = phrases.filter(|_| sought.phrases().next().is_some());
    let most = if phrases.is_some() { KNOWN } else { RANKED };
    let found = newest(db, of, &condition(dialect, of, sought, model, &begun), 0, most)?;
    let (mut all, more) = match phrases {
        Some(phrases) => with_phrases(db, sought, &found, phrases, READ)?,
        None => (found.ids(of), None),
    };
    all.truncate(RANKED as usize);
    if all.len() > 1 {
        let exactly = sought.exactly();
        let whole: HashSet<i32> = match exactly == *sought {
            true => HashSet::new(),
            false => {
                let whole = condition(dialect, of, &exactly, model, &BegunWords::new());
                newest(db, of, &whole, found.from.unwrap_or_default(), RANKED)?.ids(of).into_iter().collect()
            }
        };
        let named: HashSet<i32> = match of {
            Searched::Records => index::named(db, &all, sought)?.into_iter().collect(),
            Searched::Messages | Searched::Partners => HashSet::new(),
        };
        all.sort_by_key(|id| (!named.contains(id), !whole.contains(id)));
    }
    Ok((all, more.is_some()))
}

/// The records of a type that have all of the words, in any of their mails and notes or in their names, best first;
/// [`RANKED`] at most, and whether there may be more that has a phrase. Among them are those that no list shows.
pub fn records(
    db: &mut Db,
    model: &str,
    sought: &Sought,
    phrases: PhraseSearch,
) -> Result<(Vec<RecordId>, bool), StoreError> {
    if sought.is_empty() {
        return Ok((Vec::new(), false));
    }
    let (all, more) = ranked(db, Searched::Records, sought, Some(model), Some(phrases))?;
    Ok((all.into_iter().map(RecordId).collect(), more))
}

/// The contacts that have all of the words in name, address or phone, best first; [`RANKED`] at most. Among them are archived ones.
pub fn partners(db: &mut Db, sought: &Sought) -> Result<Vec<PartnerId>, StoreError> {
    if sought.is_empty() {
        return Ok(Vec::new());
    }
    Ok(ranked(db, Searched::Partners, sought, None, None)?.0.into_iter().map(PartnerId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn first_parts_are_numbered_as_their_records_and_further_ones_stand_behind_all_of_them() {
        let part = |record: i32, part: i64| RecordPart { record: RecordId(record), part };
        for one in [part(1, 0), part(7, 1), part(i32::MAX, 0), part(i32::MAX, PARTS - 1)] {
            assert_eq!(RecordPart::of(one.id()), Some(one));
        }
        assert!(part(1, 0).id() == 1 && part(i32::MAX, 0).id() < part(1, 1).id());
    }
}
