//! A name server: answers for the domains that a test writes down, says of all others that there are none, or says nothing
//! at all. Speaks DNS over UDP on a loopback port.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use simple_dns::rdata::{MX, RData, SRV};
use simple_dns::{CLASS, Name, Packet, QTYPE, RCODE, ResourceRecord, TYPE};

/// What a name has.
#[derive(Clone, Default)]
pub struct Zone {
    /// Preference and host.
    pub mx: Vec<(u16, String)>,
    /// Priority, weight, port and host of a service's name, such as `_imaps._tcp`.
    pub srv: Vec<(&'static str, (u16, u16, u16), String)>,
}

pub struct NameServer {
    pub address: SocketAddr,
    zones: Arc<Mutex<HashMap<String, Zone>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let (zones, asked) = (Arc::<Mutex<HashMap<String, Zone>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (known, heard) = (zones.clone(), asked.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((length, client)) = socket.recv_from(&mut buffer) {
                let question = Packet::parse(&buffer[..length]).unwrap();
                let name = question.questions[0].qname.to_string();
                heard.lock().unwrap().push(name.clone());
                // Before the answer somebody who guesses sends one with another number.
                let forged = answer(&question, question.id().wrapping_add(1), Some(&evil()), "");
                let _ = socket.send_to(&forged, client);
                let known = known.lock().unwrap();
                let zone = known.iter().find(|(domain, _)| name == **domain || name.ends_with(&format!(".{domain}")));
                let service = zone.map(|(domain, _)| name.trim_end_matches(domain.as_str()).trim_end_matches('.'));
                let bytes = answer(&question, question.id(), zone.map(|(_, zone)| zone), service.unwrap_or_default());
                let _ = socket.send_to(&bytes, client);
            }
        });
        Self { address, zones, asked }
    }

    /// One that takes questions and answers none.
    pub fn silent() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    pub fn knows(&self, domain: &str, zone: Zone) {
        self.zones.lock().unwrap().insert(domain.to_owned(), zone);
    }

    /// The names that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn evil() -> Zone {
    Zone { mx: vec![(1, "mail.evil.example".into())], srv: Vec::new() }
}

fn answer(question: &Packet<'_>, id: u16, zone: Option<&Zone>, service: &str) -> Vec<u8> {
    let asked = &question.questions[0];
    let mut packet = Packet::new_reply(id);
    packet.questions.push(asked.clone());
    let Some(zone) = zone else {
        *packet.rcode_mut() = RCODE::NameError;
        return packet.build_bytes_vec().unwrap();
    };
    let record = |data| ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, data);
    match asked.qtype {
        QTYPE::TYPE(TYPE::MX) => {
            packet.answers.extend(zone.mx.iter().map(|(preference, host)| {
                record(RData::MX(MX { preference: *preference, exchange: Name::new(host).unwrap() }))
            }));
        }
        _ => {
            let of = zone.srv.iter().filter(|(name, ..)| *name == service);
            packet.answers.extend(of.map(|(_, (priority, weight, port), host)| {
                let target = Name::new(host).unwrap();
                record(RData::SRV(SRV { priority: *priority, weight: *weight, port: *port, target }))
            }));
        }
    }
    packet.build_bytes_vec_compressed().unwrap()
}
