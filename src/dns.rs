//! What a domain's name service says about its mail: MX (RFC 5321 §5.1) and SRV (RFC 6186). The system's resolver, which
//! looks up all hosts, can't be asked for either.
//!
//! `simple-dns` writes and reads the messages; here is only one question over UDP. A resolver library would bring its own
//! cache, configuration and some forty crates for something that people ask a few times a year. There is no retry over TCP:
//! if an answer does not fit, the part that fits is used, since the caller tries every host anyway, and believes nothing
//! before a person has looked at it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use simple_dns::rdata::{OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};

use crate::domain::server::{Host, Port};

/// Bytes of an answer: the size that passes everywhere without being fragmented.
const ANSWER: u16 = 1232;
/// How long one name server may take, before the next is asked.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Name servers that are asked; the system's resolver asks as many.
const MOST_SERVERS: usize = 3;
/// Records of an answer that are read.
const MOST_RECORDS: usize = 20;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The hosts that take a domain's mail.
    Mx,
    /// The hosts of a service, such as `_imaps._tcp.example.org`.
    Srv,
}

/// One host of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub host: Host,
    /// Only for a service.
    pub port: Option<Port>,
    /// The lower one comes first.
    priority: u16,
    /// Of two with the same priority, the heavier one comes first.
    weight: u16,
}

/// The outcome of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The hosts, the one to be tried first in front; none if the domain has none, or says so.
    Targets(Vec<Target>),
    /// There is no such domain.
    NoDomain,
    /// No name server answered.
    Silence,
}

/// The name servers of this machine, from `/etc/resolv.conf`; none where it names none.
pub fn of_the_system() -> Vec<SocketAddr> {
    std::fs::read_to_string("/etc/resolv.conf").map(|text| named_in(&text)).unwrap_or_default()
}

fn named_in(resolv_conf: &str) -> Vec<SocketAddr> {
    let named = resolv_conf.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let address = (words.next()? == "nameserver").then(|| words.next())??;
        Some(SocketAddr::new(address.parse().ok()?, 53))
    });
    named.take(MOST_SERVERS).collect()
}

/// Asks the name servers in turn, until one answers or `until` has come.
pub fn ask(servers: &[SocketAddr], name: &str, asked: Asked, until: Instant) -> Answer {
    for server in servers.iter().take(MOST_SERVERS) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match ask_one(*server, name, asked, left.min(PATIENCE)) {
            Ok(Some(answer)) => return answer,
            Ok(None) => {}
            Err(error) => tracing::info!(%server, %error, "a name server does not answer"),
        }
    }
    Answer::Silence
}

/// None if this server can't tell (it refuses, or fails itself).
fn ask_one(server: SocketAddr, name: &str, asked: Asked, wait: Duration) -> io::Result<Option<Answer>> {
    let (id, question) = question(name, asked)?;
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // Sent from a random port, and connected, so that packets of others don't arrive.
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.send(&question)?;
    let end = Instant::now() + wait;
    let mut buffer = [0; ANSWER as usize];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        let length = match socket.recv(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            received => received?,
        };
        // Anything else was sent by somebody who guesses.
        if let Some(answer) = read(&buffer[..length], id, name, asked) {
            return Ok(answer);
        }
    }
}

fn question(name: &str, asked: Asked) -> io::Result<(u16, Vec<u8>)> {
    let unusable = |error: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidInput, error.to_string());
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(|error| unusable(&error))?;
    let id = u16::from_be_bytes(id);
    let name = Name::new(name).map_err(|error| unusable(&error))?;
    let kind = match asked {
        Asked::Mx => TYPE::MX,
        Asked::Srv => TYPE::SRV,
    };
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(name, kind.into(), CLASS::IN.into(), false));
    *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: ANSWER, version: 0 });
    let bytes = packet.build_bytes_vec().map_err(|error| unusable(&error))?;
    Ok((id, bytes))
}

/// None if it does not answer the question with this id; `Some(None)` if the server can't tell.
fn read(bytes: &[u8], id: u16, name: &str, asked: Asked) -> Option<Option<Answer>> {
    let packet = Packet::parse(bytes).ok()?;
    let same = |question: &Question<'_>| question.qname.to_string().eq_ignore_ascii_case(name);
    let is_ours = packet.questions.iter().all(same) && !packet.questions.is_empty();
    if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) || !is_ours {
        return None;
    }
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => return Some(Some(Answer::NoDomain)),
        _ => return Some(None),
    }
    let mut targets: Vec<Target> = packet
        .answers
        .iter()
        .filter_map(|record| match (&record.rdata, asked) {
            (RData::MX(mx), Asked::Mx) => target(&mx.exchange, None, (mx.preference, 0)),
            (RData::SRV(srv), Asked::Srv) => target(&srv.target, Some(srv.port), (srv.priority, srv.weight)),
            _ => None,
        })
        .take(MOST_RECORDS)
        .collect();
    targets.sort_by_key(|target| (target.priority, std::cmp::Reverse(target.weight)));
    Some(Some(Answer::Targets(targets)))
}

/// None if the record says that there is no host (its target is the root, RFC 2782, 7505), or names something else.
fn target(name: &Name<'_>, port: Option<u16>, (priority, weight): (u16, u16)) -> Option<Target> {
    let host = Host::parse(&name.to_string()).ok()?;
    // A name service gives names: an address would be somebody's trick.
    if host.as_str().parse::<IpAddr>().is_ok() || port == Some(0) {
        return None;
    }
    Some(Target { host, port: port.map(Port), priority, weight })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_name_servers_are_read() {
        let text = "# made by hand\nnameserver 192.0.2.53\nsearch example.org\nnameserver ::1\nnameserver nonsense\n\
                    nameserver fe80::1%eth0\nnameserver 192.0.2.54\nnameserver 192.0.2.55\n";
        let named: Vec<String> = named_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(named, ["192.0.2.53:53", "[::1]:53", "192.0.2.54:53"]);
    }

    #[test]
    fn an_answer_belongs_to_its_question() {
        let (id, question) = question("example.org", Asked::Mx).unwrap();
        let mut packet = Packet::parse(&question).unwrap().into_reply();
        let bytes = packet.build_bytes_vec().unwrap();
        assert_eq!(read(&bytes, id, "example.org", Asked::Mx), Some(Some(Answer::Targets(Vec::new()))));
        assert_eq!(read(&bytes, id.wrapping_add(1), "example.org", Asked::Mx), None);
        assert_eq!(read(&bytes, id, "example.net", Asked::Mx), None);
        assert_eq!(read(&question, id, "example.org", Asked::Mx), None, "a question is no answer");
        *packet.rcode_mut() = RCODE::NameError;
        let bytes = packet.build_bytes_vec().unwrap();
        assert_eq!(read(&bytes, id, "example.org", Asked::Mx), Some(Some(Answer::NoDomain)));
        for end in 0..bytes.len() {
            let _ = read(&bytes[..end], id, "example.org", Asked::Mx);
        }
    }
}
