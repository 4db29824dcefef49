//! What administrators keep for records: what they are about, and when they are due.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{App, OperationError, module, require};
use crate::domain::Invalid;
use crate::domain::due::{Deadlines, DueTerms, MOST_DAYS, WorkingTime};
use crate::domain::id::{CategoryId, TagId};
use crate::domain::module::{Module, category_model, tag_model};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::text::fold;
use crate::domain::words::ToArgument;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::categories::NewCategory;
use crate::store::records::due as stored_due;
use crate::store::sight::RecordSight;
use crate::store::{Backend, Db, StoreError, categories as stored};
use crate::{pipeline, say};

pub use crate::store::categories::{Category, KeptTag};

/// Characters of a name, and of a code.
const MAX_NAME: usize = 100;
const MAX_CODE: usize = 40;
/// Levels of a tree.
const DEEPEST: usize = 6;
/// Categories or tags of a record type that are in use: a page and a form show them all.
const MOST: usize = 500;
/// Between the names of a path.
const BELOW: &str = " / ";

/// A category or a tag as an administrator types it: what records of a type are about. Both are kept by the same code; an
/// implementation says in what they differ. One that is no longer used is archived, and stays on the records that have it.
pub trait RecordClass: Clone + PartialEq + Send + 'static {
    type Id: Copy + PartialEq + Into<i32> + ToArgument + Send;
    type Kept;

    fn id(number: i32) -> Self::Id;
    fn id_of(kept: &Self::Kept) -> Self::Id;
    /// The name of its model, of that of the records.
    fn model_of(model: &str) -> String;
    /// As a new one starts.
    fn fresh() -> Self;
    fn of(kept: &Self::Kept) -> Self;
    /// All of a record type.
    fn all(db: &mut Db, model: &str) -> Result<Vec<Self::Kept>, StoreError>;
    /// As it will be kept, and what it is called then, where what is typed is right.
    fn checked(&self, all: &[Self::Kept], id: Option<Self::Id>) -> Result<(Self, String), OperationError>;
    fn told(&self, all: &[Self::Kept]) -> Value;
    fn insert(&self, db: &mut Db, model: &str, called: &str) -> Result<Self::Id, StoreError>;
    fn update(
        &self,
        db: &mut Db,
        model: &str,
        all: &[Self::Kept],
        before: &Self::Kept,
        called: &str,
    ) -> Result<(), StoreError>;
}

/// A category as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCategory {
    pub name: String,
    pub code: String,
    pub parent: Option<CategoryId>,
    /// Where it stands among those of the same parent.
    pub sequence: i32,
    pub active: bool,
}

impl TypedCategory {
    fn row<'a>(&'a self, model: &'a str, path: &'a str) -> NewCategory<'a> {
        NewCategory {
            model,
            name: &self.name,
            code: Some(self.code.as_str()).filter(|code| !code.is_empty()),
            parent: self.parent,
            path,
            sequence: self.sequence,
            active: self.active,
        }
    }
}

impl RecordClass for TypedCategory {
    type Id = CategoryId;
    type Kept = Category;

    fn id(number: i32) -> CategoryId {
        CategoryId(number)
    }

    fn id_of(kept: &Category) -> CategoryId {
        kept.id
    }

    fn model_of(model: &str) -> String {
        category_model(model)
    }

    fn fresh() -> Self {
        Self { name: String::new(), code: String::new(), parent: None, sequence: 10, active: true }
    }

    fn of(category: &Category) -> Self {
        Self {
            name: category.name.clone(),
            code: category.code.clone().unwrap_or_default(),
            parent: category.parent,
            sequence: category.sequence,
            active: category.active,
        }
    }

    fn all(db: &mut Db, model: &str) -> Result<Vec<Category>, StoreError> {
        stored::all(db, model)
    }

