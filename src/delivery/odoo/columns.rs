//! Which field of a new record takes which part of a mail.

use super::model::{Field, Fields};
use crate::domain::address::Address;
use crate::domain::message::Message;

/// Columns of one row for `load()`: names and texts.
pub(super) type Columns = Vec<(String, String)>;

/// What OpenSPP calls the channel of a grievance that came by e-mail.
const GRIEVANCE_CHANNEL: &str = "spp_grm.grm_ticket_channel_email";

/// The parts of a mail that fill a new record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub subject: &'a str,
    pub body_html: &'a str,
    pub body_text: &'a str,
    pub sender: &'a Address,
    pub partner: Option<i32>,
}

impl<'a> Parts<'a> {
    pub fn of(message: &'a Message, sender: &'a Address, partner: Option<i32>) -> Self {
        let Message { subject, body_html, body_text, .. } = message;
        Self { subject, body_html, body_text, sender, partner }
    }
}

/// The fields of this model that a mail fills.
pub(super) fn columns(fields: &Fields, parts: &Parts<'_>) -> Columns {
    let mut columns = Columns::new();
    for (name, field) in fields {
        if field.readonly {
            continue;
        }
        if let Some((column, value)) = part_for(name, field, parts).filter(|(_, value)| !value.is_empty()) {
            columns.push((column, value));
        }
    }
    columns
}

fn part_for(name: &str, field: &Field, parts: &Parts<'_>) -> Option<(String, String)> {
    let plain = |value: &str| Some((name.to_owned(), value.to_owned()));
    match (name, field.kind.as_str(), field.relation.as_str()) {
        ("name" | "subject", "char", _) => plain(parts.subject),
        ("description" | "body", "html", _) => plain(or_space(parts.body_html, "<p>&nbsp;</p>")),
        ("description" | "body", "text", _) => plain(or_space(parts.body_text, "-")),
        ("partner_id", "many2one", "res.partner") => Some(("partner_id/.id".into(), parts.partner?.to_string())),
        ("email_from" | "partner_email", "char", _) => plain(&parts.sender.address),
        ("partner_name" | "contact_name", "char", _) => plain(&parts.sender.name),
        ("channel_id", "many2one", "spp.grm.ticket.channel") => {
            Some(("channel_id/id".into(), GRIEVANCE_CHANNEL.into()))
        }
        _ => None,
    }
}

/// A required text must not be empty, and a mail may be.
fn or_space<'t>(text: &'t str, space: &'t str) -> &'t str {
    if text.trim().is_empty() { space } else { text }
}

/// Whether records of this model can't be without a contact.
pub(super) fn needs_contact(fields: &Fields) -> bool {
    fields.get("partner_id").is_some_and(|field| field.required && field.relation == "res.partner")
}
