//! Forms: what a browser posts is read within limits and refused without a token of our own, and what was typed is never lost. Messages
//! at a field and the pages of a list are here, too.

use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use multer::Multipart;
use rocket::data::{ByteUnit, Data, FromData, Outcome, ToByteUnit};
use rocket::http::uri::Origin;
use rocket::http::{ContentType, Status};
use rocket::request::Request;
use rocket::tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use rocket::tokio::time::{Instant, timeout_at};
use rocket::{Route, get, post, routes};
use serde::Serialize;
use subtle::ConstantTimeEq;

use super::guards::{SignedOut, Tone, Visitor, WebVisit, blocking};
use super::render::{PageAnswer, Reply};
use super::{
    accounts, aliases, categories, confidential, connections, contacts, messages, providers, records, servers,
};
use crate::domain::Invalid;
use crate::domain::id::{KeptFormId, UserId};
use crate::domain::words::{self, Sentence};
use crate::operations::App;
use crate::operations::attachments::{FILES_AT_ONCE, MOST_AT_ONCE, SentFiles};
use crate::operations::sessions::{self, FormAsSent};

/// The fields of a form as they were typed, so that nothing is lost when one of them is wrong.
#[derive(Debug, Clone, Default)]
pub struct TypedFields(Vec<(String, String)>);

impl TypedFields {
    /// Reads `application/x-www-form-urlencoded`. Lines end as they do everywhere but in forms: a text that was only
    /// looked at is the same afterwards.
    pub fn parse(body: &str) -> Self {
        let fields = form_urlencoded::parse(body.as_bytes());
        Self(fields.map(|(name, value)| (name.replace("\r\n", "\n"), value.replace("\r\n", "\n"))).collect())
    }

    /// The fields of a form that was kept.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of a field, empty where the form has none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether the form has the field: a ticked checkbox, or the button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// All fields in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of a field that may occur more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A message at a field, as `field.html` and the summary show it.
#[derive(Debug, Serialize)]
pub struct FieldError {
    pub field: String,
    pub message: Sentence,
}

pub fn field_errors(errors: &[Invalid]) -> Vec<FieldError> {
    let shown = |error: &Invalid| FieldError { field: error.field.to_string(), message: error.message.clone() };
    errors.iter().map(shown).collect()
}

/// One page of a list: `1-40 / 112` and the ways back and on.
#[derive(Debug, Serialize)]
pub struct Pager {
    pub first: i64,
    pub last: i64,
    pub total: i64,
    /// Addresses below Mailgate's own path.
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl Pager {
    /// `path` without a query; `query` are the filters to keep, empty ones are left out; pages count from 1.
    pub fn new(path: &str, query: &[(&str, &str)], page: i64, per_page: i64, total: i64) -> Self {
        let link = |page: i64| {
            let page = page.to_string();
            let kept = query.iter().copied().chain([("page", page.as_str())]);
            format!("{path}?{}", query_string(kept))
        };
        let offset = (page - 1) * per_page;
        Self {
            first: (offset + 1).min(total),
            last: (offset + per_page).min(total),
            total,
            previous: (page > 1).then(|| link(page - 1)),
            next: (offset + per_page < total).then(|| link(page + 1)),
        }
    }

    /// The page that was asked for, at least 1 and low enough to count with.
    pub fn page(asked: Option<i64>) -> i64 {
        asked.unwrap_or(1).clamp(1, 1_000_000)
    }
}

/// `a=1&b=2`, encoded, without empty values.
pub fn query_string<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

// Every posted form carries a token that only our own pages know: as the hidden field `csrf_token`, or, from htmx, as
// the header `X-CSRF-Token`.

/// The largest form: several texts of the greatest length, in a script whose letters take nine bytes each on the way.
const LIMIT: u64 = 2 << 20;
/// How much of a larger form is read and thrown away: a browser shows the answer only once it has sent everything.
const DRAINED: u64 = 32 << 20;
/// How long a form may take: this long, and a second more for each [`BYTES_A_SECOND`] of it.
const PATIENCE: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 1024;

/// A form that came from one of our pages.
pub struct Posted {
    fields: TypedFields,
    /// What was chosen in its field for files.
    pub files: SentFiles,
}

impl Deref for Posted {
    type Target = TypedFields;

    fn deref(&self) -> &TypedFields {
        &self.fields
    }
}

/// Why it was not read; the page says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormRefusal {
    /// No token, or another session's: the page was old, or not ours.
    Token,
    TooLarge,
    /// The files are larger than [`MOST_AT_ONCE`], or more than [`FILES_AT_ONCE`].
    FilesTooLarge,
    TooSlow,
    NotAForm,
}

/// How much of a form came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormProgress {
    Whole,
    TooLarge,
    FilesTooLarge,
    TooSlow,
}

