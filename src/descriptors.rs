//! File descriptors: how many this process may have, and how they are shared out. Each kind of connection has its own share,
//! so that fetching, the database and files always find some; and running out of them is said in words.

use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::complain;
use crate::domain::words::Complaint;

/// What is said if a descriptor was needed and there was none.
pub fn exhausted() -> Complaint {
    complain!("descriptors-exhausted")
}

/// What one connection to the web server needs: the client's end, the way in, its other end, and one that is turned away.
const PER_CONNECTION: usize = 4;
/// Connections at once, however many descriptors there are, since each costs memory, too.
const MOST_CONNECTIONS: usize = 512;
/// A pass has a lock, a place at its mail server, a session, a name lookup, and a large message on disk.
const PER_PASS: usize = 5;
/// Sessions that wait for mail, however many descriptors there are.
const MOST_WAITING: usize = 4096;
/// Database and write-ahead log.
const PER_DATABASE: usize = 2;
/// Standard streams, listeners, the runtime's own, and what is open for a moment.
const BASE: usize = 18;

/// How the descriptors are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescriptorShares {
    /// Connections of the web server at once.
    pub connections: usize,
    /// Connections to the database for work on mail.
    pub database_at_work: u32,
    /// Connections to the database for people and clients.
    pub database_for_readers: u32,
    /// Passes at once, those that hang included.
    pub passes: usize,
    /// Sessions that wait for mail to be announced.
    pub waiting: usize,
}

impl DescriptorShares {
    /// The shares for what this process may have now, if this much is wanted.
    pub fn now(passes: usize, at_work: u32, for_readers: u32) -> Self {
        let limit = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
        Self::of(limit.unwrap_or(usize::MAX), passes, at_work, for_readers)
    }

    fn of(limit: usize, passes: usize, at_work: u32, for_readers: u32) -> Self {
        let some = u32::try_from(limit / 16).unwrap_or(u32::MAX);
        let (at_work, for_readers) = (at_work.min(some.max(3)), for_readers.min(some.max(2)));
        let waiting = (limit / 8).min(MOST_WAITING);
        let base = BASE + waiting + (at_work + for_readers) as usize * PER_DATABASE;
        // A quarter even if there are few: people must be able to read what is wrong.
        let outside = limit.saturating_sub(base + passes * PER_PASS).max(limit / 4);
        let connections = (outside / PER_CONNECTION).clamp(4, MOST_CONNECTIONS);
        let left = limit.saturating_sub(base + connections * PER_CONNECTION);
        let passes = passes.min((left / PER_PASS).max(1));
        Self { connections, database_at_work: at_work, database_for_readers: for_readers, passes, waiting }
    }
}

/// Takes all that the system allows: the soft limit is low only for programs that can't count beyond 1024.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // If it is refused, the shares follow from the limit that stays.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// Whether this error means that there was none left, in this process or on the whole machine.
pub fn ran_out(error: &io::Error) -> bool {
    [Errno::MFILE, Errno::NFILE].iter().any(|none| error.raw_os_error() == Some(none.raw_os_error()))
}

/// Whether there is none left now: for failures whose own words don't tell, such as those of databases and name services.
pub fn are_exhausted() -> bool {
    std::fs::File::open("/dev/null").is_err_and(|error| ran_out(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_take_leaves_enough_for_mail() {
        let whole = DescriptorShares {
            connections: 512,
            database_at_work: 8,
            database_for_readers: 16,
            passes: 64,
            waiting: 4096,
        };
        assert_eq!(
            (DescriptorShares::of(524_288, 64, 8, 16), DescriptorShares::of(usize::MAX, 64, 8, 16)),
            (whole, whole)
        );
        for limit in [64, 100, 128, 256, 512, 1024, 4096] {
            let plan = DescriptorShares::of(limit, 64, 8, 16);
            let database = (plan.database_at_work + plan.database_for_readers) as usize * PER_DATABASE;
            let all = BASE + plan.waiting + database + plan.passes * PER_PASS + plan.connections * PER_CONNECTION;
            assert!(all <= limit, "{limit}: {plan:?}");
            assert!(plan.connections >= 4 && plan.passes >= 1 && plan.database_at_work >= 3, "{limit}: {plan:?}");
        }
    }
}
