//! The secret key: missing, wrong, rotated and started afresh, under a running `serve`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use mailgate::config::Config;
use mailgate::domain::id::ServerId;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::secret::Secret;
use mailgate::domain::server::ServerState;
use mailgate::key::SecretKey;
use mailgate::operations::App;
use mailgate::store::schema::{audit, servers as server_rows};
use mailgate::store::sealed::SealedColumn;
use mailgate::store::{StoreError, server_status, servers};

use super::kill::Moments;
use super::{Ended, Site, mail, titles};
use crate::support::app::{Installation, PASSWORD};
use crate::support::{dovecot, postgres, wait_for};
use crate::web::site::Site as Pages;

const NEW: [&str; 3] = ["key", "new", "--forget-passwords"];
const ROTATE: [&str; 2] = ["key", "rotate"];
const PIPE: [&str; 3] = ["deliver", "--server", "Pipe"];

fn key(site: &Site) -> PathBuf {
    site.installation.data.join("secret.key")
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// A site on each database, each with a mailbox that has a password and a pipe that has none.
fn sites() -> Vec<(Site, dovecot::MailUser)> {
    [String::new(), postgres::database()]
        .into_iter()
        .map(|url| {
            let installation = Installation::new();
            let installation = if url.is_empty() { installation } else { installation.set("DATABASE_URL", &url) };
            let site = Site::with(installation, url);
            let user = site.add_account("key", Protocol::Imap);
            site.add_local("Pipe");
            let pipe = site.app.store.read(servers::list).unwrap().into_iter().map(|stored| stored.settings);
            let pipe = pipe.into_iter().find(|server| server.name == "Pipe").unwrap().id;
            site.app.store.write(|db| servers::set_password(db, &site.app.key, pipe, None)).unwrap();
            (site, user)
        })
        .collect()
}

/// What the installation looks like to somebody who starts it now.
fn opened(site: &Site) -> std::sync::Arc<App> {
    App::open(Config { ..site.app.config.clone() }).unwrap()
}

fn mailbox(site: &Site) -> ServerId {
    let all = site.app.store.read(servers::list).unwrap();
    all.into_iter().map(|stored| stored.settings).find(|server| server.name != "Pipe").unwrap().id
}

fn failures(site: &Site) -> i32 {
    site.app.store.read(|db| server_status::get(db, mailbox(site))).unwrap().failures
}

/// All sealed passwords as they stand in the database.
fn sealed(site: &Site) -> Vec<(i32, String)> {
    let read = |db: &mut _| {
        let rows = server_rows::table.filter(server_rows::password.is_not_null()).order(server_rows::id);
        rows.select((server_rows::id, server_rows::password.assume_not_null())).load(db)
    };
    site.app.store.read(|db| read(db).map_err(StoreError::from)).unwrap()
}

fn actions(site: &Site, action: &str) -> Vec<String> {
    let read = |db: &mut _| {
        let rows = audit::table.filter(audit::action.eq(action)).order(audit::id);
        rows.select(audit::object_name).load(db)
    };
    site.app.store.read(|db| read(db).map_err(StoreError::from)).unwrap()
}

/// A server that is not fetched, with a password of its own.
fn add_idle(site: &Site, count: usize) {
    let like = site.app.store.read(|db| servers::get(db, mailbox(site))).unwrap().unwrap().settings;
    site.app
        .store
        .write(|db| {
            for number in 0..count {
                let mut server = like.clone();
                (server.name, server.state, server.active) = (format!("Idle {number}"), ServerState::Draft, false);
                let id = servers::insert(db, &server)?;
                servers::set_password(db, &site.app.key, id, Some(&Secret::new(format!("password of {id}"))))?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn without_its_key_mailgate_takes_what_needs_no_password_and_says_what_to_do() {
    for (site, user) in sites() {
        let (file, aside) = (key(&site), site.installation.data.join("aside"));
        site.installation.add_user("admin", "system_admin");
        fs::rename(&file, &aside).unwrap();
        user.deliver(mail(1).as_bytes());
        let serving = site.installation.serve();
        assert_eq!(site.run(&PIPE, &mail(0)).code, Some(0), "a pipe needs no password");
        assert_eq!(site.records(), titles(1));
        let fetched = site.run(&["fetch"], "");
        assert_eq!(fetched.code, Some(78), "{fetched:?}");
        assert!(fetched.out.contains("secret.key is missing") && fetched.out.contains("backup"), "{fetched:?}");
        let checked = site.run(&["check"], "");
        assert_eq!(checked.code, Some(78), "{checked:?}");
        assert!(checked.out.contains("FAILED  secret key") && checked.err.contains("key new"), "{checked:?}");
        assert_eq!(site.run(&["user", "add", "o", "--role", "officer", "--password-stdin"], PASSWORD).code, Some(0));
        assert!(!file.exists(), "no key is made");
        assert_eq!((failures(&site), user.messages().len()), (0, 1), "it is not the mailbox that fails");
        assert!(serving.output().contains("secret.key is missing"), "{}", serving.output());
        assert_eq!(site.run(&ROTATE, "").code, Some(78));
        // Put back while Mailgate runs.
        fs::rename(&aside, &file).unwrap();
        wait_for("the mail of the mailbox", Duration::from_secs(30), || (site.records() == titles(2)).then_some(()));
        assert_eq!(site.run(&["check"], "").code, Some(0));
    }
}

#[test]
fn a_wrong_key_is_noticed_and_taken_for_no_other() {
    for (site, user) in sites() {
        user.deliver(mail(1).as_bytes());
        let file = key(&site);
        let right = fs::read(&file).unwrap();
        for (text, said) in
            [("6b".repeat(32), "not the one"), ("6b".repeat(31), "64 hexadecimal"), (String::new(), "can't be read")]
        {
            fs::write(&file, &text).unwrap();
            let checked = site.run(&["check"], "");
            assert_eq!(checked.code, Some(78), "{checked:?}");
            assert!(checked.err.contains(said), "{checked:?}");
            assert_eq!(site.run(&["fetch"], "").code, Some(78));
            assert_eq!(site.run(&PIPE, &mail(0)).code, Some(0));
            assert_eq!(fs::read_to_string(&file).unwrap(), text, "left as it is");
        }
        assert_eq!(failures(&site), 0);
        fs::write(&file, right).unwrap();
        assert_eq!(site.run(&["fetch"], "").code, Some(0));
        assert_eq!(site.records(), titles(2));
    }
}

/// Before, each node made a key of its own, and sealed what the others could not open.
#[test]
fn a_second_node_makes_no_key_of_its_own() {
    let url = postgres::database();
    let first = Site::with(Installation::new().set("DATABASE_URL", &url), url.clone());
    let second = Installation::new().set("DATABASE_URL", &url);
    let ended: Ended = second.command(&["check"]).output().unwrap().into();
    assert_eq!(ended.code, Some(78), "{ended:?}");
    assert!(!second.data.join("secret.key").exists());
    fs::copy(key(&first), second.data.join("secret.key")).unwrap();
    second.run(&["check"], "");
}

#[test]
fn every_page_says_what_to_do_to_who_can_and_a_plain_word_to_others() {
    for (site, _) in sites() {
        let pages = Pages::with(site.app.config.clone()).peopled();
        let file = key(&site);
        fs::remove_file(&file).unwrap();
        drop(pages);
        let pages = Pages::with(site.app.config.clone());
        let (admin, officer) = (pages.signed_in("admin"), pages.signed_in("officer"));
        for path in ["/", "/settings", "/records/spp.grm.ticket", "/settings/users", "/nowhere"] {
            let page = admin.get(path);
            page.says("is missing");
            page.says(&file.display().to_string());
            page.says("mailgate key new --forget-passwords");
        }
        for path in ["/", "/records/spp.grm.ticket", "/settings/technical/email/messages"] {
            let page = officer.get(path);
            page.says("Please tell your System Admin");
            assert!(!page.body.contains("secret.key") && !page.body.contains("key new"), "{}", page.body);
        }
        pages.browser().get("/login").says("Please tell your System Admin");
        let server = format!("/settings/technical/email/incoming/{}", mailbox(&site));
        let page = admin.get(&server);
        page.says("Its password can’t be opened");
        assert!(!page.body.contains("Failing since"), "{}", page.body);
        let fetched = admin.submit(&server, &format!("{server}/fetch"), &[]);
        fetched.says("is missing");
        // What was typed survives the refusal.
        let typed = [("name", "Another name"), ("password", "typed with care")];
        let page = admin.send(&admin.get(&server), "servers-form", &server, &typed);
        page.says("Another name");
        page.says("stored passwords open with no other");
        page.says("is missing");
    }
}

#[test]
fn a_fresh_key_forgets_what_the_lost_one_sealed_and_nothing_else() {
    for (site, user) in sites() {
        let (file, server) = (key(&site), mailbox(&site));
        let client = Some(&Secret::new("a client's secret"));
        let place = SealedColumn::ServerClientSecret;
        site.app.store.write(|db| servers::set_secret(db, &site.app.key, server, place, client)).unwrap();
        let right = fs::read(&file).unwrap();
        let refused = site.run(&NEW, "");
        assert_eq!(refused.code, Some(75), "{refused:?}");
        assert!(refused.err.contains("key rotate"), "{refused:?}");
        assert_eq!(fs::read(&file).unwrap(), right);

        fs::write(&file, "6b".repeat(32)).unwrap();
        let _serving = site.installation.serve();
        let usage = site.run(&["key", "new"], "");
        assert_eq!(usage.code, Some(64), "{usage:?}");
        assert!(usage.err.contains("--forget-passwords"), "{usage:?}");
        let made = site.run(&NEW, "");
        assert_eq!(made.code, Some(0), "{made:?}");
        let aside = site.installation.data.join("secret.key.lost-1");
        assert_eq!(fs::read_to_string(&aside).unwrap(), "6b".repeat(32), "nothing is written over");
        assert!(made.out.contains(aside.to_str().unwrap()), "{made:?}");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);

        let name = |id| site.app.store.read(|db| servers::get(db, id)).unwrap().unwrap();
        let forgotten = name(server);
        assert!(forgotten.secrets.is_empty() && forgotten.settings.state == ServerState::Draft);
        assert!(made.out.contains(&forgotten.settings.name), "{made:?}");
        let status = site.app.store.read(|db| server_status::get(db, server)).unwrap();
        assert!(status.last_error.unwrap().contains("forgotten") && status.failures == 0);
        let whose = forgotten.settings.name.as_str();
        assert_eq!(actions(&site, "forget_password"), [whose, whose], "the password and the client secret");
        assert_eq!(actions(&site, "new_key").len(), 1);
        let pipe = site.run(&PIPE, &mail(0));
        assert_eq!(pipe.code, Some(0), "{pipe:?}");
        assert_eq!(site.run(&["check"], "").code, Some(69), "its sign-in fails until the password is typed");

        // Typed again: by the running program, which has taken the new key up by itself.
        let app = opened(&site);
        app.store
            .write(|db| {
                servers::set_password(db, &app.key, server, Some(&user.password()))?;
                let stored = servers::get(db, server)?.unwrap();
                let mut settings = stored.settings;
                settings.state = ServerState::Done;
                servers::update(db, &settings, stored.version)
            })
            .unwrap();
        user.deliver(mail(1).as_bytes());
        wait_for("its mail", Duration::from_secs(30), || (site.records() == titles(2)).then_some(()));
    }
}

#[test]
fn a_key_is_rotated_under_a_running_serve_and_kills_and_everything_opens() {
    for (site, user) in sites() {
        add_idle(&site, 230);
        let file = key(&site);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
        let first = lines(&file);
        let before = sealed(&site);
        assert!(before.iter().all(|(_, text)| SecretKey::version_of(text) == 1));
        let serving = site.installation.serve();
        let begun = Instant::now();
        assert_eq!(site.run(&ROTATE, "").code, Some(0));
        let whole = begun.elapsed();
        let mut moments = Moments(7);
        for _ in 0..8 {
            let mut rotate = site.installation.command(&ROTATE).spawn().unwrap();
            std::thread::sleep(moments.next(whole));
            rotate.kill().unwrap();
            rotate.wait().unwrap();
            let app = opened(&site);
            for (id, _) in &before[1..] {
                let password = app.store.read(|db| servers::password(db, &app.key, ServerId(*id))).unwrap();
                assert!(password.reveal() == format!("password of {id}") || password.reveal() == dovecot::PASSWORD);
            }
        }
        let ended = site.run(&ROTATE, "");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let versions = lines(&file);
        let newest = u32::try_from(versions.len()).unwrap();
        assert!(newest >= 2 && versions[0] == first[0], "{versions:?}");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o400);
        let left = fs::read_dir(&site.installation.data).unwrap().filter_map(Result::ok);
        assert_eq!(left.filter(|entry| entry.file_name().to_string_lossy().starts_with("secret.key.")).count(), 0);
        let after = sealed(&site);
        let ids = |rows: &[(i32, String)]| rows.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(ids(&after), ids(&before));
        assert!(after.iter().all(|(_, text)| SecretKey::version_of(text) == newest), "all is sealed anew");
        user.deliver(mail(0).as_bytes());
        site.app.store.write(|db| server_status::schedule(db, mailbox(&site), mailgate::domain::now())).unwrap();
        wait_for("a mail after all that", Duration::from_secs(30), || (site.records() == titles(1)).then_some(()));
        assert_eq!(failures(&site), 0, "{}", serving.output());
        assert_eq!(site.run(&["check"], "").code, Some(0));
    }
}

#[test]
fn a_rotation_that_broke_off_is_finished_before_another_begins() {
    let (site, _) = sites().swap_remove(0);
    add_idle(&site, 3);
    assert_eq!(site.run(&ROTATE, "").code, Some(0));
    let app = opened(&site);
    // As a process that was killed between two batches leaves it.
    let (old, text) = (ServerId(sealed(&site)[1].0), Secret::new("left behind"));
    app.store
        .write(|db| {
            let sealed = site.app.key.seal(&format!("servers.password:{old}"), &text)?;
            diesel::update(server_rows::table.find(old.0)).set(server_rows::password.eq(sealed)).execute(db)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(SecretKey::version_of(&sealed(&site)[1].1), 1);
    let finished = site.run(&ROTATE, "");
    assert!(finished.code == Some(0) && finished.out.contains("1 sealed values"), "{finished:?}");
    assert_eq!(lines(&key(&site)).len(), 2, "no third version");
    assert!(sealed(&site).iter().all(|(_, text)| SecretKey::version_of(text) == 2));
    assert_eq!(app.store.read(|db| servers::password(db, &app.key, old)).unwrap(), text);
}

#[test]
fn nothing_is_sealed_anew_before_every_node_has_the_file() {
    let url = postgres::database();
    let one = Site::with(Installation::new().set("DATABASE_URL", &url), url.clone());
    let user = one.add_account("key", Protocol::Imap);
    let other = Installation::new().set("DATABASE_URL", &url);
    fs::create_dir(&other.data).unwrap();
    let copy = other.data.join("secret.key");
    fs::copy(key(&one), &copy).unwrap();
    let _serving = (one.installation.serve(), other.serve());
    let folder = other.data.canonicalize().unwrap();
    let before = sealed(&one);
    let refused = one.run(&ROTATE, "");
    assert_eq!(refused.code, Some(75), "{refused:?}");
    assert!(refused.err.contains(folder.to_str().unwrap()) && refused.err.contains("Copy the file"), "{refused:?}");
    assert_eq!(sealed(&one), before);
    assert_eq!(lines(&key(&one)).len(), 2);
    fs::copy(key(&one), &copy).unwrap();
    let ended = one.run(&ROTATE, "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(lines(&key(&one)).len(), 2, "the version that waited");
    assert!(sealed(&one).iter().all(|(_, text)| SecretKey::version_of(text) == 2));
    user.deliver(mail(0).as_bytes());
    one.app.store.write(|db| server_status::schedule(db, mailbox(&one), mailgate::domain::now())).unwrap();
    wait_for("its mail", Duration::from_secs(30), || (one.records() == titles(1)).then_some(()));
    // One that comes back with the file from before says so.
    fs::write(&copy, format!("{}\n", lines(&copy)[0])).unwrap();
    let behind: Ended = other.command(&["check"]).output().unwrap().into();
    assert_eq!(behind.code, Some(78), "{behind:?}");
    assert!(behind.err.contains("version 2") && behind.err.contains("Copy the key file"), "{behind:?}");
}
