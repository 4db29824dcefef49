//! Where a request comes from: the socket's address, or what the one trusted proxy says.

use std::net::IpAddr;

use rocket::Request;

use crate::config::Config;

/// The client's address. A header is believed only when the trusted proxy itself sent the request; of
/// `X-Forwarded-For` its last entry, which that proxy added.
pub fn of(request: &Request<'_>, config: &Config) -> Option<IpAddr> {
    let socket = request.remote().map(|remote| remote.ip().to_canonical());
    if socket.is_none() || socket != config.trusted_proxy.map(|proxy| proxy.to_canonical()) {
        return socket;
    }
    let real = request.headers().get_one("X-Real-IP").map(str::to_owned);
    let forwarded = || {
        let last = request.headers().get("X-Forwarded-For").last()?;
        Some(last.rsplit(',').next()?.to_owned())
    };
    real.or_else(forwarded).and_then(|text| text.trim().parse().ok()).or(socket)
}
