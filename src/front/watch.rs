//! What one connection is doing, as far as the bytes show, and whether it takes too long. Nothing here decides what a
//! request means: a client that misleads this watch only changes its own deadlines.

use std::time::{Duration, Instant};

use super::SeatRank;

/// The time from the first byte of a header to the empty line that ends it.
const HEADER_TIME: Duration = Duration::from_secs(15);
/// The most bytes of a header, all its fields together.
const HEADER_SIZE: usize = 32 << 10;
/// The most fields of a header; the web server takes no more, either.
const HEADER_FIELDS: usize = 100;
/// How long a new connection may send nothing.
const NEW_IDLE: Duration = Duration::from_secs(15);
/// How long it is kept open between two requests. Longer than proxies keep theirs, so that no request arrives while it is
/// being closed.
const IDLE: Duration = Duration::from_secs(75);
/// How long the web server may take until its answer begins; longer than any operation takes.
const THINKING: Duration = Duration::from_secs(300);
/// The speed of bodies and answers is measured over this time …
const WINDOW: Duration = Duration::from_secs(10);
/// … and must be at least so many bytes a second …
const LEAST: u64 = 1024;
/// … except for so many such times in a row.
const SLOW_WINDOWS: u32 = 4;
/// A client that closed its sending half still gets its answer. When no byte of it moved for this long, the client has all
/// of it.
pub(super) const REST: Duration = Duration::from_millis(50);
/// A client that was answered and sends no request for this long only holds a place.
const KEPT: Duration = Duration::from_secs(1);
/// Bytes that a client does not read for this long count as unread.
const UNREAD: Duration = Duration::from_secs(2);
/// When the web server has closed, a client that is still sending gets the last answer only while its bytes are read.
const LINGER: Duration = Duration::from_secs(5);
const LONGEST_LINGER: Duration = Duration::from_secs(30);

/// The answer of the web server to `Expect: 100-continue`, before the body; the answer proper follows.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

pub(super) struct RequestWatch {
    stage: RequestStage,
    /// When a byte last moved, in either direction.
    moved: Instant,
    /// Since when the client does not read what is ready for it.
    stalled: Option<Instant>,
    /// Since when the web server reads no more of a body. That is not the client's slowness: the request may wait for its
    /// turn.
    full_since: Option<Instant>,
    is_new: bool,
    sending: Pace,
    reading: Pace,
}

enum RequestStage {
    Idle,
    Header(Header),
    Request { body: BodyLength, answered: bool },
    Ended { since: Instant },
}

/// A header that is not whole yet.
struct Header {
    since: Instant,
    /// Where its last line begins.
    line: usize,
    lines: usize,
}

/// How much of a body is still to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BodyLength {
    Left(u64),
    /// It comes in chunks, or its length is known to the web server alone.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WatchStep {
    More,
    /// The header is whole; so many of the bytes read so far belong to its request.
    Whole(usize),
    Refused(HeaderRefusal),
}

/// Why a header is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderRefusal {
    TooLarge,
    /// HTTP/2 without TLS, which this server does not speak.
    Http2,
}

/// How long to keep from the web server that the client closed its sending half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HoldBack {
    No,
    UntilAnswered,
    /// Until the answer has been sent; check again after [`REST`].
    Rest,
}

/// What may come from the client now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpectedBytes {
    Header,
    Body,
    /// All bytes are discarded.
    Nothing,
}

impl RequestWatch {
    pub(super) fn new(now: Instant) -> Self {
        let pace = Pace { since: now, bytes: 0, earlier: 0, slow: 0 };
        Self {
            stage: RequestStage::Idle,
            moved: now,
            stalled: None,
            full_since: None,
            is_new: true,
            sending: pace,
            reading: pace,
        }
    }

    pub(super) fn expected(&self) -> ExpectedBytes {
        match self.stage {
            RequestStage::Idle | RequestStage::Header(_) => ExpectedBytes::Header,
            // The next request, whether this one has its answer or not.
            RequestStage::Request { body: BodyLength::Left(0), .. } => ExpectedBytes::Header,
            RequestStage::Request { body: BodyLength::Unknown, answered: true } => ExpectedBytes::Header,
            RequestStage::Request { .. } => ExpectedBytes::Body,
            RequestStage::Ended { .. } => ExpectedBytes::Nothing,
        }
    }

