//! Mail that its server announces. After a pass its session is kept waiting, where the server offers that (IDLE), and one
//! thread listens to all such sessions. An announcement starts the ordinary pass over its server, in the same session: mail
//! has no other way in, and a mailbox has one connection. The schedule runs all the same, and fetches what was not
//! announced.
//!
//! Of several processes one listens: the one that holds the lock for it ([`LockName::Push`]).

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prometheus::IntCounter;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::passes::{Passes, Unfinished};
use crate::background::chance;
use crate::background::{LockError, LockName};
use crate::domain::fetching::PassTally;
use crate::domain::id::ServerId;
use crate::domain::server::IncomingServer;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::mailbox::{Heard, IdleSession, Lost, Mailbox, MailboxError, MailboxProblem};
use crate::say;
use crate::store::server_status::{self, AnnouncingServer};
use crate::store::{Store, StoreError};

/// How often the settings are read, which other processes may change.
const LOOK: Duration = Duration::from_secs(1);
/// How often a process that does not listen tries to get the lock.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// A connection that lasted this long was a good one.
const LASTED: Duration = Duration::from_secs(300);
/// The first pause between two tries to connect, and the longest.
const CONNECT: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(600));
/// The same where the server refuses to announce.
const REFUSED: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3600));
/// How soon a server that did not offer to announce is asked again.
const OFFERED: Duration = Duration::from_secs(3600);
/// The pause after a pass was interrupted by something that is no fault of the mailbox.
const INTERRUPTED: Duration = Duration::from_secs(60);
/// The pause while other connections take all places at its mail server.
const CROWDED_OUT: Duration = Duration::from_secs(2);
/// So many announcements in a row may turn out to be false; after that, passes begin less and less often.
const FALSE_ALARMS: u32 = 3;
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// The sessions that wait for mail, and the servers whose mail was announced. Cheap to clone; without `watch` nobody waits.
#[derive(Clone)]
pub struct Push(Arc<PushInner>);

struct PushInner {
    state: Mutex<PushState>,
    announced: IntCounter,
    /// Sessions at once, at most: each holds a descriptor.
    most: usize,
}

#[derive(Default)]
struct PushState {
    servers: HashMap<ServerId, PushedServer>,
    /// Servers whose state is to be cleared.
    left: Vec<ServerId>,
    /// Wakes the thread that listens; None while this process does not listen.
    wake: Option<UnixStream>,
}

/// A server whose mail may be announced.
#[derive(Default)]
struct PushedServer {
    /// The version of the present settings, and of those when the last session began.
    version: i32,
    begun: i32,
    idle: Option<WaitingSession>,
    /// Since when its session has been connected, whether it waits or a pass uses it.
    connected: Option<Instant>,
    /// A pass is to begin, at this moment at the earliest.
    announced: Option<Instant>,
    /// A connection is to be tried, at this moment at the earliest.
    connect: Option<Instant>,
    /// No session may wait before this moment.
    refused: Option<Instant>,
    /// How many tries in a row led to nothing that lasted.
    strikes: u32,
    /// Mail may have come while nobody listened.
    missed: bool,
    /// How many passes in a row found nothing of what was announced.
    alarms: u32,
    passed: Option<Instant>,
    /// What the server's row should say, and what it says.
    says: Option<Arrivals>,
    written: Option<Arrivals>,
}

struct WaitingSession {
    session: IdleSession,
    settings: Arc<IncomingServer>,
}

/// How Mailgate learns of a server's new mail, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arrivals {
    at_once: bool,
    words: Sentence,
}

impl PushedServer {
    fn polled(&mut self, words: Sentence) {
        self.says = Some(Arrivals { at_once: false, words });
    }

    fn announce(&mut self) {
        let silence = match self.alarms {
            0..=FALSE_ALARMS => Duration::ZERO,
            more => backoff((Duration::from_secs(1), LONGEST_SILENCE), more - FALSE_ALARMS - 1),
        };
        let earliest = self.passed.map_or_else(Instant::now, |passed| passed + silence);
        self.announced.get_or_insert(earliest);
    }

    /// When to try to connect next; later each time.
    fn try_later(&mut self, pauses: (Duration, Duration)) -> Instant {
        let pause = backoff(pauses, self.strikes);
        self.strikes += 1;
        // So that a server that comes back is not met by all at once.
        let next = Instant::now() + pause.mul_f64(0.5 + 0.5 * chance());
        self.connect = Some(next);
        next
    }

