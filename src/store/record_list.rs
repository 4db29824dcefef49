//! Records as their list shows them: filtered, counted, a page at a time.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{partners, records, stages, users};
use super::search::ESCAPE;
use crate::domain::Moment;
use crate::domain::id::{RecordId, StageId, UserId};

/// What the list shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub model: String,
    /// From [`super::search::patterns`].
    pub patterns: Vec<String>,
    pub stage: Option<StageId>,
    pub assigned: Option<Assigned>,
    /// Only records with mail that nobody has acted upon.
    pub new_mail: bool,
    /// Those marked *Not a grievance*, instead of all others. What was joined to another record is in no list.
    pub archived: bool,
}

/// Whose work a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    To(UserId),
    Nobody,
}

/// One line of the list.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: RecordId,
    pub number: String,
    pub name: String,
    /// The linked contact, as it is called now.
    pub contact: Option<String>,
    /// The sender as the mail named him.
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    pub stage_code: String,
    pub stage: String,
    pub stage_closed: bool,
    pub assignee: Option<String>,
    /// The assignee's account was archived.
    pub assignee_archived: bool,
    /// Odoo's stars: `0` to `3`.
    pub priority: String,
    pub new_mail: bool,
    pub last_mail_at: Moment,
}

type Row = (
    (i32, String, String),
    (Option<String>, Option<String>, Option<String>),
    (String, String, bool),
    (Option<String>, Option<bool>),
    (String, bool, Moment),
);

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
            query = query.filter(records::stage_id.eq(stage.0));
        }
        match filter.assigned {
            Some(Assigned::To(user)) => query = query.filter(records::user_id.eq(user.0)),
            Some(Assigned::Nobody) => query = query.filter(records::user_id.is_null()),
            None => {}
        }
        if filter.archived {
            query = query.filter(records::joined_id.is_null());
        }
        if filter.new_mail {
            query = query.filter(records::new_mail.eq(true));
        }
        query
    }};
}

/// One page, newest mail first whatever the stage; `limit` is 1,000 at most.
pub fn page(db: &mut Db, filter: &Filter, offset: i64, limit: i64) -> Result<Vec<Line>, StoreError> {
    let newest = (records::last_mail_at.desc(), records::id.desc());
    // Found first, and only then looked up with all that belongs to them: what is skipped costs an entry of the index.
    let ids: Vec<i32> =
        filtered!(records::table.select(records::id), filter).order(newest).offset(offset).limit(limit).load(db)?;
    let joined = records::table.inner_join(stages::table).left_join(users::table).left_join(partners::table).select((
        (records::id, records::number, records::name),
        (partners::name.nullable(), records::partner_name, records::partner_email),
        (stages::code, stages::name, stages::closed),
        (users::name.nullable(), users::active.nullable()),
        (records::priority, records::new_mail, records::last_mail_at),
    ));
    let rows: Vec<Row> = joined.filter(records::id.eq_any(ids)).order(newest).load(db)?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// How many records of a type are alike in all that the list can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike {
    pub archived: bool,
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
        .into_boxed();
    for pattern in patterns {
        query = query.filter(records::search.like(pattern).escape(ESCAPE));
    }
    let rows: Vec<(bool, i32, Option<i32>, bool, i64)> = query.load(db)?;
    let alike = |(active, stage, user, new_mail, count): (bool, i32, Option<i32>, bool, i64)| Alike {
        archived: !active,
        stage: StageId(stage),
        user: user.map(UserId),
        new_mail,
        count,
    };
    Ok(rows.into_iter().map(alike).collect())
}

impl Filter {
    /// How many records it shows, by a tally of its type and its words.
    pub fn count(&self, tally: &[Alike]) -> i64 {
        let assigned = |user: Option<UserId>| match self.assigned {
            Some(Assigned::To(wanted)) => user == Some(wanted),
            Some(Assigned::Nobody) => user.is_none(),
            None => true,
        };
        tally
            .iter()
            .filter(|alike| alike.archived == self.archived)
            .filter(|alike| self.stage.is_none_or(|stage| alike.stage == stage))
            .filter(|alike| assigned(alike.user) && (alike.new_mail || !self.new_mail))
            .map(|alike| alike.count)
            .sum()
    }
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let ((id, number, name), partner, stage, assignee, (priority, new_mail, last_mail_at)) = row;
        Self {
            id: RecordId(id),
            number,
            name,
            contact: partner.0,
            partner_name: partner.1,
            partner_email: partner.2,
            stage_code: stage.0,
            stage: stage.1,
            stage_closed: stage.2,
            assignee: assignee.0,
            assignee_archived: assignee.1 == Some(false),
            priority,
            new_mail,
            last_mail_at,
        }
    }
}
