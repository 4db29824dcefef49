//! Tokens that the tests' Dovecot takes, signed as a provider would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// What Dovecot checks them with.
pub const KEY: &[u8] = b"a key that only the tests and their Dovecot have";

/// A JWT (RFC 7519) for this user, which counts for so many seconds; `number` makes no two the same.
pub fn token(user: &str, seconds: i64, number: usize) -> String {
    let at = chrono::Utc::now().timestamp();
    let claims = json!({ "sub": user, "iat": at - 5, "exp": at + seconds, "jti": number.to_string() });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
