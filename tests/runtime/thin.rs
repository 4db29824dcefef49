//! Thin lines: what moves is not cut, what broke goes on where it was, and large mail delays nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use mailgate::domain::id::ServerId;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, IncomingServer, Port, StartWith};
use mailgate::fetch::passes::Unfinished;
use mailgate::operations::App;
use mailgate::store::StoreError;
use mailgate::store::blob::SourceReader;
use mailgate::store::schema::{message_parts, messages, sources};

use super::etiquette::{add, base, pass};
use super::{Site, mail, titles};
use crate::support::app::Installation;
use crate::support::database::{Place, on_both};
use crate::support::dovecot::Dovecot;
use crate::support::fault::{Fault, FaultProxy};
use crate::support::imap_server::{ImapReply, ImapServer};
use crate::support::wait_for;

/// A mail of about so many bytes, no two lines of it alike.
fn large(number: usize, bytes: usize) -> Vec<u8> {
    let mut source = mail(number);
    let mut line = 0;
    while source.len() < bytes {
        source.push_str(&format!("{line:08} {}\r\n", "the well has been dry ".repeat(3)));
        line += 1;
    }
    source.into_bytes()
}

/// The bytes of the largest message that is kept.
fn largest(app: &App) -> Vec<u8> {
    let id = app
        .store
        .read(|db| sources::table.order(sources::size.desc()).select(sources::id).first(db).map_err(StoreError::from))
        .unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut SourceReader::open(&app.store, id).unwrap(), &mut bytes).unwrap();
    bytes
}

/// How many bytes are kept of messages that have not come whole.
fn parts(app: &App) -> usize {
    let read = |db: &mut _| message_parts::table.select(message_parts::bytes).load::<Vec<u8>>(db);
    app.store.read(|db| read(db).map_err(StoreError::from)).unwrap().iter().map(Vec::len).sum()
}

/// Over the line of a proxy.
fn over(proxy: &FaultProxy, mut server: IncomingServer) -> IncomingServer {
    let Access::Network { port, .. } = &mut server.access else { unreachable!() };
    *port = Port(proxy.port);
    IncomingServer { start_with: StartWith::All, ..server }
}

/// A large mail among 200 small ones, over a line of this many bytes a second that breaks so often; beside it another
/// mailbox.
fn a_large_mail_over_a_thin_line(size: usize, rate: usize, life: Duration, limit: Duration) {
    let dovecot = Dovecot::shared();
    let (user, other) = (dovecot.user("thin"), dovecot.user("beside"));
    let big = large(1_000, size);
    for number in 0..200 {
        if number == 20 {
            user.deliver(&big);
        }
        user.deliver(mail(number).as_bytes());
    }
    let proxy = FaultProxy::each(dovecot.imap_port, move |_| Fault::Thin { rate, life });
    let site = Site::new();
    site.add(&over(&proxy, dovecot.server(Protocol::Imap, Security::None, &user)));
    let beside = site.add(&dovecot.server(Protocol::Imap, Security::None, &other));
    let serving = site.installation.serve();
    let begun = Instant::now();
    wait_for("the small mails", limit, || (site.records().len() >= 200).then_some(()));
    assert_eq!(site.records(), titles(200), "the large one comes last");
    println!("200 small mails after {:?}", begun.elapsed());
    // While it comes, another mailbox has its mail at once.
    other.deliver(mail(300).as_bytes());
    let asked = Instant::now();
    let fetched = site.app.passes.run(beside, Duration::from_secs(20)).unwrap();
    assert_eq!(fetched.fetched, 1);
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(site.seen(), 201, "the large one is on its way still");
    wait_for("the large mail", limit, || (site.seen() == 202).then_some(()));
    println!(
        "the large one after {:?}, over {} connections, {} bytes",
        begun.elapsed(),
        proxy.connections(),
        proxy.passed()
    );
    assert!(largest(&site.app) == big, "byte by byte");
    assert!(proxy.connections() >= 5, "{}", proxy.connections());
    let all = big.len() + (0..200).map(|number| mail(number).len()).sum::<usize>();
    assert!(proxy.passed() < all * 3 / 2, "{} of {all}: it did not begin anew each time", proxy.passed());
    wait_for("nothing left of its parts", Duration::from_secs(10), || (parts(&site.app) == 0).then_some(()));
    drop(serving);
}

/// The proportions of 10 MB at 16 kB/s with a break each minute, in a sixtieth of the time and with half of the mail.
#[test]
fn a_large_mail_comes_over_a_thin_line_that_breaks_and_delays_nobody() {
    a_large_mail_over_a_thin_line(5_000_000, 480_000, Duration::from_secs(1), Duration::from_secs(120));
}

