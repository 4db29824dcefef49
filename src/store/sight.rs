//! Who sees which records: confidential ones are seen only by those who are named for them. This is the one place that says
//! so in SQL; whatever reads records for a person takes a [`RecordSight`], which is made for the person who asks.
//!
//! A person is named by their account or by a team, or is in a team that has the record's type or the incoming server that
//! it came by. Auditors never are. Where nothing is confidential, nothing is looked up.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};

use super::connection::Backend;
use super::query::{Statement, dialect};
use super::{Db, StoreError};
use crate::domain::id::{MessageId, RecordId, UserId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};

/// What a caller sees of the records. The default sees nothing that is confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordSight(Eyes);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Eyes {
    All,
    Of(UserId),
    /// Sees nothing that is confidential.
    #[default]
    Open,
}

/// So many confidential records count as many.
const MANY: usize = 5_000;

#[derive(QueryableByName)]
struct AnySecret {
    #[diesel(sql_type = Bool)]
    found: bool,
}

#[derive(QueryableByName)]
struct HiddenId {
    #[diesel(sql_type = Integer)]
    id: i32,
}

impl RecordSight {
    /// For Mailgate's own work on mail, which shows nothing to anybody.
    pub fn machine() -> Self {
        Self(Eyes::All)
    }

    /// For a person or their key. It takes one look into an index that is empty where nothing is confidential.
    pub fn of(db: &mut Db, caller: &Caller) -> Result<Self, StoreError> {
        let any = "SELECT EXISTS (SELECT 1 FROM records WHERE confidential = TRUE) \
                   OR EXISTS (SELECT 1 FROM far_ends WHERE confidential = TRUE) AS found";
        let any: Vec<AnySecret> = diesel::sql_query(any).load(db)?;
        if !any.first().is_some_and(|any| any.found) {
            return Ok(Self(Eyes::All));
        }
        Ok(Self(match caller.user {
            Some(user) if caller.may(Right::Write, Object::Records) => Eyes::Of(user),
            // The command line: whoever runs it can read the database anyway.
            None if caller.may(Right::Write, Object::Installation) => Eyes::All,
            _ => Eyes::Open,
        }))
    }

    /// Nothing is hidden.
    pub fn sees_all(self) -> bool {
        self.0 == Eyes::All
    }

    /// Whether so much may be hidden that reading it is most of the work of a list.
    pub fn hides_many(self, db: &mut Db) -> Result<bool, StoreError> {
        if self.sees_all() {
            return Ok(false);
        }
        let many = format!(
            "SELECT COUNT(*) > {MANY} AS found FROM (SELECT 1 FROM records WHERE confidential = TRUE LIMIT {}) s",
            MANY + 1
        );
        let many: Vec<AnySecret> = diesel::sql_query(many).load(db)?;
        Ok(many.first().is_some_and(|many| many.found))
    }

    /// The ids of the records that are hidden, as a query; None where none are.
    pub(super) fn hidden(self) -> Option<String> {
        let unnamed = self.unnamed()?;
        Some(format!("SELECT c.id FROM records c WHERE c.confidential = TRUE{unnamed}"))
    }

    /// The condition that the caller is not named for a confidential record `c`; for somebody who is named for none, there
    /// is nothing more to ask. None where nothing is hidden.
    fn unnamed(self) -> Option<String> {
        match self.0 {
            Eyes::All => None,
            Eyes::Open => Some(String::new()),
            Eyes::Of(user) => Some(format!(
                " AND c.model NOT IN ({}) AND (c.server_id IS NULL OR c.server_id NOT IN ({})) \
                 AND NOT EXISTS (SELECT 1 FROM record_people n WHERE n.record_id = c.id AND n.user_id = {user}) \
                 AND NOT EXISTS (SELECT 1 FROM record_teams n JOIN team_members m ON m.team_id = n.team_id \
                 WHERE n.record_id = c.id AND m.user_id = {user})",
                types_of(user),
                servers_of(user)
            )),
        }
    }

    /// The condition that the record with the id in a column is hidden. It is checked row by row in an index that has
    /// nothing else: there may be very many hidden records, which are never collected.
    fn hides(self, dialect: Backend, column: &str) -> Option<String> {
        self.hides_with(dialect, column, "")
    }

