//! What the far end answers, told apart; and every wrong setting with its words and its remedy.

use std::time::Duration;

use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::secret::Secret;
use mailgate::odoo::{Arrived, DeliveryPlan, Network, Odoo, Remote, TroubleKind};

use super::{Mail, deliver, network, plain, sign_in, signed_in};
use crate::support::fake_odoo::{FakeOdoo, Front, LEAD, TICKET, connection};
use crate::support::fault::{Fault, FaultProxy, silent_server};
use crate::support::{free_port, wait_for};

const AMINA: &str = "amina@people.example";

fn fake() -> FakeOdoo {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina", AMINA, true);
    fake
}

#[test]
fn answers_about_the_message_are_told_apart() {
    let fake = fake();
    let mut odoo = signed_in(&fake);
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    assert_eq!(odoo.find(&mail.shipment()).unwrap(), None);
    let made = deliver(&mut odoo, &mail).unwrap();
    assert_eq!(odoo.find(&mail.shipment()).unwrap(), Some(made));
    let again = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(again, Arrived::Duplicate { record: Some(_) }), "{again:?}");

    let looping = "References: <1.2-loop-detection-bounce-email@odoo>\r\n";
    let mail = Mail::new(TICKET, "loop", plain(AMINA, "loop", looping));
    let dropped = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(&dropped, Arrived::Dropped { detail } if detail.contains("loop guard")), "{dropped:?}");
    let mail = Mail::new(TICKET, "bounce", plain("MAILER-DAEMON@x.example", "bounce", ""));
    let dropped = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(&dropped, Arrived::Dropped { detail } if detail.contains("bounce")), "{dropped:?}");

    fake.world().tables.remove("res.partner");
    let mail = Mail::new(TICKET, "two", plain(AMINA, "two", ""));
    let refused = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("'NoneType'")), "{refused:?}");
    let refused = odoo.deliver(&mail.shipment(), Method::CreateAndPost, None, false).unwrap();
    assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("'partner_id'")), "{refused:?}");
}

#[test]
fn calls_share_a_connection_that_a_proxy_keeps_and_none_is_sent_twice() {
    let fake = fake();
    fake.world().keeps_connections = true;
    let proxy = FaultProxy::each(fake.port, |_| Fault::None);
    let mut odoo = sign_in(&connection(&format!("http://127.0.0.1:{}", proxy.port)), &fake.password()).unwrap();
    let mut one_more = |name: &str| deliver(&mut odoo, &Mail::new(TICKET, name, plain(AMINA, name, ""))).unwrap();
    one_more("first");
    one_more("second");
    assert_eq!((proxy.connections(), fake.world().tickets()), (1, 2));
    // The proxy ends it between two calls.
    proxy.hang_up();
    wait_for("its end", Duration::from_secs(5), || (proxy.open() == 0).then_some(()));
    one_more("third");
    assert_eq!((proxy.connections(), fake.world().tickets()), (2, 3));
}

#[test]
fn a_field_that_became_required_and_a_model_that_vanished_are_named() {
    let fake = fake();
    let mut odoo = signed_in(&fake);
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    fake.world().required.insert(TICKET.into(), "district".into());
    for method in [Method::Gateway, Method::CreateAndPost] {
        let refused = odoo.deliver(&mail.shipment(), method, Some(1), false).unwrap();
        assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("district")), "{refused:?}");
    }
    fake.world().required.clear();
    fake.world().missing.insert(TICKET.into());
    for method in [Method::Gateway, Method::CreateAndPost] {
        let refused = odoo.deliver(&mail.shipment(), method, Some(1), false).unwrap();
        assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains(TICKET)), "{refused:?}");
    }
    let plan = signed_in(&fake).plan(&mail.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::NoRecordType, .. }), "{plan:?}");
    let lead = Mail::new(LEAD, "two", plain(AMINA, "two", ""));
    assert!(deliver(&mut odoo, &lead).is_ok(), "other record types go on");
}

#[test]
fn wrong_settings_have_their_words_and_their_remedy() {
    let fake = fake();
    let refusal = |change: &dyn Fn(&mut mailgate::domain::connection::Connection), password: &str| {
        let mut connection = fake.connection();
        change(&mut connection);
        sign_in(&connection, &Secret::new(password)).unwrap_err()
    };
    let key = refusal(&|_| {}, "old key hunter2");
    assert_eq!(key.kind, TroubleKind::Configuration);
    assert!(
        key.complaint.what.contains("refused login or password") && key.complaint.remedy.contains("API key"),
        "{key:?}"
    );
    assert!(!format!("{key:?}").contains("hunter2"));
    let database = refusal(&|connection| connection.database = "other".into(), "key");
    assert_eq!(database.kind, TroubleKind::Configuration);
    assert!(
        database.complaint.what.contains("has no database “other”") && database.complaint.remedy.contains("capitals"),
        "{database:?}"
    );
    for (front, words, remedy) in [
        (Front::Html, "answers with a web page", "without /web"),
        (Front::Status(404), "answers with a web page", "/xmlrpc/2"),
        (Front::Redirect, "https://new.example.org/xmlrpc/2/common", "Enter “https://new.example.org” as URL"),
        (Front::Status(403), "HTTP 403: Not now", "A proxy"),
    ] {
        fake.world().front = front;
        let trouble = refusal(&|_| {}, "key");
        assert_eq!(trouble.kind, TroubleKind::Configuration, "{front:?}: {trouble:?}");
        assert!(
            trouble.complaint.what.contains(words) && trouble.complaint.remedy.contains(remedy),
            "{front:?}: {trouble:?}"
        );
    }
}

