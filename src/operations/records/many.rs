//! One deed for many records of a list, and the way back. Each record is changed as on its own page: told in its
//! conversation, and in the audit.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::change::change_in;
use super::join::turn_in;
use super::list::{AskedFilter, RecordQuery};
use super::{Edit, existing, module};
use crate::domain::id::{ListDeedId, PostId, RecordId, TagId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::{Invalid, Moment, now};
use crate::operations::{App, OperationError, ReadPurpose, reading_for, require};
use crate::say;
use crate::store::kept::{self, Changed, NewListDeed};
use crate::store::records::list as stored;
use crate::store::records::view::{self, Record, ShownUpTo};
use crate::store::{Db, posts, savepoint};

/// Records that one deed changes at most: what a list counts.
pub const MOST: i64 = stored::COUNTED;
/// Records of one transaction: mail that comes meanwhile waits no longer than for these.
const AT_ONCE: usize = 100;
/// How long a deed can be undone.
const UNDONE_WITHIN: TimeDelta = TimeDelta::days(1);

/// What runs this long is not running any more.
const BROKEN_OFF_AFTER: TimeDelta = TimeDelta::minutes(2);

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManyDeed {
    /// A field is set, as in [`Edit`]: whose it is, its stage, its category, a choice.
    Set(String, String),
    /// It gets a tag, or with false, loses it.
    Tag(TagId, bool),
    /// *Not a grievance*, or with true, one after all.
    Active(bool),
}

/// What says whether a record counts as one.
const ACTIVE: &str = "active";

impl ManyDeed {
    /// The field that it writes; None where records of this type have none such.
    fn field<'a>(&'a self, module: &'a Module) -> Option<&'a str> {
        match self {
            Self::Set(field, _) => {
                let own = || module.choices().chain(module.category()).any(|one| one.name == *field);
                (matches!(field.as_str(), "user_id" | "stage_id" | "priority") || own()).then_some(field)
            }
            Self::Tag(..) => module.tags().map(|field| field.name.as_str()),
            Self::Active(_) => Some(ACTIVE),
        }
    }
}

/// To which records.
#[derive(Debug, Clone)]
pub enum ManyChosen {
    These(Vec<RecordId>),
    /// All that the list shows, the first [`MOST`] of them.
    All(Box<RecordQuery>),
}

/// What came of it. A record that is so already is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ManyDone {
    pub changed: usize,
    /// Left as they are: mail came meanwhile, or they went elsewhere.
    pub kept: usize,
    /// For [`undo`].
    pub id: Option<ListDeedId>,
    /// It did not come to its end.
    pub broke_off: bool,
}

/// `seen` is the newest entry that there was when the person looked: what has mail behind it does not leave the lists.
/// What is to be undone is written with each share of the records: a deed that breaks off can be undone, too.
pub fn many(
    app: &App,
    caller: &Caller,
    model: &str,
    chosen: &ManyChosen,
    deed: &ManyDeed,
    seen: PostId,
) -> Result<ManyDone, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    let unknown = || Invalid::new("deed", say!("record-many-field", label = module.label));
    let field = deed.field(module).ok_or_else(unknown)?;
    let ids = match chosen {
        ManyChosen::These(ids) => ids.iter().copied().take(usize::try_from(MOST).unwrap_or_default()).collect(),
        // All of them, whatever has to be read for it: no page waits for that.
        ManyChosen::All(query) => reading_for(ReadPurpose::Call, || {
            app.search(caller, |db| {
                let asked = AskedFilter::of(db, caller, module, query)?;
                Ok(stored::ids(db, &asked.filter, (query.order, query.direction), MOST)?.0)
            })
        })?,
    };
    let id = match caller.user {
        Some(user) => Some(app.store.write(|db| {
            kept::forget_deeds(db, now() - UNDONE_WITHIN)?;
            kept::begin_deed(db, &NewListDeed { user_id: user, model, deed: field, kept: 0 })
        })?),
        None => None,
    };
    let (mut changed, mut kept): (Vec<Changed>, usize) = (Vec::new(), 0);
    let shares = ids.len().div_ceil(AT_ONCE);
    for (share, some) in ids.chunks(AT_ONCE).enumerate() {
        let (theirs, left) = app.store.write(|db| {
            let (mut theirs, mut left) = (changed.clone(), kept);
            for record in some {
                match savepoint(db, |db| one(db, caller, module, *record, deed, seen)) {
                    Ok(OneDone::Changed(one)) => theirs.push(one),
                    Ok(OneDone::SoAlready) => {}
                    // Somebody else changed it at this very moment.
                    Ok(OneDone::Kept) | Err(OperationError::Conflict(_)) => left += 1,
                    Err(error) => return Err(error),
                }
            }
            if let Some(id) = id {
                let is_last = share + 1 == shares;
                kept::set_deed(db, id, &theirs, i32::try_from(left).unwrap_or(i32::MAX), is_last)?;
            }
            Ok::<_, OperationError>((theirs, left))
        })?;
        (changed, kept) = (theirs, left);
    }
    Ok(ManyDone { changed: changed.len(), kept, id, broke_off: false })
}

enum OneDone {
    Changed(Changed),
    SoAlready,
    Kept,
}

