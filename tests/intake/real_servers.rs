//! The whole way from a real Dovecot, as Fetch Now takes it.

use std::sync::Arc;

use mailgate::background::Stop;
use mailgate::domain::fetching::PassTally;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{IncomingServer, StartWith};
use mailgate::fetch::passes::Progress;
use mailgate::fetch::{PassError, pass};
use mailgate::store::servers;

use super::world::{World, mail};
use crate::support::database::{Place, on_both};
use crate::support::dovecot::{Dovecot, MailUser, PASSWORD};

/// A world that trusts the Dovecot of this test process.
pub fn world(place: &Place) -> World {
    World::open_with(place, |config| config.ca_file = Some(Dovecot::shared().certificate()))
}

/// A confirmed server with its password, for a user of its own.
pub fn server(
    world: &World,
    user: &MailUser,
    protocol: Protocol,
    security: Security,
    change: impl FnOnce(&mut IncomingServer),
) -> IncomingServer {
    let mut server = Dovecot::shared().server(protocol, security, user);
    change(&mut server);
    let app = &world.app;
    let id = app
        .store
        .write(|db| {
            let id = servers::insert(db, &server)?;
            servers::set_password(db, &app.key, id, Some(&Secret::new(PASSWORD)))?;
            Ok::<_, mailgate::store::StoreError>(id)
        })
        .unwrap();
    IncomingServer { id, ..server }
}

pub fn fetch(world: &World, server: &IncomingServer) -> Result<PassTally, PassError> {
    pass(world.app.fetcher(), &Arc::new(server.clone()), &Stop::default(), &Progress::default())
}

on_both! {
    fn imap_mail_becomes_records_and_is_marked_seen(place: &Place) {
        let (world, user) = (world(place), Dovecot::shared().user("imap"));
        let server = server(&world, &user, Protocol::Imap, Security::Tls, |_| {});
        (0..70).for_each(|number| user.deliver(mail(number).as_bytes()));
        let tally = fetch(&world, &server).unwrap();
        assert_eq!((tally.fetched, tally.delivered), (70, 70));
        assert_eq!(user.flags(), ["S"; 70]);
        assert_eq!(fetch(&world, &server).unwrap(), PassTally::default());
        user.deliver(mail(70).as_bytes());
        user.reset_uid_validity();
        fetch(&world, &server).unwrap();
        assert_eq!(world.records().len(), 71);
        assert_eq!(world.count(MailState::Delivered), 71);
        let others = world.states().into_iter().filter(|(state, _)| *state != MailState::Delivered);
        assert!(others.into_iter().all(|state| state == (MailState::Ignored, Some(Reason::Duplicate))));
    }

    fn pop_mail_is_deleted_once_it_is_kept(place: &Place) {
        let (world, user) = (world(place), Dovecot::shared().user("pop"));
        let server = server(&world, &user, Protocol::Pop, Security::StartTls, |server| server.delete_after_days = 0);
        (0..5).for_each(|number| user.deliver(mail(number).as_bytes()));
        let tally = fetch(&world, &server).unwrap();
        assert_eq!((tally.fetched, tally.delivered), (5, 5));
        assert!(user.messages().is_empty());
        assert_eq!(fetch(&world, &server).unwrap(), PassTally::default());
    }

    fn three_fetches_at_once_make_each_record_once(place: &Place) {
        let (world, user) = (world(place), Dovecot::shared().user("thrice"));
        let server = server(&world, &user, Protocol::Imap, Security::None, |_| {});
        (0..60).for_each(|number| user.deliver(mail(number).as_bytes()));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| fetch(&world, &server).unwrap());
            }
        });
        assert_eq!((world.records().len(), world.ledger().len()), (60, 60));
    }

    fn unread_mail_alone_is_taken_where_that_was_chosen(place: &Place) {
        let (world, user) = (world(place), Dovecot::shared().user("unread"));
        let reader = server(&world, &user, Protocol::Imap, Security::None, |_| {});
        user.deliver(mail(1).as_bytes());
        fetch(&world, &reader).unwrap();
        user.deliver(mail(2).as_bytes());
        let server = server(&world, &user, Protocol::Imap, Security::None, |server| {
            server.start_with = StartWith::Unread;
            server.folder = "INBOX".into();
        });
        assert_eq!(fetch(&world, &server).unwrap().fetched, 1);
        user.deliver(mail(3).as_bytes());
        assert_eq!(fetch(&world, &server).unwrap().fetched, 1);
        assert_eq!(world.records().len(), 3);
    }

    fn a_wrong_password_keeps_nothing_and_says_so(place: &Place) {
        let (world, user) = (world(place), Dovecot::shared().user("locked"));
        let server = server(&world, &user, Protocol::Imap, Security::None, |_| {});
        let wrong = Secret::new("wrong");
        world.app.store.write(|db| servers::set_password(db, &world.app.key, server.id, Some(&wrong))).unwrap();
        user.deliver(mail(1).as_bytes());
        let Err(PassError::Mailbox(error)) = fetch(&world, &server) else { panic!("it can't sign in") };
        assert_eq!(error.problem, mailgate::mailbox::MailboxProblem::SignIn);
        assert!(world.ledger().is_empty());
        assert_eq!(user.flags(), [""]);
    }
}