    fn hides_with(self, dialect: Backend, column: &str, end: &str) -> Option<String> {
        let unnamed = self.unnamed()?;
        let records = match dialect {
            Backend::Sqlite => "records c INDEXED BY records_confidential",
            Backend::Postgres => "records c",
        };
        Some(format!("EXISTS (SELECT 1 FROM {records} WHERE c.confidential = TRUE AND c.id = {column}{unnamed}{end})"))
    }

    /// The condition that a row belongs to no hidden record, by the column with the record's id; None where none are hidden.
    pub(super) fn condition(self, dialect: Backend, column: &str) -> Option<String> {
        Some(format!("NOT {}", self.hides(dialect, column)?))
    }

    /// The same, row by row whatever happens: for rows that may be many, PostgreSQL would put all together that is hidden, which may be much
    /// more, or join it.
    pub(super) fn condition_of_each(self, dialect: Backend, column: &str) -> Option<String> {
        let end = if dialect == Backend::Postgres { " OFFSET 0" } else { "" };
        Some(format!("NOT {}", self.hides_with(dialect, column, end)?))
    }

    /// Narrows a query over `records t`, behind other conditions.
    pub(super) fn narrow(self, statement: &mut Statement) {
        let dialect = statement.dialect();
        let Some(hides) = self.hides(dialect, "t.id") else { return };
        statement.text(&match dialect {
            Backend::Sqlite => format!(" AND NOT {hides}"),
            Backend::Postgres => format!(" AND NOT (t.confidential AND {hides})"),
        });
    }

    /// The condition that a mail is hidden, whose row in `fates` is `f`: it is on a hidden record, or on none and came by a
    /// confidential incoming server that is not of the caller's teams.
    pub(super) fn hides_mail(self, dialect: Backend) -> Option<String> {
        let hidden = self.hides(dialect, "f.res_id")?;
        let own = match self.0 {
            Eyes::Of(user) => format!(" AND v.server_id NOT IN ({})", servers_of(user)),
            Eyes::All | Eyes::Open => String::new(),
        };
        let servers = format!("SELECT v.server_id FROM far_ends v WHERE v.confidential = TRUE{own}");
        Some(format!(
            "(CASE WHEN f.connection_id IS NULL AND f.res_id IS NOT NULL THEN {hidden} \
             WHEN f.server_id IS NOT NULL THEN f.server_id IN ({servers}) ELSE FALSE END)"
        ))
    }

    /// Which of these records are hidden, whatever their type.
    pub fn hidden_of(self, db: &mut Db, ids: &[RecordId]) -> Result<Vec<RecordId>, StoreError> {
        let Some(hidden) = self.hidden().filter(|_| !ids.is_empty()) else { return Ok(Vec::new()) };
        let ids: Vec<String> = ids.iter().map(RecordId::to_string).collect();
        let query = format!("{hidden} AND c.id IN ({})", ids.join(", "));
        let found: Vec<HiddenId> = diesel::sql_query(query).load(db)?;
        Ok(found.into_iter().map(|one| RecordId(one.id)).collect())
    }

    /// Which of these mails are hidden.
    pub fn hidden_mails(self, db: &mut Db, ids: &[MessageId]) -> Result<Vec<MessageId>, StoreError> {
        let Some(hides) = self.hides_mail(dialect(db)).filter(|_| !ids.is_empty()) else { return Ok(Vec::new()) };
        let ids: Vec<String> = ids.iter().map(MessageId::to_string).collect();
        let query = format!("SELECT f.id FROM fates f WHERE f.id IN ({}) AND {hides}", ids.join(", "));
        let found: Vec<HiddenId> = diesel::sql_query(query).load(db)?;
        Ok(found.into_iter().map(|one| MessageId(one.id)).collect())
    }

    pub fn sees(self, db: &mut Db, id: RecordId) -> Result<bool, StoreError> {
        Ok(self.hidden_of(db, &[id])?.is_empty())
    }
}

/// The record types of a person's teams.
fn types_of(user: UserId) -> String {
    format!("SELECT y.model FROM team_types y JOIN team_members m ON m.team_id = y.team_id WHERE m.user_id = {user}")
}

/// The incoming servers of a person's teams.
fn servers_of(user: UserId) -> String {
    format!(
        "SELECT b.server_id FROM team_servers b JOIN team_members m ON m.team_id = b.team_id WHERE m.user_id = {user}"
    )
}
