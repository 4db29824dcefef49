//! The ledger's list, with counts that balance: seen = delivered + held + ignored + retrying + waiting.

use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::sought::Sought;
use crate::domain::words::Sentence;
use crate::operations::{App, OperationError, indexing, require};
use crate::say;
use crate::store::connections;
use crate::store::messages;
use crate::store::messages::list::{LedgerFilter, LedgerLine, LedgerPart};
use crate::store::records::list::COUNTED;
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError};

/// Messages on one page.
pub const PAGE: i64 = 80;

crate::coded! {
    /// The terms of the balance, as tabs.
    pub enum Tab {
        /// Every message ever seen.
        Seen = "seen",
        Held = "held",
        Retrying = "retrying",
        /// Received, routed or delivering.
        Waiting = "waiting",
        Delivered = "delivered",
        Ignored = "ignored",
    }
}

impl Tab {
    pub fn states(self) -> Vec<MailState> {
        match self {
            Tab::Seen => Vec::new(),
            Tab::Held => vec![MailState::Held],
            Tab::Retrying => vec![MailState::Retrying],
            Tab::Waiting => MailState::ALL.iter().copied().filter(|state| state.is_waiting()).collect(),
            Tab::Delivered => vec![MailState::Delivered],
            Tab::Ignored => vec![MailState::Ignored],
        }
    }

    pub fn label(self) -> Sentence {
        match self {
            Tab::Seen => say!("state-seen"),
            Tab::Held => say!("state-held"),
            Tab::Retrying => say!("state-retrying"),
            Tab::Waiting => say!("state-waiting"),
            Tab::Delivered => say!("state-delivered"),
            Tab::Ignored => say!("state-ignored"),
        }
    }
}

/// What a person asks the ledger for.
#[derive(Debug, Clone)]
pub struct LedgerRequest {
    pub tab: Tab,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// Where it goes.
    pub connection: Option<ConnectionId>,
    /// As typed.
    pub search: String,
    pub part: LedgerPart,
}

impl LedgerRequest {
    /// What may be one, with its brackets or without.
    fn message_id(&self) -> Option<String> {
        let typed = self.search.trim();
        let inner = typed.strip_prefix('<').unwrap_or(typed);
        let inner = inner.strip_suffix('>').unwrap_or(inner);
        (inner.contains('@') && !inner.contains(char::is_whitespace)).then(|| format!("<{inner}>"))
    }

    pub(super) fn filter(&self, db: &mut Db, caller: &Caller) -> Result<LedgerFilter, StoreError> {
        Ok(LedgerFilter {
            sight: RecordSight::of(db, caller)?,
            states: self.tab.states(),
            reason: self.reason,
            server: self.server,
            connection: self.connection,
            sought: Sought::parse(&self.search),
            message_id: self.message_id(),
        })
    }
}

pub struct LedgerList {
    pub lines: Vec<LedgerLine>,
    /// There are more in the direction that was looked.
    pub more: bool,
    /// How many there are; [`COUNTED`] and one at most where the tab is narrowed.
    pub total: i64,
    /// The total is exact, however high.
    pub is_counted: bool,
    /// Each tab with what it would show.
    pub tabs: Vec<(Tab, i64)>,
    pub servers: Vec<(ServerId, String)>,
    /// Where mail goes beside this database, by name.
    pub connections: Vec<(ConnectionId, String)>,
}

pub fn list(app: &App, caller: &Caller, query: &LedgerRequest) -> Result<LedgerList, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-read-the-ledger"))?;
    if !query.search.is_empty() {
        indexing::wait(app)?;
    }
    app.search(caller, |db| {
        let filter = query.filter(db, caller)?;
        let counts = messages::list::counts(db, &filter)?;
        let most = if filter.narrows() { COUNTED + 1 } else { i64::MAX };
        let count = |tab: Tab| {
            let states = tab.states();
            let mine = counts.iter().filter(|(state, _)| states.is_empty() || states.contains(state));
            mine.map(|(_, n)| n).sum::<i64>().min(most)
        };
        let tabs: Vec<(Tab, i64)> = Tab::ALL.iter().map(|tab| (*tab, count(*tab))).collect();
        let (lines, more) = messages::list::page(db, &filter, query.part, PAGE)?;
        let (servers, connections) = (messages::list::servers(db)?, connections::names(db)?);
        let is_counted = !filter.narrows();
        Ok(LedgerList { lines, more, total: count(query.tab), is_counted, tabs, servers, connections })
    })
}

/// How many messages wait for a person; the main menu shows it.
pub fn held(app: &App, caller: &Caller) -> Result<i64, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-read-the-ledger"))?;
    let counts = app.store.read(messages::list::balance)?;
    Ok(counts.iter().find(|(state, _)| *state == MailState::Held).map_or(0, |(_, count)| *count))
}
