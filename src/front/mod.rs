//! The front: what stands between the network and the web server, which has no deadlines and no limits of its own.
//!
//! It accepts connections, so many at once and so many of one address (`guests`), holds each request's header back
//! until it is whole, ends who is too slow or idle (`watch`), and passes everything else on byte for byte (`relay`).
//! Requests are read by the web server alone: as nothing is rewritten here, there are no two readings that a smuggled
//! request could fall between. The web server listens on a loopback port of its own choosing, and knows from [`Peers`]
//! whose connection each is; one that did not come through the front is nobody's.

mod guests;
mod relay;
mod watch;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rocket::tokio::net::{TcpListener, TcpSocket};
use rocket::tokio::time::{MissedTickBehavior, interval, sleep};
use rocket::tokio::{select, spawn};

pub use guests::Peers;
use guests::{Guests, Log};
use relay::Relay;

/// Connections of one address at once: an office behind one address has them, and each browser up to six.
const PER_ADDRESS: usize = 64;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// How much of an answer the system takes for a client beforehand, in bytes (it uses twice as much). Small, so that who
/// does not read is noticed, and costs little.
const SEND_BUFFER: u32 = 128 << 10;
/// How long those get who have to leave first.
const STEP_ASIDE: Duration = Duration::from_millis(1);
/// How long nothing is accepted after that failed: connections may be closed meanwhile.
const PAUSE: Duration = Duration::from_millis(200);

/// The open port, on which nothing is accepted yet.
pub struct Front {
    listener: TcpListener,
    guests: Arc<Guests>,
    peers: Peers,
}

impl Front {
    /// Opens the port; within a runtime. At most `connections` are open at once, and of one address `PER_ADDRESS`, unless
    /// it is the `trusted` proxy's, behind which everybody is.
    pub fn open(address: SocketAddr, connections: usize, trusted: Option<IpAddr>, peers: Peers) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        // Those that are accepted have it from the listener.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(address)?;
        let per_address = PER_ADDRESS.min(connections.div_ceil(2));
        Ok(Self { listener: socket.listen(BACKLOG)?, guests: Guests::new(connections, per_address, trusted), peers })
    }

    /// Passes on to the web server at `inner` whatever comes, until `end` resolves; connections end with the web server.
    pub async fn serve(self, inner: SocketAddr, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        let log = Arc::new(Log::default());
        let mut tick = interval(Duration::from_secs(5));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            while self.guests.block_the_door() {
                sleep(STEP_ASIDE).await;
            }
            let accepted = select! {
                () = &mut end => break,
                _ = tick.tick() => {
                    log.tell();
                    continue;
                }
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((client, peer)) => {
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    match self.guests.admit(peer.ip()) {
                        Ok(seat) => {
                            let (peers, log) = (self.peers.clone(), log.clone());
                            spawn(Relay { client, peer, seat, inner, peers, log }.run());
                        }
                        Err((full, place)) => {
                            log.refused(full);
                            if let Some(place) = place {
                                spawn(relay::turn_away(client, full, place));
                            }
                        }
                    }
                }
                Err(error) => {
                    log.failed(&error);
                    sleep(PAUSE).await;
                }
            }
            log.tell();
        }
    }
}
