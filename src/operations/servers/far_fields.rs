//! *Fields there*: what an incoming server sets in each new record of its connection, chosen from what is there.

use std::collections::HashMap;

use crate::domain::connection::FarValues;
use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::server::IncomingServer;
pub use crate::odoo::OdooSettable as FarField;
use crate::operations::settings::{Saved, SettingTarget, form_in, save_in};
use crate::operations::{App, OperationError, connections};
use crate::say;

/// What can be chosen, and what is.
#[derive(Debug)]
pub struct FarFields {
    pub server: IncomingServer,
    /// To be given back when saving.
    pub version: i32,
    /// The connection's name.
    pub connection: String,
    pub fields: Vec<FarField>,
}

/// Asks the connection now.
pub fn far_fields(app: &App, caller: &Caller, id: ServerId) -> Result<FarFields, OperationError> {
    let view = super::get(app, caller, id)?;
    let (Some(connection), Some(model)) = (view.server.connection, view.server.object_model.clone()) else {
        return Err(OperationError::Refused(say!("far-fields-nowhere").into()));
    };
    let (connection, fields) = connections::settable(app, caller, connection, &model)?;
    Ok(FarFields { version: view.version, server: view.server, connection, fields })
}

/// Sets the fields that were shown to what is chosen of each, nothing where nothing is; others stay as they are.
pub fn set_far_fields(
    app: &App,
    caller: &Caller,
    id: ServerId,
    version: i32,
    chosen: &HashMap<String, Vec<String>>,
) -> Result<(), OperationError> {
    app.store.write(|db| {
        let (mut form, _) = form_in::<IncomingServer>(db, caller, id)?;
        let before = FarValues::parse(form.text("far_values"))?;
        let kept = before.iter().filter(|(name, _)| !chosen.contains_key(*name));
        let mut lines: Vec<String> = kept.map(|(name, value)| format!("{name} = {value}")).collect();
        let mut set: Vec<_> = chosen.iter().filter(|(_, values)| !values.is_empty()).collect();
        set.sort();
        lines.extend(set.into_iter().map(|(name, values)| format!("{name} = {}", values.join(", "))));
        form.set("far_values", &lines.join("\n"));
        match save_in(app, db, caller, SettingTarget::Existing { id, version }, &form, false)? {
            Saved::Done(_) | Saved::Unagreed(..) => Ok(()),
            Saved::Conflict(_) => Err(OperationError::Conflict(say!("far-fields-changed").into())),
        }
    })
}
