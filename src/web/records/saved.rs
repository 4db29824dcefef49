//! Saved filters: a name for what a list shows, its own page, and what is written about it above the list.

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::asked::ListAsked;
use crate::domain::Invalid;
use crate::domain::id::SavedFilterId;
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::records::{self, MAX_FILTER_NAME, SavedFilter, SavedFilterView, TypedFilter};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::forms::{TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// The list that a filter shows.
fn address(model: &str, asked: &str) -> String {
    ListAsked::of_query(asked).address(&format!("/records/{model}"))
}

/// Ways to the filters, above the list that is asked for.
pub(super) fn shown(filters: &[SavedFilterView], asked: &ListAsked) -> Vec<Value> {
    let kept = asked.kept();
    let one = |one: &SavedFilterView| {
        let SavedFilter { id, model, name, asked, keeper, shared, .. } = &one.filter;
        json!({
            "name": name,
            "path": address(model, asked),
            "current": ListAsked::of_query(asked).kept() == kept,
            "edit": one.may_change.then(|| format!("/filters/{id}")),
            "keeper": (*shared && !one.own).then_some(keeper),
        })
    };
    filters.iter().map(one).collect()
}

fn typed(form: &TypedFields) -> TypedFilter {
    // As the list itself reads it: what makes no sense is not kept.
    let asked = ListAsked::of_query(form.get("list")).kept();
    TypedFilter { name: form.get("name").to_owned(), asked, shared: form.has("shared") }
}

#[post("/filters", data = "<form>")]
pub(super) async fn save(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (model, new) = (form.get("model").to_owned(), typed(&form));
    let (of, one) = (model.clone(), new.clone());
    match visitor.run(move |app, caller| records::save_filter(app, caller, &of, &one)).await {
        Ok(_) => Ok(done(&visitor, &address(&model, &new.asked), "filters-saved", new.name.trim())),
        Err(OperationError::Invalid(errors)) => Ok(page(&visitor, None, &model, &new, errors)),
        Err(error) => Err(error.into()),
    }
}

#[get("/filters/<id>")]
pub(super) async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    existing(&visitor, SavedFilterId(id), None, Vec::new()).await
}

#[post("/filters/<id>", data = "<form>")]
pub(super) async fn change(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (id, new) = (SavedFilterId(id), typed(&form));
    match visitor.run(move |app, caller| records::change_filter(app, caller, id, &new)).await {
        Ok(before) => {
            Ok(done(&visitor, &address(&before.model, &before.asked), "filters-saved", form.get("name").trim()))
        }
        Err(OperationError::Invalid(errors)) => existing(&visitor, id, Some(&form), errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The list stays as it is; only the name for it goes.
#[post("/filters/<id>/delete", data = "<_form>")]
pub(super) async fn delete(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = SavedFilterId(id);
    let before = visitor.run(move |app, caller| records::delete_filter(app, caller, id)).await?;
    Ok(done(&visitor, &address(&before.model, &before.asked), "filters-deleted", &before.name))
}

fn done(visitor: &Visitor<'_>, path: &str, key: &str, name: &str) -> Reply {
    let said = words::with(visitor.language(), key, &[("name", name.to_owned().into())]);
    Reply::go(path.to_owned()).flash(Tone::Good, said)
}

async fn existing(
    visitor: &Visitor<'_>,
    id: SavedFilterId,
    form: Option<&TypedFields>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let one = visitor.run(move |app, caller| records::saved_filter(app, caller, id)).await?;
    let SavedFilter { model, name, asked, shared, .. } = one.filter.clone();
    let kept = TypedFilter { name, asked, shared };
    let shown = form.map_or(kept.clone(), |form| TypedFilter { asked: kept.asked, ..typed(form) });
    Ok(page(visitor, Some(&one), &model, &shown, errors))
}

fn page(
    visitor: &Visitor<'_>,
    known: Option<&SavedFilterView>,
    model: &str,
    shown: &TypedFilter,
    errors: Vec<Invalid>,
) -> Reply {
    let module = visitor.visit.app.modules.get(model);
    let context = context! {
        list_path: address(model, &shown.asked),
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

/// The page of these forms with what was typed: see [`crate::web::again`].
pub(in crate::web) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        [] => Some(Ok(page(visitor, None, form.get("model"), &typed(form), Vec::new()))),
        [id] => Some(existing(visitor, SavedFilterId(id.parse().ok()?), Some(form), Vec::new()).await),
        _ => None,
    }
}