    fn lose(&mut self, lost: Lost) {
        self.missed = true;
        if self.connected.take().is_some_and(|since| since.elapsed() >= LASTED) {
            self.strikes = 0;
        }
        match lost {
            Lost::Refused(said) => {
                self.refused = Some(self.try_later(REFUSED));
                self.polled(say!("push-refused", said));
            }
            Lost::Broken(error) => {
                self.try_later(CONNECT);
                self.polled(say!("push-lost", why = error.complaint.what));
            }
        }
    }
}

/// The first pause, doubled each time up to the longest.
fn backoff((first, longest): (Duration, Duration), strikes: u32) -> Duration {
    first.saturating_mul(1 << strikes.min(20)).min(longest)
}

impl Push {
    /// For at most so many sessions at once.
    pub fn new(most: usize) -> Result<Self, prometheus::Error> {
        let announced = IntCounter::new("mailgate_announcements_total", "Times that mail servers announced new mail.")?;
        Ok(Self(Arc::new(PushInner { state: Mutex::default(), announced, most })))
    }

    /// For `/metrics`.
    pub fn announcements(&self) -> &IntCounter {
        &self.0.announced
    }

    /// Sessions that wait in this process.
    pub fn waiting(&self) -> usize {
        self.0.state.lock().servers.values().filter(|entry| entry.idle.is_some()).count()
    }

    /// The session that waits for mail of this server, for a pass to use.
    pub(super) fn resume(&self, server: &IncomingServer) -> Option<Box<dyn Mailbox>> {
        let idle = self.0.state.lock().servers.get_mut(&server.id).and_then(|entry| entry.idle.take());
        let session = idle.and_then(|idle| {
            if *idle.settings != *server {
                idle.session.leave();
                return None;
            }
            let ended = idle.session.end();
            ended.inspect_err(|error| tracing::info!(server = %server.name, %error, "who waited for mail is dead")).ok()
        });
        if session.is_none()
            && let Some(entry) = self.0.state.lock().servers.get_mut(&server.id)
        {
            entry.connected = None;
        }
        session
    }

    /// Lets a session wait after a pass (`is_surveyed`), or right after its sign-in; signs it out if it must not wait.
    pub(super) fn keep(&self, server: &Arc<IncomingServer>, mut session: Box<dyn Mailbox>, is_surveyed: bool) {
        let offered = session.abilities().announces;
        if !self.may_wait(server, offered) {
            // Nothing depends on it: all commands before it were answered.
            let _ = session.close();
            return;
        }
        let (session, news) = match session.wait(&server.folders()) {
            Ok(begun) => begun,
            Err(error) => return self.not_connected(server.id, &error),
        };
        let mut state = self.0.state.lock();
        match state.servers.get_mut(&server.id).filter(|entry| entry.begun == entry.version) {
            Some(entry) => {
                let missed = std::mem::take(&mut entry.missed) && !is_surveyed;
                entry.connect = None;
                entry.connected.get_or_insert_with(Instant::now);
                entry.idle = Some(WaitingSession { session, settings: server.clone() });
                if news || missed {
                    entry.announce();
                }
                state.wake();
            }
            None => {
                drop(state);
                session.leave();
            }
        }
    }

    fn may_wait(&self, server: &IncomingServer, offered: bool) -> bool {
        let mut state = self.0.state.lock();
        let others = state.servers.values().filter(|entry| entry.idle.is_some()).count();
        let Some(entry) = state.servers.get_mut(&server.id) else { return false };
        let at = Instant::now();
        if entry.refused.is_some_and(|until| at < until) {
            return false;
        }
        if !offered {
            entry.polled(say!("push-not-offered"));
        } else if others >= self.0.most {
            entry.polled(say!("push-no-descriptors", most = self.0.most));
        } else {
            return true;
        }
        entry.connect = Some(at + OFFERED);
        entry.refused = entry.connect;
        state.wake();
        false
    }

