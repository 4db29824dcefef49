//! The front: it accepts connections from the network for the web server, which has no deadlines and no limits of its own.
//!
//! It limits how many connections there are in all and from one address (`Guests`), passes on a request's header only when
//! all of it has come, ends connections that are too slow or idle (`watch`), and passes all other bytes on unchanged
//! (`relay`). Only the web server interprets requests: nothing is rewritten here, so no request can be smuggled through by
//! being read in two ways. The web server listens on any free loopback port, and asks [`Peers`] which client a connection is
//! from; a connection that did not come through the front has no client.

mod relay;
mod watch;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rocket::tokio::net::{TcpListener, TcpSocket};
use rocket::tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use rocket::tokio::time::{MissedTickBehavior, interval, sleep};
use rocket::tokio::{select, spawn};

use crate::descriptors;
use crate::domain::words::Complaint;
use relay::Relay;

/// The most connections from one address at a time: an office can be behind one address, and a browser opens up to six.
const PER_ADDRESS: usize = 64;
/// The most connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// The bytes of an answer that the system buffers for a client (it uses twice as much). Few, so that a client that does not
/// read is noticed early and costs little.
const SEND_BUFFER: u32 = 128 << 10;
/// The pause in which replaced connections close before further ones are accepted.
const STEP_ASIDE: Duration = Duration::from_millis(1);
/// The pause after accepting a connection failed: other connections may be closed meanwhile.
const PAUSE: Duration = Duration::from_millis(200);

/// The open port; it does not accept connections yet.
pub struct Front {
    listener: TcpListener,
    guests: Arc<Guests>,
    peers: Peers,
}

impl Front {
    /// Opens the port; must be called within a runtime. Limits the open connections to `connections` in all and to
    /// `PER_ADDRESS` from one address, except from the `trusted` proxy, through which all clients come.
    pub fn open(address: SocketAddr, connections: usize, trusted: Option<IpAddr>, peers: Peers) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        // Accepted connections inherit it from the listener.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(address)?;
        let per_address = PER_ADDRESS.min(connections.div_ceil(2));
        Ok(Self { listener: socket.listen(BACKLOG)?, guests: Guests::new(connections, per_address, trusted), peers })
    }

    /// Passes connections on to the web server at `inner` until `end` resolves; those that are open then end with the web
    /// server.
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

/// The connections that one browser opens: whoever has no more than this counts as having as few as anybody.
const FEW: usize = 6;
/// How many refused connections get an answer at a time; others are just closed.
const TOLD_AT_ONCE: usize = 32;

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    /// Its address has the most connections allowed already.
    Address,
    /// All connections allowed are open, and all of them are busy.
    House,
}

/// What a connection is doing; the lowest is ended first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum SeatRank {
    /// It has sent no request, or only a part of a header.
    Waits,
    /// It sends or reads so slowly that it will be ended if that goes on.
    Dawdles,
    /// It has its answer and will send no more: it ends by itself, and does not count for its address.
    Leaves,
    Works,
}

/// The open connections, limited in all and for each address. When there are as many as allowed, a new connection replaces
/// one that only waits or dawdles: one of the same address if that has its share, so that a single slow program does not
/// lock out all of its office; otherwise the oldest one of the address with the most.
struct Guests {
    most: usize,
    most_of_address: usize,
    trusted: Option<IpAddr>,
    inside: Mutex<Inside>,
    told: Arc<Semaphore>,
    told_at_once: usize,
}

#[derive(Default)]
struct Inside {
    count: usize,
    /// The connections that were replaced and are not closed yet.
    leaving: usize,
    by_address: HashMap<IpAddr, Vec<Arc<Guest>>>,
}

struct Guest {
    since: Instant,
    standing: AtomicU8,
    leave: Notify,
}

impl Guests {
    fn new(most: usize, most_of_address: usize, trusted: Option<IpAddr>) -> Arc<Self> {
        let trusted = trusted.map(|address| address.to_canonical());
        let told_at_once = TOLD_AT_ONCE.min(most / 2).max(1);
        let told = Arc::new(Semaphore::new(told_at_once));
        Arc::new(Self { most, most_of_address, trusted, inside: Mutex::default(), told, told_at_once })
    }

    /// Whether too many replaced connections are not closed yet: each still has a descriptor.
    fn block_the_door(&self) -> bool {
        self.inside.lock().leaving >= self.told_at_once
    }

    /// A seat, which counts until it is dropped; or why there is none, with a permit if the client should be told.
    fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Seat, (Full, Option<OwnedSemaphorePermit>)> {
        let key = household(address);
        let refused = |full| Err((full, self.told.clone().try_acquire_owned().ok()));
        let mut inside = self.inside.lock();
        let has_its_share = inside.held_by(key) >= self.most_of_address && Some(address) != self.trusted;
        if has_its_share && !inside.make_room_of(key) {
            return refused(Full::Address);
        }
        if inside.count >= self.most && !inside.make_room() {
            return refused(Full::House);
        }
        let standing = AtomicU8::new(SeatRank::Waits as u8);
        let guest = Arc::new(Guest { since: Instant::now(), standing, leave: Notify::default() });
        inside.count += 1;
        inside.by_address.entry(key).or_default().push(guest.clone());
        Ok(Seat { guests: self.clone(), key, guest })
    }
}

