//! Tokens that sign in to mail servers (OAuth 2.0, RFC 6749): asked for, kept sealed, renewed ahead of their end by whoever
//! needs them first, and what it means where a provider gives none.

mod client;
mod keeper;
mod refusal;

pub use client::{BegunFlow, begin};
pub use client::{CertificateProblem, SigningCertificate};
pub use keeper::{NotGranted, TokenKeeper};
pub use refusal::{NoToken, TokenRefusal};
