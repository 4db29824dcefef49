//! Signing in, staying signed in, and being slowed down.

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::TimeDelta;
use diesel::prelude::*;
use mailgate::domain::id::UserId;
use mailgate::domain::{Moment, now};
use mailgate::store::{StoreError, schema, sign_in, users};
use rocket::http::{Header, Status};
use sha2::{Digest, Sha256};

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::{Place, on_both};

on_both! {
    fn the_right_password_leads_to_where_one_wanted_to_go(place: &Place) {
        let site = Site::new(place);
        let browser = site.browser();
        let asked = browser.get("/settings/users?page=2");
        assert_eq!((asked.status, asked.location.as_str()), (Status::SeeOther, "/login?next=%2Fsettings%2Fusers%3Fpage%3D2"));
        let fields = [("login", "ADMIN"), ("password", PASSWORD), ("next", "/settings/users")];
        let page = browser.submit(&asked.location, "/login", &fields);
        assert_eq!((page.status, page.location.as_str()), (Status::SeeOther, "/settings/users"));
        browser.get("/").says("The admin");
    }

    fn a_wrong_password_an_unknown_login_and_an_archived_user_get_the_same_words(place: &Place) {
        let site = Site::new(place);
        let admin = mailgate::domain::person::Caller::command_line();
        let users = mailgate::operations::users::list(&site.app, &admin).unwrap();
        let officer = users.iter().find(|user| user.login == "officer").unwrap().id;
        mailgate::operations::users::set_active(&site.app, &admin, officer, false).unwrap();
        for (login, password) in [("admin", "wrong"), ("nobody", PASSWORD), ("officer", PASSWORD), ("", "")] {
            let page = site.browser().sign_in(login, password);
            assert_eq!(page.status, Status::UnprocessableEntity);
            page.says("Wrong login or password.");
            assert!(!page.body.contains(PASSWORD));
        }
    }

    fn guessing_one_account_is_slowed_down_from_the_sixth_failure_on(place: &Place) {
        let site = Site::new(place);
        for guess in 0..5 {
            let page = site.browser_at("192.0.2.50").sign_in("admin", "wrong");
            assert_eq!(page.status, Status::UnprocessableEntity, "failure {}", guess + 1);
        }
        let sixth = site.browser_at("192.0.2.50").sign_in("admin", "wrong");
        assert_eq!(sixth.status, Status::TooManyRequests);
        sixth.says("Too many failed sign-ins");
        assert!((1..=2).contains(&sixth.header("Retry-After").parse::<i64>().unwrap()));
        // Even the right password has to wait there now, and other people need not, nor the same person elsewhere.
        assert_eq!(site.browser_at("192.0.2.50").sign_in("admin", PASSWORD).status, Status::TooManyRequests);
        assert_eq!(site.browser_at("192.0.2.50").sign_in("officer", PASSWORD).status, Status::SeeOther);
        assert_eq!(site.browser_at("192.0.2.51").sign_in("admin", PASSWORD).status, Status::SeeOther);
    }

    fn guessing_from_one_address_is_slowed_down_too(place: &Place) {
        let site = Site::new(place);
        for guess in 0..6 {
            site.browser().sign_in(&format!("user{guess}"), "wrong");
        }
        assert_eq!(site.browser().sign_in("admin", PASSWORD).status, Status::TooManyRequests);
        assert_eq!(site.browser_at("198.51.100.1").sign_in("admin", PASSWORD).status, Status::SeeOther);
    }

    fn a_header_does_not_hide_where_one_comes_from(place: &Place) {
        let site = Site::new(place);
        for guess in 0..7 {
            let browser = site.browser();
            let token = browser.get("/login").csrf_token();
            let login = format!("user{guess}");
            let fields = [("login", login.as_str()), ("password", "wrong"), ("csrf_token", &token)];
            let page = browser.post_with("/login", &fields, Some(Header::new("X-Real-IP", format!("203.0.113.{guess}"))));
            let expected = if guess < 5 { Status::UnprocessableEntity } else { Status::TooManyRequests };
            assert_eq!(page.status, expected, "failure {}", guess + 1);
        }
    }

    fn a_session_is_renewed_at_sign_in_and_gone_after_sign_out(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("officer");
        let first = browser.cookie("mailgate_session").unwrap();
        let fields = [("login", "admin"), ("password", PASSWORD)];
        let page = browser.submit("/", "/login", &fields);
        // The form of a signed-in person's page carries the session's token, so this is a renewal in place.
        assert_eq!(page.status, Status::SeeOther);
        let second = browser.cookie("mailgate_session").unwrap();
        assert_ne!(first, second);
        let thief = site.browser();
        thief.set_cookie("mailgate_session", &first);
        assert_eq!(thief.get("/").status, Status::SeeOther, "the old session still works");

        let out = browser.submit("/", "/logout", &[]);
        assert_eq!(out.location, "/login");
        thief.set_cookie("mailgate_session", &second);
        assert_eq!(thief.get("/").status, Status::SeeOther, "a session works after signing out");
    }

    fn a_token_from_elsewhere_becomes_no_session(place: &Place) {
        let site = Site::new(place);
        let browser = site.browser();
        let planted = "ab".repeat(32);
        browser.set_cookie("mailgate_session", &planted);
        assert_eq!(browser.sign_in("admin", PASSWORD).status, Status::SeeOther);
        assert_ne!(browser.cookie("mailgate_session").unwrap(), planted);
    }

    fn nobody_is_sent_to_another_site(place: &Place) {
        let site = Site::new(place);
        for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            let fields = [("login", "admin"), ("password", PASSWORD), ("next", next)];
            assert_eq!(site.browser().submit("/login", "/login", &fields).location, "/", "{next}");
        }
    }

    fn a_form_without_its_token_changes_nothing(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("admin");
        for token in ["", "0".repeat(64).as_str()] {
            let page = browser.post_bare("/settings/developer-mode", &[("active", "1"), ("csrf_token", token)]);
            assert_eq!(page.status, Status::Forbidden);
            page.says("Nothing was changed");
        }
        assert!(!browser.get("/settings").body.contains("Technical</summary>"));
        let stranger = site.browser();
        assert_eq!(stranger.post_bare("/login", &[("login", "admin"), ("password", PASSWORD)]).status, Status::Forbidden);
        // htmx sends it as a header.
        let token = browser.get("/settings").csrf_token();
        let header = Header::new("X-CSRF-Token", token);
        assert_eq!(browser.post_with("/settings/developer-mode", &[("active", "1")], Some(header)).status, Status::SeeOther);
        browser.get("/settings").says("Technical</summary>");
    }

    fn a_session_left_alone_for_a_day_has_ended(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("officer");
        let hash = hex::encode(Sha256::digest(browser.cookie("mailgate_session").unwrap()));
        let yesterday = mailgate::domain::now() - chrono::TimeDelta::days(1);
        site.app.store.write(|db| sign_in::touch_session(db, &hash, yesterday)).unwrap();
        assert_eq!(browser.get("/").location, "/login");
    }

    fn a_session_has_ended_after_two_weeks_however_much_it_is_used(place: &Place) {
        let site = Site::new(place);
        for (age, alive) in [(chrono::TimeDelta::days(13), true), (chrono::TimeDelta::days(15), false)] {
            let browser = site.signed_in("officer");
            let hash = hex::encode(Sha256::digest(browser.cookie("mailgate_session").unwrap()));
            site.app
                .store
                .write(|db| {
                    let row = sign_in::session(db, &hash)?.unwrap();
                    sign_in::delete_session(db, &hash)?;
                    let create_date = row.create_date - age;
                    sign_in::insert_session(db, &sign_in::Session { create_date, ..row })
                })
                .unwrap();
            assert_eq!(browser.get("/").status == Status::Ok, alive, "{age}");
        }
    }

    fn a_password_hashed_at_an_old_cost_is_hashed_anew_when_it_is_typed(place: &Place) {
        let site = Site::new(place);
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8192, 1, 1, None).unwrap());
        let old: PasswordHash = cheap.hash_password(PASSWORD.as_bytes()).unwrap();
        let old = old.to_string();
        let officer = UserId(2);
        let stored = || site.app.store.read(|db| users::password_hash(db, officer)).unwrap();
        site.app.store.write(|db| users::set_password_hash(db, officer, &old)).unwrap();
        assert_eq!(site.browser().sign_in("officer", "wrong").status, Status::UnprocessableEntity);
        assert_eq!(stored(), old, "who does not know the password changes nothing");
        let browser = site.browser();
        assert_eq!(browser.sign_in("officer", PASSWORD).status, Status::SeeOther);
        let new = stored();
        assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
        assert_eq!(browser.get("/").status, Status::Ok);
        assert_eq!(site.browser().sign_in("officer", PASSWORD).status, Status::SeeOther);
        assert_eq!(stored(), new, "once is enough");
    }

    fn the_header_that_the_proxy_sets_is_the_only_one_that_counts(place: &Place) {
        let mut config = place.config.clone();
        config.trusted_proxy = Some("192.0.2.7".parse().unwrap());
        config.trusted_proxy_header = "X-Forwarded-For".into();
        let site = Site::with(config);
        site.add("admin", mailgate::domain::person::Role::SystemAdmin);
        let browser = site.browser();
        let token = browser.get("/login").csrf_token();
        let fields = [("login", "nobody-in-particular"), ("password", "wrong"), ("csrf_token", &token)];
        // What the client made up comes through in the one, and first in the other.
        let headers = [("X-Real-IP", "198.51.100.1"), ("X-Forwarded-For", "198.51.100.9, 203.0.113.5")];
        browser.post_with("/login", &fields, headers.map(|(name, value)| Header::new(name, value)));
        let caller = mailgate::domain::person::Caller::command_line();
        let lines = mailgate::operations::audit::list(&site.app, &caller, &Default::default(), 0, 1);
        assert_eq!(lines.unwrap().rows[0].address.as_deref(), Some("203.0.113.5"));
    }

    fn the_trusted_proxy_tells_where_one_comes_from_and_only_its_last_entry_counts(place: &Place) {
        let mut config = place.config.clone();
        config.trusted_proxy = Some("192.0.2.7".parse().unwrap());
        let site = Site::with(config);
        site.add("admin", mailgate::domain::person::Role::SystemAdmin);
        let guess = |forwarded: &str| {
            let browser = site.browser();
            let token = browser.get("/login").csrf_token();
            let fields = [("login", "nobody-in-particular"), ("password", "wrong"), ("csrf_token", &token)];
            browser.post_with("/login", &fields, Some(Header::new("X-Forwarded-For", forwarded.to_owned())))
        };
        guess("198.51.100.9, 203.0.113.5");
        let lines = mailgate::operations::audit::list(
            &site.app,
            &mailgate::domain::person::Caller::command_line(),
            &Default::default(),
            0,
            1,
        );
        assert_eq!(lines.unwrap().rows[0].address.as_deref(), Some("203.0.113.5"));
    }
}

#[test]
fn a_page_that_asks_by_itself_keeps_nobody_signed_in() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    let browser = site.signed_in("officer");
    let store = &site.app.store;
    let long_ago = now() - TimeDelta::minutes(20);
    let rows = schema::sessions::table;
    let seen = schema::sessions::last_seen;
    store.write(|db| Ok::<_, StoreError>(diesel::update(rows).set(seen.eq(long_ago)).execute(db)?)).unwrap();
    let last = || store.read(|db| Ok::<_, StoreError>(rows.select(seen).first::<Moment>(db)?)).unwrap();
    let news = "/records/spp.grm.ticket/news?behind=0";
    assert_eq!(browser.get_with(news, &[("X-Unattended", "1")]).status, Status::Ok);
    assert_eq!(last(), long_ago);
    assert!(browser.get("/records/spp.grm.ticket").body.contains("X-Unattended"), "the list says so of what it asks");
    assert!(last() > long_ago);
}
