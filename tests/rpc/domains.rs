//! A random domain finds the same in the database as in memory, on both databases.

use mailgate::api::{Api, ObjectCall};
use mailgate::domain::filter::{Domain, Leaf, matches, parse};
use mailgate::domain::person::Caller;
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

const SINGLE: [&str; 13] =
    ["=", "=?", "!=", "<", "<=", ">", ">=", "like", "not like", "ilike", "not ilike", "=like", "=ilike"];

fn leaf() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["name", "phone"]);
    let single = prop::sample::select(SINGLE.as_slice());
    let listed = prop::sample::select(vec!["in", "not in"]);
    prop_oneof![
        (text.clone(), single, value()).prop_map(|(field, operator, value)| json!([field, operator, value])),
        (text, listed, prop::collection::vec(value(), 0..4))
            .prop_map(|(f, operator, values)| json!([f, operator, values])),
        (prop::sample::select(vec!["=", "!="]), any::<bool>())
            .prop_map(|(operator, is)| json!(["is_group", operator, is])),
        (prop::sample::select(vec!["in", "not in"]), prop::collection::vec(any::<bool>(), 0..3))
            .prop_map(|(operator, values)| json!(["is_group", operator, values])),
        prop::sample::select(vec![json!(0), json!(1), json!(""), json!("x")])
            .prop_map(|truth| json!(["is_group", "=", truth])),
        (prop::sample::select(vec!["=", "<", ">=", "!="]), 0..10i32)
            .prop_map(|(operator, id)| json!(["id", operator, id])),
        (prop::sample::select(vec!["like", "not ilike", "=like"]), prop::sample::select(vec!["1", "%", "_", "3"]))
            .prop_map(|(operator, pattern)| json!(["id", operator, pattern])),
    ]
}

/// A leaf about a grievance, mostly by way of its contact.
fn leaf_of_grievance() -> impl Strategy<Value = Value> {
    let ids = || prop_oneof![(1..9i32).prop_map(Value::from), Just(Value::Bool(false))];
    let by_name = prop::sample::select(vec!["=", "!=", "like", "not like", "ilike", "not ilike", "=ilike"]);
    prop_oneof![
        leaf().prop_map(|leaf| json!([format!("partner_id.{}", leaf[0].as_str().unwrap()), leaf[1], leaf[2]])),
        (prop::sample::select(vec!["=", "!=", "=?"]), ids()).prop_map(|(o, id)| json!(["partner_id", o, id])),
        (prop::sample::select(vec!["in", "not in"]), prop::collection::vec(ids(), 0..4))
            .prop_map(|(operator, ids)| json!(["partner_id", operator, ids])),
        (by_name, prop::sample::select(NAMES.as_slice())).prop_map(|(o, name)| json!(["partner_id", o, name])),
        (
            prop::sample::select(vec!["in", "not in"]),
            prop::collection::vec(prop::sample::select(NAMES.as_slice()), 1..4)
        )
            .prop_map(|(operator, names)| json!(["partner_id", operator, names])),
        (prop::sample::select(vec!["=", "!=", ">="]), prop::sample::select(vec!["0", "1", "2"]))
            .prop_map(|(operator, priority)| json!(["priority", operator, priority])),
    ]
}

fn domain(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Vec<Value>> {
    let one = leaf.prop_map(|leaf| vec![leaf]);
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
        let api = Api::new(place.open());
        let caller = Caller::command_line();
        let call = |method: &str, args: Vec<Value>| {
            api.call(&caller, &api.room(), ObjectCall::new("res.partner", method, args)).unwrap()
        };
        for (n, name) in NAMES.iter().enumerate() {
            let phone = PHONES[n % PHONES.len()];
            call("create", vec![json!({"name": name, "phone": phone, "is_group": n % 2 == 0})]);
        }
        let rows = call("search_read", vec![json!([])]);
        let rows: Vec<Map<String, Value>> = serde_json::from_value(rows).unwrap();
        let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&domain(leaf()), |domain| {
                let filter = parse(&json!(domain)).unwrap();
                let mut expected: Vec<i64> = rows
                    .iter()
                    .filter(|row| matches(&filter, &|field| stored(row, field)))
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

    fn a_random_path_means_the_same_in_the_database_and_in_memory(place: &Place) {
        let api = Api::new(place.open());
        let caller = Caller::command_line();
        let call = |model: &str, method: &str, args: Vec<Value>| {
            api.call(&caller, &api.room(), ObjectCall::new(model, method, args)).unwrap()
        };
        for (n, name) in NAMES.iter().enumerate() {
            let phone = PHONES[n % PHONES.len()];
            call("res.partner", "create", vec![json!({"name": name, "phone": phone, "is_group": n % 2 == 0})]);
        }
        for n in 0..12 {
            let partner = if n < 8 { json!(n + 1) } else { Value::Bool(false) };
            let values = json!({"name": "x", "partner_id": partner, "priority": (n % 4).to_string()});
            call("spp.grm.ticket", "create", vec![values]);
        }
        let rows = |model: &str| -> Vec<Map<String, Value>> {
            serde_json::from_value(call(model, "search_read", vec![json!([])])).unwrap()
        };
        let (grievances, contacts) = (rows("spp.grm.ticket"), rows("res.partner"));
        let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&domain(leaf_of_grievance()), |domain| {
                let filter = parse(&json!(domain)).unwrap();
                let passing = grievances.iter().filter(|row| passes(&filter, row, &contacts));
                let mut expected: Vec<i64> = passing.filter_map(|row| row["id"].as_i64()).collect();
                expected.sort_unstable();
                let found = call("spp.grm.ticket", "search", vec![json!(domain)]);
                let mut found: Vec<i64> = serde_json::from_value(found).unwrap();
                found.sort_unstable();
                prop_assert_eq!(found, expected, "{}", json!(domain));
                Ok(())
            })
            .unwrap();
    }
}

/// Whether a grievance passes: a leaf that goes by way of the contact holds of those that have one.
fn passes(filter: &Domain, grievance: &Map<String, Value>, contacts: &[Map<String, Value>]) -> bool {
    let pair = &grievance["partner_id"];
    match filter {
        Domain::Constant(constant) => *constant,
        Domain::All(filters) => filters.iter().all(|one| passes(one, grievance, contacts)),
        Domain::Any(filters) => filters.iter().any(|one| passes(one, grievance, contacts)),
        Domain::Not(filter) => !passes(filter, grievance, contacts),
        Domain::Leaf(leaf) => match leaf.field.strip_prefix("partner_id.") {
            Some(rest) => contacts.iter().filter(|contact| contact["id"] == pair[0]).any(|contact| {
                let leaf = Leaf { field: rest.to_owned(), ..leaf.clone() };
                matches(&Domain::Leaf(leaf), &|field| stored(contact, field))
            }),
            None => matches(filter, &|field| match (field, pair) {
                ("partner_id", Value::Bool(_)) => Value::Null,
                ("partner_id", pair) if leaf.value.is_string() || leaf.value[0].is_string() => pair[1].clone(),
                ("partner_id", pair) => pair[0].clone(),
                (field, _) => stored(grievance, field),
            }),
        },
    }
}

/// Clients see false for what is empty; in memory it is nothing.
fn stored(row: &Map<String, Value>, field: &str) -> Value {
    match &row[field] {
        Value::Bool(false) if field != "is_group" => Value::Null,
        value => value.clone(),
    }
}
