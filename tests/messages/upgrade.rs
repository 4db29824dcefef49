//! The ledger of an older Mailgate is the same one after its database was brought up to date, and after that was undone.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use mailgate::domain::id::MessageId;
use mailgate::domain::ledger::{AckState, MailState, Reason};
use mailgate::domain::message::short_digest;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::SenderPolicy;
use mailgate::store::messages::list::{self, LedgerFilter, LedgerPart};
use mailgate::store::messages::view;
use mailgate::store::{Db, StoreError, acknowledgements, posts, records, schema};
use mailgate::xmlrpc::Value;

use crate::intake::world::{GRIEVANCE, World, mail};
use crate::rpc::client::{Api, leaf, list as list_of, s};
use crate::support::database::{Place, on_both};
use crate::support::fake_mailbox::FakeMailbox;
use crate::web::site::Site;

/// The first migration after which a message is two rows.
const TWO_ROWS: &str = "20261128000240";

/// A table as 0.1 had it, in which each message is one row.
const COLUMNS: &[&str] = &[
    "id",
    "mailbox_id",
    "server_id",
    "server_name",
    "source_key",
    "generation",
    "state",
    "reason_code",
    "reason_detail",
    "attempts",
    "next_attempt",
    "source_id",
    "size",
    "header_digest",
    "sha256",
    "fingerprint",
    "message_id",
    "subject",
    "email_from",
    "date",
    "object_model",
    "connection_id",
    "res_model",
    "res_id",
    "remote_url",
    "trace",
    "marks",
    "search",
    "settled_at",
    "create_date",
    "write_date",
];

/// One of each state and sort, another value in each column where there is one.
const FILLED: &str = "
    INSERT INTO servers (name, server_type, folder, create_date, write_date)
    VALUES ('Support', 'imap', 'INBOX', '2026-11-22 08:00:00', '2026-11-22 08:00:00');
    INSERT INTO mailboxes (server_id, host, username, folder, create_date)
    VALUES (1, 'mail.example.org', 'support', 'INBOX', '2026-11-22 08:00:00');
    INSERT INTO mailboxes (host, username, folder, create_date) VALUES ('old', 'old', 'INBOX', '2026-11-22 08:00:00');
    INSERT INTO sources (size, sha256, create_date) VALUES (900, 'a1', '2026-11-22 09:00:00');
    INSERT INTO stages (model, code, name, sequence, closed) VALUES ('spp.grm.ticket', 'new', 'New', 1, FALSE);
    INSERT INTO records (model, number, name, description, stage_id, last_mail_at, search, create_date, write_date, extra)
    VALUES ('spp.grm.ticket', '2026-000001', 'The well', 'It is dry.', 1, '2026-11-22 09:00:00', 'the well', '2026-11-22 09:00:00', '2026-11-22 09:00:00', 'EXTRA');
    INSERT INTO messages
        (mailbox_id, server_id, server_name, source_key, generation, state, reason_code, reason_detail, attempts,
         next_attempt, source_id, size, header_digest, sha256, fingerprint, message_id, subject, email_from, date,
         object_model, connection_id, res_model, res_id, remote_url, trace, marks, search, settled_at, create_date, write_date)
    VALUES
        (1, 1, 'Support', 'imap:7:1', 0, 'delivered', NULL, NULL, 0, NULL, 1, 901, 'h1', 'a1', '<one@x> f1', '<one@x>',
         'The well', 'Amina <amina@people.example>', '2026-11-20 10:00:00', 'spp.grm.ticket', NULL, 'spp.grm.ticket', 1, NULL,
         '[{\"rule\":\"alias\",\"applied\":true,\"why\":\"support\"}]', '[\"bulk\"]', 'the well amina support',
         '2026-11-22 09:00:01', '2026-11-22 09:00:02', '2026-11-22 09:00:03'),
        (1, 1, 'Support', 'imap:7:2', 1, 'held', 'unknown_sender', 'Who is it?', 1, NULL, NULL, 902, 'h2', 'a2', '<two@x> f2',
         '<two@x>', 'A card', 'x@people.example', '2026-11-20 11:00:00', NULL, NULL, NULL, NULL, NULL, '[]', NULL, 'a card',
         '2026-11-22 10:00:01', '2026-11-22 10:00:02', '2026-11-22 10:00:03'),
        (2, NULL, 'Gone', 'pop:u3', 0, 'ignored', 'duplicate', 'The same mail as message 1.', 0, NULL, NULL, 903, 'h3', 'a3',
         '<one@x> f1', '<one@x>', 'The well', 'Amina <amina@people.example>', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
         'the well gone', '2026-11-22 11:00:01', '2026-11-22 11:00:02', '2026-11-22 11:00:03'),
        (1, 1, 'Support', 'imap:7:4', 0, 'retrying', 'not_downloaded', 'Later.', 3, '2099-01-01 00:00:00', NULL, 904, NULL, NULL,
         NULL, NULL, NULL, NULL, '2026-11-21 10:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL,
         '2026-11-22 12:00:02', '2026-11-22 12:00:03'),
        (1, 1, 'Support', 'imap:7:5', 0, 'held', 'too_large', 'It has 60 MB.', 0, NULL, NULL, 60000000, NULL, NULL,
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', '2026-11-22 13:00:01',
         '2026-11-22 13:00:02', '2026-11-22 13:00:03'),
        (1, 1, 'Support', 'imap:7:6', 0, 'delivered', NULL, NULL, 2, NULL, NULL, 906, 'h6', 'a6', '2 <six@x> f6', '<six@x>',
         'Far away', 'b@people.example', '2026-11-21 12:00:00', 'res.partner', 4, 'res.partner', 77,
         'https://spp.example/77', '[]', NULL, 'far away', '2026-11-22 14:00:01', '2026-11-22 14:00:02', '2026-11-22 14:00:03'),
        (1, 1, 'Support', 'imap:7:7', 0, 'ignored', 'automatic', NULL, 0, NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, '2026-11-22 15:00:02', '2026-11-22 15:00:03');
    DELETE FROM messages WHERE id = 7;
    INSERT INTO message_history (message_id, at, state, reason_code, detail, login) VALUES
        (1, '2026-11-22 09:00:00', 'received', NULL, NULL, NULL), (1, '2026-11-22 09:00:01', 'delivered', NULL, NULL, 'amina'),
        (2, '2026-11-22 10:00:01', 'held', 'unknown_sender', 'Who is it?', NULL);
    INSERT INTO acknowledgements (message_id, mailbox_id, state, due, attempts, last_error)
    VALUES (1, 1, 'pending', '2026-11-22 09:00:00', 1, 'no');
    INSERT INTO claims (sink, record_type, fingerprint, message_id) VALUES ('local', 'spp.grm.ticket', '<one@x> f1', 1),
        ('odoo:4', 'res.partner', '2 <six@x> f6', 6), ('odoo:4', 'spp.grm.ticket', '2 <six@x> f6 again 6', 6);
    INSERT INTO posts (model, res_id, ledger_id, message_id, message_type, subject, body_html, body_text, date, create_date)
    VALUES ('spp.grm.ticket', 1, 1, '<one@x>', 'email', 'The well', '', 'It is dry.', '2026-11-22 09:00:00', '2026-11-22 09:00:00');";

