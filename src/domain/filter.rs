//! Odoo's search domains: parsed from what a client sends; and the meaning of each operator, evaluated in memory. The
//! database evaluates the same filters (`store::query`); a property test holds the two equal.

use std::cmp::Ordering;

use serde_json::Value;

use crate::say;

/// A condition on the records of one model.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// Every record, or none (Odoo's `(1, '=', 1)` and `(0, '=', 1)`).
    Constant(bool),
    All(Vec<Domain>),
    Any(Vec<Domain>),
    Not(Box<Domain>),
    Leaf(Leaf),
}

/// `(field, operator, value)`. The field may be a path over many2one fields, as in `partner_id.email`.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    pub field: String,
    pub operator: Operator,
    /// As sent: text, number, boolean (`false` is *empty*) or a list of these.
    pub value: Value,
}

crate::coded! {
    /// The operators of Odoo's manual that Mailgate knows.
    pub enum Operator {
        Equal = "=",
        /// As `=`, and true of every record where the value is not set.
        EqualIfSet = "=?",
        NotEqual = "!=",
        Less = "<",
        LessOrEqual = "<=",
        Greater = ">",
        GreaterOrEqual = ">=",
        In = "in",
        NotIn = "not in",
        Like = "like",
        NotLike = "not like",
        Ilike = "ilike",
        NotIlike = "not ilike",
        /// The value is the whole pattern: nothing is put around it.
        EqualLike = "=like",
        EqualIlike = "=ilike",
        /// These rows of a tree and everything below them.
        ChildOf = "child_of",
        /// These rows of a tree and everything above them.
        ParentOf = "parent_of",
    }
}

impl Operator {
    /// Whether a record without a value passes.
    pub fn is_negative(self) -> bool {
        matches!(self, Operator::NotEqual | Operator::NotIn | Operator::NotLike | Operator::NotIlike)
    }

    /// Whether it is one of the four that match text anywhere, or the two that match a whole pattern.
    pub fn is_pattern(self) -> bool {
        use Operator::*;
        matches!(self, Like | NotLike | Ilike | NotIlike | EqualLike | EqualIlike)
    }

    /// The opposite of a negative operator; any other operator itself.
    pub fn positive(self) -> Self {
        match self {
            Operator::NotEqual => Operator::Equal,
            Operator::NotIn => Operator::In,
            Operator::NotLike => Operator::Like,
            Operator::NotIlike => Operator::Ilike,
            operator => operator,
        }
    }

    /// Whether it is one of the two for trees.
    pub fn is_of_a_tree(self) -> bool {
        matches!(self, Operator::ChildOf | Operator::ParentOf)
    }

    fn ignores_case(self) -> bool {
        matches!(self, Operator::Ilike | Operator::NotIlike | Operator::EqualIlike)
    }
}

/// Why a domain was refused; Odoo's words where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("{}", say!("api-domain-list"))]
    NotAList,
    #[error("{}", say!("api-domain-leaf", leaf = .0))]
    WrongLeaf(String),
    #[error("{}", say!("api-domain-leaf", leaf = .0))]
    UnknownOperator(String),
    /// An operator lacks its operand.
    #[error("{}", say!("api-domain-unfinished", domain = .0))]
    Unfinished(String),
    #[error("{}", say!("api-domain-long", most = .0))]
    TooLong(usize),
    #[error("{}", say!("api-domain-pattern", most, length))]
    LongPattern { length: usize, most: usize },
    #[error("{}", say!("api-domain-wildcards", most))]
    ManyWildcards { most: usize },
    #[error("{}", say!("api-domain-values", most = .0))]
    ManyValues(usize),
}

impl Leaf {
    /// Whether the value is `false` or nothing, for which `=?` sets no condition.
    pub fn is_unset(&self) -> bool {
        matches!(self.value, Value::Null | Value::Bool(false))
    }

    /// Whether it is `!=` with an empty text or zero, which demands a value: as in Odoo, a record without one does not pass.
    pub fn asks_for_a_value(&self) -> bool {
        let nothing = self.value.as_str() == Some("") || self.value.as_f64() == Some(0.0);
        self.operator == Operator::NotEqual && nothing
    }
}

impl std::fmt::Display for Leaf {
    /// As Python prints a tuple, as in Odoo's own faults.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let field = Value::String(self.field.clone());
        write!(f, "({}, '{}', {})", python(&field), self.operator, python(&self.value))
    }
}

