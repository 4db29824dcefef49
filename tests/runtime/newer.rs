//! A database of a newer Mailgate is refused in words by every command, and left as it is.

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use crate::support::app::Installation;
use crate::support::postgres;

/// What a later version would have left; and a start of this one would write the stages again.
const UPGRADE: [&str; 2] =
    ["INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')", "DELETE FROM stages"];
/// What 0.1 writes first at each start; it knows nothing of newer ones.
const BY_0_1: &str = "INSERT INTO stages (model, code, name, sequence, closed) VALUES ('spp.grm.ticket', 'new', 'New', 0, FALSE) \
    ON CONFLICT (model, code) DO UPDATE SET name = 'New', sequence = 0, closed = FALSE";
const STAGES: &str = "SELECT COUNT(*) AS count FROM stages";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Every command is refused, and names the database. `stages` counts what a start would have written.
fn refused(installation: &Installation, named: &str, stages: impl Fn() -> i64) {
    std::fs::remove_file(installation.data.join("secret.key")).unwrap();
    for (command, code) in [
        (&["serve"][..], 78),
        (&[], 78),
        (&["fetch"], 78),
        (&["check"], 78),
        (&["user", "list"], 78),
        // The MTA keeps the mail until the right program runs.
        (&["deliver", "--server", "Support"], 75),
    ] {
        let ended = installation.command(command).env("MAILGATE_PORT", "0").output().unwrap();
        let words = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{command:?}: {words}");
        for said in ["newer Mailgate", "20991231000000", "Nothing was changed", "backup", named] {
            assert!(words.contains(said), "{said} is not in {words}");
        }
    }
    assert_eq!(stages(), 0, "nothing is written");
    assert!(!installation.data.join("secret.key").exists(), "no key is made either");
}

#[test]
fn sqlite_of_a_newer_mailgate_is_refused() {
    let installation = Installation::new();
    installation.run(&["user", "list"], "");
    let path = installation.data.join("mailgate.db");
    let connect = || SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let stopped = sql_query(BY_0_1).execute(&mut connect()).unwrap_err().to_string();
    assert!(stopped.contains("sequence"), "{stopped}");
    for statement in UPGRADE {
        sql_query(statement).execute(&mut connect()).unwrap();
    }
    refused(&installation, "mailgate.db", || sql_query(STAGES).get_result::<Count>(&mut connect()).unwrap().count);
}

#[test]
fn postgresql_of_a_newer_mailgate_is_refused() {
    let url = postgres::database();
    let installation = Installation::new().set("DATABASE_URL", &url);
    installation.run(&["user", "list"], "");
    let connect = || PgConnection::establish(&url).unwrap();
    let stopped = sql_query(BY_0_1).execute(&mut connect()).unwrap_err().to_string();
    assert!(stopped.contains("sequence"), "{stopped}");
    for statement in UPGRADE {
        sql_query(statement).execute(&mut connect()).unwrap();
    }
    refused(&installation, &url, || sql_query(STAGES).get_result::<Count>(&mut connect()).unwrap().count);
}
