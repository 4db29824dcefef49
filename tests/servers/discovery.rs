//! *Find settings*: from an e-mail address alone, by heart, by the name service, or by trying; nothing is saved, nothing
//! typed is lost, and without a network it says so in seconds.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use mailgate::config::Config;
use mailgate::domain::person::Caller;
use mailgate::operations::servers::{self as operation, FieldFilter};
use rocket::http::Status;

use super::{filled, new, only, with};
use crate::rpc::client::{Api, first, list, member, members, s};
use crate::support::database::{Place, on_both};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::form::{but, press, step};
use crate::support::free_port;
use crate::support::name_server::{NameServer, Zone};
use crate::web::site::{Page, Site};
use mailgate::domain::protocol::Protocol;

/// A site that trusts the tests' Dovecot and asks this name server.
fn asking(place: &Place, name_server: SocketAddr) -> Site {
    let ca_file = Some(Dovecot::shared().certificate());
    with(Config { ca_file, name_server: Some(name_server), ..place.config.clone() })
}

/// What stands in the field of this name.
fn value(page: &Page, field: &str) -> String {
    if field == "server_type" {
        let chosen =
            page.body.split("<input").find(|tag| tag.contains(r#"name="server_type""#) && tag.contains(" checked"));
        return chosen.and_then(|tag| tag.split_once("value=\"")?.1.split('"').next()).unwrap_or_default().to_owned();
    }
    page.form("servers-form").into_iter().find(|(name, _)| name == field).map(|(_, value)| value).unwrap_or_default()
}

fn values<const N: usize>(page: &Page, fields: [&str; N]) -> [String; N] {
    fields.map(|field| value(page, field))
}

const FOUND: [&str; 7] = ["server_type", "server", "port", "is_ssl", "starttls", "authentication", "user"];

on_both! {
    fn the_well_known_are_known_by_heart(place: &Place) {
        // Nobody answers here: what is known needs no network.
        let (_socket, silent) = NameServer::silent();
        let site = asking(place, silent);
        let browser = site.signed_in("admin");
        for (email, server, authentication, user, advice) in [
            ("amina@gmail.com", "imap.gmail.com", "google", "amina@gmail.com", "then Sign In"),
            ("support@outlook.com", "outlook.office365.com", "microsoft", "support@outlook.com", "then Sign In"),
            ("a@Yahoo.com", "imap.mail.yahoo.com", "password", "a@Yahoo.com", "app password"),
            ("a@icloud.com", "imap.mail.me.com", "password", "a", "app password"),
            ("a@gmx.de", "imap.gmx.net", "password", "a@gmx.de", "switched on"),
            ("a@web.de", "imap.web.de", "password", "a@web.de", "switched on"),
            ("a@zoho.eu", "imap.zoho.eu", "password", "a@zoho.eu", "switched on"),
            ("a@yandex.com", "imap.yandex.com", "password", "a@yandex.com", "app password"),
            ("a@fastmail.com", "imap.fastmail.com", "password", "a@fastmail.com", "app password"),
            ("a@mail.ru", "imap.mail.ru", "password", "a@mail.ru", "app password"),
        ] {
            let started = Instant::now();
            let page = press(&browser, &new(), "find", &vec![("email", email.to_owned()), ("server_type", "imap".into())]);
            assert!(started.elapsed() < Duration::from_secs(2), "{email}: {:?}", started.elapsed());
            assert_eq!(page.status, Status::Ok, "{}", page.body);
            let expected = ["imap", server, "993", "1", "", authentication, user];
            assert_eq!(values(&page, FOUND), expected.map(str::to_owned), "{email}");
            page.says(advice);
            page.says("Found: check it.");
        }
        let pop = press(&browser, &new(), "find", &vec![("email", "a@gmx.net".to_owned()), ("server_type", "pop".into())]);
        assert_eq!(values(&pop, ["server_type", "server", "port"]), ["pop", "pop.gmx.net", "995"].map(str::to_owned));
        let bridge = press(&browser, &new(), "find", &vec![("email", "a@proton.me".to_owned()), ("server_type", "imap".into())]);
        assert_eq!(values(&bridge, ["server", "port", "starttls"]), ["127.0.0.1", "1143", "1"].map(str::to_owned));
        bridge.says("its program Bridge has to run on this computer");
        press(&browser, &new(), "find", &vec![("email", "a@tuta.com".to_owned())]).says("can only be read by its own programs");
        let wrong = press(&browser, &new(), "find", &vec![("email", "amina".to_owned())]);
        assert_eq!(wrong.status, Status::UnprocessableEntity);
        wrong.says("Enter the address of the mailbox");
        assert!(operation::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap().is_empty(), "saved nothing");
    }

    fn a_domain_at_a_known_provider_is_told_by_who_takes_its_mail(place: &Place) {
        let names = NameServer::start();
        let mx = |host: &str| Zone { mx: vec![(20, "backup.example".into()), (5, host.into())], srv: Vec::new() };
        names.knows("ministry.example", mx("ministry-example.mail.protection.outlook.com"));
        names.knows("office.example", mx("aspmx.l.google.com"));
        names.knows("shop.example", mx("mx.zoho.eu"));
        let site = asking(place, names.address);
        let browser = site.signed_in("admin");
        for (email, server, authentication) in [
            ("grm@ministry.example", "outlook.office365.com", "microsoft"),
            ("grm@office.example", "imap.gmail.com", "google"),
            ("grm@shop.example", "imappro.zoho.eu", "password"),
        ] {
            let page = press(&browser, &new(), "find", &vec![("email", email.to_owned()), ("server_type", "imap".into())]);
            assert_eq!(values(&page, ["server", "authentication", "user"]), [server, authentication, email].map(str::to_owned));
            page.says("and these are its settings");
        }
        let page = press(&browser, &new(), "find", &vec![("email", "a@nowhere.example".to_owned())]);
        page.says("There is no domain nowhere.example.");
        assert!(!page.body.contains("evil"), "an answer that was not asked for is none");
    }

    fn a_domain_says_itself_where_its_mailboxes_are(place: &Place) {
        let dovecot = Dovecot::shared();
        let user = dovecot.user("announced");
        let names = NameServer::start();
        let dead = free_port();
        names.knows("village.example", Zone {
            mx: vec![(10, "mx.village.example".into())],
            srv: vec![
                ("_imaps._tcp", (10, 1, dovecot.imaps_port), "localhost".into()),
                ("_imaps._tcp", (0, 1, dead), "localhost".into()),
                ("_imap._tcp", (0, 1, dovecot.imap_port), "localhost".into()),
                ("_pop3s._tcp", (0, 1, dovecot.pops_port), "localhost".into()),
                ("_pop3._tcp", (0, 0, 0), ".".into()),
            ],
        });
        names.knows("starttls.example", Zone {
            mx: Vec::new(),
            srv: vec![("_imap._tcp", (0, 1, dovecot.imap_port), "localhost".into())],
        });
        let site = asking(place, names.address);
        let browser = site.signed_in("admin");
        let typed = |email: &str| but(filled(Protocol::Imap, &user), &[
            ("email", email), ("server", "mail.typed.example"), ("port", "993"), ("auto_port", "993"), ("authentication", "password"),
        ]);
        let page = press(&browser, &new(), "find", &typed("grm@village.example"));
        let port = dovecot.imaps_port.to_string();
        assert_eq!(values(&page, ["server", "port", "is_ssl"]), ["localhost", &port, "1"].map(str::to_owned), "{}", page.body);
        page.says("says that its mailboxes are at localhost");
        page.says("in place of mail.typed.example");
        assert_eq!(value(&page, "name"), "Grievance Mailbox", "what was typed stays");
        assert_eq!(value(&page, "user"), user.name, "a username that was typed stays");
        assert!(!page.body.contains(&format!(r#"value="{PASSWORD}""#)), "and no password comes back");
        assert!(names.asked().contains(&"_imaps._tcp.village.example".to_owned()));

        let plain = dovecot.imap_port.to_string();
        let starttls = press(&browser, &new(), "find", &typed("grm@starttls.example"));
        assert_eq!(values(&starttls, ["port", "is_ssl", "starttls"]), [&plain, "", "1"].map(str::to_owned));

        // What was found is what the test needs: with the password it is confirmed.
        let mut found: Vec<(&'static str, String)> = typed("grm@village.example");
        found = but(found, &[("server", "localhost"), ("port", &port), ("auto_port", ""), ("email", "grm@village.example")]);
        let page = press(&browser, &new(), "test", &found);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        assert_eq!(only(&site).server.email, "grm@village.example");
    }

    fn the_api_keeps_the_address_and_finds_settings(place: &Place) {
        let api = Api::new(place, "admin");
        let found = api.call("fetchmail.server", "find_settings", [s("grm@gmail.com")]).unwrap();
        assert_eq!((member(&found, "server"), member(&found, "authentication")), (&s("imap.gmail.com"), &s("google")));
        let refused = api.call("fetchmail.server", "find_settings", [s("nonsense")]).unwrap_err();
        assert!(refused.1.contains("Enter the address of the mailbox"), "{refused:?}");
        let text = |name, value: &str| (name, s(value));
        let values = [
            text("name", "Mailbox"), text("server_type", "imap"), text("server", "imap.example.org"), text("user", "grm"),
            text("password", "x"), text("email", "grm@example.org"),
        ];
        let id = api.call("fetchmail.server", "create", [members(values)]).unwrap();
        let read = || {
            let rows = api.call("fetchmail.server", "read", [list([id.clone()]), list(["email"].map(s))]).unwrap();
            member(first(&rows), "email").clone()
        };
        assert_eq!(read(), s("grm@example.org"));
        let write = |email: &str| api.call("fetchmail.server", "write", [list([id.clone()]), members([text("email", email)])]);
        assert!(write("not an address").unwrap_err().1.contains("Enter the address of the mailbox"));
        write("other@example.org").unwrap();
        assert_eq!(read(), s("other@example.org"));
    }
}

#[test]
fn without_a_network_it_says_so_and_costs_seconds() {
    let place = Place::sqlite();
    let (_socket, silent) = NameServer::silent();
    let site = asking(&place, silent);
    let browser = site.signed_in("admin");
    let started = Instant::now();
    let fields = vec![
        ("name", "Grievances".to_owned()),
        ("email", "grm@ministry.example".into()),
        ("server_type", "imap".into()),
    ];
    let page = press(&browser, &new(), "find", &fields);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(page.status, Status::Ok);
    page.says("The name service does not answer");
    assert_eq!(values(&page, ["name", "email"]), ["Grievances", "grm@ministry.example"].map(str::to_owned));
}

#[test]
fn a_silent_host_delays_no_more_than_seconds_and_no_command_is_sent_to_what_is_no_mail_server() {
    let place = Place::sqlite();
    let names = NameServer::start();
    // One says nothing, one speaks something else.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [&silent, &other].map(|listener| listener.local_addr().unwrap().port());
    let heard = std::thread::spawn(move || {
        let (mut client, _) = other.accept().unwrap();
        client.write_all(b"220 ftp.example ready\r\n").unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut said = Vec::new();
        let _ = client.read_to_end(&mut said);
        said
    });
    names.knows(
        "slow.example",
        Zone { mx: Vec::new(), srv: ports.map(|port| ("_imap._tcp", (0, 1, port), "localhost".to_owned())).to_vec() },
    );
    let site = asking(&place, names.address);
    let browser = site.signed_in("admin");
    let started = Instant::now();
    let page =
        press(&browser, &new(), "find", &vec![("email", "a@slow.example".to_owned()), ("server_type", "imap".into())]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    page.says("Nothing answers for slow.example");
    assert_eq!(heard.join().unwrap(), b"", "nothing was said to it");
    drop(silent);
}
