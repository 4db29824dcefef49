//! Record types of the installed modules, with their stages, and what records are about. A record is never deleted: `active` says
//! *Not a grievance*, which can be taken back.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use serde_json::{Value, json};

use super::threads;
use crate::api::arguments::{CallArguments, Signature, X2ManyCommand, commands, text};
use crate::api::fault::ObjectError;
use crate::api::methods::{self, in_transaction};
use crate::api::model::FieldKind::*;
use crate::api::model::{ApiField, Description, FieldType, Inverse, Model, ModelBuilder, Values};
use crate::api::{ApiCall, read};
use crate::domain::id::{AttachmentId, CategoryId, PostId, RecordId, StageId, model_code};
use crate::domain::module::{Module, ModuleField, category_model, tag_model};
use crate::domain::rights::{Object, Right};
use crate::domain::text::to_html;
use crate::operations::OperationError;
use crate::operations::attachments::{self, AttachedTo};
use crate::operations::categories::{self, RecordClass, TypedCategory, TypedTag};
use crate::operations::client::expressions::{categories as category_sql, records as sql, tags as tag_sql};
use crate::operations::client::{Db, Direction};
use crate::operations::records::{self, PRIORITIES, Posting};
use crate::say;

/// The record type of a module.
pub(super) fn of(module: &Module) -> Box<dyn Model> {
    Box::new(Records(module.clone()))
}

/// Its stages.
pub(super) fn stages_of(module: &Module) -> Box<dyn Model> {
    Box::new(Stages(module.clone()))
}

#[derive(Debug)]
struct Records(Module);

impl Model for Records {
    fn describe(&self) -> Description {
        let label = |name: &str, usual: &'static str| {
            self.0
                .fields
                .iter()
                .find(|field| field.name == name)
                .map_or(usual.to_owned(), |field| field.label.to_string())
        };
        let mut f = ModelBuilder::new("t.number").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.add("number", "Number", Char, "t.number").readonly();
        f.add("name", &label("name", "Title"), Char, "t.name").required();
        f.add("description", &label("description", "Description"), Html, sql::DESCRIPTION);
        f.add("stage_id", "Stage", Many2one, "t.stage_id").to(&stage_model(&self.0));
        f.add("priority", &label("priority", "Priority"), Selection, "t.priority")
            .choices(PRIORITIES.map(|(code, words)| (code, words())));
        f.add("partner_id", &label("partner_id", "Contact"), Many2one, "t.partner_id").to("res.partner");
        f.add("partner_name", "Sender Name", Char, "t.partner_name");
        f.add("partner_email", "Sender Email", Char, "t.partner_email");
        f.add("user_id", &label("user_id", "Assigned to"), Many2one, "t.user_id").to("res.users");
        f.add("date", &label("date", "Date"), Datetime, "t.date");
        f.add("active", "Active", Boolean, "t.active");
        f.add("new_mail", "New Mail", Boolean, "t.new_mail");
        f.add("last_mail_at", "Last Mail on", Datetime, "t.last_mail_at").readonly();
        f.add("closed", "Closed", Boolean, sql::CLOSED).readonly();
        // The same, as OpenSPP 2 calls it.
        f.add("is_closed", "Is Closed", Boolean, sql::CLOSED).readonly();
        f.add("message_attachment_count", "Attachment Count", Integer, sql::ATTACHMENTS).readonly();
        let messages = Inverse { column: "res_id", model: Some("model"), order: Direction::Descending };
        f.many("message_ids", "Messages", "mail.message", messages).readonly = false;
        let files = Inverse { column: "res_id", model: Some("res_model"), order: Direction::Ascending };
        f.many("attachment_ids", "Attachments", "ir.attachment", files).readonly = false;
        let own = f.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
        let is = |field: &ModuleField, other: Option<&ModuleField>| other.is_some_and(|other| other.name == field.name);
        for field in self.0.fields.iter().filter(|field| !own.contains(&field.name)) {
            if is(field, self.0.tags()) {
                f.linked(&field.name, &field.label, &tag_model(&self.0.model), ("record_tags", "record_id", "tag_id"));
                continue;
            }
            if is(field, self.0.due()) {
                f.add(&field.name, &field.label, field.kind, "t.due").readonly();
                continue;
            }
            let added = match is(field, self.0.category()) {
                true => f.add(&field.name, &field.label, field.kind, "t.category_id"),
                false => f.member(&field.name, &field.label, field.kind, "t.extra"),
            };
            added.required = field.required;
            added.relation = field.relation.clone();
            added.choices(field.selection.iter().map(|(code, label)| (code.clone(), label.clone())));
        }
        if self.0.field("closed_date").is_none() {
            f.add("closed_date", "Closed on", Datetime, "t.closed_at").readonly();
        }
        Description {
            order: vec![("last_mail_at", Direction::Descending), ("id", Direction::Descending)],
            // People call a record by its number, and by what it is about.
            names: &["display_name", "name"],
            is_mail_thread: true,
            ..f.of_table((&self.0.model, &self.0.label), Object::Records, "records", "r.number")
                .only("t.model_code", model_code(&self.0.model))
                .only_beside("t.number", "t.model", &self.0.model)
        }
    }

    fn defaults(&self, _: &Description) -> Values {
        Values::from_iter([("active".to_owned(), json!(true)), ("priority".to_owned(), json!("1"))])
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        let typed = typed(call, db, None, values)?;
        let id = records::create_in(call.app, db, call.caller, &call.model.name, &typed)?;
        hold(call, db, id, values)?;
        Ok(id.0)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let typed = typed(call, db, Some(RecordId(id)), values)?;
        records::write_in(call.app, db, call.caller, &call.model.name, RecordId(id), &typed)?;
        hold(call, db, RecordId(id), values)
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                threads::SIGNATURES[0],
                threads::SIGNATURES[1],
                Signature::of_rows("action_merge", "into"),
                Signature::of_rows("action_split", "message_ids"),
            ]
        }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "action_merge" => merge(call, arguments),
            "action_split" => split(call, arguments),
            _ => threads::method(call, name, arguments),
        }
    }
}

