//! A delivery that fails in its middle leaves nothing of itself: the mail is kept, and makes one record later.

use mailgate::domain::ledger::MailState;
use mailgate::store::Backend;
use mailgate::xmlrpc::Value;

use super::client::{Api, list, s};
use super::gateway::{FALSE, GRIEVANCE, binary, ledger, mail, newest, process};
use crate::support::database::{execute, on_both};

/// Runs this SQL, which stands for a fault of the database.
fn run(api: &Api, sqlite: &str, postgres: &str) {
    let sql = match api.site.app.store.backend() {
        Backend::Sqlite => sqlite,
        Backend::Postgres => postgres,
    };
    execute(&api.site.app.store, sql);
}

on_both! {
    fn a_delivery_that_fails_midway_is_undone_and_made_once_later(place: &Place) {
        let api = Api::new(place, "admin");
        run(
            &api,
            "CREATE TRIGGER broken BEFORE INSERT ON posts BEGIN SELECT RAISE(ABORT, 'broken'); END",
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
             CREATE TRIGGER broken BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION broken()",
        );
        assert_eq!(process(&api, [s(GRIEVANCE), binary(&mail(1))]).unwrap(), FALSE);
        assert_eq!(newest(&api).0, MailState::Retrying);
        let records = || api.call(GRIEVANCE, "search_count", [list([])]).unwrap();
        assert_eq!(records(), Value::Integer(0), "the record without its mail is undone");
        run(&api, "DROP TRIGGER broken", "DROP TRIGGER broken ON posts");
        let id = Value::Integer(ledger(&api)[0].id.0);
        api.call("mailgate.message", "action_retry", [list([id])]).unwrap();
        assert_eq!((newest(&api).0, records()), (MailState::Delivered, Value::Integer(1)));
    }
}
