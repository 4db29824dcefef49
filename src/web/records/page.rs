//! A record's page: its conversation with its attachments, its fields, its stage, who else has it open; and the same
//! for paper.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use rocket::http::Status;
use rocket::{FromForm, get};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::list::{ListAsked, indented};
use super::{address, change, path};
use crate::domain::conversation::PostKind;
use crate::domain::id::{AttachmentId, CategoryId, PostId, RecordId, UserId};
use crate::domain::module::{FieldKind, ModuleField};
use crate::domain::rights::{Object, Right};
use crate::domain::words::{self, Sentence};
use crate::domain::{Invalid, now};
use crate::operations::attachments::{self, FileContent};
use crate::operations::categories::KeptTag;
use crate::operations::records::field::{self, moment};
use crate::operations::records::{
    self, AttachmentFile, ConversationPart, POSTS, PRIORITIES, Post, RecordDraft, RecordView, Related, Relations,
};
use crate::operations::{OperationError, confidential};
use crate::say;
use crate::web::download::FileDownload;
use crate::web::errors::PageFailure;
use crate::web::forms::field_errors;
use crate::web::guards::Visitor;
use crate::web::posts::{self, Unfolding};
use crate::web::render::{PageAnswer, Reply};

/// What a record's page is asked for, behind its address.
#[derive(Default, FromForm)]
pub(super) struct RecordAsked<'r> {
    /// Shows the entries before that one.
    before: Option<i32>,
    /// The newest mail of the page that somebody came from, and the list.
    since: Option<i32>,
    list: Option<&'r str>,
    /// Unfolds a file of its conversation.
    open: Option<i32>,
    /// The record that its mail was just split off from.
    split: Option<i32>,
}

#[get("/records/<model>/<id>?<asked..>", rank = 1)]
pub(super) async fn show(visitor: Visitor<'_>, model: &str, id: i32, asked: RecordAsked<'_>) -> PageAnswer {
    let said = RecordPageState {
        before: asked.before.map(PostId),
        open: asked.open.map(AttachmentId),
        split: asked.split.map(RecordId),
        mail: asked.since.map(PostId),
        list: asked.list.unwrap_or_default().to_owned(),
        ..RecordPageState::default()
    };
    answer(&visitor, model, RecordId(id), said).await
}

/// What a form that was not done leaves on the page: nothing typed is lost.
#[derive(Default)]
pub(super) struct RecordPageState {
    pub status: Option<Status>,
    /// The fields as the page before showed them.
    pub seen: BTreeMap<String, String>,
    /// Those that were typed over and are not saved.
    pub typed: BTreeMap<String, String>,
    pub note: String,
    pub errors: Vec<Invalid>,
    pub conflict: Option<DeedConflict>,
    /// The newest mail of the page before: what came behind it is pointed out.
    pub mail: Option<PostId>,
    /// The newest entry that there was when the page before was drawn.
    pub entry: Option<PostId>,
    /// Which part of the conversation is to be shown: see [`records::view_before`].
    pub before: Option<PostId>,
    /// The list that the person came from, as its address says it.
    pub list: String,
    /// The number of the record to merge it into, as typed.
    pub into: String,
    /// The file that is unfolded.
    pub open: Option<AttachmentId>,
    /// The record that its mail was just split off from.
    pub split: Option<RecordId>,
    /// The page answers one of its forms: what is typed is kept. Otherwise what was kept comes back.
    pub keeps: bool,
    /// The page answers its own note: what was to go along with it has gone.
    pub noted: bool,
}

/// What somebody else typed over too, since the page was drawn: the form shows the newest version from now on, so that
/// saving it would silently take that back.
fn moved(visitor: &Visitor<'_>, view: &RecordView, said: &RecordPageState) -> Option<DeedConflict> {
    let now = |name: &str| records::value(&view.module, &view.record, name);
    let mut values = said.typed.clone();
    values.retain(|name, typed| match (said.seen.get(name), now(name)) {
        (Some(seen), Some(now)) => {
            !records::same(&view.module, name, seen, &now) && !records::same(&view.module, name, &now, typed)
        }
        _ => false,
    });
    let words = words::text(visitor.language(), "records-moved");
    (!values.is_empty()).then_some(DeedConflict { words, values, deed: "" })
}

