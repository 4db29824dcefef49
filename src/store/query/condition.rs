//! A condition in terms of columns; `api::search` makes it from a client's domain.

use super::{Column, Table};
use crate::domain::Moment;
use crate::domain::filter::Pattern;

/// What must hold of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<'a> {
    Constant(bool),
    All(Vec<Condition<'a>>),
    Any(Vec<Condition<'a>>),
    Not(Box<Condition<'a>>),
    /// No value (for text, also the empty text, which Odoo's clients can't tell from none).
    Empty(&'a Column),
    /// False where the column has no value.
    Compare(&'a Column, Comparison, Bind),
    /// One of these; false where the column has no value.
    OneOf(&'a Column, Vec<Bind>),
    /// A text that the pattern finds; false where the column has no value.
    Like(&'a Column, Pattern),
    /// The column holds the id of a row of another table for which this holds.
    Related(&'a Column, &'a Table, Box<Condition<'a>>),
    /// A row of another table, for which this holds, has the value of `column` in its column `back`.
    Holds {
        column: &'a Column,
        table: &'a Table,
        back: &'a Column,
        condition: Box<Condition<'a>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of a caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    Integer(i64),
    Text(String),
    Boolean(bool),
    Moment(Moment),
    Date(chrono::NaiveDate),
}
