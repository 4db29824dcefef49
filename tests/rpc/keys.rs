//! API keys, and what is remembered of credentials.

use chrono::{Days, TimeDelta};
use mailgate::config::Config;
use mailgate::domain::id::UserId;
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::secret::Secret;
use mailgate::operations::credentials::{self, KeyForm};
use mailgate::operations::sessions::{self, SignedIn};
use mailgate::operations::sign_in::{self, SignInError};
use mailgate::operations::{App, users};
use mailgate::store::StoreError;
use mailgate::store::schema::api_keys as table;
use mailgate::xmlrpc::{FaultCode, Value};
use serde_json::json;

use super::client::{Api, Refused, list, members, s};
use crate::support::app::PASSWORD;
use crate::support::database::{Place, on_both};
use crate::web::site::Site;

const OFFICER: UserId = UserId(2);

/// Somebody at a page.
fn session(app: &App, login: &str) -> SignedIn {
    let session = sign_in::sign_in(app, login, &Secret::new(PASSWORD), None, &Default::default()).unwrap();
    sessions::resume(app, &session.token, true).unwrap().unwrap()
}

fn form(name: &str, expires: &str) -> KeyForm {
    KeyForm { name: name.into(), expires: expires.into(), password: Secret::new(PASSWORD) }
}

pub(super) fn make(app: &App, login: &str, name: &str, expires: &str) -> Secret {
    let session = session(app, login);
    credentials::create_key(app, &sessions::caller_of(&session.user, None), &session, &form(name, expires)).unwrap()
}

fn call(api: &Api, user: UserId, secret: &str) -> Result<Value, Refused> {
    let params = vec![s("mailgate"), Value::Integer(user.0), s(secret), s("res.users"), s("context_get"), list([])];
    api.post("/xmlrpc/2/object", "execute_kw", params)
}

#[track_caller]
fn denied(outcome: Result<Value, Refused>) {
    let (code, words) = outcome.unwrap_err();
    assert_eq!(code, FaultCode::Number(3), "{words}");
}

pub(super) fn revoke_all(app: &App, login: &str) {
    let session = session(app, login);
    let caller = sessions::caller_of(&session.user, None);
    for key in credentials::own_keys(app, &session).unwrap() {
        credentials::revoke_key(app, &caller, key.id).unwrap();
    }
}

