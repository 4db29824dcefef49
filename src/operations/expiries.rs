//! What ends when: secrets, certificates, sign-ins and keys, told before they end.

use chrono::TimeDelta;

use super::{App, OperationError, require};
use crate::domain::expiry::{Expiry, Nearness, SOON_DAYS, WARN_DAYS};
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::say;
use crate::store::{StoreError, expiries};

/// A key of somebody's that has ended was perhaps meant to: so long it is still told.
const KEYS_REMEMBERED: TimeDelta = TimeDelta::days(SOON_DAYS);

/// Everything that ends, by its date; what nobody has entered a day of comes last.
pub fn list(app: &App, caller: &Caller) -> Result<Vec<Expiry>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-see-what-ends-when"))?;
    Ok(all(app)?)
}

/// Without a caller, for the figures: no names are shown there.
pub(super) fn all(app: &App) -> Result<Vec<Expiry>, StoreError> {
    app.store.read(|db| expiries::all(db, (now() - KEYS_REMEMBERED, None)))
}

/// What has ended, or ends within a week: every page of who may see the settings warns of it. Read anew every few seconds,
/// from tables that no mail makes larger.
pub(super) fn urgent(app: &App) -> Result<Vec<Expiry>, StoreError> {
    let at = now();
    let keys = (at - KEYS_REMEMBERED, Some(at + TimeDelta::days(WARN_DAYS + 1)));
    let mut found = app.store.read(|db| expiries::all(db, keys))?;
    found.retain(|expiry| expiry.nearness(at).is_urgent());
    Ok(found)
}

/// The line of the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiriesLine {
    /// How many end within 30 days, or have ended.
    pub soon: usize,
    /// How many end, and nobody has entered when.
    pub unknown: usize,
    /// What ends first.
    pub next: Option<Expiry>,
}

/// None for who may not see it, and where nothing ends.
pub fn line(app: &App, caller: &Caller) -> Result<Option<ExpiriesLine>, OperationError> {
    if !caller.may(Right::Read, Object::Installation) {
        return Ok(None);
    }
    let (all, at) = (list(app, caller)?, now());
    let count = |what: fn(Nearness) -> bool| all.iter().filter(|expiry| what(expiry.nearness(at))).count();
    let line = ExpiriesLine {
        soon: count(|near| near <= Nearness::Soon),
        unknown: count(|near| near == Nearness::Unknown),
        next: all.iter().find(|expiry| expiry.until.is_some()).cloned(),
    };
    Ok((!all.is_empty()).then_some(line))
}