    /// Looks at a header of which all that came so far is `held`, the last `new` bytes just now.
    pub(super) fn header(&mut self, held: &[u8], new: usize, now: Instant) -> WatchStep {
        self.moved = now;
        let mut header = match std::mem::replace(&mut self.stage, RequestStage::Idle) {
            RequestStage::Header(header) => header,
            _ => Header { since: now, line: 0, lines: 0 },
        };
        let Some(end) = header.end(held, new) else {
            self.stage = RequestStage::Header(header);
            return if held.len() > HEADER_SIZE {
                WatchStep::Refused(HeaderRefusal::TooLarge)
            } else {
                WatchStep::More
            };
        };
        // The request's own line is no field.
        let is_large = end > HEADER_SIZE || header.lines > HEADER_FIELDS + 1;
        if is_large || held.trim_ascii_start().starts_with(b"PRI * HTTP/2") {
            self.stage = RequestStage::Header(header);
            return WatchStep::Refused(if is_large { HeaderRefusal::TooLarge } else { HeaderRefusal::Http2 });
        }
        let mut body = body_of(&held[..end]);
        let whole = end + body.take(held.len() - end);
        self.stage = RequestStage::Request { body, answered: false };
        self.is_new = false;
        self.full_since = None;
        self.reading = Pace { since: now, bytes: 0, earlier: 0, slow: 0 };
        self.sending = Pace { bytes: (whole - end) as u64, ..self.reading };
        WatchStep::Whole(whole)
    }

    /// Counts bytes that came where a body was expected; returns how many of them belong to it.
    pub(super) fn client_sent(&mut self, count: usize, now: Instant) -> usize {
        self.moved = now;
        self.sending.bytes += count as u64;
        match &mut self.stage {
            RequestStage::Request { body, .. } => body.take(count),
            _ => count,
        }
    }

    /// Counts bytes of an answer that the client's system took.
    pub(super) fn client_took(&mut self, bytes: &[u8], now: Instant) {
        self.moved = now;
        self.stalled = None;
        self.reading.bytes += bytes.len() as u64;
        if let RequestStage::Request { answered, .. } = &mut self.stage {
            *answered |= !bytes.strip_prefix(CONTINUE).unwrap_or(bytes).is_empty();
        }
    }

    pub(super) fn client_stalls(&mut self, now: Instant) {
        self.stalled.get_or_insert(now);
    }

    /// The web server does not read what came for it.
    pub(super) fn server_is_full(&mut self, now: Instant) {
        self.full_since.get_or_insert(now);
    }

    pub(super) fn server_took(&mut self, now: Instant) {
        if let Some(since) = self.full_since.take() {
            self.sending.since += now.duration_since(since);
        }
    }

    /// The web server has closed.
    pub(super) fn ended(&mut self, now: Instant) {
        self.moved = now;
        self.stage = RequestStage::Ended { since: now };
    }

    /// Whether to tell the web server yet that the client closed its sending half: it would take the client for gone.
    pub(super) fn hold(&self, now: Instant) -> HoldBack {
        match self.stage {
            RequestStage::Request { body: BodyLength::Left(0), answered: false } => HoldBack::UntilAnswered,
            RequestStage::Request { body: BodyLength::Left(0), .. }
                if self.is_stalled() || now.duration_since(self.moved) < REST =>
            {
                HoldBack::Rest
            }
            _ => HoldBack::No,
        }
    }

    /// Whether it has taken too long. Called about once a second.
    pub(super) fn is_overdue(&mut self, now: Instant) -> bool {
        let silent = now.duration_since(self.moved);
        match &self.stage {
            RequestStage::Idle => silent > if self.is_new { NEW_IDLE } else { IDLE },
            RequestStage::Header(header) => now.duration_since(header.since) > HEADER_TIME,
            RequestStage::Request { .. } if self.stalled.is_some() => self.reading.is_too_slow(true, now),
            RequestStage::Request { body, answered: false } => {
                // No bytes: either the body is late, or the web server has all of it and works.
                let late = matches!(body, BodyLength::Left(left) if *left > 0);
                let done = *body == BodyLength::Left(0) || self.full_since.is_some();
                (!done && self.sending.is_too_slow(late, now)) || silent > THINKING
            }
            RequestStage::Request { answered: true, .. } => silent > IDLE,
            RequestStage::Ended { since } => silent > LINGER || now.duration_since(*since) > LONGEST_LINGER,
        }
    }