#[test]
#[ignore = "needs a quarter of an hour"]
fn ten_megabytes_come_at_sixteen_kilobytes_a_second_with_a_break_each_minute() {
    a_large_mail_over_a_thin_line(10_000_000, 16_000, Duration::from_secs(60), Duration::from_secs(1_800));
}

/// A server with one large mail, which hangs up on the third part of it and after it until `well` is set.
fn breaking(mail: &[u8], well: &Arc<AtomicBool>) -> ImapServer {
    let (well, asked) = (well.clone(), AtomicUsize::new(0));
    ImapServer::start(vec![mail.to_vec()], move |_, command| {
        let part = command.contains("BODY.PEEK[]<");
        let third = part && asked.fetch_add(1, Ordering::SeqCst) >= 2;
        if third && !well.load(Ordering::SeqCst) { ImapReply::Cut(0) } else { ImapReply::Right }
    })
}

/// Where the parts began that were asked for.
fn origins(server: &ImapServer) -> Vec<usize> {
    let state = server.state();
    let part = |command: &String| command.split_once("BODY.PEEK[]<")?.1.split_once('.')?.0.parse().ok();
    state.log.iter().filter_map(part).collect()
}

on_both! {
    fn a_large_mail_goes_on_where_it_broke_also_after_a_restart(place: &Place) {
        let (mail, well) = (large(0, 6_000_000), Arc::new(AtomicBool::new(false)));
        let server = breaking(&mail, &well);
        let app = place.open();
        let id = add(&app, &IncomingServer { start_with: StartWith::All, ..server.settings(base(Protocol::Imap), "breaks") });
        assert!(matches!(pass(&app, id), Err(Unfinished::Failed(_))));
        let here = parts(&app);
        assert!(here > 0 && here < mail.len(), "{here}");
        drop(app);
        well.store(true, Ordering::SeqCst);
        server.state().log.clear();
        let app = place.open();
        assert_eq!(pass(&app, id).unwrap(), 1);
        assert_eq!(origins(&server)[0], here, "it goes on there");
        assert!(largest(&app) == mail, "byte by byte");
        assert_eq!(parts(&app), 0);
    }

    fn parts_of_another_mail_are_never_taken_for_its_beginning(place: &Place) {
        let (first, second) = (large(1, 3_000_000), large(2, 3_000_000));
        let well = Arc::new(AtomicBool::new(false));
        let server = breaking(&first, &well);
        let app = place.open();
        let id = add(&app, &IncomingServer { start_with: StartWith::All, ..server.settings(base(Protocol::Imap), "other") });
        pass(&app, id).unwrap_err();
        assert!(parts(&app) > 0);
        // The folder is another one: the same UID and size are of another mail.
        assert_eq!(first.len(), second.len());
        {
            let mut state = server.state();
            state.uid_validity = 8;
            state.mails[0].1 = second.clone();
            state.log.clear();
        }
        well.store(true, Ordering::SeqCst);
        assert_eq!(pass(&app, id).unwrap(), 1);
        assert_eq!(origins(&server)[0], 0);
        assert!(largest(&app) == second);
        // One that is gone leaves nothing behind either.
        let well = Arc::new(AtomicBool::new(false));
        let server = breaking(&large(3, 3_000_000), &well);
        let id = add(&app, &IncomingServer { start_with: StartWith::All, ..server.settings(base(Protocol::Imap), "gone") });
        pass(&app, id).unwrap_err();
        assert!(parts(&app) > 0);
        server.state().mails.clear();
        pass(&app, id).unwrap();
        assert_eq!(parts(&app), 0);
    }
}

/// What a server answers that is asked for a part of this mail.
type PartOf = fn(&[u8]) -> String;

#[test]
fn a_server_that_gives_no_parts_or_wrong_ones_is_asked_for_the_whole_mail() {
    let mail = large(0, 2_000_000);
    let wrong: [(&str, PartOf); 4] = [
        ("refuses", |_| "% BAD what?\r\n".into()),
        ("gives all of it", |mail| {
            let text = String::from_utf8_lossy(mail);
            format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{text})\r\n% OK\r\n", mail.len())
        }),
        ("says not where it begins", |_| "* 1 FETCH (UID 1 BODY[] {4}\r\nabcd)\r\n% OK\r\n".into()),
        ("ends too early", |_| "* 1 FETCH (UID 1 BODY[]<0> {4}\r\nabcd)\r\n% OK\r\n".into()),
    ];
    for (how, answer) in wrong {
        let source = mail.clone();
        let server = ImapServer::start(vec![mail.clone()], move |_, command| match command.contains("BODY.PEEK[]<") {
            true => ImapReply::Say(answer(&source)),
            false => ImapReply::Right,
        });
        let place = Place::sqlite();
        let app = place.open();
        let id =
            add(&app, &IncomingServer { start_with: StartWith::All, ..server.settings(base(Protocol::Imap), "odd") });
        assert_eq!(pass(&app, id).unwrap(), 1, "{how}");
        assert!(largest(&app) == mail, "{how}");
    }
}

