//! Everything that a record's page shows.

use super::{READERS, existing, may_change, module};
use crate::domain::id::{RecordId, UserId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::operations::{App, OperationError, require};
use crate::store::conversation::{self, Post};
use crate::store::partners::{self, Partner};
use crate::store::record_view::{self, Record, Stage};

/// Posts on one page; a longer conversation shows its newest.
const POSTS: i64 = 200;

pub struct View {
    pub module: Module,
    pub record: Record,
    pub stages: Vec<Stage>,
    pub assignees: Vec<(UserId, String)>,
    pub posts: Vec<Post>,
    /// How many posts there are in all.
    pub posts_total: i64,
    /// While no contact is linked: the one that the sender's address belongs to.
    pub suggested: Option<Partner>,
    pub may_change: bool,
}

pub fn view(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<View, OperationError> {
    require(caller, &READERS, "read records")?;
    let module = module(app, model)?.clone();
    app.store.read(|db| {
        let record = existing(db, &module, id)?;
        let (posts, posts_total) = conversation::posts(db, model, id, POSTS)?;
        let suggested = match (&record.partner, &record.partner_email) {
            (None, Some(email)) => partners::by_email(db, email)?,
            _ => None,
        };
        Ok(View {
            stages: record_view::stages(db, model)?,
            assignees: record_view::assignees(db)?,
            may_change: may_change(caller),
            module,
            record,
            posts,
            posts_total,
            suggested,
        })
    })
}
