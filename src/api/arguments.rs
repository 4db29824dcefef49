//! What a method takes: its parameters, and what a caller gives for them, by position or by name, as Python's calling
//! convention has it; values of fields; and Odoo's relational commands, which say what a one2many shall hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::fault::{ApiFault, FaultKind, ObjectError};
use super::model::{ApiField, Description, FieldKind, FieldType};
use super::wire::json::Ordered;
use crate::domain::filter::{FilterError, python};
use crate::domain::moment_of;
use crate::say;

/// Ids of one call at most, so that no answer grows without bounds.
const MOST_IDS: usize = 100_000;

/// Takes arguments one by one; what is left over at the end is refused, as in Python.
pub(super) struct CallArguments {
    method: String,
    positional: std::vec::IntoIter<Value>,
    named: Map<String, Value>,
    /// Odoo's `context`: what clients send is read, unknown keys are ignored.
    pub context: Map<String, Value>,
}

impl CallArguments {
    pub(super) fn new(method: &str, positional: Vec<Value>, mut named: Map<String, Value>) -> Self {
        let context = match named.remove("context") {
            Some(Value::Object(context)) => context,
            _ => Map::new(),
        };
        Self { method: method.to_owned(), positional: positional.into_iter(), named, context }
    }

    /// The next argument, or the one of this name.
    pub(super) fn optional(&mut self, name: &str) -> Option<Value> {
        let next = self.positional.next().or_else(|| self.named.remove(name));
        next.filter(|value| !value.is_null())
    }

    /// The next argument, or the one of these names: the second is what later versions of Odoo call it.
    pub(super) fn renamed(&mut self, name: &str, later: &str) -> Option<Value> {
        let later = self.named.remove(later).filter(|value| !value.is_null());
        self.optional(name).or(later)
    }

    /// A struct that stands alone where arguments by position would: its members are arguments by name.
    pub(super) fn spread(&mut self) {
        if let [Value::Object(members)] = self.positional.as_slice() {
            self.named.extend(members.clone());
            self.positional.next();
        }
    }

    /// An argument that came otherwise, under its name.
    pub(super) fn name(&mut self, name: String, value: Value) {
        self.named.insert(name, value);
    }

    /// All that is left of the arguments by position.
    pub(super) fn positional(&mut self) -> Vec<Value> {
        self.positional.by_ref().collect()
    }

