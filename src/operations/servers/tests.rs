//! Saving and the smaller deeds, over a real database.

use std::sync::Arc;

use super::*;
use crate::config::Config;
use crate::domain::person::Role;
use crate::domain::server::{ServerState, StartWith};
use crate::operations::App;
use crate::store::servers;

fn app() -> (tempfile::TempDir, Arc<App>) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().join("data"), ..Config::default() };
    (folder, App::open(config).unwrap())
}

fn admin() -> Caller {
    Caller { login: "admin".into(), ..Caller::command_line() }
}

fn typed(changes: &[(&str, &str)]) -> ServerForm {
    let mut form = ServerForm::fresh();
    for (field, value) in [
        ("name", "Grievance Mailbox"),
        ("server", "imap.example.org"),
        ("user", "support@example.org"),
        ("password", "s3cret"),
        ("object_model", "spp.grm.ticket"),
    ] {
        form.set(field, value);
    }
    change(&mut form, changes);
    form
}

fn change(form: &mut ServerForm, changes: &[(&str, &str)]) {
    for (field, value) in changes {
        assert!(form.set(field, value), "{field}");
    }
}

fn saved(app: &App, target: ServerTarget, form: &ServerForm) -> ServerView {
    match save(app, &admin(), target, form).unwrap() {
        ServerSaved::Done(view) => *view,
        other => panic!("{other:?}"),
    }
}

/// Confirmed without a mail server: what the test would write.
fn confirmed(app: &App, id: ServerId) -> ServerView {
    app.store
        .write(|db| {
            let stored = find::<IncomingServer>(db, id)?;
            let server = IncomingServer { state: ServerState::Done, ..stored.settings };
            servers::update(db, &server, stored.version)?;
            Ok::<_, OperationError>(())
        })
        .unwrap();
    get(app, &admin(), id).unwrap()
}

fn edit(app: &App, view: &ServerView, changes: &[(&str, &str)]) -> ServerView {
    let mut form = ServerForm::of(&view.server);
    change(&mut form, changes);
    saved(app, ServerTarget::Existing { id: view.server.id, version: view.version }, &form)
}

#[test]
fn confirmed_lasts_until_the_connection_or_the_target_changes() {
    let (_folder, app) = app();
    let id = saved(&app, ServerTarget::New, &typed(&[])).server.id;
    for harmless in [("name", "Other"), ("interval_minutes", "10"), ("after_fetch", "keep"), ("password", "s3cret")] {
        let view = edit(&app, &confirmed(&app, id), &[harmless]);
        assert_eq!(view.server.state, ServerState::Done, "{harmless:?}");
    }
    for other in [
        ("port", "1993"),
        ("user", "b@example.org"),
        ("folder", "Work"),
        ("password", "new"),
        ("object_model", "helpdesk.ticket"),
        ("object_model", ""),
    ] {
        let view = edit(&app, &confirmed(&app, id), &[other]);
        assert_eq!(view.server.state, ServerState::Draft, "{other:?}");
    }
    let view = confirmed(&app, id);
    let target = ServerTarget::Existing { id, version: view.version };
    let ServerSaved::Done(view) = save_for_test(&app, &admin(), target, &ServerForm::of(&view.server)).unwrap() else {
        panic!()
    };
    assert_eq!(view.server.state, ServerState::Draft);
}

#[test]
fn a_save_over_somebody_elses_change_shows_both_and_can_be_repeated() {
    let (_folder, app) = app();
    let seen = saved(&app, ServerTarget::New, &typed(&[]));
    let id = seen.server.id;
    edit(&app, &seen, &[("name", "Theirs"), ("interval_minutes", "7")]);

    let mut mine = ServerForm::of(&seen.server);
    change(&mut mine, &[("name", "Mine")]);
    let target = ServerTarget::Existing { id, version: seen.version };
    let ServerSaved::Conflict(conflict) = save(&app, &admin(), target, &mine).unwrap() else { panic!("saved over it") };
    let shown: Vec<_> = conflict.differences.iter().map(|d| (d.field, d.theirs.as_str(), d.yours.as_str())).collect();
    assert_eq!(shown, [("name", "Theirs", "Mine"), ("interval_minutes", "7", "5")]);
    assert_eq!(get(&app, &admin(), id).unwrap().server.name, "Theirs");

    let again = ServerTarget::Existing { id, version: conflict.current.version };
    assert_eq!(saved(&app, again, &mine).server.name, "Mine");
    // The same values over an older version are no conflict: nobody's change is lost.
    assert_eq!(saved(&app, target, &mine).server.name, "Mine");
}

