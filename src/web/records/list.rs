//! Lists of records: of one type, a plain form with GET, which htmx sends while one types, with a form for what is done
//! with several at once; all that such a list shows, as a file; and what one search finds in all types and among
//! contacts.

use std::io;

use chrono::NaiveDate;
use rocket::http::uri::Origin;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use crate::domain::id::{CategoryId, ListDeedId, PostId, RecordId, SavedFilterId, TagId, UserId};
use crate::domain::module::ModuleField;
use crate::domain::rights::{Object, Right};
use crate::domain::text::{SheetCell, SheetFormat, shorten};
use crate::domain::{Invalid, now, words};
use crate::operations::records::{
    self, Assigned, Direction, DueWhen, EXPORTED, FoundAnywhere, Gist, ListCursor, MAILS, MAX_FILTER_NAME, ManyChosen,
    ManyDeed, Matched, PAGE, Part, RecordLine, RecordList, RecordOrder, RecordQuery, RecordStage, SavedFilter,
    SavedFilterView, Show, ShownCount, TypedFilter,
};
use crate::operations::{OperationError, indexing, partners};
use crate::say;
use crate::web::download::{FileDownload, SendAs, SheetWriter};
use crate::web::errors::PageFailure;
use crate::web::forms::{Posted, TypedFields, field_errors, query_string};
use crate::web::guards::{Tone, Visitor};
use crate::web::render::{PageAnswer, Reply};

/// Characters of a mail that a line shows.
const SAID: usize = 90;

#[get("/records/<model>")]
pub(crate) async fn show(visitor: Visitor<'_>, model: &str, uri: &Origin<'_>) -> PageAnswer {
    let fields = TypedFields::parse(uri.query().map_or("", |query| query.as_str()));
    let asked = ListAsked::read(&fields);
    let done = fields.get("done").parse().ok().map(ListDeedId);
    let (query, of) = (asked.query.clone(), model.to_owned());
    let (list, done, filters) = visitor
        .run(move |app, caller| {
            let done = records::done(app, caller, &of, done)?;
            Ok((records::list(app, caller, &of, &query)?, done, records::saved_filters(app, caller, &of)?))
        })
        .await?;

    let path = format!("/records/{model}");
    let kept = asked.kept();
    let (first_line, last_line) = shown_lines(&asked, &list);
    let total = list.total.having_seen(last_line);
    let sees_servers = visitor.caller.may(Right::Read, Object::Servers);
    let colleague = match asked.query.assigned {
        None => String::new(),
        Some(Assigned::Nobody) => NOBODY.to_owned(),
        Some(Assigned::To(user)) => user.to_string(),
    };
    let assignees: Vec<(String, &str)> =
        list.assignees.iter().map(|(id, name)| (id.to_string(), name.as_str())).collect();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let has_due = list.module.due.is_some();
    let due_name = |due: &DueWhen| words::text(visitor.language(), &format!("records-due-{}", due.code()));
    let dues: Vec<(&str, String)> = DueWhen::ALL.iter().map(|due| (due.code(), due_name(due))).collect();
    Ok(Reply::page(
        "records/list.html",
        context! {
            path: &path,
            here: asked.address(&path),
            title: &list.module.label_plural,
            label: &list.module.label,
            has_due,
            choices: choices(&asked, &list),
            categories: categories(&asked, &list),
            category: asked.query.category.map(|id| id.to_string()),
            category_field: list.module.category().map(|field| (&field.name, &field.label)),
            tags: tags(&asked, &list),
            tag: asked.query.tag.map(|id| id.to_string()),
            tags_field: list.module.tags().map(|field| &field.label),
            dues: has_due.then_some(dues),
            due: asked.query.due.map(DueWhen::code),
            due_label: list.module.due().map(|field| &field.label),
            model,
            filters: filters_shown(&filters, &asked),
            may_share: records::may_share(&visitor.caller),
            max_filter_name: records::MAX_FILTER_NAME,
            kept_pairs: asked.pairs(),
            kept: &kept,
            behind: behind(&kept),
            heads: heads(&visitor, &asked, &path, has_due),
            shows: show_tabs(&visitor, &asked, &list, &path, last_line),
            stage: list.stage.as_ref().map_or("", |stage| &stage.code),
            stages: stage_tabs(&visitor, &asked, &list, &path, total),
            all_stages: list.stages.iter().map(|(one, _)| (&one.code, one.words())).collect::<Vec<_>>(),
            me: visitor.caller.user.map(|user| user.to_string()),
            assignees,
            colleague,
            since: day(asked.query.since),
            until: day(asked.query.until),
            files: asked.query.files,
            narrowed: asked.query.is_narrowed(),
            more_filters: asked.with(|query| query.search = String::new()).query.is_narrowed(),
            filtered: asked.query.is_narrowed() || asked.query.show != Show::All && list.shows.iter().any(|(show, count)| *show == Show::All && count.is_any()),
            pager: pager(&visitor, &asked, &list, (first_line, last_line), &path),
            total: counted(&visitor, total),
            chosen_at_most: total.is_above(records::MOST).then_some(records::MOST),
            newest: list.newest,
            may_change: list.may_change,
            may_enter: super::change::is_offered(&visitor),
            may_undo_verdict: asked.query.show == Show::NotAGrievance,
            done: done.map(|done| json!({"id": done.id, "changed": done.changed, "kept": done.kept, "broke_off": done.broke_off})),
            q: &asked.query.search,
            show: asked.query.show.code(),
            empty_path: if sees_servers { "/settings/technical/email/incoming" } else { "/settings/technical/email/messages" },
            empty_action: if sees_servers { "records-none-action-servers" } else { "records-none-action-messages" },
        },
    )
    .and("lines", with_matches(lines_of(&list), &list.matched).into()))
}