    /// It is called by its path.
    fn checked(&self, all: &[Category], id: Option<CategoryId>) -> Result<(Self, String), OperationError> {
        let name = line("name", &self.name, MAX_NAME)?;
        let code = self.code.trim();
        let code = if code.is_empty() { String::new() } else { line("code", code, MAX_CODE)? };
        let parent = self.parent.map(|parent| find::<Self>(all, parent)).transpose()?;
        if let (Some(id), Some(parent)) = (id, parent)
            && (parent.id == id || is_below(all, parent, id))
        {
            return Err(Invalid::new("parent", say!("category-circle")).into());
        }
        let path = parent.map_or_else(|| name.clone(), |parent| format!("{}{BELOW}{name}", parent.path));
        let depth =
            |one: &Category| std::iter::successors(Some(one), |one| find::<Self>(all, one.parent?).ok()).count();
        let beneath = id.map_or(0, |id| {
            let own = find::<Self>(all, id).map_or(0, depth);
            all.iter().filter(|one| is_below(all, one, id)).map(|one| depth(one) - own).max().unwrap_or_default()
        });
        if parent.map_or(0, depth) + 1 + beneath > DEEPEST {
            return Err(Invalid::new("parent", say!("category-deep", deepest = DEEPEST)).into());
        }
        let others = || all.iter().filter(|other| Some(other.id) != id);
        if others().any(|other| other.parent == self.parent && fold(&other.name) == fold(&name)) {
            return Err(Invalid::new("name", say!("category-twice", name)).into());
        }
        if !code.is_empty() && others().any(|other| other.code.as_ref() == Some(&code)) {
            return Err(Invalid::new("code", say!("category-code-twice", code)).into());
        }
        Ok((Self { name, code, ..self.clone() }, path))
    }

    fn told(&self, all: &[Category]) -> Value {
        let parent = all.iter().find(|one| Some(one.id) == self.parent).map(|one| &one.path);
        json!({"name": self.name, "code": self.code, "parent": parent, "sequence": self.sequence, "active": self.active})
    }

    fn insert(&self, db: &mut Db, model: &str, path: &str) -> Result<CategoryId, StoreError> {
        stored::insert(db, &self.row(model, path))
    }

    /// What stands below it is called by its new name from now on.
    fn update(
        &self,
        db: &mut Db,
        model: &str,
        all: &[Category],
        before: &Category,
        path: &str,
    ) -> Result<(), StoreError> {
        stored::update(db, before.id, &self.row(model, path))?;
        for one in all.iter().filter(|one| one.id != before.id) {
            if let Some(rest) = one.path.strip_prefix(&format!("{}{BELOW}", before.path))
                && path != before.path
                && is_below(all, one, before.id)
            {
                stored::set_path(db, one.id, &format!("{path}{BELOW}{rest}"))?;
            }
        }
        Ok(())
    }
}

/// A tag as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedTag {
    pub name: String,
    pub active: bool,
}

impl RecordClass for TypedTag {
    type Id = TagId;
    type Kept = KeptTag;

    fn id(number: i32) -> TagId {
        TagId(number)
    }

    fn id_of(kept: &KeptTag) -> TagId {
        kept.id
    }

    fn model_of(model: &str) -> String {
        tag_model(model)
    }

    fn fresh() -> Self {
        Self { name: String::new(), active: true }
    }

    fn of(tag: &KeptTag) -> Self {
        Self { name: tag.name.clone(), active: tag.active }
    }

    fn all(db: &mut Db, model: &str) -> Result<Vec<KeptTag>, StoreError> {
        stored::tags(db, model)
    }

    fn checked(&self, all: &[KeptTag], id: Option<TagId>) -> Result<(Self, String), OperationError> {
        let name = line("name", &self.name, MAX_NAME)?;
        match all.iter().any(|other| Some(other.id) != id && fold(&other.name) == fold(&name)) {
            true => Err(Invalid::new("name", say!("category-twice", name)).into()),
            false => Ok((Self { name: name.clone(), active: self.active }, name)),
        }
    }

    fn told(&self, _all: &[KeptTag]) -> Value {
        json!({"name": self.name, "active": self.active})
    }

    fn insert(&self, db: &mut Db, model: &str, name: &str) -> Result<TagId, StoreError> {
        stored::insert_tag(db, model, name, self.active)
    }

