//! What the caller's role lets through: the same as on the pages.

use serde_json::{Map, Value, json};

use super::error::ObjectError;
use super::methods::Call;
use super::model::Field;
use crate::domain::filter::{Filter, Leaf, Operator};
use crate::domain::person::Role;
use crate::store::query::{Bind, Comparison, Condition};

impl<'a> Call<'a> {
    /// The same caller at the model that a field points to.
    pub fn other(&self, field: &Field) -> Option<Call<'a>> {
        let model = self.app.objects.find(field.relation.as_deref()?)?;
        Some(Call { model, ..*self })
    }

    /// What holds of every row of this model that the caller may see.
    pub fn only_visible(&self) -> Condition<'a> {
        match (self.only_own(), self.model.column("id")) {
            (Some(own), Some(id)) => Condition::Compare(id, Comparison::Equal, Bind::Integer(i64::from(own))),
            _ => Condition::Constant(true),
        }
    }

    /// Whether the caller may read every row of this model.
    pub fn sees_all(&self) -> bool {
        self.model.rights.read.contains(&self.caller.role)
    }

    /// The fields in which a row of this model is looked for by name, where another row points to it: whoever may not
    /// read it sees what it is shown as, and finds it by nothing else.
    pub fn names(&self) -> &'static [&'static str] {
        if self.sees_all() { self.model.names() } else { &["display_name"] }
    }

    /// Refuses what the caller's role may not do to this model; Odoo's words.
    pub fn require(&self, operation: &str) -> Result<(), ObjectError> {
        let rights = &self.model.rights;
        let (roles, verb) = match operation {
            "read" => (rights.read, "access"),
            "write" => (rights.write, "modify"),
            "create" => (rights.create, "create"),
            "unlink" => (rights.unlink, "delete"),
            _ => return Err(ObjectError::Assertion("Invalid access mode".into())),
        };
        // Everybody may look at his own account.
        let own = self.model.name == "res.users" && operation == "read";
        if own || roles.contains(&self.caller.role) {
            return Ok(());
        }
        let groups: String = roles.iter().map(|role| format!("\n\t- {}", role.label())).collect();
        let allowed = match groups.is_empty() {
            true => "No group currently allows this operation.".to_owned(),
            false => format!("This operation is allowed for the following groups:{groups}"),
        };
        Err(ObjectError::Access(format!(
            "You are not allowed to {verb} '{}' ({}) records.\n\n{allowed}\n\nContact your administrator to request \
             access if necessary.",
            self.model.label, self.model.name
        )))
    }

    /// Leaves out what is archived, unless it is asked for, and other people's accounts.
    pub(super) fn narrowed(&self, filter: Filter, context: &Map<String, Value>) -> Filter {
        let leaf =
            |field: &str, value: Value| Filter::Leaf(Leaf { field: field.into(), operator: Operator::Equal, value });
        let mut filters = vec![filter];
        // Whatever Python takes for false.
        let off = |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || *value == 0 || *value == "";
        let asked = context.get("active_test").is_some_and(off) || names_active(&filters[0]);
        if self.model.field("active").is_some() && !asked {
            filters.push(leaf("active", Value::Bool(true)));
        }
        if let Some(own) = self.only_own() {
            filters.push(leaf("id", json!(own)));
        }
        Filter::All(filters)
    }

    /// The one account that this caller may see, where not all.
    fn only_own(&self) -> Option<i32> {
        let limited = self.model.name == "res.users" && self.caller.role != Role::SystemAdmin;
        limited.then(|| self.caller.user.map_or(0, |user| user.0))
    }

    pub(super) fn visible(&self, ids: Vec<i32>) -> Vec<i32> {
        match self.only_own() {
            Some(own) => ids.into_iter().filter(|id| *id == own).collect(),
            None => ids,
        }
    }
}

fn names_active(filter: &Filter) -> bool {
    match filter {
        Filter::Constant(_) => false,
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(names_active),
        Filter::Not(filter) => names_active(filter),
        Filter::Leaf(leaf) => leaf.field == "active",
    }
}
