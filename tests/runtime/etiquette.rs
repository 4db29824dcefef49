//! Mail servers are asked for no more than they give: few connections at once, at times that come apart, and not at all
//! for a while where they ask for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use mailgate::domain::id::ServerId;
use mailgate::domain::ledger::MailState;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::IncomingServer;
use mailgate::domain::{Moment, now};
use mailgate::fetch::passes::Unfinished;
use mailgate::operations::App;
use mailgate::store::schema::{fates, server_status as status_rows};
use mailgate::store::server_status::{self, ServerStatus};
use mailgate::store::{StoreError, servers};

use super::mail;
use crate::support::database::{Place, on_both};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::imap_server::{self, ImapReply, ImapServer};
use crate::support::pop_server::{self, PopServer};
use crate::support::wait_for;

pub fn add(app: &App, server: &IncomingServer) -> ServerId {
    app.store
        .write(|db| {
            let id = servers::insert(db, server)?;
            servers::set_password(db, &app.key, id, Some(&Secret::new(PASSWORD)))?;
            Ok::<_, StoreError>(id)
        })
        .unwrap()
}

fn status(app: &App, id: ServerId) -> ServerStatus {
    app.store.read(|db| server_status::get(db, id)).unwrap()
}

pub fn base(protocol: Protocol) -> IncomingServer {
    let dovecot = Dovecot::shared();
    dovecot.server(protocol, Security::None, &dovecot.user("etiquette"))
}

/// One pass over a server, as far as it gets.
pub fn pass(app: &App, id: ServerId) -> Result<u32, Unfinished> {
    app.passes.run(id, Duration::ZERO).map(|tally| tally.fetched)
}

on_both! {
    fn a_mail_server_has_four_connections_at_once_whoever_asks(place: &Place) {
        let gate = Arc::new(AtomicBool::new(false));
        let held = gate.clone();
        let server = ImapServer::start(Vec::new(), move |_, command| match command {
            _ if command.starts_with("EXAMINE") => ImapReply::When(held.clone()),
            _ => ImapReply::Right,
        });
        let nodes = [place.open(), place.open()];
        let ids: Vec<ServerId> =
            (0..10).map(|n| add(&nodes[0], &server.settings(base(Protocol::Imap), &format!("box{n}")))).collect();
        let schedulers = nodes.each_ref().map(|app| app.start_scheduler().unwrap());
        // Those that are under way have a place, and every other one is known to wait for one, on either node.
        wait_for("four at work, and the others waiting", Duration::from_secs(30), || {
            let waits = |app: &App| ids.iter().filter(|id| app.passes.board().is_crowded_out(**id)).count();
            let waiting = nodes.each_ref().map(|app| waits(app));
            (server.state().open == 4 && waiting.iter().all(|count| *count >= 6)).then_some(())
        });
        gate.store(true, Ordering::SeqCst);
        let fetched = |id: &ServerId| status(&nodes[0], *id).last_fetch.is_some();
        wait_for("each of them", Duration::from_secs(60), || ids.iter().all(fetched).then_some(()));
        assert_eq!(server.state().most, 4);
        // From now on they come apart.
        let waits: Vec<i64> = ids
            .iter()
            .map(|id| {
                let ServerStatus { last_fetch, next_fetch, .. } = status(&nodes[0], *id);
                (next_fetch.unwrap() - last_fetch.unwrap()).num_milliseconds()
            })
            .collect();
        assert!(waits.iter().all(|wait| (270_000..=330_000).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| wait.abs_diff(waits[0]) > 1_000), "{waits:?}");
        schedulers.into_iter().for_each(|scheduler| assert!(scheduler.stop(Duration::from_secs(10))));
    }

    fn a_server_that_asks_to_wait_is_left_alone_and_does_not_fail_at_first(place: &Place) {
        let busy = Arc::new(AtomicBool::new(true));
        let asks = busy.clone();
        let server = ImapServer::start(vec![mail(0).into_bytes()], move |_, command| match command {
            _ if command.starts_with("LOGIN") && asks.load(Ordering::SeqCst) => {
                ImapReply::Say("% NO [THROTTLED] Suggested Backoff Time: 1800000 milliseconds\r\n".into())
            }
            _ => ImapReply::Right,
        });
        let app = place.open();
        let id = add(&app, &server.settings(base(Protocol::Imap), "busy"));
        assert!(matches!(pass(&app, id), Err(Unfinished::Asked { .. })));
        let ServerStatus { failures, failing_since, last_error, waiting_since, waiting_for, next_fetch, .. } = status(&app, id);
        assert_eq!((failures, failing_since, last_error), (0, None, None), "it does not fail");
        assert!(waiting_since.is_some() && waiting_for.unwrap().contains("[THROTTLED]"));
        let minutes = (next_fetch.unwrap() - now()).num_minutes();
        assert!((29..=33).contains(&minutes), "{minutes}: as long as it was asked for");
        // It says nothing else for hours.
        let long_ago: Moment = now() - chrono::TimeDelta::hours(7);
        let since = |db: &mut _| {
            diesel::update(status_rows::table).set(status_rows::waiting_since.eq(long_ago)).execute(db)?;
            Ok::<_, StoreError>(())
        };
        app.store.write(since).unwrap();
        pass(&app, id).unwrap_err();
        let ServerStatus { failures, last_error, waiting_for, .. } = status(&app, id);
        assert_eq!((failures, waiting_for), (1, None));
        assert!(last_error.unwrap().contains("[THROTTLED]"));
        busy.store(false, Ordering::SeqCst);
        assert_eq!(pass(&app, id).unwrap(), 1);
        assert_eq!(status(&app, id).failures, 0);
    }
}

