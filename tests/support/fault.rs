//! A TCP proxy that breaks connections in chosen ways, for what happens when a network does.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What the proxy does to the bytes that the server sends.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Passes everything.
    None,
    /// Ends the connection after this many bytes of it.
    CutAfter(usize),
    /// Passes so many bytes, then keeps the connection open and silent.
    StallAfter(usize),
}

/// Listens on `port` until dropped; every connection suffers `fault`.
pub struct FaultProxy {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
}

impl FaultProxy {
    /// Before `server_port` of this machine; chooses the fault by the number of the connection, from 0.
    pub fn each(server_port: u16, fault: impl Fn(usize) -> Fault + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let stopping = Arc::new(AtomicBool::new(false));
        let (count, stop) = (connections.clone(), stopping.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let fault = fault(count.fetch_add(1, Ordering::SeqCst));
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", server_port))) else {
                    continue;
                };
                let (up_from, up_to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || pass(up_from, up_to, Fault::None));
                std::thread::spawn(move || pass(server, client, fault));
            }
        });
        Self { port, connections, stopping }
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener so that it sees the flag.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, fault: Fault) {
    let mut passed = 0;
    let mut buffer = [0; 16 << 10];
    while let Ok(got @ 1..) = from.read(&mut buffer) {
        let (limit, cut) = match fault {
            Fault::None => (usize::MAX, true),
            Fault::CutAfter(limit) => (limit, true),
            Fault::StallAfter(limit) => (limit, false),
        };
        let allowed = got.min(limit - passed);
        if to.write_all(&buffer[..allowed]).is_err() {
            break;
        }
        passed += allowed;
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
}

/// A server that accepts connections and never says a word. Returns its port; it lives as long as the process.
pub fn silent_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for client in listener.incoming() {
            kept.push(client);
        }
    });
    port
}
