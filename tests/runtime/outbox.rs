//! The whole way: a mailbox, `mailgate serve`, and an Odoo, each of which may end at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::kill::Moments;
use super::way::{FAKE, Feed, Mail, Way};
use crate::support::fake_odoo::{FakeOdoo, TICKET};
use crate::support::fault::{Fault, FaultProxy};
use crate::support::real_odoo::RealOdoo;
use crate::support::wait_for;
use crate::web::site;

fn moments() -> Moments {
    Moments(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64)
}

#[test]
fn each_mail_is_at_the_far_end_once_whoever_dies() {
    const ROUNDS: usize = 4;
    const NEW: usize = 8;
    let mut far = FakeOdoo::start();
    far.world().late = Duration::from_millis(15);
    far.world().partner("Amina Diallo", "amina.r@people.example", true);
    let mut way = Way::to(far.port, FAKE);
    let mut moments = moments();
    let mut sent = 0;
    let mut mails = |count: usize| {
        sent += count;
        (sent - count..sent).map(|number| Mail::number("r", number))
    };
    for round in 0..ROUNDS {
        if round == ROUNDS / 2 {
            // It is brought up to a version that speaks JSON-2, which a test finds out.
            far.world().version = "19.0".into();
            let connections = way.api.call("mailgate.connection", "search", json!([[]]), json!({}));
            way.api.call("mailgate.connection", "button_test", json!([connections]), json!({}));
        }
        way.receive(mails(NEW));
        // Somewhere in its deliveries.
        std::thread::sleep(moments.next(Duration::from_millis(700)));
        way.dies();
    }

    // The far end goes away in the middle of its work; mail is fetched all the same.
    way.receive(mails(NEW));
    std::thread::sleep(moments.next(Duration::from_millis(300)));
    far.kill();
    way.receive(mails(NEW));
    let all = (ROUNDS + 2) * NEW;
    assert_eq!(way.count(json!([])), all as u64);
    assert!(way.feed.user.flags().iter().all(|flags| flags.contains('S')), "everything kept is seen there");
    let waiting = all as u64 - way.delivered();
    assert!(waiting >= NEW as u64, "{waiting}");
    let page = site::Site { app: way.site.app.clone() }.signed_in("admin");
    wait_for("the overview to say that it does not answer", Duration::from_secs(5), || {
        let overview = page.get("/").body;
        let told = overview.contains("did not accept a connection") || overview.contains("was cut before");
        (told && overview.contains(&format!("{waiting} mails wait. The oldest was received"))).then_some(())
    });
    way.dies();
    far.start_again();

    // What was cut is looked for first, and repeated once it can't be at work over there any more.
    wait_for("every mail", Duration::from_secs(240), || (way.delivered() == all as u64).then_some(()));
    let ledger = way.ledger();
    assert!(way.serving.stop(), "it had to be killed");
    let world = far.world();
    for call in ["object.execute_kw", "json2.mail.thread.message_process"] {
        assert!(world.calls.iter().any(|called| called == call), "{call}");
    }
    for row in &ledger {
        let there = &world.messages(row["message_id"].as_str().unwrap())[0]["res_id"];
        let links = [format!("/web#id={there}&model={TICKET}&view_type=form"), format!("/odoo/{TICKET}/{there}")];
        let link = row["remote_url"].as_str().unwrap().strip_prefix(&way.feed.url).unwrap_or_default();
        assert_eq!((&row["res_model"], &row["res_id"]), (&json!(TICKET), there), "{row}");
        assert!(links.iter().any(|one| one == link), "{row}");
    }
    for number in 0..all {
        let mail = Mail::number("r", number);
        let records = world.named(TICKET, &format!("r {number}")).len();
        assert_eq!(
            (world.messages(&mail.message_id).len(), records),
            (1, usize::from(Mail::makes_a_record(number))),
            "mail {number}"
        );
    }
    assert_eq!(world.rows("res.partner").len(), 2 + all / 4, "the account's, hers, and one for each stranger");
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn a_far_end_that_hangs_delays_no_other_and_not_the_end() {
    let (mut hanging, quick) = (FakeOdoo::start(), FakeOdoo::start());
    let mut way = Way::to(hanging.port, FAKE);
    let other = Feed::new(&way.api, "Another OpenSPP", quick.port, FAKE);
    hanging.world().late = Duration::from_secs(60);
    way.receive((0..3).map(|number| Mail::number("hang", number)));
    other.receive(&way.api, (0..3).map(|number| Mail::number("quick", number)));
    wait_for("the mail of the other", Duration::from_secs(30), || (way.delivered() == 3).then_some(()));
    assert_eq!(quick.world().tickets(), 3);

    let begun = Instant::now();
    assert!(way.serving.stop(), "it had to be killed");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    hanging.kill();
    assert_eq!(hanging.world().tickets(), 0);
    hanging.world().late = Duration::ZERO;
    hanging.start_again();
    way.starts();
    wait_for("its mail", Duration::from_secs(30), || (way.delivered() == 6).then_some(()));
    assert_eq!(hanging.world().tickets(), 3);
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_has_each_mail_once_whoever_dies() {
    RealOdoo::all().iter().for_each(has_each_mail_once_whoever_dies);
}

fn has_each_mail_once_whoever_dies(real: &RealOdoo) {
    let number = |name: &str, usual: usize| std::env::var(name).map_or(usual, |number| number.parse().unwrap());
    let (all, kills) = (number("MAILGATE_TEST_ODOO_MAILS", 40), number("MAILGATE_TEST_ODOO_KILLS", 4));
    let run = format!("k{}", mailgate::domain::now().and_utc().timestamp_micros());
    let amina = json!({"name": "Amina Diallo", "email": format!("amina.{run}@people.example"), "is_registrant": true});
    real.call("res.partner", "create", json!([amina]), json!({}));
    let mailed = real.mails();
    let armed = Arc::new(AtomicBool::new(false));
    let breaks = armed.clone();
    let proxy = FaultProxy::each(real.port(), move |connection| match connection % 90 {
        7 if breaks.load(Ordering::SeqCst) => Fault::CutAfter(0),
        53 if breaks.load(Ordering::SeqCst) => Fault::CutRequestAfter(600),
        _ => Fault::None,
    });
    let (database, login) = (real.connection.database.as_str(), real.connection.login.as_str());
    let mut way = Way::to(proxy.port, [database, login, real.password.reveal()]);
    armed.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    way.receive((0..all).map(|number| Mail::number(&run, number)));
    let mut moments = moments();
    for kill in 0..kills {
        // Spread over the whole of the work.
        let so_many = (all * kill / kills) as u64;
        wait_for("deliveries to go on", Duration::from_secs(300), || (way.delivered() >= so_many).then_some(()));
        std::thread::sleep(moments.next(Duration::from_secs(2)));
        way.dies();
    }
    wait_for("every mail", Duration::from_secs(900), || (way.delivered() == all as u64).then_some(()));
    let took = begun.elapsed();
    let count =
        |model: &str, domain| real.call(model, "search_count", json!([domain]), json!({})).as_u64().unwrap() as usize;
    for number in 0..all {
        let mail = Mail::number(&run, number);
        let messages = count("mail.message", json!([["message_id", "=", mail.message_id]]));
        let records = count(TICKET, json!([["name", "=", format!("{run} {number}")]]));
        assert_eq!((messages, records), (1, usize::from(Mail::makes_a_record(number))), "mail {number}");
    }
    for row in way.ledger() {
        let found = json!([["id", "=", row["res_id"]], ["message_ids.message_id", "=", row["message_id"]]]);
        assert_eq!(count(TICKET, found), 1, "{row}");
        assert!(row["remote_url"].as_str().unwrap().starts_with(&way.feed.url), "{row}");
    }
    assert_eq!(real.mails(), mailed, "nobody was mailed");
    println!("{all} mails, {kills} times killed, {} connections, {took:?}", proxy.connections());
}
