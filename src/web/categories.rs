//! What administrators keep for records: categories, tags and deadlines of each record type, and the days on which people
//! work.

use std::collections::BTreeMap;

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::Visitor;
use super::records::list::indented;
use super::render::{PageAnswer, Reply};
use crate::domain::Invalid;
use crate::domain::due::{Deadlines, WorkingTime};
use crate::domain::id::{CategoryId, TagId};
use crate::domain::module::{Module, ModuleField};
use crate::domain::person::time_zones;
use crate::domain::words::{self, Sentence};
use crate::operations::categories::{self, KeptLists, RecordClass, TypedCategory, TypedTag};

pub(super) fn routes() -> Vec<Route> {
    routes![all, kept, category, save_category, tag, save_tag, save_deadlines, working_days, save_working_days]
}

const BASE: &str = "/settings/records";
const WORKING_DAYS: &str = "/settings/working-days";

fn page_of(model: &str) -> String {
    format!("{BASE}/{model}")
}

/// Whether there is anything to keep for records of this type.
fn keeps(module: &Module) -> bool {
    module.category().is_some() || module.tags().is_some() || module.due.is_some()
}

#[get("/settings/records")]
async fn all(visitor: Visitor<'_>) -> PageAnswer {
    visitor.run(categories::terms).await?;
    let with = visitor.visit.app.modules.all().iter().filter(|module| keeps(module));
    let types: Vec<Value> =
        with.map(|module| json!({"label": module.label_plural, "path": page_of(&module.model)})).collect();
    Ok(Reply::page("categories/all.html", context! { types, working_days: WORKING_DAYS }))
}

#[get("/settings/records/<model>")]
async fn kept(visitor: Visitor<'_>, model: &str) -> PageAnswer {
    list(&visitor, model, None, Vec::new()).await
}

/// `typed` are the deadlines, where they were not right.
async fn list(visitor: &Visitor<'_>, model: &str, typed: Option<&TypedFields>, errors: Vec<Invalid>) -> PageAnswer {
    let of = model.to_owned();
    let (kept, terms) = visitor
        .run(move |app, caller| Ok((categories::kept(app, caller, &of)?, categories::terms(app, caller)?)))
        .await?;
    let KeptLists { module, categories, tags, of_category, of_tag } = &kept;
    let path = page_of(model);
    let categories = categories.iter().map(|(one, depth)| {
        json!({
            "name": indented(&one.name, *depth),
            "code": one.code,
            "active": one.active,
            "path": format!("{path}/categories/{}", one.id),
            "count": of_category.get(&one.id).copied().unwrap_or_default(),
            "records": format!("/records/{model}?show=all&category={}", one.id),
        })
    });
    let tags = tags.iter().map(|one| {
        json!({
            "name": one.name,
            "active": one.active,
            "path": format!("{path}/tags/{}", one.id),
            "count": of_tag.get(&one.id).copied().unwrap_or_default(),
            "records": format!("/records/{model}?show=all&tag={}", one.id),
        })
    });
    let context = context! {
        base: BASE,
        path: &path,
        label: &module.label,
        label_plural: &module.label_plural,
        category_label: module.category().map(|field| &field.label),
        tags_label: module.tags().map(|field| &field.label),
        categories: categories.collect::<Vec<_>>(),
        tags: tags.collect::<Vec<_>>(),
        deadlines: deadlines(module, terms.deadlines.get(model), typed),
        severity_label: module.severity().map(|field| &field.label),
        working_days: WORKING_DAYS,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("categories/list.html", context).unprocessable_if(!errors.is_empty()))
}

fn deadlines(module: &Module, kept: Option<&Deadlines>, typed: Option<&TypedFields>) -> Vec<Value> {
    let one = |(code, label): &(String, Sentence)| {
        let days = || kept.and_then(|kept| kept.of(code)).map(|days| days.to_string()).unwrap_or_default();
        let value = typed.map_or_else(days, |form| form.get(code).to_owned());
        json!({"code": code, "label": label, "value": value})
    };
    module.severity().into_iter().flat_map(|field| &field.selection).map(one).collect()
}

