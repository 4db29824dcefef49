//! The audit shows what was changed in it, and is shipped without losing a line.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use mailgate::domain::person::Caller;
use mailgate::domain::rights::AuditAction;
use mailgate::operations::App;
use mailgate::operations::audit::{AuditShipper, Chain, verify};
use mailgate::store::audit::{self, NewAuditEntry};
use mailgate::store::{Db, StoreError};
use serde_json::{Value, json};

use crate::support::database::on_both;
use crate::support::wait_for;

fn deed(app: &App, name: &str) {
    let caller = Caller::command_line();
    let entry = NewAuditEntry {
        caller: &caller,
        action: AuditAction::Write,
        object_model: "res.users",
        object_id: Some(1),
        object_name: name,
        before: Some(json!({"name": "Ünïcode ' \" \n"})),
        after: None,
    };
    app.store.write(|db| audit::write(db, &entry)).unwrap();
}

fn sql(app: &App, sqlite: &str, postgres: &str) -> Result<(), StoreError> {
    app.store.write(|db| {
        let sql = if matches!(db, Db::Sqlite(_)) { sqlite } else { postgres };
        db.batch_execute(sql).map_err(StoreError::from)
    })
}

fn both(app: &App, statement: &str) -> Result<(), StoreError> {
    sql(app, statement, statement)
}

/// As somebody who may do everything in the database.
fn past_the_triggers(app: &App) {
    sql(
        app,
        "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_no_replace",
        "DROP TRIGGER audit_append_only ON audit; DROP TRIGGER audit_no_truncate ON audit",
    )
    .unwrap();
}

fn chain(app: &App) -> Chain {
    verify(app, &Caller::command_line()).unwrap()
}

#[track_caller]
fn broken(app: &App, words: &str) {
    match chain(app) {
        Chain::Broken(told) => assert!(told.contains(words), "{told}"),
        Chain::Whole(rows) => panic!("{rows} rows, and nothing was seen"),
    }
}

fn signed(app: &std::sync::Arc<App>) {
    drop(AuditShipper::start(app.clone()).unwrap());
}