    fn update(
        &self,
        db: &mut Db,
        _model: &str,
        _all: &[KeptTag],
        before: &KeptTag,
        name: &str,
    ) -> Result<(), StoreError> {
        stored::update_tag(db, before.id, name, self.active)
    }
}

/// A record type's categories and tags, with how many records have each.
pub struct KeptLists {
    pub module: Module,
    /// In the order of the tree, each with how deep it stands, from 0.
    pub categories: Vec<(Category, usize)>,
    pub tags: Vec<KeptTag>,
    pub of_category: HashMap<CategoryId, i64>,
    pub of_tag: HashMap<TagId, i64>,
}

/// For the page on which they are kept.
pub fn kept(app: &App, caller: &Caller, model: &str) -> Result<KeptLists, OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-categories"))?;
    let module = module(app, model)?.clone();
    app.search(caller, |db| {
        let sight = RecordSight::of(db, caller)?;
        Ok(KeptLists {
            categories: tree(stored::all(db, model)?),
            tags: stored::tags(db, model)?,
            of_category: stored::used_categories(db, sight, model)?.into_iter().collect(),
            of_tag: stored::used_tags(db, sight, model)?.into_iter().collect(),
            module,
        })
    })
}

/// What stands in a tree, from above, each with how deep it stands.
pub fn tree(all: Vec<Category>) -> Vec<(Category, usize)> {
    let mut below: HashMap<Option<CategoryId>, Vec<Category>> = HashMap::new();
    for one in all {
        below.entry(one.parent).or_default().push(one);
    }
    for some in below.values_mut() {
        // From behind, since the last is taken first.
        some.sort_by_key(|one| std::cmp::Reverse((one.sequence, fold(&one.name), one.id)));
    }
    let mut open: Vec<(Category, usize)> =
        below.remove(&None).into_iter().flatten().map(|category| (category, 0)).collect();
    let mut found = Vec::new();
    while let Some((category, depth)) = open.pop() {
        let children = below.remove(&Some(category.id)).into_iter().flatten();
        open.extend(children.map(|child| (child, depth + 1)));
        found.push((category, depth));
    }
    found
}

/// What a record of a type can be given, and what is archived of it.
pub struct OfferedClasses {
    /// In the order of the tree, each with how deep it stands, from 0.
    pub categories: Vec<(Category, usize)>,
    pub tags: Vec<KeptTag>,
}

/// Within the caller's transaction.
pub fn on_offer(db: &mut Db, caller: &Caller, module: &Module) -> Result<OfferedClasses, OperationError> {
    require(caller, Right::Read, Object::Categories, || say!("deed-read-records"))?;
    let categories = match module.category() {
        Some(_) => tree(stored::all(db, &module.model)?),
        None => Vec::new(),
    };
    let tags = module.tags().map(|_| stored::tags(db, &module.model)).transpose()?.unwrap_or_default();
    Ok(OfferedClasses { categories, tags })
}

pub fn create<T: RecordClass>(app: &App, caller: &Caller, model: &str, typed: &T) -> Result<T::Id, OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| create_in(db, caller, module, typed))
}

/// As [`create`], within the caller's transaction.
pub fn create_in<T: RecordClass>(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    typed: &T,
) -> Result<T::Id, OperationError> {
    require(caller, Right::Create, Object::Categories, || say!("deed-keep-categories"))?;
    stored::hold(db, &module.model)?;
    let all = T::all(db, &module.model)?;
    if all.len() >= MOST {
        return Err(Invalid::new("name", say!("category-many", most = MOST)).into());
    }
    let (class, called) = typed.checked(&all, None)?;
    let id = class.insert(db, &module.model, &called)?;
    let named = (T::model_of(&module.model), id.into(), called.as_str());
    remember(db, caller, AuditAction::Create, named, None, class.told(&all))?;
    Ok(id)
}

/// It as it is now, within the caller's transaction.
pub fn typed_in<T: RecordClass>(db: &mut Db, caller: &Caller, module: &Module, id: T::Id) -> Result<T, OperationError> {
    require(caller, Right::Read, Object::Categories, || say!("deed-keep-categories"))?;
    let all = T::all(db, &module.model)?;
    Ok(T::of(find::<T>(&all, id)?))
}

