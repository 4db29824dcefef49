//! Who else has a record open: pages ask every half minute while they are looked at.

use rocket::get;
use rocket::http::Status;
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::path;
use crate::domain::id::{RecordId, UserId};
use crate::operations::records;
use crate::web::errors::PageFailure;
use crate::web::guards::Visitor;
use crate::web::render::Reply;

/// `known` are those that the page names already: nothing is said twice.
#[get("/records/<model>/<id>/here?<known>")]
pub(super) async fn ask(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    known: Option<&str>,
) -> Result<Result<Reply, Status>, PageFailure> {
    let (of, id) = (model.to_owned(), RecordId(id));
    let others = visitor.run(move |app, caller| records::visit(app, caller, &of, id)).await?;
    let here = shown(&others);
    if here["known"] == known.unwrap_or_default() {
        return Ok(Err(Status::NoContent));
    }
    Ok(Ok(Reply::page("records/here.html", context! { here, path: path(model, id) })))
}

/// As `records/here.html` shows them.
pub(super) fn shown(others: &[(UserId, String)]) -> Value {
    let ids: Vec<String> = others.iter().map(|(id, _)| id.to_string()).collect();
    let names: Vec<&str> = others.iter().map(|(_, name)| name.as_str()).collect();
    json!({"known": ids.join(","), "names": names.join(", "), "count": others.len()})
}
