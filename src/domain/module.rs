//! An installed module: a declarative file that names a record type, its fields, its stages and how a mail fills
//! it. A new record type needs a file, not code.

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
    /// `year`: numbers such as `2026-000001`.
    pub number: NumberFormat,
    pub fields: Vec<Field>,
    pub stages: Vec<Stage>,
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
pub struct Field {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Char,
    Text,
    Html,
    Integer,
    Float,
    Boolean,
    Date,
    Datetime,
    Selection,
    Many2one,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
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
