//! The ledger as people work with it: the list, one message, its source, and what a person decides about it.
//! Reading is for all roles, deciding for officers and administrators.

mod act;
mod bulk;
mod content;
mod correct;
mod list;
mod sender;
mod sender_desk;
mod source;
mod view;

pub use act::{Deed, Standing, act};
pub use bulk::{BATCH, Batch, bulk};
pub use content::{MessageContent, attachment, content};
pub use correct::{MailCorrection, correct};
pub use list::{LedgerList, LedgerRequest, PAGE, Tab, held, list};
pub use sender::{
    Candidates, Linked, Linking, candidates, create_sender, forget_sender, link_own_sender, link_sender,
    sender_as_contact,
};
pub use source::{HEAD, OpenedSource, copy_source, open_source};
pub use view::{MessageView, view};

pub use crate::store::messages::list::{LedgerLine, LedgerPart};
pub use crate::store::messages::view::Event;

use super::OperationError;
use crate::domain::id::MessageId;
use crate::domain::person::Caller;
use crate::store::Db;
use crate::store::messages;
use crate::store::messages::view::MessageRow;
use crate::store::sight::RecordSight;
use crate::{complain, say};

impl MessageRow {
    /// What can be done with it.
    pub fn standing(&self) -> Standing<'_> {
        let Self { state, reason, .. } = *self;
        Standing { state, reason, detail: self.reason_detail.as_ref(), has_source: self.source.is_some() }
    }
}

impl LedgerLine {
    /// What can be done with it.
    pub fn standing(&self) -> Standing<'_> {
        let Self { state, reason, .. } = *self;
        Standing { state, reason, detail: self.reason_detail.as_ref(), has_source: self.source.is_some() }
    }
}

/// For who may see what it says: others are told that it is confidential.
fn existing(db: &mut Db, caller: &Caller, id: MessageId) -> Result<MessageRow, OperationError> {
    let found = messages::view::find(db, id)?;
    let found = found.ok_or_else(|| OperationError::NotFound(say!("message-missing", id).into()))?;
    match RecordSight::of(db, caller)?.hidden_mails(db, &[id])?.is_empty() {
        true => Ok(found),
        false => Err(OperationError::Denied(complain!("message-confidential", id))),
    }
}
