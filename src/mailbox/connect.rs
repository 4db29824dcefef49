//! Finding a host and reaching it: every address is tried, and nothing waits longer than its limit.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::descriptors;
use crate::domain::reach;
use crate::domain::server::{Host, Port};
use crate::domain::words::Sentence;
use crate::{complain, say};

use super::traffic::Meter;
use super::{MailboxError, MailboxProblem, STEADY, SessionLimits};

/// When the present command has to end; shared by all layers of one connection.
#[derive(Debug)]
pub(super) struct Clock {
    limits: SessionLimits,
    start: Instant,
    /// Milliseconds after `start`, as the next two.
    deadline: AtomicU64,
    /// The present command ends by then however well it goes.
    last: AtomicU64,
    /// Since when `moved` is counted.
    since: AtomicU64,
    moved: AtomicU64,
}

impl Clock {
    pub(super) fn new(limits: SessionLimits) -> Arc<Self> {
        let (deadline, last, since, moved) = Default::default();
        let clock = Self { limits, start: Instant::now(), deadline, last, since, moved };
        clock.begin();
        Arc::new(clock)
    }

    /// Gives the next command its whole time.
    pub(super) fn begin(&self) {
        let now = self.start.elapsed();
        let until = self.limits.until.map_or(u64::MAX, |until| millis(until.saturating_duration_since(self.start)));
        self.deadline.store(millis(now + self.limits.command).min(until), Ordering::Relaxed);
        self.last.store(millis(now + self.limits.longest).min(until), Ordering::Relaxed);
        self.since.store(millis(now), Ordering::Relaxed);
        self.moved.store(0, Ordering::Relaxed);
    }

    /// So many bytes have moved. A command goes on for as long as enough of them do, [`SessionLimits::longest`] at most.
    pub(super) fn moved(&self, bytes: usize) {
        let now = self.start.elapsed();
        let moved = self.moved.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        let since = Duration::from_millis(self.since.load(Ordering::Relaxed));
        let late = now.saturating_sub(since) > self.limits.steady;
        if moved >= STEADY && !late {
            let end = millis(now + self.limits.steady).min(self.last.load(Ordering::Relaxed));
            self.deadline.fetch_max(end, Ordering::Relaxed);
        }
        if moved >= STEADY || late {
            self.since.store(millis(now), Ordering::Relaxed);
            self.moved.store(0, Ordering::Relaxed);
        }
    }

    /// Leaves the present command this much time at most.
    pub(super) fn hurry(&self, wait: Duration) {
        self.deadline.fetch_min(millis(self.start.elapsed() + wait), Ordering::Relaxed);
    }

