//! What a list is narrowed to: read from its address, written into every link that keeps it, and kept under a name.

use chrono::NaiveDate;
use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use crate::domain::id::{CategoryId, RecordId, SavedFilterId, TagId, UserId};
use crate::domain::{Invalid, words};
use crate::operations::OperationError;
use crate::operations::records::{
    self, Assigned, DueWhen, ListCursor, MAX_FILTER_NAME, Part, RecordOrder, RecordQuery, SavedFilter, SavedFilterView,
    Show, TypedFilter,
};
use crate::web::cookies::Tone;
use crate::web::forms::{Posted, TypedFields, field_errors, query_string};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// `colleague` of what nobody is responsible for.
pub(super) const NOBODY: &str = "nobody";

/// What stands before the name of a field of the record type's own, so that it can be called like anything else here.
pub(super) const CHOICE: &str = "choice.";

/// A list's address.
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
pub(super) fn filters_shown(filters: &[SavedFilterView], asked: &ListAsked) -> Vec<Value> {
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
    match visitor.run(move |app, caller| records::save_filter(app, caller, &of, &one)).await {
        Ok(_) => Ok(filter_done(&visitor, &address_of(&model, &new.asked), "filters-saved", new.name.trim())),
        Err(OperationError::Invalid(errors)) => Ok(filter_page(&visitor, None, &model, &new, errors)),
        Err(error) => Err(error.into()),
    }
}

#[get("/filters/<id>")]
pub(super) async fn show_filter(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    existing_filter(&visitor, SavedFilterId(id), None, Vec::new()).await
}

#[post("/filters/<id>", data = "<form>")]
pub(super) async fn change_filter(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (id, new) = (SavedFilterId(id), typed_filter(&form));
    match visitor.run(move |app, caller| records::change_filter(app, caller, id, &new)).await {
        Ok(before) => Ok(filter_done(
            &visitor,
            &address_of(&before.model, &before.asked),
            "filters-saved",
            form.get("name").trim(),
        )),
        Err(OperationError::Invalid(errors)) => existing_filter(&visitor, id, Some(&form), errors).await,
        Err(error) => Err(error.into()),
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
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    Reply::page("records/filter.html", context).status(status)
}

/// The page of these forms with what was typed: see [`crate::web::kept`].
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
