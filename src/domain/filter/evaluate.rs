//! What a filter means, in memory.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Filter, Leaf, Operator};

/// Whether a record passes. `value` gives the value of a field (or path): `Null` where it is empty, an id for a
/// many2one.
pub fn matches(filter: &Filter, value: &dyn Fn(&str) -> Value) -> bool {
    match filter {
        Filter::Constant(constant) => *constant,
        Filter::All(filters) => filters.iter().all(|filter| matches(filter, value)),
        Filter::Any(filters) => filters.iter().any(|filter| matches(filter, value)),
        Filter::Not(filter) => !matches(filter, value),
        Filter::Leaf(leaf) => passes(leaf, &value(&leaf.field)),
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
    like(&actual, &operator.pattern(&text), operator.ignores_case()) != operator.is_negative()
}

/// SQL's LIKE: `%` is any text, `_` one character, `\` takes the next character as it is.
pub fn like(text: &str, pattern: &str, ignore_case: bool) -> bool {
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let text: Vec<char> = fold(text).chars().collect();
    let pattern = steps(&fold(pattern));
    // Greedy with one point to go back to: linear but for the product in the worst case.
    let (mut t, mut p, mut back) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(Step::Any) => {
                back = Some((p, t));
                p += 1;
            }
            Some(Step::One) => (t, p) = (t + 1, p + 1),
            Some(Step::Exactly(c)) if *c == text[t] => (t, p) = (t + 1, p + 1),
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    (t, p) = (from + 1, star + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|step| *step == Step::Any)
}

#[derive(Debug, PartialEq)]
enum Step {
    Any,
    One,
    Exactly(char),
}

fn steps(pattern: &str) -> Vec<Step> {
    let mut characters = pattern.chars();
    let mut steps = Vec::new();
    while let Some(c) = characters.next() {
        steps.push(match c {
            '%' => Step::Any,
            '_' => Step::One,
            '\\' => Step::Exactly(characters.next().unwrap_or('\\')),
            c => Step::Exactly(c),
        });
    }
    steps
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
        assert!(like("100 %", "%\\%", false) && !like("100", "%\\%", false));
        assert!(like("aab", "%ab", false) && like("", "%", false) && !like("", "_", false));
    }

    #[test]
    fn numbers_and_dates_are_ordered() {
        assert!(passes(json!(["f", "<", 10]), json!(9.5)));
        assert!(passes(json!(["f", ">", "2026-11-22 10:00:00"]), json!("2026-11-22 10:00:01")));
        assert!(!passes(json!(["f", ">", "2026"]), json!(3)));
    }
}