impl Inside {
    /// The connections of an address that count.
    fn held_by(&self, key: IpAddr) -> usize {
        let counts = |guest: &&Arc<Guest>| guest.standing() != SeatRank::Leaves as u8;
        self.by_address.get(&key).map_or(0, |guests| guests.iter().filter(counts).count())
    }

    /// Ends a connection that waits, otherwise one that dawdles, of the address with the most.
    fn make_room(&mut self) -> bool {
        let candidates = self.by_address.iter().filter_map(|(key, guests)| {
            let guest = dispensable(guests)?;
            Some((*key, (guest.standing(), Reverse(guests.len().max(FEW)), guest.since), guest.clone()))
        });
        let Some((key, _, guest)) = candidates.min_by_key(|(_, order, _)| *order) else { return false };
        self.send_away(key, &guest);
        true
    }

    /// The same for the connections of one address.
    fn make_room_of(&mut self, key: IpAddr) -> bool {
        let chosen = self.by_address.get(&key).and_then(|guests| dispensable(guests)).cloned();
        let Some(guest) = chosen else { return false };
        self.send_away(key, &guest);
        true
    }

    fn send_away(&mut self, key: IpAddr, guest: &Arc<Guest>) {
        self.remove(key, guest);
        self.leaving += 1;
        guest.leave.notify_one();
    }

    /// Returns false where it was removed before.
    fn remove(&mut self, key: IpAddr, guest: &Arc<Guest>) -> bool {
        let Some(guests) = self.by_address.get_mut(&key) else { return false };
        let before = guests.len();
        guests.retain(|one| !Arc::ptr_eq(one, guest));
        let removed = before - guests.len();
        self.count -= removed;
        if guests.is_empty() {
            self.by_address.remove(&key);
        }
        removed > 0
    }
}

/// The connection to end first, the oldest among equals; None where all are busy.
fn dispensable(guests: &[Arc<Guest>]) -> Option<&Arc<Guest>> {
    guests.iter().filter(|guest| guest.standing() <= SeatRank::Dawdles as u8).min_by_key(|guest| guest.standing())
}

impl Guest {
    fn standing(&self) -> u8 {
        self.standing.load(Ordering::Relaxed)
    }
}

/// The place of one open connection.
struct Seat {
    guests: Arc<Guests>,
    key: IpAddr,
    guest: Arc<Guest>,
}

impl Seat {
    fn stand(&self, standing: SeatRank) {
        self.guest.standing.store(standing as u8, Ordering::Relaxed);
    }

    /// Resolves when another connection replaces this one.
    async fn taken(&self) {
        self.guest.leave.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.guests.inside.lock();
        if !inside.remove(self.key, &self.guest) {
            inside.leaving -= 1;
        }
    }
}

/// The address that connections are counted for: with IPv6 one client has 2^64 addresses, so all of one /64 count as one.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

// Which client each connection to the web server is from.

/// Maps the front's address of a connection to the web server to the address of the client. Cheap to clone.
#[derive(Clone, Default)]
pub struct Peers(Arc<Mutex<HashMap<SocketAddr, SocketAddr>>>);

impl Peers {
    /// The client of the connection from `front`; None where it did not come from the front.
    pub fn client_of(&self, front: SocketAddr) -> Option<SocketAddr> {
        self.0.lock().get(&front).copied()
    }

    /// Registers the client before anything is sent; dropping the result, before the connection is closed, removes it.
    fn introduce(&self, front: SocketAddr, client: SocketAddr) -> Introduced {
        self.0.lock().insert(front, client);
        Introduced { peers: self.clone(), front }
    }
}

struct Introduced {
    peers: Peers,
    front: SocketAddr,
}

impl Drop for Introduced {
    fn drop(&mut self) {
        self.peers.0.lock().remove(&self.front);
    }
}

// The log of connections that were refused: their number once a minute, instead of a line for each.

const TELL_EVERY: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Log(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    of_one_address: u64,
    in_all: u64,
    refusals_told: Option<Instant>,
    without_descriptor: u64,
    failures_told: Option<Instant>,
}

impl Log {
    fn refused(&self, full: Full) {
        let mut counts = self.0.lock();
        match full {
            Full::Address => counts.of_one_address += 1,
            Full::House => counts.in_all += 1,
        }
    }

    /// Accepting a connection, or passing it on.
    fn failed(&self, error: &io::Error) {
        match descriptors::ran_out(error) {
            true => self.0.lock().without_descriptor += 1,
            // A client that closed its connection before it was accepted.
            false => tracing::debug!(%error, "a connection failed"),
        }
    }

