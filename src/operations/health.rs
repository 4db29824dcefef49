//! For whoever watches over Mailgate: is it ready, and figures for Prometheus. No caller: nothing here names a
//! server, a person or a mail.

use std::time::Duration;

use prometheus::{IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use super::{App, OperationError, expiries, indexing};
use crate::domain::import::ImportState;
use crate::domain::ledger::MailState;
use crate::domain::now;
use crate::say;
use crate::store::messages;
use crate::store::{StoreError, imports, server_status, servers};

const PATIENCE: Duration = Duration::from_secs(2);

/// Whether requests can be served: the database answers.
pub fn is_ready(app: &App) -> bool {
    app.store.answers(PATIENCE)
}

/// The figures in Prometheus' text format. Servers are told apart by their ids.
pub fn metrics(app: &App) -> Result<String, OperationError> {
    let (counts, confirmed, status, imports) = app.store.read(|db| {
        let counts = messages::list::balance(db)?;
        Ok::<_, StoreError>((counts, servers::confirmed(db)?, server_status::all(db)?, imports::counts(db)?))
    })?;
    let figures = Figures::new()?;
    for state in MailState::ALL {
        let count = counts.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
        figures.messages.with_label_values(&[state.code()]).set(count);
    }
    for state in ImportState::ALL {
        let count = imports.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
        figures.imports.with_label_values(&[state.code()]).set(count);
    }
    let push = &app.fetcher().push;
    figures.waiting.set(i64::try_from(push.waiting()).unwrap_or(i64::MAX));
    figures.servers.set(i64::try_from(confirmed.len()).unwrap_or(i64::MAX));
    for server in &confirmed {
        let id = server.id.to_string();
        let status = status.get(&server.id).cloned().unwrap_or_default();
        if let Some(last) = status.last_fetch {
            figures.age.with_label_values(&[id.as_str()]).set((now() - last).num_seconds().max(0));
        }
        figures.failures.with_label_values(&[id.as_str()]).set(i64::from(status.failures));
        figures.waits.with_label_values(&[id.as_str()]).set(i64::from(status.waits));
    }
    let behind = indexing::behind(app)?;
    figures.search_pending.set(behind.changes);
    figures.search_older.set(behind.older_left);
    figures.search_failed.set(behind.failed);
    for expiry in expiries::all(app)? {
        if let Some(until) = expiry.until {
            let of = expiry.of.reference();
            figures.ends.with_label_values(&[expiry.kind.code(), of.as_str()]).set(until.and_utc().timestamp());
        }
    }
    let mut families = figures.registry.gather();
    families.extend(prometheus::core::Collector::collect(app.passes.durations()));
    families.extend(prometheus::core::Collector::collect(push.announcements()));
    // Before the first pass there are no durations, and a family without figures is refused.
    families.retain(|family| !family.get_metric().is_empty());
    Ok(TextEncoder::new().encode_to_string(&families)?)
}

const ENDS: &str = "mailgate_ends_timestamp_seconds";

struct Figures {
    registry: Registry,
    messages: IntGaugeVec,
    imports: IntGaugeVec,
    servers: IntGauge,
    waiting: IntGauge,
    search_pending: IntGauge,
    search_older: IntGauge,
    search_failed: IntGauge,
    age: IntGaugeVec,
    failures: IntGaugeVec,
    waits: IntGaugeVec,
    ends: IntGaugeVec,
}

impl Figures {
    fn new() -> Result<Self, prometheus::Error> {
        let by = |label, name, help| IntGaugeVec::new(Opts::new(name, help), &[label]);
        let figures = Self {
            registry: Registry::new(),
            messages: by("state", "mailgate_messages", "Messages in the ledger by state.")?,
            imports: by("state", "mailgate_imports", "Imports of mailboxes' first fetches by state.")?,
            servers: IntGauge::new("mailgate_servers", "Confirmed incoming servers.")?,
            waiting: IntGauge::new("mailgate_waiting_sessions", "Sessions of this process that wait for mail (IDLE).")?,
            search_pending: IntGauge::new("mailgate_search_pending", "Changes to be indexed for searches.")?,
            search_older: IntGauge::new("mailgate_search_older", "Older rows to be indexed since an upgrade.")?,
            search_failed: IntGauge::new("mailgate_search_failed", "Rows that can't be indexed for searches.")?,
            age: by("server", "mailgate_server_last_success_seconds", "Seconds since the last good fetch.")?,
            ends: IntGaugeVec::new(
                Opts::new(ENDS, "When secrets, certificates, sign-ins and keys end, in Unix time."),
                &["kind", "object"],
            )?,
            failures: by("server", "mailgate_server_failures", "Fetches that failed since the last good one.")?,
            waits: by("server", "mailgate_server_waits", "How often in a row its mail server asked to wait.")?,
        };
        let labelled =
            [&figures.messages, &figures.imports, &figures.age, &figures.failures, &figures.waits, &figures.ends];
        for gauge in labelled {
            figures.registry.register(Box::new(gauge.clone()))?;
        }
        figures.registry.register(Box::new(figures.servers.clone()))?;
        figures.registry.register(Box::new(figures.waiting.clone()))?;
        for gauge in [&figures.search_pending, &figures.search_older, &figures.search_failed] {
            figures.registry.register(Box::new(gauge.clone()))?;
        }
        Ok(figures)
    }
}

impl From<prometheus::Error> for OperationError {
    fn from(error: prometheus::Error) -> Self {
        OperationError::Refused(say!("figures-failed", error = error.to_string()).into())
    }
}
