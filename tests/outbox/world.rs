//! An installation whose mailbox feeds a connection, with a far end in memory.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::prelude::*;
use mailgate::background::{Locks, Stop, Terms};
use mailgate::domain::connection::{BaseUrl, Connection, ConnectionState};
use mailgate::domain::handover::{AttemptEnd, Handover};
use mailgate::domain::id::{ConnectionId, MessageId};
use mailgate::domain::ledger::MailState;
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::IncomingServer;
use mailgate::domain::setting::SettingsObject as _;
use mailgate::outbox::{Dial, Outbox};
use mailgate::store::connections::{self, ConnectionStatus};
use mailgate::store::schema::{connection_status as status_table, fates};
use mailgate::store::{StoreError, handovers};

use super::far_end::FarEnd;
use crate::intake::world::{self, World};
use crate::support::database::Place;

pub struct Far {
    pub world: World,
    pub end: FarEnd,
    pub outbox: Outbox,
    pub connection: ConnectionId,
    pub server: IncomingServer,
}

impl Far {
    pub fn open(place: &Place) -> Self {
        let connection = Connection {
            id: ConnectionId(0),
            name: "Our OpenSPP".into(),
            url: BaseUrl::parse("https://openspp.example.org").unwrap(),
            database: "openspp".into(),
            login: "mailgate@example.org".into(),
            state: ConnectionState::Done,
            active: true,
            server_version: Some("17.0".into()),
            workers: 2,
            ..Connection::blank()
        };
        let end = FarEnd::new();
        let dial = end.dial();
        Self { end, ..Self::reached_by(place, connection, dial) }
    }

    /// With so many sessions side by side.
    pub fn side_by_side(self, workers: u8) -> Self {
        let saved = self.world.app.store.write(|db| {
            let mut stored = connections::get(db, self.connection)?.unwrap();
            stored.settings.workers = workers;
            connections::update(db, &stored.settings, stored.version)
        });
        assert!(saved.unwrap());
        self
    }

    /// With a far end elsewhere.
    pub fn reached_by(place: &Place, connection: Connection, dial: Dial) -> Self {
        let world = World::open(place);
        let connection = world.app.store.write(|db| connections::insert(db, &connection)).unwrap();
        let server = world.server(Protocol::Imap, |server| {
            server.connection = Some(connection);
            server.size_limit_mb = 50;
        });
        let outbox = outbox(place, &world, dial);
        Self { world, end: FarEnd::new(), outbox, connection, server }
    }

    /// Takes a mail in through the mailbox.
    pub fn receive(&self, mail: &str) -> MessageId {
        self.receive_by(&self.server, mail)
    }

    pub fn receive_by(&self, server: &IncomingServer, mail: &str) -> MessageId {
        let piped = mailgate::pipeline::keep_piped(self.world.pipeline(), server, &mut mail.as_bytes()).unwrap();
        let id = piped.id;
        piped.settle(self.world.pipeline()).unwrap();
        id
    }

    pub fn receive_some(&self, count: usize) {
        for number in 0..count {
            self.receive(&world::mail(number));
        }
    }

    pub fn drain(&self) {
        self.outbox.drain(self.connection, &Stop::default()).unwrap();
    }

    /// Lets time pass: everything that waits may be tried again, and calls that were cut off have ended.
    pub fn hours_pass(&self) {
        self.passes(TimeDelta::hours(1));
    }

    /// Everything that waits is due, and calls that were cut off were so this long ago.
    pub fn passes(&self, time: TimeDelta) {
        self.passes_since(time, true);
    }

    /// The same; with false the cut calls began just now.
    pub fn passes_since(&self, time: TimeDelta, begun: bool) {
        let past = now() - time;
        let store = &self.world.app.store;
        store
            .write(|db| {
                diesel::update(fates::table.filter(fates::next_attempt.is_not_null()))
                    .set(fates::next_attempt.eq(past))
                    .execute(db)?;
                diesel::update(status_table::table.filter(status_table::next_attempt.is_not_null()))
                    .set(status_table::next_attempt.eq(past))
                    .execute(db)?;
                let ids: Vec<i32> = fates::table.select(fates::id).load(db)?;
                for id in ids.into_iter().map(MessageId) {
                    let Some(mut handover) = handovers::get(db, id, self.connection)? else { continue };
                    if let Some(attempt) = &mut handover.attempt {
                        if begun {
                            attempt.begun = attempt.begun.min(past);
                        }
                        match &mut attempt.end {
                            AttemptEnd::Cut { at } | AttemptEnd::TimedOut { at } => *at = past,
                            AttemptEnd::Open | AttemptEnd::Answered => {}
                        }
                    }
                    handovers::update(db, id, &handover)?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    pub fn handover(&self, id: MessageId) -> Handover {
        self.world.app.store.read(|db| handovers::get(db, id, self.connection)).unwrap().unwrap()
    }

    pub fn status(&self) -> ConnectionStatus {
        self.world.app.store.read(|db| connections::status(db, self.connection)).unwrap()
    }

    pub fn state(&self, id: MessageId) -> MailState {
        self.world.ledger().into_iter().find(|line| line.id == id).unwrap().state
    }

    /// The subjects on each record there, sorted.
    pub fn subjects(&self) -> Vec<Vec<String>> {
        let mut all: Vec<_> = self.end.contents().records.iter().map(|record| record.subjects.clone()).collect();
        all.sort();
        all
    }
}

/// One process' outbox for this far end.
pub fn outbox(place: &Place, world: &World, dial: Dial) -> Outbox {
    let terms = Terms { expiry: Duration::from_secs(45), renewal: Duration::from_secs(15) };
    let locks = Locks::new(world.app.store.clone(), place.config.data_dir.join("locks"), terms);
    Outbox::new(world.app.pipeline().store.clone(), world.app.key.clone(), locks, dial, world.app.spool())
}
