//! Connections cut, stalled and answered by a proxy at random, while the far end goes on working: in the end every
//! mail is there once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mailgate::domain::connection::{BaseUrl, Connection, ProtocolChoice};
use mailgate::domain::handover::Method;
use mailgate::domain::secret::Secret;
use mailgate::domain::server::SenderPolicy;
use mailgate::odoo::{Arrived, DeliveryPlan, Network, Odoo, Remote, Trouble, TroubleKind};
use serde_json::json;

use super::{Mail, network, plain, with_attachment};
use crate::support::fake_odoo::{FakeOdoo, TICKET};
use crate::support::fault::{Fault, FaultProxy};
use crate::support::real_odoo::RealOdoo;
use crate::support::wait_for;

/// Cuts that are to happen over each of the external APIs.
const CUTS: usize = 270;

/// A sequence of numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        // xorshift64, by George Marsaglia.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    /// Nine of so many connections break.
    fn fault(&mut self, of: usize) -> Fault {
        match self.throw(of) {
            0..3 => Fault::CutRequestAfter([0, 30, 700, 1_500][self.throw(4)] + self.throw(300)),
            // Once the request is through: before the answer, within its head, within its body.
            3..6 => Fault::CutAfter([0, 1, 90, 160, 300][self.throw(5)]),
            6 => Fault::StallAfter(self.throw(2) * 100),
            7 => Fault::BadGateway { forwarded: true },
            8 => Fault::BadGateway { forwarded: false },
            _ => Fault::None,
        }
    }
}

/// A proxy before `port` that breaks nine of so many connections.
pub(super) fn breaking(port: u16, of: usize) -> FaultProxy {
    let dice = Mutex::new(Dice(0x9E37_79B9_7F4A_7C15));
    FaultProxy::each(port, move |_| dice.lock().unwrap().fault(of))
}

/// Delivers as the bridge does.
struct Bridge<'a> {
    connection: Connection,
    password: Secret,
    network: Network,
    /// Returns when nothing that was begun goes on over there any more.
    wait: &'a (dyn Fn() + Sync),
    /// Outcomes that had to be looked up.
    unclear: AtomicUsize,
}

impl Bridge<'_> {
    fn odoo(&self) -> Odoo {
        self.again(|| Odoo::sign_in(&self.connection, &self.password, &self.network))
    }

    /// Repeats what only reads until the network lets it through.
    fn again<T>(&self, mut call: impl FnMut() -> Result<T, Trouble>) -> T {
        loop {
            match call() {
                Ok(value) => return value,
                Err(trouble) => self.passing(&trouble),
            }
        }
    }

    fn passing(&self, trouble: &Trouble) {
        assert_eq!(trouble.kind, TroubleKind::Temporary, "{trouble:?}");
        // The far end may be starting.
        std::thread::sleep(Duration::from_millis(5));
    }

    fn deliver(&self, odoo: &mut Odoo, mail: &Mail) -> (Method, Arrived) {
        let plan = self.again(|| odoo.plan(&mail.shipment()));
        let DeliveryPlan::Deliver { method, partner, new_contact, .. } = plan else { panic!("{plan:?}") };
        loop {
            match odoo.deliver(&mail.shipment(), method, partner, new_contact) {
                Ok(arrived) => return (method, arrived),
                Err(trouble) if matches!(trouble.kind, TroubleKind::Cut | TroubleKind::TimedOut) => {
                    self.unclear.fetch_add(1, Ordering::SeqCst);
                    (self.wait)();
                    if let Some(arrived) = self.again(|| odoo.find(&mail.shipment())) {
                        return (method, arrived);
                    }
                }
                Err(trouble) => self.passing(&trouble),
            }
        }
    }
}

/// The address of a mail's sender, who is known where the mail is one of the first three of five.
fn sender(prefix: &str, number: usize) -> String {
    format!("{prefix}sender{number}@people.example")
}

/// Mails of every kind, five by five: through the gateway, made and posted with a file, a reply, from somebody whose
/// contact is made, and such a one whose address has a plus-part.
fn mail(prefix: &str, number: usize) -> Mail {
    let name = format!("{prefix}n{number}");
    // Whoever wrote the first of five replies to it.
    let from = sender(prefix, if number % 5 == 2 { number - 2 } else { number });
    let mut mail = match number % 5 {
        1 => Mail::new(TICKET, &name, with_attachment(&from.to_uppercase(), &name)),
        2 => {
            let parent = format!("References: <{prefix}n{}@people.example>\r\n", number - 2);
            Mail::new(TICKET, &name, plain(&from, &name, &parent))
        }
        4 => Mail::new(TICKET, &name, plain(&format!("Stranger <{}>", from.replace('@', "+x@")), &name, "")),
        _ => Mail::new(TICKET, &name, plain(&format!("Somebody <{from}>"), &name, "")),
    };
    mail.policy = SenderPolicy::Create;
    mail
}

