//! Saved filters: what a list is narrowed to, under a name. Everybody keeps their own; who works on records may share one
//! with everybody, and the audit has what becomes of those.

use serde_json::{Value, json};

use super::module;
use crate::domain::Invalid;
use crate::domain::id::{SavedFilterId, UserId};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::operations::{App, OperationError, require};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::kept::NewSavedFilter;
use crate::store::{Db, kept as stored};
use crate::{complain, say};

pub use crate::store::kept::SavedFilter;

/// What the audit calls one.
pub const SAVED_FILTER: &str = "mailgate.saved_filter";
/// Characters of a name: the list shows all of them in a row.
pub const MAX_FILTER_NAME: usize = 60;
/// Characters of what it asks for.
const MAX_ASKED: usize = 4_000;
/// Of a record type, that one person sees.
const MOST: usize = 100;

/// As it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedFilter {
    pub name: String,
    /// What the list was asked for, as its address says it.
    pub asked: String,
    pub shared: bool,
}

/// A saved filter as one person sees it.
#[derive(Debug, Clone)]
pub struct SavedFilterView {
    pub filter: SavedFilter,
    pub own: bool,
    pub may_change: bool,
}

impl SavedFilterView {
    fn of(filter: SavedFilter, caller: &Caller) -> Self {
        let own = caller.user == Some(filter.user_id);
        Self { own, may_change: own || caller.may(Right::Write, Object::SharedFilters), filter }
    }
}

/// A person's own of a record type, and those that are shared, by name.
pub fn saved_filters(app: &App, caller: &Caller, model: &str) -> Result<Vec<SavedFilterView>, OperationError> {
    require(caller, Right::Read, Object::SharedFilters, || say!("deed-read-records"))?;
    let found = app.store.read(|db| Ok::<_, OperationError>(stored::filters_of(db, caller.user, model)?))?;
    Ok(found.into_iter().map(|one| SavedFilterView::of(one, caller)).collect())
}

pub fn saved_filter(app: &App, caller: &Caller, id: SavedFilterId) -> Result<SavedFilterView, OperationError> {
    require(caller, Right::Read, Object::SharedFilters, || say!("deed-read-records"))?;
    app.store.read(|db| seen(db, caller, id))
}

/// Whether somebody may share what they save.
pub fn may_share(caller: &Caller) -> bool {
    caller.may(Right::Create, Object::SharedFilters)
}

/// Saves a filter; one's own of the same name is this one from then on.
pub fn save_filter(
    app: &App,
    caller: &Caller,
    model: &str,
    typed: &TypedFilter,
) -> Result<SavedFilterId, OperationError> {
    require(caller, Right::Read, Object::SharedFilters, || say!("deed-read-records"))?;
    let (user, module) = (account(caller)?, module(app, model)?);
    let name = checked(caller, typed, false)?;
    if typed.asked.chars().count() > MAX_ASKED {
        return Err(Invalid::new("name", say!("filter-long", most = MAX_ASKED)).into());
    }
    app.store.write(|db| {
        let known = stored::filters_of(db, caller.user, &module.model)?;
        let before = known.iter().find(|one| one.user_id == user && one.name == name);
        let own = known.iter().filter(|one| one.user_id == user).count();
        if before.is_none() && own >= MOST {
            return Err(Invalid::new("name", say!("filter-many", most = MOST)).into());
        }
        room_to_share(&known, typed.shared && !before.is_some_and(|before| before.shared))?;
        let new = NewSavedFilter {
            user_id: user,
            model: &module.model,
            name: &name,
            asked: &typed.asked,
            shared: typed.shared,
        };
        let id = stored::put_filter(db, &new)?;
        if typed.shared || before.is_some_and(|before| before.shared) {
            let action = if before.is_some() { AuditAction::Write } else { AuditAction::Create };
            let after = told(&name, &typed.asked, typed.shared);
            remember(db, caller, action, (id, &name), before.map(told_of), Some(after))?;
        }
        Ok(id)
    })
}

