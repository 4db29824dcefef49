//! No read grows with the database: with 100,000 messages, what pages and clients ask for is found by indexes.

use std::time::Duration;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use mailgate::domain::id::{RecordId, UserId};
use mailgate::domain::person::{Caller, Role};
use mailgate::operations::messages::{self, LedgerPart, LedgerRequest, Tab};
use mailgate::operations::records::{
    self, Assigned, Direction, FoundAnywhere, Part, RecordOrder, RecordQuery, Show, ShownCount,
};
use mailgate::operations::{App, indexing};
use mailgate::store::records::due;
use mailgate::store::search::word_of_model;
use mailgate::store::{Db, StoreError};
use mailgate::xmlrpc::Value;

use super::site::Site;
use crate::rpc::client::{Api, leaf, list, s};
use crate::support::database::{Place, execute};
use crate::support::desk::Desk;
use crate::support::postgres;
use crate::support::statements::{heard, watch};
use crate::support::wait_for;

const MODEL: &str = "spp.grm.ticket";

/// Of ten messages seven make a record, two are replies, and one is held or ignored; a contact writes twenty.
const FILL: &str = "
    INSERT INTO servers (id, name, server_type, folder, create_date, write_date)
    VALUES (50, 'Support', 'imap', 'INBOX', '2026-11-22 08:00:00', '2026-11-22 08:00:00');
    INSERT INTO mailboxes (id, server_id, host, username, folder, create_date) VALUES (50, 50, 'h', 'u', 'INBOX', '2026-11-22 08:00:00');
    CREATE TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000)
    SELECT i, (i - 1) / 20 + 1 AS w, {at} AS at FROM c;
    INSERT INTO partners (id, name, email, email_normalized, is_registrant, is_group, is_company, active, search, create_date, write_date)
    SELECT w, 'Writer ' || w, 'w' || w || '@x.example', 'w' || w || '@x.example', TRUE, FALSE, FALSE, TRUE, '', at, at FROM n WHERE i % 20 = 1;
    INSERT INTO records (id, model, number, name, description, stage_id, partner_id, partner_email, contact_name, user_id, active,
        last_mail_at, date, model_code, create_date, write_date, closed)
    SELECT i, 'spp.grm.ticket', '2026-' || i, 'Complaint ' || i, '', (SELECT MIN(id) FROM stages WHERE model = 'spp.grm.ticket'), w,
        'w' || w || '@x.example', 'Writer ' || w, CASE WHEN i % 100 = 1 THEN 2 END, TRUE, at, at, '', at, at, FALSE FROM n WHERE i % 10 < 7;
    INSERT INTO messages (id, mailbox_id, server_name, source_key, size, message_id, subject, email_from, date, search, create_date)
    SELECT i, 50, 'Support', 'imap:9:' || i, 1000, '<' || i || '@x.example>', 'Complaint ' || i, 'w' || w || '@x.example', at, '', at FROM n;
    INSERT INTO fates (id, server_id, state, reason_code, attempts, res_model, res_id, write_date)
    SELECT i, 50, CASE WHEN i % 10 < 9 THEN 'delivered' WHEN i % 20 = 9 THEN 'held' ELSE 'ignored' END,
        CASE WHEN i % 20 = 9 THEN 'unknown_sender' WHEN i % 10 = 9 THEN 'duplicate' END, 0, 'spp.grm.ticket', i, at FROM n;
    INSERT INTO posts (id, model, res_id, ledger_id, message_id, message_type, author_partner_id, email_from, subject, body_html,
        body_text, date, create_date)
    SELECT i, 'spp.grm.ticket', CASE WHEN i % 10 < 7 THEN i ELSE i - i % 10 + 6 END, i, '<' || i || '@x.example>', 'email', w,
        'w' || w || '@x.example', 'Complaint ' || i, '', 'ration ' || i, at, at FROM n WHERE i % 10 < 9;
    DROP TABLE n;
";

/// What the work behind the triggers would have made of it in a minute; the last ones it indexes itself.
const INDEX_SQLITE: &str = "
    DELETE FROM search_pending WHERE of_id < 99900;
    INSERT INTO searched_records (rowid, words)
    SELECT id, '{type} complaint ration ' || id FROM records WHERE id < 99900;
    INSERT INTO searched_messages (rowid, words) SELECT id, 'complaint ' || id || ' support' FROM messages WHERE id < 99900;
";