/// A value as Python prints it.
pub fn python(value: &Value) -> String {
    let list = |items: &[Value]| items.iter().map(python).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Value::Array(items) => format!("[{}]", list(items)),
        Value::Object(members) => {
            let pairs = members.iter().map(|(name, value)| format!("'{name}': {}", python(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

// The meaning of a filter, in memory.

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
        // In memory there are no trees.
        Operator::ChildOf | Operator::ParentOf => one_of(actual, wanted),
        pattern => matches_pattern(pattern, actual, wanted),
    }
}

/// A client's `false` means *empty*, but a boolean field has false as a value: both are equal to `false`.
fn equal(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Null | Value::Bool(false), Value::Null | Value::Bool(false)) => true,
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        // As Python judges whether something is true.
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

/// None if either is empty or they can't be compared. Text is compared by its code points.
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
        // An empty pattern matches everything, even what is empty; so do the negative operators.
        return operator.is_negative()
            || (text.is_empty() && !matches!(operator, Operator::EqualLike | Operator::EqualIlike));
    };
    Pattern::new(operator, &text).matches(&actual) != operator.is_negative()
}

// From Odoo's prefix notation to a [`Filter`].

/// The most terms of one domain, and values in its lists, so that no query grows without bounds.
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
    // Read from the end, as prefix notation demands: an operator finds its operands on the stack.
    let mut stack: Vec<Domain> = Vec::new();
    for term in terms.iter().rev() {
        let filter = match term.as_str() {
            // A chain of one operator becomes one list, so that a long domain is not a deep one.
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
        // Trees are searched by ids and names.
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

/// The meaning of a tree operator where there is no tree: a row has only itself. Found by its id or by its name, as these
/// operators take both.
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

// What `like` and similar operators look for, and how large a pattern may be: none takes longer than its length times the
// text's, and one without wildcards is looked for as plain text.

/// Characters of a pattern with wildcards, as many as count in the search box of a page.
const LONGEST: usize = 200;
/// Wildcards `%` of a pattern, beside those that `like` puts around it.
const MOST_WILDCARDS: usize = 20;
/// Characters of a text that is looked for within other texts.
const LONGEST_TEXT: usize = 1_000;

/// A pattern as an operator makes it of a text: `%` is any text, `_` any character, `\` takes the next one as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub shape: Shape,
    pub ignore_case: bool,
}

/// The cheapest way to look for a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// The whole text is this one.
    Exactly(String),
    /// This one occurs in it.
    Within(String),
    /// For SQL's LIKE with `\` as its escape; well-formed, and no `%` follows on another.
    Like(String),
}

impl Pattern {
    /// The pattern that the operator makes of the text: all but `=like` and `=ilike` put a `%` before and behind it.
    pub fn new(operator: Operator, text: &str) -> Self {
        let whole = matches!(operator, Operator::EqualLike | Operator::EqualIlike);
        let steps = if whole { steps(text) } else { steps(&format!("%{text}%")) };
        let literal = |steps: &[PatternStep]| {
            let character = |step: &PatternStep| if let PatternStep::Exactly(c) = step { Some(*c) } else { None };
            steps.iter().map(character).collect::<Option<String>>()
        };
        let shape = match steps.as_slice() {
            [PatternStep::Any] => Shape::Within(String::new()),
            [PatternStep::Any, inner @ .., PatternStep::Any] => {
                literal(inner).map_or_else(|| Shape::Like(written(&steps)), Shape::Within)
            }
            steps => literal(steps).map_or_else(|| Shape::Like(written(steps)), Shape::Exactly),
        };
        Self { shape, ignore_case: operator.ignores_case() }
    }

    /// Refuses a pattern that would take too long, whatever text it is looked for in.
    fn is_bounded(&self) -> Result<(), FilterError> {
        let (length, most, wildcards) = match &self.shape {
            Shape::Exactly(_) => return Ok(()),
            Shape::Within(text) => (text.chars().count(), LONGEST_TEXT, 0),
            Shape::Like(pattern) => {
                let steps = steps(pattern);
                let inner = steps.iter().filter(|step| **step != PatternStep::Any).count();
                (inner, LONGEST, (steps.len() - inner).saturating_sub(2))
            }
        };
        if length > most {
            return Err(FilterError::LongPattern { length, most });
        }
        if wildcards > MOST_WILDCARDS {
            return Err(FilterError::ManyWildcards { most: MOST_WILDCARDS });
        }
        Ok(())
    }

    /// Whether a text matches.
    pub fn matches(&self, text: &str) -> bool {
        match self.ignore_case {
            true => self.folded().found_in(&text.to_lowercase()),
            false => self.found_in(text),
        }
    }

    /// The same in lower case, for texts that were folded so ([`str::to_lowercase`]).
    pub fn folded(&self) -> Self {
        let shape = match &self.shape {
            Shape::Exactly(text) => Shape::Exactly(text.to_lowercase()),
            Shape::Within(text) => Shape::Within(text.to_lowercase()),
            Shape::Like(pattern) => Shape::Like(pattern.to_lowercase()),
        };
        Self { shape, ignore_case: self.ignore_case }
    }

    fn found_in(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Exactly(wanted) => text == wanted,
            Shape::Within(wanted) => text.contains(wanted.as_str()),
            Shape::Like(pattern) => like(text, pattern),
        }
    }
}

