//! Records as their list shows them: filtered, counted, a page at a time.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::RecordStage;
use crate::domain::Moment;
use crate::domain::id::{RecordId, StageId, UserId};
use crate::store::schema::{partners, records, stages, users};
use crate::store::search::ESCAPE;
use crate::store::{Db, StoreError};

/// What the list shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    pub model: String,
    /// From [`crate::store::search::patterns`].
    pub patterns: Vec<String>,
    pub stage: Option<StageId>,
    pub assigned: Option<Assigned>,
    /// Only records with mail that nobody has acted upon.
    pub new_mail: bool,
    /// Those marked *Not a grievance*, instead of all others. What was joined to another record, or taken back with
    /// its import, is in no list.
    pub archived: bool,
    pub order: RecordOrder,
}

/// What stands first in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordOrder {
    /// The newest mail, whatever the stage: a reply moves its record up.
    #[default]
    LastMail,
    /// The latest date.
    Date,
}

/// Whose work a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    To(UserId),
    Nobody,
}

/// One line of the list.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct RecordLine {
    pub id: RecordId,
    pub number: String,
    pub name: String,
    /// The linked contact, as it is called now.
    #[diesel(select_expression = partners::name.nullable())]
    pub contact: Option<String>,
    /// The sender as the mail named him.
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    #[diesel(embed)]
    pub stage: RecordStage,
    #[diesel(embed)]
    pub assignee: Option<Assignee>,
    /// Odoo's stars: `0` to `3`.
    pub priority: String,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    pub date: Moment,
}

/// Who is responsible for a record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Assignee {
    pub name: String,
    /// False: the account was archived.
    pub active: bool,
}

/// The condition of a [`Filter`] on a query over `records`.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter = $filter;
        let mut query =
            $query.filter(records::model.eq(&filter.model)).filter(records::active.eq(!filter.archived)).into_boxed();
        for pattern in &filter.patterns {
            query = query.filter(records::search.like(pattern).escape(ESCAPE));
        }
        if let Some(stage) = filter.stage {
            query = query.filter(records::stage_id.eq(stage));
        }
        match filter.assigned {
            Some(Assigned::To(user)) => query = query.filter(records::user_id.eq(user)),
            Some(Assigned::Nobody) => query = query.filter(records::user_id.is_null()),
            None => {}
        }
        if filter.archived {
            query = query.filter(records::joined_id.is_null()).filter(records::undone_id.is_null());
        }
        if filter.new_mail {
            query = query.filter(records::new_mail.eq(true));
        }
        query
    }};
}

/// One page, newest first; `limit` is 1,000 at most.
pub fn page(db: &mut Db, filter: &RecordFilter, offset: i64, limit: i64) -> Result<Vec<RecordLine>, StoreError> {
    // Found first, and only then looked up with all that belongs to them: what is skipped costs an entry of the index.
    let found = filtered!(records::table.select(records::id), filter).offset(offset).limit(limit);
    let ids: Vec<RecordId> = match filter.order {
        RecordOrder::LastMail => found.order((records::last_mail_at.desc(), records::id.desc())).load(db)?,
        RecordOrder::Date => found.order((records::date.desc(), records::id.desc())).load(db)?,
    };
    let joined = records::table.inner_join(stages::table).left_join(users::table).left_join(partners::table);
    let mut lines: Vec<RecordLine> =
        joined.filter(records::id.eq_any(&ids)).select(RecordLine::as_select()).load(db)?;
    let place: HashMap<RecordId, usize> = ids.into_iter().zip(0..).collect();
    lines.sort_by_key(|line| place.get(&line.id).copied());
    Ok(lines)
}

/// How many records of a type are alike in all that the list can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Alike {
    pub active: bool,
    pub stage: StageId,
    pub user: Option<UserId>,
    pub new_mail: bool,
    pub count: i64,
}

/// All records of a type that have these words, counted in one go: what any [`Filter`] shows is a sum of this.
pub fn tally(db: &mut Db, model: &str, patterns: &[String]) -> Result<Vec<Alike>, StoreError> {
    let alike = (records::active, records::stage_id, records::user_id, records::new_mail);
    let mut query = records::table
        .group_by(alike)
        .select((records::active, records::stage_id, records::user_id, records::new_mail, count_star()))
        .filter(records::model.eq(model))
        .filter(records::joined_id.is_null())
        .filter(records::undone_id.is_null())
        .into_boxed();
    for pattern in patterns {
        query = query.filter(records::search.like(pattern).escape(ESCAPE));
    }
    Ok(query.load(db)?)
}

impl RecordFilter {
    /// How many records it shows, by a tally of its type and its words.
    pub fn count(&self, tally: &[Alike]) -> i64 {
        let assigned = |user: Option<UserId>| match self.assigned {
            Some(Assigned::To(wanted)) => user == Some(wanted),
            Some(Assigned::Nobody) => user.is_none(),
            None => true,
        };
        tally
            .iter()
            .filter(|alike| alike.active != self.archived)
            .filter(|alike| self.stage.is_none_or(|stage| alike.stage == stage))
            .filter(|alike| assigned(alike.user) && (alike.new_mail || !self.new_mail))
            .map(|alike| alike.count)
            .sum()
    }
}