#[test]
fn a_slow_mailbox_gives_its_place_to_another_one_and_goes_on_later() {
    let dovecot = Dovecot::shared();
    let (slow, quick) = (dovecot.user("slow"), dovecot.user("quick"));
    let big = large(0, 4_000_000);
    slow.deliver(&big);
    quick.deliver(mail(1).as_bytes());
    let fault = |_| Fault::Thin { rate: 100_000, life: Duration::from_secs(600) };
    let proxy = FaultProxy::each(dovecot.imap_port, fault);
    let site = Site::with(Installation::new().set("HOST_CONNECTIONS", 1), String::new());
    let server = |user| over(&proxy, dovecot.server(Protocol::Imap, Security::None, user));
    site.add(&IncomingServer { priority: 1, ..server(&slow) });
    let _serving = site.installation.serve();
    wait_for("the large mail to be under way", Duration::from_secs(20), || (proxy.passed() > 300_000).then_some(()));
    site.add(&server(&quick));
    wait_for("the other one's", Duration::from_secs(30), || (site.seen() == 1).then_some(()));
    assert!(proxy.passed() < big.len(), "before the large one");
    wait_for("the large one", Duration::from_secs(90), || (site.seen() == 2).then_some(()));
    assert!(largest(&site.app) == big && proxy.passed() < big.len() * 5 / 4, "{}", proxy.passed());
}

#[test]
fn a_server_that_gives_less_at_once_or_less_than_it_announces_is_understood() {
    let mail = large(0, 1_500_000);
    // Never more than 100 kB at once.
    let source = mail.clone();
    let capped = ImapServer::start(vec![mail.clone()], move |_, command| {
        let Some((_, part)) = command.split_once("BODY.PEEK[]<") else { return ImapReply::Right };
        let from: usize = part.split('.').next().unwrap().parse().unwrap();
        let some = String::from_utf8_lossy(&source[from..source.len().min(from + 100_000)]).into_owned();
        ImapReply::Say(format!("* 1 FETCH (UID 1 BODY[]<{from}> {{{}}}\r\n{some})\r\n% OK\r\n", some.len()))
    });
    // As Exchange may.
    let announced = format!("* 1 FETCH (UID 1 RFC822.SIZE {})\r\n% OK\r\n", mail.len() + 5_000);
    let announcing = ImapServer::start(vec![mail.clone()], move |_, command| match command.contains("RFC822.SIZE") {
        true => ImapReply::Say(announced.clone()),
        false => ImapReply::Right,
    });
    for server in [capped, announcing] {
        let place = Place::sqlite();
        let app = place.open();
        let id =
            add(&app, &IncomingServer { start_with: StartWith::All, ..server.settings(base(Protocol::Imap), "less") });
        assert_eq!(pass(&app, id).unwrap(), 1);
        assert!(largest(&app) == mail);
        assert_eq!(parts(&app), 0);
    }
}

/// Numbers of messages by the order in which they were kept.
fn kept(app: &App) -> Vec<String> {
    let read = |db: &mut _| messages::table.order(messages::id).select(messages::source_key).load(db);
    app.store.read(|db| read(db).map_err(StoreError::from)).unwrap()
}

#[test]
fn large_mail_comes_last_and_the_smallest_of_it_first() {
    let mails = vec![large(0, 2_000_000), large(1, 700_000), mail(2).into_bytes(), large(3, 300_000)];
    let server = ImapServer::start(mails, |_, _| ImapReply::Right);
    let place = Place::sqlite();
    let app = place.open();
    let all = IncomingServer { start_with: StartWith::All, ..server.settings(base(Protocol::Imap), "order") };
    let id: ServerId = add(&app, &all);
    assert_eq!(pass(&app, id).unwrap(), 4);
    assert_eq!(kept(&app), ["imap:7:3", "imap:7:4", "imap:7:2", "imap:7:1"]);
}
