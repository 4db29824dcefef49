//! An installed module: a declarative file that names a record type, its fields, its stages and how a mail fills
//! it. A new record type needs a file, not code.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;

use super::due::Deadlines;
use super::words::Sentence;

/// One record type, as its TOML file in `modules/` (or `DATA_DIR/modules/`) has it. See `modules/spp_grm.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Technical name, for example `spp.grm.ticket`.
    pub model: String,
    /// What a person reads in *Create a New Record*: `Grievance`.
    pub label: Sentence,
    pub label_plural: Sentence,
    /// The contacts of its records are registrants: a contact that is made for the sender of such mail becomes one.
    #[serde(default)]
    pub registrants: bool,
    /// `year`: numbers such as `2026-000001`.
    pub number: NumberFormat,
    pub fields: Vec<ModuleField>,
    pub stages: Vec<ModuleStage>,
    pub mail: MailMapping,
    /// How it is computed when a record is due; None: its records have no deadline.
    #[serde(default)]
    pub due: Option<ModuleDue>,
    #[serde(default)]
    pub closing: ModuleClosing,
}

/// How the deadline of a record is computed: a number of working days after the record was written, chosen by one of its
/// selections. Time spent in stages that wait does not count.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleDue {
    /// The datetime field that holds the deadline. It is computed; no form offers it.
    pub field: String,
    /// The selection field that the number of days depends on, for example `severity`.
    pub by: String,
    /// Working days for each code of that selection, unless an administrator set others.
    #[serde(default)]
    pub days: Deadlines,
}

/// What a person must fill in to move a record to a closed stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleClosing {
    /// The selection field for the reason.
    #[serde(default)]
    pub reason: Option<String>,
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
    pub label: Sentence,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(default)]
    pub required: bool,
    /// For `selection`: code and label.
    #[serde(default)]
    pub selection: Vec<(String, Sentence)>,
    /// For `many2one` and `many2many`: the model it points to.
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
        /// Only for the tags of the record type.
        Many2many = "many2many",
    }
}

impl FieldKind {
    /// Whether a text of a module's file is a value of this kind. Of a selection that has no choices, any text is.
    pub fn fits<L>(self, text: &str, choices: &[(String, L)]) -> bool {
        match self {
            FieldKind::Integer => text.parse::<i32>().is_ok(),
            FieldKind::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
            FieldKind::Boolean => matches!(text, "true" | "false"),
            FieldKind::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
            FieldKind::Datetime => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").is_ok(),
            FieldKind::Selection => choices.is_empty() || choices.iter().any(|(code, _)| code == text),
            FieldKind::Char | FieldKind::Text | FieldKind::Html | FieldKind::Many2one | FieldKind::Many2many => true,
        }
    }
}

impl Module {
    /// The text of the file, translated where the catalogue has this key: only texts of the shipped modules are translated.
    pub(crate) fn in_every_language(&mut self) {
        let of = |key: &str, words: &mut Sentence| *words = Sentence::known(key, words);
        let key = module_key(&self.model);
        of(&key, &mut self.label);
        of(&format!("{key}-plural"), &mut self.label_plural);
        for field in &mut self.fields {
            of(&format!("{key}-field-{}", field.name), &mut field.label);
            for (code, label) in &mut field.selection {
                of(&format!("{key}-{}-{code}", field.name), label);
            }
        }
        for stage in &mut self.stages {
            stage.name = stage_words(&self.model, &stage.code, &stage.name);
        }
    }
}

/// What the keys of a module's words begin with: `module-spp_grm_ticket`.
fn module_key(model: &str) -> String {
    format!("module-{}", model.replace('.', "_"))
}

/// The name of a stage, as a module's file or its row in the database has it, in its reader's language.
pub fn stage_words(model: &str, code: &str, name: &str) -> Sentence {
    Sentence::known(&format!("{}-stage-{code}", module_key(model)), name)
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
    pub name: Sentence,
    /// A record in this stage is closed.
    #[serde(default)]
    pub closed: bool,
    /// A record in this stage waits for somebody else: the time does not count towards its deadline.
    #[serde(default)]
    pub waiting: bool,
}

/// The model of a record type's categories, and of its tags: as OpenSPP calls those of its tickets.
pub fn category_model(model: &str) -> String {
    format!("{model}.category")
}

pub fn tag_model(model: &str) -> String {
    format!("{model}.tag")
}

impl Module {
    /// The field of its category, where it has one.
    pub fn category(&self) -> Option<&ModuleField> {
        self.pointing(FieldKind::Many2one, &category_model(&self.model))
    }

    /// The field of its tags, where it has one.
    pub fn tags(&self) -> Option<&ModuleField> {
        self.pointing(FieldKind::Many2many, &tag_model(&self.model))
    }

    fn pointing(&self, kind: FieldKind, to: &str) -> Option<&ModuleField> {
        self.fields.iter().find(|field| field.kind == kind && field.relation.as_deref() == Some(to))
    }

    /// The field that says when a record is due.
    pub fn due(&self) -> Option<&ModuleField> {
        let due = self.due.as_ref()?;
        self.fields.iter().find(|field| field.name == due.field)
    }

    /// The selection that decides when a record is due.
    pub fn severity(&self) -> Option<&ModuleField> {
        let due = self.due.as_ref()?;
        self.fields.iter().find(|field| field.name == due.by)
    }

    /// The selection field that says how sensitive a record is, from the least to the most. Usual is its default, or else
    /// its first choice.
    pub fn sensitivity(&self) -> Option<&ModuleField> {
        self.fields.iter().find(|field| field.name == "sensitivity" && !field.selection.is_empty())
    }

    /// Whether a record of these values is more sensitive than usual, and so confidential.
    pub fn is_raised(&self, value: &dyn Fn(&str) -> Option<String>) -> bool {
        let Some(field) = self.sensitivity() else { return false };
        let place = |code: &str| field.selection.iter().position(|(known, _)| known == code).unwrap_or_default();
        let usual = field.default.as_deref().map_or(0, place);
        value(&field.name).is_some_and(|code| place(&code) > usual)
    }

    /// The selection that says why a record was settled.
    pub fn reason(&self) -> Option<&ModuleField> {
        let reason = self.closing.reason.as_deref()?;
        self.fields.iter().find(|field| field.name == reason)
    }

    /// The module's own selection fields: lists can be narrowed and grouped by them.
    pub fn choices(&self) -> impl Iterator<Item = &ModuleField> {
        self.fields.iter().filter(|field| field.kind == FieldKind::Selection && !is_column(&field.name))
    }

    pub fn field(&self, name: &str) -> Option<&ModuleField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl ModuleField {
    /// The label of a code of this selection; the code itself where the selection has no such code (any more).
    pub fn label_of(&self, code: &str) -> Sentence {
        let chosen = self.selection.iter().find(|(known, _)| known == code);
        chosen.map_or_else(|| Sentence::verbatim(code), |(_, label)| label.clone())
    }
}

/// Which part of a mail fills which field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailMapping {
    /// field = part of the mail.
    pub fill: BTreeMap<String, MailPart>,
    /// field = fixed value, for example `channel = "Email"`.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
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
