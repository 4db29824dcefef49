//! From Odoo's prefix notation to a [`Filter`].

use serde_json::Value;

use super::{Domain, FilterError, Leaf, Operator, Pattern, python};

/// Terms of one domain at most, and values in its lists, so that no query grows without bounds.
const MOST: usize = 1000;
const MOST_VALUES: usize = 100_000;

/// Parses a domain: a list of leaves, joined by *and* unless `&`, `|` or `!` stand before them.
pub fn parse(domain: &Value) -> Result<Domain, FilterError> {
    let terms = domain.as_array().ok_or(FilterError::NotAList)?;
    if terms.len() > MOST {
        return Err(FilterError::TooLong(MOST));
    }
    let listed = |term: &Value| term.get(2).and_then(Value::as_array).map_or(0, Vec::len);
    if terms.iter().map(listed).sum::<usize>() > MOST_VALUES {
        return Err(FilterError::ManyValues(MOST_VALUES));
    }
    let unfinished = || FilterError::Unfinished(python(domain));
    // Read from the end, as prefix notation wants: an operator finds its operands on the stack.
    let mut stack: Vec<Domain> = Vec::new();
    for term in terms.iter().rev() {
        let filter = match term.as_str() {
            // Chains of one operator become one list, so that a long domain is no deep one.
            Some("&") => Domain::All(
                operands(&mut stack, |filter| match filter {
                    Domain::All(filters) => filters,
                    other => vec![other],
                })
                .ok_or_else(unfinished)?,
            ),
            Some("|") => Domain::Any(
                operands(&mut stack, |filter| match filter {
                    Domain::Any(filters) => filters,
                    other => vec![other],
                })
                .ok_or_else(unfinished)?,
            ),
            Some("!") => match stack.pop().ok_or_else(unfinished)? {
                Domain::Not(filter) => *filter,
                filter => Domain::Not(Box::new(filter)),
            },
            _ => leaf(term)?,
        };
        stack.push(filter);
    }
    stack.reverse();
    Ok(match stack.len() {
        0 => Domain::Constant(true),
        1 => stack.remove(0),
        _ => Domain::All(stack),
    })
}

fn operands(stack: &mut Vec<Domain>, parts: impl Fn(Domain) -> Vec<Domain>) -> Option<Vec<Domain>> {
    let (first, second) = (stack.pop()?, stack.pop()?);
    let mut both = parts(first);
    both.append(&mut parts(second));
    Some(both)
}

fn leaf(term: &Value) -> Result<Domain, FilterError> {
    let Some(parts) = term.as_array() else { return Err(FilterError::WrongLeaf(python(term))) };
    let shown = || format!("({})", parts.iter().map(python).collect::<Vec<_>>().join(", "));
    let wrong = || FilterError::WrongLeaf(shown());
    let [field, operator, value] = parts.as_slice() else { return Err(wrong()) };
    let operator = operator.as_str().ok_or_else(wrong)?;
    // True and False count as 1 and 0, as in Python.
    let number = |value: &Value| value.as_i64().or_else(|| value.as_bool().map(i64::from));
    if let (Some(left @ (0 | 1)), "=", Some(1)) = (number(field), operator, number(value)) {
        return Ok(Domain::Constant(left == 1));
    }
    let field = field.as_str().filter(|field| !field.is_empty()).ok_or_else(wrong)?;
    let operator = match operator {
        // As Odoo reads it.
        "<>" => Operator::NotEqual,
        // By ids and names; nothing has no tree.
        "child_of" | "parent_of" if !value.is_array() && !value.is_string() && !value.is_number() => {
            return Ok(Domain::Constant(false));
        }
        code => Operator::from_code(code).ok_or_else(|| FilterError::UnknownOperator(shown()))?,
    };
    if let (true, Some(text)) = (operator.is_pattern(), value.as_str()) {
        Pattern::new(operator, text).is_bounded()?;
    }
    Ok(Domain::Leaf(Leaf { field: field.to_owned(), operator: for_lists(operator, value), value: value.clone() }))
}

