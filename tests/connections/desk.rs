//! Held mail of a server that feeds a connection: its sender is found, made and linked there.

use mailgate::domain::fate::Fate;
use mailgate::domain::id::{ConnectionId, MessageId};
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::person::Role;
use mailgate::domain::server::{IncomingServer, ServerState};
use mailgate::domain::words::Sentence;
use mailgate::ledger::outbox::{self, Queued};
use mailgate::operations::messages::{self, Deed};
use mailgate::operations::{OperationError, connections};
use mailgate::store::{Db, StoreError, handovers, partners, servers};
use rocket::http::Status;
use serde_json::json;

use super::{far_end, new, only, page_of};
use crate::support::database::{Place, on_both};
use crate::support::desk::Desk;
use crate::support::fake_odoo::{FakeOdoo, Front};
use crate::support::form::{but, press};

const LEDGER: &str = "/settings/technical/email/messages";

/// A desk whose one server feeds the connection.
fn connected(place: &Place, odoo: &FakeOdoo) -> (Desk, ConnectionId) {
    let mut desk = Desk::new(place);
    press(&desk.site.signed_in("admin"), &new(), "test", &far_end(odoo));
    let id = only(&desk.site).connection.id;
    let server = IncomingServer { connection: Some(id), state: ServerState::Done, ..desk.server.clone() };
    assert!(desk.site.app.store.write(|db| servers::update(db, &server, 1)).unwrap());
    desk.server = server;
    (desk, id)
}

/// Held as the outbox holds what the far end has no contact for.
fn held(desk: &Desk, connection: ConnectionId, from: &str, subject: &str) -> MessageId {
    let id = desk.plain(from, subject, "My payment is missing.");
    assert_eq!(desk.state(id), MailState::Routed);
    let hold = |db: &mut Db| {
        let handover = handovers::get(db, id, connection)?.expect("it is in the queue");
        let queued = Queued { id, connection, attempts: 0, handover };
        let unknown = Fate::held(Reason::UnknownSender, Sentence::verbatim("Nobody there has it."));
        outbox::end(db, &queued, &unknown, false, &[])
    };
    assert!(desk.site.app.store.write(hold).unwrap());
    id
}

/// The contact there that a message is linked to.
fn linked(desk: &Desk, connection: ConnectionId, id: MessageId) -> Option<i32> {
    let handover = desk.site.app.store.read(|db| handovers::get(db, id, connection)).unwrap();
    handover.and_then(|handover| handover.partner)
}

