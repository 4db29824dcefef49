//! An application's certificate: it signs what proves the application to its provider in place of a client secret
//! (RFC 7523, as Microsoft wants it).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer};
use openssl::x509::X509;
use serde_json::json;

use crate::domain::now;
use crate::domain::oauth::Grant;
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::say;

/// Seconds that one counts; it is sent at once.
const COUNTS: i64 = 300;

/// A certificate with its key.
pub struct SigningCertificate {
    certificate: X509,
    key: PKey<Private>,
}

/// Why a text is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    NoCertificate,
    NoKey,
    OtherKey,
    NotRsa,
    Unusable,
}

impl CertificateProblem {
    pub fn sentence(self) -> Sentence {
        match self {
            CertificateProblem::NoCertificate => say!("oauth-certificate-missing"),
            CertificateProblem::NoKey => say!("oauth-certificate-key-missing"),
            CertificateProblem::OtherKey => say!("oauth-certificate-other-key"),
            CertificateProblem::NotRsa => say!("oauth-certificate-not-rsa"),
            CertificateProblem::Unusable => say!("oauth-certificate-not-here"),
        }
    }
}

impl SigningCertificate {
    /// Both in PEM, in either order.
    pub fn read(pem: &Secret) -> Result<Self, CertificateProblem> {
        let pem = pem.reveal().as_bytes();
        let certificate = X509::from_pem(pem).map_err(|_| CertificateProblem::NoCertificate)?;
        // An empty answer where a passphrase is asked for, so that nobody waits at a terminal.
        let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| CertificateProblem::NoKey)?;
        let public = certificate.public_key().map_err(|_| CertificateProblem::Unusable)?;
        if !public.public_eq(&key) {
            return Err(CertificateProblem::OtherKey);
        }
        match key.rsa() {
            Ok(rsa) if rsa.size() >= 256 => Ok(Self { certificate, key }),
            _ => Err(CertificateProblem::NotRsa),
        }
    }

    /// The day on which it ends.
    pub fn ends(&self) -> Option<NaiveDate> {
        let epoch = openssl::asn1::Asn1Time::from_unix(0).ok()?;
        let after = epoch.diff(self.certificate.not_after()).ok()?;
        let seconds = i64::from(after.days) * 86_400 + i64::from(after.secs);
        DateTime::from_timestamp(seconds, 0).map(|at| at.date_naive())
    }

    /// A JWT that only who has the key can make (RFC 7519): this application, to this server of tokens, now. PS256, with the
    /// certificate named by both of its fingerprints: Microsoft looks for the newer one, other servers for the older.
    pub fn assertion(&self, grant: &Grant) -> Result<Secret, CertificateProblem> {
        let print = |digest| self.certificate.digest(digest).map(|print| URL_SAFE_NO_PAD.encode(print));
        let (sha1, sha256) = (print(MessageDigest::sha1()), print(MessageDigest::sha256()));
        let (Ok(sha1), Ok(sha256)) = (sha1, sha256) else { return Err(CertificateProblem::Unusable) };
        let at = now().and_utc().timestamp();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t": sha1, "x5t#S256": sha256 });
        let claims = json!({
            "aud": grant.token_url.as_str(),
            "iss": grant.client_id,
            "sub": grant.client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "iat": at,
            "nbf": at,
            "exp": at + COUNTS,
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.sign(signed.as_bytes()).map_err(|_| CertificateProblem::Unusable)?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key)?;
        signer.set_rsa_padding(Padding::PKCS1_PSS)?;
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        signer.sign_oneshot_to_vec(text)
    }
}