    /// The session could not be opened. What a person has to set right is not tried again before a pass has ended well.
    pub(super) fn not_connected(&self, server: ServerId, why: &MailboxError) {
        let mut state = self.0.state.lock();
        let Some(entry) = state.servers.get_mut(&server) else { return };
        (entry.missed, entry.connected) = (true, None);
        match why.problem {
            MailboxProblem::Connect
            | MailboxProblem::Cut
            | MailboxProblem::Machine
            | MailboxProblem::Name
            | MailboxProblem::Protocol
            | MailboxProblem::Timeout => {
                entry.try_later(CONNECT);
            }
            MailboxProblem::Busy => {
                let asked = Instant::now() + why.wait.unwrap_or_default();
                entry.connect = Some(entry.try_later(REFUSED).max(asked));
            }
            _ => entry.connect = None,
        }
        entry.polled(say!("push-not-connected", why = why.complaint.what));
        state.wake();
    }

    /// A connection is being tried, by itself or in a pass.
    pub(super) fn connects(&self, server: ServerId) {
        if let Some(entry) = self.0.state.lock().servers.get_mut(&server) {
            entry.begun = entry.version;
            entry.connect = None;
        }
    }

    /// A pass begins, which covers what was announced until now. True if something was.
    pub(super) fn begins(&self, server: ServerId) -> bool {
        self.connects(server);
        self.0.state.lock().servers.get_mut(&server).is_some_and(|entry| entry.announced.take().is_some())
    }

    /// All places at its mail server are taken.
    pub(super) fn crowded_out(&self, server: ServerId) {
        if let Some(entry) = self.0.state.lock().servers.get_mut(&server) {
            entry.connect = Some(Instant::now() + CROWDED_OUT);
        }
    }

    /// A connection could not even be tried.
    pub(super) fn interrupted(&self, server: ServerId) {
        if let Some(entry) = self.0.state.lock().servers.get_mut(&server) {
            entry.connect = Some(Instant::now() + INTERRUPTED);
        }
    }

    /// A pass ended; [`Push::begins`] said whether something had been announced.
    pub(super) fn ended(&self, server: ServerId, announced: bool, end: &Result<PassTally, Unfinished>) {
        let mut state = self.0.state.lock();
        let Some(entry) = state.servers.get_mut(&server) else { return };
        entry.passed = Some(Instant::now());
        match end {
            Ok(tally) if tally.fetched > 0 => entry.alarms = 0,
            Ok(_) => entry.alarms += u32::from(announced),
            // If the session failed, `not_connected` was told why.
            Err(Unfinished::Failed(_) | Unfinished::Asked { .. }) => {}
            Err(_) if entry.idle.is_none() && entry.connect.is_none() => {
                entry.connect = Some(Instant::now() + INTERRUPTED);
            }
            Err(_) => {}
        }
    }

    /// The servers with announced mail whose pass may begin.
    pub(super) fn announced(&self) -> Vec<ServerId> {
        self.due(|entry| entry.announced)
    }

    /// The servers to connect to, so that they announce their mail.
    pub(super) fn to_connect(&self) -> Vec<ServerId> {
        self.due(|entry| entry.connect.filter(|_| entry.idle.is_none()))
    }

    fn due(&self, when: impl Fn(&PushedServer) -> Option<Instant>) -> Vec<ServerId> {
        let (at, state) = (Instant::now(), self.0.state.lock());
        let due = |(id, entry): (&ServerId, &PushedServer)| when(entry).filter(|when| *when <= at).map(|_| *id);
        state.servers.iter().filter_map(due).collect()
    }

    /// Interrupts the waiting, to look at what has changed.
    pub(super) fn wake(&self) {
        self.0.state.lock().wake();
    }

    /// Takes up which servers may announce mail, and their settings.
    fn reconcile(&self, wanted: Vec<AnnouncingServer>) {
        let mut state = self.0.state.lock();
        let mut gone: Vec<WaitingSession> = Vec::new();
        let kept: HashSet<ServerId> = wanted.iter().map(|server| server.id).collect();
        let left: Vec<(ServerId, PushedServer)> = state.servers.extract_if(|id, _| !kept.contains(id)).collect();
        for (id, entry) in left {
            gone.extend(entry.idle);
            state.left.push(id);
        }
        let new = wanted.iter().filter(|server| !state.servers.contains_key(&server.id)).count();
        // At the start they are not all connected at once.
        let spread = Duration::from_millis(100) * u32::try_from(new.saturating_sub(1)).unwrap_or(u32::MAX);
        for server in wanted {
            let (id, version, is_caught_up) = (server.id, server.version, server.is_caught_up());
            let connect = Some(Instant::now() + spread.mul_f64(chance()));
            let entry = state.servers.entry(id).or_insert_with(|| PushedServer {
                version,
                begun: version,
                connect,
                missed: is_caught_up,
                ..PushedServer::default()
            });
            if entry.version != version {
                entry.missed |= entry.idle.is_some();
                gone.extend(entry.idle.take());
                entry.connected = None;
                (entry.version, entry.strikes, entry.refused, entry.connect) = (version, 0, None, connect);
            }
        }
        drop(state);
        gone.into_iter().for_each(|idle| idle.session.leave());
    }