pub fn change<T: RecordClass>(
    app: &App,
    caller: &Caller,
    model: &str,
    id: T::Id,
    typed: &T,
) -> Result<(), OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| change_in(db, caller, module, id, typed))
}

/// As [`change`], within the caller's transaction.
pub fn change_in<T: RecordClass>(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    id: T::Id,
    typed: &T,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-categories"))?;
    stored::hold(db, &module.model)?;
    let all = T::all(db, &module.model)?;
    let kept = find::<T>(&all, id)?;
    let (class, called) = typed.checked(&all, Some(id))?;
    let before = T::of(kept);
    if before == class {
        return Ok(());
    }
    class.update(db, &module.model, &all, kept, &called)?;
    let named = (T::model_of(&module.model), id.into(), called.as_str());
    remember(db, caller, AuditAction::Write, named, Some(before.told(&all)), class.told(&all))
}

fn is_below(all: &[Category], one: &Category, above: CategoryId) -> bool {
    let mut parent = one.parent;
    for _ in 0..=DEEPEST {
        let Some(id) = parent else { return false };
        if id == above {
            return true;
        }
        parent = all.iter().find(|other| other.id == id).and_then(|other| other.parent);
    }
    false
}

fn find<T: RecordClass>(all: &[T::Kept], id: T::Id) -> Result<&T::Kept, OperationError> {
    let gone = || OperationError::NotFound(say!("category-gone", id).into());
    all.iter().find(|one| T::id_of(one) == id).ok_or_else(gone)
}

fn line(field: &'static str, typed: &str, max: usize) -> Result<String, OperationError> {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().count() > max || typed.chars().any(char::is_control) {
        return Err(Invalid::new(field, say!("category-name", max)).into());
    }
    Ok(typed.to_owned())
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (model, id, name): (String, i32, &str),
    before: Option<Value>,
    after: Value,
) -> Result<(), OperationError> {
    Ok(audit::write(db, &NewAuditEntry::new(caller, action, &model, Some(id), name).changed(before, Some(after)))?)
}

/// What the audit calls it.
const WORKING_TIME: &str = "mailgate.due";

pub fn terms(app: &App, caller: &Caller) -> Result<DueTerms, OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-deadlines"))?;
    Ok(app.store.read(|db| stored_due::terms(db, app.modules.all()))?)
}

/// When records are due, as administrators keep it: the days on which people work, and the deadlines of each record
/// type. What changes counts for all open records at once.
pub fn set_working_time(app: &App, caller: &Caller, time: &WorkingTime) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-deadlines"))?;
    holding_terms(app, |db| {
        let before = stored_due::terms(db, app.modules.all())?.time;
        stored_due::set_working_time(db, time)?;
        remember_deadlines(db, caller, "working_time", json!(before), json!(time))
    })?;
    for module in app.modules.all() {
        pipeline::count_anew(&app.store, module)?;
    }
    Ok(())
}

/// Working days by the codes of what a record's deadline goes by, as typed; what is empty is never due.
pub fn set_deadlines(
    app: &App,
    caller: &Caller,
    model: &str,
    typed: &BTreeMap<String, String>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-deadlines"))?;
    let gone = || OperationError::NotFound(say!("record-type-gone", model).into());
    let module = app.modules.get(model).filter(|module| module.due.is_some()).ok_or_else(gone)?;
    let deadlines = read_terms(module, typed)?;
    holding_terms(app, |db| {
        let before = stored_due::terms(db, [module])?.deadlines.remove(model).unwrap_or_default();
        stored_due::set_deadlines(db, model, &deadlines)?;
        remember_deadlines(db, caller, model, json!(before), json!(deadlines))
    })?;
    Ok(pipeline::count_anew(&app.store, module)?)
}

/// How long it waits for others, from try to try.
const WAITS: [u64; 5] = [400, 800, 1600, 3200, 6400];