    /// Whether there are bytes that the client does not read.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    /// A request whose body has hardly begun is no work yet, nor is an answer that is not read: both cost the client
    /// nothing.
    pub(super) fn standing(&self, now: Instant) -> SeatRank {
        let dawdles = match (&self.stage, self.stalled) {
            (RequestStage::Idle | RequestStage::Header(_) | RequestStage::Ended { .. }, _) => return SeatRank::Waits,
            (RequestStage::Request { .. }, Some(since)) => {
                now.duration_since(since) >= UNREAD || self.reading.dawdles(now)
            }
            (RequestStage::Request { answered: true, .. }, None) if now.duration_since(self.moved) > KEPT => {
                return SeatRank::Waits;
            }
            (
                RequestStage::Request { answered: true, .. } | RequestStage::Request { body: BodyLength::Left(0), .. },
                None,
            ) => false,
            (RequestStage::Request { .. }, None) => {
                self.full_since.is_none() && (!self.sending.has_begun() || self.sending.dawdles(now))
            }
        };
        if dawdles { SeatRank::Dawdles } else { SeatRank::Works }
    }
}

impl Header {
    /// Where it ends, behind its empty line; empty lines before it don't count (RFC 9112 §2.2).
    fn end(&mut self, held: &[u8], new: usize) -> Option<usize> {
        let first = held.iter().find(|byte| !matches!(byte, b'\r' | b'\n'));
        // Requests do not begin like this, but TLS does: the web server answers that at once.
        if first.is_some_and(|first| !first.is_ascii_alphabetic()) {
            return Some(held.len());
        }
        let unseen = held.len() - new;
        for at in memchr::memchr_iter(b'\n', &held[unseen..]).map(|at| unseen + at) {
            let line = held[self.line..at].strip_suffix(b"\r").unwrap_or(&held[self.line..at]);
            self.line = at + 1;
            match (line.is_empty(), self.lines) {
                (true, 0) => {}
                (true, _) => return Some(at + 1),
                (false, _) => self.lines += 1,
            }
        }
        None
    }
}

