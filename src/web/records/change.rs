//! What people change on records: the form of a record's page, its contact, and a record that comes by no mail.

use std::collections::BTreeMap;

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::list::indented;
use super::page::{self, input};
use super::{address, path};
use crate::domain::id::{PostId, RecordId};
use crate::domain::module::{FieldKind, Module};
use crate::domain::rights::{Object, Right};
use crate::domain::{Invalid, words};
use crate::operations::categories::KeptTag;
use crate::operations::records::{self, Edit, Note, PRIORITIES, RecordDraft, ShownUpTo, field};
use crate::operations::{OperationError, partners};
use crate::say;
use crate::web::contacts;
use crate::web::errors::PageFailure;
use crate::web::forms::{Posted, TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// Fields of the form that are no fields of the record. A module's field that is called like one of them stands in the
/// form under another name.
const OWN: [&str; 15] = [
    "csrf_token",
    "kept",
    "theirs",
    "version",
    "seen_mail",
    "seen_entry",
    "note",
    "files",
    "open",
    "post",
    "stage_id",
    "partner_id",
    "active",
    "list",
    "set",
];

/// The name of a record's field in the form.
pub(super) fn input_name(field: &str) -> String {
    if OWN.contains(&field) { format!("field-{field}") } else { field.to_owned() }
}

/// The form of a record's page: what was typed, and what the page showed before. It is one form for all buttons: everything typed
/// comes along whichever is pressed, and what that button does not use is filled in again.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordForm {
    version: i32,
    /// Each field as the page showed it.
    seen: BTreeMap<String, String>,
    /// The fields that were typed over.
    pub typed: BTreeMap<String, String>,
    pub note: String,
    /// The newest mail on the page, and the newest entry that there was.
    pub mail: Option<PostId>,
    entry: Option<PostId>,
    shown: ShownUpTo,
    /// The list that the person came from, as its address says it.
    list: String,
    /// The number of the record to merge it into.
    into: String,
    /// Its note is written: whatever was chosen to go along with it has gone.
    noted: bool,
}

impl RecordForm {
    /// As a record's page posts it.
    pub(super) fn read(visitor: &Visitor<'_>, model: &str, form: &TypedFields) -> Self {
        let mut page = Self::version(form);
        page.note = form.get("note").to_owned();
        let typed = form.pairs().filter(|(name, _)| !OWN.contains(name) && !name.starts_with("was-"));
        let own = typed.map(|(name, value)| (name.strip_prefix("field-").unwrap_or(name), value));
        page.typed = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if let Some(module) = visitor.visit.app.modules.get(model) {
            if let Some(tags) = module.tags()
                && form.has(&input_name(&tags.name))
            {
                let input = input_name(&tags.name);
                let all: Vec<&str> = form.all(&input).filter(|id| !id.is_empty()).collect();
                page.typed.insert(tags.name.clone(), all.join(","));
            }
            let zone = page::zone(visitor);
            for field in field::editable(module).filter(|field| field.kind == FieldKind::Datetime) {
                if let Some(typed) = page.typed.get_mut(&field.name) {
                    *typed = page::to_utc(zone, typed);
                }
            }
            let seen = &page.seen;
            let same =
                |name: &str, typed: &str| seen.get(name).is_some_and(|was| records::same(module, name, was, typed));
            page.typed.retain(|name, typed| !same(name, typed));
        }
        page
    }

