//! Connecting to a mail server, up to the sign-in: host name, connection, TLS, greeting, capabilities, STARTTLS or STLS. IMAP and
//! POP3 do this alike; in what they differ is their [`Opening`]. No credential is sent here.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;

use super::account::MailAccount;
use super::failure::{Doing, asks_to_wait};
use super::tls::{self, TlsRefused, Trust};
use super::wire::{BufferedWire, Meter, Stream};
use super::{MailboxError, MailboxProblem, STEADY, SessionLimits, failure, opening};
use crate::domain::expiry::CertificateSeen;
use crate::domain::protocol::Security;
use crate::domain::reach;
use crate::domain::server::{Host, Port};
use crate::domain::stage::StageName;
use crate::domain::words::Sentence;
use crate::{complain, descriptors, say};

/// Is told of each stage that passed, for the report of a probe.
pub(super) trait StageWatch {
    /// `seen` is ours, `said` the server's.
    fn passed(&mut self, stage: StageName, seen: Sentence, said: &str);
    /// The certificate that the server showed, accepted or not.
    fn certificate(&mut self, seen: &CertificateSeen);
}

/// Nobody looks.
pub(super) struct Unwatched;

impl StageWatch for Unwatched {
    fn passed(&mut self, _: StageName, _: Sentence, _: &str) {}
    fn certificate(&mut self, _: &CertificateSeen) {}
}

/// How a protocol begins, before anybody signs in.
pub(super) struct Opening {
    /// What a server's greeting begins with, in whichever case.
    pub greeting: &'static str,
    /// Asks what the server offers: in upper case, [`CAPABILITIES`] at most; empty where it does not say.
    pub capabilities: fn(&MailAccount, &mut BufferedWire) -> Result<Vec<String>, MailboxError>,
    /// Some servers of this protocol hang up or fall silent when they are asked for their capabilities.
    pub is_reticent: bool,
    pub starttls: StartTls,
    /// Whether a server that offers this takes passwords.
    pub takes_passwords: fn(&Dialled) -> bool,
}

/// How TLS is asked for on a plain connection.
pub(super) struct StartTls {
    pub command: &'static str,
    /// What a server that can do so lists.
    pub capability: &'static str,
    /// What its consent begins with, in upper case.
    pub accepted: &'static str,
    /// What lines begin with that may come before its answer.
    pub aside: Option<char>,
}

/// A connection that is ready for the sign-in.
pub(super) struct Dialled {
    pub wire: BufferedWire,
    /// In upper case, those of the encrypted connection where there is one. Empty where a POP server does not say.
    pub capabilities: Vec<String>,
    /// As the server sent it.
    pub greeting: String,
}

impl Dialled {
    pub(super) fn offers(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|have| have == capability)
    }
}

/// Connects to the account's server, ready for the sign-in.
pub(super) fn dial(
    account: &MailAccount,
    ask: GreetingRequest,
    watch: &mut dyn StageWatch,
) -> Result<Dialled, MailboxError> {
    let trust = account.trusted.as_ref().map_or(Trust::Authorities, Trust::Only);
    let opening = opening(account.protocol);
    let dialled = match dial_trusting(account, &trust, ask, watch) {
        // It hung up when it was asked for its capabilities, or did not answer: dial again without asking.
        Ok(None) => dial_trusting(account, &trust, GreetingRequest::Nothing, watch),
        Err(TlsRefused::Error(error))
            if opening.is_reticent && ask == GreetingRequest::Capabilities && error.problem == MailboxProblem::Cut =>
        {
            dial_trusting(account, &trust, GreetingRequest::Nothing, watch)
        }
        other => other,
    };
    match dialled {
        Ok(Some(dialled)) => Ok(dialled),
        Ok(None) => Err(account.broken(&ErrorKind::UnexpectedEof.into(), Doing::ListCapabilities)),
        Err(TlsRefused::Error(error)) => {
            if let Some(seen) = &error.certificate {
                watch.certificate(seen);
            }
            Err(error)
        }
        Err(TlsRefused::Unverified(reason)) => match look_at_certificate(account) {
            Some(seen) => {
                watch.certificate(&seen);
                Err(tls::unverified(&account.host, &reason, seen))
            }
            None => {
                let complaint = complain!("mailbox-certificate-unseen", place = account.place());
                Err(MailboxError::new(MailboxProblem::UntrustedCertificate, complaint))
            }
        },
    }
}

/// What a server is asked before the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GreetingRequest {
    Capabilities,
    /// For those that hang up when they are asked: see [`Opening::is_reticent`].
    Nothing,
}

