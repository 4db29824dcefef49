//! Every error as Odoo's clients know it: a fault code, an exception's name and its words; never a traceback, a
//! path or a secret.

use crate::domain::filter::FilterError;
use crate::domain::text::shorten;
use crate::operations::client::QueryError;
use crate::operations::{OperationError, StoreError};
use crate::say;
use crate::xmlrpc::FaultCode;

/// Why a call on an object was refused: each kind is one of Odoo's exceptions, with its words.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("{}", say!("api-unknown-model", model = .0))]
    UnknownModel(String),
    #[error("{}", say!("api-unknown-method", method, model))]
    UnknownMethod { model: String, method: String },
    #[error("{}", say!("api-private-method", method = .0))]
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
    #[error("{}", say!("api-missing", model, id = id.to_string(), user = user.to_string()))]
    Missing { model: String, id: i32, user: i32 },
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl From<StoreError> for ObjectError {
    fn from(error: StoreError) -> Self {
        ObjectError::Operation(error.into())
    }
}

impl From<QueryError> for ObjectError {
    fn from(error: QueryError) -> Self {
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
    ObjectError::Value(say!("api-unknown-field", field, model).to_string())
}

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub message: String,
}

/// Odoo's exceptions, in the fault codes that `/xmlrpc/2` has for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 1, with the Python exception's name, and its module's where it is not built in.
    Application(&'static str),
    /// 2
    Warning(&'static str),
    /// 3
    AccessDenied,
    /// 4
    AccessError,
    /// Of the web client's calls alone, which have no XML-RPC form.
    SessionExpired,
}

/// Characters of a fault.
const MOST_WORDS: usize = 4_000;

impl Fault {
    /// Of words that repeat what was sent no more is told than anybody reads.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: shorten(&message.into(), MOST_WORDS) }
    }

    pub fn too_much() -> Self {
        Self::new(Kind::Application("ValueError"), say!("api-call-too-large").to_string())
    }

    pub fn denied() -> Self {
        Self::new(Kind::AccessDenied, "Access Denied")
    }

    pub fn code(&self) -> FaultCode {
        FaultCode::Number(match self.kind {
            Kind::Application(_) | Kind::SessionExpired => 1,
            Kind::Warning(_) => 2,
            Kind::AccessDenied => 3,
            Kind::AccessError => 4,
        })
    }

    /// The fault's text on `/xmlrpc/2`: an application error begins with its exception, as a traceback's last line.
    pub fn text(&self) -> String {
        match self.kind {
            // Python shows what was looked for in quotes.
            Kind::Application("KeyError") => format!("KeyError: '{}'\n", self.message),
            Kind::Application(exception) => format!("{exception}: {}\n", self.message),
            _ => self.message.clone(),
        }
    }

    /// The legacy endpoint's string code, and its text.
    pub fn legacy(&self) -> (FaultCode, String) {
        match self.kind {
            Kind::Application(_) | Kind::SessionExpired => (FaultCode::Word(self.message.clone()), self.text()),
            Kind::Warning(exception) => {
                // It tells these two apart only.
                let exception = if exception == "MissingError" { exception } else { "UserError" };
                (FaultCode::Word(format!("warning -- {exception}\n\n{}", self.message)), String::new())
            }
            Kind::AccessDenied => (FaultCode::Word("AccessDenied".into()), self.message.clone()),
            Kind::AccessError => {
                (FaultCode::Word(format!("warning -- AccessError\n\n{}", self.message)), String::new())
            }
        }
    }

    /// The exception's full name, as JSON-RPC has it.
    pub fn exception(&self) -> String {
        match self.kind {
            Kind::Application(exception) if exception.contains('.') => exception.into(),
            Kind::Application(exception) => format!("builtins.{exception}"),
            Kind::Warning(exception) => format!("odoo.exceptions.{exception}"),
            Kind::AccessDenied => "odoo.exceptions.AccessDenied".into(),
            Kind::AccessError => "odoo.exceptions.AccessError".into(),
            Kind::SessionExpired => "odoo.http.SessionExpiredException".into(),
        }
    }

    /// JSON-RPC's code and message: an ended session has its own, so that a client signs in again.
    pub fn outline(&self) -> (i32, &'static str) {
        match self.kind {
            Kind::SessionExpired => (100, "Odoo Session Expired"),
            _ => (200, "Odoo Server Error"),
        }
    }
}

impl From<ObjectError> for Fault {
    fn from(error: ObjectError) -> Self {
        let kind = match &error {
            ObjectError::UnknownModel(_) => Kind::Warning("UserError"),
            ObjectError::UnknownMethod { .. } => Kind::Application("AttributeError"),
            ObjectError::PrivateMethod(_) | ObjectError::Access(_) => Kind::AccessError,
            ObjectError::Argument(_) => Kind::Application("TypeError"),
            ObjectError::Value(_) => Kind::Application("ValueError"),
            ObjectError::Assertion(_) => Kind::Application("AssertionError"),
            ObjectError::Missing { .. } => Kind::Warning("MissingError"),
            ObjectError::Operation(operation) => return Self::from_operation(operation),
        };
        Self::new(kind, error.to_string())
    }
}

impl From<OperationError> for Fault {
    fn from(error: OperationError) -> Self {
        Self::from_operation(&error)
    }
}

impl Fault {
    fn from_operation(error: &OperationError) -> Self {
        let kind = match error {
            OperationError::Denied(_) => Kind::AccessError,
            OperationError::NotFound(_) => Kind::Warning("MissingError"),
            OperationError::Invalid(_) => Kind::Warning("ValidationError"),
            OperationError::Conflict(_) | OperationError::Refused(_) => Kind::Warning("UserError"),
            // PostgreSQL's words, which Odoo passes on, and those of its own pool.
            OperationError::TooLong(_) => Kind::Application("psycopg2.errors.QueryCanceled"),
            OperationError::Busy => Kind::Application("psycopg2.pool.PoolError"),
            OperationError::Store(store) => {
                tracing::error!(%store, "an API call failed");
                Kind::Application("psycopg2.OperationalError")
            }
        };
        let message = match error {
            OperationError::Invalid(all) => {
                all.iter().map(|invalid| invalid.message.as_str()).collect::<Vec<_>>().join("\n")
            }
            OperationError::TooLong(_) => say!("api-timeout", error = error.complaint().in_full()).to_string(),
            OperationError::Busy => say!("api-pool-full", error = error.complaint().in_full()).to_string(),
            _ => error.to_string(),
        };
        Self::new(kind, message)
    }
}
