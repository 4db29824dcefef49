//! Deliveries into an existing Odoo: against a server that behaves as the recordings of a real one, behind a proxy
//! that breaks connections, and against a real one where `MAILGATE_TEST_ODOO` names it.

mod answers;
mod company;
mod contacts;
mod cuts;
mod json2;
mod memory;
pub mod probe;
mod real;
mod speed;
mod way;

use std::io::{self, Cursor};
use std::time::Duration;

use mailgate::domain::connection::{Connection, FarValues};
use mailgate::domain::handover::Handover;
use mailgate::domain::message::Message;
use mailgate::domain::now;
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{SenderPolicy, SharedAddress};
use mailgate::message;
use mailgate::odoo::{
    Arrived, DecodedFiles, DeliveryPlan, Network, Odoo, OdooLimits, Original, Remote, Seekable, Shipment, StoredBytes,
    TargetProblem, Trouble,
};
use tempfile::SpooledTempFile;

use crate::support::fake_odoo::FakeOdoo;

/// Waits long enough for a loopback server on a busy machine.
fn network() -> Network {
    let limits = OdooLimits { answer: Duration::from_secs(30), ..OdooLimits::default() };
    Network { limits, ..Network::default() }
}

/// One mail with what the bridge knows of it.
struct Mail {
    source: Source,
    message: Message,
    handover: Handover,
    policy: SenderPolicy,
    shared_address: SharedAddress,
    linked: Option<i32>,
    values: FarValues,
    in_company: bool,
    attach: bool,
    original: bool,
}

impl Mail {
    /// To become a record of `model`; `name` is its Message-ID's local part and its external id.
    fn new(model: &str, name: &str, source: String) -> Self {
        let source = source.into_bytes();
        let message = message::read(&mut Cursor::new(&source), now(), "0").unwrap();
        let handover = Handover {
            model: model.into(),
            message_id: message.message_id.clone(),
            external_id: format!("mailgate.{name}"),
            record: None,
            partner: None,
            sender: None,
            apart: false,
            forced: false,
            known_there: false,
            attempt: None,
        };
        Self {
            source: Source(source),
            message,
            handover,
            policy: SenderPolicy::Known,
            shared_address: SharedAddress::Ask,
            linked: None,
            values: FarValues::default(),
            in_company: false,
            attach: true,
            original: false,
        }
    }

    fn shipment(&self) -> Shipment<'_> {
        Shipment {
            message: &self.message,
            source: &self.source,
            handover: &self.handover,
            sender_policy: self.policy,
            shared_address: self.shared_address,
            linked: self.linked,
            values: &self.values,
            in_company: self.in_company,
            attach: self.attach,
            original: self.original,
        }
    }
}

/// A mail in memory.
struct Source(Vec<u8>);

impl StoredBytes for Source {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(at, into)
    }
}

impl Original for Source {
    fn attachments(&self, parts: &[&str]) -> io::Result<DecodedFiles> {
        let (mut file, mut ranges, mut at) = (SpooledTempFile::new(1 << 20), Vec::new(), 0);
        for part in parts {
            let end = at + io::copy(&mut message::part(&mut Cursor::new(&self.0), part)?, &mut file)?;
            ranges.push(at..end);
            at = end;
        }
        Ok(DecodedFiles { bytes: Box::new(Seekable::new(file)?), ranges })
    }
}

/// A plain mail from `from`, known as `name`, with further header lines.
fn plain(from: &str, name: &str, further: &str) -> String {
    format!(
        "From: {from}\r\nTo: grievances@ngo.example\r\nSubject: About {name}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\
         Message-ID: <{name}@people.example>\r\n{further}\r\nMy payment is missing.\r\n"
    )
}

/// One with an attachment.
fn with_attachment(from: &str, name: &str) -> String {
    let head = plain(from, name, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n");
    let head = head.split("\r\n\r\n").next().unwrap();
    format!(
        "{head}\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the photo.\r\n--b\r\nContent-Type: image/png\r\n\
         Content-Disposition: attachment; filename=photo.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"
    )
}

fn sign_in(connection: &Connection, password: &Secret) -> Result<Odoo, Trouble> {
    Odoo::sign_in(connection, password, &network())
}

fn signed_in(fake: &FakeOdoo) -> Odoo {
    sign_in(&fake.connection(), &fake.password()).unwrap()
}

/// Whether mail can become records of a model, with nothing set beside what it says.
fn check_target(odoo: &mut Odoo, model: &str) -> Result<Option<TargetProblem>, Trouble> {
    odoo.check_target(&mailgate::odoo::RecordTarget { model, values: &FarValues::default(), anonymous: false })
}

/// Plans and carries the plan out.
fn deliver(odoo: &mut Odoo, mail: &Mail) -> Result<Arrived, Trouble> {
    match odoo.plan(&mail.shipment())? {
        DeliveryPlan::Deliver { method, partner, new_contact, .. } => {
            odoo.deliver(&mail.shipment(), method, partner, new_contact)
        }
        DeliveryPlan::Hold { detail, .. } => panic!("held: {detail}"),
    }
}

fn record(arrived: &Arrived) -> (&str, i32) {
    match arrived {
        Arrived::Record { model, id, .. } => (model, *id),
        other => panic!("no record: {other:?}"),
    }
}