/// Gives it another name, and shares it or not.
pub fn change_filter(
    app: &App,
    caller: &Caller,
    id: SavedFilterId,
    typed: &TypedFilter,
) -> Result<SavedFilter, OperationError> {
    app.store.write(|db| {
        let before = changeable(db, caller, id)?;
        let name = checked(caller, typed, before.shared)?;
        let of_keeper = stored::filters_of(db, Some(before.user_id), &before.model)?;
        if of_keeper.iter().any(|one| one.id != id && one.user_id == before.user_id && one.name == name) {
            return Err(Invalid::new("name", say!("filter-same", name)).into());
        }
        room_to_share(&of_keeper, typed.shared && !before.shared)?;
        stored::change_filter(db, id, &name, typed.shared)?;
        if before.shared || typed.shared {
            let after = told(&name, &before.asked, typed.shared);
            remember(db, caller, AuditAction::Write, (id, &name), Some(told_of(&before)), Some(after))?;
        }
        Ok(before)
    })
}

/// Every list page shows all that are shared.
fn room_to_share(known: &[SavedFilter], one_more: bool) -> Result<(), OperationError> {
    if one_more && known.iter().filter(|one| one.shared).count() >= MOST {
        return Err(Invalid::new("shared", say!("filter-many", most = MOST)).into());
    }
    Ok(())
}

pub fn delete_filter(app: &App, caller: &Caller, id: SavedFilterId) -> Result<SavedFilter, OperationError> {
    app.store.write(|db| {
        let before = changeable(db, caller, id)?;
        stored::delete_filter(db, id)?;
        if before.shared {
            remember(db, caller, AuditAction::Delete, (id, &before.name), Some(told_of(&before)), None)?;
        }
        Ok(before)
    })
}

/// The command line has no lists to come back to.
fn account(caller: &Caller) -> Result<UserId, OperationError> {
    caller.user.ok_or_else(|| OperationError::NotFound(complain!("filter-gone")))
}

/// Somebody else's that is not shared is not there.
fn seen(db: &mut Db, caller: &Caller, id: SavedFilterId) -> Result<SavedFilterView, OperationError> {
    let found = stored::filter(db, id)?.map(|one| SavedFilterView::of(one, caller));
    let found = found.filter(|one| one.own || one.filter.shared);
    found.ok_or_else(|| OperationError::NotFound(complain!("filter-gone")))
}

fn changeable(db: &mut Db, caller: &Caller, id: SavedFilterId) -> Result<SavedFilter, OperationError> {
    let found = seen(db, caller, id)?;
    if !found.own {
        require(caller, Right::Write, Object::SharedFilters, || say!("deed-change-shared-filters"))?;
    }
    Ok(found.filter)
}

/// The name as it is saved. What is shared already stays so without being asked again.
fn checked(caller: &Caller, typed: &TypedFilter, was_shared: bool) -> Result<String, OperationError> {
    if typed.shared && !was_shared {
        require(caller, Right::Create, Object::SharedFilters, || say!("deed-share-filters"))?;
    }
    let name = typed.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Invalid::new("name", say!("filter-nameless")).into());
    }
    if name.chars().count() > MAX_FILTER_NAME || name.chars().any(char::is_control) {
        return Err(Invalid::new("name", say!("filter-name-long", max = MAX_FILTER_NAME)).into());
    }
    Ok(name)
}

fn told_of(filter: &SavedFilter) -> Value {
    told(&filter.name, &filter.asked, filter.shared)
}

fn told(name: &str, asked: &str, shared: bool) -> Value {
    json!({ "name": name, "list": asked, "shared": shared })
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (id, name): (SavedFilterId, &str),
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), OperationError> {
    Ok(audit::write(db, &NewAuditEntry::new(caller, action, SAVED_FILTER, Some(id.0), name).changed(before, after))?)
}
