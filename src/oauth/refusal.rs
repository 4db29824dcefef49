//! The reasons why there is no token, recognised by the words of each provider, with what to do. Microsoft names reasons by
//! numbers (`AADSTS…`), Google by words, and every other server by the codes of RFC 6749 §5.2.

use std::fmt;

use oauth2::ErrorResponse;
use serde::{Deserialize, Serialize};

use super::client::CertificateProblem;
use crate::domain::oauth::{Authentication, Grant, GrantType};
use crate::domain::text::shorten;
use crate::domain::words::{Complaint, Sentence};
use crate::{complain, say};

/// The kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRefusal {
    /// Nobody signed in yet, or only with other settings.
    NotSignedIn,
    /// A person's consent is no longer valid: withdrawn, the password changed, not used for long.
    Withdrawn,
    /// The same for a Google application in *Testing*, where consent ends after 7 days.
    Testing,
    /// No person who may do so has given consent yet.
    NotAllowed,
    SecretExpired,
    SecretWrong,
    Certificate,
    /// The provider does not know the application, or not in this directory.
    Application,
    Scope,
    /// A policy of the organisation asks for a person, a device or a place.
    Policy,
    /// The person's account is closed or locked.
    Account,
    /// The provider is busy; try again later.
    Busy,
    Unreachable,
    /// The address is not that of a token server, or the redirect address is not the registered one.
    Address,
    Other,
}

impl TokenRefusal {
    /// Whether it may succeed later without anybody doing something.
    pub fn is_passing(self) -> bool {
        matches!(self, TokenRefusal::Busy | TokenRefusal::Unreachable)
    }
}

/// Why there is no token, for an administrator; without secrets. Kept with the tokens as JSON, its sentences as columns keep
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{complaint}")]
#[serde(from = "StoredNoToken", into = "StoredNoToken")]
pub struct NoToken {
    pub kind: TokenRefusal,
    pub complaint: Complaint,
}

#[derive(Serialize, Deserialize)]
struct StoredNoToken {
    kind: TokenRefusal,
    words: String,
    remedy: String,
}

impl From<StoredNoToken> for NoToken {
    fn from(stored: StoredNoToken) -> Self {
        let complaint = Complaint::new(Sentence::from_stored(stored.words), Sentence::from_stored(stored.remedy));
        Self { kind: stored.kind, complaint }
    }
}

impl From<NoToken> for StoredNoToken {
    fn from(no: NoToken) -> Self {
        let stored = |sentence: &Sentence| sentence.stored().to_owned();
        Self { kind: no.kind, words: stored(&no.complaint.what), remedy: stored(&no.complaint.remedy) }
    }
}

impl NoToken {
    pub fn new(kind: TokenRefusal, complaint: Complaint) -> Self {
        Self { kind, complaint }
    }

    /// From JSON, as it is kept.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn not_signed_in(mailbox: &str) -> Self {
        Self::new(TokenRefusal::NotSignedIn, complain!("oauth-not-signed-in", mailbox))
    }

    pub fn address(grant: &Grant) -> Self {
        Self::new(TokenRefusal::Address, complain!("oauth-not-an-address", address = grant.token_url.as_str()))
    }

    /// The reason that comes with a person who could not sign in (RFC 6749 §4.1.2.1).
    pub fn at_the_provider(grant: &Grant, error: &str, description: &str) -> Self {
        let body =
            ErrorBody { error: error.to_owned(), error_description: description.to_owned(), ..ErrorBody::default() };
        TokenError { grant, status: 0, body: &body }.refused()
    }

    pub fn certificate(problem: CertificateProblem) -> Self {
        let complaint = Complaint::new(say!("oauth-certificate-unusable"), problem.sentence());
        Self::new(TokenRefusal::Certificate, complaint)
    }

    pub fn waited() -> Self {
        Self::new(TokenRefusal::Busy, complain!("oauth-asked-by-another"))
    }

    /// The consent ended so soon that it was Google's limit for applications in *Testing*.
    pub fn in_testing(self) -> Self {
        Self::new(TokenRefusal::Testing, complain!("oauth-testing"))
    }
}