#[post("/settings/records/<model>/deadlines", data = "<form>")]
async fn save_deadlines(visitor: Visitor<'_>, model: &str, form: Posted) -> PageAnswer {
    let typed: BTreeMap<String, String> =
        form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let of = model.to_owned();
    match visitor.submit(move |app, caller| categories::set_deadlines(app, caller, &of, &typed)).await? {
        Ok(()) => Ok(saved(&visitor, &page_of(model))),
        Err(errors) => list(&visitor, model, Some(&form), errors).await,
    }
}

fn saved(visitor: &Visitor<'_>, path: &str) -> Reply {
    Reply::done(visitor, path.to_owned(), "saved")
}

/// `id` is a number, or `new`.
#[get("/settings/records/<model>/categories/<id>")]
async fn category(visitor: Visitor<'_>, model: &str, id: &str) -> PageAnswer {
    class_form::<TypedCategory>(&visitor, model, id, None, Vec::new()).await
}

#[post("/settings/records/<model>/categories/<id>", data = "<form>")]
async fn save_category(visitor: Visitor<'_>, model: &str, id: &str, form: Posted) -> PageAnswer {
    save_class::<TypedCategory>(&visitor, model, id, &form).await
}

#[get("/settings/records/<model>/tags/<id>")]
async fn tag(visitor: Visitor<'_>, model: &str, id: &str) -> PageAnswer {
    class_form::<TypedTag>(&visitor, model, id, None, Vec::new()).await
}

#[post("/settings/records/<model>/tags/<id>", data = "<form>")]
async fn save_tag(visitor: Visitor<'_>, model: &str, id: &str, form: Posted) -> PageAnswer {
    save_class::<TypedTag>(&visitor, model, id, &form).await
}

/// A category or a tag in its form.
trait ClassForm: RecordClass {
    /// Where its forms are, below the page of the record type.
    const LIST: &str;

    fn read(form: &TypedFields) -> Self;
    fn field(module: &Module) -> Option<&ModuleField>;
    /// One that is kept, as it would be typed.
    fn kept(lists: &KeptLists, id: Self::Id) -> Option<Self>;
    /// What the form shows of it.
    fn shown(&self, lists: &KeptLists, id: Option<Self::Id>) -> Value;
}

impl ClassForm for TypedCategory {
    const LIST: &str = "categories";

    fn read(form: &TypedFields) -> Self {
        Self {
            name: form.get("name").to_owned(),
            code: form.get("code").to_owned(),
            parent: form.get("parent").parse().ok().map(CategoryId),
            sequence: form.get("sequence").trim().parse().unwrap_or(Self::fresh().sequence),
            active: !form.has("archived"),
        }
    }

    fn field(module: &Module) -> Option<&ModuleField> {
        module.category()
    }

    fn kept(lists: &KeptLists, id: CategoryId) -> Option<Self> {
        lists.categories.iter().find(|(one, _)| one.id == id).map(|(one, _)| Self::of(one))
    }

    fn shown(&self, lists: &KeptLists, id: Option<CategoryId>) -> Value {
        let others = lists.categories.iter().filter(|(one, _)| Some(one.id) != id);
        let parents = others.map(|(one, depth)| (one.id.to_string(), indented(&one.name, *depth)));
        json!({
            "name": self.name,
            "code": self.code,
            "parent": self.parent.map(|id| id.to_string()).unwrap_or_default(),
            "parents": parents.collect::<Vec<_>>(),
            "sequence": self.sequence.to_string(),
            "archived": !self.active,
        })
    }
}

impl ClassForm for TypedTag {
    const LIST: &str = "tags";

    fn read(form: &TypedFields) -> Self {
        Self { name: form.get("name").to_owned(), active: !form.has("archived") }
    }

    fn field(module: &Module) -> Option<&ModuleField> {
        module.tags()
    }

    fn kept(lists: &KeptLists, id: TagId) -> Option<Self> {
        lists.tags.iter().find(|one| one.id == id).map(Self::of)
    }

    fn shown(&self, _lists: &KeptLists, _id: Option<TagId>) -> Value {
        json!({"name": self.name, "archived": !self.active})
    }
}

