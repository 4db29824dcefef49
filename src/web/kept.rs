//! What was typed on a page whose session has ended. It is kept for its writer, waits behind the sign-in page, and
//! stands in its form again afterwards; nothing is carried out by itself.

use rocket::http::uri::Origin;
use rocket::http::{ContentType, Status};
use rocket::{Data, Route, get, post, routes};

use super::again;
use super::cookies::Tone;
use super::csrf;
use super::forms::TypedFields;
use super::guards::{SignedOut, Visitor, WebVisit, blocking};
use super::render::{PageAnswer, Reply};
use crate::domain::id::{KeptFormId, UserId};
use crate::domain::words;
use crate::operations::kept::{self, FormAsSent};
use crate::operations::sessions;

/// Where they come back, below Mailgate's own path.
pub(super) const PATH: &str = "/kept/";

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

/// For every path there is, with and without `PUBLIC_URL`'s.
pub(super) fn everywhere() -> Vec<Route> {
    routes![keep]
}

/// Whatever form somebody sends who is signed out.
#[post("/<_..>", data = "<data>", rank = 1000)]
async fn keep(
    _out: &SignedOut,
    visit: &WebVisit,
    uri: &Origin<'_>,
    content_type: Option<&ContentType>,
    data: Data<'_>,
) -> Result<Reply, Status> {
    // The page it was on says whose it is. Anything else is not from us.
    let Some((fields, _)) = csrf::fields(content_type, data).await else { return Err(Status::Unauthorized) };
    let Some(writer) = writer(visit, &fields).await else { return Err(Status::Unauthorized) };
    let path = visit.path(uri);
    // What a page sends by itself while somebody types stays on the page.
    let by_itself = path.starts_with("/records/") && path.ends_with("/draft");
    let id = if path == "/logout" || by_itself { None } else { keep_for(visit, writer, path, &fields).await };
    let id = id.ok_or(Status::Unauthorized)?;
    Ok(Reply::go(format!("/login?next={PATH}{id}")))
}

/// Whose page a form was on.
pub(super) async fn writer(visit: &WebVisit, fields: &TypedFields) -> Option<UserId> {
    let (app, token) = (visit.app.clone(), csrf::unmasked(fields.get("csrf_token"))?);
    blocking(move || sessions::writer(&app, &token)).await
}

/// None where that failed: the log says why.
pub(super) async fn keep_for(
    visit: &WebVisit,
    writer: UserId,
    path: String,
    fields: &TypedFields,
) -> Option<KeptFormId> {
    let app = visit.app.clone();
    let fields = fields.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let kept = blocking(move || kept::keep(&app, writer, FormAsSent { path, fields })).await;
    kept.inspect_err(|error| tracing::error!(%error, "a form of somebody signed out could not be kept")).ok()
}

#[get("/kept/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let id = KeptFormId(id);
    let kept = visitor.run(move |app, caller| kept::get(app, caller, id)).await?;
    let said = words::text(visitor.language(), "kept-comes-back");
    match again::show(&visitor, &kept.path, &TypedFields::of(kept.fields)).await {
        Some(page) => Ok(page?.status(Status::Ok).saying(Tone::Warning, said).kept(id)),
        // Nothing was typed there.
        None => {
            visitor.run(move |app, caller| kept::forget(app, caller, id)).await?;
            Ok(Reply::go("/").flash(Tone::Warning, words::text(visitor.language(), "kept-nothing")))
        }
    }
}