/// States of all messages.
fn states(app: &App) -> Vec<MailState> {
    let read = |db: &mut _| fates::table.order(fates::id).select(fates::state).load(db).map_err(StoreError::from);
    app.store.read(read).unwrap()
}

#[test]
fn a_server_that_asks_to_wait_amid_its_mail_is_asked_no_further() {
    let place = Place::sqlite();
    let app = place.open();
    let mails: Vec<Vec<u8>> = (0..100).map(|number| mail(number).into_bytes()).collect();
    let server = ImapServer::start(mails.clone(), |_, command| match command.contains("BODY.PEEK") {
        true => ImapReply::Say("% NO [THROTTLED] too much\r\n".into()),
        false => ImapReply::Right,
    });
    let id = add(&app, &server.settings(base(Protocol::Imap), "amid"));
    assert!(matches!(pass(&app, id), Err(Unfinished::Asked { .. })));
    let asked = |state: &imap_server::ImapState| (state.count("UID FETCH"), state.connections);
    assert_eq!(asked(&server.state()), (2, 1), "the list, and one try");
    assert!(states(&app).is_empty(), "no mail is blamed for it");
    // A code that may be one message's: that one is found, and the others are here.
    let server = ImapServer::start(mails, |state, command| {
        let hit = command.contains("BODY.PEEK") && state.covers(command, 42);
        if hit { ImapReply::Say("% NO [UNAVAILABLE] its disk\r\n".into()) } else { ImapReply::Right }
    });
    let id = add(&app, &server.settings(base(Protocol::Imap), "one"));
    assert_eq!(pass(&app, id).unwrap(), 99);
    assert_eq!(states(&app).iter().filter(|state| **state == MailState::Retrying).count(), 1);
}

#[test]
fn a_pop_server_is_left_alone_for_as_long_as_it_says() {
    let place = Place::sqlite();
    let app = place.open();
    let capabilities = "+OK\r\nTOP\r\nUIDL\r\nUSER\r\nLOGIN-DELAY 900 USER\r\n.\r\n";
    let delayed = |said: &'static str| {
        PopServer::start(vec![mail(0).into_bytes()], move |_, line| match line {
            "CAPA" => pop_server::say(capabilities),
            _ if line.starts_with("PASS") && !said.is_empty() => pop_server::say(said),
            _ => pop_server::Reply::Sane,
        })
    };
    for said in ["", "-ERR [LOGIN-DELAY] minimum time between mail checks violation\r\n"] {
        let server = delayed(said);
        let id = add(&app, &server.settings(base(Protocol::Pop)));
        assert_eq!(pass(&app, id).is_ok(), said.is_empty());
        let ServerStatus { failing_since, next_fetch, waiting_since, .. } = status(&app, id);
        assert_eq!((failing_since, waiting_since.is_some()), (None, !said.is_empty()));
        let seconds = (next_fetch.unwrap() - now()).num_seconds();
        assert!((880..=1000).contains(&seconds), "{seconds}: not every five minutes");
    }
    let server = PopServer::start((0..5).map(|number| mail(number).into_bytes()).collect(), |_, line| match line {
        "RETR 5" => pop_server::Reply::Sane,
        _ if line.starts_with("RETR") => pop_server::say("-ERR [SYS/TEMP] try again\r\n"),
        _ => pop_server::Reply::Sane,
    });
    let id = add(&app, &server.settings(base(Protocol::Pop)));
    assert!(matches!(pass(&app, id), Err(Unfinished::Asked { .. })));
    assert!(status(&app, id).waiting_for.unwrap().contains("[SYS/TEMP]"));
    let (before, delivered) = (states(&app).len(), |states: &[MailState]| states.contains(&MailState::Delivered));
    // What was refused comes last the next time, and stops no other mail.
    let _ = pass(&app, id);
    assert!(delivered(&states(&app)[before..]), "{:?}", states(&app));
}