/// The tabs of a list: open, overdue, and so on, each with its count.
fn show_tabs(visitor: &Visitor<'_>, asked: &ListAsked, list: &RecordList, path: &str, last_line: i64) -> Vec<Value> {
    let tab = |&(show, count): &(Show, ShownCount)| {
        // What the list shows is in these, too.
        let is_within = includes(show, asked.query.show) && (list.stage.is_none() || show == Show::All);
        let count = if is_within { count.having_seen(last_line) } else { count };
        let label = match show {
            // Each type by its own word: not a Grievance, not a Helpdesk Ticket.
            Show::NotAGrievance => say!("records-not", label = list.module.label).in_language(visitor.language()),
            show => words::text(visitor.language(), &format!("records-show-{}", show.code().replace('_', "-"))),
        };
        let there = asked.with(|query| (query.show, query.stage) = (show, None));
        json!({
            "label": label,
            "count": counted(visitor, count),
            "path": there.address(path),
            "current": show == asked.query.show,
        })
    };
    list.shows.iter().map(tab).collect()
}

/// The stages below the tabs. What shows nothing is no way on, but for the one that was chosen.
fn stage_tabs(
    visitor: &Visitor<'_>,
    asked: &ListAsked,
    list: &RecordList,
    path: &str,
    total: ShownCount,
) -> Vec<Value> {
    let is_current = |one: &RecordStage| list.stage.as_ref().is_some_and(|stage| stage.code == one.code);
    let there = list.stages.iter().filter(|(one, count)| count.is_any() || is_current(one));
    let tab = |(one, count): &(RecordStage, ShownCount)| {
        let current = is_current(one);
        let count = if current { total } else { *count };
        let there = asked.with(|query| query.stage = Some(one.code.clone()).filter(|_| !current));
        json!({"label": one.words(), "count": counted(visitor, count), "path": there.address(path), "current": current})
    };
    there.map(tab).collect()
}

/// The fields of this type that a list can be narrowed by, each with its choices.
fn choices(asked: &ListAsked, list: &RecordList) -> Vec<Value> {
    let with_choices = list.module.choices().filter(|field| !field.selection.is_empty());
    let choice = |field: &ModuleField| {
        let name = format!("{CHOICE}{}", field.name);
        let value = asked.query.choices.get(&field.name);
        json!({"name": name, "label": field.label, "options": field.selection, "value": value})
    };
    with_choices.map(choice).collect()
}

/// The categories that a list can be narrowed to. What was archived is among them only where it was asked for.
fn categories(asked: &ListAsked, list: &RecordList) -> Vec<(String, String)> {
    let offered = list.categories.iter().filter(|(one, _)| one.active || asked.query.category == Some(one.id));
    offered.map(|(one, depth)| (one.id.to_string(), indented(&one.name, *depth))).collect()
}

/// The tags, likewise.
fn tags<'l>(asked: &ListAsked, list: &'l RecordList) -> Vec<(String, &'l str)> {
    let offered = list.tags.iter().filter(|one| one.active || asked.query.tag == Some(one.id));
    offered.map(|one| (one.id.to_string(), one.name.as_str())).collect()
}