/// The database without Mailgate.
fn connect(place: &Place) -> Db {
    std::fs::create_dir_all(&place.config.data_dir).unwrap();
    match place.config.database_url.as_str() {
        "" => {
            let file = place.config.data_dir.join("mailgate.db");
            let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
            // The way back unpacks texts.
            mailgate::store::query::register(&mut conn).unwrap();
            Db::Sqlite(conn)
        }
        url => Db::Postgres(PgConnection::establish(url).unwrap()),
    }
}

/// Runs `work` with the migrations that this database misses, the first one first, and those it has, the last one first.
macro_rules! with_migrations {
    ($db:expr, |$conn:ident, $missing:ident, $applied:ident| $work:expr) => {
        match $db {
            Db::Sqlite($conn) => {
                let ($missing, $applied) = sorted($conn, "migrations/sqlite");
                $work
            }
            Db::Postgres($conn) => {
                let ($missing, $applied) = sorted($conn, "migrations/postgres");
                $work
            }
        }
    };
}

type Migrations<B> = Vec<Box<dyn Migration<B>>>;

fn sorted<B: Backend>(conn: &mut impl MigrationHarness<B>, folder: &str) -> (Migrations<B>, Migrations<B>) {
    let mut all: Migrations<B> = FileBasedMigrations::from_path(folder).unwrap().migrations().unwrap();
    all.sort_by_key(|one| one.name().version().as_owned());
    let known = conn.applied_migrations().unwrap();
    let (mut applied, missing): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| known.contains(&one.name().version()));
    applied.reverse();
    (missing, applied)
}

/// Whether it comes when a message is two rows already.
fn is_later<B: Backend>(migration: &dyn Migration<B>) -> bool {
    migration.name().version().to_string().as_str() >= TWO_ROWS
}