/// The same, and what the triggers themselves would have made.
const INDEX_POSTGRES: &str = "
    INSERT INTO ledger_counts (state, count) SELECT state, COUNT(*) FROM fates GROUP BY state;
    INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
    SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, COUNT(*) FROM records GROUP BY 1, 2, 3, 4, 5, 6;
    INSERT INTO record_days (model_code, kind, day, class, count)
    SELECT model_code, 0, to_char(date, 'YYYY-MM-DD'), report_class(stage_id, category_id, server_id, extra), COUNT(*)
    FROM records GROUP BY 1, 2, 3, 4;
    INSERT INTO searched_records SELECT id, CAST('{type} complaint ration ' || id AS tsvector) FROM records;
    INSERT INTO searched_messages SELECT id, CAST('complaint:1 ' || id || ':2 support:3' AS tsvector) FROM messages;
    INSERT INTO searched_partners SELECT id, CAST('writer:1 ' || id || ':2' AS tsvector) FROM partners;
";

/// Tables with a row for each mail or so.
const GROWING: [&str; 12] = [
    "messages",
    "fates",
    "message_history",
    "records",
    "posts",
    "attachments",
    "partners",
    "sources",
    "source_chunks",
    "claims",
    "threads",
    "acknowledgements",
];

/// What a client asks for, and the index that must lead to it.
const LED: [(&str, &str); 4] = [
    ("records.model || '' = ?", "records USING INTEGER PRIMARY KEY (rowid>?)"),
    ("AND t.partner_email = ?", "records_email (partner_email=?"),
    ("AND t.email = ?", "partners_written_email (email=?"),
    ("AND t.message_id = ?", "message_id (message_id=?"),
];

#[derive(QueryableByName)]
struct ListedId {
    #[diesel(sql_type = Integer)]
    id: i32,
}

/// What is of an age stands in each order as if all of it were sorted: also where its newest mail came much later.
fn find_of_an_age(app: &App) {
    execute(
        &app.store,
        "UPDATE records SET last_mail_at = '2026-03-01 08:00:00' WHERE id IN (11, 20001, 90001);
         UPDATE records SET date = '2025-11-05 08:00:00' WHERE id IN (12, 30001);
         UPDATE records SET closed = TRUE WHERE id % 100 = 3;",
    );
    let officer = Desk::caller(Role::Officer);
    let (newest, oldest) = (Direction::Descending, Direction::Ascending);
    for (show, since, until, order, direction) in [
        (Show::All, "1970-01-01", "2026-01-12", RecordOrder::LastMail, newest),
        (Show::All, "1970-01-01", "2026-01-12", RecordOrder::LastMail, oldest),
        (Show::Open, "2026-01-05", "2026-01-12", RecordOrder::LastMail, newest),
        (Show::Closed, "2026-01-05", "2026-01-12", RecordOrder::LastMail, newest),
        (Show::All, "2026-01-20", "2026-01-20", RecordOrder::LastMail, newest),
        (Show::All, "2026-01-05", "2026-01-12", RecordOrder::Date, newest),
        (Show::All, "1970-01-01", "2026-01-12", RecordOrder::Date, oldest),
    ] {
        let (since, until): (NaiveDate, NaiveDate) = (since.parse().unwrap(), until.parse().unwrap());
        let closed = ["TRUE, FALSE", "TRUE", "FALSE"][usize::from(show != Show::All) + usize::from(show == Show::Open)];
        let key = if order == RecordOrder::Date { "date" } else { "last_mail_at" };
        let way = if direction == newest { "DESC" } else { "ASC" };
        let behind = until.succ_opt().unwrap();
        let naive = format!(
            "SELECT id FROM records WHERE closed IN ({closed}) AND date >= '{since}' AND date < '{behind}' ORDER BY {key} {way}, id {way} LIMIT 160"
        );
        let wanted = app.store.read(|db| Ok::<_, StoreError>(diesel::sql_query(naive).load::<ListedId>(db)?)).unwrap();
        let first =
            RecordQuery { since: Some(since), until: Some(until), order, direction, ..RecordQuery::usual(show) };
        let page = records::list(app, &officer, MODEL, &first).unwrap().page;
        let second = RecordQuery { part: Part::After(page.last.clone().unwrap()), ..first.clone() };
        let behind = records::list(app, &officer, MODEL, &second).unwrap().page;
        let found = page.lines.iter().chain(&behind.lines).map(|line| line.id.0);
        assert!(found.eq(wanted.iter().map(|one| one.id)), "{first:?}");
    }
    execute(
        &app.store,
        "UPDATE records SET last_mail_at = date WHERE id IN (11, 20001, 90001);
         UPDATE records SET date = last_mail_at WHERE id IN (12, 30001);
         UPDATE records SET closed = FALSE WHERE id % 100 = 3;",
    );
}

