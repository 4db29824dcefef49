//! One deed for many records of a list, and the way back. Each record is changed as on its own page: told in its
//! conversation, and in the audit.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::change::change_in;
use super::list::{AskedFilter, RecordQuery};
use super::verdict::turn_in;
use super::{Edit, existing, module};
use crate::domain::id::{ListDeedId, PostId, RecordId};
use crate::domain::module::Module;
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::list_deeds::{self, Changed, NewListDeed};
use crate::store::records::list as stored;
use crate::store::records::view::{Record, ShownUpTo};
use crate::store::{Db, posts};

/// Records that one deed changes at most: what a list counts.
pub const MOST: i64 = stored::COUNTED;
/// Records of one transaction: mail that comes meanwhile waits no longer than for these.
const AT_ONCE: usize = 100;
/// How long a deed can be undone.
const UNDONE_WITHIN: TimeDelta = TimeDelta::days(1);

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManyDeed {
    /// To the account with this id; empty: to nobody.
    Assign(String),
    /// To the stage with this code.
    Stage(String),
    /// *Not a grievance*, or with true, one after all.
    Active(bool),
}

impl ManyDeed {
    /// The field that it writes.
    fn field(&self) -> &'static str {
        match self {
            Self::Assign(_) => "user_id",
            Self::Stage(_) => "stage_id",
            Self::Active(_) => "active",
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
}

/// `seen` is the newest entry that there was when the person looked: what has mail behind it does not leave the lists.
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
    let ids = match chosen {
        ManyChosen::These(ids) => ids.iter().copied().take(usize::try_from(MOST).unwrap_or_default()).collect(),
        ManyChosen::All(query) => app.search(caller, |db| {
            let asked = AskedFilter::of(db, caller, model, query)?;
            Ok(stored::ids(db, &asked.filter, (query.order, query.direction), MOST)?)
        })?,
    };
    let (mut changed, mut kept): (Vec<Changed>, usize) = (Vec::new(), 0);
    for some in ids.chunks(AT_ONCE) {
        let (theirs, left) = app.store.write(|db| {
            let (mut theirs, mut left) = (Vec::new(), 0);
            for id in some {
                match one(db, caller, module, *id, deed, seen)? {
                    OneDone::Changed(one) => theirs.push(one),
                    OneDone::SoAlready => {}
                    OneDone::Kept => left += 1,
                }
            }
            Ok::<_, OperationError>((theirs, left))
        })?;
        changed.extend(theirs);
        kept += left;
    }
    let count = changed.len();
    let id = match caller.user {
        Some(user) if count + kept > 0 => app.store.write(|db| {
            list_deeds::forget(db, now() - UNDONE_WITHIN)?;
            let new =
                NewListDeed { user_id: user, model, deed: deed.field(), kept: i32::try_from(kept).unwrap_or(i32::MAX) };
            Ok::<_, OperationError>(Some(list_deeds::insert(db, &new, &changed)?))
        })?,
        _ => None,
    };
    Ok(ManyDone { changed: count, kept, id })
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
    let record = match existing(db, module, id) {
        Ok(record) if record.joined.is_none() && record.undone.is_none() => record,
        Ok(_) | Err(OperationError::NotFound(_)) => return Ok(OneDone::Kept),
        Err(error) => return Err(error),
    };
    let before = super::value(module, &record, deed.field()).unwrap_or_else(|| record.active.to_string());
    if let ManyDeed::Active(false) = deed
        && posts::mail_after(db, &module.model, id, seen)?
    {
        return Ok(OneDone::Kept);
    }
    carry_out(db, caller, module, &record, deed)?;
    let version = existing(db, module, id)?.version;
    Ok(match version == record.version {
        true => OneDone::SoAlready,
        false => OneDone::Changed(Changed { id, version, before }),
    })
}

/// Of a record just read within the transaction. What is wrong with the deed itself is wrong for all.
fn carry_out(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    deed: &ManyDeed,
) -> Result<(), OperationError> {
    let value = match deed {
        ManyDeed::Assign(value) | ManyDeed::Stage(value) => value,
        ManyDeed::Active(active) => {
            return turn_in(db, caller, module, record, (record.version, ShownUpTo::Everything), *active);
        }
    };
    // Whoever works through a list has read lines, not mails: *New mail* stays.
    let values = BTreeMap::from([(deed.field().to_owned(), value.clone())]);
    let edit = Edit { version: record.version, values, shown: ShownUpTo::Nothing, ..Edit::default() };
    change_in(db, caller, module, record, &edit)
}

/// What became of a deed; None where it is too long ago, undone, or somebody else's.
pub fn done(app: &App, caller: &Caller, model: &str, id: ListDeedId) -> Result<Option<ManyDone>, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let deed = app.store.read(|db| list_deeds::get(db, id))?;
    let own = deed.filter(|deed| Some(deed.user_id) == caller.user && deed.model == model);
    Ok(own.map(|deed| ManyDone {
        changed: deed.changed.len(),
        kept: usize::try_from(deed.kept).unwrap_or_default(),
        id: Some(id),
    }))
}

/// Gives each record its value back, unless somebody changed it since.
pub fn undo(app: &App, caller: &Caller, model: &str, id: ListDeedId) -> Result<ManyDone, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    let gone = || OperationError::NotFound(say!("record-many-gone").into());
    let deed = app.store.read(|db| list_deeds::get(db, id))?;
    let deed = deed.filter(|deed| Some(deed.user_id) == caller.user && deed.model == model).ok_or_else(gone)?;
    // Whoever presses twice undoes once.
    app.store.write(|db| Ok::<_, OperationError>(list_deeds::delete(db, id)?))?.then_some(()).ok_or_else(gone)?;
    let mut done = ManyDone::default();
    for some in deed.changed.chunks(AT_ONCE) {
        let back = app.store.write(|db| {
            let mut back = 0;
            for changed in some {
                let record = existing(db, module, changed.id)?;
                let way_back = match deed.deed.as_str() {
                    "user_id" => ManyDeed::Assign(changed.before.clone()),
                    "stage_id" => ManyDeed::Stage(changed.before.clone()),
                    _ => ManyDeed::Active(changed.before == "true"),
                };
                // Mail that came since keeps a record in the lists.
                let answered = way_back == ManyDeed::Active(false) && record.new_mail;
                if record.version != changed.version || answered {
                    continue;
                }
                match carry_out(db, caller, module, &record, &way_back) {
                    Ok(()) => back += 1,
                    // Who had it was archived meanwhile, or the stage is gone.
                    Err(OperationError::Invalid(_) | OperationError::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok::<_, OperationError>(back)
        })?;
        done.changed += back;
    }
    done.kept = deed.changed.len() - done.changed;
    Ok(done)
}
