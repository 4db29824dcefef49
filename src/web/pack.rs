//! Pages go over the line as gzip: a list is a tenth of itself. The one secret that stands on a page beside what others
//! wrote, its token for forms, is masked anew in every answer (see [`super::csrf::masked`]), so that the length of a page
//! tells nothing of it (BREACH). Downloads and streams are not packed.

use std::io::Read;

use flate2::Compression;
use flate2::read::GzEncoder;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{ContentType, Header, Method};
use rocket::{Request, Response};

/// Below this, a packed page takes as many packets as it would anyway (bytes).
const WORTH_IT: usize = 1_000;

/// Whether a browser takes gzip (RFC 9110, 12.5.3).
pub(super) fn takes_gzip(request: &Request<'_>) -> bool {
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
