//! The clients that people have, from PyPI, against the real server and a real mailbox: each configures and confirms
//! the mailbox, fetches, finds, reads an attachment, writes, posts, and meets each kind of fault.

use crate::support::app::{Installation, PASSWORD};
use crate::support::dovecot::{self, Dovecot};
use crate::support::python;

/// One mail with an attachment, as `mailbox.py` expects it.
const MAIL: &str = "From: Amina Diallo <amina@people.example>\r\nTo: support@mail.example\r\nSubject: Payment missing\r\n\
    Message-ID: <1@people.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe payment of October did not arrive.\r\n\
    --b\r\nContent-Type: text/plain; name=letter.txt\r\nContent-Disposition: attachment; filename=letter.txt\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nTXkgbGV0dGVyLgo=\r\n--b--\r\n";

fn passes(script: &str, further: &[&str]) {
    let user = Dovecot::shared().user("client");
    user.deliver(MAIL.as_bytes());
    let site = Installation::new();
    site.add_user("admin", "system_admin");
    site.add_user("officer", "officer");
    let serving = site.serve();
    let port = Dovecot::shared().imap_port.to_string();
    let arguments = [serving.url.as_str(), PASSWORD, &port, &user.name, dovecot::PASSWORD];
    assert_eq!(python::printed(script, &[arguments.as_slice(), further].concat()), "passed\n");
    assert!(!serving.output().contains(PASSWORD), "no password is logged");
}

#[test]
fn odoorpc_works_unchanged() {
    passes("with_odoorpc.py", &[]);
}

#[test]
fn odooly_works_unchanged() {
    passes("with_odooly.py", &["web"]);
}

#[test]
fn odooly_works_unchanged_over_json_rpc() {
    passes("with_odooly.py", &["jsonrpc"]);
}

#[test]
fn odoo_client_lib_works_unchanged_over_xml_rpc() {
    passes("with_odoolib.py", &["xmlrpc"]);
}

#[test]
fn odoo_client_lib_works_unchanged_over_json_rpc() {
    passes("with_odoolib.py", &["jsonrpc"]);
}
