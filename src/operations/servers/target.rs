//! Where an incoming server's mail goes: this database or a connection, as which record type, and from whom.

use super::form::Form;
use crate::domain::Invalid;
use crate::domain::id::ConnectionId;
use crate::domain::server::{IncomingServer, SenderPolicy};
use crate::modules::Modules;

/// The record type whose sender must be a contact at the far end, since it links the contact.
const GRIEVANCE: &str = "spp.grm.ticket";

/// The part of a form that says so, already right.
pub struct Target {
    pub connection: Option<ConnectionId>,
    pub object_model: Option<String>,
    pub sender_policy: SenderPolicy,
    pub no_other_fetcher: bool,
}

/// What happens to mail of unknown senders unless a person chooses.
pub fn first_policy(elsewhere: bool, model: &str) -> SenderPolicy {
    if elsewhere && model == GRIEVANCE { SenderPolicy::Known } else { SenderPolicy::Everyone }
}

/// Reads it. `connections` are those that may be chosen; the one that was chosen before always may.
pub fn parse(
    form: &Form,
    existing: Option<&IncomingServer>,
    connections: &[ConnectionId],
    modules: &Modules,
) -> Result<Target, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let connection = connection(form, existing, connections).map_err(|invalid| wrong.push(invalid)).ok();
    let elsewhere = form.is_elsewhere();
    let object_model = object_model(form, elsewhere, modules).map_err(|invalid| wrong.push(invalid)).ok();
    let sender_policy = match form.text("sender_policy") {
        "" => Some(first_policy(elsewhere, form.text("object_model"))),
        code => SenderPolicy::from_code(code),
    };
    if sender_policy.is_none() {
        wrong.push(Invalid::new("sender_policy", "Choose what happens to mail of unknown senders."));
    }
    match (connection, object_model, sender_policy) {
        (Some(connection), Some(object_model), Some(sender_policy)) => Ok(Target {
            connection,
            object_model,
            sender_policy,
            // Says something about a mailbox and a connection; without one it would only lie there.
            no_other_fetcher: connection.is_some() && form.flag("no_other_fetcher"),
        }),
        _ => Err(wrong),
    }
}

fn connection(
    form: &Form,
    existing: Option<&IncomingServer>,
    connections: &[ConnectionId],
) -> Result<Option<ConnectionId>, Invalid> {
    let text = form.text("connection_id");
    if !form.is_elsewhere() {
        return Ok(None);
    }
    let chosen = text.parse().ok().map(ConnectionId);
    let before = existing.and_then(|server| server.connection);
    chosen.filter(|id| connections.contains(id) || before == Some(*id)).map(Some).ok_or_else(|| {
        let words = "There is no such connection (any more). Choose another, or none for this database.";
        Invalid::new("connection_id", words)
    })
}

/// Empty is allowed while Not Confirmed; the test asks for it. Whether a connection knows the model is for the test
/// to find out.
fn object_model(form: &Form, elsewhere: bool, modules: &Modules) -> Result<Option<String>, Invalid> {
    let model = form.text("object_model");
    if model.is_empty() {
        return Ok(None);
    }
    if !elsewhere && modules.get(model).is_none() {
        let words = format!("No installed module brings the record type {model}. Choose another.");
        return Err(Invalid::new("object_model", words));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    if model.len() > 100 || !model.chars().all(plain) {
        let words = "Enter the record type's technical name, for example spp.grm.ticket.";
        return Err(Invalid::new("object_model", words));
    }
    Ok(Some(model.to_owned()))
}
