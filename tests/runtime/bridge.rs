//! The whole way: a mailbox, `mailgate serve`, and an Odoo, each of which may end at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use super::Site;
use super::kill::Moments;
use crate::support::account::Account;
use crate::support::app::{PASSWORD, Serving};
use crate::support::dovecot::{self, Dovecot, MailUser};
use crate::support::fake_odoo::{FakeOdoo, TICKET};
use crate::support::fault::{Fault, FaultProxy};
use crate::support::real_odoo::RealOdoo;
use crate::support::wait_for;
use crate::web::site;

/// An installation whose one mailbox feeds an Odoo, set up through the API as a script does it.
struct Way {
    site: Site,
    user: MailUser,
    serving: Serving,
    api: Account,
    server: Json,
    /// The address of the far end.
    url: String,
}

impl Way {
    /// Into the Odoo at this port.
    fn to(port: u16, [database, login, password]: [&str; 3]) -> Self {
        let site = Site::new();
        site.installation.add_user("admin", "system_admin");
        let serving = site.installation.serve();
        let api = sign_in(&serving);
        let user = Dovecot::shared().user("bridge");
        let url = format!("http://127.0.0.1:{port}");
        let connection = json!({
            "name": "Our OpenSPP", "url": url, "database": database, "login": login,
            "password": password,
        });
        let connection = api.call("mailgate.connection", "create", json!([connection]), json!({}));
        assert_eq!(api.call("mailgate.connection", "button_test", json!([[connection]]), json!({})), json!(true));
        let server = json!({
            "name": "Grievances", "server_type": "imap", "server": "localhost", "port": Dovecot::shared().imaps_port,
            "is_ssl": true, "user": user.name, "password": dovecot::PASSWORD, "start_with": "all",
            "connection_id": connection, "object_model": TICKET, "sender_policy": "create", "no_other_fetcher": true,
        });
        let server = api.call("fetchmail.server", "create", json!([server]), json!({}));
        api.call("fetchmail.server", "button_confirm_login", json!([[server]]), json!({}));
        Self { site, user, serving, api, server, url }
    }

    /// New mail comes and is fetched, whether or not the Odoo takes it now.
    fn receive(&self, mails: impl Iterator<Item = Mail>) {
        mails.for_each(|mail| self.user.deliver(mail.source.as_bytes()));
        self.api.call("fetchmail.server", "fetch_mail", json!([[self.server]]), json!({}));
    }

    /// `kill -9`, and a new start.
    fn dies(&mut self) {
        self.serving.child.kill().unwrap();
        self.serving.child.wait().unwrap();
        self.serving = self.site.installation.serve();
        self.api = sign_in(&self.serving);
    }

    fn count(&self, domain: Json) -> u64 {
        self.api.call("mailgate.message", "search_count", json!([domain]), json!({})).as_u64().unwrap()
    }

    fn delivered(&self) -> u64 {
        self.count(json!([["state", "=", "delivered"]]))
    }

    /// The ledger's rows: state, Message-ID, record and link.
    fn ledger(&self) -> Vec<Json> {
        let fields = json!({"fields": ["state", "message_id", "res_model", "res_id", "remote_url", "acknowledged"]});
        let rows = self.api.call("mailgate.message", "search_read", json!([[]]), fields);
        rows.as_array().unwrap().clone()
    }
}

fn sign_in(serving: &Serving) -> Account {
    Account::sign_in(&serving.url, "mailgate", "admin", PASSWORD)
}

struct Mail {
    message_id: String,
    source: String,
}

impl Mail {
    /// Some from people who are known there, some from strangers, some with a file, some that answer the one before.
    fn number(run: &str, number: usize) -> Self {
        let id = |number: usize| format!("<{run}.{number}@people.example>");
        let from = match number % 4 {
            0 => format!("amina.{run}@people.example"),
            1 => format!("stranger{number}.{run}@people.example"),
            _ => format!("Amina.{run}@people.example"),
        };
        let answers = if number % 4 == 3 { format!("In-Reply-To: {}\r\n", id(number - 1)) } else { String::new() };
        let body = match number % 4 {
            2 => {
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the photo.\r\n\
                 --b\r\nContent-Type: image/png; name=photo.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"
            }
            _ => "\r\nMy payment is missing.\r\n",
        };
        let source = format!(
            "From: <{from}>\r\nTo: grievances@ngo.example\r\nSubject: {run} {number}\r\nMessage-ID: {}\r\n{answers}\
             Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n{body}",
            id(number)
        );
        Self { message_id: id(number), source }
    }

    fn makes_a_record(number: usize) -> bool {
        number % 4 != 3
    }
}

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
    let mut way = Way::to(far.port, ["openspp", "bridge@example.org", "key"]);
    let mut moments = moments();
    let mut sent = 0;
    let mut mails = |count: usize| {
        sent += count;
        (sent - count..sent).map(|number| Mail::number("r", number))
    };
    for _ in 0..ROUNDS {
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
    assert!(way.user.flags().iter().all(|flags| flags.contains('S')), "everything kept is seen there");
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

    wait_for("every mail", Duration::from_secs(60), || (way.delivered() == all as u64).then_some(()));
    let ledger = way.ledger();
    assert!(way.serving.stop(), "it had to be killed");
    let world = far.world();
    for row in &ledger {
        let there = &world.messages(row["message_id"].as_str().unwrap())[0]["res_id"];
        let link = format!("{}/web#id={there}&model={TICKET}&view_type=form", way.url);
        assert_eq!(
            (&row["res_model"], &row["res_id"], &row["remote_url"]),
            (&json!(TICKET), there, &json!(link)),
            "{row}"
        );
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
    assert_eq!(world.rows("res.partner").len(), 1 + all / 4, "one contact for each stranger");
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn a_real_odoo_has_each_mail_once_whoever_dies() {
    let Some(real) = RealOdoo::named("a_real_odoo_has_each_mail_once_whoever_dies") else { return };
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
    let link = format!("{}/web#id=", way.url);
    for row in way.ledger() {
        let found = json!([["id", "=", row["res_id"]], ["message_ids.message_id", "=", row["message_id"]]]);
        assert_eq!(count(TICKET, found), 1, "{row}");
        assert!(row["remote_url"].as_str().unwrap().starts_with(&link), "{row}");
    }
    assert_eq!(real.mails(), mailed, "nobody was mailed");
    println!("{all} mails, {kills} times killed, {} connections, {took:?}", proxy.connections());
}