/// A deed that was not done, because somebody else changed the same meanwhile.
#[derive(Debug, Clone)]
pub(super) struct DeedConflict {
    pub words: String,
    /// What was to be written.
    pub values: BTreeMap<String, String>,
    /// Where it is sent again, below the record's path.
    pub deed: &'static str,
}

/// What a record's page is made of.
struct RecordRead {
    view: RecordView,
    /// The records before and behind it in the list that the person came from.
    neighbours: (Option<RecordId>, Option<RecordId>),
    /// The file that is unfolded, with what it holds.
    open: Option<(AttachmentId, FileContent)>,
    /// The number of the record that its mail was just split off from.
    split: Option<String>,
}

/// Reads all that the page shows, in one go, and keeps what is typed first.
async fn read(
    visitor: &Visitor<'_>,
    model: &str,
    id: RecordId,
    said: &RecordPageState,
    asked: &ListAsked,
) -> Result<RecordRead, OperationError> {
    let draft =
        said.keeps.then(|| RecordDraft { note: said.note.clone(), typed: said.typed.clone(), seen: said.seen.clone() });
    let split = said.split;
    let (of, before, open) = (model.to_owned(), said.before, said.open);
    let query = asked.query.clone();
    visitor
        .run(move |app, caller| {
            // The page shows it all the same.
            if let Some(draft) = &draft
                && let Err(error) = records::keep_draft(app, caller, &of, id, draft, None)
            {
                tracing::info!(%error, record = %id, "what is typed could not be kept");
            }
            let split =
                split.and_then(|split| records::view(app, caller, &of, split).ok()).map(|view| view.record.number);
            let view = records::view_before(app, caller, &of, id, before)?;
            // A record can be worked on without the way through its list.
            let neighbours = records::neighbours(app, caller, &of, &query, id).unwrap_or_else(|error| {
                tracing::info!(%error, record = %id, "its neighbours in the list could not be found");
                (None, None)
            });
            let shown = view.conversation.first.iter().chain(&view.conversation.posts);
            let file = shown.flat_map(|post| &post.attachments).find(|file| Some(file.id) == open).cloned();
            let open = file.map(|file| Ok::<_, OperationError>((file.id, attachments::content(app, caller, &file)?)));
            Ok(RecordRead { view, neighbours, open: open.transpose()?, split })
        })
        .await
}