#[test]
fn a_form_sent_twice_makes_one_server() {
    let (_folder, app) = app();
    let first = saved(&app, ServerTarget::Once, &typed(&[])).server.id;
    assert_eq!(saved(&app, ServerTarget::Once, &typed(&[])).server.id, first);
    assert_ne!(saved(&app, ServerTarget::Once, &typed(&[("folder", "Work")])).server.id, first);
    assert_ne!(saved(&app, ServerTarget::Once, &typed(&[("password", "other")])).server.id, first);
}

#[test]
fn a_copy_has_its_own_sealed_password_and_a_deletion_takes_only_its_server() {
    let (_folder, app) = app();
    let id = saved(&app, ServerTarget::New, &typed(&[])).server.id;
    confirmed(&app, id);
    let copy = duplicate(&app, &admin(), id).unwrap();
    let view = get(&app, &admin(), copy).unwrap();
    assert_eq!((view.server.name.as_str(), view.server.state), ("Grievance Mailbox (copy)", ServerState::Draft));
    let password = app.store.read(|db| servers::password(db, &app.key, copy)).unwrap();
    assert_eq!(password.reveal(), "s3cret");
    delete(&app, &admin(), id).unwrap();
    assert!(matches!(get(&app, &admin(), id), Err(OperationError::NotFound(_))));
    assert!(get(&app, &admin(), copy).is_ok());
}

#[test]
fn search_and_archive_decide_what_is_listed() {
    let (_folder, app) = app();
    let id = saved(&app, ServerTarget::New, &typed(&[("name", "Réclamations")])).server.id;
    saved(&app, ServerTarget::New, &typed(&[("server_type", "pop"), ("user", "b@example.org")]));
    let names = |search: &str, archived| {
        let filter = FieldFilter { search: search.into(), archived };
        list(&app, &admin(), &filter).unwrap().into_iter().map(|view| view.server.name).collect::<Vec<_>>()
    };
    assert_eq!(names("", false).len(), 2);
    assert_eq!(names("reclam IMAP.example", false), ["Réclamations"]);
    set_active(&app, &admin(), id, false).unwrap();
    assert_eq!((names("", false), names("", true)), (vec!["Grievance Mailbox".into()], vec!["Réclamations".into()]));
    set_active(&app, &admin(), id, true).unwrap();
    assert_eq!(names("", true), Vec::<String>::new());
}

#[test]
fn only_a_system_admin_sees_or_changes_servers() {
    let (_folder, app) = app();
    let id = saved(&app, ServerTarget::New, &typed(&[])).server.id;
    let target = ServerTarget::Existing { id, version: 1 };
    let sha256 = "ab".repeat(32);
    for role in [Role::Officer, Role::Auditor] {
        let caller = Caller { role, ..admin() };
        let outcomes = [
            list(&app, &caller, &FieldFilter::default()).err(),
            get(&app, &caller, id).err(),
            save(&app, &caller, ServerTarget::New, &typed(&[])).err(),
            save_for_test(&app, &caller, target, &typed(&[])).err(),
            super::test(&app, &caller, id).err(),
            set_active(&app, &caller, id, false).err(),
            set_active(&app, &caller, id, true).err(),
            reset(&app, &caller, id).err(),
            trust(&app, &caller, id, &sha256).err(),
            set_start(&app, &caller, id, StartWith::New, None).err(),
            duplicate(&app, &caller, id).err(),
            footprint(&app, &caller, id).err(),
            delete(&app, &caller, id).err(),
        ];
        for (n, outcome) in outcomes.into_iter().enumerate() {
            assert!(matches!(outcome, Some(OperationError::Denied(_))), "{role:?} {n}");
        }
    }
}

#[test]
fn the_audit_says_what_changed_and_of_a_password_only_that_it_did() {
    let (_folder, app) = app();
    let view = saved(&app, ServerTarget::New, &typed(&[]));
    edit(&app, &view, &[("interval_minutes", "9"), ("password", "other s3cret")]);
    let (rows, _) = app.store.read(|db| crate::store::audit::list(db, &Default::default(), 0, 10)).unwrap();
    let changed = &rows[0];
    assert_eq!(changed.before.as_deref(), Some(r#"{"interval_minutes":"5"}"#));
    assert_eq!(changed.after.as_deref(), Some(r#"{"interval_minutes":"9","password":"changed"}"#));
    assert!(!format!("{rows:?}").contains("s3cret"));
}