    /// Ends all sessions at once.
    fn leave(&self) {
        let mut state = self.0.state.lock();
        state.wake = None;
        let servers = std::mem::take(&mut state.servers);
        drop(state);
        servers.into_values().filter_map(|entry| entry.idle).for_each(|idle| idle.session.leave());
    }

    /// The sockets to poll, and the moment when something is to be done at the latest.
    fn sockets(&self, until: Instant) -> (Vec<(ServerId, Arc<TcpStream>)>, Instant) {
        let mut state = self.0.state.lock();
        let mut until = until;
        let mut sockets = Vec::with_capacity(state.servers.len());
        for (id, entry) in &mut state.servers {
            if let Some(idle) = &mut entry.idle {
                until = until.min(idle.session.until());
                sockets.extend(idle.session.tcp().map(|tcp| (*id, tcp)));
            }
        }
        (sockets, until)
    }

    /// Reads what these sessions have to say, and does for each session what is due. True if mail was announced.
    fn listen(&self, speaking: &HashSet<ServerId>) -> bool {
        let (at, mut announced) = (Instant::now(), false);
        let mut state = self.0.state.lock();
        for (id, entry) in &mut state.servers {
            let Some(idle) = &mut entry.idle else { continue };
            let heard = match speaking.contains(id) {
                true => idle.session.hear(),
                false => Ok(Heard::default()),
            };
            match heard.and_then(|heard| idle.session.tick(at).map(|()| heard)) {
                Ok(Heard { begun, news }) => {
                    if begun {
                        entry.says = Some(Arrivals { at_once: true, words: idle.session.words() });
                    }
                    if news {
                        self.0.announced.inc();
                        entry.announce();
                        announced = true;
                    }
                }
                Err(lost) => {
                    tracing::info!(server = %idle.settings.name, ?lost, "mail is not announced any more");
                    entry.idle = None;
                    entry.lose(lost);
                }
            }
        }
        announced
    }

    /// Writes what has changed into the rows of the servers.
    fn write(&self, store: &Store) -> Result<(), StoreError> {
        let (changed, left): (Vec<(ServerId, Arrivals)>, Vec<ServerId>) = {
            let mut state = self.0.state.lock();
            let left = std::mem::take(&mut state.left);
            let changed = |(id, entry): (&ServerId, &PushedServer)| {
                entry.says.clone().filter(|says| Some(says) != entry.written.as_ref()).map(|says| (*id, says))
            };
            (state.servers.iter().filter_map(changed).collect(), left)
        };
        if changed.is_empty() && left.is_empty() {
            return Ok(());
        }
        store.write(|db| {
            left.iter().try_for_each(|id| server_status::set_arrivals(db, *id, None, None))?;
            changed.iter().try_for_each(|(id, says)| {
                let since: Option<Moment> = says.at_once.then(now);
                server_status::set_arrivals(db, *id, since, Some(&says.words))
            })
        })?;
        let mut state = self.0.state.lock();
        for (id, says) in changed {
            if let Some(entry) = state.servers.get_mut(&id) {
                entry.written = Some(says);
            }
        }
        Ok(())
    }
}

impl PushState {
    fn wake(&mut self) {
        // One unread byte is enough.
        if let Some(wake) = &mut self.wake {
            let _ = wake.write_all(&[0]);
        }
    }
}

