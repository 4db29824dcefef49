//! The form: what it refuses, what it keeps, and what it never shows.

use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::Access;
use mailgate::operations::servers::{self, ServerForm, ServerTarget};
use rocket::http::{Header, Status};

use super::{BASE, filled, new, only, page_of, site};
use crate::support::database::on_both;
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::form::{but, press};

on_both! {
    fn what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("invalid");
        let fields = but(filled(Protocol::Imap, &user), &[("name", ""), ("server", "imap://x"), ("port", "70000")]);
        let page = press(&browser, &new(), "save", &fields);
        assert_eq!(page.status, Status::UnprocessableEntity);
        for part in [
            r##"<a href="#name">"##,
            r##"<a href="#server">"##,
            r#"id="port-error""#,
            r#"aria-invalid="true" aria-describedby="port-error port-help""#,
            r#"value="70000""#,
            &format!(r#"value="{}""#, user.name),
            "type it again",
        ] {
            page.says(part);
        }
        assert!(!page.body.contains(&format!(r#"value="{PASSWORD}""#)), "the password came back");
    }

    fn a_save_over_somebody_elses_change_shows_both(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("conflict");
        let fields = filled(Protocol::Imap, &user);
        press(&browser, &new(), "save", &fields);
        let seen = only(&site);
        let mut theirs = ServerForm::of(&seen.server);
        theirs.set("name", "Their name");
        let target = ServerTarget::Existing { id: seen.server.id, version: seen.version };
        servers::save(&site.app, &Caller::command_line(), target, &theirs).unwrap();

        let mine = but(fields, &[("name", "My name"), ("password", ""), ("version", &seen.version.to_string())]);
        let page = press(&browser, &page_of(&seen), "save", &mine);
        assert_eq!(page.status, Status::UnprocessableEntity);
        for words in ["Somebody else changed this server", "Their name", "My name", "Save anyway"] {
            page.says(words);
        }
        assert_eq!(only(&site).server.name, "Their name");
        let (_, rest) = page.body.split_once(r#"name="version" value=""#).unwrap();
        let version = rest.split('"').next().unwrap().to_owned();
        let page = press(&browser, &page_of(&seen), "save", &but(mine, &[("version", &version)]));
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        assert_eq!(only(&site).server.name, "My name");
    }
}

#[test]
fn the_port_follows_without_javascript_and_with_it() {
    let place = crate::support::database::Place::sqlite();
    let site = site(&place);
    let browser = site.signed_in("admin");
    let user = Dovecot::shared().user("port");
    let untouched = but(filled(Protocol::Pop, &user), &[("port", "993")]);
    press(&browser, &new(), "save", &untouched);
    let port = |site: &crate::web::site::Site| match only(site).server.access {
        Access::Network { port, .. } => port.0,
        Access::Local { .. } => 0,
    };
    assert_eq!(port(&site), 995);
    assert_eq!((only(&site).server.start_with.code(), only(&site).server.after_fetch.code()), ("all", "delete"));

    // What htmx asks for: the port that follows, and one that was typed stays.
    let token = browser.get(&new()).csrf_token();
    let follow = |port: &str| {
        let fields = [("server_type", "imap"), ("was_type", "imap"), ("port", port), ("auto_port", "993")];
        let fields = [&fields[..], &[("csrf_token", token.as_str()), ("name", "Typed")]].concat();
        browser.post_with(&format!("{BASE}/follow"), &fields, Some(Header::new("HX-Request", "true")))
    };
    follow("993").says(r#"name="port" type="number" value="143""#);
    follow("2993").says(r#"name="port" type="number" value="2993""#);
    assert_eq!(servers::list(&site.app, &Caller::command_line(), &Default::default()).unwrap().len(), 1);
}

#[test]
fn a_saved_password_is_never_sent_back_and_never_to_another_host() {
    let place = crate::support::database::Place::sqlite();
    let site = site(&place);
    let browser = site.signed_in("admin");
    let user = Dovecot::shared().user("secret");
    let fields = but(filled(Protocol::Imap, &user), &[("password", "Tr0ub4dor")]);
    press(&browser, &new(), "save", &fields);
    let view = only(&site);
    let here = page_of(&view);
    let elsewhere = but(fields, &[("password", ""), ("server", "127.0.0.1"), ("version", &view.version.to_string())]);
    let refused = press(&browser, &here, "test", &elsewhere);
    assert_eq!(refused.status, Status::UnprocessableEntity);
    refused.says("The saved password was typed for localhost. Type it again for this server.");
    let delete = format!("{here}/delete");
    for page in [here.as_str(), BASE, delete.as_str(), "/settings/audit"] {
        let page = browser.get(page);
        assert_eq!(page.status, Status::Ok);
        assert!(!page.body.contains("Tr0ub4dor"));
    }
}

#[test]
fn only_a_system_admin_gets_in() {
    let place = crate::support::database::Place::sqlite();
    let site = site(&place);
    let user = Dovecot::shared().user("roles");
    press(&site.signed_in("admin"), &new(), "save", &filled(Protocol::Imap, &user));
    let here = page_of(&only(&site));
    for login in ["officer", "auditor"] {
        let browser = site.signed_in(login);
        let token = browser.get("/preferences").csrf_token();
        for page in [BASE, new().as_str(), here.as_str(), &format!("{here}/delete")] {
            assert_eq!(browser.get(page).status, Status::Forbidden, "{login} {page}");
        }
        for deed in ["", "/fetch", "/reset", "/archive", "/unarchive", "/duplicate", "/delete", "/trust", "/start"] {
            let path = format!("{here}{deed}");
            let fields = [("csrf_token", token.as_str()), ("sha256", &"ab".repeat(32))];
            assert_eq!(browser.post_bare(&path, &fields).status, Status::Forbidden, "{login} {path}");
        }
    }
    assert_eq!(only(&site).version, 1);
}