pub(super) async fn answer(visitor: &Visitor<'_>, model: &str, id: RecordId, mut said: RecordPageState) -> PageAnswer {
    let asked = ListAsked::of_query(&said.list);
    let RecordRead { view, neighbours, open, split } = match read(visitor, model, id, &said, &asked).await {
        Ok(read) => read,
        Err(error @ OperationError::NotFound(_)) if visitor.caller.may(Right::Write, Object::Installation) => {
            // Administrators see that it is there, and may name themselves.
            let of = model.to_owned();
            let hidden = visitor.run(move |app, caller| confidential::readers(app, caller, &of, id)).await;
            return match hidden {
                Ok(_) => Ok(Reply::go(crate::web::confidential::readers_path(model, id))),
                Err(_) => Err(error.into()),
            };
        }
        Err(error) => return Err(error.into()),
    };
    let mut drafted = false;
    let says_nothing = said.typed.is_empty() && said.note.trim().is_empty() && !said.keeps;
    if let Some(draft) = view.draft.clone().filter(|_| says_nothing && view.may_change) {
        (said.note, said.typed, said.seen, drafted) = (draft.note, draft.typed, draft.seen, true);
    }
    let path = path(&view.module.model, id);
    let list = asked.kept();
    let beside = |id: Option<RecordId>| id.map(|id| address(&view.module.model, id, &[("list", &list)]));
    let ConversationPart { first, posts: shown, older, newer, newest, .. } = &view.conversation;
    let before = said.before.map(|before| before.to_string()).unwrap_or_default();
    let unfolding = Unfolding {
        page: address(&view.module.model, id, &[("before", &before), ("list", &list)]),
        open,
        whole: false,
    };
    let entry = |post: &Post| posts::context(visitor, &path, post, &view.record.name, &unfolding);
    let mails = first.iter().chain(shown).filter(|post| post.kind == PostKind::Email);
    let seen_mail = mails.clone().map(|post| post.id.0).max().unwrap_or_default();
    let came = mails.filter(|post| view.record.new_mail && said.mail.is_some_and(|known| post.id > known));
    let came: Vec<Value> =
        came.map(|post| json!({"id": post.id, "subject": post.subject, "date": post.date})).collect();
    let was = |field: &str| records::value(&view.module, &view.record, field).unwrap_or_default();
    let conflict = said.conflict.clone().or_else(|| moved(visitor, &view, &said));
    let conflict = conflict.as_ref().map(|conflict| conflict_context(visitor, &view, &path, conflict));
    let stages: Vec<(&str, Sentence)> = view.stages.iter().map(|stage| (stage.code.as_str(), stage.words())).collect();
    let reply = Reply::page(
        "records/page.html",
        context! {
            path: &path,
            base: format!("/records/{}", view.module.model),
            list_path: asked.with(|_| {}).address(&format!("/records/{}", view.module.model)),
            list: &list,
            before_this: beside(neighbours.0),
            behind_this: beside(neighbours.1),
            mine: view.record.user.as_ref().map(|(id, _)| *id) == visitor.caller.user && visitor.caller.user.is_some(),
            has_account: visitor.caller.user.is_some(),
            list_label: &view.module.label_plural,
            label: &view.module.label,
            record: &view.record,
            stages,
            first: first.as_ref().map(entry),
            posts: shown.iter().map(entry).collect::<Vec<_>>(),
            older,
            // How many a step back shows.
            step: POSTS.min(*older),
            older_before: shown.first().map(|post| post.id),
            newer,
            seen_mail,
            seen_entry: newest.map_or(0, |newest| newest.0),
            came,
            fields: fields(visitor, &view, &said),
            due: due(&view),
            why: why(&view),
            name: said.typed.get("name").unwrap_or(&view.record.name),
            priority: said.typed.get("priority").unwrap_or(&view.record.priority),
            user_id: said.typed.get("user_id").cloned().unwrap_or_else(|| was("user_id")),
            was: ["name", "user_id", "priority", "stage_id", "partner_id"].map(|field| (field, was(field))),
            kept: said.status.is_none() && !(said.typed.is_empty() && said.note.trim().is_empty()),
            priorities: PRIORITIES.map(|(code, _)| (code, priority(visitor, code))),
            assignees: assignees(visitor, &view),
            assignee: view.record.user.as_ref().map(|(_, name)| assignee(visitor, &view, name)),
            description: description(visitor, &view, &path),
            noted: said.noted,
            drafted,
            split,
            has_mails: view.has_mails,
            here: others_shown(&view.others),
            spoken: spoken(visitor, &view, &said),
            suggested: view.suggested.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "like": likeness.code()})).collect::<Vec<_>>(),
            name_label: field::label(&view.module, "name", say!("records-title")),
            partner_label: field::label(&view.module, "partner_id", say!("records-contact")),
            earlier: earlier(&view),
            earlier_more: view.earlier.len() as i64 > records::EARLIER,
            may_change: view.may_change,
            confidential: view.record.confidential,
            may_join: visitor.caller.may(Right::Write, Object::Records),
            related: related(&view),
            note: &said.note,
            into: &said.into,
            errors: field_errors(&said.errors),
            conflict,
        },
    );
    // The form may have been sent to another path than its page's.
    Ok(reply.status(said.status.unwrap_or(Status::Ok)).at(address(&view.module.model, id, &[("list", &list)])))
}

/// The same person's other records.
fn earlier(view: &RecordView) -> Vec<Value> {
    let shown = usize::try_from(records::EARLIER).unwrap_or_default();
    let one = |line: &records::RecordLine| {
        json!({
            "path": format!("/records/{}/{}", line.model, line.id),
            "number": line.number,
            "name": line.name,
            "stage": line.stage.words(),
            "closed": line.stage.closed,
            "date": line.date,
        })
    };
    view.earlier.iter().take(shown).map(one).collect()
}

