//! Everything that can go wrong, as a page that says what happened and what to do.

use rocket::http::{Header, Status};
use rocket::request::{Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::{Catcher, catch, catchers};
use rocket_dyn_templates::context;

use super::forms::{FormRefusal, FormRefused, TypedFields, query_string};
use super::guards::{Tone, Visitor, WebVisit, asked_language};
use super::render::Reply;
use super::{forms, outgoing, sign_in};
use crate::domain::words;
use crate::operations::OperationError;

/// An operation that was not done, on its way to its page.
pub struct PageFailure(OperationError);

impl From<OperationError> for PageFailure {
    fn from(error: OperationError) -> Self {
        Self(error)
    }
}

/// The status that says what kind of error it is.
pub fn status_of(error: &OperationError) -> Status {
    match error {
        OperationError::Denied(_) => Status::Forbidden,
        OperationError::NotFound(_) => Status::NotFound,
        OperationError::Invalid(_) => Status::UnprocessableEntity,
        OperationError::Conflict(_) | OperationError::Refused(_) => Status::Conflict,
        OperationError::TooLong(_) | OperationError::Busy | OperationError::Store(_) => Status::ServiceUnavailable,
    }
}

impl<'r> Responder<'r, 'static> for PageFailure {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let language = language_of(request);
        let words = match &self.0 {
            OperationError::Store(error) => {
                tracing::error!(%error, path = %request.uri().path(), "a page failed");
                self.0.complaint().in_language(language)
            }
            OperationError::TooLong(_) => words::text(language, "error-too-long"),
            OperationError::Busy => words::text(language, "error-busy"),
            other => other.complaint().in_language(language),
        };
        let response = page(request, status_of(&self.0), Some(words)).respond_to(request)?;
        Ok(match self.0 {
            // Places become free all the time.
            OperationError::Busy => Response::build_from(response).raw_header("Retry-After", "5").finalize(),
            _ => response,
        })
    }
}

/// The person's own, or what the browser asks for where it is not known who asks.
fn language_of<'r>(request: &'r Request<'_>) -> &'r str {
    WebVisit::known(request).map_or_else(|| asked_language(request), WebVisit::language)
}

/// The page of a status; `message` instead of its usual words.
fn page(request: &Request<'_>, status: Status, message: Option<String>) -> Reply {
    let language = language_of(request);
    let key = match status.code {
        403 | 404 | 409 | 413 | 422 | 503 => status.code,
        400..500 => 400,
        _ => 500,
    };
    let title = words::text(language, &format!("error-{key}-title"));
    let message = message.unwrap_or_else(|| words::text(language, &format!("error-{key}")));
    Reply::page("errors/error.html", context! { status: status.code, title, message }).status(status)
}

pub fn catchers() -> Vec<Catcher> {
    catchers![unauthorized, any]
}

/// On to the sign-in page, and back afterwards to the page that was asked for.
#[catch(401)]
async fn unauthorized(request: &Request<'_>) -> Result<Unauthorized, Status> {
    let visit = WebVisit::of(request).await.ok_or(Status::InternalServerError)?;
    let asked = match request.headers().get_one("HX-Current-URL") {
        Some(url) => url.strip_prefix(&visit.app.config.base_url()).unwrap_or_default().to_owned(),
        None if request.method() == rocket::http::Method::Get => {
            let uri = request.uri().to_string();
            uri.strip_prefix(visit.app.config.base_path()).unwrap_or(&uri).to_owned()
        }
        None => String::new(),
    };
    let query = query_string([("next", asked.as_str())].into_iter().filter(|(_, path)| *path != "/"));
    let target = visit.url(if query.is_empty() { "/login" } else { "/login?" });
    Ok(Unauthorized { target: format!("{target}{query}"), htmx: visit.htmx })
}

struct Unauthorized {
    target: String,
    htmx: bool,
}

impl<'r> Responder<'r, 'static> for Unauthorized {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        match self.htmx {
            true => response.status(Status::Ok).header(Header::new("HX-Redirect", self.target)),
            false => response.status(Status::SeeOther).header(Header::new("Location", self.target)),
        };
        response.ok()
    }
}

#[catch(default)]
async fn any(status: Status, request: &Request<'_>) -> Complete {
    Complete(answer(status, request).await)
}

/// With the headers of every answer: Rocket runs no fairings for a request that it could not read.
struct Complete(Reply);

impl<'r> Responder<'r, 'static> for Complete {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = self.0.respond_to(request)?;
        if let Some(visit) = WebVisit::known(request) {
            outgoing::complete(&mut response, &visit.app.config);
        }
        Ok(response)
    }
}

async fn answer(status: Status, request: &Request<'_>) -> Reply {
    let visit = WebVisit::of(request).await;
    let language = visit.map_or_else(|| asked_language(request), WebVisit::language);
    let Some((refusal, fields)) = &request.local_cache(|| FormRefused(None)).0 else {
        return page(request, status, None);
    };
    let words = words::text(
        language,
        match refusal {
            FormRefusal::Token => "error-csrf",
            FormRefusal::TooLarge => "error-too-large",
            FormRefusal::FilesTooLarge => "error-files-too-large",
            FormRefusal::TooSlow => "error-too-slow",
            FormRefusal::NotAForm => "error-not-a-form",
        },
    );
    if *refusal == FormRefusal::NotAForm {
        return page(request, status, Some(words));
    }
    refused(request, fields, words)
        .await
        .map_or_else(|other| page(request, status, Some(other)), |reply| reply.status(status))
}

/// A form that was not carried out, on its page again with what was typed and why. Where that can't be, other words.
async fn refused(request: &Request<'_>, fields: &TypedFields, words: String) -> Result<Reply, String> {
    let Some(visit) = WebVisit::of(request).await else { return Err(words) };
    let path = visit.path(request.uri());
    let Outcome::Success(visitor) = request.guard::<Visitor>().await else {
        return match path.as_str() {
            "/login" => {
                Ok(sign_in::login_page(visit, fields.get("login"), fields.get("next")).saying(Tone::Bad, words))
            }
            "/setup" => Ok(sign_in::setup_page(fields, &[]).saying(Tone::Bad, words)),
            _ => Err(words),
        };
    };
    if let Some(writer) = forms::writer(visit, fields).await.filter(|writer| *writer != visitor.session.user.id) {
        forms::keep_for(visit, writer, path, fields).await;
        return Err(words::text(visitor.language(), "kept-for-another"));
    }
    match forms::kept_again(&visitor, &path, fields).await {
        Some(Ok(reply)) => Ok(reply.saying(Tone::Bad, words)),
        _ => Err(words),
    }
}
