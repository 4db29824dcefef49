//! Users, what they set for themselves, and what the audit tells of it.

use mailgate::domain::person::Role;
use rocket::http::Status;

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::on_both;

const NEW: [(&str, &str); 6] = [
    ("name", "Rosa <b>Díaz</b>"),
    ("login", "Rosa@Example.org"),
    ("role", "officer"),
    ("language", "fr"),
    ("time_zone", "America/Bogota"),
    ("password", PASSWORD),
];

on_both! {
    fn an_added_user_signs_in_and_is_changed_and_the_audit_tells_both(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        let added = admin.submit("/settings/users/new", "/settings/users/new", &NEW);
        assert_eq!(added.status, Status::SeeOther, "{}", added.body);
        admin.get("/settings/users").says("Rosa &lt;b&gt;Díaz&lt;/b&gt;");
        let rosa = site.signed_in("rosa@example.org");
        rosa.get("/").says(r#"<html lang="fr""#);

        let changed = [("name", "Rosa Díaz"), ("login", "rosa@example.org"), ("role", "auditor"), ("time_zone", "UTC")];
        assert_eq!(admin.submit(&added.location, &added.location, &changed).status, Status::SeeOther);
        assert_eq!(rosa.get("/settings/audit").status, Status::Ok, "the new role counts at once");
        let audit = admin.get("/settings/audit?model=res.users");
        audit.says("America/Bogota");
        audit.says("<del><bdi>officer</bdi></del> → <bdi>auditor</bdi>");
        assert!(!audit.body.contains(PASSWORD) && !audit.body.contains("argon2"));
    }

    fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(place: &Place) {
        let site = Site::new(place);
        let admin = site.signed_in("admin");
        let wrong = [("name", "Rosa"), ("login", "OFFICER"), ("role", "officer"), ("password", PASSWORD)];
        let page = admin.submit("/settings/users/new", "/settings/users/new", &wrong);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("There is a user officer already");
        page.says(r#"id="login-error""#);
        page.says(r#"aria-invalid="true" aria-describedby="login-error login-help""#);
        page.says(r#"value="Rosa""#);
        assert!(!page.body.contains(PASSWORD));
        let short = [("name", ""), ("login", "rosa"), ("role", "king"), ("time_zone", "Mars/Base"), ("password", "short")];
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
        let demoted = [("name", "Admin"), ("login", "admin"), ("role", "officer")];
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
        let new = "another quite long one";
        admin.submit("/settings/users/2", "/settings/users/2/password", &[("password", new)]);
        assert_eq!(officer.get("/").status, Status::SeeOther);
        assert_eq!(site.browser().sign_in("officer", PASSWORD).status, Status::UnprocessableEntity);
        assert_eq!(site.browser().sign_in("officer", new).status, Status::SeeOther);
    }

    fn people_change_their_own_password_language_and_time_zone(place: &Place) {
        let site = Site::new(place);
        let (here, elsewhere) = (site.signed_in("auditor"), site.signed_in("auditor"));
        let wrong = [("current_password", "not this one"), ("new_password", "another quite long one")];
        let page = here.submit("/preferences", "/preferences/password", &wrong);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("This is not your current password");
        let right = [("current_password", PASSWORD), ("new_password", "another quite long one")];
        assert_eq!(here.submit("/preferences", "/preferences/password", &right).status, Status::SeeOther);
        assert_eq!(here.get("/").status, Status::Ok);
        assert_eq!(elsewhere.get("/").status, Status::SeeOther, "another session outlives the password");

        here.submit("/preferences", "/preferences", &[("language", "en"), ("time_zone", "Asia/Kathmandu")]);
        here.get("/settings/audit").says("+0545");
    }
}
