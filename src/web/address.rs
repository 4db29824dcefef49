//! Where a request comes from: the socket's address, or what the one trusted proxy says; and whether there is a proxy that
//! nobody told of.

use std::net::IpAddr;
use std::sync::Arc;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::tokio::task::spawn_blocking;
use rocket::{Request, Response};

use crate::config::Config;
use crate::operations::{App, proxy};

/// The client's address: see [`Config::client_address`].
pub fn of(request: &Request<'_>, config: &Config) -> Option<IpAddr> {
    config.client_address(request.remote().map(|remote| remote.ip()), |name| request.headers().get(name).last())
}

/// Looks at each request, of pages and API, until one shows a proxy: see [`proxy`].
pub struct UnknownProxy(pub Arc<App>);

#[rocket::async_trait]
impl Fairing for UnknownProxy {
    fn info(&self) -> Info {
        Info { name: "unknown proxy", kind: Kind::Response }
    }

    /// Beside the answer: by then the request has its true peer, whoever passed it on within this process.
    async fn on_response<'r>(&self, request: &'r Request<'_>, _: &mut Response<'r>) {
        let (app, headers) = (&self.0, request.headers());
        let Some(peer) = request.remote().map(|remote| remote.ip()) else { return };
        let forwarded = ["X-Forwarded-For", "X-Real-IP", "Forwarded"].iter().any(|name| headers.contains(name));
        let named = request.host().is_some_and(|host| names(&app.config, host.domain().as_str()));
        let page = headers.get_one("Accept").is_some_and(|accept| accept.contains("text/html"));
        if app.proxy.shows_proxy(&app.config, proxy::RequestPath { peer, forwarded, public_page: named && page }) {
            let app = app.clone();
            spawn_blocking(move || proxy::tell(&app, peer));
        }
    }
}

/// Whether this is the host of `PUBLIC_URL`, and not a name of this machine for itself.
fn names(config: &Config, host: &str) -> bool {
    let public =
        config.public_url.split_once("://").map_or("", |(_, rest)| rest.split(['/', ':']).next().unwrap_or(""));
    let own = public.is_empty() || public == "localhost" || public.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    !own && public.eq_ignore_ascii_case(host)
}
