//! The clients that people have, from PyPI and npm, against the real server and a real mailbox: those that are made for it
//! configure and confirm the mailbox, fetch, find, read an attachment, write, post, and meet each kind of fault; the others
//! do the first page of their documentation.

use mailgate::config::Config;
use mailgate::operations::App;

use super::keys;
use crate::support::app::{Installation, PASSWORD};
use crate::support::dovecot::{self, Dovecot};
use crate::support::{node, python};

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
    let site = Installation::new().with_user("admin", "system_admin").with_user("officer", "officer");
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

#[test]
fn odoo_client_lib_works_unchanged_over_json_2_and_aio_odoorpc_over_json_rpc() {
    let site = Installation::new().with_user("admin", "system_admin");
    let app = App::open(Config { data_dir: site.data.clone(), ..Config::default() }).unwrap();
    let key = keys::make(&app, "admin", "Script", "");
    drop(app);
    let serving = site.serve();
    let arguments = [serving.url.as_str(), PASSWORD, "0", "-", "-", key.reveal()];
    assert_eq!(python::printed("with_aio_odoorpc.py", &arguments), "passed\n");
    assert_eq!(python::printed("with_odoolib_json2.py", &arguments), "passed\n");
    assert!(!serving.output().contains(PASSWORD) && !serving.output().contains(key.reveal()));
}

#[test]
fn odoo_await_and_odoo_xmlrpc_work_unchanged() {
    for script in ["with_odoo_await.js", "with_odoo_xmlrpc.js"] {
        let site = Installation::new().with_user("admin", "system_admin");
        let serving = site.serve();
        assert_eq!(node::printed(script, &[&serving.url, PASSWORD]), "passed\n");
    }
}