/// None where a reticent server ended the conversation when it was asked for its capabilities.
fn dial_trusting(
    account: &MailAccount,
    trust: &Trust<'_>,
    ask: GreetingRequest,
    watch: &mut dyn StageWatch,
) -> Result<Option<Dialled>, TlsRefused> {
    let clock = Clock::new(account.env.limits);
    let addresses = resolve(&account.host, account.port, &clock)?;
    let listed = addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
    watch.passed(StageName::Name, say!("mailbox-name-is", host = account.host.as_str(), addresses = listed), "");

    let (socket, words) = connect(&account.host, account.port, &addresses, &clock, account.traffic.as_ref())?;
    watch.passed(StageName::Connect, words, "");
    clock.begin();

    if account.security == Security::Tls {
        let stream = encrypt(socket, account, trust, watch)?;
        let mut wire = BufferedWire::new(stream, clock);
        let greeted = greet(account, &mut wire, ask, watch)?;
        return Ok(greeted.map(|(greeting, capabilities)| Dialled { wire, capabilities, greeting }));
    }
    let mut wire = BufferedWire::new(Stream::Plain(socket), clock.clone());
    let Some((greeting, capabilities)) = greet(account, &mut wire, ask, watch)? else { return Ok(None) };
    if account.security == Security::None {
        return Ok(Some(Dialled { wire, capabilities, greeting }));
    }
    let socket = start_tls(account, wire, &capabilities)?;
    let mut wire = BufferedWire::new(encrypt(socket, account, trust, watch)?, clock);
    // RFC 3501 6.2.1, RFC 2595 4: what was offered in plain text doesn't count.
    let capabilities = ask_capabilities(account, &mut wire, ask)?;
    Ok(capabilities.map(|capabilities| Dialled { wire, capabilities, greeting }))
}

fn encrypt(
    socket: Socket,
    account: &MailAccount,
    trust: &Trust<'_>,
    watch: &mut dyn StageWatch,
) -> Result<Stream, TlsRefused> {
    let (stream, seen) = tls::secure(socket, account, trust)?;
    watch.certificate(&seen);
    let (names, issuer, until) = (seen.names.join(", "), &seen.issuer, seen.not_after.date());
    let words = match trust {
        Trust::Only(_) => say!("mailbox-encrypted-trusted", names, issuer, until),
        Trust::Authorities | Trust::Anything => say!("mailbox-encrypted", names, issuer, until),
    };
    watch.passed(StageName::Tls, words, "");
    Ok(Stream::Tls(Box::new(stream)))
}

/// Dials again, only to see the certificate that was not accepted.
fn look_at_certificate(account: &MailAccount) -> Option<CertificateSeen> {
    struct CertificateWatch(Option<CertificateSeen>);
    impl StageWatch for CertificateWatch {
        fn passed(&mut self, _: StageName, _: Sentence, _: &str) {}
        fn certificate(&mut self, seen: &CertificateSeen) {
            self.0 = Some(seen.clone());
        }
    }
    let mut look = CertificateWatch(None);
    // Only the certificate matters, not how the conversation goes on.
    let _ = dial_trusting(account, &Trust::Anything, GreetingRequest::Nothing, &mut look);
    look.0
}

/// The greeting and the capabilities; None as [`ask_capabilities`].
fn greet(
    account: &MailAccount,
    wire: &mut BufferedWire,
    ask: GreetingRequest,
    watch: &mut dyn StageWatch,
) -> Result<Option<(String, Vec<String>)>, MailboxError> {
    let greeting = match wire.line() {
        Ok(greeting) => greeting,
        Err(error) => {
            let quiet = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::UnexpectedEof);
            if quiet && account.security != Security::Tls && speaks_tls(account) {
                return Err(expects_tls(account));
            }
            let remedy = match error.kind() {
                ErrorKind::TimedOut => failure::no_greeting(account.security),
                _ => say!("remedy-hung-up"),
            };
            return Err(account.broken(&error, Doing::Greet).with_remedy(remedy));
        }
    };
    let (ours, speaks) = (opening(account.protocol).greeting, account.protocol.facts().name);
    let start = greeting.split_ascii_whitespace().take(2).collect::<Vec<_>>().join(" ");
    if !start.get(..ours.len()).is_some_and(|start| start.eq_ignore_ascii_case(ours)) {
        return Err(strange_greeting(account, &greeting));
    }
    let Some(capabilities) = ask_capabilities(account, wire, ask)? else { return Ok(None) };
    let offers = capabilities.iter().take(40).map(String::as_str).collect::<Vec<_>>().join(" ");
    let seen = match offers.is_empty() {
        true => say!("mailbox-speaks", protocol = speaks),
        false => say!("mailbox-speaks-offering", protocol = speaks, offers = account.said(&offers)),
    };
    watch.passed(StageName::Greeting, seen, &account.said(&greeting));
    Ok(Some((greeting, capabilities)))
}

