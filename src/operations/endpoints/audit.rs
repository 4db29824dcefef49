//! What the audit is told of an endpoint: of a change only what changed, and of a password only that it did.

use serde_json::{Map, Value};

use super::{Endpoint, Form};
use crate::domain::audit::Action;
use crate::domain::person::Caller;
use crate::store::audit::{self, Entry};
use crate::store::{Db, StoreError};

/// Writes it; `before` is None of a new one, `after` of one that is gone.
pub(in crate::operations) fn remember<T: Endpoint>(
    db: &mut Db,
    caller: &Caller,
    action: Action,
    before: Option<&T>,
    after: Option<&T>,
    new_password: bool,
) -> Result<(), StoreError> {
    let Some(named) = after.or(before) else { return Ok(()) };
    let (mut old, mut new) = (before.map(settings), after.map(settings));
    if let (Some(old), Some(new)) = (&mut old, &mut new) {
        old.retain(|field, value| new.get(field) != Some(value));
        new.retain(|field, _| old.contains_key(field));
    }
    if let Some(new) = new.as_mut().filter(|_| new_password) {
        new.insert("password".into(), if before.is_some() { "changed" } else { "set" }.into());
    }
    let entry = Entry {
        caller,
        action,
        object_model: T::MODEL,
        object_id: Some(named.id().into()),
        object_name: named.facts().name,
        before: old.map(Value::Object),
        after: new.map(Value::Object),
    };
    audit::write(db, &entry)
}

fn settings<T: Endpoint>(endpoint: &T) -> Map<String, Value> {
    let (form, facts) = (Form::of(endpoint), endpoint.facts());
    let mut settings: Map<String, Value> =
        form.settings().map(|(field, value)| (field.to_owned(), value.into())).collect();
    settings.insert("state".into(), facts.state.into());
    settings.insert("active".into(), facts.active.into());
    settings
}