    /// Time left for the present command; zero when it is over.
    pub(super) fn left(&self) -> Duration {
        Duration::from_millis(self.deadline.load(Ordering::Relaxed)).saturating_sub(self.start.elapsed())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A TCP connection on which no read or write waits longer than `SessionLimits::read`, nor beyond its clock.
#[derive(Debug)]
pub(super) struct Socket {
    tcp: Arc<TcpStream>,
    clock: Arc<Clock>,
    /// Where what moves is limited.
    traffic: Option<Arc<Meter>>,
    /// The time limit that the kernel has now.
    armed: Duration,
    /// Nothing waits at all: what is not there yet is `WouldBlock`.
    at_rest: bool,
}

impl Socket {
    /// For whoever looks whether something has come.
    pub(super) fn tcp(&self) -> Arc<TcpStream> {
        self.tcp.clone()
    }

    /// Whether reads and writes wait, as they do from the start.
    pub(super) fn rest(&mut self, at_rest: bool) -> io::Result<()> {
        self.tcp.set_nonblocking(at_rest)?;
        self.at_rest = at_rest;
        Ok(())
    }

    fn arm(&mut self) -> io::Result<()> {
        let wait = self.clock.left().min(self.clock.limits.read);
        if wait.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if wait != self.armed {
            self.tcp.set_read_timeout(Some(wait))?;
            self.tcp.set_write_timeout(Some(wait))?;
            self.armed = wait;
        }
        Ok(())
    }

    fn spend(&self, bytes: usize) {
        // Who waits for mail moves next to nothing, and holds up nobody.
        if let Some(traffic) = self.traffic.as_ref().filter(|_| !self.at_rest) {
            traffic.spend(bytes);
        }
    }

    fn timed<T>(&mut self, mut io: impl FnMut(&mut &TcpStream) -> io::Result<T>) -> io::Result<T> {
        if self.at_rest {
            return io(&mut &*self.tcp);
        }
        loop {
            self.arm()?;
            match io(&mut &*self.tcp) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // TLS would take WouldBlock for a request to call again.
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
                done => return done,
            }
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.traffic.as_ref().map_or(buffer.len(), |traffic| traffic.at_once().min(buffer.len()));
        let read = self.timed(|tcp| tcp.read(&mut buffer[..most]))?;
        self.spend(read);
        self.clock.moved(read);
        Ok(read)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.timed(|tcp| tcp.write(bytes))?;
        self.spend(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All addresses of the host, in the system's order. The system's resolver has no time limit, so it runs on a thread
/// of its own, which is left behind when it takes too long.
pub(super) fn resolve(host: &Host, port: Port, clock: &Clock) -> Result<Vec<SocketAddr>, MailboxError> {
    let (answer, asked) = channel();
    let name = (host.as_str().to_owned(), port.0);
    let thread = std::thread::Builder::new().name("resolve".into()).spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = answer.send(name.to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    });
    let host = host.as_str();
    let unknown =
        |words: Sentence| MailboxError::new(MailboxProblem::Name, words).with_remedy(say!("remedy-name", host));
    if let Err(error) = thread {
        return Err(MailboxError::new(
            MailboxProblem::Machine,
            say!("mailbox-name-not-looked-up-because", host, error),
        ));
    }
    let no_answer = || MailboxError::new(MailboxProblem::Name, complain!("mailbox-name-service-silent", host));
    match asked.recv_timeout(clock.left().min(clock.limits.connect)) {
        Ok(Ok(addresses)) if !addresses.is_empty() => open_ones(host, addresses),
        Ok(Ok(_)) => Err(unknown(say!("mailbox-name-without-address", host))),
        // EAI_AGAIN: the system says by its words only that nobody could be asked. Names in .invalid need no asking.
        Ok(Err(error)) if descriptors::ran_out(&error) => Err(no_descriptors()),
        Ok(Err(error)) if error.to_string().contains("emporary failure") && !host.ends_with(".invalid") => {
            Err(no_answer())
        }
        Ok(Err(_)) if descriptors::are_exhausted() => Err(no_descriptors()),
        Ok(Err(_)) => Err(unknown(say!("mailbox-name-not-found", host))),
        Err(RecvTimeoutError::Timeout) => Err(no_answer()),
        Err(RecvTimeoutError::Disconnected) => Err(unknown(say!("mailbox-name-not-looked-up", host))),
    }
}

/// Those of a host's addresses that may be dialled: what is connected to is what was asked about.
fn open_ones(host: &str, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, MailboxError> {
    let mut closed = None;
    let mut open = addresses;
    open.retain(|address| match reach::open(address.ip()) {
        Ok(()) => true,
        Err(why) => {
            closed.get_or_insert((address.ip(), why));
            false
        }
    });
    match closed {
        Some((address, why)) if open.is_empty() => {
            Err(MailboxError::new(MailboxProblem::Address, reach::refused(host, address, why)))
        }
        _ => Ok(open),
    }
}

/// Bytes that the kernel takes in at least, for a limit that is lower still.
const LEAST_BUFFER: usize = 8 << 10;

/// Connects to the first address that answers, and says what each of those tried did.
pub(super) fn connect(
    host: &Host,
    port: Port,
    addresses: &[SocketAddr],
    clock: &Arc<Clock>,
    traffic: Option<&Arc<Meter>>,
) -> Result<(Socket, Sentence), MailboxError> {
    let mut outcomes = Vec::new();
    let mut timed_out = true;
    let mut unreachable = true;
    for (tried, address) in addresses.iter().enumerate() {
        // Where time is short, every address gets its share of it.
        let share = clock.left() / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let wait = share.min(clock.limits.connect).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, wait) {
            Ok(tcp) => {
                // A command is one small packet that should not wait for company.
                let _ = tcp.set_nodelay(true);
                if let Some(traffic) = traffic {
                    // What the kernel takes in ahead of us has moved already. Where it won't, the limit holds later.
                    let _ = set_socket_recv_buffer_size(&tcp, traffic.at_once().max(LEAST_BUFFER));
                }
                outcomes.push(say!("mailbox-address-connected", address = address.ip()));
                let words = say!("mailbox-connected", port = port.0, outcomes = Sentence::listed("; ", outcomes));
                return Ok((
                    Socket {
                        tcp: Arc::new(tcp),
                        clock: clock.clone(),
                        traffic: traffic.cloned(),
                        armed: Duration::ZERO,
                        at_rest: false,
                    },
                    words,
                ));
            }
            Err(error) if descriptors::ran_out(&error) => return Err(no_descriptors()),
            Err(error) => {
                let silent = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
                timed_out &= silent;
                unreachable &= matches!(error.kind(), ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable);
                outcomes.push(match silent {
                    true => say!("mailbox-address-silent", address = address.ip()),
                    false => Sentence::verbatim(format!("{}: {}", address.ip(), plain_words(&error))),
                });
            }
        }
    }
    let problem = if timed_out { MailboxProblem::Timeout } else { MailboxProblem::Connect };
    let host = host.as_str();
    let outcomes = Sentence::listed("; ", outcomes);
    let words = say!("mailbox-not-connected", host, port = port.0, outcomes);
    let remedy = match unreachable {
        true => say!("remedy-unreachable"),
        false => say!("remedy-connect", host, port = port.0),
    };
    Err(MailboxError::new(problem, words).with_remedy(remedy))
}

/// This machine's trouble, and not the mail server's.
fn no_descriptors() -> MailboxError {
    MailboxError::new(MailboxProblem::Machine, descriptors::exhausted())
}

/// The system's words without their number: `Connection refused`.
fn plain_words(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().to_owned()
}
