//! How calls reach an Odoo. XML-RPC today; the trait leaves room for the `/json/2` of Odoo 19.

use super::fault::Fault;
use super::version::Version;
use super::{Trouble, http::Unanswered};
use crate::xmlrpc::{Param, Value};

/// The way to one database of one Odoo, as one account.
pub(super) trait Transport: Send {
    /// Needs no account.
    fn version(&mut self) -> Result<Version, CallError>;

    /// The databases of the server; it may refuse to list them. Needs no account.
    fn databases(&mut self) -> Result<Vec<String>, CallError>;

    /// Whether the far end's certificate names no host but by its common name.
    fn is_nameless(&self) -> bool;

    /// False where login, password or key is refused.
    fn sign_in(&mut self) -> Result<bool, CallError>;

    /// Calls a method of a model.
    fn execute(&mut self, call: Execute<'_>) -> Result<Value, CallError>;
}

/// One call of a model's method.
#[derive(Debug)]
pub(super) struct Execute<'a> {
    pub model: &'a str,
    pub method: &'a str,
    pub args: Vec<Param<'a>>,
    pub kwargs: Vec<(&'static str, Value)>,
}

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum CallError {
    /// The far end answered with a fault.
    Fault(Fault),
    /// There is no answer.
    Unanswered(Unanswered),
}

impl From<Unanswered> for CallError {
    fn from(unanswered: Unanswered) -> Self {
        CallError::Unanswered(unanswered)
    }
}

impl From<Trouble> for CallError {
    fn from(trouble: Trouble) -> Self {
        CallError::Unanswered(trouble.into())
    }
}
