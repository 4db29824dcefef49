//! Every posted form carries a token that only our own pages know: as the hidden field `csrf_token`, or, from htmx,
//! as the header `X-CSRF-Token`.

use std::ops::Deref;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::data::{Data, FromData, Outcome, ToByteUnit};
use rocket::http::{ContentType, Status};
use rocket::request::Request;
use rocket::tokio::io::AsyncReadExt;
use rocket::tokio::time::{Instant, timeout_at};
use subtle::ConstantTimeEq;

use super::forms::TypedFields;
use super::guards::{WebVisit, blocking};
use crate::domain::id::KeptFormId;
use crate::operations::{kept, sessions};

/// The largest form: several texts of the greatest length, in a script whose letters take nine bytes each on the way.
const LIMIT: u64 = 2 << 20;
/// What is read of a larger one and thrown away, so that the browser listens to what became of it.
const DRAINED: u64 = 32 << 20;
/// How long a form may take: so long, and a second more for each so many bytes of it.
const PATIENCE: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 1024;

/// The fields of a form that came from one of our pages.
pub struct Posted(pub TypedFields);

impl Deref for Posted {
    type Target = TypedFields;

    fn deref(&self) -> &TypedFields {
        &self.0
    }
}

/// Why it was not read; the page says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormRefusal {
    /// No token, or another session's: the page was old, or not ours.
    Token,
    TooLarge,
    TooSlow,
    NotAForm,
}

/// How much of a form came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormProgress {
    Whole,
    TooLarge,
    TooSlow,
}

/// Kept with the request for the page that answers it.
pub struct FormRefused(pub Option<(FormRefusal, TypedFields)>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Posted {
    type Error = FormRefusal;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match read(request, data).await {
            Ok(fields) => {
                sent_again(request, &fields).await;
                Outcome::Success(Self(fields))
            }
            Err((refusal, fields)) => {
                request.local_cache(|| FormRefused(Some((refusal, fields))));
                let status = match refusal {
                    FormRefusal::Token => Status::Forbidden,
                    FormRefusal::TooLarge => Status::PayloadTooLarge,
                    FormRefusal::TooSlow => Status::RequestTimeout,
                    FormRefusal::NotAForm => Status::UnprocessableEntity,
                };
                Outcome::Error((status, refusal))
            }
        }
    }
}

/// A token as a page shows it: under a pad of its own in every answer, so that nothing can be learnt of it from how well
/// pages pack. None where the operating system has no random numbers.
pub fn masked(token: &str) -> Option<String> {
    let mut pad = vec![0; token.len()];
    getrandom::fill(&mut pad).inspect_err(|error| tracing::error!(%error, "a page has no token for its forms")).ok()?;
    let under: Vec<u8> = token.bytes().zip(&pad).map(|(byte, pad)| byte ^ pad).collect();
    Some(URL_SAFE_NO_PAD.encode([pad, under].concat()))
}

/// The token that a page showed; None where it is none of ours.
pub fn unmasked(shown: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(shown).ok()?;
    let (pad, under) = bytes.split_at(bytes.len() / 2);
    String::from_utf8(pad.iter().zip(under).map(|(pad, byte)| pad ^ byte).collect()).ok()
}

async fn read(request: &Request<'_>, data: Data<'_>) -> Result<TypedFields, (FormRefusal, TypedFields)> {
    if request.content_type().is_some_and(|given| *given != ContentType::Form) {
        return Err((FormRefusal::NotAForm, TypedFields::default()));
    }
    let (fields, came) = fields(data).await.ok_or((FormRefusal::NotAForm, TypedFields::default()))?;
    let expected = WebVisit::of(request).await.and_then(|visit| visit.expected_csrf_token.as_deref());
    // A part of a page that htmx put in has a newer token than the page around it.
    let given = [fields.get("csrf_token"), request.headers().get_one("X-CSRF-Token").unwrap_or_default()];
    let given = given.map(|given| unmasked(given).unwrap_or_default());
    let is_ours =
        expected.is_some_and(|expected| given.iter().any(|given| expected.as_bytes().ct_eq(given.as_bytes()).into()));
    match (is_ours, came) {
        (false, _) => Err((FormRefusal::Token, fields)),
        (true, FormProgress::TooLarge) => Err((FormRefusal::TooLarge, fields)),
        (true, FormProgress::TooSlow) => Err((FormRefusal::TooSlow, fields)),
        (true, FormProgress::Whole) => Ok(fields),
    }
}

/// The fields of a form, whoever sent it, as far as they fit and came in time, and whether that is all of them. None for
/// what is no text.
pub async fn fields(data: Data<'_>) -> Option<(TypedFields, FormProgress)> {
    let mut stream = data.open((LIMIT + DRAINED).bytes());
    let (mut body, mut piece, mut count) = (Vec::new(), vec![0; 16 << 10], 0u64);
    let begun = Instant::now();
    let came = loop {
        let deadline = begun + PATIENCE + Duration::from_secs(count / BYTES_A_SECOND);
        match timeout_at(deadline, stream.read(&mut piece)).await {
            Ok(Ok(0)) if count > LIMIT => break FormProgress::TooLarge,
            Ok(Ok(0)) => break FormProgress::Whole,
            Ok(Ok(read)) => {
                let room = usize::try_from(LIMIT.saturating_sub(count)).unwrap_or(usize::MAX);
                body.extend_from_slice(&piece[..read.min(room)]);
                count += read as u64;
            }
            Ok(Err(_)) if count > LIMIT => break FormProgress::TooLarge,
            Ok(Err(_)) => return None,
            Err(_) => break FormProgress::TooSlow,
        }
    };
    let text = match std::str::from_utf8(&body) {
        Ok(text) => text,
        // It was cut within a letter.
        Err(error) if came != FormProgress::Whole && error.error_len().is_none() => {
            std::str::from_utf8(&body[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    Some((TypedFields::parse(text), came))
}

/// What was kept of this form waits no longer: from here on it is the browser's again, or the page's that answers.
async fn sent_again(request: &Request<'_>, fields: &TypedFields) {
    let visit = WebVisit::of(request).await;
    let Some((visit, session)) = visit.and_then(|visit| Some((visit, visit.session.as_ref()?))) else { return };
    let Ok(id) = fields.get("kept").parse().map(KeptFormId) else { return };
    if visit.path(request.uri()) == "/logout" {
        return;
    }
    let (app, caller) = (visit.app.clone(), sessions::caller_of(&session.user, visit.address));
    if let Err(error) = blocking(move || kept::forget(&app, &caller, id)).await {
        tracing::warn!(%error, "a kept form could not be forgotten");
    }
}
