//! What needs attention, for the first page and for the top of every page.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{App, OperationError};
use crate::domain::Moment;
use crate::domain::id::ServerId;
use crate::store;

/// A confirmed server whose last passes failed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FailingServer {
    pub id: ServerId,
    pub name: String,
    pub since: Moment,
    pub why: String,
    pub remedy: Option<String>,
    pub next: Option<Moment>,
}

/// Every page asks for the failing servers; this long an answer is good enough.
const FRESH: Duration = Duration::from_secs(3);

/// Remembers the last answer of [`failing_servers`].
#[derive(Default)]
pub struct FailingCache(Mutex<Option<(Instant, Vec<FailingServer>)>>);

impl FailingCache {
    pub fn get(&self, app: &App) -> Result<Vec<FailingServer>, OperationError> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, servers)) = &*cached
            && at.elapsed() < FRESH
        {
            return Ok(servers.clone());
        }
        let servers = failing_servers(app)?;
        *cached = Some((Instant::now(), servers.clone()));
        Ok(servers)
    }
}

/// Longest failing first. Everybody signed in may know.
pub fn failing_servers(app: &App) -> Result<Vec<FailingServer>, OperationError> {
    app.store.read(|db| {
        let status = store::server_status::all(db)?;
        let mut failing: Vec<FailingServer> = store::servers::confirmed(db)?
            .into_iter()
            .filter_map(|server| {
                let status = status.get(&server.id)?;
                Some(FailingServer {
                    id: server.id,
                    name: server.name,
                    since: status.failing_since?,
                    why: status.last_error.clone().unwrap_or_default(),
                    remedy: status.last_remedy.clone(),
                    next: status.next_fetch,
                })
            })
            .collect();
        failing.sort_by_key(|server| server.since);
        Ok(failing)
    })
}
