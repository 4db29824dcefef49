//! What takes the database long: ended within its time, with words, and the connection is as before.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use mailgate::config::Config;
use mailgate::store::audit::{self, AuditFilter};
use mailgate::store::{Backend, Store, StoreError};
use mailgate::xmlrpc::{FaultCode, Value};

use super::client::{Api, leaf, list, members, s};
use crate::support::database::{Place, execute, on_both};
use crate::web::site::Site;

/// Contacts with long names, and a domain that compares each with so many texts that neither database is done within a
/// minute.
pub fn fill(store: &Store) {
    let name = "'Contact ' || n || ' of the village by the river, household ' || n";
    let rows = match store.backend() {
        Backend::Sqlite => {
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 40000) SELECT * FROM numbers"
        }
        Backend::Postgres => "SELECT * FROM generate_series(1, 40000) AS numbers(n)",
    };
    let sql = format!(
        "INSERT INTO partners (name, search, is_registrant, is_group, is_company, active, create_date, write_date) \
         SELECT {name}, lower({name}), {no}, {no}, {no}, {yes}, '2026-11-01 10:00:00', '2026-11-01 10:00:00' \
         FROM ({rows}) AS numbers",
        no = "(1 = 0)",
        yes = "(1 = 1)",
    );
    execute(store, &sql);
}

/// No two of its texts are alike, so that nothing is looked for once only.
pub fn worst() -> Value {
    let or = vec![s("|"); 999 / 2];
    let leaves = (0..500).map(|n| leaf("name", "ilike", s(&format!("É{n}_x"))));
    Value::Array(or.into_iter().chain(leaves).collect())
}

fn impatient(place: &Place) -> Api {
    let config = Config { query_seconds: NonZeroU32::MIN, ..place.config.clone() };
    Api::of(Site::with(config).peopled(), "auditor")
}

on_both! {
    fn a_search_that_takes_too_long_is_ended_and_said(place: &Place) {
        let api = impatient(place);
        fill(&api.site.app.store);
        let named = |name: &str| api.call("res.partner", "search_count", [list([leaf("name", "=", s(name))])]);
        for method in ["search", "search_count", "search_read"] {
            let start = Instant::now();
            let (code, words) = api.call("res.partner", method, [worst()]).unwrap_err();
            assert!(start.elapsed() < Duration::from_secs(4), "{method}: {:?}", start.elapsed());
            assert_eq!(code, FaultCode::Number(1));
            let expected = "psycopg2.errors.QueryCanceled: canceling statement due to statement timeout\n\nThis took longer than 1 s";
            assert!(words.starts_with(expected), "{words}");
            // Whichever connection comes next is as it was.
            for _ in 0..4 {
                assert_eq!(named("nobody"), Ok(Value::Integer(0)));
            }
        }
    }

    fn what_is_written_takes_as_long_as_it_takes(place: &Place) {
        let api = impatient(place);
        let slow = match api.site.app.store.backend() {
            Backend::Sqlite => {
                "INSERT INTO settings SELECT 'slow', COUNT(*) FROM (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL \
                 SELECT n + 1 FROM numbers WHERE n < 20000000) SELECT n FROM numbers)"
            }
            Backend::Postgres => "INSERT INTO settings SELECT 'slow', '1' FROM pg_sleep(2)",
        };
        // Also within a call of a client whose time is over meanwhile: it is not told of a failure after the deed.
        let start = Instant::now();
        let store = &api.site.app.store;
        execute(store, slow);
        assert!(start.elapsed() > Duration::from_secs(1), "{:?}", start.elapsed());
        store.read(|db| Ok::<_, StoreError>(db.batch_execute("SELECT 1")?)).unwrap();
    }

    fn a_list_of_any_length_is_one_value_for_the_database(place: &Place) {
        let api = Api::new(place, "admin");
        let Ok(Value::Array(made)) = api.call(
            "res.partner",
            "create",
            [list(["Amina", "Binta", "Coumba"].map(|name| members([("name", s(name))])))],
        ) else { panic!() };
        let count = |field: &str, operator: &str, values: Vec<Value>| {
            api.call("res.partner", "search_count", [list([leaf(field, operator, Value::Array(values))])])
        };
        let ids = |many: i32| (2..2 + many).map(Value::Integer).collect::<Vec<_>>();
        let names = |many: i32| (0..many).map(|n| s(&format!("x{n}"))).chain([s("Binta")]).collect::<Vec<_>>();
        assert_eq!(count("id", "in", ids(100_000)), Ok(Value::Integer(2)));
        assert_eq!(count("id", "not in", ids(100_000)), Ok(Value::Integer(1)));
        assert_eq!(count("name", "in", names(99_999)), Ok(Value::Integer(1)));
        assert_eq!(count("name", "not in", names(99_999)), Ok(Value::Integer(2)));
        assert_eq!(count("create_date", "in", vec![s("2026-11-01"); 40_000]), Ok(Value::Integer(0)));
        assert_eq!(count("is_group", "in", vec![Value::Boolean(false); 70_000]), Ok(Value::Integer(3)));
        let (code, words) = count("id", "in", ids(100_001)).unwrap_err();
        let limit = "ValueError: The lists of a domain have at most 100000 values together\n";
        assert_eq!((code, words.as_str()), (FaultCode::Number(1), limit));
        let many = Value::Array(ids(100_000));
        assert_eq!(api.call("res.partner", "exists", [many.clone()]), Ok(list([made[1].clone(), made[2].clone()])));
        let (_, words) = api.call("res.partner", "name_get", [many.clone()]).unwrap_err();
        assert!(words.starts_with("Record does not exist"), "{words}");
        let (_, words) = api.call("res.partner", "write", [many, members([("name", s("x"))])]).unwrap_err();
        assert!(words.starts_with("Record does not exist"), "{words}");
    }
}