    /// Only what the page showed: of a form that has other fields than the record's.
    pub(super) fn version(form: &TypedFields) -> Self {
        let post = |name: &str| form.get(name).parse().ok().map(PostId);
        let seen =
            form.pairs().filter_map(|(name, value)| Some((name.strip_prefix("was-")?.to_owned(), value.to_owned())));
        let mail = post("seen_mail");
        Self {
            version: form.get("version").parse().unwrap_or_default(),
            seen: seen.collect(),
            mail: mail.filter(|mail| mail.0 >= 0),
            entry: post("seen_entry"),
            shown: mail.map_or(ShownUpTo::Everything, ShownUpTo::UpTo),
            list: form.get("list").to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn said(self) -> page::RecordPageState {
        page::RecordPageState {
            seen: self.seen,
            typed: self.typed,
            note: self.note,
            mail: self.mail,
            entry: self.entry,
            list: self.list,
            into: self.into,
            noted: self.noted,
            keeps: true,
            ..page::RecordPageState::default()
        }
    }
}

/// The fields at the record's side.
#[post("/records/<model>/<id>", rank = 1, data = "<form>")]
pub(super) async fn save(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let page = RecordForm::read(&visitor, model, &form);
    let values = page.typed.clone();
    edit(&visitor, model, RecordId(id), page, values, "").await
}

/// A chevron.
#[post("/records/<model>/<id>/stage", data = "<form>")]
pub(super) async fn stage(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let values = BTreeMap::from([("stage_id".to_owned(), form.get("stage_id").to_owned())]);
    edit(&visitor, model, RecordId(id), RecordForm::read(&visitor, model, &form), values, "/stage").await
}

/// A choice of the record's side, by itself: `set` is a button's value, and else what the field holds.
#[post("/records/<model>/<id>/set/<field>", rank = 2, data = "<form>")]
pub(super) async fn set(visitor: Visitor<'_>, model: &str, id: i32, field: &str, form: Posted) -> PageAnswer {
    let page = RecordForm::read(&visitor, model, &form);
    let module = visitor.visit.app.modules.get(model);
    let known = |module: &Module| {
        let mut own = module.choices().chain(module.category()).chain(module.tags());
        own.any(|one| one.name == field)
    };
    if !module.is_some_and(known) {
        return Ok(Reply::go(path(model, RecordId(id))));
    }
    let held = || page.typed.get(field).cloned().unwrap_or_else(|| form.get(&input_name(field)).to_owned());
    let value = if form.has("set") { form.get("set").to_owned() } else { held() };
    let values = BTreeMap::from([(field.to_owned(), value)]);
    edit(&visitor, model, RecordId(id), page, values, "").await
}

/// A star.
#[post("/records/<model>/<id>/priority", data = "<form>")]
pub(super) async fn priority(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let values = BTreeMap::from([("priority".to_owned(), form.get("priority").to_owned())]);
    edit(&visitor, model, RecordId(id), RecordForm::read(&visitor, model, &form), values, "/priority").await
}

/// *Assign to me*.
#[post("/records/<model>/<id>/assign", data = "<form>")]
pub(super) async fn assign(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let me = visitor.caller.user.map(|user| user.to_string()).unwrap_or_default();
    let values = BTreeMap::from([("user_id".to_owned(), me)]);
    edit(&visitor, model, RecordId(id), RecordForm::read(&visitor, model, &form), values, "/assign").await
}

/// Changes fields; what was wrong, or changed by somebody else meanwhile, comes back with what was typed. `deed` is the
/// form's way to this, below the record's path.
pub(super) async fn edit(
    visitor: &Visitor<'_>,
    model: &str,
    id: RecordId,
    mut page: RecordForm,
    values: BTreeMap<String, String>,
    deed: &'static str,
) -> PageAnswer {
    let (seen, values_typed) = (page.seen.clone(), values.clone());
    let edit = Edit { version: page.version, seen, shown: page.shown, values: values_typed, ..Edit::default() };
    let of = model.to_owned();
    match visitor.run(move |app, caller| records::change(app, caller, &of, id, &edit)).await {
        Ok(()) => {
            page.typed.retain(|name, _| !values.contains_key(name));
            done(visitor, model, id, page).await
        }
        Err(OperationError::Invalid(errors)) => {
            let said = page::RecordPageState { status: Some(Status::UnprocessableEntity), errors, ..page.said() };
            page::answer(visitor, model, id, said).await
        }
        Err(OperationError::Conflict(words)) => {
            conflict(
                visitor,
                model,
                id,
                page,
                page::DeedConflict { words: words.in_language(visitor.language()), values, deed },
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

async fn conflict(
    visitor: &Visitor<'_>,
    model: &str,
    id: RecordId,
    page: RecordForm,
    conflict: page::DeedConflict,
) -> PageAnswer {
    // htmx swaps 422 and no other error.
    let status = if visitor.visit.htmx { Status::UnprocessableEntity } else { Status::Conflict };
    let said = page::RecordPageState { status: Some(status), conflict: Some(conflict), ..page.said() };
    page::answer(visitor, model, id, said).await
}

/// After a deed, with what is still typed. Where nothing is, a browser goes to the record; htmx gets the page that it
/// replaces a part of.
async fn done(visitor: &Visitor<'_>, model: &str, id: RecordId, page: RecordForm) -> PageAnswer {
    if visitor.visit.htmx || !page.typed.is_empty() || !page.note.trim().is_empty() {
        return page::answer(visitor, model, id, page.said()).await;
    }
    let of = model.to_owned();
    visitor.run(move |app, caller| records::keep_draft(app, caller, &of, id, &RecordDraft::default(), None)).await?;
    let of = model.to_owned();
    let came = match page.mail {
        Some(mail) => visitor.run(move |app, caller| records::mail_came(app, caller, &of, id, mail)).await?,
        None => false,
    };
    let since = page.mail.filter(|_| came).map(|mail| mail.to_string()).unwrap_or_default();
    Ok(Reply::go(address(model, id, &[("since", &since), ("list", &page.list)])))
}

#[post("/records/<model>/<id>/note", data = "<form>")]
pub(super) async fn note(visitor: Visitor<'_>, model: &str, id: i32, mut form: Posted) -> PageAnswer {
    let mut files = std::mem::take(&mut form.files);
    let (of, id, mut page) = (model.to_owned(), RecordId(id), RecordForm::read(&visitor, model, &form));
    let note = Note { text: page.note.clone(), shown: page.shown, after: page.entry };
    match visitor.submit(move |app, caller| records::note(app, caller, &of, id, &note, &mut files)).await? {
        Ok(_) => {
            page.note.clear();
            page.noted = true;
            done(&visitor, model, id, page).await
        }
        Err(errors) => {
            let said = page::RecordPageState { status: Some(Status::UnprocessableEntity), errors, ..page.said() };
            page::answer(&visitor, model, id, said).await
        }
    }
}

/// What is typed is kept while somebody types, and is theirs alone.
#[post("/records/<model>/<id>/draft", data = "<form>")]
pub(super) async fn draft(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> Result<Status, PageFailure> {
    let (of, page) = (model.to_owned(), RecordForm::read(&visitor, model, &form));
    let draft = RecordDraft { note: page.note, typed: page.typed, seen: page.seen };
    visitor.run(move |app, caller| records::keep_draft(app, caller, &of, RecordId(id), &draft, page.entry)).await?;
    Ok(Status::NoContent)
}

/// *Discard what I typed*.
#[post("/records/<model>/<id>/discard", data = "<form>")]
pub(super) async fn discard(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of, id) = (model.to_owned(), RecordId(id));
    visitor.run(move |app, caller| records::keep_draft(app, caller, &of, id, &RecordDraft::default(), None)).await?;
    Ok(Reply::go(address(model, id, &[("list", form.get("list"))])))
}

/// *Split off*: a mail gets a record of its own, where the person goes on.
#[post("/records/<model>/<id>/split", data = "<form>")]
pub(super) async fn split(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of, id, page) = (model.to_owned(), RecordId(id), RecordForm::read(&visitor, model, &form));
    let (version, mail) = (page.version, PostId(form.get("post").parse().unwrap_or_default()));
    match visitor.run(move |app, caller| records::split(app, caller, &of, id, version, mail)).await {
        Ok(made) => Ok(Reply::go(address(model, made, &[("split", &id.to_string())]))),
        Err(OperationError::Conflict(words)) => {
            let clash = page::DeedConflict {
                words: words.in_language(visitor.language()),
                values: BTreeMap::new(),
                deed: "/split",
            };
            conflict(&visitor, model, id, page, clash).await
        }
        Err(error) => Err(error.into()),
    }
}

/// *Mark as read*.
#[post("/records/<model>/<id>/read", data = "<form>")]
pub(super) async fn read(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of, id, page) = (model.to_owned(), RecordId(id), RecordForm::read(&visitor, model, &form));
    let shown = page.shown;
    visitor.run(move |app, caller| records::mark_read(app, caller, &of, id, shown)).await?;
    done(&visitor, model, id, page).await
}

/// *Not a grievance*, and back.
#[post("/records/<model>/<id>/verdict", data = "<form>")]
pub(super) async fn verdict(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of, id, page) = (model.to_owned(), RecordId(id), RecordForm::read(&visitor, model, &form));
    let (version, shown, active) = (page.version, page.shown, form.get("active") == "1");
    let turned = visitor.run(move |app, caller| {
        if active {
            records::a_grievance_after_all(app, caller, &of, id, version, shown)
        } else {
            records::not_a_grievance(app, caller, &of, id, version, shown)
        }
    });
    match turned.await {
        Ok(()) => done(&visitor, model, id, page).await,
        Err(OperationError::Conflict(words)) => {
            let clash = page::DeedConflict {
                words: words.in_language(visitor.language()),
                values: BTreeMap::new(),
                deed: "/verdict",
            };
            conflict(&visitor, model, id, page, clash).await
        }
        Err(error) => Err(error.into()),
    }
}

/// *Join*: the record goes into the one that it answers, where the person goes on.
#[post("/records/<model>/<id>/join", data = "<form>")]
pub(super) async fn join(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of, id, mut page) = (model.to_owned(), RecordId(id), RecordForm::version(&form));
    let version = page.version;
    let into = form.has("into").then(|| form.get("into").to_owned());
    page.into = into.clone().unwrap_or_default();
    match visitor.run(move |app, caller| records::join(app, caller, &of, id, version, into.as_deref())).await {
        Err(OperationError::Invalid(errors)) => {
            let said = page::RecordPageState { status: Some(Status::UnprocessableEntity), errors, ..page.said() };
            page::answer(&visitor, model, id, said).await
        }
        Ok(joined) => Ok(Reply::go(path(model, joined))),
        Err(OperationError::Conflict(words)) => {
            let clash = page::DeedConflict {
                words: words.in_language(visitor.language()),
                values: BTreeMap::new(),
                deed: "/join",
            };
            conflict(&visitor, model, id, page, clash).await
        }
        Err(error) => Err(error.into()),
    }
}

/// *Take theirs*: what both typed over is theirs, and everything else that was typed stays.
#[post("/records/<model>/<id>/theirs", data = "<form>")]
pub(super) async fn theirs(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let mut page = RecordForm::read(&visitor, model, &form);
    page.typed.retain(|name, _| !form.get("theirs").split(' ').any(|theirs| theirs == name));
    done(&visitor, model, RecordId(id), page).await
}

/// The address that a browser shows after one of these forms came back: the record's page.
#[get("/records/<model>/<id>/<_deed>", rank = 20)]
pub(super) async fn again(_visitor: Visitor<'_>, model: &str, id: i32, _deed: &str) -> PageAnswer {
    Ok(Reply::go(path(model, RecordId(id))))
}

// Choosing a record's contact: found by its words, or made new.

#[get("/records/<model>/<id>/contact?<q>")]
pub(super) async fn show_contact(visitor: Visitor<'_>, model: &str, id: i32, q: Option<&str>) -> PageAnswer {
    contact_page(&visitor, model, RecordId(id), q, None, Vec::new()).await
}

/// `partner_id` empty unlinks.
#[post("/records/<model>/<id>/contact", data = "<form>")]
pub(super) async fn link_contact(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let values = BTreeMap::from([("partner_id".to_owned(), form.get("partner_id").to_owned())]);
    edit(&visitor, model, RecordId(id), RecordForm::read(&visitor, model, &form), values, "/contact").await
}

/// Makes a contact and links it.
#[post("/records/<model>/<id>/contact/new", data = "<form>")]
pub(super) async fn create_contact(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let typed = contacts::typed(&form);
    let new = typed.clone();
    match visitor.submit(move |app, caller| partners::create(app, caller, &new)).await? {
        Ok(partner) => {
            let values = BTreeMap::from([("partner_id".to_owned(), partner.to_string())]);
            edit(&visitor, model, RecordId(id), RecordForm::version(&form), values, "/contact").await
        }
        Err(errors) => contact_page(&visitor, model, RecordId(id), None, Some(typed), errors).await,
    }
}

pub(super) async fn contact_again(visitor: &Visitor<'_>, model: &str, id: RecordId, form: &TypedFields) -> PageAnswer {
    contact_page(visitor, model, id, None, form.has("name").then(|| contacts::typed(form)), Vec::new()).await
}

async fn contact_page(
    visitor: &Visitor<'_>,
    model: &str,
    id: RecordId,
    q: Option<&str>,
    typed: Option<partners::TypedPartner>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let of = model.to_owned();
    let view = visitor.run(move |app, caller| records::view(app, caller, &of, id)).await?;
    let record = &view.record;
    // Without a search: whoever may be meant, by the sender's name.
    let q = q.map_or_else(|| record.partner_name.clone().unwrap_or_default(), str::to_owned);
    let search = q.clone();
    let found = visitor.run(move |app, caller| partners::search(app, caller, &search)).await?;
    let typed = typed.unwrap_or_else(|| partners::TypedPartner {
        name: record.partner_name.clone().unwrap_or_default(),
        email: record.partner_email.clone().unwrap_or_default(),
        is_registrant: true,
        ..partners::TypedPartner::default()
    });
    let label = field::label(&view.module, "partner_id", say!("records-contact"));
    let context = context! {
        path: path(model, id),
        record,
        label,
        q,
        found,
        likely: view.suggested.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "is_registrant": one.is_registrant, "like": likeness.code()})).collect::<Vec<_>>(),
        name: typed.name,
        email: typed.email,
        phone: typed.phone,
        is_registrant: typed.is_registrant,
        may_change: view.may_change,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("records/contact.html", context).unprocessable_if(!errors.is_empty()))
}

