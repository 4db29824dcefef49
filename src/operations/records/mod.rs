//! Records as people work with them: the list, the page, and every change a person makes. Reading is for all
//! roles, changing for officers and administrators.

mod change;
mod export;
pub mod field;
mod join;
mod list;
mod many;
mod saved;
mod view;

pub use change::{Edit, HandEntry, PRIORITIES, change, create, create_in, entry, mark_read, same, value, write_in};
pub use export::{
    EXPORTED, MonthReport, ReportLine, begin_export, export, export_columns, month_of, report, take_report,
};
pub use field::given;
pub use join::{a_grievance_after_all, join, join_in, not_a_grievance, split, split_all};
pub(in crate::operations) use list::kept_counts;
pub use list::{
    DueWhen, FoundAnywhere, Gist, ListCursor, Matched, PAGE, Part, RecordLine, RecordList, RecordPage, RecordQuery,
    Show, arrived, find, list, neighbours,
};
pub use many::{MOST, ManyChosen, ManyDeed, done, many, undo};
pub use saved::{
    MAX_FILTER_NAME, SAVED_FILTER, SavedFilter, SavedFilterView, TypedFilter, change_filter, delete_filter, may_share,
    save_filter, saved_filter, saved_filters,
};
pub use view::{
    EARLIER, Note, POSTS, Posting, RecordView, keep_draft, kind_of_posted, mail_came, note, person, post_in, view,
    view_before, visit,
};

pub use crate::store::attachments::AttachmentFile;
pub use crate::store::kept::RecordDraft;
pub use crate::store::posts::{ConversationPart, Post};
pub use crate::store::query::Direction;
pub use crate::store::records::RecordStage;
pub use crate::store::records::list::{Assigned, MAILS, RecordOrder, ShownCount};
pub use crate::store::records::view::{Related, Relations, ShownUpTo};

use super::{OperationError, module, require};
use crate::domain::id::{RecordId, StageId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::say;
use crate::store::records::view::Record;
use crate::store::sight::RecordSight;
use crate::store::{Db, records};

/// For who may see it: to others a confidential record is not there.
fn existing(db: &mut Db, caller: &Caller, module: &Module, id: RecordId) -> Result<Record, OperationError> {
    let sight = RecordSight::of(db, caller)?;
    records::view::find(db, sight, &module.model, id)?
        .ok_or_else(|| OperationError::NotFound(say!("record-missing", label = module.label, id).into()))
}

/// The code of a stage of this record type, within the caller's transaction.
pub fn stage_code(db: &mut Db, caller: &Caller, model: &str, id: StageId) -> Result<Option<String>, OperationError> {
    require(caller, Right::Read, Object::Stages, || say!("deed-read-stages"))?;
    let stage = records::stages(db, model)?.into_iter().find(|stage| stage.id == id);
    Ok(stage.map(|stage| stage.code))
}

/// The name of an audit entry and of a message: `2026-000001 Paiement non reçu`.
fn title(record: &Record) -> String {
    format!("{} {}", record.number, record.name)
}
