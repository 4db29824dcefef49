//! What a person types on a record's page, kept while they type; and who else has it open.

use chrono::TimeDelta;

use super::{existing, module, same, value};
use crate::domain::id::{PostId, RecordId, UserId};
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::drafts::{self, RecordDraft};
use crate::store::{Db, StoreError, posts, visits};

/// Records that a person may have something unsent on, and how long it waits.
const MOST: i64 = 50;
const LONGEST: TimeDelta = TimeDelta::days(30);
/// Bytes of what is typed on one of them.
const LARGEST: usize = 256 << 10;

/// Keeps what is typed, in place of what was; nothing typed is nothing kept. `after` is the newest entry of the conversation
/// when the page was drawn: what was sent from it since, and comes late, is not typed any more.
pub fn keep_draft(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    draft: &RecordDraft,
    after: Option<PostId>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-write-notes"))?;
    let Some(user) = caller.user else { return Ok(()) };
    let size: usize =
        draft.note.len() + draft.typed.values().chain(draft.seen.values()).map(String::len).sum::<usize>();
    if size > LARGEST {
        return Ok(());
    }
    if draft.is_empty() {
        // Most pages are left with nothing typed: then nothing is written.
        return match app.store.read(|db| drafts::get(db, user, id))? {
            Some(_) => app.store.write(|db| Ok(drafts::forget(db, user, id)?)),
            None => Ok(()),
        };
    }
    let module = module(app, model)?;
    app.store.write(|db| {
        let (record, mut draft) = (existing(db, caller, module, id)?, draft.clone());
        if let Some(after) = after.filter(|_| !draft.note.trim().is_empty()) {
            let begun = draft.note.trim().replace("\r\n", "\n");
            let sent = posts::notes_after(db, model, id, after, user)?;
            if sent.iter().any(|note| note.starts_with(&begun)) {
                draft.note.clear();
            }
        }
        let saved =
            |name: &str, typed: &str| value(module, &record, name).is_some_and(|now| same(module, name, &now, typed));
        draft.typed.retain(|name, typed| !saved(name, typed));
        match draft.is_empty() {
            true => Ok(drafts::forget(db, user, id)?),
            false => Ok(drafts::put(db, user, id, &draft, (MOST, now() - LONGEST))?),
        }
    })
}

/// What the caller typed on this record and did not send.
pub(super) fn draft_in(db: &mut Db, caller: &Caller, id: RecordId) -> Result<Option<RecordDraft>, StoreError> {
    caller.user.map_or(Ok(None), |user| drafts::get(db, user, id))
}

/// A page says that it is open at least as often as this, and counts for twice as long.
const SAYS: TimeDelta = TimeDelta::seconds(30);
/// People that are named.
const NAMED: i64 = 6;

/// Says that the caller has this record open, and who else has.
pub fn visit(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<Vec<(UserId, String)>, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    let at = now();
    let others = app.store.read(|db| {
        existing(db, caller, module, id)?;
        let known = caller.user.map(|user| visits::last(db, id, user)).transpose()?.flatten();
        Ok::<_, OperationError>((others_in(db, caller, id)?, known))
    });
    let (others, known) = others?;
    if let Some(user) = caller.user.filter(|_| known.is_none_or(|known| known < at - SAYS / 2)) {
        app.store.write(|db| Ok::<_, OperationError>(visits::note(db, id, user, at - SAYS * 2)?))?;
    }
    Ok(others)
}

/// Who else has this record open.
pub(super) fn others_in(db: &mut Db, caller: &Caller, id: RecordId) -> Result<Vec<(UserId, String)>, StoreError> {
    let mut all = visits::since(db, id, now() - SAYS * 2, NAMED)?;
    all.retain(|(user, _)| Some(*user) != caller.user);
    Ok(all)
}
