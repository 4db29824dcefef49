//! The API as Odoo has it, a face over [`crate::operations`]: `wire` reads calls in three formats, XML-RPC, JSON-RPC and Odoo
//! 19's `/json/2`, and writes their answers; `models` has a file for each model, with all that is particular about it; what every model has
//! stands beside: its methods, searching, reading, and the arguments of a call.

mod arguments;
mod call;
mod fault;
pub(crate) mod fuzzing;
mod groups;
mod load;
mod methods;
mod model;
mod models;
mod read;
mod search;
mod settings;
mod signatures;
mod wire;

pub use self::fault::ObjectError;
pub use self::wire::room::Room;

use std::sync::Arc;

use rocket::{Build, Rocket};
use serde_json::{Map, Value};

use self::arguments::CallArguments;
use self::call::ApiCall;
use self::models::Models;
use self::wire::room::{Budget, LargeAnswers};
use crate::domain::person::Caller;
use crate::operations::{App, access_log};

/// The method that takes mail in, of each model that has a conversation.
const HANDS_MAIL_OVER: &str = "message_process";

/// The API of an installation.
pub struct Api {
    app: Arc<App>,
    models: Models,
    large_answers: Arc<LargeAnswers>,
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

    /// `execute_kw(model, method, args, kwargs)`. Models and methods are Odoo's; an unknown one, a private one and a
    /// wrong argument are refused by name.
    pub fn call(
        &self,
        caller: &Caller,
        room: &Room,
        model: &str,
        method: &str,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
    ) -> Result<Value, ObjectError> {
        if method.starts_with('_') {
            return Err(ObjectError::PrivateMethod(method.to_owned()));
        }
        let model = self.models.get(model)?;
        if model.signature(method).is_none() {
            return Err(ObjectError::UnknownMethod { model: model.name.clone(), method: method.to_owned() });
        }
        let call = ApiCall { app: &self.app, models: &self.models, caller, room, model };
        let outcome = model.deeds.method(&call, method, CallArguments::new(method, args, kwargs));
        // What an operation denies is logged there.
        if let Err(ObjectError::Access(_)) = &outcome {
            access_log::refused(caller, caller.role.code(), &format!("{method} of {}", model.name));
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
