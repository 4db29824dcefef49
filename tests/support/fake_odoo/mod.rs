//! A server that behaves as the recordings of real Odoos with OpenSPP's grievances say: it speaks XML-RPC over
//! HTTP, from 19 on JSON-2 too, and what a call does is committed at once, at its end, whether or not the client still listens.

mod gateway;
mod json2;
mod methods;
mod world;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mailgate::domain::connection::{BaseUrl, Connection, ConnectionState};
use mailgate::domain::id::ConnectionId;
use mailgate::domain::secret::Secret;
use mailgate::domain::setting::SettingsObject;
use mailgate::xmlrpc::{DocumentLimits, FaultCode, read_call, write_answer, write_fault};
use serde_json::Value as Json;

use self::world::Fault;
pub use self::world::{LEAD, OWN_PASSWORD, TICKET, World};
pub use self::world::{from_json, to_json};

/// As an Odoo, it takes what comes.
const LIMITS: DocumentLimits = DocumentLimits { bytes: 100_000_000, depth: 128, elements: 2_000_000 };

/// What stands in the way of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Front {
    #[default]
    Nothing,
    /// Every path answers with a web page.
    Html,
    /// Every path sends on to another address.
    Redirect,
    /// A proxy that answers by itself with this status.
    Status(u16),
    /// The same as JSON, as gateways of APIs do.
    JsonStatus(u16),
}

pub struct FakeOdoo {
    pub port: u16,
    world: Arc<Mutex<World>>,
    running: Arc<AtomicUsize>,
    tls: Option<native_tls::TlsAcceptor>,
    life: Arc<Life>,
}

/// From a start to the next end.
#[derive(Default)]
struct Life {
    over: AtomicBool,
    /// The connections that are open, by their other end.
    open: Mutex<HashMap<SocketAddr, TcpStream>>,
}

