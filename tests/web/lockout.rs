//! Guessing locks out the guesser, and nobody else.

use std::collections::BTreeSet;

use diesel::prelude::*;
use mailgate::domain::id::UserId;
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::secret::Secret;
use mailgate::operations::credentials::{self, KeyForm};
use mailgate::operations::sign_in::{self, SignInError};
use mailgate::operations::{App, sessions, users};
use mailgate::store::StoreError;
use mailgate::store::schema::{sign_in_failures, sign_in_tries};
use rocket::http::Status;

use super::site::{Browser, Page, Site};
use crate::support::app::PASSWORD;
use crate::support::database::on_both;

const WRONG: Status = Status::UnprocessableEntity;
const WAIT: Status = Status::TooManyRequests;
const IN: Status = Status::SeeOther;

/// As many guesses from each of these addresses, one address after the other: how many were looked at.
fn guess_from(site: &Site, login: &str, addresses: impl Iterator<Item = String>, each: usize) -> usize {
    let (mut looked_at, mut browser) = (0, site.browser());
    for address in addresses {
        browser.move_to(&address);
        for _ in 0..each {
            match browser.sign_in(login, "wrong password").status {
                WRONG => looked_at += 1,
                // The failure that begins a wait was looked at, too; none of these comes so far.
                WAIT => {}
                other => panic!("{address}: {other}"),
            }
        }
    }
    looked_at
}

fn v4(from: u8, many: u8) -> impl Iterator<Item = String> {
    (0..many).map(move |n| format!("198.51.{}.{n}", from))
}

/// A browser in which this person signed in and whose session is over.
fn known_browser(site: &Site, login: &str, address: &str) -> Browser {
    let browser = site.browser_at(address);
    assert_eq!(browser.sign_in(login, PASSWORD).status, IN);
    assert_eq!(browser.submit("/", "/logout", &[]).status, IN);
    browser
}

fn by_id(app: &App, id: i32, password: &str, address: &str) -> Result<Caller, SignInError> {
    credentials::sign_in_by_id(app, UserId(id), &Secret::new(password), address.parse().ok())
}

fn device_cookie(page: &Page) -> String {
    let cookies: Vec<&str> =
        page.headers("Set-Cookie").filter(|cookie| cookie.starts_with("__Secure-mailgate_device=")).collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    cookies[0].to_owned()
}

