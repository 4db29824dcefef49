//! How a place answers that may serve a mailbox: reached, encrypted and greeted by the way of every session, and left before
//! anybody signs in.

use std::time::{Duration, Instant};

use super::account::MailAccount;
use super::dial::{GreetingRequest, Unwatched, dial};
use super::{Environment, MailboxError, MailboxProblem, opening};
use crate::domain::discovery::MailPlace;
use crate::domain::protocol::Security;

/// What serves mailboxes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeted {
    /// The best that it offers on this port.
    pub security: Security,
    /// An authority vouches for its certificate, and for this host.
    pub is_trusted: bool,
    /// Whether it takes passwords; without them, tokens.
    pub takes_passwords: bool,
}

/// Looks at a place, and says nothing of anybody. Ends within `total`.
pub fn greet(door: &MailPlace, env: &Environment, total: Duration) -> Result<Greeted, MailboxError> {
    let mut env = env.clone();
    let step = total / 2;
    env.limits.connect = env.limits.connect.min(step);
    env.limits.read = env.limits.read.min(step);
    env.limits.until = Some(Instant::now() + total);
    let mut account = MailAccount::stranger(door, &env);
    let security = match (door.security, looked_at(&account)) {
        (security, Ok(greeted)) => return Ok(Greeted { security, ..greeted }),
        // On such a port it is the better half of what may be offered.
        (Security::StartTls, Err(error)) if error.problem == MailboxProblem::NoStartTls => Security::None,
        (security, Err(error)) if is_of_its_certificate(&error) => {
            return Ok(Greeted { security, is_trusted: false, takes_passwords: true });
        }
        (_, Err(error)) => return Err(error),
    };
    account.security = security;
    looked_at(&account).map(|greeted| Greeted { security, is_trusted: false, ..greeted })
}

fn looked_at(account: &MailAccount) -> Result<Greeted, MailboxError> {
    let dialled = dial(account, GreetingRequest::Capabilities, &mut Unwatched)?;
    let by_token = ["AUTH=XOAUTH2", "AUTH=OAUTHBEARER"].iter().any(|way| dialled.offers(way));
    let takes_passwords = (opening(account.protocol).takes_passwords)(&dialled);
    Ok(Greeted { security: account.security, is_trusted: true, takes_passwords: takes_passwords || !by_token })
}

/// There is a mail server, whose certificate a person may look at in the test.
fn is_of_its_certificate(error: &MailboxError) -> bool {
    matches!(
        error.problem,
        MailboxProblem::UntrustedCertificate
            | MailboxProblem::CertificateName
            | MailboxProblem::CertificateDate
            | MailboxProblem::NamelessCertificate
    )
}
