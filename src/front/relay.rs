//! One connection: its header is passed on when all of it has come, then bytes are passed on both ways until one side ends,
//! it takes too long, or another connection replaces it.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rocket::tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, copy_bidirectional_with_sizes};
use rocket::tokio::net::{TcpSocket, TcpStream};
use rocket::tokio::select;
use rocket::tokio::sync::OwnedSemaphorePermit;
use rocket::tokio::time::{Sleep, sleep, timeout};

use super::watch::{ExpectedBytes, HeaderRefusal, HoldBack, REST, RequestWatch, WatchStep};
use super::{Full, Log, Peers, Seat, SeatRank};

/// The sizes of the buffers to the web server, where bodies are large, and back.
const UP: usize = 64 << 10;
const DOWN: usize = 16 << 10;
/// The bytes of a header that are read at a time.
const PIECE: usize = 4 << 10;
/// How long a refused client may take to read the answer.
const HEARING: Duration = Duration::from_secs(2);

pub(super) struct Relay {
    pub client: TcpStream,
    pub peer: SocketAddr,
    pub seat: Seat,
    pub inner: SocketAddr,
    pub peers: Peers,
    pub log: Arc<Log>,
}

/// How a connection ended.
enum RelayEnd {
    /// One side ended it, or it failed.
    Over,
    /// It took too long.
    Late,
    /// Another connection replaced it; it must close at once.
    Displaced,
}

impl Relay {
    pub(super) async fn run(self) {
        let Self { client, peer, seat, inner, peers, log } = self;
        let watch = Mutex::new(RequestWatch::new(Instant::now()));
        // Small packets are sent at once.
        let _ = client.set_nodelay(true);
        let mut client = Client::new(client, &watch, &seat);
        let end = select! {
            _ = pass(&mut client, peer, inner, &peers, &log) => RelayEnd::Over,
            () = late(&watch, &seat) => RelayEnd::Late,
            () = seat.taken() => RelayEnd::Displaced,
        };
        let said = match (&end, client.refusal) {
            (_, Some(ConnectionRefused::Header(HeaderRefusal::TooLarge))) => {
                Some("431 Request Header Fields Too Large")
            }
            (_, Some(ConnectionRefused::Header(HeaderRefusal::Http2))) => Some("505 HTTP Version Not Supported"),
            (_, Some(ConnectionRefused::NoWayIn)) => Some("503 Service Unavailable"),
            (RelayEnd::Late, _) if client.has_begun() => Some("408 Request Timeout"),
            _ => None,
        };
        match said {
            // After a request was passed on, the web server answers, and nothing may be put into its answer.
            Some(said) if !client.passed_on => tell(&mut client.stream, said).await,
            // The system too should drop what the client does not read.
            _ if watch.lock().is_stalled() => drop(client.stream.set_zero_linger()),
            _ => {}
        }
    }
}

/// Tells a client that there is no seat.
pub(super) async fn turn_away(mut client: TcpStream, full: Full, _place: OwnedSemaphorePermit) {
    let said = match full {
        Full::Address => "429 Too Many Requests",
        Full::House => "503 Service Unavailable",
    };
    tell(&mut client, said).await;
}

async fn tell(client: &mut TcpStream, status: &str) {
    let body = format!("{status}\n");
    let retry = if status.starts_with("429") || status.starts_with("503") { "Retry-After: 10\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n{retry}\
         Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\r\n{body}",
        body.len()
    );
    let hear = async {
        client.write_all(answer.as_bytes()).await?;
        client.shutdown().await?;
        // If it were closed with bytes unread, it would be reset and the answer lost.
        let mut rest = [0; PIECE];
        while client.read(&mut rest).await? > 0 {}
        Ok::<(), io::Error>(())
    };
    // A client that does not read gets no answer.
    let _ = timeout(HEARING, hear).await;
}

/// Resolves when the connection has taken too long. Checks every second.
async fn late(watch: &Mutex<RequestWatch>, seat: &Seat) {
    loop {
        sleep(Duration::from_secs(1)).await;
        let mut watch = watch.lock();
        let now = Instant::now();
        if watch.is_overdue(now) {
            return;
        }
        seat.stand(watch.standing(now));
    }
}

async fn pass(
    client: &mut Client<'_>,
    peer: SocketAddr,
    inner: SocketAddr,
    peers: &Peers,
    log: &Log,
) -> io::Result<()> {
    if !poll_fn(|context| client.poll_header(context)).await? {
        return Ok(());
    }
    let connected = connect(inner, client.watch).await;
    let (mut server, own) = connected.inspect_err(|error| {
        log.failed(error);
        client.refusal = Some(ConnectionRefused::NoWayIn);
    })?;
    // Dropped before the connection, in whichever way this ends.
    let _introduced = peers.introduce(own, peer);
    client.passed_on = true;
    copy_bidirectional_with_sizes(client, &mut server, UP, DOWN).await.map(drop)
}

/// Connects to the web server from a loopback address that no other connection used lately: if the web server still has
/// bytes of a connection that ended, they can't be taken for another client's.
async fn connect(inner: SocketAddr, watch: &Mutex<RequestWatch>) -> io::Result<(Server<'_>, SocketAddr)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let socket = TcpSocket::new_v4()?;
    if cfg!(target_os = "linux") {
        // 127.64.0.0/10, which nobody else uses.
        let [_, high, middle, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let own = Ipv4Addr::new(127, 64 | (high & 63), middle, low);
        socket.bind((IpAddr::V4(own), 0).into())?;
    }
    let stream = socket.connect(inner).await?;
    stream.set_nodelay(true)?;
    let own = stream.local_addr()?;
    Ok((Server { stream, watch, is_gone: false }, own))
}

/// The connection to the client.
struct Client<'a> {
    stream: TcpStream,
    watch: &'a Mutex<RequestWatch>,
    seat: &'a Seat,
    /// A header that is not passed on yet, and perhaps what followed it: of that, so many bytes may be passed on, or
    /// so many were not looked at.
    held: Vec<u8>,
    whole: usize,
    unseen: usize,
    /// The client closed its sending half.
    is_done: bool,
    rest: Option<Pin<Box<Sleep>>>,
    /// A request reached the web server.
    passed_on: bool,
    refusal: Option<ConnectionRefused>,
}