#[derive(QueryableByName)]
struct PlanStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The steps that go through a whole table, or sort what may be one.
fn grows(plan: &[String], sql: &str) -> Option<String> {
    let is_growing = |name: &str| {
        GROWING.contains(&name)
            || GROWING.iter().any(|table| {
                sql.contains(&format!("{table} {name} ")) || sql.contains(&format!("`{table}` AS `{name}`"))
            })
    };
    // In the order of an index, until there are as many as are shown.
    let ends = sql.contains(" LIMIT ") && !plan.iter().any(|step| step.starts_with("USE TEMP B-TREE FOR ORDER BY"));
    plan.iter().find_map(|step| {
        let scanned = step.strip_prefix("SCAN ")?.split(' ').next()?;
        (is_growing(scanned) && !ends).then(|| step.clone())
    })
}

/// Asks for every page, in every order, and for what clients ask for.
fn ask(site: Site, more: &[&str]) {
    let (officer, admin) = (site.signed_in("officer"), site.signed_in("admin"));
    let api = Api::of(site, "admin");
    let (records, ledger) = ("/records/spp.grm.ticket", "/settings/technical/email/messages");
    let mut paths = vec![
        "/".to_owned(),
        "/contacts/77".to_owned(),
        format!("{records}/99951"),
        "/search?q=ration+complaint".to_owned(),
    ];
    paths.extend(["/search?q=%22ration+99951%22", "/search?q=writer"].map(str::to_owned));
    paths.extend(["", "?q=ration", "?show=all&q=complaint+99951"].map(|query| format!("{records}{query}")));
    paths.extend(more.iter().map(|path| format!("{records}{path}")));
    for show in ["open", "unassigned", "closed", "all"] {
        for order in ["number", "title", "from", "stage", "assigned", "priority", "date", "due", "last_mail"] {
            paths.extend(["", "-"].map(|turned| format!("{records}?show={show}&order={turned}{order}")));
        }
    }
    for show in ["mine", "new_mail", "not_a_grievance"] {
        paths.push(format!("{records}?show={show}"));
    }
    for query in [
        "",
        "?state=held",
        "?state=waiting",
        "?state=delivered",
        "?state=ignored&server=50",
        "?server=50",
        "?reason=duplicate",
        "?reason=duplicate&server=50&state=ignored",
        "?q=complaint",
        "?q=complaint+99951&state=held",
        "?q=%3C99951@x.example%3E",
        "?older=5000&line=81",
        "?newer=5000&state=delivered&line=81",
        "/99951",
    ] {
        paths.push(format!("{ledger}{query}"));
    }
    for path in paths {
        let page = if path.starts_with(ledger) { admin.get(&path) } else { officer.get(&path) };
        assert!([200, 303].contains(&page.status.code), "{path}: {} {}", page.status.code, page.body);
    }
    for (model, field, value) in [
        ("spp.grm.ticket", "partner_email", s("w77@x.example")),
        ("spp.grm.ticket", "number", s("2026-99951")),
        ("spp.grm.ticket", "partner_id", Value::Integer(77)),
        ("mailgate.message", "message_id", s("<99951@x.example>")),
        ("mail.message", "message_id", s("<99951@x.example>")),
        ("res.partner", "email", s("w77@x.example")),
        ("mailgate.message", "id", Value::Integer(99_951)),
        ("spp.grm.ticket", "id", Value::Integer(99_951)),
    ] {
        let fields = list([s("id"), s("display_name")]);
        let found = api.call_with(
            model,
            "search_read",
            [list([leaf(field, "=", value)])],
            [("fields", fields), ("limit", Value::Integer(80))],
        );
        assert!(matches!(&found, Ok(Value::Array(rows)) if !rows.is_empty()), "{model} by {field}: {found:?}");
    }
}

