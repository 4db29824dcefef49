//! Searching by words: what is looked for in the indexes that [`index`] writes, in the language of each database.
//!
//! On SQLite an index is a table of FTS5, on PostgreSQL a column of the type `tsvector`; both hold the words as
//! [`crate::domain::tokens`] cut them, with their places, and find the same.

pub mod index;

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::query::{self, Bind, Statement};
use super::{Backend, Db, StoreError};
use crate::domain::id::{PartnerId, RecordId};
use crate::domain::tokens::Sought;

/// A search finds the newest so many, and ranks them by fit.
pub const RANKED: i64 = 1_000;
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
}

/// What must be found where, beside the words.
#[derive(Debug, Clone, Copy, Default)]
struct Narrowed<'a> {
    /// Only in what names a record.
    names: bool,
    /// Only records of this type.
    model: Option<&'a str>,
}

/// A word that no text has, for the record type that each record's names hold.
pub fn word_of_model(model: &str) -> String {
    format!("\u{E000}{}", model.replace(|c: char| !c.is_alphanumeric(), "\u{E001}"))
}

/// The condition in the database's own language: of FTS5, or a `tsquery`. Words have letters and digits alone, so nothing in
/// them needs an escape.
fn condition(dialect: Backend, sought: &Sought, narrowed: Narrowed<'_>) -> String {
    let model = narrowed.model.map(word_of_model);
    match dialect {
        Backend::Sqlite => {
            let term =
                |words: &[String], begins: bool| format!("\"{}\"{}", words.join(" "), if begins { " *" } else { "" });
            let terms = sought.terms().iter().map(|one| term(&one.words, one.begins)).collect::<Vec<_>>().join(" AND ");
            let terms = if narrowed.names { format!("names : ({terms})") } else { format!("({terms})") };
            match model {
                Some(model) => format!("names : \"{model}\" AND {terms}"),
                None => terms,
            }
        }
        Backend::Postgres => {
            let weight = if narrowed.names { "A" } else { "" };
            let term = |words: &[String], begins: bool| {
                let last = words.len() - 1;
                let word = |(n, word): (usize, &String)| match (begins && n == last, weight) {
                    (true, weight) => format!("'{word}':*{weight}"),
                    (false, "") => format!("'{word}'"),
                    (false, weight) => format!("'{word}':{weight}"),
                };
                words.iter().enumerate().map(word).collect::<Vec<_>>().join(" <-> ")
            };
            let terms = sought.terms().iter().map(|one| format!("({})", term(&one.words, one.begins)));
            let terms = model.map(|model| format!("'{model}'")).into_iter().chain(terms);
            terms.collect::<Vec<_>>().join(" & ")
        }
    }
}

/// The beginning of a statement over what is found: its ids are `id`.
fn select(statement: &mut Statement, of: Searched, id: &str, condition: String) {
    let table = of.table();
    match statement.dialect() {
        Backend::Sqlite => {
            let id = id.replace("$id", "rowid");
            statement.text(&format!("SELECT {id} FROM {table} WHERE {table} MATCH "));
            statement.bind(Bind::Text(condition));
        }
        Backend::Postgres => {
            let id = id.replace("$id", "id");
            statement.text(&format!("SELECT {id} FROM {table} WHERE words @@ CAST("));
            statement.bind(Bind::Text(condition));
            statement.text(" AS tsquery)");
        }
    }
}

fn newest_first(statement: &mut Statement, limit: i64) {
    let id = if statement.dialect() == Backend::Sqlite { "rowid" } else { "id" };
    statement.text(&format!(" ORDER BY {id} DESC LIMIT {limit}"));
}

/// Narrows a query over `records t` to what is found of this type, however old: whatever else narrows it is not lost.
pub(super) fn records_condition(statement: &mut Statement, model: &str, sought: &Sought) {
    let condition = condition(statement.dialect(), sought, Narrowed { model: Some(model), names: false });
    statement.text(" AND t.id IN (");
    select(statement, Searched::Records, &format!("$id / {PARTS}"), condition);
    statement.text(")");
}

/// That a message is found, by the column `id`.
pub(super) fn messages_condition(statement: &mut Statement, id: &str, sought: &Sought) {
    let condition = condition(statement.dialect(), sought, Narrowed::default());
    statement.text(&format!("{id} IN ("));
    select(statement, Searched::Messages, "$id", condition);
    statement.text(")");
}

#[derive(QueryableByName)]
struct FoundId {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The ids that are found, the newest first.
fn newest(db: &mut Db, of: Searched, condition: String) -> Result<Vec<i64>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    let id = if of == Searched::Records { format!("$id / {PARTS} AS id") } else { "$id AS id".to_owned() };
    select(&mut statement, of, &id, condition);
    newest_first(&mut statement, RANKED);
    let found: Vec<FoundId> = match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    };
    // The parts of one record stand beside each other.
    let mut ids: Vec<i64> = found.into_iter().map(|found| found.id).collect();
    ids.dedup();
    Ok(ids)
}

/// What is found, best first: what has all of the words in its names, then what has them whole and not only their beginnings, then
/// by age, the newest first.
fn ranked(db: &mut Db, of: Searched, sought: &Sought, model: Option<&str>) -> Result<Vec<i32>, StoreError> {
    let dialect = query::dialect(db);
    let mut look = |sought: &Sought, names: bool| newest(db, of, condition(dialect, sought, Narrowed { names, model }));
    let mut all = look(sought, false)?;
    if all.len() > 1 {
        let whole: HashSet<i64> = look(&sought.exactly(), false)?.into_iter().collect();
        let named: HashSet<i64> = match of {
            Searched::Records => look(sought, true)?.into_iter().collect(),
            Searched::Messages | Searched::Partners => HashSet::new(),
        };
        all.sort_by_key(|id| (!named.contains(id), !whole.contains(id)));
    }
    Ok(all.into_iter().filter_map(|id| i32::try_from(id).ok()).collect())
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
        let plain = Narrowed::default();
        assert_eq!(
            condition(Backend::Sqlite, &sought, plain),
            "(\"ration\" * AND \"card lost\" AND \"2026 000017\" *)"
        );
        assert_eq!(
            condition(Backend::Postgres, &sought, plain),
            "('ration':*) & ('card' <-> 'lost') & ('2026' <-> '000017':*)"
        );
        let narrowed = Narrowed { names: true, model: Some("spp.grm.ticket") };
        let one = Sought::parse("ration \"card\"");
        assert_eq!(
            condition(Backend::Sqlite, &one, narrowed),
            "names : \"\u{E000}spp\u{E001}grm\u{E001}ticket\" AND names : (\"ration\" * AND \"card\")"
        );
        assert_eq!(
            condition(Backend::Postgres, &one, narrowed),
            "'\u{E000}spp\u{E001}grm\u{E001}ticket' & ('ration':*A) & ('card':A)"
        );
    }
}
