//! What records are about: the tree of categories and the list of tags of a record type. Administrators keep them; what
//! is no longer used is archived and stays on the records that have it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{App, OperationError, require};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::id::{CategoryId, TagId};
use crate::domain::module::{Module, category_model, tag_model};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::text::fold;
use crate::say;
use crate::store::Db;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::categories::{self as stored, NewCategory};
pub use crate::store::categories::{Category, KeptTag};
use crate::store::sight::RecordSight;

/// Characters of a name, and of a code.
const MAX_NAME: usize = 100;
const MAX_CODE: usize = 40;
/// Levels of a tree.
const DEEPEST: usize = 6;
/// Categories or tags of a record type that are in use: a page and a form show them all.
const MOST: usize = 500;
/// Between the names of a path.
const BELOW: &str = " / ";

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
    /// As a new one starts.
    pub fn fresh() -> Self {
        Self { name: String::new(), code: String::new(), parent: None, sequence: 10, active: true }
    }

    pub fn of(category: &Category) -> Self {
        Self {
            name: category.name.clone(),
            code: category.code.clone().unwrap_or_default(),
            parent: category.parent,
            sequence: category.sequence,
            active: category.active,
        }
    }

    fn told(&self, all: &[Category]) -> Value {
        let parent = all.iter().find(|one| Some(one.id) == self.parent).map(|one| &one.path);
        json!({"name": self.name, "code": self.code, "parent": parent, "sequence": self.sequence, "active": self.active})
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedTag {
    pub name: String,
    pub active: bool,
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
    let gone = || OperationError::NotFound(say!("record-type-gone", model).into());
    let module = app.modules.get(model).ok_or_else(gone)?.clone();
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

pub fn create(app: &App, caller: &Caller, model: &str, typed: &TypedCategory) -> Result<CategoryId, OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| create_in(db, caller, module, typed))
}

/// As [`create`], within the caller's transaction.
pub fn create_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    typed: &TypedCategory,
) -> Result<CategoryId, OperationError> {
    require(caller, Right::Create, Object::Categories, || say!("deed-keep-categories"))?;
    stored::hold(db, &module.model)?;
    let all = stored::all(db, &module.model)?;
    if all.len() >= MOST {
        return Err(Invalid::new("name", say!("category-many", most = MOST)).into());
    }
    let (name, code, path) = checked(&all, None, typed)?;
    let new = NewCategory {
        model: &module.model,
        name: &name,
        code: code.as_deref(),
        parent: typed.parent,
        path: &path,
        sequence: typed.sequence,
        active: typed.active,
    };
    let id = stored::insert(db, &new)?;
    let named = (category_model(&module.model), id.0, path.as_str());
    remember(db, caller, AuditAction::Create, named, None, typed.told(&all))?;
    Ok(id)
}

/// It as it is now, within the caller's transaction.
pub fn typed_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    id: CategoryId,
) -> Result<TypedCategory, OperationError> {
    require(caller, Right::Read, Object::Categories, || say!("deed-keep-categories"))?;
    let all = stored::all(db, &module.model)?;
    Ok(TypedCategory::of(find(&all, id)?))
}

pub fn change(
    app: &App,
    caller: &Caller,
    model: &str,
    id: CategoryId,
    typed: &TypedCategory,
) -> Result<(), OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| change_in(db, caller, module, id, typed))
}

