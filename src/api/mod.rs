//! The API as Odoo has it, a face over [`crate::operations`]: `wire` reads calls in three formats, XML-RPC, JSON-RPC and Odoo
//! 19's `/json/2`, and writes their answers; `models` has all that is particular about each model; what every model has
//! stands beside: its methods, searching, reading, and the arguments of a call.

mod arguments;
mod fault;
pub(crate) mod fuzzing;
mod groups;
mod load;
mod methods;
mod model;
mod models;
mod read;
mod search;
mod wire;

pub use self::fault::ObjectError;
pub use wire::body::Room;

use std::collections::HashSet;
use std::sync::Arc;

use rocket::{Build, Rocket};
use serde_json::{Map, Value};

use self::arguments::CallArguments;
use self::models::Models;
use crate::domain::filter::{Domain, Leaf, Operator};
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::operations::client::{self, Bind, Comparison, Condition, Db, Sight};
use crate::operations::{App, sign_in};
use crate::say;
use fault::unknown_field;
use model::{ApiField, ServedModel, Values};
use wire::body::{Budget, LargeAnswers};

/// The method that takes mail in, of each model that has a conversation.
const HANDS_MAIL_OVER: &str = "message_process";

/// The API of an installation.
pub struct Api {
    app: Arc<App>,
    models: Models,
    large_answers: Arc<LargeAnswers>,
}

/// A call of a model's method: `execute_kw(model, method, args, kwargs)`. Models and methods are Odoo's.
pub struct ObjectCall {
    pub model: String,
    pub method: String,
    pub args: Vec<Value>,
    pub kwargs: Map<String, Value>,
}

impl ObjectCall {
    /// Without arguments by name.
    pub fn new(model: &str, method: &str, args: Vec<Value>) -> Self {
        Self { model: model.to_owned(), method: method.to_owned(), args, kwargs: Map::new() }
    }
}

impl Api {
    pub fn new(app: Arc<App>) -> Self {
        Self { models: Models::new(&app.modules), large_answers: Arc::default(), app }
    }

    /// The names of the models that there are.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.models.all().iter().map(|model| model.name.as_str())
    }

    /// Room for one answer, which it keeps until it is written.
    pub fn room(&self) -> Room {
        Room::new(&self.large_answers)
    }

    /// An unknown model or method, a private method and a wrong argument are refused by name.
    pub fn call(&self, caller: &Caller, room: &Room, call: ObjectCall) -> Result<Value, ObjectError> {
        let ObjectCall { model, method, args, kwargs } = call;
        if method.starts_with('_') {
            return Err(ObjectError::PrivateMethod(method));
        }
        let model = self.models.get(&model)?;
        if model.signature(&method).is_none() {
            return Err(ObjectError::UnknownMethod { model: model.name.clone(), method });
        }
        let call = ApiCall { app: &self.app, models: &self.models, caller, room, model };
        let outcome = model.deeds.method(&call, &method, CallArguments::new(&method, args, kwargs));
        // What an operation denies is logged there.
        if let Err(ObjectError::Access(_)) = &outcome {
            sign_in::log_refused(caller, caller.role.code(), &format!("{method} of {}", model.name));
        }
        outcome
    }
}

/// Mounts the API beside the pages: at the root, and at `PUBLIC_URL`'s path.
pub fn mount(rocket: Rocket<Build>, app: &Arc<App>) -> Rocket<Build> {
    let rocket = rocket.manage(Arc::new(Api::new(app.clone()))).manage(Arc::new(Budget::new()));
    match app.config.base_path() {
        "" => rocket.mount("/", wire::routes()),
        path => rocket.mount("/", wire::routes()).mount(path.to_owned(), wire::routes()),
    }
}

// A call on a model: who calls, and what of the model the caller's role lets through, the same as on the pages.

/// Who calls what.
#[derive(Clone, Copy)]
struct ApiCall<'a> {
    pub app: &'a App,
    pub models: &'a Models,
    pub caller: &'a Caller,
    /// What the answer may take.
    pub room: &'a Room,
    pub model: &'a ServedModel,
}

impl<'a> ApiCall<'a> {
    /// The same caller at the model that a field points to.
    fn other(&self, field: &ApiField) -> Option<ApiCall<'a>> {
        let model = self.models.find(field.relation.as_deref()?)?;
        Some(ApiCall { model, ..*self })
    }

    /// Refuses what the caller's role may not do to this model; Odoo's words.
    fn require(&self, right: Right) -> Result<(), ObjectError> {
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
    fn nobody_may(&self, method: &str) -> ObjectError {
        ObjectError::Access(say!("api-no-group-model", method, model = self.model.name).to_string())
    }

    fn sight(&self) -> Sight {
        client::sight(self.caller, self.model.object)
    }

    /// Whether the caller may read every row of this model.
    fn sees_all(&self) -> bool {
        self.sight() == Sight::All
    }

    /// What holds of every row of this model that the caller may see.
    fn only_visible(&self) -> Condition<'a> {
        match (self.sight(), self.model.column("id")) {
            (Sight::Own(own), Some(id)) => Condition::Compare(id, Comparison::Equal, Bind::Integer(i64::from(own))),
            _ => Condition::Constant(true),
        }
    }

    /// Of these ids those that the caller may know of.
    fn visible(&self, ids: Vec<i32>) -> Vec<i32> {
        match self.sight() {
            Sight::Own(own) => ids.into_iter().filter(|id| *id == own).collect(),
            _ => ids,
        }
    }

    /// The fields in which a row of this model is looked for by name, where another row points to it: whoever may not
    /// read it sees what it is shown as, and finds it by nothing else.
    fn names(&self) -> &'static [&'static str] {
        if self.sees_all() { self.model.names } else { &["display_name"] }
    }

    /// Leaves out what is archived, unless it is asked for.
    fn narrowed(&self, filter: Domain, context: &Values) -> Domain {
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
    fn existing(&self, db: &mut Db, ids: &[i32]) -> Result<Vec<i32>, ObjectError> {
        let found: HashSet<i32> = read::existing(self, db, ids)?.into_iter().collect();
        Ok(ids.iter().copied().filter(|id| found.contains(id)).collect())
    }

    fn all_exist(&self, db: &mut Db, ids: &[i32]) -> Result<(), ObjectError> {
        let existing: HashSet<i32> = read::existing(self, db, ids)?.into_iter().collect();
        match ids.iter().find(|id| !existing.contains(id)) {
            Some(id) => Err(self.missing(*id)),
            None => Ok(()),
        }
    }

    fn missing(&self, id: i32) -> ObjectError {
        self.missing_of(&self.model.name, id)
    }

    /// A row of another model that is not there.
    fn missing_of(&self, model: &str, id: i32) -> ObjectError {
        ObjectError::Missing { model: model.to_owned(), id, user: self.caller.user.map_or(0, |user| user.0) }
    }

    /// The one row that a method is called on, or Odoo's words where there are more or none.
    fn only(&self, ids: &[i32]) -> Result<i32, ObjectError> {
        let [id] = ids else {
            let ids: Vec<String> = ids.iter().map(i32::to_string).collect();
            return Err(ObjectError::Value(format!("Expected singleton: {}({})", self.model.name, ids.join(", "))));
        };
        Ok(*id)
    }

    /// The field that a caller wants to set.
    fn settable(&self, name: &str) -> Result<&'a ApiField, ObjectError> {
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