/// What was said on the records goes to the one with the id `into`, and they leave the lists. The id of the record that has
/// it all: another one where that was merged itself.
fn merge(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let ids = arguments.ids()?;
    arguments.spread();
    let into = arguments.number("into")?.and_then(|id| i32::try_from(id).ok());
    let into = into.ok_or_else(|| ObjectError::Value(say!("api-merge-into").to_string()))?;
    arguments.end()?;
    in_transaction(call, |db| {
        call.all_exist(db, &ids)?;
        call.all_exist(db, &[into])?;
        let mut all_in = RecordId(into);
        for id in &ids {
            all_in = records::join_in(call.app, db, call.caller, &call.model.name, RecordId(*id), RecordId(into))?;
        }
        Ok(json!(all_in))
    })
}

/// Mails of one record, by their ids in `mail.message`, each get a record of their own: the ids of these.
fn split(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let ids = arguments.ids()?;
    arguments.spread();
    let mails = arguments.required("message_ids")?;
    arguments.end()?;
    let id = |value: &Value| value.as_i64().and_then(|id| i32::try_from(id).ok()).map(PostId);
    let mails: Option<Vec<PostId>> = match &mails {
        Value::Array(all) => all.iter().map(id).collect(),
        one => id(one).map(|one| vec![one]),
    };
    let mails = mails.filter(|mails| !mails.is_empty());
    let mails = mails.ok_or_else(|| ObjectError::Value(say!("api-split-what").to_string()))?;
    let one = call.only(&ids)?;
    call.app.store.read(|db| call.all_exist(db, &[one]))?;
    Ok(json!(records::split_all(call.app, call.caller, &call.model.name, RecordId(one), &mails)?))
}

#[derive(Debug)]
struct Stages(Module);

impl Model for Stages {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name");
        f.add("name", "Name", Char, "t.name").required();
        f.add("code", "Code", Char, "t.code");
        f.add("sequence", "Sequence", Integer, "t.place");
        f.add("closed", "Closed", Boolean, "t.closed");
        f.add("is_closed", "Is Closed", Boolean, "t.closed");
        f.add("fold", "Folded in Kanban", Boolean, "t.closed");
        f.add("waiting", "Waiting", Boolean, "t.waiting");
        let (model, label) = (stage_model(&self.0), format!("{} Stage", self.0.label));
        Description {
            order: vec![("sequence", Direction::Ascending), ("id", Direction::Ascending)],
            ..f.of_table((&model, &label), Object::Stages, "stages", "r.name").only("t.model", &self.0.model)
        }
    }
}

fn stage_model(module: &Module) -> String {
    format!("{}.stage", module.model)
}

/// The page's form names a stage by its code; the API by its id. `of` is the record that they are written to.
pub(super) fn typed(
    call: &ApiCall<'_>,
    db: &mut Db,
    of: Option<RecordId>,
    values: &Values,
) -> Result<BTreeMap<String, String>, ObjectError> {
    let mut typed = BTreeMap::new();
    for (name, value) in values {
        let field = call.settable(name)?;
        if field.kind == FieldType::One2many {
            continue;
        }
        if field.linked.is_some() {
            let ids = linked(call, db, of, field, value)?;
            typed.insert(name.clone(), ids.iter().map(i32::to_string).collect::<Vec<_>>().join(","));
            continue;
        }
        let mut given = text(call.model, field, value)?;
        if name == "stage_id" && !given.is_empty() {
            given = stage_code(call, db, &given)?;
        }
        typed.insert(name.clone(), given);
    }
    Ok(typed)
}

