//! Users, what they set for themselves, and what the audit tells of it.

use mailgate::domain::id::UserId;
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::secret::Secret;
use mailgate::operations::{passwords, users};
use mailgate::store;
use rocket::http::Status;
use sha2::{Digest, Sha256};

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::on_both;

const NEW: [(&str, &str); 7] = [
    ("name", "Rosa <b>Díaz</b>"),
    ("login", "Rosa@Example.org"),
    ("role", "officer"),
    ("language", "fr"),
    ("time_zone", "America/Bogota"),
    ("password", PASSWORD),
    ("own_password", PASSWORD),
];

/// Another one, which holds nothing that is refused.
const ANOTHER: &str = "another quite long one";

on_both! {
    fn an_added_user_signs_in_and_is_changed_and_the_audit_tells_both(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        let added = admin.submit("/settings/users/new", "/settings/users/new", &NEW);
        assert_eq!(added.status, Status::SeeOther, "{}", added.body);
        admin.get("/settings/users").says("Rosa &lt;b&gt;Díaz&lt;/b&gt;");
        let rosa = site.signed_in("rosa@example.org");
        rosa.get("/").says(r#"<html lang="fr""#);

        let own = ("own_password", PASSWORD);
        let changed =
            [("name", "Rosa Díaz"), ("login", "rosa@example.org"), ("role", "auditor"), ("time_zone", "UTC"), own];
        assert_eq!(admin.submit(&added.location, &added.location, &changed).status, Status::SeeOther);
        assert_eq!(rosa.get("/settings/audit").status, Status::Ok, "the new role counts at once");
        let audit = admin.get("/settings/audit?model=res.users");
        audit.says("America/Bogota");
        audit.says("<del><bdi>Grievance Officer</bdi></del> → <bdi>Auditor</bdi>");
        audit.says(&format!("<a href=\"{}\"><bdi>", added.location));
        assert!(!audit.body.contains(PASSWORD) && !audit.body.contains("argon2"));
        admin.get("/settings/audit?login=admin&since=2026-01-01").says("Created");
        admin.get("/settings/audit?login=admin&until=2026-01-01").says("Nothing here");
        let file = admin.get("/settings/audit/file?file=csv&model=res.users&login=admin").body;
        assert!(file.starts_with("\u{feff}\"When\",\"User\",\"Address\",\"Action\""), "{file}");
        assert!(file.contains("Role: Grievance Officer → Auditor") && file.contains("\"User\",\"rosa@example.org\""), "{file}");
        admin.get("/settings/audit?action=export").says("model=res.users");
    }

    fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        let own = ("own_password", PASSWORD);
        let wrong = [("name", "Rosa"), ("login", "OFFICER"), ("role", "officer"), ("password", PASSWORD), own];
        let page = admin.submit("/settings/users/new", "/settings/users/new", &wrong);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("There is a user officer already");
        page.says(r#"id="login-error""#);
        page.says(r#"aria-invalid="true" aria-describedby="login-error login-help""#);
        page.says(r#"value="Rosa""#);
        assert!(!page.body.contains(PASSWORD));
        let short =
            [("name", ""), ("login", "rosa"), ("role", "king"), ("time_zone", "Mars/Base"), ("password", "short"), own];
        let page = admin.submit("/settings/users/new", "/settings/users/new", &short);
        for words in ["Enter the person&#x27;s name", "Choose a role", "Choose a time zone", "at least 10 characters"] {
            page.says(words);
        }
    }

    fn the_last_administrator_stays_one_and_nobody_archives_themselves(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        assert_eq!(admin.submit("/settings/users/1", "/settings/users/1/archive", &[("active", "0")]).status, Status::SeeOther);
        admin.get("/settings/users/1").says("archive yourself");
        let demoted = [("name", "Admin"), ("login", "admin"), ("role", "officer"), ("own_password", PASSWORD)];
        let page = admin.submit("/settings/users/1", "/settings/users/1", &demoted);
        assert_eq!(page.status, Status::Conflict);
        page.says("last active System Admin");

        site.add("second", Role::SystemAdmin);
        let second = site.signed_in("second");
        second.submit("/settings/users", "/settings/users/1/archive", &[("active", "0")]);
        assert_eq!(admin.get("/").status, Status::SeeOther, "an archived person stays signed in");
        second.submit("/settings/users", "/settings/users/4/archive", &[("active", "0")]);
        second.get("/settings/users/4").says("archive yourself");
        assert_eq!(site.browser().sign_in("admin", PASSWORD).status, Status::UnprocessableEntity);
    }

    fn a_new_password_ends_the_sessions_of_the_old_one(place: &Place) {
        let site = Site::new(place);
        let (admin, officer) = (site.signed_in("admin"), site.signed_in("officer"));
        let fields = [("password", ANOTHER), ("own_password_to_set", PASSWORD)];
        admin.submit("/settings/users/2", "/settings/users/2/password", &fields);
        assert_eq!(officer.get("/").status, Status::SeeOther);
        assert_eq!(site.browser().sign_in("officer", PASSWORD).status, Status::UnprocessableEntity);
        assert_eq!(site.browser().sign_in("officer", ANOTHER).status, Status::SeeOther);
    }

    fn accounts_are_made_and_changed_with_the_administrators_own_password_alone(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        let count = || users::list(&site.app, &Caller::command_line()).unwrap().len();
        for own in ["", "not this one at all"] {
            let typed = [&NEW[..6], &[("own_password", own)]].concat();
            let page = admin.submit("/settings/users/new", "/settings/users/new", &typed);
            assert_eq!((page.status, count()), (Status::UnprocessableEntity, 3), "{own:?}");
            page.says(r#"id="own_password-error""#);
            page.says("value=\"Rosa &lt;b&gt;Díaz&lt;/b&gt;\"");
            page.says("value=\"Rosa@Example.org\"");
            assert!(!page.body.contains(PASSWORD) && !page.body.contains("not this one at all"));

            for changed in [("login", "officer2"), ("role", "system_admin")] {
                let mut typed = vec![("name", "New Name"), ("login", "officer"), ("role", "officer"), ("own_password", own)];
                typed.iter_mut().filter(|field| field.0 == changed.0).for_each(|field| field.1 = changed.1);
                let page = admin.submit("/settings/users/2", "/settings/users/2", &typed);
                assert_eq!(page.status, Status::UnprocessableEntity, "{changed:?}");
                page.says(r#"id="own_password-error""#);
                page.says(r#"value="New Name""#);
            }

            let set = [("password", ANOTHER), ("own_password_to_set", own)];
            let page = admin.submit("/settings/users/2", "/settings/users/2/password", &set);
            assert_eq!(page.status, Status::UnprocessableEntity);
            page.says(r#"id="own_password_to_set-error""#);
            assert!(!page.body.contains(ANOTHER));
        }
        assert_eq!(site.browser().sign_in("officer", PASSWORD).status, Status::SeeOther, "nothing was changed");
        let officer = users::get(&site.app, &Caller::command_line(), UserId(2)).unwrap();
        assert_eq!((officer.login.as_str(), officer.role), ("officer", Role::Officer));

        // What opens no door needs no password.
        let renamed = [("name", "New Name"), ("login", "Officer"), ("role", "officer"), ("language", "fr")];
        assert_eq!(admin.submit("/settings/users/2", "/settings/users/2", &renamed).status, Status::SeeOther);
        admin.get("/settings/users/2").says(r#"value="New Name""#);
    }

    fn guessing_the_own_password_at_a_screen_left_open_is_slowed_down(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        let guess = |own: &str| {
            admin.submit("/settings/users/new", "/settings/users/new", &[&NEW[..6], &[("own_password", own)]].concat())
        };
        let guesses = (0..12).map(|_| guess("a wrong one").body);
        assert!(guesses.into_iter().any(|page| page.contains("Too many wrong passwords")));
        assert_eq!(site.browser_at("198.51.100.3").sign_in("admin", PASSWORD).status, Status::SeeOther);
        admin.get("/settings/audit?action=sign_in_failed").says("admin");
    }

    fn an_administrator_signs_somebody_out_everywhere(place: &Place) {
        let site = Site::new(place);
        let (admin, officer, again) = (site.signed_in("admin"), site.signed_in("officer"), site.signed_in("officer"));
        admin.get("/settings/users/2").says("Sign out everywhere");
        let done = admin.submit("/settings/users/2", "/settings/users/2/sign-out", &[]);
        assert_eq!((done.status, done.location.as_str()), (Status::SeeOther, "/settings/users/2"));
        for browser in [&officer, &again] {
            assert_eq!(browser.get("/").location, "/login");
        }
        assert_eq!(admin.get("/").status, Status::Ok);
        let audit = admin.get("/settings/audit?action=sign_out");
        audit.says("officer");
        audit.says("<bdi>2</bdi>");
        assert_eq!(site.browser().sign_in("officer", PASSWORD).status, Status::SeeOther);
    }

    fn archiving_somebody_revokes_the_api_keys_for_good(place: &Place) {
        let site = Site::new(place);
        let (admin, officer) = (site.signed_in("admin"), site.signed_in("officer"));
        let made = [("key_name", "Nightly report"), ("key_expires", ""), ("key_password", PASSWORD)];
        assert_eq!(officer.submit("/preferences", "/preferences/keys", &made).status, Status::Ok);
        let page = admin.get("/settings/users/2");
        page.says("Nightly report");
        page.says("the API keys are revoked for good");
        for active in ["0", "1"] {
            admin.submit("/settings/users/2", "/settings/users/2/archive", &[("active", active)]);
            admin.get("/settings/users/2").says("No API keys.");
        }
        admin.get("/settings/audit?model=res.users.apikeys&action=delete").says("Nightly report");
    }

    fn a_password_that_is_tried_first_is_refused_wherever_one_is_set(place: &Place) {
        let site = Site::new(place);
        let (admin, officer) = (site.signed_in("admin"), site.signed_in("officer"));
        // The account is called rosa@example.org, its person Rosa Díaz; the officer “The officer”.
        for (password, words) in [
            ("P@ssword2026!", "among those that are tried first"),
            ("1234567890", "a row or a repetition"),
            ("Qwertyuiop", "a row or a repetition"),
            ("zzzzzzzzzzzz", "a row or a repetition"),
            ("our-mailgate-0", "mailgate"),
            ("rosa@example.org", "holds the login"),
            ("secret of diaz", "holds the person&#x27;s name"),
        ] {
            let mut typed = NEW;
            typed[5].1 = password;
            let page = admin.submit("/settings/users/new", "/settings/users/new", &typed);
            assert_eq!(page.status, Status::UnprocessableEntity, "{password}");
            page.says(words);
            page.says(r#"id="password-error""#);
            assert!(password == "rosa@example.org" || !page.body.contains(password));
        }
        for password in ["P@ssword2026!", "I am an Officer", "m@ilg@te forever"] {
            let set = [("password", password), ("own_password_to_set", PASSWORD)];
            let page = admin.submit("/settings/users/2", "/settings/users/2/password", &set);
            assert_eq!(page.status, Status::UnprocessableEntity, "{password}");
            let change = [("current_password", PASSWORD), ("new_password", password)];
            let page = officer.submit("/preferences", "/preferences/password", &change);
            assert_eq!(page.status, Status::UnprocessableEntity, "{password}");
            page.says(r#"id="new_password-error""#);
            let command_line = users::set_password(&site.app, &Caller::command_line(), UserId(2), &Secret::new(password));
            assert!(command_line.is_err(), "{password}");
        }
        assert_eq!(site.browser().sign_in("officer", PASSWORD).status, Status::SeeOther, "nothing was set");
    }

    fn who_has_a_weak_password_since_before_keeps_it(place: &Place) {
        let site = Site::new(place);
        let hash = passwords::hash(&Secret::new("password123")).unwrap();
        site.app.store.write(|db| store::users::set_password_hash(db, UserId(2), &hash)).unwrap();
        let officer = site.browser();
        assert_eq!(officer.sign_in("officer", "password123").status, Status::SeeOther);
        let change = [("current_password", "password123"), ("new_password", ANOTHER)];
        assert_eq!(officer.submit("/preferences", "/preferences/password", &change).status, Status::SeeOther);
    }

    fn a_changed_password_ends_every_session_and_copies_of_this_ones_cookie(place: &Place) {
        let site = Site::new(place);
        let (here, elsewhere) = (site.signed_in("admin"), site.signed_in("admin"));
        here.submit("/settings", "/settings/developer-mode", &[("active", "1")]);
        let before = here.cookie("mailgate_session").unwrap();
        let thief = site.browser_at("203.0.113.99");
        thief.set_cookie("mailgate_session", &before);
        assert_eq!(thief.get("/").status, Status::Ok);
        let typed = [("current_password", PASSWORD), ("new_password", ANOTHER)];
        assert_eq!(here.submit("/preferences", "/preferences/password", &typed).status, Status::SeeOther);
        assert_ne!(here.cookie("mailgate_session").unwrap(), before);
        assert_eq!(thief.get("/").location, "/login");
        assert_eq!(elsewhere.get("/").location, "/login");
        here.get("/settings").says("Technical</summary>");
        assert_eq!(here.submit("/preferences", "/preferences", &[("language", "en"), ("time_zone", "UTC")]).status, Status::SeeOther);
    }

    fn people_see_where_they_are_signed_in_and_sign_out_there(place: &Place) {
        let site = Site::new(place);
        let at = |address: &str| {
            let browser = site.browser_at(address);
            assert_eq!(browser.sign_in("auditor", PASSWORD).status, Status::SeeOther);
            browser
        };
        let (here, office, home, cafe) = (at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3"), at("192.0.2.4"));
        let other = site.signed_in("officer");
        let page = here.get("/preferences");
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] {
            page.says(address);
        }
        assert_eq!(page.body.matches("This one").count(), 1);
        assert!(page.body.split("192.0.2.1").nth(1).unwrap().starts_with("</bdi> <span class=\"badge good\">This one"));
        assert!(!page.body.contains("192.0.2.7"), "somebody else's session");
        let name_at = |address: &str| {
            let before = page.body.split(address).next().unwrap();
            before.rsplit("name=\"session\" value=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };
        let end = |which: &str, password: &str| {
            here.submit("/preferences", "/preferences/sessions", &[("session", which), ("session_password", password)])
        };
        let office_name = name_at("192.0.2.2");
        for wrong in ["", "not this one"] {
            let refused = end(&office_name, wrong);
            assert_eq!(refused.status, Status::UnprocessableEntity);
            refused.says(r#"id="session_password-error""#);
            refused.says(&format!("value=\"{office_name}\" checked"));
        }
        assert_eq!(office.get("/").status, Status::Ok);

        assert_eq!(end(&office_name, PASSWORD).status, Status::SeeOther);
        assert_eq!(office.get("/").location, "/login");
        assert_eq!(home.get("/").status, Status::Ok);
        end(&office_name, PASSWORD).says("has ended already");

        assert_eq!(end("others", PASSWORD).status, Status::SeeOther);
        for browser in [&home, &cafe] {
            assert_eq!(browser.get("/").location, "/login");
        }
        assert_eq!((here.get("/").status, other.get("/").status), (Status::Ok, Status::Ok));
        let audit = here.get("/settings/audit?action=sign_out");
        audit.says("192.0.2.2");
        audit.says("192.0.2.4, 192.0.2.3");
    }

    fn nobody_ends_the_session_of_somebody_else(place: &Place) {
        let site = Site::new(place);
        let (auditor, officer) = (site.signed_in("auditor"), site.signed_in("officer"));
        let hash = hex::encode(Sha256::digest(officer.cookie("mailgate_session").unwrap()));
        for name in [&hash[..16], &hash, "", "%"] {
            let typed = [("session", name), ("session_password", PASSWORD)];
            auditor.submit("/preferences", "/preferences/sessions", &typed);
            assert_eq!(officer.get("/").status, Status::Ok, "{name}");
        }
    }

    fn people_change_their_own_password_language_and_time_zone(place: &Place) {
        let site = Site::new(place);
        let (here, elsewhere) = (site.signed_in("auditor"), site.signed_in("auditor"));
        let wrong = [("current_password", "not this one"), ("new_password", ANOTHER)];
        let page = here.submit("/preferences", "/preferences/password", &wrong);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("This is not your current password");
        let right = [("current_password", PASSWORD), ("new_password", ANOTHER)];
        assert_eq!(here.submit("/preferences", "/preferences/password", &right).status, Status::SeeOther);
        assert_eq!(here.get("/").status, Status::Ok);
        assert_eq!(elsewhere.get("/").status, Status::SeeOther, "another session outlives the password");

        here.submit("/preferences", "/preferences", &[("language", "en"), ("time_zone", "Asia/Kathmandu")]);
        here.get("/settings/audit").says("+0545");
    }
}