/// A word that everything has leaves lists and ledger as they are, in every order and page by page.
fn find_what_all_have(app: &App) {
    let officer = Desk::caller(Role::Officer);
    let shown = |search: &str, query: &RecordQuery| {
        let query = RecordQuery { search: search.into(), ..query.clone() };
        let list = records::list(app, &officer, MODEL, &query).unwrap();
        let ids: Vec<RecordId> = list.page.lines.iter().map(|line| line.id).collect();
        (ids, list.page.more, list.page.last, list.total.or_more)
    };
    for order in [RecordOrder::LastMail, RecordOrder::Number, RecordOrder::Title, RecordOrder::Assigned] {
        let first = RecordQuery { order, direction: order.usual(), ..RecordQuery::usual(Show::All) };
        let (lines, _, last, _) = shown("", &first);
        assert_eq!(lines.len(), 80);
        let second = RecordQuery { part: Part::After(last.unwrap()), ..first.clone() };
        for query in [first, second] {
            let (all, found) = (shown("", &query), shown("rat", &query));
            assert_eq!((all.0, all.1, all.2, true), found, "{order:?}");
        }
    }
    // The texts of the newest are read for a phrase, and where those are many, no others are counted. All but the first have this one.
    let newest = RecordQuery::usual(Show::All);
    let (all, found) = (shown("", &newest), shown("\"ration 9", &newest));
    assert_eq!((&all.0[1..], true), (&found.0[..79], found.3));
    assert_eq!(shown("\"9 ration\"", &newest).0, []);
    let query = RecordQuery { search: "ration".into(), ..RecordQuery::usual(Show::NotAGrievance) };
    let none = records::list(app, &officer, MODEL, &query).unwrap();
    assert_eq!((none.page.lines.len(), none.total.count), (0, 0));
    for tab in Tab::ALL {
        let shown = |search: &str| {
            let (reason, server, connection, part) = (None, None, None, LedgerPart::First);
            let request = LedgerRequest { tab: *tab, reason, server, connection, search: search.into(), part };
            let list = messages::list(app, &Caller::command_line(), &request).unwrap();
            (list.lines.iter().map(|line| line.id).collect::<Vec<_>>(), list.more, list.total.is_any())
        };
        assert_eq!(shown(""), shown("compl"), "{tab:?}");
    }
    // Of more that have the word nobody is told who does not see any of it.
    let query = RecordQuery {
        search: "ration".into(),
        assigned: Some(Assigned::To(UserId(2))),
        ..RecordQuery::usual(Show::Open)
    };
    let total = |app: &App| records::list(app, &officer, MODEL, &query).unwrap().total;
    assert!(total(app).or_more);
    // What is hidden keeps nothing that is seen from being found.
    execute(&app.store, "UPDATE records SET confidential = TRUE WHERE id > 97200");
    let query = RecordQuery { search: "ration".into(), ..RecordQuery::usual(Show::All) };
    let newest = records::list(app, &officer, MODEL, &query).unwrap();
    assert!(newest.total.or_more && newest.page.lines.len() == 80);
    assert!(newest.page.lines.iter().all(|line| line.id.0 <= 97_200));
    let FoundAnywhere::All(found) = records::find(app, &officer, "ration").unwrap() else { panic!("many have it") };
    assert!(found.iter().any(|one| one.lines.len() == 10 && one.more));
    execute(&app.store, "UPDATE records SET confidential = FALSE WHERE id > 97200");
    execute(&app.store, "UPDATE records SET confidential = TRUE WHERE id <= 97200");
    assert_eq!(total(app), ShownCount::exactly(28));
    // Nor does a phrase tell of what is hidden, whose texts nobody reads for it.
    let query = RecordQuery { search: "\"ration 5".into(), ..RecordQuery::usual(Show::All) };
    assert_eq!(records::list(app, &officer, MODEL, &query).unwrap().total, ShownCount::exactly(0));
}

