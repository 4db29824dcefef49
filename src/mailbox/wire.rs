//! The bytes of one connection, plain or encrypted: the lines of text protocols, the bodies of messages, and the limit on
//! traffic.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use native_tls::TlsStream;
use parking_lot::Mutex;
use tempfile::{SpooledData, SpooledTempFile};

use super::dial::{Clock, Socket};
use super::{Download, Missing, RawMessage};
use crate::domain::id::ServerId;
use crate::domain::message::Came;
use crate::domain::server::IncomingServer;
use crate::say;

pub(super) enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
    /// A script instead of a server, for fuzzing.
    Played(Box<super::fuzzing::Script>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            Stream::Tls(tls) => tls.read(buffer),
            Stream::Played(script) => script.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
            Stream::Played(script) => script.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            Stream::Tls(tls) => tls.flush(),
            Stream::Played(_) => Ok(()),
        }
    }
}

impl Stream {
    /// None where nothing is dialled.
    fn socket(&mut self) -> Option<&mut Socket> {
        match self {
            Stream::Plain(socket) => Some(socket),
            Stream::Tls(tls) => Some(tls.get_mut()),
            Stream::Played(_) => None,
        }
    }
}

/// Bytes that a connection reads at once.
const AT_ONCE: usize = 32 << 10;
/// The same while it waits for the server to speak: there are many of these, and hardly anything comes.
const AT_REST: usize = 512;

/// The longest line that is taken as an answer, in bytes.
pub(super) const LINE_LIMIT: usize = 64 << 10;

/// A buffered connection.
pub(super) struct BufferedWire {
    reader: BufReader<Stream>,
    pub clock: Arc<Clock>,
}

impl BufferedWire {
    pub(super) fn new(stream: Stream, clock: Arc<Clock>) -> Self {
        Self { reader: BufReader::with_capacity(AT_ONCE, stream), clock }
    }

    /// Prepares the connection to wait hours for the server to speak: its buffer is small, and reads and writes return at
    /// once. `false` restores it.
    pub(super) fn rest(mut self, at_rest: bool) -> io::Result<Self> {
        if let Some(socket) = self.reader.get_mut().socket() {
            socket.rest(at_rest)?;
        }
        if self.is_drained() {
            let capacity = if at_rest { AT_REST } else { AT_ONCE };
            self.reader = BufReader::with_capacity(capacity, self.reader.into_inner());
        }
        Ok(self)
    }

    /// The socket to poll for incoming bytes; None for a script.
    pub(super) fn tcp(&mut self) -> Option<Arc<TcpStream>> {
        self.reader.get_mut().socket().map(|socket| socket.tcp())
    }

    /// Sends one command line, or several with CRLF between them.
    pub(super) fn send(&mut self, line: impl AsRef<[u8]>) -> io::Result<()> {
        let stream = self.reader.get_mut();
        stream.write_all(&[line.as_ref(), b"\r\n"].concat())?;
        stream.flush()
    }

    /// The next line without its end, as text for people: see [`words`]. Fails as [`Wire::line_bytes`] does.
    pub(super) fn line(&mut self) -> io::Result<String> {
        Ok(words(&self.line_bytes()?))
    }

    /// The next line without its end. Fails with `UnexpectedEof` where the connection ends before it does, and with
    /// `InvalidData` where it is longer than [`LINE_LIMIT`].
    pub(super) fn line_bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        (&mut self.reader).take(LINE_LIMIT as u64).read_until(b'\n', &mut line)?;
        match line.pop() {
            Some(b'\n') => {}
            _ if line.len() + 1 >= LINE_LIMIT => {
                return Err(io::Error::new(ErrorKind::InvalidData, say!("mailbox-limit-line")));
            }
            _ => return Err(ErrorKind::UnexpectedEof.into()),
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }

    /// What has come already and was not read yet.
    pub(super) fn at_hand(&self) -> &[u8] {
        self.reader.buffer()
    }

    /// Whether all that has come is read.
    pub(super) fn is_drained(&self) -> bool {
        self.at_hand().is_empty()
    }

    /// The connection below, for a TLS handshake. None where the server has sent more than it was asked for:
    /// plain text that must not be taken for part of the encrypted conversation.
    pub(super) fn into_plain(self) -> Option<Socket> {
        match (self.reader.buffer().is_empty(), self.reader.into_inner()) {
            (true, Stream::Plain(socket)) => Some(socket),
            _ => None,
        }
    }
}

/// A server's own words, whatever charset they have: UTF-8, else Chinese where all that is not ASCII comes in pairs as
/// GB 2312 has them, else Western European.
pub(super) fn words(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut beyond = bytes.split(|byte| byte.is_ascii()).filter(|run| !run.is_empty());
    let pairs = beyond.all(|run| run.len() % 2 == 0 && run.iter().all(|byte| (0xa1..=0xfe).contains(byte)));
    let encoding = if pairs { encoding_rs::GBK } else { encoding_rs::WINDOWS_1252 };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

impl Read for BufferedWire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl BufRead for BufferedWire {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

impl Write for BufferedWire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.reader.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.reader.get_mut().flush()
    }
}

