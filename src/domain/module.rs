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
    /// Its contacts are registrants: one that is made for a sender is one.
    #[serde(default)]
    pub registrants: bool,
    /// `year`: numbers such as `2026-000001`.
    pub number: NumberFormat,
    pub fields: Vec<ModuleField>,
    pub stages: Vec<ModuleStage>,
    pub mail: MailMapping,
    /// When its records are due; None: they never are.
    #[serde(default)]
    pub due: Option<ModuleDue>,
    #[serde(default)]
    pub closing: ModuleClosing,
}

/// A record is due so many working days after it was written, by what it says in one of its selections. Its time stands
/// still in stages that wait.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleDue {
    /// The datetime that says when, which nobody types.
    pub field: String,
    /// The selection that decides: `severity`.
    pub by: String,
    /// Working days by its codes, until an administrator keeps others.
    #[serde(default)]
    pub days: Deadlines,
}

/// What is asked for where a record is settled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleClosing {
    /// The selection that says why.
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
        /// Only of the record type's own tags.
        Many2many = "many2many",
    }
}

impl FieldKind {
    /// Whether a text is such a value, as a module's file writes it; of a selection without choices any is.
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
    /// What the file says, in its reader's language where the catalogue has it: that of the shipped modules. Another's words
    /// stay as they are.
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
    /// A record in it needs no more work.
    #[serde(default)]
    pub closed: bool,
    /// A record in it waits for somebody else: its time stands still.
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

    /// The selection of this name says how sensitive a record is, the usual first.
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

    /// Its own fields of a choice: those that lists are narrowed and counted by.
    pub fn choices(&self) -> impl Iterator<Item = &ModuleField> {
        self.fields.iter().filter(|field| field.kind == FieldKind::Selection && !is_column(&field.name))
    }

    pub fn field(&self, name: &str) -> Option<&ModuleField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl ModuleField {
    /// What a code of its choice is called; the code itself where it is called nothing (any more).
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