fn one(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    id: RecordId,
    deed: &ManyDeed,
    seen: PostId,
) -> Result<OneDone, OperationError> {
    // Mail that comes at this moment waits until it is done: what is looked for below is all that there is.
    view::hold(db, id)?;
    let record = match existing(db, caller, module, id) {
        Ok(record) if record.joined.is_none() && record.undone.is_none() => record,
        Ok(_) | Err(OperationError::NotFound(_)) => return Ok(OneDone::Kept),
        Err(error) => return Err(error),
    };
    let value = deed.field(module).and_then(|field| super::value(module, &record, field));
    let before = value.unwrap_or_else(|| record.active.to_string());
    if let ManyDeed::Active(false) = deed
        && posts::mail_after(db, &module.model, id, seen)?
    {
        return Ok(OneDone::Kept);
    }
    carry_out(db, caller, module, &record, deed, None)?;
    let version = existing(db, caller, module, id)?.version;
    Ok(match version == record.version {
        true => OneDone::SoAlready,
        false => OneDone::Changed(Changed { id, version, before, closed_at: record.closed_at }),
    })
}

/// Of a record just read within the transaction. What is wrong with the deed itself is wrong for all. `settled` as in
/// [`Edit`].
fn carry_out(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    deed: &ManyDeed,
    settled: Option<Moment>,
) -> Result<(), OperationError> {
    let (field, value) = match deed {
        ManyDeed::Set(field, value) => (field.as_str(), value.clone()),
        ManyDeed::Tag(tag, given) => {
            let mut tags: Vec<TagId> = record.tags.iter().copied().filter(|one| one != tag).collect();
            tags.extend(given.then_some(*tag));
            let ids: Vec<String> = tags.iter().map(TagId::to_string).collect();
            (deed.field(module).unwrap_or_default(), ids.join(","))
        }
        ManyDeed::Active(active) => {
            return turn_in(db, caller, module, record, (record.version, ShownUpTo::Everything), *active);
        }
    };
    // Whoever works through a list has read lines, not mails: *New mail* stays.
    let values = BTreeMap::from([(field.to_owned(), value)]);
    let edit = Edit { version: record.version, values, shown: ShownUpTo::Nothing, settled, ..Edit::default() };
    change_in(db, caller, module, record, &edit)
}

/// What became of a deed; None where it is too long ago, undone, or somebody else's. Without a deed, one of the person's own
/// that broke off.
pub fn done(
    app: &App,
    caller: &Caller,
    model: &str,
    id: Option<ListDeedId>,
) -> Result<Option<ManyDone>, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let Some(user) = caller.user else { return Ok(None) };
    app.store.read(|db| {
        let id = match id {
            Some(id) => Some(id),
            None => kept::deeds_broken_off(db, user, model, now() - BROKEN_OFF_AFTER)?,
        };
        let Some(id) = id else { return Ok(None) };
        let own = kept::deed(db, id)?.filter(|deed| deed.user_id == user && deed.model == model);
        Ok(own.map(|deed| ManyDone {
            changed: deed.changed.len(),
            kept: usize::try_from(deed.kept).unwrap_or_default(),
            id: Some(id),
            broke_off: !deed.finished,
        }))
    })
}

/// Gives each record its value back, unless somebody changed it since. What is undone is taken off the deed in the same
/// transaction: whoever presses twice undoes once, and one that breaks off can be gone on with.
pub fn undo(app: &App, caller: &Caller, model: &str, id: ListDeedId) -> Result<ManyDone, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    let gone = || OperationError::NotFound(say!("record-many-gone").into());
    let (mut done, mut begun) = (ManyDone::default(), false);
    loop {
        let (back, looked) = app.store.write(|db| {
            let held = kept::hold_deed(db, id)?;
            let Some(deed) = held.filter(|deed| Some(deed.user_id) == caller.user && deed.model == model) else {
                return if begun { Ok((0, 0)) } else { Err(gone()) };
            };
            let (some, rest) = deed.changed.split_at(deed.changed.len().min(AT_ONCE));
            let mut back = 0;
            for changed in some {
                back += usize::from(savepoint(db, |db| undo_one(db, caller, module, &deed.deed, changed))?);
            }
            match rest {
                [] => drop(kept::delete_deed(db, id)?),
                rest => kept::set_deed(db, id, rest, deed.kept, deed.finished)?,
            }
            Ok::<_, OperationError>((back, some.len()))
        })?;
        begun = true;
        done.changed += back;
        done.kept += looked - back;
        if looked < AT_ONCE {
            return Ok(done);
        }
    }
}

/// Whether it is as before.
fn undo_one(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    field: &str,
    changed: &Changed,
) -> Result<bool, OperationError> {
    view::hold(db, changed.id)?;
    let record = match existing(db, caller, module, changed.id) {
        Ok(record) => record,
        // They are not named for it any more.
        Err(OperationError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let way_back = match field {
        ACTIVE => ManyDeed::Active(changed.before == "true"),
        field => ManyDeed::Set(field.to_owned(), changed.before.clone()),
    };
    // Mail that came since keeps a record in the lists.
    let answered = way_back == ManyDeed::Active(false) && record.new_mail;
    if record.version != changed.version || answered {
        return Ok(false);
    }
    match carry_out(db, caller, module, &record, &way_back, changed.closed_at) {
        Ok(()) => Ok(true),
        // Who had it was archived meanwhile, or the stage is gone.
        Err(OperationError::Invalid(_) | OperationError::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
