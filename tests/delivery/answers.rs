//! What the far end answers, told apart; and every wrong setting with its words and its remedy.

use mailgate::delivery::odoo::{Arrived, Network, Odoo, Plan, Remote, TroubleKind};
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::secret::Secret;

use super::{Mail, deliver, network, plain, sign_in, signed_in};
use crate::support::fake_odoo::{FakeOdoo, Front, LEAD, TICKET, connection};
use crate::support::fault::silent_server;
use crate::support::free_port;

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
    assert!(matches!(plan, Plan::Hold { reason: Reason::NoRecordType, .. }), "{plan:?}");
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
    assert!(key.words.contains("refused login or password") && key.remedy.contains("API key"), "{key:?}");
    assert!(!format!("{key:?}").contains("hunter2"));
    let database = refusal(&|connection| connection.database = "other".into(), "key");
    assert_eq!(database.kind, TroubleKind::Configuration);
    assert!(database.words.contains("has no database “other”") && database.remedy.contains("capitals"), "{database:?}");
    for (front, words, remedy) in [
        (Front::Html, "answers with a web page", "without /web"),
        (Front::Status(404), "answers with a web page", "/xmlrpc/2"),
        (Front::Redirect, "https://new.example.org/xmlrpc/2/common", "Enter “https://new.example.org” as URL"),
        (Front::Status(403), "HTTP 403: Not now", "A proxy"),
    ] {
        fake.world().front = front;
        let trouble = refusal(&|_| {}, "key");
        assert_eq!(trouble.kind, TroubleKind::Configuration, "{front:?}: {trouble:?}");
        assert!(trouble.words.contains(words) && trouble.remedy.contains(remedy), "{front:?}: {trouble:?}");
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
    assert!(trouble.words.contains("refused login or password"), "{trouble:?}");
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
        assert!(trouble.words.contains(words) && !trouble.remedy.is_empty(), "{trouble:?}");
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
    assert!(trouble.words.contains("did not answer in time"), "{trouble:?}");
}