/// What a many2many holds after these commands.
fn linked(
    call: &ApiCall<'_>,
    db: &mut Db,
    of: Option<RecordId>,
    field: &ApiField,
    value: &Value,
) -> Result<Vec<i32>, ObjectError> {
    let other = call.other(field).ok_or_else(|| call.nobody_may("write"))?;
    let now: Vec<i32> = of.map(|id| id.0).into_iter().collect();
    let mut held: Vec<i32> = read::held(call, db, field, &now)?.into_iter().map(|(_, held)| held).collect();
    for command in commands(&format!("{}.{}", call.model.name, field.name), value)? {
        match command {
            X2ManyCommand::Create(values) => {
                other.require(Right::Create)?;
                held.push(methods::make_in(&other, db, values)?);
            }
            X2ManyCommand::Update(id, values) => {
                other.require(Right::Write)?;
                methods::change_in(&other, db, id, values)?;
            }
            X2ManyCommand::Delete(id) => {
                other.require(Right::Unlink)?;
                other.model.deeds.unlink(&other, db, id)?;
            }
            X2ManyCommand::Unlink(id) => held.retain(|one| *one != id),
            X2ManyCommand::Link(id) => held.push(id),
            X2ManyCommand::Clear => held.clear(),
            X2ManyCommand::Set(ids) => held = ids,
        }
    }
    held.sort_unstable();
    held.dedup();
    // Named as what they are not: rows of the other model.
    other.all_exist(db, &held)?;
    Ok(held)
}

fn stage_code(call: &ApiCall<'_>, db: &mut Db, id: &str) -> Result<String, ObjectError> {
    let (model, id) = (&call.model.name, id.parse().unwrap_or_default());
    records::stage_code(db, call.caller, model, StageId(id))?
        .ok_or_else(|| call.missing_of(&format!("{model}.stage"), id))
}

/// The relational commands among the values. A conversation only grows: nothing is taken out of it.
fn hold(call: &ApiCall<'_>, db: &mut Db, id: RecordId, values: &Values) -> Result<(), ObjectError> {
    for (name, value) in values {
        let field = call.settable(name)?;
        if field.kind != FieldType::One2many {
            continue;
        }
        for command in commands(&format!("{}.{name}", call.model.name), value)? {
            let held: Vec<i32> = read::held(call, db, field, &[id.0])?.into_iter().map(|(_, held)| held).collect();
            match (name.as_str(), command) {
                (_, X2ManyCommand::Link(one)) if held.contains(&one) => {}
                (_, X2ManyCommand::Clear) if held.is_empty() => {}
                (_, X2ManyCommand::Delete(one) | X2ManyCommand::Unlink(one)) if !held.contains(&one) => {}
                ("attachment_ids", X2ManyCommand::Create(values)) => {
                    super::threads::create_at(call, db, &values, Some((&call.model.name, id)))?;
                }
                ("attachment_ids", X2ManyCommand::Link(one)) => adopt(call, db, id, one)?,
                ("attachment_ids", X2ManyCommand::Set(all)) if held.iter().all(|one| all.contains(one)) => {
                    let new = all.into_iter().filter(|one| !held.contains(one));
                    new.into_iter().try_for_each(|one| adopt(call, db, id, one))?;
                }
                ("message_ids", X2ManyCommand::Create(values)) => post(call, db, id, &values)?,
                ("message_ids", X2ManyCommand::Set(all))
                    if held.iter().all(|one| all.contains(one)) && all.len() == held.len() => {}
                (name, _) => {
                    let words = say!("api-conversation", name);
                    return Err(OperationError::Refused(words.into()).into());
                }
            }
        }
    }
    Ok(())
}

fn adopt(call: &ApiCall<'_>, db: &mut Db, record: RecordId, id: i32) -> Result<(), ObjectError> {
    let place = AttachedTo { model: &call.model.name, record, post: None };
    Ok(attachments::move_in(db, call.caller, AttachmentId(id), &place)?)
}

/// `(0, 0, {"body": …})`: a note.
fn post(call: &ApiCall<'_>, db: &mut Db, id: RecordId, values: &Values) -> Result<(), ObjectError> {
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let named = |name: &str| Some(text(name).to_owned()).filter(|text| !text.is_empty());
    if let Some(other) = values.keys().find(|name| !POSTED.contains(&name.as_str())) {
        let words = say!("api-posted-field", other).to_string();
        return Err(ObjectError::Value(words));
    }
    let message_type = named("message_type").unwrap_or_else(|| "comment".into());
    let posting = Posting {
        kind: records::kind_of_posted(&message_type).ok_or_else(|| threads::unknown_type(&message_type))?,
        author: None,
        email_from: named("email_from"),
        subject: named("subject"),
        html: to_html(text("body").trim()),
        text: text("body").trim().to_owned(),
    };
    records::post_in(call.app, db, call.caller, &call.model.name, id, &posting)?;
    Ok(())
}

/// What a note says, of the fields of `mail.message`.
const POSTED: [&str; 4] = ["body", "subject", "message_type", "email_from"];

/// The categories of a record type, a tree that says what its records are about; None where its module has none. OpenSPP has
/// them for its tickets.
pub(super) fn of_categories(module: &Module) -> Option<Box<dyn Model>> {
    module.category().map(|_| Box::new(ClassModel::<TypedCategory>::of(module)) as Box<dyn Model>)
}

/// Its tags.
pub(super) fn of_tags(module: &Module) -> Option<Box<dyn Model>> {
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
        let mut f = ModelBuilder::new("t.path").dates().authors(category_sql::MADE_BY, category_sql::CHANGED_BY);
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
