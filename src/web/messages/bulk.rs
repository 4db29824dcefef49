//! One decision for all that the filter shows: first a page that names how many, then batch by batch.

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;

use super::{LedgerQuery, carried, list_path, pairs};
use crate::domain::Invalid;
use crate::domain::id::MessageId;
use crate::operations::OperationError;
use crate::operations::messages::{self, BATCH, Batch, Deed, LedgerRequest};
use crate::web::csrf::Posted;
use crate::web::forms::{TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

#[get("/settings/technical/email/messages/all?<deed>&<asked..>")]
pub(super) async fn confirm(visitor: Visitor<'_>, deed: &str, asked: LedgerQuery) -> PageAnswer {
    let query = asked.query();
    let Some(deed) = Deed::from_code(deed) else { return Ok(Reply::go(list_path(&query))) };
    ask(&visitor, deed, query, "", Vec::new()).await
}

async fn ask(
    visitor: &Visitor<'_>,
    deed: Deed,
    query: LedgerRequest,
    reason: &str,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let wanted = query.clone();
    let list = visitor.run(move |app, caller| messages::list(app, caller, &wanted)).await?;
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let context = context! {
        list_path: list_path(&query),
        deed: deed.code(),
        total: super::list::counted(visitor, list.total, list.is_counted),
        several_batches: list.total > BATCH,
        batch: BATCH,
        kept: pairs(&query),
        needs_reason: deed == Deed::Dismiss,
        reason,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("messages/confirm.html", context).status(status))
}

#[post("/settings/technical/email/messages/all", data = "<form>")]
pub(super) async fn run(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let query = carried(&form);
    let Some(deed) = Deed::from_code(form.get("deed")) else { return Ok(Reply::go(list_path(&query))) };
    let (wanted, words, after) =
        (query.clone(), form.get("because").to_owned(), form.get("after").parse().unwrap_or(0));
    let done =
        visitor.run(move |app, caller| messages::bulk(app, caller, &wanted, deed, &words, MessageId(after))).await;
    match done {
        Ok(batch) => Ok(result(&query, deed, form.get("because"), &batch)),
        Err(OperationError::Invalid(errors)) => {
            let errors = errors.into_iter().map(|error| Invalid::new("because", error.message)).collect();
            ask(&visitor, deed, query, form.get("because"), errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn again(visitor: &Visitor<'_>, form: &TypedFields) -> Option<PageAnswer> {
    let deed = Deed::from_code(form.get("deed"))?;
    Some(ask(visitor, deed, carried(form), form.get("because"), Vec::new()).await)
}

fn result(query: &LedgerRequest, deed: Deed, reason: &str, batch: &Batch) -> Reply {
    let counts = [
        ("delivered", batch.delivered),
        ("held", batch.held),
        ("ignored", batch.ignored),
        ("waiting", batch.waiting),
        ("left", batch.left),
    ];
    let context = context! {
        list_path: list_path(query),
        deed: deed.code(),
        counts: counts.iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>(),
        words: &batch.words,
        next: batch.next.map(|id| id.0),
        kept: pairs(query),
        reason,
    };
    Reply::page("messages/done.html", context)
}
