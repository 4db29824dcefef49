//! Stylesheet, scripts and icons, embedded. Their address carries a digest of all of them, so that browsers keep
//! them for ever and still notice a new version.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::LazyLock;

use rocket::http::{ContentType, Header};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Either, Responder, Route, get, routes};
use sha2::{Digest, Sha256};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}
pub use embedded::TEMPLATES;

/// Ten digits that change with any asset.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, bytes, _) in embedded::ASSETS {
        digest.update(name);
        digest.update(bytes);
    }
    hex::encode(&digest.finalize()[..5])
});

/// The path of an asset, without the base path.
pub fn path(name: &str) -> String {
    format!("/static/{}/{name}", *VERSION)
}

pub fn routes() -> Vec<Route> {
    routes![file, favicon]
}

#[derive(Responder)]
struct Asset {
    bytes: &'static [u8],
    content_type: ContentType,
    cache: Header<'static>,
    vary: Header<'static>,
}

/// The same as gzip. Only files are packed: a page holds tokens, whose length would tell of them (BREACH).
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
        let wanted = request.headers().get("Accept-Encoding").flat_map(|value| value.split(','));
        Outcome::Success(Gzip(wanted.into_iter().any(|encoding| encoding.trim() == "gzip")))
    }
}

#[get("/static/<version>/<path..>")]
fn file(version: &str, path: PathBuf, gzip: Gzip) -> Option<Either<Packed, Asset>> {
    let (_, bytes, packed) = embedded::ASSETS.iter().find(|(name, ..)| path.as_os_str() == *name)?;
    let content_type = path.extension().and_then(|extension| ContentType::from_extension(extension.to_str()?));
    // Another version's page still gets a file, but must not keep it.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let asset = Asset {
        bytes: if gzip.0 { packed } else { bytes },
        content_type: content_type.unwrap_or(ContentType::Binary),
        cache: Header::new("Cache-Control", keep),
        vary: Header::new("Vary", "Accept-Encoding"),
    };
    Some(if gzip.0 {
        Either::Left(Packed { asset, encoding: Header::new("Content-Encoding", "gzip") })
    } else {
        Either::Right(asset)
    })
}

#[get("/favicon.ico")]
fn favicon() -> Option<Asset> {
    let (_, bytes, _) = embedded::ASSETS.iter().find(|(name, ..)| *name == "favicon.svg")?;
    Some(Asset {
        bytes,
        content_type: ContentType::SVG,
        cache: Header::new("Cache-Control", "public, max-age=86400"),
        vary: Header::new("Vary", "Accept-Encoding"),
    })
}