/// Whether mail came to what the list shows, since it was shown.
#[get("/records/<model>/news?<behind>")]
pub(crate) async fn news(visitor: Visitor<'_>, model: &str, behind: i32, uri: &Origin<'_>) -> PageAnswer {
    let asked = ListAsked::of_query(uri.query().map_or("", |query| query.as_str()));
    let (query, of) = (asked.query.clone(), model.to_owned());
    let count = visitor.run(move |app, caller| records::arrived(app, caller, &of, &query, PostId(behind))).await?;
    let path = asked.with(|_| {}).address(&format!("/records/{model}"));
    Ok(Reply::page("records/news.html", context! { count, path }))
}

/// A number; where there are more, or may be, `1,000+`.
pub(crate) fn counted(visitor: &Visitor<'_>, counted: ShownCount) -> String {
    let number = words::number(visitor.language(), counted.count as f64);
    if counted.or_more { format!("{number}+") } else { number }
}

/// The columns' heads, each a way to sort by it; the current one turns round.
fn heads(visitor: &Visitor<'_>, asked: &ListAsked, path: &str, has_due: bool) -> Vec<Value> {
    let head = |order: &RecordOrder| {
        let current = *order == asked.query.order;
        let direction = if current { asked.query.direction.reversed() } else { order.usual() };
        let there = asked.with(|query| (query.order, query.direction) = (*order, direction));
        json!({
            "label": words::text(visitor.language(), &format!("records-{}", order.code().replace('_', "-"))),
            "path": there.address(path),
            "sorted": current.then_some(match asked.query.direction {
                Direction::Ascending => "ascending",
                Direction::Descending => "descending",
            }),
        })
    };
    RecordOrder::ALL.iter().filter(|order| has_due || **order != RecordOrder::Due).map(head).collect()
}

/// The heads of lines that stand in an order of their own.
pub(crate) fn plain_heads(visitor: &Visitor<'_>) -> Vec<Value> {
    let word =
        |order: &RecordOrder| words::text(visitor.language(), &format!("records-{}", order.code().replace('_', "-")));
    let shown = RecordOrder::ALL.iter().filter(|order| **order != RecordOrder::Due);
    shown.map(|order| json!({ "label": word(order) })).collect()
}

/// The numbers of the first and the last line.
fn shown_lines(asked: &ListAsked, list: &RecordList) -> (i64, i64) {
    let count = i64::try_from(list.page.lines.len()).unwrap_or_default();
    // Whoever goes back may come to the beginning on the way.
    let is_first = matches!(asked.query.part, Part::Before(_)) && !list.page.more;
    let first = if is_first { 1 } else { asked.line };
    (first, if count > 0 { first + count - 1 } else { 0 })
}

/// Whether a tab shows all that another one does.
fn includes(tab: Show, other: Show) -> bool {
    match tab {
        Show::All => other != Show::NotAGrievance,
        Show::Open => matches!(other, Show::Open | Show::Mine | Show::Unassigned | Show::Overdue),
        _ => tab == other,
    }
}

/// `81-160 / 1,000+`, and the ways back and on.
fn pager(
    visitor: &Visitor<'_>,
    asked: &ListAsked,
    list: &RecordList,
    (line, last): (i64, i64),
    path: &str,
) -> Option<Value> {
    let is_back = matches!(asked.query.part, Part::Before(_));
    let at = |part: Part, line: i64| {
        let mut there = asked.with(|query| query.part = part);
        there.line = line;
        there.address(path)
    };
    let back =
        list.page.first.clone().filter(|_| if is_back { list.page.more } else { asked.query.part != Part::First });
    let on = list.page.last.clone().filter(|_| is_back || list.page.more);
    (last > 0).then(|| {
        json!({
            "first": line,
            "last": last,
            "total": counted(visitor, list.total.having_seen(last)),
            "previous": back.map(|first| at(Part::Before(first), (line - PAGE).max(1))),
            "next": on.map(|place| at(Part::After(place), last + 1)),
        })
    })
}

/// What stands behind a record's address, so that it knows the list it was opened from; nothing for the usual one.
pub(crate) fn behind(list: &str) -> String {
    if list.is_empty() { String::new() } else { format!("?{}", query_string([("list", list)])) }
}

/// Lines as `records/lines.html` shows them.
pub(crate) fn lines(
    lines: &[RecordLine],
    gists: &std::collections::HashMap<crate::domain::id::RecordId, Gist>,
) -> Vec<Value> {
    lines.iter().map(|one| line(one, gists.get(&one.id))).collect()
}

