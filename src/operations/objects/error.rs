//! Why a call to an object was refused: each kind is one of Odoo's exceptions, with its words.

use crate::domain::filter::FilterError;
use crate::operations::OperationError;
use crate::store::StoreError;
use crate::store::share::Busy;

#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("Object {0} doesn't exist")]
    UnknownModel(String),
    #[error("The method '{method}' does not exist on the model '{model}'")]
    UnknownMethod { model: String, method: String },
    #[error("Private methods (such as {0}) cannot be called remotely.")]
    PrivateMethod(String),
    /// Python's TypeError: an argument is missing, unknown or of the wrong kind.
    #[error("{0}")]
    Argument(String),
    /// Python's ValueError: an unknown field, operator or value.
    #[error("{0}")]
    Value(String),
    /// Python's AssertionError, which Odoo raises for what is no domain and no access mode.
    #[error("{0}")]
    Assertion(String),
    #[error("{0}")]
    Access(String),
    /// Odoo's MissingError.
    #[error("Record does not exist or has been deleted.\n(Record: {model}({id},), User: {user})")]
    Missing { model: String, id: i32, user: i32 },
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl From<StoreError> for ObjectError {
    fn from(error: StoreError) -> Self {
        ObjectError::Operation(error.into())
    }
}

impl From<Busy> for ObjectError {
    fn from(busy: Busy) -> Self {
        ObjectError::Operation(busy.into())
    }
}

impl From<crate::store::QueryError> for ObjectError {
    fn from(error: crate::store::QueryError) -> Self {
        ObjectError::Operation(error.into())
    }
}

impl From<FilterError> for ObjectError {
    fn from(error: FilterError) -> Self {
        match error {
            FilterError::NotAList => ObjectError::Assertion(error.to_string()),
            error => ObjectError::Value(error.to_string()),
        }
    }
}

pub fn unknown_field(model: &str, field: &str) -> ObjectError {
    ObjectError::Value(format!("Invalid field '{field}' on model '{model}'"))
}