fn strange_greeting(account: &MailAccount, greeting: &str) -> MailboxError {
    let upper = greeting.to_ascii_uppercase();
    let place = account.place();
    if greeting.starts_with('\u{15}') || greeting.starts_with('\u{16}') {
        return expects_tls(account);
    }
    if upper.starts_with("* BYE") || upper.starts_with("-ERR") {
        return turns_away(account, greeting);
    }
    let speaks = match &upper {
        text if text.starts_with("+OK") => "POP",
        text if text.starts_with("* ") => "IMAP",
        text if text.starts_with("220") => "SMTP",
        _ => "",
    };
    if upper.starts_with("* PREAUTH") {
        return account.strange(say!("mailbox-strange-preauth", place));
    }
    let wanted = account.protocol.facts().name;
    let said = account.said(greeting);
    let words = match speaks {
        "" => say!("mailbox-speaks-something-else", place, wanted, said),
        _ => say!("mailbox-speaks-other", place, speaks, wanted, said),
    };
    MailboxError::new(MailboxProblem::Protocol, words).with_remedy(failure::other_protocol(
        account.protocol,
        account.port,
        speaks,
    ))
}

fn expects_tls(account: &MailAccount) -> MailboxError {
    MailboxError::new(MailboxProblem::Tls, say!("mailbox-speaks-tls", place = account.place()))
        .with_remedy(failure::is_tls(account.protocol, account.port))
}

pub(super) fn turns_away(account: &MailAccount, said: &str) -> MailboxError {
    if asks_to_wait(said) {
        return account.busy(said);
    }
    let words = say!("mailbox-turns-away", place = account.place(), said = account.said(said));
    MailboxError::new(MailboxProblem::Connect, words).with_remedy(say!("remedy-silent"))
}

/// Whether a server that sends no greeting waits for TLS.
fn speaks_tls(account: &MailAccount) -> bool {
    let mut account = account.clone();
    let limits = &mut account.env.limits;
    limits.connect = limits.connect.min(Duration::from_secs(3));
    limits.read = limits.read.min(Duration::from_secs(3));
    limits.command = limits.command.min(Duration::from_secs(3));
    let clock = Clock::new(account.env.limits);
    let Ok(addresses) = resolve(&account.host, account.port, &clock) else { return false };
    let Ok((socket, _)) = connect(&account.host, account.port, &addresses, &clock, account.traffic.as_ref()) else {
        return false;
    };
    tls::secure(socket, &account, &Trust::Anything).is_ok()
}

/// What the server offers, in upper case; empty where it is not asked, and None where a reticent one ended the conversation
/// over it.
fn ask_capabilities(
    account: &MailAccount,
    wire: &mut BufferedWire,
    ask: GreetingRequest,
) -> Result<Option<Vec<String>>, MailboxError> {
    let opening = opening(account.protocol);
    if opening.is_reticent && ask == GreetingRequest::Nothing {
        return Ok(Some(Vec::new()));
    }
    match (opening.capabilities)(account, wire) {
        Err(error) if opening.is_reticent && matches!(error.problem, MailboxProblem::Cut | MailboxProblem::Timeout) => {
            Ok(None)
        }
        asked => asked.map(Some),
    }
}

/// Capabilities that a server lists at most.
pub(super) const CAPABILITIES: usize = 200;

/// Asks for TLS on a plain connection. A server that does not offer it, or talks on before the handshake, is refused.
fn start_tls(account: &MailAccount, mut wire: BufferedWire, capabilities: &[String]) -> Result<Socket, MailboxError> {
    let opening = opening(account.protocol);
    let StartTls { command, capability, accepted, aside } = opening.starttls;
    let refused = |words: Sentence| {
        MailboxError::new(MailboxProblem::NoStartTls, words).with_remedy(failure::no_starttls(account.protocol))
    };
    // A server that does not list its capabilities may have it all the same.
    let unknown = opening.is_reticent && capabilities.is_empty();
    if !unknown && !capabilities.iter().any(|have| have == capability) {
        return Err(refused(say!("mailbox-no-starttls", place = account.place(), capability)));
    }
    let broken = |error| account.broken(&error, Doing::BeginTls);
    wire.send(command).map_err(broken)?;
    let mut line = wire.line().map_err(broken)?;
    while aside.is_some_and(|aside| line.starts_with(aside)) && wire.clock.left() > Duration::ZERO {
        line = wire.line().map_err(broken)?;
    }
    if !line.to_ascii_uppercase().starts_with(accepted) {
        let (place, said) = (account.place(), account.said(&line));
        return Err(refused(say!("mailbox-starttls-refused", place, capability, said)));
    }
    wire.into_plain().ok_or_else(|| account.strange(say!("mailbox-strange-plain-text", place = account.place())))
}

// Finding a host and reaching it: every address is tried, and nothing waits longer than its limit.

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

    /// Counts bytes that were sent or received. A command may take as long as enough of them move, but at most
    /// [`SessionLimits::longest`].
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
    /// Reads and writes return `WouldBlock` instead of waiting.
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
        // A session that waits for mail moves next to nothing, so the limit on traffic leaves it alone.
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
                // The TLS library would take `WouldBlock` for a request to call again.
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
                    // What the kernel receives ahead of us has used the line already, so its buffer is kept small.
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