on_both! {
    fn thousands_of_addresses_have_thirty_guesses_and_lock_out_no_one_who_is_known(place: &Place) {
        let site = Site::new(place);
        let browser = known_browser(&site, "admin", "203.0.113.1");
        let key = {
            let new = sign_in::sign_in(&site.app, "admin", &Secret::new(PASSWORD), None, &Default::default()).unwrap();
            let session = sessions::resume(&site.app, &new.token, true).unwrap().unwrap();
            let form = KeyForm { name: "Script".into(), expires: String::new(), password: Secret::new(PASSWORD) };
            credentials::create_key(&site.app, &sessions::caller_of(&session.user, None), &session, &form).unwrap()
        };
        let mut looked_at = guess_from(&site, "admin", v4(100, 40), 2);
        // Over the API, by login and by number, from addresses of their own.
        for address in v4(101, 20) {
            let by_login = credentials::sign_in(&site.app, "admin", &Secret::new("wrong"), address.parse().ok());
            let by_number = by_id(&site.app, 1, "wrong", &address);
            looked_at += [by_login, by_number].iter().filter(|one| matches!(one, Err(SignInError::Wrong))).count();
        }
        assert!((20..=30).contains(&looked_at), "{looked_at} guesses were looked at");
        let stranger = site.browser_at("198.51.102.1");
        let page = stranger.sign_in("admin", PASSWORD);
        assert_eq!(page.status, WAIT, "the hundredth guess is right, and tells nothing");
        assert!((1..=4200).contains(&page.header("Retry-After").parse::<i64>().unwrap()));

        assert_eq!(browser.sign_in("admin", PASSWORD).status, IN, "the browser is known");
        assert_eq!(site.browser_at("203.0.113.1").sign_in("admin", PASSWORD).status, IN, "the address is known");
        credentials::sign_in(&site.app, "admin", &key, "198.51.102.2".parse().ok()).expect("a key needs no turn");
        assert_eq!(site.browser_at("198.51.100.1").sign_in("officer", PASSWORD).status, IN, "another account");
        // The known browser goes where it likes, and mistypes as anybody does.
        let elsewhere = site.browser_at("198.51.102.3");
        elsewhere.set_cookie("mailgate_device", &browser.cookie("mailgate_device").unwrap());
        assert_eq!(elsewhere.sign_in("admin", "mistyped").status, WRONG);
        assert_eq!(elsewhere.sign_in("admin", PASSWORD).status, IN);

        users::set_password(&site.app, &Caller::command_line(), UserId(1), &Secret::new(PASSWORD)).unwrap();
        assert_eq!(stranger.sign_in("admin", PASSWORD).status, IN, "a new password lifts it");
    }

    fn a_few_addresses_leave_room_for_one_that_has_not_failed(place: &Place) {
        let site = Site::new(place);
        let looked_at = guess_from(&site, "admin", v4(100, 6), 5);
        assert!(looked_at <= 25, "{looked_at}");
        assert_eq!(site.browser_at("203.0.113.9").sign_in("admin", PASSWORD).status, IN);
    }

    fn an_ipv6_network_of_48_bits_does_not_pass_for_many_addresses(place: &Place) {
        let site = Site::new(place);
        guess_from(&site, "admin", (0..40).map(|n| format!("2001:db8:7:{n:x}::1")), 1);
        assert_eq!(site.browser_at("2001:db8:8::1").sign_in("admin", PASSWORD).status, IN);
    }

    fn one_old_script_does_not_lock_its_office_out(place: &Place) {
        let site = Site::new(place);
        let people: Vec<String> = (0..15).map(|n| format!("person{n}")).collect();
        people.iter().for_each(|login| site.add(login, Role::Officer));
        let office = "203.0.113.77".parse().ok();
        for _ in 0..30 {
            let refused = credentials::sign_in(&site.app, "officer", &Secret::new("last year's password"), office);
            assert!(refused.is_err());
        }
        let signed_in = std::thread::scope(|scope| {
            let all: Vec<_> = people
                .iter()
                .map(|login| {
                    let site = &site;
                    scope.spawn(move || sign_in::sign_in(&site.app, login, &Secret::new(PASSWORD), office, &Default::default()).is_ok())
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).filter(|ok| *ok).count()
        });
        assert_eq!(signed_in, 15);
    }

    fn a_browser_is_known_to_one_person_until_the_password_changes(place: &Place) {
        const BROWSER: &str = "__Secure-mailgate_device";
        let mut config = place.config.clone();
        config.public_url = "https://mail.example.org/mailgate".into();
        let site = Site::with(config).peopled();
        let browser = site.browser_at("203.0.113.1");
        let cookie = device_cookie(&browser.sign_in("admin", PASSWORD));
        for flag in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/mailgate", "Max-Age="] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        let token = browser.cookie(BROWSER).unwrap();
        assert!(!token.contains(PASSWORD));
        guess_from(&site, "admin", v4(100, 40), 1);
        guess_from(&site, "officer", v4(101, 40), 1);
        let with = |login: &str, address: &str, token: &str| {
            let browser = site.browser_at(address);
            browser.set_cookie(BROWSER, token);
            browser.sign_in(login, PASSWORD)
        };
        assert_eq!(with("admin", "198.51.102.1", &token).status, IN);
        assert_eq!(with("officer", "198.51.102.2", &token).status, WAIT, "it is the other's");
        let last = if token.ends_with('0') { "1" } else { "0" };
        let forged = format!("{}{last}", &token[..token.len() - 1]);
        let planted = format!("3{}", &token[1..]);
        for wrong in [forged.as_str(), &planted, "1-1-1-1", "", "....", "1-99999999999999999999-x-y", &"a.".repeat(2000)] {
            assert_eq!(with("admin", "198.51.102.3", wrong).status, WAIT, "{wrong}");
        }
        // Both use one browser: it stays known to the first.
        let both = site.browser_at("203.0.113.2");
        both.set_cookie(BROWSER, &token);
        assert_eq!(both.sign_in("auditor", PASSWORD).status, IN);
        let shared = both.cookie(BROWSER).unwrap();
        assert_eq!(with("admin", "198.51.102.4", &shared).status, IN);

        // His own change: this browser stays known, every other is a stranger.
        let page = browser.submit("/preferences", "/preferences/password", &[("current_password", PASSWORD), ("new_password", "another good password")]);
        assert_eq!(page.status, IN, "{}", page.body);
        let new = browser.cookie(BROWSER).unwrap();
        assert_ne!(new, token);
        let here = site.browser_at("198.51.102.5");
        here.set_cookie(BROWSER, &new);
        assert_eq!(here.sign_in("admin", "another good password").status, IN);
        let other = site.browser_at("198.51.102.6");
        other.set_cookie(BROWSER, &token);
        assert_eq!(other.sign_in("admin", "another good password").status, WAIT);
    }

    fn a_stolen_browser_guesses_as_slowly_as_an_address(place: &Place) {
        let site = Site::new(place);
        let browser = known_browser(&site, "admin", "203.0.113.1");
        let answers: Vec<Status> = (0..8).map(|_| browser.sign_in("admin", "wrong password").status).collect();
        assert_eq!(answers, [WRONG, WRONG, WRONG, WRONG, WRONG, WAIT, WAIT, WAIT]);
        assert_eq!(site.browser_at("203.0.113.1").sign_in("admin", PASSWORD).status, IN, "its owner goes in without it");
    }

    fn an_account_that_is_not_there_is_answered_as_one_that_is(place: &Place) {
        let site = Site::new(place);
        let answers = |login: &str, octet: u8| -> Vec<(Status, bool)> {
            let (mut all, mut browser) = (Vec::new(), site.browser());
            for address in v4(octet, 4).chain(v4(octet, 30)) {
                for _ in 0..4 {
                    browser.move_to(&address);
                    let page = browser.sign_in(login, "wrong password");
                    all.push((page.status, page.header("Retry-After").is_empty()));
                }
            }
            all
        };
        let there = answers("admin", 100);
        assert!(there.contains(&(WRONG, true)) && there.contains(&(WAIT, false)));
        assert_eq!(answers("nobody", 101), there);
        let numbers = |id: i32, octet: u8| -> Vec<bool> {
            v4(octet, 3).flat_map(|address| (0..7).map(|_| matches!(by_id(&site.app, id, "wrong", &address), Err(SignInError::Wrong))).collect::<Vec<_>>()).collect()
        };
        let there = numbers(1, 102);
        assert!(there.contains(&true) && there.contains(&false));
        assert_eq!(numbers(4711, 103), there);
        // What was guessed by number says nothing of the login, nor the other way round.
        let looked_at = |login: &str, octet: u8| guess_from(&site, login, v4(octet, 1), 5);
        assert!((0..6).all(|_| by_id(&site.app, 3, "wrong", "198.51.104.0").is_err()));
        assert_eq!(looked_at("auditor", 104), 5);
    }
}

#[test]
fn a_number_that_is_nobodys_takes_as_long() {
    let site = Site::new(&crate::support::database::Place::sqlite());
    (0..3).for_each(|n| site.add(&format!("person{n}"), Role::Officer));
    let (mut there, mut nobody) = (Vec::new(), Vec::new());
    for guess in 0..5 {
        for account in 1..=6 {
            for (id, times) in [(account, &mut there), (1000 + account, &mut nobody)] {
                let begun = std::time::Instant::now();
                let refused = by_id(&site.app, id, "wrong password", &format!("198.51.{account}.{guess}"));
                times.push(begun.elapsed());
                assert!(matches!(refused, Err(SignInError::Wrong)), "{refused:?}");
            }
        }
    }
    there.sort();
    nobody.sort();
    let (there, nobody) = (there[15].as_secs_f64(), nobody[15].as_secs_f64());
    assert!((0.5..2.0).contains(&(there / nobody)), "{there} s and {nobody} s");
}

on_both! {
    fn a_proxy_that_nobody_told_of_stands_on_the_pages_of_administrators(place: &Place) {
        let site = Site::new(place);
        let words = "Requests come through a proxy at 127.0.0.1";
        let (admin, officer) = (site.signed_in("admin"), site.signed_in("officer"));
        assert!(!admin.get("/").body.contains(words));
        site.browser_at("198.51.100.1").get_with("/login", &[("X-Forwarded-For", "203.0.113.1")]);
        assert!(!admin.get("/").body.contains(words), "anybody can send a header");
        site.browser_at("127.0.0.1").get_with("/login", &[("X-Forwarded-For", "203.0.113.1")]);
        crate::support::wait_for("the words", std::time::Duration::from_secs(10), || {
            admin.get("/").body.contains(words).then_some(())
        });
        admin.get("/settings").says(words);
        assert!(!officer.get("/").body.contains(words));
    }
}

#[test]
fn names_that_nobody_has_do_not_fill_the_database() {
    let site = Site::new(&crate::support::database::Place::sqlite());
    use mailgate::domain::person::Login;
    use mailgate::operations::throttle::{self, Guess, GuessedAccount};
    let mut waits = BTreeSet::new();
    let guess = |db: &mut mailgate::store::Db, login: &str, address: std::net::IpAddr| {
        let guess = Guess::at(db, &GuessedAccount::Login(Login::parse(login).unwrap()), None, Some(address))?;
        throttle::take(db, &guess)
    };
    let flood = |db: &mut mailgate::store::Db| {
        for last in 0..30 {
            let _ = guess(db, "admin", [10, 9, 9, last].into())?;
        }
        for n in 0..40_000_u32 {
            waits.insert(guess(db, &format!("name{n}"), n.to_be_bytes().into())?.is_err());
        }
        Ok::<_, StoreError>(())
    };
    site.app.store.write(flood).unwrap();
    assert_eq!(waits, [false].into());
    let rows = site.app.store.read(|db| {
        let pairs: i64 = sign_in_failures::table.count().get_result(db)?;
        let slots: i64 = sign_in_tries::table.count().get_result(db)?;
        Ok::<_, StoreError>(pairs + slots)
    });
    let rows = rows.unwrap();
    assert!(rows <= 2 * 20_300, "{rows} rows");
    assert_eq!(
        site.browser_at("203.0.113.9").sign_in("admin", PASSWORD).status,
        WAIT,
        "the flood washed away what was counted"
    );
}
