//! One signed-in IMAP session with one folder open, and every call of the imap crate, kept within bounds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use imap::types::{Mailbox as Selected, UnsolicitedResponse};

use super::utf7;
use crate::mailbox::account::Account;
use crate::mailbox::connect::Clock;
use crate::mailbox::dial::{Dialled, Watch, dial};
use crate::mailbox::failure::Failure;
use crate::mailbox::guard::{Aside, Budget, Guard};
use crate::mailbox::probe::StageName;
use crate::mailbox::{MailboxError, Problem, remedy};

/// Bytes of an answer that carries no message, and of one literal in it.
const SMALL: (u64, u64) = (4 << 20, 64 << 10);

/// Messages per SEARCH, so that no answer comes near the limit of a line: 5,000 UIDs are 55 kB at most.
const WINDOW: u32 = 5_000;

/// A signed-in connection with the account's folder open.
pub(super) struct Session {
    imap: imap::Session<Guard>,
    pub account: Account,
    clock: Arc<Clock>,
    budget: Arc<Budget>,
    aside: Arc<Aside>,
    /// UIDPLUS (RFC 4315): chosen messages can be expunged.
    pub uidplus: bool,
    /// MOVE (RFC 6851).
    pub moves: bool,
    /// Whether the folder was opened with SELECT; EXAMINE changes nothing, not even `\Recent`.
    writable: bool,
    pub uid_validity: u32,
    pub uid_next: Option<u32>,
    /// Messages in the folder when it was opened.
    pub exists: u32,
    /// Somebody removed messages since the folder was opened: sequence numbers have moved.
    pub expunged: bool,
}

impl Session {
    /// Connects, signs in and opens the folder for reading.
    pub fn open(account: &Account, watch: &mut dyn Watch) -> Result<Self, MailboxError> {
        let dialled = dial(account, watch)?;
        let mut session = Self::sign_in(account, dialled)?;
        watch.passed(StageName::SignIn, format!("Signed in as “{}”.", account.username), "");
        session.examine().map_err(|failure| failure.into_error(account))?;
        Ok(session)
    }

    fn sign_in(account: &Account, dialled: Dialled) -> Result<Self, MailboxError> {
        if dialled.offers("LOGINDISABLED") {
            let words = format!("{} takes no password without encryption (LOGINDISABLED).", account.place());
            return Err(
                MailboxError::new(Problem::NoStartTls, words).with_remedy(remedy::no_starttls(account.protocol))
            );
        }
        let plain = dialled.offers("AUTH=PLAIN");
        let (uidplus, moves) = (dialled.offers("UIDPLUS"), dialled.offers("MOVE"));
        let (clock, budget, aside) = (dialled.wire.clock.clone(), Arc::<Budget>::default(), Arc::new(Aside::new()));
        let client = imap::Client::new(Guard::new(dialled.wire, budget.clone(), aside.clone()));
        clock.begin();
        budget.set(SMALL.0, SMALL.1);
        // LOGIN can't say in which charset a password is, so SASL comes first.
        let signed_in = catch_unwind(AssertUnwindSafe(|| {
            let result = match plain {
                true => client.authenticate("PLAIN", &Plain(account)),
                false => client.login(&account.username, account.password.reveal()),
            };
            result.map_err(|(error, _)| match failure(account, error, "sign in") {
                Failure::Refused { said, .. } => account.refused_sign_in(&said),
                Failure::Broken(error) => error,
            })
        }));
        let imap = signed_in.unwrap_or_else(|_| Err(account.strange(UNREADABLE)))?;
        let account = account.clone();
        let mut session = Self {
            imap,
            account,
            clock,
            budget,
            aside,
            uidplus,
            moves,
            writable: false,
            uid_validity: 0,
            uid_next: None,
            exists: 0,
            expunged: false,
        };
        // Servers tell more once one is signed in.
        match session.run(SMALL, "list its capabilities", imap::Session::capabilities) {
            Ok(capabilities) => {
                session.uidplus = capabilities.has_str("UIDPLUS");
                session.moves = capabilities.has_str("MOVE");
            }
            Err(Failure::Refused { .. }) => {}
            Err(Failure::Broken(error)) => return Err(error),
        }
        Ok(session)
    }

    /// Every call of the imap crate: within `bytes` for the answer and for one literal, and within the time of one
    /// command. A parser that panics ends the session, not the worker.
    pub fn run<T>(
        &mut self,
        (bytes, literal): (u64, u64),
        doing: &'static str,
        call: impl FnOnce(&mut imap::Session<Guard>) -> imap::Result<T>,
    ) -> Result<T, Failure> {
        self.clock.begin();
        self.budget.set(bytes, literal);
        self.aside.clear();
        let result = catch_unwind(AssertUnwindSafe(|| call(&mut self.imap)));
        self.expunged |= self
            .imap
            .take_all_unsolicited()
            .any(|response| matches!(response, UnsolicitedResponse::Expunge(_) | UnsolicitedResponse::Vanished { .. }));
        match result {
            Ok(result) => result.map_err(|error| failure(&self.account, error, doing)),
            Err(_) => Err(Failure::Broken(self.account.strange(UNREADABLE))),
        }
    }

