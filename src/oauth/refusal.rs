//! Why there is no token, told apart by what each provider says, with what to do about it. Microsoft names reasons by
//! numbers (`AADSTS…`), Google by words, and every other server by the codes of RFC 6749 §5.2.

use std::fmt;

use oauth2::ErrorResponse;
use serde::{Deserialize, Serialize};

use super::assertion::CertificateProblem;
use crate::domain::complaint::Complaint;
use crate::domain::oauth::{Authentication, Grant, GrantType};
use crate::domain::text::shorten;
use crate::domain::words::Sentence;

/// Kinds of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRefusal {
    /// Nobody signed in yet, or for other settings.
    NotSignedIn,
    /// What a person allowed counts no more: withdrawn, the password changed, not used for long.
    Withdrawn,
    /// The same, of a Google application in *Testing*, where it ends after 7 days.
    Testing,
    /// Nobody allowed it yet who may.
    NotAllowed,
    SecretExpired,
    SecretWrong,
    Certificate,
    /// The provider knows no such application, or not in this directory.
    Application,
    Scope,
    /// A policy of the organisation wants a person, a device or a place.
    Policy,
    /// The person's account is closed or locked.
    Account,
    /// Not now.
    Busy,
    Unreachable,
    /// The address is not that of a server of tokens, or the redirect address another than registered.
    Address,
    Other,
}

impl TokenRefusal {
    /// Whether it passes by itself.
    pub fn is_passing(self) -> bool {
        matches!(self, TokenRefusal::Busy | TokenRefusal::Unreachable)
    }
}

/// Why there is no token: sentences for an administrator, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{words}")]
pub struct NoToken {
    pub kind: TokenRefusal,
    /// What happened.
    pub words: String,
    /// What to do.
    pub remedy: String,
}

impl NoToken {
    pub fn new(kind: TokenRefusal, words: String, remedy: impl Into<String>) -> Self {
        Self { kind, words, remedy: remedy.into() }
    }

    /// For a person.
    pub fn complaint(&self) -> Complaint {
        Complaint::new(Sentence::verbatim(self.words.as_str()), Sentence::verbatim(self.remedy.as_str()))
    }

    pub fn not_signed_in(mailbox: &str) -> Self {
        let words = format!("Nobody has signed in for “{mailbox}” yet, or not since its settings changed.");
        Self::new(TokenRefusal::NotSignedIn, words, SIGN_IN)
    }

    pub fn address(grant: &Grant) -> Self {
        let words = format!("{} is not the address of a server of tokens.", grant.token_url.as_str());
        Self::new(
            TokenRefusal::Address,
            words,
            "Check the addresses under Advanced; empty ones are the provider's own.",
        )
    }

    /// What comes back with a person who could not sign in (RFC 6749 §4.1.2.1).
    pub fn at_the_provider(grant: &Grant, error: &str, description: &str) -> Self {
        let body =
            ErrorBody { error: error.to_owned(), error_description: description.to_owned(), ..ErrorBody::default() };
        TokenError { grant, status: 0, body: &body }.refused()
    }

    pub fn certificate(problem: &CertificateProblem) -> Self {
        let words = "The application's certificate can't be used.".to_owned();
        Self::new(TokenRefusal::Certificate, words, problem.to_string())
    }

    pub fn waited() -> Self {
        let words = "Another process asks for this token, and has had no answer yet.".to_owned();
        Self::new(TokenRefusal::Busy, words, "Mailgate tries again by itself.")
    }

    /// What a person allowed ended so soon after that it is Google's limit for applications in *Testing*.
    pub fn in_testing(self) -> Self {
        let words = "Google ended this sign-in after 7 days, as it does for applications whose publishing status is \
                     Testing.";
        let remedy = "In the Google Cloud console open Google Auth Platform › Audience and press Publish app, or choose \
                      Internal as user type; then press Sign In on this server's page, once more.";
        Self::new(TokenRefusal::Testing, words.into(), remedy)
    }
}

const SIGN_IN: &str = "Press Sign In on this server's page, and sign in as who may read this mailbox.";

/// What a server of tokens says in place of a token (RFC 6749 §5.2), with what Microsoft and Google add.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ErrorBody {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
    /// Microsoft: more of the reason, in a word.
    #[serde(default)]
    suberror: String,
    /// Google: the same.
    #[serde(default)]
    error_subtype: String,
}

