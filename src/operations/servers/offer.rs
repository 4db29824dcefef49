//! What the form of an incoming server offers as its target: the connections, and what mail can become there.

use super::ServerForm;
use crate::domain::complaint::Complaint;
use crate::domain::id::{ConnectionId, ProviderId};
use crate::domain::person::Caller;
use crate::domain::words::Sentence;
use crate::operations::connections;
use crate::operations::{App, OperationError};
use crate::store::connection_status::ConnectionStatus;
use crate::store::oauth_providers;

/// The choices under *Connection* and *Create a New Record*.
#[derive(Debug, Default)]
pub struct Offer {
    /// Those in use, and the chosen one whatever it is; by name.
    pub connections: Vec<(ConnectionId, String)>,
    pub record_types: OfferedTypes,
    /// The sign-in providers, by name.
    pub providers: Vec<(ProviderId, String)>,
    /// The connection that is chosen.
    pub chosen: Option<Chosen>,
}

#[derive(Debug, Default)]
pub enum OfferedTypes {
    /// Technical name and label: there are no others.
    Known(Vec<(String, Sentence)>),
    /// The usual ones, where the connection's account may not read which there are: a technical name is typed.
    Usual(Vec<(String, Sentence)>),
    /// A connection that was not asked yet.
    #[default]
    NotAsked,
    /// It was asked in vain, for this reason.
    Failed(Complaint),
}

/// Whether a connection takes mail.
#[derive(Debug)]
pub struct Chosen {
    pub id: ConnectionId,
    pub name: String,
    /// Confirmed and not archived.
    pub is_used: bool,
    pub status: ConnectionStatus,
}

/// The choices for what the form says. `ask`: a connection is asked for its record types anew; otherwise what it told
/// last is offered, and nothing waits for the network.
pub fn offer(app: &App, caller: &Caller, form: &ServerForm, ask: bool) -> Result<Offer, OperationError> {
    let all: Vec<_> = [false, true]
        .into_iter()
        .map(|archived| connections::list(app, caller, &connections::FieldFilter { search: String::new(), archived }))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let chosen = form.text("connection_id").parse().ok().map(ConnectionId);
    let choices = all.iter().filter(|view| view.connection.active || chosen == Some(view.connection.id));
    let view = all.iter().find(|view| chosen == Some(view.connection.id));
    let providers = app.store.read(oauth_providers::list)?.into_iter();
    Ok(Offer {
        providers: providers.map(|stored| (stored.settings.id, stored.settings.name)).collect(),
        connections: choices.map(|view| (view.connection.id, view.connection.name.clone())).collect(),
        record_types: match view {
            None => OfferedTypes::Known(
                app.modules.all().iter().map(|module| (module.model.clone(), module.label.clone())).collect(),
            ),
            Some(view) => elsewhere(app, caller, view.connection.id, ask)?,
        },
        chosen: view.map(|view| Chosen {
            id: view.connection.id,
            name: view.connection.name.clone(),
            is_used: view.connection.is_used(),
            status: view.status.clone(),
        }),
    })
}

fn elsewhere(app: &App, caller: &Caller, id: ConnectionId, ask: bool) -> Result<OfferedTypes, OperationError> {
    let offered = match ask {
        false => connections::known_types(app, id),
        true => match connections::record_types(app, caller, id) {
            Ok(offered) => Some(offered),
            Err(OperationError::Refused(words)) => return Ok(OfferedTypes::Failed(words)),
            Err(error) => return Err(error),
        },
    };
    let Some(offered) = offered else { return Ok(OfferedTypes::NotAsked) };
    let types = offered.types.into_iter().map(|one| (one.model, one.label)).collect();
    Ok(if offered.complete { OfferedTypes::Known(types) } else { OfferedTypes::Usual(types) })
}
