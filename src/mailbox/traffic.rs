//! How much moves between Mailgate and one mail server, where that is limited: what all connections of an incoming server
//! read and write is paid for from one purse, and who has spent more than is in it waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::domain::id::ServerId;
use crate::domain::server::IncomingServer;

/// The purses of all incoming servers of this process; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<HashMap<ServerId, Arc<Meter>>>>);

impl Traffic {
    /// What the connections of this server share; None where its traffic is not limited.
    pub(super) fn of(&self, server: &IncomingServer) -> Option<Arc<Meter>> {
        let mut meters = self.0.lock();
        if server.traffic_kb_s == 0 {
            meters.remove(&server.id);
            return None;
        }
        let rate = u64::from(server.traffic_kb_s) * 1000;
        // With another limit there is another purse: connections that are open go on with what they have.
        let meter = meters.entry(server.id).or_insert_with(|| Meter::new(rate));
        if meter.rate != rate {
            *meter = Meter::new(rate);
        }
        Some(meter.clone())
    }
}

/// Bytes a second that may move.
#[derive(Debug)]
pub(super) struct Meter {
    rate: u64,
    /// Until when what has moved takes.
    paid_until: Mutex<Instant>,
}

impl Meter {
    fn new(rate: u64) -> Arc<Self> {
        Arc::new(Self { rate, paid_until: Mutex::new(Instant::now()) })
    }

    /// What is read at once at most, in bytes: what may move in a tenth of a second.
    pub(super) fn at_once(&self) -> usize {
        usize::try_from(self.rate / 10).unwrap_or(usize::MAX).max(256)
    }

    /// So many bytes have moved: returns when more may.
    pub(super) fn spend(&self, bytes: usize) {
        let wait = self.wait(Instant::now(), bytes);
        if !wait.is_zero() {
            sleep(wait);
        }
    }

    fn wait(&self, at: Instant, bytes: usize) -> Duration {
        let mut paid_until = self.paid_until.lock();
        *paid_until = (*paid_until).max(at) + Duration::from_secs_f64(bytes as f64 / self.rate as f64);
        paid_until.saturating_duration_since(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::SettingsObject;

    #[test]
    fn all_connections_of_a_server_share_its_limit_and_others_have_none() {
        let traffic = Traffic::default();
        let limited = IncomingServer { id: ServerId(1), traffic_kb_s: 16, ..IncomingServer::blank() };
        let (one, other) = (traffic.of(&limited).unwrap(), traffic.of(&limited).unwrap());
        let at = Instant::now() + Duration::from_secs(1);
        assert_eq!(one.wait(at, 16_000).as_millis(), 1_000);
        assert_eq!(other.wait(at, 8_000).as_millis(), 1_500, "what the one has spent");
        let later = at + Duration::from_secs(10);
        assert_eq!(one.wait(later, 1_600).as_millis(), 100, "nothing is saved up");
        assert!(traffic.of(&IncomingServer { id: ServerId(2), traffic_kb_s: 0, ..limited.clone() }).is_none());
        let more = traffic.of(&IncomingServer { traffic_kb_s: 32, ..limited }).unwrap();
        assert_eq!(more.wait(later, 32_000).as_millis(), 1_000);
    }
}