    /// Logs the numbers, if a minute has passed.
    fn tell(&self) {
        let is_due = |told: Option<Instant>| told.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        let mut counts = self.0.lock();
        let Counts { of_one_address, in_all, .. } = *counts;
        if of_one_address + in_all > 0 && is_due(counts.refusals_told) {
            tracing::warn!(of_one_address, in_all, "connections were refused: too many of one address, or in all");
            (counts.of_one_address, counts.in_all, counts.refusals_told) = (0, 0, Some(Instant::now()));
        }
        if counts.without_descriptor > 0 && is_due(counts.failures_told) {
            let Complaint { what: words, remedy } = descriptors::exhausted();
            tracing::error!(times = counts.without_descriptor, "connections could not be taken. {words} {remedy}");
            (counts.without_descriptor, counts.failures_told) = (0, Some(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_address_gets_no_more_than_its_share_unless_it_is_the_proxy() {
        let guests = Guests::new(10, 2, Some(address(9)));
        let busy = |address| {
            let seat = guests.admit(address).ok().unwrap();
            seat.stand(SeatRank::Works);
            seat
        };
        let seats: Vec<Seat> = (0..2).map(|_| busy(address(1))).collect();
        assert_eq!(guests.admit(address(1)).err().unwrap().0, Full::Address);
        let _other = busy(address(2));
        let proxy: Vec<Seat> = (0..5).map(|_| guests.admit(address(9)).ok().unwrap()).collect();
        drop(seats);
        assert!(guests.admit(address(1)).is_ok());
        drop(proxy);
        // A household has as many addresses of IPv6 as it likes.
        let six = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let _seats: Vec<Seat> = (0..2).map(|last| busy(six(last))).collect();
        assert_eq!(guests.admit(six(7)).err().unwrap().0, Full::Address);
        let mapped: IpAddr = "::ffff:192.0.2.2".parse().unwrap();
        let second = busy(mapped);
        assert_eq!(guests.admit(address(2)).err().unwrap().0, Full::Address, "the same address in another form");
        // Who has its answer and says no more is as good as gone.
        second.stand(SeatRank::Leaves);
        let _third = busy(address(2));
        assert_eq!(guests.admit(address(2)).err().unwrap().0, Full::Address);
    }

    #[test]
    fn an_address_that_only_waits_gives_its_own_seats_to_its_next_one() {
        let guests = Guests::new(10, 2, None);
        let [idle, busy] = [0, 1].map(|_| guests.admit(address(1)).ok().unwrap());
        busy.stand(SeatRank::Works);
        let next = guests.admit(address(1)).ok().unwrap();
        next.stand(SeatRank::Works);
        assert_eq!(guests.inside.lock().leaving, 1, "the idle one was sent away");
        assert_eq!(guests.admit(address(1)).err().unwrap().0, Full::Address);
        drop(idle);
        let inside = guests.inside.lock();
        assert_eq!((inside.leaving, inside.count), (0, 2));
    }

    #[test]
    fn who_waits_gives_way_to_a_newcomer_and_who_works_does_not() {
        let guests = Guests::new(4, 3, None);
        let greedy: Vec<Seat> = (0..3).map(|_| guests.admit(address(1)).ok().unwrap()).collect();
        let modest = guests.admit(address(2)).ok().unwrap();
        for seat in &greedy {
            seat.stand(SeatRank::Works);
        }
        modest.stand(SeatRank::Works);
        assert_eq!(guests.admit(address(3)).err().unwrap().0, Full::House);
        greedy[1].stand(SeatRank::Dawdles);
        let _newcomer = guests.admit(address(3)).ok().unwrap();
        assert_eq!(guests.inside.lock().count, 4);
        drop(greedy);
        assert_eq!(guests.inside.lock().count, 2, "a seat that was taken is not given back twice");
        assert_eq!(guests.inside.lock().leaving, 0);
        // Who only waits leaves before who dawdles, however much either holds.
        modest.stand(SeatRank::Dawdles);
        let _second = guests.admit(address(2)).ok().unwrap();
        let _a = guests.admit(address(4)).ok().unwrap();
        let _b = guests.admit(address(5)).ok().unwrap();
        let inside = guests.inside.lock();
        assert_eq!(inside.by_address[&address(2)].len(), 2);
        assert!(!inside.by_address.contains_key(&address(3)), "the oldest of those who wait");
    }

    #[test]
    fn among_those_who_wait_whoever_holds_many_leaves_first() {
        let guests = Guests::new(12, 12, None);
        let _few: Vec<Seat> = (0..3).map(|_| guests.admit(address(1)).ok().unwrap()).collect();
        let _many: Vec<Seat> = (0..9).map(|_| guests.admit(address(2)).ok().unwrap()).collect();
        let _newcomer = guests.admit(address(3)).ok().unwrap();
        let held = |last: u8| guests.inside.lock().by_address[&address(last)].len();
        assert_eq!((held(1), held(2)), (3, 8));
    }
}
