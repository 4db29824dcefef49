//! What records are about: the categories of a record type, in a tree, and its tags. OpenSPP has them for its tickets.

use crate::api::ApiCall;
use crate::api::arguments::text;
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{Description, Inverse, Model, ModelBuilder, Values};
use crate::domain::id::{CategoryId, TagId};
use crate::domain::module::{Module, category_model, tag_model};
use crate::domain::rights::Object;
use crate::operations::categories::{self, TypedCategory, TypedTag};
use crate::operations::client::expressions::{categories as sql, tags as tag_sql};
use crate::operations::client::{Db, Direction};

/// The categories of a module that has them.
pub(super) fn of(module: &Module) -> Option<Box<dyn Model>> {
    module.category().map(|_| Box::new(Categories(module.clone())) as Box<dyn Model>)
}

/// Its tags.
pub(super) fn tags_of(module: &Module) -> Option<Box<dyn Model>> {
    module.tags().map(|_| Box::new(TagModel(module.clone())) as Box<dyn Model>)
}

#[derive(Debug)]
struct Categories(Module);

impl Model for Categories {
    fn describe(&self) -> Description {
        let model = category_model(&self.0.model);
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
            ..f.of_table((&model, &format!("{} Category", self.0.label)), Object::Categories, "categories", "r.path")
                .only("t.model", &self.0.model)
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        let mut typed = TypedCategory::fresh();
        fill(call, &mut typed, values)?;
        Ok(categories::create_in(db, call.caller, &self.0, &typed)?.0)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let mut typed = categories::typed_in(db, call.caller, &self.0, CategoryId(id))?;
        fill(call, &mut typed, values)?;
        Ok(categories::change_in(db, call.caller, &self.0, CategoryId(id), &typed)?)
    }
}

fn fill(call: &ApiCall<'_>, typed: &mut TypedCategory, values: &Values) -> Result<(), ObjectError> {
    for (name, value) in values {
        let given = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            "name" => typed.name = given,
            "code" => typed.code = given,
            "parent_id" => typed.parent = given.parse().ok().map(CategoryId),
            "sequence" => typed.sequence = given.parse().unwrap_or_default(),
            "active" => typed.active = !given.is_empty(),
            _ => {}
        }
    }
    Ok(())
}

#[derive(Debug)]
struct TagModel(Module);

impl Model for TagModel {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(tag_sql::MADE_BY, tag_sql::CHANGED_BY);
        f.add("name", "Name", Char, "t.name").required();
        f.add("active", "Active", Boolean, "t.active");
        let (model, label) = (tag_model(&self.0.model), format!("{} Tag", self.0.label));
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            ..f.of_table((&model, &label), Object::Categories, "tags", "r.name").only("t.model", &self.0.model)
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        let mut typed = TypedTag { name: String::new(), active: true };
        fill_tag(call, &mut typed, values)?;
        Ok(categories::create_tag_in(db, call.caller, &self.0, &typed)?.0)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let mut typed = categories::typed_tag_in(db, call.caller, &self.0, TagId(id))?;
        fill_tag(call, &mut typed, values)?;
        Ok(categories::change_tag_in(db, call.caller, &self.0, TagId(id), &typed)?)
    }
}

fn fill_tag(call: &ApiCall<'_>, typed: &mut TypedTag, values: &Values) -> Result<(), ObjectError> {
    for (name, value) in values {
        let given = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            "name" => typed.name = given,
            "active" => typed.active = !given.is_empty(),
            _ => {}
        }
    }
    Ok(())
}
