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

pub(super) fn unknown_field(model: &str, field: &str) -> ObjectError {
    ObjectError::Value(say!("api-unknown-field", field, model).to_string())
}

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiFault {
    pub kind: FaultKind,
    pub message: String,
}

/// Odoo's exceptions, in the fault codes that `/xmlrpc/2` has for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
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
    /// Of `/json/2` alone: a status of HTTP, and the name that Odoo's web server has for it.
    Http(u16, &'static str),
}

/// Characters of a fault.
const MOST_WORDS: usize = 4_000;

impl ApiFault {
    /// Of words that repeat what was sent no more is told than anybody reads.
    pub(super) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: shorten(&message.into(), MOST_WORDS) }
    }

    pub(super) fn too_much() -> Self {
        Self::new(FaultKind::Application("ValueError"), say!("api-call-too-large").to_string())
    }

    pub(super) fn denied() -> Self {
        Self::new(FaultKind::AccessDenied, "Access Denied")
    }

    pub(super) fn code(&self) -> FaultCode {
        FaultCode::Number(match self.kind {
            FaultKind::Application(_) | FaultKind::SessionExpired | FaultKind::Http(..) => 1,
            FaultKind::Warning(_) => 2,
            FaultKind::AccessDenied => 3,
            FaultKind::AccessError => 4,
        })
    }

    /// The fault's text on `/xmlrpc/2`: an application error begins with its exception, as a traceback's last line.
    pub(super) fn text(&self) -> String {
        match self.kind {
            // Python shows what was looked for in quotes.
            FaultKind::Application("KeyError") => format!("KeyError: '{}'\n", self.message),
            FaultKind::Application(exception) => format!("{exception}: {}\n", self.message),
            _ => self.message.clone(),
        }
    }

    /// The legacy endpoint's string code, and its text.
    pub(super) fn legacy(&self) -> (FaultCode, String) {
        match self.kind {
            FaultKind::Application(_) | FaultKind::SessionExpired | FaultKind::Http(..) => {
                (FaultCode::Word(self.message.clone()), self.text())
            }
            FaultKind::Warning(exception) => {
                // It tells these two apart only.
                let exception = if exception == "MissingError" { exception } else { "UserError" };
                (FaultCode::Word(format!("warning -- {exception}\n\n{}", self.message)), String::new())
            }
            FaultKind::AccessDenied => (FaultCode::Word("AccessDenied".into()), self.message.clone()),
            FaultKind::AccessError => {
                (FaultCode::Word(format!("warning -- AccessError\n\n{}", self.message)), String::new())
            }
        }
    }

    /// The exception's full name, as JSON-RPC has it.
    pub(super) fn exception(&self) -> String {
        match self.kind {
            FaultKind::Application(exception) if exception.contains('.') => exception.into(),
            FaultKind::Application(exception) => format!("builtins.{exception}"),
            FaultKind::Warning(exception) => format!("odoo.exceptions.{exception}"),
            FaultKind::AccessDenied => "odoo.exceptions.AccessDenied".into(),
            FaultKind::AccessError => "odoo.exceptions.AccessError".into(),
            FaultKind::SessionExpired => "odoo.http.SessionExpiredException".into(),
            FaultKind::Http(_, exception) => format!("werkzeug.exceptions.{exception}"),
        }
    }

    /// The status of HTTP that Odoo 19 answers it with.
    pub(super) fn status(&self) -> u16 {
        match self.kind {
            FaultKind::Application(_) => 500,
            FaultKind::Warning("MissingError") => 404,
            FaultKind::Warning(_) => 422,
            FaultKind::AccessDenied | FaultKind::AccessError | FaultKind::SessionExpired => 403,
            FaultKind::Http(status, _) => status,
        }
    }

    /// JSON-RPC's code and message: an ended session has its own, so that a client signs in again.
    pub(super) fn outline(&self) -> (i32, &'static str) {
        match self.kind {
            FaultKind::SessionExpired => (100, "Odoo Session Expired"),
            _ => (200, "Odoo Server Error"),
        }
    }
}

impl From<ObjectError> for ApiFault {
    fn from(error: ObjectError) -> Self {
        let kind = match &error {
            ObjectError::UnknownModel(_) => FaultKind::Warning("UserError"),
            ObjectError::UnknownMethod { .. } => FaultKind::Application("AttributeError"),
            ObjectError::PrivateMethod(_) | ObjectError::Access(_) => FaultKind::AccessError,
            ObjectError::Argument(_) => FaultKind::Application("TypeError"),
            ObjectError::Value(_) => FaultKind::Application("ValueError"),
            ObjectError::Assertion(_) => FaultKind::Application("AssertionError"),
            ObjectError::Missing { .. } => FaultKind::Warning("MissingError"),
            ObjectError::Operation(operation) => return Self::from_operation(operation),
        };
        Self::new(kind, error.to_string())
    }
}

impl From<OperationError> for ApiFault {
    fn from(error: OperationError) -> Self {
        Self::from_operation(&error)
    }
}

impl ApiFault {
    fn from_operation(error: &OperationError) -> Self {
        let kind = match error {
            OperationError::Denied(_) => FaultKind::AccessError,
            OperationError::NotFound(_) => FaultKind::Warning("MissingError"),
            OperationError::Invalid(_) => FaultKind::Warning("ValidationError"),
            OperationError::Conflict(_) | OperationError::Refused(_) => FaultKind::Warning("UserError"),
            // PostgreSQL's words, which Odoo passes on, and those of its own pool.
            OperationError::TooLong(_) => FaultKind::Application("psycopg2.errors.QueryCanceled"),
            OperationError::Busy => FaultKind::Application("psycopg2.pool.PoolError"),
            OperationError::Store(store) => {
                tracing::error!(%store, "an API call failed");
                FaultKind::Application("psycopg2.OperationalError")
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
