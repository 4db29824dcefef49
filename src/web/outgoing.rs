//! What goes out beside the pages and around them: headers that every answer gets, unless it set its own, gzip for pages, and the
//! stylesheet, scripts and icons.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use flate2::Compression;
use flate2::read::GzEncoder;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{ContentType, Header, Method};
use rocket::request::{FromRequest, Outcome};
use rocket::shield::Shield;
use rocket::{Build, Either, Request, Responder, Response, Rocket, Route, get, routes};
use rust_embed::Embed;
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::operations::App;

// Headers of pages, files, downloads, the API's answers, and errors.

/// Nothing but our own files, no inline script or style, never in a frame.
const CSP: &str = "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(&str, &str); 8] = [
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cache-Control", "no-store"),
];

/// Has every answer carry them. Rocket's own shield is put away: it would set laxer ones first, which then stay.
pub(super) fn attach(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.attach(Shield::new()).attach(SecurityHeaders)
}

/// Adds what the answer does not say itself. `Strict-Transport-Security` (RFC 6797) is sent only where people come by
/// https, and only when the setting asks for it: it binds the whole host, whatever else lives there.
pub(super) fn complete(response: &mut Response<'_>, config: &Config) {
    for (name, value) in HEADERS {
        if !response.headers().contains(name) {
            response.set_header(Header::new(name, value));
        }
    }
    if config.hsts_days > 0 && config.is_https() {
        let seconds = u64::from(config.hsts_days) * 24 * 3600;
        response.set_header(Header::new("Strict-Transport-Security", format!("max-age={seconds}")));
    }
}

struct SecurityHeaders;

#[rocket::async_trait]
impl Fairing for SecurityHeaders {
    fn info(&self) -> Info {
        Info { name: "security headers", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if let Some(app) = request.rocket().state::<Arc<App>>() {
            complete(response, &app.config);
        }
    }
}

// Pages go over the line as gzip: a list is a tenth of itself. The one secret that stands on a page beside what others
// wrote, its token for forms, is masked anew in every answer (see [`super::forms::masked`]), so that the length of a
// page tells nothing of it (BREACH). Downloads and streams are not packed.

/// Below this, a packed page takes as many packets as it would anyway (bytes).
const WORTH_IT: usize = 1_000;

/// Whether a browser takes gzip (RFC 9110, 12.5.3).
fn takes_gzip(request: &Request<'_>) -> bool {
    let wanted = request.headers().get("Accept-Encoding").flat_map(|value| value.split(','));
    wanted.into_iter().any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

pub(super) struct PackedPages;

#[rocket::async_trait]
impl Fairing for PackedPages {
    fn info(&self) -> Info {
        Info { name: "packed pages", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let is_page = response.content_type().is_some_and(|kind| kind == ContentType::HTML);
        if !is_page || response.headers().contains("Content-Encoding") {
            return;
        }
        response.adjoin_header(Header::new("Vary", "Accept-Encoding"));
        // A page is whole in memory before it is sent.
        let size = response.body().preset_size();
        if request.method() == Method::Head || !takes_gzip(request) || size.is_none_or(|size| size < WORTH_IT) {
            return;
        }
        let page = match response.body_mut().to_bytes().await {
            Ok(page) => page,
            Err(error) => return tracing::warn!(%error, "a page could not be read"),
        };
        let mut packed = Vec::with_capacity(page.len() / 4);
        match GzEncoder::new(page.as_slice(), Compression::fast()).read_to_end(&mut packed) {
            Ok(_) => {
                response.set_header(Header::new("Content-Encoding", "gzip"));
                response.set_sized_body(packed.len(), std::io::Cursor::new(packed));
            }
            Err(error) => {
                tracing::warn!(%error, "a page could not be packed");
                response.set_sized_body(page.len(), std::io::Cursor::new(page));
            }
        }
    }
}

#[derive(Embed)]
#[folder = "templates/"]
struct Templates;

#[derive(Embed)]
#[folder = "public/"]
struct Public;

/// The templates by the names that they use for each other: `users/list.html.tera` is `users/list.html`.
pub(super) fn templates() -> impl Iterator<Item = (String, String)> {
    Templates::iter().filter_map(|path| {
        let name = path.strip_suffix(".tera")?.to_owned();
        Some((name, String::from_utf8_lossy(&Templates::get(&path)?.data).into_owned()))
    })
}

/// The files by name.
static FILES: LazyLock<BTreeMap<String, AssetFile>> = LazyLock::new(|| {
    let file = |name: &str| Some((name.to_owned(), AssetFile::of(Public::get(name)?.data.into_owned())));
    Public::iter().filter_map(|name| file(&name)).collect()
});

/// The templates of pages, and their stylesheet, scripts and icons: compiled in, so that one binary works from any folder.
/// The address of a file carries a digest of all of them, so that browsers keep them for ever and still notice a new version.
struct AssetFile {
    bytes: Vec<u8>,
    /// The same as gzip, which makes a page's first visit a third as heavy.
    packed: Option<Vec<u8>>,
}

impl AssetFile {
    fn of(bytes: Vec<u8>) -> Self {
        let mut packed = Vec::new();
        let read = GzEncoder::new(bytes.as_slice(), Compression::best()).read_to_end(&mut packed);
        Self { packed: read.is_ok().then_some(packed), bytes }
    }
}

/// Ten digits that change with any file.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, file) in &*FILES {
        digest.update(name);
        digest.update(&file.bytes);
    }
    hex::encode(&digest.finalize()[..5])
});

/// The path of an asset, without the base path.
pub(super) fn asset_path(name: &str) -> String {
    format!("/static/{}/{name}", *VERSION)
}

pub(super) fn routes() -> Vec<Route> {
    routes![asset_file, favicon]
}

#[derive(Responder)]
struct Asset {
    bytes: &'static [u8],
    content_type: ContentType,
    cache: Header<'static>,
    vary: Header<'static>,
}

/// The same as gzip.
#[derive(Responder)]
struct Packed {
    asset: Asset,
    encoding: Header<'static>,
}

/// Whether the browser takes gzip.
#[derive(Clone, Copy)]
struct Gzip(bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Gzip {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Gzip(takes_gzip(request)))
    }
}

#[get("/static/<version>/<path..>")]
fn asset_file(version: &str, path: PathBuf, gzip: Gzip) -> Option<Either<Packed, Asset>> {
    let file = FILES.get(path.to_str()?)?;
    let content_type = path.extension().and_then(|extension| ContentType::from_extension(extension.to_str()?));
    // Another version's page still gets a file, but must not keep it.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let packed = file.packed.as_deref().filter(|_| gzip.0);
    let asset = Asset {
        bytes: packed.unwrap_or(&file.bytes),
        content_type: content_type.unwrap_or(ContentType::Binary),
        cache: Header::new("Cache-Control", keep),
        vary: Header::new("Vary", "Accept-Encoding"),
    };
    Some(match packed {
        Some(_) => Either::Left(Packed { asset, encoding: Header::new("Content-Encoding", "gzip") }),
        None => Either::Right(asset),
    })
}

#[get("/favicon.ico")]
fn favicon() -> Option<Asset> {
    Some(Asset {
        bytes: &FILES.get("favicon.svg")?.bytes,
        content_type: ContentType::SVG,
        cache: Header::new("Cache-Control", "public, max-age=86400"),
        vary: Header::new("Vary", "Accept-Encoding"),
    })
}