/// What stands above a record that has to do with others.
fn related(view: &RecordView) -> Value {
    let Relations { answers, joined, answered_by, answered_by_total, joined_here } = &view.relations;
    let one = |other: &Related| {
        json!({
            "id": other.id,
            "number": other.number,
            "name": other.name,
            "sender": other.sender(),
            "version": other.version,
        })
    };
    let all = |others: &[Related]| others.iter().map(one).collect::<Vec<_>>();
    json!({
        "answers": answers.as_ref().filter(|_| joined.is_none()).map(one),
        "joined": joined.as_ref().map(one),
        "answered_by": all(answered_by),
        "more": answered_by_total - answered_by.len() as i64,
        "joined_here": all(joined_here),
    })
}

fn priority(visitor: &Visitor<'_>, code: &str) -> String {
    words::text(visitor.language(), &format!("records-priority-{code}"))
}

/// Who can be chosen: everybody who works here, and whoever is assigned, so that saving takes nobody's record away.
fn assignees(visitor: &Visitor<'_>, view: &RecordView) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        view.assignees.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    if let Some((id, name)) = &view.record.user
        && !view.record.user_works
    {
        all.push((id.to_string(), assignee(visitor, view, name)));
    }
    all
}

fn assignee(visitor: &Visitor<'_>, view: &RecordView, name: &str) -> String {
    match view.record.user_works {
        true => name.to_owned(),
        false => words::with(visitor.language(), "records-archived-person", &[("name", name.to_owned().into())]),
    }
}

/// Both versions of what two people changed.
fn conflict_context(visitor: &Visitor<'_>, view: &RecordView, path: &str, conflict: &DeedConflict) -> Value {
    let now = |name: &str| records::value(&view.module, &view.record, name).unwrap_or_default();
    let clash = |(name, typed): &(&String, &String)| !records::same(&view.module, name, &now(name), typed);
    let rows: Vec<Value> = conflict.values.iter().filter(clash).map(|(name, typed)| {
        let (label, theirs, yours) = (label(view, name), now(name), typed.as_str());
        json!({"label": label, "theirs": in_words(visitor, view, name, &theirs), "yours": in_words(visitor, view, name, yours)})
    }).collect();
    // A button's own value is sent by the button; what was typed stands in the form.
    let button =
        ["stage_id", "partner_id", "priority"].iter().find_map(|name| Some((*name, conflict.values.get(*name)?)));
    json!({
        "words": conflict.words,
        "rows": rows,
        "fields": conflict.values.keys().map(String::as_str).collect::<Vec<_>>().join(" "),
        "again": format!("{path}{}", conflict.deed),
        "name": button.map(|(name, _)| name),
        "value": button.map(|(_, value)| value),
    })
}

/// What the page calls a field.
fn label(view: &RecordView, name: &str) -> Sentence {
    let usual = match name {
        "name" => say!("records-title"),
        "user_id" => say!("records-assigned"),
        "priority" => say!("records-priority"),
        "stage_id" => say!("records-stage"),
        "partner_id" => say!("records-contact"),
        other => Sentence::verbatim(other),
    };
    field::label(&view.module, name, usual)
}

/// A value as the page shows it, for somebody who compares two of them.
fn in_words(visitor: &Visitor<'_>, view: &RecordView, name: &str, value: &str) -> String {
    let chosen = |all: &[(String, String)]| all.iter().find(|(code, _)| code == value).map(|(_, name)| name.clone());
    let found = match name {
        _ if value.is_empty() && name == "user_id" => Some(words::text(visitor.language(), "records-nobody")),
        "user_id" => chosen(&assignees(visitor, view)),
        "priority" => Some(priority(visitor, value)),
        "stage_id" => view
            .stages
            .iter()
            .find(|stage| stage.code == value)
            .map(|stage| stage.words().in_language(visitor.language())),
        "partner_id" => {
            let known = view.record.partner.iter().find(|(id, _)| id.to_string() == value);
            known.map(|(_, name)| name.clone())
        }
        _ if view.module.category().is_some_and(|field| field.name == name) => {
            Some(category_path(view, value.parse().ok().map(CategoryId)).to_owned())
        }
        _ if view.module.tags().is_some_and(|field| field.name == name) => {
            let named = value.split(',').filter_map(|id| view.tags.iter().find(|tag| tag.id.to_string() == id));
            Some(named.map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", "))
        }
        _ => field::editable(&view.module).find(|field| field.name == name).map(|field| {
            let typed = field::parse(field, value).unwrap_or_else(|_| value.into());
            let words =
                field::words(&[(name.to_owned(), typed)].into_iter().collect(), field).in_language(visitor.language());
            if field.kind == FieldKind::Datetime { moment_in_words(zone(visitor), &words) } else { words }
        }),
    };
    match found.unwrap_or_else(|| value.to_owned()) {
        nothing if nothing.is_empty() => "–".to_owned(),
        words => words,
    }
}

