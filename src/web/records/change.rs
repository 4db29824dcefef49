//! The forms of a record's page.

use std::collections::BTreeMap;

use rocket::http::Status;
use rocket::post;

use super::{done, page};
use crate::domain::id::RecordId;
use crate::operations::OperationError;
use crate::operations::records::{self, Edit};
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::Answer;

/// The fields at the record's side.
#[post("/records/<model>/<id>", data = "<form>")]
pub async fn save(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> Answer {
    let values: BTreeMap<String, String> = form
        .pairs()
        .filter(|(name, _)| !matches!(*name, "csrf_token" | "version"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    edit(&visitor, model, RecordId(id), &form, values).await
}

/// A chevron.
#[post("/records/<model>/<id>/stage", data = "<form>")]
pub async fn stage(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> Answer {
    let values = BTreeMap::from([("stage_id".to_owned(), form.get("stage_id").to_owned())]);
    edit(&visitor, model, RecordId(id), &form, values).await
}

/// Changes fields; what was wrong, or changed by somebody else meanwhile, comes back with what was typed.
pub(super) async fn edit(
    visitor: &Visitor<'_>,
    model: &str,
    id: RecordId,
    form: &Posted,
    values: BTreeMap<String, String>,
) -> Answer {
    let (of, edit) = (model.to_owned(), Edit { version: version(form), values: values.clone() });
    let said = match visitor.run(move |app, caller| records::change(app, caller, &of, id, &edit)).await {
        Ok(()) => return done(visitor, model.to_owned(), id).await,
        Err(OperationError::Invalid(errors)) => {
            page::Said { status: Some(Status::UnprocessableEntity), typed: values, errors, ..page::Said::default() }
        }
        Err(OperationError::Conflict(words)) => conflict(visitor, words, values),
        Err(error) => return Err(error.into()),
    };
    page::answer(visitor, model.to_owned(), id, said).await
}

fn conflict(visitor: &Visitor<'_>, words: String, typed: BTreeMap<String, String>) -> page::Said {
    // htmx swaps 422 and no other error.
    let status = if visitor.visit.htmx { Status::UnprocessableEntity } else { Status::Conflict };
    page::Said { status: Some(status), typed, conflict: Some(words), ..page::Said::default() }
}

fn version(form: &Posted) -> i32 {
    form.get("version").parse().unwrap_or_default()
}

#[post("/records/<model>/<id>/note", data = "<form>")]
pub async fn note(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> Answer {
    let (of, text, id) = (model.to_owned(), form.get("note").to_owned(), RecordId(id));
    match visitor.run(move |app, caller| records::note(app, caller, &of, id, &text)).await {
        Ok(_) => done(&visitor, model.to_owned(), id).await,
        Err(OperationError::Invalid(errors)) => {
            let said = page::Said {
                status: Some(Status::UnprocessableEntity),
                note: form.get("note").to_owned(),
                errors,
                ..page::Said::default()
            };
            page::answer(&visitor, model.to_owned(), id, said).await
        }
        Err(error) => Err(error.into()),
    }
}

/// *Mark as read*.
#[post("/records/<model>/<id>/read", data = "<_form>")]
pub async fn read(visitor: Visitor<'_>, model: &str, id: i32, _form: Posted) -> Answer {
    let (of, id) = (model.to_owned(), RecordId(id));
    visitor.run(move |app, caller| records::mark_read(app, caller, &of, id)).await?;
    done(&visitor, model.to_owned(), id).await
}

/// *Not a grievance*, and back.
#[post("/records/<model>/<id>/verdict", data = "<form>")]
pub async fn verdict(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> Answer {
    let (of, id, version, active) = (model.to_owned(), RecordId(id), version(&form), form.get("active") == "1");
    let turned = visitor.run(move |app, caller| {
        if active {
            records::a_grievance_after_all(app, caller, &of, id, version)
        } else {
            records::not_a_grievance(app, caller, &of, id, version)
        }
    });
    match turned.await {
        Ok(()) => done(&visitor, model.to_owned(), id).await,
        Err(OperationError::Conflict(words)) => {
            page::answer(&visitor, model.to_owned(), id, conflict(&visitor, words, BTreeMap::new())).await
        }
        Err(error) => Err(error.into()),
    }
}
