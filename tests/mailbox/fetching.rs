//! Everything that is there comes, unchanged, and reading it changes nothing.

use std::io::Write;

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::mailbox::{FetchError, RawMessage, StartChoice, Stopped};

use super::{WAYS, fetch_all, list_all, mail, session};
use crate::support::dovecot::Dovecot;

#[test]
fn every_way_hands_over_every_message_as_it_is() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("every");
        let mut sources: Vec<Vec<u8>> = (0..120).map(|n| mail(&format!("mail {n}"))).collect();
        sources.push(b"Subject: 8 bit \xe9\xff\r\n\r\n\x80\x81.\r\n".to_vec());
        sources.push([&b"Subject: one long line\r\n\r\n"[..], &b"x".repeat(200_000), b"\r\n"].concat());
        sources.iter().for_each(|source| user.deliver(source));
        let mut mailbox = session(&dovecot.server(protocol, security, &user), &user);
        let fetched = fetch_all(mailbox.as_mut());
        mailbox.close().unwrap();
        let got: Vec<Vec<u8>> = fetched.into_iter().map(|(_, source)| source.unwrap()).collect();
        assert!(got == sources, "{protocol:?} {security:?}: {} of {}", got.len(), sources.len());
        // Dovecot itself flags what is read by POP.
        let read = user.flags().iter().any(|flags| flags.contains('S'));
        assert!(protocol == Protocol::Pop || !read, "{:?}", user.flags());
    }
}

#[test]
fn the_header_of_a_message_is_shown_without_it() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("header");
        user.deliver(&mail("first"));
        user.deliver(
            &[&b"Subject: large\r\nX-Long: "[..], &b"x ".repeat(60), b"\r\n\r\n", &b"y".repeat(90_000), b"\r\n"]
                .concat(),
        );
        let mut mailbox = session(&dovecot.server(protocol, security, &user), &user);
        let keys = mailbox.survey().unwrap().keys;
        let headers = mailbox.headers(&keys).unwrap();
        mailbox.close().unwrap();
        let shown = headers.last().unwrap().as_deref().expect("a header");
        assert!(shown.starts_with(b"Subject: large\r\n") && shown.len() < 1_000, "{protocol:?}: {}", shown.len());
        assert_eq!(headers.len(), 2);
        assert!(user.flags().iter().all(|flags| !flags.contains('S')) || protocol == Protocol::Pop);
    }
}

#[test]
fn a_large_message_passes_through_a_file_piece_by_piece() {
    let dovecot = Dovecot::shared();
    for protocol in [Protocol::Imap, Protocol::Pop] {
        let user = dovecot.user("large");
        let mut source = b"Subject: large\r\n\r\n".to_vec();
        for n in 0..100_000 {
            write!(source, "{n} and what else stands in this line of a long letter\r\n").unwrap();
        }
        user.deliver(&source);
        user.deliver(&mail("after it"));
        let mut mailbox = session(&dovecot.server(protocol, Security::None, &user), &user);
        let listed = list_all(mailbox.as_mut());
        assert_eq!(listed[0].size, source.len() as u64);
        let mut in_file = Vec::new();
        mailbox
            .fetch(&listed, &mut |_, body| {
                let body = body.unwrap().body;
                in_file.push(matches!(body, RawMessage::File(_)));
                if in_file.len() == 1 {
                    assert!(super::bytes(body) == source, "changed on the way");
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(in_file, [true, false]);
    }
}

#[test]
fn imap_tells_what_is_unread_and_since_when() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("choose");
    (0..4).for_each(|n| user.deliver(&mail(&n.to_string())));
    let server = dovecot.server(Protocol::Imap, Security::None, &user);
    let mut mailbox = session(&server, &user);
    let survey = mailbox.survey().unwrap();
    assert_eq!((survey.keys.len(), survey.uid_next), (4, Some(5)));
    assert!(survey.uid_validity.is_some());
    std::fs::read_dir(user.maildir.join("cur")).unwrap().take(1).for_each(|entry| {
        let path = entry.unwrap().path();
        std::fs::rename(&path, path.to_string_lossy().replace(":2,", ":2,S")).unwrap();
    });
    let mut mailbox = session(&server, &user);
    mailbox.survey().unwrap();
    let seen = user.flags().iter().filter(|flags| flags.contains('S')).count();
    assert_eq!(mailbox.choose(StartChoice::Unread).unwrap().len(), 4 - seen);
    let tomorrow = chrono::Utc::now().date_naive() + chrono::Days::new(2);
    assert!(mailbox.choose(StartChoice::Since(tomorrow)).unwrap().is_empty());
    let yesterday = chrono::Utc::now().date_naive() - chrono::Days::new(2);
    assert_eq!(mailbox.choose(StartChoice::Since(yesterday)).unwrap(), survey.keys);
    let listed: Vec<_> = mailbox.list(&survey.keys).unwrap().into_iter().map(Result::unwrap).collect();
    assert!(listed.iter().all(|one| one.internal_date.is_some() && one.size == mail("0").len() as u64), "{listed:?}");
}

#[test]
fn a_receiver_that_wants_no_more_ends_the_fetch() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("stop");
        (0..5).for_each(|n| user.deliver(&mail(&n.to_string())));
        let mut mailbox = session(&dovecot.server(protocol, security, &user), &user);
        let listed = list_all(mailbox.as_mut());
        let mut count = 0;
        let result = mailbox.fetch(&listed, &mut |_, _| {
            count += 1;
            if count == 2 { Err(Stopped) } else { Ok(()) }
        });
        assert_eq!((result, count), (Err(FetchError::Stopped), 2));
        mailbox.close().unwrap();
        assert_eq!(user.messages().len(), 5);
    }
}

#[test]
fn a_folder_with_any_name_is_opened() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("folder");
    user.create_folder("Beschwerden &APw-ber A");
    user.deliver_to("Beschwerden &APw-ber A", &mail("in the folder"));
    let mut server = dovecot.server(Protocol::Imap, Security::Tls, &user);
    server.folder = "Beschwerden über A".into();
    assert_eq!(fetch_all(session(&server, &user).as_mut()).len(), 1);
}
