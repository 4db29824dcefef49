//! Odoo's relational commands: how a caller says what a one2many or many2many shall hold.

use serde_json::{Map, Value};

use super::error::ObjectError;
use crate::domain::filter::python;

/// One command of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `(0, 0, values)`: make a row and hold it.
    Create(Map<String, Value>),
    /// `(1, id, values)`: write to a row that is held.
    Update(i32),
    /// `(2, id)`: delete a row that is held.
    Delete(i32),
    /// `(3, id)`: hold it no longer.
    Unlink(i32),
    /// `(4, id)`: hold this row too.
    Link(i32),
    /// `(5,)`: hold nothing.
    Clear,
    /// `(6, 0, ids)`: hold exactly these.
    Set(Vec<i32>),
}

/// Reads the value of a field; a list of ids alone is what `(6, 0, ids)` says. `what` names the field in a fault.
pub fn parse(what: &str, value: &Value) -> Result<Vec<Command>, ObjectError> {
    let wrong = || ObjectError::Value(format!("Wrong value for {what}: {}", python(value)));
    match value {
        Value::Null | Value::Bool(false) => Ok(Vec::new()),
        Value::Array(items) if items.is_empty() => Ok(Vec::new()),
        Value::Array(items) if items.iter().all(Value::is_number) => {
            Ok(vec![Command::Set(items.iter().map(id).collect::<Option<_>>().ok_or_else(wrong)?)])
        }
        Value::Array(items) => items.iter().map(one).collect::<Option<_>>().ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

fn one(value: &Value) -> Option<Command> {
    let parts = value.as_array()?;
    let at = |n: usize| parts.get(n).and_then(id);
    Some(match (parts.first()?.as_i64()?, parts.len()) {
        (0, 3) => Command::Create(parts[2].as_object()?.clone()),
        (1, 3) if parts[2].is_object() => Command::Update(at(1)?),
        (2, 2 | 3) => Command::Delete(at(1)?),
        (3, 2 | 3) => Command::Unlink(at(1)?),
        (4, 2 | 3) => Command::Link(at(1)?),
        (5, 1..=3) => Command::Clear,
        (6, 3) => Command::Set(parts[2].as_array()?.iter().map(id).collect::<Option<_>>()?),
        _ => return None,
    })
}

fn id(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_command_is_read_and_a_wrong_one_is_named() {
        let commands = json!([[0, 0, {"name": "a"}], [1, 5, {}], [2, 5], [3, 5, 0], [4, 5], [5], [6, 0, [1, 2]]]);
        let name = Map::from_iter([("name".to_owned(), json!("a"))]);
        assert_eq!(
            parse("x", &commands).unwrap(),
            [
                Command::Create(name),
                Command::Update(5),
                Command::Delete(5),
                Command::Unlink(5),
                Command::Link(5),
                Command::Clear,
                Command::Set(vec![1, 2]),
            ]
        );
        assert_eq!(parse("x", &json!([3, 4])).unwrap(), [Command::Set(vec![3, 4])]);
        assert_eq!(parse("x", &json!(false)).unwrap(), []);
        for wrong in [json!([[7, 0, 0]]), json!([[0, 0]]), json!("x"), json!([[4, "x"]]), json!([[6, 0, 3]])] {
            let error = parse("spp.grm.ticket.attachment_ids", &wrong).unwrap_err();
            assert!(error.to_string().starts_with("Wrong value for spp.grm.ticket.attachment_ids: "), "{error}");
        }
    }
}