/// What the record says beside its conversation: nothing where the first mail says it already.
pub(super) fn description(visitor: &Visitor<'_>, view: &RecordView, path: &str) -> Option<String> {
    let record = &view.record;
    let mut shown = view.conversation.first.iter().chain(&view.conversation.posts);
    let told = record.description.is_empty() || shown.any(|post| post.body_html == record.description);
    (!told).then(|| posts::ready(visitor, &record.description, &[], path))
}

/// What is said aloud of what htmx did: the note, or what was changed.
fn spoken(visitor: &Visitor<'_>, view: &RecordView, said: &RecordPageState) -> Option<String> {
    if !visitor.visit.htmx || !said.keeps || said.status.is_some() {
        return None;
    }
    if said.noted {
        return Some(words::text(visitor.language(), "records-noted"));
    }
    let newest = view.conversation.posts.last().filter(|post| post.kind == PostKind::Notification)?;
    // What was there before is no news.
    if said.entry.is_some_and(|known| newest.id <= known) {
        return None;
    }
    Some(newest.said.as_ref().map_or_else(|| newest.body_text.clone(), |said| said.in_language(visitor.language())))
}

fn fields(visitor: &Visitor<'_>, view: &RecordView, said: &RecordPageState) -> Vec<Value> {
    let zone = zone(visitor);
    let shown = |one: &ModuleField| {
        let was = field::typed(&view.record.extra, one);
        let typed = said.typed.get(&one.name).cloned().unwrap_or_else(|| was.clone());
        json!({
            "field": one.name,
            "name": change::input_name(&one.name),
            "label": one.label,
            "input": input(one.kind),
            "required": one.required,
            "options": one.selection,
            "checked": matches!(typed.as_str(), "true" | "1" | "on"),
            "words": if one.kind == FieldKind::Datetime { json!(moment_in_words(zone, &was)) } else { json!(field::words(&view.record.extra, one)) },
            "was": (format!("was-{}", one.name), &was),
            "value": if one.kind == FieldKind::Datetime { to_local(zone, &typed) } else { typed },
        })
    };
    category(view, said).into_iter().chain(tags(view)).chain(field::editable(&view.module).map(shown)).collect()
}

fn category(view: &RecordView, said: &RecordPageState) -> Option<Value> {
    let field = view.module.category()?;
    let was = records::value(&view.module, &view.record, &field.name).unwrap_or_default();
    let options: Vec<(String, String)> =
        view.categories.iter().map(|(one, depth)| (one.id.to_string(), indented(&one.name, *depth))).collect();
    Some(json!({
        "field": field.name,
        "name": change::input_name(&field.name),
        "label": field.label,
        "input": "select",
        "options": options,
        "words": category_path(view, view.record.category),
        "value": said.typed.get(&field.name).unwrap_or(&was),
        "was": (format!("was-{}", field.name), &was),
    }))
}

fn category_path(view: &RecordView, id: Option<CategoryId>) -> &str {
    view.categories.iter().find(|(one, _)| Some(one.id) == id).map_or("", |(one, _)| &one.path)
}