#[derive(Clone, Copy)]
enum ConnectionRefused {
    Header(HeaderRefusal),
    NoWayIn,
}

impl<'a> Client<'a> {
    fn new(stream: TcpStream, watch: &'a Mutex<RequestWatch>, seat: &'a Seat) -> Self {
        let (held, whole, unseen) = (Vec::new(), 0, 0);
        Self { stream, watch, seat, held, whole, unseen, is_done: false, rest: None, passed_on: false, refusal: None }
    }

    fn has_begun(&self) -> bool {
        !self.held.is_empty()
    }

    /// Ready when a header is whole; false where the client ended before that.
    fn poll_header(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        // Perhaps it is the rest of a body that the web server did not want: its answer goes out, nothing more comes in,
        // and time ends it.
        if self.refusal.is_some() {
            return Poll::Pending;
        }
        loop {
            if self.unseen > 0 {
                let now = Instant::now();
                let mut watch = self.watch.lock();
                let step = watch.header(&self.held, self.unseen, now);
                self.unseen = 0;
                match step {
                    WatchStep::More => {}
                    WatchStep::Whole(count) => {
                        self.whole = count;
                        self.seat.stand(watch.standing(now));
                        return Poll::Ready(Ok(true));
                    }
                    WatchStep::Refused(refusal) => {
                        self.refusal = Some(ConnectionRefused::Header(refusal));
                        let refused = Poll::Ready(Err(ErrorKind::InvalidData.into()));
                        return if self.passed_on { Poll::Pending } else { refused };
                    }
                }
            }
            let mut space = [0; PIECE];
            let mut piece = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut piece))?;
            if piece.filled().is_empty() {
                self.is_done = true;
                return Poll::Ready(Ok(false));
            }
            self.held.extend_from_slice(piece.filled());
            self.unseen = piece.filled().len();
        }
    }

    fn give(&mut self, to: &mut ReadBuf<'_>) {
        let count = to.remaining().min(self.whole);
        to.put_slice(&self.held[..count]);
        self.held.drain(..count);
        self.whole -= count;
        if self.whole == 0 {
            self.unseen = self.held.len();
        }
    }

    /// Lets the web server hear that the client sends no more, when it may.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let hold = self.watch.lock().hold(Instant::now());
            match hold {
                HoldBack::No => return Poll::Ready(Ok(())),
                // The answer has this looked at again.
                HoldBack::UntilAnswered => return Poll::Pending,
                HoldBack::Rest => {
                    if !self.watch.lock().is_stalled() {
                        self.seat.stand(SeatRank::Leaves);
                    }
                    ready!(self.rest.get_or_insert_with(|| Box::pin(sleep(REST))).as_mut().poll(context));
                    self.rest = None;
                }
            }
        }
    }
}

impl AsyncRead for Client<'_> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.whole > 0 {
            self.give(to);
            return Poll::Ready(Ok(()));
        }
        if self.is_done && self.unseen == 0 {
            return self.poll_end(context);
        }
        let before = to.filled().len();
        let expected = self.watch.lock().expected();
        match expected {
            ExpectedBytes::Header => {
                if !ready!(self.poll_header(context))? {
                    return self.poll_end(context);
                }
                self.give(to);
            }
            ExpectedBytes::Body => {
                ready!(Pin::new(&mut self.stream).poll_read(context, to))?;
                let count = to.filled().len() - before;
                if count == 0 {
                    self.is_done = true;
                    return self.poll_end(context);
                }
                let now = Instant::now();
                let mut watch = self.watch.lock();
                let own = watch.client_sent(count, now);
                self.seat.stand(watch.standing(now));
                drop(watch);
                if own < count {
                    self.held = to.filled()[before + own..].to_vec();
                    self.unseen = self.held.len();
                    to.set_filled(before + own);
                }
            }
            ExpectedBytes::Nothing => loop {
                ready!(Pin::new(&mut self.stream).poll_read(context, to))?;
                if to.filled().len() == before {
                    break;
                }
                to.set_filled(before);
            },
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client<'_> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        let mut watch = self.watch.lock();
        match &written {
            Poll::Ready(Ok(count)) => watch.client_took(&bytes[..*count], Instant::now()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => watch.client_stalls(Instant::now()),
        }
        drop(watch);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.watch.lock().ended(Instant::now());
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The connection to the web server. It may answer and close before it has read a whole request: its answer is passed on,
/// and what it did not read is no failure.
struct Server<'a> {
    stream: TcpStream,
    watch: &'a Mutex<RequestWatch>,
    is_gone: bool,
}

impl AsyncRead for Server<'_> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.stream).poll_read(context, to)) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Poll::Ready(Ok(())),
            read => Poll::Ready(read),
        }
    }
}

impl AsyncWrite for Server<'_> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_gone {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        let now = Instant::now();
        match &written {
            Poll::Pending => self.watch.lock().server_is_full(now),
            Poll::Ready(_) => self.watch.lock().server_took(now),
        }
        match ready!(written) {
            Err(_) => {
                self.is_gone = true;
                Poll::Ready(Ok(bytes.len()))
            }
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // One that is gone has heard enough.
        let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(context));
        Poll::Ready(Ok(()))
    }
}