/// As [`change`], within the caller's transaction. What stands below it is called by its new name from now on.
pub fn change_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    id: CategoryId,
    typed: &TypedCategory,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-categories"))?;
    stored::hold(db, &module.model)?;
    let all = stored::all(db, &module.model)?;
    let before = find(&all, id)?;
    let (name, code, path) = checked(&all, Some(id), typed)?;
    if TypedCategory::of(before) == (TypedCategory { name: name.clone(), ..typed.clone() }) {
        return Ok(());
    }
    let new = NewCategory {
        model: &module.model,
        name: &name,
        code: code.as_deref(),
        parent: typed.parent,
        path: &path,
        sequence: typed.sequence,
        active: typed.active,
    };
    stored::update(db, id, &new)?;
    for one in all.iter().filter(|one| one.id != id) {
        if let Some(rest) = one.path.strip_prefix(&format!("{}{BELOW}", before.path))
            && path != before.path
            && is_below(&all, one, id)
        {
            stored::set_path(db, one.id, &format!("{path}{BELOW}{rest}"))?;
        }
    }
    let (told, named) = (TypedCategory::of(before).told(&all), (category_model(&module.model), id.0, path.as_str()));
    remember(db, caller, AuditAction::Write, named, Some(told), typed.told(&all))
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

fn find(all: &[Category], id: CategoryId) -> Result<&Category, OperationError> {
    let gone = || OperationError::NotFound(say!("category-gone", id).into());
    all.iter().find(|one| one.id == id).ok_or_else(gone)
}

/// Its name, code and path, where what is typed is right.
fn checked(
    all: &[Category],
    id: Option<CategoryId>,
    typed: &TypedCategory,
) -> Result<(String, Option<String>, String), OperationError> {
    let name = line("name", &typed.name, MAX_NAME)?;
    let code = typed.code.trim();
    let code = if code.is_empty() { None } else { Some(line("code", code, MAX_CODE)?) };
    let parent = typed.parent.map(|parent| find(all, parent)).transpose()?;
    if let (Some(id), Some(parent)) = (id, parent)
        && (parent.id == id || is_below(all, parent, id))
    {
        return Err(Invalid::new("parent", say!("category-circle")).into());
    }
    let path = parent.map_or_else(|| name.clone(), |parent| format!("{}{BELOW}{name}", parent.path));
    let depth = |one: &Category| std::iter::successors(Some(one), |one| find(all, one.parent?).ok()).count();
    let beneath = id.map_or(0, |id| {
        let own = find(all, id).map_or(0, depth);
        all.iter().filter(|one| is_below(all, one, id)).map(|one| depth(one) - own).max().unwrap_or_default()
    });
    if parent.map_or(0, depth) + 1 + beneath > DEEPEST {
        return Err(Invalid::new("parent", say!("category-deep", deepest = DEEPEST)).into());
    }
    let others = || all.iter().filter(|other| Some(other.id) != id);
    if others().any(|other| other.parent == typed.parent && fold(&other.name) == fold(&name)) {
        return Err(Invalid::new("name", say!("category-twice", name)).into());
    }
    if let Some(code) = &code
        && others().any(|other| other.code.as_ref() == Some(code))
    {
        return Err(Invalid::new("code", say!("category-code-twice", code = code.as_str())).into());
    }
    Ok((name, code, path))
}

fn line(field: &'static str, typed: &str, max: usize) -> Result<String, OperationError> {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().count() > max || typed.chars().any(char::is_control) {
        return Err(Invalid::new(field, say!("category-name", max)).into());
    }
    Ok(typed.to_owned())
}

pub fn create_tag(app: &App, caller: &Caller, model: &str, typed: &TypedTag) -> Result<TagId, OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| create_tag_in(db, caller, module, typed))
}

/// As [`create_tag`], within the caller's transaction.
pub fn create_tag_in(db: &mut Db, caller: &Caller, module: &Module, typed: &TypedTag) -> Result<TagId, OperationError> {
    require(caller, Right::Create, Object::Categories, || say!("deed-keep-categories"))?;
    stored::hold(db, &module.model)?;
    let all = stored::tags(db, &module.model)?;
    if all.len() >= MOST {
        return Err(Invalid::new("name", say!("category-many", most = MOST)).into());
    }
    let name = checked_tag(&all, None, typed)?;
    let id = stored::insert_tag(db, &module.model, &name, typed.active)?;
    let named = (tag_model(&module.model), id.0, name.as_str());
    remember(db, caller, AuditAction::Create, named, None, json!({"name": name, "active": typed.active}))?;
    Ok(id)
}