/// The answer of a token server that gives no token (RFC 6749 §5.2), with the fields that Microsoft and Google add.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ErrorBody {
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
    /// Makes one from an answer of another form: a page, or anything else.
    pub(super) fn of_page(answer: &[u8]) -> Self {
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
pub(super) struct TokenError<'a> {
    pub grant: &'a Grant,
    /// The HTTP status; 0 where there was no answer.
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
    pub(super) fn refused(&self) -> NoToken {
        let kind = self.kind();
        NoToken::new(kind, Complaint::new(self.what(), self.remedy(kind)))
    }

    fn provider(&self) -> &str {
        match self.grant.authentication {
            Authentication::MicrosoftApp | Authentication::Microsoft => "Microsoft",
            Authentication::Google => "Google",
            Authentication::OAuth2 | Authentication::Password => self.grant.token_url.host(),
        }
    }

    /// With the provider's own words on one line, without what only its support can read.
    fn what(&self) -> Sentence {
        let description = self.body.error_description.split(['\r', '\n']).next().unwrap_or_default();
        let description = description.split(" Trace ID:").next().unwrap_or_default();
        let parts = [self.body.error.as_str(), description.trim()];
        let said = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
        let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let provider = self.provider();
        match (said.as_str(), self.status) {
            ("", 0) => say!("oauth-no-token", provider),
            ("", status) => say!("oauth-no-token-status", provider, status),
            (said, _) => say!("oauth-no-token-saying", provider, said = shorten(said.trim_end_matches('.'), 300)),
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
            // Google's code for a rule of the organisation that its people must sign in again.
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

    fn remedy(&self, kind: TokenRefusal) -> Sentence {
        let microsoft = self.grant.authentication.is_microsoft();
        let google = self.grant.authentication == Authentication::Google;
        let place = if microsoft {
            say!("oauth-place-microsoft")
        } else if google {
            say!("oauth-place-google")
        } else {
            say!("oauth-place")
        };
        let sign_in = say!("oauth-do-sign-in");
        match (kind, self.grant.way) {
            (TokenRefusal::NotSignedIn, _) => sign_in,
            (TokenRefusal::Withdrawn | TokenRefusal::Testing, GrantType::SignIn) => {
                say!("oauth-do-withdrawn", sign_in)
            }
            (TokenRefusal::Withdrawn | TokenRefusal::Testing, GrantType::Application) => {
                say!("oauth-do-withdrawn-app", place)
            }
            (TokenRefusal::NotAllowed, GrantType::Application) if microsoft => say!("oauth-do-allow-microsoft-app"),
            (TokenRefusal::NotAllowed, _) if google => say!("oauth-do-allow-google", sign_in),
            (TokenRefusal::NotAllowed, _) => say!("oauth-do-allow", sign_in),
            (TokenRefusal::SecretExpired, _) => say!("oauth-do-new-secret", place),
            (TokenRefusal::SecretWrong, _) if microsoft => say!("oauth-do-secret-value", place),
            (TokenRefusal::SecretWrong, _) => say!("oauth-do-secret", place),
            (TokenRefusal::Certificate, _) => say!("oauth-do-certificate", place),
            (TokenRefusal::Application, _) if microsoft => say!("oauth-do-application-microsoft"),
            (TokenRefusal::Application, _) => say!("oauth-do-application", place),
            (TokenRefusal::Scope, _) => say!("oauth-do-scope", scope = self.grant.scope),
            (TokenRefusal::Policy, GrantType::SignIn) => say!("oauth-do-policy", sign_in),
            (TokenRefusal::Policy, GrantType::Application) => say!("oauth-do-policy-app"),
            (TokenRefusal::Account, _) => say!("oauth-do-account", sign_in),
            (TokenRefusal::Busy | TokenRefusal::Unreachable, _) => say!("oauth-do-wait"),
            (TokenRefusal::Address, GrantType::SignIn) => say!("oauth-do-redirect"),
            (TokenRefusal::Address, GrantType::Application) => say!("oauth-do-addresses"),
            (TokenRefusal::Other, _) => say!("oauth-do-search"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::Application;
    use crate::domain::protocol::Protocol;

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
            assert!(refused.complaint.remedy.contains(remedy), "{json}: {}", refused.complaint.remedy);
            assert!(!refused.complaint.what.contains("Trace ID"), "{}", refused.complaint.what);
            let kept = serde_json::to_string(&refused).unwrap();
            assert_eq!(serde_json::from_str::<NoToken>(&kept).unwrap(), refused, "{kept}");
        }
    }
}