impl ErrorResponse for ErrorBody {}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl ErrorBody {
    /// What is no such answer: a page, or something else entirely.
    pub fn of_page(answer: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&answer[..answer.len().min(4096)]);
        let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        let error_description = title.map_or_else(String::new, |(title, _)| title.trim().to_owned());
        Self { error_description, ..Self::default() }
    }

    /// `AADSTS7000215: …`
    fn number(&self) -> Option<u32> {
        let (_, rest) = self.error_description.split_once("AADSTS")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

/// An answer without a token.
pub struct TokenError<'a> {
    pub grant: &'a Grant,
    /// 0 where there was none.
    pub status: u16,
    pub body: &'a ErrorBody,
}

/// What Microsoft means by its numbers, as far as somebody can do something about it.
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
const MICROSOFT: &[(TokenRefusal, &[u32])] = &[
    (TokenRefusal::SecretExpired, &[7_000_222]),
    (TokenRefusal::SecretWrong, &[7_000_215, 7_000_216, 7_000_218, 70_002, 50_012]),
    (TokenRefusal::Certificate, &[700_027, 700_024, 700_021, 700_023, 700_030, 50_013, 7_000_272, 7_000_273]),
    (
        TokenRefusal::Application,
        &[
            700_016, 700_011, 90_002, 90_013, 900_023, 900_021, 900_971, 50_194, 50_020, 500_011, 7_000_112, 7_000_113,
            650_052,
        ],
    ),
    (TokenRefusal::NotAllowed, &[65_001, 65_004, 90_094, 90_095, 650_051, 650_057, 50_105]),
    (TokenRefusal::Scope, &[70_011, 28_000, 28_002, 28_003, 650_053, 1_002_012]),
    (
        TokenRefusal::Policy,
        &[
            50_005, 50_072, 50_074, 50_076, 50_079, 50_097, 50_125, 50_126, 50_129, 50_131, 50_158, 50_203, 53_000,
            53_001, 53_002, 53_003, 53_004, 53_011, 530_021, 530_031, 530_032, 530_034, 530_035,
        ],
    ),
    (
        TokenRefusal::Withdrawn,
        &[
            50_055, 50_078, 50_132, 50_133, 50_173, 54_005, 65_007, 70_000, 70_008, 70_043, 70_044, 700_003, 700_081,
            700_082, 700_084,
        ],
    ),
    (TokenRefusal::Account, &[50_034, 50_053, 50_057, 50_059, 51_004, 16_000, 500_341]),
    (TokenRefusal::Address, &[50_011, 500_112, 500_113, 500_117, 900_561]),
    (TokenRefusal::Busy, &[50_001, 50_033, 50_196, 90_006, 90_020, 90_024, 90_033, 90_055, 90_090, 700_010]),
];

