//! Mail that an MTA's script hands over, in the way `odoo-mailgate.py` calls: the model is False, the mail a Binary, its
//! recipient an alias. Over the wire, by several at once, and with the server killed in between.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use mailgate::xmlrpc::{DocumentLimits, MethodAnswer, Value, read_answer, write_call};

use super::client::{first, leaf, list, members, s};
use super::gateway::{FALSE, GRIEVANCE, binary, mail_to};
use crate::support::app::{Installation, PASSWORD, Serving};

const SUPPORT: &str = "support@agency.example";

/// What a call is answered; None where the connection ends without an answer.
fn call(port: u16, model: &str, method: &str, arguments: Value) -> Option<Value> {
    let who = [s("mailgate"), Value::Integer(1), s(PASSWORD)];
    let document = write_call("execute_kw", [who.as_slice(), &[s(model), s(method), arguments, members([])]].concat());
    let document = document.unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = document.len();
    let head =
        format!("POST /xmlrpc/2/object HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), document.as_bytes()].concat()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    match read_answer(&answer[end + 4..], &DocumentLimits::default()).ok()? {
        MethodAnswer::Value(value) => Some(value),
        MethodAnswer::Fault { message, .. } => panic!("{model}.{method}: {message}"),
    }
}

fn hand_over(port: u16, number: u32) -> Option<Value> {
    call(port, "mail.thread", "message_process", list([FALSE, binary(&mail_to(SUPPORT, number))]))
}

fn with_an_alias() -> (Installation, Serving) {
    let site = Installation::new().with_user("admin", "system_admin");
    let serving = site.serve();
    let model = list([list([leaf("model", "=", s(GRIEVANCE))])]);
    let model = call(serving.port, "ir.model", "search", model).unwrap();
    let alias = members([("alias_name", s(SUPPORT)), ("alias_model_id", first(&model).clone())]);
    call(serving.port, "mail.alias", "create", list([alias])).unwrap();
    (site, serving)
}

fn records(port: u16) -> Value {
    call(port, GRIEVANCE, "search_count", list([list([])])).unwrap()
}

#[test]
fn one_mail_from_eight_clients_at_once_is_one_record() {
    let (_site, serving) = with_an_alias();
    for number in 1..=5 {
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| hand_over(serving.port, number))).collect();
            clients.into_iter().map(|client| client.join().unwrap().unwrap()).collect()
        });
        let made: Vec<&Value> = answers.iter().filter(|answer| **answer != FALSE).collect();
        assert_eq!(
            made,
            [&Value::Integer(i32::try_from(number).unwrap())],
            "the others are told of no record: {answers:?}"
        );
    }
    assert_eq!(records(serving.port), Value::Integer(5));
}

#[test]
fn what_is_sent_again_after_a_kill_is_one_record_and_what_was_answered_is_there() {
    let (site, mut serving) = with_an_alias();
    let port = serving.port;
    let answered = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for client in 0..4 {
            let answered = &answered;
            // Each goes on until the server is gone.
            scope.spawn(move || {
                for number in (1..=2_000).filter(|number| number % 4 == client) {
                    match hand_over(port, number) {
                        Some(_) => answered.lock().unwrap().insert(number),
                        None => return,
                    };
                }
            });
        }
        while answered.lock().unwrap().len() < 20 {
            std::thread::yield_now();
        }
        serving.child.kill().unwrap();
    });
    serving.child.wait().unwrap();
    drop(serving);
    let answered = answered.into_inner().unwrap();
    let all = answered.last().unwrap() + 4;
    assert!(answered.len() < 2_000, "it was killed in the middle");

    let serving = site.serve();
    for number in 1..=all {
        let again = hand_over(serving.port, number).unwrap();
        assert!(again == FALSE || !answered.contains(&number), "{number} was answered, so it was kept: {again:?}");
    }
    assert_eq!(records(serving.port), Value::Integer(i32::try_from(all).unwrap()));
}
