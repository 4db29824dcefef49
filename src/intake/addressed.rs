//! What routing needs to know besides of mail that came by the mail gateway: the aliases it is written to, and what its
//! client asked for.

use std::collections::{HashMap, HashSet};

use super::read::Reading;
use super::repair::Wish;
use crate::domain::alias::Alias;
use crate::domain::gateway::Call;
use crate::domain::id::MessageId;
use crate::modules::Modules;
use crate::routing::{Gateway, RecordType};
use crate::store::{Db, StoreError, aliases, records};

/// Nothing for mail of other servers, and where a person chose the record type: then only that counts.
pub(super) fn gateways<'m>(
    db: &mut Db,
    modules: &'m Modules,
    readings: &[Reading],
    wish: &Wish<'_>,
) -> Result<HashMap<MessageId, Gateway<'m>>, StoreError> {
    let chosen = |reading: &Reading| wish.correction.model.is_some() || reading.row.object_model.is_some();
    let called: Vec<(&Reading, &Call)> = readings
        .iter()
        .filter(|reading| !chosen(reading))
        .filter_map(|reading| Some((reading, reading.call.as_ref()?)))
        .collect();
    let named = aliases_of(db, &called)?;
    let mut found = HashMap::new();
    for (reading, call) in called {
        let record = match (&call.model, call.record) {
            (Some(model), Some(id)) => Some((model.clone(), id, records::exists(db, model, id)?)),
            _ => None,
        };
        let written_to = |alias: &&Alias| reading.message.recipients().any(|to| alias.address.matches(to));
        let typed = |alias: &Alias| match modules.get(&alias.model) {
            Some(module) => (alias.clone(), RecordType::Installed(module)),
            None => (alias.clone(), RecordType::Unset),
        };
        let aliases = named.iter().filter(written_to).map(typed).collect();
        found.insert(reading.row.id, Gateway { aliases, record, values: call.values.clone() });
    }
    Ok(found)
}

/// Aliases that may be among the recipients, in one statement for all of them.
fn aliases_of(db: &mut Db, called: &[(&Reading, &Call)]) -> Result<Vec<Alias>, StoreError> {
    let recipients = called.iter().flat_map(|(reading, _)| reading.message.recipients());
    let local = |address: String| address.rsplit_once('@').map(|(local, _)| local.to_owned());
    let names: HashSet<String> = recipients.filter_map(|address| local(address.normalized()?)).collect();
    match names.is_empty() {
        true => Ok(Vec::new()),
        false => aliases::named(db, &names.into_iter().collect::<Vec<_>>()),
    }
}