on_both! {
    fn an_officer_finds_the_registrant_there_and_links_several_mails_at_once(place: &Place) {
        let odoo = FakeOdoo::start();
        let amina = odoo.world().partner("Amina Diallo", "amina.d@people.example", true);
        odoo.world().partner("Amina Traders", "info@traders.example", false);
        let (desk, connection) = connected(place, &odoo);
        let from = "Field Office <office@field.example>";
        let ids = ["First", "Second", "Third"].map(|subject| held(&desk, connection, from, subject));
        let other = held(&desk, connection, "b@people.example", "Other");

        let browser = desk.site.signed_in("officer");
        let page = format!("{LEDGER}/{}", ids[0]);
        browser.get(&page).says("Say who wrote it");
        browser.get(&page).says("<bdi>OpenSPP</bdi>");
        let sender = format!("{page}/sender");
        let found = browser.get(&format!("{sender}?q=amina"));
        found.says("It goes to OpenSPP: these are the contacts there.");
        let (registrant, stranger) = (found.body.find("Amina Diallo"), found.body.find("Amina Traders"));
        assert!(registrant.unwrap() < stranger.unwrap(), "registrants first");
        found.says("Also the 2 other held mails of this sender");

        let partner = amina.to_string();
        let answer = browser.submit(&sender, &sender, &[("partner_id", &partner), ("others", "1")]);
        assert_eq!((answer.status, answer.location.as_str()), (Status::SeeOther, page.as_str()), "{}", answer.body);
        browser.get(&page).says("Taken up, with 2 other mails of this sender.");
        for id in ids {
            assert_eq!((desk.state(id), linked(&desk, connection, id)), (MailState::Routed, Some(amina)));
        }
        assert_eq!(desk.state(other), MailState::Held, "somebody else's");
        let (deed, after) = desk.audit("mailgate.message").remove(0);
        assert!(deed == "deliver" && after.contains("Amina Diallo"), "{deed} {after}");
    }

    fn a_contact_is_made_there_and_linked(place: &Place) {
        let odoo = FakeOdoo::start();
        let (desk, connection) = connected(place, &odoo);
        let id = held(&desk, connection, "Fatou Sow <fatou@people.example>", "Card lost");
        let browser = desk.site.signed_in("officer");
        let sender = format!("{LEDGER}/{id}/sender");
        browser.get(&sender).says(r#"value="fatou@people.example""#);
        let wrong = browser.submit(&sender, &format!("{sender}/new"), &[("name", ""), ("email", "fatou")]);
        assert_eq!(wrong.status, Status::UnprocessableEntity);
        wrong.says(r#"id="name-error""#);
        let new = [("name", "Fatou Sow"), ("email", "fatou@people.example"), ("phone", "+221 33"), ("is_registrant", "1")];
        let answer = browser.submit(&sender, &format!("{sender}/new"), &new);
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        let made = linked(&desk, connection, id).expect("linked");
        let world = odoo.world();
        let row = &world.tables["res.partner"][&made];
        assert_eq!((&row["name"], &row["phone"], &row["is_registrant"]), (&json!("Fatou Sow"), &json!("+221 33"), &json!(true)));
        drop(world);
        assert_eq!(desk.state(id), MailState::Routed);
        let here = desk.site.app.store.read(|db| partners::search(db, &[], 10)).unwrap();
        assert!(here.is_empty(), "{here:?}: it is made there and nowhere else");
    }

    fn an_address_that_a_person_links_is_filled_in_there_where_the_contact_has_none(place: &Place) {
        let odoo = FakeOdoo::start();
        let fatou = odoo.world().insert("res.partner", json!({"name": "Fatou Sow", "is_registrant": true}));
        let known = odoo.world().partner("Binta", "binta@people.example", true);
        let (desk, connection) = connected(place, &odoo);
        let caller = Desk::caller(Role::Officer);
        for (number, contact) in [fatou, known].into_iter().enumerate() {
            let id = held(&desk, connection, &format!("sender{number}@people.example"), "Card lost");
            messages::link_sender(&desk.site.app, &caller, id, contact, false).unwrap();
            assert_eq!(linked(&desk, connection, id), Some(contact));
        }
        let world = odoo.world();
        let email = |contact: i32| world.tables["res.partner"][&contact]["email"].clone();
        assert_eq!((email(fatou), email(known)), (json!("sender0@people.example"), json!("binta@people.example")));
    }

    fn a_far_end_that_is_away_is_said_and_an_auditor_links_nothing(place: &Place) {
        let odoo = FakeOdoo::start();
        let amina = odoo.world().partner("Amina Diallo", "amina.d@people.example", true);
        let (desk, connection) = connected(place, &odoo);
        let id = held(&desk, connection, "a@people.example", "First");
        let caller = Desk::caller(Role::Auditor);
        let refused = messages::link_sender(&desk.site.app, &caller, id, amina, false);
        assert!(matches!(refused, Err(OperationError::Denied(_))), "{refused:?}");
        odoo.world().front = Front::Status(502);
        let browser = desk.site.signed_in("officer");
        let sender = format!("{LEDGER}/{id}/sender");
        let page = browser.get(&format!("{sender}?q=amina"));
        assert_eq!(page.status, Status::Ok);
        page.says("HTTP 502");
        let answer = browser.submit(&sender, &sender, &[("partner_id", &amina.to_string())]);
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        assert_eq!((desk.state(id), linked(&desk, connection, id)), (MailState::Held, None));
    }

    fn the_record_type_is_corrected_by_its_name_there(place: &Place) {
        let odoo = FakeOdoo::start();
        let (desk, connection) = connected(place, &odoo);
        let id = held(&desk, connection, "a@people.example", "First");
        let browser = desk.site.signed_in("officer");
        let (page, correct) = (format!("{LEDGER}/{id}"), format!("{LEDGER}/{id}/correct"));
        let fields = [("model", "crm.lead"), ("sender", "Awa <awa@people.example>")];
        let answer = browser.submit(&page, &correct, &fields);
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        let handover = desk.site.app.store.read(|db| handovers::get(db, id, connection)).unwrap().unwrap();
        assert_eq!(handover.model, "crm.lead");
        assert_eq!(handover.sender.unwrap().address, "awa@people.example");
    }

    fn mail_that_waits_for_a_connection_out_of_use_is_told_on_every_page(place: &Place) {
        let odoo = FakeOdoo::start();
        let (desk, _) = connected(place, &odoo);
        desk.plain("a@people.example", "First", "My payment is missing.");
        let view = only(&desk.site);
        let version = view.version.to_string();
        let other = but(far_end(&odoo), &[("database", "other"), ("version", &version)]);
        press(&desk.site.signed_in("admin"), &page_of(&view), "save", &other);
        let page = desk.site.signed_in("officer").get(LEDGER);
        page.says("It is not confirmed, and mail waits for it.");
        page.says("Open it and press Test.");
        let page = page_of(&view);
        desk.site.signed_in("admin").submit(&page, &format!("{page}/archive"), &[]);
        desk.site.signed_in("officer").get("/").says("It is archived, and mail waits for it.");
    }

    fn a_connection_that_held_mail_needs_is_not_deleted(place: &Place) {
        let odoo = FakeOdoo::start();
        let (desk, connection) = connected(place, &odoo);
        let id = held(&desk, connection, "a@people.example", "First");
        let (app, caller) = (&desk.site.app, Desk::caller(Role::SystemAdmin));
        let version = |db: &mut Db| Ok::<_, StoreError>(servers::get(db, desk.server.id)?.unwrap().version);
        let version = app.store.read(version).unwrap();
        let server = IncomingServer { connection: None, ..desk.server.clone() };
        assert!(app.store.write(|db| servers::update(db, &server, version)).unwrap());
        let refused = connections::delete(app, &caller, connection).unwrap_err().to_string();
        assert!(refused.contains("or held before it: 1"), "{refused}");
        messages::act(app, &caller, id, Deed::Dismiss, "A test").unwrap();
        connections::delete(app, &caller, connection).unwrap();
    }
}