/// Each is given and taken by one press: `after` is what the record has then.
fn tags(view: &RecordView) -> Option<Value> {
    let field = view.module.tags()?;
    let was = records::value(&view.module, &view.record, &field.name).unwrap_or_default();
    let on = |tag: &KeptTag| view.record.tags.contains(&tag.id);
    let one = |tag: &KeptTag| {
        let others = view.record.tags.iter().copied().filter(|id| *id != tag.id);
        let after = others.chain((!on(tag)).then_some(tag.id)).map(|id| id.to_string());
        json!({"name": tag.name, "on": on(tag), "after": after.collect::<Vec<_>>().join(",")})
    };
    let (given, others): (Vec<&KeptTag>, Vec<&KeptTag>) = view.tags.iter().partition(|tag| on(tag));
    let near = TAGS.saturating_sub(given.len()).min(others.len());
    let words = given.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", ");
    Some(json!({
        "field": field.name,
        "label": field.label,
        "input": "tags",
        "words": words,
        "was": (format!("was-{}", field.name), was),
        "tags": given.into_iter().chain(others[..near].iter().copied()).map(one).collect::<Vec<_>>(),
        "more": others[near..].iter().copied().map(one).collect::<Vec<_>>(),
    }))
}

/// Tags that stand at a record's side at once; the others are behind a press.
const TAGS: usize = 12;

/// When it is due, and how that stands.
fn due(view: &RecordView) -> Option<Value> {
    let (field, record) = (view.module.due()?, &view.record);
    let end = record.closed_at.unwrap_or_else(now);
    Some(json!({
        "label": field.label,
        "at": record.due,
        "paused": record.stage.waiting,
        "overdue": !record.stage.closed && record.due.is_some_and(|due| due < end),
        "late": record.stage.closed && record.due.is_some_and(|due| due < end),
    }))
}

/// What is asked for where a record was settled and nobody has said why.
fn why(view: &RecordView) -> Option<Value> {
    let field = view.module.reason().filter(|_| view.record.stage.closed && view.may_change)?;
    let unsaid = field::typed(&view.record.extra, field).is_empty();
    unsaid.then(|| json!({"field": field.name, "label": field.label, "options": field.selection}))
}

/// What a field is typed into.
pub(super) fn input(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text | FieldKind::Html => "area",
        FieldKind::Selection => "select",
        FieldKind::Boolean => "checkbox",
        FieldKind::Integer | FieldKind::Float => "number",
        FieldKind::Date => "date",
        FieldKind::Datetime => "datetime-local",
        FieldKind::Char | FieldKind::Many2one | FieldKind::Many2many => "text",
    }
}

// Times in a record's form: kept in UTC, typed and shown in the person's own zone.

pub(super) fn zone(visitor: &Visitor<'_>) -> Tz {
    visitor.session.user.time_zone.parse().unwrap_or(Tz::UTC)
}

/// What was typed, as it is kept; what is no time stays as it is, for whoever says so. An hour that the clocks repeat is
/// the first of the two, one that they leave out the next.
pub(super) fn to_utc(zone: Tz, typed: &str) -> String {
    let Some(local) = moment(typed.trim()) else { return typed.to_owned() };
    let at = zone.from_local_datetime(&local).earliest();
    let at = at.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
    at.map_or_else(|| typed.to_owned(), |at| at.naive_utc().format("%Y-%m-%d %H:%M:%S").to_string())
}

