//! Searching by words: what is looked for in the indexes that [`index`] writes, in the language of each database.
//!
//! On SQLite an index is a table of FTS5, on PostgreSQL a column of the type `tsvector`; both hold the words as
//! [`crate::domain::tokens`] cut them, with their places, and find the same.

pub mod index;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::query::{self, Bind, Statement};
use super::{Backend, Db, StoreError};
use crate::domain::id::{PartnerId, RecordId};
use crate::domain::tokens::Sought;

/// A search finds the newest so many, and ranks them by fit.
pub const RANKED: i64 = 1_000;
/// So many of what a list is searched for are known at once, the newest.
const KNOWN: i64 = 5_000;
/// A beginning that no more words have is looked for by these words, each of which the index has in its order.
const BEGUN: usize = 128;
/// Parts that a record's conversation may have in the index.
const PARTS: i64 = 1 << 20;

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

    /// What has these parts in the index.
    fn id(self, part: i64) -> Option<i32> {
        i32::try_from(if self == Searched::Records { part / PARTS } else { part }).ok()
    }
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
fn condition(dialect: Backend, sought: &Sought, model: Option<&str>, begun: &BegunWords) -> String {
    let model = model.map(word_of_model);
    match dialect {
        Backend::Sqlite => {
            let term = |words: &[String], begins: bool| {
                let (last, first) = words.split_last()?;
                let with = |last: &String| {
                    let words: Vec<&str> = first.iter().chain([last]).map(String::as_str).collect();
                    format!("\"{}\"", words.join(" "))
                };
                Some(match begun.get(last).filter(|words| begins && !words.is_empty()) {
                    Some(words) => format!("({})", words.iter().map(with).collect::<Vec<_>>().join(" OR ")),
                    None => format!("{}{}", with(last), if begins { " *" } else { "" }),
                })
            };
            let terms = sought.terms().iter().filter_map(|one| term(&one.words, one.begins));
            let terms = format!("({})", terms.collect::<Vec<_>>().join(" AND "));
            match model {
                Some(model) => format!("names : \"{model}\" AND {terms}"),
                None => terms,
            }
        }
        Backend::Postgres => {
            let term = |words: &[String], begins: bool| {
                let last = words.len() - 1;
                let word = |(n, word): (usize, &String)| match begins && n == last {
                    true => format!("'{word}':*"),
                    false => format!("'{word}'"),
                };
                words.iter().enumerate().map(word).collect::<Vec<_>>().join(" <-> ")
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

/// What is found, the newest first, `limit` parts at most and none before `from`; and whether there may be more.
fn newest(db: &mut Db, of: Searched, condition: String, from: i64, limit: i64) -> Result<(Vec<i32>, bool), StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    let id = part(statement.dialect());
    statement.text(&format!("SELECT {id} AS id FROM {} WHERE ", of.table()));
    is_found(&mut statement, of, condition);
    if from > 0 {
        statement.text(&format!(" AND {id} >= {from}"));
    }
    statement.text(&format!(" ORDER BY {id} DESC LIMIT {limit}"));
    let found: Vec<FoundId> = load(db, &statement)?;
    let more = found.len() as i64 == limit;
    // The parts of one record stand beside each other.
    let mut ids: Vec<i32> = found.into_iter().filter_map(|found| of.id(found.id)).collect();
    ids.dedup();
    Ok((ids, more))
}

fn load(db: &mut Db, statement: &Statement) -> Result<Vec<FoundId>, StoreError> {
    Ok(match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    })
}

/// What has all words of a search, found once for all that a page asks of it: the newest, and where there are more, how each
/// other one is asked. What nearly all have is never put together.
#[derive(Debug, Clone)]
pub struct WordHits {
    sought: Sought,
    of: Searched,
    known: Arc<HashSet<i32>>,
    /// Where there are more than are known.
    older: Option<OlderHits>,
}

#[derive(Debug, Clone)]
struct OlderHits {
    condition: String,
    /// The oldest that is known: each from there on is.
    known_from: i32,
}

impl WordHits {
    /// Among the records of a type, those that no list shows included. None where nothing is searched for.
    pub fn of_records(db: &mut Db, model: &str, sought: Sought) -> Result<Option<Self>, StoreError> {
        Self::look(db, Searched::Records, sought, Some(model))
    }

    pub fn of_messages(db: &mut Db, sought: Sought) -> Result<Option<Self>, StoreError> {
        Self::look(db, Searched::Messages, sought, None)
    }

    fn look(db: &mut Db, of: Searched, sought: Sought, model: Option<&str>) -> Result<Option<Self>, StoreError> {
        if sought.is_empty() {
            return Ok(None);
        }
        let begun = begun(db, of, &sought)?;
        let condition = condition(query::dialect(db), &sought, model, &begun);
        let (ids, more) = newest(db, of, condition.clone(), 0, KNOWN)?;
        let older = ids.last().filter(|_| more).map(|last| OlderHits { condition, known_from: *last });
        Ok(Some(Self { sought, of, known: Arc::new(ids.into_iter().collect()), older }))
    }

    pub fn sought(&self) -> &Sought {
        &self.sought
    }

    /// There are more than are known.
    pub fn are_many(&self) -> bool {
        self.older.is_some()
    }

    /// As if what is known were all.
    pub fn newest(&self) -> Self {
        Self { older: None, ..self.clone() }
    }

    /// These, too, whatever words they have.
    pub fn with(self, ids: impl IntoIterator<Item = i32>) -> Self {
        let known = self.known.iter().copied().chain(ids).collect();
        Self { known: Arc::new(known), ..self }
    }

    /// That a row is one of all that there are, by the column with its id. Of many, the index has to put all together.
    pub(super) fn narrow(&self, statement: &mut Statement, column: &str) {
        let mut known: Vec<i32> = self.known.iter().copied().collect();
        known.sort_unstable();
        match &self.older {
            _ if known.is_empty() => statement.text("1 = 0"),
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
                let id = if self.of == Searched::Records { format!("{id} / {PARTS}") } else { id.to_owned() };
                statement.text(&format!("{column} IN (SELECT {id} FROM {} WHERE ", self.of.table()));
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
            let unknown: Vec<i32> =
                some.iter().map(&id).filter(|id| *id < older.known_from && !self.known.contains(id)).collect();
            if unknown.len() > *looks {
                return Ok(None);
            }
            *looks -= unknown.len();
            let found: HashSet<i32> = self.look_up(db, older, &unknown)?.into_iter().collect();
            has.extend(some.iter().filter(|row| self.known.contains(&id(row)) || found.contains(&id(row))));
        }
        has.truncate(most);
        Ok(Some(has))
    }

    /// Those of these ids whose parts the index finds.
    fn look_up(&self, db: &mut Db, older: &OlderHits, ids: &[i32]) -> Result<Vec<i32>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = Statement::new(query::dialect(db));
        let (table, id) = (self.of.table(), part(statement.dialect()));
        let rows = if self.of == Searched::Records { "records" } else { "messages" };
        statement.text(&format!("SELECT CAST(r.id AS BIGINT) AS id FROM {rows} r WHERE r.id IN ("));
        statement.text(&ids.iter().map(i32::to_string).collect::<Vec<_>>().join(","));
        statement.text(&format!(") AND EXISTS (SELECT 1 FROM {table} WHERE "));
        is_found(&mut statement, self.of, older.condition.clone());
        statement.text(&match self.of {
            Searched::Records => {
                format!(" AND {id} >= CAST(r.id AS BIGINT) * {PARTS} AND {id} < (CAST(r.id AS BIGINT) + 1) * {PARTS})")
            }
            Searched::Messages | Searched::Partners => format!(" AND {id} = r.id)"),
        });
        Ok(load(db, &statement)?.into_iter().filter_map(|found| i32::try_from(found.id).ok()).collect())
    }
}

/// What is found, best first: what has all of the words in its names, then what has them whole and not only their beginnings, then
/// by age, the newest first.
fn ranked(db: &mut Db, of: Searched, sought: &Sought, model: Option<&str>) -> Result<Vec<i32>, StoreError> {
    let dialect = query::dialect(db);
    let begun = begun(db, of, sought)?;
    let (mut all, more) = newest(db, of, condition(dialect, sought, model, &begun), 0, RANKED)?;
    if all.len() > 1 {
        let exactly = sought.exactly();
        let oldest = all.last().filter(|_| more).map_or(0, |id| i64::from(*id));
        let from = if of == Searched::Records { oldest * PARTS } else { oldest };
        let whole: HashSet<i32> = match exactly == *sought {
            true => HashSet::new(),
            false => {
                let whole = condition(dialect, &exactly, model, &BegunWords::new());
                newest(db, of, whole, from, RANKED)?.0.into_iter().collect()
            }
        };
        let named: HashSet<i32> = match of {
            Searched::Records => index::named(db, &all, sought)?.into_iter().collect(),
            Searched::Messages | Searched::Partners => HashSet::new(),
        };
        all.sort_by_key(|id| (!named.contains(id), !whole.contains(id)));
    }
    Ok(all)
}
/// The records of a type that have all of the words, in any of their mails and notes or in their names, best first;
/// [`RANKED`] at most. Among them are those that no list shows.
pub fn records(db: &mut Db, model: &str, sought: &Sought) -> Result<Vec<RecordId>, StoreError> {
    if sought.is_empty() {
        return Ok(Vec::new());
    }
    Ok(ranked(db, Searched::Records, sought, Some(model))?.into_iter().map(RecordId).collect())
}

/// The contacts that have all of the words in name, address or phone, best first; [`RANKED`] at most. Among them are archived ones.
pub fn partners(db: &mut Db, sought: &Sought) -> Result<Vec<PartnerId>, StoreError> {
    if sought.is_empty() {
        return Ok(Vec::new());
    }
    Ok(ranked(db, Searched::Partners, sought, None)?.into_iter().map(PartnerId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_beginnings_in_the_language_of_each_database() {
        let sought = Sought::parse("ration \"card lost\" 2026-000017");
        let none = BegunWords::new();
        assert_eq!(
            condition(Backend::Sqlite, &sought, None, &none),
            "(\"ration\" * AND \"card lost\" AND \"2026 000017\" *)"
        );
        assert_eq!(
            condition(Backend::Postgres, &sought, None, &none),
            "('ration':*) & ('card' <-> 'lost') & ('2026' <-> '000017':*)"
        );
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let begun = BegunWords::from([
            ("ration".to_owned(), words(&["ration", "rations"])),
            ("000017".to_owned(), words(&["000017"])),
        ]);
        assert_eq!(
            condition(Backend::Sqlite, &sought, None, &begun),
            "((\"ration\" OR \"rations\") AND \"card lost\" AND (\"2026 000017\"))"
        );
        let one = Sought::parse("ration \"card\"");
        let model = Some("spp.grm.ticket");
        assert_eq!(
            condition(Backend::Sqlite, &one, model, &none),
            "names : \"\u{E000}spp\u{E001}grm\u{E001}ticket\" AND (\"ration\" * AND \"card\")"
        );
        assert_eq!(
            condition(Backend::Postgres, &one, model, &none),
            "'\u{E000}spp\u{E001}grm\u{E001}ticket' & ('ration':*) & ('card')"
        );
    }
}
