//! `load()`: records with an external id, made once however often it is called. A later call changes nothing that
//! somebody there has edited meanwhile.

use std::borrow::Cow;
use std::time::Duration;

use sha2::Digest;

use super::columns::{Parts, columns};
use super::contacts::quiet;
use super::deliver::external_id;
use super::fault::{self, Fault, Kind};
use super::session::Odoo;
use super::target::said;
use super::threads::Thread;
use super::transport::CallError;
use super::value::{id, rows, text, text_of};
use super::{Shipment, Trouble, TroubleKind};
use crate::domain::media_type;
use crate::domain::text::shorten;
use crate::xmlrpc::{Param, Value};

/// A file on a record there.
pub(super) struct File {
    pub id: i32,
    /// What `cid:` of the HTML refers to.
    pub content_id: Option<String>,
}

/// Tries where another transaction is in the way, as with the numbers of OpenSPP's grievances.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// One cell of a row.
enum Cell<'a> {
    Text(String),
    /// As base64.
    Bytes(&'a [u8]),
}

impl Odoo {
    /// The record that a message becomes.
    pub(super) fn load_record(
        &mut self,
        shipment: &Shipment<'_>,
        xml_id: &str,
        partner: Option<i32>,
    ) -> Result<i32, CallError> {
        let model = shipment.handover.model.as_str();
        let fields = self.fields(model)?;
        let parts = Parts::of(shipment.message, shipment.sender(), partner);
        let mut row = vec![("id".to_owned(), Cell::Text(xml_id.to_owned()))];
        row.extend(columns(&fields, &parts).into_iter().map(|(name, value)| (name, Cell::Text(value))));
        self.load(model, &row)
    }

    /// The sender's contact: found, or made.
    pub(super) fn sender_made(&mut self, shipment: &Shipment<'_>) -> Result<i32, CallError> {
        let sender = shipment.sender();
        if let Some(contact) = self.sender(&sender.address)? {
            return Ok(contact.id);
        }
        let normal = sender.normalized().unwrap_or_default();
        let digest = hex::encode(sha2::Sha256::digest(normal.as_bytes()));
        let xml_id = external_id(&format!("contact_{}", &digest[..24]));
        // Somebody there may have given it another address since.
        if let Some((_, Some(partner))) = self.external(&xml_id)? {
            return Ok(partner);
        }
        let name = if sender.name.is_empty() { &sender.address } else { &sender.name };
        let row = [
            ("id".to_owned(), Cell::Text(xml_id)),
            ("name".to_owned(), Cell::Text(shorten(name, 200))),
            ("email".to_owned(), Cell::Text(sender.address.clone())),
        ];
        self.load("res.partner", &row)
    }

    /// The message's attachments, on the record.
    pub(super) fn load_files(
        &mut self,
        shipment: &Shipment<'_>,
        xml_id: &str,
        thread: &Thread,
    ) -> Result<Vec<File>, CallError> {
        let mut files = Vec::new();
        for (number, attachment) in shipment.message.attachments.iter().enumerate().filter(|_| shipment.attach) {
            let Some(bytes) = (shipment.cut)(shipment.source, &attachment.part) else { continue };
            let name = format!("{xml_id}_file_{}", number + 1);
            let id = self.load_file(&name, &attachment.name, &attachment.mimetype, &bytes, thread)?;
            files.push(File { id, content_id: attachment.content_id.clone() });
        }
        if shipment.original {
            let name = format!("{xml_id}_original");
            let id = self.load_file(&name, "original_email.eml", "message/rfc822", shipment.source, thread)?;
            files.push(File { id, content_id: None });
        }
        Ok(files)
    }

    fn load_file(
        &mut self,
        xml_id: &str,
        name: &str,
        mimetype: &str,
        bytes: &[u8],
        thread: &Thread,
    ) -> Result<i32, CallError> {
        let mut row: Vec<(String, Cell<'_>)> = [
            ("id", xml_id.to_owned()),
            ("name", name.to_owned()),
            ("mimetype", media_type::or_bytes(mimetype).to_owned()),
            ("res_model", thread.model.clone()),
            ("res_id", thread.id.to_string()),
        ]
        .map(|(column, cell)| (column.to_owned(), Cell::Text(cell)))
        .into();
        // An empty cell is no value, and an empty file is none either.
        if !bytes.is_empty() {
            row.push(("datas".to_owned(), Cell::Bytes(bytes)));
        }
        self.load("ir.attachment", &row)
    }

    /// Makes one record, or finds the one of this external id.
    fn load(&mut self, model: &str, row: &[(String, Cell<'_>)]) -> Result<i32, CallError> {
        self.patiently(|odoo| odoo.load_once(model, row))
    }

    /// Calls again where another transaction is in the way.
    pub(super) fn patiently<T>(
        &mut self,
        mut call: impl FnMut(&mut Self) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match call(self) {
                Err(CallError::Fault(fault)) if fault.kind == Kind::Busy && tries < TRIES => {
                    std::thread::sleep(PAUSE * (1 << tries));
                }
                answer => return answer,
            }
        }
    }

    fn load_once(&mut self, model: &str, row: &[(String, Cell<'_>)]) -> Result<i32, CallError> {
        let names = Value::Array(row.iter().map(|(name, _)| text(name)).collect());
        let cells = row.iter().map(|(_, cell)| match cell {
            Cell::Text(cell) => Param::from(text(cell)),
            Cell::Bytes(bytes) => Param::BinaryText(vec![Cow::Borrowed(*bytes)]),
        });
        let data = Param::Array(vec![Param::Array(cells.collect())]);
        let answer = self.write(model, "load", vec![names.into(), data], vec![("context", once())])?;
        let Value::Struct(mut answer) = answer else { return Err(self.unclear(model)) };
        if let Some(Value::Array(ids)) = answer.remove("ids") {
            return ids.first().and_then(id).ok_or_else(|| self.unclear(model));
        }
        let messages = answer.remove("messages").map(rows).unwrap_or_default();
        let errors: Vec<String> = messages
            .iter()
            .filter(|message| text_of(message, "type").as_deref() == Some("error"))
            .filter_map(said)
            .collect();
        let said = if errors.is_empty() { "it gave no reason".into() } else { shorten(&errors.join(" "), 600) };
        let kind = if fault::is_passing(&said) { Kind::Busy } else { Kind::Rule };
        Err(CallError::Fault(Fault { kind, said }))
    }

    fn unclear(&self, model: &str) -> CallError {
        let words = format!("{} did not say which {model} it made.", self.connection().url.as_str());
        Trouble { kind: TroubleKind::Cut, words, remedy: String::new() }.into()
    }
}

/// With `update` and `noupdate` a repeat returns the record as it is.
fn once() -> Value {
    let Value::Struct(mut context) = quiet() else { return Value::Nil };
    context.insert("mode".into(), text("update"));
    context.insert("noupdate".into(), Value::Boolean(true));
    Value::Struct(context)
}