/// What is kept, as `datetime-local` takes it.
fn to_local(zone: Tz, kept: &str) -> String {
    let Some(at) = moment(kept.trim()) else { return kept.to_owned() };
    let local: NaiveDateTime = zone.from_utc_datetime(&at).naive_local();
    local.format(if local.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" }).to_string()
}

/// What is kept, as a person reads it.
fn moment_in_words(zone: Tz, kept: &str) -> String {
    let Some(at) = moment(kept.trim()) else { return kept.to_owned() };
    zone.from_utc_datetime(&at).format("%Y-%m-%d %H:%M %Z").to_string()
}

// Who else has a record open: pages ask every half minute while they are looked at.

/// `known` are those that the page names already: nothing is said twice.
#[get("/records/<model>/<id>/here?<known>")]
pub(super) async fn ask_here(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    known: Option<&str>,
) -> Result<Result<Reply, Status>, PageFailure> {
    let (of, id) = (model.to_owned(), RecordId(id));
    let others = visitor.run(move |app, caller| records::visit(app, caller, &of, id)).await?;
    let here = others_shown(&others);
    if here["known"] == known.unwrap_or_default() {
        return Ok(Err(Status::NoContent));
    }
    Ok(Ok(Reply::page("records/here.html", context! { here, path: path(model, id) })))
}

/// As `records/here.html` shows them.
fn others_shown(others: &[(UserId, String)]) -> Value {
    let ids: Vec<String> = others.iter().map(|(id, _)| id.to_string()).collect();
    let names: Vec<&str> = others.iter().map(|(_, name)| name.as_str()).collect();
    json!({"known": ids.join(","), "names": names.join(", "), "count": others.len()})
}

// Attachments of records.

#[get("/records/<model>/<id>/attachments/<attachment>")]
pub(super) async fn download_attachment(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<FileDownload, PageFailure> {
    Ok(FileDownload::of_file(&visitor, find_attachment(&visitor, model, id, attachment).await?))
}

#[get("/records/<model>/<id>/attachments/<attachment>/inline")]
pub(super) async fn inline_attachment(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<Result<FileDownload, Status>, PageFailure> {
    Ok(FileDownload::of_picture(&visitor, find_attachment(&visitor, model, id, attachment).await?))
}

/// A PDF, in a tab of its own.
#[get("/records/<model>/<id>/attachments/<attachment>/open")]
pub(super) async fn open_attachment(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<FileDownload, PageFailure> {
    let file = find_attachment(&visitor, model, id, attachment).await?;
    let looked_at = file.clone();
    let is_pdf = visitor.run(move |app, _| attachments::is_pdf(app, &looked_at)).await?;
    Ok(FileDownload::of_document(&visitor, file, is_pdf))
}

async fn find_attachment(
    visitor: &Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<AttachmentFile, OperationError> {
    let model = model.to_owned();
    visitor.run(move |app, caller| attachments::find(app, caller, &model, RecordId(id), AttachmentId(attachment))).await
}

// A record as a document: all that its page says, for paper.

#[get("/records/<model>/<id>/print?<before>")]
pub(super) async fn print(visitor: Visitor<'_>, model: &str, id: i32, before: Option<i32>) -> PageAnswer {
    let (of, id) = (model.to_owned(), RecordId(id));
    let view = visitor.run(move |app, caller| records::view_before(app, caller, &of, id, before.map(PostId))).await?;
    let path = path(model, id);
    let unfolding = Unfolding { whole: true, ..Unfolding::default() };
    let shown = view.conversation.first.iter().chain(&view.conversation.posts);
    let entries: Vec<Value> =
        shown.map(|post| posts::context(&visitor, &path, post, &view.record.name, &unfolding)).collect();
    let zone = zone(&visitor);
    let own = field::editable(&view.module).map(|one| {
        let words = field::words(&view.record.extra, one).in_language(visitor.language());
        let words = if one.kind == FieldKind::Datetime { moment_in_words(zone, &words) } else { words };
        json!({"label": one.label, "words": words})
    });
    let own: Vec<Value> = own.filter(|one| one["words"] != "").collect();
    let context = context! {
        path: &path,
        label: &view.module.label,
        record: &view.record,
        stage: view.record.stage.words(),
        partner_label: field::label(&view.module, "partner_id", say!("records-contact")),
        fields: own,
        description: super::page::description(&visitor, &view, &path),
        posts: entries,
        older: view.conversation.older,
        older_before: view.conversation.posts.first().map(|post| post.id),
    };
    Ok(Reply::page("records/print.html", context))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_typed_in_the_persons_zone_and_kept_in_utc() {
        for (zone, typed, kept) in [
            (Tz::Africa__Nairobi, "2026-11-22T10:30", "2026-11-22 07:30:00"),
            (Tz::Asia__Kathmandu, "2026-11-22T10:30:15", "2026-11-22 04:45:15"),
            (Tz::Europe__Berlin, "2026-10-25T02:30", "2026-10-25 00:30:00"),
            (Tz::UTC, "", ""),
        ] {
            assert_eq!(to_utc(zone, typed), kept);
            assert_eq!(to_local(zone, kept), typed);
        }
        assert_eq!(to_utc(Tz::Europe__Berlin, "2026-03-29T02:30"), "2026-03-29 01:30:00", "an hour that is left out");
        assert_eq!(to_utc(Tz::Europe__Berlin, "soon"), "soon");
        assert_eq!(moment_in_words(Tz::Africa__Nairobi, "2026-11-22 07:30:00"), "2026-11-22 10:30 EAT");
    }
}
