//! What is asked of the system behind a connection while a person waits, and its words for an operation.

use std::time::Duration;

use super::contacts::Contact;
use super::types::{Offered, RecordType};
use crate::domain::certificate::Nameless;
use crate::domain::connection::{BaseUrl, Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::now;
use crate::domain::secret::Secret;
use crate::odoo::{self, Network, Odoo, Trouble};
use crate::operations::servers::Stage;
use crate::operations::{App, OperationError};
use crate::store::partners::NewPartner;
use crate::store::{connection_status, connections};

/// Of one call; and of everything that one page asks for.
const STEP: Duration = Duration::from_secs(6);
const TIME: Duration = Duration::from_secs(10);

/// A saved connection with its password in clear, on its way to the network.
#[derive(Debug)]
pub struct Account {
    pub connection: Connection,
    /// Of the row that it was read from.
    pub version: i32,
    password: Secret,
    /// As long as it is confirmed.
    nameless: Nameless,
}

impl Account {
    pub fn open(app: &App, id: ConnectionId) -> Result<Self, OperationError> {
        app.store.read(|db| {
            let stored = super::find(db, id)?;
            let password = connections::password(db, &app.key, id)?;
            let nameless = match stored.settings.state {
                ConnectionState::Done => Nameless::since(connection_status::get(db, id)?.nameless_since, now()),
                ConnectionState::Draft => Nameless::Refused,
            };
            Ok(Self { connection: stored.settings, version: stored.version, password, nameless })
        })
    }

    pub fn sign_in(&self, app: &App, time: Duration) -> Result<Odoo, Trouble> {
        let network = Network { nameless: self.nameless, ..network(app) };
        Odoo::sign_in(&self.connection, &self.password, &network.hurried(STEP, time))
    }
}

fn network(app: &App) -> Network {
    Network { authorities: app.config.ca_file.clone(), ..Network::default() }
}

/// What happened, and what to do.
pub fn in_words(trouble: &Trouble) -> String {
    format!("{} {}", trouble.words, trouble.remedy).trim().to_owned()
}

fn refused(trouble: Trouble) -> OperationError {
    OperationError::Refused(in_words(&trouble))
}

/// How a probe went.
#[derive(Debug)]
pub struct Report {
    pub stages: Vec<Stage>,
    /// What the far end says of itself.
    pub version: Option<String>,
}

pub fn probe(app: &App, account: &Account, time: Duration) -> Report {
    let report = odoo::probe::probe(&account.connection, &account.password, &network(app), time);
    let stage = |stage: odoo::probe::Stage| Stage {
        code: stage.name.code(),
        state: stage.state,
        elapsed_ms: stage.elapsed_ms,
        words: stage.words,
        said: String::new(),
        remedy: stage.remedy,
    };
    Report {
        stages: report.stages.into_iter().map(stage).collect(),
        version: report.version.map(|version| version.text),
    }
}

/// The databases that a server lists to anybody; none where it lists none.
pub fn databases(app: &App, url: &BaseUrl) -> Result<Vec<String>, OperationError> {
    let anybody = Connection {
        id: ConnectionId(0),
        name: String::new(),
        url: url.clone(),
        database: String::new(),
        login: String::new(),
        state: ConnectionState::Draft,
        active: true,
        server_version: None,
        workers: 1,
    };
    let listed = odoo::databases(&anybody, &network(app).hurried(STEP, TIME)).map_err(refused)?;
    Ok(listed.unwrap_or_default())
}

pub fn record_types(app: &App, account: &Account) -> Result<Offered, OperationError> {
    let found = account.sign_in(app, TIME).and_then(|mut odoo| odoo.record_types()).map_err(refused)?;
    let types = found.types.into_iter().map(|one| RecordType { model: one.model, label: one.label });
    Ok(Offered { types: types.collect(), complete: found.complete })
}

pub fn contacts(app: &App, account: &Account, typed: &str) -> Result<Vec<Contact>, OperationError> {
    let found = account.sign_in(app, TIME).and_then(|mut odoo| odoo.search_contacts(typed)).map_err(refused)?;
    Ok(found.into_iter().map(contact_of).collect())
}

pub fn contact(app: &App, account: &Account, id: i32) -> Result<Option<Contact>, OperationError> {
    let found = account.sign_in(app, TIME).and_then(|mut odoo| odoo.contact(id)).map_err(refused)?;
    Ok(found.map(contact_of))
}

pub fn create_contact(app: &App, account: &Account, new: &NewPartner<'_>) -> Result<i32, OperationError> {
    let (email, phone) = (new.email.unwrap_or_default(), new.phone.unwrap_or_default());
    let mut odoo = account.sign_in(app, TIME).map_err(refused)?;
    odoo.create_contact(new.name, email, phone, new.is_registrant).map_err(refused)
}

fn contact_of(found: odoo::Contact) -> Contact {
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    Contact {
        id: found.id,
        name: found.name,
        email: given(found.email),
        phone: given(found.phone),
        is_registrant: found.is_registrant,
    }
}
