//! Promises 1 and 2 against `kill -9` at any moment: nothing is lost, nothing is doubled.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::IncomingServer;

use super::{Site, mail, titles};
use crate::support::dovecot::Dovecot;

const ROUNDS: usize = 30;
/// Where the machine is slow there are fewer rounds.
const LONGEST: Duration = Duration::from_secs(45);
/// New mails for each server and round.
const NEW: usize = 4;

/// Moments to kill at, spread over a fetch from its start to beyond its end.
pub struct Moments(pub u64);

impl Moments {
    pub fn next(&mut self, below: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        below.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[test]
fn every_mail_is_one_record_however_often_fetching_is_killed() {
    let site = Site::new();
    let dovecot = Dovecot::shared();
    let imap = site.add_account("kill-imap", Protocol::Imap);
    let pop = dovecot.user("kill-pop");
    // Deleted at once: what were lost here would be lost for good.
    let server = dovecot.server(Protocol::Pop, Security::None, &pop);
    site.add(&IncomingServer { delete_after_days: 0, ..server });
    let maildir = site.add_local("kill-local");
    let mut delivered = 0;
    let mut deliver = |count: usize| {
        for _ in 0..count {
            imap.deliver(mail(delivered).as_bytes());
            pop.deliver(mail(delivered + 1).as_bytes());
            let name = format!("{delivered:06}");
            std::fs::write(maildir.join("tmp").join(&name), mail(delivered + 2)).unwrap();
            std::fs::rename(maildir.join("tmp").join(&name), maildir.join("new").join(&name)).unwrap();
            delivered += 3;
        }
        delivered
    };

    deliver(NEW);
    let begun = Instant::now();
    assert_eq!(site.run(&["fetch"], "").code, Some(0));
    let whole = begun.elapsed();

    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut moments = Moments(seed);
    let (begun, mut rounds) = (Instant::now(), 0);
    while rounds < ROUNDS && begun.elapsed() < LONGEST {
        deliver(NEW);
        let mut fetch = site.installation.command(&["fetch"]).spawn().unwrap();
        std::thread::sleep(moments.next(whole));
        fetch.kill().unwrap();
        fetch.wait().unwrap();
        rounds += 1;
    }
    assert!(rounds >= 8, "only {rounds} rounds in {LONGEST:?}");

    let all = deliver(1);
    let last = site.run(&["fetch"], "");
    assert_eq!(last.code, Some(0), "seed {seed}: {last:?}");
    assert_eq!(site.records(), titles(all), "seed {seed}, {rounds} rounds");
    assert_eq!(site.seen(), all as i64, "seed {seed}");
    assert!(pop.messages().is_empty(), "seed {seed}: everything kept is deleted there");
    assert!(imap.flags().iter().all(|flags| flags.contains('S')), "seed {seed}: everything kept is seen there");
}
