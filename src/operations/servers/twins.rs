//! Two servers on one mailbox: they would share its mail between them. Found by user and folder together with the host
//! name, and where one host has two names by what the mailbox holds.

use std::time::{Duration, Instant};

use crate::domain::certificate::Nameless;
use crate::domain::id::ServerId;
use crate::domain::server::{Access, INBOX, IncomingServer, is_same_folder};
use crate::domain::stage::{self, StageName, TestStage};
use crate::domain::words::Sentence;
use crate::mailbox::Environment;
use crate::mailbox::probe::{self, FolderSeen};
use crate::operations::settings;
use crate::operations::{App, OperationError};
use crate::store::{Db, StoreError, servers};
use crate::{complain, say};

/// Servers that are looked at under other host names, at most.
const LOOKED_AT: usize = 5;

/// How a server's mailbox relates to another server's, by the settings alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Same,
    /// The same user and one of the folders on another host: two names of one, perhaps.
    Perhaps,
    Other,
}

fn relation(one: &IncomingServer, other: &IncomingServer) -> Relation {
    match (&one.access, &other.access) {
        (
            Access::Network { protocol, host, username, .. },
            Access::Network { protocol: protocol_2, host: host_2, username: username_2, .. },
        ) => {
            let same_user = username.trim().to_lowercase() == username_2.trim().to_lowercase();
            if !same_user || !share_a_folder(one, other) {
                Relation::Other
            } else if host == host_2 {
                Relation::Same
            } else if protocol == protocol_2 && protocol.facts().has_folders {
                Relation::Perhaps
            } else {
                Relation::Other
            }
        }
        (Access::Local { maildir: Some(one) }, Access::Local { maildir: Some(other) }) if one == other => {
            Relation::Same
        }
        _ => Relation::Other,
    }
}

fn share_a_folder(one: &IncomingServer, other: &IncomingServer) -> bool {
    folders(one).iter().any(|folder| folders(other).iter().any(|other| is_same_folder(folder, other)))
}

/// Where there are no folders, what is there is what IMAP calls INBOX.
fn folders(server: &IncomingServer) -> Vec<&str> {
    match &server.access {
        Access::Network { protocol, .. } if !protocol.facts().has_folders => vec![INBOX],
        Access::Network { .. } | Access::Local { .. } => server.folders(),
    }
}

/// Both make the same of a mail. Where they do not, each mail is to become both.
fn same_record_type(one: &IncomingServer, other: &IncomingServer) -> bool {
    (one.connection, &one.object_model) == (other.connection, &other.object_model)
}

/// The other servers that are fetched, with how they relate to this one.
fn related(db: &mut Db, server: &IncomingServer) -> Result<Vec<(Relation, IncomingServer)>, StoreError> {
    let all = servers::list(db)?.into_iter().map(|stored| stored.settings);
    let others = all.filter(|other| other.id != server.id && other.is_fetched());
    Ok(others
        .map(|other| (relation(server, &other), other))
        .filter(|(relation, _)| *relation != Relation::Other)
        .collect())
}

/// A confirmed server that makes the same records of the same mailbox, by the settings: this one must not be fetched.
pub(super) fn rival(db: &mut Db, server: &IncomingServer) -> Result<Option<IncomingServer>, StoreError> {
    let related = related(db, server)?.into_iter();
    Ok(related
        .filter(|(relation, other)| *relation == Relation::Same && same_record_type(server, other))
        .map(|(_, other)| other)
        .next())
}

/// The other servers that may fetch the same mailbox.
pub(super) struct Twins {
    sure: Vec<IncomingServer>,
    /// With what their mailboxes hold.
    perhaps: Vec<(IncomingServer, Option<FolderSeen>)>,
}

/// Finds them, and looks into those mailboxes that only their contents can tell. Ends within `time`.
pub(super) fn find(
    app: &App,
    id: ServerId,
    environment: &Environment,
    time: Duration,
) -> Result<Twins, OperationError> {
    let (sure, perhaps) = app.store.read(|db| {
        let server = settings::find::<IncomingServer>(db, id)?.settings;
        let (sure, perhaps): (Vec<_>, Vec<_>) =
            related(db, &server)?.into_iter().partition(|(relation, _)| *relation == Relation::Same);
        let with_password = |(_, other): (Relation, IncomingServer)| {
            // Who has no password can't be looked at; that server's own test says why.
            let has_password = other.authentication.is_oauth()
                || servers::password(db, &app.key, other.id).is_ok_and(|password| !password.is_empty());
            has_password.then_some(other)
        };
        let perhaps: Vec<_> = perhaps.into_iter().take(LOOKED_AT).filter_map(with_password).collect();
        Ok::<_, OperationError>((sure.into_iter().map(|(_, other)| other).collect(), perhaps))
    })?;
    let perhaps = std::thread::scope(|scope| {
        let looks: Vec<_> = perhaps
            .into_iter()
            .filter_map(|other| Some((app.fetcher().keeper().credential(&other).ok()?, other)))
            .map(|(credential, other)| {
                // It was confirmed on terms of its own.
                let environment = Environment { nameless: Nameless::Taken, ..environment.clone() };
                scope.spawn(move || {
                    let (begun, held) = (Instant::now(), super::test::place(app, &other));
                    let time = time.saturating_sub(begun.elapsed());
                    let seen = probe::probe(&other, credential, &environment, time).folder;
                    drop(held);
                    (other, seen)
                })
            })
            .collect();
        looks.into_iter().filter_map(|look| look.join().ok()).collect()
    });
    Ok(Twins { sure, perhaps })
}

impl Twins {
    /// The last stage of a test. With it a warning, where both may go on.
    pub(super) fn stage(
        self,
        app: &App,
        server: &IncomingServer,
        seen: Option<&FolderSeen>,
    ) -> (TestStage, Option<Sentence>) {
        let same = |other: &Option<FolderSeen>| {
            let (Some(one), Some(other)) = (seen, other) else { return false };
            one.identities.iter().any(|identity| identity.is_told() && other.identities.contains(identity))
        };
        let found = self.perhaps.into_iter().filter(|(_, seen)| same(seen)).map(|(other, _)| other);
        let (rivals, others): (Vec<_>, Vec<_>) =
            self.sure.into_iter().chain(found).partition(|other| same_record_type(server, other));
        let (mut stages, warning) = stage::run(stage::TWINS, &[], |way| {
            if !rivals.is_empty() {
                return Err(complain!("twins-rivals", names = names(&rivals)));
            }
            if others.is_empty() {
                way.passed(StageName::OtherServers, say!("twins-none"));
                return Ok(None);
            }
            let makes = Sentence::listed(", ", others.iter().map(|other| record_type(app, other)));
            let seen = say!("twins-others", names = names(&others), makes);
            way.passed(StageName::OtherServers, seen.clone());
            Ok(Some(seen))
        });
        (stages.remove(0), warning.ok().flatten())
    }
}

fn names(servers: &[IncomingServer]) -> String {
    servers.iter().map(|server| format!("“{}”", server.name)).collect::<Vec<_>>().join(", ")
}

fn record_type(app: &App, server: &IncomingServer) -> Sentence {
    let model = server.object_model.as_deref().unwrap_or_default();
    app.modules.get(model).map_or_else(|| Sentence::verbatim(model), |module| module.label.clone())
}
