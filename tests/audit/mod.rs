//! A deed and its audit are one: where the audit can't be written, nothing happened.

mod chain;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types};
use mailgate::domain::id::{MessageId, RecordId};
use mailgate::domain::person::Role;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::secret::Secret;
use mailgate::domain::server::StartWith;
use mailgate::operations::attachments::SentFiles;
use mailgate::operations::messages::{self, Deed, LedgerPart, LedgerRequest, Linking, MailCorrection, Tab};
use mailgate::operations::records::{self, Edit, Note, ShownUpTo};
use mailgate::operations::{aliases, connections, credentials, partners, servers, sessions, settings, sign_in, users};
use mailgate::store::{Db, StoreError};

use crate::intake::world::{World, mail_with};
use crate::support::app::PASSWORD;
use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::support::fake_mailbox::FakeMailbox;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
}

fn lines(conn: &mut impl FnMut(&str) -> Vec<Line>, sql: &str) -> Vec<String> {
    conn(sql).into_iter().map(|line| line.line).collect()
}

/// All that the database says, but for the counters of failed sign-ins, which are no deed.
fn contents(url: &str) -> Vec<String> {
    let mut all = Vec::new();
    if url.starts_with("postgres") {
        let mut conn = PgConnection::establish(url).unwrap();
        let mut ask = |sql: &str| sql_query(sql).load::<Line>(&mut conn).unwrap();
        for table in lines(&mut ask, "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'") {
            all.extend(lines(&mut ask, &format!("SELECT '{table} ' || t::text AS line FROM {table} t ORDER BY 1")));
        }
    } else {
        let mut conn = SqliteConnection::establish(url).unwrap();
        let mut ask = |sql: &str| sql_query(sql).load::<Line>(&mut conn).unwrap();
        for table in lines(&mut ask, "SELECT name AS line FROM sqlite_master WHERE type = 'table'") {
            let columns =
                "SELECT group_concat('quote(\"' || name || '\")', ' || '' '' || ') AS line FROM pragma_table_info";
            let columns = lines(&mut ask, &format!("{columns}('{table}')")).remove(0);
            all.extend(lines(&mut ask, &format!("SELECT '{table} ' || {columns} AS line FROM \"{table}\" ORDER BY 1")));
        }
    }
    let counters = ["sign_in_failures ", "sign_in_tries ", "known_addresses ", "sqlite_sequence "];
    all.retain(|line| !counters.iter().any(|table| line.starts_with(table)));
    all
}

/// From now on the audit takes nothing.
fn refuse_audit(desk: &Desk) {
    desk.site.app.store.write(|db| {
        let sql = match db {
            Db::Sqlite(_) => "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no audit'); END",
            Db::Postgres(_) => {
                "CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no audit'; END $$; \
                 CREATE TRIGGER no_audit BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION no_audit()"
            }
        };
        db.batch_execute(sql).map_err(StoreError::from)
    })
    .unwrap();
}

type Operation<'a> = (&'static str, Box<dyn Fn() -> bool + 'a>);

