//! Stylesheet, scripts and icons, embedded. Their address carries a digest of all of them, so that browsers keep
//! them for ever and still notice a new version.

use std::path::PathBuf;
use std::sync::LazyLock;

use rocket::http::{ContentType, Header};
use rocket::{Responder, Route, get, routes};
use sha2::{Digest, Sha256};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}
pub use embedded::TEMPLATES;

/// Ten digits that change with any asset.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, bytes) in embedded::ASSETS {
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
}

#[get("/static/<version>/<path..>")]
fn file(version: &str, path: PathBuf) -> Option<Asset> {
    let (_, bytes) = embedded::ASSETS.iter().find(|(name, _)| path.as_os_str() == *name)?;
    let content_type = path.extension().and_then(|extension| ContentType::from_extension(extension.to_str()?));
    // Another version's page still gets a file, but must not keep it.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    Some(Asset {
        bytes,
        content_type: content_type.unwrap_or(ContentType::Binary),
        cache: Header::new("Cache-Control", keep),
    })
}

#[get("/favicon.ico")]
fn favicon() -> Option<Asset> {
    let (_, bytes) = embedded::ASSETS.iter().find(|(name, _)| *name == "favicon.svg")?;
    Some(Asset { bytes, content_type: ContentType::SVG, cache: Header::new("Cache-Control", "public, max-age=86400") })
}