on_both! {
    fn many_who_write_at_once_make_one_chain(place: &Place) {
        let (one, other) = (place.open(), place.open());
        std::thread::scope(|scope| {
            for n in 0..6 {
                let app = if n % 2 == 0 { &one } else { &other };
                scope.spawn(move || (0..10).for_each(|deed_number| deed(app, &format!("{n} {deed_number}"))));
            }
        });
        assert_eq!(chain(&one), Chain::Whole(60));
        signed(&one);
        deed(&other, "after the signature");
        signed(&other);
        assert_eq!(chain(&one), Chain::Whole(61));
    }

    fn the_database_refuses_to_change_the_audit(place: &Place) {
        let app = place.open();
        deed(&app, "first");
        for statement in ["UPDATE audit SET login = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"] {
            assert!(both(&app, statement).unwrap_err().to_string().contains("append-only"), "{statement}");
        }
        let replaced = "INSERT OR REPLACE INTO audit (id, at, login, action, object_model, object_name) \
                        VALUES (1, '2026-11-28 00:00:00', 'x', 'write', 'x', 'x')";
        assert!(sql(&app, replaced, "TRUNCATE audit").unwrap_err().to_string().contains("append-only"));
        assert_eq!(chain(&app), Chain::Whole(1));
    }

    fn what_was_changed_is_named(place: &Place) {
        let app = place.open();
        (1..=8).for_each(|n| deed(&app, &format!("deed {n}")));
        past_the_triggers(&app);
        both(&app, "UPDATE audit SET object_name = 'nothing' WHERE id = 3").unwrap();
        broken(&app, "entry 3");
        both(&app, "UPDATE audit SET object_name = 'deed 3' WHERE id = 3").unwrap();
        assert_eq!(chain(&app), Chain::Whole(8));
        both(&app, "DELETE FROM audit WHERE id = 8").unwrap();
        broken(&app, "missing");
        both(&app, "INSERT INTO audit (id, at, login, action, object_model, object_name) \
                    VALUES (8, '2026-11-28 00:00:00', 'x', 'write', 'x', 'x')").unwrap();
        broken(&app, "entry 8");
        both(&app, "DELETE FROM audit WHERE id = 5").unwrap();
        broken(&app, "entry 6");
    }

    fn a_chain_computed_anew_lacks_the_signature(place: &Place) {
        let app = place.open();
        (1..=5).for_each(|n| deed(&app, &format!("deed {n}")));
        signed(&app);
        past_the_triggers(&app);
        both(&app, "UPDATE audit SET object_name = 'nothing' WHERE id = 2").unwrap();
        let rows = app.store.read(|db| audit::after(db, 0, 100)).unwrap();
        let mut hash = String::new();
        for row in rows {
            hash = row.link(&hash);
            both(&app, &format!("UPDATE audit SET hash = '{hash}' WHERE id = {}", row.id)).unwrap();
        }
        both(&app, &format!("UPDATE audit_chain SET hash = '{hash}'")).unwrap();
        broken(&app, "signed");
        deed(&app, "later");
        signed(&app);
        broken(&app, "signed");
    }

    fn entries_from_before_the_chain_are_held_by_its_anchor(place: &Place) {
        let app = place.open();
        past_the_triggers(&app);
        (1..=4).for_each(|n| deed(&app, &format!("deed {n}")));
        both(&app, "UPDATE audit SET hash = NULL; DELETE FROM audit_chain").unwrap();
        drop(app);
        let app = place.open();
        signed(&app);
        deed(&app, "new");
        signed(&app);
        assert_eq!(chain(&app), Chain::Whole(5));
        both(&app, "UPDATE audit SET login = 'x' WHERE id = 2").unwrap();
        broken(&app, "entries up to 4");
    }

    fn the_audit_is_shipped_to_a_file_and_no_line_is_lost(place: &Place) {
        let mut config = place.config.clone();
        let file = config.data_dir.join("audit.jsonl");
        config.audit_log = file.to_str().unwrap().to_owned();
        let app = App::open(config.clone()).unwrap();
        (0..3).for_each(|n| deed(&app, &format!("before {n}")));
        let lines = || -> Vec<Value> {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        };
        let keeper = AuditShipper::start(app.clone()).unwrap();
        wait_for("the first lines", Duration::from_secs(20), || (lines().len() == 3).then_some(()));
        drop(keeper);
        drop(app);
        // A process that was killed within a line.
        let cut = std::fs::read_to_string(&file).unwrap() + "{\"id\": 4, \"lo";
        std::fs::write(&file, cut).unwrap();
        let app = App::open(config).unwrap();
        deed(&app, "meanwhile");
        drop(AuditShipper::start(app.clone()).unwrap());
        let told = lines();
        let names: Vec<&str> = told.iter().filter_map(|line| line["object_name"].as_str()).collect();
        assert_eq!(names, ["before 0", "before 1", "before 2", "meanwhile"]);
        assert_eq!(told[3]["before"]["name"], "Ünïcode ' \" \n");
        assert!(told[3]["hash"].as_str().is_some_and(|hash| hash.len() == 64));
    }

    fn the_audit_is_shipped_to_syslog_and_waits_for_it(place: &Place) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("log");
        let mut config = place.config.clone();
        config.audit_log = format!("syslog:{}", socket.display());
        let app = App::open(config).unwrap();
        deed(&app, "while nobody listens");
        drop(AuditShipper::start(app.clone()).unwrap());
        let listener = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
        listener.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        deed(&app, "while somebody does");
        drop(AuditShipper::start(app.clone()).unwrap());
        let mut names = BTreeSet::new();
        for _ in 0..2 {
            let mut line = [0; 4096];
            let size = listener.recv(&mut line).unwrap();
            let line = std::str::from_utf8(&line[..size]).unwrap();
            assert!(line.starts_with("<86>1 20") && line.contains(" mailgate "), "{line}");
            let told: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
            names.insert(told["object_name"].as_str().unwrap().to_owned());
        }
        assert_eq!(names.len(), 2);
    }
}