/// The length of the body that this header announces.
fn body_of(header: &[u8]) -> BodyLength {
    let mut fields = [httparse::EMPTY_HEADER; HEADER_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    if !matches!(request.parse(header), Ok(httparse::Status::Complete(_))) {
        return BodyLength::Unknown;
    }
    let mut body = BodyLength::Left(0);
    for field in request.headers.iter() {
        if field.name.eq_ignore_ascii_case("transfer-encoding") {
            return BodyLength::Unknown;
        }
        if field.name.eq_ignore_ascii_case("content-length") {
            let length = std::str::from_utf8(field.value).ok().and_then(|value| value.trim().parse().ok());
            body = length.map_or(BodyLength::Unknown, BodyLength::Left);
        }
    }
    body
}

impl BodyLength {
    /// How many of these bytes belong to the body.
    fn take(&mut self, count: usize) -> usize {
        let BodyLength::Left(left) = self else { return count };
        let own = usize::try_from(*left).unwrap_or(usize::MAX).min(count);
        *left -= own as u64;
        own
    }
}

/// The speed in one direction.
#[derive(Clone, Copy)]
struct Pace {
    since: Instant,
    bytes: u64,
    /// The bytes of earlier windows.
    earlier: u64,
    /// Windows in a row that were too slow.
    slow: u32,
}

impl Pace {
    /// `late`: a window without a single byte counts, too.
    fn is_too_slow(&mut self, late: bool, now: Instant) -> bool {
        if now.duration_since(self.since) >= WINDOW {
            if self.bytes >= LEAST * WINDOW.as_secs() {
                self.slow = 0;
            } else if late || self.bytes > 0 {
                self.slow += 1;
            }
            self.earlier += self.bytes;
            (self.since, self.bytes) = (now, 0);
        }
        self.slow >= SLOW_WINDOWS
    }

    fn has_begun(&self) -> bool {
        self.earlier + self.bytes >= LEAST
    }

    /// Whether it is too slow at the moment; it may become faster again.
    fn dawdles(&self, now: Instant) -> bool {
        let seconds = now.duration_since(self.since).as_secs();
        self.slow > 0 || (seconds >= 1 && self.bytes < LEAST * seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Gives a header in pieces of this size.
    fn fed(header: &[u8], size: usize) -> (RequestWatch, WatchStep) {
        let now = Instant::now();
        let (mut watch, mut held, mut step) = (RequestWatch::new(now), Vec::new(), WatchStep::More);
        for piece in header.chunks(size) {
            assert_eq!(step, WatchStep::More);
            held.extend_from_slice(piece);
            step = watch.header(&held, piece.len(), now);
        }
        (watch, step)
    }

    #[test]
    fn a_header_ends_with_its_empty_line_however_it_comes() {
        for header in [GET, b"\r\n\nGET / HTTP/1.0\n\n", b"POST /x HTTP/1.1\r\nA: b\n\r\n"] {
            for size in [1, 2, 3, 7, 100] {
                assert_eq!(fed(header, size).1, WatchStep::Whole(header.len()));
                assert_eq!(fed(&header[..header.len() - 1], size).1, WatchStep::More);
            }
        }
        assert_eq!(fed(b"\x16\x03\x01\x02\x00", 100).1, WatchStep::Whole(5), "TLS is refused at once");
        // What follows belongs to the next one.
        assert_eq!(fed(&[GET, GET].concat(), 100).1, WatchStep::Whole(GET.len()));
        assert_eq!(fed(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET", 100).1, WatchStep::Whole(40));
    }

    #[test]
    fn a_header_has_its_bounds_and_http_2_has_none() {
        let with = |fields: usize, size: usize| {
            let mut header = b"GET / HTTP/1.1\r\n".to_vec();
            (0..fields).for_each(|n| header.extend(format!("X-{n}: {}\r\n", "a".repeat(size)).into_bytes()));
            header.extend(b"\r\n");
            fed(&header, 1000).1
        };
        assert!(matches!(with(100, 10), WatchStep::Whole(_)));
        assert_eq!(with(101, 10), WatchStep::Refused(HeaderRefusal::TooLarge));
        assert!(matches!(with(3, 10_000), WatchStep::Whole(_)));
        let (mut watch, now) = (RequestWatch::new(Instant::now()), Instant::now());
        let endless = vec![b'a'; HEADER_SIZE + 1];
        assert_eq!(watch.header(&endless, endless.len(), now), WatchStep::Refused(HeaderRefusal::TooLarge));
        assert_eq!(fed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 16).1, WatchStep::Refused(HeaderRefusal::Http2));
    }

    #[test]
    fn what_follows_an_answer_is_a_header_but_not_what_follows_a_leave_to_go_on() {
        let (mut watch, _) = fed(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n", 100);
        let now = Instant::now();
        assert_eq!(watch.expected(), ExpectedBytes::Body);
        watch.client_took(CONTINUE, now);
        assert_eq!(watch.expected(), ExpectedBytes::Body);
        assert_eq!(watch.client_sent(12, now), 9);
        watch.client_took(b"HTTP/1.1 200 OK\r\n", now);
        assert_eq!(watch.expected(), ExpectedBytes::Header);
    }

    #[test]
    fn each_stage_has_its_time() {
        let now = Instant::now();
        let mut new = RequestWatch::new(now);
        assert!(!new.is_overdue(now + seconds(14)) && new.is_overdue(now + seconds(16)));

        // A byte a second is no progress.
        let mut dripping = RequestWatch::new(now);
        let held = b"GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaa";
        (0..15).for_each(|at| {
            dripping.header(&held[..20 + at as usize], 1, now + seconds(at));
        });
        assert!(!dripping.is_overdue(now + seconds(14)) && dripping.is_overdue(now + seconds(16)));

        let (mut thinking, _) = fed(GET, 100);
        assert!(!thinking.is_overdue(now + seconds(290)) && thinking.is_overdue(now + seconds(302)));
        assert_eq!(thinking.standing(now + seconds(290)), SeatRank::Works);

        let (mut kept, _) = fed(GET, 100);
        kept.client_took(b"HTTP/1.1 200 OK\r\n\r\n", now);
        assert!(!kept.is_overdue(now + seconds(74)) && kept.is_overdue(now + seconds(76)));
        assert_eq!(kept.standing(now + seconds(5)), SeatRank::Waits);
    }

    /// Whether it is ended within ten minutes when so many bytes come or are taken every second.
    fn ends(mut watch: RequestWatch, mut move_on: impl FnMut(&mut RequestWatch, Instant)) -> bool {
        let now = Instant::now();
        (1..600).any(|second| {
            move_on(&mut watch, now + seconds(second));
            watch.is_overdue(now + seconds(second))
        })
    }

    #[test]
    fn who_costs_himself_nothing_gives_way_at_once() {
        let now = Instant::now();
        let (mut body, _) = fed(b"POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n", 100);
        assert_eq!(body.standing(now), SeatRank::Dawdles);
        body.client_sent(1, now);
        assert_eq!(body.standing(now), SeatRank::Dawdles);
        body.client_sent(4000, now);
        assert_eq!(body.standing(now), SeatRank::Works);
        let (mut form, _) = fed(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n", 100);
        form.client_sent(10, now);
        assert_eq!(form.standing(now), SeatRank::Works);

        let (mut unread, _) = fed(GET, 100);
        unread.client_took(&[b'x'; 200_000], now);
        unread.client_stalls(now);
        assert_eq!(unread.standing(now + seconds(1)), SeatRank::Works);
        assert_eq!(unread.standing(now + seconds(2)), SeatRank::Dawdles);
        unread.client_took(b"x", now + seconds(2));
        unread.client_stalls(now + seconds(2));
        assert_eq!(unread.standing(now + seconds(3)), SeatRank::Works);
    }

    #[test]
    fn a_body_that_the_web_server_does_not_take_is_not_slow() {
        let (mut watch, _) = fed(b"POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n", 100);
        let now = Instant::now();
        watch.client_sent(2_000, now);
        watch.server_is_full(now);
        let waits = |watch: &mut RequestWatch, from: u64, to: u64| {
            (from..to).all(|second| {
                watch.server_is_full(now + seconds(second));
                !watch.is_overdue(now + seconds(second)) && watch.standing(now + seconds(second)) == SeatRank::Works
            })
        };
        assert!(waits(&mut watch, 1, 250));
        watch.server_took(now + seconds(250));
        // The client has its time from here on.
        assert_eq!(watch.standing(now + seconds(251)), SeatRank::Works);
        assert_eq!(watch.standing(now + seconds(275)), SeatRank::Dawdles);
        assert!((251..400).any(|second| watch.is_overdue(now + seconds(second))));
    }

    #[test]
    fn a_body_that_drips_is_ended_and_one_on_a_slow_line_goes_on() {
        let large = b"POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n";
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for header in [&large[..], chunked] {
            assert!(ends(fed(header, 100).0, |watch, now| _ = watch.client_sent(1, now)));
            assert!(!ends(fed(header, 100).0, |watch, now| _ = watch.client_sent(16_000, now)));
        }
        assert!(ends(fed(large, 100).0, |_, _| ()), "nothing comes at all");
    }

    #[test]
    fn an_answer_that_nobody_reads_is_ended_and_one_on_a_slow_line_goes_on() {
        let read = |watch: &mut RequestWatch, count: usize, now| {
            if count > 0 {
                watch.client_took(&vec![0; count], now);
            }
            watch.client_stalls(now);
        };
        assert!(ends(fed(GET, 100).0, |watch, now| read(watch, 0, now)));
        assert!(ends(fed(GET, 100).0, |watch, now| read(watch, 9, now)));
        assert!(!ends(fed(GET, 100).0, |watch, now| read(watch, 16_000, now)));
    }

    #[test]
    fn who_closes_his_half_gets_his_answer() {
        let (mut watch, _) = fed(GET, 100);
        let now = Instant::now();
        assert_eq!(watch.hold(now + seconds(60)), HoldBack::UntilAnswered);
        watch.client_took(b"HTTP/1.1 200 OK\r\n\r\n", now + seconds(60));
        assert_eq!((watch.hold(now + seconds(60)), watch.hold(now + seconds(61))), (HoldBack::Rest, HoldBack::No));
        let (cut, _) = fed(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", 100);
        assert_eq!(cut.hold(now), HoldBack::No, "the rest of the body never comes");
    }
}
