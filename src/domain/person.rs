//! Who uses Mailgate, and what each role may do.

use super::Invalid;
use super::id::UserId;

crate::coded! {
    /// ARCHITECTURE §6. Checked in `operations`, never in a page.
    pub enum Role {
        /// Everything.
        SystemAdmin = "system_admin",
        /// Records and held mail.
        Officer = "officer",
        /// Reads records, ledger and audit; changes nothing.
        Auditor = "auditor",
    }
}

impl Role {
    pub fn label(self) -> &'static str {
        match self {
            Role::SystemAdmin => "System Admin",
            Role::Officer => "Grievance Officer",
            Role::Auditor => "Auditor",
        }
    }
}

/// Who asks for an operation: a signed-in person, an API client, or the command line.
#[derive(Debug, Clone)]
pub struct Caller {
    /// None for the command line on the machine itself, which may do everything.
    pub user: Option<UserId>,
    pub login: String,
    pub role: Role,
    /// Where the request came from, for the audit.
    pub address: Option<std::net::IpAddr>,
}

impl Caller {
    /// The command line: whoever can run it can read the data folder anyway.
    pub fn command_line() -> Self {
        Self { user: None, login: "command line".into(), role: Role::SystemAdmin, address: None }
    }
}

/// The name a person signs in with: 1 to 254 printable characters, without spaces at its ends, compared
/// without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("login", "Enter a login, for example an e-mail address."));
        }
        if text.chars().count() > 254 || text.chars().any(char::is_control) {
            return Err(Invalid::new("login", "A login has at most 254 characters and no line breaks."));
        }
        Ok(Self(text.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