/// What an operator of trees means where there is no tree: a row is the only one of its own. By its id or by its name, as
/// these operators take both.
pub fn within_itself(field: &str, value: &Value) -> Domain {
    let leaf = |field: &str, operator, value: Value| Domain::Leaf(Leaf { field: field.to_owned(), operator, value });
    match value {
        Value::String(_) => {
            let named = match field.strip_suffix("id").filter(|path| path.is_empty() || path.ends_with('.')) {
                Some(path) => format!("{path}display_name"),
                None => field.to_owned(),
            };
            leaf(&named, Operator::Ilike, value.clone())
        }
        Value::Array(items) => {
            let (names, ids): (Vec<Value>, Vec<Value>) = items.iter().cloned().partition(Value::is_string);
            let names = names.iter().map(|name| within_itself(field, name));
            Domain::Any(names.chain([leaf(field, Operator::In, Value::Array(ids))]).collect())
        }
        Value::Number(_) => leaf(field, Operator::In, Value::Array(vec![value.clone()])),
        _ => Domain::Constant(false),
    }
}

/// `=` with a list means `in`, as in Odoo.
fn for_lists(operator: Operator, value: &Value) -> Operator {
    match (operator, value.is_array()) {
        (Operator::Equal, true) => Operator::In,
        (Operator::NotEqual, true) => Operator::NotIn,
        _ => operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaf(field: &str) -> Domain {
        Domain::Leaf(Leaf { field: field.into(), operator: Operator::Equal, value: json!(1) })
    }

    #[test]
    fn prefix_notation_nests_and_what_stands_bare_is_joined_by_and() {
        let (a, b, c) = (json!(["a", "=", 1]), json!(["b", "=", 1]), json!(["c", "=", 1]));
        assert_eq!(parse(&json!([])), Ok(Domain::Constant(true)));
        assert_eq!(parse(&json!([a, b])), Ok(Domain::All(vec![leaf("a"), leaf("b")])));
        assert_eq!(
            parse(&json!(["|", a, "&", b, "!", c])),
            Ok(Domain::Any(vec![leaf("a"), Domain::All(vec![leaf("b"), Domain::Not(Box::new(leaf("c")))])]))
        );
        assert_eq!(parse(&json!(["|", "|", a, b, c])), Ok(Domain::Any(vec![leaf("a"), leaf("b"), leaf("c")])));
        assert_eq!(parse(&json!(["!", "!", a])), Ok(leaf("a")));
        assert_eq!(
            parse(&json!(["|", a, b, c])),
            Ok(Domain::All(vec![Domain::Any(vec![leaf("a"), leaf("b")]), leaf("c")]))
        );
        assert_eq!(parse(&json!([[0, "=", 1]])), Ok(Domain::Constant(false)));
        assert_eq!(parse(&json!([[true, "=", true]])), Ok(Domain::Constant(true)));
    }

    #[test]
    fn what_is_no_domain_is_named() {
        assert_eq!(parse(&json!("x")), Err(FilterError::NotAList));
        assert_eq!(parse(&json!(["|", ["a", "=", 1]])), Err(FilterError::Unfinished("['|', ['a', '=', 1]]".into())));
        assert_eq!(parse(&json!([["a", "="]])), Err(FilterError::WrongLeaf("('a', '=')".into())));
        let error = parse(&json!([["a", "~", "it's"]])).unwrap_err();
        assert_eq!(error.to_string(), "Invalid leaf ('a', '~', 'it\\'s')");
        let of = |field: &str, operator, value| Domain::Leaf(Leaf { field: field.into(), operator, value });
        assert_eq!(parse(&json!([["a", "child_of", 1]])), Ok(of("a", Operator::ChildOf, json!(1))));
        assert_eq!(within_itself("a", &json!(1)), of("a", Operator::In, json!([1])));
        assert_eq!(within_itself("a.id", &json!("x")), of("a.display_name", Operator::Ilike, json!("x")));
        assert_eq!(within_itself("a_id", &json!("x")), of("a_id", Operator::Ilike, json!("x")));
        assert_eq!(parse(&json!([["a", "child_of", false]])), Ok(Domain::Constant(false)));
        assert_eq!(parse(&json!([["a", "ILIKE", "x"]])).unwrap_err().to_string(), "Invalid leaf ('a', 'ILIKE', 'x')");
        assert!(matches!(parse(&json!(vec![["a", "=", "1"]; 1001])), Err(FilterError::TooLong(_))));
    }
}