impl Life {
    fn end(&self, peer: SocketAddr) {
        if let Some(stream) = self.open.lock().unwrap().remove(&peer) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl FakeOdoo {
    pub fn start() -> Self {
        Self::over(None)
    }

    /// With TLS, showing this certificate.
    pub fn with_tls(identity: native_tls::Identity) -> Self {
        Self::over(Some(native_tls::TlsAcceptor::new(identity).unwrap()))
    }

    fn over(tls: Option<native_tls::TlsAcceptor>) -> Self {
        let (listener, port) = super::listen();
        let (world, life) = (Arc::new(Mutex::new(World::new())), Arc::default());
        let fake = Self { port, world, running: Arc::default(), tls, life };
        fake.listen(listener);
        fake
    }

    fn listen(&self, listener: TcpListener) {
        let (world, life, running) = (self.world.clone(), self.life.clone(), self.running.clone());
        let tls = self.tls.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if life.over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(peer) = stream.peer_addr() else { continue };
                life.open.lock().unwrap().insert(peer, stream.try_clone().unwrap());
                let (world, life, counter, tls) = (world.clone(), life.clone(), running.clone(), tls.clone());
                counter.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    // Whoever does not listen any more gets no answer; what was done stays done.
                    let _ = match tls {
                        None => serve(stream, &world, &life),
                        Some(tls) => tls.accept(stream).map_err(|_| ()).and_then(|stream| serve(stream, &world, &life)),
                    };
                    life.end(peer);
                    counter.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
    }

    /// As `kill -9`: nobody listens any more, connections end, and calls that have not come to their end are undone.
    pub fn kill(&self) {
        let world = self.world();
        self.life.over.store(true, Ordering::SeqCst);
        drop(world);
        // Wakes the listener so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let open: Vec<SocketAddr> = self.life.open.lock().unwrap().keys().copied().collect();
        open.into_iter().for_each(|peer| self.life.end(peer));
    }

    /// Again on the same port, with what it held.
    pub fn start_again(&mut self) {
        self.life = Arc::default();
        let bind = || TcpListener::bind(("127.0.0.1", self.port)).ok();
        self.listen(super::wait_for("the port to be free", Duration::from_secs(5), bind));
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Calls that have not ended.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub fn connection(&self) -> Connection {
        connection(&format!("http://127.0.0.1:{}", self.port))
    }

    pub fn password(&self) -> Secret {
        Secret::new("key")
    }
}

/// To the fake's database, as its account.
pub fn connection(url: &str) -> Connection {
    Connection {
        id: ConnectionId(1),
        name: "OpenSPP".into(),
        url: BaseUrl::parse(url).unwrap(),
        database: "openspp".into(),
        login: "bridge@example.org".into(),
        state: ConnectionState::Done,
        ..Connection::blank()
    }
}

fn serve<S: Read + Write>(stream: S, world: &Mutex<World>, life: &Life) -> Result<(), ()> {
    let mut stream = BufReader::new(stream);
    loop {
        let Some(request) = request(&mut stream) else {
            return stream.get_mut().write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").map_err(|_| ());
        };
        let mut answer = answer(&request, world, life)?;
        let is_kept = world.lock().unwrap().keeps_connections;
        if is_kept {
            let words = String::from_utf8(answer).unwrap();
            answer = words.replace("HTTP/1.0", "HTTP/1.1").replace("Connection: close\r\n", "").into_bytes();
        }
        let stream = stream.get_mut();
        stream.write_all(&answer).and_then(|()| stream.flush()).map_err(|_| ())?;
        if !is_kept {
            return Ok(());
        }
    }
}

fn answer(request: &Request, world: &Mutex<World>, life: &Life) -> Result<Vec<u8>, ()> {
    let (front, late) = {
        let world = world.lock().unwrap();
        (world.front, world.late)
    };
    Ok(match front {
        Front::Nothing => call(request, world, life, late).ok_or(())?,
        Front::Html => http("200 OK", "text/html; charset=utf-8", "<!DOCTYPE html><html><title>Hello</title></html>"),
        Front::Redirect => {
            let head = "301 Moved Permanently\r\nLocation: https://new.example.org/xmlrpc/2/common";
            http(head, "text/html", "<title>Moved</title>")
        }
        Front::Status(status) => http(&format!("{status} Odd"), "text/html", "<title>Not now</title>"),
        Front::JsonStatus(status) => http(&format!("{status} Odd"), "application/json", "{\"message\": \"Not now\"}"),
    })
}

struct Request {
    path: String,
    /// By their names in small letters.
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

/// None where the request ends early, which no Odoo works on.
fn request<S: Read + Write>(stream: &mut BufReader<S>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    if headers.get("expect").is_some_and(|value| value == "100-continue") {
        stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length = headers.get("content-length").map_or(Some(0), |length| length.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { path, headers, body })
}

/// None where its life ended meanwhile.
fn call(request: &Request, world: &Mutex<World>, life: &Life, late: Duration) -> Option<Vec<u8>> {
    let service = request.path.strip_prefix("/xmlrpc/2/").filter(|_| world.lock().unwrap().has_xmlrpc);
    let read = service.map(|_| read_call(&request.body, &LIMITS));
    if let Some(Err(_)) = read {
        return Some(http("400 Bad Request", "text/plain", "no XML-RPC"));
    }
    // The work takes this long, and shows only at its end.
    std::thread::sleep(late);
    let mut world = world.lock().unwrap();
    if life.over.load(Ordering::SeqCst) {
        return None;
    }
    let (Some(service), Some(Ok(call))) = (service, read) else {
        let (status, kind, body) = json2::answer(&mut world, request);
        return Some(http(status, kind, &body));
    };
    world.calls.push(format!("{service}.{}", call.method));
    if service == "db" && world.db_service_blocked {
        return Some(http("403 Forbidden", "text/html", "<title>403 Forbidden</title>"));
    }
    let params: Vec<Json> = call.params.iter().map(to_json).collect();
    let outcome = world.call(service, &call.method, &params);
    drop(world);
    let text = match outcome {
        Ok(value) => write_answer(from_json(&value)).unwrap(),
        Err(Fault(code, words)) => write_fault(&FaultCode::Number(code), &words).unwrap(),
    };
    Some(http("200 OK", "text/xml; charset=utf-8", &text))
}

fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.0 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}