// How much moves between Mailgate and one mail server, where that is limited: all connections of an incoming server share
// one budget, and whoever has overspent it waits.

/// The budgets of all incoming servers of this process; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<HashMap<ServerId, Arc<Meter>>>>);

impl Traffic {
    /// The budget that the connections of this server share; None where its traffic is not limited.
    pub(super) fn of(&self, server: &IncomingServer) -> Option<Arc<Meter>> {
        let mut meters = self.0.lock();
        if server.traffic_kb_s == 0 {
            meters.remove(&server.id);
            return None;
        }
        let rate = u64::from(server.traffic_kb_s) * 1000;
        // A changed limit makes a new budget; open connections go on with the old one.
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
    /// The moment until which the bytes moved so far take, at this rate.
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

    /// Counts bytes that have moved, and returns once more may follow.
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

impl RawMessage {
    /// Bytes.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            RawMessage::Memory(bytes) => Ok(bytes.len() as u64),
            RawMessage::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Whether both are the same bytes. Leaves both at their start.
    pub(super) fn is_same(&mut self, other: &mut RawMessage) -> io::Result<bool> {
        Ok(match (self, other) {
            (RawMessage::Memory(one), RawMessage::Memory(other)) => one == other,
            (RawMessage::File(one), RawMessage::File(other)) => {
                let same = same_from_here(one, other)?;
                one.rewind()?;
                other.rewind()?;
                same
            }
            _ => false,
        })
    }
}

fn same_from_here(one: &mut File, other: &mut File) -> io::Result<bool> {
    let (mut these, mut those) = (Vec::new(), Vec::new());
    loop {
        these.clear();
        those.clear();
        Read::take(&mut *one, 1 << 20).read_to_end(&mut these)?;
        Read::take(&mut *other, 1 << 20).read_to_end(&mut those)?;
        if these != those {
            return Ok(false);
        }
        if these.is_empty() {
            return Ok(true);
        }
    }
}

/// Decides about a message that arrived complete but shorter than `announced`, after it was fetched a second time.
pub(super) fn twice(
    mut first: RawMessage,
    mut second: RawMessage,
    announced: u64,
) -> io::Result<Result<Download, Missing>> {
    let (one, other) = (first.size()?, second.size()?);
    if other >= announced {
        return Ok(Ok(Download { body: second, came: Came::All }));
    }
    if first.is_same(&mut second)? {
        return Ok(Ok(Download { body: second, came: Came::Fewer }));
    }
    Ok(Err(Missing::CutShort(say!("mailbox-message-unlike", announced, one, other))))
}

/// The bytes of one message on their way in: in memory while they are few, in an unlinked file when they are many.
pub(super) struct BodyWriter(SpooledTempFile);

impl BodyWriter {
    /// `in_memory`: bytes above which the body goes to a file.
    pub(super) fn new(in_memory: usize) -> Self {
        Self(SpooledTempFile::new(in_memory))
    }

    /// Removes the last bytes.
    pub(super) fn cut_off(&mut self, bytes: u64) -> io::Result<()> {
        let end = self.0.stream_position()?.saturating_sub(bytes);
        self.0.set_len(end)
    }

    /// Hands on what was written from `start` on, some of it at a time, and goes on at its end.
    pub(super) fn since(&mut self, start: u64, each: &mut dyn FnMut(u64, &[u8])) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(start))?;
        let (mut at, mut some) = (start, Vec::new());
        loop {
            some.clear();
            Read::take(&mut self.0, 1 << 20).read_to_end(&mut some)?;
            if some.is_empty() {
                return Ok(());
            }
            each(at, &some);
            at += some.len() as u64;
        }
    }

    pub(super) fn finish(self) -> io::Result<RawMessage> {
        match self.0.into_inner() {
            SpooledData::InMemory(bytes) => Ok(RawMessage::Memory(bytes.into_inner())),
            SpooledData::OnDisk(mut file) => {
                file.rewind()?;
                Ok(RawMessage::File(file))
            }
        }
    }
}

impl Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::SettingsObject;
    use std::io::Read;

    #[test]
    fn words_are_readable_in_any_charset() {
        assert_eq!(words("échec".as_bytes()), "échec");
        assert_eq!(words(b"\xe9chec d'authentification"), "échec d'authentification");
        assert_eq!(words(b"\xc3\xdc\xc2\xeb\xb4\xed\xce\xf3 (535)"), "密码错误 (535)");
        assert_eq!(words(b""), "");
    }

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

    #[test]
    fn a_body_is_whole_on_either_side_of_the_limit() {
        for size in [9, 10, 11, 100] {
            let mut writer = BodyWriter::new(10);
            (0..size).for_each(|n| writer.write_all(&[n]).unwrap());
            let read = match writer.finish().unwrap() {
                RawMessage::Memory(bytes) => bytes,
                RawMessage::File(mut file) => {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).unwrap();
                    assert!(size > 10);
                    bytes
                }
            };
            assert_eq!(read, (0..size).collect::<Vec<u8>>());
        }
    }
}
