//! A call's arguments, by position or by name, as Python's calling convention has it.

use serde_json::{Map, Value};

use super::error::ObjectError;
use crate::domain::filter::FilterError;

/// Ids of one call at most, so that no answer grows without bounds.
const MOST_IDS: usize = 100_000;

/// Takes arguments one by one; what is left over at the end is refused, as in Python.
pub struct Arguments {
    method: String,
    positional: std::vec::IntoIter<Value>,
    named: Map<String, Value>,
    /// Odoo's `context`: what clients send is read, unknown keys are ignored.
    pub context: Map<String, Value>,
}

impl Arguments {
    pub fn new(method: &str, positional: Vec<Value>, mut named: Map<String, Value>) -> Self {
        let context = match named.remove("context") {
            Some(Value::Object(context)) => context,
            _ => Map::new(),
        };
        Self { method: method.to_owned(), positional: positional.into_iter(), named, context }
    }

    /// The next argument, or the one of this name.
    pub fn optional(&mut self, name: &str) -> Option<Value> {
        let next = self.positional.next().or_else(|| self.named.remove(name));
        next.filter(|value| !value.is_null())
    }

    pub fn required(&mut self, name: &str) -> Result<Value, ObjectError> {
        self.optional(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> ObjectError {
        self.wrong(format!("BaseModel.{}() missing 1 required positional argument: '{name}'", self.method))
    }

    /// The next argument, or the one of this name, also where it is `None`.
    fn given(&mut self, name: &str) -> Result<Value, ObjectError> {
        let next = self.positional.next().or_else(|| self.named.remove(name));
        next.ok_or_else(|| self.missing(name))
    }

    /// Record ids: one, or a list; `None` and `False` are none.
    pub fn ids(&mut self) -> Result<Vec<i32>, ObjectError> {
        let value = self.given("ids")?;
        self.as_ids(&value)
    }

    /// A domain that must be there, and be one.
    pub fn domain(&mut self) -> Result<Value, ObjectError> {
        let domain = self.given("domain")?;
        if domain.is_array() { Ok(domain) } else { Err(FilterError::NotAList.into()) }
    }

    pub fn as_ids(&self, value: &Value) -> Result<Vec<i32>, ObjectError> {
        let id = |value: &Value| {
            let id = value.as_i64().and_then(|id| i32::try_from(id).ok());
            id.ok_or_else(|| self.wrong(format!("{}(): an id is a whole number", self.method)))
        };
        match value {
            Value::Array(values) if values.len() > MOST_IDS => {
                Err(ObjectError::Value(format!("{}(): at most {MOST_IDS} ids in one call", self.method)))
            }
            Value::Array(values) => values.iter().map(id).collect(),
            Value::Null | Value::Bool(false) => Ok(Vec::new()),
            single => Ok(vec![id(single)?]),
        }
    }

    /// A list of names, or None where it is not given (or `false`, or empty).
    pub fn names(&mut self, name: &str) -> Result<Option<Vec<String>>, ObjectError> {
        match self.optional(name) {
            None | Some(Value::Bool(false)) => Ok(None),
            Some(Value::Array(names)) if names.is_empty() => Ok(None),
            Some(Value::Array(names)) => {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                let names: Option<Vec<String>> = names.iter().map(text).collect();
                names.map(Some).ok_or_else(|| self.wrong(format!("{}(): '{name}' is a list of names", self.method)))
            }
            Some(_) => Err(self.wrong(format!("{}(): '{name}' is a list of names", self.method))),
        }
    }

    /// A whole number from nothing up, also as text; None where it is not given (or `false`).
    pub fn number(&mut self, name: &str) -> Result<Option<i64>, ObjectError> {
        match self.optional(name) {
            None | Some(Value::Bool(false)) => Ok(None),
            Some(value) => match whole(&value) {
                Some(number @ 0..) => Ok(Some(number)),
                Some(_) => Err(ObjectError::Value(format!("{}(): '{name}' must not be negative", self.method))),
                None => Err(self.wrong(format!("{}(): '{name}' is a whole number", self.method))),
            },
        }
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, ObjectError> {
        match self.optional(name) {
            None | Some(Value::Bool(false)) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(format!("{}(): '{name}' is text", self.method))),
        }
    }

    /// True or false; None where it is not given. Numbers count as in Python.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, ObjectError> {
        match self.optional(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::Number(number)) => Ok(Some(number.as_f64() != Some(0.0))),
            Some(_) => Err(self.wrong(format!("{}(): '{name}' is true or false", self.method))),
        }
    }

    /// Odoo's `load`: whether a many2one is asked for as its id alone.
    pub fn load(&mut self) -> Result<bool, ObjectError> {
        // Here nothing is something else than not given.
        let load = self.positional.next().or_else(|| self.named.remove("load"));
        Ok(load.is_some_and(|load| load != "_classic_read"))
    }

    /// Nothing may be left of the positional arguments: the rest goes by name.
    pub fn by_name(&mut self) -> Result<(), ObjectError> {
        match self.positional.next() {
            None => Ok(()),
            Some(_) => Err(self.wrong(format!("{}() takes its arguments by name", self.method))),
        }
    }

    pub fn object(&mut self, name: &str) -> Result<Map<String, Value>, ObjectError> {
        match self.required(name)? {
            Value::Object(members) => Ok(members),
            _ => Err(self.wrong(format!("{}(): '{name}' is a struct of values", self.method))),
        }
    }

    /// Nothing may be left over.
    pub fn end(mut self) -> Result<(), ObjectError> {
        if self.positional.next().is_some() {
            return Err(self.wrong(format!("BaseModel.{}() takes fewer positional arguments", self.method)));
        }
        match self.named.keys().next() {
            Some(name) => {
                Err(self.wrong(format!("BaseModel.{}() got an unexpected keyword argument '{name}'", self.method)))
            }
            None => Ok(()),
        }
    }

    pub fn wrong(&self, words: String) -> ObjectError {
        ObjectError::Argument(words)
    }
}

/// A number without a fraction, or its digits: clients keep limits in texts too.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
            format!("{number:.0}").parse().ok()
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