/// Delivers five mails; returns by which methods: gateway, made and posted.
fn five(bridge: &Bridge<'_>, odoo: &mut Odoo, prefix: &str, first: usize) -> [usize; 2] {
    let mut methods = [0, 0];
    for number in first..first + 5 {
        let (method, arrived) = bridge.deliver(odoo, &mail(prefix, number));
        assert!(matches!(arrived, Arrived::Record { .. }), "mail {number}: {arrived:?}");
        methods[usize::from(method == Method::CreateAndPost)] += 1;
    }
    methods
}

#[test]
fn over_hundreds_of_cuts_no_record_is_missing_and_none_is_there_twice() {
    for (version, protocol) in [("17.0", ProtocolChoice::XmlRpc), ("19.0", ProtocolChoice::Json2)] {
        no_record_is_missing_and_none_is_there_twice(version, protocol);
    }
}

fn no_record_is_missing_and_none_is_there_twice(version: &str, protocol: ProtocolChoice) {
    let fake = FakeOdoo::start();
    fake.world().version = version.into();
    fake.world().late = Duration::from_millis(3);
    let proxy = breaking(fake.port, 40);
    let mut network = network();
    network.limits.answer = Duration::from_millis(300);
    network.limits.read = Duration::from_millis(300);
    let wait = || {
        let over = || (proxy.open() == 0 && fake.running() == 0).then_some(());
        wait_for("calls end", Duration::from_secs(20), over);
    };
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let connection = Connection { protocol, ..crate::support::fake_odoo::connection(&url) };
    let bridge = Bridge { connection, password: fake.password(), network, wait: &wait, unclear: AtomicUsize::new(0) };
    let mut odoo = bridge.odoo();
    let (mut sent, mut methods) = (0, [0, 0]);
    while proxy.struck() < CUTS {
        for known in sent..sent + 3 {
            fake.world().partner("Known", &sender("", known), true);
        }
        let [gateway, posted] = five(&bridge, &mut odoo, "", sent);
        methods = [methods[0] + gateway, methods[1] + posted];
        sent += 5;
    }
    wait();
    let world = fake.world();
    for number in 0..sent {
        let messages = world.messages(&format!("<n{number}@people.example>")).len();
        let records = world.named(TICKET, &format!("About n{number}")).len();
        assert_eq!((messages, records), (1, usize::from(number % 5 != 2)), "mail {number}");
    }
    assert_eq!(world.rows("ir.attachment").len(), sent / 5);
    assert_eq!(world.rows("res.partner").len(), 1 + sent, "the account's, and one for each sender");
    assert!(world.mails.is_empty(), "{:?}", world.mails);
    let unclear = bridge.unclear.load(Ordering::SeqCst);
    assert!(unclear > 15 && methods.iter().all(|count| *count > 10), "{methods:?} {unclear}");
    println!("{sent} mails, {} cuts, {unclear} outcomes looked up", proxy.struck());
}

/// As many at once as wait for 15 s after a cut.
const LANES: usize = 8;

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_has_each_mail_once_however_often_it_is_cut() {
    RealOdoo::all().iter().for_each(has_each_mail_once_however_often_it_is_cut);
}

fn has_each_mail_once_however_often_it_is_cut(real: &RealOdoo) {
    let wanted = std::env::var("MAILGATE_TEST_ODOO_CUTS").map_or(40, |number| number.parse().unwrap());
    let proxy = breaking(real.port(), 40);
    let mails = real.mails();
    let prefix = format!("c{}", mailgate::domain::now().and_utc().timestamp_micros());
    let mut network = network();
    network.limits.answer = Duration::from_secs(10);
    let connection = Connection {
        url: BaseUrl::parse(&format!("http://127.0.0.1:{}", proxy.port)).unwrap(),
        ..real.connection.clone()
    };
    // What the bridge waits after a cut; a time-out here came so early that it counts as one.
    let wait = || std::thread::sleep(Duration::from_secs(15));
    let bridge =
        Bridge { connection, password: real.password.clone(), network, wait: &wait, unclear: AtomicUsize::new(0) };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                let mut odoo = bridge.odoo();
                while proxy.struck() < wanted {
                    let first = next.fetch_add(5, Ordering::SeqCst);
                    for known in first..first + 3 {
                        let values = json!({"name": "Known", "email": sender(&prefix, known), "is_registrant": true});
                        real.call("res.partner", "create", json!([values]), json!({}));
                    }
                    five(&bridge, &mut odoo, &prefix, first);
                }
            });
        }
    });
    let sent = next.load(Ordering::SeqCst);
    let count =
        |model: &str, domain| real.call(model, "search_count", json!([domain]), json!({})).as_u64().unwrap() as usize;
    for number in 0..sent {
        let name = format!("{prefix}n{number}");
        let messages = count("mail.message", json!([["message_id", "=", format!("<{name}@people.example>")]]));
        let records = count(TICKET, json!([["name", "=", format!("About {name}")]]));
        assert_eq!((messages, records), (1, usize::from(number % 5 != 2)), "mail {number}");
    }
    assert_eq!(real.mails(), mails, "nobody was mailed");
    let unclear = bridge.unclear.load(Ordering::SeqCst);
    println!("{sent} mails, {} cuts, {unclear} outcomes looked up", proxy.struck());
}
