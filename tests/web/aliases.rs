//! Aliases as an administrator sets them up in the browser, and API keys on Preferences.

use rocket::http::Status;

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::on_both;

const LIST: &str = "/settings/technical/email/aliases";
const NEW: &str = "/settings/technical/email/aliases/new";

on_both! {
    fn an_alias_is_made_changed_archived_and_deleted_and_the_audit_tells_it(place: &Place) {
        let admin = Site::new(place).signed_in("admin");
        admin.get(LIST).says("No address is routed yet");
        let typed = [
            ("name", "Support"),
            ("domain", "@Agency.example"),
            ("object_model", "spp.grm.ticket"),
            ("contact", "partners"),
            ("defaults", "{'priority': '2'}"),
        ];
        let made = admin.submit(NEW, NEW, &typed);
        assert_eq!(made.status, Status::SeeOther, "{}", made.body);
        let page = made.location.clone();
        assert_eq!(admin.submit(NEW, NEW, &typed).location, page, "sent twice, it makes one");
        let shown = admin.get(&page);
        for words in ["support@agency.example", "{&#x27;priority&#x27;: &#x27;2&#x27;}"] {
            shown.says(words);
        }
        admin.get(LIST).says("Contacts only");
        let version = |body: &str| body.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (old, mut changed) = (version(&shown.body), typed.to_vec());
        changed[3] = ("contact", "everyone");
        changed.push(("version", &old));
        assert_eq!(admin.submit(&page, &page, &changed).status, Status::SeeOther);
        changed[4] = ("defaults", "");
        let late = admin.submit(&page, &page, &changed);
        assert_eq!(late.status, Status::UnprocessableEntity, "somebody else saved meanwhile");
        late.says("Somebody else changed the alias");

        assert_eq!(admin.submit(&page, &format!("{page}/archive"), &[]).status, Status::SeeOther);
        admin.get(LIST).says("No address is routed yet");
        admin.get(&format!("{LIST}?archived=1")).says("support");
        admin.submit(&page, &format!("{page}/unarchive"), &[]);
        admin.get(&format!("{page}/delete")).says("The alias goes for ever");
        assert_eq!(admin.submit(&format!("{page}/delete"), &format!("{page}/delete"), &[]).status, Status::SeeOther);
        assert_eq!(admin.get(&page).status, Status::NotFound);
        let audit = admin.get("/settings/audit?model=mail.alias");
        for words in ["Created", "Changed", "Archived", "Unarchived", "Deleted", "<del><bdi>Contacts only</bdi></del> → <bdi>Everyone</bdi>"] {
            audit.says(words);
        }
    }

    fn what_is_wrong_with_an_alias_is_said_at_its_field_and_nothing_typed_is_lost(place: &Place) {
        let admin = Site::new(place).signed_in("admin");
        let wrong = [
            ("name", "a b"), ("domain", "x y"), ("object_model", "spp.grm.ticket"), ("contact", "everyone"),
            ("defaults", "{'priority': 9}"), ("record", "77"),
        ];
        let page = admin.submit(NEW, NEW, &wrong);
        assert_eq!(page.status, Status::UnprocessableEntity);
        for words in ["before the @", "There is no priority “9”", "There is no Grievance “77”", "id=\"defaults-error\"", "value=\"a b\""] {
            page.says(words);
        }
    }

    fn a_key_is_made_shown_once_and_revoked_by_its_owner_or_an_administrator(place: &Place) {
        let site = Site::new(place);
        let (officer, admin) = (site.signed_in("officer"), site.signed_in("admin"));
        let make = |name: &str, password: &str| {
            let typed = [("key_name", name), ("key_expires", "2999-12-31"), ("key_password", password)];
            officer.submit("/preferences", "/preferences/keys", &typed)
        };
        let refused = make("Nightly report", "not this one");
        assert_eq!(refused.status, Status::UnprocessableEntity);
        refused.says("This is not your current password");
        refused.says("value=\"Nightly report\"");
        let made = make("Nightly report", PASSWORD);
        assert_eq!(made.status, Status::Ok);
        let key = made.body.split("<pre id=\"made\">").nth(1).expect("the key is shown").split('<').next().unwrap();
        assert!(key.starts_with("mgk_"));
        let later = officer.get("/preferences");
        later.says("Nightly report");
        assert!(!later.body.contains(key), "it is shown once");
        make("Second", PASSWORD);
        let at = |name: &str| {
            let body = officer.get("/preferences").body;
            let before = body.split(&format!("Revoke {name}")).next().unwrap().to_owned();
            before.rsplit("action=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };
        assert_eq!(officer.submit("/preferences", &at("Second"), &[]).status, Status::SeeOther);
        let others = at("Nightly report").replace("/preferences", "/settings/users/2");
        assert_eq!(site.signed_in("auditor").submit("/preferences", &others, &[]).status, Status::NotFound);
        admin.get("/settings/users/2").says("Nightly report");
        assert_eq!(admin.submit("/settings/users/2", &others, &[]).status, Status::SeeOther);
        admin.get("/settings/users/2").says("No API keys.");
        admin.get("/settings/audit?model=res.users.apikeys").says("Nightly report");
    }
}
