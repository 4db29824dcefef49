//! The key: what opens what, by row, version and purpose.

use super::*;

fn with_file(text: &str) -> (tempfile::TempDir, SecretKey) {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::new(folder.path().join("secret.key"));
    std::fs::write(file.path(), text).unwrap();
    (folder, SecretKey::open(file).unwrap())
}

#[test]
fn a_sealed_password_opens_only_for_its_row_and_key() {
    let key = SecretKey::generate().unwrap();
    let sealed = key.seal("servers.password:7", &Secret::new("s3cret ü")).unwrap();
    assert!(!sealed.contains("s3cret"));
    assert_eq!(key.open_sealed("servers.password:7", &sealed).unwrap().reveal(), "s3cret ü");
    assert_eq!(key.open_sealed("servers.password:8", &sealed), Err(SealError::NotOpened));
    let other = SecretKey::generate().unwrap();
    assert_eq!(other.open_sealed("servers.password:7", &sealed), Err(SealError::NotOpened));
    for broken in ["x", "", "v1.", "v9.x", "v1.AAAA", "v4294967296.AAAA"] {
        assert_eq!(key.open_sealed("servers.password:7", broken), Err(SealError::NotOpened), "{broken}");
    }
}

#[test]
fn what_was_sealed_before_keys_had_versions_opens() {
    let (_folder, key) = with_file(&"5a".repeat(32));
    // As the first release sealed: the secret key itself, and no version before it.
    let payload = Payload { msg: b"old", aad: b"servers.password:7" };
    let nonce = [7; NONCE];
    let sealed = XChaCha20Poly1305::new(&[0x5a; 32].into()).encrypt(&XNonce::from(nonce), payload).unwrap();
    let sealed = BASE64.encode([nonce.as_slice(), &sealed].concat());
    assert_eq!(SecretKey::version_of(&sealed), 1);
    assert_eq!(key.open_sealed("servers.password:7", &sealed).unwrap().reveal(), "old");
}

#[test]
fn a_version_that_is_added_meanwhile_is_found_and_older_ones_still_open() {
    let (_folder, running) = with_file(&"5a".repeat(32));
    let file = running.file().unwrap().clone();
    let old = running.seal("x", &Secret::new("old")).unwrap();
    file.add_version().unwrap();
    let rotating = SecretKey::open(file).unwrap();
    rotating.check(&rotating.known_value(2).unwrap()).unwrap();
    let new = rotating.seal("x", &Secret::new("new")).unwrap();
    assert_eq!((SecretKey::version_of(&old), SecretKey::version_of(&new)), (1, 2));
    for key in [&running, &rotating] {
        assert_eq!(key.open_sealed("x", &old).unwrap().reveal(), "old");
        assert_eq!(key.open_sealed("x", &new).unwrap().reveal(), "new");
    }
    assert_eq!(SecretKey::version_of(&running.seal("x", &Secret::new("y")).unwrap()), 1, "the database says which");
}

#[test]
fn a_known_value_tells_what_is_wrong() {
    let (_folder, key) = with_file(&"5a".repeat(32));
    let known = key.known_value(1).unwrap();
    assert_eq!(key.check(&known), Ok(1));
    let (_other_folder, other) = with_file(&"6b".repeat(32));
    assert!(matches!(other.check(&known), Err(SealProblem::Wrong { .. })));
    assert!(matches!(other.seal("x", &Secret::new("y")), Err(SealError::Locked(_))));
    key.file().unwrap().add_version().unwrap();
    key.reload();
    let newer = key.known_value(2).unwrap();
    let (_copy_folder, copy) = with_file(&"5a".repeat(32));
    assert!(matches!(copy.check(&newer), Err(SealProblem::Behind { needed: 2, .. })));
    std::fs::copy(key.file().unwrap().path(), copy.file().unwrap().path()).unwrap();
    assert_eq!(copy.check(&newer), Ok(2), "put right while the process runs");
    std::fs::remove_file(copy.file().unwrap().path()).unwrap();
    assert_eq!(copy.check(&newer), Ok(2), "it has the key");
    let gone = SecretKey::open(copy.file().unwrap().clone()).unwrap();
    assert!(matches!(gone.check(&newer), Err(SealProblem::Missing { .. })));
    let broken = with_file("short");
    assert!(
        matches!(broken.1.check(&newer), Err(SealProblem::Unreadable { why, .. }) if why.contains("64 hexadecimal"))
    );
}

#[test]
fn a_signature_counts_for_its_purpose_and_message() {
    let (_folder, key) = with_file(&format!("{}\n# a word\n\n{}  # second\n", "5a".repeat(32), "6b".repeat(32)));
    assert_eq!(key.held().len(), 2);
    let signature = key.sign("form", "7 12");
    assert!(key.verify("form", "7 12", &signature));
    for (purpose, message) in [("form", "7 1"), ("for", "m7 12"), ("other", "7 12")] {
        assert!(!key.verify(purpose, message, &signature));
    }
    key.check(&key.known_value(2).unwrap()).unwrap();
    assert!(key.verify("form", "7 12", &signature), "an older version's counts");
    assert_ne!(key.sign("form", "7 12"), signature);
    assert_ne!(key.derived("one").unwrap().1, key.derived("other").unwrap().1);
    key.is_wrong();
    let meanwhile = key.sign("form", "7 12");
    assert!(key.verify("form", "7 12", &meanwhile));
    assert!(!SecretKey::generate().unwrap().verify("form", "7 12", &meanwhile));
}

#[test]
fn a_key_file_is_made_once_and_keeps_its_mode() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::new(folder.path().join("secret.key"));
    assert!(file.read().unwrap().is_none());
    file.make().unwrap();
    let first = file.read().unwrap();
    file.make().unwrap();
    assert_eq!(file.read().unwrap(), first);
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o400)).unwrap();
    file.add_version().unwrap();
    assert_eq!(file.read().unwrap().unwrap()[..1], first.unwrap()[..]);
    assert_eq!(std::fs::metadata(file.path()).unwrap().mode() & 0o777, 0o400);
    let aside = file.start_afresh().unwrap().unwrap();
    assert_eq!((file.read().unwrap().unwrap().len(), KeyFile::new(aside).read().unwrap().unwrap().len()), (1, 2));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
}
