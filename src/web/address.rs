//! Where a request comes from: the socket's address, or what the one trusted proxy says.

use std::net::IpAddr;

use rocket::Request;

use crate::config::Config;

/// The client's address: see [`Config::client_address`].
pub fn of(request: &Request<'_>, config: &Config) -> Option<IpAddr> {
    let headers = request.headers();
    config.client_address(
        request.remote().map(|remote| remote.ip()),
        headers.get_one("X-Real-IP"),
        headers.get("X-Forwarded-For").last(),
    )
}