/// The columns that the form has beside the module's own fields.
const COLUMNS: [&str; 5] = ["name", "description", "partner_name", "partner_email", "priority"];

/// A record that comes by no mail: a call, a visit, a form on paper.
#[get("/records/<model>/new")]
pub(super) async fn show_new(visitor: Visitor<'_>, model: &str) -> PageAnswer {
    new_page(&visitor, model, None, Vec::new()).await
}

#[post("/records/<model>/new", data = "<form>")]
pub(super) async fn make_new(visitor: Visitor<'_>, model: &str, form: Posted) -> PageAnswer {
    let mut values = new_values(&visitor, model, &form);
    if form.has("mine")
        && let Some(me) = visitor.caller.user
    {
        values.insert("user_id".to_owned(), me.to_string());
    }
    let of = model.to_owned();
    match visitor.submit(move |app, caller| records::create(app, caller, &of, &values)).await? {
        Ok(id) => Ok(Reply::go(path(model, id))),
        Err(errors) => new_page(&visitor, model, Some(&form), errors).await,
    }
}

/// What the form holds, by field name.
fn new_values(visitor: &Visitor<'_>, model: &str, form: &TypedFields) -> BTreeMap<String, String> {
    let module = visitor.visit.app.modules.get(model);
    let own = module.into_iter().flat_map(field::editable).map(|field| field.name.as_str());
    let all = COLUMNS.iter().map(|name| (*name, (*name).to_owned())).chain(own.map(|name| (name, input_name(name))));
    let zone = page::zone(visitor);
    let times: Vec<&str> = module
        .into_iter()
        .flat_map(field::editable)
        .filter(|field| field.kind == FieldKind::Datetime)
        .map(|field| field.name.as_str())
        .collect();
    let given = all.map(|(name, input)| match times.contains(&name) {
        true => (name.to_owned(), page::to_utc(zone, form.get(&input))),
        false => (name.to_owned(), form.get(&input).to_owned()),
    });
    // What was emptied of the module's own fields is empty, and not as it is by default.
    let mut given: BTreeMap<String, String> =
        given.filter(|(name, value)| !value.is_empty() || !COLUMNS.contains(&name.as_str())).collect();
    if let Some(field) = module.and_then(Module::category) {
        given.insert(field.name.clone(), form.get(&input_name(&field.name)).to_owned());
    }
    if let Some(field) = module.and_then(Module::tags) {
        let ids: Vec<&str> = form.all("tag").filter(|id| !id.is_empty()).collect();
        given.insert(field.name.clone(), ids.join(","));
    }
    given
}