#[test]
fn a_pattern_is_as_long_as_words_on_a_page() {
    let place = Place::sqlite();
    let api = Api::new(&place, "auditor");
    let count = |operator: &str, text: &str| {
        api.call("res.partner", "search_count", [list([leaf("name", operator, s(text))])]).map_err(|(_, words)| words)
    };
    assert_eq!(count("ilike", &"a".repeat(1_000)), Ok(Value::Integer(0)));
    assert_eq!(count("=ilike", &"a".repeat(100_000)), Ok(Value::Integer(0)));
    assert_eq!(count("like", &"a%".repeat(20)), Ok(Value::Integer(0)));
    let words = count("like", &"a%".repeat(100)).unwrap_err();
    assert_eq!(words, "ValueError: A pattern has at most 20 wildcards %\n");
    let words = count("=ilike", &"_a".repeat(101)).unwrap_err();
    assert!(
        words.starts_with("ValueError: A text to look for has at most 200 characters, this one has 202;"),
        "{words}"
    );
    let words = api.call("ir.model", "search", [list([leaf("name", "ilike", s(&"a".repeat(1_001)))])]).unwrap_err().1;
    assert!(
        words.starts_with("ValueError: A text to look for has at most 1000 characters, this one has 1001;"),
        "{words}"
    );
}

on_both! {
    fn a_list_that_takes_too_long_says_so(place: &Place) {
        // A page has what it has unless something else is set.
        let config = Config { export_seconds: NonZeroU32::MIN, ..place.config.clone() };
        let site = Site::with(config).peopled();
        let run = |sql: &str| execute(&site.app.store, sql);
        run("INSERT INTO mailboxes (id, host, username, folder, create_date) VALUES (7, '', '', '', '2026-11-01 10:00:00'); \
             INSERT INTO messages (mailbox_id, server_name, source_key, size, create_date, search) \
             VALUES (7, 'x', 'k', 1, '2026-11-01 10:00:00', ''); \
             INSERT INTO fates (id, state, attempts, write_date) SELECT id, 'received', 0, create_date FROM messages");
        let browser = site.signed_in("auditor");
        // No search and no list is slow by itself: the table is made so.
        let slow = match site.app.store.backend() {
            Backend::Sqlite => {
                "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000000) \
                 SELECT COUNT(*) FROM numbers) > 0"
            }
            Backend::Postgres => "(SELECT pg_sleep(8) IS NOT NULL)",
        };
        let slowed = |table: &str| {
            run(&format!("ALTER TABLE {table} RENAME TO quick; CREATE VIEW {table} AS SELECT * FROM quick WHERE {slow}"));
        };
        let mended = |table: &str| run(&format!("DROP VIEW {table}; ALTER TABLE quick RENAME TO {table}"));
        let path = "/settings/technical/email/messages";
        slowed("fates");
        let start = Instant::now();
        let page = browser.get(path);
        // What stands above every page may be read anew, which has as long.
        assert!((2..6).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        assert_eq!(page.status.code, 503, "{}", page.body);
        page.says("This search took too long, so it was stopped; everything else goes on.");
        mended("fates");
        assert_eq!(browser.get(path).status.code, 200);
        // A file that can't be put together in time is no file that ends early.
        let export = "/records/spp.grm.ticket/export";
        let take = || browser.submit(export, export, &[("list", "show=all"), ("file", "csv")]);
        slowed("stages");
        let refused = take();
        assert_eq!(refused.status.code, 503, "{}", refused.body);
        refused.says("This search took too long, so it was stopped; everything else goes on.");
        mended("stages");
        let taken_out = || {
            let filter = AuditFilter { object_model: Some("spp.grm.ticket".into()), ..AuditFilter::default() };
            site.app.store.read(|db| audit::list(db, &filter, 0, 9)).unwrap().1
        };
        assert_eq!(taken_out(), 0);
        assert!(take().header("Content-Disposition").contains(".csv"));
        assert_eq!(taken_out(), 1);
    }
}

/// Where nothing is set, and each after another with the same connections.
#[test]
fn a_page_a_call_and_a_file_have_each_their_own_time() {
    let place = Place::postgres();
    let api = Api::new(&place, "admin");
    let Ok(Value::Integer(contact)) = api.call("res.partner", "create", [members([("name", s("Amina"))])]) else {
        panic!()
    };
    let run = |sql: &str| execute(&api.site.app.store, sql);
    for table in ["partners", "audit"] {
        run(&format!(
            "ALTER TABLE {table} RENAME TO all_{table}; CREATE VIEW {table} AS SELECT * FROM all_{table} \
             WHERE current_setting('statement_timeout') = (SELECT value FROM settings WHERE name = 'seen within')"
        ));
    }
    let browser = api.site.signed_in("admin");
    run("INSERT INTO settings (name, value) VALUES ('seen within', '')");
    for (time, seen) in [("2s", [true, false, false]), ("10s", [false, true, false]), ("1min", [false, false, true])] {
        run(&format!("UPDATE settings SET value = '{time}' WHERE name = 'seen within'"));
        let page = browser.get(&format!("/contacts/{contact}")).status.code == 200;
        let call = api.call("res.partner", "search_count", [list([])]) == Ok(Value::Integer(1));
        let file = browser.get("/settings/audit/file?file=csv").body.lines().count() > 1;
        assert_eq!([page, call, file], seen, "{time}");
    }
}
