//! Dropping what has had its time. Sources: 90 days after a message settled, unless its server keeps originals; what a person can open
//! of them is written out before. Held mail keeps its source for as long as it is held.
//!
//! It may be very much: it is done in short transactions that give way to whoever wants to write meanwhile, and it may end between any
//! two of them.

use chrono::TimeDelta;

use super::Pipeline;
use crate::domain::id::{AttachmentId, MessageId, SourceId};
use crate::domain::{Moment, now};
use crate::message;
use crate::store::blob::{self, BlobError, LooseSource, SourceReader};
use crate::store::messages::{self, fate};
use crate::store::{StoreError, attachments, message_parts, posts};

/// Days that a source is kept after its message settled.
pub const DAYS: i64 = 90;

/// Days that parts of a large message are kept for after the last one came: by then its line or its mailbox is another.
const PART_DAYS: i64 = 7;

/// Days after which nobody comes to own a source any more: whoever wrote it has ended.
const LOOSE_DAYS: i64 = 1;

const LOOKED_UP: i64 = 100;

/// Drops what is due by now, until `ends` says that there is no more time. Gives back how many messages lost their source.
pub fn sweep(pipeline: &Pipeline, ends: &dyn Fn() -> bool) -> Result<usize, StoreError> {
    let store = &pipeline.store;
    let days_ago = |days| now() - TimeDelta::days(days);
    let parts = store.read(|db| message_parts::older(db, days_ago(PART_DAYS)))?;
    for (mailbox, key) in parts.into_iter().take_while(|_| !ends()) {
        store.write_aside(|db| message_parts::forget(db, mailbox, &[key]))?;
    }
    let left = store.read(|db| blob::left_loose(db, days_ago(LOOSE_DAYS)))?;
    for source in left.into_iter().take_while(|_| !ends()) {
        store.write_aside(|db| blob::delete(db, source))?;
    }
    sweep_settled_before(pipeline, days_ago(DAYS), ends)
}

/// The same for messages that settled before this moment.
pub fn sweep_settled_before(pipeline: &Pipeline, moment: Moment, ends: &dyn Fn() -> bool) -> Result<usize, StoreError> {
    let mut dropped = 0;
    let mut after = MessageId(0);
    loop {
        let expired =
            pipeline.store.read(|db| messages::expired(db, moment, (after, MessageId(i32::MAX)), LOOKED_UP))?;
        let Some((last, _)) = expired.last() else { return Ok(dropped) };
        after = *last;
        for (id, source) in expired {
            if ends() {
                return Ok(dropped);
            }
            match drop_source(pipeline, (id, source), moment, ends) {
                Ok(gone) => dropped += usize::from(gone),
                Err(BlobError::Store(error)) if !error.may_be_the_data() => return Err(error),
                // One message's trouble is its own.
                Err(error) => tracing::warn!(message = %id, %error, "its source can't be dropped and is kept"),
            }
        }
    }
}

/// Its attachments are written before anything refers to them. False where its message was taken up again since it was looked up, and
/// needs it, or there is no more time.
fn drop_source(
    pipeline: &Pipeline,
    expired: (MessageId, SourceId),
    before: Moment,
    ends: &dyn Fn() -> bool,
) -> Result<bool, BlobError> {
    let store = &pipeline.store;
    let parts = store.read(|db| attachments::within(db, expired.1))?;
    let mut files = Vec::new();
    let dropped = match cut_out(pipeline, expired.1, &parts, &mut files, ends) {
        Ok(true) => let_go(pipeline, expired, before, &parts, &files),
        otherwise => otherwise,
    };
    if !matches!(dropped, Ok(true)) {
        for file in files {
            // Otherwise it goes after a day.
            if let Err(error) = store.write_aside(|db| blob::delete(db, file.id)) {
                tracing::warn!(source = %file.id, %error, "what was cut out for nothing can't be deleted now");
            }
        }
    }
    dropped
}

/// Writes the parts of a source as sources of their own. False where there is no more time.
fn cut_out(
    pipeline: &Pipeline,
    source: SourceId,
    parts: &[(AttachmentId, String)],
    files: &mut Vec<LooseSource>,
    ends: &dyn Fn() -> bool,
) -> Result<bool, BlobError> {
    let store = &pipeline.store;
    for (_, part) in parts {
        let mut reader = SourceReader::open(store, source)?;
        let mut part = message::part(&mut reader, part)?;
        let file = files.push_mut(LooseSource::begin(store)?);
        while file.add_chunk(store, &mut *part)? {
            if ends() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// From the end of this transaction on the attachments have bytes of their own, the texts stand by themselves, and the source is gone.
fn let_go(
    pipeline: &Pipeline,
    (id, source): (MessageId, SourceId),
    before: Moment,
    parts: &[(AttachmentId, String)],
    files: &[LooseSource],
) -> Result<bool, BlobError> {
    pipeline.store.write_aside(|db| {
        // Nobody moves it from here on.
        fate::lock(db, &[id], &messages::MAY_LOSE_SOURCE)?;
        let is_expired = messages::expired(db, before, (MessageId(id.0 - 1), id), 1)? == [(id, source)];
        if !is_expired || attachments::within(db, source)? != parts {
            return Ok(false);
        }
        for ((attachment, _), file) in parts.iter().zip(files) {
            let own = file.own(db)?;
            attachments::stand_alone(db, *attachment, own)?;
        }
        posts::stand_alone(db, source)?;
        messages::forget_source(db, id)?;
        blob::delete(db, source)?;
        Ok(true)
    })
}
