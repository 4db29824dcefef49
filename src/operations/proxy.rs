//! Notices a proxy that nobody told Mailgate of (`TRUSTED_PROXY`): then everybody seems to come from its address, and one
//! who guesses passwords slows all others down.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

use super::{App, OperationError, require};
use crate::config::Config;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::words::Sentence;
use crate::say;
use crate::store::settings;

/// Where the peer's address stands, so that `mailgate check` knows of it too.
const SETTING: &str = "unknown_proxy";
/// Requests in a row with such a header before a public address is taken for a proxy: anybody can send one.
const IN_A_ROW: u32 = 20;

/// What was seen since the start.
#[derive(Debug, Default)]
pub struct ProxyWatch {
    noticed: AtomicBool,
    last: Mutex<Option<IpAddr>>,
    row: AtomicU32,
}

/// What a request tells of the way it took.
#[derive(Debug, Clone, Copy)]
pub struct RequestPath {
    /// The socket's other end.
    pub peer: IpAddr,
    /// It carries `X-Forwarded-For`, `X-Real-IP` or `Forwarded`.
    pub forwarded: bool,
    /// A browser asks for a page under the name that `PUBLIC_URL` has.
    pub public_page: bool,
}

impl ProxyWatch {
    /// Whether this request is the first that shows a proxy; true once.
    pub fn shows_proxy(&self, config: &Config, way: RequestPath) -> bool {
        let peer = way.peer.to_canonical();
        if self.noticed.load(Ordering::Relaxed) || config.trusted_proxy.map(|known| known.to_canonical()) == Some(peer)
        {
            return false;
        }
        let silent = config.trusted_proxy.is_none() && way.public_page && peer.is_loopback();
        let shows = match way.forwarded {
            true => is_ours(peer) || self.in_a_row(peer),
            false => {
                self.row.store(0, Ordering::Relaxed);
                silent
            }
        };
        shows && !self.noticed.swap(true, Ordering::Relaxed)
    }

    fn in_a_row(&self, peer: IpAddr) -> bool {
        let mut last = self.last.lock();
        if last.replace(peer) != Some(peer) {
            self.row.store(0, Ordering::Relaxed);
        }
        self.row.fetch_add(1, Ordering::Relaxed) + 1 >= IN_A_ROW
    }
}

/// On this machine or in its network, where proxies stand.
fn is_ours(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private() || peer.is_link_local(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
    }
}

/// Says it in the log, and remembers it for the pages and for `mailgate check`.
pub fn tell(app: &App, peer: IpAddr) {
    let peer = peer.to_canonical();
    tracing::warn!(%peer, "{}", words(&peer.to_string()));
    let written = app.store.write(|db| Ok::<_, OperationError>(settings::set(db, SETTING, &peer.to_string())?));
    if let Err(error) = written {
        tracing::warn!(%error, "what was noticed of a proxy could not be kept");
    }
}

/// At the start of `serve`: what was noticed before may be mended.
pub fn forget(app: &App) -> Result<(), OperationError> {
    app.store.write(|db| Ok(settings::delete(db, SETTING)?))
}

/// The address of a proxy that was noticed; nothing for others than administrators.
pub fn noticed(app: &App, caller: &Caller) -> Result<Option<String>, OperationError> {
    if !caller.may(Right::Read, Object::Installation) {
        return Ok(None);
    }
    app.store.read(|db| Ok(settings::get(db, SETTING)?))
}

/// As [`noticed`], in a sentence with its remedy.
pub fn warning(app: &App, caller: &Caller) -> Result<Option<Sentence>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-check-the-installation"))?;
    Ok(noticed(app, caller)?.map(|peer| words(&peer)))
}

fn words(peer: &str) -> Sentence {
    say!("proxy-unknown", peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(peer: &str, forwarded: bool, public_page: bool) -> RequestPath {
        RequestPath { peer: peer.parse().unwrap(), forwarded, public_page }
    }

    #[test]
    fn a_proxy_is_noticed_once_and_a_header_of_a_stranger_is_none() {
        let open = Config::default();
        let watch = ProxyWatch::default();
        assert!(!watch.shows_proxy(&open, way("127.0.0.1", false, false)));
        assert!((0..19).all(|_| !watch.shows_proxy(&open, way("203.0.113.1", true, false))));
        assert!(!watch.shows_proxy(&open, way("203.0.113.2", true, false)), "another one begins anew");
        assert!(watch.shows_proxy(&open, way("172.17.0.1", true, false)));
        assert!(!watch.shows_proxy(&open, way("172.17.0.1", true, false)), "once");
        assert!(ProxyWatch::default().shows_proxy(&open, way("::ffff:127.0.0.1", false, true)));
        let watch = ProxyWatch::default();
        assert!((0..20).any(|_| watch.shows_proxy(&open, way("203.0.113.1", true, false))));
        let known = Config { trusted_proxy: Some([127, 0, 0, 1].into()), ..Config::default() };
        assert!(!ProxyWatch::default().shows_proxy(&known, way("127.0.0.1", true, true)));
        assert!(ProxyWatch::default().shows_proxy(&known, way("10.0.0.1", true, false)), "not the one that is known");
    }
}
