//! The XML-RPC codec: bytes to calls and answers and back, as Odoo and its clients speak it. Values and documents
//! are `dxr`'s; what stands here is what it leaves open: limits before anything is parsed, other encodings than
//! UTF-8, characters that XML can't carry, fault codes that are strings (Odoo's legacy endpoint), and errors
//! that never repeat the document, since it may hold a password.

mod call;
mod characters;
mod document;
mod limits;
mod stream;

pub use call::{CallReader, beginning};
pub use characters::sendable;
pub use document::{
    Call, FaultCode, MethodAnswer, checked, read_answer, read_call, write_answer, write_call, write_fault,
};
pub use dxr::{DateTime, Value};
pub use limits::{DocumentLimits, DocumentTally};
pub use stream::{Outgoing, Param, Seekable, SharedBytes, StoredBytes, Stretch, is_text};

/// Why a document was refused. It names what is wrong, and never what the document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("the document is larger than {0} bytes")]
    TooLarge(usize),
    #[error("values are nested deeper than {0}")]
    TooDeep(usize),
    #[error("there are more than {0} elements")]
    TooMany(usize),
    #[error("the document declares entities or a type, which XML-RPC has no use for")]
    Declarations,
    #[error("the document's encoding is unknown")]
    Encoding,
    #[error("this is no XML-RPC document")]
    Malformed,
    #[error("a value can't be sent over XML-RPC")]
    Unsendable,
}
