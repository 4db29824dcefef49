//! The methods of `mailgate.connection`.

use serde_json::{Value, json};

use crate::domain::id::ConnectionId;
use crate::operations::OperationError;
use crate::operations::connections;
use crate::operations::objects::arguments::Arguments;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;

/// Test; a failed one is a UserError with the words and the remedy, as the page shows them.
pub fn test(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("write")?;
    for id in arguments.ids()? {
        let tested = connections::test(call.app, call.caller, ConnectionId(id))?;
        if let Some(stage) = tested.failure() {
            return Err(OperationError::Refused(stage.in_words()).into());
        }
    }
    Ok(Value::Bool(true))
}

/// What mail can become there: a list of `{"model": …, "name": …}` by label; where the account may not read which
/// there are, the usual ones. Of several ids the first.
pub fn record_types(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("read")?;
    let ids = arguments.ids()?;
    let Some(id) = ids.first() else { return Ok(json!([])) };
    let offered = connections::record_types(call.app, call.caller, ConnectionId(*id))?;
    Ok(offered.types.iter().map(|one| json!({"model": one.model, "name": one.label})).collect())
}