impl TokenError<'_> {
    pub fn refused(&self) -> NoToken {
        let kind = self.kind();
        NoToken { kind, words: self.words(), remedy: self.remedy(kind) }
    }

    fn provider(&self) -> String {
        match self.grant.authentication {
            Authentication::MicrosoftApp | Authentication::Microsoft => "Microsoft".to_owned(),
            Authentication::Google => "Google".to_owned(),
            Authentication::OAuth2 | Authentication::Password => self.grant.token_url.host().to_owned(),
        }
    }

    /// The provider's own words on one line, without what only its support can read.
    fn words(&self) -> String {
        let description = self.body.error_description.split(['\r', '\n']).next().unwrap_or_default();
        let description = description.split(" Trace ID:").next().unwrap_or_default();
        let parts = [self.body.error.as_str(), description.trim()];
        let said = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
        let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let provider = self.provider();
        match (said.as_str(), self.status) {
            ("", 0) => format!("{provider} gave no token."),
            ("", status) => format!("{provider} gave no token (HTTP {status})."),
            (said, _) => format!("{provider} gave no token: {}", shorten(said.trim_end_matches('.'), 300) + "."),
        }
    }

    fn kind(&self) -> TokenRefusal {
        let number = self.body.number();
        let known =
            |number: u32| MICROSOFT.iter().find(|(_, numbers)| numbers.contains(&number)).map(|(kind, _)| *kind);
        if let Some(kind) = number.and_then(known) {
            return kind;
        }
        let description = self.body.error_description.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| description.contains(word));
        match self.body.error.as_str() {
            // Google's own, for a rule of the organisation that wants its people to sign in again.
            _ if self.body.error_subtype == "invalid_rapt" || has(&["reauth related error", "invalid_rapt"]) => {
                TokenRefusal::Policy
            }
            _ if matches!(self.body.suberror.as_str(), "basic_action" | "additional_action" | "message_only") => {
                TokenRefusal::Policy
            }
            "admin_policy_enforced" | "org_internal" | "interaction_required" | "login_required" => {
                TokenRefusal::Policy
            }
            "consent_required" | "access_denied" => TokenRefusal::NotAllowed,
            "invalid_scope" | "insufficient_scope" => TokenRefusal::Scope,
            "invalid_client" if has(&["expired"]) => TokenRefusal::SecretExpired,
            "invalid_client" if has(&["not found", "unknown", "no such"]) => TokenRefusal::Application,
            "invalid_client" => TokenRefusal::SecretWrong,
            "deleted_client" | "disabled_client" | "unauthorized_client" => TokenRefusal::Application,
            "redirect_uri_mismatch" => TokenRefusal::Address,
            "invalid_grant" if has(&["account has been deleted", "account is disabled"]) => TokenRefusal::Account,
            "invalid_grant" if has(&["redirect_uri"]) => TokenRefusal::Address,
            "invalid_grant" => TokenRefusal::Withdrawn,
            "temporarily_unavailable" | "server_error" | "slow_down" | "rate_limit_exceeded" | "internal_failure" => {
                TokenRefusal::Busy
            }
            _ if self.status == 429 || self.status >= 500 => TokenRefusal::Busy,
            "" => TokenRefusal::Address,
            _ => TokenRefusal::Other,
        }
    }

    fn remedy(&self, kind: TokenRefusal) -> String {
        let microsoft = self.grant.authentication.is_microsoft();
        let google = self.grant.authentication == Authentication::Google;
        let where_secrets_are = if microsoft {
            "In the Microsoft Entra admin centre open App registrations › this application › Certificates & secrets"
        } else if google {
            "In the Google Cloud console open Google Auth Platform › Clients › this client"
        } else {
            "At the provider open this application"
        };
        match (kind, self.grant.way) {
            (TokenRefusal::NotSignedIn, _) => SIGN_IN.into(),
            (TokenRefusal::Withdrawn | TokenRefusal::Testing, GrantType::SignIn) => format!(
                "What was allowed counts no more: it was withdrawn, the password was changed, or it was not used for long. \
                 {SIGN_IN}"
            ),
            (TokenRefusal::Withdrawn | TokenRefusal::Testing, GrantType::Application) => {
                format!("{where_secrets_are}, and see whether it may still be used.")
            }
            (TokenRefusal::NotAllowed, GrantType::Application) if microsoft => {
                "In the Microsoft Entra admin centre open App registrations › this application › API permissions, add \
                 Office 365 Exchange Online › Application permissions › IMAP.AccessAsApp (POP.AccessAsApp), and press \
                 Grant admin consent."
                    .into()
            }
            (TokenRefusal::NotAllowed, _) => format!(
                "It was not allowed. Ask an administrator of the organisation to allow this application \
                 {}. {SIGN_IN}",
                if google { "(Admin console › Security › API controls)" } else { "(admin consent)" }
            ),
            (TokenRefusal::SecretExpired, _) => format!(
                "{where_secrets_are}, make a new client secret, and type its value here. Fetching goes on where it was."
            ),
            (TokenRefusal::SecretWrong, _) if microsoft => format!(
                "{where_secrets_are}: the client secret is the Value that is shown once when it is made, not its Secret ID. \
                 Make a new one, and type it here."
            ),
            (TokenRefusal::SecretWrong, _) => format!("{where_secrets_are}, and type its client secret here, once more."),
            (TokenRefusal::Certificate, _) => format!(
                "{where_secrets_are} › Certificates, upload the certificate that is pasted here (without its key), and see \
                 that neither has ended and this computer's clock is right."
            ),
            (TokenRefusal::Application, _) if microsoft => {
                "Compare the client id and the directory (tenant) id with the application's Overview in the Microsoft Entra \
                 admin centre; a single-tenant application needs its own directory here."
                    .into()
            }
            (TokenRefusal::Application, _) => {
                format!("{where_secrets_are}, and compare its client id with the one here; it may be deleted or closed.")
            }
            (TokenRefusal::Scope, _) => {
                let scope = &self.grant.scope;
                format!(
                    "It was asked for “{scope}”. Empty the field Scope under Advanced for what this provider usually wants, or \
                     let the application have this permission."
                )
            }
            (TokenRefusal::Policy, GrantType::SignIn) => format!(
                "A rule of the organisation (conditional access, two-step verification, or how long a sign-in counts) wants a \
                 person here, or this computer. Ask its administrator to exempt this account or application; then: {SIGN_IN}"
            ),
            (TokenRefusal::Policy, GrantType::Application) => {
                "A rule of the organisation (conditional access for workload identities) keeps the application out. Ask its \
                 administrator to let it in from this computer's address."
                    .into()
            }
            (TokenRefusal::Account, _) => format!(
                "The person's account is closed, locked or in another directory. Ask the organisation's administrator, or: \
                 {SIGN_IN}"
            ),
            (TokenRefusal::Busy | TokenRefusal::Unreachable, _) => {
                "Nothing has to be done: Mailgate tries again by itself.".into()
            }
            (TokenRefusal::Address, GrantType::SignIn) => {
                "Register the redirect address that Sign In shows, letter by letter, with the application; and check the \
                 addresses under Advanced."
                    .into()
            }
            (TokenRefusal::Address, GrantType::Application) => {
                "Check the addresses under Advanced; empty ones are the provider's own.".into()
            }
            (TokenRefusal::Other, _) => {
                "Search for the provider's words above; they name what it misses. Then test again.".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::Application;
    use crate::domain::server::Protocol;

    fn told(authentication: Authentication, status: u16, json: &str) -> NoToken {
        let application = Application {
            tenant: if authentication.is_microsoft() { "contoso.org".into() } else { String::new() },
            client_id: "id".into(),
            token_url: "https://login.example.org/token".into(),
            ..Application::default()
        };
        let grant = application.grant(authentication, Protocol::Imap).unwrap();
        let body = serde_json::from_str(json).unwrap_or_else(|_| ErrorBody::of_page(json.as_bytes()));
        TokenError { grant: &grant, status, body: &body }.refused()
    }

    /// As the providers say it, shortened.
    #[test]
    fn refusals_are_told_apart_by_the_providers_own_words() {
        use Authentication::{Google, Microsoft, MicrosoftApp, OAuth2};
        for (authentication, status, json, kind, remedy) in [
            (
                MicrosoftApp,
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app 'id' are expired. Trace ID: 1 Correlation ID: 2","error_codes":[7000222],"timestamp":"2026-11-28 12:00:00Z"}"#,
                TokenRefusal::SecretExpired,
                "make a new client secret",
            ),
            (
                MicrosoftApp,
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#,
                TokenRefusal::SecretWrong,
                "not its Secret ID",
            ),
            (
                MicrosoftApp,
                400,
                r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'id' was not found in the directory 'Contoso'."}"#,
                TokenRefusal::Application,
                "single-tenant",
            ),
            (
                MicrosoftApp,
                400,
                r#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'contoso.org' not found."}"#,
                TokenRefusal::Application,
                "directory (tenant) id",
            ),
            (
                Microsoft,
                400,
                r#"{"error":"invalid_grant","error_description":"AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed.","suberror":"bad_token"}"#,
                TokenRefusal::Withdrawn,
                "Press Sign In",
            ),
            (
                Microsoft,
                400,
                r#"{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired due to inactivity."}"#,
                TokenRefusal::Withdrawn,
                "not used for long",
            ),
            (
                Microsoft,
                400,
                r#"{"error":"invalid_grant","error_description":"AADSTS65001: The user or administrator has not consented to use the application."}"#,
                TokenRefusal::NotAllowed,
                "admin consent",
            ),
            (
                Microsoft,
                400,
                r#"{"error":"interaction_required","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies.","suberror":"message_only"}"#,
                TokenRefusal::Policy,
                "conditional access",
            ),
            (
                Microsoft,
                400,
                r#"{"error":"invalid_scope","error_description":"AADSTS70011: The provided value for the input parameter 'scope' is not valid."}"#,
                TokenRefusal::Scope,
                "Empty the field Scope",
            ),
            (Microsoft, 503, r#"{"error":"temporarily_unavailable"}"#, TokenRefusal::Busy, "by itself"),
            (
                Google,
                400,
                r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
                TokenRefusal::Withdrawn,
                "Press Sign In",
            ),
            (
                Google,
                400,
                r#"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt"}"#,
                TokenRefusal::Policy,
                "how long a sign-in counts",
            ),
            (
                Google,
                401,
                r#"{"error":"invalid_client","error_description":"The OAuth client was not found."}"#,
                TokenRefusal::Application,
                "Google Cloud console",
            ),
            (
                Google,
                401,
                r#"{"error":"invalid_client","error_description":"Unauthorized"}"#,
                TokenRefusal::SecretWrong,
                "once more",
            ),
            (OAuth2, 502, "<html><title>Bad Gateway</title>", TokenRefusal::Busy, "by itself"),
            (OAuth2, 404, "<html><title>Not Found</title>", TokenRefusal::Address, "Check the addresses"),
            (OAuth2, 400, r#"{"error":"unsupported_grant_type"}"#, TokenRefusal::Other, "test again"),
        ] {
            let refused = told(authentication, status, json);
            assert_eq!(refused.kind, kind, "{json}");
            assert!(refused.remedy.contains(remedy), "{json}: {}", refused.remedy);
            assert!(!refused.words.contains("Trace ID"), "{}", refused.words);
        }
    }
}