/// Kept with the request for the page that answers it.
pub struct FormRefused(pub Option<(FormRefusal, TypedFields)>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Posted {
    type Error = FormRefusal;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match read_form(request, data).await {
            Ok((fields, files)) => {
                sent_again(request, &fields).await;
                Outcome::Success(Self { fields, files })
            }
            Err((refusal, fields)) => {
                request.local_cache(|| FormRefused(Some((refusal, fields))));
                let status = match refusal {
                    FormRefusal::Token => Status::Forbidden,
                    FormRefusal::TooLarge | FormRefusal::FilesTooLarge => Status::PayloadTooLarge,
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
fn unmasked(shown: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(shown).ok()?;
    let (pad, under) = bytes.split_at(bytes.len() / 2);
    String::from_utf8(pad.iter().zip(under).map(|(pad, byte)| pad ^ byte).collect()).ok()
}

async fn read_form(
    request: &Request<'_>,
    data: Data<'_>,
) -> Result<(TypedFields, SentFiles), (FormRefusal, TypedFields)> {
    let not_a_form = || (FormRefusal::NotAForm, TypedFields::default());
    let visit = WebVisit::of(request).await;
    let (fields, files, came) = match (request.content_type(), visit) {
        (Some(given), Some(visit)) if given.is_form_data() => {
            // Files are kept only of who is signed in.
            let app = visit.session.as_ref().map(|_| visit.app.as_ref());
            with_files(given, data, app).await.ok_or_else(not_a_form)?
        }
        (Some(given), _) if *given != ContentType::Form => return Err(not_a_form()),
        _ => {
            let (fields, came) = read_plain(data).await.ok_or_else(not_a_form)?;
            (fields, SentFiles::default(), came)
        }
    };
    let expected = visit.and_then(|visit| visit.expected_csrf_token.as_deref());
    // Where htmx has replaced a part of the page, that part has a newer token than the page around it.
    let given = [fields.get("csrf_token"), request.headers().get_one("X-CSRF-Token").unwrap_or_default()];
    let given = given.map(|given| unmasked(given).unwrap_or_default());
    let is_ours =
        expected.is_some_and(|expected| given.iter().any(|given| expected.as_bytes().ct_eq(given.as_bytes()).into()));
    match (is_ours, came) {
        (false, _) => Err((FormRefusal::Token, fields)),
        (true, FormProgress::TooLarge) => Err((FormRefusal::TooLarge, fields)),
        (true, FormProgress::FilesTooLarge) => Err((FormRefusal::FilesTooLarge, fields)),
        (true, FormProgress::TooSlow) => Err((FormRefusal::TooSlow, fields)),
        (true, FormProgress::Whole) => Ok((fields, files)),
    }
}

/// The fields of a form, whoever sent it, as far as they fit and came in time, and whether that is all of them; files are
/// passed over. None for what is no text.
async fn posted_fields(content_type: Option<&ContentType>, data: Data<'_>) -> Option<(TypedFields, FormProgress)> {
    match content_type {
        Some(given) if given.is_form_data() => {
            with_files(given, data, None).await.map(|(fields, _, came)| (fields, came))
        }
        _ => read_plain(data).await,
    }
}

/// How a form comes: what it has taken so far, for its deadline.
struct FormClock {
    begun: Instant,
    count: u64,
}

impl FormClock {
    fn start() -> Self {
        Self { begun: Instant::now(), count: 0 }
    }

    fn deadline(&self) -> Instant {
        self.begun + PATIENCE + Duration::from_secs(self.count / BYTES_A_SECOND)
    }

    /// The next of a form's parts or pieces; None at its end.
    async fn next<T>(
        &self,
        wanted: impl Future<Output = Result<Option<T>, multer::Error>>,
    ) -> Result<Option<T>, FormProgress> {
        match timeout_at(self.deadline(), wanted).await {
            Ok(Ok(next)) => Ok(next),
            // What is longer than may be read ends too early.
            Ok(Err(error)) => {
                tracing::info!(%error, "a form broke off");
                Err(FormProgress::FilesTooLarge)
            }
            Err(_) => Err(FormProgress::TooSlow),
        }
    }
}

/// A form of several parts (RFC 7578), its files in one temporary file. For somebody who is signed out only the fields before the
/// files are read. None for what is no such form.
async fn with_files(
    content_type: &ContentType,
    data: Data<'_>,
    app: Option<&App>,
) -> Option<(TypedFields, SentFiles, FormProgress)> {
    let boundary = multer::parse_boundary(content_type.to_string()).ok()?;
    let room = if app.is_some() { MOST_AT_ONCE + DRAINED } else { 0 };
    let stream = StepByStep { inner: data.open(ByteUnit::from(LIMIT + room)), pauses: false };
    let mut form = Multipart::with_reader(stream, boundary);
    let (mut typed, mut files, mut clock) = (Vec::new(), SentFiles::default(), FormClock::start());
    let came = read_parts(&mut form, &mut clock, (&mut typed, &mut files), app).await;
    let came = came.unwrap_or_else(|progress| progress);
    let text = |bytes: Vec<u8>| Some(String::from_utf8(bytes).ok()?.replace("\r\n", "\n"));
    let typed = typed.into_iter().map(|(name, bytes)| Some((name, text(bytes)?)));
    Some((TypedFields::of(typed.collect::<Option<_>>()?), files, came))
}

async fn read_parts(
    form: &mut Multipart<'_>,
    clock: &mut FormClock,
    (typed, files): (&mut Vec<(String, Vec<u8>)>, &mut SentFiles),
    app: Option<&App>,
) -> Result<FormProgress, FormProgress> {
    let (mut came, mut letters) = (FormProgress::Whole, 0);
    while let Some(mut part) = clock.next(form.next_field()).await? {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file) = part.file_name().map(str::to_owned) else {
            typed.push((name, Vec::new()));
            while let Some(piece) = clock.next(part.chunk()).await? {
                clock.count += piece.len() as u64;
                letters += piece.len() as u64;
                if letters > LIMIT {
                    return Err(FormProgress::TooLarge);
                }
                if let Some((_, text)) = typed.last_mut() {
                    text.extend_from_slice(&piece);
                }
            }
            continue;
        };
        // A browser sends an empty part without a name where no file was chosen.
        let Some(app) = app.filter(|_| !file.is_empty()) else {
            while let Some(piece) = clock.next(part.chunk()).await? {
                clock.count += piece.len() as u64;
            }
            continue;
        };
        if files.count() == FILES_AT_ONCE {
            came = FormProgress::FilesTooLarge;
        }
        files.begin(&file);
        while let Some(piece) = clock.next(part.chunk()).await? {
            clock.count += piece.len() as u64;
            if files.size() + piece.len() as u64 > MOST_AT_ONCE {
                came = FormProgress::FilesTooLarge;
            }
            // Too much, but read all the same: see [`DRAINED`].
            if came == FormProgress::Whole {
                let folder = app.spool();
                let so_far = std::mem::take(files);
                *files = blocking(move || so_far.with(folder, &piece)).await.map_err(|error| {
                    tracing::error!(%error, "a file could not be kept while it came in: is there room in the data folder?");
                    FormProgress::FilesTooLarge
                })?;
            }
        }
    }
    Ok(came)
}

/// A stream that gives one piece at a time: otherwise the reader of forms takes all that there is into memory.
struct StepByStep<R> {
    inner: R,
    pauses: bool,
}

impl<R: AsyncRead + Unpin> AsyncRead for StepByStep<R> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.pauses {
            self.pauses = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.inner).poll_read(context, into);
        self.pauses = read.is_ready();
        read
    }
}

/// A form of fields alone.
async fn read_plain(data: Data<'_>) -> Option<(TypedFields, FormProgress)> {
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

/// Forgets the kept form that this one was filled in from: it has been sent, and comes back with the answer if something is wrong.
async fn sent_again(request: &Request<'_>, fields: &TypedFields) {
    let visit = WebVisit::of(request).await;
    let Some((visit, session)) = visit.and_then(|visit| Some((visit, visit.session.as_ref()?))) else { return };
    let Ok(id) = fields.get("kept").parse().map(KeptFormId) else { return };
    if visit.path(request.uri()) == "/logout" {
        return;
    }
    let (app, caller) = (visit.app.clone(), sessions::caller_of(&session.user, visit.address));
    if let Err(error) = blocking(move || sessions::forget_form(&app, &caller, id)).await {
        tracing::warn!(%error, "a kept form could not be forgotten");
    }
}

/// Where kept forms come back, below Mailgate's own path.
pub(super) const KEPT_PATH: &str = "/kept/";

pub(super) fn routes() -> Vec<Route> {
    routes![show_kept]
}

/// A route for every path, with and without `PUBLIC_URL`'s.
pub(super) fn everywhere() -> Vec<Route> {
    routes![keep_form]
}

/// Whatever form somebody sends who is signed out.
#[post("/<_..>", data = "<data>", rank = 1000)]
async fn keep_form(
    _out: &SignedOut,
    visit: &WebVisit,
    uri: &Origin<'_>,
    content_type: Option<&ContentType>,
    data: Data<'_>,
) -> Result<Reply, Status> {
    // The page it was on says whose it is. Anything else is not from us.
    let Some((fields, _)) = posted_fields(content_type, data).await else { return Err(Status::Unauthorized) };
    let Some(writer) = writer(visit, &fields).await else { return Err(Status::Unauthorized) };
    let path = visit.path(uri);
    // A draft, which the page sends by itself while somebody types, need not be kept: it is still on the page.
    let by_itself = path.starts_with("/records/") && path.ends_with("/draft");
    let id = if path == "/logout" || by_itself { None } else { keep_for(visit, writer, path, &fields).await };
    let id = id.ok_or(Status::Unauthorized)?;
    Ok(Reply::go(format!("/login?next={KEPT_PATH}{id}")))
}

/// Whose page a form was on.
pub(super) async fn writer(visit: &WebVisit, fields: &TypedFields) -> Option<UserId> {
    let (app, token) = (visit.app.clone(), unmasked(fields.get("csrf_token"))?);
    blocking(move || sessions::writer(&app, &token)).await
}

/// Keeps a form that came when its sender's session had ended, or from a page that was too old. It waits behind the sign-in page
/// and is filled in again afterwards, so that nothing typed is lost; nothing is carried out by itself. None where keeping it
/// failed: the log says why.
pub(super) async fn keep_for(
    visit: &WebVisit,
    writer: UserId,
    path: String,
    fields: &TypedFields,
) -> Option<KeptFormId> {
    let app = visit.app.clone();
    let fields = fields.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let kept = blocking(move || sessions::keep_form(&app, writer, FormAsSent { path, fields })).await;
    kept.inspect_err(|error| tracing::error!(%error, "a form of somebody signed out could not be kept")).ok()
}

#[get("/kept/<id>")]
async fn show_kept(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let id = KeptFormId(id);
    let kept = visitor.run(move |app, caller| sessions::kept_form(app, caller, id)).await?;
    let said = words::text(visitor.language(), "kept-comes-back");
    match kept_again(&visitor, &kept.path, &TypedFields::of(kept.fields)).await {
        Some(page) => Ok(page?.status(Status::Ok).saying(Tone::Warning, said).kept(id)),
        // Nothing was typed there.
        None => {
            visitor.run(move |app, caller| sessions::forget_form(app, caller, id)).await?;
            Ok(Reply::go("/").flash(Tone::Warning, words::text(visitor.language(), "kept-nothing")))
        }
    }
}

// Shows a form on its page again with what was typed, for somebody who was signed out meanwhile or whose page was too old. Nothing
// is written here.

/// The page of the form that is sent to this path; None where its forms have nothing to type into.
pub(super) async fn kept_again(visitor: &Visitor<'_>, path: &str, form: &TypedFields) -> Option<PageAnswer> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["records", model, id, deed @ ..] => records::again(visitor, model, id, deed, form).await,
        ["filters", rest @ ..] => records::list::filter_again(visitor, rest, form).await,
        ["contacts", id] => Some(contacts::again(visitor, id.parse().ok()?, form).await),
        ["settings", "technical", "email", "messages", rest @ ..] => messages::again(visitor, rest, form).await,
        ["settings", "technical", "email", "incoming", rest @ ..] => servers::again(visitor, rest, form).await,
        ["settings", "technical", "email", "connections", rest @ ..] => connections::again(visitor, rest, form).await,
        ["settings", "technical", "email", "aliases", rest @ ..] => aliases::again(visitor, rest, form).await,
        ["settings", "technical", "email", "providers", rest @ ..] => providers::again(visitor, rest, form).await,
        ["settings", "records", model, rest @ ..] => categories::again(visitor, model, rest, form).await,
        ["settings", "working-days"] => Some(categories::working_days_again(visitor, form).await),
        ["settings", "teams", rest @ ..] => confidential::again(visitor, rest, form).await,
        ["settings", "users", rest @ ..] => accounts::user_again(visitor, rest, form).await,
        ["preferences", ..] => Some(accounts::own_again(visitor, form).await),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_kept_as_typed() {
        let fields = TypedFields::parse("name=Gr%C3%BC%C3%9Fe+aus&ssl=on&tag=a&tag=b&text=a%0D%0Ab");
        assert_eq!(fields.get("name"), "Grüße aus");
        assert_eq!(fields.get("text"), "a\nb");
        assert!(fields.has("ssl") && !fields.has("name2"));
        assert_eq!(fields.all("tag").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_pager_knows_its_ends_and_keeps_the_filters() {
        let pager = Pager::new("/x", &[("state", "held"), ("q", ""), ("w", "a b&c")], 2, 40, 100);
        assert_eq!((pager.first, pager.last), (41, 80));
        assert_eq!(pager.next.as_deref(), Some("/x?state=held&w=a+b%26c&page=3"));
        let empty = Pager::new("/x", &[], 1, 40, 0);
        assert_eq!((empty.first, empty.last, empty.next, empty.previous), (0, 0, None, None));
    }
}
