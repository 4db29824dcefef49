//! A random domain finds the same in the database as in memory, on both databases.

use mailgate::domain::filter::{matches, parse};
use mailgate::domain::person::Caller;
use mailgate::operations::objects;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::database::on_both;

const NAMES: [&str; 8] = ["Amina Diallo", "amina", "Ümit", "50 % off", "a_b", "Zoë", "O'Brien", "x"];
const PHONES: [Option<&str>; 3] = [None, Some("123"), Some("+221 77")];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(NAMES.as_slice()).prop_map(Value::from),
        prop::sample::select(vec!["a", "%", "_", "ü", "A", "", "123", "ZO", "\\", "i%a"]).prop_map(Value::from),
        Just(Value::Bool(false)),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["name", "phone"]);
    let single = prop::sample::select(vec![
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "like",
        "not like",
        "ilike",
        "not ilike",
        "=like",
        "=ilike",
    ]);
    let listed = prop::sample::select(vec!["in", "not in"]);
    prop_oneof![
        (text.clone(), single, value()).prop_map(|(field, operator, value)| json!([field, operator, value])),
        (text, listed, prop::collection::vec(value(), 0..4))
            .prop_map(|(f, operator, values)| json!([f, operator, values])),
        (prop::sample::select(vec!["=", "!="]), any::<bool>())
            .prop_map(|(operator, is)| json!(["is_group", operator, is])),
        (prop::sample::select(vec!["=", "<", ">=", "!="]), 0..10i32)
            .prop_map(|(operator, id)| json!(["id", operator, id])),
    ]
}

fn domain() -> impl Strategy<Value = Vec<Value>> {
    let one = leaf().prop_map(|leaf| vec![leaf]);
    one.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| [vec![json!("&")], a, b].concat()),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| [vec![json!("|")], a, b].concat()),
            inner.prop_map(|a| [vec![json!("!")], a].concat()),
        ]
    })
}

on_both! {
    fn a_random_domain_means_the_same_in_the_database_and_in_memory(place: &Place) {
        let app = place.open();
        let caller = Caller::command_line();
        let call = |method: &str, args: Vec<Value>| {
            objects::call(&app, &caller, "res.partner", method, args, Map::new()).unwrap()
        };
        for (n, name) in NAMES.iter().enumerate() {
            let phone = PHONES[n % PHONES.len()];
            call("create", vec![json!({"name": name, "phone": phone, "is_group": n % 2 == 0})]);
        }
        let rows = call("search_read", vec![json!([])]);
        let rows: Vec<Map<String, Value>> = serde_json::from_value(rows).unwrap();
        // Clients see false for what is empty; in memory it is nothing.
        let value = |row: &Map<String, Value>, field: &str| match &row[field] {
            Value::Bool(false) if field != "is_group" => Value::Null,
            value => value.clone(),
        };
        let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&domain(), |domain| {
                let filter = parse(&json!(domain)).unwrap();
                let mut expected: Vec<i64> = rows
                    .iter()
                    .filter(|row| matches(&filter, &|field| value(row, field)))
                    .filter_map(|row| row["id"].as_i64())
                    .collect();
                expected.sort_unstable();
                let found = call("search", vec![json!(domain)]);
                let mut found: Vec<i64> = serde_json::from_value(found).unwrap();
                found.sort_unstable();
                prop_assert_eq!(found, expected, "{}", json!(domain));
                Ok(())
            })
            .unwrap();
    }
}
