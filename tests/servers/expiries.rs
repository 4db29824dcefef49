//! What ends when: read from where each of it stands, told before it ends to who can do something about it, and to nobody
//! else.

use chrono::{Days, NaiveDate, TimeDelta};
use mailgate::config::Config;
use mailgate::domain::id::ServerId;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::{Moment, now};
use mailgate::operations::{App, health, servers as operation};
use mailgate::store::{StoreError, schema, server_status};
use openssl::asn1::Asn1Time;
use openssl::x509::X509;
use rocket::http::Status;

use super::oauth::{application, at_the_provider, certificate, expire, fetched, person};
use super::{filled, mail, new, only, page_of, site, with};
use crate::rpc::client::{Api, first, list, member, members, s};
use crate::support::app::PASSWORD;
use crate::support::database::on_both;
use crate::support::dovecot::Dovecot;
use crate::support::fake_odoo::FakeOdoo;
use crate::support::form::{but, press, step};
use crate::support::token_server::{CLIENT_ID, CLIENT_SECRET, TokenServer};

const ENDS: &str = "/settings/technical/email/ends";

fn day(days: i64) -> NaiveDate {
    now().date() + TimeDelta::days(days)
}

/// What `/metrics` says of this kind and object.
fn figure(app: &App, kind: &str, object: &str) -> Option<i64> {
    let name = format!("mailgate_ends_timestamp_seconds{{kind=\"{kind}\",object=\"{object}\"}} ");
    let all = health::metrics(app).unwrap();
    all.lines().find_map(|line| line.strip_prefix(name.as_str())).map(|value| value.parse().unwrap())
}

fn seconds(day: NaiveDate) -> i64 {
    day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp()
}

/// When the certificate in this file ends.
fn ends(file: &std::path::Path) -> Moment {
    let certificate = X509::from_pem(&std::fs::read(file).unwrap()).unwrap();
    let after = Asn1Time::from_unix(0).unwrap().diff(certificate.not_after()).unwrap();
    chrono::DateTime::from_timestamp(i64::from(after.days) * 86_400 + i64::from(after.secs), 0).unwrap().naive_utc()
}

