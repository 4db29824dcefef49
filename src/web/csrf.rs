//! Every posted form carries a token that only our own pages know: as the hidden field `csrf_token`, or, from htmx,
//! as the header `X-CSRF-Token`.

use std::ops::Deref;

use rocket::data::{Data, FromData, Outcome, ToByteUnit};
use rocket::http::{ContentType, Status};
use rocket::request::Request;
use subtle::ConstantTimeEq;

use super::forms::Fields;
use super::guards::Visit;

/// The largest form.
const LIMIT_KIB: u64 = 256;

/// The fields of a form that came from one of our pages.
pub struct Posted(pub Fields);

impl Deref for Posted {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

/// Why it was not read; the page says it in words.
#[derive(Debug, Clone, Copy)]
pub enum Refusal {
    /// No token, or another session's: the page was old, or not ours.
    Token,
    TooLarge,
    NotAForm,
}

/// Kept with the request for the page that answers it.
pub struct Refused(pub Option<Refusal>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Posted {
    type Error = Refusal;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match read(request, data).await {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(refusal) => {
                request.local_cache(|| Refused(Some(refusal)));
                let status = match refusal {
                    Refusal::Token => Status::Forbidden,
                    Refusal::TooLarge => Status::PayloadTooLarge,
                    Refusal::NotAForm => Status::UnprocessableEntity,
                };
                Outcome::Error((status, refusal))
            }
        }
    }
}

async fn read(request: &Request<'_>, data: Data<'_>) -> Result<Fields, Refusal> {
    if request.content_type().is_some_and(|given| *given != ContentType::Form) {
        return Err(Refusal::NotAForm);
    }
    let body = data.open(LIMIT_KIB.kibibytes()).into_string().await.map_err(|_| Refusal::NotAForm)?;
    if !body.is_complete() {
        return Err(Refusal::TooLarge);
    }
    let fields = Fields::parse(&body);
    let given = request.headers().get_one("X-CSRF-Token").unwrap_or_else(|| fields.get("csrf_token"));
    let expected = Visit::of(request).await.map_or("", |visit| visit.expected_csrf_token.as_str());
    if expected.is_empty() || !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
        return Err(Refusal::Token);
    }
    Ok(fields)
}
