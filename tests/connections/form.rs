//! The form: what it refuses, what it keeps, when it must be tested again, and what it never shows.

use mailgate::domain::connection::{Connection, ConnectionState};
use mailgate::domain::now;
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::words::{Complaint, Sentence};
use mailgate::operations::connections::{
    self, ConnectionForm, ConnectionSaved, ConnectionTarget, ConnectionView, FieldFilter,
};
use mailgate::operations::{OperationError, servers};
use mailgate::store::{StoreError, connections as rows};
use rocket::http::Status;

use super::{BASE, filled, new, only, page_of};
use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::support::form::{but, press, step};
use crate::web::site::Site;

const URL: &str = "https://openspp.example.org";

/// Confirmed without a far end: what its test would write.
fn confirmed(site: &Site) -> ConnectionView {
    let view = only(site);
    let connection = Connection { state: ConnectionState::Done, ..view.connection };
    assert!(site.app.store.write(|db| rows::update(db, &connection, view.version)).unwrap());
    only(site)
}

on_both! {
    fn what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("admin");
        let fields = but(filled("openspp.example.org"), &[("name", ""), ("login", " "), ("workers", "9")]);
        let page = press(&browser, &new(), "save", &fields);
        assert_eq!(page.status, Status::UnprocessableEntity);
        for part in [
            r##"<a href="#url">"##,
            r##"<a href="#name">"##,
            r#"id="workers-error""#,
            r#"aria-invalid="true""#,
            "Enter the whole address, for example https://openspp.example.org.",
            r#"value="openspp.example.org""#,
            r#"value="9""#,
            "type it again",
        ] {
            page.says(part);
        }
        assert!(!page.body.contains("Tr0ub4dor"), "the password came back");
        assert_eq!(connections::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap().len(), 0);
    }

    fn it_is_saved_as_the_browser_shows_the_address_and_once(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("admin");
        for _ in 0..2 {
            let page = press(&browser, &new(), "save", &filled("https://OpenSPP.example.org/web/login"));
            assert_eq!((page.status, page.location.as_str()), (Status::SeeOther, page_of(&only(&site)).as_str()));
        }
        let page = browser.get(&page_of(&only(&site)));
        page.says("Saved. Nothing is delivered until Test has passed.");
        page.says(r#"value="https://openspp.example.org""#);
        page.says("One is saved. Leave this empty to keep it.");
        assert_eq!(step(&page), "Not Confirmed");
        browser.get(BASE).says("openspp.example.org");
    }

    fn confirmed_lasts_until_the_address_the_database_or_the_account_changes(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("admin");
        press(&browser, &new(), "save", &filled(URL));
        let save = |changes: &[(&'static str, &str)]| {
            let version = confirmed(&site).version.to_string();
            let fields = but(but(filled(URL), &[("password", ""), ("version", &version)]), changes);
            let page = press(&browser, &page_of(&only(&site)), "save", &fields);
            assert_eq!(page.status, Status::SeeOther, "{}", page.body);
            only(&site).connection.state
        };
        for harmless in [("name", "Other"), ("workers", "4"), ("password", "Tr0ub4dor")] {
            assert_eq!(save(&[harmless]), ConnectionState::Done, "{harmless:?}");
        }
        for other in [
            &[("url", "https://openspp.example.org/other")][..],
            &[("database", "other")],
            &[("login", "other@example.org")],
            &[("password", "another")],
            &[("url", "https://elsewhere.example.org"), ("password", "Tr0ub4dor")],
        ] {
            assert_eq!(save(other), ConnectionState::Draft, "{other:?}");
            // Back to where it began.
            save(&[("password", "Tr0ub4dor")]);
        }
    }

    fn a_save_over_somebody_elses_change_shows_both(place: &Place) {
        let site = Site::new(place);
        let browser = site.signed_in("admin");
        press(&browser, &new(), "save", &filled(URL));
        let seen = only(&site);
        let mut theirs = ConnectionForm::of(&seen.connection);
        theirs.set("name", "Their name");
        let target = ConnectionTarget::Existing { id: seen.connection.id, version: seen.version };
        let saved = connections::save(&site.app, &Caller::command_line(), target, &theirs).unwrap();
        assert!(matches!(saved, ConnectionSaved::Done(_)));

        let version = seen.version.to_string();
        let mine = but(filled(URL), &[("name", "My name"), ("password", ""), ("version", &version)]);
        let page = press(&browser, &page_of(&seen), "save", &mine);
        assert_eq!(page.status, Status::UnprocessableEntity);
        for words in ["Somebody else changed this connection", "Their name", "My name", "Save anyway"] {
            page.says(words);
        }
        assert_eq!(only(&site).connection.name, "Their name");
        let (_, rest) = page.body.split_once(r#"name="version" value=""#).unwrap();
        let version = rest.split('"').next().unwrap().to_owned();
        let page = press(&browser, &page_of(&seen), "save", &but(mine, &[("version", &version)]));
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        assert_eq!(only(&site).connection.name, "My name");
    }

    fn the_password_is_sealed_and_shown_nowhere_and_goes_only_where_it_was_typed_for(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("admin");
        press(&browser, &new(), "save", &filled(URL));
        let view = only(&desk.site);
        let (here, version) = (page_of(&view), view.version.to_string());
        for (url, words) in [
            ("https://evil.example.org", "The saved password was typed for https://openspp.example.org."),
            ("http://openspp.example.org", "the password travels readable"),
        ] {
            let elsewhere = but(filled(url), &[("password", ""), ("version", &version)]);
            let page = press(&browser, &here, "save", &elsewhere);
            assert_eq!(page.status, Status::UnprocessableEntity, "{url}");
            page.says(words);
        }
        let other = but(filled(URL), &[("password", "0ther s3cret"), ("version", &version)]);
        assert_eq!(press(&browser, &here, "save", &other).status, Status::SeeOther);
        let (app, id) = (&desk.site.app, view.connection.id);
        assert_eq!(app.store.read(|db| rows::password(db, &app.key, id)).unwrap().reveal(), "0ther s3cret");
        for page in [here.as_str(), BASE, &format!("{here}/delete"), "/settings/audit"] {
            let page = browser.get(page);
            assert_eq!(page.status, Status::Ok);
            assert!(!page.body.contains("Tr0ub4dor") && !page.body.contains("0ther s3cret"), "{}", page.body);
        }
        let audit = desk.audit("mailgate.connection");
        assert_eq!(audit[0], ("write".to_owned(), r#"{"password":"changed"}"#.to_owned()));
        assert!(!format!("{audit:?}").contains("Tr0ub4dor"), "{audit:?}");
    }

    fn it_is_archived_and_deleted_but_not_while_a_server_feeds_it(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("admin");
        press(&browser, &new(), "save", &filled(URL));
        let view = only(&desk.site);
        let here = page_of(&view);
        let feed = |connection: &str| {
            let app = &desk.site.app;
            let server = servers::get(app, &Caller::command_line(), desk.server.id).unwrap();
            let mut form = servers::ServerForm::of(&server.server);
            form.set("connection_id", connection);
            let target = servers::ServerTarget::Existing { id: desk.server.id, version: server.version };
            servers::save(app, &Caller::command_line(), target, &form).unwrap();
        };
        feed(&view.connection.id.to_string());
        browser.get(&here).says("Support");
        let page = browser.submit(&format!("{here}/delete"), &format!("{here}/delete"), &[]);
        assert_eq!(page.location, here);
        browser.get(&here).says("These incoming servers feed it: “Support”.");

        browser.submit(&here, &format!("{here}/archive"), &[]);
        assert!(!browser.get(BASE).body.contains(&here));
        browser.get(&format!("{BASE}?archived=1&q=openspp")).says(&here);
        browser.get(&here).says("Archived: nothing is delivered; mail for it waits.");
        browser.submit(&here, &format!("{here}/unarchive"), &[]);

        feed("");
        let page = browser.submit(&format!("{here}/delete"), &format!("{here}/delete"), &[]);
        assert_eq!((page.status, page.location.as_str()), (Status::SeeOther, BASE));
        assert_eq!(browser.get(&here).status, Status::NotFound);
        let deeds: Vec<String> = desk.audit("mailgate.connection").into_iter().map(|(deed, _)| deed).collect();
        assert_eq!(deeds, ["delete", "unarchive", "archive", "create"]);
    }

    fn a_paused_connection_says_so_on_every_page_and_on_what_feeds_it(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("admin");
        press(&browser, &new(), "save", &filled(URL));
        let id = confirmed(&desk.site).connection.id;
        let why = Complaint::new(Sentence::verbatim("The password was refused."), Sentence::verbatim("Type it again."));
        let at = now() - chrono::TimeDelta::hours(2);
        desk.site
            .app
            .store
            .write(|db| {
                let server = mailgate::domain::server::IncomingServer { connection: Some(id), ..desk.server.clone() };
                mailgate::store::servers::update(db, &server, 1)?;
                rows::pause(db, id, at, now() + chrono::TimeDelta::minutes(5), &why)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
        // What fails is looked up once in a few seconds: somebody who comes now sees it at once.
        let browser = desk.site.signed_in("admin");
        let here = page_of(&only(&desk.site));
        let server = format!("/settings/technical/email/incoming/{}", desk.server.id);
        for page in ["/", &here, &server, "/settings/users"] {
            let page = browser.get(page);
            for words in ["takes no mail since", "The password was refused.", "Type it again.", "in 5 minutes"] {
                page.says(words);
            }
        }
        for words in ["Paused since", "2 hours ago"] {
            browser.get(&here).says(words);
        }
        for words in ["Takes no mail", "2 hours ago"] {
            browser.get(&server).says(words);
        }
        browser.get("/settings/technical/email/incoming").says("Connection takes no mail");
        browser.get(BASE).says("Paused");
        // An officer is told, too, in a line, without a way into the settings.
        let page = desk.site.signed_in("officer").get("/");
        page.says("No mail comes through “");
        assert!(!page.body.contains(&here));
    }
}

#[test]
fn only_a_system_admin_gets_in() {
    let site = Site::new(&crate::support::database::Place::sqlite());
    press(&site.signed_in("admin"), &new(), "save", &filled(URL));
    let view = only(&site);
    let here = page_of(&view);
    for (login, role) in [("officer", Role::Officer), ("auditor", Role::Auditor)] {
        let browser = site.signed_in(login);
        let token = browser.get("/preferences").csrf_token();
        for page in [BASE, new().as_str(), here.as_str(), &format!("{here}/delete")] {
            assert_eq!(browser.get(page).status, Status::Forbidden, "{login} {page}");
        }
        for deed in ["", "/archive", "/unarchive", "/delete"] {
            for button in ["save", "test", "load"] {
                let fields = [("csrf_token", token.as_str()), ("url", URL), (button, "1")];
                let path = format!("{here}{deed}");
                assert_eq!(browser.post_bare(&path, &fields).status, Status::Forbidden, "{login} {path} {button}");
            }
        }
        let caller = Desk::caller(role);
        let id = view.connection.id;
        let outcomes = [
            connections::test(&site.app, &caller, id).err(),
            connections::record_types(&site.app, &caller, id).err(),
            connections::databases(&site.app, &caller, URL).err(),
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, Some(OperationError::Denied(_))), "{login}: {outcome:?}");
        }
    }
    assert_eq!(only(&site).version, 1);
}