#[test]
fn what_pages_and_clients_read_is_found_by_indexes_with_100_000_messages() {
    watch();
    let place = Place::sqlite();
    let site = Site::new(&place);
    let app = site.app.clone();
    let fill = FILL.replace("{at}", "datetime('2026-01-01', '+' || (i * 20) || ' seconds')")
        + &INDEX_SQLITE.replace("{type}", &word_of_model(MODEL));
    execute(&app.store, &fill);
    let officer = site.signed_in("officer");
    wait_for("what is left is indexed", Duration::from_secs(20), || {
        officer.get("/search?q=nothing");
        (indexing::behind(&app).unwrap().changes == 0).then_some(())
    });
    let ((), asked) = heard(&place.config.database(), || {
        ask(site, &["/report?month=2026-01", "?until=2026-01-12", "?show=all&since=2026-01-03&until=2026-01-12"]);
        // When terms change, and at the first start after an upgrade, all open ones are gone through, a few at a time.
        app.store.read(|db| due::open(db, "spp.grm.ticket", RecordId(50_000), 200)).unwrap();
    });
    find_of_an_age(&app);
    find_what_all_have(&app);
    // By now nearly all is hidden from whoever is no member of a team.
    for path in [
        "/",
        "/records/spp.grm.ticket?show=all&order=title",
        "/records/spp.grm.ticket/99951",
        "/contacts/77",
        "/settings/technical/email/messages",
    ] {
        assert_eq!(officer.get(path).status.code, 200, "{path}");
    }
    assert!(asked.len() > 50, "{}", asked.len());
    let wrong: Vec<String> = asked
        .iter()
        // What is asked for none is not read.
        .filter(|sql| (sql.starts_with("SELECT") || sql.starts_with("WITH")) && !sql.contains("(1=0)"))
        .filter_map(|sql| {
            let plan: Vec<PlanStep> = app
                .store
                .read(|db| {
                    let Db::Sqlite(conn) = db else { unreachable!("it is SQLite") };
                    Ok::<_, StoreError>(diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn)?)
                })
                .unwrap();
            let plan: Vec<String> = plan.into_iter().map(|step| step.detail).collect();
            // A list is sorted only where it was counted to be short, which the plus says.
            let is_list = sql.contains(" AS key FROM records t") && !sql.contains("ORDER BY +");
            let sorted =
                plan.iter().any(|step| step.starts_with("USE TEMP B-TREE")).then(|| "a list is sorted".to_owned());
            let sorted = sorted.filter(|_| is_list && !sql.contains("search"));
            let not_led =
                LED.iter().find(|(asked, index)| sql.contains(asked) && !plan.iter().any(|step| step.contains(index)));
            let not_led = not_led.map(|(asked, index)| format!("{asked} is not led by {index}"));
            grows(&plan, sql).or(not_led).or(sorted).map(|step| format!("{step}\n    of {plan:?}\n    in {sql}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} read whole tables:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
}

/// A read looks at so many rows of a table: a page's, and those that are counted exactly, some of which are passed over.
const LOOKED_AT: f64 = 5_000.0;

/// PostgreSQL itself logs how it found everything, and what it looked at for that.
#[test]
fn what_pages_and_clients_read_looks_at_few_rows_of_100_000_messages_on_postgresql() {
    let url = postgres::database();
    let name = url.rsplit_once('/').unwrap().1;
    let mut conn = PgConnection::establish(&url).unwrap();
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_analyze = on",
        "auto_explain.log_timing = off",
    ] {
        conn.batch_execute(&format!("ALTER DATABASE {name} SET {setting}")).unwrap();
    }
    let place = Place::with(url);
    let site = Site::new(&place);
    let app = site.app.clone();
    let fill = FILL.replace("{at}", "timestamp '2026-01-01' + i * interval '20 seconds'")
        + &INDEX_POSTGRES.replace("{type}", &word_of_model(MODEL));
    conn.batch_execute("SET session_replication_role = replica").unwrap();
    conn.batch_execute(&fill).unwrap();
    conn.batch_execute("VACUUM ANALYZE").unwrap();
    let begun = postgres::log().len();
    ask(site, &["/report?month=2026-01"]);
    let log = postgres::log();
    find_of_an_age(&app);
    find_what_all_have(&app);
    let plans: Vec<&str> = log[begun..].split(" plan:\n").skip(1).collect();
    assert!(plans.len() > 100, "{}", plans.len());
    // A search for what all have looks at all of it.
    let looks = plans.into_iter().filter(|plan| !plan.contains("searched_"));
    let wrong: Vec<&str> = looks.filter(|plan| most_looked_at(plan) > LOOKED_AT).collect();
    assert!(wrong.is_empty(), "{} read too much:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Rows that the dearest step of a plan found, and those that it found and left out.
fn most_looked_at(plan: &str) -> f64 {
    let number = |line: &str, before: &str| -> Option<f64> {
        let rest = line.split_once(before)?.1;
        rest.split(|c: char| !c.is_ascii_digit() && c != '.').next()?.parse().ok()
    };
    let (mut loops, mut most) = (1.0, 0f64);
    // The lines of a log entry begin with a tab.
    for line in plan.lines().take_while(|line| line.starts_with('\t')) {
        if let Some(found) = number(line, "(actual rows=") {
            loops = number(line, "loops=").unwrap_or(1.0);
            if line.contains("Scan") {
                most = most.max(found * loops);
            }
        } else if let Some(left_out) = number(line, "Rows Removed by Filter: ") {
            most = most.max(left_out * loops);
        }
    }
    most
}