/// The page of the form with what was typed: see [`crate::web::forms::keep_for`].
pub(super) async fn new_again(visitor: &Visitor<'_>, model: &str, form: &TypedFields) -> PageAnswer {
    new_page(visitor, model, Some(form), Vec::new()).await
}

async fn new_page(visitor: &Visitor<'_>, model: &str, typed: Option<&TypedFields>, errors: Vec<Invalid>) -> PageAnswer {
    let of = model.to_owned();
    let records::HandEntry { module, categories, tags } =
        visitor.run(move |app, caller| records::entry(app, caller, &of)).await?;
    let categories: Vec<(String, String)> =
        categories.iter().map(|(one, depth)| (one.id.to_string(), indented(&one.name, *depth))).collect();
    let chosen: Vec<&str> = typed.map(|form| form.all("tag").collect()).unwrap_or_default();
    let is_chosen = |tag: &KeptTag| chosen.contains(&tag.id.to_string().as_str());
    let tags: Vec<Value> =
        tags.iter().map(|tag| json!({"id": tag.id, "name": tag.name, "on": is_chosen(tag)})).collect();
    let value = |name: &str| typed.map_or("", |form| form.get(name));
    let fields = field::editable(&module).map(|one| {
        let name = input_name(&one.name);
        json!({
            "label": one.label,
            "input": input(one.kind),
            "required": one.required,
            "options": one.selection,
            "checked": match typed { Some(form) => form.has(&name), None => one.default.as_deref() == Some("true") },
            "value": match typed { Some(form) => form.get(&name).to_owned(), None => one.default.clone().unwrap_or_default() },
            "name": name,
        })
    });
    let word = |key: &str| words::text(visitor.language(), key);
    let context = context! {
        path: format!("/records/{model}"),
        list_label: &module.label_plural,
        label: &module.label,
        name_label: field::label(&module, "name", say!("records-title")),
        name: value("name"),
        description: value("description"),
        partner_name: value("partner_name"),
        partner_email: value("partner_email"),
        priority: typed.map_or("1", |form| form.get("priority")),
        priorities: PRIORITIES.map(|(code, _)| (code, word(&format!("records-priority-{code}")))),
        mine: typed.is_none_or(|form| form.has("mine")),
        category: module.category().map(|field| {
            let name = input_name(&field.name);
            json!({"label": field.label, "value": value(&name), "name": name, "options": categories})
        }),
        tags_label: module.tags().map(|field| &field.label),
        tags,
        fields: fields.collect::<Vec<_>>(),
        errors: field_errors(&errors),
    };
    Ok(Reply::page("records/by_hand.html", context).unprocessable_if(!errors.is_empty()))
}

/// Whether the way to it is shown.
pub(super) fn is_offered(visitor: &Visitor<'_>) -> bool {
    visitor.caller.may(Right::Create, Object::Records)
}