    pub(super) fn required(&mut self, name: &str) -> Result<Value, ObjectError> {
        self.optional(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> ObjectError {
        self.wrong(say!("api-missing-argument", method = self.method, name).to_string())
    }

    /// The next argument, or the one of this name, also where it is `None`.
    fn given(&mut self, name: &str) -> Result<Value, ObjectError> {
        let next = self.positional.next().or_else(|| self.named.remove(name));
        next.ok_or_else(|| self.missing(name))
    }

    /// The ids of a button: the rows that it is pressed on, and nothing else.
    pub(super) fn only_ids(mut self) -> Result<Vec<i32>, ObjectError> {
        let ids = self.ids()?;
        self.end()?;
        Ok(ids)
    }

    /// Record ids: one, or a list; `None` and `False` are none.
    pub(super) fn ids(&mut self) -> Result<Vec<i32>, ObjectError> {
        let value = self.given("ids")?;
        self.as_ids(&value)
    }

    /// A domain that must be there, and be one.
    pub(super) fn domain(&mut self) -> Result<Value, ObjectError> {
        let domain = self.given("domain")?;
        if domain.is_array() { Ok(domain) } else { Err(FilterError::NotAList.into()) }
    }

    fn as_ids(&self, value: &Value) -> Result<Vec<i32>, ObjectError> {
        let id = |value: &Value| {
            let id = value.as_i64().and_then(|id| i32::try_from(id).ok());
            id.ok_or_else(|| self.wrong(say!("api-id", method = self.method).to_string()))
        };
        match value {
            Value::Array(values) if values.len() > MOST_IDS => {
                Err(ObjectError::Value(say!("api-most-ids", method = self.method, most_ids = MOST_IDS).to_string()))
            }
            Value::Array(values) => values.iter().map(id).collect(),
            Value::Null | Value::Bool(false) => Ok(Vec::new()),
            single => Ok(vec![id(single)?]),
        }
    }

    /// A list of names, or None where it is not given (or `false`, or empty).
    pub(super) fn names(&mut self, name: &str) -> Result<Option<Vec<String>>, ObjectError> {
        let given = self.optional(name);
        self.as_names(name, given)
    }

    /// As [`names`](Self::names), of what was given as a list or as one name alone.
    pub(super) fn one_or_more(&mut self, name: &str) -> Result<Vec<String>, ObjectError> {
        match self.optional(name) {
            Some(Value::String(one)) if !one.is_empty() => Ok(vec![one]),
            given => Ok(self.as_names(name, given)?.unwrap_or_default()),
        }
    }

    fn as_names(&self, name: &str, given: Option<Value>) -> Result<Option<Vec<String>>, ObjectError> {
        match given {
            None => Ok(None),
            Some(value) if is_nothing(&value) => Ok(None),
            Some(Value::Array(names)) => {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                let names: Option<Vec<String>> = names.iter().map(text).collect();
                names
                    .map(Some)
                    .ok_or_else(|| self.wrong(say!("api-list-of-names", method = self.method, name).to_string()))
            }
            Some(_) => Err(self.wrong(say!("api-list-of-names", method = self.method, name).to_string())),
        }
    }

    /// A whole number from nothing up, also as text; None where it is not given (or `false`, or empty).
    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>, ObjectError> {
        match self.optional(name) {
            None => Ok(None),
            Some(value) if is_nothing(&value) => Ok(None),
            Some(value) => match whole(&value) {
                Some(number @ 0..) => Ok(Some(number)),
                Some(_) => Err(ObjectError::Value(say!("api-negative", method = self.method, name).to_string())),
                None => Err(self.wrong(say!("api-whole-number", method = self.method, name).to_string())),
            },
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ObjectError> {
        match self.optional(name) {
            None | Some(Value::Bool(false)) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(say!("api-text", method = self.method, name).to_string())),
        }
    }

    /// True or false; None where it is not given. Numbers count as in Python.
    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, ObjectError> {
        match self.optional(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::Number(number)) => Ok(Some(number.as_f64() != Some(0.0))),
            Some(value) if is_nothing(&value) => Ok(None),
            Some(_) => Err(self.wrong(say!("api-flag", method = self.method, name).to_string())),
        }
    }

    /// Odoo's `load`: whether a many2one is asked for as its id alone.
    pub(super) fn load(&mut self) -> Result<bool, ObjectError> {
        // Here nothing is something else than not given.
        let load = self.positional.next().or_else(|| self.named.remove("load"));
        Ok(load.is_some_and(|load| load != "_classic_read"))
    }

    /// Nothing may be left of the positional arguments: the rest goes by name.
    pub(super) fn by_name(&mut self) -> Result<(), ObjectError> {
        match self.positional.next() {
            None => Ok(()),
            Some(_) => Err(self.wrong(say!("api-by-name", method = self.method).to_string())),
        }
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Map<String, Value>, ObjectError> {
        match self.required(name)? {
            Value::Object(members) => Ok(members),
            // PHP's array without members is a list.
            Value::Array(items) if items.is_empty() => Ok(Map::new()),
            _ => Err(self.wrong(say!("api-struct", method = self.method, name).to_string())),
        }
    }

    /// Nothing may be left over, but for what says nothing: clients name options that they do not use.
    pub(super) fn end(mut self) -> Result<(), ObjectError> {
        if self.positional.next().is_some() {
            return Err(self.wrong(say!("api-too-many-arguments", method = self.method).to_string()));
        }
        let mut given = self.named.iter().filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)));
        match given.next() {
            Some((name, _)) => Err(self.wrong(say!("api-unexpected-argument", method = self.method, name).to_string())),
            None => Ok(()),
        }
    }

    pub(super) fn wrong(&self, words: String) -> ObjectError {
        ObjectError::Argument(words)
    }
}

/// What says nothing, in the languages that clients are written in: PHP has one kind of array for lists and structs, and
/// what is nil in Go comes as an empty text.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
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

/// The one member of what stands for bytes among JSON values: XML-RPC has a type of its own for them.
const BINARY: &str = "base64";