/// Brings the database to just before a message was two rows, from wherever it is.
fn to_one_row(db: &mut Db) {
    with_migrations!(db, |conn, missing, applied| {
        for one in applied.iter().take_while(|one| is_later(&***one)) {
            conn.revert_migration(one).unwrap();
        }
        for one in missing.iter().take_while(|one| !is_later(&***one)) {
            conn.run_migration(one).unwrap();
        }
    });
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(db: &mut Db, sql: &str) -> Vec<String> {
    let query = diesel::sql_query(sql);
    let lines: Vec<Line> = mailgate::on_backend!(db, conn => query.load(conn)).unwrap();
    lines.into_iter().map(|one| one.line).collect()
}

/// All of the ledger, a line for each message, out of these tables.
fn rows(db: &mut Db, tables: &str, columns: &[&str]) -> Vec<String> {
    let column = |name: &&str| format!("COALESCE(CAST({name} AS TEXT), '-')");
    let line = columns.iter().map(column).collect::<Vec<_>>().join(" || '|' || ");
    lines(db, &format!("SELECT {line} AS line FROM {tables} ORDER BY id"))
}

const ONE: &str = "messages";
const TWO: &str = "(SELECT * FROM messages JOIN fates USING (id)) AS both_of_it";

fn indexes(db: &mut Db) -> Vec<String> {
    let sql = match db {
        Db::Sqlite(_) => {
            "SELECT name AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        }
        Db::Postgres(_) => "SELECT indexname::text AS line FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    };
    lines(db, sql)
}

fn is_whole(db: &mut Db) {
    if let Db::Sqlite(_) = db {
        let broken = "SELECT \"table\" || ' ' || rowid AS line FROM pragma_foreign_key_check";
        assert_eq!(lines(db, broken), Vec::<String>::new());
        let on = lines(db, "SELECT name AS line FROM sqlite_master WHERE sql LIKE '%REFERENCES \"mails\"%'");
        assert_eq!(on, Vec::<String>::new());
    }
}

/// What the page, a message's own page and the API show of the ledger of 0.1.
fn is_shown(place: &Place) {
    let site = Site::new(place);
    let app = &site.app;
    let page = app.store.read(|db| list::page(db, &LedgerFilter::default(), LedgerPart::First, 100)).unwrap().0;
    let shown: Vec<_> = page.iter().map(|line| (line.id.0, line.state, line.reason)).collect();
    let expected = [
        (6, MailState::Delivered, None),
        (5, MailState::Held, Some(Reason::TooLarge)),
        (4, MailState::Retrying, Some(Reason::NotDownloaded)),
        (3, MailState::Ignored, Some(Reason::Duplicate)),
        (2, MailState::Held, Some(Reason::UnknownSender)),
        (1, MailState::Delivered, None),
    ];
    assert_eq!(shown, expected);
    let far = &page[0];
    assert_eq!((far.subject.as_deref(), far.email_from.as_deref()), (Some("Far away"), Some("b@people.example")));
    assert_eq!(far.remote_url.as_deref(), Some("https://spp.example/77"));
    app.store
        .read(|db| {
            let first = view::find(db, MessageId(1))?.unwrap();
            assert_eq!(first.record().map(|(model, id)| (model, id.0)), Some((GRIEVANCE, 1)));
            assert_eq!((first.trace[0].why.as_str(), first.size), ("support", 901));
            assert_eq!((first.source_key.as_str(), first.sha256.as_deref()), ("imap:7:1", Some("a1")));
            assert_eq!(first.source.map(|source| source.0), Some(1));
            let history: Vec<_> = view::history(db, MessageId(1))?.into_iter().map(|event| event.login).collect();
            assert_eq!(history, [None, Some("amina".to_owned())]);
            let told = acknowledgements::get(db, MessageId(1))?.unwrap();
            let attempts: i32 =
                schema::acknowledgements::table.find(1).select(schema::acknowledgements::attempts).first(db)?;
            assert_eq!((told.state, attempts), (AckState::Pending, 1));
            let later = view::find(db, MessageId(4))?.unwrap();
            assert_eq!((later.attempts, later.reason_detail.as_deref()), (3, Some("Later.")));
            let id = mailgate::domain::id::RecordId(1);
            assert_eq!(posts::posts(db, GRIEVANCE, id, None, 10)?.posts.len(), 1);
            let record =
                records::view::find(db, mailgate::store::sight::RecordSight::machine(), GRIEVANCE, id)?.unwrap();
            assert_eq!(record.date.to_string(), "2026-11-20 10:00:00", "its mail's");
            assert_eq!(record.create_date.to_string(), "2026-11-22 09:00:00");
            let note = record.extra["note"].as_str().unwrap().replace('\0', "");
            assert_eq!(note, r"ab\u0000", "what only looks like a NUL stays");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let api = Api::of(site, "auditor");
    let asked = |domain: [Value; 1]| api.call("mailgate.message", "search", [list_of(domain)]).unwrap();
    assert_eq!(asked([leaf("message_id", "=", s("<one@x>"))]), list_of([Value::Integer(3), Value::Integer(1)]));
    assert_eq!(asked([leaf("state", "=", s("held"))]), list_of([Value::Integer(5), Value::Integer(2)]));
    assert_eq!(asked([leaf("acknowledged", "=", Value::Boolean(false))]), list_of([Value::Integer(1)]));
    let count = api.call("mailgate.message", "search_count", [list_of([leaf("attempts", ">", Value::Integer(0))])]);
    assert_eq!(count.unwrap(), Value::Integer(3));
}

on_both! {
    fn the_ledger_of_0_1_is_the_same_after_the_upgrade_and_back(place: &Place) {
        let place = &place.without_tables();
        let mut db = connect(place);
        with_migrations!(&mut db, |conn, missing, _applied| drop(conn.run_migration(&missing[0]).unwrap()));
        // Fields that a module of one's own has: a NUL that somebody typed, and a text that no index takes whole.
        let long: String = (0..2_000u64).map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let extra = format!(r#"{{"note": "a\u0000b\\u0000", "severity": "{long}"}}"#);
        mailgate::on_backend!(&mut db, conn => conn.batch_execute(&FILLED.replace("EXTRA", &extra))).unwrap();
        to_one_row(&mut db);
        let (before, indexed) = (rows(&mut db, ONE, COLUMNS), indexes(&mut db));
        assert_eq!(before.len(), 6);
        drop(db);

        is_shown(place);
        let mut db = connect(place);
        // Fingerprints of the second formula are digests by now, and stay it.
        let digest = short_digest(b"2 <six@x> f6");
        let before: Vec<String> = before.iter().map(|line| line.replace("2 <six@x> f6", &digest)).collect();
        assert_eq!(rows(&mut db, TWO, COLUMNS), before);
        let claimed = lines(&mut db, "SELECT digest AS line FROM claims ORDER BY message_id, LENGTH(digest)");
        assert_eq!(claimed, ["<one@x> f1".to_owned(), digest.clone(), format!("{digest} again 6")]);
        // A program of before that still runs doubles nothing: it can't claim anything.
        for old in [
            "INSERT INTO claims (sink, record_type, fingerprint, message_id) VALUES ('local', 'm', '2 <six@x> f6', 6)",
            "INSERT INTO threads (sign, record_id) VALUES ('is:six@x', 1)",
        ] {
            assert!(mailgate::on_backend!(&mut db, conn => conn.batch_execute(old)).is_err(), "{old}");
        }
        is_whole(&mut db);

        to_one_row(&mut db);
        assert_eq!(rows(&mut db, ONE, COLUMNS), before);
        assert_eq!(indexes(&mut db), indexed);
        is_whole(&mut db);
        drop(db);

        // And once more; what comes then has a number that none had before.
        let world = World::open(place);
        let mailbox = FakeMailbox::imap(7);
        mailbox.deliver(&mail(1));
        let server = world.server(Protocol::Imap, |_| {});
        world.pass(&server, &mailbox).unwrap();
        let ids: Vec<i32> = world.ledger().iter().map(|line| line.id.0).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 8]);
        assert_eq!(rows(&mut connect(place), TWO, COLUMNS)[..6], before);
    }

    fn what_this_mailgate_wrote_survives_the_way_back_and_forth(place: &Place) {
        let ledger = {
            let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
            let server = world.server(Protocol::Imap, |server| server.sender_policy = SenderPolicy::Known);
            (0..3).for_each(|number| mailbox.deliver(&mail(number)));
            world.pass(&server, &mailbox).unwrap();
            let other = world.server(Protocol::Imap, |_| {});
            (0..4).for_each(|number| mailbox.deliver(&mail(number)));
            mailbox.contents().mails[1].broken = true;
            world.pass(&other, &mailbox).unwrap();
            format!("{:?} {:?}", world.ledger(), world.counts())
        };
        let mut db = connect(place);
        to_one_row(&mut db);
        is_whole(&mut db);
        drop(db);
        let world = World::open(place);
        assert_eq!(format!("{:?} {:?}", world.ledger(), world.counts()), ledger);
    }
}
