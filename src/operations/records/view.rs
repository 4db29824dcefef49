//! Everything that a record's page shows.

use super::{existing, module};
use crate::domain::id::{PostId, RecordId, UserId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::partners::{self, Partner};
use crate::store::posts::{self, ConversationPart};
use crate::store::records::view::{self as stored, Record, Relations};
use crate::store::records::{self, RecordStage};
use crate::store::users;

/// Entries of the conversation on one page, beside its first mail.
pub const POSTS: i64 = 200;
/// Other records named on one page, of each sort.
const RELATED: i64 = 20;

pub struct RecordView {
    pub module: Module,
    pub record: Record,
    pub stages: Vec<RecordStage>,
    /// Who can be assigned; who is assigned already need not be among them.
    pub assignees: Vec<(UserId, String)>,
    pub conversation: ConversationPart,
    /// While no contact is linked: the one that the sender's address belongs to.
    pub suggested: Option<Partner>,
    /// Never on a record that was joined to another.
    pub may_change: bool,
    pub relations: Relations,
}

/// The record with the newest part of its conversation.
pub fn view(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<RecordView, OperationError> {
    view_before(app, caller, model, id, None)
}

/// Whether a mail came to a record behind this post.
pub fn mail_came(app: &App, caller: &Caller, model: &str, id: RecordId, post: PostId) -> Result<bool, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    app.store.read(|db| Ok(posts::mail_after(db, model, id, post)?))
}

/// The record with the part of its conversation that comes before a post.
pub fn view_before(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    before: Option<PostId>,
) -> Result<RecordView, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    app.store.read(|db| {
        let record = existing(db, &module, id)?;
        let conversation = posts::posts(db, model, id, before, POSTS)?;
        let suggested = match (&record.partner, &record.partner_email) {
            (None, Some(email)) => partners::by_email(db, email)?,
            _ => None,
        };
        Ok(RecordView {
            stages: records::stages(db, model)?,
            assignees: users::assignees(db)?,
            may_change: caller.may(Right::Write, Object::Records) && record.joined.is_none(),
            relations: stored::relations(db, id, record.answers, record.joined, RELATED)?,
            module,
            record,
            conversation,
            suggested,
        })
    })
}