/// Bytes that a client sent as such, not as a text.
pub(super) fn of_bytes(bytes: &[u8]) -> Value {
    json!({ BINARY: BASE64.encode(bytes) })
}

/// The bytes of [`of_bytes`].
pub(super) fn binary(value: &Value) -> Option<Vec<u8>> {
    match value.as_object()?.get(BINARY)? {
        Value::String(text) => BASE64.decode(text).ok(),
        _ => None,
    }
}

/// A value as text; empty where it is `false`. Many2one takes an id or `[id, name]`.
pub(super) fn text(model: &Description, field: &ApiField, value: &Value) -> Result<String, ObjectError> {
    let wrong = || {
        ObjectError::Value(
            say!("api-wrong-value", model = model.name, field = field.name, value = python(value)).to_string(),
        )
    };
    let text = match (field.kind, value) {
        (_, Value::Null) => String::new(),
        (FieldType::Of(FieldKind::Boolean), Value::Bool(boolean)) => (if *boolean { "true" } else { "" }).to_owned(),
        (FieldType::Of(FieldKind::Boolean), Value::Number(number)) => {
            (if number.as_i64() == Some(0) { "" } else { "true" }).to_owned()
        }
        (_, Value::Bool(false)) => String::new(),
        (FieldType::Of(FieldKind::Integer | FieldKind::Many2one), Value::Number(number)) if number.is_i64() => {
            number.to_string()
        }
        (FieldType::Of(FieldKind::Float), Value::Number(number)) => number.to_string(),
        (FieldType::Of(FieldKind::Many2one), Value::Array(pair)) => match pair.first().and_then(Value::as_i64) {
            Some(id) => id.to_string(),
            None => return Err(wrong()),
        },
        // Python's truth of a text, as Odoo has it.
        (FieldType::Of(FieldKind::Boolean), Value::String(text)) => {
            (if text.is_empty() { "" } else { "true" }).to_owned()
        }
        (FieldType::Of(FieldKind::Boolean), _) => return Err(wrong()),
        // As it is kept; what can't be read is refused where it is, with the words for it.
        (FieldType::Of(FieldKind::Date), Value::String(text)) => {
            moment_of(text).map_or_else(|| text.clone(), |moment| moment.date().to_string())
        }
        (FieldType::Of(FieldKind::Datetime), Value::String(text)) => {
            moment_of(text).map_or_else(|| text.clone(), |moment| moment.format("%Y-%m-%d %H:%M:%S").to_string())
        }
        (_, Value::String(text)) => text.clone(),
        (FieldType::Of(FieldKind::Char | FieldKind::Text | FieldKind::Html), Value::Number(number)) => {
            number.to_string()
        }
        (FieldType::Binary, Value::Object(members)) => match members.get(BINARY).and_then(Value::as_str) {
            Some(base64) => base64.to_owned(),
            None => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    let known = |code: &str| field.selection.iter().any(|(known, _)| known == code);
    if field.kind == FieldKind::Selection && !text.is_empty() && !known(&text) {
        return Err(wrong());
    }
    Ok(text)
}

/// One command of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum X2ManyCommand {
    /// `(0, 0, values)`: make a row and hold it.
    Create(Map<String, Value>),
    /// `(1, id, values)`: write to a row that is held.
    Update(i32, Map<String, Value>),
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
pub(super) fn commands(what: &str, value: &Value) -> Result<Vec<X2ManyCommand>, ObjectError> {
    let wrong = || ObjectError::Value(say!("api-wrong-value-for", what, value = python(value)).to_string());
    match value {
        Value::Null | Value::Bool(false) => Ok(Vec::new()),
        Value::Array(items) if items.is_empty() => Ok(Vec::new()),
        Value::Array(items) if items.iter().all(Value::is_number) => {
            Ok(vec![X2ManyCommand::Set(items.iter().map(id).collect::<Option<_>>().ok_or_else(wrong)?)])
        }
        Value::Array(items) => items.iter().map(command).collect::<Option<_>>().ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

fn command(value: &Value) -> Option<X2ManyCommand> {
    let parts = value.as_array()?;
    let at = |n: usize| parts.get(n).and_then(id);
    Some(match (parts.first()?.as_i64()?, parts.len()) {
        (0, 3) => X2ManyCommand::Create(parts[2].as_object()?.clone()),
        (1, 3) => X2ManyCommand::Update(at(1)?, parts[2].as_object()?.clone()),
        (2, 2 | 3) => X2ManyCommand::Delete(at(1)?),
        (3, 2 | 3) => X2ManyCommand::Unlink(at(1)?),
        (4, 2 | 3) => X2ManyCommand::Link(at(1)?),
        (5, 1..=3) => X2ManyCommand::Clear,
        (6, 3) => X2ManyCommand::Set(parts[2].as_array()?.iter().map(id).collect::<Option<_>>()?),
        _ => return None,
    })
}

fn id(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

// The methods of the API with their parameters, as Odoo 19 has them: what there is to call, how `/json/2` binds
// arguments by name, and what its documentation for clients tells.

/// What a method is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Receiver {
    /// The model: `/json/2` refuses ids.
    Model,
    /// Rows, whose ids are its first argument.
    Rows,
    /// The caller, whatever rows are named.
    Caller,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    pub name: &'static str,
    receiver: Receiver,
    /// As Python writes them, each behind a comma and a blank; `**` takes whatever else is named.
    parameters: &'static str,
}

impl Signature {
    pub(super) const fn of_model(name: &'static str, parameters: &'static str) -> Self {
        Self { name, receiver: Receiver::Model, parameters }
    }

    pub(super) const fn of_rows(name: &'static str, parameters: &'static str) -> Self {
        Self { name, receiver: Receiver::Rows, parameters }
    }

    pub(super) const fn of_caller(name: &'static str, parameters: &'static str) -> Self {
        Self { name, receiver: Receiver::Caller, parameters }
    }

    /// Each parameter's name, and its default as Python writes it.
    fn parameters(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        let all = self.parameters.split(", ").filter(|parameter| !parameter.is_empty());
        all.map(|parameter| {
            parameter.split_once('=').map_or((parameter, None), |(name, default)| (name, Some(default)))
        })
    }

    /// What a call by name says as one by position: the ids before all else, where the method takes some. Refused as Odoo
    /// refuses what does not bind.
    pub(super) fn bind(&self, model: &str, named: &mut Map<String, Value>) -> Result<Vec<Value>, ApiFault> {
        let refused = |words: crate::domain::words::Sentence| {
            Err(ApiFault::new(FaultKind::Http(422, "UnprocessableEntity"), words.to_string()))
        };
        let ids = named.remove("ids").filter(|ids| !super::arguments::is_nothing(ids));
        if self.receiver == Receiver::Model && ids.is_some() {
            return refused(say!("api-json2-ids", model, method = self.name));
        }
        let given = |name: &str| named.contains_key(name);
        if let Some((name, _)) =
            self.parameters().find(|(name, default)| default.is_none() && !name.starts_with("**") && !given(name))
        {
            return refused(say!("api-json2-missing", name));
        }
        let takes_all = self.parameters().any(|(name, _)| name.starts_with("**"));
        let known = |name: &str| name == "context" || self.parameters().any(|(parameter, _)| parameter == name);
        if let Some(name) = named.keys().find(|name| !takes_all && !known(name)) {
            return refused(say!("api-json2-unexpected", name));
        }
        Ok(match self.receiver {
            Receiver::Rows => vec![ids.unwrap_or_else(|| Value::Array(Vec::new()))],
            Receiver::Model | Receiver::Caller => Vec::new(),
        })
    }

    /// As Odoo's documentation for clients tells a method.
    pub(super) fn told(&self) -> Ordered {
        let parameters = self.parameters().map(|(name, default)| {
            let mut told = Ordered::default().with("name", name.trim_start_matches('*'));
            if name.starts_with("**") {
                told = told.with("kind", "VAR_KEYWORD");
            }
            if let Some(default) = default {
                told = told.with("default", literal(default));
            }
            (name.trim_start_matches('*').to_owned(), told)
        });
        let api: &[&str] = if self.receiver == Receiver::Model { &["model"] } else { &[] };
        Ordered::default()
            .with("signature", format!("({})", self.parameters))
            .with_members("parameters", parameters.collect())
            .with("api", api.to_vec())
            .with("model", "core")
            .with("module", "core")
    }
}

/// A default as JSON.
fn literal(python: &str) -> Value {
    match python {
        "None" => Value::Null,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "()" => Value::Array(Vec::new()),
        text => text.parse::<i64>().map_or_else(|_| text.trim_matches('\'').into(), Value::from),
    }
}

/// The methods that every model has.
pub(super) const OF_EVERY_MODEL: &[Signature] = &[
    Signature::of_model("search", "domain, offset=0, limit=None, order=None"),
    Signature::of_model("search_count", "domain, limit=None"),
    Signature::of_model(
        "search_read",
        "domain=None, fields=None, offset=0, limit=None, order=None, load='_classic_read'",
    ),
    Signature::of_rows("read", "fields=None, load='_classic_read'"),
    Signature::of_model("name_search", "name='', domain=None, operator='ilike', limit=100"),
    Signature::of_rows("name_get", ""),
    Signature::of_rows("export_data", "fields_to_export"),
    Signature::of_model("load", "fields, data"),
    Signature::of_model("read_group", "domain, fields, groupby, offset=0, limit=None, orderby=False, lazy=True"),
    Signature::of_model(
        "formatted_read_group",
        "domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None",
    ),
    Signature::of_rows("exists", ""),
    Signature::of_model("create", "vals_list"),
    Signature::of_rows("write", "vals"),
    Signature::of_rows("unlink", ""),
    Signature::of_rows("action_archive", ""),
    Signature::of_rows("action_unarchive", ""),
    Signature::of_model("name_create", "name"),
    Signature::of_model("fields_get", "allfields=None, attributes=None"),
    Signature::of_model("default_get", "fields"),
    Signature::of_model("check_access_rights", "operation, raise_exception=True"),
    Signature::of_rows("has_access", "operation"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_command_is_read_and_a_wrong_one_is_named() {
        let given = json!([[0, 0, {"name": "a"}], [1, 5, {}], [2, 5], [3, 5, 0], [4, 5], [5], [6, 0, [1, 2]]]);
        let name = Map::from_iter([("name".to_owned(), json!("a"))]);
        assert_eq!(
            commands("x", &given).unwrap(),
            [
                X2ManyCommand::Create(name),
                X2ManyCommand::Update(5, Map::new()),
                X2ManyCommand::Delete(5),
                X2ManyCommand::Unlink(5),
                X2ManyCommand::Link(5),
                X2ManyCommand::Clear,
                X2ManyCommand::Set(vec![1, 2]),
            ]
        );
        assert_eq!(commands("x", &json!([3, 4])).unwrap(), [X2ManyCommand::Set(vec![3, 4])]);
        assert_eq!(commands("x", &json!(false)).unwrap(), []);
        for wrong in [json!([[7, 0, 0]]), json!([[0, 0]]), json!("x"), json!([[4, "x"]]), json!([[6, 0, 3]])] {
            let error = commands("spp.grm.ticket.attachment_ids", &wrong).unwrap_err();
            assert!(error.to_string().starts_with("Wrong value for spp.grm.ticket.attachment_ids: "), "{error}");
        }
    }

    #[test]
    fn arguments_by_name_are_bound_as_python_binds_them() {
        let find = |name: &str| OF_EVERY_MODEL.iter().find(|signature| signature.name == name).unwrap();
        let bind = |method: &str, named: Value| {
            let Value::Object(mut named) = named else { panic!() };
            find(method).bind("res.partner", &mut named).map_err(|fault| fault.message)
        };
        use serde_json::json;
        assert_eq!(bind("search", json!({"domain": [], "context": {}})), Ok(vec![]));
        assert_eq!(bind("search", json!({"domain": [], "ids": []})), Ok(vec![]));
        assert_eq!(bind("search", json!({})), Err("missing a required argument: 'domain'".into()));
        assert_eq!(
            bind("search", json!({"domain": [], "nope": 1})),
            Err("got an unexpected keyword argument 'nope'".into())
        );
        assert_eq!(bind("search", json!({"ids": [1]})), Err("cannot call res.partner.search with ids".into()));
        assert_eq!(bind("read", json!({"ids": [3], "fields": ["name"]})), Ok(vec![json!([3])]));
        assert_eq!(bind("read", json!({})), Ok(vec![json!([])]));
    }
}