async fn save_class<T: ClassForm>(visitor: &Visitor<'_>, model: &str, id: &str, form: &TypedFields) -> PageAnswer {
    let (typed, of, number) = (T::read(form), model.to_owned(), id.parse().ok().map(T::id));
    let done = visitor.submit(move |app, caller| match number {
        Some(id) => categories::change(app, caller, &of, id, &typed),
        None => categories::create(app, caller, &of, &typed).map(drop),
    });
    match done.await? {
        Ok(()) => Ok(saved(visitor, &page_of(model))),
        Err(errors) => class_form::<T>(visitor, model, id, Some(form), errors).await,
    }
}

async fn class_form<T: ClassForm>(
    visitor: &Visitor<'_>,
    model: &str,
    id: &str,
    typed: Option<&TypedFields>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let (of, number) = (model.to_owned(), id.parse().ok().map(T::id));
    let kept = visitor.run(move |app, caller| categories::kept(app, caller, &of)).await?;
    let known = number.and_then(|id| T::kept(&kept, id));
    if id != "new" && known.is_none() {
        return Ok(Reply::go(page_of(model)));
    }
    let is_new = known.is_none();
    let class = typed.map_or_else(|| known.unwrap_or_else(T::fresh), T::read);
    let context = context! {
        list_path: page_of(model),
        list_label: &kept.module.label_plural,
        path: format!("{}/{}/{id}", page_of(model), T::LIST),
        label: T::field(&kept.module).map_or_else(Sentence::default, |field| field.label.clone()),
        is_new,
        class: class.shown(&kept, number),
        errors: field_errors(&errors),
    };
    Ok(Reply::page("categories/form.html", context).unprocessable_if(!errors.is_empty()))
}

#[get("/settings/working-days")]
async fn working_days(visitor: Visitor<'_>) -> PageAnswer {
    working_days_form(&visitor, None, Vec::new()).await
}

#[post("/settings/working-days", data = "<form>")]
async fn save_working_days(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let days = form.all("days").filter_map(|day| day.parse().ok());
    let read = WorkingTime::parse_holidays(form.get("holidays"))
        .and_then(|holidays| WorkingTime::new(form.get("zone"), days, holidays));
    let time = match read {
        Ok(time) => time,
        Err(invalid) => return working_days_form(&visitor, Some(&form), vec![invalid]).await,
    };
    visitor.run(move |app, caller| categories::set_working_time(app, caller, &time)).await?;
    Ok(saved(&visitor, WORKING_DAYS))
}

async fn working_days_form(visitor: &Visitor<'_>, typed: Option<&TypedFields>, errors: Vec<Invalid>) -> PageAnswer {
    let time = visitor.run(categories::terms).await?.time;
    let worked: Vec<u8> = match typed {
        Some(form) => form.all("days").filter_map(|day| day.parse().ok()).collect(),
        None => time.days().collect(),
    };
    let days: Vec<Value> = (0..7u8)
        .map(|day| {
            let label = words::text(visitor.language(), &format!("working-day-{day}"));
            json!({"day": day, "label": label, "on": worked.contains(&day)})
        })
        .collect();
    let lines = || time.holidays().iter().map(|(day, name)| format!("{day} {name}").trim().to_owned());
    let holidays = typed.map_or_else(|| lines().collect::<Vec<_>>().join("\n"), |form| form.get("holidays").to_owned());
    // Until somebody says otherwise: where who keeps them is.
    let zone = match typed {
        Some(form) => form.get("zone").to_owned(),
        None if time == WorkingTime::default() => visitor.session.user.time_zone.clone(),
        None => time.zone().name().to_owned(),
    };
    let context = context! {
        base: BASE,
        path: WORKING_DAYS,
        days,
        holidays,
        zones: time_zones(&zone),
        zone,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("categories/working_days.html", context).unprocessable_if(!errors.is_empty()))
}

/// The pages of these forms with what was typed: see [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, model: &str, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        ["categories", id] => Some(class_form::<TypedCategory>(visitor, model, id, Some(form), Vec::new()).await),
        ["tags", id] => Some(class_form::<TypedTag>(visitor, model, id, Some(form), Vec::new()).await),
        ["deadlines"] => Some(list(visitor, model, Some(form), Vec::new()).await),
        _ => None,
    }
}

pub(super) async fn working_days_again(visitor: &Visitor<'_>, form: &TypedFields) -> PageAnswer {
    working_days_form(visitor, Some(form), Vec::new()).await
}