on_both! {
    fn a_deed_without_its_audit_did_not_happen(place: &Place) {
        let (desk, mailbox) = (Desk::with(place, mailgate::domain::server::SenderPolicy::Known), FakeMailbox::imap(7));
        let app = &desk.site.app;
        let admin = Desk::caller(Role::SystemAdmin);
        let held: Vec<MessageId> = (0..2).map(|n| desk.plain("New <new@people.example>", &format!("Held {n}"), "Text")).collect();
        let unreadable = desk.mail("\n \n\n");
        let world = World { app: app.clone() };
        let large = world.server(Protocol::Imap, |server| server.size_limit_mb = 1);
        mailbox.deliver(&mail_with("Message-ID: <large@x>\r\n", "Large", &"Where is it? ".repeat(100_000)));
        world.pass(&large, &mailbox).unwrap();
        let large = world.ledger().into_iter().find(|line| line.reason == Some(mailgate::domain::ledger::Reason::TooLarge)).unwrap().id;
        let typed = partners::TypedPartner { name: "Awa".into(), email: "awa@people.example".into(), ..Default::default() };
        partners::create(app, &admin, &typed).unwrap();
        let bare = partners::create(app, &admin, &partners::TypedPartner { name: "Bare".into(), ..Default::default() }).unwrap();
        let delivered = desk.plain("Awa <awa@people.example>", "Delivered", "Text");
        let record: RecordId = desk.view(delivered).record.unwrap().1;
        let model = "spp.grm.ticket";
        let session = {
            let new = sign_in::sign_in(app, "officer", &Secret::new(PASSWORD), None, &Default::default()).unwrap();
            (sessions::resume(app, &new.token, true).unwrap().unwrap(), new.token)
        };
        let me = sessions::caller_of(&session.0.user, None);
        let key = credentials::KeyForm { name: "Report".into(), expires: String::new(), password: Secret::new(PASSWORD) };
        credentials::create_key(app, &me, &session.0, &key).unwrap();
        let key_id = credentials::own_keys(app, &session.0).unwrap()[0].id;
        let other = credentials::KeyForm { name: "Other".into(), ..key.clone() };
        let alias = {
            let mut form = aliases::AliasForm::fresh();
            for (field, value) in [("name", "help"), ("domain", "x.example"), ("object_model", model)] {
                form.set(field, value);
            }
            form
        };
        let Ok(settings::Saved::Done(made)) = aliases::save(app, &admin, aliases::AliasTarget::New, &alias) else { panic!() };
        let alias_id = made.alias.id;
        let mut another = alias.clone();
        another.set("name", "another");
        let mut connection = connections::ConnectionForm::fresh();
        for (field, value) in [
            ("name", "OpenSPP"),
            ("url", "http://127.0.0.1:1"),
            ("database", "openspp"),
            ("login", "mailgate"),
            ("password", "secret"),
        ] {
            connection.set(field, value);
        }
        connections::save(app, &admin, connections::ConnectionTarget::New, &connection).unwrap();
        let connection_id = connections::list(app, &admin, &Default::default()).unwrap()[0].connection.id;
        let mut server = servers::ServerForm::fresh();
        for (field, value) in [
            ("name", "New"),
            ("server", "mail.example"),
            ("user", "support"),
            ("password", "secret"),
            ("object_model", model),
        ] {
            server.set(field, value);
        }
        let user = users::list(app, &admin).unwrap().into_iter().find(|user| user.login == "auditor").unwrap();
        let form = |login: &str| {
            users::UserForm::with([("login", login), ("name", "Somebody"), ("role", "officer"), ("password", PASSWORD)])
        };
        let edit = Edit { version: 0, values: [("name".to_owned(), "Renamed".to_owned())].into(), ..Edit::default() };
        let version = records::view(app, &admin, model, record).unwrap().record.version;
        let edit = Edit { version, ..edit };
        let note = Note { text: "A note".into(), ..Note::default() };
        let query = LedgerRequest { tab: Tab::Held, reason: None, server: None, connection: None, search: String::new(), part: LedgerPart::First };
        let id = desk.server.id;

        refuse_audit(&desk);
        let operations: Vec<Operation> = vec![
            ("retry", Box::new(|| messages::act(app, &admin, held[0], Deed::Retry, "").is_err())),
            ("retry what can't be read", Box::new(|| messages::act(app, &admin, unreadable, Deed::Retry, "").is_err())),
            ("deliver by hand", Box::new(|| messages::act(app, &admin, held[0], Deed::Deliver, "").is_err())),
            ("dismiss", Box::new(|| messages::act(app, &admin, held[0], Deed::Dismiss, "No").is_err())),
            ("download anyway", Box::new(|| messages::act(app, &admin, large, Deed::Download, "").is_err())),
            ("all of a filter", Box::new(|| messages::bulk(app, &admin, &query, Deed::Deliver, "", MessageId(0)).is_err())),
            ("correct", Box::new(|| messages::correct(app, &admin, held[0], &MailCorrection::default()).is_err())),
            ("link a sender", Box::new(|| messages::link_sender(app, &admin, held[0], bare.0, Linking::default()).is_err())),
            ("make a sender", Box::new(|| messages::create_sender(app, &admin, held[0], &typed, Linking::default()).is_err())),
            ("open a source", Box::new(|| messages::open_source(app, &admin, held[0], true).is_err())),
            ("change a record", Box::new(|| records::change(app, &admin, model, record, &edit).is_err())),
            ("note", Box::new(|| records::note(app, &admin, model, record, &note, &mut SentFiles::default()).is_err())),
            ("not a grievance", Box::new(|| {
                records::not_a_grievance(app, &admin, model, record, version, ShownUpTo::Everything).is_err()
            })),
            ("make a contact", Box::new(|| partners::create(app, &admin, &typed).is_err())),
            ("add a user", Box::new(|| users::add(app, &admin, &form("new")).is_err())),
            ("change a user", Box::new(|| app.store.write(|db| users::change_in(db, &admin, user.id, &form("other"))).is_err())),
            ("set a password", Box::new(|| users::set_password(app, &admin, user.id, &Secret::new("another password")).is_err())),
            ("archive a user", Box::new(|| users::set_active(app, &admin, user.id, false).is_err())),
            ("set preferences", Box::new(|| users::set_language_and_zone(app, &me, &session.0, "fr", "Africa/Nairobi").is_err())),
            ("change one's password", Box::new(|| {
                let (old, new) = (Secret::new(PASSWORD), Secret::new("another password"));
                users::change_password(app, &me, &session.0, &old, &new, None).is_err()
            })),
            ("make an API key", Box::new(|| credentials::create_key(app, &me, &session.0, &other).is_err())),
            ("revoke an API key", Box::new(|| credentials::revoke_key(app, &me, key_id).is_err())),
            ("sign in", Box::new(|| {
                let sent = sign_in::Cookies { session: Some(session.1.clone()), device: None };
                sign_in::sign_in(app, "officer", &Secret::new(PASSWORD), None, &sent).is_err()
            })),
            ("fail to sign in", Box::new(|| sign_in::sign_in(app, "officer", &Secret::new("x"), None, &Default::default()).is_err())),
            ("sign out elsewhere", Box::new(|| {
                sessions::end_sessions(app, &me, &session.0, &sessions::Ending::Others, &Secret::new(PASSWORD)).is_err()
            })),
            ("sign somebody out", Box::new(|| sessions::end_sessions_of(app, &admin, user.id).is_err())),
            ("sign out", Box::new(|| sessions::sign_out(app, &me, &session.0).is_err())),
            ("make an alias", Box::new(|| aliases::save(app, &admin, aliases::AliasTarget::New, &another).is_err())),
            ("archive an alias", Box::new(|| aliases::set_active(app, &admin, alias_id, false).is_err())),
            ("delete an alias", Box::new(|| aliases::delete(app, &admin, alias_id).is_err())),
            ("make a server", Box::new(|| servers::save(app, &admin, servers::ServerTarget::New, &server).is_err())),
            ("archive a server", Box::new(|| servers::set_active(app, &admin, id, false).is_err())),
            ("reset a server", Box::new(|| servers::reset(app, &admin, id).is_err())),
            ("choose a start", Box::new(|| servers::set_start(app, &admin, id, StartWith::New, None).is_err())),
            ("duplicate a server", Box::new(|| servers::duplicate(app, &admin, id).is_err())),
            ("delete a server", Box::new(|| servers::delete(app, &admin, id).is_err())),
            ("make a connection", Box::new(|| {
                let mut new = connection.clone();
                new.set("name", "Another");
                connections::save(app, &admin, connections::ConnectionTarget::New, &new).is_err()
            })),
            ("archive a connection", Box::new(|| connections::set_active(app, &admin, connection_id, false).is_err())),
            ("delete a connection", Box::new(|| connections::delete(app, &admin, connection_id).is_err())),
        ];
        let before = contents(&place.config.database());
        for (name, operation) in operations {
            assert!(operation(), "{name} was done without its audit");
            let after = contents(&place.config.database());
            let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
            assert!(new.is_empty() && after.len() == before.len(), "{name} left {new:#?}");
        }
    }
}