/// It as it is now, within the caller's transaction.
pub fn typed_tag_in(db: &mut Db, caller: &Caller, module: &Module, id: TagId) -> Result<TypedTag, OperationError> {
    require(caller, Right::Read, Object::Categories, || say!("deed-keep-categories"))?;
    let all = stored::tags(db, &module.model)?;
    let found = find_tag(&all, id)?;
    Ok(TypedTag { name: found.name.clone(), active: found.active })
}

pub fn change_tag(app: &App, caller: &Caller, model: &str, id: TagId, typed: &TypedTag) -> Result<(), OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| change_tag_in(db, caller, module, id, typed))
}

/// As [`change_tag`], within the caller's transaction.
pub fn change_tag_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    id: TagId,
    typed: &TypedTag,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Categories, || say!("deed-keep-categories"))?;
    stored::hold(db, &module.model)?;
    let all = stored::tags(db, &module.model)?;
    let before = find_tag(&all, id)?;
    let name = checked_tag(&all, Some(id), typed)?;
    if (before.name.as_str(), before.active) == (name.as_str(), typed.active) {
        return Ok(());
    }
    stored::update_tag(db, id, &name, typed.active)?;
    let told = json!({"name": before.name, "active": before.active});
    let named = (tag_model(&module.model), id.0, name.as_str());
    remember(db, caller, AuditAction::Write, named, Some(told), json!({"name": name, "active": typed.active}))
}

fn find_tag(all: &[KeptTag], id: TagId) -> Result<&KeptTag, OperationError> {
    let gone = || OperationError::NotFound(say!("category-gone", id).into());
    all.iter().find(|one| one.id == id).ok_or_else(gone)
}

fn checked_tag(all: &[KeptTag], id: Option<TagId>, typed: &TypedTag) -> Result<String, OperationError> {
    let name = line("name", &typed.name, MAX_NAME)?;
    match all.iter().any(|other| Some(other.id) != id && fold(&other.name) == fold(&name)) {
        true => Err(Invalid::new("name", say!("category-twice", name)).into()),
        false => Ok(name),
    }
}

fn module<'a>(app: &'a App, model: &str) -> Result<&'a Module, OperationError> {
    app.modules.get(model).ok_or_else(|| OperationError::NotFound(say!("record-type-gone", model).into()))
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (model, id, name): (String, i32, &str),
    before: Option<Value>,
    after: Value,
) -> Result<(), OperationError> {
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: &model,
        object_id: Some(id),
        object_name: name,
        before,
        after: Some(after),
    };
    Ok(audit::write(db, &entry)?)
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
        let field = |id: Option<i32>, typed: &TypedCategory| match checked(&all(), id.map(CategoryId), typed) {
            Err(OperationError::Invalid(invalid)) => invalid[0].field.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(Some(1), &typed("Payments", Some(4))), "parent");
        assert_eq!(field(Some(1), &typed("Payments", Some(1))), "parent");
        assert_eq!(field(None, &typed("LATE", Some(1))), "name");
        assert_eq!(field(None, &typed(" ", None)), "name");
        assert_eq!(checked(&all(), None, &typed("Late", Some(3))).unwrap().2, "Staff / Late");
        assert_eq!(checked(&all(), Some(CategoryId(2)), &typed("Late", Some(3))).unwrap().2, "Staff / Late");
        let mut deep = all();
        deep.push(category(5, "a", Some(4), "…"));
        deep.push(category(6, "b", Some(5), "…"));
        assert!(checked(&deep, None, &typed("c", Some(6))).is_ok());
        deep.push(category(7, "c", Some(6), "…"));
        assert!(checked(&deep, None, &typed("d", Some(7))).is_err());
        assert!(checked(&deep, Some(CategoryId(1)), &typed("Payments", Some(3))).is_err(), "with all below it");
    }
}
