//! The methods of the API with their parameters, as Odoo 19 has them: what there is to call, how `/json/2` binds arguments by
//! name, and what its documentation for clients tells.

use serde_json::{Map, Value};

use super::fault::{ApiFault, FaultKind};
use super::wire::ordered::Ordered;
use crate::say;

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
    use super::*;

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
