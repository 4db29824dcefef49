//! Odoo's search domains: parsed from what a client sends, and what each operator means, evaluated in memory. The
//! database evaluates the same filters (`store::query`); a property test holds the two equal.

mod evaluate;
mod parse;
mod pattern;

use serde_json::Value;

use crate::say;

pub use evaluate::matches;
pub use parse::{parse, within_itself};
pub use pattern::{Pattern, Shape, like};

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
        /// What stands below these in a tree, and they themselves.
        ChildOf = "child_of",
        /// What stands above them, and they themselves.
        ParentOf = "parent_of",
    }
}

impl Operator {
    /// Those that a record without a value passes.
    pub fn is_negative(self) -> bool {
        matches!(self, Operator::NotEqual | Operator::NotIn | Operator::NotLike | Operator::NotIlike)
    }

    /// The four that match text anywhere, and the two that match a whole pattern.
    pub fn is_pattern(self) -> bool {
        use Operator::*;
        matches!(self, Like | NotLike | Ilike | NotIlike | EqualLike | EqualIlike)
    }

    /// What a negative operator is the opposite of; any other is itself.
    pub fn positive(self) -> Self {
        match self {
            Operator::NotEqual => Operator::Equal,
            Operator::NotIn => Operator::In,
            Operator::NotLike => Operator::Like,
            Operator::NotIlike => Operator::Ilike,
            operator => operator,
        }
    }

    /// The two that go by a tree.
    pub fn is_of_a_tree(self) -> bool {
        matches!(self, Operator::ChildOf | Operator::ParentOf)
    }

    pub fn ignores_case(self) -> bool {
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
    /// The value is `false` or nothing, where `=?` asks for nothing.
    pub fn is_unset(&self) -> bool {
        matches!(self.value, Value::Null | Value::Bool(false))
    }

    /// `!=` with an empty text or zero asks for a value: as in Odoo, a record without one does not pass.
    pub fn asks_for_a_value(&self) -> bool {
        let nothing = self.value.as_str() == Some("") || self.value.as_f64() == Some(0.0);
        self.operator == Operator::NotEqual && nothing
    }
}

impl std::fmt::Display for Leaf {
    /// As Python prints a tuple, since Odoo's own faults show it so.
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
