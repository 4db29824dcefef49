//! Passwords at rest: XChaCha20-Poly1305 under the installation's key, bound to the row they belong to, so
//! that a sealed value copied to another row opens nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::domain::secret::Secret;

const NONCE: usize = 24;

/// The secret key of this installation: 32 bytes, from `SECRET_KEY_FILE`.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored password can't be opened: the secret key is not the one that sealed it")]
pub struct WrongKey;

impl SecretKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A fresh key from the operating system's generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals `secret` for the row named by `owner`, for example `servers.password:7`.
    pub fn seal(&self, owner: &str, secret: &Secret) -> Result<String, getrandom::Error> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: owner.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| getrandom::Error::UNEXPECTED)?;
        Ok(BASE64.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`SecretKey::seal`] made for the same `owner`.
    pub fn open(&self, owner: &str, sealed: &str) -> Result<Secret, WrongKey> {
        let bytes = BASE64.decode(sealed).map_err(|_| WrongKey)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(WrongKey)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| WrongKey)?;
        let clear = self
            .cipher()
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: owner.as_bytes() })
            .map_err(|_| WrongKey)?;
        String::from_utf8(clear).map(Secret::new).map_err(|_| WrongKey)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_password_opens_only_for_its_row_and_key() {
        let key = SecretKey::generate().unwrap();
        let sealed = key.seal("servers.password:7", &Secret::new("s3cret ü")).unwrap();
        assert!(!sealed.contains("s3cret"));
        assert_eq!(key.open("servers.password:7", &sealed).unwrap().reveal(), "s3cret ü");
        assert_eq!(key.open("servers.password:8", &sealed), Err(WrongKey));
        assert_eq!(SecretKey::generate().unwrap().open("servers.password:7", &sealed), Err(WrongKey));
        assert_eq!(key.open("servers.password:7", "x"), Err(WrongKey));
    }
}
