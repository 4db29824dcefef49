//! The test server itself: if this fails, look here first.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::support::dovecot::{Dovecot, PASSWORD, Setup, listens};

#[test]
fn a_delivered_mail_can_be_read_and_a_dropped_server_is_gone() {
    let server = Dovecot::start(&Setup::default());
    let user = server.user("anna");
    user.deliver(b"Subject: hello\r\n\r\nbody\r\n");
    user.create_folder("Archive");

    let mut stream = TcpStream::connect(("127.0.0.1", server.imap_port)).unwrap();
    write!(stream, "a LOGIN {} {PASSWORD}\r\nb STATUS INBOX (MESSAGES)\r\nc LIST \"\" *\r\nd LOGOUT\r\n", user.name)
        .unwrap();
    let lines: Vec<String> = BufReader::new(stream).lines().map(Result::unwrap).collect();
    assert!(lines.iter().any(|line| line == "* STATUS INBOX (MESSAGES 1)"), "{lines:?}\n{}", server.log());
    assert!(lines.iter().any(|line| line.ends_with(" Archive")), "{lines:?}");
    assert_eq!((user.messages().len(), user.flags()), (1, vec![String::new()]));

    let port = server.imap_port;
    drop(server);
    assert!(!listens(port));
}