/// Listens until told to stop, as long as no other process does.
pub(super) fn watch(passes: &Passes) {
    while !passes.stop().requested() {
        let guard = match passes.locks().acquire(LockName::Push, Duration::ZERO, passes.stop()) {
            Ok(guard) => guard,
            Err(LockError::Stopped) => return,
            Err(LockError::Waited) => {
                pause(passes);
                continue;
            }
            Err(error) => {
                tracing::error!(%error, "mail can't be announced; it is polled");
                pause(passes);
                continue;
            }
        };
        let push = passes.work().push();
        let outcome = listen(passes, push, || guard.stop().requested());
        push.leave();
        if let Err(error) =
            outcome.and_then(|()| passes.store().write(server_status::forget_arrivals).map_err(Into::into))
        {
            tracing::error!(%error, "mail is not announced for now; it is polled");
            pause(passes);
        }
    }
}

fn pause(passes: &Passes) {
    let until = Instant::now() + TRY_AGAIN;
    while Instant::now() < until && !passes.stop().requested() {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Why listening ended.
#[derive(Debug, thiserror::Error)]
enum ListenError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listen(passes: &Passes, push: &Push, stopped: impl Fn() -> bool) -> Result<(), ListenError> {
    let (wake, mut woken) = UnixStream::pair()?;
    wake.set_nonblocking(true)?;
    woken.set_nonblocking(true)?;
    push.0.state.lock().wake = Some(wake);
    passes.store().write(server_status::forget_arrivals)?;
    let mut look = Instant::now();
    while !stopped() {
        if look <= Instant::now() {
            look = Instant::now() + LOOK;
            match passes.store().read(server_status::announcing) {
                Ok(wanted) => push.reconcile(wanted),
                Err(error) => tracing::error!(%error, "which servers announce mail could not be read; trying again"),
            }
        }
        if let Err(error) = push.write(passes.store()) {
            tracing::error!(%error, "how mail is learned of could not be written; trying again");
        }
        let (sockets, until) = push.sockets(look);
        let speaking = wait(&sockets, &mut woken, until)?;
        if push.listen(&speaking) {
            passes.bell().ring();
        }
    }
    Ok(())
}

/// Which of these have something to say: returns once one has, or it is woken, or the time is over.
fn wait(
    sockets: &[(ServerId, Arc<TcpStream>)],
    woken: &mut UnixStream,
    until: Instant,
) -> Result<HashSet<ServerId>, std::io::Error> {
    let mut waited: Vec<PollFd<'_>> = sockets.iter().map(|(_, tcp)| PollFd::new(&**tcp, PollFlags::IN)).collect();
    waited.push(PollFd::new(&*woken, PollFlags::IN));
    let left = until.saturating_duration_since(Instant::now());
    let left = Timespec::try_from(left).unwrap_or_default();
    match poll(&mut waited, Some(&left)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let said = |fd: &PollFd<'_>| !fd.revents().is_empty();
    let speaking = sockets.iter().zip(&waited).filter(|(_, fd)| said(fd)).map(|((id, _), _)| *id).collect();
    drop(waited);
    // Read all bytes, so that it can be woken again.
    while matches!(woken.read(&mut [0; 64]), Ok(1..)) {}
    Ok(speaking)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_announces_what_is_not_there_is_believed_less_and_less() {
        let silence = |alarms| {
            let passed = Instant::now();
            let mut entry = PushedServer { alarms, passed: Some(passed), ..PushedServer::default() };
            entry.announce();
            entry.announced.map(|at| (at - passed).as_secs())
        };
        assert_eq!([0, 3, 4, 5, 6, 40].map(silence), [0, 0, 1, 2, 4, 60].map(Some));
    }

    #[test]
    fn connections_that_last_are_made_again_soon_and_others_later_each_time() {
        let lost = || Lost::Broken(MailboxError::new(MailboxProblem::Cut, Sentence::verbatim("It is cut.")));
        let mut entry = PushedServer::default();
        let mut pause = |lasted| {
            entry.connected = Instant::now().checked_sub(lasted);
            entry.lose(lost());
            entry.connect.map(|at| at.saturating_duration_since(Instant::now()).as_secs_f64()).unwrap_or_default()
        };
        assert!(pause(LASTED) <= 2.0);
        let pauses: Vec<f64> = (0..12).map(|_| pause(Duration::ZERO)).collect();
        assert!(pauses[11] > 290.0 && pauses.iter().all(|pause| *pause <= 600.0), "{pauses:?}");
        assert!(pause(LASTED) <= 2.0);
        assert!(entry.missed, "what came meanwhile is fetched");
    }
}
