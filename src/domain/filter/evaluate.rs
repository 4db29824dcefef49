//! What a filter means, in memory.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Domain, Leaf, Operator, Pattern};

/// Whether a record passes. `value` gives the value of a field (or path): `Null` where it is empty, an id for a
/// many2one.
pub fn matches(filter: &Domain, value: &dyn Fn(&str) -> Value) -> bool {
    match filter {
        Domain::Constant(constant) => *constant,
        Domain::All(filters) => filters.iter().all(|filter| matches(filter, value)),
        Domain::Any(filters) => filters.iter().any(|filter| matches(filter, value)),
        Domain::Not(filter) => !matches(filter, value),
        Domain::Leaf(leaf) => passes(leaf, &value(&leaf.field)),
    }
}

fn passes(leaf: &Leaf, actual: &Value) -> bool {
    let wanted = &leaf.value;
    match leaf.operator {
        Operator::Equal => equal(actual, wanted),
        Operator::EqualIfSet => leaf.is_unset() || equal(actual, wanted),
        Operator::NotEqual => !(equal(actual, wanted) || (actual.is_null() && leaf.asks_for_a_value())),
        Operator::In => one_of(actual, wanted),
        Operator::NotIn => !one_of(actual, wanted),
        Operator::Less => compare(actual, wanted).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => compare(actual, wanted).is_some_and(Ordering::is_le),
        Operator::Greater => compare(actual, wanted).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => compare(actual, wanted).is_some_and(Ordering::is_ge),
        // In memory nothing stands below anything.
        Operator::ChildOf | Operator::ParentOf => one_of(actual, wanted),
        pattern => matches_pattern(pattern, actual, wanted),
    }
}

/// `false` of a client is *empty*, but a boolean field's false is a value: both are equal to `false`.
fn equal(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Null | Value::Bool(false), Value::Null | Value::Bool(false)) => true,
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        // As Python tells whether something is true.
        (Value::Bool(a), Value::Number(b)) => *a == (b.as_f64() != Some(0.0)),
        (Value::Bool(a), Value::String(b)) => *a != b.is_empty(),
        (a, b) => a == b,
    }
}

fn one_of(actual: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(items) => items.iter().any(|item| equal(actual, item)),
        // Odoo reads `in` with `false` or `true` as "is empty" and "is not empty".
        Value::Bool(wanted) => *wanted != equal(actual, &Value::Bool(false)),
        single => equal(actual, single),
    }
}

/// None where either is empty or they can't be compared. Text is compared by its code points.
fn compare(actual: &Value, wanted: &Value) -> Option<Ordering> {
    match (actual, wanted) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn matches_pattern(operator: Operator, actual: &Value, wanted: &Value) -> bool {
    let text = match wanted {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let actual = match actual {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let Some(actual) = actual else {
        // An empty pattern matches everything, also what is empty; so do the negative operators.
        return operator.is_negative()
            || (text.is_empty() && !matches!(operator, Operator::EqualLike | Operator::EqualIlike));
    };
    Pattern::new(operator, &text).matches(&actual) != operator.is_negative()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use serde_json::json;

    fn passes(term: Value, actual: Value) -> bool {
        matches(&parse(&json!([term])).unwrap(), &|_| actual.clone())
    }

    #[test]
    fn what_is_empty_passes_the_negative_operators_only() {
        for (operator, value, expected) in [
            ("=", json!("x"), false),
            ("=", json!(false), true),
            ("!=", json!("x"), true),
            ("!=", json!(false), false),
            ("!=", json!(""), false),
            ("!=", json!(0), false),
            ("in", json!(["x"]), false),
            ("in", json!(["x", false]), true),
            ("not in", json!(["x"]), true),
            ("not in", json!(["x", false]), false),
            ("<", json!("x"), false),
            (">=", json!("x"), false),
            ("like", json!("x"), false),
            ("not ilike", json!("x"), true),
            ("ilike", json!(""), true),
            ("=like", json!("%"), false),
        ] {
            assert_eq!(passes(json!(["f", operator, value]), Value::Null), expected, "{operator} {value}");
        }
    }

    #[test]
    fn patterns_are_those_of_sql() {
        assert!(passes(json!(["f", "ilike", "PAIE"]), json!("Mon paiement")));
        assert!(!passes(json!(["f", "like", "PAIE"]), json!("Mon paiement")));
        assert!(passes(json!(["f", "=like", "M_n%t"]), json!("Mon paiement")));
        assert!(!passes(json!(["f", "=like", "paiement"]), json!("Mon paiement")));
        for (text, pattern, expected) in [
            ("100 %", "%\\%", true),
            ("100", "%\\%", false),
            ("aab", "%ab", true),
            ("abab", "%a_", true),
            ("ababc", "%ab", false),
            ("", "%", true),
            ("", "_", false),
            ("é", "_", true),
            ("a\\", "a\\\\", true),
            ("xayaz", "x%a%a_", true),
            ("xayaz", "x%a%a__", false),
        ] {
            assert_eq!(passes(json!(["f", "=like", pattern]), json!(text)), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn numbers_and_dates_are_ordered() {
        assert!(passes(json!(["f", "<", 10]), json!(9.5)));
        assert!(passes(json!(["f", ">", "2026-11-22 10:00:00"]), json!("2026-11-22 10:00:01")));
        assert!(!passes(json!(["f", ">", "2026"]), json!(3)));
    }
}
