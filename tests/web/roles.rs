//! Each page for each role.

use rocket::http::Status;

use super::site::Site;
use crate::support::database::Place;

/// Path, and whether System Admin, Grievance Officer and Auditor may see it.
const PAGES: &[(&str, [bool; 3])] = &[
    ("/", [true, true, true]),
    ("/preferences", [true, true, true]),
    ("/records/spp.grm.ticket", [true, true, true]),
    ("/settings/technical/email/messages", [true, true, true]),
    ("/settings", [true, false, false]),
    ("/settings/users", [true, false, false]),
    ("/settings/users/new", [true, false, false]),
    ("/settings/users/1", [true, false, false]),
    ("/settings/audit", [true, false, true]),
    ("/settings/records", [true, false, false]),
    ("/settings/records/spp.grm.ticket", [true, false, false]),
    ("/settings/records/spp.grm.ticket/categories/new", [true, false, false]),
    ("/settings/records/spp.grm.ticket/tags/new", [true, false, false]),
    ("/settings/working-days", [true, false, false]),
    ("/settings/teams", [true, false, false]),
    ("/settings/teams/new", [true, false, false]),
    ("/settings/confidential", [true, false, false]),
    ("/settings/technical/nodes", [true, false, false]),
    ("/settings/technical/email/aliases", [true, false, false]),
    ("/settings/technical/email/aliases/new", [true, false, false]),
    ("/settings/technical/email/ends", [true, false, false]),
    ("/settings/technical/email/providers", [true, false, false]),
    ("/settings/technical/email/providers/new", [true, false, false]),
];

/// Forms that change something, and who may send them.
const FORMS: &[(&str, [bool; 3])] = &[
    ("/settings/developer-mode", [true, false, false]),
    ("/settings/users/new", [true, false, false]),
    ("/settings/records/spp.grm.ticket/categories/new", [true, false, false]),
    ("/settings/records/spp.grm.ticket/tags/new", [true, false, false]),
    ("/settings/records/spp.grm.ticket/deadlines", [true, false, false]),
    ("/settings/users/2", [true, false, false]),
    ("/settings/teams/new", [true, false, false]),
    ("/records/spp.grm.ticket/1/readers/me", [true, false, false]),
    ("/settings/users/2/password", [true, false, false]),
    ("/settings/users/2/sign-out", [true, false, false]),
    ("/settings/users/2/archive", [true, false, false]),
    ("/settings/technical/email/aliases/new", [true, false, false]),
    ("/settings/technical/email/providers/new", [true, false, false]),
    ("/settings/technical/email/incoming/1/imports/1/undo", [true, false, false]),
    ("/settings/technical/email/incoming/1/fields", [true, false, false]),
    ("/settings/technical/email/connections/1/renew-key", [true, false, false]),
];

#[test]
fn each_role_sees_its_pages_and_no_others() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    for (role, login) in ["admin", "officer", "auditor"].into_iter().enumerate() {
        let browser = site.signed_in(login);
        for (path, may) in PAGES {
            let expected = if may[role] { Status::Ok } else { Status::Forbidden };
            assert_eq!(browser.get(path).status, expected, "{path} as {login}");
        }
        let home = browser.get("/").body;
        assert_eq!(home.contains(r#"href="/settings""#), login == "admin", "{login} is offered the settings");
    }
}

#[test]
fn each_role_sends_its_forms_and_no_others() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    for (role, login) in ["officer", "auditor"].into_iter().zip(1..).map(|(login, role)| (role, login)) {
        let browser = site.signed_in(login);
        for (path, may) in FORMS {
            let status = browser.submit("/preferences", path, &[("active", "1")]).status;
            assert_eq!(status == Status::Forbidden, !may[role], "{path} as {login}: {status}");
        }
    }
}

#[test]
fn a_stranger_sees_the_sign_in_page_instead() {
    let place = Place::sqlite();
    let site = Site::new(&place);
    for (path, _) in PAGES {
        let page = site.browser().get(path);
        assert_eq!(page.status, Status::SeeOther, "{path}");
        assert!(page.location.starts_with("/login"), "{path} leads to {}", page.location);
    }
    for (path, _) in FORMS {
        assert_eq!(site.browser().post_bare(path, &[]).location, "/login", "{path}");
    }
}
