//! What records are about: the categories of a record type, in a tree, and its tags. OpenSPP has them for its tickets.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::api::ApiCall;
use crate::api::arguments::text;
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{Description, Inverse, Model, ModelBuilder, Values};
use crate::domain::id::CategoryId;
use crate::domain::module::{Module, category_model, tag_model};
use crate::domain::rights::Object;
use crate::operations::categories::{self, RecordClass, TypedCategory, TypedTag};
use crate::operations::client::expressions::{categories as sql, tags as tag_sql};
use crate::operations::client::{Db, Direction};

/// The categories of a module that has them.
pub(super) fn of(module: &Module) -> Option<Box<dyn Model>> {
    module.category().map(|_| Box::new(ClassModel::<TypedCategory>::of(module)) as Box<dyn Model>)
}

/// Its tags.
pub(super) fn tags_of(module: &Module) -> Option<Box<dyn Model>> {
    module.tags().map(|_| Box::new(ClassModel::<TypedTag>::of(module)) as Box<dyn Model>)
}

/// What the API has of a category, or of a tag.
trait ApiClass: RecordClass + Debug + Sync {
    fn describe(module: &Module) -> Description;
    fn set(&mut self, field: &str, given: String);
}

impl ApiClass for TypedCategory {
    fn describe(module: &Module) -> Description {
        let model = category_model(&module.model);
        let mut f = ModelBuilder::new("t.path").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.add("name", "Name", Char, "t.name").required();
        f.add("complete_name", "Complete Name", Char, "t.path").readonly();
        f.add("code", "Code", Char, "t.code");
        f.add("parent_id", "Parent Category", Many2one, "t.parent_id").to(&model);
        let below = Inverse { column: "parent_id", model: None, order: Direction::Ascending };
        f.many("child_ids", "Child Categories", &model, below);
        f.add("sequence", "Sequence", Integer, "t.sequence");
        f.add("active", "Active", Boolean, "t.active");
        Description {
            order: vec![("sequence", Direction::Ascending), ("id", Direction::Ascending)],
            names: &["display_name", "code"],
            ..f.of_table((&model, &format!("{} Category", module.label)), Object::Categories, "categories", "r.path")
                .only("t.model", &module.model)
        }
    }

    fn set(&mut self, field: &str, given: String) {
        match field {
            "name" => self.name = given,
            "code" => self.code = given,
            "parent_id" => self.parent = given.parse().ok().map(CategoryId),
            "sequence" => self.sequence = given.parse().unwrap_or_default(),
            "active" => self.active = !given.is_empty(),
            _ => {}
        }
    }
}

impl ApiClass for TypedTag {
    fn describe(module: &Module) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(tag_sql::MADE_BY, tag_sql::CHANGED_BY);
        f.add("name", "Name", Char, "t.name").required();
        f.add("active", "Active", Boolean, "t.active");
        let (model, label) = (tag_model(&module.model), format!("{} Tag", module.label));
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            ..f.of_table((&model, &label), Object::Categories, "tags", "r.name").only("t.model", &module.model)
        }
    }

    fn set(&mut self, field: &str, given: String) {
        match field {
            "name" => self.name = given,
            "active" => self.active = !given.is_empty(),
            _ => {}
        }
    }
}

#[derive(Debug)]
struct ClassModel<T> {
    module: Module,
    class: PhantomData<T>,
}

impl<T: ApiClass> ClassModel<T> {
    fn of(module: &Module) -> Self {
        Self { module: module.clone(), class: PhantomData }
    }
}

impl<T: ApiClass> Model for ClassModel<T> {
    fn describe(&self) -> Description {
        T::describe(&self.module)
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        let typed = filled(call, T::fresh(), values)?;
        Ok(categories::create_in(db, call.caller, &self.module, &typed)?.into())
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let typed: T = categories::typed_in(db, call.caller, &self.module, T::id(id))?;
        let typed = filled(call, typed, values)?;
        Ok(categories::change_in(db, call.caller, &self.module, T::id(id), &typed)?)
    }
}

fn filled<T: ApiClass>(call: &ApiCall<'_>, mut typed: T, values: &Values) -> Result<T, ObjectError> {
    for (name, value) in values {
        typed.set(name, text(call.model, call.settable(name)?, value)?);
    }
    Ok(typed)
}
