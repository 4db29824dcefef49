//! Answers: a page from a template, or on to another address.

use std::borrow::Cow;

use rocket::fairing::Fairing;
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket_dyn_templates::Template;
use serde::Serialize;
use serde_json::Value;

use super::assets;
use super::cookies::{self, Flash, Tone};
use super::errors::PageFailure;
use super::guards::WebVisit;
use super::layout::Layout;
use super::scope::{self, Scope};
use crate::domain::id::KeptFormId;

/// What handlers return: `?` on an operation's error makes its page.
pub type PageAnswer = Result<Reply, PageFailure>;

/// What a handler answers with.
pub enum Reply {
    /// A page, inside the layout.
    Page {
        template: Cow<'static, str>,
        context: Result<Value, serde_json::Error>,
        status: Status,
        retry_after: Option<i64>,
        /// The path that the browser shall show, where htmx asked at another one.
        shown_at: Option<String>,
        /// What stands above it.
        said: Option<Flash>,
        /// The kept form that it shows: its forms say so when they are sent.
        kept: Option<KeptFormId>,
    },
    /// On to a path below Mailgate's own, after a form was done.
    Go { path: String, flash: Option<Flash> },
}

impl Reply {
    /// `context` is what the template sees beside `page`: see [`rocket_dyn_templates::context!`].
    pub fn page(template: impl Into<Cow<'static, str>>, context: impl Serialize) -> Self {
        let context = serde_json::to_value(context);
        Self::Page {
            template: template.into(),
            context,
            status: Status::Ok,
            retry_after: None,
            shown_at: None,
            said: None,
            kept: None,
        }
    }

    /// `path` begins with a slash; `PUBLIC_URL`'s path is added.
    pub fn go(path: impl Into<String>) -> Self {
        Self::Go { path: path.into(), flash: None }
    }

    /// Another status than 200; of a page only.
    pub fn status(mut self, new: Status) -> Self {
        if let Self::Page { status, .. } = &mut self {
            *status = new;
        }
        self
    }

    /// Says when to come again (seconds), of a page only.
    pub fn retry_after(mut self, seconds: i64) -> Self {
        if let Self::Page { retry_after, .. } = &mut self {
            *retry_after = Some(seconds);
        }
        self
    }

    /// The page's own path, where the form that it answers was sent to another one; of a page only.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        if let Self::Page { shown_at, .. } = &mut self {
            *shown_at = Some(path.into());
        }
        self
    }

    /// A message above the page; of a page only.
    pub fn saying(mut self, tone: Tone, text: impl Into<String>) -> Self {
        if let Self::Page { said, .. } = &mut self {
            *said = Some(Flash { tone, text: text.into() });
        }
        self
    }

    /// The page shows this kept form; of a page only.
    pub fn kept(mut self, id: KeptFormId) -> Self {
        if let Self::Page { kept, .. } = &mut self {
            *kept = Some(id);
        }
        self
    }

    /// A message for the page that follows, of [`Reply::go`] only.
    pub fn flash(mut self, tone: Tone, text: impl Into<String>) -> Self {
        if let Self::Go { flash, .. } = &mut self {
            *flash = Some(Flash { tone, text: text.into() });
        }
        self
    }
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        // Filled in by the guards; a handler without one has no layout to show.
        let Some(visit) = WebVisit::known(request) else { return Err(Status::InternalServerError) };
        match self {
            Reply::Page { template, context, status, retry_after, shown_at, said, kept } => {
                let layout = Layout::new(visit, request, said);
                let mut context = context.map_err(|error| {
                    tracing::error!(%error, %template, "the page's context can't be serialised");
                    Status::InternalServerError
                })?;
                if let (Value::Object(context), Ok(layout)) = (&mut context, serde_json::to_value(layout)) {
                    context.insert("page".into(), layout);
                }
                let rendered =
                    scope_of(visit, kept).during(|| Template::render(template, context).respond_to(request))?;
                let mut response = Response::build_from(rendered);
                response.status(status);
                if let Some(seconds) = retry_after {
                    response.header(Header::new("Retry-After", seconds.to_string()));
                }
                if let Some(path) = shown_at.filter(|_| visit.htmx) {
                    response.header(Header::new("HX-Replace-Url", visit.url(&path)));
                }
                response.ok()
            }
            Reply::Go { path, flash } => {
                if let Some(flash) = flash {
                    cookies::set_flash(request.cookies(), &visit.app.config, &flash);
                }
                let target = visit.url(&path);
                let mut response = Response::build();
                // htmx would follow a redirect itself and put the whole page where a part of one belongs.
                match visit.htmx {
                    true => response.header(Header::new("HX-Redirect", target)),
                    false => response.status(Status::SeeOther).header(Header::new("Location", target)),
                };
                response.ok()
            }
        }
    }
}

fn scope_of(visit: &WebVisit, kept: Option<KeptFormId>) -> Scope {
    let zone = visit.session.as_ref().and_then(|session| session.user.time_zone.parse().ok());
    Scope {
        language: visit.language().to_owned(),
        zone: zone.unwrap_or(chrono_tz::UTC),
        base_path: visit.app.config.base_path().to_owned(),
        csrf_token: visit.csrf_token.clone(),
        kept,
    }
}

/// Tera with the embedded templates, functions and filters.
pub fn engine() -> impl Fairing {
    Template::try_custom(|engines| {
        engines.tera.autoescape_on(vec![".html"]);
        engines.tera.set_escape_fn(scope::escape);
        // Its Debug form names the line; its words only the file.
        engines.tera.add_raw_templates(assets::templates()).map_err(|error| format!("{error:?}"))?;
        scope::register(&mut engines.tera);
        Ok(())
    })
}
