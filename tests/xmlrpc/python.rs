//! The codec with Python's own as the other end, since Odoo is written in it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use mailgate::xmlrpc::{DocumentLimits, MethodAnswer, Outgoing, Param, Stretch, Value, read_answer, write_call};

use crate::support::fake_odoo::FakeOdoo;

const INSTALL: &str = "these tests need Python: apt-get install python3";

/// `xmlrpc.server` on a free port: `echo` returns its parameter, `shown` what Python takes it for.
const SERVER: &str = r#"
import sys
from xmlrpc.server import SimpleXMLRPCServer
server = SimpleXMLRPCServer(('127.0.0.1', 0), logRequests=False, allow_none=True, use_builtin_types=True)
server.register_function(lambda value: value, 'echo')
server.register_function(repr, 'shown')
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

/// `xmlrpc.client` as a caller of ours; prints what came back.
const CLIENT: &str = r#"
import sys, xmlrpc.client
port = sys.argv[1]
common = xmlrpc.client.ServerProxy(f'http://127.0.0.1:{port}/xmlrpc/2/common')
models = xmlrpc.client.ServerProxy(f'http://127.0.0.1:{port}/xmlrpc/2/object')
print(common.version())
uid = common.authenticate('openspp', 'bridge@example.org', 'key', {})
call = lambda *args: models.execute_kw('openspp', uid, 'key', *args)
made = call('res.partner', 'create', [{'name': '  Ünï «x» & مرحبا\n ', 'email': False}])
print(ascii(call('res.partner', 'read', [[made]])[0]['name']))
try:
    call('no.such', 'read', [[1]])
except xmlrpc.client.Fault as fault:
    print(fault.faultCode, fault.faultString)
"#;

struct Python {
    child: Child,
    port: u16,
}

impl Python {
    fn serve() -> Self {
        let mut child = Command::new("python3").args(["-c", SERVER]).stdout(Stdio::piped()).spawn().expect(INSTALL);
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap() }
    }

    fn call(&self, document: &[u8]) -> MethodAnswer {
        let mut answer = ureq::post(format!("http://127.0.0.1:{}/RPC2", self.port)).send(document).unwrap();
        read_answer(&answer.body_mut().read_to_vec().unwrap(), &DocumentLimits::default()).unwrap()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn python_reads_what_is_written_and_its_answers_are_read() {
    let python = Python::serve();
    let values = [
        (Value::Integer(-7), "-7"),
        (Value::Boolean(true), "True"),
        (Value::String("  \t <b>«Ü»</b> & \r\n مرحبا ".into()), r"'  \t <b>«Ü»</b> & \r\n مرحبا '"),
        (Value::String(String::new()), "''"),
        (Value::Double(0.5), "0.5"),
        (Value::Base64(vec![0, 1, 255]), r"b'\x00\x01\xff'"),
        (Value::Array(vec![Value::Integer(1), Value::Array(vec![])]), "[1, []]"),
        (Value::Struct([("a b".to_owned(), Value::Nil)].into()), "{'a b': None}"),
    ];
    for (value, shown) in values {
        let said = python.call(write_call("shown", vec![value.clone()]).unwrap().as_bytes());
        assert_eq!(said, MethodAnswer::Value(Value::String(shown.into())), "{value:?}");
        let same = python.call(write_call("echo", vec![value.clone()]).unwrap().as_bytes());
        // XML knows one kind of line end.
        let expected = match value {
            Value::String(text) => Value::String(text.replace("\r\n", "\n")),
            value => value,
        };
        assert_eq!(same, MethodAnswer::Value(expected));
    }
    let fault = python.call(write_call("no_such", vec![]).unwrap().as_bytes());
    assert!(matches!(fault, MethodAnswer::Fault { .. }), "{fault:?}");
}

#[test]
fn python_reads_what_is_streamed() {
    let python = Python::serve();
    let bytes: Vec<u8> = (0..300_001_u32).map(|n| (n % 251) as u8).collect();
    let (left, right) = bytes.split_at(100_000);
    let outgoing =
        Outgoing::call("echo", vec![Param::Binary(vec![Stretch::Held(left.to_vec()), Stretch::Held(right.to_vec())])])
            .unwrap();
    let mut document = Vec::new();
    outgoing.reader().read_to_end(&mut document).unwrap();
    assert_eq!(python.call(&document), MethodAnswer::Value(Value::Base64(bytes)));
}

#[test]
fn pythons_client_understands_our_answers() {
    let fake = FakeOdoo::start();
    let output = Command::new("python3").args(["-c", CLIENT, &fake.port.to_string()]).output().expect(INSTALL);
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    let name = r"'  \xdcn\xef \xabx\xbb & \u0645\u0631\u062d\u0628\u0627\n '";
    let version = "{'protocol_version': 1, 'server_version': '17.0'}";
    assert_eq!(lines, [version, name, "2 Object no.such doesn't exist"], "{}", String::from_utf8_lossy(&output.stderr));
}
