//! Held mail of a server that feeds a connection: its sender is found, made and linked there.

use mailgate::domain::id::{ConnectionId, MessageId};
use mailgate::domain::ledger::{Fate, MailState, Reason};
use mailgate::domain::person::Role;
use mailgate::domain::server::{IncomingServer, ServerState};
use mailgate::domain::words::Sentence;
use mailgate::ledger::{self, Queued};
use mailgate::operations::messages::{self, Deed, Linking};
use mailgate::operations::{OperationError, connections};
use mailgate::say;
use mailgate::store::{Db, StoreError, handovers, partners, servers};
use mailgate::xmlrpc::Value;
use rocket::http::Status;
use serde_json::json;

use super::{far_end, new, only, page_of};
use crate::rpc::client::{Api, list, s};
use crate::support::database::{Place, on_both};
use crate::support::desk::Desk;
use crate::support::fake_odoo::{FakeOdoo, Front};
use crate::support::form::{but, press};
use crate::web::site::Site;

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
    hold(desk, connection, id, &Fate::held(Reason::UnknownSender, Sentence::verbatim("Nobody there has it.")));
    id
}

fn hold(desk: &Desk, connection: ConnectionId, id: MessageId, fate: &Fate) {
    let hold = |db: &mut Db| {
        let handover = handovers::get(db, id, connection)?.expect("it is in the queue");
        let queued = Queued { id, connection, attempts: 0, handover };
        ledger::end_attempt(db, &queued, fate, false, &[])
    };
    assert!(desk.site.app.store.write(hold).unwrap());
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
        let here = desk.site.app.store.read(|db| partners::search(db, &Default::default(), 10)).unwrap();
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
            messages::link_sender(&desk.site.app, &caller, id, contact, Linking::default()).unwrap();
            assert_eq!(linked(&desk, connection, id), Some(contact));
        }
        let world = odoo.world();
        let email = |contact: i32| world.tables["res.partner"][&contact]["email"].clone();
        assert_eq!((email(fatou), email(known)), (json!("sender0@people.example"), json!("binta@people.example")));
    }

    fn whom_an_address_was_linked_with_is_remembered_shown_and_forgotten(place: &Place) {
        let odoo = FakeOdoo::start();
        let binta = odoo.world().partner("Binta", "binta@people.example", true);
        let twin = odoo.world().partner("Twin", "Twin <shared@people.example>", true);
        let (desk, connection) = connected(place, &odoo);
        let app = &desk.site.app;
        let known = |address: &str| {
            app.store.read(|db| partners::link_of(db, connection, address)).unwrap().map(|link| link.partner)
        };
        let caller = Desk::caller(Role::Officer);
        let link = |from: &str, contact, once| {
            let id = held(&desk, connection, from, "Card lost");
            messages::link_sender(app, &caller, id, contact, Linking { once, ..Linking::default() }).unwrap();
        };
        link("Field Office <office@field.example>", binta, true);
        assert_eq!(known("office@field.example"), None, "for once");
        link("shared@people.example", twin, false);
        assert_eq!(known("shared@people.example"), None, "chosen among those who have the address");
        link("Binta <Binta+new@web.example>", binta, false);
        assert_eq!(known("binta@web.example"), Some(binta));
        assert!(desk.audit("mailgate.connection").iter().any(|(_, after)| after.contains("binta@web.example")));

        let next = held(&desk, connection, "binta@web.example", "Again");
        let browser = desk.site.signed_in("officer");
        let sender = format!("{LEDGER}/{next}/sender");
        browser.get(&sender).says("Mail from this address counts as written by Binta: officer said so");
        browser.submit(&sender, &format!("{sender}/forget"), &[]);
        assert_eq!(known("binta@web.example"), None);
        assert!(!browser.get(&sender).body.contains("counts as written by"));

        // What was said of another contact does not outlive a later choice of who has the address.
        link("shared@people.example", binta, false);
        assert_eq!(known("shared@people.example"), Some(binta));
        link("shared@people.example", twin, false);
        assert_eq!(known("shared@people.example"), None);
    }

    fn contacts_are_made_of_many_senders_at_once_as_registrants_where_the_type_wants_such(place: &Place) {
        let odoo = FakeOdoo::start();
        let known = odoo.world().partner("Known", "known@people.example", true);
        for name in ["Amina", "Sister"] {
            odoo.world().partner(name, "family@people.example", true);
        }
        let (desk, connection) = connected(place, &odoo);
        let mails = [
            ("Fatou Sow <fatou@people.example>", "First"),
            ("Fatou <FATOU+grm@people.example>", "Second"),
            ("binta@people.example", "Third"),
            ("known@people.example", "Fourth"),
        ];
        let mails = mails.map(|(from, subject)| held(&desk, connection, from, subject));
        let family = held(&desk, connection, "family@people.example", "Fifth");
        let spam = desk.mail("From: s@x.example\nSubject: Lottery\nMessage-ID: <l@x>\nX-Spam-Flag: YES\n\nNow\n");

        let admin = desk.site.signed_in("admin");
        admin.get(&page_of(&only(&desk.site))).says("5 mails wait for a person");
        let browser = desk.site.signed_in("officer");
        let filter = format!("state=held&connection={connection}");
        browser.get(&format!("{LEDGER}?{filter}")).says("Create contacts for unknown senders…");
        let confirm = format!("{LEDGER}/all?deed=create_contact&reason=unknown_sender&{filter}");
        browser.get(&confirm).says("Create contacts for these senders and deliver 5");
        let connection_id = connection.to_string();
        let fields = [
            ("deed", "create_contact"),
            ("state", "held"),
            ("reason", "unknown_sender"),
            ("connection", connection_id.as_str()),
        ];
        let done = browser.submit(&confirm, &format!("{LEDGER}/all"), &fields);
        done.says("4 taken up again");
        done.says("Several registrants there have the address of");
        let linked = mails.map(|id| linked(&desk, connection, id).expect("linked"));
        assert_eq!((linked[0], linked[3]), (linked[1], known));
        assert!(mails.iter().all(|id| desk.state(*id) == MailState::Routed));
        assert_eq!((desk.state(family), desk.state(spam)), (MailState::Held, MailState::Held));
        let world = odoo.world();
        let made = |id: i32| &world.tables["res.partner"][&id];
        assert_eq!((&made(linked[0])["name"], &made(linked[0])["is_registrant"]), (&json!("Fatou Sow"), &json!(true)));
        assert_eq!(made(linked[2])["name"], "binta@people.example");
        assert_eq!(world.rows("res.partner").len(), 6, "the account's, three that were there, and two that are new");
        drop(world);
        // Who is refused over there keeps nobody else waiting.
        odoo.world().refused_address = Some("no@people.example".into());
        let (refused, next) = (held(&desk, connection, "no@people.example", "Sixth"), held(&desk, connection, "yes@people.example", "Seventh"));
        browser.submit(&confirm, &format!("{LEDGER}/all"), &fields);
        assert_eq!((desk.state(refused), desk.state(next)), (MailState::Held, MailState::Routed));
    }

    fn by_hand_is_offered_only_where_it_can_work(place: &Place) {
        let odoo = FakeOdoo::start();
        let (desk, connection) = connected(place, &odoo);
        let stand = |why: Sentence| {
            let id = desk.plain("a@people.example", "First", "My payment is missing.");
            hold(&desk, connection, id, &Fate::held(Reason::UnknownSender, why));
            desk.view(id).deeds
        };
        let contact = stand(say!("trace-remote-contact-needed", who = "a@people.example"));
        assert_eq!(contact, [Deed::Retry, Deed::CreateContact, Deed::Dismiss]);
        let several = stand(say!("trace-remote-registrants", count = 2, who = "a@people.example"));
        assert_eq!(several, [Deed::Retry, Deed::Dismiss]);
        let policy = stand(say!("trace-remote-no-contact", who = "a@people.example"));
        assert_eq!(policy, [Deed::Retry, Deed::Deliver, Deed::CreateContact, Deed::Dismiss]);
    }

    fn the_desk_s_deeds_are_methods_of_the_api(place: &Place) {
        let odoo = FakeOdoo::start();
        let amina = odoo.world().partner("Amina", "amina@people.example", true);
        let ticket = odoo.world().insert("spp.grm.ticket", json!({"name": "old"}));
        let (desk, connection) = connected(place, &odoo);
        let api = Api::of(Site { app: desk.site.app.clone() }, "officer");
        let call = |id: MessageId, method: &str, named: Vec<(&str, Value)>| {
            let named = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            api.call("mailgate.message", method, [list([Value::Integer(id.0)]), Value::Struct(named)])
        };
        let mail = |from: &str| held(&desk, connection, from, "Card lost");
        let first = mail("office@field.example");
        call(first, "action_link", vec![("partner_id", Value::Integer(amina))]).unwrap();
        assert_eq!((desk.state(first), linked(&desk, connection, first)), (MailState::Routed, Some(amina)));
        let second = mail("Fatou <fatou@people.example>");
        call(second, "action_create_contact", vec![]).unwrap();
        let fatou = linked(&desk, connection, second).unwrap();
        assert_eq!(odoo.world().tables["res.partner"][&fatou]["is_registrant"], true);
        let third = mail("c@people.example");
        let named = vec![("name", s("Cheikh Fall")), ("phone", s("77 12")), ("is_registrant", Value::Boolean(false))];
        call(third, "action_create_contact", named).unwrap();
        let cheikh = linked(&desk, connection, third).unwrap();
        let row = odoo.world().tables["res.partner"][&cheikh].clone();
        assert_eq!((&row["name"], &row["email"], &row["phone"]), (&json!("Cheikh Fall"), &json!("c@people.example"), &json!("77 12")));
        let fourth = mail("d@people.example");
        let wrong = call(fourth, "action_correct", vec![("res_id", Value::Integer(999))]).unwrap_err();
        assert!(wrong.1.contains("There is no record 999 of spp.grm.ticket at the connection"), "{wrong:?}");
        let right = vec![("res_id", Value::Integer(ticket)), ("email_from", s("Awa <awa@people.example>"))];
        call(fourth, "action_correct", right).unwrap();
        let handover = desk.site.app.store.read(|db| handovers::get(db, fourth, connection)).unwrap().unwrap();
        assert_eq!((handover.record, handover.sender.unwrap().address.as_str()), (Some(ticket), "awa@people.example"));
        let fifth = mail("e@people.example");
        call(fifth, "action_deliver", vec![]).unwrap();
        assert_eq!(desk.state(fifth), MailState::Routed);
        let sixth = mail("f@people.example");
        call(sixth, "action_dismiss", vec![("reason", s("A test"))]).unwrap();
        assert_eq!(desk.state(sixth), MailState::Ignored);
        let whom = call(sixth, "action_link", vec![("partner_id", Value::Boolean(false))]).unwrap_err();
        assert!(whom.1.contains("partner_id"), "{whom:?}");
        // Of several senders each gets a contact of its own, and what else is held of them goes with it.
        let several = ["Gora <g@people.example>", "Hawa <h@people.example>", "h@people.example"].map(mail);
        let ids = |some: &[MessageId]| Value::Array(some.iter().map(|id| Value::Integer(id.0)).collect());
        let created = |some: &[MessageId], named: Vec<(&str, Value)>| {
            let named = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            api.call("mailgate.message", "action_create_contact", [ids(some), Value::Struct(named)])
        };
        let one = created(&several, vec![("name", s("Gora"))]).unwrap_err();
        assert!(one.1.contains("belongs to one sender"), "{one:?}");
        created(&several, vec![("others", Value::Boolean(true))]).unwrap();
        let whose = several.map(|id| linked(&desk, connection, id).unwrap());
        assert!(whose[0] != whose[1] && whose[1] == whose[2], "{whose:?}");
        // What is on its way gets no contact.
        let contacts = odoo.world().rows("res.partner").len();
        for named in [vec![], vec![("name", s("Nobody"))]] {
            let late = created(&several[..1], named).unwrap_err();
            assert!(late.1.contains("nothing to repair"), "{late:?}");
        }
        assert_eq!(odoo.world().rows("res.partner").len(), contacts);
    }

    fn a_far_end_that_is_away_is_said_and_an_auditor_links_nothing(place: &Place) {
        let odoo = FakeOdoo::start();
        let amina = odoo.world().partner("Amina Diallo", "amina.d@people.example", true);
        let (desk, connection) = connected(place, &odoo);
        let id = held(&desk, connection, "a@people.example", "First");
        let caller = Desk::caller(Role::Auditor);
        let refused = messages::link_sender(&desk.site.app, &caller, id, amina, Linking::default());
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
        // In full for who can mend it; for everybody else in a line.
        desk.site.signed_in("officer").get(LEDGER).says("No mail comes through");
        let page = desk.site.signed_in("admin").get(LEDGER);
        page.says("It is not confirmed, and mail waits for it.");
        page.says("Open it and press Test.");
        let page = page_of(&view);
        desk.site.signed_in("admin").submit(&page, &format!("{page}/archive"), &[]);
        desk.site.signed_in("admin").get("/").says("It is archived, and mail waits for it.");
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
