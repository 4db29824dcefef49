//! An installation with incoming servers, looked at through its ledger and its records.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::prelude::*;
use mailgate::background::Stop;
use mailgate::config::Config;
use mailgate::domain::fetching::PassTally;
use mailgate::domain::id::ServerId;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::protocol::{Protocol, Security, ServerType};
use mailgate::domain::server::{Access, AfterFetch, Host, IncomingServer, Port, ServerState};
use mailgate::domain::setting::SettingsObject;
use mailgate::fetch::passes::Progress;
use mailgate::fetch::{MailboxVisit, PassError};
use mailgate::operations::App;
use mailgate::pipeline::Pipeline;
use mailgate::store::messages::list::{LedgerFilter, LedgerLine, LedgerPart};
use mailgate::store::schema::{acknowledgements, claims, messages, records, threads};
use mailgate::store::{self, StoreError, partners, posts, servers};

use crate::support::database::Place;
use crate::support::fake_mailbox::{FakeMailbox, Session};

pub const GRIEVANCE: &str = "spp.grm.ticket";
pub const HELPDESK: &str = "helpdesk.ticket";

pub struct World {
    pub app: Arc<App>,
}

impl World {
    pub fn open(place: &Place) -> Self {
        Self::open_with(place, |_| {})
    }

    pub fn open_with(place: &Place, settings: impl FnOnce(&mut Config)) -> Self {
        let mut config = place.config.clone();
        settings(&mut config);
        Self { app: App::open(config).unwrap() }
    }

    pub fn pipeline(&self) -> &Pipeline {
        self.app.pipeline()
    }

    /// A confirmed server with this protocol's usual settings, as `change` has them.
    pub fn server(&self, protocol: Protocol, change: impl FnOnce(&mut IncomingServer)) -> IncomingServer {
        let mut server = server(protocol);
        change(&mut server);
        let id = self.app.store.write(|db| servers::insert(db, &server)).unwrap();
        IncomingServer { id, ..server }
    }

    /// One pass, as far as it gets.
    pub fn pass(&self, server: &IncomingServer, mailbox: &FakeMailbox) -> Result<PassTally, PassError> {
        self.pass_with(server, mailbox.session())
    }

    /// One pass over all folders of an account, as far as it gets.
    pub fn pass_with(&self, server: &IncomingServer, mut session: Session) -> Result<PassTally, PassError> {
        let (stop, progress) = (Stop::default(), Progress::default());
        MailboxVisit::new(self.pipeline(), Arc::new(server.clone()), &mut session, &stop, &progress).run()
    }

    pub fn ledger(&self) -> Vec<LedgerLine> {
        let mut lines = self
            .app
            .store
            .read(|db| store::messages::list::page(db, &LedgerFilter::default(), LedgerPart::First, 100_000))
            .unwrap()
            .0;
        lines.reverse();
        lines
    }

    /// State and reason of each message, in order.
    pub fn states(&self) -> Vec<(MailState, Option<Reason>)> {
        self.ledger().iter().map(|line| (line.state, line.reason)).collect()
    }

    pub fn count(&self, state: MailState) -> usize {
        self.ledger().iter().filter(|line| line.state == state).count()
    }

    /// Subjects of the mails on each record, by record type and number.
    pub fn records(&self) -> BTreeMap<(String, String), Vec<String>> {
        let mut records = BTreeMap::new();
        for line in self.ledger() {
            let (Some(model), Some(id)) = (line.res_model, line.res_id) else { continue };
            self.app
                .store
                .read(|db| {
                    let record =
                        store::records::view::find(db, mailgate::store::sight::RecordSight::machine(), &model, id)?
                            .expect("the ledger names records that exist");
                    let posts = posts::posts(db, &model, id, None, 1000)?.posts;
                    let subjects = posts.into_iter().map(|post| post.subject).collect();
                    records.insert((model.clone(), record.number), subjects);
                    Ok::<_, StoreError>(())
                })
                .unwrap();
        }
        records
    }

    /// What the ledger page counts, without the states that nothing is in.
    pub fn counts(&self) -> Vec<(MailState, i64)> {
        let counts = self.app.store.read(|db| store::messages::list::counts(db, &LedgerFilter::default())).unwrap();
        let mut counts: Vec<(MailState, i64)> = counts.into_iter().map(|(state, shown)| (state, shown.count)).collect();
        counts.sort();
        counts
    }

    /// The names of all contacts.
    pub fn contacts(&self) -> Vec<String> {
        let found = self.app.store.read(|db| partners::search(db, &Default::default(), 100)).unwrap();
        found.into_iter().map(|partner| partner.name).collect()
    }

    /// As an older version left its records: without the list of their people.
    pub fn forget_people(&self) {
        self.app
            .store
            .write(|db| {
                diesel::update(records::table).set(records::people.eq(None::<String>)).execute(db)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    /// Nothing that came leads anywhere or counts as seen any more.
    pub fn forget_mail(&self) {
        self.app
            .store
            .write(|db| {
                diesel::delete(threads::table).execute(db)?;
                diesel::delete(claims::table).execute(db)?;
                let forgotten = (messages::email_from.eq(None::<String>), messages::fingerprint.eq(None::<String>));
                diesel::update(messages::table).set(forgotten).execute(db)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    /// Lets the days pass until the server is to be told of everything.
    pub fn make_all_due(&self) {
        let yesterday = mailgate::domain::now() - chrono::TimeDelta::days(1);
        self.app
            .store
            .write(|db| {
                diesel::update(acknowledgements::table).set(acknowledgements::due.eq(yesterday)).execute(db)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}

fn server(protocol: Protocol) -> IncomingServer {
    let imap = protocol == Protocol::Imap;
    IncomingServer {
        id: ServerId(0),
        name: "Grievances".into(),
        server_type: if imap { ServerType::Imap } else { ServerType::Pop },
        state: ServerState::Done,
        access: Access::Network {
            protocol,
            host: Host::parse("mail.people.example").unwrap(),
            port: Port(993),
            security: Security::Tls,
            trusted: None,
            username: "grm".into(),
        },
        after_fetch: if imap { AfterFetch::Seen } else { AfterFetch::Delete },
        delete_after_days: 0,
        size_limit_mb: 1,
        object_model: Some(GRIEVANCE.into()),
        ..IncomingServer::blank()
    }
}

/// A mail of a person; each `number` is another one.
pub fn mail(number: usize) -> String {
    let body = format!("The well of our village has been dry for {number} days.");
    mail_with(&format!("Message-ID: <m{number}@people.example>\r\n"), &format!("Grievance {number}"), &body)
}

pub fn mail_with(headers: &str, subject: &str, body: &str) -> String {
    format!(
        "{headers}From: Amina Diallo <amina@people.example>\r\nTo: grm@agency.example\r\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nSubject: {subject}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
}
