//! A TCP proxy that breaks connections in chosen ways, for what happens when a network does.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the proxy does to the bytes that the server sends, or to the client's.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Passes everything.
    None,
    /// Ends the connection after this many bytes of the server's.
    CutAfter(usize),
    /// Passes so many bytes of the server's, then keeps the connection open and silent.
    StallAfter(usize),
    /// Passes so many bytes a second of the server's, and ends the connection after this time.
    Thin { rate: usize, life: Duration },
    /// Ends the connection after this many bytes of the client's.
    CutRequestAfter(usize),
    /// Answers an HTTP request with 502: before the server has it, or once the server is done.
    BadGateway { forwarded: bool },
}

const BAD_GATEWAY: &[u8] =
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";

/// Listens on `port` until dropped; every connection suffers `fault`.
pub struct FaultProxy {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    struck: Arc<AtomicUsize>,
    passed: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
    /// Both ends of each connection that is open, by its number.
    ends: Arc<Mutex<HashMap<usize, [TcpStream; 2]>>>,
}

impl FaultProxy {
    /// Before `server_port` of this machine; chooses the fault by the number of the connection, from 0.
    pub fn each(server_port: u16, fault: impl Fn(usize) -> Fault + Send + 'static) -> Self {
        let (listener, port) = super::listen();
        let connections = Arc::new(AtomicUsize::new(0));
        let stopping = Arc::new(AtomicBool::new(false));
        let open = Arc::new(AtomicUsize::new(0));
        let struck = Arc::new(AtomicUsize::new(0));
        let passed = Arc::new(AtomicUsize::new(0));
        let (silent, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(HashMap::new())));
        let (mute, both) = (silent.clone(), ends.clone());
        let (count, stop, passing, strikes) = (connections.clone(), stopping.clone(), open.clone(), struck.clone());
        let bytes = passed.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let fault = fault(count.fetch_add(1, Ordering::SeqCst));
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", server_port))) else {
                    continue;
                };
                let number = count.load(Ordering::SeqCst);
                both.lock().unwrap().insert(number, [client.try_clone().unwrap(), server.try_clone().unwrap()]);
                let open_ends = both.clone();
                let (passing, strikes, bytes, mute) = (passing.clone(), strikes.clone(), bytes.clone(), mute.clone());
                passing.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    strikes.fetch_add(usize::from(suffer(client, server, fault, &bytes, &mute)), Ordering::SeqCst);
                    // These would keep it open.
                    let ends = open_ends.lock().unwrap().remove(&number);
                    ends.iter().flatten().for_each(|end| drop(end.shutdown(Shutdown::Both)));
                    passing.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, connections, open, struck, passed, stopping, silent, ends }
    }

    /// From now on every byte is swallowed, of all connections and in both directions; none of them ends. Or no more.
    pub fn fall_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// Ends all connections; new ones are passed on.
    pub fn hang_up(&self) {
        self.ends.lock().unwrap().drain().flat_map(|(_, ends)| ends).for_each(|end| drop(end.shutdown(Shutdown::Both)));
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Connections that are not over yet.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Bytes of the server's that were passed on.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    /// Connections whose fault came to pass: not those that ended before.
    pub fn struck(&self) -> usize {
        self.struck.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener so that it sees the flag.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Passes one connection on until both sides are done. True where the fault came to pass.
fn suffer(
    mut client: TcpStream,
    mut server: TcpStream,
    fault: Fault,
    bytes: &AtomicUsize,
    mute: &Arc<AtomicBool>,
) -> bool {
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (request, answer) = match fault {
        Fault::CutRequestAfter(_) => (fault, Fault::None),
        Fault::BadGateway { forwarded } => {
            let request = read_request(&mut client);
            if forwarded && server.write_all(&request).is_ok() {
                let _ = server.read_to_end(&mut Vec::new());
            }
            let _ = client.write_all(BAD_GATEWAY);
            return true;
        }
        _ => (Fault::None, fault),
    };
    let muted = mute.clone();
    let up = std::thread::spawn(move || pass(from, to, request, &AtomicUsize::new(0), &muted));
    let struck = pass(server, client, answer, bytes, mute);
    up.join().unwrap() || struck
}

/// One HTTP request with its body.
fn read_request(client: &mut TcpStream) -> Vec<u8> {
    let (mut request, mut buffer) = (Vec::new(), [0; 16 << 10]);
    let mut wanted = usize::MAX;
    while request.len() < wanted {
        let Ok(got @ 1..) = client.read(&mut buffer) else { break };
        request.extend_from_slice(&buffer[..got]);
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
            wanted = end + 4 + length.unwrap_or(0);
        }
    }
    request
}

/// True where the fault came to pass.
fn pass(mut from: TcpStream, mut to: TcpStream, fault: Fault, bytes: &AtomicUsize, mute: &AtomicBool) -> bool {
    if let Fault::Thin { rate, life } = fault {
        return drip(from, to, rate, life, bytes);
    }
    let (limit, cut) = match fault {
        Fault::CutAfter(limit) | Fault::CutRequestAfter(limit) => (limit, true),
        Fault::StallAfter(limit) => (limit, false),
        Fault::None | Fault::Thin { .. } | Fault::BadGateway { .. } => (usize::MAX, true),
    };
    let mut passed = 0;
    let mut buffer = [0; 16 << 10];
    while let Ok(got @ 1..) = from.read(&mut buffer) {
        if mute.load(Ordering::SeqCst) {
            continue;
        }
        let allowed = got.min(limit - passed);
        if to.write_all(&buffer[..allowed]).is_err() {
            break;
        }
        passed += allowed;
        bytes.fetch_add(allowed, Ordering::SeqCst);
        if passed == limit {
            if cut {
                break;
            }
            // Swallows the rest in silence until either side gives up.
            while let Ok(1..) = from.read(&mut buffer) {}
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
    passed == limit
}

/// A fiftieth of a second's bytes at a time. True where its life ended it.
fn drip(mut from: TcpStream, mut to: TcpStream, rate: usize, life: Duration, bytes: &AtomicUsize) -> bool {
    let begun = Instant::now();
    let mut buffer = vec![0; (rate / 50).max(1)];
    let mut passed = 0;
    let _ = from.set_read_timeout(Some(Duration::from_millis(20)));
    while begun.elapsed() < life {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) if to.write_all(&buffer[..got]).is_ok() => {
                passed += got;
                bytes.fetch_add(got, Ordering::SeqCst);
                let due = Duration::from_secs_f64(passed as f64 / rate as f64);
                std::thread::sleep(due.saturating_sub(begun.elapsed()).min(life.saturating_sub(begun.elapsed())));
            }
            Ok(_) => break,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
    begun.elapsed() >= life
}

/// A server that accepts connections and never says a word. Returns its port; it lives as long as the process.
pub fn silent_server() -> u16 {
    let (listener, port) = super::listen();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for client in listener.incoming() {
            kept.push(client);
        }
    });
    port
}