    /// The bodies of these messages, or the same `piece` (`<0.1024>`) of each, with their UIDs.
    pub fn bodies(&mut self, limits: (u64, u64), set: &str, piece: &str) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
        let query = format!("(UID BODY.PEEK[]{piece})");
        let fetches = self.run(limits, "hand over messages", |imap| imap.uid_fetch(set, query))?;
        Ok(fetches.iter().filter_map(|fetch| Some((fetch.uid?, self.aside.exchange(fetch.body()?)))).collect())
    }

    /// Opens the folder anew, without changing anything in it.
    pub fn examine(&mut self) -> Result<(), Failure> {
        let name = utf7::encode(&self.account.folder);
        let selected = self.run(SMALL, "open the folder", |imap| imap.examine(name));
        self.opened(selected, false)
    }

    /// Opens the folder so that flags can be set, unless it is already open so.
    pub fn make_writable(&mut self) -> Result<(), Failure> {
        if self.writable {
            return Ok(());
        }
        let name = utf7::encode(&self.account.folder);
        let selected = self.run(SMALL, "open the folder", |imap| imap.select(name));
        self.opened(selected, true)?;
        if self.writable { Ok(()) } else { Err(Failure::Broken(self.folder_error("may only be read"))) }
    }

    fn opened(&mut self, selected: Result<Selected, Failure>, writable: bool) -> Result<(), Failure> {
        let selected = match selected {
            Ok(selected) => selected,
            Err(Failure::Refused { said, .. }) => {
                let folders = self.folders().unwrap_or_default();
                let remedy = remedy::folder(&self.account.folder, &folders);
                return Err(Failure::Broken(
                    self.folder_error(&format!("can't be opened: {said}")).with_remedy(remedy),
                ));
            }
            Err(broken) => return Err(broken),
        };
        let Some(uid_validity) = selected.uid_validity else {
            let words = "gives its messages no lasting numbers (UIDVALIDITY), so they can't be told apart";
            return Err(Failure::Broken(self.account.strange(words)));
        };
        self.uid_validity = uid_validity;
        self.uid_next = selected.uid_next;
        self.exists = selected.exists;
        self.writable = writable && !selected.is_read_only;
        self.expunged = false;
        Ok(())
    }

    fn folder_error(&self, what: &str) -> MailboxError {
        MailboxError::new(Problem::Folder, format!("The folder “{}” {what}.", self.account.folder))
    }

    /// UIDs of the folder's messages that meet `criteria`, in ascending order.
    pub fn search(&mut self, criteria: &str) -> Result<Vec<u32>, Failure> {
        let mut found = Vec::new();
        for first in (1..=self.exists).step_by(WINDOW as usize) {
            let last = self.exists.min(first.saturating_add(WINDOW - 1));
            let query = format!("{first}:{last} {criteria}");
            found.extend(self.run(SMALL, "search the folder", |imap| imap.uid_search(query))?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Names of the folders that can be opened, at most 200.
    pub fn folders(&mut self) -> Result<Vec<String>, Failure> {
        let names = self.run(SMALL, "list its folders", |imap| imap.list(Some(""), Some("*")))?;
        let openable = names.iter().filter(|name| {
            !name.attributes().iter().any(|attribute| format!("{attribute:?}").eq_ignore_ascii_case("NoSelect"))
        });
        Ok(openable.map(|name| self.account.said(&utf7::decode(name.name()))).take(200).collect())
    }

    /// LOGOUT.
    pub fn close(&mut self) -> Result<(), Failure> {
        self.run(SMALL, "sign out", imap::Session::logout)
    }
}

const UNREADABLE: &str = "sent an answer that can't be read";

/// SASL PLAIN (RFC 4616).
struct Plain<'a>(&'a Account);

impl imap::Authenticator for Plain<'_> {
    type Response = String;

    fn process(&self, _challenge: &[u8]) -> String {
        format!("\0{}\0{}", self.0.username, self.0.password.reveal())
    }
}

fn failure(account: &Account, error: imap::Error, doing: &'static str) -> Failure {
    let refused = |said: &str| Failure::Refused { doing, said: account.said(said) };
    match error {
        imap::Error::No(no) => refused(&no.information),
        imap::Error::Bad(bad) => refused(&bad.information),
        // Read whole, up to the command's end, but with something between that belongs to nothing.
        imap::Error::Unexpected(_) | imap::Error::MissingStatusResponse => refused("it answered something else"),
        imap::Error::Validate(_) => refused("it can't be said in IMAP"),
        imap::Error::Io(error) => Failure::Broken(account.broken(&error, doing)),
        imap::Error::ConnectionLost => {
            Failure::Broken(account.broken(&std::io::ErrorKind::UnexpectedEof.into(), doing))
        }
        imap::Error::Bye(bye) if bye.information != "no explanation given" => {
            Failure::Broken(account.strange(&format!("ended the session: {}", bye.information)))
        }
        // The imap crate says Bye also where it can't parse. Its errors may hold whole answers: never print them.
        _ => Failure::Broken(account.strange(UNREADABLE)),
    }
}