#[test]
fn a_key_that_expires_while_mail_is_delivered_is_a_matter_of_configuration() {
    let fake = fake();
    let mut odoo = signed_in(&fake);
    fake.world().password = "new key".into();
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    let trouble = odoo.plan(&mail.shipment()).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Configuration);
    assert!(trouble.complaint.what.contains("refused login or password"), "{trouble:?}");
}

#[test]
fn what_passes_by_itself_is_temporary() {
    let fake = fake();
    for (url, words) in [
        (format!("http://127.0.0.1:{}", free_port()), "did not accept a connection"),
        ("http://no-such-host.invalid".into(), "No server called “no-such-host.invalid” was found."),
    ] {
        let trouble = sign_in(&connection(&url), &fake.password()).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Temporary, "{trouble:?}");
        assert!(trouble.complaint.what.contains(words) && !trouble.complaint.remedy.is_empty(), "{trouble:?}");
    }
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    for (status, reading, writing) in [
        (429, TroubleKind::Temporary, TroubleKind::Temporary),
        // A proxy's word does not say whether Odoo began.
        (502, TroubleKind::Temporary, TroubleKind::Cut),
        (503, TroubleKind::Temporary, TroubleKind::Cut),
        (504, TroubleKind::Temporary, TroubleKind::TimedOut),
    ] {
        fake.world().front = Front::Nothing;
        let mut odoo = signed_in(&fake);
        // What the model has is asked once in a session.
        odoo.plan(&mail.shipment()).unwrap();
        fake.world().front = Front::Status(status);
        assert_eq!(odoo.find(&mail.shipment()).unwrap_err().kind, reading, "{status}");
        let trouble = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap_err();
        assert_eq!(trouble.kind, writing, "{status}: {trouble:?}");
    }
    fake.world().front = Front::Nothing;
    let mut odoo = signed_in(&fake);
    odoo.plan(&mail.shipment()).unwrap();
    fake.world().front = Front::Status(413);
    let refused = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("client_max_body_size")), "{refused:?}");
}

#[test]
fn a_silent_server_is_given_up() {
    let mut network: Network = network();
    network.limits.answer = std::time::Duration::from_millis(300);
    let connection = connection(&format!("http://127.0.0.1:{}", silent_server()));
    let trouble = Odoo::sign_in(&connection, &Secret::new("key"), &network).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Temporary, "signing in does nothing there");
    assert!(trouble.complaint.what.contains("did not answer in time"), "{trouble:?}");
}

/// From the body of a call to status and body of the answer.
type Repeats = fn(&str) -> (String, String);

/// An HTTP server that answers each call with what `answer` makes of its body.
fn repeating(answer: Repeats) -> String {
    let (listener, port) = crate::support::listen();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            use std::io::{BufRead, Read, Write};
            let mut lines = std::io::BufReader::new(client.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while lines.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let _ = lines.read_exact(&mut body);
            let body = String::from_utf8_lossy(&body).into_owned();
            let (head, body) = match body.contains(">version<") {
                true => ("200 OK".into(), mailgate::xmlrpc::write_answer(version()).unwrap()),
                false => answer(&body),
            };
            let _ =
                write!(client, "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn version() -> mailgate::xmlrpc::Value {
    mailgate::xmlrpc::Value::Struct([("server_version".into(), mailgate::xmlrpc::Value::String("17.0".into()))].into())
}

#[test]
fn a_far_end_that_repeats_the_password_does_not_get_it_shown() {
    const SECRET: &str = r#"Zq7"lw\&%é<9"#;
    let answers: [Repeats; 8] = [
        |_| {
            (
                "200 OK".into(),
                fault_of(1, &format!("Traceback (most recent call last):\n  x\nValueError: bad {SECRET:?}\n")),
            )
        },
        |_| ("200 OK".into(), fault_of(2, &format!("args: ('openspp', 'me', '{SECRET}')"))),
        |_| ("200 OK".into(), fault_of(4, &SECRET.to_uppercase())),
        |body| ("500 Oh".into(), format!("<html><title>{body}</title></html>")),
        |_| {
            (
                "403 No".into(),
                format!("<html><title>{}</title></html>", SECRET.replace('&', "&amp;").replace('"', "&quot;")),
            )
        },
        |_| {
            (
                "302 Found\r\nLocation: https://me:Zq7%22lw@new.example.org/?token=Zq7%22lw%5C%26%25%C3%A9%3C9".into(),
                String::new(),
            )
        },
        |_| ("302 Found\r\nLocation: https://new.example.org/Zq7%22lw%5C%26%25%C3%A9%3C9/xmlrpc".into(), String::new()),
        |body| {
            (
                "200 OK".into(),
                format!(
                    "<methodResponse><params><param><value><int>{body}</int></value></param></params></methodResponse>"
                ),
            )
        },
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let trouble = sign_in(&connection(&repeating(answer)), &Secret::new(SECRET)).unwrap_err();
        let shown = format!("{trouble:?}").to_lowercase();
        assert!(!shown.contains("zq7"), "{number}: {shown}");
        assert!(!shown.contains("lw\\"), "{number}: {shown}");
    }
}

fn fault_of(code: i32, words: &str) -> String {
    mailgate::xmlrpc::write_fault(&mailgate::xmlrpc::FaultCode::Number(code), words).unwrap()
}