fn tokens_were_used(app: &App, id: ServerId, at: Moment) {
    use diesel::prelude::*;
    let row = schema::oauth_tokens::table.find(id);
    app.store
        .write(|db| {
            diesel::update(row).set(schema::oauth_tokens::renewed_at.eq(at)).execute(db)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

on_both! {
    fn a_secret_that_ends_is_listed_and_warned_of_in_time(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("ends");
        let provider = TokenServer::start(&user.name);
        let with = |days: i64| but(application(Protocol::Imap, &user, &provider), &[("oauth_expires", &day(days).to_string())]);
        let saved = press(&browser, &new(), "save", &with(40));
        assert_eq!(saved.status, Status::SeeOther, "{}", saved.body);
        let here = page_of(&only(&site));
        let id = only(&site).server.id;
        let list = site.signed_in("admin").get(ENDS);
        assert_eq!(list.status, Status::Ok, "{}", list.body);
        list.says("Client secret");
        list.says("in 40 days");
        list.says(&format!(r#"href="{here}""#));
        site.signed_in("admin").get("/").says("Nothing ends within 30 days.");

        let save = |days| {
            let version = only(&site).version.to_string();
            let fields = but(with(days), &[("oauth_client_secret", ""), ("version", &version)]);
            let page = press(&browser, &here, "save", &fields);
            assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        };
        save(30);
        let home = site.signed_in("admin").get("/");
        home.says("1 ends within 30 days");
        assert!(!home.body.contains("What ends by itself"), "no warning yet");

        save(7);
        for path in ["/", "/settings", "/preferences"] {
            let page = site.signed_in("admin").get(path);
            page.says("What ends by itself");
            page.says("in 7 days");
            page.says("Make a new client secret at the provider");
        }
        for login in ["officer", "auditor"] {
            let home = site.signed_in(login).get("/").body;
            assert!(!home.contains("ends by itself") && !home.contains(ENDS), "{login}: {home}");
        }
        assert_eq!(figure(&site.app, "client_secret", &format!("fetchmail.server,{id}")), Some(seconds(day(7))));

        save(-2);
        site.signed_in("admin").get("/settings").says("ended 2 days ago");
        let listed = site.signed_in("admin").get(ENDS);
        listed.says("ended 2 days ago");
        assert!(!listed.body.contains(CLIENT_SECRET));
        assert!(!health::metrics(&site.app).unwrap().contains("Grievance"), "no names");

        // Nobody has said when: that is told, too.
        let version = only(&site).version.to_string();
        let fields = but(with(0), &[("oauth_expires", ""), ("oauth_client_secret", ""), ("version", &version)]);
        press(&browser, &here, "save", &fields);
        site.signed_in("admin").get(ENDS).says("enter the day on which it ends");
        site.signed_in("admin").get("/").says("The date of 1 is not known.");
        assert_eq!(figure(&site.app, "client_secret", &format!("fetchmail.server,{id}")), None);

        // What is archived is nobody's worry.
        save(3);
        operation::set_active(&site.app, &Caller::command_line(), id, false).unwrap();
        site.signed_in("admin").get(ENDS).says("Nothing ends");
    }

    fn a_certificate_of_an_application_says_itself_when_it_ends(place: &Place) {
        let api = Api::new(place, "admin");
        let text = |name, value: &str| (name, s(value));
        let (first_pem, _) = certificate(20);
        let id = api.call("mailgate.oauth_provider", "create", [members([
            text("name", "Contoso"),
            text("authentication", "microsoft_app"),
            text("oauth_tenant", "contoso.onmicrosoft.com"),
            text("oauth_client_id", CLIENT_ID),
            text("oauth_certificate", &first_pem),
        ])]).unwrap();
        let ids = list([id.clone()]);
        let expires = || {
            let rows = api.call("mailgate.oauth_provider", "read", [ids.clone(), list(["oauth_expires"].map(s))]).unwrap();
            member(first(&rows), "oauth_expires").clone()
        };
        assert_eq!(expires(), s(&day(20).to_string()));
        // The day of the one before does not stay with its successor.
        api.call("mailgate.oauth_provider", "write", [ids.clone(), members([text("oauth_certificate", &certificate(60).0)])]).unwrap();
        assert_eq!(expires(), s(&day(60).to_string()));
        // A day that is typed beside it counts where it is earlier.
        let values = |days, typed: i64| members([
            text("oauth_certificate", &certificate(days).0), text("oauth_expires", &day(typed).to_string()),
        ]);
        api.call("mailgate.oauth_provider", "write", [ids.clone(), values(90, 50)]).unwrap();
        assert_eq!(expires(), s(&day(50).to_string()));
        api.call("mailgate.oauth_provider", "write", [ids.clone(), values(90, 500)]).unwrap();
        assert_eq!(expires(), s(&day(90).to_string()));
    }

    fn a_sign_in_ends_when_it_is_not_used_for_long(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        for (authentication, counts) in [("microsoft", TimeDelta::days(90)), ("google", TimeDelta::days(183))] {
            let user = Dovecot::shared().user("unused");
            let provider = TokenServer::start(&user.name);
            let page = press(&browser, &new(), "sign_in", &person(authentication, &user, &provider));
            browser.get(&at_the_provider(&page.body, "Allow"));
            let (view, here) = (only(&site), page_of(&only(&site)));
            let object = format!("fetchmail.server,{}", view.server.id);
            let ends = || figure(&site.app, "sign_in", &object).expect("a sign-in");
            let fresh = (now() + counts).and_utc().timestamp();
            assert!((ends() - fresh).abs() < 3 * 86_400, "{authentication}: {}", (ends() - fresh) / 86_400);
            site.signed_in("admin").get(ENDS).says("Sign-in of a person");

            tokens_were_used(&site.app, view.server.id, now() - counts + TimeDelta::days(5));
            let page = site.signed_in("admin").get("/settings");
            page.says("Sign-in of a person");
            page.says("press Sign In");
            // Each use moves it on.
            let version = view.version.to_string();
            let fields = but(person(authentication, &user, &provider), &[("oauth_client_secret", ""), ("version", &version)]);
            let page = press(&browser, &here, "test", &fields);
            assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
            expire(&site.app, view.server.id);
            fetched(&site.app, view.server.id);
            assert!((ends() - fresh).abs() < 3 * 86_400, "{authentication}");

            // What the provider says of it counts more.
            provider.state().refresh_counts = Some(604_799);
            expire(&site.app, view.server.id);
            fetched(&site.app, view.server.id);
            let week = (now() + TimeDelta::days(7)).and_utc().timestamp();
            assert!((ends() - week).abs() < 120, "{authentication}: {}", ends() - week);

            provider.withdraw();
            expire(&site.app, view.server.id);
            fetched(&site.app, view.server.id);
            assert!(ends() <= now().and_utc().timestamp(), "it has ended");
            browser.submit(&here, &format!("{here}/delete"), &[]);
        }
    }

    fn the_certificate_of_a_mail_server_is_remembered_when_it_changes(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let dovecot = Dovecot::shared();
        let user = dovecot.user("remembered");
        let until = ends(&dovecot.certificate());
        for starttls in [false, true] {
            let fields = match starttls {
                false => filled(Protocol::Imap, &user),
                true => but(filled(Protocol::Imap, &user), &[
                    ("is_ssl", ""), ("starttls", "1"), ("port", &dovecot.imap_port.to_string()),
                ]),
            };
            let page = press(&browser, &new(), "test", &fields);
            assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
            let view = only(&site);
            assert_eq!(view.server.security() == Security::StartTls, starttls);
            let id = view.server.id;
            let status = || site.app.store.read(|db| server_status::get(db, id)).unwrap();
            assert_eq!(status().certificate_until, Some(until));
            let object = format!("fetchmail.server,{id}");
            assert_eq!(figure(&site.app, "server_certificate", &object), Some(until.and_utc().timestamp()));

            // It was another one the last time.
            let old = mailgate::domain::expiry::CertificateTaken {
                sha256: mailgate::domain::server::Fingerprint256::parse(&"ab".repeat(32)).unwrap(),
                until: now() + TimeDelta::days(4),
                is_nameless: false,
            };
            site.app.store.write(|db| server_status::set_certificate(db, id, Some(&old), None)).unwrap();
            let page = site.signed_in("admin").get("/settings");
            page.says("Certificate of the mail server");
            page.says("in 4 days");
            user.deliver(&mail(1));
            fetched(&site.app, id);
            let seen = status();
            assert_eq!((seen.certificate_until, seen.nameless_since), (Some(until), None));
            assert_ne!(seen.certificate_sha256, Some("ab".repeat(32)));
            let here = page_of(&view);
            browser.submit(&here, &format!("{here}/delete"), &[]);
        }
    }

    fn the_certificate_of_a_connection_is_remembered_when_it_is_tested(place: &Place) {
        let folder = tempfile::tempdir().unwrap();
        let (file, identity) = crate::odoo::probe::certificate(folder.path(), "/CN=openspp", &["IP:127.0.0.1"]);
        let until = ends(&file);
        let odoo = FakeOdoo::with_tls(identity);
        let site = with(Config { ca_file: Some(file), ..place.config.clone() });
        let admin = site.signed_in("admin");
        let new = "/settings/technical/email/connections/new";
        let page = admin.submit(new, new, &[
            ("name", "OpenSPP"), ("url", &format!("https://127.0.0.1:{}", odoo.port)), ("database", "openspp"),
            ("login", "bridge@example.org"), ("password", "key"), ("workers", "2"), ("test", "1"),
        ]);
        assert_eq!(step(&page), "Confirmed", "{}", page.body);
        let figure = figure(&site.app, "connection_certificate", "mailgate.connection,1");
        assert_eq!(figure, Some(until.and_utc().timestamp()));
        let page = site.signed_in("admin").get("/");
        page.says("Certificate of the connection");
        page.says("Who runs that system has to renew it");
    }

    fn keys_here_and_there_are_listed_by_their_owners(place: &Place) {
        let site = site(place);
        let admin = site.signed_in("admin");
        let officer = site.signed_in("officer");
        let made = officer.submit("/preferences", "/preferences/keys", &[
            ("key_name", "Nightly"), ("key_expires", &day(4).to_string()), ("key_password", PASSWORD),
        ]);
        assert_eq!(made.status, Status::Ok, "{}", made.body);
        let connection = admin.submit("/settings/technical/email/connections/new", "/settings/technical/email/connections/new", &[
            ("name", "OpenSPP"), ("url", "https://openspp.example.org"), ("database", "openspp"), ("login", "bridge"),
            ("password", "key"), ("workers", "2"), ("key_expires", &day(20).to_string()), ("save", "1"),
        ]);
        assert_eq!(connection.status, Status::SeeOther, "{}", connection.body);
        let page = site.signed_in("admin").get(ENDS);
        page.says("Nightly (officer)");
        page.says("API key of the connection");
        let (key, there) = (page.body.find("Nightly").unwrap(), page.body.rfind("OpenSPP").unwrap());
        assert!(key < there, "by date");
        // The moment after its last day.
        let ends = seconds(day(4) + Days::new(1));
        assert_eq!(figure(&site.app, "api_key", "res.users.apikeys,1"), Some(ends));
        assert_eq!(figure(&site.app, "connection_key", "mailgate.connection,1"), Some(seconds(day(20))));
        assert_eq!(officer.get(ENDS).status, Status::Forbidden);
    }
}
