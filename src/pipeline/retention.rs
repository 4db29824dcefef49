//! Dropping what has had its time. Sources: 90 days after a message settled, unless its server keeps originals. Held mail
//! keeps its source for as long as it is held.

use chrono::TimeDelta;

use super::Pipeline;
use crate::domain::id::{MessageId, SourceId};
use crate::domain::{Moment, now};
use crate::message;
use crate::store::blob::{self, BlobError, SourceReader};
use crate::store::{StoreError, attachments, message_parts, messages, posts};

/// Days that a source is kept after its message settled.
pub const DAYS: i64 = 90;

/// Days that parts of a large message are kept for after the last one came: by then its line or its mailbox is another.
const PART_DAYS: i64 = 7;

const AT_ONCE: i64 = 100;

/// Drops what is due by now, one transaction a message: its attachments are written out first. Gives back how many.
pub fn sweep(pipeline: &Pipeline) -> Result<usize, StoreError> {
    pipeline.store.write(|db| message_parts::forget_older(db, now() - TimeDelta::days(PART_DAYS)))?;
    sweep_settled_before(pipeline, now() - TimeDelta::days(DAYS))
}

/// The same for messages that settled before this moment.
pub fn sweep_settled_before(pipeline: &Pipeline, moment: Moment) -> Result<usize, StoreError> {
    let mut dropped = 0;
    let mut after = MessageId(0);
    loop {
        let expired = pipeline.store.read(|db| messages::expired(db, moment, after, AT_ONCE))?;
        let Some((last, _)) = expired.last() else { return Ok(dropped) };
        after = *last;
        for (id, source) in expired {
            match drop_source(pipeline, id, source) {
                Ok(()) => dropped += 1,
                Err(BlobError::Store(error)) => return Err(error),
                Err(BlobError::Io(error)) => {
                    tracing::warn!(message = %id, %error, "what outlives its source can't be cut out; the source is kept");
                }
            }
        }
    }
}

fn drop_source(pipeline: &Pipeline, id: MessageId, source: SourceId) -> Result<(), BlobError> {
    pipeline.store.write(|db| {
        for (attachment, part) in attachments::within(db, source)? {
            let mut reader = SourceReader::open(&pipeline.store, source)?;
            let stored = blob::write(db, &mut *message::part(&mut reader, &part)?)?;
            attachments::stand_alone(db, attachment, stored.id)?;
        }
        posts::stand_alone(db, source)?;
        messages::forget_source(db, id)?;
        Ok(blob::delete(db, source)?)
    })
}
