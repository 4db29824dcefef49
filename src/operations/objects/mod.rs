//! The objects of the API: Odoo's models, fields and methods over the same operations that the pages call. A
//! caller names a model and a method; everything is checked here, and the rules stand in the operations below.

mod access;
mod arguments;
mod catalogue;
mod commands;
mod computed;
mod describe;
mod error;
mod gateway;
mod methods;
mod model;
mod own;
mod post;
mod read;
mod room;
mod search;
mod values;
mod write;

pub use catalogue::Catalogue;
pub use error::ObjectError;
pub use room::{LargeAnswers, Room};
pub use values::{binary, of_bytes};

use serde_json::{Map, Value};

use self::arguments::Arguments;
use super::{App, access_log};
use crate::domain::person::Caller;

/// The method that takes mail in, of each model that has a conversation.
pub const HANDS_MAIL_OVER: &str = "message_process";

/// `execute_kw(model, method, args, kwargs)`. Models and methods are Odoo's; an unknown one, a private one and a
/// wrong argument are refused by name. `room` is what the answer may take.
pub fn call(
    app: &App,
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
    let model = app.objects.get(model)?;
    let arguments = Arguments::new(method, args, kwargs);
    let call = methods::Call { app, caller, room, model };
    let outcome = match own::call(&call, method, arguments) {
        Ok(own::Outcome::Done(value)) => Ok(value),
        Ok(own::Outcome::NotMine(arguments)) => methods::call(&call, method, arguments),
        Err(error) => Err(error),
    };
    // What an operation denies is logged there.
    if let Err(ObjectError::Access(_)) = &outcome {
        access_log::refused(caller, caller.role.code(), &format!("{method} of {}", model.name));
    }
    outcome
}
