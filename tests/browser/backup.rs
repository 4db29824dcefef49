//! README's backup: a copy of the database taken while Mailgate runs, and the key, are a whole installation.

use diesel::{Connection, RunQueryDsl, SqliteConnection};

use super::sign_in_with;
use crate::support::app::Installation;
use crate::support::browser::Browser;

#[test]
fn a_copy_of_database_and_key_is_the_whole_installation() {
    let installation = Installation::new();
    let demo = installation.demo();
    let restored = Installation::new();
    std::fs::create_dir(&restored.data).unwrap();
    let mut db = SqliteConnection::establish(demo.folder.join("mailgate.db").to_str().unwrap()).unwrap();
    let copy = restored.data.join("mailgate.db");
    diesel::sql_query(format!("VACUUM INTO '{}'", copy.display())).execute(&mut db).unwrap();
    std::fs::copy(demo.folder.join("secret.key"), restored.data.join("secret.key")).unwrap();

    let serving = restored.serve();
    let browser = Browser::open(&serving.url);
    sign_in_with(&browser, "admin@demo.example", &demo.password("admin@demo.example"));
    browser.press("Grievances");
    browser.see("2026-000001");
}
