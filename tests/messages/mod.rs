//! The ledger as people work with it: the balance, the held desk, bulk decisions, sources.

mod balance;
mod bulk;
mod content;
mod held;
mod notes;
mod roles;
mod upgrade;

const LEDGER: &str = "/settings/technical/email/messages";
const SPAM: &str = "From: Shop <shop@x.example>\nSubject: Win\nMessage-ID: <spam@x>\nX-Spam-Flag: YES\n\nNow\n";
