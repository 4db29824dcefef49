//! The templates of pages, and their stylesheet, scripts and icons: compiled in, so that one binary works from any folder.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::read::GzEncoder;
use rocket::http::{ContentType, Header};
use rocket::request::{FromRequest, Outcome};
use rocket::{Either, Request, Responder, Route, get, routes};
use rust_embed::Embed;
use sha2::{Digest, Sha256};

use super::outgoing::takes_gzip;

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

/// A file of `public/`. Its address carries a digest of all of them, so that browsers keep it for ever and still notice a new
/// version.
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
