//! A site that takes mail: what comes in goes the way of every mail, from its source to its record.

use diesel::prelude::*;
use diesel::sql_types::Text;
use mailgate::domain::id::{MessageId, RecordId, ServerId};
use mailgate::domain::ledger::MailState;
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::server::{AfterFetch, IncomingServer, SenderPolicy, ServerState};
use mailgate::domain::setting::SettingsObject;
use mailgate::operations::attachments::SentFiles;
use mailgate::operations::{App, messages, records};
use mailgate::pipeline;
use mailgate::store::records::{counts, report};
use mailgate::store::{Backend, StoreError, servers};

use super::database::Place;
use crate::web::site::Site;

pub struct Desk {
    pub site: Site,
    pub server: IncomingServer,
}

/// Whatever a test did to the records: the numbers of lists are what a count finds.
impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            counts_hold(&self.site.app);
        }
    }
}

/// The numbers that triggers keep for lists are what a count finds.
pub fn counts_hold(app: &App) {
    const WRONG: &str = "
        SELECT model || ' ' || stage_id || ' ' || person || ' ' || SUM(count) AS wrong FROM (
            SELECT model, stage_id, user_id AS person, active, closed, new_mail, count FROM record_counts
            UNION ALL
            SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, -1 FROM records
            WHERE active = TRUE OR joined_id IS NULL AND undone_id IS NULL
        ) c GROUP BY model, stage_id, person, active, closed, new_mail HAVING SUM(count) <> 0";
    // And those of months.
    const DAYS: &str = "
        SELECT model_code || ' ' || kind || ' ' || day || ' ' || class || ' ' || SUM(count) AS wrong FROM (
            SELECT model_code, kind, day, class, count FROM record_days
            UNION ALL
            SELECT model_code, CASE WHEN closed_at IS NOT NULL THEN 2 WHEN closed THEN 1 ELSE 0 END, {day}, {class}, -1
            FROM records WHERE active = TRUE
            UNION ALL
            SELECT model_code, 3, {over}, {class}, -1 FROM records WHERE active = TRUE AND closed_at IS NOT NULL
        ) c GROUP BY model_code, kind, day, class HAVING SUM(count) <> 0";
    #[derive(Debug, Clone, QueryableByName)]
    struct WrongCount {
        #[diesel(sql_type = Text)]
        wrong: String,
    }
    let day = |of: &str| match app.store.backend() {
        Backend::Sqlite => format!("substr({of}, 1, 10)"),
        Backend::Postgres => format!("to_char({of}, 'YYYY-MM-DD')"),
    };
    let (over, class) = match app.store.backend() {
        Backend::Sqlite => ("MAX(date, closed_at)", "report_class"),
        Backend::Postgres => {
            app.store.write(|db| counts::add_up(db, 0)).unwrap();
            app.store.write(|db| report::add_up(db, 0)).unwrap();
            ("GREATEST(date, closed_at)", "report_class(stage_id, category_id, server_id, extra)")
        }
    };
    let days = DAYS.replace("{day}", &day("date")).replace("{over}", &day(over)).replace("{class}", class);
    let find =
        |sql: &str| app.store.read(|db| Ok::<Vec<WrongCount>, StoreError>(diesel::sql_query(sql).load(db)?)).unwrap();
    let wrong = [find(WRONG), find(&days)].concat();
    let wrong: Vec<&str> = wrong.iter().map(|one| one.wrong.as_str()).collect();
    assert!(wrong.is_empty(), "kept numbers are wrong: {wrong:?}");
}

impl Desk {
    /// People of each role and one Local server that makes grievances.
    pub fn new(place: &Place) -> Self {
        Self::with(place, SenderPolicy::Everyone)
    }

    pub fn with(place: &Place, sender_policy: SenderPolicy) -> Self {
        let site = Site::new(place);
        let mut server = IncomingServer {
            id: ServerId(0),
            name: "Support".into(),
            state: ServerState::Done,
            after_fetch: AfterFetch::Keep,
            original: true,
            object_model: Some("spp.grm.ticket".into()),
            sender_policy,
            ..IncomingServer::blank()
        };
        server.id = site.app.store.write(|db| servers::insert(db, &server)).unwrap();
        Self { site, server }
    }

    /// The same server, which treats strangers so from now on.
    pub fn server_with(&self, sender_policy: SenderPolicy) -> IncomingServer {
        let server = IncomingServer { sender_policy, ..self.server.clone() };
        assert!(self.site.app.store.write(|db| servers::update(db, &server, 1)).unwrap());
        server
    }

    /// One mail comes in and is settled.
    pub fn mail(&self, source: &str) -> MessageId {
        let pipeline = self.site.app.pipeline();
        let source = source.replace("\r\n", "\n").replace('\n', "\r\n");
        let stored = self.site.app.store.read(|db| servers::get(db, self.server.id)).unwrap().unwrap();
        let piped = pipeline::keep_piped(pipeline, &stored.settings, &mut source.as_bytes()).unwrap();
        let id = piped.id;
        piped.settle(pipeline).unwrap();
        id
    }

    /// A plain mail of one line.
    pub fn plain(&self, from: &str, subject: &str, text: &str) -> MessageId {
        let id = uuid::Uuid::new_v4();
        self.mail(&format!(
            "From: {from}\nTo: support@mail.example\nSubject: {subject}\nMessage-ID: <{id}@test.example>\n\
             Date: Sun, 22 Nov 2026 10:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
        ))
    }

    pub fn view(&self, id: MessageId) -> messages::MessageView {
        messages::view(&self.site.app, &Caller::command_line(), id).unwrap()
    }

    pub fn state(&self, id: MessageId) -> MailState {
        self.view(id).message.state
    }

    /// Notes on a record, by nobody in particular: `note number 0.` and so on.
    pub fn notes(&self, record: &str, count: usize) {
        let (model, id) = record.rsplit_once('/').unwrap();
        let (model, id) = (model.rsplit('/').next().unwrap(), RecordId(id.parse().unwrap()));
        for number in 0..count {
            let note = records::Note { text: format!("note number {number}."), ..records::Note::default() };
            records::note(&self.site.app, &Caller::command_line(), model, id, &note, &mut SentFiles::default())
                .unwrap();
        }
    }

    /// Where the record is that a message made.
    pub fn record(&self, id: MessageId) -> String {
        let view = self.view(id);
        let (model, record, _) = view.record.unwrap_or_else(|| panic!("no record: {:?}", view.message));
        format!("/records/{model}/{record}")
    }

    /// A caller of this role who is nobody's account.
    pub fn caller(role: Role) -> Caller {
        Caller { user: None, login: role.code().into(), role, address: None }
    }

    /// Everything in the audit about objects of this model, newest first: action and what it is now.
    pub fn audit(&self, model: &str) -> Vec<(String, String)> {
        let filter = mailgate::store::audit::AuditFilter { object_model: Some(model.into()), ..Default::default() };
        let read = self.site.app.store.read(|db| mailgate::store::audit::list(db, &filter, 0, 100));
        let (rows, _): (_, i64) = read.map_err(|error: StoreError| error).unwrap();
        rows.into_iter().map(|row| (row.action, row.after.unwrap_or_default())).collect()
    }
}
