//! Servers through a real database.

use super::*;
use crate::store::Store;

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
    (folder, store)
}

fn imap() -> IncomingServer {
    IncomingServer {
        id: ServerId(0),
        name: "Grievance Mailbox".into(),
        server_type: ServerType::Imap,
        state: ServerState::Draft,
        active: true,
        access: Access::Network {
            protocol: Protocol::Imap,
            host: Host::parse("imap.example.org").unwrap(),
            port: Port(993),
            security: Security::Tls,
            trusted: Some(Fingerprint256::parse(&"ab".repeat(32)).unwrap()),
            username: "support@example.org".into(),
        },
        folder: "INBOX".into(),
        start_with: StartWith::Since,
        start_date: NaiveDate::from_ymd_opt(2026, 11, 1),
        after_fetch: AfterFetch::Move,
        move_to: Some("Done".into()),
        delete_after_days: 14,
        size_limit_mb: 50,
        interval_minutes: 5,
        priority: 5,
        attach: true,
        original: false,
        connection: None,
        object_model: Some("spp.grm.ticket".into()),
        sender_policy: SenderPolicy::Everyone,
        no_other_fetcher: false,
    }
}

#[test]
fn what_was_set_comes_back_and_an_older_version_changes_nothing() {
    let (_folder, store) = store();
    store
        .write(|db| {
            let id = insert(db, &imap())?;
            let mut server = IncomingServer { id, ..imap() };
            assert_eq!(get(db, id)?.map(|stored| (stored.settings, stored.version)), Some((server.clone(), 1)));
            assert_eq!(confirmed(db)?, []);

            server.state = ServerState::Done;
            server.server_type = ServerType::Local;
            server.access = Access::Local { maildir: Some("grm".into()) };
            server.move_to = None;
            assert!(update(db, &server, 1)?);
            assert!(!update(db, &imap(), 1)?, "a save over a newer version");
            assert_eq!(confirmed(db)?, [server.clone()]);
            assert_eq!(get(db, id)?.map(|stored| stored.version), Some(2));

            server.active = false;
            assert!(update(db, &server, 2)?);
            assert_eq!((confirmed(db)?.len(), list(db)?.len()), (0, 1));
            assert!(delete(db, id)?);
            assert_eq!(get(db, id)?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn a_password_opens_only_in_its_own_row() {
    let (_folder, store) = store();
    let key = crate::key::SecretKey::generate().unwrap();
    store
        .write(|db| {
            let (one, two) = (insert(db, &imap())?, insert(db, &imap())?);
            assert!(password(db, &key, one)?.is_empty());
            set_password(db, &key, one, Some(&Secret::new("s3cret")))?;
            assert_eq!(password(db, &key, one)?.reveal(), "s3cret");
            assert!(get(db, one)?.is_some_and(|stored| stored.has_password));

            let sealed: Option<String> = servers::table.find(one.0).select(servers::password).first(db)?;
            diesel::update(servers::table.find(two.0)).set(servers::password.eq(sealed)).execute(db)?;
            assert!(matches!(password(db, &key, two), Err(StoreError::Seal(_))));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