on_both! {
    fn a_key_works_wherever_a_password_does_until_it_is_revoked(place: &Place) {
        let api = Api::new(place, "admin");
        let app = &api.site.app;
        let key = make(app, "officer", "Nightly report", "");
        assert!(key.reveal().starts_with("mgk_") && key.reveal().len() > 40);
        let sign_in = |login: &str| {
            api.common("authenticate", &[s("mailgate"), s(login), s(key.reveal()), members([])])
        };
        assert_eq!(sign_in("officer"), Ok(Value::Integer(OFFICER.0)));
        assert_eq!(sign_in("admin"), Ok(Value::Boolean(false)), "it is nobody else's");
        call(&api, OFFICER, key.reveal()).unwrap();
        denied(call(&api, UserId(1), key.reveal()));
        let args = json!(["mailgate", OFFICER.0, key.reveal(), "res.users", "context_get", []]);
        let params = json!({"service": "object", "method": "execute_kw", "args": args});
        let rpc = |path: &str, params: serde_json::Value| {
            api.json(path, &json!({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}))
        };
        assert_eq!(rpc("/jsonrpc", params)["result"]["uid"], OFFICER.0);
        let params = json!({"db": "mailgate", "login": "officer", "password": key.reveal()});
        assert_eq!(rpc("/web/session/authenticate", params)["result"]["uid"], OFFICER.0);

        let session = session(app, "officer");
        let keys = credentials::own_keys(app, &session).unwrap();
        assert!(keys[0].last_used.is_some(), "{keys:?}");
        revoke_all(app, "officer");
        denied(call(&api, OFFICER, key.reveal()));
        assert_eq!(sign_in("officer"), Ok(Value::Boolean(false)));
    }

    fn a_session_that_a_key_opened_ends_with_it_and_opens_no_page(place: &Place) {
        let site = Site::new(place);
        let key = make(&site.app, "officer", "Script", "");
        let opened = mailgate::operations::credentials::open_session(&site.app, "officer", &key, None).unwrap();
        assert!(sessions::resume(&site.app, &opened.token, true).unwrap().is_some_and(|session| session.of_api));
        let browser = site.browser();
        browser.set_cookie("mailgate_session", opened.token.reveal());
        assert!(browser.get("/").location.starts_with("/login"), "a key signs in to the API alone");
        revoke_all(&site.app, "officer");
        assert!(sessions::resume(&site.app, &opened.token, true).unwrap().is_none());
    }

    fn a_key_expires_after_its_last_day(place: &Place) {
        let api = Api::new(place, "admin");
        let app = &api.site.app;
        let today = mailgate::domain::now().date();
        let key = make(app, "officer", "Short", &today.to_string());
        call(&api, OFFICER, key.reveal()).unwrap();
        let opened = mailgate::operations::credentials::open_session(app, "officer", &key, None).unwrap();
        // The day is over.
        use diesel::prelude::*;
        let over = mailgate::domain::now() - TimeDelta::seconds(1);
        app.store
            .write(|db| {
                diesel::update(table::table).set(table::expires_at.eq(over)).execute(db)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
        denied(call(&api, OFFICER, key.reveal()));
        assert!(sessions::resume(app, &opened.token, true).unwrap().is_none(), "and so is its session");
    }

    fn a_key_is_made_by_its_owner_alone_and_hashed_at_rest(place: &Place) {
        let site = Site::new(place);
        let (app, session) = (&site.app, session(&site.app, "officer"));
        let officer = sessions::caller_of(&session.user, None);
        let yesterday = mailgate::domain::now().date().checked_sub_days(Days::new(1)).unwrap().to_string();
        let wrong = [
            form("", ""),
            form("x", &yesterday),
            form("x", "tomorrow"),
            KeyForm { password: Secret::new("not this one"), ..form("x", "") },
        ];
        for form in wrong {
            assert!(credentials::create_key(app, &officer, &session, &form).is_err(), "{form:?}");
        }
        let key = credentials::create_key(app, &officer, &session, &form("Report", "")).unwrap();
        assert!(credentials::create_key(app, &officer, &session, &form("Report", "")).is_err(), "one of each name");
        let dump = format!("{:?}", app.store.read(|db| {
            use diesel::prelude::*;
            let hashes: Vec<String> = table::table.select(table::key_hash).load(db)?;
            Ok::<_, StoreError>(hashes)
        }));
        assert!(!dump.contains(key.reveal()));
        // Not even another officer may see or revoke it; an administrator may.
        let id = credentials::own_keys(app, &session).unwrap()[0].id;
        let other = Caller { user: Some(UserId(3)), login: "auditor".into(), role: Role::Auditor, address: None };
        assert!(credentials::keys_of(app, &other, OFFICER).is_err());
        assert!(credentials::revoke_key(app, &other, id).is_err());
        credentials::revoke_key(app, &Caller::command_line(), id).unwrap();
        let entries = app.store.read(|db| {
            let filter = mailgate::store::audit::AuditFilter {
                object_model: Some("res.users.apikeys".into()), ..Default::default()
            };
            mailgate::store::audit::list(db, &filter, 0, 10)
        });
        let entries = entries.unwrap().0;
        let actions: Vec<&str> = entries.iter().map(|row| row.action.as_str()).collect();
        assert_eq!(actions, ["delete", "create"]);
        assert!(!format!("{entries:?}").contains(key.reveal()));
    }

    fn what_was_right_is_forgotten_as_soon_as_it_changes(place: &Place) {
        let api = Api::new(place, "officer");
        let (app, admin) = (&api.site.app, Caller::command_line());
        let key = make(app, "officer", "Script", "");
        let form = |login: &str, role: Role| {
            users::UserForm::with([("login", login), ("name", "Officer"), ("role", role.code())])
        };
        let change = |form: &users::UserForm| {
            app.store.write(|db| users::change_in(db, &admin, OFFICER, form)).unwrap();
        };
        for secret in [key.reveal(), PASSWORD] {
            call(&api, OFFICER, secret).unwrap();
            let by_login = |login: &str| {
                api.common("authenticate", &[s("mailgate"), s(login), s(secret), members([])]).unwrap()
            };
            assert_eq!(by_login("officer"), Value::Integer(2));
            change(&form("renamed", Role::Officer));
            assert_eq!(by_login("officer"), Value::Boolean(false), "an old login");
            change(&form("officer", Role::Auditor));
            let may = |secret: &str| {
                let args = list([s("create"), Value::Boolean(false)]);
                let params = vec![s("mailgate"), Value::Integer(2), s(secret), s("res.partner"), s("check_access_rights"), args];
                api.post("/xmlrpc/2/object", "execute_kw", params).unwrap()
            };
            assert_eq!(may(secret), Value::Boolean(false), "a role that was taken away");
            change(&form("officer", Role::Officer));
            assert_eq!(may(secret), Value::Boolean(true));
            users::set_active(app, &admin, OFFICER, false).unwrap();
            denied(call(&api, OFFICER, secret));
            users::set_active(app, &admin, OFFICER, true).unwrap();
            match secret {
                PASSWORD => drop(call(&api, OFFICER, secret).unwrap()),
                _ => denied(call(&api, OFFICER, secret)),
            }
        }
        let key = make(app, "officer", "After the return", "");
        call(&api, OFFICER, key.reveal()).unwrap();
        users::set_password(app, &admin, OFFICER, &Secret::new("another quite long one")).unwrap();
        denied(call(&api, OFFICER, PASSWORD));
        call(&api, OFFICER, key.reveal()).expect("a key does not depend on the password");
    }
}

#[test]
fn without_passwords_only_keys_sign_in_and_guessing_is_slowed_down() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let key = make(&site.app, "officer", "Script", "");
    let closed = Site::with(Config { api_passwords: false, ..place.config.clone() });
    let api = Api::unsigned(closed);
    denied(call(&api, OFFICER, PASSWORD));
    call(&api, OFFICER, key.reveal()).unwrap();
    assert_eq!(api.site.browser().sign_in("officer", PASSWORD).status.code, 303, "pages take passwords still");
    for _ in 0..5 {
        let _ = call(&api, OFFICER, "mgk_guessed");
    }
    let (code, words) = call(&api, OFFICER, "mgk_guessed").unwrap_err();
    assert_eq!(code, FaultCode::Number(3));
    assert!(words.contains("wait"), "{words}");
    call(&api, OFFICER, key.reveal()).expect("whoever has the key is not locked out by others who guess");
}

#[test]
fn guessing_a_password_over_the_api_has_to_wait_as_at_sign_in() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    for _ in 0..5 {
        denied(call(&api, OFFICER, "guessed"));
    }
    assert!(call(&api, OFFICER, "guessed").unwrap_err().1.contains("wait"));
    assert!(call(&api, OFFICER, PASSWORD).unwrap_err().1.contains("wait"), "also whoever is right by chance");
}

#[test]
fn many_at_once_with_the_right_password_are_one_check() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let address = Some("192.0.2.7".parse().unwrap());
    let at_once = |password: &str| {
        let password = Secret::new(password);
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| credentials::sign_in(&site.app, "officer", &password, address).is_ok()))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        })
    };
    assert_eq!(at_once(PASSWORD), [true; 16], "nobody waits because others are right too");
    assert_eq!(at_once("wrong password"), [false; 16]);
    let guess = credentials::sign_in(&site.app, "officer", &Secret::new("another guess"), address).unwrap_err();
    assert!(matches!(guess, SignInError::TooMany { .. }), "guesses at once count like guesses in a row: {guess:?}");
    assert_eq!(at_once(PASSWORD), [true; 16], "who is known already goes on");
}
