//! An installed module: a declarative file that names a record type, its fields, its stages and how a mail fills
//! it. A new record type needs a file, not code.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;

/// One record type, as its TOML file in `modules/` (or `DATA_DIR/modules/`) has it. See `modules/spp_grm.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Technical name, for example `spp.grm.ticket`.
    pub model: String,
    /// What a person reads in *Create a New Record*: `Grievance`.
    pub label: String,
    pub label_plural: String,
    /// Its contacts are registrants: one that is made for a sender is one.
    #[serde(default)]
    pub registrants: bool,
    /// `year`: numbers such as `2026-000001`.
    pub number: NumberFormat,
    pub fields: Vec<ModuleField>,
    pub stages: Vec<ModuleStage>,
    pub mail: MailMapping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `2026-000001`, from one each year.
    Year,
    /// `000001`.
    Plain,
}

/// A field beyond those that every record has (see `store::records`), or another label for one of those.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleField {
    /// Odoo's field name.
    pub name: String,
    pub label: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(default)]
    pub required: bool,
    /// For `selection`: code and label.
    #[serde(default)]
    pub selection: Vec<(String, String)>,
    /// For `many2one`: the model it points to.
    #[serde(default)]
    pub relation: Option<String>,
    #[serde(default)]
    pub default: Option<String>,
}

crate::coded! {
    /// What the values of a field are, under Odoo's names.
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum FieldKind {
        Char = "char",
        Text = "text",
        Html = "html",
        Integer = "integer",
        Float = "float",
        Boolean = "boolean",
        Date = "date",
        Datetime = "datetime",
        Selection = "selection",
        Many2one = "many2one",
    }
}

impl FieldKind {
    /// Whether a text is such a value, as a module's file writes it; of a selection without choices any is.
    pub fn fits(self, text: &str, choices: &[(String, String)]) -> bool {
        match self {
            FieldKind::Integer => text.parse::<i32>().is_ok(),
            FieldKind::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
            FieldKind::Boolean => matches!(text, "true" | "false"),
            FieldKind::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
            FieldKind::Datetime => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").is_ok(),
            FieldKind::Selection => choices.is_empty() || choices.iter().any(|(code, _)| code == text),
            FieldKind::Char | FieldKind::Text | FieldKind::Html | FieldKind::Many2one => true,
        }
    }
}

/// Columns that every record has, with the kinds that fit them: a module only gives them another label.
pub const COLUMNS: [(&str, &[FieldKind]); 11] = [
    ("name", &[FieldKind::Char]),
    ("description", &[FieldKind::Html, FieldKind::Text]),
    ("number", &[FieldKind::Char]),
    ("stage_id", &[FieldKind::Many2one]),
    ("priority", &[FieldKind::Selection]),
    ("partner_id", &[FieldKind::Many2one]),
    ("partner_name", &[FieldKind::Char]),
    ("partner_email", &[FieldKind::Char]),
    ("user_id", &[FieldKind::Many2one]),
    ("date", &[FieldKind::Datetime]),
    ("new_mail", &[FieldKind::Boolean]),
];

/// Whether every record has a column of this name.
pub fn is_column(name: &str) -> bool {
    COLUMNS.iter().any(|(column, _)| *column == name)
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleStage {
    pub code: String,
    pub name: String,
    /// A record in it needs no more work.
    #[serde(default)]
    pub closed: bool,
}

/// Which part of a mail fills which field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailMapping {
    /// field = part of the mail.
    pub fill: std::collections::BTreeMap<String, MailPart>,
    /// field = fixed value, for example `channel = "Email"`.
    #[serde(default)]
    pub set: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailPart {
    Subject,
    BodyHtml,
    BodyText,
    FromAddress,
    FromName,
    Date,
    /// The contact that the sender's address belongs to.
    Sender,
}