fn holding_terms(app: &App, change: impl Fn(&mut Db) -> Result<(), OperationError>) -> Result<(), OperationError> {
    let mut waits = WAITS.iter().copied().map(Duration::from_millis).peekable();
    loop {
        let patience = waits.next().unwrap_or_default();
        let begun = Instant::now();
        let done = app.store.write(|db| {
            stored_due::hold_terms(db, patience)?;
            change(db)
        });
        match done {
            Err(OperationError::Store(error))
                if app.store.backend() == Backend::Postgres
                    && stored_due::gave_way(&error)
                    && begun.elapsed() >= patience
                    && waits.peek().is_some() =>
            {
                // Those who wait behind this one come first.
                std::thread::sleep(patience / 2);
            }
            done => return done,
        }
    }
}

fn read_terms(module: &Module, typed: &BTreeMap<String, String>) -> Result<Deadlines, OperationError> {
    let (mut days, mut invalid) = (BTreeMap::new(), Vec::new());
    for (code, label) in module.severity().iter().flat_map(|field| &field.selection) {
        let given = typed.get(code).map_or("", |given| given.trim());
        match given.parse::<u32>() {
            _ if given.is_empty() => {}
            Ok(count) if count <= MOST_DAYS => {
                days.insert(code.clone(), count);
            }
            _ => invalid.push(Invalid::new(code.clone(), say!("due-days", label, most = MOST_DAYS))),
        }
    }
    if invalid.is_empty() { Ok(Deadlines(days)) } else { Err(OperationError::Invalid(invalid)) }
}

fn remember_deadlines(
    db: &mut Db,
    caller: &Caller,
    name: &str,
    before: Value,
    after: Value,
) -> Result<(), OperationError> {
    Ok(audit::write(
        db,
        &NewAuditEntry::new(caller, AuditAction::Write, WORKING_TIME, None, name).changed(Some(before), Some(after)),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(id: i32, name: &str, parent: Option<i32>, path: &str) -> Category {
        let parent = parent.map(CategoryId);
        let (name, path) = (name.to_owned(), path.to_owned());
        Category { id: CategoryId(id), model: "m".into(), name, code: None, parent, path, sequence: 10, active: true }
    }

    fn all() -> Vec<Category> {
        vec![
            category(1, "Payments", None, "Payments"),
            category(2, "Late", Some(1), "Payments / Late"),
            category(3, "Staff", None, "Staff"),
            category(4, "Very late", Some(2), "Payments / Late / Very late"),
        ]
    }

    #[test]
    fn a_tree_is_told_from_above() {
        let mut mixed = all();
        mixed.reverse();
        let told: Vec<(i32, usize)> = tree(mixed).iter().map(|(one, depth)| (one.id.0, *depth)).collect();
        assert_eq!(told, [(1, 0), (2, 1), (4, 2), (3, 0)]);
    }

    #[test]
    fn a_circle_a_second_name_and_too_deep_a_tree_are_refused() {
        let typed = |name: &str, parent: Option<i32>| TypedCategory {
            name: name.into(),
            parent: parent.map(CategoryId),
            ..TypedCategory::fresh()
        };
        let field = |id: Option<i32>, typed: &TypedCategory| match typed.checked(&all(), id.map(CategoryId)) {
            Err(OperationError::Invalid(invalid)) => invalid[0].field.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(Some(1), &typed("Payments", Some(4))), "parent");
        assert_eq!(field(Some(1), &typed("Payments", Some(1))), "parent");
        assert_eq!(field(None, &typed("LATE", Some(1))), "name");
        assert_eq!(field(None, &typed(" ", None)), "name");
        assert_eq!(typed("Late", Some(3)).checked(&all(), None).unwrap().1, "Staff / Late");
        assert_eq!(typed("Late", Some(3)).checked(&all(), Some(CategoryId(2))).unwrap().1, "Staff / Late");
        let mut deep = all();
        deep.push(category(5, "a", Some(4), "…"));
        deep.push(category(6, "b", Some(5), "…"));
        assert!(typed("c", Some(6)).checked(&deep, None).is_ok());
        deep.push(category(7, "c", Some(6), "…"));
        assert!(typed("d", Some(7)).checked(&deep, None).is_err());
        assert!(typed("Payments", Some(3)).checked(&deep, Some(CategoryId(1))).is_err(), "with all below it");
    }
}