/// The lines of a list, with what its record type has beside.
fn lines_of(list: &RecordList) -> Vec<Value> {
    let at = now();
    let one = |shown: &RecordLine| {
        let mut line = line(shown, list.gists.get(&shown.id));
        let category = list.categories.iter().find(|(one, _)| Some(one.id) == shown.category_id);
        line["category"] = json!(category.map(|(one, _)| &one.path));
        let tags = list.line_tags.get(&shown.id).into_iter().flatten();
        let named = tags.filter_map(|tag| list.tags.iter().find(|one| one.id == *tag));
        line["tags"] = named.map(|tag| json!(tag.name)).collect();
        let grave = list.module.severity().filter(|field| is_grave(field, shown.extra.get(&field.name)));
        let code = grave.and_then(|field| Some(field.label_of(shown.extra.get(&field.name)?.as_str()?)));
        line["grave"] = json!(code);
        line["due"] = json!(shown.due);
        line["overdue"] = json!(!shown.stage.closed && shown.due.is_some_and(|due| due < at));
        line["waits"] = json!(shown.stage.waiting);
        line
    };
    list.page.lines.iter().map(one).collect()
}

/// Whether a choice is one of the upper half of its field's, which stand from the least to the gravest.
fn is_grave(field: &ModuleField, code: Option<&Value>) -> bool {
    let place = field.selection.iter().position(|(known, _)| Some(known.as_str()) == code.and_then(Value::as_str));
    place.is_some_and(|place| place * 2 >= field.selection.len())
}

/// A name within a tree, for a select, which shows no levels of its own.
pub(crate) fn indented(name: &str, depth: usize) -> String {
    format!("{}{name}", "\u{2003}".repeat(depth))
}

/// The same lines, with what a search found in them instead of the beginning of their newest mail.
fn with_matches(mut lines: Vec<Value>, matched: &Matched) -> Vec<Value> {
    for line in &mut lines {
        let id = line["id"].as_i64().and_then(|id| i32::try_from(id).ok()).map(RecordId);
        if let Some(pieces) = id.and_then(|id| matched.get(&id)) {
            line["matched"] = json!(pieces);
        }
    }
    lines
}

fn line(line: &RecordLine, gist: Option<&Gist>) -> Value {
    let stars = line.priority.parse().map_or(0, |stars: usize| stars.min(3));
    let said = gist.and_then(|gist| gist.said.as_deref()).unwrap_or_default();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mails = gist.map_or(0, |gist| gist.mails);
    json!({
        "id": line.id,
        "number": line.number,
        "name": line.name,
        "said": shorten(&said, SAID),
        "mails": if mails >= MAILS { format!("{}+", MAILS - 1) } else { mails.to_string() },
        "several": mails > 1,
        "files": gist.is_some_and(|gist| gist.files),
        "contact": line.contact.as_ref().or(line.partner_name.as_ref()).or(line.partner_email.as_ref()),
        "stage": line.stage.words(),
        "stage_closed": line.stage.closed,
        "assignee": line.assignee.as_ref().map(|assignee| &assignee.name),
        "assignee_archived": line.assignee.as_ref().is_some_and(|assignee| !assignee.active),
        "priority": line.priority,
        "stars": "★".repeat(stars),
        "new_mail": line.new_mail,
        "date": line.date,
        "last_mail_at": line.last_mail_at,
    })
}

// What is done with several records of a list at once, and undone.

/// The list that the form stood on.
fn list_of(form: &TypedFields) -> ListAsked {
    ListAsked::of_query(form.get("list"))
}

/// A way back to the list with something to say above it.
fn back(asked: &ListAsked, model: &str, more: &str) -> String {
    let path = asked.address(&format!("/records/{model}"));
    let joint = if path.contains('?') { '&' } else { '?' };
    if more.is_empty() { path } else { format!("{path}{joint}{more}") }
}