/// SQL's LIKE: `%` is any text, `_` one character, `\` takes the next character as it is.
pub fn like(text: &str, pattern: &str) -> bool {
    let pattern = steps(pattern);
    // Greedy, with one point to go back to: the time is at worst the product of the two lengths, however many wildcards
    // there are.
    let (mut rest, mut p, mut back) = (text, 0, None);
    loop {
        let mut behind = rest.chars();
        let next = behind.next();
        match (pattern.get(p), next) {
            (Some(PatternStep::Any), _) => {
                p += 1;
                back = Some((p, rest));
            }
            (Some(PatternStep::One), Some(_)) => (rest, p) = (behind.as_str(), p + 1),
            (Some(PatternStep::Exactly(wanted)), Some(c)) if *wanted == c => (rest, p) = (behind.as_str(), p + 1),
            (None, None) => return true,
            // The text has ended before the pattern, and going back would not make it longer.
            (Some(_), None) => return false,
            (_, Some(_)) => match back {
                Some((after, from)) => {
                    let mut later = from.chars();
                    later.next();
                    (rest, p, back) = (later.as_str(), after, Some((after, later.as_str())));
                }
                None => return false,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum PatternStep {
    Any,
    One,
    Exactly(char),
}

fn steps(pattern: &str) -> Vec<PatternStep> {
    let mut characters = pattern.chars();
    let mut steps = Vec::new();
    while let Some(c) = characters.next() {
        match c {
            // Several in a row mean the same as one.
            '%' if steps.last() == Some(&PatternStep::Any) => {}
            '%' => steps.push(PatternStep::Any),
            '_' => steps.push(PatternStep::One),
            '\\' => steps.push(PatternStep::Exactly(characters.next().unwrap_or('\\'))),
            c => steps.push(PatternStep::Exactly(c)),
        }
    }
    steps
}

/// The pattern that these steps are.
fn written(steps: &[PatternStep]) -> String {
    let mut pattern = String::new();
    for step in steps {
        match step {
            PatternStep::Any => pattern.push('%'),
            PatternStep::One => pattern.push('_'),
            PatternStep::Exactly(c) => {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(*c);
            }
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;

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

    fn shape(operator: Operator, text: &str) -> Shape {
        Pattern::new(operator, text).shape
    }

    #[test]
    fn a_text_without_wildcards_is_looked_for_as_it_is() {
        use Operator::*;
        let within = |text: &str| Shape::Within(text.into());
        assert_eq!(shape(Like, "paid"), within("paid"));
        assert_eq!(shape(NotIlike, "100\\% a\\_b \\x"), within("100% a_b x"));
        assert_eq!(shape(Ilike, "%paid%%"), within("paid"));
        assert_eq!(shape(Like, ""), within(""));
        assert_eq!(shape(EqualLike, "%%"), within(""));
        assert_eq!(shape(EqualLike, "paid"), Shape::Exactly("paid".into()));
        assert_eq!(shape(EqualIlike, "a\\_b\\"), Shape::Exactly("a_b\\".into()));
        assert_eq!(shape(EqualLike, "%%pa_d\\"), Shape::Like("%pa_d\\\\".into()));
        assert_eq!(shape(EqualLike, "paid%%"), Shape::Like("paid%".into()));
        // As in Odoo: what is put behind it is taken as it is.
        assert_eq!(shape(Like, "paid\\"), Shape::Like("%paid\\%".into()));
    }

    #[test]
    fn a_pattern_is_as_long_as_a_search_on_a_page_at_most() {
        let bounded = |operator, text: &str| Pattern::new(operator, text).is_bounded();
        assert_eq!(bounded(Operator::Like, &"x".repeat(1_000)), Ok(()));
        let error = FilterError::LongPattern { length: 1_001, most: 1_000 };
        assert_eq!(bounded(Operator::Ilike, &"x".repeat(1_001)), Err(error));
        assert_eq!(bounded(Operator::EqualIlike, &"x".repeat(100_000)), Ok(()));
        assert_eq!(bounded(Operator::Like, &"_".repeat(200)), Ok(()));
        assert!(bounded(Operator::Like, &"_".repeat(201)).is_err());
        assert_eq!(bounded(Operator::Like, &"a%".repeat(20)), Ok(()));
        assert!(bounded(Operator::EqualLike, &"%a".repeat(40)).is_err());
        assert_eq!(bounded(Operator::EqualLike, &"%".repeat(10_000)), Ok(()));
    }

    #[test]
    fn the_worst_pattern_takes_the_two_lengths_multiplied() {
        let text = "a".repeat(20_000);
        let start = Instant::now();
        for pattern in ["%a".repeat(20) + "%b", "%".to_owned() + &"a_".repeat(99) + "b%"] {
            assert!(!like(&text, &pattern));
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
