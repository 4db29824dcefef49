//! Which part of a mail fills which field: as the record type's module says.

use serde_json::{Map, Value};

use crate::domain::id::PartnerId;
use crate::domain::message::Message;
use crate::domain::module::{MailPart, Module};
use crate::domain::text::to_html;

/// The fields of a new record, in the order of their names. Defaults of the module's fields come first, then what the
/// mail fills, then fixed values, and last what an alias or a client gives; a part that the mail does not have fills
/// nothing.
pub fn values(
    module: &Module,
    message: &Message,
    sender: Option<PartnerId>,
    given: Option<&Map<String, Value>>,
) -> Vec<(String, Value)> {
    let mut values = std::collections::BTreeMap::new();
    for field in &module.fields {
        if let Some(default) = &field.default {
            values.insert(field.name.clone(), Value::from(default.as_str()));
        }
    }
    for (field, part) in &module.mail.fill {
        if let Some(value) = part_of(*part, message, sender) {
            values.insert(field.clone(), value);
        }
    }
    for (field, value) in &module.mail.set {
        values.insert(field.clone(), Value::from(value.as_str()));
    }
    for (field, value) in given.into_iter().flatten() {
        let value = match (field.as_str(), value) {
            // Given as plain text.
            ("description", Value::String(text)) => Value::from(to_html(text)),
            _ => value.clone(),
        };
        values.insert(field.clone(), value);
    }
    values.into_iter().collect()
}

fn part_of(part: MailPart, message: &Message, sender: Option<PartnerId>) -> Option<Value> {
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    match part {
        MailPart::Subject => text(&message.subject),
        MailPart::BodyHtml => text(&message.body_html),
        MailPart::BodyText => text(&message.body_text),
        MailPart::FromAddress => text(&message.from.address),
        MailPart::FromName => text(&message.from.name),
        MailPart::Date => Some(Value::from(message.date.format("%Y-%m-%d %H:%M:%S").to_string())),
        MailPart::Sender => sender.map(|partner| Value::from(partner.0)),
    }
}
