//! A call on a model: who calls, and what of the model the caller's role lets through, the same as on the pages.

use std::collections::HashSet;

use serde_json::Value;

use super::fault::{ObjectError, unknown_field};
use super::model::{ApiField, ServedModel, Values};
use super::models::Models;
use super::read;
use super::wire::room::Room;
use crate::domain::filter::{Domain, Leaf, Operator};
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::operations::App;
use crate::operations::client::{self, Bind, Comparison, Condition, Db, Sight};
use crate::say;

/// Who calls what.
#[derive(Clone, Copy)]
pub(super) struct ApiCall<'a> {
    pub app: &'a App,
    pub models: &'a Models,
    pub caller: &'a Caller,
    /// What the answer may take.
    pub room: &'a Room,
    pub model: &'a ServedModel,
}

impl<'a> ApiCall<'a> {
    /// The same caller at the model that a field points to.
    pub(super) fn other(&self, field: &ApiField) -> Option<ApiCall<'a>> {
        let model = self.models.find(field.relation.as_deref()?)?;
        Some(ApiCall { model, ..*self })
    }

    /// Refuses what the caller's role may not do to this model; Odoo's words.
    pub(super) fn require(&self, right: Right) -> Result<(), ObjectError> {
        let model = self.model;
        // Everybody may look at his own account.
        let own = right == Right::Read && self.sight() != Sight::None;
        if own || self.caller.may(right, model.object) {
            return Ok(());
        }
        let verb = match right {
            Right::Read => "access",
            Right::Write => "modify",
            Right::Create => "create",
            Right::Unlink => "delete",
        };
        let roles = model.object.roles(right);
        let groups: String = roles.iter().map(|role| format!("\n\t- {}", role.label())).collect();
        let allowed = match groups.is_empty() {
            true => say!("api-no-group").to_string(),
            false => say!("api-groups", groups).to_string(),
        };
        Err(ObjectError::Access(say!("api-access", verb, label = model.label, model = model.name, allowed).to_string()))
    }

    /// Nobody has this right; [`Call::require`] has said so before.
    pub(super) fn nobody_may(&self, method: &str) -> ObjectError {
        ObjectError::Access(say!("api-no-group-model", method, model = self.model.name).to_string())
    }

    fn sight(&self) -> Sight {
        client::sight(self.caller, self.model.object)
    }

    /// Whether the caller may read every row of this model.
    pub(super) fn sees_all(&self) -> bool {
        self.sight() == Sight::All
    }

    /// What holds of every row of this model that the caller may see.
    pub(super) fn only_visible(&self) -> Condition<'a> {
        match (self.sight(), self.model.column("id")) {
            (Sight::Own(own), Some(id)) => Condition::Compare(id, Comparison::Equal, Bind::Integer(i64::from(own))),
            _ => Condition::Constant(true),
        }
    }

    /// Of these ids those that the caller may know of.
    pub(super) fn visible(&self, ids: Vec<i32>) -> Vec<i32> {
        match self.sight() {
            Sight::Own(own) => ids.into_iter().filter(|id| *id == own).collect(),
            _ => ids,
        }
    }

    /// The fields in which a row of this model is looked for by name, where another row points to it: whoever may not
    /// read it sees what it is shown as, and finds it by nothing else.
    pub(super) fn names(&self) -> &'static [&'static str] {
        if self.sees_all() { self.model.names } else { &["display_name"] }
    }

    /// Leaves out what is archived, unless it is asked for.
    pub(super) fn narrowed(&self, filter: Domain, context: &Values) -> Domain {
        // Whatever Python takes for false.
        let off = |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || *value == 0 || *value == "";
        if self.model.field("active").is_none() || context.get("active_test").is_some_and(off) || names_active(&filter)
        {
            return filter;
        }
        let in_use = Leaf { field: "active".into(), operator: Operator::Equal, value: Value::Bool(true) };
        Domain::All(vec![filter, Domain::Leaf(in_use)])
    }

    /// Those of the ids that there are, in their order.
    pub(super) fn existing(&self, db: &mut Db, ids: &[i32]) -> Result<Vec<i32>, ObjectError> {
        let found: HashSet<i32> = read::existing(self, db, ids)?.into_iter().collect();
        Ok(ids.iter().copied().filter(|id| found.contains(id)).collect())
    }

    pub(super) fn all_exist(&self, db: &mut Db, ids: &[i32]) -> Result<(), ObjectError> {
        let existing: HashSet<i32> = read::existing(self, db, ids)?.into_iter().collect();
        match ids.iter().find(|id| !existing.contains(id)) {
            Some(id) => Err(self.missing(*id)),
            None => Ok(()),
        }
    }

    pub(super) fn missing(&self, id: i32) -> ObjectError {
        self.missing_of(&self.model.name, id)
    }

    /// A row of another model that is not there.
    pub(super) fn missing_of(&self, model: &str, id: i32) -> ObjectError {
        ObjectError::Missing { model: model.to_owned(), id, user: self.caller.user.map_or(0, |user| user.0) }
    }

    /// The one row that a method is called on, or Odoo's words where there are more or none.
    pub(super) fn only(&self, ids: &[i32]) -> Result<i32, ObjectError> {
        let [id] = ids else {
            let ids: Vec<String> = ids.iter().map(i32::to_string).collect();
            return Err(ObjectError::Value(format!("Expected singleton: {}({})", self.model.name, ids.join(", "))));
        };
        Ok(*id)
    }

    /// The field that a caller wants to set.
    pub(super) fn settable(&self, name: &str) -> Result<&'a ApiField, ObjectError> {
        let field = self.model.field(name).ok_or_else(|| unknown_field(&self.model.name, name))?;
        match field.readonly {
            true => Err(ObjectError::Value(say!("api-read-only", name, model = self.model.name).to_string())),
            false => Ok(field),
        }
    }
}

fn names_active(filter: &Domain) -> bool {
    match filter {
        Domain::Constant(_) => false,
        Domain::All(filters) | Domain::Any(filters) => filters.iter().any(names_active),
        Domain::Not(filter) => names_active(filter),
        Domain::Leaf(leaf) => leaf.field == "active",
    }
}
