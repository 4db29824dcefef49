//! Files that spreadsheets open: their forms, and what stands in a cell.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;

use super::Moment;

#[derive(Debug, Clone, PartialEq)]
pub enum SheetCell {
    Nothing,
    Text(String),
    Number(f64),
    Flag(bool),
    /// As a clock on the wall of the reader's zone shows it.
    Clock(Moment),
    Day(NaiveDate),
}

impl SheetCell {
    /// Nothing where there is no text.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }
}

/// A moment as a clock on the wall of this zone shows it, to the second.
pub fn clock(zone: Tz, at: Moment) -> SheetCell {
    let shown = zone.timestamp_opt(at.and_utc().timestamp(), 0).single();
    SheetCell::Clock(shown.map_or(at, |shown| shown.naive_local()))
}

/// Whether a spreadsheet may take a text for a formula (OWASP, *CSV Injection*): anybody may have written it.
pub fn is_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

crate::coded! {
    /// How a table is written into a file.
    pub enum SheetFormat {
        Csv = "csv",
        Xlsx = "xlsx",
    }
}

impl SheetFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}
