//! What was typed is not lost. A form that came when its sender's session had ended is kept for its writer, waits
//! behind the sign-in page, and stands in its form again afterwards; so does one from a page that was too old. Nothing
//! is carried out by itself.

use rocket::http::uri::Origin;
use rocket::http::{ContentType, Status};
use rocket::{Data, Route, get, post, routes};

use super::cookies::Tone;
use super::forms::{self, TypedFields};
use super::guards::{SignedOut, Visitor, WebVisit, blocking};
use super::render::{PageAnswer, Reply};
use super::{
    aliases, categories, confidential, connections, contacts, messages, preferences, providers, records, servers, users,
};
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
    let Some((fields, _)) = forms::posted_fields(content_type, data).await else { return Err(Status::Unauthorized) };
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
    let (app, token) = (visit.app.clone(), forms::unmasked(fields.get("csrf_token"))?);
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
    match again(&visitor, &kept.path, &TypedFields::of(kept.fields)).await {
        Some(page) => Ok(page?.status(Status::Ok).saying(Tone::Warning, said).kept(id)),
        // Nothing was typed there.
        None => {
            visitor.run(move |app, caller| kept::forget(app, caller, id)).await?;
            Ok(Reply::go("/").flash(Tone::Warning, words::text(visitor.language(), "kept-nothing")))
        }
    }
}

// A form on its page again, with what was typed, carried out or not: for whoever was signed out meanwhile, or whose
// page was too old. Nothing is written here.

/// The page of the form that is sent to this path; None where its forms have nothing to type into.
pub(super) async fn again(visitor: &Visitor<'_>, path: &str, form: &TypedFields) -> Option<PageAnswer> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["records", model, id, deed @ ..] => records::again(visitor, model, id, deed, form).await,
        ["filters", rest @ ..] => records::asked::filter_again(visitor, rest, form).await,
        ["contacts", id] => Some(contacts::again(visitor, id.parse().ok()?, form).await),
        ["settings", "technical", "email", "messages", rest @ ..] => messages::again(visitor, rest, form).await,
        ["settings", "technical", "email", "incoming", rest @ ..] => servers::again(visitor, rest, form).await,
        ["settings", "technical", "email", "connections", rest @ ..] => connections::again(visitor, rest, form).await,
        ["settings", "technical", "email", "aliases", rest @ ..] => aliases::again(visitor, rest, form).await,
        ["settings", "technical", "email", "providers", rest @ ..] => providers::again(visitor, rest, form).await,
        ["settings", "records", model, rest @ ..] => categories::again(visitor, model, rest, form).await,
        ["settings", "working-days"] => Some(categories::working_days_again(visitor, form).await),
        ["settings", "teams", rest @ ..] => confidential::again(visitor, rest, form).await,
        ["settings", "users", rest @ ..] => users::again(visitor, rest, form).await,
        ["preferences", ..] => Some(preferences::again(visitor, form).await),
        _ => None,
    }
}