#[post("/records/<model>/many", data = "<form>")]
pub(super) async fn act_on_many(visitor: Visitor<'_>, model: &str, form: Posted) -> PageAnswer {
    let asked = list_of(&form);
    let say = |key: &str| words::text(visitor.language(), key);
    let given = |name: &str| Some(form.get(name)).filter(|value| !value.is_empty());
    let set = |field: &str, value: &str| ManyDeed::Set(field.to_owned(), value.to_owned());
    let tag = given("to_tag").and_then(|id| id.parse().ok()).map(TagId);
    let deed = match form.get("deed") {
        "assign" if form.get("assign") == NOBODY => Some(set("user_id", "")),
        "assign" => given("assign").map(|user| set("user_id", user)),
        "stage" => given("to_stage").map(|stage| set("stage_id", stage)),
        "category" => given("to_category").zip(given("category_field")).map(|(id, field)| {
            let id = if id == NOBODY { "" } else { id };
            set(field, id)
        }),
        "tag" => tag.map(|tag| ManyDeed::Tag(tag, true)),
        "untag" => tag.map(|tag| ManyDeed::Tag(tag, false)),
        "not" => Some(ManyDeed::Active(false)),
        "after_all" => Some(ManyDeed::Active(true)),
        _ => None,
    };
    let Some(deed) = deed else {
        return Ok(Reply::go(back(&asked, model, "")).flash(Tone::Warning, say("records-many-what")));
    };
    let chosen = match form.has("all") {
        true => ManyChosen::All(Box::new(asked.with(|_| {}).query)),
        false => ManyChosen::These(form.all("id").filter_map(|id| id.parse().ok().map(RecordId)).collect()),
    };
    if matches!(&chosen, ManyChosen::These(none) if none.is_empty()) {
        return Ok(Reply::go(back(&asked, model, "")).flash(Tone::Warning, say("records-many-none")));
    }
    let (of, seen) = (model.to_owned(), PostId(form.get("newest").parse().unwrap_or_default()));
    match visitor.run(move |app, caller| records::many(app, caller, &of, &chosen, &deed, seen)).await {
        Ok(done) => {
            let more = done.id.map(|id| format!("done={id}")).unwrap_or_default();
            Ok(Reply::go(back(&asked, model, &more)))
        }
        Err(error @ OperationError::Invalid(_)) => {
            Ok(Reply::go(back(&asked, model, "")).flash(Tone::Bad, error.complaint().in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/records/<model>/many/<id>/undo", data = "<form>")]
pub(super) async fn undo_many(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (asked, of) = (list_of(&form), model.to_owned());
    let done = visitor.run(move |app, caller| records::undo(app, caller, &of, ListDeedId(id))).await?;
    let counts = [("count", done.changed.into()), ("kept", done.kept.into())];
    let said = words::with(visitor.language(), "records-many-undone", &counts);
    Ok(Reply::go(back(&asked, model, "")).flash(Tone::Good, said))
}

// All that a list shows, as a file: which columns it has is ticked on a page of its own, and it is written while the
// browser reads it.

#[get("/records/<model>/export")]
pub(super) async fn export_columns(visitor: Visitor<'_>, model: &str, uri: &Origin<'_>) -> PageAnswer {
    let asked = ListAsked::of_query(uri.query().map_or("", |query| query.as_str()));
    let of = model.to_owned();
    let columns = visitor.run(move |app, caller| records::export_columns(app, caller, &of)).await?;
    let module = visitor.visit.app.modules.get(model);
    let columns: Vec<_> = columns
        .into_iter()
        .map(|(code, label, chosen)| json!({"code": code, "label": label, "chosen": chosen}))
        .collect();
    let path = format!("/records/{model}");
    Ok(Reply::page(
        "records/export.html",
        context! {
            list_path: asked.with(|_| {}).address(&path),
            list_label: module.map(|module| &module.label_plural),
            path: format!("{path}/export"),
            kept: asked.kept(),
            columns,
            zone: &visitor.session.user.time_zone,
            most: EXPORTED,
        },
    ))
}

#[post("/records/<model>/export", data = "<form>")]
pub(super) async fn export_file(visitor: Visitor<'_>, model: &str, form: Posted) -> Result<FileDownload, PageFailure> {
    let asked = ListAsked::of_query(form.get("list"));
    let format = SheetFormat::from_code(form.get("file")).unwrap_or(SheetFormat::Csv);
    let columns: Vec<String> = form.all("column").map(str::to_owned).collect();
    let (of, list, query) = (model.to_owned(), asked.kept(), asked.with(|_| {}).query);
    let plan = visitor
        .run(move |app, caller| records::begin_export(app, caller, &of, query, (&list, format), &columns))
        .await?;
    let (app, caller, language) = (visitor.visit.app.clone(), visitor.caller.clone(), visitor.language().to_owned());
    let title = plan.module.label_plural.in_language(&language);
    let name = format!("{title}.{}", format.code());
    Ok(FileDownload::new(name, format.media_type().into(), SendAs::Attachment, move |to| {
        let head: Vec<String> = plan.head().iter().map(|label| label.in_language(&language)).collect();
        let mut file = SheetWriter::begin(format, to, (&title, &language), &head)?;
        let mut written = 0;
        let more = records::export(&app, &caller, &plan, &language, |rows| {
            written += rows.len();
            rows.iter().try_for_each(|row| file.row(row))
        });
        if more.map_err(io::Error::other)? {
            let count = [("count", written.into())];
            file.row(&[SheetCell::Text(words::with(&language, "export-more", &count))])?;
        }
        file.end()
    }))
}

// One search for all records and contacts, at the top of every page.

#[get("/search?<q>")]
pub(super) async fn search(visitor: Visitor<'_>, q: Option<&str>) -> PageAnswer {
    let words = q.unwrap_or_default().to_owned();
    if words.trim().is_empty() {
        return Ok(Reply::page("search/search.html", context! { q: "" }));
    }
    let asked = words.clone();
    let (found, contacts, pending) = visitor
        .run(move |app, caller| {
            let found = records::find(app, caller, &asked)?;
            Ok((found, partners::search(app, caller, &asked)?, indexing::behind(app)?))
        })
        .await?;
    let found = match found {
        FoundAnywhere::All(found) => found,
        // Whoever types a number wants the record.
        FoundAnywhere::One(model, id) => return Ok(Reply::go(format!("/records/{model}/{id}"))),
    };
    let kept = query_string([("show", "all"), ("q", &words)]);
    let groups = found.iter().filter(|group| !group.lines.is_empty()).map(|group| {
        json!({
            "path": format!("/records/{}", group.module.model),
            "label": group.module.label_plural,
            "lines": with_matches(lines(&group.lines, &group.gists), &group.matched),
            "more": group.more,
        })
    });
    let context = context! {
        groups: groups.collect::<Vec<_>>(),
        heads: plain_heads(&visitor),
        behind: behind(&kept),
        kept: &kept,
        contacts,
        indexed: pending.percent(),
        pending: (pending.changes > indexing::MANY).then(|| words::number(visitor.language(), pending.changes as f64)),
        q: &words,
    };
    Ok(Reply::page("search/search.html", context))
}

/// `colleague` of what nobody is responsible for.
pub(super) const NOBODY: &str = "nobody";

/// What stands before the name of a field of the record type's own, so that it can be called like anything else here.
pub(super) const CHOICE: &str = "choice.";

/// What a list is narrowed to: read from its address, written into every link that keeps it, and kept under a name.
#[derive(Debug, Clone)]
pub(super) struct ListAsked {
    pub query: RecordQuery,
    /// Which line of the whole list the page begins with, from 1: only told, never searched by.
    pub line: i64,
}

impl ListAsked {
    /// From the part behind `?`, or the fields of a form; what makes no sense is left out.
    pub(super) fn read(fields: &TypedFields) -> Self {
        let given = |name: &str| Some(fields.get(name)).filter(|value| !value.is_empty());
        let show = given("show").and_then(Show::from_code).unwrap_or(Show::Open);
        let mut query = RecordQuery::usual(show);
        query.search = fields.get("q").to_owned();
        query.stage = given("stage").map(str::to_owned);
        query.assigned = given("colleague").and_then(|value| match value {
            NOBODY => Some(Assigned::Nobody),
            id => id.parse().ok().map(|id| Assigned::To(UserId(id))),
        });
        let day = |name: &str| given(name).and_then(|day| day.parse::<NaiveDate>().ok());
        query.since = day("since");
        query.until = day("until");
        query.files = given("files").is_some();
        query.category = given("category").and_then(|id| id.parse().ok()).map(CategoryId);
        query.tag = given("tag").and_then(|id| id.parse().ok()).map(TagId);
        query.due = given("due").and_then(DueWhen::from_code);
        let choices = fields.pairs().filter(|(_, code)| !code.is_empty());
        let choices = choices.filter_map(|(name, code)| Some((name.strip_prefix(CHOICE)?, code)));
        query.choices = choices.map(|(name, code)| (name.to_owned(), code.to_owned())).collect();
        if let Some(order) = given("order") {
            let (turned, code) = order.strip_prefix('-').map_or((false, order), |code| (true, code));
            if let Some(order) = RecordOrder::from_code(code) {
                query.order = order;
                query.direction = if turned { order.usual().reversed() } else { order.usual() };
            }
        }
        let cursor = |name: &str| {
            let (id, key) = given(name)?.split_once('~')?;
            Some(ListCursor { key: key.to_owned(), id: RecordId(id.parse().ok()?) })
        };
        query.part = match (cursor("after"), cursor("before")) {
            (Some(cursor), _) => Part::After(cursor),
            (None, Some(cursor)) => Part::Before(cursor),
            (None, None) => Part::First,
        };
        let line = if query.part == Part::First { 1 } else { given("line").and_then(|n| n.parse().ok()).unwrap_or(1) };
        Self { query, line: line.max(1) }
    }

    pub(super) fn of_query(text: &str) -> Self {
        Self::read(&TypedFields::parse(text))
    }

    /// Without the page: as `a=1&b=2`, empty for the list as it is usually seen.
    pub(super) fn kept(&self) -> String {
        let pairs = self.pairs();
        query_string(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The filters, without the page.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let query = &self.query;
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let colleague = match query.assigned {
            None => String::new(),
            Some(Assigned::Nobody) => NOBODY.to_owned(),
            Some(Assigned::To(user)) => user.to_string(),
        };
        let all = [
            ("show", if query.show == Show::Open { String::new() } else { query.show.code().to_owned() }),
            ("q", query.search.clone()),
            ("stage", query.stage.clone().unwrap_or_default()),
            ("colleague", colleague),
            ("since", day(query.since)),
            ("until", day(query.until)),
            ("files", if query.files { "1".to_owned() } else { String::new() }),
            ("category", query.category.map(|id| id.to_string()).unwrap_or_default()),
            ("tag", query.tag.map(|id| id.to_string()).unwrap_or_default()),
            ("due", query.due.map(|due| due.code().to_owned()).unwrap_or_default()),
            ("order", self.order()),
        ];
        let all = all.into_iter().map(|(name, value)| (name.to_owned(), value));
        let choices = query.choices.iter().map(|(name, code)| (format!("{CHOICE}{name}"), code.clone()));
        all.chain(choices).filter(|(_, value)| !value.is_empty()).collect()
    }

    fn order(&self) -> String {
        let (order, direction) = (self.query.order, self.query.direction);
        match (order, direction == order.usual()) {
            (RecordOrder::LastMail, true) => String::new(),
            (order, true) => order.code().to_owned(),
            (order, false) => format!("-{}", order.code()),
        }
    }

    /// The same list from its first page on, with something else about it.
    pub(super) fn with(&self, change: impl FnOnce(&mut RecordQuery)) -> Self {
        let mut query = self.query.clone();
        query.part = Part::First;
        change(&mut query);
        Self { query, line: 1 }
    }

    /// The address of this page of the list; `path` is the list's own.
    pub(super) fn address(&self, path: &str) -> String {
        let mut pairs = self.pairs();
        let place = |cursor: &ListCursor| format!("{}~{}", cursor.id, cursor.key);
        match &self.query.part {
            Part::First => {}
            Part::After(cursor) => pairs.push(("after".to_owned(), place(cursor))),
            Part::Before(cursor) => pairs.push(("before".to_owned(), place(cursor))),
        }
        if self.query.part != Part::First {
            pairs.push(("line".to_owned(), self.line.to_string()));
        }
        let kept = query_string(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
    }
}

// Saved filters: a name for what a list shows, its own page, and what is written about it above the list.

/// The list that a filter shows.
fn address_of(model: &str, asked: &str) -> String {
    ListAsked::of_query(asked).address(&format!("/records/{model}"))
}

/// Ways to the filters, above the list that is asked for.
fn filters_shown(filters: &[SavedFilterView], asked: &ListAsked) -> Vec<Value> {
    let kept = asked.kept();
    let one = |one: &SavedFilterView| {
        let SavedFilter { id, model, name, asked, keeper, shared, .. } = &one.filter;
        json!({
            "name": name,
            "path": address_of(model, asked),
            "current": ListAsked::of_query(asked).kept() == kept,
            "edit": one.may_change.then(|| format!("/filters/{id}")),
            "keeper": (*shared && !one.own).then_some(keeper),
        })
    };
    filters.iter().map(one).collect()
}

fn typed_filter(form: &TypedFields) -> TypedFilter {
    // As the list itself reads it: what makes no sense is not kept.
    let asked = ListAsked::of_query(form.get("list")).kept();
    TypedFilter { name: form.get("name").to_owned(), asked, shared: form.has("shared") }
}

#[post("/filters", data = "<form>")]
pub(super) async fn save_filter(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (model, new) = (form.get("model").to_owned(), typed_filter(&form));
    let (of, one) = (model.clone(), new.clone());
    match visitor.submit(move |app, caller| records::save_filter(app, caller, &of, &one)).await? {
        Ok(_) => Ok(filter_done(&visitor, &address_of(&model, &new.asked), "filters-saved", new.name.trim())),
        Err(errors) => Ok(filter_page(&visitor, None, &model, &new, errors)),
    }
}

#[get("/filters/<id>")]
pub(super) async fn show_filter(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    existing_filter(&visitor, SavedFilterId(id), None, Vec::new()).await
}

#[post("/filters/<id>", data = "<form>")]
pub(super) async fn change_filter(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (id, new) = (SavedFilterId(id), typed_filter(&form));
    match visitor.submit(move |app, caller| records::change_filter(app, caller, id, &new)).await? {
        Ok(before) => Ok(filter_done(
            &visitor,
            &address_of(&before.model, &before.asked),
            "filters-saved",
            form.get("name").trim(),
        )),
        Err(errors) => existing_filter(&visitor, id, Some(&form), errors).await,
    }
}

/// The list stays as it is; only the name for it goes.
#[post("/filters/<id>/delete", data = "<_form>")]
pub(super) async fn delete_filter(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = SavedFilterId(id);
    let before = visitor.run(move |app, caller| records::delete_filter(app, caller, id)).await?;
    Ok(filter_done(&visitor, &address_of(&before.model, &before.asked), "filters-deleted", &before.name))
}

fn filter_done(visitor: &Visitor<'_>, path: &str, key: &str, name: &str) -> Reply {
    let said = words::with(visitor.language(), key, &[("name", name.to_owned().into())]);
    Reply::go(path.to_owned()).flash(Tone::Good, said)
}

async fn existing_filter(
    visitor: &Visitor<'_>,
    id: SavedFilterId,
    form: Option<&TypedFields>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let one = visitor.run(move |app, caller| records::saved_filter(app, caller, id)).await?;
    let SavedFilter { model, name, asked, shared, .. } = one.filter.clone();
    let kept = TypedFilter { name, asked, shared };
    let shown = form.map_or(kept.clone(), |form| TypedFilter { asked: kept.asked, ..typed_filter(form) });
    Ok(filter_page(visitor, Some(&one), &model, &shown, errors))
}

fn filter_page(
    visitor: &Visitor<'_>,
    known: Option<&SavedFilterView>,
    model: &str,
    shown: &TypedFilter,
    errors: Vec<Invalid>,
) -> Reply {
    let module = visitor.visit.app.modules.get(model);
    let context = context! {
        list_path: address_of(model, &shown.asked),
        list_label: module.map(|module| &module.label_plural),
        path: known.map_or_else(|| "/filters".to_owned(), |one| format!("/filters/{}", one.filter.id)),
        known: known.map(|one| &one.filter.name),
        keeper: known.filter(|one| !one.own).map(|one| &one.filter.keeper),
        may_change: known.is_none_or(|one| one.may_change),
        may_share: shown.shared || records::may_share(&visitor.caller),
        model,
        asked: &shown.asked,
        name: &shown.name,
        shared: shown.shared,
        max: MAX_FILTER_NAME,
        errors: field_errors(&errors),
    };
    Reply::page("records/filter.html", context).unprocessable_if(!errors.is_empty())
}

/// The page of these forms with what was typed: see [`crate::web::forms::keep_for`].
pub(in crate::web) async fn filter_again(
    visitor: &Visitor<'_>,
    rest: &[&str],
    form: &TypedFields,
) -> Option<PageAnswer> {
    match rest {
        [] => Some(Ok(filter_page(visitor, None, form.get("model"), &typed_filter(form), Vec::new()))),
        [id] => Some(existing_filter(visitor, SavedFilterId(id.parse().ok()?), Some(form), Vec::new()).await),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::records::Direction;

    #[test]
    fn an_address_says_the_same_again() {
        let all = "show=closed&q=carte+%26+eau&stage=done&colleague=nobody&since=2026-01-02&until=2026-03-04&files=1\
                   &category=4&tag=2&due=week&order=-title&choice.severity=high&after=7%7Ea+b&line=81";
        let asked = ListAsked::of_query(all);
        assert_eq!(asked.address("/x"), format!("/x?{all}"));
        assert_eq!(asked.query.direction, Direction::Descending);
        assert_eq!(ListAsked::of_query("").address("/x"), "/x");
        let wrong = "show=x&colleague=y&since=tomorrow&order=-&after=7&line=0";
        assert_eq!(ListAsked::of_query(wrong).address("/x"), "/x", "what makes no sense is left out");
    }
}
