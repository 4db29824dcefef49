//! Tokens that sign in to mail servers (OAuth 2.0, RFC 6749): asked for, kept sealed, renewed ahead of their end by whoever
//! needs them first, and what it means where a provider gives none.

mod assertion;
mod client;
mod http;
mod keeper;
mod refusal;

pub use assertion::{Certificate, CertificateProblem};
pub use client::{Begun, begin};
pub use keeper::{Keeper, NotGranted};
pub use refusal::{Refusal, Refused};
